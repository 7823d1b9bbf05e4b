"""Prints one of the README's two commands, so that what the README says is what is checked.

Usage: python3 docs/readme_commands.py demo|tests
"""

import re
import sys
from pathlib import Path


def command(name: str) -> str:
    """The only line of the code block that follows the comment `<!-- command: NAME -->`."""
    readme = Path(__file__).parent.parent / "README.md"
    pattern = rf"<!-- command: {re.escape(name)} -->\s*```sh\n(.+)\n```"
    found = re.search(pattern, readme.read_text(encoding="utf-8"))
    if found is None:
        sys.exit(f"README.md has no command {name!r}")
    return found[1]


if __name__ == "__main__":
    print(command(sys.argv[1]))

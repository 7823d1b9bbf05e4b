"""Finds what comes with the program: templates, the feed list, its version.

In a source tree they stand at the top, where they can be edited; a wheel carries copies.
"""

from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).parent
_COPIES = _PACKAGE / "_shipped"
_ROOT = _COPIES if _COPIES.is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
FEEDS_TOML = _ROOT / "feeds.toml"


@cache
def version_of_digest() -> str:
    """The version that is installed. Read from a file of the installation, once."""
    return version("kuruma-digest")

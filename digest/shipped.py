"""Finds what comes with the program: templates and the feed list.

In a source tree they stand at the top, where they can be edited; a wheel carries copies.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_COPIES = _PACKAGE / "_shipped"
_ROOT = _COPIES if _COPIES.is_dir() else _PACKAGE.parent

TEMPLATES = _ROOT / "templates"
FEEDS_TOML = _ROOT / "feeds.toml"

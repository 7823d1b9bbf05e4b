"""Makes what feeds and editors wrote fit to be shown: one line, no tricks, links to the web only.

Nothing here escapes markup: that is the template engine's, which knows where a value stands.
"""

import re
from functools import lru_cache

_REMEMBERED = 5_000  # texts: the segments of an issue tell the same stories
MAX_URL = 2000  # characters; longer ones are cut by mail programs and are no link any more

# Controls, line separators, marks that turn text round, halves of characters, and the private-use
# characters of marks.py.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufffe\uffff"
    "\U000f0000-\U0010ffff]+"
)
_SAFE_URL = re.compile(r"https?://[^\s\"<>\\^`{|}\x00-\x20\x7f-\x9f\ue000-\uf8ff]+", re.IGNORECASE)


@lru_cache(_REMEMBERED)
def plain(text: str) -> str:
    """The text in one line, without characters that control or pose."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def paragraphs(text: str) -> tuple[str, ...]:
    """What an editor wrote, a paragraph for each of its lines that says something."""
    return tuple(line for line in map(plain, text.splitlines()) if line)


@lru_cache(_REMEMBERED)
def safe_url(url: str) -> str:
    """The link if it is one that a mail may carry, else nothing."""
    return url if len(url) <= MAX_URL and _SAFE_URL.fullmatch(url) else ""

"""The line by which readers know an issue among their mail, and what is shown beside it.

Telephones show so much of a subject and no more. A headline that is longer ends before what only
explains it ("after weeks of …") or adds to it (", will close …"); the digest's title goes before
any of the headline does, since the sender's name says the same.
"""

import re
from collections.abc import Mapping, Sequence

from digest.issues.safe import plain
from digest.issues.widths import shorten, width
from digest.model import Headline

# How mail programs show a subject: the most characters, by language.
SUBJECT_CHARACTERS: Mapping[str, int] = {"en": 60, "ja": 30}
PREHEADER_COLUMNS = 140

_ENDS = re.compile(
    r" (?=(?:as|after|amid|while|despite|following|because|ahead of|in wake of)\b)"
    # A verb after a comma says something else of the same; a name would go on with a list.
    # Japanese headlines part with a space what a comma parts in English ones.
    r"|,(?= (?:will|to|but|\w+[^\Ws]s)\b)"
    r"|(?<=[^\x00-\x7f])[ \u3000](?=[^\x00-\x7f])",
    re.IGNORECASE,
)
_KEPT_AT_LEAST = 0.5  # of the room; a shorter beginning says too little


def subject(top: Headline, title: str) -> str:
    """The lead's headline, and the digest's title where there is room for it."""
    room = SUBJECT_CHARACTERS.get(top.lang, SUBJECT_CHARACTERS["en"])
    tail = f"｜{title}" if top.lang == "ja" else f" · {title}"
    says = plain(top.title)
    if len(says) > room:
        says = _first_part(says, room) or _shorten_to(says, room)
    return says + tail if len(says) + len(tail) <= room else says


def preheader(headlines: Sequence[Headline]) -> str:
    """What else is in it; the lead's summary where that is all."""
    others = " · ".join(plain(headline.title) for headline in headlines[1:4])
    return shorten(others or plain(headlines[0].summary), PREHEADER_COLUMNS)


def _first_part(says: str, room: int) -> str:
    """The headline up to the last such place within the room; "" if that is too little."""
    ends = [found.start() for found in _ENDS.finditer(says, 0, room + 1)]
    return says[: ends[-1]].rstrip(",;:") if ends and ends[-1] >= room * _KEPT_AT_LEAST else ""


def _shorten_to(text: str, characters: int) -> str:
    """The text in at most so many characters, wide or not."""
    return shorten(text, width(text[:characters]))[:characters]

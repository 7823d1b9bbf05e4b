"""The line by which readers know an issue among their mail, and what is shown beside it.

Telephones show so much of a subject and no more. A headline that is longer ends before what only
explains it ("after weeks of …") or adds to it (", will close …"); the digest's title goes before
any of the headline does, since the sender's name says the same. Beside it stand other headlines,
each as short and none of them cut off.
"""

import re
from collections.abc import Mapping, Sequence

from digest.issues.safe import plain
from digest.issues.widths import shorten, width
from digest.model import Headline

# How mail programs show a subject: the most characters, by language.
SUBJECT_CHARACTERS: Mapping[str, int] = {"en": 60, "ja": 30}
PREHEADER_COLUMNS = 140
BESIDE = 3  # headlines
_BESIDE_OF = 6  # stories: those in the reader's language are taken first

_ENDS = re.compile(
    r" (?=(?:as|after|amid|while|despite|following|because|ahead of|in wake of)\b)"
    r"|;(?= )| (?=[–—-] )"
    # A verb after a comma says something else of the same; a name would go on with a list.
    # Japanese headlines part with a space, dots or an equals sign what a comma parts in English.
    r"|,(?= (?:will|to|but|\w+[^\Ws]s)\b)"
    r"|(?<=[^\x00-\x7f])[ \u3000](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])(?=[=＝…―])",
    re.IGNORECASE,
)
_KEPT_AT_LEAST = 0.4  # of the room; a shorter beginning says too little
# What a headline that is cut off must not end with: words that lead to what is gone.
_HANGING = re.compile(
    r"(?: (?:to|at|in|on|of|for|from|by|with|into|over)(?: [a-z0-9][^ ]*)?"
    r"| (?:a|an|the|its|their|and|or|as|that|than|will|is|are))(?=…$)"
)


def subject(top: Headline, title: str) -> str:
    """The lead's headline, and the digest's title where there is room for it."""
    room = _room(top)
    tail = f"｜{title}" if top.lang == "ja" else f" · {title}"
    says = _brief(top)
    return says + tail if len(says) + len(tail) <= room else says


def preheader(headlines: Sequence[Headline], lang: str) -> str:
    """What else is in it, first what is told in the reader's language; else the lead's summary."""
    others = sorted(headlines[1:_BESIDE_OF], key=lambda headline: headline.lang != lang)
    told = " · ".join(map(_brief, others[:BESIDE]))
    while width(told) > PREHEADER_COLUMNS and " · " in told:
        told = told.rpartition(" · ")[0]
    return shorten(told or plain(headlines[0].summary), PREHEADER_COLUMNS)


def _brief(headline: Headline) -> str:
    """A headline in the room of a subject."""
    room, says = _room(headline), plain(headline.title)
    return says if len(says) <= room else _first_part(says, room) or _shorten_to(says, room)


def _room(headline: Headline) -> int:
    return SUBJECT_CHARACTERS.get(headline.lang, SUBJECT_CHARACTERS["en"])


def _first_part(says: str, room: int) -> str:
    """The headline up to the last such place within the room; "" if that is too little."""
    ends = [found.start() for found in _ENDS.finditer(says, 0, room + 1)]
    return says[: ends[-1]].rstrip(",;:") if ends and ends[-1] >= room * _KEPT_AT_LEAST else ""


def _shorten_to(text: str, characters: int) -> str:
    """The text in at most so many characters, wide or not."""
    cut = shorten(text, width(text[:characters]))[:characters]
    while (shorter := _HANGING.sub("", cut)) != cut:
        cut = shorter
    return cut

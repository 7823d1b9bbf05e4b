"""Whose words an entry carries, and how much they weigh.

Independence is counted in owners: two papers of one house are one, and a wire's text is the wire's
wherever it is printed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.model import Entry
from digest.stories.lexicon import Lexicon
from digest.stories.tokens import normalise

_TITLE_TAIL = re.compile(r"\s[-|]\s([^-|]{2,40})$")
_DASH = re.compile(r"\s[-|‐‑‒–—−－｜]\s")  # as they are before they are brought to one
_DATELINE = 42  # characters in which a byline at the start opens its bracket
_BYLINE_START = re.compile(
    r"^[^.。]{0,40}?\(([A-Za-z -]{2,20})\)\s*-|^【([^】]{2,12})】|^\[([^\]]{2,12})\]"
)
_BYLINE_END = re.compile(
    r"[(【]([^()【】]{2,12})[)】]\s*$|\(Reporting by [^)]{0,120}?(Reuters)?\)\s*$"
)
_SHARED_HOSTS_AT = 0.5  # weight; an aggregator speaks for whom its titles name


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an entry's text, and the weight of its outlet."""

    name: str
    weight: float


def owner_of(lexicon: Lexicon, entry: Entry) -> Owner:
    """Whose words an entry carries: a wire's by its byline, else the outlet's owner's."""
    outlet = lexicon.outlet(entry.outlet, entry.url)
    tail = _TITLE_TAIL.search(normalise(entry.title)) if _DASH.search(entry.title) else None
    named = lexicon.outlet(tail[1]) if tail else None
    if named is not None and (outlet is None or outlet.weight <= _SHARED_HOSTS_AT or named.wire):
        outlet = named
    for pattern in _bylines(entry.summary):
        match = pattern.search(normalise(entry.summary))
        byline = next((group for group in match.groups() if group), "") if match else ""
        wire = lexicon.outlet(byline) if byline else None
        if wire is not None and wire.wire:
            return Owner(wire.owner, outlet.weight if outlet else wire.weight)
    if outlet is None:
        return Owner(entry.outlet.strip().lower() or str(entry.feed), 1.0)
    return Owner(outlet.owner, outlet.weight)


def _bylines(summary: str) -> Iterator[re.Pattern[str]]:
    """The patterns worth trying: a look at both ends rules them out for nearly every text."""
    start = summary[:_DATELINE]
    if "(" in start or "（" in start or start.lstrip().startswith(("【", "[", "［")):
        yield _BYLINE_START
    if summary.rstrip().endswith((")", "）", "】")):
        yield _BYLINE_END

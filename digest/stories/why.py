"""Says what two reports share that made them one story.

What decides is weighed by `likeness` and `odds`, among all that is live at that moment; this names
what they had to weigh.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from digest.model import EntryId
from digest.stories.traits import BESIDE, Traits

_WORDS = 8  # the strongest that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What an entry shares with the report of its story that is most like it."""

    entry: EntryId  # that report
    same_headline: bool
    companies: tuple[str, ...]
    concepts: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...]  # the strongest first; none where the languages differ


def most_alike(one: Traits, others: Iterable[Traits]) -> Shared | None:
    """What an entry shares with the one of `others` with which it shares most; None if nothing."""
    found = [_shared(one, other) for other in others if other.entry != one.entry]
    found.sort(key=_weight, reverse=True)
    return found[0] if found and _weight(found[0]) > (False, 0) else None


def _weight(shared: Shared) -> tuple[bool, int]:
    said = (shared.companies, shared.concepts, shared.names, shared.numbers, shared.words)
    return shared.same_headline, sum(map(len, said))


def _shared(one: Traits, other: Traits) -> Shared:
    words: list[str] = []
    if one.lang == other.lang:
        both = [term for term in one.terms if term in other.terms and not term.startswith(BESIDE)]
        both.sort(key=lambda term: (-one.terms[term] * other.terms[term], -len(term), term))
        words = both[:_WORDS]
    return Shared(
        entry=other.entry,
        same_headline=one.lang == other.lang and bool(one.key) and one.key == other.key,
        companies=tuple(name for name in one.companies if name in other.companies),
        concepts=tuple(sorted(one.concepts & other.concepts)),
        names=tuple(sorted(one.names & other.names)),
        numbers=tuple(map(str, sorted(one.numbers & other.numbers))),
        words=tuple(words),
    )

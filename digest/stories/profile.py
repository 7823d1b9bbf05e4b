"""What linking compares of a cluster: all that its entries say beside their words."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from digest.model import CompanyId
from digest.stories.numbers import COUNTED, Number
from digest.stories.traits import Traits

TENTHS = 10  # weights are whole numbers, so that sums do not depend on their order
_NUMBERS = 16  # of one measure that are remembered; more would agree with anything
_COUNTS = Number(COUNTED, 0.0).measure
Key = TypeVar("Key", str, CompanyId)
_SUBJECT, _MENTION, _NAME = 9, 3, 10  # what sharing it weighs


class Profile:
    """A cluster, summed up; it grows with the cluster, entry by entry."""

    __slots__ = (
        *("_leads", "_turns", "against", "companies", "concepts", "entries", "features"),
        *("headlines", "lead", "names", "numbers", "outside", "skeletons", "subjects"),
        *("units", "weights"),
    )

    def __init__(self) -> None:
        self.entries = 0
        self.outside = True  # it names no company, and is no news of the industry
        self.weights: dict[str, int] = {}  # of companies and names over all entries, in tenths
        self.concepts: dict[str, int] = {}  # by how many entries
        self.headlines: dict[str, int] = {}  # the concepts of those that oppose some
        self.against: dict[str, int] = {}  # what opposes them
        # Sets are those of the first entry until another one adds to them: most have only one.
        self.features: frozenset[str] = frozenset()  # companies, names and concepts
        self.companies: frozenset[CompanyId] = frozenset()
        self.subjects: frozenset[CompanyId] = frozenset()
        self.lead: CompanyId | None = None  # the first subject of most entries
        self._leads: dict[CompanyId, int] = {}  # first subjects, by how many entries
        self._turns: tuple[AbstractSet[str], AbstractSet[str]] | None = None  # if asked for
        self.names: frozenset[str] = frozenset()
        self.numbers: dict[str, list[Number]] = {}  # by what they measure
        self.units: frozenset[str] = frozenset()
        self.skeletons: frozenset[str] = frozenset()

    @property
    def counts(self) -> list[Number]:
        """How many cars it speaks of."""
        return [number for number in self.numbers.get(_COUNTS, ()) if number.unit == COUNTED]

    def opposes(self, other: "Profile") -> bool:
        """Whether half of the headlines of each hold what half of the other's oppose."""
        if not (self.against and other.against):
            return False
        (mine, not_mine), (its, not_its) = self.turns(), other.turns()
        return not (not_mine.isdisjoint(its) or not_its.isdisjoint(mine))

    def refuses(self, entry: Traits) -> bool:
        """The same of an entry."""
        if not (self.against and entry.against):
            return False
        mine, not_mine = self.turns()
        return not (not_mine.isdisjoint(entry.headline) or entry.against.isdisjoint(mine))

    def turns(self) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """What half of its headlines hold, where that opposes something, and what it opposes."""
        if self._turns is None:
            self._turns = self._half(self.headlines), self._half(self.against)
        return self._turns

    def _half(self, counts: Mapping[str, int]) -> AbstractSet[str]:
        return {concept for concept, count in counts.items() if 2 * count >= self.entries}

    def holds(self, entry: Traits) -> bool:
        """Whether an entry says nothing that would let other partners be found."""
        return (
            (entry.outside or not self.outside)
            and entry.features <= self.features
            and entry.skeletons <= self.skeletons
            and all(number in self.numbers.get(number.measure, ()) for number in entry.numbers)
        )

    def add(self, entry: Traits) -> None:
        """Count an entry."""
        self.entries += 1
        self.outside = self.outside and entry.outside
        self._turns = None
        weights = self.weights
        for name in entry.names:
            weights[name] = weights.get(name, 0) + _NAME
        for company in entry.mentions:
            weights[company] = weights.get(company, 0) + _MENTION
        for company in entry.subjects:
            weights[company] = weights.get(company, 0) + _SUBJECT
        _count(self.concepts, entry.concepts)
        if entry.against:
            _count(self.headlines, entry.headline)
            _count(self.against, entry.against)
        if entry.subjects:
            self.subjects = _both(self.subjects, frozenset(entry.subjects))
            lead = entry.subjects[0]
            self._leads[lead] = self._leads.get(lead, 0) + 1
            self.lead = max(self._leads, key=self._leads.__getitem__)
        self.features = _both(self.features, entry.features)
        self.companies = _both(self.companies, frozenset(entry.companies))
        self.names = _both(self.names, entry.names)
        for number in sorted(entry.numbers):
            known = self.numbers.setdefault(number.measure, [])
            if len(known) < _NUMBERS and number not in known:
                known.append(number)
                self.units = _both(self.units, frozenset([number.unit]))
        self.skeletons = _both(self.skeletons, entry.skeletons)


def _both(known: frozenset[Key], more: frozenset[Key]) -> frozenset[Key]:
    return known if more <= known else known | more if known else more


def _count(counts: dict[str, int], concepts: Iterable[str]) -> None:
    for concept in concepts:
        counts[concept] = counts.get(concept, 0) + 1


def profile_of(members: Iterable[Traits]) -> Profile:
    """The profile of a cluster's entries."""
    profile = Profile()
    for member in members:
        profile.add(member)
    return profile

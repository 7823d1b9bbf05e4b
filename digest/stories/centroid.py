"""One cluster: the entries of one event in one language, summed up."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import inf
from operator import mul
from typing import NamedTuple

from digest.model import ClusterId, CompanyId, EntryId, StoryId
from digest.stories.profile import Profile, profile_of
from digest.stories.traits import Traits

_CENTROID_TERMS = 60  # a large cluster is known by those; the others come and go
_TELLERS = 60  # entries after which a cluster is known: more would only make it slow


class Centroid(NamedTuple):
    """What clustering compares of a cluster."""

    sums: Mapping[str, int]  # of its entries' terms
    spread: int  # the sum of their squares


@dataclass(slots=True)
class Cluster:
    """The entries of one event in one language."""

    id: ClusterId
    lang: str
    story: StoryId
    members: dict[EntryId, Traits] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)  # of the first members' terms
    subjects: dict[CompanyId, int] = field(default_factory=dict)  # by how many members
    profile: Profile = field(default_factory=Profile)  # what linking compares of it
    first: float = inf  # publication of its first entry, in seconds
    last: float = -inf
    _centroid: Centroid | None = None  # made when asked for
    _more: set[str] = field(default_factory=set)  # terms of later members alone

    @property
    def companies(self) -> AbstractSet[CompanyId]:
        """All that its entries name: subjects and mentions."""
        return self.profile.companies

    @property
    def terms(self) -> AbstractSet[str]:
        """All that its entries hold."""
        return self.sums.keys() | self._more if self._more else self.sums.keys()

    @property
    def centroid(self) -> Centroid:
        """The terms that most of its entries have."""
        if self._centroid is None:
            sums = self.sums
            if len(sums) > _CENTROID_TERMS:
                least = sorted(sums.values(), reverse=True)[_CENTROID_TERMS - 1]
                most = sorted([(-times, t) for t, times in sums.items() if times >= least])
                sums = {term: -less for less, term in most[:_CENTROID_TERMS]}
            self._centroid = Centroid(sums, sum(map(mul, sums.values(), sums.values())))
        return self._centroid

    def add(self, entry: Traits) -> None:
        """Take an entry in."""
        self._count(entry)
        self.members[entry.entry] = entry
        self.first = min(self.first, entry.seconds)
        self.last = max(self.last, entry.seconds)
        for company in entry.subjects:
            self.subjects[company] = self.subjects.get(company, 0) + 1
        self.profile.add(entry)

    def remove(self, entry: EntryId) -> Traits:
        """Give an entry back; a cluster without any keeps its times."""
        gone = self.members[entry]
        rest = [member for member in self.members.values() if member is not gone]
        self.members = {}
        self.sums = {}
        self._more = set()
        for member in rest:
            self._count(member)
            self.members[member.entry] = member
        self.first = min([member.seconds for member in rest], default=self.first)
        self.last = max([member.seconds for member in rest], default=self.last)
        for company in gone.subjects:
            self.subjects[company] -= 1
            if not self.subjects[company]:
                del self.subjects[company]
        self.profile = profile_of(rest)
        return gone

    def _count(self, entry: Traits) -> None:
        """Sum up the terms of the next member."""
        place = len(self.members)
        if place >= _TELLERS:
            self._more |= entry.terms.keys() - self.sums.keys()
            return
        self._centroid = None
        if place == 0:
            self.sums = entry.terms  # nearly every cluster has one member: it needs no copy
        else:
            sums = self.sums = dict(self.sums) if place == 1 else self.sums
            for term, weight in entry.terms.items():
                sums[term] = sums.get(term, 0) + weight

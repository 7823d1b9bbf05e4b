"""Finds the clusters that may be linked: those that have enough in common to be one event.

Two clusters that both name companies must share one, and something specific beside it; others must
share two concepts. So what is shared is looked up together with a company, which keeps the lists
short, however many clusters there are.
"""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from math import floor, log
from typing import TypeVar

from digest.model import ClusterId, CompanyId
from digest.stories.profile import Profile
from digest.stories.tokens import ALIKE, Number
from digest.stories.traits import Traits

Mark = str | tuple[str, int]  # a feature, a name's consonants, or a figure's unit and step

_STEP = -log(1 - ALIKE)  # figures that agree lie in one step, or in two that touch
Key = TypeVar("Key")


class Partners:
    """The live clusters by what they may have in common."""

    def __init__(self) -> None:
        self._named: dict[tuple[CompanyId, Mark], set[ClusterId]] = {}
        self._unnamed: dict[str, set[ClusterId]] = {}  # clusters without a company, by concept
        self._all: dict[str, set[ClusterId]] = {}  # by concept

    def sharing(
        self, companies: Collection[CompanyId], marks: Iterable[Mark], enough: int
    ) -> set[ClusterId]:
        """The clusters that share one of the companies and one of the marks, the rarest first.

        No more are looked for once there are `enough`.
        """
        known = self._named
        keys = [key for mark in marks for who in companies if (key := (who, mark)) in known]
        found: set[ClusterId] = set()
        length = 0
        for clusters in sorted([known[key] for key in keys], key=len):
            if len(found) >= enough and len(clusters) > length:  # equals all or none, in any order
                break
            found |= clusters
            length = len(clusters)
        return found

    def akin(self, concepts: Iterable[str], enough: int, *, unnamed: bool) -> set[ClusterId]:
        """The clusters that share two of the concepts; if `unnamed`, those without a company.

        The rarest come first, and no more are looked for once there are `enough`.
        """
        known = self._unnamed if unnamed else self._all
        once: set[ClusterId] = set()
        twice: set[ClusterId] = set()
        length = 0
        for clusters in sorted([known[c] for c in concepts if c in known], key=len):
            if len(twice) >= enough and len(clusters) > length:
                break
            twice |= once & clusters
            once |= clusters
            length = len(clusters)
        return twice

    def enter(
        self, cluster: ClusterId, companies: AbstractSet[CompanyId], told: Traits | Profile
    ) -> None:
        """Take in what is told of a cluster that names these companies."""
        if companies:
            for mark in marks_of(told):
                for company in companies:
                    self._named.setdefault((company, mark), set()).add(cluster)
        for concept in told.concepts:
            self._all.setdefault(concept, set()).add(cluster)
            if not companies:
                self._unnamed.setdefault(concept, set()).add(cluster)

    def erase(self, cluster: ClusterId, profile: Profile) -> None:
        """Forget a cluster, of which that was told."""
        if profile.companies:
            for mark in marks_of(profile):
                for company in profile.companies:
                    _discard(self._named, (company, mark), cluster)
        for concept in profile.concepts:
            _discard(self._all, concept, cluster)
            if not profile.companies:
                _discard(self._unnamed, concept, cluster)


def marks_of(told: Traits | Profile) -> set[Mark]:
    """All by which clusters that name the same company may be one event."""
    marks: set[Mark] = {(number.measure, step(number)) for number in told.numbers}
    marks |= told.features
    marks |= told.skeletons
    return marks


def step(number: Number) -> int:
    """Where a figure lies among those of its unit."""
    return floor(log(number.value) / _STEP) if number.value > 0 else 0


def _discard(index: dict[Key, set[ClusterId]], key: Key, cluster: ClusterId) -> None:
    index[key].discard(cluster)
    if not index[key]:
        del index[key]

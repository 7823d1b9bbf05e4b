"""Finds the clusters that may be linked: those that have enough in common to be one event.

Two clusters that both name companies must share one, and something specific beside it; others must
share two concepts. So what is shared is looked up together with a company, which keeps the lists
short, however many clusters there are; of a list that is long all the same only the newest count.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from math import floor, log
from typing import TypeVar

from digest.model import ClusterId, CompanyId
from digest.stories.numbers import ALIKE, Number
from digest.stories.traits import Traits

Mark = str | tuple[str, int]  # a feature, a name's consonants, or a number's unit and step

LONGEST = 32  # clusters of one list; with more, those that share only this share too little

_STEP = -log(1 - ALIKE)  # numbers that agree lie in one step, or in two that touch
Key = TypeVar("Key", str, CompanyId, Mark)
Lists = dict[Key, list[ClusterId]]  # each in order, the newest cluster last


class Partners:
    """The live clusters by what they may have in common."""

    def __init__(self) -> None:
        self._named: dict[CompanyId, Lists[Mark]] = {}
        self._unnamed: Lists[str] = {}  # clusters without a company, by concept
        self._all: Lists[str] = {}  # by concept

    def sharing(
        self, companies: Iterable[CompanyId], marks: Collection[Mark], enough: int
    ) -> set[ClusterId]:
        """The clusters that share one of the companies and one of the marks, the rarest first.

        No more are looked for once there are `enough`.
        """
        lists: list[list[ClusterId]] = []
        for company in companies:
            known = self._named.get(company, {})
            lists += [known[mark] for mark in marks if mark in known]
        found: set[ClusterId] = set()
        length = 0
        for clusters in sorted(lists, key=len):
            if len(found) >= enough and len(clusters) > length:  # equals all or none, in any order
                break
            found.update(clusters[-LONGEST:])
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
            newest = clusters[-LONGEST:]
            twice |= once.intersection(newest)
            once.update(newest)
            length = len(clusters)
        return twice

    def enter(self, cluster: ClusterId, companies: Iterable[CompanyId], told: Traits) -> None:
        """Take in what an entry tells of a cluster that names these companies."""
        unnamed = True
        marks: set[Mark] | None = None
        for company in companies:
            unnamed = False
            marks = marks or marks_of(told)
            known = self._named.setdefault(company, {})
            for mark in marks:
                _insert(known, mark, cluster)
        for concept in told.concepts:
            _insert(self._all, concept, cluster)
            if unnamed:
                _insert(self._unnamed, concept, cluster)

    def widen(
        self,
        cluster: ClusterId,
        known: Collection[CompanyId],
        more: Iterable[CompanyId],
        members: Iterable[Traits],
    ) -> None:
        """Let a cluster of known companies be found by more, with what its members tell."""
        members = tuple(members)
        marks = {mark for member in members for mark in marks_of(member)}
        for company in more:
            lists = self._named.setdefault(company, {})
            for mark in marks:
                _insert(lists, mark, cluster)
        if not known:
            _discard(self._unnamed, {c for member in members for c in member.concepts}, cluster)

    def erase(
        self, cluster: ClusterId, companies: Iterable[CompanyId], members: Iterable[Traits]
    ) -> None:
        """Forget a cluster of these companies and entries, whether or not it was entered."""
        members = tuple(members)
        marks = {mark for member in members for mark in marks_of(member)}
        concepts = {concept for member in members for concept in member.concepts}
        for company in companies:
            _discard(self._named.get(company, {}), marks, cluster)
        _discard(self._all, concepts, cluster)
        _discard(self._unnamed, concepts, cluster)


def marks_of(told: Traits) -> set[Mark]:
    """All by which clusters that name the same company may be one event."""
    marks: set[Mark] = {(number.measure, step(number)) for number in told.numbers}
    marks |= told.features
    marks |= told.skeletons
    return marks


def step(number: Number) -> int:
    """Where a number lies among those of its unit."""
    return floor(log(number.value) / _STEP) if number.value > 0 else 0


def _insert(lists: Lists[Key], key: Key, cluster: ClusterId) -> None:
    clusters = lists.get(key)
    if clusters is None:
        lists[key] = [cluster]
    elif (newest := clusters[-1]) < cluster:
        clusters.append(cluster)
    elif newest != cluster and clusters[at := bisect_left(clusters, cluster)] != cluster:
        clusters.insert(at, cluster)


def _discard(lists: Lists[Key], keys: Iterable[Key], cluster: ClusterId) -> None:
    for key in keys:
        clusters = lists.get(key, [])
        at = bisect_left(clusters, cluster)
        if at < len(clusters) and clusters[at] == cluster:
            del clusters[at]
            if not clusters:
                del lists[key]

"""The terms of the live clusters in one language: where each stands, and how much it says.

What is done for an entry is bounded: a common term is not looked up where rarer ones are, so that
the work does not grow with the number of clusters. In a crowd that also keeps apart what is alike
in common words alone. Of the clusters looked at none is left out that would be like enough.

An entry has a hundred terms, and all of them are gone through for it and for each cluster that it
is compared with: hence map() and mul() where a comprehension would be as short.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop
from itertools import chain, filterfalse, repeat
from math import fsum, log, sqrt
from operator import mul
from typing import NamedTuple

from digest.model import ClusterId
from digest.stories.likeness import lasting, left_after

_QUERY_TERMS = 8  # the heaviest of an entry are looked up; with more, groups are no better
_SHORT, _ENOUGH = 12, 32  # clusters of a term that is always looked up, and of all beside these
_LEAST_WEIGHT = 0.05
_PRIOR = 20  # entries imagined before the first, so that its words do not look common
_UNSEEN = -0.7  # log of how often a term is that no entry has yet
_SLACK = 1e-9  # of rounding


_NONE: Sequence[ClusterId] = ()


class Query(NamedTuple):
    """An entry's terms as they weigh now."""

    terms: Mapping[str, float]  # a term's weight times what the entry says of it
    weights: Mapping[str, float]
    size: float


class Vocabulary:
    """Counts terms by entry and finds clusters by term."""

    def __init__(self) -> None:
        self._entries = 0
        self._most = 1  # entries that had one term at some time
        self._count: Counter[str] = Counter()  # entries that have a term
        # Each once and in order: a list takes a fifth of the room of a set.
        self._clusters: dict[str, list[ClusterId]] = defaultdict(list)
        self._last: dict[ClusterId, float] = {}  # publication of its last entry, in seconds
        self._logs = [_UNSEEN, log(1.5)]  # by count

    def add(
        self, cluster: ClusterId, terms: AbstractSet[str], known: AbstractSet[str] = frozenset()
    ) -> None:
        """Count an entry of a cluster, whose other entries have the `known` terms."""
        self._entries += 1
        count, clusters = self._count, self._clusters
        count.update(terms)
        self._most = max(self._most, max(map(count.__getitem__, terms), default=0))
        for term in filterfalse(known.__contains__, terms):
            found = clusters[term]
            if found and found[-1] > cluster:
                insort(found, cluster)
            else:  # as nearly always: clusters are numbered as they come
                found.append(cluster)
        while len(self._logs) <= self._entries:
            self._logs.append(log(len(self._logs) + 0.5))

    def date(self, cluster: ClusterId, last: float) -> None:
        """Remember when the last entry of a cluster was published, in seconds."""
        self._last[cluster] = last

    def remove(self, cluster: ClusterId, terms: AbstractSet[str], kept: Container[str]) -> None:
        """Count an entry no more, and find its cluster no more by what is not `kept`."""
        self._entries -= 1
        count, clusters = self._count, self._clusters
        for term in terms:
            if count[term] == 1:
                del count[term], clusters[term]
                continue
            count[term] -= 1
            if term not in kept:
                found = clusters[term]
                del found[bisect_left(found, cluster)]

    def drop(self, clusters: AbstractSet[ClusterId], entries: Collection[Iterable[str]]) -> None:
        """Forget clusters with all their entries, of which the terms are given."""
        if not entries:
            return
        self._entries -= len(entries)
        newest = max(clusters)
        for cluster in clusters:
            del self._last[cluster]
        count, known = self._count, self._clusters
        for term, times in Counter(chain.from_iterable(entries)).items():
            if count[term] == times:
                del count[term], known[term]
                continue
            count[term] -= times
            found = known[term]
            early = bisect_right(found, newest)  # what is older lies at the front
            found[:early] = filterfalse(clusters.__contains__, found[:early])

    def query(self, terms: Mapping[str, int]) -> Query:
        """An entry's terms, weighed by how few entries have each."""
        weights = self._weights(map(self._count.get, terms, repeat(0)))
        weighed = [*map(mul, terms.values(), weights)]
        return Query(
            dict(zip(terms, weighed, strict=True)),
            dict(zip(terms, weights, strict=True)),
            sqrt(sum(map(mul, weighed, weighed))),
        )

    def near(
        self,
        query: Query,
        least: float,
        now: float,
        among: Sequence[Container[ClusterId]] = (),
    ) -> Iterator[tuple[float, ClusterId]]:
        """The clusters that may be as like the query as `least`, each with how like at most.

        Those come first that may be most like it. What is left after the time between a cluster's
        last entry and `now` is counted in. No vector is more like another than the part of it that
        stands on shared terms is long. If sets of clusters are given, of which none is in two, the
        others are left out.
        """
        shared, unknown = self._sharing(query, least, among)
        whole, last = query.size**2, self._last
        oldest: dict[float, float] = {}
        for square in {*shared.values()}:
            like = sqrt(max(0.0, unknown + square) / whole) * (1 + _SLACK)
            oldest[square] = now - lasting(like / least)
        likely = [
            (oldest[square] - last[number], number)
            for number, square in shared.items()
            if last[number] >= oldest[square]
        ]
        heapify(likely)  # only the first few are asked for
        utmost = lasting(1 / least)  # nothing is more alike than wholly
        while likely:
            less, number = heappop(likely)
            yield least / left_after(min(-less, utmost)), number

    def _sharing(
        self, query: Query, least: float, among: Sequence[Container[ClusterId]]
    ) -> tuple[dict[ClusterId, float], float]:
        """How much of a query clusters share with it, and how much it holds that is not looked up.

        Both as squares. Those that share too little, were it of one time, may be missing.
        """
        shared: dict[ClusterId, float] = {}
        postings, unknown = self._postings(query)
        enough = least * least * query.size**2 * (1 - _SLACK) - unknown
        left = fsum([square for square, _ in postings])
        for square, clusters in postings:
            late = left * (1 + _SLACK) < enough  # for a cluster that is not known yet
            found: Iterable[ClusterId] = clusters
            if within := (shared,) if late else among:
                found = chain(*[filter(each.__contains__, clusters) for each in within])
            more = dict.fromkeys(found, square)
            for number in shared.keys() & more.keys():
                more[number] += shared[number]
            shared.update(more)
            left -= square
        return shared, unknown

    def _postings(self, query: Query) -> tuple[list[tuple[float, Sequence[ClusterId]]], float]:
        """The clusters of each term to look up, the heaviest first, and what the others weigh.

        That is said in squares of weights.
        """
        postings: list[tuple[float, Sequence[ClusterId]]] = []
        unknown = query.size**2
        walked = 0
        # Of the many only those are put in order that can be among the heaviest.
        least = min(sorted(query.terms.values(), reverse=True)[:_QUERY_TERMS], default=0.0)
        heaviest = sorted([(-weight, t) for t, weight in query.terms.items() if weight >= least])
        for less, term in heaviest[:_QUERY_TERMS]:
            clusters = self._clusters.get(term, _NONE)
            short = len(clusters) <= _SHORT
            if not postings or short or walked + len(clusters) <= _ENOUGH:
                unknown -= less * less
                if clusters:
                    walked += len(clusters)
                    postings.append((less * less, clusters))
        return postings, unknown

    def likeness(self, query: Query, sums: Mapping[str, int], spread: int, least: float) -> float:
        """The cosine of a query and a vector of terms; 0 where it is certainly below `least`.

        `spread` is the sum of the squares of the vector's numbers.
        """
        terms, weights, size = query
        both = terms.keys() & sums.keys()
        times = [*map(sums.__getitem__, both)]
        heavy = [*map(mul, times, map(weights.__getitem__, both))]
        product = fsum(map(mul, map(terms.__getitem__, both), heavy))  # the same in any order
        shared = fsum(map(mul, heavy, heavy))
        spread -= sum(map(mul, times, times))
        lightest = max(self._lightest, _LEAST_WEIGHT)  # what is not shared weighs as much at least
        if product < least * size * sqrt(shared + spread * lightest * lightest) * (1 - _SLACK):
            return 0.0
        return product / (size * self._size(sums))

    def _size(self, sums: Mapping[str, int]) -> float:
        weights = self._weights(map(self._count.__getitem__, sums))
        weighed = [*map(mul, sums.values(), weights)]
        return sqrt(sum(map(mul, weighed, weighed)))

    @property
    def _lightest(self) -> float:
        """What the commonest term weighs, or less."""
        return log(self._entries + _PRIOR) - self._logs[self._most]

    def _weights(self, counts: Iterable[int]) -> list[float]:
        """What terms say that so many entries have."""
        total, logs = log(self._entries + _PRIOR), self._logs
        weights = [total - logs[count] for count in counts]
        if self._lightest < _LEAST_WEIGHT:  # as in a small world, where all say one thing
            return [max(weight, _LEAST_WEIGHT) for weight in weights]
        return weights

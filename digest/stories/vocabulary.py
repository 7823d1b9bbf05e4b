"""The terms of the live clusters in one language: where each stands, and how much it says.

What is done for an entry is bounded: a common term is not looked up where rarer ones are, so that
the work does not grow with the number of clusters. The bounds are exact: they leave out nothing
that would have been like enough.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop
from math import fsum, log, sqrt
from typing import NamedTuple

from digest.model import ClusterId

_QUERY_TERMS = 8  # the heaviest of an entry are looked up; with more, groups are no better
_SURE_TERMS = 3  # looked up where not too many clusters have them
_LONG_POSTING, _LONGEST_POSTING = 30, 600  # clusters; the heaviest term has no limit
_LEAST_WEIGHT = 0.05
_PRIOR = 20  # entries imagined before the first, so that its words do not look common
_UNSEEN = -0.7  # log of how often a term is that no entry has yet
_SLACK = 1e-9  # of rounding


_NONE: frozenset[ClusterId] = frozenset()


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
        self._count: dict[str, int] = {}  # entries that have a term
        self._clusters: dict[str, set[ClusterId]] = {}
        self._logs = [_UNSEEN]  # by count

    def add(self, cluster: ClusterId, terms: Iterable[str], known: Container[str]) -> None:
        """Count an entry of a cluster, whose other entries have the `known` terms."""
        self._entries += 1
        count, clusters = self._count, self._clusters
        for term in terms:
            before = count.get(term)
            if before is None:
                count[term] = 1
                clusters[term] = {cluster}
            else:
                count[term] = before + 1
                if term not in known:
                    clusters[term].add(cluster)
                if before >= self._most:
                    self._most = before + 1
        while len(self._logs) <= self._entries:
            self._logs.append(log(len(self._logs) + 0.5))

    def remove(self, cluster: ClusterId, terms: Iterable[str], kept: Container[str]) -> None:
        """Take an entry out of a cluster, whose other entries have the `kept` terms."""
        self._entries -= 1
        count, clusters = self._count, self._clusters
        for term in terms:
            if count[term] == 1:
                del count[term], clusters[term]
                continue
            count[term] -= 1
            if term not in kept:
                clusters[term].discard(cluster)

    def query(self, terms: Mapping[str, int]) -> Query:
        """An entry's terms, weighed by how few entries have each."""
        total, logs, known = log(self._entries + _PRIOR), self._logs, self._count.get
        weights = {
            term: weight if (weight := total - logs[known(term, 0)]) > _LEAST_WEIGHT
            else _LEAST_WEIGHT
            for term in terms
        }  # fmt: skip
        weighed = {term: times * weights[term] for term, times in terms.items()}
        return Query(weighed, weights, sqrt(sum([weight * weight for weight in weighed.values()])))

    def near(self, query: Query, least: float) -> Iterator[tuple[float, ClusterId]]:
        """The clusters that may be as like the query as `least`, each with how like at most.

        Those that share most of it come first. No vector is more like another than the part of it
        that stands on shared terms is long.
        """
        shared: dict[ClusterId, float] = {}
        whole = query.size**2
        postings, unknown = self._postings(query)
        enough = least * least * whole * (1 - _SLACK) - unknown
        left = fsum([square for square, _ in postings])
        found = shared.get
        for square, clusters in postings:
            late = left * (1 + _SLACK) < enough  # for a cluster that is not known yet
            for number in clusters & shared.keys() if late else clusters:
                shared[number] = found(number, 0.0) + square
            left -= square
        likely = [(-square, number) for number, square in shared.items() if square >= enough]
        heapify(likely)  # only the first few are asked for
        while likely:
            less, number = heappop(likely)
            yield sqrt(max(0.0, unknown - less) / whole) * (1 + _SLACK), number

    def _postings(self, query: Query) -> tuple[list[tuple[float, AbstractSet[ClusterId]]], float]:
        """The clusters of each term to look up, the heaviest first, and what the others weigh.

        That is said in squares of weights.
        """
        postings: list[tuple[float, AbstractSet[ClusterId]]] = []
        unknown = query.size**2
        heaviest = sorted([(-weight, term) for term, weight in query.terms.items()])
        for less, term in heaviest[:_QUERY_TERMS]:
            clusters = self._clusters.get(term, _NONE)
            sure = len(postings) < _SURE_TERMS and len(clusters) <= _LONGEST_POSTING
            if not postings or sure or len(clusters) <= _LONG_POSTING:
                unknown -= less * less
                if clusters:
                    postings.append((less * less, clusters))
        return postings, unknown

    def likeness(self, query: Query, sums: Mapping[str, int], spread: int, least: float) -> float:
        """The cosine of a query and a vector of terms; 0 where it is certainly below `least`.

        `spread` is the sum of the squares of the vector's numbers.
        """
        terms, weights, size = query
        both = terms.keys() & sums.keys()
        heavy = {term: sums[term] * weights[term] for term in both}
        product = fsum([terms[term] * heavy[term] for term in both])  # the same in any order
        shared = fsum([weight * weight for weight in heavy.values()])
        spread -= sum([sums[term] ** 2 for term in both])
        # What is not shared weighs at least as much as the commonest term.
        lightest = max(log(self._entries + _PRIOR) - self._logs[self._most], _LEAST_WEIGHT)
        if product < least * size * sqrt(shared + spread * lightest * lightest) * (1 - _SLACK):
            return 0.0
        return product / (size * self._size(sums))

    def _size(self, sums: Mapping[str, int]) -> float:
        total, logs, count = log(self._entries + _PRIOR), self._logs, self._count
        square = 0.0
        for term, times in sums.items():
            weight = total - logs[count[term]]
            weight = times * weight if weight > _LEAST_WEIGHT else times * _LEAST_WEIGHT
            square += weight * weight
        return sqrt(square)

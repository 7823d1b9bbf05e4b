"""Groups the entries of one language that tell of one event.

Copies first, by their headline; then TF-IDF against the clusters' centroids, weakened by age and
by companies that differ. All state follows from the entries of the live clusters, and weights are
whole numbers, so that an index built again from the store is the index that was.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import log, sqrt
from types import MappingProxyType
from typing import Self

from digest.model import ClusterId, CompanyId, EntryId, Report, Story, StoryId
from digest.stories.traits import Traits

WINDOW = timedelta(hours=96)  # an idle cluster takes no more entries after that
HALF_LIFE = timedelta(hours=72)
THRESHOLDS: Mapping[str, float] = MappingProxyType({"en": 0.18, "ja": 0.26})
OTHER_THRESHOLD = 0.22  # of languages not measured

COMPANY_PENALTY = 1.0  # both name companies and share none: another event, however like
SHORT_BELOW = 4  # terms; such a headline says too little to be sure
SHORT_PENALTY = 0.25
COPY_KEY_FROM = 12  # letters; shorter headlines ("Personnel changes") come again
COPY_FROM = 0.8  # Jaccard of the words: the same text, perhaps cut or retouched

_QUERY_TERMS = 14
_SURE_TERMS = 3  # looked up however long their postings are
_LONG_POSTING = 60
_LONG_SHARE = 0.05  # of the live clusters
_CANDIDATES = 8
_LEAST_IDF = 0.05
_PRIOR = 20  # entries imagined before the first, so that its words do not look common


_NOWHERE: Mapping[ClusterId, int] = MappingProxyType({})
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(slots=True)
class Cluster:
    """The entries of one event in one language."""

    id: ClusterId
    lang: str
    story: StoryId
    members: dict[EntryId, Traits] = field(default_factory=dict)
    sums: Counter[str] = field(default_factory=Counter)
    companies: Counter[CompanyId] = field(default_factory=Counter)
    first: datetime = _LATEST  # publication of its first entry
    last: datetime = _EARLIEST

    def measure(self) -> None:
        """Take `first` and `last` from the members; a cluster without any keeps them."""
        times = [member.published for member in self.members.values()]
        self.first = min(times, default=self.first)
        self.last = max(times, default=self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an entry went, and whose words it carries."""

    cluster: ClusterId
    owner: str  # of the text that it repeats, else its own


class StoryIndex:
    """The live clusters. The caller gives entries in order of publication."""

    def __init__(self, next_cluster: int = 1) -> None:
        self._next = next_cluster
        self.clusters: dict[ClusterId, Cluster] = {}
        self._stories: dict[StoryId, set[ClusterId]] = defaultdict(set)
        self._features: dict[str, Counter[ClusterId]] = defaultdict(Counter)
        self._of_entry: dict[EntryId, ClusterId] = {}
        self._postings: dict[str, dict[str, set[ClusterId]]] = defaultdict(dict)
        self._df: dict[str, Counter[str]] = defaultdict(Counter)
        self._entries: Counter[str] = Counter()
        self._copies: dict[tuple[str, str], ClusterId] = {}
        self._ages: list[tuple[datetime, ClusterId]] = []
        self._horizon: datetime | None = None

    @classmethod
    def rebuild(
        cls,
        stories: Iterable[Story],
        read: Callable[[Report], Traits | None],
        next_cluster: ClusterId,
    ) -> Self:
        """The index as it was when these stories were the placed ones.

        A report that `read` has nothing for is left out.
        """
        index = cls(next_cluster)
        reports = [(report, story.id) for story in stories for report in story.reports]
        reports.sort(key=lambda pair: (pair[0].entry.published, pair[0].stored.id))
        for report, story in reports:
            entry = read(report)
            if entry is not None:
                index._join(report.cluster, entry, story)
        index._expire()
        return index

    def place(self, entry: Traits) -> Placed:
        """Put an entry into the cluster of its event, or into a new one."""
        known = self._of_entry.get(entry.entry)
        if known is not None:  # revised: it stays where readers saw it
            self._leave(known, entry.entry)
            return self._placed(known, entry)
        self._move_horizon(entry.published)
        copied = self._copies.get((entry.lang, entry.key))
        if copied is not None and len(entry.key) >= COPY_KEY_FROM:
            return self._placed(copied, entry)
        best = self._best(entry)
        if best is not None:
            return self._placed(best, entry)
        number = ClusterId(self._next)
        self._next += 1
        self._join(number, entry, StoryId(number))
        return Placed(cluster=number, owner=entry.owner)

    def _placed(self, number: ClusterId, entry: Traits) -> Placed:
        """Join a cluster, in the name of the one whose text the entry repeats."""
        cluster = self.clusters[number]
        copied = next((m for m in cluster.members.values() if _is_copy(entry, m)), None)
        entry = entry if copied is None else replace(entry, owner=copied.owner)
        self._join(number, entry, cluster.story)
        return Placed(cluster=number, owner=entry.owner)

    def knows(self, entry: EntryId) -> bool:
        """Whether this entry is in a live cluster."""
        return entry in self._of_entry

    def forget(self, entry: EntryId) -> None:
        """Take an entry out: its words changed and a rule leaves it out now."""
        cluster = self._of_entry.get(entry)
        if cluster is not None:
            self._leave(cluster, entry)
            if not self.clusters[cluster].members:
                self._drop(cluster)

    def assign(self, cluster: ClusterId, story: StoryId) -> None:
        """Record that a cluster belongs to a story."""
        self._leave_story(cluster)
        self.clusters[cluster].story = story
        self._stories[story].add(cluster)

    @property
    def entries(self) -> int:
        """How many entries the live clusters hold."""
        return len(self._of_entry)

    def of_story(self, story: StoryId) -> AbstractSet[ClusterId]:
        """The live clusters of a story."""
        return self._stories.get(story, frozenset())

    def having(self, feature: str) -> Mapping[ClusterId, int]:
        """The live clusters with a company, name or concept, and how many entries have it."""
        return self._features.get(feature, _NOWHERE)

    # --- membership ------------------------------------------------------------------------

    def _join(self, number: ClusterId, entry: Traits, story: StoryId) -> None:
        cluster = self.clusters.get(number)
        if cluster is None:
            cluster = self.clusters[number] = Cluster(number, entry.lang, story)
            self._stories[story].add(number)
        cluster.members[entry.entry] = entry
        cluster.measure()
        cluster.sums.update(entry.terms)
        cluster.companies.update(entry.subjects)
        self._of_entry[entry.entry] = number
        postings = self._postings[cluster.lang]
        for term in entry.terms:
            postings.setdefault(term, set()).add(number)
        for feature in entry.features:
            self._features[feature][number] += 1
        self._df[cluster.lang].update(entry.terms.keys())
        self._entries[cluster.lang] += 1
        self._copies.setdefault((cluster.lang, entry.key), number)
        heappush(self._ages, (cluster.last, number))
        self._horizon = max(self._horizon or entry.published, entry.published)

    def _leave(self, number: ClusterId, entry: EntryId) -> None:
        cluster = self.clusters[number]
        gone = cluster.members.pop(entry)
        cluster.measure()
        cluster.sums.subtract(gone.terms)
        cluster.companies.subtract(gone.subjects)
        del self._of_entry[entry]
        postings = self._postings[cluster.lang]
        df = self._df[cluster.lang]
        for term in gone.terms:
            if not cluster.sums[term]:
                del cluster.sums[term]
                postings[term].discard(number)
                if not postings[term]:
                    del postings[term]
            df[term] -= 1
            if not df[term]:
                del df[term]
        for feature in gone.features:
            self._forget_feature(feature, number)
        self._entries[cluster.lang] -= 1
        same = (member.key for member in cluster.members.values())
        if self._copies.get((cluster.lang, gone.key)) == number and gone.key not in same:
            del self._copies[cluster.lang, gone.key]

    def _drop(self, number: ClusterId) -> None:
        for entry in tuple(self.clusters[number].members):
            self._leave(number, entry)
        self._leave_story(number)
        del self.clusters[number]

    def _leave_story(self, number: ClusterId) -> None:
        story = self.clusters[number].story
        self._stories[story].discard(number)
        if not self._stories[story]:
            del self._stories[story]

    def _forget_feature(self, feature: str, number: ClusterId) -> None:
        having = self._features[feature]
        having[number] -= 1
        if not having[number]:
            del having[number]
        if not having:
            del self._features[feature]

    def _move_horizon(self, published: datetime) -> None:
        self._horizon = max(self._horizon or published, published)
        self._expire()

    def _expire(self) -> None:
        while self._ages and self._horizon and self._ages[0][0] < self._horizon - WINDOW:
            last, number = heappop(self._ages)
            cluster = self.clusters.get(number)
            if cluster is not None and cluster.last == last:
                self._drop(number)

    # --- comparing -------------------------------------------------------------------------

    def _best(self, entry: Traits) -> ClusterId | None:
        idf = self._idf(entry.lang)
        query = {term: weight * idf(term) for term, weight in entry.terms.items()}
        norm = sqrt(sum(weight * weight for weight in query.values()))
        threshold = THRESHOLDS.get(entry.lang, OTHER_THRESHOLD)
        if len(entry.terms) < SHORT_BELOW:
            threshold += SHORT_PENALTY
        best: tuple[float, ClusterId | None] = (threshold, None)
        for number in self._candidates(entry.lang, query):
            score = self._score(entry, query, norm, self.clusters[number], idf)
            if score > best[0] or (score == best[0] and best[1] is None):
                best = (score, number)
        return best[1]

    def _idf(self, lang: str) -> Callable[[str], float]:
        df, total = self._df[lang], log(self._entries[lang] + _PRIOR)

        def idf(term: str) -> float:
            return max(_LEAST_IDF, total - log(df[term] + 0.5)) if term in df else total + 0.7

        return idf

    def _candidates(self, lang: str, query: Mapping[str, float]) -> list[ClusterId]:
        postings = self._postings[lang]
        too_long = max(_LONG_POSTING, int(_LONG_SHARE * len(self.clusters)))
        found: dict[ClusterId, float] = defaultdict(float)
        used = 0
        heaviest = sorted(query.items(), key=lambda pair: (-pair[1], pair[0]))
        for term, weight in heaviest[:_QUERY_TERMS]:
            posting = postings.get(term, ())
            if len(posting) > too_long and used >= _SURE_TERMS:
                continue
            used += bool(posting)
            for number in posting:
                cluster = self.clusters[number]
                found[number] += weight * weight * cluster.sums[term] / len(cluster.members)
        order = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        return [number for number, _ in order[:_CANDIDATES]]

    def _score(
        self,
        entry: Traits,
        query: Mapping[str, float],
        norm: float,
        cluster: Cluster,
        idf: Callable[[str], float],
    ) -> float:
        sums = cluster.sums
        dot = sum(weight * sums[term] * idf(term) for term, weight in query.items() if term in sums)
        size = sqrt(sum((count * idf(term)) ** 2 for term, count in sums.items()))
        age = max(timedelta(), entry.published - cluster.last, cluster.first - entry.published)
        score: float = dot / (norm * size) * 0.5 ** (age / HALF_LIFE)
        theirs = {company for company, count in cluster.companies.items() if count}
        if entry.subjects and theirs and theirs.isdisjoint(entry.subjects):
            score -= COMPANY_PENALTY
        return score


def _is_copy(one: Traits, other: Traits) -> bool:
    if one.key == other.key:
        return True
    union = len(one.words | other.words)
    return union > 0 and len(one.words & other.words) >= COPY_FROM * union

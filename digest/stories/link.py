"""Links clusters that tell of one event into one story.

Clusters of two languages, and those of one whose words differ too much for clustering. They are
compared by what has no language: companies, concepts, named models, people and plants, figures
with units, names as consonants. Something specific must be shared, so that one company and one
general subject are never enough.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from math import fsum, log, sqrt

from digest.model import ClusterId, CompanyId, Link
from digest.stories.cluster import Cluster, StoryIndex
from digest.stories.lexicon import Lexicon
from digest.stories.tokens import Number, skeletons

WINDOW = timedelta(hours=72)
THRESHOLD = 0.37  # of clusters in two languages
SAME_LANGUAGE = 0.52  # of clusters whose words clustering found too different

_COMPANY, _TITLE_SUBJECT, _MENTION = 0.6, 1.5, 0.5
_NAME = 1.0
_PER_NUMBER, _NUMBERS = 0.12, 3
_OTHER_NUMBERS = 0.25
_PER_SKELETON, _SKELETONS = 0.05, 3
_OPPOSED = 0.3
_OTHER_NAMES = 0.22  # both name models, people or plants, and none is shared
_OTHER_LEAD = 0.2
_NO_CONCEPT = 0.15  # one car, but nothing that happens to it in common
_TOGETHER = 3  # companies; so many are seldom named together twice
_SPECIFIC_IDF = 2.0  # a feature in fewer than about one entry in eight
_PRIOR, _PRIOR_SHARE = 200, 0.01  # entries imagined before the first, so that few say little
_CANDIDATES = 40
_LONG_POSTING = 400  # clusters; what so many share says little
_STRONG_UNITS = frozenset({"jpy", "usd", "eur", "pct", "person", "vehicle", "gwh", "plant"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clusters that may be one event."""

    surplus: float  # of their score over what it takes
    one: ClusterId
    other: ClusterId


class Linker:
    """Compares clusters by a lexicon's concepts. Holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._weights = {c.id: c.weight for c in lexicon.concepts.values()}
        self._opposed = _symmetric(lexicon)
        self._known = frozenset(
            skeleton
            for company in lexicon.companies.values()
            for alias in company.aliases
            for skeleton in skeletons(alias.text)
        )

    def link(self, index: StoryIndex, touched: Iterable[ClusterId]) -> list[Link]:
        """Link the touched clusters to those of other languages, best pairs first.

        The index learns the links too. A cluster that has a partner in a language keeps it.
        """
        view = _View(index, self._weights)
        pairs: dict[tuple[ClusterId, ClusterId], Pair] = {}
        for number in sorted({n for n in touched if n in index.clusters}):
            for other in view.candidates(number):
                key = (min(number, other), max(number, other))
                if key not in pairs:
                    pairs[key] = Pair(self._surplus(view, *key), *key)
        links: dict[ClusterId, Link] = {}
        for pair in sorted(pairs.values(), key=lambda p: (-p.surplus, p.one, p.other)):
            if pair.surplus >= 0 and self._agree(view, pair):
                for link in view.join(pair.one, pair.other):
                    links[link.cluster] = link
        return list(links.values())

    def _agree(self, view: "_View", pair: Pair) -> bool:
        """Whether the two stories may become one: on average their clusters tell the same."""
        if view.clusters[pair.one].story == view.clusters[pair.other].story:
            return False
        mine, theirs = view.story_of(pair.one), view.story_of(pair.other)
        surpluses = [self._surplus(view, one, other) for one in mine for other in theirs]
        return fsum(surpluses) >= 0

    def _surplus(self, view: "_View", one: ClusterId, other: ClusterId) -> float:
        """By how much two clusters exceed what it takes to be one event."""
        known = view.surpluses.get((one, other))
        if known is None:
            mine, theirs = view.clusters[one], view.clusters[other]
            least = SAME_LANGUAGE if mine.lang == theirs.lang else THRESHOLD
            known = view.surpluses[one, other] = self.score(view, mine, theirs) - least
        return known

    def score(self, view: "_View", one: Cluster, other: Cluster) -> float:
        """How likely two clusters are one event; 0 where nothing specific is shared."""
        mine, theirs = view.features(one), view.features(other)
        if mine.companies and theirs.companies and mine.companies.isdisjoint(theirs.companies):
            return 0.0
        shared = mine.vector.keys() & theirs.vector.keys()
        numbers = _agreeing(mine.numbers, theirs.numbers)
        names = len((mine.skeletons & theirs.skeletons) - self._known)
        together = len(mine.companies & theirs.companies) >= _TOGETHER
        specific = numbers or names or together or any(map(view.specific, shared))
        if not specific or (len(shared) < 2 and not (mine.companies and theirs.companies)):
            return 0.0
        dot = fsum(mine.vector[f] * theirs.vector[f] for f in shared)  # exact in any order
        score = dot / (mine.norm * theirs.norm)
        score += _PER_NUMBER * min(numbers, _NUMBERS) + _PER_SKELETON * min(names, _SKELETONS)
        if not numbers and _clash(mine.numbers, theirs.numbers):
            score -= _OTHER_NUMBERS
        if mine.concepts.isdisjoint(theirs.concepts):
            score -= _NO_CONCEPT
        if self._oppose(mine.concepts, theirs.concepts):
            score -= _OPPOSED
        if mine.names and theirs.names and mine.names.isdisjoint(theirs.names):
            score -= _OTHER_NAMES
        if mine.lead not in theirs.companies and theirs.lead not in mine.companies:
            score -= _OTHER_LEAD  # None on both sides where neither names a company
        return score

    def _oppose(self, one: frozenset[str], other: frozenset[str]) -> bool:
        """Whether each side holds what the other's concept opposes, and not that concept too."""
        return any(
            against & other and not against & one and concept not in other
            for concept in one
            for against in [self._opposed.get(concept, frozenset())]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Features:
    vector: Mapping[str, float]
    norm: float
    companies: frozenset[CompanyId]
    lead: CompanyId | None
    concepts: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[Number]
    skeletons: frozenset[str]


class _View:
    """What the live clusters are compared by, as they stand at one moment."""

    def __init__(self, index: StoryIndex, weights: Mapping[str, float]) -> None:
        self._index = index
        self.clusters = index.clusters
        self._weights = weights
        self.surpluses: dict[tuple[ClusterId, ClusterId], float] = {}
        self._features: dict[ClusterId, _Features] = {}
        self._idf: dict[str, float] = {}
        self._total = index.entries + _PRIOR

    def idf(self, feature: str) -> float:
        """How much sharing a feature of some live cluster says, by how few entries have it."""
        known = self._idf.get(feature)
        if known is None:
            count = sum(self._index.having(feature).values())
            known = self._idf[feature] = log(self._total / (count + _PRIOR * _PRIOR_SHARE))
        return known

    def specific(self, feature: str) -> bool:
        """Whether sharing this says much: not a company, and not in every other headline."""
        named = "/" in feature
        return named or (
            self._weights.get(feature, 0.0) >= 0.8 and self.idf(feature) >= _SPECIFIC_IDF
        )

    def candidates(self, number: ClusterId) -> list[ClusterId]:
        """The clusters of about the same days that share the weightiest features."""
        cluster = self.clusters[number]
        vector = self.features(cluster).vector
        found: dict[ClusterId, float] = defaultdict(float)
        for feature in sorted(vector, key=lambda f: (-vector[f], f)):
            having = self._index.having(feature)
            if len(having) > _LONG_POSTING and found:
                continue
            for other in having:
                found[other] += vector[feature] ** 2
        near = (
            other
            for other in sorted(found, key=lambda n: (-found[n], n))
            if other != number
            and self.clusters[other].first - cluster.last <= WINDOW
            and cluster.first - self.clusters[other].last <= WINDOW
        )
        return list(islice(near, _CANDIDATES))

    def story_of(self, number: ClusterId) -> AbstractSet[ClusterId]:
        """All clusters of that cluster's story."""
        return self._index.of_story(self.clusters[number].story)

    def join(self, one: ClusterId, other: ClusterId) -> list[Link]:
        """Make the two stories one, under the earlier number."""
        clusters = self._index.clusters
        stories = sorted({clusters[one].story, clusters[other].story})
        keep, gone = stories[0], stories[-1]
        moved = sorted(self._index.of_story(gone))
        for number in moved:
            self._index.assign(number, keep)
        return [Link(cluster=number, story=keep) for number in moved]

    def features(self, cluster: Cluster) -> _Features:
        """What is compared of a cluster."""
        known = self._features.get(cluster.id)
        if known is None:
            known = self._features[cluster.id] = self._compute(cluster)
        return known

    def _compute(self, cluster: Cluster) -> _Features:
        members = cluster.members.values()
        sums: Counter[str] = Counter()
        for member in members:
            weights: dict[str, float] = {c: self._weights[c] for c in member.concepts}
            weights |= dict.fromkeys(member.names, _NAME)
            weights |= dict.fromkeys(member.mentions, _COMPANY * _MENTION)
            weights |= dict.fromkeys(member.subjects, _COMPANY * _TITLE_SUBJECT)
            sums.update(weights)
        vector = {key: value * self.idf(key) / len(cluster.members) for key, value in sums.items()}
        subjects = Counter(member.subjects[0] for member in members if member.subjects)
        return _Features(
            vector=vector,
            norm=sqrt(fsum(value * value for value in vector.values())) or 1.0,
            companies=frozenset(c for m in members for c in (*m.subjects, *m.mentions)),
            lead=subjects.most_common(1)[0][0] if subjects else None,
            concepts=frozenset(c for m in members for c in m.concepts),
            names=frozenset(n for m in members for n in m.names),
            numbers=frozenset(n for m in members for n in m.numbers),
            skeletons=frozenset(s for m in members for s in m.skeletons),
        )


def _symmetric(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for concept in lexicon.concepts.values():
        for other in concept.opposes:
            found[concept.id].add(other)
            found[other].add(concept.id)
    return {key: frozenset(values) for key, values in found.items()}


def _agreeing(one: Iterable[Number], other: Sequence[Number] | frozenset[Number]) -> int:
    return sum(any(number.agrees(found) for found in other) for number in one)


def _clash(one: Iterable[Number], other: Iterable[Number]) -> bool:
    units = {number.unit for number in one} & {number.unit for number in other}
    return not units.isdisjoint(_STRONG_UNITS)

"""Links clusters that tell of one event into one story.

Clusters of two languages, and those of one whose words differ too much for clustering. They are
compared by what has no language: companies, concepts, named models, people and plants, figures
with units, names as consonants. Something specific must be shared, so that one company and one
general subject are never enough.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from math import fsum, inf, log, sqrt

from digest.model import ClusterId, Link
from digest.stories.cluster import Cluster, StoryIndex
from digest.stories.lexicon import Lexicon
from digest.stories.odds import Odds, Told
from digest.stories.partners import Mark, step
from digest.stories.profile import Profile
from digest.stories.tokens import skeletons

WINDOW = timedelta(hours=40)
SAME_LANGUAGE = 2.4  # odds that clusters need more, whose words clustering found too different
UNLIKE = -2.3  # surplus of two clusters in one language that no third one brings together

_DAY, _NONE = timedelta(days=1), timedelta()
_TOGETHER = 3  # companies; so many are seldom named together twice
_RARE_COMPANY, _RARE = 3.0, 2.0  # rarity from which something is looked up
_RAREST = 4.6  # one entry in a hundred: rarer things say no more
_PRIOR, _PRIOR_SHARE = 200, 0.02  # entries imagined before the first, so that few say little
_CANDIDATES = 8  # clusters; with so many that share rare things, the others share too little


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clusters that may be one event."""

    surplus: float  # of their odds over what it takes
    one: ClusterId
    other: ClusterId


class Linker:
    """Compares clusters by a lexicon's concepts. Holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._weights = {c.id: c.weight for c in lexicon.concepts.values()}
        self._odds = Odds(lexicon)
        self._known = frozenset(
            [
                *[s for name in _names(lexicon) for s in skeletons(name)],
                *[s for word in _words(lexicon) for s in skeletons(word.title())],
            ]
        )

    def link(self, index: StoryIndex, touched: Iterable[ClusterId]) -> list[Link]:
        """Link the touched clusters to those of other languages, best pairs first.

        The index learns the links too. A cluster that has a partner in a language keeps it.
        """
        view = _View(index, self._weights, self._known)
        pairs: list[Pair] = []
        seen: set[tuple[ClusterId, ClusterId]] = set()
        for number in sorted({n for n in touched if n in index.clusters}):
            for other in view.candidates(number):
                key = (number, other) if number < other else (other, number)
                if key not in seen:
                    seen.add(key)
                    surplus = self._surplus(view, *key, least=0.0)
                    if surplus >= 0:
                        pairs.append(Pair(surplus, *key))
        links: dict[ClusterId, Link] = {}
        for pair in sorted(pairs, key=lambda p: (-p.surplus, p.one, p.other)):
            if self._agree(view, pair):
                for link in view.join(pair.one, pair.other):
                    links[link.cluster] = link
        return list(links.values())

    def _agree(self, view: "_View", pair: Pair) -> bool:
        """Whether the two stories may become one: on average their clusters tell the same.

        Where some are in two languages those decide, unless others are too different.

        Of a story that the operator made of several only the cluster itself is asked.
        """
        one, other = view.clusters[pair.one].story, view.clusters[pair.other].story
        if one == other or not view.ties.may_join(one, other):
            return False
        mine = {pair.one} if view.ties.merged(one) else view.story_of(pair.one)
        theirs = {pair.other} if view.ties.merged(other) else view.story_of(pair.other)
        across: list[float] = []
        alike: list[float] = []
        for first in mine:
            for second in theirs:
                same = view.clusters[first].lang == view.clusters[second].lang
                (alike if same else across).append(self._surplus(view, first, second))
        return min(alike, default=0.0) >= UNLIKE and fsum(across or alike) >= 0

    def _surplus(
        self, view: "_View", one: ClusterId, other: ClusterId, least: float = -inf
    ) -> float:
        """By how much two clusters exceed what it takes to be one event.

        Where that is below `least`, it need not be exact.
        """
        key = (one, other) if one < other else (other, one)
        known = view.surpluses.get(key)
        if known is None:
            mine, theirs = view.clusters[one], view.clusters[other]
            days = _apart(mine, theirs) / _DAY
            needed = SAME_LANGUAGE if mine.lang == theirs.lang else 0.0
            odds = self._odds.between(view.told(one), view.told(other), days, least + needed)
            known = odds - needed
            if known >= least:
                view.surpluses[key] = known
        return known


def _names(lexicon: Lexicon) -> Iterator[str]:
    for company in lexicon.companies.values():
        for alias in company.aliases:
            yield alias.text


def _words(lexicon: Lexicon) -> Iterator[str]:
    for concept in lexicon.concepts.values():
        for form in concept.forms:
            yield from form.parts


def _apart(one: Cluster, other: Cluster) -> timedelta:
    """The time between two clusters; none where theirs meet."""
    if one.first > other.last:
        return one.first - other.last
    return other.first - one.last if other.first > one.last else _NONE


class _View:
    """What the live clusters are compared by, as they stand at one moment."""

    def __init__(
        self, index: StoryIndex, weights: Mapping[str, float], known: frozenset[str]
    ) -> None:
        self._index = index
        self.clusters = index.clusters
        self.ties = index.ties
        self._weights = weights
        self._known = known
        self.surpluses: dict[tuple[ClusterId, ClusterId], float] = {}
        self._told: dict[ClusterId, Told] = {}
        self._idf: dict[str, float] = {}
        self._total = index.entries + _PRIOR

    def idf(self, feature: str) -> float:
        """How much sharing a feature of some live cluster says, by how few entries have it."""
        known = self._idf.get(feature)
        if known is None:
            count = self._index.having(feature)
            rarity = log(self._total / (count + _PRIOR * _PRIOR_SHARE))
            known = self._idf[feature] = min(rarity, _RAREST)
        return known

    def specific(self, feature: str) -> bool:
        """Whether it is worth looking up what else shares this: few do, and it says something."""
        if "/" in feature:
            return True
        weight = self._weights.get(feature)
        if weight is None:  # a company
            return self.idf(feature) >= _RARE_COMPANY
        return weight * self.idf(feature) >= _RARE

    def candidates(self, number: ClusterId) -> list[ClusterId]:
        """The clusters of about the same days with which something specific is shared."""
        cluster, partners = self.clusters[number], self._index.partners
        profile = cluster.profile
        found = partners.akin(profile.concepts, _CANDIDATES, unnamed=bool(profile.companies))
        if profile.companies:
            found |= partners.sharing(profile.companies, self._marks(profile), _CANDIDATES)
        found -= self.story_of(number)
        earliest, latest = cluster.first - WINDOW, cluster.last + WINDOW
        return [
            other
            for other in found
            if self.clusters[other].first <= latest and self.clusters[other].last >= earliest
        ]

    def _marks(self, profile: Profile) -> list[Mark]:
        """What must be shared beside a company."""
        marks: list[Mark] = [f for f in profile.features if self.specific(f)]
        marks += profile.skeletons - self._known
        for figure in profile.numbers:
            at = step(figure)
            marks += [(figure.measure, at + near) for near in (-1, 0, 1)]
        if len(profile.companies) >= _TOGETHER:
            marks += profile.companies
        return marks

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
        self.ties.join(keep, gone)
        return [Link(cluster=number, story=keep) for number in moved]

    def told(self, number: ClusterId) -> Told:
        """A cluster as it is compared now."""
        known = self._told.get(number)
        if known is None:
            profile = self.clusters[number].profile
            entries, weights = profile.entries, self._weights
            idf = {f: self._idf[f] if f in self._idf else self.idf(f) for f in profile.features}
            vector = {
                concept: count * weights[concept] * idf[concept] / entries
                for concept, count in profile.concepts.items()
            }
            for feature, weight in profile.weights.items():
                vector[feature] = weight * idf[feature] / entries
            size = sqrt(fsum([value * value for value in vector.values()])) or 1.0
            known = Told(profile, vector, size, profile.skeletons - self._known)
            self._told[number] = known
        return known

"""The live clusters as linking compares them at one moment, when so many entries say each thing."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from math import fsum, log, sqrt

from digest.model import ClusterId, Link, StoryId
from digest.stories.cluster import StoryIndex
from digest.stories.odds import Odds, Reach, Told
from digest.stories.partners import Mark, step
from digest.stories.profile import TENTHS, Profile

_TOGETHER = 3  # companies; so many are seldom named together twice
_RARE_COMPANY, _RARE = 3.0, 2.0  # rarity from which something is looked up
_RAREST = 4.6  # one entry in a hundred: rarer things say no more
_PRIOR, _PRIOR_SHARE = 200, 0.02  # entries imagined before the first, so that few say little
_CANDIDATES = 4  # clusters; with so many that share rare things, the others share too little


class View:
    """What the live clusters are compared by. It learns of links, but of no more entries."""

    def __init__(
        self, index: StoryIndex, odds: Odds, weights: Mapping[str, float], known: AbstractSet[str]
    ) -> None:
        """`weights` are those of concepts, `known` the skeletons of names in the lexicon."""
        self._index = index
        self._odds = odds
        self.clusters = index.clusters
        self.ties = index.ties
        self._weights = weights
        self._known = known
        self._told: dict[ClusterId, Told] = {}
        self._rarity: dict[str, float] = {}
        self._total = index.entries + _PRIOR

    def rarity(self, feature: str) -> float:
        """How much sharing a feature of some live cluster says, by how few entries have it."""
        known = self._rarity.get(feature)
        if known is None:
            rarity = log(self._total / (self._index.having(feature) + _PRIOR * _PRIOR_SHARE))
            known = self._rarity[feature] = min(rarity, _RAREST)
        return known

    def specific(self, feature: str) -> bool:
        """Whether it is worth looking up what else shares this: few do, and it says something."""
        if "/" in feature:
            return True
        weight = self._weights.get(feature)
        if weight is None:  # a company
            return self.rarity(feature) >= _RARE_COMPANY
        return weight * self.rarity(feature) >= _RARE

    def candidates(self, number: ClusterId) -> set[ClusterId]:
        """The clusters of other stories with which something specific is shared."""
        partners = self._index.partners
        profile = self.clusters[number].profile
        found = partners.akin(profile.concepts, _CANDIDATES, unnamed=bool(profile.companies))
        if profile.companies:
            found |= partners.sharing(profile.companies, self._marks(profile), _CANDIDATES)
        return found - self._index.of_story(self.clusters[number].story)

    def _marks(self, profile: Profile) -> list[Mark]:
        """What must be shared beside a company."""
        marks: list[Mark] = [f for f in profile.features if self.specific(f)]
        marks += profile.skeletons - self._known
        for measure, numbers in profile.numbers.items():
            steps = {step(number) + near for number in numbers for near in (-1, 0, 1)}
            marks += [(measure, at) for at in steps]
        if len(profile.companies) >= _TOGETHER:
            marks += profile.companies
        return marks

    def of_story(self, story: StoryId) -> AbstractSet[ClusterId]:
        """All clusters of a story."""
        return self._index.of_story(story)

    def join(self, one: ClusterId, other: ClusterId) -> list[Link]:
        """Make the two stories one, under the earlier number."""
        clusters = self.clusters
        keep, gone = sorted((clusters[one].story, clusters[other].story))
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
            entries, weights, rarity = profile.entries, self._weights, self.rarity
            vector = {
                concept: count * weights[concept] * rarity(concept) / entries
                for concept, count in profile.concepts.items()
            }
            for feature, weight in profile.weights.items():
                vector[feature] = weight * rarity(feature) / (TENTHS * entries)
            size = sqrt(fsum([value * value for value in vector.values()])) or 1.0
            known = Told(profile, vector, size, profile.skeletons - self._known)
            self._told[number] = known
        return known

    def reach(self, number: ClusterId) -> Reach:
        """The most that a cluster may share with any other."""
        told, weights = self.told(number), self._weights
        most = {f: weights.get(f, 1.0) * self.rarity(f) for f in told.vector}
        return self._odds.reach(told, most)

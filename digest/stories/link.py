"""Links clusters that tell of one event into one story.

Clusters of two languages, and those of one whose words differ too much for clustering. They are
compared by what has no language: companies, concepts, named models, people and plants, figures
with units, names as consonants. Something specific must be shared, so that one company and one
general subject are never enough.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from math import fsum

from digest.model import ClusterId, Link, StoryId
from digest.stories.centroid import Cluster
from digest.stories.cluster import StoryIndex
from digest.stories.lexicon import Lexicon
from digest.stories.odds import Odds
from digest.stories.tokens import skeletons
from digest.stories.view import View

STRETCH = timedelta(hours=24)  # of publication: entries of so much time are linked at once
WINDOW = timedelta(hours=84)  # from one report of an event to a late one
SAME_LANGUAGE = 2.4  # odds that clusters need more, whose words clustering found too different
UNLIKE = -3.0  # surplus of two clusters of one language below which their stories stay apart

_DAY = timedelta(days=1).total_seconds()
_DAYS = WINDOW.total_seconds() / _DAY
_VOICES = 6  # clusters that speak for a story, the largest first: more would say the same


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clusters that may be one event."""

    surplus: float  # of their odds over what it takes
    one: ClusterId
    other: ClusterId


@lru_cache(maxsize=1)
def linker_of(lexicon: Lexicon) -> "Linker":
    """The linker of a lexicon. The last one is kept: each round of the service asks for it."""
    return Linker(lexicon)


class Linker:
    """Compares clusters by a lexicon's concepts. Holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._weights = {c.id: c.weight for c in lexicon.concepts.values()}
        self._odds = Odds(lexicon)
        words = "\n".join({*_words(lexicon)}).title()
        self._known = skeletons("\n".join([*_names(lexicon), words]))

    def link(self, index: StoryIndex, touched: Iterable[ClusterId]) -> list[Link]:
        """Link the touched clusters to others that tell of the same event, best pairs first.

        A copy says nothing new, and its cluster was compared before. The index learns the links.
        """
        comparison = _Comparison(self._odds, View(index, self._odds, self._weights, self._known))
        pairs = comparison.pairs(index.news(touched))
        links: dict[ClusterId, Link] = {}
        for pair in sorted(pairs, key=lambda p: (-p.surplus, p.one, p.other)):
            links.update({link.cluster: link for link in comparison.join(pair)})
        return list(links.values())


class _Comparison:
    """Compares the clusters of a view."""

    def __init__(self, odds: Odds, view: View) -> None:
        self._odds = odds
        self._view = view
        self._clusters = view.clusters
        self._surpluses: dict[tuple[ClusterId, ClusterId], float] = {}

    def pairs(self, touched: Iterable[ClusterId]) -> list[Pair]:
        """The pairs of a touched cluster and another one that are likely enough one event."""
        found: list[Pair] = []
        seen: dict[ClusterId, AbstractSet[ClusterId]] = {}
        for number in touched:
            likely = seen[number] = self._view.candidates(number)
            if not likely:
                continue
            mine, reach = self._clusters[number], self._view.reach(number)
            for other in likely:
                if number in seen.get(other, ()):
                    continue
                theirs = self._clusters[other]
                days, needed = _days_apart(mine, theirs), _needed(mine, theirs)
                if days <= _DAYS and self._odds.may_be(reach, theirs.profile, days, needed):
                    surplus = self._surplus(number, other)
                    if surplus >= 0:
                        found.append(Pair(surplus, min(number, other), max(number, other)))
        return found

    def join(self, pair: Pair) -> list[Link]:
        """Make one story of the two that a pair belongs to, if all of them agrees."""
        if not self._agree(pair):
            return []
        return self._view.join(pair.one, pair.other)

    def _agree(self, pair: Pair) -> bool:
        """Whether the two stories may become one: on average their clusters tell the same.

        That of all of them, or of those in two languages; and none are too different.
        """
        one, other = self._clusters[pair.one].story, self._clusters[pair.other].story
        if one == other or not self._view.ties.may_join(one, other):
            return False
        across: list[float] = []
        alike: list[float] = []
        for first in self._voices(pair.one, one):
            for second in self._voices(pair.other, other):
                surplus = self._surplus(first, second)
                if self._clusters[first].lang != self._clusters[second].lang:
                    across.append(surplus)
                elif surplus < UNLIKE:
                    return False
                else:
                    alike.append(surplus)
        return fsum(across or alike) >= 0 or fsum(across + alike) >= 0

    def _voices(self, number: ClusterId, story: StoryId) -> AbstractSet[ClusterId]:
        """The clusters that speak for the story of a cluster.

        Of a story that the operator made of several only the cluster itself is asked.
        """
        if self._view.ties.merged(story):
            return {number}
        others = self._view.of_story(story)
        if len(others) <= _VOICES:
            return others
        largest = sorted(others, key=lambda n: (-len(self._clusters[n].members), n))
        return {number, *largest[:_VOICES]}

    def _surplus(self, one: ClusterId, other: ClusterId) -> float:
        """By how much two clusters exceed what it takes to be one event."""
        key = (one, other) if one < other else (other, one)
        known = self._surpluses.get(key)
        if known is None:
            mine, theirs = self._clusters[one], self._clusters[other]
            if (theirs.first, other) < (mine.first, one):
                one, other = other, one
            told, heard = self._view.told(one), self._view.told(other)
            odds = self._odds.between(told, heard, _days_apart(mine, theirs))
            known = self._surpluses[key] = odds - _needed(mine, theirs)
        return known


def _needed(one: Cluster, other: Cluster) -> float:
    """The odds that two clusters need."""
    return SAME_LANGUAGE if one.lang == other.lang else 0.0


def _days_apart(one: Cluster, other: Cluster) -> float:
    """The time between two clusters; none where theirs meet."""
    return max(one.first - other.last, other.first - one.last, 0.0) / _DAY


def _names(lexicon: Lexicon) -> Iterator[str]:
    for company in lexicon.companies.values():
        for alias in company.aliases:
            yield alias.text


def _words(lexicon: Lexicon) -> Iterator[str]:
    for concept in lexicon.concepts.values():
        for form in concept.forms:
            yield from form.parts

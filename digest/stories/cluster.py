"""Groups the entries of one language that tell of one event.

Copies first, by their headline; then TF-IDF against the clusters' centroids, weakened by age and
by companies that differ. All state follows from the entries of the live clusters, and weights are
whole numbers, so that an index built again from the store is the index that was; but for entries
that came late, which may be among the first of a large cluster then.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from math import inf
from types import MappingProxyType
from typing import Self

from msgspec.structs import replace

from digest.model import ClusterId, CompanyId, EntryId, StoryId
from digest.stories.centroid import Cluster
from digest.stories.corrections import Ties
from digest.stories.likeness import doubt, fading, is_copy
from digest.stories.partners import Partners
from digest.stories.traits import Traits
from digest.stories.vocabulary import Vocabulary

# A cluster takes entries until it has been idle for WINDOW, at the latest for WINDOW + SWEEP: such
# clusters go all at once, every SWEEP of the entries' own time.
WINDOW = timedelta(hours=96)
SWEEP = timedelta(hours=4)
THRESHOLDS: Mapping[str, float] = MappingProxyType({"en": 0.20, "ja": 0.25})
OTHER_THRESHOLD = 0.22  # of languages not measured

SHORT_BELOW = 4  # terms; such a headline says too little to be sure
SHORT_PENALTY = 0.25
COPY_KEY_FROM = 12  # letters; shorter headlines ("Personnel changes") come again

_CANDIDATES = 3  # clusters that an entry is compared with
_ORIGINALS = 24  # entries of a cluster whose text a new one may repeat: wires come first
_WINDOW, _SWEEP = WINDOW.total_seconds(), SWEEP.total_seconds()


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
        self._of_entry: dict[EntryId, ClusterId] = {}
        self._vocabularies: dict[str, Vocabulary] = defaultdict(Vocabulary)  # by language
        self._about: dict[CompanyId, set[ClusterId]] = defaultdict(set)  # by subject
        self._about_none: set[ClusterId] = set()
        self.partners = Partners()
        self.ties = Ties()  # what the operator said; load_index knows it
        self._features: dict[str, int] = {}  # by how many entries
        self._copies: dict[tuple[str, str], tuple[EntryId, ...]] = {}  # those with a headline
        self._grown: set[ClusterId] = set()  # those that news() tells of
        self._horizon = -inf
        self._swept = -inf

    @classmethod
    def rebuild(
        cls,
        placed: Iterable[tuple[ClusterId, StoryId, Traits]],
        next_cluster: ClusterId,
    ) -> Self:
        """The index as it was when these entries were the placed ones, in order of publication."""
        index = cls(next_cluster)
        for cluster, story, entry in placed:
            index._join(cluster, entry, story)
        if index.clusters:
            index._expire()
        index._grown.clear()
        return index

    def place(self, entry: Traits) -> Placed:
        """Put an entry into the cluster of its event, or into a new one."""
        known = self._of_entry.get(entry.entry)
        if known is not None:  # revised: it stays where readers saw it
            self._leave(known, entry.entry)
            self._grown.add(known)
            return self._placed(known, entry)
        self._horizon = max(self._horizon, entry.seconds)
        self._expire()
        copied = self._copies.get((entry.lang, entry.key))
        if copied and len(entry.key) >= COPY_KEY_FROM:
            return self._placed(self._of_entry[copied[0]], entry)
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
        copied = self._original(cluster, entry)
        entry = entry if copied is None else replace(entry, owner=copied.owner)
        self._join(number, entry, cluster.story)
        return Placed(cluster=number, owner=entry.owner)

    def _original(self, cluster: Cluster, entry: Traits) -> Traits | None:
        """The member whose text an entry repeats: the first with its headline, or of its words."""
        for copied in self._copies.get((entry.lang, entry.key), ()):
            if copied in cluster.members:
                return cluster.members[copied]
        earliest = islice(cluster.members.values(), _ORIGINALS)
        return next((member for member in earliest if is_copy(entry, member)), None)

    def knows(self, entry: EntryId) -> bool:
        """Whether this entry is in a live cluster."""
        return entry in self._of_entry

    def forget(self, entry: EntryId) -> None:
        """Take an entry out: its words changed and a rule leaves it out now."""
        cluster = self._of_entry.get(entry)
        if cluster is not None:
            self._leave(cluster, entry)
            if not self.clusters[cluster].members:
                self._drop([cluster])

    def assign(self, cluster: ClusterId, story: StoryId) -> None:
        """Record that a cluster belongs to a story."""
        self._leave_story(cluster)
        self.clusters[cluster].story = story
        self._stories[story].add(cluster)

    def news(self, touched: Iterable[ClusterId]) -> list[ClusterId]:
        """Those of some clusters that say more than when this was last asked, beside their words.

        It is asked once all entries of a time were placed, and in order.
        """
        grown = sorted(self._grown.intersection(touched))
        self._grown.clear()
        return grown

    @property
    def entries(self) -> int:
        """How many entries the live clusters hold."""
        return len(self._of_entry)

    def of_story(self, story: StoryId) -> AbstractSet[ClusterId]:
        """The live clusters of a story."""
        return self._stories.get(story, frozenset())

    def having(self, feature: str) -> int:
        """How many entries of live clusters have a company, name or concept."""
        return self._features.get(feature, 0)

    # --- membership ------------------------------------------------------------------------

    def _join(self, number: ClusterId, entry: Traits, story: StoryId) -> None:
        cluster = self.clusters.get(number)
        if cluster is None:
            cluster = self.clusters[number] = Cluster(number, entry.lang, story)
            self._stories[story].add(number)
        self._vocabularies[cluster.lang].add(number, entry.terms.keys(), cluster.terms)
        if cluster.profile.holds(entry):
            cluster.add(entry)
        else:
            self._grown.add(number)
            earlier, known = [*cluster.members.values()], cluster.companies
            cluster.add(entry)
            self.partners.enter(number, cluster.companies, entry)
            if earlier and len(cluster.companies) > len(known):
                self.partners.widen(number, known, cluster.companies - known, earlier)
        self._vocabularies[cluster.lang].date(number, cluster.last)
        self._count_subjects(cluster, entry.subjects)
        for feature in entry.features:
            self._features[feature] = self._features.get(feature, 0) + 1
        self._of_entry[entry.entry] = number
        key = (cluster.lang, entry.key)
        self._copies[key] = (*self._copies.get(key, ()), entry.entry)
        self._horizon = max(self._horizon, entry.seconds)

    def _list(self, cluster: Cluster) -> None:
        """Let partners of a cluster be found by what its entries tell."""
        for member in cluster.members.values():
            self.partners.enter(cluster.id, cluster.companies, member)

    def _unlist(self, cluster: Cluster) -> None:
        self.partners.erase(cluster.id, cluster.companies, cluster.members.values())

    def _count_subjects(self, cluster: Cluster, changed: Iterable[CompanyId]) -> None:
        """Let a cluster be found by the companies that it is about, of which some have changed."""
        for company in changed:
            if company in cluster.subjects:
                self._about[company].add(cluster.id)
            else:
                self._about[company].discard(cluster.id)
        if cluster.subjects:
            self._about_none.discard(cluster.id)
        else:
            self._about_none.add(cluster.id)

    def _leave(self, number: ClusterId, entry: EntryId) -> None:
        cluster = self.clusters[number]
        self._unlist(cluster)
        gone = cluster.remove(entry)
        self._vocabularies[cluster.lang].date(number, cluster.last)
        self._count_subjects(cluster, gone.subjects)
        self._list(cluster)
        kept = {term for m in cluster.members.values() for term in m.terms}
        self._vocabularies[cluster.lang].remove(number, gone.terms.keys(), kept)
        self._forget([gone])

    def _drop(self, numbers: Iterable[ClusterId]) -> None:
        gone: dict[str, set[ClusterId]] = defaultdict(set)
        members: dict[str, list[Traits]] = defaultdict(list)
        for number in numbers:
            self._leave_story(number)
            cluster = self.clusters.pop(number)
            self._grown.discard(number)
            self._unlist(cluster)
            for company in cluster.subjects:
                self._about[company].discard(number)
            self._about_none.discard(number)
            gone[cluster.lang].add(number)
            members[cluster.lang] += cluster.members.values()
        for lang, clusters in gone.items():
            self._vocabularies[lang].drop(clusters, [entry.terms for entry in members[lang]])
            self._forget(members[lang])

    def _forget(self, gone: Collection[Traits]) -> None:
        """Count entries no more that have left their clusters."""
        for entry in gone:
            del self._of_entry[entry.entry]
            key = (entry.lang, entry.key)
            self._copies[key] = tuple([e for e in self._copies[key] if e != entry.entry])
            if not self._copies[key]:
                del self._copies[key]
        less = Counter(chain.from_iterable([entry.features for entry in gone]))
        for feature, times in less.items():
            self._features[feature] -= times
            if not self._features[feature]:
                del self._features[feature]

    def _leave_story(self, number: ClusterId) -> None:
        story = self.clusters[number].story
        self._stories[story].discard(number)
        if not self._stories[story]:
            del self._stories[story]

    def _expire(self) -> None:
        sweep = self._horizon // _SWEEP * _SWEEP
        if sweep > self._swept:
            self._swept, oldest = sweep, sweep - _WINDOW
            self._drop([n for n, cluster in self.clusters.items() if cluster.last < oldest])

    # --- comparing -------------------------------------------------------------------------

    def _best(self, entry: Traits) -> ClusterId | None:
        """The cluster that is most like an entry, if one is like enough."""
        vocabulary = self._vocabularies[entry.lang]
        query = vocabulary.query(entry.terms)
        best: ClusterId | None = None
        least = THRESHOLDS.get(entry.lang, OTHER_THRESHOLD)
        if len(entry.terms) < SHORT_BELOW:
            least += SHORT_PENALTY
        compared = 0
        akin = self._akin(entry.subjects)
        for most, number in vocabulary.near(query, least, entry.seconds, akin):
            if most < least or compared == _CANDIDATES:
                break
            cluster = self.clusters[number]
            if entry.against and cluster.profile.refuses(entry):
                continue  # a stop and a restart, however like
            left = doubt(entry, cluster)
            if most * left < least:
                continue
            left *= fading(entry, cluster)
            if left < least:  # as after years
                continue
            compared += 1
            score = vocabulary.likeness(query, *cluster.centroid, least / left) * left
            if score > least or (score == least and best is None):
                best, least = number, score
        return best

    def _akin(self, subjects: Sequence[CompanyId]) -> Sequence[AbstractSet[ClusterId]]:
        """The clusters that may take an entry about these companies; () if all may.

        If both name companies and share none it is another event, however like.
        """
        if not subjects:
            return ()
        about = [self._about[company] for company in subjects if company in self._about]
        if len(about) > 1:
            about = [set().union(*about)]
        return (self._about_none, *about)

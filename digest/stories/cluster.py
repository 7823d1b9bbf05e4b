"""Groups the entries of one language that tell of one event.

Copies first, by their headline; then TF-IDF against the clusters' centroids, weakened by age and
by companies that differ. All state follows from the entries of the live clusters, and weights are
whole numbers, so that an index built again from the store is the index that was.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush, nsmallest
from types import MappingProxyType
from typing import NamedTuple, Self

from msgspec.structs import replace

from digest.model import ClusterId, CompanyId, EntryId, Report, Story, StoryId
from digest.stories.corrections import Ties
from digest.stories.partners import Partners
from digest.stories.profile import Profile, profile_of
from digest.stories.traits import BESIDE, Traits
from digest.stories.vocabulary import Vocabulary

WINDOW = timedelta(hours=96)  # an idle cluster takes no more entries after that
HALF_LIFE = timedelta(hours=42)
THRESHOLDS: Mapping[str, float] = MappingProxyType({"en": 0.20, "ja": 0.28})
OTHER_THRESHOLD = 0.22  # of languages not measured

SHORT_BELOW = 4  # terms; such a headline says too little to be sure
SHORT_PENALTY = 0.25
OTHER_NAMES, OTHER_COUNT = 0.65, 0.7  # of a likeness: other cars, another number of them
_COUNTED = "vehicle"
COPY_KEY_FROM = 12  # letters; shorter headlines ("Personnel changes") come again
COPY_FROM = 0.8  # Jaccard of the words: the same text, perhaps cut or retouched

_CENTROID_TERMS = 60  # a large cluster is known by those; the others come and go
_CANDIDATES = 6  # clusters that an entry is compared with
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class Centroid(NamedTuple):
    """What clustering compares of a cluster."""

    sums: Mapping[str, int]  # of its entries' terms
    spread: int  # the sum of their squares


@dataclass(slots=True)
class Cluster:
    """The entries of one event in one language."""

    id: ClusterId
    lang: str
    story: StoryId
    members: dict[EntryId, Traits] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)  # of the members' terms
    subjects: dict[CompanyId, int] = field(default_factory=dict)  # by how many members
    companies: set[CompanyId] = field(default_factory=set)  # subjects and mentions
    first: datetime = _LATEST  # publication of its first entry
    last: datetime = _EARLIEST
    _centroid: Centroid | None = None  # this and the profile: made when asked for
    _profile: Profile | None = None

    @property
    def centroid(self) -> Centroid:
        """The terms that most of its entries have."""
        if self._centroid is None:
            sums: Mapping[str, int] = self.sums
            if len(sums) > _CENTROID_TERMS:
                sums = dict(
                    nsmallest(_CENTROID_TERMS, sums.items(), key=lambda pair: (-pair[1], pair[0]))
                )
            self._centroid = Centroid(sums, sum([times * times for times in sums.values()]))
        return self._centroid

    @property
    def profile(self) -> Profile:
        """What linking compares of it."""
        if self._profile is None:
            self._profile = profile_of(self.members.values())
        return self._profile

    def add(self, entry: Traits) -> None:
        """Take an entry in."""
        self.members[entry.entry] = entry
        self.first = min(self.first, entry.published)
        self.last = max(self.last, entry.published)
        self._centroid = self._profile = None
        sums = self.sums
        for term, weight in entry.terms.items():
            sums[term] = sums.get(term, 0) + weight
        for company in entry.subjects:
            self.subjects[company] = self.subjects.get(company, 0) + 1
        self.companies.update(entry.companies)

    def remove(self, entry: EntryId) -> Traits:
        """Give an entry back; a cluster without any keeps its times."""
        gone = self.members.pop(entry)
        times = [member.published for member in self.members.values()]
        self.first = min(times, default=self.first)
        self.last = max(times, default=self.last)
        self._centroid = self._profile = None
        for term, weight in gone.terms.items():
            self.sums[term] -= weight
            if not self.sums[term]:
                del self.sums[term]
        for company in gone.subjects:
            self.subjects[company] -= 1
            if not self.subjects[company]:
                del self.subjects[company]
        self.companies = {c for member in self.members.values() for c in member.companies}
        return gone


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
        self.partners = Partners()
        self.ties = Ties()  # what the operator said; load_index knows it
        self._features: dict[str, int] = {}  # by how many entries
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

    def having(self, feature: str) -> int:
        """How many entries of live clusters have a company, name or concept."""
        return self._features.get(feature, 0)

    # --- membership ------------------------------------------------------------------------

    def _join(self, number: ClusterId, entry: Traits, story: StoryId) -> None:
        cluster = self.clusters.get(number)
        if cluster is None:
            cluster = self.clusters[number] = Cluster(number, entry.lang, story)
            self._stories[story].add(number)
        if cluster.members and not cluster.companies.issuperset(entry.companies):
            self.partners.erase(number, cluster.profile)
            cluster.add(entry)
            self.partners.enter(number, cluster.companies, cluster.profile)
        else:
            cluster.add(entry)
            self.partners.enter(number, cluster.companies, entry)
        for feature in entry.features:
            self._features[feature] = self._features.get(feature, 0) + 1
        self._of_entry[entry.entry] = number
        self._vocabularies[cluster.lang].add(number, entry.terms)
        self._copies.setdefault((cluster.lang, entry.key), number)
        heappush(self._ages, (cluster.last, number))
        self._horizon = max(self._horizon or entry.published, entry.published)

    def _leave(self, number: ClusterId, entry: EntryId) -> None:
        cluster = self.clusters[number]
        self.partners.erase(number, cluster.profile)
        gone = cluster.remove(entry)
        if cluster.members:
            self.partners.enter(number, cluster.companies, cluster.profile)
        self._forget(gone, cluster)
        if self._copies.get((cluster.lang, gone.key)) == number:
            same = [member.key for member in cluster.members.values()]
            if gone.key not in same:
                del self._copies[cluster.lang, gone.key]

    def _drop(self, number: ClusterId) -> None:
        self._leave_story(number)
        cluster = self.clusters.pop(number)
        self.partners.erase(number, cluster.profile)
        members = tuple(cluster.members.values())
        cluster.sums.clear()
        for entry in members:
            self._forget(entry, cluster)
            if self._copies.get((cluster.lang, entry.key)) == number:
                del self._copies[cluster.lang, entry.key]

    def _forget(self, entry: Traits, cluster: Cluster) -> None:
        """Count an entry no more that left a cluster."""
        del self._of_entry[entry.entry]
        self._vocabularies[cluster.lang].remove(cluster.id, entry.terms, cluster.sums)
        for feature in entry.features:
            self._features[feature] -= 1
            if not self._features[feature]:
                del self._features[feature]

    def _leave_story(self, number: ClusterId) -> None:
        story = self.clusters[number].story
        self._stories[story].discard(number)
        if not self._stories[story]:
            del self._stories[story]

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
        """The cluster that is most like an entry, if one is like enough."""
        vocabulary = self._vocabularies[entry.lang]
        query = vocabulary.query(entry.terms)
        best: ClusterId | None = None
        least = THRESHOLDS.get(entry.lang, OTHER_THRESHOLD)
        if len(entry.terms) < SHORT_BELOW:
            least += SHORT_PENALTY
        compared = 0
        subjects = entry.subjects
        for bound, number in vocabulary.near(query, least):
            if bound < least or compared == _CANDIDATES:
                break
            cluster = self.clusters[number]
            if subjects and cluster.subjects and cluster.subjects.keys().isdisjoint(subjects):
                continue  # both name companies and share none: another event, however like
            fading = _fading(entry, cluster) * _doubt(entry, cluster)
            if bound * fading < least:
                continue
            compared += 1
            score = vocabulary.likeness(query, *cluster.centroid, least / fading) * fading
            if score > least or (score == least and best is None):
                best, least = number, score
        return best


def _fading(entry: Traits, cluster: Cluster) -> float:
    """What is left of a likeness after the time between an entry and a cluster."""
    age = max(timedelta(), entry.published - cluster.last, cluster.first - entry.published)
    fading: float = 0.5 ** (age / HALF_LIFE)
    return fading


def _doubt(entry: Traits, cluster: Cluster) -> float:
    """What is left of a likeness where two tell of other cars, or count other numbers of them.

    Reports of two recalls are much alike, and these are what tells them apart.
    """
    left = 1.0
    counts = [number for number in entry.numbers if number.unit == _COUNTED]
    if not counts and not entry.names:
        return left
    profile = cluster.profile
    if entry.names and profile.names and profile.names.isdisjoint(entry.names):
        left *= OTHER_NAMES
    known = [number for number in profile.numbers if number.unit == _COUNTED]
    if counts and known and not any(one.agrees(other) for one in counts for other in known):
        left *= OTHER_COUNT
    return left


def _is_copy(one: Traits, other: Traits) -> bool:
    """Whether two entries have one headline, or four words of five in common."""
    if one.key == other.key:
        return True
    most, least = one.words, other.words
    if most < least:
        most, least = least, most
    if least < COPY_FROM * most or not most:
        return False
    both = sum([not term.startswith(BESIDE) for term in one.terms.keys() & other.terms.keys()])
    return both >= COPY_FROM * (most + least - both)

"""Walks waiting entries into stories: tag, keep or drop, cluster, link, record.

Each batch is one transaction; a kill between two loses nothing, and a restart builds the index
again from what was recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.model import ClusterId, EntryId, FeedId, Link, Placement, StoredEntry
from digest.settings import Feed
from digest.store import Store
from digest.stories.cluster import SWEEP, WINDOW, StoryIndex
from digest.stories.corrections import Ties
from digest.stories.judge import Judge, Judged
from digest.stories.link import STRETCH, linker_of
from digest.stories.recall import Recall
from digest.stories.tag import Tagger
from digest.stories.workers import BATCH, judge_all, processes_for

LIVE = WINDOW + SWEEP  # the longest that an idle cluster is held
REMEMBERED = WINDOW + LIVE  # the newest entry may itself be that much older than `now`


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSummary:
    """What became of the waiting entries."""

    entries: int = 0
    relevant: int = 0
    dropped: int = 0

    def describe(self) -> str:
        """What was done, in a few words."""
        return f"placed {self.entries} entries, {self.relevant} of them relevant"


def ingest(
    store: Store,
    tagger: Tagger,
    index: StoryIndex,
    feeds: Mapping[FeedId, Feed],
    now: datetime,
) -> IngestSummary:
    """Place every waiting entry, batch by batch, the earliest published first.

    Raises StoreError.
    """
    linker = linker_of(tagger.lexicon)
    recall = Recall(store, tagger)
    placer = _Placer(index)
    pinned = store.corrections.pinned()
    total = IngestSummary()
    store.readings.forget(now - REMEMBERED)
    processes = processes_for(store.entries.count_waiting())
    for batch, judged in judge_all(Judge(tagger, feeds), _batches(store), processes):
        known = store.entries.clusters_of([stored.id for stored in batch])
        placer.settled = {**pinned, **known}
        placements: list[Placement] = []
        links: list[Link] = []
        for begin, end in _stretches(batch):
            placed = [placer.place(one) for one in judged[begin:end]]
            touched = {p.cluster for p in placed if p.cluster is not None}
            links += linker.link(index, touched)
            placements += placed
        with store.transaction():
            store.entries.place(placements, links, now)
            recall.keep(one.traits for one in judged if one.traits is not None)
        total = IngestSummary(
            entries=total.entries + len(batch),
            relevant=total.relevant + sum(p.tags.relevant for p in placements),
            dropped=total.dropped + sum(p.cluster is None for p in placements),
        )
    return total


def _batches(store: Store) -> Iterator[Sequence[StoredEntry]]:
    """What waits, as much at once as a transaction holds."""
    last: StoredEntry | None = None
    while batch := store.entries.waiting(BATCH, last):
        last = batch[-1]
        yield batch


def _stretches(batch: Sequence[StoredEntry]) -> Iterator[tuple[int, int]]:
    """Where those entries of a batch begin and end that are linked at once, being of one time.

    A first poll may bring weeks: what is older than the index remembers could not be linked later.
    """
    begin = 0
    for at, stored in enumerate(batch):
        if stored.entry.published - batch[begin].entry.published >= STRETCH:
            yield begin, at
            begin = at
    yield begin, len(batch)


def load_index(store: Store, tagger: Tagger, now: datetime) -> StoryIndex:
    """The index as it stood after the last entry that was placed."""
    told = Recall(store, tagger).since(now - REMEMBERED, LIVE)
    index = StoryIndex.rebuild(told, store.entries.next_cluster())
    corrections = store.corrections
    index.ties = Ties(apart=corrections.apart(), merged=corrections.merged())
    return index


class _Placer:
    """Gives one entry after another its cluster."""

    def __init__(self, index: StoryIndex) -> None:
        self._index = index
        # Of entries placed before and revised, and of those that the operator put elsewhere.
        self.settled: Mapping[EntryId, ClusterId] = {}

    def place(self, judged: Judged) -> Placement:
        placement, told = judged.placement, judged.traits
        if told is None:
            self._index.forget(placement.entry)
            return placement
        if placement.entry in self.settled and not self._index.knows(placement.entry):
            # Too old for the index; readers saw it there.
            return replace(placement, cluster=self.settled[placement.entry])
        placed = self._index.place(told)
        return replace(placement, cluster=placed.cluster, owner=placed.owner)

"""Walks waiting entries into stories: tag, keep or drop, cluster, link, record.

Each batch is one transaction; a kill between two loses nothing, and a restart builds the index
again from what was recorded.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from digest.model import (
    ClusterId,
    EntryId,
    FeedId,
    FeedKind,
    Link,
    Placement,
    StoredEntry,
    Tags,
)
from digest.settings import Feed
from digest.store import Store
from digest.stories.cluster import WINDOW, StoryIndex
from digest.stories.corrections import Ties
from digest.stories.link import Linker
from digest.stories.owner import voice_of
from digest.stories.reread import reread
from digest.stories.rules import Facts, Rule, matches, parse
from digest.stories.tag import Tagger
from digest.stories.traits import Traits, traits

log = logging.getLogger(__name__)

BATCH = 500  # entries a transaction
STRETCH = timedelta(hours=24)  # of publication


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
    linker = Linker(tagger.lexicon)
    placer = _Placer(tagger, index, feeds)
    pinned = store.corrections.pinned()
    total = IngestSummary()
    while batch := store.entries.waiting(BATCH):
        known = store.entries.clusters_of([stored.id for stored in batch])
        placer.settled = {**pinned, **known}
        placements: list[Placement] = []
        links: list[Link] = []
        for stretch in _stretches(batch):
            placed = [placer.place(stored) for stored in stretch]
            touched = {p.cluster for p in placed if p.cluster is not None}
            links += linker.link(index, touched)
            placements += placed
        store.entries.place(placements, links, now)
        total = IngestSummary(
            entries=total.entries + len(batch),
            relevant=total.relevant + sum(p.tags.relevant for p in placements),
            dropped=total.dropped + sum(p.cluster is None for p in placements),
        )
    return total


def _stretches(batch: Sequence[StoredEntry]) -> Iterator[Sequence[StoredEntry]]:
    """The entries of a batch, by stretches of their time that are linked at once.

    A first poll may bring weeks: what is older than the index remembers could not be linked later.
    """
    begin = 0
    for at, stored in enumerate(batch):
        if stored.entry.published - batch[begin].entry.published >= STRETCH:
            yield batch[begin:at]
            begin = at
    yield batch[begin:]


def load_index(store: Store, tagger: Tagger, now: datetime) -> StoryIndex:
    """The index as it stood after the last entry that was placed."""
    # Twice the window: the newest entry may itself be that much older than `now`.
    stories = store.entries.placed_since(now - 2 * WINDOW)
    index = StoryIndex.rebuild(stories, partial(reread, tagger), store.entries.next_cluster())
    corrections = store.corrections
    index.ties = Ties(apart=corrections.apart(), merged=corrections.merged())
    return index


class _Placer:
    """Decides one entry after another."""

    def __init__(self, tagger: Tagger, index: StoryIndex, feeds: Mapping[FeedId, Feed]) -> None:
        self._tagger = tagger
        self._index = index
        self._feeds = feeds
        self._keep = {feed.id: _rules(feed.keep) for feed in feeds.values()}
        self._drop = {feed.id: _rules(feed.drop) for feed in feeds.values()}
        # Of entries placed before and revised, and of those that the operator put elsewhere.
        self.settled: Mapping[EntryId, ClusterId] = {}

    def place(self, stored: StoredEntry) -> Placement:
        try:
            placement, told = self._judge(stored)
        except Exception as error:  # one hostile entry must not hold up the others
            log.exception("entry.unread entry=%s feed=%s", stored.id, stored.entry.feed)
            placement, told = _unread(stored, error), None
        if told is None:
            self._index.forget(stored.id)
            return placement
        if stored.id in self.settled and not self._index.knows(stored.id):
            # Too old for the index; readers saw it there.
            return replace(placement, cluster=self.settled[stored.id])
        placed = self._index.place(told)
        return replace(placement, cluster=placed.cluster, owner=placed.owner)

    def _judge(self, stored: StoredEntry) -> tuple[Placement, Traits | None]:
        """The placement, still without a cluster; and what to place, unless a rule drops it."""
        entry = stored.entry
        feed = self._feeds.get(entry.feed)
        voice = voice_of(self._tagger.lexicon, entry)
        reading = self._tagger.read(
            entry.title, entry.summary, lang=entry.lang, outlet=entry.outlet
        )
        kind = feed.kind if feed else FeedKind.GENERAL
        dropped_by = self._dropped_by(stored, reading.tags, kind)
        placement = Placement(
            entry=stored.id,
            tags=reading.tags,
            cluster=None,
            owner=voice.owner,
            kind=kind,
            weight=voice.weight * (feed.weight if feed else 1.0),
            dropped_by=dropped_by,
        )
        if dropped_by is not None:
            return placement, None
        return placement, traits(stored.id, entry, reading, voice.owner)

    def _dropped_by(self, stored: StoredEntry, tags: Tags, kind: FeedKind) -> str | None:
        """The rule of its feed that leaves the entry out, or None."""
        entry = stored.entry
        keep, drop = self._keep.get(entry.feed, ()), self._drop.get(entry.feed, ())
        if not keep and not drop:
            return None
        facts = Facts(
            companies=frozenset(tags.subjects),
            topics=frozenset(tags.topic_ids),
            outlets=frozenset({entry.outlet}),
            langs=frozenset({entry.lang}),
            kinds=frozenset({str(kind)}),
            text=f"{entry.title}\n{entry.summary}",
        )
        for rule in drop:
            if matches(rule, facts):
                return f"drop: {rule}"
        if keep and not any(matches(rule, facts) for rule in keep):
            return "keep: none of " + ", ".join(map(str, keep))
        return None


def _unread(stored: StoredEntry, error: Exception) -> Placement:
    """An entry that tagging failed at: in no story, and never tried again as it is."""
    reason = f"not relevant: it could not be read ({type(error).__name__})"
    return Placement(
        entry=stored.id,
        tags=Tags(companies=(), topics=(), relevant=False, reasons=(reason,)),
        cluster=None,
        owner=stored.entry.outlet,
        kind=FeedKind.GENERAL,
        weight=1.0,
        dropped_by=reason,
    )


def _rules(texts: Sequence[str]) -> tuple[Rule, ...]:
    return tuple(parse(text) for text in texts)

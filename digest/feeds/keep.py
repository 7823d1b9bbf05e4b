"""From the entries of a document to the store: tell known ones, judge new ones, record.

Most items of a document are as they were. They are known by their marks (clean.py), which are
kept with the feed, each beside a short hash of its entry's GUID: so the entry counts as told again,
and nothing else has to be done about it.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.feeds.clean import MARK_BYTES
from digest.feeds.identity import identify
from digest.feeds.names import named
from digest.feeds.news import SELDOM_MORE, judge
from digest.feeds.worker import Document
from digest.model import Entry, EntryChange, Learnt, PollState
from digest.settings import Feed
from digest.store import Store
from digest.store.feeds import Recorded

KEY_BYTES = 8

Marks = Mapping[bytes, bytes]  # of a document's items, to the short hashes of their entries' GUIDs


@dataclass(frozen=True, slots=True)
class Told:
    """What a document tells, as far as it is not what the one before told."""

    entries: tuple[Entry, ...]
    again: frozenset[bytes]  # the short hashes of the GUIDs of all the others
    marks: Marks  # of all


def told_by(document: Document, seen: Marks) -> Told:
    """What a document tells that was read with these marks `seen`."""
    again = {item.mark: seen[item.mark] for item in document.unchanged}
    taken = frozenset(again.values())
    made = zip(document.marks, document.entries, strict=True)
    return Told(document.entries, taken, again | {mark: _key(entry.guid) for mark, entry in made})


def needs_the_others(document: Document, seen: Marks) -> bool:
    """Whether an item that changed gave an entry of the same GUID as one that did not.

    Of the two the first in the document counts, so that it has to be read whole.
    """
    taken = {seen[item.mark] for item in document.unchanged}
    return any(_key(entry.guid) in taken for entry in document.entries)


def pack(marks: Marks) -> bytes:
    """Marks as the store keeps them."""
    return b"".join(mark + key for mark, key in marks.items())


def unpack(kept: bytes) -> Marks:
    """What the store kept, as marks."""
    width = MARK_BYTES + KEY_BYTES
    pairs = (kept[at : at + width] for at in range(0, len(kept), width))
    return {pair[:MARK_BYTES]: pair[MARK_BYTES:] for pair in pairs}


def _key(guid: str) -> bytes:
    return hashlib.blake2b(guid.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def keep(
    store: Store,
    feed: Feed,
    entries: Sequence[Entry],
    *,
    before: PollState,
    after: PollState,
    new_feed_window: timedelta,
    now: datetime,
    conclude: Callable[[PollState, int], Learnt] = lambda state, _new: Learnt(state=state),
    told_again: Collection[bytes] = (),
    marks: bytes | None = None,
) -> Recorded:
    """Store what a document told together with the feed's state after the poll.

    `told_again` are the short hashes of the GUIDs of entries that it tells as before, which are not
    among `entries`; `marks`, packed, are kept if they are given.

    Made for the store's thread, in which nothing comes between the look and the change. Raises
    StoreError.
    """
    changes: list[EntryChange] = []
    if entries:
        found = named(entries, feed.kind)
        known = store.feeds.known(
            feed.id,
            guids={one.entry.guid for one in found},
            urls={one.entry.url for one in found},
            title_keys={one.title_key for one in found},
        )
        taken = {k.id for k in known if _key(k.guid) in told_again}
        told = identify(found, known, feed.kind, taken)
        told = replace(told, known=told.known + len(told_again))
        often = store.feeds.often_at_once(feed.id) if len(told.new) > SELDOM_MORE else 0
        changes = [*told.changed, *judge(told, before, new_feed_window, now, often)]
    return store.feeds.record(feed.id, after, changes, now, conclude=conclude, marks=marks)

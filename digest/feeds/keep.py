"""From the entries of a document to the store: tell known ones, judge new ones, record."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from digest.feeds.identity import identify, named
from digest.feeds.news import SELDOM_MORE, judge
from digest.model import Entry, EntryChange, Learnt, PollState
from digest.settings import Feed
from digest.store import Store
from digest.store.feeds import Recorded


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
) -> Recorded:
    """Store what a document told together with the feed's state after the poll.

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
        told = identify(found, known, feed.kind)
        often = store.feeds.often_at_once(feed.id) if len(told.new) > SELDOM_MORE else 0
        changes = [*told.changed, *judge(told, before, new_feed_window, now, often)]
    return store.feeds.record(feed.id, after, changes, now, conclude=conclude)

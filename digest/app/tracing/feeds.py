"""Follows a feed: how it is, and what came of it."""

from dataclasses import dataclass

from digest.app import App
from digest.feeds.health import condition
from digest.feeds.politeness import explain_next
from digest.model import PollState
from digest.settings import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTold:
    """A feed and what came of it."""

    feed: Feed
    state: PollState
    condition: str
    next_poll: str
    entries: int
    relevant: int


def feed_told(app: App, feed: Feed) -> FeedTold:
    """All that there is to say of a feed."""
    now, store = app.clock(), app.store
    state = store.feeds.states().get(feed.id, PollState())
    entries, relevant = store.traces.counted(feed.id)
    return FeedTold(
        feed=feed,
        state=state,
        condition=condition(state, now),
        next_poll=explain_next(feed, state, store.hosts.waits(), app.settings.fetch, now),
        entries=entries,
        relevant=relevant,
    )

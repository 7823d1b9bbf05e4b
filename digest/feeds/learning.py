"""All that one poll teaches of a feed, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.feeds import health
from digest.feeds.clean import Unchanged
from digest.feeds.moves import follow
from digest.feeds.outcomes import Fetched, NotModified, PollOutcome
from digest.feeds.politeness import asks_to_wait, learn
from digest.feeds.rhythm import learn_rhythm
from digest.model import Entry, Learnt, PollState
from digest.settings import Feed, FetchSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One feed that was asked, and what came of it."""

    feed: Feed
    url: str  # where: the feed's own address or the one that it has moved to
    before: PollState  # as it was when the feed was asked
    known: PollState  # the same with what the new document says: body_hash, ttl, …
    outcome: PollOutcome
    found: Sequence[Entry]  # what the document holds, but for what is as it was
    unchanged: Sequence[Unchanged] = ()  # that
    told_again: frozenset[bytes] = frozenset()  # which entries it is (keep.py)
    marks: bytes | None = None  # of the whole document (keep.py); None: they are not kept


def conclude(
    asked: Asked, new: int, *, settings: FetchSettings, now: datetime, jitter: float
) -> Learnt:
    """What follows, where `new` of the entries found are new. `jitter` is in [0, 1)."""
    at_new = asked.url != asked.feed.url
    state, outcome = follow(asked.known, asked.outcome, at_new=at_new, now=now)
    if isinstance(outcome, Fetched | NotModified):
        others = (item.published for item in asked.unchanged)
        state = learn_rhythm(state, asked.found, new, now, filter(None, others))
    state = learn(state, outcome, settings, now, jitter)
    return Learnt(
        state=state,
        notices=health.notices(asked.feed, asked.before, state, now),
        waits=asks_to_wait(asked.outcome, settings.allow_hosts, now),
    )

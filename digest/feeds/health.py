"""What the operator is told of a feed's health: broken, gone, gone quiet, and well again.

Each poll says how things are; the store keeps what is open, so each trouble is told once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.feeds.plaintext import visible
from digest.model import FeedId, Notice, NoticeKind, PollState, Settled
from digest.settings import Feed

BROKEN_FAILURES = 4  # in a row
BROKEN_FOR = timedelta(days=1)
# No silence is told before that: Japan's longest holidays (Golden Week, New Year) close offices
# for nine days.
QUIET_FOR = timedelta(days=10)
QUIET_GAPS = 4  # times the feed's own usual gap
QUIET_WITHOUT_RHYTHM = timedelta(days=30)
REASON_LENGTH = 300  # characters


class Condition(StrEnum):
    """How a feed is, in one word; the gravest first, which is the order of all lists of them."""

    GONE = "gone"  # for good: it is not asked again
    BROKEN = "broken"  # it fails for so long that somebody should look
    FAILING = "failing"  # the last poll did
    NEW = "new"  # it was never read
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsHealth:
    """How the feeds that are on are, at a moment."""

    on: int
    conditions: Mapping[Condition, int]  # of those that have been asked
    errors: Mapping[FeedId, str]  # of the last time that they were asked
    next_poll: datetime | None  # None: some feed is due now, or there is none

    @property
    def broken(self) -> int:
        """Feeds that somebody should look after."""
        return self.conditions.get(Condition.BROKEN, 0) + self.conditions.get(Condition.GONE, 0)

    @property
    def failing(self) -> int:
        """Feeds that failed the last time that they were asked."""
        return self.conditions.get(Condition.FAILING, 0)


def health_of(
    feeds: Iterable[Feed], states: Mapping[FeedId, PollState], now: datetime
) -> FeedsHealth:
    """How all feeds are together."""
    on = [feed.id for feed in feeds if feed.enabled]
    asked = {name: states[name] for name in on if name in states}
    return FeedsHealth(
        on=len(on),
        conditions=Counter(condition(state, now) for state in asked.values()),
        errors={name: state.error for name, state in asked.items() if state.error},
        next_poll=_next_poll(asked.values(), len(on), now),
    )


def _next_poll(asked: Collection[PollState], feeds: int, now: datetime) -> datetime | None:
    """When the next feed is asked; a feed that was never asked is due now."""
    times = [state.next_poll for state in asked if not state.retired]
    known = [time for time in times if time is not None]
    if len(asked) < feeds or len(known) < len(times) or not known:
        return None
    first = min(known)
    return first if first > now else None


def trouble(state: PollState, now: datetime) -> NoticeKind | None:
    """What is wrong with a feed, if it has been wrong for long enough to bother somebody."""
    failing = now - (state.failing_since or now)
    if state.retired:
        return NoticeKind.FEED_GONE
    if state.failures >= BROKEN_FAILURES and failing >= BROKEN_FOR:
        return NoticeKind.FEED_BROKEN
    silence = now - (state.last_news or now)
    if state.failures == 0 and silence >= _patience(state):
        return NoticeKind.FEED_QUIET
    return None


def _patience(state: PollState) -> timedelta:
    if state.rhythm is None:
        return QUIET_WITHOUT_RHYTHM
    return max(QUIET_FOR, state.rhythm * QUIET_GAPS)


def condition(state: PollState, now: datetime) -> Condition:
    """How a feed is; it is broken once that bothers somebody, and failing before."""
    if state.retired:
        return Condition.GONE
    if trouble(state, now) is NoticeKind.FEED_BROKEN:
        return Condition.BROKEN
    if state.error:
        return Condition.FAILING
    return Condition.OK if state.last_success else Condition.NEW


def notices(
    feed: Feed, before: PollState, after: PollState, now: datetime
) -> tuple[Notice | Settled, ...]:
    """What is wrong after a poll that led from one state to the other, and what is not any more."""
    over: list[Notice | Settled] = []
    if _works(after):
        over += [_over(NoticeKind.FEED_BROKEN, feed), _over(NoticeKind.FEED_GONE, feed)]
    if after.last_news != before.last_news:
        over.append(_over(NoticeKind.FEED_QUIET, feed))
    match trouble(after, now):
        case NoticeKind.FEED_GONE:
            # Of its being broken there is nothing more to tell.
            known = Settled(kind=NoticeKind.FEED_BROKEN, about=feed.id, by_hand=True)
            return (known, _gone(feed, now))
        case NoticeKind.FEED_BROKEN:
            return (*over, _broken(feed, after, now))
        case NoticeKind.FEED_QUIET:
            return (*over, _quiet(feed, after, now))
        case _:
            return tuple(over)


def _over(kind: NoticeKind, feed: Feed) -> Settled:
    return Settled(kind=kind, about=feed.id)


def _works(state: PollState) -> bool:
    return state.failures == 0 and not state.retired and not state.unreached


def _gone(feed: Feed, now: datetime) -> Notice:
    return _notice(
        NoticeKind.FEED_GONE,
        feed,
        now,
        "is gone for good: its server answers 410, and it is not asked again. Look for its new "
        "address (`digest feeds discover`), or take it out of feeds.toml.",
    )


def _broken(feed: Feed, state: PollState, now: datetime) -> Notice:
    reason = visible(state.error or "")[:REASON_LENGTH]
    return _notice(
        NoticeKind.FEED_BROKEN,
        feed,
        state.failing_since or now,
        f"cannot be read: {reason}. It is asked again by itself, at least once a day; "
        f"`digest feeds check {feed.id}` shows what it answers.",
    )


def _quiet(feed: Feed, state: PollState, now: datetime) -> Notice:
    return _notice(
        NoticeKind.FEED_QUIET,
        feed,
        state.last_news or now,
        "answers, but has brought nothing new for far longer than usual. "
        f"Perhaps its news has moved to another address; `digest feeds check {feed.id}` shows what "
        "it holds.",
    )


def _notice(kind: NoticeKind, feed: Feed, since: datetime, words: str) -> Notice:
    return Notice(kind=kind, about=feed.id, words=f"{feed.title} ({feed.url}) {words}", since=since)

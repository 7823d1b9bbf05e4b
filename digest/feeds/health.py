"""What the operator is told of a feed's health: broken, healed, gone quiet. Pure.

A trouble is told once: `PollState.told` remembers it until it is over, and a notice's key names
the very outage or silence, so that not even a state restored from a backup tells it again.
"""

from datetime import datetime, timedelta
from typing import Literal

from digest.feeds.plaintext import visible
from digest.model import Notice, NoticeKind, PollState
from digest.settings import Feed

BROKEN_FAILURES = 4  # in a row
BROKEN_FOR = timedelta(days=1)
# No silence is told before that: Japan's longest holidays (Golden Week, New Year) close offices
# for nine days.
QUIET_FOR = timedelta(days=10)
QUIET_GAPS = 4  # times the feed's own usual gap
QUIET_WITHOUT_RHYTHM = timedelta(days=30)
REASON_LENGTH = 300  # characters


def trouble(state: PollState, now: datetime) -> NoticeKind | None:
    """What is wrong with a feed, if it has been wrong for long enough to bother somebody."""
    failing = now - (state.failing_since or now)
    if state.retired or (state.failures >= BROKEN_FAILURES and failing >= BROKEN_FOR):
        return NoticeKind.FEED_BROKEN
    silence = now - (state.last_news or now)
    if state.failures == 0 and silence >= _patience(state):
        return NoticeKind.FEED_QUIET
    return None


def _patience(state: PollState) -> timedelta:
    if state.rhythm is None:
        return QUIET_WITHOUT_RHYTHM
    return max(QUIET_FOR, state.rhythm * QUIET_GAPS)


def condition(state: PollState, now: datetime) -> Literal["new", "ok", "failing", "broken", "gone"]:
    """How a feed is, in one word; it is broken once that bothers somebody, and failing before."""
    if state.retired:
        return "gone"
    if trouble(state, now) is NoticeKind.FEED_BROKEN:
        return "broken"
    if state.error:
        return "failing"
    return "ok" if state.last_success else "new"


def notices(feed: Feed, before: PollState, after: PollState, now: datetime) -> tuple[Notice, ...]:
    """What is to be told after a poll that led from one state to the other."""
    found = trouble(after, now)
    match before.told, found:
        case _, NoticeKind.FEED_BROKEN if after.retired and not before.retired:
            return (_gone(feed, now),)
        case ((None | NoticeKind.FEED_QUIET), NoticeKind.FEED_BROKEN):
            return (_broken(feed, after, now),)
        case NoticeKind.FEED_BROKEN, _ if _works(after):
            return (_healed(feed, before, now, "can be read again"),)
        case NoticeKind.FEED_QUIET, _ if after.last_news != before.last_news:
            return (_healed(feed, before, now, "brings news again"),)
        case None, NoticeKind.FEED_QUIET:
            return (_quiet(feed, after, now),)
        case _:
            return ()


def told(before: PollState, raised: tuple[Notice, ...]) -> NoticeKind | None:
    """`PollState.told` once these notices are raised."""
    for notice in raised:
        return None if notice.kind is NoticeKind.FEED_HEALED else notice.kind
    return before.told


def _works(state: PollState) -> bool:
    return state.failures == 0 and not state.retired and not state.unreached


def _gone(feed: Feed, now: datetime) -> Notice:
    return _notice(
        NoticeKind.FEED_BROKEN,
        feed,
        now,
        "is gone for good: its server answers 410, and it is not asked again. Look for its new "
        "address, or take it out of feeds.toml.",
    )


def _broken(feed: Feed, state: PollState, now: datetime) -> Notice:
    since = state.failing_since or now
    reason = visible(state.error or "")[:REASON_LENGTH]
    return _notice(
        NoticeKind.FEED_BROKEN,
        feed,
        since,
        f"could not be read since {since:%Y-%m-%d %H:%M} UTC, {state.failures} times in a row: "
        f"{reason}. It is asked again by itself, at least once a day; "
        "`digest feeds check` shows what it answers.",
    )


def _healed(feed: Feed, before: PollState, now: datetime, words: str) -> Notice:
    since = before.failing_since or before.last_news or now
    return _notice(NoticeKind.FEED_HEALED, feed, since, f"{words}.")


def _quiet(feed: Feed, state: PollState, now: datetime) -> Notice:
    since = state.last_news or now
    return _notice(
        NoticeKind.FEED_QUIET,
        feed,
        since,
        f"answers, but has brought nothing new since {since:%Y-%m-%d}, far longer than usual. "
        "Perhaps its news has moved to another address.",
    )


def _notice(kind: NoticeKind, feed: Feed, since: datetime, words: str) -> Notice:
    return Notice(
        key=f"{kind}/{feed.id}/{since:%Y-%m-%dT%H:%M:%S}",
        kind=kind,
        about=feed.id,
        words=f"{feed.title} ({feed.url}) {words}",
    )

"""When to ask a feed again, and what each answer teaches.

Whatever a server asks for (max-age, Expires, Retry-After), whatever a document asks for (ttl,
skipHours, …) and whatever the operator asks for (the interval) are lower bounds; the latest of them
counts. The feed's own rhythm may only make the wait longer. The result is kept in the store, so
that a restart asks nobody earlier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import assert_never
from urllib.parse import urlsplit

from yarl import URL

from digest.feeds.guard import host_key
from digest.feeds.moves import address
from digest.feeds.outcomes import (
    Fetched,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.model import PollState
from digest.settings import Feed, FetchSettings

LONGEST_ASKED = timedelta(days=7)  # whatever a server or a document asks for
CLOCK_DOUBT = timedelta(hours=1)
SPREAD = 0.1  # of the wait, added at random, so that feeds do not come in step
LONGEST_WAIT = timedelta(days=1) / (1 + SPREAD)  # of our own choice: a day with what is added
IN_TIME = timedelta(hours=1)  # the patience with all feeds while somebody wants alerts
LATE_IN_THE_HOUR = timedelta(minutes=10)  # the same, after hours that are skipped
# A feed of one entry a day is asked every 6 hours, so that its news is 3 hours old on average. One
# that is silent is asked less and less: after a night still every hour, after 12 days once a day.
PER_GAP = 4
PER_SILENCE = 12
GONE = "the server says that this feed is gone"

_WEB_PORTS = frozenset({80, 443})


# --- may it be asked now? ----------------------------------------------------------------------


def is_due(
    feed: Feed,
    state: PollState,
    waits: Mapping[str, datetime],
    settings: FetchSettings,
    now: datetime,
) -> bool:
    """Whether a feed may be asked now. Whether it is wanted at all, the caller knows.

    `waits` says until when hosts asked to be left alone.
    """
    if state.retired or _is_skipped(state, now) or waits_for(feed, state, waits, now) is not None:
        return False
    if state.last_poll is not None and state.last_poll - now > CLOCK_DOUBT:
        return True  # a poll from the future: the clock was wrong, and so is what was planned by it
    # The interval may have grown since the poll was planned.
    rested = state.last_poll is None or now - state.last_poll >= settings.interval
    return rested and (state.next_poll is None or state.next_poll <= now)


def waits_for(
    feed: Feed, state: PollState, waits: Mapping[str, datetime], now: datetime
) -> str | None:
    """The host that asked to be left alone, if this feed would be asked there."""
    host = host_of(address(feed.url, state, now)) if waits else ""
    return host if host in still_waiting(waits, now) else None


def still_waiting(waits: Mapping[str, datetime], now: datetime) -> dict[str, timedelta]:
    """For how long these hosts still want to be left alone; nobody is believed beyond a week."""
    rests = {host: until - now for host, until in waits.items()}
    return {h: rest for h, rest in rests.items() if timedelta() < rest <= LONGEST_ASKED}


@lru_cache(maxsize=4096)  # asked three times a poll, of the same addresses every round
def host_of(url: str) -> str:
    """The server behind a URL: its host, with the port where that is not one of the web's own."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if not host.isascii():  # the fetcher knows it by the form that goes over the wire
            host = URL.build(scheme="http", host=host).raw_host or host
    except ValueError:  # the fetcher will say what is wrong with it
        return url
    host = f"[{host}]" if ":" in host else host
    return host if port in {None, *_WEB_PORTS} else f"{host}:{port}"


@lru_cache(maxsize=4096)
def is_private(url: str, allow_hosts: frozenset[str]) -> bool:
    """Whether a URL leads to a private host, one that `fetch.allow_hosts` names."""
    try:
        return host_key(URL(url)) in allow_hosts
    except ValueError:
        return False


def asks_to_wait(
    outcome: PollOutcome, allow_hosts: frozenset[str], now: datetime
) -> Mapping[str, datetime]:
    """The host whose Retry-After concerns all of its feeds, and until when.

    Behind a private address stands one program for each feed; there it concerns that feed alone.
    """
    if not isinstance(outcome, Refused) or outcome.retry_after is None or not outcome.url:
        return {}
    if is_private(outcome.url, allow_hosts):
        return {}
    return {host_of(outcome.url): now + min(outcome.retry_after, LONGEST_ASKED)}


# --- when next? --------------------------------------------------------------------------------


def next_poll(
    state: PollState, outcome: PollOutcome, settings: FetchSettings, now: datetime, jitter: float
) -> datetime | None:
    """When to ask this feed again; None retires it.

    `state` is that before the outcome, except for what the document itself says (ttl, skipped
    hours, rhythm). `jitter` is in [0, 1).
    """
    match outcome:
        case Fetched(max_age=max_age) | NotModified(max_age=max_age):
            asked = max(max_age or timedelta(), state.ttl or timedelta())
            wait = max(min(asked, LONGEST_ASKED), rhythm_wait(state, settings, now))
        case Refused(retry_after=retry_after):
            asked = min(retry_after or timedelta(), LONGEST_ASKED)
            wait = max(_back_off(state, settings), asked)
        case Unreachable() | Unreadable():
            wait = _back_off(state, settings)
        case Gone():
            return None
        case _:
            assert_never(outcome)
    return _after_skipped(state, now + _spread(wait, jitter), jitter)


def _spread(wait: timedelta, jitter: float) -> timedelta:
    return wait + min(wait, timedelta(days=1)) * SPREAD * jitter


def rhythm_wait(state: PollState, settings: FetchSettings, now: datetime) -> timedelta:
    """How long its own rhythm lets a feed wait, at least the interval, at most our patience."""
    if state.rhythm is None:
        return settings.interval
    silence = now - (state.last_news or now)
    wait = max(state.rhythm / PER_GAP, silence / PER_SILENCE)
    return max(settings.interval, min(wait, settings.patience / (1 + SPREAD)))


def _back_off(state: PollState, settings: FetchSettings) -> timedelta:
    doubled = settings.interval * (1 << min(state.failures, 16))
    return max(settings.interval, min(doubled, LONGEST_WAIT))


def _is_skipped(state: PollState, at: datetime) -> bool:
    return at.hour in state.skip_hours or at.weekday() in state.skip_days


def _after_skipped(state: PollState, at: datetime, jitter: float) -> datetime:
    if not _is_skipped(state, at):
        return at
    hour = at.replace(minute=0, second=0, microsecond=0) + LATE_IN_THE_HOUR * jitter
    later = (hour + timedelta(hours=n) for n in range(1, 7 * 24))
    return next((time for time in later if not _is_skipped(state, time)), at)


# --- what is learnt ----------------------------------------------------------------------------


def learn(
    state: PollState, outcome: PollOutcome, settings: FetchSettings, now: datetime, jitter: float
) -> PollState:
    """The feed's state after this outcome. `jitter` is in [0, 1).

    Validators are kept only from an answer that could be read: after a broken one the next poll
    must get it again, not a 304. The caller adds the body's hash and what the document says.
    """
    planned = next_poll(state, outcome, settings, now, jitter)
    state = replace(state, last_poll=now, next_poll=planned, unreached=_is_unreached(outcome))
    match outcome:
        case Fetched():
            return replace(
                _works(state, now), etag=outcome.etag, last_modified=outcome.last_modified
            )
        case NotModified():
            return _works(state, now)
        case Refused(reason=reason) | Unreachable(reason=reason) | Unreadable(reason=reason):
            return replace(
                state,
                failures=state.failures + 1,
                failing_since=state.failing_since or now,
                error=reason,
            )
        case Gone():
            return replace(state, error=GONE, retired=True)
        case _:
            assert_never(outcome)


def excuse(state: PollState, settings: FetchSettings, now: datetime, jitter: float) -> PollState:
    """The state after a failure that is our own network's: nothing is counted."""
    return replace(
        state,
        last_poll=now,
        next_poll=_after_skipped(state, now + _spread(_back_off(state, settings), jitter), jitter),
        failing_since=state.failing_since or now,
        unreached=True,
    )


def _works(state: PollState, now: datetime) -> PollState:
    return replace(
        state, last_success=now, failures=0, failing_since=None, error=None, retired=False
    )


def _is_unreached(outcome: PollOutcome) -> bool | None:
    if isinstance(outcome, Unreachable):
        return not outcome.connected if outcome.asked else None
    return False


# --- in words ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When a feed is asked next, and why then."""

    at: datetime  # now, or later
    why: str


def asked_next(
    feed: Feed,
    state: PollState,
    waits: Mapping[str, datetime],
    settings: FetchSettings,
    now: datetime,
) -> NextPoll | None:
    """When a feed is asked next; None for one that is not asked any more, or not enabled."""
    if not feed.enabled or state.retired:
        return None
    host = waits_for(feed, state, waits, now)
    if host is not None:
        return NextPoll(waits[host], f"waits for {host}: Retry-After")
    if is_due(feed, state, waits, settings, now):
        return NextPoll(now, "never asked" if state.last_poll is None else "it is due")
    if state.last_poll is None or state.next_poll is None:
        return NextPoll(_after_skipped(state, max(state.next_poll or now, now), 0), "never asked")
    earliest = max(state.next_poll, state.last_poll + settings.interval)
    at = _after_skipped(state, max(earliest, now), 0)
    return NextPoll(at, _why(state, settings, state.last_poll, at))


def explain_next(
    feed: Feed,
    state: PollState,
    waits: Mapping[str, datetime],
    settings: FetchSettings,
    now: datetime,
) -> str:
    """When a feed is asked next, and why then: "in 25 min: its rhythm"."""
    if not feed.enabled:
        return "disabled"
    found = asked_next(feed, state, waits, settings, now)
    if found is None:
        return "retired: 410"
    return "now" if found.at <= now else f"in {_words(found.at - now)}: {found.why}"


def _why(state: PollState, settings: FetchSettings, last_poll: datetime, at: datetime) -> str:
    if state.unreached and not state.failures:
        return "our own network seemed to be down"
    if state.failures:
        # An excused failure is not counted, and backs off by the count before it.
        before = replace(state, failures=state.failures - (not state.unreached))
        words = f"after {state.failures} failure{'s' if state.failures > 1 else ''}"
        reasons = {words: _back_off(before, settings)}
        beyond = "Retry-After"
    else:
        reasons = {
            "fetch.interval": settings.interval,
            "its rhythm": rhythm_wait(state, settings, last_poll),
            "its ttl or updatePeriod": min(state.ttl or timedelta(), LONGEST_ASKED),
        }
        beyond = "its max-age or Expires"
    longest = max(reasons, key=reasons.__getitem__)
    if at - last_poll <= _spread(reasons[longest], 1):
        return longest
    return "skipHours, skipDays" if _is_skipped(state, at - timedelta(hours=1)) else beyond


def _words(wait: timedelta) -> str:
    minutes = max(1, round(wait / timedelta(minutes=1)))
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"

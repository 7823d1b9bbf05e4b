"""When to ask a feed again, and what each answer teaches. Pure.

Whatever the server asks for (max-age, Retry-After, ttl) and whatever the operator asks for (the
interval) are lower bounds; the latest of them counts. The result is kept in the store, so that a
restart asks nobody earlier.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

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
from digest.settings import FetchSettings

LONGEST_WAIT = timedelta(days=1)  # after failures, and for a max-age or ttl that asks for more
LONGEST_RETRY_AFTER = timedelta(days=7)
CLOCK_DOUBT = timedelta(hours=1)
SPREAD = 0.1  # of the wait, added at random, so that feeds do not come in step


def is_due(state: PollState, now: datetime) -> bool:
    """Whether a feed may be asked now. Whether it is wanted at all, the caller knows."""
    if state.retired:
        return False
    if state.next_poll is None or state.next_poll <= now:
        return True
    # A poll from the future: the clock was wrong then, and so is what was planned by it.
    return state.last_poll is not None and state.last_poll - now > CLOCK_DOUBT


def next_poll(
    state: PollState, outcome: PollOutcome, settings: FetchSettings, now: datetime, jitter: float
) -> datetime | None:
    """When to ask this feed again; None retires it.

    `state` is that before the outcome, except for the feed's newest `ttl`. `jitter` is in [0, 1).
    """
    match outcome:
        case Fetched(max_age=max_age) | NotModified(max_age=max_age):
            asked = max(max_age or timedelta(), state.ttl or timedelta())
            wait = max(settings.interval, min(asked, LONGEST_WAIT))
        case Refused(retry_after=retry_after):
            asked = min(retry_after or timedelta(), LONGEST_RETRY_AFTER)
            wait = max(_back_off(state, settings), asked)
        case Unreachable() | Unreadable():
            wait = _back_off(state, settings)
        case Gone():
            return None
        case _:
            assert_never(outcome)
    return now + wait * (1 + SPREAD * jitter)


def learn(
    state: PollState, outcome: PollOutcome, settings: FetchSettings, now: datetime, jitter: float
) -> PollState:
    """The feed's state after this outcome. `jitter` is in [0, 1).

    Validators are kept only from an answer that could be read: after a broken one the next poll
    must get it again, not a 304. The caller adds the body's hash and the ttl.
    """
    state = replace(
        state, last_poll=now, next_poll=next_poll(state, outcome, settings, now, jitter)
    )
    match outcome:
        case Fetched():
            return replace(
                state,
                etag=outcome.etag,
                last_modified=outcome.last_modified,
                last_success=now,
                failures=0,
                error=None,
                retired=False,
            )
        case NotModified():
            return replace(state, last_success=now, failures=0, error=None, retired=False)
        case Refused(reason=reason) | Unreachable(reason=reason) | Unreadable(reason=reason):
            return replace(state, failures=state.failures + 1, error=reason)
        case Gone():
            return replace(state, error="the server says that this feed is gone", retired=True)
        case _:
            assert_never(outcome)


def _back_off(state: PollState, settings: FetchSettings) -> timedelta:
    doubled = settings.interval * (1 << min(state.failures, 16))
    return max(settings.interval, min(doubled, LONGEST_WAIT))

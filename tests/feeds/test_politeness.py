from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.outcomes import (
    Fetched,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.feeds.politeness import is_due, learn, next_poll
from digest.model import PollState
from digest.settings import FetchSettings
from tests.feeds.builders import NOW

HALF_HOUR = timedelta(minutes=30)
SETTINGS = FetchSettings(interval=HALF_HOUR)
FAILURES: list[PollOutcome] = [
    Refused(status=500, reason="500"),
    Unreachable(reason="no connection"),
    Unreadable(reason="a web page"),
]


def fetched(max_age: timedelta | None = None) -> Fetched:
    return Fetched(
        url="https://trade.example/feed",
        body=b"",
        content_type="",
        etag='"2"',
        last_modified="today",
        max_age=max_age,
    )


def wait(outcome: PollOutcome, state: PollState | None = None, jitter: float = 0) -> timedelta:
    planned = next_poll(state or PollState(), outcome, SETTINGS, NOW, jitter)
    assert planned is not None
    return planned - NOW


# --- when ------------------------------------------------------------------------------------


def test_a_feed_never_polled_is_due() -> None:
    assert is_due(PollState(), NOW)


def test_a_feed_is_due_from_its_time_on() -> None:
    state = PollState(last_poll=NOW - HALF_HOUR, next_poll=NOW)
    assert is_due(state, NOW)
    assert not is_due(state, NOW - timedelta(seconds=1))


def test_a_feed_that_is_gone_is_never_due() -> None:
    assert not is_due(PollState(retired=True), NOW)


def test_a_plan_made_by_a_clock_that_was_wrong_is_not_kept() -> None:
    later = NOW + timedelta(days=3650)
    assert is_due(PollState(last_poll=later, next_poll=later + HALF_HOUR), NOW)
    assert not is_due(PollState(next_poll=later), NOW)


@pytest.mark.parametrize("outcome", [fetched(), NotModified()])
def test_after_an_answer_the_interval_is_kept(outcome: PollOutcome) -> None:
    assert wait(outcome) == HALF_HOUR


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (timedelta(minutes=5), HALF_HOUR),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=365), timedelta(days=1)),
    ],
)
def test_max_age_and_ttl_are_lower_bounds_up_to_a_day(asked: timedelta, kept: timedelta) -> None:
    assert wait(fetched(asked)) == kept
    assert wait(NotModified(max_age=asked)) == kept
    assert wait(NotModified(), PollState(ttl=asked)) == kept
    assert wait(NotModified(max_age=HALF_HOUR), PollState(ttl=asked)) == kept


@pytest.mark.parametrize("outcome", FAILURES)
def test_failures_back_off_to_a_day_and_never_stop(outcome: PollOutcome) -> None:
    waits = [wait(outcome, PollState(failures=n)) for n in range(60)]
    hours = [0.5, 1, 2, 4, 8, 16, 24]
    assert waits[:7] == [timedelta(hours=h) for h in hours]
    assert set(waits[7:]) == {timedelta(days=1)}


def test_retry_after_is_kept_up_to_a_week() -> None:
    def refused(asked: timedelta) -> Refused:
        return Refused(status=429, reason="429", retry_after=asked)

    assert wait(refused(timedelta(minutes=1))) == HALF_HOUR
    assert wait(refused(timedelta(hours=6))) == timedelta(hours=6)
    assert wait(refused(timedelta(hours=6)), PollState(failures=9)) == timedelta(days=1)
    assert wait(refused(timedelta(days=90))) == timedelta(days=7)


def test_an_interval_longer_than_a_day_is_kept_too() -> None:
    rare = FetchSettings(interval=timedelta(days=2))
    for outcome in (fetched(), *FAILURES):
        assert next_poll(PollState(), outcome, rare, NOW, 0) == NOW + timedelta(days=2)


@given(
    st.floats(min_value=0, max_value=1, exclude_max=True),
    st.sampled_from([fetched(), NotModified(), *FAILURES]),
    st.integers(min_value=0, max_value=10_000),
)
def test_no_chance_brings_a_poll_before_its_time(
    jitter: float, outcome: PollOutcome, failures: int
) -> None:
    state = PollState(failures=failures)
    assert wait(outcome, state) <= wait(outcome, state, jitter) <= wait(outcome, state) * 1.1


# --- what is learnt --------------------------------------------------------------------------

KNOWN = PollState(
    etag='"1"',
    last_modified="yesterday",
    body_hash="abc",
    last_poll=NOW - timedelta(hours=1),
    last_success=NOW - timedelta(hours=1),
    failures=3,
    error="no connection",
)


def after(outcome: PollOutcome, state: PollState = KNOWN) -> PollState:
    return learn(state, outcome, SETTINGS, NOW, 0)


def test_a_new_body_brings_new_validators_and_ends_the_failures() -> None:
    state = after(fetched())
    assert (state.etag, state.last_modified) == ('"2"', "today")
    assert (state.last_poll, state.last_success) == (NOW, NOW)
    assert (state.failures, state.error) == (0, None)
    assert state.next_poll == NOW + HALF_HOUR


def test_304_keeps_the_validators() -> None:
    state = after(NotModified())
    assert (state.etag, state.last_modified) == ('"1"', "yesterday")
    assert (state.last_success, state.failures, state.error) == (NOW, 0, None)


@pytest.mark.parametrize("outcome", FAILURES)
def test_a_failure_is_counted_and_keeps_what_is_known(outcome: PollOutcome) -> None:
    state = after(outcome)
    assert (state.etag, state.body_hash) == ('"1"', "abc")
    assert state.last_success == KNOWN.last_success
    assert state.failures == 4
    assert state.error in {"500", "no connection", "a web page"}


def test_410_retires_a_feed_and_an_answer_brings_it_back() -> None:
    state = after(Gone())
    assert state.retired
    assert state.next_poll is None
    assert not is_due(state, datetime.max.replace(tzinfo=NOW.tzinfo))
    assert not after(NotModified(), state).retired
    assert not after(fetched(), state).retired

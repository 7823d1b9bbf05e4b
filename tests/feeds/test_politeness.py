from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

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
from digest.feeds.politeness import (
    LONGEST_WAIT,
    asks_to_wait,
    excuse,
    explain_next,
    host_of,
    is_due,
    learn,
    next_poll,
)
from digest.model import PollState
from digest.settings import FetchSettings
from tests.feeds.builders import NOW, feed

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


# --- may it be asked now? --------------------------------------------------------------------


def due(
    state: PollState,
    now: datetime = NOW,
    waits: Mapping[str, datetime] | None = None,
    settings: FetchSettings = SETTINGS,
) -> bool:
    return is_due(feed(url="https://trade.example/feed"), state, waits or {}, settings, now)


def test_a_feed_never_polled_is_due() -> None:
    assert due(PollState())


def test_a_feed_is_due_from_its_time_on() -> None:
    state = PollState(last_poll=NOW - HALF_HOUR, next_poll=NOW)
    assert due(state)
    assert not due(state, NOW - timedelta(seconds=1))


def test_a_feed_that_is_gone_is_never_due() -> None:
    assert not due(PollState(retired=True))


def test_a_plan_made_by_a_clock_that_was_wrong_is_not_kept() -> None:
    later = NOW + timedelta(days=3650)
    assert due(PollState(last_poll=later, next_poll=later + HALF_HOUR))
    assert not due(PollState(next_poll=later))


def test_an_interval_that_has_grown_since_the_plan_was_made_is_kept() -> None:
    state = PollState(last_poll=NOW - HALF_HOUR, next_poll=NOW)
    hourly = FetchSettings(interval=timedelta(hours=1))
    assert not due(state, settings=hourly)
    assert due(state, NOW + HALF_HOUR, settings=hourly)


def test_all_feeds_of_a_host_wait_as_long_as_it_asked() -> None:
    waits = {"trade.example": NOW + HALF_HOUR, "other.example": NOW + timedelta(hours=9)}
    assert not due(PollState(), waits=waits)
    assert due(PollState(), NOW + HALF_HOUR, waits)
    assert due(PollState(), waits={"other.example": NOW + HALF_HOUR})


def test_a_host_of_other_letters_waits_under_the_name_by_which_it_answered() -> None:
    told = asks_to_wait(busy("http://xn--wgv425a.example/feed"), frozenset(), NOW)
    japanese = feed(url="http://日産.example/feed")
    assert not is_due(japanese, PollState(), told, SETTINGS, NOW)


def test_a_wait_beyond_all_bounds_was_set_by_a_wrong_clock() -> None:
    assert due(PollState(), waits={"trade.example": NOW + timedelta(days=3650)})


def test_a_feed_that_has_moved_waits_for_its_new_host() -> None:
    moved = PollState(
        moved_to="https://new.example/feed", moved_since=NOW - timedelta(days=8), next_poll=NOW
    )
    assert not due(moved, waits={"new.example": NOW + HALF_HOUR})
    assert due(moved, waits={"trade.example": NOW + HALF_HOUR})


def test_nobody_is_asked_in_hours_to_be_skipped_however_late_a_poll_is() -> None:
    state = PollState(next_poll=NOW - timedelta(days=1), skip_hours=frozenset({7, 8}))
    hours = [hour for hour in range(5, 11) if due(state, NOW.replace(hour=hour, minute=30))]
    assert hours == [5, 6, 9, 10]


def test_nobody_is_asked_on_days_to_be_skipped() -> None:
    state = PollState(next_poll=NOW - timedelta(days=2), skip_days=frozenset({5, 6}))
    saturday = NOW - timedelta(days=2)
    assert not due(state, saturday)
    assert due(state, NOW)


# --- whose Retry-After it is -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Trade.Example./feed", "trade.example"),
        ("http://trade.example:443/", "trade.example"),
        ("http://127.0.0.1:8000/feed", "127.0.0.1:8000"),
        ("http://[::1]:8000/feed", "[::1]:8000"),
        ("https://[2001:db8::1]/feed", "[2001:db8::1]"),
        ("https://日産.example/feed", "xn--wgv425a.example"),
        ("http://日産.example:8000/", "xn--wgv425a.example:8000"),
        ("http://[bad", "http://[bad"),
        ("http://host:port/", "http://host:port/"),
    ],
)
def test_a_host_is_known_by_name_and_by_a_port_of_its_own(url: str, host: str) -> None:
    assert host_of(url) == host


def busy(url: str = "https://trade.example/feed", hours: int | None = 2) -> Refused:
    wait = None if hours is None else timedelta(hours=hours)
    return Refused(status=429, reason="429", retry_after=wait, url=url)


def test_a_retry_after_of_a_public_host_is_the_hosts() -> None:
    waits = asks_to_wait(busy(), frozenset(), NOW)
    assert waits == {"trade.example": NOW + timedelta(hours=2)}


def test_nobody_makes_a_host_wait_for_more_than_a_week() -> None:
    waits = asks_to_wait(busy(hours=9999), frozenset(), NOW)
    assert waits == {"trade.example": NOW + timedelta(days=7)}


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000/feed", "127.0.0.1:8000"),
        ("http://intranet/feed", "intranet:80"),
        ("https://intranet/feed", "intranet:443"),
    ],
)
def test_a_retry_after_of_a_private_host_is_its_feeds_alone(url: str, allowed: str) -> None:
    assert asks_to_wait(busy(url), frozenset({allowed}), NOW) == {}


@pytest.mark.parametrize(
    "outcome", [busy(hours=None), busy(url=""), Gone(), fetched(), Unreachable(reason="")]
)
def test_what_names_no_time_or_host_makes_nobody_wait(outcome: PollOutcome) -> None:
    assert asks_to_wait(outcome, frozenset(), NOW) == {}


# --- when next? --------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [fetched(), NotModified()])
def test_after_an_answer_the_interval_is_kept(outcome: PollOutcome) -> None:
    assert wait(outcome) == HALF_HOUR


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (timedelta(minutes=5), HALF_HOUR),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=3), timedelta(days=3)),
        (timedelta(days=365), timedelta(days=7)),
    ],
)
def test_max_age_and_ttl_are_lower_bounds_up_to_a_week(asked: timedelta, kept: timedelta) -> None:
    assert wait(fetched(asked)) == kept
    assert wait(NotModified(max_age=asked)) == kept
    assert wait(NotModified(), PollState(ttl=asked)) == kept
    assert wait(NotModified(max_age=HALF_HOUR), PollState(ttl=asked)) == kept


@pytest.mark.parametrize("outcome", FAILURES)
def test_failures_back_off_to_a_day_and_never_stop(outcome: PollOutcome) -> None:
    waits = [wait(outcome, PollState(failures=n)) for n in range(60)]
    hours = [0.5, 1, 2, 4, 8, 16]
    assert waits[:6] == [timedelta(hours=h) for h in hours]
    assert set(waits[6:]) == {LONGEST_WAIT}
    longest = wait(outcome, PollState(failures=60), jitter=1)
    assert abs(longest - timedelta(days=1)) < timedelta(seconds=1)


def test_retry_after_is_kept_up_to_a_week() -> None:
    def refused(asked: timedelta) -> Refused:
        return Refused(status=429, reason="429", retry_after=asked)

    assert wait(refused(timedelta(minutes=1))) == HALF_HOUR
    assert wait(refused(timedelta(hours=6))) == timedelta(hours=6)
    assert wait(refused(timedelta(hours=6)), PollState(failures=9)) == LONGEST_WAIT
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


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("rhythm", "silence", "kept"),
    [
        (timedelta(minutes=20), timedelta(), HALF_HOUR),
        (4 * HOUR, timedelta(), HOUR),
        (DAY, timedelta(), 6 * HOUR),
        (30 * DAY, timedelta(), LONGEST_WAIT),
        (HOUR, 12 * HOUR, HOUR),  # after a night
        (HOUR, 60 * HOUR, 5 * HOUR),  # after a weekend
        (HOUR, 300 * DAY, LONGEST_WAIT),
        (DAY, 2 * DAY, 6 * HOUR),  # not silent for longer than usual
    ],
)
def test_a_feed_is_asked_in_its_own_rhythm(
    rhythm: timedelta, silence: timedelta, kept: timedelta
) -> None:
    state = PollState(rhythm=rhythm, last_news=NOW - silence)
    assert wait(NotModified(), state) == kept
    assert wait(fetched(), state) == kept


def test_a_rhythm_does_not_shorten_what_the_server_asks_for() -> None:
    assert wait(fetched(9 * HOUR), PollState(rhythm=HOUR, last_news=NOW)) == 9 * HOUR


def test_a_rhythm_without_news_is_a_rhythm_all_the_same() -> None:
    assert wait(NotModified(), PollState(rhythm=8 * HOUR)) == 2 * HOUR


@pytest.mark.parametrize("outcome", [fetched(), NotModified(), *FAILURES])
def test_a_poll_is_moved_out_of_hours_to_be_skipped(outcome: PollOutcome) -> None:
    state = PollState(skip_hours=frozenset({7, 8, 9}))
    planned = next_poll(state, outcome, SETTINGS, NOW, 0)
    assert planned == NOW.replace(hour=10)


def test_polls_after_skipped_hours_do_not_come_all_at_once() -> None:
    state = PollState(skip_hours=frozenset({7, 8, 9}))
    planned = next_poll(state, NotModified(), SETTINGS, NOW, 0.5)
    assert planned == NOW.replace(hour=10, minute=5)


def test_a_poll_is_moved_out_of_days_to_be_skipped() -> None:
    state = PollState(skip_days=frozenset({0, 1}), skip_hours=frozenset({0}))
    planned = next_poll(state, NotModified(), SETTINGS, NOW, 0)
    assert planned == datetime(2026, 11, 18, 1, tzinfo=NOW.tzinfo)


@given(
    st.frozensets(st.integers(0, 23), max_size=23),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_no_poll_is_planned_for_a_time_to_be_skipped(
    hours: frozenset[int], days: frozenset[int], jitter: float
) -> None:
    state = PollState(skip_hours=hours, skip_days=days)
    planned = next_poll(state, NotModified(), SETTINGS, NOW, jitter)
    assert planned is not None
    assert planned >= NOW + HALF_HOUR
    assert planned.hour not in hours
    assert planned.weekday() not in days


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
    assert not due(state, datetime.max.replace(tzinfo=NOW.tzinfo))
    assert not after(NotModified(), state).retired
    assert not after(fetched(), state).retired


def test_a_row_of_failures_has_a_beginning_and_an_end() -> None:
    first = after(Unreadable(reason="x"), PollState())
    assert first.failing_since == NOW
    second = learn(first, Refused(status=500, reason="y"), SETTINGS, NOW + HOUR, 0)
    assert (second.failing_since, second.failures) == (NOW, 2)
    assert after(NotModified(), second).failing_since is None


def test_only_a_connection_that_failed_leaves_a_server_unreached() -> None:
    assert after(Unreachable(reason="x", connected=False)).unreached
    assert after(Unreachable(reason="x")).unreached is False
    assert after(Unreachable(reason="x", asked=False)).unreached is None
    unreached = replace(KNOWN, unreached=True)
    assert not after(NotModified(), unreached).unreached
    assert not after(Refused(status=500, reason="x"), unreached).unreached


def test_a_failure_that_is_our_own_networks_is_not_counted() -> None:
    state = excuse(replace(KNOWN, failures=0, error=None), SETTINGS, NOW, 0)
    assert (state.failures, state.error) == (0, None)
    assert (state.last_poll, state.next_poll) == (NOW, NOW + HALF_HOUR)
    assert (state.failing_since, state.unreached) == (NOW, True)
    assert state.etag == KNOWN.etag


def test_our_own_network_makes_nobody_ask_a_dead_host_more_often() -> None:
    state = excuse(replace(KNOWN, failures=9), SETTINGS, NOW, 0)
    assert (state.failures, state.next_poll) == (9, NOW + LONGEST_WAIT)


# --- in words --------------------------------------------------------------------------------


def words(state: PollState, waits: Mapping[str, datetime] | None = None, **given: Any) -> str:
    return explain_next(feed(**given), state, waits or {}, SETTINGS, NOW)


AGO = NOW - timedelta(minutes=5)


def planned(outcome: PollOutcome, jitter: float = 0, **known: Any) -> PollState:
    """The state after an outcome five minutes ago."""
    return learn(PollState(**known), outcome, SETTINGS, AGO, jitter)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PollState(), "now"),
        (PollState(last_poll=NOW - HOUR, next_poll=NOW - HALF_HOUR), "now"),
        (PollState(next_poll=NOW + HOUR), "in 1 h: never asked"),
        (planned(Gone()), "retired: 410"),
        (planned(NotModified()), "in 25 min: fetch.interval"),
        (planned(NotModified(), jitter=0.99), "in 28 min: fetch.interval"),
        (planned(NotModified(), rhythm=8 * HOUR, last_news=AGO), "in 2 h: its rhythm"),
        (planned(NotModified(), ttl=9 * HOUR), "in 9 h: its ttl or updatePeriod"),
        (planned(NotModified(), ttl=5 * DAY), "in 5 days: its ttl or updatePeriod"),
        (planned(fetched(7 * HOUR), ttl=HOUR), "in 7 h: its max-age or Expires"),
        (planned(busy(hours=100)), "in 4 days: Retry-After"),
        (planned(Unreadable(reason="x"), jitter=0.99), "in 28 min: after 1 failure"),
        (excuse(PollState(failures=2), SETTINGS, AGO, 0), "in 2 h: after 2 failures"),
        (planned(Unreadable(reason="x"), failures=2), "in 2 h: after 3 failures"),
        (
            planned(NotModified(), skip_hours=frozenset(range(7, 12))),
            "in 5 h: skipHours, skipDays",
        ),
        (
            PollState(last_poll=NOW - DAY, next_poll=AGO, skip_hours=frozenset({7, 8, 9})),
            "in 3 h: skipHours, skipDays",
        ),
        (excuse(PollState(), SETTINGS, AGO, 0), "in 25 min: our own network seemed to be down"),
    ],
)
def test_the_next_poll_is_told_in_words(state: PollState, expected: str) -> None:
    assert words(state) == expected


def test_a_feed_that_is_off_or_waits_for_its_host_says_so() -> None:
    assert words(PollState(), enabled=False) == "disabled"
    waits = {"trade.example": NOW + 50 * HOUR}
    assert words(PollState(), waits) == "in 2 days: waits for trade.example: Retry-After"

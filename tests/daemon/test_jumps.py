from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.daemon.jumps import AHEAD, BACK, STEADY, Jump, Sight, first_sight, look

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seen(sight: Sight, by: timedelta, seconds: float = 1.0) -> Sight:
    """A second later by the monotonic clock, at another time by the wall's."""
    return look(sight, sight.now + by, sight.at + seconds)


def test_a_clock_that_goes_on_is_trusted() -> None:
    assert seen(first_sight(None, NOW, 5.0), SECOND).jump is None


def test_a_start_after_a_long_pause_is_no_jump() -> None:
    assert first_sight(NOW - timedelta(days=400), NOW, 5.0).jump is None


def test_a_start_before_the_last_run_saw_the_clock_is_one() -> None:
    last = NOW + timedelta(hours=1)
    assert first_sight(last, NOW, 5.0).jump == Jump(last, NOW, 5.0)


def test_what_time_servers_correct_is_no_jump() -> None:
    sight = first_sight(NOW + BACK, NOW, 5.0)
    assert sight.jump is None
    assert seen(sight, -BACK).jump is None


def test_two_hours_ahead_are_no_jump_because_machines_sleep() -> None:
    assert seen(first_sight(None, NOW, 5.0), timedelta(hours=2)).jump is None


def test_an_hour_back_is_one() -> None:
    found = seen(first_sight(None, NOW, 5.0), -timedelta(hours=1))
    assert found.jump == Jump(NOW, NOW - timedelta(hours=1), 6.0)


def test_more_than_eight_days_ahead_are_one() -> None:
    sight = first_sight(None, NOW, 5.0)
    assert seen(sight, AHEAD + SECOND).jump is None
    assert seen(sight, AHEAD + 2 * SECOND).jump is not None


def test_a_machine_that_was_busy_for_long_has_not_jumped() -> None:
    long = timedelta(days=20)
    assert seen(first_sight(None, NOW, 5.0), long, long.total_seconds()).jump is None


def test_it_is_trusted_again_when_it_has_gone_steadily() -> None:
    sight = seen(first_sight(None, NOW, 5.0), timedelta(days=9))
    for _ in range(int(STEADY.total_seconds()) - 1):
        sight = seen(sight, SECOND)
        assert sight.jump is not None
    assert seen(sight, SECOND).jump is None


def test_another_jump_begins_the_wait_anew() -> None:
    sight = seen(first_sight(None, NOW, 5.0), timedelta(days=9))
    sight = look(sight, sight.now - timedelta(days=9), sight.at + STEADY.total_seconds() - 1)
    assert seen(sight, STEADY / 2, STEADY.total_seconds() / 2).jump is not None
    assert seen(sight, STEADY, STEADY.total_seconds()).jump is None


@given(st.lists(st.integers(0, 3600), max_size=50))
def test_a_clock_that_never_jumps_is_always_trusted(steps: list[int]) -> None:
    sight = first_sight(NOW, NOW, 0.0)
    for seconds in steps:
        sight = seen(sight, timedelta(seconds=seconds), seconds)
        assert sight.jump is None

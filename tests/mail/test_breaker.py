from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.mail.breaker import LONGEST_DOMAIN_REST, TRIES, Breakers, Patience
from tests.builders import NOW

SLOW = "slow.example"
MINUTE = timedelta(minutes=1)


def deferred(breakers: Breakers, times: int) -> None:
    for _ in range(times):
        breakers.deferred(SLOW, NOW)


def test_two_deferrals_are_nothing() -> None:
    breakers = Breakers()
    assert not breakers
    deferred(breakers, TRIES - 1)
    assert breakers.until(SLOW, NOW) is None


def test_the_third_in_a_row_gives_the_domain_a_rest_and_no_other() -> None:
    breakers = Breakers()
    deferred(breakers, TRIES)
    assert breakers.until(SLOW, NOW) == NOW + 15 * MINUTE
    assert breakers.until(SLOW, NOW + 15 * MINUTE) is None
    assert breakers.until("fast.example", NOW) is None


def test_a_message_that_passes_between_them_ends_the_row() -> None:
    breakers = Breakers()
    deferred(breakers, TRIES - 1)
    breakers.well(SLOW)
    deferred(breakers, TRIES - 1)
    assert breakers.until(SLOW, NOW) is None
    assert breakers


def test_what_was_on_its_way_makes_the_rest_no_longer() -> None:
    breakers = Breakers()
    deferred(breakers, TRIES + 20)
    assert breakers.until(SLOW, NOW) == NOW + 15 * MINUTE


def test_after_a_rest_one_deferral_is_enough_for_a_longer_one() -> None:
    breakers, now, rests = Breakers(), NOW, []
    deferred(breakers, TRIES)
    for _ in range(6):
        until = breakers.until(SLOW, now)
        assert until is not None
        rests.append((until - now) / MINUTE)
        now = until
        breakers.deferred(SLOW, now)
    assert rests == [15, 30, 60, 120, 240, 240]
    breakers.well(SLOW)
    breakers.deferred(SLOW, now)
    assert breakers.until(SLOW, now) is None


@given(st.lists(st.integers(0, 500), max_size=60))
def test_no_rest_is_longer_than_four_hours(minutes: list[int]) -> None:
    breakers, now = Breakers(), NOW
    for gap in minutes:
        now += gap * MINUTE
        breakers.deferred(SLOW, now)
        until = breakers.until(SLOW, now)
        assert until is None or now < until <= now + LONGEST_DOMAIN_REST


def test_a_server_that_bars_us_is_asked_less_and_less_often() -> None:
    patience = Patience()
    rests = [patience.barred(blocked=True) / MINUTE for _ in range(8)]
    assert rests == [5, 10, 20, 40, 80, 160, 240, 240]
    assert patience.barred(blocked=False) == timedelta(seconds=30)
    patience.well()
    assert patience.barred(blocked=True) == 5 * MINUTE


def test_a_server_that_is_down_is_asked_again_soon() -> None:
    patience = Patience()
    rests = [patience.barred(blocked=False) / MINUTE for _ in range(7)]
    assert rests == [0.5, 1, 2, 4, 8, 15, 15]

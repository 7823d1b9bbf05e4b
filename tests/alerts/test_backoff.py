"""A channel that fails is tried ever more seldom, and never given up for good."""

from datetime import timedelta

import pytest

from digest.alerts.backoff import FIRST, GIVE_UP_AFTER, LONGEST, is_too_old, retry_at
from tests.builders import NOW


def test_waits_grow_to_the_longest() -> None:
    waits = [retry_at(failures, NOW) - NOW for failures in range(1, 40)]
    assert waits[:4] == [FIRST, FIRST * 2, FIRST * 4, FIRST * 8]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=1), FIRST),
        (timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(days=3), LONGEST),
    ],
)
def test_what_a_server_asks_for_is_kept_within_reason(asked: timedelta, wait: timedelta) -> None:
    assert retry_at(1, NOW, asked) == NOW + wait


def test_a_short_wait_that_is_asked_for_does_not_cut_ours() -> None:
    assert retry_at(4, NOW, FIRST) == NOW + FIRST * 8


def test_an_alert_of_yesterday_is_given_up() -> None:
    assert is_too_old(NOW - GIVE_UP_AFTER, NOW)
    assert not is_too_old(NOW - GIVE_UP_AFTER + timedelta(seconds=1), NOW)

from datetime import timedelta

import pytest

from digest.subscribers.limits import LONGEST_WAIT, Held, slot
from tests.builders import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ([], NOW),
        ([HOUR], Held.LATELY),
        ([-HOUR], Held.LATELY),  # one that is still to leave
        ([DAY], NOW),
        ([DAY, 2 * DAY, 29 * DAY], Held.OFTEN),
        ([DAY, 2 * DAY, 30 * DAY], NOW),
    ],
)
def test_one_letter_a_day_and_three_in_thirty_days_go_to_an_address(
    ago: list[timedelta], expected: object
) -> None:
    assert slot([NOW - each for each in ago], [], [], NOW) == expected


def test_a_domain_gets_twenty_letters_an_hour_and_all_a_hundred() -> None:
    assert slot([], [NOW] * 19, [NOW] * 99, NOW) == NOW
    assert slot([], [NOW] * 20, [], NOW) == NOW + HOUR
    assert slot([], [NOW - HOUR] * 20, [], NOW) == NOW
    assert slot([], [], [NOW] * 100, NOW) == NOW + HOUR
    later = [NOW + 2 * HOUR] * 20
    assert slot([], later, [NOW] * 100, NOW) == NOW + 3 * HOUR


def test_a_letter_that_would_wait_for_more_than_a_day_is_not_sent() -> None:
    last = NOW + LONGEST_WAIT - HOUR
    assert slot([], [last] * 20, [], NOW) == NOW + LONGEST_WAIT
    assert slot([], [last + timedelta(seconds=1)] * 20, [], NOW) is Held.CROWD

"""What is usual at an hour: found out once, and the same whatever was known before."""

from datetime import timedelta

from digest.alerts.usual import KnownHabits
from tests.alerts.conftest import Newsroom
from tests.builders import NOW

HOUR = timedelta(hours=1)


def tell(newsroom: Newsroom, story: int, owners: int, days: float, *companies: str) -> None:
    newsroom.now = NOW - timedelta(days=days)
    newsroom.publish(story, owners=owners, companies=companies)


def test_is_found_out_once_an_hour(newsroom: Newsroom) -> None:
    usual = KnownHabits(newsroom.store)
    found = usual.at(NOW)
    assert usual.at(NOW + timedelta(minutes=59)) is found
    assert usual.at(NOW + HOUR) is not found
    assert usual.at(NOW) is not found


def test_follows_stories_that_come_grow_and_go(newsroom: Newsroom) -> None:
    tell(newsroom, 1, 3, 2, "nissan")
    tell(newsroom, 2, 2, 3, "honda")
    usual = KnownHabits(newsroom.store)
    before = usual.at(NOW)
    tell(newsroom, 1, 4, 2, "toyota")  # more of its reports are about another company
    tell(newsroom, 3, 2, 1, "mazda")
    for hours in (1, 24, 29 * 24):
        moment = NOW + hours * HOUR
        assert usual.at(moment) == KnownHabits(newsroom.store).at(moment)
    after = usual.at(NOW)
    assert after != before
    assert after == KnownHabits(newsroom.store).at(NOW)
    assert all({"toyota", "honda", "mazda"} <= habits.keys() for habits in after.values())

"""Quiet hours: alerts of the night are told in the morning, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.alerts.hours import release
from digest.settings import QuietHours

NIGHT = QuietHours(start=time(22), end=time(7))
NOON = QuietHours(start=time(12), end=time(13))
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("quiet", "now", "released"),
    [
        (NIGHT, "2026-11-22 21:59", "2026-11-22 21:59"),
        (NIGHT, "2026-11-22 22:00", "2026-11-23 07:00"),
        (NIGHT, "2026-11-23 03:00", "2026-11-23 07:00"),
        (NIGHT, "2026-11-23 07:00", "2026-11-23 07:00"),
        (NOON, "2026-11-22 12:30", "2026-11-22 13:00"),
        (NOON, "2026-11-22 13:00", "2026-11-22 13:00"),
        (None, "2026-11-22 23:00", "2026-11-22 23:00"),
    ],
)
def test_end_in_the_morning_of_the_readers(
    quiet: QuietHours | None, now: str, released: str
) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=TOKYO)

    assert release(local(now).astimezone(UTC), quiet, TOKYO) == local(released)


def test_are_over_in_an_hour_that_comes_again_after_their_end() -> None:
    berlin, night = ZoneInfo("Europe/Berlin"), QuietHours(start=time(1), end=time(2, 30))
    again = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 2:15 for the second time
    assert release(again, night, berlin) == again


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001  # made aware below
    st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    st.sampled_from(("Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")),
)
def test_hold_nothing_for_longer_than_a_day_and_let_go_for_good(
    moment: datetime, start: time, end: time, name: str
) -> None:
    now, zone = moment.replace(tzinfo=UTC), ZoneInfo(name)
    quiet = QuietHours(start=start, end=end)
    released = release(now, quiet, zone)
    # Where clocks are set forward over the end, it comes with them.
    assert timedelta(0) <= released - now <= timedelta(hours=26)
    if released != now:
        local = released.astimezone(zone)
        assert local.time() == end or local.utcoffset() != now.astimezone(zone).utcoffset()

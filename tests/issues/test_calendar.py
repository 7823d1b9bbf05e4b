"""When editions are due: facts for known weeks, and properties over all zones and many years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.issues.calendar import (
    Owed,
    drafted_from,
    held_until,
    owed,
    parse_schedule,
    period_at,
    period_of,
    periods_due,
    schedule_text,
    upcoming,
)
from digest.model import Period
from digest.settings import LAST_DAY, Edition, Schedule

TOKYO = ZoneInfo("Asia/Tokyo")


def edition(schedule: str, zone: str = "Asia/Tokyo") -> Edition:
    return Edition(name="weekly", schedule=parse_schedule(schedule), zone=ZoneInfo(zone))


def tokyo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TOKYO)  # type: ignore[arg-type, misc]  # year, month, day, …


class TestSchedules:
    @pytest.mark.parametrize(
        ("text", "schedule"),
        [
            ("mon 07:00", Schedule(at=time(7), weekdays=frozenset({0}))),
            ("mon,thu 07:00", Schedule(at=time(7), weekdays=frozenset({0, 3}))),
            ("07:00", Schedule(at=time(7))),
            ("1st 07:00", Schedule(at=time(7), day_of_month=1)),
            ("22nd 23:59", Schedule(at=time(23, 59), day_of_month=22)),
            ("last 07:00", Schedule(at=time(7), day_of_month=LAST_DAY)),
            ("13th 00:00", Schedule(at=time(0), day_of_month=13)),
            (" Mon , THU   07:00 ", Schedule(at=time(7), weekdays=frozenset({0, 3}))),
        ],
    )
    def test_are_read(self, text: str, schedule: Schedule) -> None:
        assert parse_schedule(text) == schedule

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "mon",
            "monday 07:00",
            "xyz 07:00",
            "mon 24:00",
            "mon 07:60",
            "7:00",
            "0th 07:00",
            "29th 07:00",
            "1th 07:00",
            "11st 07:00",
            "mon,1st 07:00",
            "mon,mon 07:00",
            "mon,last 07:00",
            "mon 07:00 07:00",
            "mon ０７:００",
        ],
    )
    def test_that_cannot_be_are_refused_with_what_is_allowed(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"mon 07:00.*monthly"):
            parse_schedule(text)

    @given(
        st.one_of(
            st.sets(st.integers(0, 6)).map(frozenset).map(lambda days: {"weekdays": days}),
            (st.integers(1, 28) | st.just(LAST_DAY)).map(lambda day: {"day_of_month": day}),
        ),
        st.integers(0, 23),
        st.integers(0, 59),
    )
    def test_are_written_as_they_are_read(
        self, days: dict[str, object], hour: int, minute: int
    ) -> None:
        schedule = Schedule(at=time(hour, minute), **days)  # type: ignore[arg-type]  # one of two
        assert parse_schedule(schedule_text(schedule)) == schedule


class TestKeys:
    def test_a_weekly_period_bears_the_iso_week_of_its_due_date(self) -> None:
        period = period_at(edition("mon 07:00"), tokyo(2026, 11, 12, 9))
        assert period == Period(
            key="2026-W47", start=tokyo(2026, 11, 9, 7), end=tokyo(2026, 11, 16, 7)
        )

    def test_the_iso_year_of_the_last_days_of_december_may_be_the_next(self) -> None:
        assert period_at(edition("tue 07:00"), tokyo(2024, 12, 31, 6)).key == "2025-W01"

    def test_a_daily_period_bears_its_date(self) -> None:
        period = period_at(edition("07:00"), tokyo(2026, 11, 21, 7))
        assert period == Period(
            key="2026-11-22", start=tokyo(2026, 11, 21, 7), end=tokyo(2026, 11, 22, 7)
        )

    def test_a_period_of_several_days_a_week_begins_at_the_day_before_in_the_schedule(self) -> None:
        period = period_at(edition("mon,thu 07:00"), tokyo(2026, 11, 14, 0))
        assert period == Period(
            key="2026-11-16", start=tokyo(2026, 11, 12, 7), end=tokyo(2026, 11, 16, 7)
        )

    def test_a_monthly_period_bears_the_month_of_its_due_date(self) -> None:
        period = period_at(edition("1st 07:00"), tokyo(2026, 11, 1, 7))
        assert period == Period(
            key="2026-12", start=tokyo(2026, 11, 1, 7), end=tokyo(2026, 12, 1, 7)
        )

    @pytest.mark.parametrize(("month", "day"), [(2, 28), (4, 30), (12, 31)])
    def test_the_last_day_of_a_month_is_as_long_as_that(self, month: int, day: int) -> None:
        monthly = edition("last 07:00")
        period = period_at(monthly, tokyo(2026, month, 15))
        assert (period.key, period.end) == (f"2026-{month:02}", tokyo(2026, month, day, 7))
        assert period_of(monthly, period.key) == period

    def test_the_local_day_counts_not_the_day_in_utc(self) -> None:
        assert period_at(edition("mon 07:00"), tokyo(2026, 11, 16, 6)).key == "2026-W47"
        assert period_at(edition("mon 07:00"), tokyo(2026, 11, 16, 6)).end.day == 15  # in UTC

    @pytest.mark.parametrize(
        ("schedule", "key", "looks_like"),
        [
            ("mon 07:00", "2026-11-16", "2026-W47"),
            ("mon 07:00", "2026-W54", "2026-W47"),
            ("mon 07:00", "2026-W47.1", "2026-W47"),
            ("mon 07:00", "2026-w47", "2026-W47"),
            ("mon 07:00", "0001-W01", "2026-W47"),
            ("07:00", "2026-02-30", "2026-11-16"),
            ("07:00", "9999-12-31", "2026-11-16"),
            ("mon,thu 07:00", "2026-11-17", "2026-11-16"),
            ("1st 07:00", "2026-13", "2026-11"),
            ("1st 07:00", "", "2026-11"),
        ],
    )
    def test_that_are_none_are_refused_with_one_that_is(
        self, schedule: str, key: str, looks_like: str
    ) -> None:
        with pytest.raises(ValueError, match=f"no period of weekly.*{looks_like}$"):
            period_of(edition(schedule), key)


class TestDaylightSaving:
    def test_a_time_that_the_clock_jumps_over_moves_on_by_the_jump(self) -> None:
        spring = period_of(edition("sun 02:30", "America/New_York"), "2026-W10")
        assert spring.end == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 in summer time

    def test_a_time_that_comes_twice_is_due_the_first_time(self) -> None:
        autumn = period_of(edition("sun 01:30", "America/New_York"), "2026-W44")
        assert autumn.end == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # still in summer time

    def test_a_day_that_the_zone_left_out_has_no_period(self) -> None:
        samoa = edition("07:00", "Pacific/Apia")
        due = periods_due(
            samoa, datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)
        )
        assert [p.key for p in due] == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]
        with pytest.raises(ValueError, match="no period"):
            period_of(samoa, "2011-12-30")

    def test_a_week_whose_day_was_left_out_is_due_the_day_after(self) -> None:
        samoa = edition("fri 07:00", "Pacific/Apia")
        week = period_of(samoa, "2011-W52")
        assert week.end.astimezone(samoa.zone).date() == date(2011, 12, 31)


weekday_lists = st.sets(st.integers(0, 6)).map(frozenset)
schedules = st.one_of(
    st.builds(
        Schedule,
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        weekdays=weekday_lists,
    ),
    st.builds(Schedule, at=st.times(), day_of_month=st.integers(1, 28) | st.just(LAST_DAY)),
)
editions = st.builds(
    Edition,
    name=st.just("any"),
    schedule=schedules,
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
)
first = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=365 * 130)).map(lambda age: first + age)
unhurried = settings(deadline=None)  # the build shares its processors


class TestForEveryZoneAndYear:
    @unhurried
    @given(editions, moments)
    def test_a_moment_is_in_the_period_in_progress(
        self, any_edition: Edition, at: datetime
    ) -> None:
        period = period_at(any_edition, at)
        assert period.start <= at < period.end

    @unhurried
    @given(editions, moments)
    def test_a_key_names_its_period(self, any_edition: Edition, at: datetime) -> None:
        period = period_at(any_edition, at)
        assert period_of(any_edition, period.key) == period

    @unhurried
    @given(editions, moments)
    def test_one_period_begins_where_the_last_ends(
        self, any_edition: Edition, at: datetime
    ) -> None:
        period = period_at(any_edition, at)
        following = period_at(any_edition, period.end)
        assert following.start == period.end
        assert following.key > period.key

    @unhurried
    @given(editions, moments, st.timedeltas(timedelta(0), timedelta(days=60)))
    def test_it_does_not_matter_when_one_looks(
        self, any_edition: Edition, at: datetime, later: timedelta
    ) -> None:
        end = at + timedelta(days=60)
        whole = periods_due(any_edition, at, end)
        parts = periods_due(any_edition, at, at + later) + periods_due(any_edition, at + later, end)
        assert parts == whole
        assert all(at < period.end <= end for period in whole)

    @unhurried
    @given(
        st.integers(0, 6),
        st.times(),
        st.sampled_from(sorted(available_timezones())),
        st.integers(1970, 2099),
    )
    def test_every_week_of_a_year_has_exactly_one(
        self, weekday: int, at: time, zone: str, year: int
    ) -> None:
        weekly = Edition(
            name="weekly",
            schedule=Schedule(at=at, weekdays=frozenset({weekday})),
            zone=ZoneInfo(zone),
        )
        start, end = datetime(year, 1, 10, tzinfo=UTC), datetime(year, 12, 20, tzinfo=UTC)
        weeks = [int(period.key[-2:]) for period in periods_due(weekly, start, end)]
        assert weeks == list(range(weeks[0], weeks[0] + len(weeks)))
        assert len(weeks) in {49, 50}

    @unhurried
    @given(st.times(), st.sampled_from(sorted(available_timezones())), st.integers(1970, 2099))
    def test_every_day_of_a_year_has_exactly_one(self, at: time, zone: str, year: int) -> None:
        daily = Edition(name="daily", schedule=Schedule(at=at), zone=ZoneInfo(zone))
        start, end = datetime(year, 1, 10, tzinfo=UTC), datetime(year, 12, 20, tzinfo=UTC)
        days = [date.fromisoformat(period.key) for period in periods_due(daily, start, end)]
        expected = {days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)}
        left_out = expected - set(days)
        assert len(days) == len(set(days))
        assert not left_out or (year, zone) in _left_out_a_day


# Where a zone moved over the date line westward, within the years of the test.
_left_out_a_day = {
    (2011, "Pacific/Apia"),
    (2011, "Pacific/Fakaofo"),
    (1993, "Pacific/Kwajalein"),
    (1993, "Kwajalein"),
    (1994, "Pacific/Kiritimati"),
    (1994, "Pacific/Enderbury"),
    (1994, "Pacific/Kanton"),
}


class TestOwed:
    due = tuple(
        Period(key=f"2026-W{n}", start=tokyo(2026, 11, day - 7, 7), end=tokyo(2026, 11, day, 7))
        for n, day in ((46, 9), (47, 16), (48, 23))
    )
    limit = timedelta(days=6)

    def test_only_the_newest_of_several_missed_is_caught_up(self) -> None:
        found = owed(self.due, set(), self.limit, tokyo(2026, 11, 24, 7))
        assert [one.period.key for one in found if one.too_late is None] == ["2026-W48"]
        assert [one.too_late for one in found][:2] == [
            "2026-W48 was due too by the time it was found, and only it is caught up"
        ] * 2

    def test_what_was_decided_is_not_owed(self) -> None:
        decided = {"2026-W46", "2026-W48"}
        (found,) = owed(self.due, decided, self.limit, tokyo(2026, 11, 24, 7))
        assert found.period.key == "2026-W47"
        assert found.too_late is not None  # the newest has been sent; an older one would confuse

    def test_later_than_the_limit_is_too_late_and_says_so(self) -> None:
        now = tokyo(2026, 11, 29, 9)
        (found,) = owed(self.due[2:], set(), self.limit, now)
        assert found.too_late == "it was found 6 days 2 h late, the limit is 6 days 0 h"

    def test_a_short_limit_is_said_in_hours(self) -> None:
        (found,) = owed(self.due[2:], set(), timedelta(hours=2), tokyo(2026, 11, 23, 12))
        assert found.too_late == "it was found 5 h late, the limit is 2 h"

    def test_within_the_limit_is_published(self) -> None:
        (found,) = owed(self.due[2:], set(), self.limit, tokyo(2026, 11, 29, 7))
        assert found == Owed(self.due[2], None)

    def test_nothing_is_owed_where_nothing_is_due(self) -> None:
        assert owed([], set(), self.limit, tokyo(2026, 11, 24, 7)) == []


class TestUpcoming:
    weekly = edition("mon 07:00")
    now = tokyo(2026, 11, 18, 12, 0)

    def test_names_the_next_periods_that_are_not_decided(self) -> None:
        found = upcoming(self.weekly, {"2026-W49"}, self.now, 2)
        assert [period.key for period in found] == ["2026-W48", "2026-W50"]

    def test_begins_with_the_one_in_progress(self) -> None:
        (found,) = upcoming(self.weekly, set(), self.now, 1)
        assert found.start <= self.now < found.end


class TestHeld:
    def test_until_the_limit_or_until_the_next_is_due(self) -> None:
        weekly, daily = edition("mon 07:00"), edition("07:00")
        week, day = period_of(weekly, "2026-W47"), period_of(daily, "2026-11-16")
        limit = timedelta(days=6)
        assert held_until(weekly, week, limit) == tokyo(2026, 11, 22, 7, 0)
        assert held_until(daily, day, limit) == tokyo(2026, 11, 17, 7, 0)


class TestDrafted:
    def test_so_long_before_it_is_due_but_not_before_it_begins(self) -> None:
        day = period_of(edition("07:00"), "2026-11-16")
        assert drafted_from(day, timedelta(hours=2)) == tokyo(2026, 11, 16, 5, 0)
        assert drafted_from(day, timedelta(days=3)) == tokyo(2026, 11, 15, 7, 0)

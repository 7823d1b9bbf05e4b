"""When an edition is due, and which period a moment belongs to.

A pure function of the schedule and the edition's zone: the scheduler only wakes us, and whether a
period was done is a row in the store. A due date is a local date; its moment is the local time of
that date with fold 0, so that a repeated hour is due the first time, and a time that the clock
jumped over moves on by the length of the jump (PEP 495).
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from digest.model import Period
from digest.settings import LAST_DAY, Edition, Schedule

LAST = "last"  # day of a month
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALLOWED = (
    'give "mon 07:00" (weekly), "mon,thu 07:00" (several days a week), "07:00" (daily)'
    ' or "1st 07:00" (monthly, 1st to 28th, or "last 07:00"), each day once'
)

# The longest way from one due date to the next is a month; two days more for zones and leaps.
_REACH = timedelta(days=33)

_SCHEDULE = re.compile(
    r"(?:([a-z]{3}(?:,[a-z]{3})*|\d{1,2}[a-z]{2}|last)\s+)?(\d\d):(\d\d)", re.ASCII
)
_WEEK_KEY = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_DAY_KEY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_MONTH_KEY = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Owed:
    """A period that nothing has been decided about, though it is due."""

    period: Period
    too_late: str | None  # why it is skipped; None: it is published now


@dataclass(frozen=True, slots=True)
class _Due:
    day: date  # local
    moment: datetime  # UTC


def parse_schedule(text: str) -> Schedule:
    """Read a schedule as the operator writes it.

    Raises ValueError with what is allowed.
    """
    try:
        days, hour, minute = _parts(_SCHEDULE, re.sub(r"\s*,\s*", ",", text.strip().lower()))
        at = time(int(hour), int(minute))
        if not days:
            return Schedule(at=at)
        if days == LAST:
            return Schedule(at=at, day_of_month=LAST_DAY)
        if days[0].isdigit():
            return Schedule(at=at, day_of_month=_day_of_month(days))
        return Schedule(at=at, weekdays=_weekdays(days.split(",")))
    except ValueError:
        raise ValueError(ALLOWED) from None


def period_at(edition: Edition, moment: datetime) -> Period:
    """The period in progress: the one with start <= moment < end."""
    day = moment.astimezone(edition.zone).date()
    dues = _dues(edition, day - _REACH, day + _REACH)
    following = bisect_right(dues, moment, key=lambda due: due.moment)
    return _period(edition, dues, following)


def period_of(edition: Edition, key: str) -> Period:
    """The period of that key.

    Raises ValueError if the edition has no such period.
    """
    problem = f"{key!r} is no period of {edition.name}: periods look like "
    try:
        day = _day_of(edition.schedule, key)
        dues = _dues(edition, day - _REACH, day + _REACH)
    except (ValueError, OverflowError):
        raise ValueError(problem + _example(edition.schedule)) from None
    for index, due in enumerate(dues):
        if due.day == day:
            return _period(edition, dues, index)
    raise ValueError(problem + _example(edition.schedule))


def periods_due(edition: Edition, since: datetime, now: datetime) -> list[Period]:
    """Every period with since < end <= now, the oldest first."""
    first = since.astimezone(edition.zone).date() - 2 * _REACH
    last = now.astimezone(edition.zone).date() + _REACH
    dues = _dues(edition, first, last)
    return [
        _period(edition, dues, index) for index, due in enumerate(dues) if since < due.moment <= now
    ]


def owed(
    due: Sequence[Period], decided: Collection[str], catch_up: timedelta, now: datetime
) -> list[Owed]:
    """What to do about the periods that are due, the oldest first, and have not been decided.

    Only the newest can still be published, and only within `catch_up` of its due time.
    """
    return [
        Owed(period, _too_late(period, due[-1], catch_up, now))
        for period in due
        if period.key not in decided
    ]


def upcoming(edition: Edition, decided: Collection[str], now: datetime, count: int) -> list[Period]:
    """The next so many periods that are not due yet and have not been decided."""
    found: list[Period] = []
    period = period_at(edition, now)
    while len(found) < count:
        if period.key not in decided:
            found.append(period)
        period = period_at(edition, period.end)
    return found


def held_until(edition: Edition, period: Period, catch_up: timedelta) -> datetime:
    """When a period that is held is skipped: nothing of the edition is sent out of its order."""
    return min(period.end + catch_up, period_at(edition, period.end).end)


def drafted_from(period: Period, review: timedelta) -> datetime:
    """From when on the operator is shown what would be sent."""
    return max(period.start, period.end - review)


def schedule_text(schedule: Schedule) -> str:
    """A schedule as the operator writes it: the inverse of `parse_schedule`."""
    days = ",".join(WEEKDAYS[day] for day in sorted(schedule.weekdays))
    if schedule.day_of_month is not None:
        day = schedule.day_of_month
        days = LAST if day == LAST_DAY else f"{day}{_ending(day)}"
    return f"{days} {schedule.at:%H:%M}".strip()


def _too_late(period: Period, newest: Period, catch_up: timedelta, now: datetime) -> str | None:
    if period is not newest:
        return f"{newest.key} was due too by the time it was found, and only it is caught up"
    if now - period.end > catch_up:
        return f"it was found {_long(now - period.end)} late, the limit is {_long(catch_up)}"
    return None


def _long(time: timedelta) -> str:
    hours = round(time / timedelta(hours=1))
    return f"{hours // 24} days {hours % 24} h" if hours >= 48 else f"{hours} h"


def _weekdays(names: Sequence[str]) -> frozenset[int]:
    days = frozenset(map(WEEKDAYS.index, names))
    if len(days) < len(names):
        raise ValueError(names)
    return days


def _day_of_month(text: str) -> int:
    day = int(text[:-2])
    if not 1 <= day <= 28 or text[-2:] != _ending(day):
        raise ValueError(text)
    return day


def _ending(day: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}
    return endings.get(day, "th")


def _dues(edition: Edition, first: date, last: date) -> list[_Due]:
    """The due dates from `first` to `last`, in order.

    A day that its zone left out (Samoa had no 30 December 2011) would be due in the same moment
    as the next one; it is none of them.
    """
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    dues = [_due(edition, day) for day in days if _is_due(edition.schedule, day)]
    return [
        due
        for due, following in zip(dues, [*dues[1:], None], strict=True)
        if following is None or due.moment < following.moment
    ]


def _due(edition: Edition, day: date) -> _Due:
    local = datetime.combine(day, edition.schedule.at, tzinfo=edition.zone)
    return _Due(day, local.astimezone(UTC))


def _is_due(schedule: Schedule, day: date) -> bool:
    if schedule.day_of_month is not None:
        return day.day == min(schedule.day_of_month, monthrange(day.year, day.month)[1])
    return not schedule.weekdays or day.weekday() in schedule.weekdays


def _period(edition: Edition, dues: Sequence[_Due], index: int) -> Period:
    due = dues[index]
    key = _key(edition.schedule, due.day)
    return Period(key=key, start=dues[index - 1].moment, end=due.moment)


def _key(schedule: Schedule, day: date) -> str:
    if schedule.day_of_month is not None:
        return f"{day:%Y-%m}"
    if len(schedule.weekdays) == 1:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat()


def _day_of(schedule: Schedule, key: str) -> date:
    """The due date of a key. Raises ValueError for one that is no date."""
    if schedule.day_of_month is not None:
        year, month = map(int, _parts(_MONTH_KEY, key))
        return date(year, month, min(schedule.day_of_month, monthrange(year, month)[1]))
    if len(schedule.weekdays) == 1:
        year, week = map(int, _parts(_WEEK_KEY, key))
        (weekday,) = schedule.weekdays
        return date.fromisocalendar(year, week, weekday + 1)
    year, month, day = map(int, _parts(_DAY_KEY, key))
    return date(year, month, day)


def _parts(form: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found.groups(default="")


def _example(schedule: Schedule) -> str:
    return _key(schedule, date(2026, 11, 16))

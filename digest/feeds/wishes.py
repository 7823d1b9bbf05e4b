"""What a document says about when to ask for it again.

RSS 2.0 has ttl, skipHours and skipDays (GMT), the syndication module of RSS 1.0 has updatePeriod
and updateFrequency; they are found in feeds of every format. What cannot be understood is no wish.
"""

from collections.abc import Iterable
from datetime import timedelta

MAX_TTL_MINUTES = 7 * 24 * 60

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def shortest_wait(ttl: str, period: str, frequency: str) -> timedelta | None:
    """The longer of <ttl>, in minutes, and sy:updatePeriod divided by sy:updateFrequency."""
    waits = []
    minutes = _number(ttl)
    if minutes is not None:
        waits.append(timedelta(minutes=min(minutes, MAX_TTL_MINUTES)))
    if period.strip().lower() in _PERIODS:
        waits.append(_PERIODS[period.strip().lower()] / max(_number(frequency) or 1, 1))
    return max(waits, default=None)


def hours_to_skip(texts: Iterable[str]) -> frozenset[int]:
    """The hours of <skipHours>; 24 is midnight (RSS 0.91). All of them would mean never: none."""
    found = {_number(text) for text in texts}
    hours = frozenset(hour % 24 for hour in found if hour is not None and hour <= 24)
    return hours if len(hours) < 24 else frozenset()


def days_to_skip(texts: Iterable[str]) -> frozenset[int]:
    """The days of <skipDays>, 0 being Monday. All of them would mean never: none."""
    names = {text.strip().lower()[:3] for text in texts}
    days = frozenset(number for number, name in enumerate(_DAYS) if name in names)
    return days if len(days) < 7 else frozenset()


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text[:6]) if text.isascii() and text.isdigit() else None

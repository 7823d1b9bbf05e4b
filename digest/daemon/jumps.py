"""What is a jump of the clock, and when it is trusted again.

A machine without a battery starts in the past, a hand sets the wrong year, a copy of a virtual
machine wakes up. An issue opened by such a clock is out for ever, so what is decided by dates waits
until the clock has gone steadily for a moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

BACK = timedelta(minutes=5)  # what time servers correct is less
AHEAD = timedelta(days=8)  # a week may be slept through; `catch_up` says what is still sent then
STEADY = timedelta(seconds=10)  # by monotonic time, without another jump


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock went from one time to another while `seen_at` seconds were on the monotonic one."""

    before: datetime
    after: datetime
    seen_at: float


@dataclass(frozen=True, slots=True)
class Sight:
    """The clock as it was seen last."""

    now: datetime
    at: float  # monotonic seconds
    jump: Jump | None = None  # None: it is trusted


def first_sight(last: datetime | None, now: datetime, at: float) -> Sight:
    """The clock at a start. `last` is when the last run saw it; it may be any time ago."""
    if last is not None and now < last - BACK:
        return Sight(now, at, Jump(last, now, at))
    return Sight(now, at)


def look(earlier: Sight, now: datetime, at: float) -> Sight:
    """The clock as it is seen now, at so many seconds of monotonic time."""
    gone = timedelta(seconds=at - earlier.at)
    if now < earlier.now - BACK or now > earlier.now + gone + AHEAD:
        return Sight(now, at, Jump(earlier.now, now, at))
    jump = earlier.jump
    if jump is not None and at - jump.seen_at >= STEADY.total_seconds():
        jump = None
    return Sight(now, at, jump)

"""When a channel that failed is tried again, and when the operator hears of it."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)  # of all waits, also of one that a channel asks for
TELL_AFTER = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=1)  # an alert of yesterday helps nobody


def retry_at(failures: int, now: datetime, asked: timedelta | None = None) -> datetime:
    """When to try again after so many failures in a row, which is always within `LONGEST`.

    Up to that it is not before the channel asked to.
    """
    wait: timedelta = FIRST * 2 ** min(failures - 1, 12)
    return now + min(wait if asked is None else max(wait, asked), LONGEST)


def is_too_old(raised: datetime, now: datetime) -> bool:
    """Whether an alert has waited so long for its channel that it is given up."""
    return now - raised >= GIVE_UP_AFTER

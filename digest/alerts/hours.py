"""When somebody may be told: at once, or when the quiet hours are over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.settings import QuietHours


def release(now: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The first moment from `now` on that is not in quiet hours.

    An end that a change of clocks leaves out is taken as the clock had shown it without; one that
    comes twice is the first.
    """
    if quiet is None:
        return now
    local = now.astimezone(zone)
    if not _within(local, quiet):
        return now
    day = local.date()
    if local.time() >= quiet.end:
        day += timedelta(days=1)
    # In the hour that comes twice, the first of them may be over.
    return max(now, datetime.combine(day, quiet.end, tzinfo=zone).astimezone(UTC))


def _within(local: datetime, quiet: QuietHours) -> bool:
    clock = local.time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end

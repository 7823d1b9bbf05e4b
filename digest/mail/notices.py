"""What the operator is mailed about their installation, and when. Pure.

Troubles come in swarms: a router that is off breaks every feed. So what is not urgent waits a
little, and everything that waits goes into one letter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from digest.issues.widths import folded
from digest.model import Letter, Notice, NoticeKind, StoredNotice

GATHER = timedelta(minutes=30)
_URGENT = frozenset({NoticeKind.ISSUE_PAUSED, NoticeKind.MAIL_BLOCKED})  # readers are waiting


def is_due(waiting: Sequence[StoredNotice], now: datetime) -> bool:
    """Whether a letter should tell these notices now."""
    return any(
        stored.notice.kind in _URGENT or now - stored.at >= GATHER or now < stored.at
        for stored in waiting  # the last: the clock was wrong once, which is no reason to wait
    )


def letter_of(waiting: Sequence[StoredNotice], title: str, zone: ZoneInfo) -> Letter:
    """The letter that tells these notices, which must not be none."""
    first = waiting[0].notice
    subject = f"{title}: {first.kind}: {first.about}"
    if len(waiting) > 1:
        subject = f"{title}: {len(waiting)} notices, the first: {first.kind}: {first.about}"
    told = "\n\n".join(_tell(stored.notice, stored.at.astimezone(zone)) for stored in waiting)
    text = f"{told}\n\n--\n`digest status` shows how things stand now.\n"
    return Letter(subject=subject, text=folded(text))


def _tell(notice: Notice, at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}  {notice.kind}: {notice.about}\n{notice.words}"

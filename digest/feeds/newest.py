"""Which items of an over-long document are read: the newest."""

from collections.abc import Sequence
from datetime import UTC, datetime

from digest.feeds.dates import parse_date
from digest.feeds.parsed import ParsedItem
from digest.feeds.tree import MAX_ITEMS

_NEVER = datetime.min.replace(tzinfo=UTC)


def newest(items: Sequence[ParsedItem]) -> tuple[ParsedItem, ...]:
    """At most MAX_ITEMS items, in their order: the latest by date, else the first.

    Most feeds begin with the newest item; some archives end with it.
    """
    if len(items) <= MAX_ITEMS:
        return tuple(items)
    dates = [_date(item) for item in items]
    by_date = sorted(range(len(items)), key=dates.__getitem__, reverse=True)  # stable: else first
    kept = set(by_date[:MAX_ITEMS])
    return tuple(item for number, item in enumerate(items) if number in kept)


def _date(item: ParsedItem) -> datetime:
    return parse_date(item.published, UTC) or parse_date(item.updated, UTC) or _NEVER

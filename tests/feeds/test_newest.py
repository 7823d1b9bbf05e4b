"""Documents of more items than we read: which of them are read."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from digest.feeds.lenient import parse_leniently
from digest.feeds.newest import newest
from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from digest.feeds.tree import MAX_ITEMS
from tests.feeds.builders import NOW, item


def xml(numbers: range) -> str:
    """A document whose items are the newer, the higher their number."""
    items = "".join(
        f"<item><title>{number}</title><pubDate>{_date(number)}</pubDate></item>"
        for number in numbers
    )
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"


def json_feed(numbers: range) -> str:
    items = [
        {"id": str(number), "title": str(number), "date_published": _date(number)}
        for number in numbers
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


def _date(number: int) -> str:
    return format_datetime(NOW + timedelta(hours=number))


def titles(found: object) -> list[int]:
    assert isinstance(found, ParsedFeed)
    assert found.cut
    return [int(item.title_html) for item in found.items]


@pytest.mark.parametrize("count", [MAX_ITEMS + 1, 2 * MAX_ITEMS, 5 * MAX_ITEMS])
def test_the_newest_items_are_read_wherever_they_stand(count: int) -> None:
    rising, falling = range(count), range(count - 1, -1, -1)
    for numbers in (rising, falling):
        kept = [number for number in numbers if number >= count - MAX_ITEMS]
        assert titles(parse(xml(numbers))) == kept
        assert titles(parse(json_feed(numbers))) == kept


def test_broken_documents_are_read_so_too() -> None:
    assert titles(parse_leniently(xml(range(MAX_ITEMS + 9))))[-1] == MAX_ITEMS + 8


def test_of_items_without_dates_the_first_are_read() -> None:
    items = [item(guid=str(number), published="") for number in range(MAX_ITEMS + 3)]
    assert newest(items) == tuple(items[:MAX_ITEMS])
    items[-1] = item(guid="dated", published="soon", updated="2026-11-16T06:00:00Z")
    assert newest(items) == (*items[: MAX_ITEMS - 1], items[-1])

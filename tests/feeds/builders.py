"""Feeds and documents with defaults, for the tests of this stage."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from digest.feeds.parsed import ParsedFeed, ParsedItem
from digest.model import FeedId
from digest.settings import Feed
from tests.builders import entry

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)

# A document whose entries often share a name with those of others.
ANY_DOCUMENT = st.lists(
    st.builds(
        entry,
        guid=st.sampled_from("abcdef"),
        url=st.sampled_from(["", "https://t.example/1", "https://t.example/2"]),
        title=st.sampled_from(["Nissan closes plants", "Honda recalls minivans", "Short"]),
        dated=st.booleans(),
        published=st.sampled_from([NOW, NOW - DAY / 2, NOW - 3 * DAY, NOW - 30 * DAY]),
    ),
    unique_by=lambda told: told.guid,
)


def feed(**given: Any) -> Feed:
    defaults: dict[str, Any] = {
        "id": FeedId("trade"),
        "url": "https://trade.example/feed",
        "title": "Trade Paper",
    }
    return Feed(**(defaults | given))


def item(**given: Any) -> ParsedItem:
    defaults: dict[str, Any] = {
        "title_html": "Nissan to close two plants",
        "summary_html": "",
        "link": "https://trade.example/1",
        "guid": "guid-1",
        "published": "Mon, 16 Nov 2026 06:00:00 GMT",
        "publisher": "",
    }
    return ParsedItem(**(defaults | given))


def parsed(*items: ParsedItem, **given: Any) -> ParsedFeed:
    defaults: dict[str, Any] = {
        "format": "RSS 2.0",
        "title_html": "Trade Paper",
        "link": "https://trade.example/",
        "lang": "en",
        "items": items,
    }
    return ParsedFeed(**(defaults | given))


def rss(*titles: str, published: datetime | None = NOW, extra: str = "") -> bytes:
    """An RSS 2.0 document with one item a title."""
    date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>https://trade.example/{number}</link>"
        f"<guid>guid-{escape(title)}</guid>{date}</item>"
        for number, title in enumerate(titles)
    )
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>Trade</title>{extra}{items}"
        "</channel></rss>"
    ).encode()

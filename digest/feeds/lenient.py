"""Broken XML to a parsed feed, by feedparser.

Runs only in the worker process: hostile input can hold feedparser for minutes.
"""

import html
from datetime import timedelta
from io import BytesIO
from typing import Any

import feedparser

from digest.feeds.parsed import NotAFeed, ParsedFeed, ParsedItem
from digest.feeds.tree import MAX_CHARACTERS, MAX_ITEMS

_NAMES = {
    "rss": "RSS",
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss093": "RSS 0.93",
    "rss094": "RSS 0.94",
    "rss10": "RSS 1.0",
    "rss20": "RSS 2.0",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
    "atom": "Atom",
    "cdf": "CDF",
}


def parse_leniently(text: str) -> ParsedFeed | NotAFeed:
    """Read what is not well-formed as well as feedparser can."""
    # A stream, with the encoding said: given a str, feedparser would open it if it looks like a
    # path or a URL, and it would guess the encoding of bytes by the document's own claim.
    found = feedparser.parse(
        BytesIO(text[:MAX_CHARACTERS].encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,  # all of it becomes plain text
    )
    if not found.entries and not found.version:
        return NotAFeed("neither XML nor JSON from which a feed could be read")
    feed = found.feed
    return ParsedFeed(
        format=_NAMES.get(found.version, "XML"),
        title_html=_markup(feed, "title"),
        link=_string(feed, "link"),
        lang=_string(feed, "language"),
        items=tuple(map(_item, found.entries[:MAX_ITEMS])),
        ttl=_ttl(_string(feed, "ttl")),
        lenient=True,
        cut=len(text) > MAX_CHARACTERS or len(found.entries) > MAX_ITEMS,
    )


def _item(entry: Any) -> ParsedItem:  # noqa: ANN401  # feedparser's own type ends here
    summary = _markup(entry, "summary")
    if not summary and entry.get("content"):
        summary = _markup({"content_detail": entry.content[0], **entry.content[0]}, "content")
    source = entry.get("source")
    return ParsedItem(
        title_html=_markup(entry, "title"),
        summary_html=summary,
        link=_string(entry, "feedburner_origlink") or _string(entry, "link"),
        guid=_string(entry, "id"),
        published=_string(entry, "published") or _string(entry, "updated"),
        publisher=_markup(source, "title") if source else _string(entry, "publisher"),
    )


def _markup(fields: Any, name: str) -> str:  # noqa: ANN401
    detail = fields.get(f"{name}_detail") or {}
    value = str(detail.get("value") or fields.get(name) or "").strip()
    return html.escape(value, quote=False) if detail.get("type") == "text/plain" else value


def _string(fields: Any, name: str) -> str:  # noqa: ANN401
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _ttl(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(minutes=min(int(text[:6]), 7 * 24 * 60))

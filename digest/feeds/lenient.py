"""Broken XML to a parsed feed, by feedparser.

Runs only in the worker process: hostile input can hold feedparser for minutes.
"""

import html
import re
from io import BytesIO
from typing import Any

import feedparser

from digest.feeds.newest import newest
from digest.feeds.parsed import NotAFeed, ParsedFeed, ParsedItem, is_text
from digest.feeds.tree import MAX_CHARACTERS, MAX_ITEMS
from digest.feeds.wishes import days_to_skip, hours_to_skip, shortest_wait

MAX_SKIPS = 24  # hours of a day
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
    typed = str(found.version).startswith("atom")
    return ParsedFeed(
        format=_NAMES.get(found.version, "XML"),
        title_html=_markup(feed, "title", typed=typed),
        link=_string(feed, "link"),
        lang=_string(feed, "language") or _string(feed.get("title_detail") or {}, "language"),
        items=newest([_item(entry, typed=typed) for entry in found.entries]),
        ttl=shortest_wait(
            _string(feed, "ttl"),
            _string(feed, "sy_updateperiod"),
            _string(feed, "sy_updatefrequency"),
        ),
        skip_hours=hours_to_skip(_each(text, "skipHours", "hour")),
        skip_days=days_to_skip(_each(text, "skipDays", "day")),
        lenient=True,
        cut=len(text) > MAX_CHARACTERS or len(found.entries) > MAX_ITEMS,
    )


def _item(entry: Any, *, typed: bool) -> ParsedItem:  # noqa: ANN401  # feedparser's own type ends here
    content = entry.content[0] if entry.get("content") else {}
    source = entry.get("source")
    updated = str(dict.get(entry, "updated") or "").strip()  # its own get() warns, and guesses
    return ParsedItem(
        title_html=_markup(entry, "title", typed=typed),
        summary_html=_markup(entry, "summary", typed=typed),
        content_html=_markup({"content_detail": content}, "content", typed=typed),
        link=_string(entry, "feedburner_origlink")
        or _string(entry, "link")
        or _string(content, "src"),
        guid=_string(entry, "id"),
        published=_string(entry, "published") or updated,
        updated=updated,
        publisher=_markup(source, "title", typed=typed) if source else _string(entry, "publisher"),
    )


def _markup(fields: Any, name: str, *, typed: bool) -> str:  # noqa: ANN401  # as above
    """A field as HTML. Only Atom says what is plain text; RSS leaves feedparser guessing."""
    detail = fields.get(f"{name}_detail") or {}
    if not is_text(str(detail.get("type") or "")):
        return ""
    value = str(detail.get("value") or fields.get(name) or "").strip()
    plain = typed and detail.get("type") == "text/plain"
    return html.escape(value, quote=False) if plain else value


def _string(fields: Any, name: str) -> str:  # noqa: ANN401  # as above
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _each(text: str, name: str, part: str) -> list[str]:
    """The texts of all `part`s of an element; feedparser keeps only the last."""
    start = text.find(f"<{name}>")
    end = text.find(f"</{name}>", start)
    inner = text[start:end] if 0 <= start < end else ""
    return re.findall(rf"<{part}>([^<]{{0,20}})<", inner)[:MAX_SKIPS]

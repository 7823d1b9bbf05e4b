"""JSON Feed 1.x (https://www.jsonfeed.org) to a parsed feed."""

import html
import json
import re
from collections.abc import Iterable, Mapping

from digest.feeds.newest import newest
from digest.feeds.parsed import NotAFeed, ParsedFeed, ParsedItem
from digest.feeds.tree import MAX_CHARACTERS, MAX_ITEMS

_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs: JSON can spell them, no text has them


def parse_json(text: str) -> ParsedFeed | NotAFeed:
    """Read a JSON document as a feed."""
    if len(text) > 2 * MAX_CHARACTERS:
        return NotAFeed("the JSON document is too large to be a feed")
    try:
        document = json.loads(text, strict=False)  # bare line breaks in strings do no harm
    except RecursionError:
        return NotAFeed("its JSON is nested too deeply")
    except ValueError as error:
        return NotAFeed(f"it is not well-formed JSON: {error}")
    items = document.get("items") if isinstance(document, dict) else None
    version = str(document.get("version", "")) if isinstance(document, dict) else ""
    if not isinstance(items, list) or "jsonfeed.org/version/" not in version:
        return NotAFeed("this is JSON, but not a JSON Feed (https://www.jsonfeed.org)")
    return ParsedFeed(
        format=f"JSON Feed {version.rpartition('/')[2][:8]}",
        title_html=_plain(document, "title"),
        link=_string(document, "home_page_url"),
        lang=_string(document, "language"),
        items=newest(
            [*_json_items(items[:MAX_ITEMS]), *_json_items(items[MAX_ITEMS:][-MAX_ITEMS:])]
        ),
        cut=len(items) > MAX_ITEMS,
    )


def _json_items(items: Iterable[object]) -> Iterable[ParsedItem]:
    for item in items:
        if isinstance(item, dict):
            yield ParsedItem(
                title_html=_string(item, "title"),
                summary_html=_string(item, "summary")
                or ("" if _string(item, "content_html") else _string(item, "content_text")),
                content_html=_string(item, "content_html") or _lines(item, "content_text"),
                link=_string(item, "url") or _string(item, "external_url"),
                guid=_string(item, "id"),
                published=_string(item, "date_published") or _string(item, "date_modified"),
                updated=_string(item, "date_modified"),
                publisher="",
                plain=True,
            )


def _string(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()  # ids may be numbers
    return text if text.isprintable() else _HALVES.sub("\ufffd", text)


def _plain(fields: Mapping[str, object], name: str) -> str:
    return html.escape(_string(fields, name), quote=False)


def _lines(fields: Mapping[str, object], name: str) -> str:
    """Plain text as HTML that keeps its line breaks."""
    return _plain(fields, name).replace("\n", "<br>")

"""Parsed items to entries: plain text, canonical links, dates, identity. Pure, and never raises.

The words stay the outlet's own: titles are not normalised beyond white space and invisible
characters. What only matters for comparing titles is in `boilerplate.matching_title`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.feeds.boilerplate import TITLE_LENGTH, cut, split_publisher, summary
from digest.feeds.dates import JST, parse_date
from digest.feeds.links import canonical_url
from digest.feeds.parsed import ParsedFeed, ParsedItem
from digest.feeds.plaintext import to_lines, to_text, visible
from digest.model import Entry, FeedKind
from digest.settings import Feed

GUID_LENGTH = 500  # characters; a longer one is replaced by its hash
TITLE_FROM_SUMMARY = 80  # characters of the summary stand in for a missing title
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before the web: a date that was never set

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Source:
    """What the entries of one document have in common."""

    feed: Feed
    lang: str  # as the document declares it
    bases: tuple[str, ...]  # for relative links
    now: datetime


def entries(parsed: ParsedFeed, feed: Feed, now: datetime, base_url: str = "") -> list[Entry]:
    """The entries of a parsed feed, in its order; items without any words are left out.

    `base_url` is where the document came from, if not from `feed.url`.
    """
    document_url = base_url or feed.url
    bases = (canonical_url(parsed.link, document_url), document_url)
    source = _Source(feed, parsed.lang, bases, now)
    trusted = _trusted_guids(parsed.items)
    found: dict[str, Entry] = {}
    for item in parsed.items:
        entry = _entry(item, source, item.guid if item.guid in trusted else "")
        if entry is not None:
            found.setdefault(entry.guid, entry)
    return list(found.values())


def _trusted_guids(items: Sequence[ParsedItem]) -> set[str]:
    """The GUIDs that one item has alone; some feeds give the same to all."""
    links: dict[str, set[str]] = {}
    for item in items:
        links.setdefault(item.guid, set()).add(item.link)
    return {guid for guid, theirs in links.items() if guid and len(theirs) == 1}


def _entry(item: ParsedItem, source: _Source, guid: str) -> Entry | None:
    feed = source.feed
    title, outlet = to_text(item.title_html), feed.title
    lines = to_lines(item.summary_html)
    if feed.kind is FeedKind.SEARCH:
        title, publisher = split_publisher(title, to_text(item.publisher))
        outlet = publisher or outlet
        lines = "" if _only_names(lines, title, outlet) else lines
    words = summary(lines, title)
    title = cut(title, TITLE_LENGTH) or cut(words, TITLE_FROM_SUMMARY)
    if not title:
        return None
    if words == title:
        words = ""
    url = canonical_url(item.link, *source.bases) or canonical_url(item.guid)
    published = parse_date(item.published, JST if feed.lang == "ja" else UTC)
    if published is not None and published < EARLIEST:
        published = None
    return Entry(
        feed=feed.id,
        guid=_guid(visible(guid), url, title),
        url=url,
        title=title,
        summary=words,
        published=min(published or source.now, source.now),
        dated=published is not None,
        lang=_language(f"{title} {words}", feed.lang, source.lang),
        outlet=outlet,
    )


def _only_names(lines: str, title: str, outlet: str) -> bool:
    """Whether a search feed's summary is its title and publisher again, and other headlines."""
    rest = lines.partition("\n")[0].removeprefix(title).strip(" -–—|").casefold()
    return rest in {"", outlet.casefold()}


def _guid(guid: str, url: str, title: str) -> str:
    identity = guid or url
    if not identity or len(identity) > GUID_LENGTH:
        return hashlib.sha256((identity or title).encode()).hexdigest()
    return identity


def _language(text: str, configured: str, declared: str) -> str:
    """Kana are Japanese whatever the feed says; kanji alone are what either says, if it can be."""
    if text.isascii():
        return configured
    if _KANA.search(text):
        return "ja"
    primary = declared.strip().lower()[:2]
    if _HAN.search(text) and configured not in {"ja", "zh"} and primary in {"ja", "zh"}:
        return primary
    return configured

"""Parsed items to entries: plain text, canonical links, dates, identity. Pure, and never raises.

The words stay the outlet's own: titles are not normalised beyond white space and invisible
characters. What only matters for comparing titles is in `names.matching_title`.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from digest.feeds.boilerplate import (
    SUMMARY_SOURCE,
    TITLE_LENGTH,
    cut,
    have_suffixes,
    split_publisher,
    summary,
    without_source,
)
from digest.feeds.dates import JST, parse_date
from digest.feeds.links import canonical_url
from digest.feeds.parsed import ParsedFeed, ParsedItem
from digest.feeds.plaintext import plain_lines, to_marked_lines, to_text, visible, without_marks
from digest.model import Entry, FeedKind
from digest.settings import Feed

GUID_LENGTH = 500  # characters; a longer one is replaced by its hash
TITLE_FROM_SUMMARY = 80  # characters of the summary stand in for a missing title
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before the web: a date that was never set
MARK_BYTES = 8

_CARRIERS = tuple(  # of feeds that others made: FeedBurner and its kind
    f"{scheme}://{host}/"
    for scheme in ("http", "https")
    for host in (
        *("feeds.feedburner.com", "feeds2.feedburner.com", "feedproxy.google.com"),
        *("feeds.feedblitz.com", "feedpress.me", "feed.feedpress.me", "rss.app", "fetchrss.com"),
    )
)

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Source:
    """What the entries of one document have in common."""

    feed: Feed
    lang: str  # as the document declares it
    bases: tuple[str, ...]  # for relative links
    names: tuple[str, ...]  # of the outlet
    suffixed: bool  # a search feed whose titles end in their publishers
    zone: tzinfo  # of a date that names none
    now: datetime


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An item that gave an entry before, and would give the same again."""

    mark: bytes
    published: datetime | None  # None: undated


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What the items of a document have become."""

    entries: tuple[Entry, ...]
    marks: tuple[bytes, ...]  # of the items that they were made of, one an entry
    unchanged: tuple[Unchanged, ...]


def entries(parsed: ParsedFeed, feed: Feed, now: datetime, base_url: str = "") -> list[Entry]:
    """The entries of a parsed feed, in its order; items without any words are left out.

    `base_url` is where the document came from, if not from `feed.url`.
    """
    return list(clean(parsed, feed, now, base_url).entries)


def clean(
    parsed: ParsedFeed,
    feed: Feed,
    now: datetime,
    base_url: str = "",
    seen: Collection[bytes] = (),
) -> Cleaned:
    """The same, but of the items whose marks were `seen` no entry is made again.

    A mark stands for all that an entry is made of, other items that bear its GUID or link included,
    but not for how it is made: what this module learns to do better befalls new and edited items.
    """
    bases = _bases(base_url or feed.url, parsed.link)
    source = _source(parsed, feed, bases, now)
    trusted = _trusted_guids(parsed.items)
    urls = _urls(parsed.items, bases)
    shared = _shared_urls(parsed.items, urls)
    of_document = _of_document(source)
    found: dict[str, tuple[Entry, bytes]] = {}
    unchanged: list[Unchanged] = []
    for item, url in zip(parsed.items, urls, strict=True):
        guid, alone = item.guid if item.guid in trusted else "", url not in shared
        mark = _mark(of_document, item, guid, url, alone=alone)
        if mark in seen:
            published = _published(item, source.zone)
            unchanged.append(Unchanged(mark, published and min(published, now)))
            continue
        entry = _entry(item, source, guid, url, alone=alone)
        if entry is not None:
            found.setdefault(entry.guid, (entry, mark))
    made = found.values()
    return Cleaned(tuple(e for e, _ in made), tuple(m for _, m in made), tuple(unchanged))


def _of_document(source: _Source) -> bytes:
    """What an entry owes to its feed and its document, as a key for the marks."""
    feed = source.feed
    common = (feed.title, feed.lang, feed.kind, source.lang, source.names, source.suffixed)
    words = repr((*common, source.zone)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(words, digest_size=16).digest()


def _mark(of_document: bytes, item: ParsedItem, guid: str, url: str, *, alone: bool) -> bytes:
    parts = (
        *(guid, url, item.title_html, item.summary_html, item.content_html, item.published),
        *(item.updated, item.publisher, "plain" if item.plain else "", "alone" if alone else ""),
    )
    words = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(words, digest_size=MARK_BYTES, key=of_document).digest()


def _source(parsed: ParsedFeed, feed: Feed, bases: tuple[str, ...], now: datetime) -> _Source:
    names = (feed.title, to_text(parsed.title_html))
    suffixed = feed.kind is FeedKind.SEARCH and have_suffixes(
        [_title(item) for item in parsed.items if not item.publisher]
    )
    zone = JST if "ja" in {feed.lang, parsed.lang[:2].lower()} else UTC
    return _Source(feed, parsed.lang, bases, names, suffixed, zone, now)


def _bases(document_url: str, site: str) -> tuple[str, ...]:
    """What a relative link belongs to: the document (RFC 4287, 2), then the site it names.

    On a host that only carries others' feeds no page of theirs can be: there the site comes first.
    """
    site = canonical_url(site, document_url)
    carried = document_url.lower().startswith(_CARRIERS)
    return (site, document_url) if carried else (document_url, site)


def _trusted_guids(items: Sequence[ParsedItem]) -> set[str]:
    """The GUIDs that one item has alone; some feeds give the same to all."""
    uses: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        uses.setdefault(item.guid, set()).add((item.link, item.title_html))
    return {guid for guid, theirs in uses.items() if guid and len(theirs) == 1}


def _urls(items: Sequence[ParsedItem], bases: tuple[str, ...]) -> list[str]:
    """The items' canonical links, with a fragment only where it alone tells two items apart.

    Ministries put a month's announcements on one page.
    """
    urls = [
        canonical_url(item.link, *bases, anchor=True) or canonical_url(item.guid) for item in items
    ]
    parts: dict[str, set[str]] = {}
    for url in urls:
        if "#" in url:
            page, _, part = url.partition("#")
            parts.setdefault(page, set()).add(part)
    if not parts:
        return urls
    alone = {page for page, theirs in parts.items() if len(theirs) == 1}
    return [canonical_url(url) if url.partition("#")[0] in alone else url for url in urls]


def _shared_urls(items: Sequence[ParsedItem], urls: Sequence[str]) -> set[str]:
    """The links that lead to several items, such as a list of all of them: they identify none."""
    titles: dict[str, set[str]] = {}
    for item, url in zip(items, urls, strict=True):
        titles.setdefault(url, set()).add(item.title_html)
    return {url for url, theirs in titles.items() if len(theirs) > 1}


def _entry(item: ParsedItem, source: _Source, guid: str, url: str, *, alone: bool) -> Entry | None:
    """`alone`: no other item of the document has this link."""
    feed = source.feed
    title, outlet = _title(item), feed.title
    if item.plain:
        lines = plain_lines(item.summary_html)
    else:
        lines = to_marked_lines(item.summary_html, SUMMARY_SOURCE)
    if feed.kind is not FeedKind.SEARCH:
        title = without_source(title, source.names)
    else:
        named = to_text(item.publisher)
        title, publisher = split_publisher(title, named, suffixed=source.suffixed)
        outlet = publisher or outlet
        lines = "" if _only_names(without_marks(lines), title, outlet) else lines
    words = summary(lines, title)
    if not words and item.content_html:
        words = summary(to_marked_lines(item.content_html, SUMMARY_SOURCE), title)
    title = cut(title, TITLE_LENGTH) or cut(words, TITLE_FROM_SUMMARY)
    if not title:
        return None
    if words == title:
        words = ""
    published = _published(item, source.zone)
    return Entry(
        feed=feed.id,
        guid=_guid(visible(guid) or (url if alone else ""), url, title),
        url=url,
        title=title,
        summary=words,
        published=min(published or source.now, source.now),
        dated=published is not None,
        lang=_language(f"{title} {words}", feed.lang, source.lang),
        outlet=outlet,
    )


def _title(item: ParsedItem) -> str:
    return visible(item.title_html) if item.plain else to_text(item.title_html)


def _only_names(lines: str, title: str, outlet: str) -> bool:
    """Whether a search feed's summary is its title and publisher again, and other headlines."""
    rest = lines.partition("\n")[0].removeprefix(title).strip(" -–—|").casefold()
    return rest in {"", outlet.casefold()}


def _published(item: ParsedItem, zone: tzinfo) -> datetime | None:
    """The first of the item's dates that can be read and may be true."""
    for text in (item.published, item.updated):
        moment = parse_date(text, zone) if text else None
        if moment is not None and moment >= EARLIEST:
            return moment
    return None


def _guid(identity: str, url: str, title: str) -> str:
    """A key of bounded length; where nothing identifies the item, its title on its page does."""
    if not identity:
        return hashlib.sha256(f"{url}\n{title}".encode() if url else title.encode()).hexdigest()
    if len(identity) > GUID_LENGTH:
        return hashlib.sha256(identity.encode()).hexdigest()
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

"""Text to a parsed feed: the fast path, for everything well-formed or nearly so.

RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x. Fields are found, not cleaned. XML that
cannot be mended here is left to the lenient parser (workers.py); what is no feed at all gets a
reason that a person understands.
"""

import html
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from digest.feeds.jsonfeed import parse_json
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed, ParsedItem
from digest.feeds.tree import Tree, read_tree, repair, tidy

_HTML_START = re.compile(
    r"\s*(?:<!--.{0,500}?-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_BOT_WALLS = {
    "cf-chl": "Cloudflare",
    "cdn-cgi/challenge-platform": "Cloudflare",
    "attention required! | cloudflare": "Cloudflare",
    "_incapsula_resource": "Imperva",
    "px-captcha": "PerimeterX",
    "captcha-delivery.com": "DataDome",
    "awswafintegration": "AWS WAF",
    "errors.edgesuite.net": "Akamai",
    "just a moment...": "a JavaScript challenge",
    "g-recaptcha": "a captcha",
    "h-captcha": "a captcha",
}
_FOREIGN_ROOTS = {
    "opml": "an OPML list of feeds; `digest feeds import` reads those",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "html": "a web page",
    "xhtml:html": "a web page",
}
_PERIODS = {  # sy:updatePeriod
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
MAX_TTL_MINUTES = 7 * 24 * 60

_RSS_SUMMARIES = (
    "description",
    "content:encoded",
    "dc:description",
    "atom:summary",
    "media:description",
)
_RSS_DATES = (
    "pubDate",
    "dc:date",
    "dcterms:issued",
    "dcterms:created",
    "dcterms:modified",
    "atom:published",
    "atom:updated",
    "?:pubDate",
    "date",
)
_ATOM_DATES = (  # with those of Atom 0.3
    "atom:published",
    "atom:issued",
    "atom:created",
    "atom:updated",
    "atom:modified",
    "dc:date",
)

Fields = dict[str, list[Element]]  # an element's children by name


def parse(text: str) -> ParsedFeed | Malformed | NotAFeed:
    """Read a document as a feed."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        return NotAFeed("the answer is empty")
    if text.startswith(("{", "[")):
        return parse_json(text)
    text = tidy(text)
    if _HTML_START.match(text):
        return NotAFeed(explain_page(text))
    found = read_tree(text)
    mended = False
    if isinstance(found, Malformed):
        reason = found
        found = read_tree(repair(text))
        mended = True
        if isinstance(found, Malformed):
            return reason if "<" in text else NotAFeed("the answer is neither XML nor JSON")
    if isinstance(found, NotAFeed):
        return found
    feed = _from_tree(found)
    return replace(feed, lenient=mended, cut=found.cut) if isinstance(feed, ParsedFeed) else feed


def explain_page(page: str) -> str:
    """Why a web page came instead of a feed, as far as its words tell."""
    start = page[:50_000].lower()
    wall = next((name for mark, name in _BOT_WALLS.items() if mark in start), None)
    if wall is not None:
        return f"a bot wall ({wall}) answered instead of the feed; the site does not let us in"
    return "this is a web page, not a feed"


def _from_tree(tree: Tree) -> ParsedFeed | NotAFeed:
    root = tree.root
    match root.tag:
        case "rss":
            version = root.get("version", "").strip()[:8]
            return _rss(tree, f"RSS {version}" if version else "RSS")
        case "rdf:RDF" | "RDF" | "?:RDF":
            return _rss(tree, "RSS 1.0")
        case "atom:feed" | "feed":
            return _atom(tree)
        case "atom:entry":
            return NotAFeed("this is a single Atom entry, not a feed")
        case tag:
            what = _FOREIGN_ROOTS.get(tag.lower(), f"XML of another kind (<{tag[:40]}>)")
            return NotAFeed(f"this is {what}, not a feed")


# --- RSS -------------------------------------------------------------------------------------


def _rss(tree: Tree, name: str) -> ParsedFeed:
    channel = next((child for child in tree.root if child.tag == "channel"), tree.root)
    fields = _fields(channel)
    base = _base(channel, _base(tree.root, ""))
    declared = _first(fields, "language", "dc:language")
    return ParsedFeed(
        format=name,
        title_html=_first(fields, "title", "dc:title"),
        link=_resolve(base, _first(fields, "link")),
        lang=declared or _lang(channel) or _lang(tree.root),
        items=tuple(_rss_item(item, base) for item in tree.items if item.tag == "item"),
        ttl=_ttl(fields),
    )


def _rss_item(item: Element, base: str) -> ParsedItem:
    base = _base(item, base)
    fields = _fields(item)
    about = item.get("rdf:about", "")
    link = _first(fields, "feedburner:origLink", "link") or _alternate(fields, "atom:link", "link")
    return ParsedItem(
        title_html=_first(fields, "title", "dc:title", "media:title"),
        summary_html=_first(fields, *_RSS_SUMMARIES),
        link=_resolve(base, link or about),
        guid=_first(fields, "guid") or about or _first(fields, "dc:identifier", "atom:id"),
        published=_first(fields, *_RSS_DATES),
        publisher=_first(fields, "source", "?:Source", "dc:publisher"),
    )


def _ttl(fields: Fields) -> timedelta | None:
    """RSS <ttl> in minutes, or the syndication module's period divided by its frequency."""
    minutes = _first(fields, "ttl")
    if minutes.isascii() and minutes.isdigit():
        return timedelta(minutes=min(int(minutes[:6]), MAX_TTL_MINUTES))
    period = _PERIODS.get(_first(fields, "sy:updatePeriod").lower())
    if period is None:
        return None
    frequency = _first(fields, "sy:updateFrequency")
    times = int(frequency[:6]) if frequency.isascii() and frequency.isdigit() else 1
    return period / max(times, 1)


# --- Atom ------------------------------------------------------------------------------------


def _atom(tree: Tree) -> ParsedFeed:
    fields = _fields(tree.root)
    base = _base(tree.root, "")
    old = tree.root.get("version", "").startswith("0.")
    return ParsedFeed(
        format="Atom 0.3" if old else "Atom 1.0",
        title_html=_construct(fields, "atom:title"),
        link=_resolve(base, _alternate(fields, "atom:link")),
        lang=_lang(tree.root),
        items=tuple(_atom_item(entry, base) for entry in tree.items if entry.tag == "atom:entry"),
        ttl=_ttl(fields),
    )


def _atom_item(entry: Element, base: str) -> ParsedItem:
    base = _base(entry, base)
    fields = _fields(entry)
    source = fields.get("atom:source")
    link = _first(fields, "feedburner:origLink") or _alternate(fields, "atom:link")
    return ParsedItem(
        title_html=_construct(fields, "atom:title") or _first(fields, "media:title"),
        summary_html=_construct(fields, "atom:summary") or _construct(fields, "atom:content"),
        link=_resolve(base, link),
        guid=_first(fields, "atom:id"),
        published=_first(fields, *_ATOM_DATES),
        publisher=_construct(_fields(source[0]), "atom:title") if source else "",
    )


def _construct(fields: Fields, name: str) -> str:
    """A text construct as HTML (RFC 4287, 3.1); plain text is escaped, so that all are alike."""
    elements = fields.get(name)
    if not elements:
        return ""
    element = elements[0]
    kind = element.get("type", "text").strip().lower()
    markup = "html" in kind or element.get("mode") == "escaped" or len(element) > 0
    return (_text(element) if markup else _inner(element)).strip()


def _alternate(fields: Fields, *names: str) -> str:
    """The link to the page itself: `rel` is "alternate" or missing, HTML before anything else."""
    links = [
        link
        for name in names
        for link in fields.get(name, ())
        if link.get("href") and link.get("rel", "alternate") == "alternate"
    ]
    pages = [link for link in links if "html" in link.get("type", "text/html")]
    return next((link.get("href", "").strip() for link in pages or links), "")


# --- elements --------------------------------------------------------------------------------


def _fields(parent: Element) -> Fields:
    fields: Fields = {}
    for child in parent:
        fields.setdefault(child.tag, []).append(child)
    return fields


def _first(fields: Fields, *names: str) -> str:
    """The text of the first of these elements that has any."""
    for name in names:
        for element in fields.get(name, ()):
            text = _text(element).strip()
            if text:
                return text
    return ""


def _text(element: Element) -> str:
    """An element's content as HTML. Markup that was not escaped is written out again."""
    if not len(element):
        return element.text or ""
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        name = child.tag.rpartition(":")[2]
        tail = html.escape(child.tail or "", quote=False)
        pieces.append(f"<{name}>{_inner(child)}</{name}>{tail}")
    return "".join(pieces)


def _inner(element: Element) -> str:
    return _text(element) if len(element) else html.escape(element.text or "", quote=False)


def _base(element: Element, base: str) -> str:
    return _resolve(base, element.get("xml:base", "").strip()) or base


def _resolve(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if base and link else link
    except ValueError:  # brackets that are no IPv6 address
        return link


def _lang(element: Element) -> str:
    return element.get("xml:lang", "").strip()

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
from digest.feeds.newest import newest
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed, ParsedItem, is_text
from digest.feeds.repair import repair
from digest.feeds.tree import Tree, read_tree
from digest.feeds.wishes import days_to_skip, hours_to_skip, shortest_wait

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

_RSS_SUMMARIES = ("description", "dc:description", "dcterms:abstract", "atom:summary")
_RSS_CONTENTS = ("content:encoded", "xhtml:body", "atom:content", "xhtml:div")
_RSS_UPDATES = ("dc:date", "dcterms:modified", "atom:updated", "updated", "?:updated")
_RSS_DATES = (
    "pubdate",
    "dc:date",
    "dcterms:issued",
    "dcterms:created",
    "atom:published",
    "?:pubdate",
    "published",
    "date",
    *_RSS_UPDATES,
)
_ATOM_UPDATES = ("atom:updated", "atom:modified", "dc:date")
_ATOM_DATES = ("atom:published", "atom:issued", "atom:created", *_ATOM_UPDATES)  # 0.3's too
_MEDIA_PARTS = ("media:group", "media:content")  # which may hold the title and the description

Fields = dict[str, list[Element]]  # an element's children by name


def parse(text: str) -> ParsedFeed | Malformed | NotAFeed:
    """Read a document as a feed."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        return NotAFeed("the answer is empty")
    if text.startswith(("{", "[")):
        return parse_json(text)
    text = text[max(text.find("<"), 0) :]  # after blank lines or a stray warning
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
    return found if isinstance(found, NotAFeed) else _finish(found, mended=mended)


def _finish(tree: Tree, *, mended: bool) -> ParsedFeed | NotAFeed:
    feed = _from_tree(tree)
    if isinstance(feed, NotAFeed):
        return feed
    lenient = mended or not tree.whole
    return replace(feed, items=newest(feed.items), lenient=lenient, cut=tree.cut)


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
        case "rdf:rdf" | "rdf" | "?:rdf":
            return _rss(tree, "RSS 0.90" if "netscape.com" in tree.namespace else "RSS 1.0")
        case "atom:feed":
            return _atom(tree)
        case "atom:entry":
            return NotAFeed("this is a single Atom entry, not a feed")
        case tag:
            what = _FOREIGN_ROOTS.get(
                tag.lower(), f"XML of another kind (<{tag.removeprefix('?:')[:40]}>)"
            )
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
        skip_hours=hours_to_skip(_each(fields, "skiphours", "hour")),
        skip_days=days_to_skip(_each(fields, "skipdays", "day")),
    )


def _rss_item(item: Element, base: str) -> ParsedItem:
    base = _base(item, base)
    fields = _fields(item)
    about = item.get("rdf:about", "").strip()
    guid = _first(fields, "guid")
    link = (
        _first(fields, "feedburner:origlink", "link")
        or _alternate(fields, "atom:link", "link")
        or (guid if guid and _is_permalink(fields) else about)
    )
    return ParsedItem(
        title_html=_first(fields, "title", "dc:title", "atom:title") or _media(fields, "title"),
        summary_html=_first(fields, *_RSS_SUMMARIES) or _media(fields, "description"),
        content_html=_first(fields, *_RSS_CONTENTS),
        link=_resolve(base, link),
        guid=guid or about or _first(fields, "dc:identifier", "atom:id"),
        published=_first(fields, *_RSS_DATES),
        updated=_first(fields, *_RSS_UPDATES),
        publisher=_first(fields, "source", "?:source", "dc:publisher"),
    )


def _is_permalink(fields: Fields) -> bool:
    return fields["guid"][0].get("ispermalink", "").strip().lower() == "true"


def _media(fields: Fields, name: str) -> str:
    """A field of Media RSS: of the item itself, or of the first media object that has it."""
    found = _first(fields, f"media:{name}")
    parts = (part for group in _MEDIA_PARTS for part in fields.get(group, ()))
    return found or next(filter(None, (_media(_fields(part), name) for part in parts)), "")


def _ttl(fields: Fields) -> timedelta | None:
    period, frequency = _first(fields, "sy:updateperiod"), _first(fields, "sy:updatefrequency")
    return shortest_wait(_first(fields, "ttl"), period, frequency)


def _each(fields: Fields, name: str, part: str) -> list[str]:
    """The texts of all `part`s of an element, such as the hours of <skipHours>."""
    return [_text(one) for element in fields.get(name, ()) for one in element if one.tag == part]


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
    link = _first(fields, "feedburner:origlink") or _alternate(fields, "atom:link")
    content = fields.get("atom:content")
    return ParsedItem(
        title_html=_construct(fields, "atom:title") or _media(fields, "title"),
        summary_html=_construct(fields, "atom:summary") or _media(fields, "description"),
        content_html=_construct(fields, "atom:content"),
        link=_resolve(base, link or (content[0].get("src", "").strip() if content else "")),
        guid=_first(fields, "atom:id"),
        published=_first(fields, *_ATOM_DATES),
        updated=_first(fields, *_ATOM_UPDATES),
        publisher=_construct(_fields(source[0]), "atom:title") if source else "",
    )


def _construct(fields: Fields, name: str) -> str:
    """A text construct as HTML (RFC 4287, 3.1); plain text is escaped, so that all are alike."""
    elements = fields.get(name)
    if not elements:
        return ""
    element = elements[0]
    kind = element.get("type", "text").strip().lower()
    if not is_text(kind) or element.get("mode") == "base64":
        return ""
    markup = "html" in kind or element.get("mode") == "escaped" or len(element) > 0
    return (_text(element) if markup else _inner(element)).strip()


def _alternate(fields: Fields, *names: str) -> str:
    """The link to the page itself: `rel` is "alternate" or missing, HTML before anything else."""
    links = [
        link
        for name in names
        for link in fields.get(name, ())
        if link.get("href") and _relation(link) == "alternate"
    ]
    pages = [link for link in links if "html" in link.get("type", "text/html")]
    return next((link.get("href", "").strip() for link in pages or links), "")


def _relation(link: Element) -> str:
    """`rel` of a link; an IANA address (RFC 4287, 4.2.7.2) means its last part."""
    return (link.get("rel") or "alternate").strip().lower().rpartition("/")[2]


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
            text = (_text(element) if len(element) else element.text or "").strip()
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

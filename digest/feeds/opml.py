"""Lists of feeds as other readers exchange them: OPML 2.0 in and out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from digest.feeds.parsed import Malformed, NotAFeed
from digest.feeds.plaintext import visible
from digest.feeds.repair import repair
from digest.feeds.tree import read_tree
from digest.model import FeedKind
from digest.settings import Feed

SHOWN_NAME = 40  # characters
# feed://host/path and feed:https://host/path, as some browsers once wrote them.
_FEED_SCHEME = re.compile(
    r"\Afeed:(?://(?=[^/])(?!https?:)|(?://)?(https?://)(?=[^/]))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list, as the list has it: nothing of it has been checked."""

    url: str
    title: str = ""
    lang: str = ""
    kind: FeedKind | None = None  # where a category names one of ours


@dataclass(frozen=True, slots=True)
class NotOpml:
    """Why a document is no list of feeds."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineList:
    """The feeds of a list, in its order, and what else stands where a feed should."""

    feeds: tuple[Outline, ...]  # some may be named more than once
    without_address: int


def read_opml(text: str) -> OutlineList | NotOpml:
    """The feeds of a list; folders are looked into."""
    tree = read_tree(text[max(text.find("<"), 0) :])
    if isinstance(tree, Malformed):
        tree = read_tree(repair(text))  # most often a bare & in a URL
    if isinstance(tree, Malformed | NotAFeed):
        return NotOpml(tree.reason)
    if tree.cut:
        return NotOpml("it is far longer than a list of feeds")
    root = tree.root
    name = root.tag.rpartition(":")[2]
    if name.lower() != "opml":
        return NotOpml(f"it is a <{name[:SHOWN_NAME]}> document and no OPML")
    found = list(_outlines(root))
    feeds = tuple(outline for outline in found if outline.url)
    return OutlineList(feeds=feeds, without_address=len(found) - len(feeds))


def write_opml(feeds: Sequence[Feed], title: str, now: datetime) -> str:
    """These feeds as a list for other readers. The kind stands in `category`."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = visible(title)
    SubElement(head, "dateCreated").text = format_datetime(now)
    body = SubElement(root, "body")
    for feed in feeds:
        name = visible(feed.title)
        SubElement(
            body,
            "outline",
            type="rss",
            text=name,
            title=name,
            xmlUrl=feed.url,
            language=feed.lang,
            category=feed.kind,
        )
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _outlines(root: Element) -> Iterator[Outline]:
    for element in root.iter():
        if element.tag.rpartition(":")[2].lower() != "outline":
            continue
        # Some programs write the attributes in other cases than the specification.
        fields = {name.lower(): value.strip() for name, value in element.items()}
        url = _FEED_SCHEME.sub(_web_scheme, fields.get("xmlurl", ""))
        if url or not len(element):  # one that holds others is a folder
            yield Outline(
                url=url,
                title=visible(fields.get("title") or fields.get("text", "")),
                lang=fields.get("language", "")[:2].lower(),
                kind=_kind(fields.get("category", "")),
            )


def _web_scheme(match: re.Match[str]) -> str:
    return match[1] or "http://"


def _kind(categories: str) -> FeedKind | None:
    # "/trade,/cars/japan" (OPML 2.0) as well as plain "trade".
    names = (part.strip().strip("/").lower() for part in categories.split(","))
    return next((FeedKind(name) for name in names if name in set(FeedKind)), None)

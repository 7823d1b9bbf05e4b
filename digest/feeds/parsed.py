"""A feed as its document gives it: fields found, nothing cleaned, nothing believed."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedItem:
    """One item of a document, raw. What is absent is an empty string."""

    title_html: str
    summary_html: str
    content_html: str = ""  # the whole text, where the document gives it beside a summary
    link: str  # resolved against xml:base where there is one, else as written
    guid: str
    published: str  # the date as written
    updated: str = ""  # the next best date, should that one be unreadable
    publisher: str  # of <source>: whom a search feed quotes
    plain: bool = False  # title and summary are text, in which nothing is markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A document that is a feed."""

    format: str  # "RSS 2.0", "RSS 1.0", "Atom 1.0", "JSON Feed 1.1", …
    title_html: str
    link: str  # of the site
    lang: str
    items: tuple[ParsedItem, ...]
    ttl: timedelta | None = None  # the publisher's wish for the time between polls
    skip_hours: frozenset[int] = frozenset()  # hours in GMT in which not to ask
    skip_days: frozenset[int] = frozenset()  # weekdays in GMT, 0 is Monday
    encoding: str = "utf-8"  # in which the bytes were read
    lenient: bool = False  # not well-formed; read all the same
    cut: bool = False  # longer than we read


@dataclass(frozen=True, slots=True)
class Malformed:
    """XML that is not well-formed: the lenient parser may still read it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """A document from which no parser will get a feed."""

    reason: str


def is_text(kind: str) -> bool:
    """Whether content of this type is words, not a picture in base64 (RFC 4287, 4.1.3.3)."""
    return "/" not in kind or kind.startswith("text/") or "xml" in kind or "html" in kind

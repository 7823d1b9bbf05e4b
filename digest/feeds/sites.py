"""Where a web site keeps its feeds: what its page names, where sites usually have them."""

import html
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

_MAX_PAGE = 1024 * 1024  # characters; what names a feed stands near the top

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/x-rss+xml",
    }
)
# Where sites keep feeds that their pages do not name; index.rdf is common in Japan.
_USUAL_PLACES = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/index.xml",
    "/atom.xml",
    "/feed.xml",
    "/index.rdf",
    "/rss/index.rdf",
    "/news/rss.xml",
    "/feed.json",
)

# Every alternative runs to the end of the text where its closing is missing, so that hostile
# markup costs linear time, which html.parser does not promise.
_TAG = re.compile(
    r"<(base|link|a)\b((?:[^>\"']++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)", re.IGNORECASE
)
_ATTRIBUTE = re.compile(
    r"([a-z-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LIKE_A_FEED = re.compile(
    r"(?:^|[/._?=-])(?:rss2?|atom|rdf|feeds?)(?:$|[/._?=&-])|\.(?:rss|rdf|atom)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The feeds that a page names, and the links that look like one."""

    declared: tuple[str, ...]  # by <link rel="alternate">
    linked: tuple[str, ...]  # by an <a> whose address looks like a feed's


def named_in(page: str, base_url: str) -> Named:
    """The addresses of feeds in a web page, absolute, each once, in the page's order."""
    declared: dict[str, None] = {}
    linked: dict[str, None] = {}
    base = base_url
    for tag, inside in _TAG.findall(_COMMENT.sub("", page[:_MAX_PAGE])):
        fields = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(inside)
        }
        url = _absolute(fields.get("href", ""), base)
        if not url:
            continue
        if tag.lower() == "base":
            if base == base_url:  # the first one counts
                base = url
            continue
        kind = fields.get("type", "").partition(";")[0].strip().lower()
        if tag.lower() == "link":
            if "alternate" in fields.get("rel", "").lower().split() and kind in _TYPES:
                declared[url] = None
        elif kind in _TYPES or _LIKE_A_FEED.search(urlsplit(url).path + "?" + urlsplit(url).query):
            linked[url] = None
    return Named(
        declared=tuple(declared), linked=tuple(url for url in linked if url not in declared)
    )


def usual_places(site: str) -> list[str]:
    """Where a site might keep a feed without saying so: under the page, then under the root."""
    root = urljoin(site, "/")
    under = site if site.endswith("/") else site + "/"
    guesses = [urljoin(under, place.lstrip("/")) for place in _USUAL_PLACES]
    guesses += [urljoin(root, place) for place in _USUAL_PLACES]
    return list(dict.fromkeys(guesses))


def _absolute(link: str, base_url: str) -> str:
    try:
        url = urljoin(base_url, link.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""

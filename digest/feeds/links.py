"""Canonical links: absolute, http(s) only, without what only counts clicks. Pure."""

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2048  # characters; longer ones are data, not addresses

_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d|link\w*|format|ptr_name|bbc_team)|fb(?:clid|_\w+)"
    r"|[gd]clid|gclsrc|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igsh(?:id)?|mc_[ce]id"
    r"|_hs(?:enc|mi)|mkt_tok|padid|ocid|ncid|n_cid|cmpid|cm_mmc\w*|iref|ito|xtor|wt[._]mc\w*"
    r"|ns_(?:mchannel|source|campaign|linkname)|s_cid|guccounter|guce_\w+|__twitter_impression"
    r"|spref|traffic_source)(?:=.*)?"
    # Harmless names that count clicks only where they say so: "from=RSS", "ref=rss_top".
    r"|(?:from|ref|source|src|cid|cmp|via|medium|campaign|partner|emc|feature|output|rss|type"
    r"|media|feed|channel)=(?:rss|feed)(?:[\d_.-]\w*)?",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")
_PORTS = {"http": 80, "https": 443}
_PATH = "%/:@!$&'()*+,;=~-._"
_QUERY = _PATH + "?"


def canonical_url(link: str, *bases: str) -> str:
    """The link made absolute against the bases in turn, and canonical; "" if it is unusable.

    Unusable is what is not http(s), carries a user name, names no host or is far too long.
    """
    link = _BREAKS.sub("", link).strip()
    if not link:
        return ""
    try:
        return _canonical(_absolute(link, bases))
    except ValueError:  # brackets that are no address, a port that is no number
        return ""


def _absolute(link: str, bases: tuple[str, ...]) -> str:
    for base in bases:
        if urlsplit(link).scheme:
            break
        if base:
            link = urljoin(base, link)
    return link


def _canonical(link: str) -> str:
    parts = urlsplit(link)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or parts.username is not None or len(link) > MAX_LENGTH:
        return ""
    host = _host(parts.hostname or "")
    if not host:
        return ""
    port = parts.port
    place = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
    path = quote(parts.path, safe=_PATH) or "/"
    return urlunsplit((scheme, place, path, _query(parts.query), ""))


@lru_cache(maxsize=1024)
def _host(name: str) -> str:
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{name}]"
    if not name.isascii():
        name = name.encode("idna").decode("ascii")  # UnicodeError is a ValueError
    return name if re.fullmatch(r"[a-z0-9._-]+", name) else ""


def _query(query: str) -> str:
    if not query:
        return ""
    kept = [part for part in query.split("&") if part and not _TRACKING.fullmatch(part)]
    return quote("&".join(kept), safe=_QUERY)

"""Canonical links: absolute, http(s) only, without what only counts clicks."""

import re
from functools import lru_cache
from urllib.parse import parse_qs, quote, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2048  # characters; longer ones are data, not addresses

_RSS = r"(?:rss(?:feed)?|feeds?|atom)(?:[\d_.-]\w*)?"
_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d|link\w*|format|ptr_name|bbc_team)|fb(?:clid|_\w+)"
    r"|[gd]clid|gclsrc|gbraid|wbraid|gad_\w+|srsltid|msclkid|yclid|twclid|ttclid|igsh(?:id)?"
    r"|mc_[ce]id|mtm_\w+|pk_(?:campaign|kwd|source|medium|content)|_ga|_gl|mibextid|vero_id"
    r"|oly_(?:anon|enc)_id|_hs(?:enc|mi)|hsctatracking|mkt_tok|padid|ocid|ncid|n_cid|cmpid"
    r"|cm_mmc\w*|iref|ito|xtor|wt[._]mc\w*|ns_(?:mchannel|source|campaign|linkname)|s_cid|smid"
    r"|guccounter|guce_\w+|__twitter_impression|spref|traffic_source|ref_(?:src|url))(?:=.*)?"
    # Harmless names that count clicks only where they say so: "from=RSS", "ref=rss_top".
    r"|(?:from|refe?r?(?:r?er)?|source|src|cid|cmp|via|medium|campaign|partner|emc|feature|output|rss"
    rf"|type|media|feed|channel|fm|fr|ap|origin|utm)={_RSS}|rss=[01]",
    re.IGNORECASE,
)
_OF_HOSTS = {"news.google.com": re.compile(r"(?:oc|hl|gl|ceid)(?:=.*)?")}
# Pages that only lead to another, which they name: those of alerts and searches.
_REDIRECTS = {
    ("www.google.com", "/url"): ("url", "q"),
    ("news.google.com", "/news/url"): ("url",),
    ("www.bing.com", "/news/apiclick.aspx"): ("url",),
    ("l.facebook.com", "/l.php"): ("u",),
}
_SPECIAL_HOSTS = frozenset(_OF_HOSTS) | {host for host, _ in _REDIRECTS}
_BREAKS = re.compile("[\x00-\x1f\x7f\u200b\ufeff]+")
_AMPERSANDS = re.compile("&(?:amp|#0?38);")
_HEX = re.compile("%[0-9a-fA-F]{2}")
_PORTS = {"http": 80, "https": 443}
_PATH = "%/:@!$&'()*+,;=~-._"
_QUERY = _PATH + "?"
# What most links look like: nothing in them needs a second look.
_PLAIN = re.compile(
    r"(https?://([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?))(/[A-Za-z0-9/:@!$&'()*+,=~._-]*)?"
    r"(?:\?([A-Za-z0-9/:@!$&'()*+,=~._?-]*))?"
)


def canonical_url(link: str, *bases: str, anchor: bool = False) -> str:
    """The link made absolute against the bases in turn, and canonical; "" if it is unusable.

    Unusable is what is not http(s), carries a user name, names no host or is far too long.
    A fragment is dropped, unless a program on the page reads it ("#!/news/1", "#/news/1"); with
    `anchor` every one is kept that could tell two parts of a page apart.
    """
    plain = _PLAIN.fullmatch(link)
    if plain and len(link) <= MAX_LENGTH and plain[2] not in _SPECIAL_HOSTS:
        query = _query(plain[4], plain[2]) if plain[4] else ""
        return f"{plain[1]}{plain[3] or '/'}{f'?{query}' if query else ''}"
    link = _AMPERSANDS.sub("&", _BREAKS.sub("", link)).strip()
    if not link:
        return ""
    if link[:4].lower() == "www.":  # no outlet has a folder of that name
        link = f"//{link}"
    try:
        return _canonical(_absolute(link, bases), anchor=anchor)
    except ValueError:  # brackets that are no address, a port that is no number
        return ""


def _absolute(link: str, bases: tuple[str, ...]) -> str:
    for base in bases:
        if urlsplit(link).scheme:
            break
        if base:
            link = urljoin(base, link)
    return link


def _canonical(link: str, *, anchor: bool) -> str:
    parts = urlsplit(link)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or parts.username is not None or len(link) > MAX_LENGTH:
        return ""
    host = _host(parts.hostname or "")
    if not host:
        return ""
    names = _REDIRECTS.get((host, parts.path), ())
    targets = parse_qs(parts.query, max_num_fields=100) if names else {}
    for target in (targets[name][0] for name in names if name in targets):
        if target.startswith(("http://", "https://")):
            return canonical_url(target, anchor=anchor)
    port = parts.port
    place = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
    path = quote(parts.path, safe=_PATH) or "/"
    query = quote(_query(parts.query, host), safe=_QUERY)
    fragment = quote(_fragment(parts.fragment, anchor=anchor), safe=_QUERY)
    return _HEX.sub(_upper, urlunsplit((scheme, place, path, query, fragment)))


@lru_cache(maxsize=1024)
def _host(name: str) -> str:
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{name}]"
    if not name.isascii():
        name = name.encode("idna").decode("ascii")  # UnicodeError is a ValueError
    return name if re.fullmatch(r"[a-z0-9._-]+", name) else ""


def _query(query: str, host: str) -> str:
    """The query without the parameters that only count clicks."""
    own = _OF_HOSTS.get(host)
    return "&".join(
        part
        for part in query.split("&")
        if part and not _is_tracking(part) and not (own and own.fullmatch(part))
    )


@lru_cache(maxsize=1024)  # feeds repeat them on every link
def _is_tracking(part: str) -> bool:
    return _TRACKING.fullmatch(part) is not None


def _fragment(fragment: str, *, anchor: bool) -> str:
    if fragment.startswith(("!", "/")):
        return fragment
    counts = fragment.startswith(":~:") or any(map(_is_tracking, fragment.split("&")))
    return fragment if anchor and not counts else ""


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()  # RFC 3986, 6.2.2.1

"""Addresses in feeds.toml: of feeds and their hosts, of mail servers, of our pages and proxies.

Everything raises ValueError with what is allowed, for config.py to gather. Nobody is asked: whether
an address may be fetched, feeds/guard.py says when it is.
"""

import re
import unicodedata
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from digest import settings as s
from digest.model import FeedId
from digest.tomlvalues import UNSHOWN

_HOST_AND_PORT = re.compile(r"([^\s/:*?@\[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/?")
_WEB_PORTS = {"http": 80, "https": 443}
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "imap": 143, "imaps": 993}


def feed_id(url: str) -> FeedId:
    """The id of a feed that was given none: its host and path, so that it stays the same."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    words = re.findall(r"[a-z0-9]+", f"{host}{parts.path}{parts.query}".lower())
    return FeedId("-".join(words)[:60])


def feed_url(url: str) -> str:
    """The URL if a feed can have it. Raises ValueError with what is allowed."""
    plain = url.isascii() and url.isprintable() and " " not in url  # most are: sooner known so
    if not plain and any(unicodedata.category(c) in UNSHOWN or c.isspace() for c in url):
        raise ValueError("a URL without spaces")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(f"an http or https URL ({error})") from error
    if parts.scheme not in {"http", "https"}:
        raise ValueError("an http or https URL: only http and https addresses are fetched")
    if not parts.hostname or parts.username is not None:
        raise ValueError("an http or https URL with a host and without a user name")
    if not _is_port(parts.netloc.rpartition("]")[2].rpartition(":")[2], needed=":" in parts.netloc):
        raise ValueError("an http or https URL with a port from 1 to 65535, if any")
    return url


def address_key(url: str) -> str:
    """A URL as it is compared: two ways to write one address give the same text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # reported as a bad URL
        return url
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    shown = "" if port in {None, _WEB_PORTS.get(parts.scheme)} else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{shown}{parts.path or '/'}{query}"


def private_host(text: str) -> str:
    """One host and port of `fetch.allow_hosts`."""
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or not _is_port(match[2], needed=True):
        raise ValueError(
            'one host with its port, such as "intranet.example:8080" or "[fd00::1]:80"; no patterns'
        )
    return text.lower()


def smtp_server(url: str) -> s.Server:
    """`smtps://` is TLS from the start, `smtp://` STARTTLS; `?tls=none` is for loopback only."""
    return _server(url, "smtp", "mail")


def imap_server(url: str) -> s.Server:
    """The same with `imaps://` and `imap://`."""
    return _server(url, "imap", "inbox")


def _server(url: str, scheme: str, table: str) -> s.Server:
    plain = f"{scheme}://localhost:{587 if scheme == 'smtp' else 143}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f'a URL such as "{plain}"') from error
    if (
        parts.scheme not in {scheme, f"{scheme}s"}
        or not parts.hostname
        or parts.query not in {"", "tls=none"}
    ):
        raise ValueError(
            f'a URL such as "{scheme}s://mail.example.org", "{plain}", or'
            f' "{scheme}://127.0.0.1:{_DEFAULT_PORTS[scheme]}?tls=none" for a server on this'
            " machine that has no TLS"
        )
    if parts.query and not _is_here(parts.hostname):
        raise ValueError(
            "tls=none only for a server on this machine (localhost, 127.0.0.1, ::1): everybody on"
            " the way could read the mail, and the password"
        )
    if parts.username is not None:
        raise ValueError(f"a URL without a login; it belongs in {table}.username and password_file")
    tls = "none" if parts.query else "implicit" if parts.scheme.endswith("s") else "starttls"
    return s.Server(
        host=parts.hostname, port=_DEFAULT_PORTS[parts.scheme] if port is None else port, tls=tls
    )


def mail_host(text: str) -> str:
    """The name that a mail server gives itself in Authentication-Results (RFC 8601, 2.5)."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,250}[A-Za-z0-9])?", text):
        raise ValueError(
            'the name at the start of your server\'s Authentication-Results, "mx.example.org"'
        )
    return text


def folder(text: str) -> str:
    """The name of a folder on an IMAP server."""
    if not re.fullmatch(r"[A-Za-z0-9._/ &,+-]{1,100}", text):
        raise ValueError('the name of a folder as the server has it, such as "INBOX"')
    return text


def _is_here(host: str) -> bool:
    """Whether a host is this machine by its name or literal address; nobody is asked."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(text: str) -> tuple[str, int]:
    """A host and port of this machine to listen on."""
    match = _HOST_AND_PORT.fullmatch(text.strip())
    if match is None or not _is_port(match[2], needed=True):
        raise ValueError('an address of this machine and a port, such as "127.0.0.1:8025"')
    return match[1].strip("[]"), int(match[2])


def host_name(text: str) -> str:
    """A name by which other machines ask for this one."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", text):
        raise ValueError('the name of a host without a port, such as "digest.internal"')
    return text.lower()


def public_url(text: str) -> str:
    """The address that mails link to, without a slash at its end."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError('a URL such as "https://weekly.example.org"') from error
    if not host or not _PUBLIC_URL.fullmatch(text.strip()):
        raise ValueError(
            'a URL of a name of its own, without a path, such as "https://weekly.example.org"'
        )
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError(
            "an https URL: mail programs offer one-click leaving only with https, and everybody on"
            " the way could read the tokens (http is for this machine only)"
        )
    return f"{parts.scheme}://{parts.netloc}"


def network(text: str) -> IPv4Network | IPv6Network:
    """A proxy, or a network of proxies."""
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ValueError(
            'the address of a proxy or a network of such: "127.0.0.1", "10.0.0.0/24", "::1"'
        ) from error


def _is_port(text: str, *, needed: bool) -> bool:
    return not needed or (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536)

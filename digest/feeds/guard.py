"""Which URLs may be asked for and which addresses may be connected to.

A feed's URL, and more so a redirect, is somebody else's text: it must not lead us to the router,
the cloud's metadata service or a database on this machine. Names are not trusted to keep their
meaning between a check and a connection (DNS rebinding), and a literal address in a URL is never
resolved; so the check stands where every socket is made, and sees the address itself.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

from yarl import URL

PUBLIC_PORTS = frozenset({80, 443})

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# `ipaddress` calls these global, or did in some release of Python 3.11 to 3.13.
_CLOSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments, RFC 6890
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
        ),
    )
)
# Only 2000::/3 is global unicast, which leaves out mapped addresses (::ffff:0:0/96), NAT64
# (64:ff9b::/96), unique local, link-local and multicast ones. Inside it these are closed:
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, …
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: carries any IPv4 address
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)


class UrlRefusedError(Exception):
    """A URL that we do not ask for; its text says why."""


class AddressRefusedError(OSError):
    """An address that we do not connect to. An OSError, as aiohttp expects of a socket factory."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for."""

    url: URL
    allowed: bool  # named in `fetch.allow_hosts`: any address will do


def check_url(text: str, allow_hosts: frozenset[str]) -> Target:
    """The URL as a target. Raises UrlRefusedError if it must not be asked for.

    `allow_hosts` opens exactly the "host:port" pairs that it names.
    """
    try:
        # `encoded`: a URL that needs no quoting is sent as it is, byte for byte.
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        host, port = url.host, url.port
    except ValueError as error:
        raise UrlRefusedError(f"not a URL ({error})") from error
    if url.scheme not in {"http", "https"}:
        raise UrlRefusedError("only http and https addresses are fetched")
    if not host or port is None:
        raise UrlRefusedError("the URL names no host")
    if url.user is not None or url.password is not None:
        raise UrlRefusedError("the URL carries a user name or password")
    if host_key(url) in allow_hosts:
        return Target(url, allowed=True)
    if port not in PUBLIC_PORTS:
        raise UrlRefusedError(
            f"port {port} is not fetched from public hosts; "
            f'if this is a host of your own, add "{host_key(url)}" to fetch.allow_hosts'
        )
    return Target(url, allowed=False)


def check_redirect(target: Target, location: str, allow_hosts: frozenset[str]) -> Target:
    """Where a Location header leads. Raises UrlRefusedError if we do not follow.

    Only a host of `allow_hosts` may lead to another one: a public feed's redirect is a stranger's
    word, and must not open what the operator opened for feeds of their own.
    """
    try:
        there = target.url.join(URL(location))
    except ValueError as error:
        raise UrlRefusedError(f"redirected to something that is no URL: {location!r}") from error
    if target.url.scheme == "https" and there.scheme == "http":
        raise UrlRefusedError(f"redirected from https to {there}")
    try:
        return check_url(str(there), allow_hosts if target.allowed else frozenset())
    except UrlRefusedError as error:
        if not target.allowed and host_key(there) in allow_hosts:
            raise UrlRefusedError(
                f"redirected to {there}: a public host may not lead into fetch.allow_hosts"
            ) from error
        raise UrlRefusedError(f"redirected to {there}: {error}") from error


def host_key(url: URL) -> str:
    """The "host:port" of a URL, as `fetch.allow_hosts` names it."""
    host = (url.host or "").lower().rstrip(".")
    return f"[{host}]:{url.port}" if ":" in host else f"{host}:{url.port}"


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet. Anything doubtful does not."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _CLOSED_V4)
    return ip in _GLOBAL_V6 and ip.is_global and not any(ip in network for network in _CLOSED_V6)


def guarded_socket(address_info: AddressInfo) -> socket.socket:
    """Make a socket for a public address. Raises AddressRefusedError for any other."""
    family, kind, protocol, _, address = address_info
    if not is_public(str(address[0])):
        raise AddressRefusedError(
            f"{address[0]} is not a public address; "
            "a host of your own must be named in fetch.allow_hosts"
        )
    return socket.socket(family, kind, protocol)

"""Which URLs may be asked for and which addresses may be connected to.

A feed's URL, and more so a redirect, is somebody else's text: it must not lead us to the router,
the cloud's metadata service or a database on this machine. Names are not trusted to keep their
meaning between a check and a connection (DNS rebinding), and a literal address in a URL is never
resolved; so the check stands where every socket is made, and sees the address itself. The sockets
also bound what comes out of them: whatever a server sends, be it bodies, headers or noise around
them, is counted there.
"""

import ipaddress
import socket
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yarl import URL

PUBLIC_PORTS = frozenset({80, 443})
READ_BYTES = 16 * 1024
SHOWN_LENGTH = 120  # characters of a stranger's URL in an error
NOT_PUBLIC = "is not a public address"
FLOOD = "the server sent far more bytes than a feed has"

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# `ipaddress` calls these global, or did in some release of Python 3.11 to 3.13.
_CLOSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments, RFC 6890
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "168.63.129.16/32",  # Azure's host agent: public by its number, private by its place
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
# Last labels of names that only some local resolver knows (RFC 6761, RFC 6762, and by habit).
_LOCAL_NAMES = frozenset({"localhost", "local", "internal", "lan", "home", "arpa"})


class UrlRefusedError(Exception):
    """A URL that we do not ask for; its text says why."""


class AddressRefusedError(OSError):
    """An address that we do not connect to. An OSError, as aiohttp expects of a socket factory."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for."""

    url: URL
    allowed: bool  # named in `fetch.allow_hosts`: any address will do


@lru_cache(maxsize=4096)  # the same addresses come every round
def check_url(text: str, allow_hosts: frozenset[str]) -> Target:
    """The URL as a target. Raises UrlRefusedError if it must not be asked for.

    `allow_hosts` opens exactly the "host:port" pairs that it names.
    """
    try:
        # `encoded`: a URL that needs no quoting is sent as it is, byte for byte.
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        host, port = url.host, url.port
    except UnicodeError as error:
        raise UrlRefusedError("not a URL (its host is no proper name)") from error
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
        what = location[:SHOWN_LENGTH]
        raise UrlRefusedError(f"redirected to something that is no URL: {what!r}") from error
    shown = str(there)[:SHOWN_LENGTH]
    if target.url.scheme == "https" and there.scheme == "http":
        raise UrlRefusedError(f"redirected from https to {shown}")
    try:
        return check_url(str(there), allow_hosts if target.allowed else frozenset())
    except UrlRefusedError as error:
        if not target.allowed and host_key(there) in allow_hosts:
            raise UrlRefusedError(
                f"redirected to {shown}: a public host may not lead into fetch.allow_hosts"
            ) from error
        raise UrlRefusedError(f"redirected to {shown}: {error}") from error


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


def check_name(target: Target) -> None:
    """Refuse a URL that itself shows to lead into a private net. Raises UrlRefusedError.

    For requests through a proxy, which looks names up and connects in our place. Numbers in all
    the forms that some resolvers take for an address (decimal, hex, short) are refused too.
    """
    host = (target.url.raw_host or "").lower().rstrip(".")
    last = host.rpartition(".")[2]
    literal = ":" in host or last[:1].isdigit()
    local = "." not in host or last in _LOCAL_NAMES
    if not is_public(host) if literal else local:
        raise UrlRefusedError(f"{host} {NOT_PUBLIC}")


class FloodError(OSError):
    """A server sent more than any answer needs. An OSError, as the event loop expects of reads."""


class MeteredSocket(socket.socket):
    """A socket that gives `allowance` bytes in all, and only a little at once.

    What one read gives is taken apart in one go: 256 kB, the event loop's own measure, hold 10,000
    empty answers, which keep it busy for a fifth of a second, and 16 such servers for three.
    """

    allowance: int

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read a little. Raises FloodError."""
        data = super().recv(min(size, READ_BYTES), flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0, /) -> int:  # noqa: ANN401  # whatever holds bytes
        """Read a little into a buffer, as the event loop does for TLS. Raises FloodError."""
        read = super().recv_into(buffer, min(size or len(buffer), READ_BYTES), flags)
        self._count(read)
        return read

    def _count(self, read: int) -> None:
        self.allowance -= read
        if self.allowance < 0:
            raise FloodError(FLOOD)


def metered_socket(address_info: AddressInfo, allowance: int) -> MeteredSocket:
    """Make a socket for any address; `allowance` is how many bytes it may read."""
    family, kind, protocol, _, _ = address_info
    made = MeteredSocket(family, kind, protocol)
    made.allowance = allowance
    return made


def guarded_socket(address_info: AddressInfo, allowance: int) -> MeteredSocket:
    """Make such a socket for a public address. Raises AddressRefusedError for any other."""
    address = str(address_info[4][0])
    if not is_public(address):
        raise AddressRefusedError(
            f"{address} {NOT_PUBLIC}; a host of your own must be named in fetch.allow_hosts"
        )
    return metered_socket(address_info, allowance)

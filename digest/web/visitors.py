"""Who asks, as far as limits need to know: a network address, believed only from our own proxies.

Anybody can write X-Forwarded-For. Each proxy adds at its end whom it saw; so it is read from the
end, as long as those who wrote are proxies that the operator named.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_HOME = 64  # bits of an IPv6 address that tell one customer from another

Network = IPv4Network | IPv6Network


def visitor(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The network address to count requests by; of IPv6 the network of one customer.

    `peer` is who is connected to us, `forwarded` the X-Forwarded-For headers in their order.
    """
    address = _address(peer)
    if address is None:
        return peer
    hops = [hop.strip() for header in forwarded for hop in header.split(",")]
    while _trusted(address, proxies) and hops:
        earlier = _address(hops.pop())
        if earlier is None:  # no proxy of ours writes such; what stands before it is worth nothing
            break
        address = earlier
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _HOME), strict=False))
    return str(address)


def is_proxy(peer: str, proxies: Sequence[Network]) -> bool:
    """Whether who is connected to us is a proxy that the operator named."""
    address = _address(peer)
    return address is not None and _trusted(address, proxies)


def _trusted(address: IPv4Address | IPv6Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711" or "2001:db8::1"."""
    host = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found

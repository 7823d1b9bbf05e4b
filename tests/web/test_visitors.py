from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.visitors import is_proxy, visitor

PROXIES = tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1")))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),  # no proxy of ours: not believed
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),  # the first is a claim
        ("127.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1, _hidden, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:99"], "2001:db8:1:2::/64"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("::1", ["", ""], "::/64"),
        ("a socket", ["198.51.100.1"], "a socket"),
    ],
)
def test_only_our_proxies_are_believed(peer: str, forwarded: list[str], found: str) -> None:
    assert visitor(peer, forwarded, PROXIES) == found


@given(st.text(max_size=20), st.lists(st.text(max_size=40), max_size=4))
def test_nothing_that_is_sent_raises(peer: str, forwarded: list[str]) -> None:
    visitor(peer, forwarded, PROXIES)
    visitor("127.0.0.1", forwarded, PROXIES)


@given(st.lists(st.ip_addresses().map(str), max_size=5))
def test_who_is_no_proxy_counts_as_themselves_whatever_they_claim(claims: list[str]) -> None:
    assert visitor("192.0.2.7", claims, PROXIES) == "192.0.2.7"
    assert visitor("127.0.0.1", [*claims, "192.0.2.7"], PROXIES) == "192.0.2.7"


def test_a_proxy_is_one_that_was_named() -> None:
    assert is_proxy("10.255.0.1", PROXIES)
    assert not is_proxy("11.0.0.1", PROXIES)
    assert not is_proxy("", PROXIES)

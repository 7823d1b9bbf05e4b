import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.guard import (
    READ_BYTES,
    AddressRefusedError,
    FloodError,
    MeteredSocket,
    UrlRefusedError,
    check_redirect,
    check_url,
    guarded_socket,
    is_public,
    metered_socket,
)

ALLOWANCE = 100_000  # bytes
OWN = frozenset({"127.0.0.1:8000", "[::1]:8000", "news.lan:80"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104  # an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # carrier-grade NAT
        "169.254.169.254",  # a cloud's metadata
        "100.100.100.200",  # another's
        "168.63.129.16",  # Azure's agent on the host
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # a cloud's metadata
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.104.209.7", "2606:4700::1111", "2001:4860::1"])
def test_public_addresses_are_not(address: str) -> None:
    assert is_public(address)


def test_a_socket_is_made_for_a_public_address_only() -> None:
    stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    with guarded_socket((*stream, ("8.8.8.8", 443)), ALLOWANCE) as made:
        assert made.family == socket.AF_INET
    with pytest.raises(AddressRefusedError, match=r"127\.0\.0\.1 is not a public address"):
        guarded_socket((*stream, ("127.0.0.1", 443)), ALLOWANCE)


@pytest.fixture
def flooded() -> Iterator[MeteredSocket]:
    """A metered socket to which more was sent than it is allowed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        made = metered_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", address), ALLOWANCE)
        with closing(made):
            made.connect(address)
            with closing(listening.accept()[0]) as server:
                server.sendall(bytes(2 * ALLOWANCE))
                yield made


def by_copy(given: MeteredSocket) -> int:
    return len(given.recv(10 * READ_BYTES))


def in_place(given: MeteredSocket) -> int:
    return given.recv_into(bytearray(10 * READ_BYTES))


@pytest.mark.parametrize("read", [by_copy, in_place])
def test_a_socket_gives_little_at_once_and_so_much_in_all(
    flooded: MeteredSocket, read: Callable[[MeteredSocket], int]
) -> None:
    given = 0
    while given <= ALLOWANCE - READ_BYTES:
        size = read(flooded)
        assert size <= READ_BYTES
        given += size
    with pytest.raises(FloodError, match="far more bytes"):
        read(flooded) and read(flooded)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://trade.example/feed", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("gopher://trade.example/", "only http and https"),
        ("/feed", "only http and https"),
        ("http:///feed", "names no host"),
        ("http://user@trade.example/", "user name or password"),
        ("http://user:secret@trade.example/", "user name or password"),
        ("http://trade.example:8080/", "port 8080"),
        ("http://trade.example:22/", "port 22"),
        ("http://127.0.0.1:8001/", "port 8001"),
        ("http://127.0.0.1:80000/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://news.lan:8000/", 'add "news.lan:8000" to fetch.allow_hosts'),
    ],
)
def test_a_url_that_is_not_fetched_says_why(url: str, reason: str) -> None:
    with pytest.raises(UrlRefusedError, match=reason):
        check_url(url, OWN)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/feed", "http://[::1]:8000/", "http://NEWS.lan/feed"]
)
def test_allowed_hosts_open_exactly_themselves(url: str) -> None:
    assert check_url(url, OWN).allowed


def test_a_public_url_is_sent_as_it_is_written() -> None:
    target = check_url("https://trade.example/feed?q=a%2Cb%20c&d=%E6", frozenset())
    assert not target.allowed
    assert target.url.raw_path_qs == "/feed?q=a%2Cb%20c&d=%E6"


def test_a_url_in_japanese_is_quoted() -> None:
    target = check_url("https://trade.example/車?q=日産 車", frozenset())
    assert target.url.raw_path_qs == "/%E8%BB%8A?q=%E6%97%A5%E7%94%A3+%E8%BB%8A"


def test_a_redirect_may_be_relative_but_never_from_https_to_http() -> None:
    start = check_url("https://trade.example/feed?x=1", frozenset())
    assert str(check_redirect(start, "../rss", frozenset()).url) == "https://trade.example/rss"
    with pytest.raises(UrlRefusedError, match="from https to http"):
        check_redirect(start, "http://trade.example/feed", frozenset())


@pytest.mark.parametrize("location", ["http://127.0.0.1:8000/admin", "http://[::1]:8000/"])
def test_a_public_host_may_not_lead_to_an_allowed_one(location: str) -> None:
    start = check_url("http://trade.example/feed", OWN)
    with pytest.raises(UrlRefusedError, match="a public host may not lead into"):
        check_redirect(start, location, OWN)


def test_an_allowed_host_s_public_port_is_guarded_when_a_public_host_leads_there() -> None:
    start = check_url("http://trade.example/feed", OWN)
    assert not check_redirect(start, "http://news.lan/", OWN).allowed


def test_an_allowed_host_may_lead_to_another_but_not_by_way_of_a_public_one() -> None:
    start = check_url("http://127.0.0.1:8000/feed", OWN)
    assert check_redirect(start, "http://news.lan/", OWN).allowed
    public = check_redirect(start, "http://trade.example/", OWN)
    with pytest.raises(UrlRefusedError):
        check_redirect(public, "http://127.0.0.1:8000/admin", OWN)


@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text().map("//{}/".format)))
def test_every_location_leads_somewhere_or_is_refused(location: str) -> None:
    start = check_url("http://trade.example/feed", OWN)
    with suppress(UrlRefusedError):
        assert not check_redirect(start, location, OWN).allowed

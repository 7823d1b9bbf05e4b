import asyncio
import gzip
import random
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from digest.feeds.fetch import INLINE_BYTES, Fetcher, FetchLimits
from digest.feeds.headers import freshness, retry_after
from digest.feeds.outcomes import Fetched, Gone, NotModified, Refused, Unreachable
from digest.feeds.resolve import Resolver
from digest.settings import FetchSettings
from tests.feeds.server import Answer, FeedServer, Response

AGENT = "kuruma-digest/0.1 (+mailto:editor@example.org)"
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
BODY = b"<rss version='2.0'><channel/></rss>"
OK = Response(body=BODY)


class Pair:
    """A server and a fetcher that may ask it."""

    def __init__(self, server: FeedServer, fetcher: Fetcher) -> None:
        self.server = server
        self.fetcher = fetcher

    def answer(self, path: str, answer: Answer) -> None:
        self.server.answers[path] = answer

    async def fetch(
        self, path: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> object:
        url = self.server.url(path)
        return await self.fetcher.fetch(url, etag=etag, last_modified=last_modified)

    async def failure(self, path: str) -> str:
        outcome = await self.fetch(path)
        assert isinstance(outcome, Unreachable)
        return outcome.reason


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    limits = FetchLimits(deadline=timedelta(seconds=10), body_bytes=10_000)
    async with FeedServer({"/feed": OK}) as server:
        settings = FetchSettings(allow_hosts=frozenset({server.host}))
        async with Fetcher(settings, AGENT, limits, clock=lambda: NOON) as fetcher:
            yield Pair(server, fetcher)


@pytest.fixture
async def hasty() -> AsyncIterator[Pair]:
    limits = FetchLimits(deadline=timedelta(seconds=0.2))
    async with FeedServer({}) as server:
        settings = FetchSettings(allow_hosts=frozenset({server.host}))
        async with Fetcher(settings, AGENT, limits) as fetcher:
            yield Pair(server, fetcher)


# --- manners ---------------------------------------------------------------------------------


async def test_a_body_arrives_with_all_that_its_headers_say(pair: Pair) -> None:
    headers = {"Cache-Control": "public, max-age=900"}
    modified = "Mon, 16 Nov 2026 06:00:00 GMT"
    response = Response(
        body=BODY, etag='W/"a-1"', last_modified=modified, headers=headers, compressed=True
    )
    pair.answer("/feed", response)
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Fetched)
    assert outcome.date is not None  # the server's, which says when this test runs
    assert outcome == Fetched(
        url=pair.server.url("/feed"),
        body=BODY,
        content_type="application/rss+xml",
        date=outcome.date,
        etag='W/"a-1"',
        last_modified=modified,
        max_age=timedelta(minutes=15),
    )


async def test_we_say_who_we_are_and_send_nothing_else_about_us(pair: Pair) -> None:
    pair.answer("/feed", Response(body=BODY, headers={"Set-Cookie": "track=1"}))
    await pair.fetch("/feed")
    await pair.fetch("/feed")
    headers = pair.server.requests[1].headers
    assert headers["User-Agent"] == AGENT
    assert headers["Accept-Encoding"] == "gzip"
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert headers["Connection"] == "close"


async def test_validators_come_back_byte_for_byte(pair: Pair) -> None:
    pair.answer("/feed", Response(body=BODY, etag='"x y,z"'))
    pair.answer("/dated", Response(body=BODY, last_modified="yesterday, about noon"))
    assert await pair.fetch("/feed", etag='"x y,z"') == NotModified()
    assert await pair.fetch("/dated", last_modified="yesterday, about noon") == NotModified()


@pytest.mark.parametrize("etag", ['"caf\u00e9"', '"\u8a18\u4e8b\u3000\x80"'])
async def test_a_validator_of_more_than_ascii_comes_back_too(pair: Pair, etag: str) -> None:
    pair.answer("/feed", Response(body=BODY, etag=etag))
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Fetched)
    assert await pair.fetch("/feed", etag=outcome.etag) == NotModified()


@pytest.mark.parametrize("etag", [b"", b"a" * 2000, b'"caf\xe9"', b'"a\tb"'])
async def test_a_validator_that_cannot_be_sent_back_is_forgotten(pair: Pair, etag: bytes) -> None:
    raw = b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n\r\n%s" % (etag, len(BODY), BODY)
    pair.answer("/feed", Response(raw=raw))
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Fetched)
    assert outcome.etag is None


@pytest.mark.parametrize(("status", "words"), [(206, "a part"), (304, "did not say what we have")])
async def test_what_was_not_asked_for_is_no_success(pair: Pair, status: int, words: str) -> None:
    pair.answer("/feed", Response(status=status, body=BODY if status == 206 else b""))
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Refused)
    assert outcome.status == status
    assert words in outcome.reason


async def test_refusals_carry_their_status_and_how_long_to_stay_away(pair: Pair) -> None:
    pair.answer("/busy", Response(status=503, headers={"Retry-After": "120"}))
    pair.answer("/wall", Response(status=403, headers={"cf-mitigated": "challenge"}))
    pair.answer("/odd", Response(status=599))
    assert await pair.fetch("/busy") == Refused(
        status=503,
        reason="the server answered 503 Service Unavailable",
        retry_after=timedelta(minutes=2),
        url=pair.server.url("/busy"),
    )
    wall = await pair.fetch("/wall")
    assert isinstance(wall, Refused)
    assert wall.reason == "the server answered 403 Forbidden (Cloudflare's bot wall)"
    odd = await pair.fetch("/odd")
    assert isinstance(odd, Refused)
    assert "599" in odd.reason


async def test_410_means_gone(pair: Pair) -> None:
    pair.answer("/feed", Response(status=410))
    assert await pair.fetch("/feed") == Gone()


def headers(**given: str) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict({k.replace("_", "-"): v for k, v in given.items()}))


DATE = "Mon, 16 Nov 2026 07:00:00 GMT"


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({"Cache_Control": "max-age=600"}, 10),
        ({"Cache_Control": 'private, Max-Age="600"'}, 10),
        ({"Cache_Control": "max-age=600", "Age": "300"}, 5),
        ({"Cache_Control": "max-age=600", "Age": "3000"}, 0),
        ({"Cache_Control": "max-age=600", "Age": "old"}, 10),
        ({"Cache_Control": "s-maxage=600"}, None),
        ({"Cache_Control": "s-maxage=60, max-age=600, max-age=900"}, 10),
        ({"Cache_Control": "max-age=600", "Expires": DATE, "Date": DATE}, 10),
        ({"Cache_Control": "no-cache, max-age=600"}, None),
        ({"Cache_Control": "max-age=600, no-store"}, None),
        ({"Cache_Control": "max-age=soon"}, None),
        ({"Expires": "Mon, 16 Nov 2026 07:20:00 GMT", "Date": DATE}, 20),
        ({"Expires": "Mon, 16 Nov 2026 07:20:00 GMT", "Date": DATE, "Age": "300"}, 15),
        ({"Expires": "Mon, 16 Nov 2026 07:20:00 GMT", "Cache-Control": "public", "Date": DATE}, 20),
        ({"Expires": "Sun, 15 Nov 2026 07:20:00 GMT", "Date": DATE}, 0),
        ({"Expires": "0", "Date": DATE}, None),
        ({"Expires": "Mon, 16 Nov 2026 12:20:00 GMT"}, 20),  # by our own clock
        ({"Expires": "Mon, 16 Nov 2026 12:20:00 GMT", "Date": "today"}, 20),
        ({"Expires": "Mon, 16 Nov 2026 07:20:00 -0000", "Date": DATE}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(given: dict[str, str], minutes: int | None) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert freshness(headers(**given), NOON) == expected


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({"Retry_After": " 600 "}, 10),
        ({"Retry_After": "Mon, 16 Nov 2026 08:00:00 GMT", "Date": DATE}, 60),
        ({"Retry_After": "Mon, 16 Nov 2026 13:00:00 GMT"}, 60),  # by our own clock
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "later"}, None),
        ({}, None),
    ],
)
def test_how_long_to_stay_away(given: dict[str, str], minutes: int | None) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert retry_after(headers(**given), NOON) == expected


def test_freshness_may_be_told_in_a_second_header_of_the_same_name() -> None:
    told = CIMultiDict([("Cache-Control", "public"), ("Cache-Control", "max-age=60")])
    assert freshness(CIMultiDictProxy(told), NOON) == timedelta(minutes=1)


def test_an_absurd_number_of_seconds_is_bounded() -> None:
    assert retry_after(headers(Retry_After="9" * 400), NOON) == timedelta(seconds=10**9)


ABSURD_DATES = [
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2026 99999999999999999999:00:00 GMT",
    "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
    "Mon, 01 Jan 2026 00:00:00 -9999999999",
    "Mon, 01 Jan , 00:00:00 GMT",
    "Mon, , Jan 2026 00:00:00 GMT",
    "9" * 5000,
]


@pytest.mark.parametrize("date", ABSURD_DATES)
async def test_a_date_that_cannot_be_is_as_good_as_none(pair: Pair, date: str) -> None:
    pair.answer("/feed", Response(body=BODY, headers={"Expires": date}))
    pair.answer("/dated", Response(body=BODY, headers={"Expires": DATE, "Date": date}))
    pair.answer("/busy", Response(status=503, headers={"Retry-After": f"{date} "}))
    for path, fresh in (("/feed", None), ("/dated", timedelta())):
        outcome = await pair.fetch(path)
        assert isinstance(outcome, Fetched)
        assert outcome.max_age == fresh
    assert isinstance(await pair.fetch("/busy"), Refused)


NUMBERS = st.one_of(st.integers(min_value=1, max_value=23), st.integers(min_value=2**31))
DATES = st.builds("Mon, {} Jan {} {}:{}:{} {:+}".format, *[NUMBERS] * 5, st.integers())
HEADER = st.one_of(
    st.text(),
    DATES,
    st.just(DATE),
    st.integers().map(str),
    st.builds("max-age={}".format, st.one_of(st.integers(), st.text())),
)


@given(HEADER, HEADER, HEADER, HEADER)
def test_whatever_the_headers_say_a_wait_is_bounded_or_unknown(
    cache: str, age: str, date: str, until: str
) -> None:
    told = headers(Cache_Control=cache, Age=age, Date=date, Expires=until, Retry_After=until)
    for wait in (freshness(told, NOON), retry_after(told, NOON)):
        assert wait is None or timedelta() <= wait <= timedelta(days=366 * 10_000)


# --- redirects -------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> Response:
    return Response(status=status, headers={"Location": location})


async def test_redirects_are_followed_and_permanent_ones_remembered(pair: Pair) -> None:
    pair.answer("/old", to("/older", 301))
    pair.answer("/older", to(pair.server.url("/feed"), 308))
    outcome = await pair.fetch("/old")
    assert isinstance(outcome, Fetched)
    assert outcome.url == outcome.moved_to == pair.server.url("/feed")


async def test_one_temporary_hop_makes_the_whole_way_temporary(pair: Pair) -> None:
    pair.answer("/old", to("/detour", 301))
    pair.answer("/detour", to("/feed", 307))
    outcome = await pair.fetch("/old")
    assert isinstance(outcome, Fetched)
    assert outcome.moved_to is None


async def test_five_redirects_are_followed_and_no_more(pair: Pair) -> None:
    for hop in range(5):
        pair.answer(f"/{hop}", to(f"/{hop + 1}"))
    pair.answer("/5", OK)
    assert isinstance(await pair.fetch("/0"), Fetched)
    pair.answer("/5", to("/6"))
    assert await pair.failure("/0") == "more than 5 redirects"
    assert not pair.server.asked("/6")


async def test_a_redirect_to_nowhere_is_an_answer_like_any_other(pair: Pair) -> None:
    pair.answer("/feed", Response(status=302))
    assert isinstance(await pair.fetch("/feed"), Refused)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://[::1", "no URL"),
        ("file:///etc/passwd", "only http and https"),
        ("http://user:secret@trade.example/", "user name or password"),
        ("http://127.0.0.1:9/", "port 9"),
        ("http://127.0.0.1/", "not a public address"),
        ("https://127.0.0.1/", "not a public address"),
        ("http://127.1/", "not a canonical IPv4 address"),
        ("http://2130706433/", "not a canonical IPv4 address"),
        ("http://0x7f.0.0.1/", "not a public address"),
        ("http://localhost/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://[::ffff:127.0.0.1]/", "not a public address"),
        ("http://[64:ff9b::7f00:1]/", "not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "not a public address"),
    ],
)
async def test_a_redirect_cannot_lead_into_a_private_net(
    pair: Pair, location: str, reason: str
) -> None:
    pair.answer("/feed", to(location))
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Unreachable)
    assert reason in outcome.reason
    assert outcome.reason.startswith("redirected ")
    assert outcome.asked  # somebody answered


async def test_an_allowed_host_does_not_open_its_neighbour(pair: Pair) -> None:
    async with FeedServer({"/canary": OK}) as neighbour:
        pair.answer("/feed", to(neighbour.url("/canary")))
        assert "allow_hosts" in await pair.failure("/feed")
        assert not neighbour.requests


async def test_a_name_that_leads_to_loopback_is_not_connected_to() -> None:
    async with Fetcher(FetchSettings(), AGENT) as fetcher:
        outcome = await fetcher.fetch("http://localhost/")
    assert isinstance(outcome, Unreachable)
    assert "not a public address" in outcome.reason


async def test_304_tells_of_a_move_as_well(pair: Pair) -> None:
    pair.answer("/old", to("/feed", 301))
    pair.answer("/feed", Response(body=BODY, etag='W/"1"'))
    moved = NotModified(moved_to=pair.server.url("/feed"))
    assert await pair.fetch("/old", etag='W/"1"') == moved


async def test_no_hop_says_where_it_comes_from_or_brings_a_cookie_along(pair: Pair) -> None:
    wanted = {"Location": "/feed", "Set-Cookie": "track=1; Path=/"}
    pair.answer("/old", Response(status=302, headers=wanted))
    await pair.fetch("/old", etag='"1"')
    for request in pair.server.requests:
        assert not {"Referer", "Cookie"} & set(request.headers)
        assert request.headers["If-None-Match"] == '"1"'


async def test_410_at_the_end_of_a_detour_does_not_mean_that_the_feed_is_gone(pair: Pair) -> None:
    pair.answer("/gone", Response(status=410))
    pair.answer("/moved", to("/gone", 301))
    pair.answer("/detour", to("/gone", 302))
    assert await pair.fetch("/moved") == Gone()
    detour = await pair.fetch("/detour")
    assert isinstance(detour, Refused)
    assert detour.status == 410


async def test_a_redirect_that_asks_to_wait_is_not_followed_before(pair: Pair) -> None:
    repairs = {"Location": "/feed", "Retry-After": "600"}
    pair.answer("/old", Response(status=302, headers=repairs))
    outcome = await pair.fetch("/old")
    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.retry_after) == (302, timedelta(minutes=10))
    assert not pair.server.asked("/feed")


async def test_a_host_that_wants_to_be_left_alone_is_not_asked_by_a_redirect(pair: Pair) -> None:
    async with FeedServer({"/feed": OK}) as other:
        settings = FetchSettings(allow_hosts=frozenset({pair.server.host, other.host}))
        pair.answer("/old", to(other.url("/feed")))
        async with Fetcher(settings, AGENT) as fetcher:
            rests = {other.host: timedelta(hours=1)}
            outcome = await fetcher.fetch(pair.server.url("/old"), rest_of=rests.get)
        assert isinstance(outcome, Refused)
        assert (outcome.retry_after, outcome.url) == (timedelta(hours=1), other.url("/feed"))
        assert not other.requests


async def test_redirects_do_not_bring_two_requests_to_a_host_at_once(pair: Pair) -> None:
    async with FeedServer({}) as other:
        allowed = {pair.server.host, other.host}
        for n in range(8):  # half of them cross the way of the other half
            there, here = (other, pair.server) if n % 2 else (pair.server, other)
            there.answers[f"/{n}"] = to(here.url(f"/feed{n}"))
            here.answers[f"/feed{n}"] = OK
        urls = [(other if n % 2 else pair.server).url(f"/{n}") for n in range(8)]
        async with Fetcher(FetchSettings(allow_hosts=frozenset(allowed)), AGENT) as fetcher:
            outcomes = await asyncio.gather(*map(fetcher.fetch, urls))
        assert all(isinstance(outcome, Fetched) for outcome in outcomes)
        assert {request.others for request in pair.server.requests + other.requests} == {0}


async def test_who_waits_for_a_slow_host_does_not_pay_with_their_own_deadline(hasty: Pair) -> None:
    hasty.answer("/hang", Response(hang=True))
    hasty.answer("/feed", OK)
    slow, quick = await asyncio.gather(hasty.fetch("/hang"), hasty.fetch("/feed"))
    assert isinstance(slow, Unreachable)
    assert isinstance(quick, Fetched)


# --- faults ----------------------------------------------------------------------------------


async def test_a_server_that_does_not_answer_is_left_at_the_deadline(hasty: Pair) -> None:
    hasty.answer("/hang", Response(hang=True))
    hasty.answer("/drip", Response(drip=True))
    hasty.answer("/loop", to("/loop"))
    assert await hasty.failure("/hang") == "no complete answer within 0.2 s"
    assert await hasty.failure("/drip") == "no complete answer within 0.2 s"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (Response(body=b"x" * 20_000), "larger than 10000 bytes"),
        (Response(body=b"x" * 20_000, compressed=True), "too large once inflated"),
        (Response(body=BODY * 9, cut_after=50), "broke in the middle"),
        (
            Response(body=b"\x1f\x8b\x08\0cut", headers={"Content-Encoding": "gzip"}),
            "ends too early|damaged",
        ),
        (Response(body=BODY, headers={"Content-Encoding": "br"}), "did not ask"),
        (Response(raw=b""), "closed the connection without an answer"),
        (Response(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n"), "not proper HTTP"),
        (Response(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 50_000), "not proper HTTP"),
        (
            Response(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n"),
            "not proper HTTP",
        ),
    ],
)
async def test_a_faulty_answer_has_a_reason(pair: Pair, response: Response, reason: str) -> None:
    pair.answer("/feed", response)
    found = await pair.failure("/feed")
    assert any(words in found for words in reason.split("|")), found


class CountingExecutor(ThreadPoolExecutor):
    calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize(("size", "threads"), [(INLINE_BYTES // 2, 0), (INLINE_BYTES * 2, 1)])
async def test_a_large_body_is_inflated_beside_the_loop(
    pair: Pair, size: int, threads: int
) -> None:
    executor = CountingExecutor()
    asyncio.get_running_loop().set_default_executor(executor)
    body = random.Random(1).randbytes(size)  # noqa: S311  # what does not shrink
    packed = gzip.compress(body)
    pair.answer("/feed", Response(body=packed, headers={"Content-Encoding": "gzip"}))
    settings = FetchSettings(allow_hosts=frozenset({pair.server.host}))
    async with Fetcher(settings, AGENT) as fetcher:
        outcome = await fetcher.fetch(pair.server.url("/feed"))
    assert isinstance(outcome, Fetched)
    assert (outcome.body, executor.calls) == (body, threads)


async def test_an_endless_body_is_cut_off(pair: Pair) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000
    pair.answer("/feed", Response(raw=endless))
    assert "larger than" in await pair.failure("/feed")


async def test_a_host_that_is_not_there_has_a_reason() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        async with Fetcher(FetchSettings(allow_hosts=frozenset({host})), AGENT) as fetcher:
            outcome = await fetcher.fetch(f"http://{host}/feed")
    assert isinstance(outcome, Unreachable)
    assert "no connection to 127.0.0.1" in outcome.reason
    assert not outcome.connected


async def test_a_certificate_from_nobody_is_not_accepted(pair: Pair) -> None:
    outcome = await pair.fetcher.fetch(f"https://{pair.server.host}/feed")
    assert isinstance(outcome, Unreachable)


async def test_a_host_name_that_cannot_be_is_a_value(pair: Pair) -> None:
    long = "a" * 70
    for url in (f"http://{long}.example/", "http://a..example/", "http://\u2028/", "http://x:y/"):
        outcome = await pair.fetcher.fetch(url)
        assert isinstance(outcome, Unreachable)
        assert "Error" not in outcome.reason


async def test_a_fetcher_that_was_not_opened_says_so() -> None:
    with pytest.raises(RuntimeError, match="context manager"):
        await Fetcher(FetchSettings(), AGENT).fetch("https://trade.example/")


# --- whose fault it is -----------------------------------------------------------------------


async def test_what_comes_after_a_connection_is_not_our_networks_fault(pair: Pair) -> None:
    pair.answer("/feed", Response(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n"))
    outcome = await pair.fetch("/feed")
    assert isinstance(outcome, Unreachable)
    assert outcome.connected
    assert outcome.asked


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://127.0.0.1:9/"])
async def test_what_our_own_guard_forbids_says_nothing_of_our_network(pair: Pair, url: str) -> None:
    refused = await pair.fetcher.fetch(url)
    assert isinstance(refused, Unreachable)
    assert (refused.connected, refused.asked) == (True, False)


async def test_a_redirect_to_a_host_that_is_not_there_shows_that_the_network_works(
    pair: Pair,
) -> None:
    settings = FetchSettings(allow_hosts=frozenset({pair.server.host, "127.0.0.1:9"}))
    pair.answer("/feed", to("http://127.0.0.1:9/"))
    async with Fetcher(settings, AGENT) as fetcher:
        outcome = await fetcher.fetch(pair.server.url("/feed"))
    assert isinstance(outcome, Unreachable)
    assert outcome.reason.startswith("redirected to http://127.0.0.1:9/: no connection")
    assert outcome.connected


async def test_a_server_that_hangs_is_connected_to(hasty: Pair) -> None:
    hasty.answer("/hang", Response(hang=True))
    outcome = await hasty.fetch("/hang")
    assert isinstance(outcome, Unreachable)
    assert outcome.connected


class NoNames(Resolver):
    """A resolver that answers with an error, or never."""

    def __init__(self, error: int | None) -> None:
        super().__init__()
        self.error = error

    async def resolve(self, *_: Any, **__: Any) -> Any:
        if self.error is None:
            await asyncio.Event().wait()
        raise socket.gaierror(self.error, "no answer")


@pytest.mark.parametrize(
    ("error", "known", "reason"),
    [
        (socket.EAI_NONAME, False, "the host name trade.example is not known"),
        (socket.EAI_AGAIN, True, "the host name trade.example is not known"),
        (None, True, "no connection within 0.2 s"),
    ],
)
async def test_a_name_that_does_not_exist_is_told_from_one_that_cannot_be_looked_up(
    error: int | None, *, known: bool, reason: str
) -> None:
    limits = FetchLimits(connect=timedelta(seconds=0.2))
    async with Fetcher(FetchSettings(), AGENT, limits, NoNames(error)) as fetcher:
        outcome = await fetcher.fetch("http://trade.example/")
    assert outcome == Unreachable(reason=reason, connected=False, known_host=known)


# --- proxies ---------------------------------------------------------------------------------


@pytest.fixture
def proxies_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")


@pytest.mark.usefixtures("proxies_in_the_environment")
async def test_no_proxy_is_taken_from_the_environment(pair: Pair) -> None:
    assert isinstance(await pair.fetch("/feed"), Fetched)


async def test_a_proxy_of_the_settings_is_asked_for_public_hosts_only(pair: Pair) -> None:
    async with FeedServer({"/feed": Response(body=BODY, etag='"1"')}) as proxy:
        settings = FetchSettings(
            allow_hosts=frozenset({pair.server.host}), proxy=f"http://{proxy.host}"
        )
        async with Fetcher(settings, AGENT) as fetcher:
            public = await fetcher.fetch("http://trade.example/feed")
            private = await fetcher.fetch(pair.server.url("/feed"))
    assert isinstance(public, Fetched)
    assert (public.url, public.etag) == ("http://trade.example/feed", '"1"')
    (request,) = proxy.requests
    assert request.headers["Host"] == "trade.example"
    assert request.headers["User-Agent"] == AGENT
    assert isinstance(private, Fetched)
    assert len(pair.server.requests) == 1


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "169.254.169.254", "[::1]", "[64:ff9b::7f00:1]", "2130706433", "0x7f.1"),
        *("127.1", "localhost", "intranet", "db.internal", "printer.local", "router.lan."),
    ],
)
async def test_nobody_is_asked_through_a_proxy_for_what_looks_private(host: str) -> None:
    async with FeedServer({"/": OK, "/feed": to(f"http://{host}/")}) as proxy:
        settings = FetchSettings(proxy=f"http://{proxy.host}")
        async with Fetcher(settings, AGENT) as fetcher:
            outcome = await fetcher.fetch(f"http://{host}/")
            redirected = await fetcher.fetch("http://trade.example/feed")
    assert isinstance(outcome, Unreachable)
    assert isinstance(redirected, Unreachable)
    assert [request.path for request in proxy.requests] == ["/feed"]


async def test_a_proxy_that_is_not_there_or_refuses_has_a_reason(pair: Pair) -> None:
    pair.answer("trade.example:443", Response(status=403))
    for proxy, words, connected in (
        (pair.server.host, "the proxy answered", True),
        ("127.0.0.1:9", "no connection to 127.0.0.1", False),
    ):
        settings = FetchSettings(proxy=f"http://{proxy}")
        async with Fetcher(settings, AGENT) as fetcher:
            outcome = await fetcher.fetch("https://trade.example/feed")
        assert isinstance(outcome, Unreachable)
        assert words in outcome.reason
        assert outcome.connected is connected

"""Asking one server for one feed. Decides nothing about when, and nothing about what it means.

Redirects are followed by hand, so that every hop passes the guard. One deadline covers the whole
request with all hops: a limit for each read would let a server drip for hours. No host is asked
twice at once, wherever the redirects lead; waiting for one's turn is outside of the deadline.
"""

import asyncio
import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from digest.clock import Clock, machine
from digest.feeds.failures import at_the_end, one_line, refusal, unreachable
from digest.feeds.guard import (
    Target,
    UrlRefusedError,
    check_name,
    check_redirect,
    check_url,
    guarded_socket,
    metered_socket,
)
from digest.feeds.headers import date_of, freshness, retry_after, validator
from digest.feeds.inflate import InflateError, inflate
from digest.feeds.outcomes import (
    Fetched,
    FetchOutcome,
    Gone,
    NotModified,
    Refused,
    Unreachable,
)
from digest.feeds.politeness import host_of
from digest.feeds.resolve import Resolver
from digest.settings import FetchSettings

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
CONNECTIONS = 32
INLINE_BYTES = 64 * 1024  # inflated in a few milliseconds; more goes to a thread
HEADER_BYTES = 64 * 1024  # for all of them together; aiohttp allows 128 of 8 kB

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much of our time and memory one request may take."""

    deadline: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=15)  # of it, for the name and the connection
    body_bytes: int = 5 * 1024 * 1024  # as sent, and again once inflated
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class _Redirect:
    """An answer that sends us elsewhere."""

    status: int
    location: str


@dataclass(slots=True)
class _Way:
    """How far a request has come, for what is said of its failure."""

    led_to: str | None = None  # where the last redirect led


class _FetchError(Exception):
    """The request leads nowhere; its text says why."""


class Fetcher:
    """A client for feeds. Use it as an async context manager; it keeps no cookies.

    Where `settings.proxy` names one, all but the hosts of `allow_hosts` is asked through that HTTP
    proxy. To name it is to allow its address. The proxy then looks up names and connects, so what
    it can reach is its own rules' to say; the guard still refuses what a URL itself shows to be
    private. Without it no proxy is used, whatever the environment says.
    """

    def __init__(
        self,
        settings: FetchSettings,
        user_agent: str,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
        clock: Clock = machine,
    ) -> None:
        self._resolver = resolver or Resolver()
        self._clock = clock  # for answers that bear no date
        self._allow_hosts = settings.allow_hosts
        self._proxy = settings.proxy
        self._limits = limits or FetchLimits()
        self._headers = {
            "User-Agent": user_agent,
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip",  # what `inflate` bounds; aiohttp would offer more
        }
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        self._public = self._session(metered_socket if self._proxy else guarded_socket, self._proxy)
        self._private = self._session(metered_socket)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in (self._public, self._private):
            if session is not None:
                await session.close()
        await self._resolver.close()

    def _session(
        self, make: Callable[..., socket.socket], proxy: str | None = None
    ) -> aiohttp.ClientSession:
        # Twice the body: chunks and headers need room, idle words between them get no more.
        factory = partial(make, allowance=2 * self._limits.body_bytes + HEADER_BYTES)
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS,
            socket_factory=factory,
            resolver=self._resolver,
            # A host is asked about twice an hour. A connection kept open between two of its feeds
            # would be one into which it may write what it likes while nobody reads.
            force_close=True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            proxy=proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(  # our deadline covers the redirects too
                total=None, connect=self._limits.connect.total_seconds()
            ),
        )

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        rest_of: Callable[[str], timedelta | None] = lambda _host: None,
    ) -> FetchOutcome:
        """Ask for a feed. Every way in which this can go wrong is a value.

        `rest_of` says for how long a host (politeness.host_of) still wants to be left alone; it is
        looked at when that host's turn has come, and no redirect leads there before.
        """
        conditions = {}
        if etag is not None:
            conditions["If-None-Match"] = etag
        if last_modified is not None:
            conditions["If-Modified-Since"] = last_modified
        way = _Way()
        try:
            return await self._follow(url, conditions, rest_of, way)
        except UrlRefusedError as error:
            return Unreachable(reason=one_line(str(error)), asked=way.led_to is not None)
        except (_FetchError, InflateError) as error:
            return Unreachable(reason=one_line(str(error)))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            limits = self._limits
            failure = unreachable(error, connect=limits.connect, deadline=limits.deadline)
            return failure if way.led_to is None else at_the_end(way.led_to, failure)

    async def _follow(
        self,
        url: str,
        conditions: dict[str, str],
        rest_of: Callable[[str], timedelta | None],
        way: _Way,
    ) -> FetchOutcome:
        target = check_url(url, self._allow_hosts)
        now = asyncio.get_running_loop().time
        left = self._limits.deadline.total_seconds()
        permanent, moved_to = True, None
        for _ in range(self._limits.redirects + 1):
            host = host_of(str(target.url))
            async with self._turns[host]:
                rest = rest_of(host)
                if rest is not None:
                    return _closed(target, rest)
                started = now()
                async with asyncio.timeout(left):
                    answer = await self._ask(target, conditions, moved_to)
                left -= now() - started
            match answer:
                case _Redirect(status, location):
                    permanent = permanent and status in _PERMANENT
                    way.led_to = location
                    target = check_redirect(target, location, self._allow_hosts)
                    way.led_to = str(target.url)
                    moved_to = str(target.url) if permanent else None
                case Gone() if not permanent:
                    return Refused(status=410, reason="redirected to a page that is gone")
                case _:
                    return answer
        raise _FetchError(f"more than {self._limits.redirects} redirects")

    async def _ask(
        self, target: Target, conditions: dict[str, str], moved_to: str | None
    ) -> FetchOutcome | _Redirect:
        session = self._private if target.allowed else self._public
        if session is None:
            raise RuntimeError("a Fetcher is used as an async context manager")
        if self._proxy and not target.allowed:
            check_name(target)
        async with session.get(target.url, headers=conditions, allow_redirects=False) as response:
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return await self._outcome(response, moved_to, conditional=bool(conditions))
            wait = retry_after(response.headers, self._clock())
            if not wait:
                return _Redirect(response.status, location)
            # RFC 9110, 10.2.3: at least so long before the redirected request. What moves for a
            # while does so for maintenance, and what stands at the other end is no feed.
            return Refused(
                status=response.status,
                reason="the server asks to wait before its redirect is followed",
                retry_after=wait,
                url=str(response.url),
            )

    async def _outcome(
        self, response: aiohttp.ClientResponse, moved_to: str | None, *, conditional: bool
    ) -> FetchOutcome:
        headers, now = response.headers, self._clock()
        match response.status:
            case 304 if conditional:
                return NotModified(max_age=freshness(headers, now), moved_to=moved_to)
            case 410:
                return Gone()
            case status if 200 <= status < 300 and status != 206:  # we ask for no parts
                return Fetched(
                    url=str(response.url),
                    body=await self._body(response),
                    content_type=headers.get("Content-Type", ""),
                    etag=validator(headers.get("ETag")),
                    last_modified=validator(headers.get("Last-Modified")),
                    max_age=freshness(headers, now),
                    moved_to=moved_to,
                    date=date_of(headers),
                )
            case status:
                return Refused(
                    status=status,
                    reason=refusal(response),
                    retry_after=retry_after(headers, now),
                    url=str(response.url),
                )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.body_bytes
        if (response.content_length or 0) > limit:
            raise _FetchError(f"the body is larger than {limit} bytes")
        raw = bytearray()
        async for chunk in response.content.iter_any():
            raw += chunk
            if len(raw) > limit:
                raise _FetchError(f"the body is larger than {limit} bytes")
        encoding = response.headers.get("Content-Encoding", "")
        if len(raw) <= INLINE_BYTES:
            return inflate(bytes(raw), encoding, limit)
        return await asyncio.to_thread(inflate, bytes(raw), encoding, limit)


def _closed(target: Target, rest: timedelta) -> Refused:
    host = host_of(str(target.url))
    return Refused(
        status=429,  # as it would answer
        reason=f"{host} has asked to be left alone for a while",
        retry_after=rest,
        url=str(target.url),
    )

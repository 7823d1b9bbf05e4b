"""Asking one server for one feed. Decides nothing about when, and nothing about what it means.

Redirects are followed by hand, so that every hop passes the guard. One deadline covers the whole
request with all hops: a limit for each read would let a server drip for hours.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from multidict import CIMultiDictProxy

from digest.feeds.guard import (
    AddressRefusedError,
    UrlRefusedError,
    check_redirect,
    check_url,
    guarded_socket,
)
from digest.feeds.inflate import InflateError, inflate
from digest.feeds.outcomes import (
    Fetched,
    FetchOutcome,
    Gone,
    NotModified,
    Refused,
    Unreachable,
)
from digest.settings import FetchSettings

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
CONNECTIONS = 32
INLINE_BYTES = 64 * 1024  # inflated in a few milliseconds; more goes to a thread
VALIDATOR_LENGTH = 1024  # characters; no honest ETag comes near

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much of our time and memory one request may take."""

    deadline: timedelta = timedelta(seconds=30)
    body_bytes: int = 5 * 1024 * 1024  # as sent, and again once inflated
    redirects: int = 5


class _FetchError(Exception):
    """The request leads nowhere; its text says why."""


class Fetcher:
    """A client for feeds. Use it as an async context manager; it keeps no cookies."""

    def __init__(
        self, settings: FetchSettings, user_agent: str, limits: FetchLimits | None = None
    ) -> None:
        self._allow_hosts = settings.allow_hosts
        self._limits = limits or FetchLimits()
        self._headers = {
            "User-Agent": user_agent,
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip",  # what `inflate` bounds; aiohttp would offer more
        }
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._public = self._session(
            aiohttp.TCPConnector(limit=CONNECTIONS, socket_factory=guarded_socket)
        )
        self._private = self._session(aiohttp.TCPConnector(limit=CONNECTIONS))
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

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),  # ours covers the redirects too
        )

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchOutcome:
        """Ask for a feed. Every way in which this can go wrong is a value."""
        conditions = {}
        if etag is not None:
            conditions["If-None-Match"] = etag
        if last_modified is not None:
            conditions["If-Modified-Since"] = last_modified
        seconds = self._limits.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, conditions)
        except TimeoutError:
            return Unreachable(reason=f"no complete answer within {seconds:g} s")
        except (_FetchError, UrlRefusedError, InflateError) as error:
            return Unreachable(reason=str(error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unreachable(reason=_explain(error))

    async def _follow(self, url: str, conditions: dict[str, str]) -> FetchOutcome:
        target = check_url(url, self._allow_hosts)
        permanent = True
        for hop in range(self._limits.redirects + 1):
            session = self._private if target.allowed else self._public
            if session is None:
                raise RuntimeError("a Fetcher is used as an async context manager")
            async with session.get(
                target.url, headers=conditions, allow_redirects=False
            ) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    moved_to = str(target.url) if hop and permanent else None
                    return await self._outcome(response, moved_to)
                permanent = permanent and response.status in _PERMANENT
                target = check_redirect(target, location, self._allow_hosts)
        raise _FetchError(f"more than {self._limits.redirects} redirects")

    async def _outcome(
        self, response: aiohttp.ClientResponse, moved_to: str | None
    ) -> FetchOutcome:
        headers = response.headers
        match response.status:
            case 304:
                return NotModified(max_age=freshness(headers))
            case 410:
                return Gone()
            case status if 200 <= status < 300:
                return Fetched(
                    url=str(response.url),
                    body=await self._body(response),
                    content_type=headers.get("Content-Type", ""),
                    etag=_validator(headers.get("ETag")),
                    last_modified=_validator(headers.get("Last-Modified")),
                    max_age=freshness(headers),
                    moved_to=moved_to,
                )
            case status:
                return Refused(
                    status=status, reason=_refusal(response), retry_after=retry_after(headers)
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


def freshness(headers: CIMultiDictProxy[str]) -> timedelta | None:
    """How long the answer stays fresh: Cache-Control before Expires (RFC 9111, 4.2.1)."""
    for directive in headers.get("Cache-Control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in {"no-cache", "no-store"}:
            return None
        if name == "max-age":
            age = _seconds(headers.get("Age", "0")) or timedelta()
            fresh = _seconds(value.strip('" '))
            return None if fresh is None else max(fresh - age, timedelta())
    return _until(headers, "Expires")


def retry_after(headers: CIMultiDictProxy[str]) -> timedelta | None:
    """How long the server asks us to stay away, in seconds or as a date (RFC 9110, 10.2.3)."""
    return _seconds(headers.get("Retry-After", "")) or _until(headers, "Retry-After")


def _seconds(text: str) -> timedelta | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(int(text[:12]), 10**9))


def _until(headers: CIMultiDictProxy[str], name: str) -> timedelta | None:
    # Both dates are the server's own: a clock that is wrong there or here does not matter.
    try:
        until = parsedate_to_datetime(headers.get(name, ""))
        sent = parsedate_to_datetime(headers.get("Date", ""))
        return max(until - sent, timedelta())
    except (ValueError, TypeError):  # no date, or one with a zone and one without
        return None
    except OverflowError:  # a year, hour or zone beyond a C integer
        return None


def _validator(text: str | None) -> str | None:
    """A validator as it came, if it is one that can be sent back byte for byte."""
    if text is None or not text or len(text) > VALIDATOR_LENGTH:
        return None
    return text if text.isascii() and text.isprintable() else None


def _refusal(response: aiohttp.ClientResponse) -> str:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "not a status that HTTP knows"
    reason = f"the server answered {response.status} {phrase}"
    if response.headers.get("cf-mitigated"):
        reason += " (Cloudflare's bot wall)"
    return reason


def _explain(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            reason = f"the host name {error.host} is not known"
        case aiohttp.ClientConnectorCertificateError():
            reason = f"the certificate of {error.host} is not valid: {error.certificate_error}"
        case aiohttp.ClientConnectorError(os_error=AddressRefusedError() as refused):
            reason = str(refused)
        case aiohttp.ClientConnectorError():
            cause = error.os_error
            reason = f"no connection to {error.host}: {cause.strerror or cause}"
        case aiohttp.ServerDisconnectedError():
            reason = "the server closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            reason = "the connection broke in the middle of the body"
        case aiohttp.ClientResponseError():
            reason = f"the answer is not proper HTTP: {error.message}"
        case _:
            reason = f"{type(error).__name__}: {error}"
    return reason

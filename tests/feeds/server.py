"""A feed server on loopback that is honest or hostile, as each path's Response says.

    async with FeedServer({"/feed": Response(body=b"…")}) as server:
        await fetcher.fetch(server.url("/feed"))

The server keeps what it was asked (`server.requests`), so that a test can look at headers, order
and overlap. Its `host` goes into `allow_hosts`.
"""

import asyncio
import gzip
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Response:
    """How a path answers. With `raw` the bytes go out as they are, without any HTTP of ours."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/rss+xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None  # answered with 304 when it comes back
    last_modified: str | None = None
    compressed: bool = False
    cut_after: int | None = None  # bytes of the body before the connection is broken
    drip: bool = False  # the body byte by byte, slowly, for ever
    hang: bool = False  # no answer at all
    raw: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked."""

    path: str
    headers: Mapping[str, str]
    others: int  # requests that were under way when it came


Answer = Response | Sequence[Response] | Callable[[web.Request], Response]


class FeedServer:
    """Serves responses by path; a sequence is served in turn, its last one for ever."""

    def __init__(self, answers: Mapping[str, Answer], host: str = "127.0.0.1") -> None:
        self.answers = dict(answers)
        self.requests: list[Request] = []
        self._address = host
        self._port = 0
        self._under_way = 0
        self._closing = asyncio.Event()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1)

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        return application

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._address, 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @property
    def host(self) -> str:
        """ "host:port", as `allow_hosts` wants it."""
        return f"{self._address}:{self._port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(
            Request(path=request.path, headers=dict(request.headers), others=self._under_way)
        )
        self._under_way += 1
        try:
            return await self._answer(request, self._response(request))
        finally:
            self._under_way -= 1

    def _response(self, request: web.Request) -> Response:
        answer = self.answers.get(request.path, Response(status=404))
        if isinstance(answer, Response):
            return answer
        if callable(answer):
            return answer(request)
        times = len(self.asked(request.path))
        return answer[min(times, len(answer)) - 1]

    async def _answer(self, request: web.Request, response: Response) -> web.StreamResponse:
        if response.hang:
            await self._closing.wait()
        if response.raw is not None:
            return await self._write_raw(request, response.raw)
        headers = {"Content-Type": response.content_type, **response.headers}
        if response.etag is not None:
            headers["ETag"] = response.etag
            if request.headers.get("If-None-Match") == response.etag:
                return web.Response(status=304, headers=headers)
        if response.last_modified is not None:
            headers["Last-Modified"] = response.last_modified
            if request.headers.get("If-Modified-Since") == response.last_modified:
                return web.Response(status=304, headers=headers)
        body = response.body
        if response.compressed:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if response.drip or response.cut_after is not None:
            return await self._write_badly(request, response, headers, body)
        return web.Response(status=response.status, headers=headers, body=body)

    async def _write_raw(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        transport.write(raw)
        transport.close()
        return web.Response()

    async def _write_badly(
        self, request: web.Request, response: Response, headers: dict[str, str], body: bytes
    ) -> web.StreamResponse:
        stream = web.StreamResponse(status=response.status, headers=headers)
        if response.cut_after is not None:
            stream.content_length = len(body)
        await stream.prepare(request)
        with suppress(ConnectionError):
            if response.cut_after is not None:
                await stream.write(body[: response.cut_after])
                assert request.transport is not None
                request.transport.close()
            while response.drip and not self._closing.is_set():
                await stream.write(body[:1] or b" ")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), 0.01)
        return stream

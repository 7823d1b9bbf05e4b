"""Takes requests from the network and gives answers back: aiohttp's server, and its limits.

Heads are limited by the parser, bodies and times here. Every answer is ours, also to what is no
HTTP; aiohttp writes no log, because addresses of pages carry tokens.
"""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from digest.errors import DigestError
from digest.logs import Log
from digest.settings import AdminSettings, WebSettings
from digest.web.answers import Answer
from digest.web.visit import Request
from digest.web.visitors import is_proxy, visitor

log = Log(__name__)

MAX_BODY = 64 * 1024  # bytes; all that our forms can hold is a quarter of it
MAX_LINE = 4096  # bytes of a request line, and of a header
MAX_HEADERS = 64
MAX_CONNECTIONS = 512
BODY_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 30.0
IDLE = 75.0  # longer than proxies keep a connection; also the time for the first head
CLOSE_WITHIN = 10.0  # for answers that are under way when we stop

_TAKEN = {errno.EADDRINUSE: "something else listens there", errno.EACCES: "we may not"}


class Answers(Protocol):
    """What makes answers of requests."""

    async def answer(self, request: Request) -> Answer:
        """Do what is asked. Never raises but when it is cancelled."""
        ...

    def refuse(self, request: Request, status: int) -> Answer:
        """The answer to what cannot be taken at all."""
        ...


@asynccontextmanager
async def serving(
    front: Answers, settings: WebSettings | AdminSettings
) -> AsyncIterator[tuple[str, int]]:
    """Serve inside; gives the address and the port. Leaving waits for what is under way.

    Raises DigestError if we cannot listen there.
    """
    table = "web" if isinstance(settings, WebSettings) else "admin"
    proxies = settings.proxies if isinstance(settings, WebSettings) else ()
    runner = web.ServerRunner(
        _Server(front, proxies), handle_signals=False, shutdown_timeout=CLOSE_WITHIN
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            why = _TAKEN.get(error.errno or 0, error.strerror or str(error))
            raise DigestError(
                f"nothing can be served on {settings.host}:{settings.port}: {why}; `listen` in"
                f" [{table}] names another place; all else goes on, and it is tried again"
            ) from error
        host, port = runner.addresses[0][:2]
        log.info("web.start", table=table, listen=f"{host}:{port}")
        yield host, port
    finally:
        await runner.cleanup()
        log.info("web.stop", table=table)


class _Server(web.Server):
    """Makes a handler for each connection, up to a number of them."""

    def __init__(self, front: Answers, proxies: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self.front = front
        self._proxies = proxies
        self._told = False
        super().__init__(
            self._handle,
            access_log=None,
            keepalive_timeout=IDLE,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=2.0,
            auto_decompress=False,  # nobody sends us packed forms who means well
        )

    def __call__(self) -> web.RequestHandler:
        return _Handler(self, loop=asyncio.get_running_loop(), **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection, unless there are too many."""
        super().connection_made(handler, transport)
        if len(self._connections) > MAX_CONNECTIONS:
            transport.abort()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = self._asked(request)
        status = 0
        if request.method == "POST":
            if request.headers.get("Content-Encoding", "identity") != "identity":
                status = 415
            else:
                body = await _body(request)
                if isinstance(body, bytes):
                    asked = self._asked(request, body)
                else:
                    status = body
        if status:
            answer = self.front.refuse(asked, status)
            return _response(answer, close=True)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return _response(await self.front.answer(asked))
        except TimeoutError:
            return _response(self.front.refuse(asked, 503), close=True)

    def _asked(self, request: web.BaseRequest, body: bytes = b"") -> Request:
        peer = request.remote or ""
        forwarded = request.headers.getall("X-Forwarded-For", [])
        if forwarded and not self._told and not is_proxy(peer, self._proxies):
            self._told = True
            log.warning("web.unknown_proxy", peer=peer)
        return Request(
            method=request.method,
            path=request.path,
            host=request.headers.get("Host", ""),
            query=request.query_string,
            accept_language=request.headers.get("Accept-Language", ""),
            content_type=request.headers.get("Content-Type", ""),
            seen=request.headers.get("If-None-Match", ""),
            visitor=visitor(peer, forwarded, self._proxies),
            body=body,
        )


class _Handler(web.RequestHandler):
    """One connection; what aiohttp would say of errors is said by us."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no HTTP, or to a mistake of ours; neither says more than that."""
        del message  # it holds what was sent, and that may be a token
        if self.transport is not None and self.transport.get_write_buffer_size() > 0:
            raise ConnectionError("an answer was under way")
        if status >= 500:
            log.exception("web.crashed", error=exc)  # noqa: LOG004  # it is given to us
        server = self._manager
        assert isinstance(server, _Server)  # noqa: S101  # for the type checker
        asked = Request(method=request.method, path="/")
        wrong = 431 if isinstance(exc, LineTooLong) else status
        return _response(server.front.refuse(asked, wrong), close=True)


async def _body(request: web.BaseRequest) -> bytes | int:
    """The whole body, or the status that refuses it."""
    if (request.content_length or 0) > MAX_BODY:
        return 413
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN):
            while part := await request.content.readany():
                size += len(part)
                if size > MAX_BODY:
                    return 413
                parts.append(part)
    except TimeoutError:
        return 408
    except (web.RequestPayloadError, ValueError):
        return 400
    return b"".join(parts)


def _response(answer: Answer, *, close: bool = False) -> web.Response:
    made = web.Response(
        status=answer.status,
        body=answer.body,
        headers={**answer.headers, "Content-Type": answer.content_type},
    )
    if close:
        made.force_close()
    return made

"""Bodies to parsed feeds without holding the event loop.

Small bodies take the fast path in place, larger ones in a thread, and what the fast path cannot
read goes to feedparser in a process of its own, which is killed when it takes too long and started
again for the next document.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

import msgspec

from digest.errors import FeedError
from digest.feeds.decode import Decoded, decode
from digest.feeds.parse import parse
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed
from digest.feeds.tree import MAX_CHARACTERS
from digest.feeds.worker import LENGTH, Answer
from digest.model import FeedId

INLINE_BYTES = 64 * 1024  # parsed in a few milliseconds
ANSWER_BYTES = 64 * 1024 * 1024
KILL_AFTER = timedelta(seconds=10)
DOCUMENTS_A_PROCESS = 100  # then a fresh one: feedparser's memory only grows


class WorkerDiedError(Exception):
    """The worker ended, or was ended, before it answered; the text says why."""


class ParserPool:
    """Parses feeds. Use it as an async context manager; its process starts when first needed."""

    def __init__(self, kill_after: timedelta = KILL_AFTER) -> None:
        self._kill_after = kill_after.total_seconds()
        self._process: Process | None = None
        self._documents = 0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def parse(self, feed: FeedId, body: bytes, content_type: str = "") -> ParsedFeed:
        """Read a body as a feed. Raises FeedError with a reason that a person understands."""
        if len(body) <= INLINE_BYTES:
            decoded, found = _read(body, content_type)
        else:
            decoded, found = await asyncio.to_thread(_read, body, content_type)
        match found:
            case ParsedFeed():
                return replace(found, encoding=decoded.encoding)
            case NotAFeed(reason):
                raise FeedError(feed, reason)
            case Malformed(fault):
                lenient = await self._parse_leniently(feed, fault, decoded.text)
                return replace(lenient, encoding=decoded.encoding)

    async def _parse_leniently(self, feed: FeedId, fault: str, text: str) -> ParsedFeed:
        async with self._turn:
            try:
                answer = await self._ask(text[:MAX_CHARACTERS])
            except WorkerDiedError as error:
                raise FeedError(feed, f"{fault}; {error}") from error
        if answer.feed is None:
            raise FeedError(feed, f"{fault}; {answer.reason}")
        return answer.feed

    async def _ask(self, text: str) -> Answer:
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        message = text.encode("utf-8", "replace")
        answered = False
        try:
            async with asyncio.timeout(self._kill_after):
                process.stdin.write(LENGTH.pack(len(message)) + message)
                await process.stdin.drain()
                (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                if length > ANSWER_BYTES:
                    raise WorkerDiedError("its parsed form is too large")
                answer = msgspec.json.decode(await process.stdout.readexactly(length), type=Answer)
            answered = True
        except TimeoutError as error:
            raise WorkerDiedError(f"parsing took over {self._kill_after:g} s") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerDiedError("parsing took too much time or memory") from error
        finally:
            if not answered:  # cancelled too: its answer would be taken for the next document's
                await self._stop()
        return answer

    async def _running(self) -> Process:
        if self._documents >= DOCUMENTS_A_PROCESS:
            await self._stop()
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the current folder is the operator's, not a place for modules
                "-m",
                "digest.feeds.worker",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=_environment(),
            )
            self._documents = 0
        self._documents += 1
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _read(body: bytes, content_type: str) -> tuple[Decoded, ParsedFeed | Malformed | NotAFeed]:
    decoded = decode(body, content_type)
    return decoded, parse(decoded.text)


def _environment() -> dict[str, str]:
    """Ours without our secrets, and with our module path, wherever that came from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

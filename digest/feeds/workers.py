"""Bodies to documents without holding the event loop.

A small, well-formed body is read in place, one at a time. What is large, what only feedparser can
read, and in a busy round all that is not tiny goes to a worker process, which the kernel binds: it
reads while we fetch and store, each on a processor of its own. One that takes too long is killed,
and started again for the next document. While it holds up others, there is a second one. Where
nothing of that comes, no process is started. One that has answered is sent a few documents ahead,
so that it need not wait for our loop between two of them.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import msgspec

from digest.errors import FeedError
from digest.feeds.parsed import Malformed, NotAFeed, ParsedFeed
from digest.feeds.worker import LENGTH, READY, Answer, Document, Job, Wanted, read
from digest.model import FeedId
from digest.settings import Feed

WORKERS = 2  # processes
AHEAD = 1  # documents that are sent to a process before it has answered the one before
PATIENCE = 1.0  # seconds that one body may hold the first one before the second is started
INLINE_BYTES = 64 * 1024  # read in some milliseconds, the worst that is known in 100
TINY_BYTES = 8 * 1024  # read sooner than a process is started; such bodies wait for their turn
START_WITHIN = 30.0  # seconds, on a busy machine too; they do not count for a document
ANSWER_BYTES = 16 * 1024 * 1024  # 2 million characters are not more, whatever they are
KILL_AFTER = timedelta(seconds=10)


class WorkerDiedError(Exception):
    """The worker ended, or was ended, before it answered; the text says why."""


class ParserPool:
    """Reads feeds. Use it as an async context manager; its processes start when first needed."""

    def __init__(self, kill_after: timedelta = KILL_AFTER) -> None:
        self._workers = [_Worker(kill_after.total_seconds()) for _ in range(WORKERS)]
        self._here = asyncio.Lock()
        # One reads what 16 requests at a time bring in; to start another costs as much as 50 feeds.
        first, *self._reserve = self._workers
        # The one that worked last comes first, so that few processes are started.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._idle.put_nowait(first)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            await worker.stop()

    async def parse(self, feed: FeedId, body: bytes, content_type: str = "") -> ParsedFeed:
        """What a body says, raw. Raises FeedError with a reason that a person understands."""
        job = Job(body=body, content_type=content_type, wanted=None)
        return (await self._document(feed, job)).feed

    async def read(
        self,
        feed: Feed,
        body: bytes,
        content_type: str = "",
        *,
        url: str,
        now: datetime,
        seen: frozenset[bytes] = frozenset(),
    ) -> Document:
        """What a body that came from `url` says of the feed, and its entries. Raises FeedError.

        No entries are made of items whose marks were `seen`.
        """
        wanted = Wanted(feed=feed, url=url, now=now, seen=seen)
        return await self._document(
            feed.id, Job(body=body, content_type=content_type, wanted=wanted)
        )

    async def _document(self, feed: FeedId, job: Job) -> Document:
        fault = ""
        if self._is_for_here(len(job.body)):
            async with self._here:
                found = read(job)
                await asyncio.sleep(0)  # others have their turn, and find this place taken
            match found:
                case Document():
                    return found
                case NotAFeed(reason):
                    raise FeedError(feed, reason)
                case Malformed(reason):
                    fault = f"{reason}; "
        worker = await self._next()
        try:
            answer = await worker.ask(job)
        except WorkerDiedError as error:
            raise FeedError(feed, f"{fault}{error}") from error
        finally:
            self._idle.put_nowait(worker)
        if worker.takes_one_ahead():
            self._idle.put_nowait(worker)
        if answer.document is None:
            raise FeedError(feed, answer.reason)
        return answer.document

    def _is_for_here(self, size: int) -> bool:
        """Whether to read a body of that size in the loop; a busy round has its process.

        Until that has started, here is the quicker place.
        """
        if size <= TINY_BYTES:
            return True
        if size > INLINE_BYTES:
            return False
        first, *_ = self._workers
        return first.starting or not (first.running or self._here.locked())

    async def _next(self) -> "_Worker":
        """The process for a body: the first that is free, or a new one if none is for long."""
        first, *_ = self._workers
        while self._reserve:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    return await self._idle.get()
            # On a busy machine all is slow: a second process would make it slower, and take 40 MB.
            if self._reserve and first.is_held():
                return self._reserve.pop()
        return await self._idle.get()


class _Worker:
    """One process and its pipes."""

    def __init__(self, kill_after: float) -> None:
        self._kill_after = kill_after
        self._process: Process | None = None
        self._start = asyncio.Lock()
        self._turn = asyncio.Lock()  # to read an answer, in the order in which bodies were sent
        self._ahead = 0
        self._began: float | None = None  # with the present body, by the loop's clock
        self.starting = False

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def is_held(self) -> bool:
        """Whether one body has taken longer than others should wait."""
        return self._began is not None and _now() - self._began >= PATIENCE

    def takes_one_ahead(self) -> bool:
        """Whether one body more may be sent from now on before the others are answered."""
        takes = self._ahead < AHEAD
        self._ahead += takes
        return takes

    async def ask(self, job: Job) -> Answer:
        """Let the process read a body. Raises WorkerDiedError."""
        message = msgspec.msgpack.encode(job)
        answer: Answer | None = None
        while answer is None:
            process = await self._running()
            answer = await self._answer(process, message)
        return answer

    async def _answer(self, process: Process, message: bytes) -> Answer | None:
        """What the process says of a body; None if it ended over the one before."""
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        reusable = False
        process.stdin.writelines((LENGTH.pack(len(message)), message))
        try:
            async with self._turn:
                if process is not self._process:
                    return None
                self._began = _now()
                async with asyncio.timeout(self._kill_after):
                    # It may have answered this one and ended over the next: then the answer is
                    # there to be read, and if it is not, reading says so.
                    with suppress(ConnectionError):
                        await process.stdin.drain()
                    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                    if length > ANSWER_BYTES:
                        raise WorkerDiedError("its parsed form is too large")
                    told = await process.stdout.readexactly(length)
            answer = msgspec.msgpack.decode(told, type=Answer)
            reusable = not answer.grown
        except TimeoutError as error:
            raise WorkerDiedError(f"parsing took over {self._kill_after:g} s") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerDiedError("parsing took too much time or memory") from error
        finally:
            self._began = None
            if not reusable:  # cancelled too: its answer would be taken for the next document's
                await self._end(process)
        return answer

    async def _running(self) -> Process:
        async with self._start:
            if self._process is None or self._process.returncode is not None:
                self.starting = True
                try:
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
                    await self._started(self._process)
                finally:
                    self.starting = False
            return self._process

    async def _started(self, process: Process) -> None:
        ready = False
        try:
            async with asyncio.timeout(START_WITHIN):
                ready = process.stdout is not None and await process.stdout.read(1) == READY
        except TimeoutError as error:
            raise WorkerDiedError("the parser's process did not start in time") from error
        finally:
            if not ready:
                await self._end(process)
        if not ready:
            raise WorkerDiedError("the parser's process did not start")

    async def stop(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            await self._end(self._process)

    async def _end(self, process: Process) -> None:
        if self._process is process:
            self._process = None
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _environment() -> dict[str, str]:
    """Ours without our secrets, and with our module path, wherever that came from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

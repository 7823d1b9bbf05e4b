"""Runs store calls one after another in a thread of their own, so that the loop never waits."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import ParamSpec, TypeVar, cast

from digest.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")

ENOUGH = 32  # calls for one transaction; in tens they take half as much again
PATIENCE = 0.25  # seconds that a call waits for others to share its transaction


class StoreThread:
    """`await db(store.feeds.states)`: one call at a time, in order. Close it when done."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in the store's thread and wait for it.

        A call that has begun is finished even if the waiting task is cancelled, so that a
        transaction is never cut in two.
        """
        loop = asyncio.get_running_loop()
        return await asyncio.shield(
            loop.run_in_executor(self._executor, partial(call, *args, **kwargs))
        )

    def close(self) -> None:
        """Wait for the last call and end the thread."""
        self._executor.shutdown(wait=True)


class JointWriter:
    """`await write(keep, …)`: writing calls of many tasks, in as few transactions as they allow.

    A commit waits for the disk, at least 4 ms where that was measured, and writes whole pages of
    every index. So calls share one: those that come while another is made, and those that are
    `coming`, as far as they come soon.
    """

    def __init__(self, store: Store, db: StoreThread) -> None:
        self._store = store
        self._db = db
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[object]]] = []
        self._coming = 0
        self._enough = asyncio.Event()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Let calls wait a little for one that is made inside, or for the end of this."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            self._count()

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` and wait until what it wrote is safe.

        What it raises is raised here, and undone alone. A StoreError undoes all calls of its
        transaction: it is raised to one of their tasks, and the others are cancelled. So
        they are if the task is cancelled that writes for all: they belong into one task group.
        """
        mine: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append((partial(call, *args, **kwargs), mine))
        self._count()
        async with self._turn:
            if not mine.done():
                self._count()
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE):
                        await self._enough.wait()
                await self._write()
        result = mine.result()
        if isinstance(result, Exception):
            raise result
        return cast("T", result)

    def _count(self) -> None:
        if len(self._waiting) >= min(ENOUGH, self._coming):
            self._enough.set()

    async def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        self._enough.clear()
        try:
            results = await self._db(self._store.together, [call for call, _ in batch])
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)

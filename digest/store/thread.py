"""Runs store calls one after another in a thread of their own, so that the loop never waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar, cast

from digest.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")


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

    A commit waits for the disk, at least 4 ms where that was measured; calls that come meanwhile
    share the next one.
    """

    def __init__(self, store: Store, db: StoreThread) -> None:
        self._store = store
        self._db = db
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[object]]] = []

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` and wait until what it wrote is safe.

        What it raises is raised here, and undone alone. A StoreError undoes all calls of its
        transaction: it is raised to one of their tasks, and the others are cancelled. So
        they are if the task is cancelled that writes for all: they belong into one task group.
        """
        mine: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append((partial(call, *args, **kwargs), mine))
        async with self._turn:
            if not mine.done():
                await self._write()
        result = mine.result()
        if isinstance(result, Exception):
            raise result
        return cast("T", result)

    async def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            results = await self._db(self._store.together, [call for call, _ in batch])
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)

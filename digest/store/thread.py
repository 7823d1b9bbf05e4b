"""Runs store calls one after another in a thread of their own, so that the loop never waits."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

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

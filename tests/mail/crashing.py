"""Processes that die in the middle of what they do, and time that passes when a test says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.store import StoreThread
from tests.builders import NOW


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class CrashError(BaseException):
    """The process dies here."""


@dataclass
class Fuse:
    """Dies at the N-th call of the store or the wire."""

    left: int

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise CrashError


class CrashingThread(StoreThread):
    """Dies before or after a store call: both sides of every commit are tried."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    async def __call__(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        self.fuse.tick()
        result = await super().__call__(call, *args, **kwargs)
        self.fuse.tick()
        return result

"""What the outbox commits, in groups: what comes during one commit goes into the next.

A commit waits for the disk, and a message needs one before its body leaves and one after its
answer. Shared by a group of messages and by all connections, they cost little.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from digest.errors import StoreError
from digest.mail.board import Board
from digest.model import Delivery, DeliveryId
from digest.store import Store, StoreThread
from digest.store.attempts import Result
from digest.store.leaving import AddressHash

_PATIENCE = 0.05  # seconds that a group waits at most for company


class Journal:
    """The record of what is about to be sent and of how it ended."""

    def __init__(
        self,
        store: Store,
        db: StoreThread,
        board: Board,
        address_hash: AddressHash,
        recorded: Callable[[Sequence[Result]], None],
    ) -> None:
        """`recorded` is told what has been committed."""
        self._board = board
        self._recorded = recorded
        self._now = asyncio.get_running_loop().time
        self._noted: float | None = None  # when the oldest result came that is not committed
        self._deliveries = store.deliveries
        self._db = db
        self._address_hash = address_hash
        self._lock = asyncio.Lock()
        self._commits = 0  # that have begun
        self._asking = 0  # couriers that wait to have a group recorded
        self._enough = asyncio.Event()  # of them do
        self._took = 0.0  # seconds, the last commit
        self._results: list[Result] = []
        self._groups: list[Delivery] = []
        self._may_leave: set[DeliveryId] = set()
        self._broken = False

    @property
    def age(self) -> float:
        """For how many seconds a result has waited to be committed."""
        return 0.0 if self._noted is None else self._now() - self._noted

    def note(self, result: Result) -> None:
        """Take a result into the next commit, whosesoever that is."""
        self._noted = self._noted or self._now()
        self._results.append(result)

    async def commit(
        self, results: Sequence[Result] = (), group: Sequence[Delivery] = ()
    ) -> list[Delivery]:
        """Return when it is committed how attempts ended and that this group is about to be sent.

        With these results go all that were noted.

        Gives those of the group that may be: not whose reader has gone meanwhile, whose issue was
        paused or cancelled, or whose claim is over. Raises StoreError if it is not committed.
        """
        self._results += results
        self._groups += group
        self._asking += bool(group)
        if self._is_enough():
            self._enough.set()
        mine = self._commits
        try:
            async with self._lock:
                # Somebody else may have taken our record into their commit. If that failed we do
                # not know whether it was committed, and must not go on as if it were.
                if self._broken:
                    raise StoreError("the outbox could not record what it does")
                if mine == self._commits:
                    if self._groups:
                        await self._gather()
                    if self._results or self._groups:
                        await self._write()
        except asyncio.CancelledError:
            if mine == self._commits:  # nobody will send them, so let nobody announce them
                self._groups = [delivery for delivery in self._groups if delivery not in group]
            raise
        may_leave = [delivery for delivery in group if delivery.id in self._may_leave]
        self._may_leave.difference_update(delivery.id for delivery in group)
        return may_leave

    def _is_enough(self) -> bool:
        return self._asking >= self._board.couriers - 1  # one is kept for what is urgent

    async def _gather(self) -> None:
        """Wait until all couriers ask, so that they share one commit.

        Never longer than the last one took: where they wait for a distant server they do not come
        together.
        """
        if not self._is_enough():
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(self._took, _PATIENCE)):
                    await self._enough.wait()

    async def _write(self) -> None:
        results, self._results = self._results, []
        groups, self._groups = self._groups, []
        self._noted, self._asking = None, 0
        self._commits += 1
        began = self._now()
        try:
            self._may_leave |= await self._db(
                self._deliveries.commit,
                results,
                groups,
                self._board.clock(),
                address_hash=self._address_hash,
            )
        except BaseException:
            self._broken = True
            raise
        self._took = self._now() - began
        if results:
            self._recorded(results)

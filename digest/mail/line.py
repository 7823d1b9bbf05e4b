"""What leaves next: deliveries claimed in blocks, the urgent ones in a line of their own.

A confirmation that comes while a long issue is on its way is found within half a second and goes
before whatever has been claimed.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from digest.mail.board import Board, domain_of
from digest.mail.journal import Journal
from digest.mail.pace import Pace
from digest.mail.results import released
from digest.model import Delivery
from digest.settings import MailSettings
from digest.store import Store, StoreThread
from digest.store.due import PRIORITY, URGENT
from digest.store.leaving import AddressHash

GROUP = 8  # messages whose intent is committed together, for each connection
_BLOCK = 64  # claims for each connection
_LOOK = 0.5  # seconds between two looks for what is urgent


class Line:
    """The deliveries that a run has claimed and nobody has taken yet."""

    def __init__(
        self,
        store: Store,
        db: StoreThread,
        journal: Journal,
        settings: MailSettings,
        board: Board,
        *,
        pace: Pace,
        address_hash: AddressHash,
    ) -> None:
        self._deliveries = store.deliveries
        self._db = db
        self._journal = journal
        self._settings = settings
        self._board = board
        self._pace = pace
        self._address_hash = address_hash
        self._now = asyncio.get_running_loop().time
        self._urgent: deque[Delivery] = deque()
        self._others: deque[Delivery] = deque()
        self._claiming = asyncio.Lock()
        self._plenty = False  # the store had more than we took
        self._low = asyncio.Event()  # more should be claimed, or nothing ever again
        self._left = False
        self._changed = asyncio.Event()
        # A kill makes whole groups unknown, and where those are held each costs a person's time.
        # Nor does a group take longer than about a second of the pace: until then it is open.
        each_second = pace.per_second or GROUP * settings.connections
        most = GROUP if settings.resend_unknown else 1
        self.group = max(1, min(most, int(each_second / settings.connections)))

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    @property
    def wants(self) -> int:
        """How many couriers would find work: one more than that, if all of it can wait."""
        groups = -(-len(self) // self.group)
        return groups + bool(self._others and self._settings.connections > 1)

    def take(self, most: int, *, reserved: bool) -> tuple[list[Delivery], float]:
        """What is next and the seconds until it may leave; nothing if there is nothing at hand.

        `reserved` keeps a courier for what is urgent.
        """
        line = self._urgent if self._urgent or reserved else self._others
        share = -(-len(line) // max(1, self._board.couriers))
        group = [line.popleft() for _ in range(min(most, share))]
        if self._plenty and len(self._others) < self._block / 2:
            self._low.set()
        if not group:
            return [], 0.0
        urgent = line is self._urgent
        return group, self._pace.reserve(self._now(), len(group), urgent=urgent)

    def give_back(self, group: Iterable[Delivery]) -> None:
        """Put a group where it was taken from; it is the next again."""
        for delivery in reversed(list(group)):
            self._of(delivery).appendleft(delivery)

    async def keep(self) -> None:
        """Until `leave`: claim what has become urgent, and more of the rest before it runs out."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._low.wait()
            if self._left:
                return
            low = self._low.is_set()
            self._low.clear()
            if not self._claiming.locked() and (low or not self._urgent):
                async with self._claiming:
                    await self._claim(urgent=not low)

    def leave(self) -> None:
        """Let `keep` end."""
        self._left = True
        self._low.set()

    async def more(self) -> bool:
        """Claim what there is, if nothing is at hand. False if there is nothing to do."""
        async with self._claiming:
            if not len(self):
                await self._claim()
        return len(self) > 0

    async def wait_for_urgent(self) -> None:
        """Return when something urgent may have come, at the latest after half a second."""
        # Not wait_for: until Python 3.12 it may swallow that we are cancelled.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await self._changed.wait()
        self._changed.clear()

    def tell(self) -> None:
        """Wake a courier that waits for something urgent: the run goes on without some other."""
        self._changed.set()

    async def empty(self, why: str | None) -> None:
        """Give back what nobody will take any more, and why that is if it did not want to."""
        left = [*self._urgent, *self._others]
        self._urgent.clear()
        self._others.clear()
        if left:
            back = [released(delivery, began=False, why=why) for delivery in left]
            await self._journal.commit(back)

    @property
    def _block(self) -> int:
        """How many to claim at once: for a minute of the pace, so that no claim grows old."""
        most = _BLOCK * self._settings.connections
        least = self.group * self._settings.connections
        if self._pace.per_second is None:
            return most
        return max(least, min(most, int(60 * self._pace.per_second)))

    async def _claim(self, *, urgent: bool = False) -> None:
        while not self._board.over:
            now = self._board.clock()
            found = await self._db(
                self._deliveries.claim,
                self._block,
                now,
                resend_unknown=self._settings.resend_unknown,
                urgent=urgent,
                address_hash=self._address_hash,
            )
            if not urgent:
                self._plenty = len(found) == self._block
            resting = [
                released(delivery, until, began=False)
                for delivery in found
                if (until := self._board.breakers.until(domain_of(delivery), now)) is not None
            ]
            rest = {result.delivery for result in resting}
            for delivery in found:
                if delivery.id not in rest:
                    self._of(delivery).append(delivery)
            if self._urgent:
                self._changed.set()
            if not resting:
                return
            await self._journal.commit(resting)
            if len(rest) < len(found):
                return

    def _of(self, delivery: Delivery) -> deque[Delivery]:
        return self._urgent if PRIORITY[delivery.kind] == URGENT else self._others

"""Sends what is due: claims deliveries, sends them over a few connections, records how each ended.

Record the intent, act, record the result. A kill at any moment loses nobody: what was claimed is
queued again at the next start, and what was announced in the journal is known as unknown. How many
messages that can be is bounded: a group for each connection.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from digest.clock import Clock
from digest.errors import StoreError
from digest.mail.breaker import Breakers, Patience
from digest.mail.courier import Board, Courier
from digest.mail.journal import Journal
from digest.mail.line import Line
from digest.mail.message import Sender
from digest.mail.pace import Pace
from digest.mail.results import DrainSummary
from digest.mail.rounds import Rounds
from digest.mail.settle import BATCH, settle
from digest.mail.templates import Templates
from digest.mail.transport import Transport
from digest.mail.trouble import about_barred_way, about_refusal, reason_of, unnamed
from digest.model import DeliveryState, Notice
from digest.settings import MailSettings
from digest.store import Store, StoreThread
from digest.store.attempts import Result
from digest.store.leaving import AddressHash
from digest.subscribers.addresses import fold
from digest.subscribers.tokens import address_hash

__all__ = ["DrainSummary", "Restraint", "drain"]

log = logging.getLogger(__name__)

# An answer waits no longer to be committed, however slow the next ones are: a kill would send those
# messages again. Fast servers have their answers committed with the intent of the next group.
_LATE = 0.15  # seconds …
_LOOK = 0.1  # … and so often is looked
_SETTLE = 2.0  # seconds between two looks at what came back during a run


@dataclass(frozen=True, slots=True)
class Restraint:
    """How fast and to whom we may send, as the runs before have taught us."""

    pace: Pace
    breakers: Breakers
    patience: Patience

    @classmethod
    def of(cls, settings: MailSettings) -> "Restraint":
        """Nothing learnt yet."""
        # A folder takes what comes.
        per_second = None if settings.server is None else settings.per_second
        return cls(Pace(per_second), Breakers(), Patience())


async def drain(
    store: Store,
    db: StoreThread,
    transport: Transport,
    settings: MailSettings,
    *,
    sender: Sender,
    clock: Clock,
    restraint: Restraint | None = None,
    stop: asyncio.Event | None = None,
    progress: Callable[[DrainSummary], None] | None = None,
    jitter: Callable[[], float] = random.random,
) -> DrainSummary:
    """Send everything that is due, then return.

    Once `stop` is set nothing more is claimed, the bodies that are on their way are finished, and
    the rest is given back. Call `store.deliveries.recover` before the first run of a process, and
    hand the same `restraint` to all of its runs.
    """
    run = _Run(
        store,
        db,
        transport,
        settings,
        sender=sender,
        clock=clock,
        restraint=restraint or Restraint.of(settings),
        stop=stop or asyncio.Event(),
        progress=progress or (lambda _: None),
        jitter=jitter,
    )
    return await run.drain()


class _Run:
    """One run over the outbox: a few couriers, one connection each, fed from one line."""

    def __init__(
        self,
        store: Store,
        db: StoreThread,
        transport: Transport,
        settings: MailSettings,
        *,
        sender: Sender,
        clock: Clock,
        restraint: Restraint,
        stop: asyncio.Event,
        progress: Callable[[DrainSummary], None],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._db = db
        self._settings = settings
        self._clock = clock
        self._patience = restraint.patience
        self._progress = progress
        self._board = Board(
            stop=stop, clock=clock, breakers=restraint.breakers, limit=settings.connections
        )
        # Each step of a delivery asks for it.
        hashed: AddressHash = lru_cache(maxsize=4096)(
            lambda address: address_hash(sender.secret, fold(address))
        )
        self._journal = Journal(store, db, self._board, hashed, self._count)
        self._line = Line(
            store,
            db,
            self._journal,
            settings,
            self._board,
            pace=restraint.pace,
            address_hash=hashed,
        )
        self._courier = partial(
            Courier,
            transport,
            self._board,
            self._journal.note,
            resend_after=settings.resend_after,
            jitter=jitter,
        )
        self._rounds = Rounds(self._line, self._journal, self._board, Templates(store, db, sender))
        self._summary = DrainSummary()
        self._bounced = False  # something came back that has not been settled
        self._ended = asyncio.Event()  # no courier is at work any more

    async def drain(self) -> DrainSummary:
        """Send until nothing is due, somebody says stop, or the server bars the way."""
        try:
            return await self._drain()
        except (Exception, asyncio.CancelledError):
            # The process may live on, so nothing may stay claimed by a run that is over. If it is
            # cancelled because its time to stop is up, the next start has less to find out.
            with suppress(StoreError):
                await self._journal.commit()
            now = self._clock()
            await self._db(self._store.deliveries.recover, now, now + self._settings.resend_after)
            raise

    async def _drain(self) -> DrainSummary:
        now, deliveries = self._clock(), self._store.deliveries
        await self._db(deliveries.lapse, now, now + self._settings.resend_after)
        if self._board.over or not await self._line.more(reserved=False):
            return self._summary
        due = await self._db(deliveries.due, now, resend_unknown=self._settings.resend_unknown)
        self._summary = DrainSummary(total=len(self._line) + due)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beside())
                group.create_task(self._line.keep())
                self._hire(group)
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # the others were cancelled because of it
        return await self._end()

    async def _end(self) -> DrainSummary:
        board, left = self._board, len(self._line)
        problem = board.problem or (board.trouble if left and not board.stop.is_set() else None)
        await self._line.empty(problem)
        summary = self._summary
        if summary.done:
            self._patience.well()
            await self._db(self._store.trouble.over)
        if problem is not None:
            rest = await self._barred(problem)
            summary = replace(summary, problem=problem, blocked=board.blocked, rest=rest)
        log.info(
            "outbox.done sent=%d deferred=%d failed=%d unknown=%d blocked=%s",
            summary.sent,
            summary.deferred,
            summary.failed,
            summary.unknown,
            summary.blocked,
        )
        return summary

    def _hire(self, group: asyncio.TaskGroup) -> None:
        """Have as many couriers as there is work for; one of them is kept for what is urgent."""
        board = self._board
        while board.couriers < min(board.limit, self._line.wants) and not board.over:
            board.couriers += 1
            courier = self._courier()
            group.create_task(self._work(courier, group))

    async def _work(self, courier: Courier, group: asyncio.TaskGroup) -> None:
        try:
            await self._rounds.walk(
                courier, group, hire=partial(self._hire, group), carried=self._pause_disliked
            )
        finally:
            await courier.close()
        if not self._board.couriers:
            self._ended.set()
            self._line.leave()

    async def _beside(self) -> None:
        """Until the last courier has gone: commit answers that wait, settle what comes back."""
        now = asyncio.get_running_loop().time
        settled = now()
        while not self._ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._ended.wait()
            if self._journal.age >= _LATE:
                await self._journal.commit()
            if self._bounced and now() - settled >= _SETTLE:
                # A bad list must stop early; whoever called sees to what is left at the end.
                self._bounced = await self._db(settle, self._store, self._clock()) == BATCH
                settled = settled if self._bounced else now()

    def _count(self, done: Sequence[Result]) -> None:
        """Tell of results that have been committed."""
        self._bounced = self._bounced or any(result.bounce is not None for result in done)
        states = [result.state for result in done]
        ended = {
            name: states.count(state) + getattr(self._summary, name)
            for name, state in (
                ("sent", DeliveryState.SENT),
                ("deferred", DeliveryState.DEFERRED),
                ("failed", DeliveryState.FAILED),
                ("unknown", DeliveryState.UNKNOWN),
            )
        }
        summary = replace(self._summary, **ended)
        self._summary = replace(summary, total=max(summary.total, summary.done))
        for result in done:
            if result.state is not DeliveryState.SENT:
                log.debug("outbox.%s delivery=%d", result.state, result.delivery)
        self._progress(self._summary)

    # --- what the operator is told -----------------------------------------------------------

    async def _pause_disliked(self) -> None:
        """Stop the issues whose content or sender the server has refused."""
        disliked, self._board.disliked = self._board.disliked, []
        for delivery, reply in disliked:
            log.error("outbox.disliked delivery=%d reason=%s", delivery.id, reason_of(reply))
            now = self._clock()
            # Told first: the other way round, a kill between the two would keep it a secret.
            await self._tell(about_refusal(delivery, reply, now), now)
            if delivery.issue is not None:
                why = unnamed(reply, delivery)
                await self._db(self._store.issues.pause, delivery.issue, why, now)
                self._board.issues[delivery.issue] = True

    async def _barred(self, problem: str) -> timedelta:
        """Remember that the server bars the way, and tell it once; gives how long to rest."""
        now, patience, blocked = self._clock(), self._patience, self._board.blocked
        rest = patience.barred(blocked=blocked)
        trouble = await self._db(self._store.trouble.met, problem, now, blocked=blocked)
        await self._tell(about_barred_way(problem, trouble.since, now, blocked=blocked), now)
        return rest

    async def _tell(self, notice: Notice | None, now: datetime) -> None:
        if notice is not None:
            await self._db(self._store.notices.add, [notice], now)

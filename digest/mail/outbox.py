"""Sends what is due: claims deliveries, sends them over a few connections, records how each ended.

Record the intent, act, record the result. A kill at any moment loses nobody: what was claimed is
queued again at the next start, and what was announced in the journal is known as unknown. How many
messages that can be is bounded: a group for each connection.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from digest.clock import Clock
from digest.errors import StoreError
from digest.logs import Log
from digest.mail.board import Board
from digest.mail.breaker import Breakers, Patience
from digest.mail.courier import Courier
from digest.mail.journal import Journal
from digest.mail.line import Line
from digest.mail.message import Sender
from digest.mail.pace import Pace
from digest.mail.prepared import Prepared
from digest.mail.results import DrainSummary
from digest.mail.settle import BATCH, settle
from digest.mail.shift import Shift
from digest.mail.transport import Transport
from digest.mail.trouble import (
    MAIL_SERVER,
    about_barred_way,
    about_refusal,
    reason_of,
    unnamed,
)
from digest.model import DeliveryState, Notice, NoticeKind
from digest.settings import MailSettings
from digest.store import Store, StoreThread
from digest.store.attempts import Result
from digest.store.leaving import AddressHash
from digest.subscribers.addresses import fold
from digest.subscribers.tokens import address_hash

__all__ = ["DrainSummary", "Restraint", "drain"]

log = Log(__name__)

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
        store=store,
        db=db,
        transport=transport,
        settings=settings,
        sender=sender,
        clock=clock,
        restraint=restraint or Restraint.of(settings),
        stop=stop or asyncio.Event(),
        progress=progress or (lambda _: None),
        jitter=jitter,
    )
    return await run.drain()


def _address_hash(sender: Sender) -> AddressHash:
    """What an address is suppressed under; remembered, as each step of a delivery asks for it."""
    return lru_cache(maxsize=4096)(lambda address: address_hash(sender.secret, fold(address)))


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run over the outbox: a few couriers, one connection each, fed from one line."""

    store: Store
    db: StoreThread
    transport: Transport
    settings: MailSettings
    sender: Sender
    clock: Clock
    restraint: Restraint
    stop: asyncio.Event
    progress: Callable[[DrainSummary], None]
    jitter: Callable[[], float]
    board: Board = field(init=False)
    journal: Journal = field(init=False)
    line: Line = field(init=False)
    shift: Shift = field(init=False)
    summary: DrainSummary = field(default_factory=DrainSummary)
    bounced: bool = False  # something came back that has not been settled
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # no courier is at work any more

    def __post_init__(self) -> None:
        store, db, settings = self.store, self.db, self.settings
        hashed = _address_hash(self.sender)
        self.board = board = Board(
            stop=self.stop,
            clock=self.clock,
            breakers=self.restraint.breakers,
            limit=settings.connections,
        )
        self.journal = journal = Journal(store, db, board, hashed, self._count)
        self.line = Line(
            store, db, journal, settings, board, pace=self.restraint.pace, address_hash=hashed
        )
        self.shift = Shift(self.line, journal, board, Prepared(store, db, self.sender))

    async def drain(self) -> DrainSummary:
        """Send until nothing is due, somebody says stop, or the server bars the way."""
        try:
            return await self._drain()
        except (Exception, asyncio.CancelledError):
            # The process may live on, so nothing may stay claimed by a run that is over. If it is
            # cancelled because its time to stop is up, the next start has less to find out.
            with suppress(StoreError):
                await self.journal.commit()
            now = self.clock()
            await self.db(self.store.deliveries.recover, now, now + self.settings.resend_after)
            raise

    async def _drain(self) -> DrainSummary:
        now, deliveries = self.clock(), self.store.deliveries
        await self.db(deliveries.lapse, now, now + self.settings.resend_after)
        if self.board.over or not await self.line.more():
            return self.summary
        due = await self.db(deliveries.due, now, resend_unknown=self.settings.resend_unknown)
        self.summary = DrainSummary(total=len(self.line) + due)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beside())
                group.create_task(self.line.keep())
                self._hire(group)
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # the others were cancelled because of it
        return await self._end()

    async def _end(self) -> DrainSummary:
        board, left = self.board, len(self.line)
        problem = board.problem or (board.trouble if left and not board.stop.is_set() else None)
        await self.line.empty(problem)
        summary = self.summary
        if summary.done:
            self.restraint.patience.well()
            await self.db(self.store.trouble.over)
            now = self.clock()
            await self.db(self.store.notices.settle, NoticeKind.MAIL_BLOCKED, MAIL_SERVER, now)
        if problem is not None:
            rest = await self._barred(problem)
            summary = replace(summary, problem=problem, blocked=board.blocked, rest=rest)
        log.info(
            "outbox.done",
            sent=summary.sent,
            deferred=summary.deferred,
            failed=summary.failed,
            unknown=summary.unknown,
            blocked=summary.blocked,
        )
        return summary

    def _hire(self, group: asyncio.TaskGroup) -> None:
        """Have as many couriers as there is work for; one of them is kept for what is urgent."""
        board = self.board
        while board.couriers < min(board.limit, self.line.wants) and not board.over:
            board.couriers += 1
            courier = Courier(
                self.transport,
                board,
                self.journal.note,
                resend_after=self.settings.resend_after,
                jitter=self.jitter,
            )
            group.create_task(self._work(courier, group))

    async def _work(self, courier: Courier, group: asyncio.TaskGroup) -> None:
        try:
            await self.shift.work(
                courier, group, hire=partial(self._hire, group), carried=self._pause_disliked
            )
        finally:
            await courier.close()
        if not self.board.couriers:
            self.ended.set()
            self.line.leave()

    async def _beside(self) -> None:
        """Until the last courier has gone: commit answers that wait, settle what comes back."""
        now = asyncio.get_running_loop().time
        settled = now()
        while not self.ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self.ended.wait()
            if self.journal.age >= _LATE:
                await self.journal.commit()
            if self.bounced and now() - settled >= _SETTLE:
                # A bad list must stop early; whoever called sees to what is left at the end.
                self.bounced = await self.db(settle, self.store, self.clock()) == BATCH
                settled = settled if self.bounced else now()

    def _count(self, done: Sequence[Result]) -> None:
        """Tell of results that have been committed."""
        self.bounced = self.bounced or any(result.bounce is not None for result in done)
        states = [result.state for result in done]
        ended = {
            name: states.count(state) + getattr(self.summary, name)
            for name, state in (
                ("sent", DeliveryState.SENT),
                ("deferred", DeliveryState.DEFERRED),
                ("failed", DeliveryState.FAILED),
                ("unknown", DeliveryState.UNKNOWN),
            )
        }
        summary = replace(self.summary, **ended)
        self.summary = replace(summary, total=max(summary.total, summary.done))
        for result in done:
            if result.state is not DeliveryState.SENT:
                log.debug("outbox.ended", delivery=result.delivery, state=result.state)
        self.progress(self.summary)

    # --- what the operator is told -----------------------------------------------------------

    async def _pause_disliked(self) -> None:
        """Stop the issues whose content or sender the server has refused."""
        disliked, self.board.disliked = self.board.disliked, []
        for delivery, reply in disliked:
            log.error("outbox.disliked", delivery=delivery.id, reason=reason_of(reply))
            now = self.clock()
            # Told first: the other way round, a kill between the two would keep it a secret.
            await self._tell(about_refusal(delivery, reply), now)
            if delivery.issue is not None:
                why = unnamed(reply, delivery)
                await self.db(self.store.issues.pause, delivery.issue, why, now)
                self.board.issues[delivery.issue] = True

    async def _barred(self, problem: str) -> timedelta:
        """Remember that the server bars the way, and tell it once; gives how long to rest."""
        now, patience, blocked = self.clock(), self.restraint.patience, self.board.blocked
        rest = patience.barred(blocked=blocked)
        trouble = await self.db(self.store.trouble.met, problem, now, blocked=blocked)
        await self._tell(about_barred_way(problem, trouble.since, now, blocked=blocked), now)
        return rest

    async def _tell(self, notice: Notice | None, now: datetime) -> None:
        if notice is not None:
            await self.db(self.store.notices.raise_, notice, now)

"""Sends what is due: claims deliveries, sends them over a few connections, records how each ended.

Record the intent, act, record the result. A kill at any moment loses nobody: what was claimed is
queued again at the next start, and what had its body begun is known as unknown. How many messages
that can be is bounded by the number of connections.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from digest.clock import Clock
from digest.mail.message import Message
from digest.mail.replies import (
    Accepted,
    Blocked,
    Deferred,
    Lost,
    Outcome,
    Refused,
    Unknown,
    Withdrawn,
)
from digest.mail.states import TRANSITIONS, Event, retry_at
from digest.mail.transport import Connection, Transport
from digest.model import Delivery, DeliveryId, DeliveryState
from digest.settings import MailSettings
from digest.store import Store, StoreThread
from digest.store.deliveries import Result

log = logging.getLogger(__name__)

# Claims a connection: few, so that a confirmation that comes meanwhile is soon next in line.
_CLAIMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainSummary:
    """What one run over the outbox did, and why it ended early if it did."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    problem: str | None = None  # the server's words or the system's
    blocked: bool = False  # the problem is ours to mend: login, sender, policy, content


class Pace:
    """Spreads messages evenly: at most so many a second, whatever the number of connections."""

    def __init__(self, per_second: float | None, now: Callable[[], float]) -> None:
        """`now` is monotonic, in seconds. None for `per_second`: never wait."""
        self._gap = 0.0 if per_second is None else 1.0 / per_second
        self._now = now
        self._next = 0.0

    def reserve(self) -> float:
        """Take the next free moment; gives the seconds until then."""
        now = self._now()
        at = max(self._next, now)
        self._next = at + self._gap
        return at - now


async def drain(
    store: Store,
    db: StoreThread,
    transport: Transport,
    settings: MailSettings,
    *,
    build: Callable[[Delivery], Message],
    clock: Clock,
    stop: asyncio.Event | None = None,
    progress: Callable[[DrainSummary], None] | None = None,
    pace: Pace | None = None,
    jitter: Callable[[], float] = random.random,
) -> DrainSummary:
    """Send everything that is due, then return.

    `build` runs in the store's thread, so it may read from the store. Once `stop` is set nothing
    more is claimed, and what is on its way is finished. Call `store.deliveries.recover` before
    the first run of a process.
    """
    if pace is None:
        per_second = None if settings.server is None else settings.per_second
        pace = Pace(per_second, asyncio.get_running_loop().time)
    run = _Run(
        store,
        db,
        transport,
        settings,
        build=build,
        clock=clock,
        stop=stop or asyncio.Event(),
        progress=progress or (lambda _: None),
        pace=pace,
        jitter=jitter,
    )
    return await run.drain()


class _Journal:
    """Commits intents and results in groups: what comes during one commit goes into the next."""

    def __init__(self, store: Store, db: StoreThread, clock: Clock) -> None:
        self._deliveries = store.deliveries
        self._db = db
        self._clock = clock
        self._lock = asyncio.Lock()
        self._begun: list[Delivery] = []
        self._may_leave: set[DeliveryId] = set()
        self._ended: list[Result] = []
        self._broken = False

    async def begin(self, delivery: Delivery) -> bool:
        """Return when it is committed that this body is about to be sent.

        False if it must not be: the reader has gone meanwhile, or the claim is over.
        """
        self._begun.append(delivery)
        await self._commit()
        if delivery.id not in self._may_leave:
            return False
        self._may_leave.remove(delivery.id)
        return True

    async def end(self, *results: Result) -> None:
        """Return when it is committed how these attempts ended."""
        self._ended += results
        await self._commit()

    async def _commit(self) -> None:
        async with self._lock:
            # Somebody else may have taken our record into their group. If that failed we do not
            # know whether it was committed, and must not go on as if it were.
            if self._broken:
                raise RuntimeError("the outbox could not record what it does")
            begun, self._begun = self._begun, []
            ended, self._ended = self._ended, []
            try:
                if ended:
                    await self._db(self._deliveries.finish, ended, self._clock())
                if begun:
                    self._may_leave |= await self._db(
                        self._deliveries.begin_body, begun, self._clock()
                    )
            except BaseException:
                self._broken = True
                raise


class _Run:
    """One run over the outbox: a few workers, one connection each, fed from one line."""

    def __init__(
        self,
        store: Store,
        db: StoreThread,
        transport: Transport,
        settings: MailSettings,
        *,
        build: Callable[[Delivery], Message],
        clock: Clock,
        stop: asyncio.Event,
        progress: Callable[[DrainSummary], None],
        pace: Pace,
        jitter: Callable[[], float],
    ) -> None:
        self._deliveries = store.deliveries
        self._db = db
        self._journal = _Journal(store, db, clock)
        self._transport = transport
        self._settings = settings
        self._build = build
        self._clock = clock
        self._stop = stop
        self._progress = progress
        self._pace = pace
        self._jitter = jitter
        self._line: deque[Delivery] = deque()
        self._claiming = asyncio.Lock()
        self._summary = DrainSummary()
        self._trouble: str | None = None  # why a connection could not be made

    async def drain(self) -> DrainSummary:
        """Send until nothing is due, somebody says stop, or the server bars the way."""
        if not self._over:
            await self._claim()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._settings.connections, len(self._line))):
                    group.create_task(self._work())
        except ExceptionGroup as errors:
            # The process may live on, so nothing may stay claimed by a run that is over.
            now = self._clock()
            await self._db(self._deliveries.recover, now, now + self._settings.resend_after)
            raise errors.exceptions[0] from errors  # the others were cancelled because of it
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        if self._line:
            await self._journal.end(
                *[
                    Result(
                        delivery=d.id,
                        epoch=d.epoch,
                        state=DeliveryState.QUEUED,
                        reply="",
                        counts=False,
                    )
                    for d in self._line
                ]
            )
            if not self._over:
                self._summary = replace(self._summary, problem=self._trouble)
        summary = self._summary
        if summary != DrainSummary():
            log.info(
                "outbox.done sent=%d deferred=%d failed=%d unknown=%d blocked=%s",
                summary.sent,
                summary.deferred,
                summary.failed,
                summary.unknown,
                summary.blocked,
            )
        return summary

    async def _claim(self) -> None:
        self._line += await self._db(
            self._deliveries.claim,
            _CLAIMS * self._settings.connections,
            self._clock(),
            resend_unknown=self._settings.resend_unknown,
        )

    @property
    def _over(self) -> bool:
        return self._stop.is_set() or self._summary.blocked

    async def _work(self) -> None:
        connection: Connection | None = None
        carried = 0
        try:
            while True:
                if connection is None or not connection.usable:
                    connection, carried = await self._connect(), 0
                delivery = None if connection is None else await self._next()
                if connection is None or delivery is None:
                    return
                outcome, began = await self._send(connection, delivery)
                if carried and not began and not connection.usable and not _settled(outcome):
                    # Servers hang up after so many messages or so long: not this message's fault.
                    fresh = await self._connect()
                    if fresh is not None:
                        connection, carried = fresh, 0
                        outcome, began = await self._send(connection, delivery)
                carried += 1
                await self._record(delivery, outcome, began=began)
        finally:
            if connection is not None:
                await connection.close()

    async def _connect(self) -> Connection | None:
        match await self._transport.connect():
            case Blocked(reply):
                self._block(reply)
            case Deferred(reply) | Lost(reply):
                # Perhaps it allows fewer connections; if no worker gets one the run ends.
                self._trouble = reply
            case connection:
                return connection
        return None

    def _block(self, reply: str) -> None:
        self._summary = replace(self._summary, problem=reply, blocked=True)

    async def _next(self) -> Delivery | None:
        async with self._claiming:
            if not self._line and not self._over:
                await self._claim()
            if not self._line or self._over:
                return None
            delivery = self._line.popleft()
        if not await self._turn():
            self._line.append(delivery)
            return None
        return delivery

    async def _turn(self) -> bool:
        """Wait for our moment. False if the run was stopped meanwhile."""
        wait = self._pace.reserve()
        if wait > 0:
            try:
                await asyncio.wait_for(self._stop.wait(), wait)
            except TimeoutError:
                return not self._over
        return not self._over

    async def _send(self, connection: Connection, delivery: Delivery) -> tuple[Outcome, bool]:
        """How the attempt ended, and whether its body had begun by then."""
        began = False

        async def body_begins() -> bool:
            nonlocal began
            began = await self._journal.begin(delivery)
            return began

        try:
            message = await self._db(self._build, delivery)
            outcome = await connection.send(message, body_begins)
        except ValueError as error:  # what cannot be said in a message or an envelope
            return Refused(f"not sent: {error}"), began
        return outcome, began

    async def _record(self, delivery: Delivery, outcome: Outcome, *, began: bool) -> None:
        now = self._clock()
        not_before = None
        match outcome:
            case Accepted():
                event = Event.ACCEPTED
            case Refused():
                event = Event.REFUSED
            case Unknown():
                event = Event.LOST
                not_before = now + self._settings.resend_after
            case Deferred() | Lost():
                first = delivery.first_attempt
                not_before = retry_at(delivery.attempts + 1, first, now, self._jitter())
                event = Event.GAVE_UP if not_before is None else Event.DEFERRED
            case Blocked(reply):
                self._block(reply)
                # A wait all the same: others go first then, should it be this message after all.
                not_before = retry_at(1, None, now, self._jitter())
                event = Event.DEFERRED if began else Event.RELEASED
            case Withdrawn():
                log.info("outbox.withdrawn delivery=%d", delivery.id)
                return  # the store has recorded it already
            case _:
                assert_never(outcome)
        state = TRANSITIONS[DeliveryState.DATA if began else DeliveryState.CLAIMED, event]
        await self._journal.end(
            Result(
                delivery=delivery.id,
                epoch=delivery.epoch,
                state=state,
                reply=outcome.reply,
                not_before=not_before,
                counts=not isinstance(outcome, Blocked),
            )
        )
        self._count(delivery, state)

    def _count(self, delivery: Delivery, state: DeliveryState) -> None:
        summary = self._summary
        match state:
            case DeliveryState.SENT:
                self._summary = replace(summary, sent=summary.sent + 1)
            case DeliveryState.DEFERRED:
                self._summary = replace(summary, deferred=summary.deferred + 1)
            case DeliveryState.FAILED:
                self._summary = replace(summary, failed=summary.failed + 1)
            case DeliveryState.UNKNOWN:
                self._summary = replace(summary, unknown=summary.unknown + 1)
            case _:
                pass  # given back, as if it had not been tried
        if state is not DeliveryState.SENT:
            log.warning("outbox.%s delivery=%d attempt=%d", state, delivery.id, delivery.epoch)
        self._progress(self._summary)


def _settled(outcome: Outcome) -> bool:
    """Whether this is the server's word on the message itself."""
    return not isinstance(outcome, Lost | Deferred)

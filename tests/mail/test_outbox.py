import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.mail.message import Message, build
from digest.mail.outbox import DrainSummary, Pace, drain
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
from digest.mail.smtp import SmtpTransport, Timeouts
from digest.mail.transport import BodyBegins
from digest.model import (
    Counts,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Letter,
    Preferences,
    Status,
    SubscriberId,
)
from digest.settings import MailSettings, Server
from digest.store import Store, StoreThread
from tests.builders import NOW
from tests.mail.builders import delivery, letter, sender
from tests.mail.server import DROP, HOST, Say, scripted_server

S = DeliveryState
SETTINGS = MailSettings(
    from_name="Kuruma Weekly", from_address="weekly@example.org", connections=2, per_second=None
)


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: Any = NOW

    def __call__(self) -> Any:
        return self.now


@dataclass
class Wire:
    """A transport that does what a test tells it, and remembers whom it reached."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    connecting: list[Outcome] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    connections: int = 0
    refuses_envelopes: bool = False
    on_envelope: Callable[[], Awaitable[None]] | None = None
    on_body: Callable[[], Awaitable[None]] | None = None

    async def connect(self) -> Any:
        if self.connecting:
            return self.connecting.pop(0)
        self.connections += 1
        return Link(self)


@dataclass
class Link:
    wire: Wire
    usable: bool = True

    async def send(self, message: Message, body_begins: BodyBegins) -> Outcome:
        planned = self.wire.outcomes.get(message.recipient, [])
        outcome = planned.pop(0) if planned else Accepted("250 ok")
        if self.wire.on_envelope is not None:
            await self.wire.on_envelope()
        if not isinstance(outcome, Lost) and not self.wire.refuses_envelopes:
            if not await body_begins():
                return Withdrawn()
            if self.wire.on_body is not None:
                await self.wire.on_body()
        self.usable = not isinstance(outcome, Lost | Unknown)
        if isinstance(outcome, Accepted):
            self.wire.reached.append(message.recipient)
            self.wire.ids.append(message.id)
        return outcome

    async def close(self) -> None:
        pass


@pytest.fixture
async def db() -> AsyncIterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


def add(
    store: Store,
    number: int,
    kind: DeliveryKind = DeliveryKind.NOTICE,
    words: Letter | None = None,
) -> str:
    address = f"reader{number}@example.com"
    assert store.deliveries.add_letter(
        f"{kind}/weekly/2026-W47/{number}",
        kind,
        address=address,
        subscriber=None,
        letter=words or letter(),
        now=NOW,
    )
    return address


def write(delivery: Delivery) -> Message:
    return build(delivery, None, sender())


async def run(
    store: Store, db: StoreThread, transport: Any, settings: MailSettings = SETTINGS, **given: Any
) -> DrainSummary:
    return await drain(
        store,
        db,
        transport,
        settings,
        **({"build": write, "clock": lambda: NOW, "jitter": lambda: 0.5} | given),
    )


def counts(store: Store) -> dict[DeliveryState, int]:
    return dict(store.deliveries.counts().by_state)


# --- the good way -------------------------------------------------------------------------------


async def test_everything_due_is_sent_once(store: Store, db: StoreThread) -> None:
    addresses = [add(store, n) for n in range(50)]
    wire = Wire()
    seen: list[int] = []
    summary = await run(store, db, wire, progress=lambda s: seen.append(s.sent))
    assert summary == DrainSummary(sent=50)
    assert sorted(wire.reached) == sorted(addresses)
    assert wire.connections == 2
    assert seen == list(range(1, 51))
    assert await run(store, db, wire) == DrainSummary()
    assert len(wire.reached) == 50


async def test_the_most_urgent_kind_goes_first(store: Store, db: StoreThread) -> None:
    kinds = [DeliveryKind.ISSUE, DeliveryKind.ALERT, DeliveryKind.CONFIRMATION, DeliveryKind.NOTICE]
    for number, kind in enumerate(kinds):
        add(store, number, kind)
    wire = Wire()
    await run(store, db, wire, replace(SETTINGS, connections=1))
    assert wire.reached == [f"reader{n}@example.com" for n in (2, 3, 1, 0)]


async def test_what_comes_while_sending_goes_out_too(store: Store, db: StoreThread) -> None:
    add(store, 1)
    more = iter(range(2, 5))

    async def arrives() -> None:
        if (number := next(more, None)) is not None:
            await db(add, store, number)

    wire = Wire(on_body=arrives)
    assert (await run(store, db, wire)).sent == 4


async def test_nothing_due_needs_no_connection(store: Store, db: StoreThread) -> None:
    wire = Wire()
    assert await run(store, db, wire) == DrainSummary()
    assert wire.connections == 0


async def test_the_body_leaves_only_after_its_intent_is_committed(
    store: Store, db: StoreThread
) -> None:
    for number in range(10):
        add(store, number)
    states: list[Counts] = []

    async def look() -> None:
        states.append(await db(store.deliveries.counts))

    await run(store, db, Wire(on_body=look))
    assert len(states) == 10
    assert all(1 <= s[S.DATA] <= SETTINGS.connections for s in states)


# --- refusals and losses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "due_after"),
    [
        (Refused("550 5.1.1 unknown"), S.FAILED, None),
        (Deferred("451 later"), S.DEFERRED, timedelta(minutes=5)),
        (Lost("gone"), S.DEFERRED, timedelta(minutes=5)),
        (Unknown("gone"), S.UNKNOWN, timedelta(hours=1)),
    ],
)
async def test_what_becomes_of_a_message_that_is_not_accepted(
    store: Store,
    db: StoreThread,
    outcome: Outcome,
    state: DeliveryState,
    due_after: timedelta | None,
) -> None:
    address = add(store, 1)
    add(store, 2)
    await run(store, db, Wire({address: [outcome]}), replace(SETTINGS, connections=1))
    assert counts(store) == {state: 1, S.SENT: 1}
    due = store.deliveries.next_due(resend_unknown=True)
    assert due == (None if due_after is None else NOW + due_after)


async def test_a_deferred_message_waits_longer_each_time_and_is_given_up_after_two_days(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire = Wire({address: [Deferred("451 later")] * 99})
    clock, waits = Clock(), []
    while (due := store.deliveries.next_due(resend_unknown=True)) is not None:
        waits.append(round((due - clock.now) / timedelta(minutes=1)))
        clock.now = due
        await run(store, db, wire, clock=clock)
    assert waits[:8] == [0, 5, 15, 30, 60, 120, 240, 240]
    assert counts(store) == {S.FAILED: 1}
    assert timedelta(hours=40) < clock.now - NOW < timedelta(hours=48)


async def test_an_unknown_message_is_sent_again_as_the_same_mail(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire, clock = Wire({address: [Unknown("lost at the dot")]}), Clock()
    ids: list[str] = []

    def remember(made: Delivery) -> Message:
        ids.append(made.key)
        return write(made)

    await run(store, db, wire, clock=clock, build=remember)
    clock.now += timedelta(minutes=59)
    assert await run(store, db, wire, clock=clock) == DrainSummary()
    clock.now += timedelta(minutes=1)
    assert await run(store, db, wire, clock=clock) == DrainSummary(sent=1)
    assert ids == ["notice/weekly/2026-W47/1"]
    assert wire.ids == [write(_again(ids[0], address)).id]


def _again(key: str, address: str) -> Delivery:
    return delivery(key=key, kind=DeliveryKind.NOTICE, letter=letter(), address=address)


async def test_unknown_messages_are_held_if_the_operator_wants_it(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire, clock = Wire({address: [Unknown("lost")]}), Clock()
    settings = replace(SETTINGS, resend_unknown=False)
    await run(store, db, wire, settings, clock=clock)
    clock.now += timedelta(days=30)
    assert await run(store, db, wire, settings, clock=clock) == DrainSummary()
    assert counts(store) == {S.UNKNOWN: 1}


async def test_a_message_that_cannot_be_made_fails_alone(store: Store, db: StoreThread) -> None:
    add(store, 1, words=Letter(subject="x", text="x", in_reply_to="<a>\r\nBcc: b@example.com"))
    add(store, 2)
    assert await run(store, db, Wire()) == DrainSummary(sent=1, failed=1)


# --- the server bars the way --------------------------------------------------------------------


async def test_a_fault_of_ours_pauses_the_run_and_counts_against_nobody(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(9)]
    wire = Wire({addresses[0]: [Blocked("554 5.7.1 spam")]})
    summary = await run(store, db, wire, replace(SETTINGS, connections=1))
    assert summary == DrainSummary(deferred=1, problem="554 5.7.1 spam", blocked=True)
    assert counts(store) == {S.DEFERRED: 1, S.QUEUED: 8}
    assert (await run(store, db, wire)).sent == 8


async def test_a_refused_login_sends_nothing_and_leaves_all_queued(
    store: Store, db: StoreThread
) -> None:
    for number in range(9):
        add(store, number)
    wire = Wire(connecting=[Blocked("535 5.7.8 no"), Blocked("535 5.7.8 no")])
    summary = await run(store, db, wire)
    assert summary == DrainSummary(problem="535 5.7.8 no", blocked=True)
    assert counts(store) == {S.QUEUED: 9}


async def test_a_server_that_is_not_there_leaves_all_queued(store: Store, db: StoreThread) -> None:
    add(store, 1)
    add(store, 2)
    wire = Wire(connecting=[Lost("refused"), Lost("refused")])
    assert await run(store, db, wire) == DrainSummary(problem="refused")
    assert counts(store) == {S.QUEUED: 2}


async def test_a_server_that_allows_one_connection_gets_everything_over_it(
    store: Store, db: StoreThread
) -> None:
    for number in range(9):
        add(store, number)
    wire = Wire(connecting=[Deferred("421 too many connections")])
    assert await run(store, db, wire) == DrainSummary(sent=9)


async def test_a_connection_that_was_used_up_costs_no_message_its_turn(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(6)]
    wire = Wire({addresses[3]: [Lost("421 enough for one connection")]})
    assert await run(store, db, wire, replace(SETTINGS, connections=1)) == DrainSummary(sent=6)
    assert wire.connections == 2


async def test_where_no_new_connection_follows_the_message_waits(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(3)]
    wire = Wire({addresses[1]: [Lost("gone")]})

    async def then_none() -> None:
        wire.connecting = [Lost("refused")] * 2

    wire.on_body = then_none
    summary = await run(store, db, wire, replace(SETTINGS, connections=1))
    assert summary == DrainSummary(sent=1, deferred=1, problem="refused")
    assert counts(store) == {S.SENT: 1, S.DEFERRED: 1, S.QUEUED: 1}


async def test_a_fault_of_ours_found_before_the_body_leaves_the_message_untried(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire = Wire({address: [Blocked("550 5.7.1 sender not allowed")]}, refuses_envelopes=True)
    summary = await run(store, db, wire)
    assert summary == DrainSummary(problem="550 5.7.1 sender not allowed", blocked=True)
    assert counts(store) == {S.QUEUED: 1}
    (waiting,) = store.deliveries.claim(9, NOW + timedelta(hours=1), resend_unknown=False)
    assert (waiting.attempts, waiting.first_attempt) == (0, None)


async def test_a_message_that_the_server_bars_lets_the_others_go_first(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(3)]
    wire = Wire({addresses[0]: [Blocked("550 5.7.1 policy")]}, refuses_envelopes=True)
    await run(store, db, wire, replace(SETTINGS, connections=1))
    wire.refuses_envelopes = False
    assert (await run(store, db, wire)).sent == 2


@pytest.mark.parametrize("early", [True, False])
async def test_no_fault_of_ours_costs_a_reader_their_mail_however_long_it_lasts(
    store: Store,
    db: StoreThread,
    early: bool,  # noqa: FBT001  # a column of the table
) -> None:
    address = add(store, 1)
    wire = Wire({address: [Blocked("554 5.7.1 spam")] * 20}, refuses_envelopes=early)
    clock = Clock()
    for _ in range(20):
        await run(store, db, wire, clock=clock)
        clock.now += timedelta(hours=6)
    wire.outcomes, wire.refuses_envelopes = {address: [Deferred("451 later")]}, False
    assert (await run(store, db, wire, clock=clock)).deferred == 1
    due = store.deliveries.next_due(resend_unknown=True)
    assert due == clock.now + timedelta(minutes=5)  # the wait of a first attempt


async def test_after_a_weekend_without_a_server_a_first_refusal_is_not_the_last(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    clock = Clock(NOW + timedelta(hours=60))
    await run(store, db, Wire({address: [Deferred("450 4.2.0 greylisted")]}), clock=clock)
    assert counts(store) == {S.DEFERRED: 1}
    clock.now += timedelta(minutes=5)
    assert (await run(store, db, Wire(), clock=clock)).sent == 1


# --- readers who go -----------------------------------------------------------------------------


def add_reader(store: Store, kind: DeliveryKind = DeliveryKind.ALERT) -> SubscriberId:
    """A reader with a delivery to them."""
    address = "reader1@example.com"
    reader = store.subscribers.add(
        address,
        address,
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=None,
        now=NOW,
    )
    store.deliveries.add_letter(
        f"{kind}/1", kind, address=address, subscriber=reader, letter=letter(), now=NOW
    )
    assert reader is not None
    return reader


async def test_leaving_counts_until_the_body_leaves(store: Store, db: StoreThread) -> None:
    reader = add_reader(store)
    add(store, 2)

    async def leaves() -> None:
        await db(store.subscribers.set_status, reader, Status.LEFT, NOW)

    wire = Wire(on_envelope=leaves)
    assert await run(store, db, wire, replace(SETTINGS, connections=1)) == DrainSummary(sent=1)
    assert wire.reached == ["reader2@example.com"]
    assert counts(store) == {S.SENT: 1, S.DROPPED: 1}


async def test_an_erased_reader_gets_nothing_that_was_already_claimed(
    store: Store, db: StoreThread
) -> None:
    reader = add_reader(store)

    async def is_erased() -> None:
        await db(store.subscribers.remove, reader, "hash", "asked to be forgotten", NOW)

    wire = Wire(on_envelope=is_erased)
    assert await run(store, db, wire) == DrainSummary()
    assert wire.reached == []
    assert counts(store) == {}


# --- stopping and pace --------------------------------------------------------------------------


async def test_stop_finishes_what_is_on_its_way_and_gives_the_rest_back(
    store: Store, db: StoreThread
) -> None:
    for number in range(20):
        add(store, number)
    stop = asyncio.Event()

    async def stops() -> None:
        stop.set()

    summary = await run(store, db, Wire(on_body=stops), stop=stop)
    assert 1 <= summary.sent <= SETTINGS.connections
    assert summary.problem is None
    assert counts(store) == {S.SENT: summary.sent, S.QUEUED: 20 - summary.sent}
    assert await run(store, db, Wire(), stop=stop) == DrainSummary()


async def test_stop_does_not_wait_for_the_next_message_to_be_due(
    store: Store, db: StoreThread
) -> None:
    for number in range(3):
        add(store, number)
    stop = asyncio.Event()
    slow = Pace(1 / 3600, lambda: 0.0)

    async def stops() -> None:
        stop.set()

    summary = await run(store, db, Wire(on_body=stops), stop=stop, pace=slow)
    assert summary == DrainSummary(sent=1)
    assert counts(store) == {S.SENT: 1, S.QUEUED: 2}


async def test_the_pace_is_kept_over_all_connections(store: Store, db: StoreThread) -> None:
    for number in range(6):
        add(store, number)
    loop = asyncio.get_running_loop()
    began = loop.time()
    settings = replace(
        SETTINGS, per_second=50.0, server=Server(host=HOST, port=25, tls="none"), connections=4
    )
    assert (await run(store, db, Wire(), settings)).sent == 6
    assert loop.time() - began >= 5 / 50


def test_the_pace_spreads_messages_and_saves_no_turns() -> None:
    now = 100.0
    pace = Pace(10, lambda: now)
    assert [round(pace.reserve(), 3) for _ in range(3)] == [0, 0.1, 0.2]
    now = 200.0
    assert [round(pace.reserve(), 3) for _ in range(2)] == [0, 0.1]
    assert [Pace(None, lambda: now).reserve() for _ in range(2)] == [0, 0]


async def test_a_run_that_fails_leaves_nothing_claimed(store: Store, db: StoreThread) -> None:
    for number in range(20):
        add(store, number)

    async def fails() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await run(store, db, Wire(on_body=fails))
    left = counts(store)
    assert left[S.UNKNOWN] <= SETTINGS.connections
    assert left[S.QUEUED] == 20 - left[S.UNKNOWN]


# --- over real sockets --------------------------------------------------------------------------


def smtp(port: int, **given: Any) -> tuple[SmtpTransport, MailSettings]:
    settings = replace(
        SETTINGS, server=Server(host=HOST, port=port, tls="none"), connections=4, **given
    )
    return SmtpTransport(settings, None, Timeouts(connect=5, command=5, body=5)), settings


async def test_a_bad_server_reaches_everyone_deliverable_and_classes_the_rest(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(60)]
    turns = itertools.count(1)

    def script(step: str, _connection: int, _message: int) -> Say | None:
        turn = next(turns)
        if step == "RCPT" and turn % 7 == 0:
            return Say("450 4.2.0 greylisted")
        if step == "RCPT" and turn % 31 == 0:
            return Say("421 4.3.2 enough", close=True)
        if step == "MAIL" and turn % 29 == 0:
            return DROP
        if step == "." and turn % 11 == 0:
            return DROP
        return None

    clock = Clock()
    async with scripted_server(script) as server:
        transport, settings = smtp(server.port)
        while (due := store.deliveries.next_due(resend_unknown=True)) is not None:
            clock.now = max(due, clock.now)
            await run(store, db, transport, settings, clock=clock)
    assert counts(store) == {S.SENT: 60}
    assert sorted(r.recipient for r in server.received) == sorted(addresses)
    assert server.most_open <= 4


# --- crashes ------------------------------------------------------------------------------------


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


class CrashingWire(Wire):
    """Dies around the body too: after it was sent, the answer is never seen."""

    def __init__(self, fuse: Fuse, inbox: list[Message]) -> None:
        super().__init__()
        self.fuse = fuse
        self.inbox = inbox

    async def connect(self) -> Any:
        return CrashingLink(self)


@dataclass
class CrashingLink:
    wire: CrashingWire
    usable: bool = True

    async def send(self, message: Message, body_begins: BodyBegins) -> Outcome:
        self.wire.fuse.tick()
        assert await body_begins()
        self.wire.fuse.tick()
        self.wire.inbox.append(message)
        self.wire.fuse.tick()
        return Accepted("250 ok")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("resend", [True, False])
@pytest.mark.parametrize("connections", [1, 3])
async def test_a_crash_anywhere_loses_nobody_and_doubles_no_more_than_the_connections(
    tmp_path: Path,
    resend: bool,  # noqa: FBT001  # a column of the table
    connections: int,
) -> None:
    settings = replace(SETTINGS, connections=connections, resend_unknown=resend)
    readers = 5
    survived = 0
    for point in range(1, 500):
        inbox: list[Message] = []
        fuse = Fuse(point)
        clock = Clock()
        with Store.open(tmp_path / f"{point}") as store:
            for number in range(readers):
                add(store, number)
            thread = CrashingThread(fuse)
            try:
                await run(store, thread, CrashingWire(fuse, inbox), settings, clock=clock)
                survived = point
            except CrashError:
                pass
            finally:
                thread.close()
            # The next start, with nothing to stop it.
            store.deliveries.recover(clock.now, clock.now + settings.resend_after)
            unknown = counts(store).get(S.UNKNOWN, 0)
            assert unknown <= connections
            clock.now += settings.resend_after
            calm = StoreThread()
            await run(store, calm, CrashingWire(Fuse(-1), inbox), settings, clock=clock)
            calm.close()
            final = counts(store)
        got = [m.recipient for m in inbox]
        doubled = len(got) - len(set(got))
        if resend:
            assert final == {S.SENT: readers}
            assert len(set(got)) == readers
            assert doubled <= unknown
        else:
            assert doubled == 0
            assert len(set(got)) + final.get(S.UNKNOWN, 0) >= readers
        assert len({(m.recipient, m.id, m.data) for m in inbox}) == len(set(got))
        if survived:
            break
    assert survived > 10  # the sweep came to its end

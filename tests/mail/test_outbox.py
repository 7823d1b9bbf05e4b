import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import StoreError
from digest.mail.board import Board
from digest.mail.breaker import Breakers
from digest.mail.journal import Journal
from digest.mail.line import GROUP
from digest.mail.message import Message, build
from digest.mail.outbox import DrainSummary, Restraint, drain
from digest.mail.pace import Pace
from digest.mail.replies import (
    Accepted,
    Blocked,
    Busy,
    Deferred,
    Disliked,
    Lost,
    Outcome,
    Refused,
    Unknown,
)
from digest.mail.settle import settle
from digest.mail.smtp import SmtpTransport, Timeouts
from digest.model import (
    BounceKind,
    Choice,
    Counts,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Letter,
    NoticeKind,
    Preferences,
    Sending,
    Status,
    SubscriberId,
    Suppression,
)
from digest.settings import MailSettings, Server
from digest.store import Store, StoreThread
from digest.store.trouble import Trouble
from digest.subscribers.addresses import fold
from digest.subscribers.tokens import address_hash
from tests.builders import NOW, database_of
from tests.mail.builders import SECRET, delivery, letter, segment, sender
from tests.mail.crashing import Clock, CrashError, CrashingThread, Fuse
from tests.mail.server import DROP, HOST, Say, scripted_server
from tests.store.builders import issue

S = DeliveryState
SETTINGS = MailSettings(
    from_name="Kuruma Weekly", from_address="weekly@example.org", connections=2, per_second=None
)
ALONE = replace(SETTINGS, connections=1)


@dataclass
class Wire:
    """A transport that does what a test tells it, and remembers whom it reached."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    connecting: list[Outcome] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    connections: int = 0
    on_connect: Callable[[], Awaitable[None]] | None = None
    on_body: Callable[[], Awaitable[None]] | None = None

    async def connect(self) -> Any:
        if self.on_connect is not None:
            await self.on_connect()
        if self.connecting:
            return self.connecting.pop(0)
        self.connections += 1
        return Link(self)


@dataclass
class Link:
    wire: Wire
    usable: bool = True

    async def send(self, message: Message, then: Message | None = None) -> Outcome:  # noqa: ARG002
        planned = self.wire.outcomes.get(message.recipient, [])
        outcome = planned.pop(0) if planned else Accepted("250 ok")
        if self.wire.on_body is not None and not isinstance(outcome, Lost | Busy):
            await self.wire.on_body()
        closing = outcome.reply.startswith("421")
        self.usable = not (closing or isinstance(outcome, Lost | Unknown))
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
    domain: str = "example.com",
) -> str:
    address = f"reader{number}@{domain}"
    assert store.deliveries.add_letter(
        f"{kind}/weekly/2026-W47/{number}",
        kind,
        address=address,
        subscriber=None,
        letter=words or letter(),
        now=NOW,
    )
    return address


def publish(store: Store, readers: int, key: str = "2026-W47") -> IssueId:
    """An issue on its way to so many readers, reader0 first."""
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
    for number in range(readers):
        address = f"reader{number}@example.com"
        store.subscribers.add(
            address,
            address,
            name="",
            status=Status.ACTIVE,
            preferences=Preferences(choice=Choice(language="ja")),
            consent=None,
            now=NOW,
        )
    added = store.issues.add(issue(key), [segment()])
    assert isinstance(added, int)
    return IssueId(added)


async def run(
    store: Store, db: StoreThread, transport: Any, settings: MailSettings = SETTINGS, **given: Any
) -> DrainSummary:
    defaults: dict[str, Any] = {
        "sender": sender(),
        "clock": lambda: NOW,
        "jitter": lambda: 0.5,
    }
    return await drain(store, db, transport, settings, **(defaults | given))


def counts(store: Store) -> dict[DeliveryState, int]:
    return dict(store.deliveries.counts().by_state)


def all_sent(number: int) -> DrainSummary:
    return DrainSummary(total=number, sent=number)


# --- the good way -------------------------------------------------------------------------------


async def test_everything_due_is_sent_once(store: Store, db: StoreThread) -> None:
    addresses = [add(store, n) for n in range(50)]
    wire = Wire()
    seen: list[int] = []
    summary = await run(store, db, wire, progress=lambda s: seen.append(s.sent))
    assert summary == all_sent(50)
    assert sorted(wire.reached) == sorted(addresses)
    assert seen == sorted(seen)
    assert seen[-1] == 50
    assert len(seen) >= 50 / (GROUP * SETTINGS.connections)
    assert await run(store, db, wire) == DrainSummary()
    assert len(wire.reached) == 50


async def test_an_issue_goes_to_each_of_its_readers_with_their_own_values(
    store: Store, db: StoreThread
) -> None:
    publish(store, 20)
    wire = Wire()
    assert await run(store, db, wire) == all_sent(20)
    assert sorted(wire.reached) == sorted(f"reader{n}@example.com" for n in range(20))
    assert len(set(wire.ids)) == 20


async def test_the_most_urgent_kind_goes_first(store: Store, db: StoreThread) -> None:
    kinds = [DeliveryKind.ISSUE, DeliveryKind.ALERT, DeliveryKind.CONFIRMATION, DeliveryKind.NOTICE]
    for number, kind in enumerate(kinds):
        add(store, number, kind)
    wire = Wire()
    await run(store, db, wire, ALONE)
    assert wire.reached == [f"reader{n}@example.com" for n in (2, 3, 1, 0)]


async def test_a_confirmation_that_comes_during_a_long_issue_is_not_kept_waiting(
    store: Store, db: StoreThread
) -> None:
    """The issue stands still, yet the connection that is kept for what is urgent moves."""
    publish(store, 30)
    asked, arrived = asyncio.Event(), asyncio.Event()

    class Slow(Wire):
        async def connect(self) -> Any:
            return SlowLink(self)

    class SlowLink(Link):
        async def send(self, message: Message, then: Message | None = None) -> Outcome:
            if message.recipient == "reader99@example.com":
                arrived.set()
            elif not asked.is_set():
                await db(add, store, 99, DeliveryKind.CONFIRMATION)
                asked.set()
                await arrived.wait()
            return await super().send(message, then)

    assert await run(store, db, Slow()) == all_sent(31)


async def test_another_connection_is_kept_for_what_is_urgent_once_the_first_has_gone(
    store: Store, db: StoreThread
) -> None:
    """The server wants fewer connections, and of all of them closes the one that was kept."""
    publish(store, 120)
    asked, arrived = asyncio.Event(), asyncio.Event()

    class Slow(Wire):
        async def connect(self) -> Any:
            return SlowLink(self)

    class SlowLink(Link):
        async def send(self, message: Message, then: Message | None = None) -> Outcome:
            if message.recipient == "reader999@example.com":
                return Busy("421 too many connections")
            if message.recipient == "reader998@example.com":
                arrived.set()
            elif "reader90@" in message.recipient:
                await db(add, store, 998, DeliveryKind.CONFIRMATION)
                asked.set()
            if asked.is_set():
                await arrived.wait()
            return await super().send(message, then)

    add(store, 999, DeliveryKind.CONFIRMATION)
    async with asyncio.timeout(20):
        summary = await run(store, db, Slow(), replace(SETTINGS, connections=3))
    assert summary.sent == 121


async def test_what_comes_while_sending_goes_out_too(store: Store, db: StoreThread) -> None:
    add(store, 1)
    more = iter(range(2, 5))

    async def arrives() -> None:
        if (number := next(more, None)) is not None:
            await db(add, store, number)

    wire = Wire(on_body=arrives)
    assert await run(store, db, wire) == all_sent(4)


async def test_nothing_due_needs_no_connection(store: Store, db: StoreThread) -> None:
    wire = Wire()
    assert await run(store, db, wire) == DrainSummary()
    assert wire.connections == 0


@pytest.mark.parametrize("connections", [1, 2, 5])
@pytest.mark.parametrize(("resend", "group"), [(True, GROUP), (False, 1)])
async def test_a_body_leaves_only_after_the_intent_of_its_group_is_committed(
    store: Store,
    db: StoreThread,
    resend: bool,  # noqa: FBT001  # a column of the table
    group: int,
    connections: int,
) -> None:
    publish(store, 100)
    states: list[Counts] = []

    async def look() -> None:
        states.append(await db(store.deliveries.counts))

    settings = replace(SETTINGS, connections=connections, resend_unknown=resend)
    await run(store, db, Wire(on_body=look), settings)
    assert len(states) == 100
    assert all(1 <= s[S.DATA] <= group * connections for s in states)


async def test_no_more_is_announced_than_leaves_in_a_second(store: Store, db: StoreThread) -> None:
    for number in range(6):
        add(store, number)
    states: list[Counts] = []

    async def look() -> None:
        states.append(await db(store.deliveries.counts))

    restraint = replace(Restraint.of(SETTINGS), pace=Pace(4))
    settings = replace(SETTINGS, connections=2)
    stop = asyncio.Event()
    await run(store, db, Wire(on_body=look), settings, restraint=restraint, stop=stop)
    assert max(s[S.DATA] for s in states) <= 4


async def test_an_answer_is_committed_before_the_next_one_of_its_group_comes(
    store: Store, db: StoreThread
) -> None:
    """A kill while a slow server ponders sends nothing again that it took long before."""
    for number in range(GROUP):
        add(store, number)
    bodies = itertools.count(1)

    async def ponders_over_the_fourth() -> None:
        if next(bodies) == 4:
            while (await db(store.deliveries.counts))[S.SENT] < 3:  # noqa: ASYNC110  # no event tells
                await asyncio.sleep(0.01)
            assert (await db(store.deliveries.counts))[S.DATA] == GROUP - 3

    async with asyncio.timeout(20):
        assert await run(store, db, Wire(on_body=ponders_over_the_fourth), ALONE) == all_sent(GROUP)


class CountingThread(StoreThread):
    """Counts what is committed of attempts."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._commit = store.deliveries.commit
        self.commits = 0

    async def __call__(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        self.commits += call == self._commit
        return await super().__call__(call, *args, **kwargs)


async def test_a_fast_server_costs_one_commit_a_group(store: Store) -> None:
    for number in range(4 * GROUP):
        add(store, number)
    thread = CountingThread(store)
    await run(store, thread, Wire(), ALONE)
    thread.close()
    assert thread.commits == 4 + 1  # the results of the last one


async def test_connections_that_are_equally_fast_share_their_commits(store: Store) -> None:
    publish(store, 200)
    thread = CountingThread(store)

    async def all_take_alike() -> None:
        await asyncio.sleep(0)

    wire = Wire(on_body=all_take_alike)
    assert await run(store, thread, wire, replace(SETTINGS, connections=5)) == all_sent(200)
    thread.close()
    # Four at work, each with half a group at a time: not one commit for each half.
    assert thread.commits < 200 / (GROUP / 2) * 0.7


async def test_one_that_has_to_wait_for_its_server_keeps_no_other_waiting(
    store: Store, db: StoreThread
) -> None:
    """All share their commits, but for whoever has not come within the time of one."""
    publish(store, 100)
    others_are_done = asyncio.Event()
    bodies = itertools.count(1)

    async def one_hangs() -> None:
        number = next(bodies)
        if number == 1:
            await others_are_done.wait()
        elif number == 100 - GROUP + 1:  # all but what the one holds
            others_are_done.set()

    wire = Wire(on_body=one_hangs)
    async with asyncio.timeout(20):
        assert await run(store, db, wire, replace(SETTINGS, connections=4)) == all_sent(100)


# --- refusals and losses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "due_after"),
    [
        (Refused("550 5.1.1 unknown"), S.FAILED, None),
        (Deferred("451 later"), S.DEFERRED, timedelta(minutes=5)),
        (Disliked("554 5.7.1 spam"), S.DEFERRED, timedelta(minutes=5)),
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
    await run(store, db, Wire({address: [outcome]}), ALONE)
    assert counts(store) == {state: 1, S.SENT: 1}
    due = store.deliveries.next_due(resend_unknown=True)
    assert due == (None if due_after is None else NOW + due_after)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.1 no such user", BounceKind.DEAD),
        ("552 5.2.2 mailbox full", BounceKind.SOFT),
        ("550 listed by spamhaus", BounceKind.OURS),
    ],
)
async def test_a_refused_address_is_a_bounce_at_once(
    store: Store, db: StoreThread, reply: str, kind: BounceKind
) -> None:
    number = publish(store, 2)
    await run(store, db, Wire({"reader0@example.com": [Refused(reply)]}))
    proofs = store.outbox.prove(number)
    assert [[b.bounce.kind for b in proof.bounces] for proof in proofs] == [[kind], []]


async def test_a_message_that_we_could_not_say_is_nobodys_bounce(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 1)
    await run(store, db, Wire({"reader0@example.com": [Refused("not sent: bad address")]}))
    (proof,) = store.outbox.prove(number)
    assert (proof.row.state, proof.bounces) == (S.FAILED, ())


async def test_a_deferred_message_waits_longer_each_time_and_is_given_up_after_two_days(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire = Wire({address: [Deferred("452 4.2.2 full")] * 99})
    clock, waits = Clock(), []
    while (due := store.deliveries.next_due(resend_unknown=True)) is not None:
        waits.append(round((due - clock.now) / timedelta(minutes=1)))
        clock.now = due
        await run(store, db, wire, clock=clock)
    assert waits[:8] == [0, 5, 15, 30, 60, 120, 240, 240]
    assert counts(store) == {S.FAILED: 1}
    assert timedelta(hours=40) < clock.now - NOW < timedelta(hours=48)


async def test_a_message_that_was_given_up_and_is_retried_begins_anew(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire, clock = Wire({address: [Deferred("451 4.2.1 later")] * 99}), Clock()
    while (due := store.deliveries.next_due(resend_unknown=True)) is not None:
        clock.now = due
        await run(store, db, wire, clock=clock)
    assert store.outbox.retry(clock.now, states=[S.FAILED]).queued == 1
    await run(store, db, wire, clock=clock)
    assert counts(store) == {S.DEFERRED: 1}


async def test_an_unknown_message_is_sent_again_as_the_same_mail(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire, clock = Wire({address: [Unknown("lost at the dot")]}), Clock()
    await run(store, db, wire, clock=clock)
    clock.now += timedelta(minutes=59)
    assert await run(store, db, wire, clock=clock) == DrainSummary()
    clock.now += timedelta(minutes=1)
    assert await run(store, db, wire, clock=clock) == all_sent(1)
    key = "notice/weekly/2026-W47/1"
    again = delivery(key=key, kind=DeliveryKind.NOTICE, letter=letter(), address=address)
    assert wire.ids == [build(again, None, sender()).id]


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
    add(store, 1, domain="example.com\r\nBcc: b@example.com")
    add(store, 2)
    assert await run(store, db, Wire()) == DrainSummary(total=2, sent=1, failed=1)


# --- the server bars the way --------------------------------------------------------------------


async def test_a_refused_sender_ends_the_run_and_counts_against_nobody(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(20)]
    wire = Wire({addresses[2]: [Blocked("550 5.1.8 sender")]})
    summary = await run(store, db, wire, ALONE)
    assert (summary.sent, summary.blocked, summary.problem) == (2, True, "550 5.1.8 sender")
    assert counts(store) == {S.SENT: 2, S.QUEUED: 18}
    (notice,) = store.notices.latest(9)
    assert notice.notice.kind is NoticeKind.MAIL_BLOCKED
    assert "550 5.1.8 sender" in notice.notice.words
    assert (await run(store, db, wire, ALONE)).sent == 17  # the one that met it waits a little
    assert counts(store) == {S.SENT: 19, S.QUEUED: 1}


async def test_a_refused_login_sends_nothing_and_leaves_all_queued(
    store: Store, db: StoreThread
) -> None:
    for number in range(9):
        add(store, number)
    wire = Wire(connecting=[Blocked("535 5.7.8 no")] * 2)
    summary = await run(store, db, wire)
    assert (summary.problem, summary.blocked, summary.done) == ("535 5.7.8 no", True, 0)
    assert counts(store) == {S.QUEUED: 9}


async def test_a_server_that_is_not_there_leaves_all_queued(store: Store, db: StoreThread) -> None:
    add(store, 1)
    add(store, 2)
    wire = Wire(connecting=[Lost("refused")] * 2)
    summary = await run(store, db, wire)
    assert (summary.problem, summary.blocked, summary.done) == ("refused", False, 0)
    assert counts(store) == {S.QUEUED: 2}
    assert store.notices.latest(9) == []  # it is soon back


async def test_each_rest_is_longer_and_the_trouble_is_told_once(
    store: Store, db: StoreThread
) -> None:
    add(store, 1)
    restraint, clock = Restraint.of(SETTINGS), Clock()
    rests = []
    for _ in range(9):
        wire = Wire(connecting=[Blocked("535 5.7.8 no")])
        summary = await run(store, db, wire, ALONE, restraint=restraint, clock=clock)
        rests.append(summary.rest / timedelta(minutes=1))
        clock.now += summary.rest
    assert rests == [5, 10, 20, 40, 80, 160, 240, 240, 240]
    assert len(store.notices.open()) == 1
    assert (await run(store, db, Wire(), ALONE, restraint=restraint, clock=clock)).sent == 1
    assert store.notices.open() == []  # mail leaves
    add(store, 2)
    wire = Wire(connecting=[Blocked("535 5.7.8 no")])
    summary = await run(store, db, wire, ALONE, restraint=restraint, clock=clock)
    assert summary.rest == timedelta(minutes=5)
    (notice,) = store.notices.open()
    assert notice.times == 2  # a new trouble, on the same day


async def test_a_server_that_stays_away_is_told_after_a_while(
    store: Store, db: StoreThread
) -> None:
    add(store, 1)
    restraint, clock = Restraint.of(SETTINGS), Clock()
    for _ in range(7):
        wire = Wire(connecting=[Lost("refused")])
        summary = await run(store, db, wire, ALONE, restraint=restraint, clock=clock)
        clock.now += summary.rest
    (notice,) = store.notices.latest(9)
    assert (notice.notice.about, notice.notice.since) == ("mail server", NOW)


async def test_no_run_forgets_since_when_no_mail_leaves(store: Store, db: StoreThread) -> None:
    """Each `digest send` is a process of its own, and knows what the one before has met."""
    add(store, 1)
    clock = Clock()
    await run(store, db, Wire(connecting=[Lost("refused")]), ALONE, clock=clock)
    assert store.trouble.get() == Trouble(since=NOW, words="refused", blocked=False)
    assert store.notices.latest(9) == []
    (row,) = store.outbox.rows()
    assert row.reply == "refused"
    clock.now += timedelta(minutes=20)
    wire = Wire({"reader1@example.com": [Busy("451 4.3.0 later")]})
    await run(store, db, wire, ALONE, clock=clock)
    assert store.trouble.get() == Trouble(since=NOW, words="451 4.3.0 later", blocked=False)
    (row,) = store.outbox.rows()
    assert row.reply == "451 4.3.0 later"
    (notice,) = store.notices.latest(9)
    assert notice.notice.since == NOW
    clock.now += timedelta(minutes=20)
    assert (await run(store, db, Wire(), ALONE, clock=clock)).sent == 1
    assert store.trouble.get() is None


async def test_a_refused_login_is_known_at_once_and_kept_with_the_rows(
    store: Store, db: StoreThread
) -> None:
    for number in range(3):
        add(store, number)
    await run(store, db, Wire(connecting=[Blocked("535 5.7.8 no")] * 3), ALONE)
    assert store.trouble.get() == Trouble(since=NOW, words="535 5.7.8 no", blocked=True)
    assert {row.reply for row in store.outbox.rows()} == {"535 5.7.8 no"}


async def test_a_server_that_does_not_keep_to_smtp_costs_three_readers_an_attempt(
    store: Store, db: StoreThread
) -> None:
    for number in range(9):
        add(store, number)

    def script(step: str, _connection: int, _message: int) -> Say | None:
        return Say("what? <READER2@example.com>") if step == "RCPT" else None

    async with scripted_server(script) as server:
        transport, _ = smtp(server.port)
        summary = await run(store, db, transport, ALONE)
    assert summary.problem is not None
    assert "does not keep to SMTP" in summary.problem
    assert "what? <…>" in summary.problem  # what is told outlives its readers
    assert counts(store) == {S.DEFERRED: 3, S.QUEUED: 6}
    assert server.connections == 3


async def test_two_garbled_answers_in_a_row_end_nothing(store: Store, db: StoreThread) -> None:
    addresses = [add(store, n) for n in range(9)]
    wire = Wire({a: [Lost("?", garbled=True)] for a in addresses[:2] + addresses[3:5]})
    for a in addresses:  # a connection for each, as where the server hangs up
        wire.outcomes.setdefault(a, [Deferred("421 4.2.1 later")])
    summary = await run(store, db, wire, ALONE, restraint=Restraint.of(ALONE))
    assert (summary.problem, summary.deferred) == (None, 7)


async def test_a_server_that_allows_one_connection_gets_everything_over_it(
    store: Store, db: StoreThread
) -> None:
    for number in range(50):
        add(store, number)
    wire = Wire(connecting=[Busy("421 too many connections")] * 3)
    assert await run(store, db, wire, replace(SETTINGS, connections=4)) == all_sent(50)
    assert wire.connections == 1


async def test_a_server_that_says_421_to_new_connections_keeps_the_one_that_works(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(30)]
    wire = Wire({address: [Busy("421 4.7.0 too many")] for address in addresses[8:10]})
    summary = await run(store, db, wire, replace(SETTINGS, connections=3))
    assert summary.problem is None
    assert counts(store) == {S.SENT: 29, S.QUEUED: 1} or counts(store) == {S.SENT: 30}


async def test_a_server_that_puts_off_every_sender_ends_the_run(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(5)]
    wire = Wire({addresses[0]: [Busy("452 4.3.1 disk full")]})
    summary = await run(store, db, wire, ALONE)
    assert (summary.problem, summary.blocked) == ("452 4.3.1 disk full", False)
    assert counts(store) == {S.QUEUED: 5}
    assert (await run(store, db, wire, ALONE)).sent == 4  # one that meets it bars no other's way


async def test_a_connection_that_was_used_up_costs_no_message_its_turn(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(6)]
    wire = Wire({addresses[3]: [Lost("421 enough for one connection")]})
    assert await run(store, db, wire, ALONE) == all_sent(6)
    assert wire.connections == 2


async def test_where_no_new_connection_follows_the_rest_of_the_group_waits(
    store: Store, db: StoreThread
) -> None:
    addresses = [add(store, n) for n in range(4)]
    wire = Wire({addresses[1]: [Lost("gone")]})

    async def then_none() -> None:
        wire.connecting = [Lost("refused")]

    wire.on_body = then_none
    summary = await run(store, db, wire, ALONE)
    assert (summary.sent, summary.problem) == (1, "refused")
    assert counts(store) == {S.SENT: 1, S.QUEUED: 3}
    (waiting, *_) = store.deliveries.claim(9, NOW, resend_unknown=False)
    assert (waiting.attempts, waiting.first_attempt) == (0, None)


async def test_no_fault_of_ours_costs_a_reader_their_mail_however_long_it_lasts(
    store: Store, db: StoreThread
) -> None:
    address = add(store, 1)
    wire, clock = Wire({address: [Blocked("550 5.7.1 no")] * 20}), Clock()
    for _ in range(20):
        await run(store, db, wire, clock=clock)
        clock.now += timedelta(hours=6)
    wire.outcomes = {address: [Deferred("451 later")]}
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


# --- issues that are paused or cancelled --------------------------------------------------------


async def test_an_issue_whose_content_is_refused_is_paused_and_other_mail_goes_on(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 30)
    add(store, 99, DeliveryKind.CONFIRMATION)
    add(store, 98, DeliveryKind.ALERT)
    wire = Wire({"reader4@example.com": [Disliked("554 5.7.1 spam")]})
    summary = await run(store, db, wire, ALONE)
    assert (summary.problem, summary.deferred) == (None, 1)
    assert counts(store) == {S.SENT: 2 + 4, S.DEFERRED: 1, S.QUEUED: 25}
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert (found.sending, found.sending_why) == (Sending.PAUSED, "554 5.7.1 spam")
    (notice,) = store.notices.latest(9)
    assert (notice.notice.kind, notice.notice.about) == (
        NoticeKind.ISSUE_PAUSED,
        "weekly 2026-W47",
    )
    assert await run(store, db, Wire(), ALONE) == DrainSummary()
    assert store.issues.resume(number, NOW)
    assert (await run(store, db, Wire(), ALONE, clock=Clock(NOW + timedelta(hours=1)))).sent == 26
    assert [proof.bounces for proof in store.outbox.prove(number)] == [()] * 30


async def test_a_delivery_that_is_disliked_again_after_a_resume_fails_and_the_others_go_on(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 30)
    wire = Wire({"reader4@example.com": [Disliked("550 5.7.1 blocked: no such user")] * 9})
    clock = Clock()
    await run(store, db, wire, ALONE, clock=clock)
    clock.now += timedelta(days=3)  # the operator was away
    assert store.issues.resume(number, clock.now)
    clock.now += timedelta(minutes=1)
    summary = await run(store, db, wire, ALONE, clock=clock)
    assert (summary.sent, summary.failed) == (25, 1)
    assert counts(store) == {S.SENT: 29, S.FAILED: 1}
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert found.sending is Sending.OPEN
    (refused,) = [p for p in store.outbox.prove(number) if p.row.state is S.FAILED]
    assert [a.state for a in refused.attempts] == [S.DEFERRED, S.FAILED]
    assert [b.bounce.kind for b in refused.bounces] == [BounceKind.OURS]
    assert store.bounces.tally(number).ours == 1
    settle(store, clock.now)
    assert store.subscribers.count() == {Status.ACTIVE: 30}


async def test_a_delivery_of_an_issue_that_waited_for_its_operator_has_all_its_attempts(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 1)
    outcomes: list[Outcome] = [Disliked("554 5.7.1 spam"), Deferred("451 4.7.1 greylisted")]
    wire, clock = Wire({"reader0@example.com": outcomes}), Clock()
    await run(store, db, wire, ALONE, clock=clock)
    clock.now += timedelta(days=3)
    assert store.issues.resume(number, clock.now)
    assert (await run(store, db, wire, ALONE, clock=clock)).deferred == 1
    due = store.deliveries.next_due(resend_unknown=True)
    assert due == clock.now + timedelta(minutes=15)  # the wait of a second attempt


async def test_a_list_of_which_too_much_comes_back_stops_before_its_end(
    store: Store, db: StoreThread
) -> None:
    publish(store, 400)
    refused: dict[str, list[Outcome]] = {
        f"reader{n}@example.com": [Refused("550 5.1.1 no such user")] for n in range(400)
    }
    bodies = itertools.count(1)

    async def slow() -> None:
        if next(bodies) == 40:
            while not await db(store.notices.open):  # noqa: ASYNC110  # no event tells
                await asyncio.sleep(0.01)

    async with asyncio.timeout(20):
        summary = await run(store, db, Wire(refused, on_body=slow), ALONE)
    assert summary.failed < 40 + 2 * GROUP
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert found.sending is Sending.PAUSED


async def test_no_group_begins_once_a_pause_is_committed(store: Store, db: StoreThread) -> None:
    number = publish(store, 200)
    settings = replace(SETTINGS, connections=4)
    begun: Counts | None = None
    bodies = itertools.count(1)

    async def pauses() -> None:
        nonlocal begun
        if next(bodies) == 30:
            await db(store.issues.pause, number, "an error in it", NOW)
            begun = await db(store.deliveries.counts)

    await run(store, db, Wire(on_body=pauses), settings)
    assert begun is not None
    assert counts(store)[S.SENT] == begun[S.SENT] + begun[S.DATA]
    assert counts(store)[S.QUEUED] == 200 - begun[S.SENT] - begun[S.DATA]


async def test_an_issue_that_is_resumed_while_other_mail_leaves_goes_on(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 20)
    publish(store, 0, "2026-W48")
    wire = Wire({"reader4@example.com": [Disliked("554 5.7.1 spam")]})
    letters = iter(range(100, 103))

    async def resumed() -> None:
        """Once it is paused; and there is always something else to send meanwhile."""
        if await db(store.issues.resume, number, NOW):
            await db(add, store, next(letters))

    wire.on_body = resumed
    async with asyncio.timeout(20):
        summary = await run(store, db, wire, ALONE)
    assert (summary.deferred, summary.sent) == (1, 40)


async def test_an_issue_that_several_connections_hear_refused_is_told_once(
    store: Store, db: StoreThread
) -> None:
    publish(store, 30)
    refused: dict[str, list[Outcome]] = {
        f"reader{n}@example.com": [Disliked("554 5.7.1 spam")] for n in range(30)
    }
    sending = asyncio.Barrier(2)

    async def both_are_sending() -> None:
        await sending.wait()

    wire = Wire(refused, on_body=both_are_sending)
    summary = await run(store, db, wire, replace(SETTINGS, connections=3))
    assert summary.deferred == 2
    assert len(store.notices.latest(9)) == 1


@pytest.mark.parametrize("how", ["pause", "cancel"])
async def test_what_the_operator_stops_stops_with_the_groups_that_are_under_way(
    store: Store, db: StoreThread, how: str
) -> None:
    number = publish(store, 60)
    act = store.issues.pause if how == "pause" else store.issues.cancel

    async def stops() -> None:
        await db(act, number, "an error in it", NOW)

    wire = Wire(on_body=stops)
    summary = await run(store, db, wire, ALONE)
    assert summary.sent == GROUP
    left = S.QUEUED if how == "pause" else S.DROPPED
    assert counts(store) == {S.SENT: GROUP, left: 60 - GROUP}
    assert await run(store, db, Wire()) == DrainSummary()


# --- recipient domains --------------------------------------------------------------------------


async def test_a_domain_that_puts_us_off_three_times_is_left_alone(
    store: Store, db: StoreThread
) -> None:
    slow = [add(store, n, domain="slow.example") for n in range(10)]
    fine = [add(store, n) for n in range(10, 14)]
    wire = Wire({address: [Deferred("421 4.7.0 try later")] for address in slow})
    restraint, clock = Restraint.of(SETTINGS), Clock()
    given: dict[str, Any] = {"restraint": restraint, "clock": clock}
    summary = await run(store, db, wire, ALONE, **given)
    assert (summary.sent, summary.deferred) == (len(fine), 3)
    assert counts(store) == {S.SENT: 4, S.DEFERRED: 3, S.QUEUED: 7}
    wire.outcomes = {}
    clock.now += timedelta(minutes=14)  # the three that were put off are due, their domain is not
    assert (await run(store, db, wire, ALONE, **given)).done == 0
    clock.now += timedelta(minutes=1)
    assert (await run(store, db, wire, ALONE, **given)).sent == len(slow)


async def test_full_mailboxes_tell_nothing_of_their_domain(store: Store, db: StoreThread) -> None:
    addresses = [add(store, n) for n in range(5)]
    wire = Wire({address: [Deferred("452 4.2.2 mailbox full")] for address in addresses[:4]})
    summary = await run(store, db, wire, ALONE)
    assert (summary.sent, summary.deferred) == (1, 4)


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


async def test_leaving_counts_until_the_group_is_announced(store: Store, db: StoreThread) -> None:
    reader = add_reader(store)
    add(store, 2)

    async def leaves() -> None:
        await db(store.subscribers.set_status, reader, Status.LEFT, NOW)

    wire = Wire(on_connect=leaves)
    assert await run(store, db, wire, ALONE) == DrainSummary(total=2, sent=1)
    assert wire.reached == ["reader2@example.com"]
    assert counts(store) == {S.SENT: 1, S.DROPPED: 1}


async def test_an_erased_reader_gets_nothing_that_was_already_claimed(
    store: Store, db: StoreThread
) -> None:
    reader = add_reader(store)

    async def is_erased() -> None:
        forgotten = Suppression.FORGOTTEN
        await db(store.persons.erase, "taro@example.com", "hash", forgotten, reader, NOW)

    wire = Wire(on_connect=is_erased)
    assert (await run(store, db, wire)).done == 0
    assert wire.reached == []
    assert set(counts(store)) <= {S.DROPPED}


@pytest.mark.parametrize("late", [True, False])
async def test_a_suppressed_address_gets_only_answers(
    store: Store,
    db: StoreThread,
    late: bool,  # noqa: FBT001  # a column of the table
) -> None:
    for number, kind in enumerate(DeliveryKind):
        store.deliveries.add_letter(
            f"{kind}/weekly/2026-W47/{number}",
            kind,
            address="Taro@example.com",
            subscriber=None,
            letter=letter(subject=kind),
            now=NOW,
        )
    hashed = address_hash(SECRET, fold("taro@example.com"))

    async def suppress() -> None:
        await db(store.subscribers.suppress, hashed, Suppression.DEAD, NOW)

    if not late:
        await suppress()
    wire = Wire(on_connect=suppress)
    await run(store, db, wire, ALONE)
    assert counts(store) == {S.SENT: 2, S.DROPPED: 3}


async def test_a_confirmation_that_was_sent_keeps_no_token(store: Store, db: StoreThread) -> None:
    add(store, 1, DeliveryKind.CONFIRMATION, letter(text="token abc", html="<p>token abc</p>"))
    add(store, 2, DeliveryKind.CONFIRMATION, letter(text="token xyz"))
    await run(store, db, Wire({"reader2@example.com": [Deferred("451 later")]}))
    rows = database_of(store).connection.execute(
        "SELECT letter FROM deliveries ORDER BY id"
    )  # what lies there
    sent, waits = [row["letter"] for row in rows]
    assert "abc" not in sent
    assert "xyz" in waits


# --- stopping and pace --------------------------------------------------------------------------


async def test_stop_finishes_what_is_on_its_way_and_gives_the_rest_back(
    store: Store, db: StoreThread
) -> None:
    for number in range(60):
        add(store, number)
    stop = asyncio.Event()

    async def stops() -> None:
        stop.set()

    summary = await run(store, db, Wire(on_body=stops), stop=stop)
    assert 1 <= summary.sent <= SETTINGS.connections
    assert summary.problem is None
    assert counts(store) == {S.SENT: summary.sent, S.QUEUED: 60 - summary.sent}
    (waiting, *_) = store.deliveries.claim(9, NOW, resend_unknown=False)
    assert waiting.attempts == 0
    store.deliveries.recover(NOW, NOW)
    assert await run(store, db, Wire(), stop=stop) == DrainSummary()


async def test_stop_does_not_wait_for_the_next_message_to_be_due(
    store: Store, db: StoreThread
) -> None:
    for number in range(3):
        add(store, number)
    stop = asyncio.Event()
    slow = replace(Restraint.of(SETTINGS), pace=Pace(1 / 3600))

    async def stops() -> None:
        stop.set()

    summary = await run(store, db, Wire(on_body=stops), ALONE, stop=stop, restraint=slow)
    assert summary.sent == 1
    assert counts(store) == {S.SENT: 1, S.QUEUED: 2}


async def test_the_pace_is_kept_over_all_connections_and_runs(
    store: Store, db: StoreThread
) -> None:
    loop = asyncio.get_running_loop()
    settings = replace(
        SETTINGS, per_second=40.0, server=Server(host=HOST, port=25, tls="none"), connections=4
    )
    restraint = Restraint.of(settings)
    began = loop.time()
    for first in (0, 25):
        for number in range(first, first + 25):
            add(store, number)
        assert (await run(store, db, Wire(), settings, restraint=restraint)).sent == 25
    assert loop.time() - began >= (50 - 40) / 40 - 0.05  # a second's worth may leave at once


async def test_a_run_that_fails_leaves_nothing_claimed(store: Store, db: StoreThread) -> None:
    for number in range(40):
        add(store, number)

    async def fails() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await run(store, db, Wire(on_body=fails))
    left = counts(store)
    assert left[S.UNKNOWN] <= SETTINGS.connections * GROUP
    assert left[S.QUEUED] == 40 - left[S.UNKNOWN]


async def test_a_run_that_is_cut_off_at_the_dot_knows_what_is_unknown_and_what_is_not(
    store: Store, db: StoreThread
) -> None:
    """As at the end of the grace after SIGTERM."""
    for number in range(40):
        add(store, number)
    hangs, bodies = asyncio.Event(), itertools.count(1)

    async def hang() -> None:
        if next(bodies) == 3:
            hangs.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(run(store, db, Wire(on_body=hang), ALONE))
    await hangs.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert counts(store) == {S.SENT: 2, S.UNKNOWN: GROUP - 2, S.QUEUED: 40 - GROUP}


async def test_a_group_whose_sender_is_cancelled_before_its_commit_is_never_announced(
    store: Store, db: StoreThread
) -> None:
    for number in range(2):
        add(store, number)
    first, second = store.deliveries.claim(9, NOW, resend_unknown=True)
    board = Board(stop=asyncio.Event(), clock=lambda: NOW, breakers=Breakers(), limit=2)
    journal = Journal(store, db, board, str, lambda _: None)
    disk = threading.Event()
    waits = asyncio.create_task(db(disk.wait))
    under_way = asyncio.create_task(journal.commit(group=[first]))
    late = asyncio.create_task(journal.commit(group=[second]))
    for _ in range(3):
        await asyncio.sleep(0)
    late.cancel()
    disk.set()
    assert await waits
    assert await under_way == [first]
    with pytest.raises(asyncio.CancelledError):
        await late
    assert await journal.commit() == []
    assert counts(store) == {S.DATA: 1, S.CLAIMED: 1}


async def test_a_run_that_cannot_give_back_what_it_claimed_leaves_nothing_claimed(
    store: Store,
) -> None:
    for number in range(9):
        add(store, number)

    class Failing(StoreThread):
        """The disk is full for one commit: that of the end."""

        async def __call__(self, call: Any, *args: Any, **kwargs: Any) -> Any:
            if call == store.deliveries.commit and not args[1]:
                raise StoreError("disk full")
            return await super().__call__(call, *args, **kwargs)

    thread = Failing()
    with pytest.raises(StoreError, match="disk full"):
        await run(store, thread, Wire(connecting=[Lost("refused")]), ALONE)
    thread.close()
    assert counts(store) == {S.QUEUED: 9}


async def test_what_waits_or_is_given_back_fills_no_log(
    store: Store, db: StoreThread, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "digest")
    publish(store, 100)
    outcomes: dict[str, list[Outcome]] = {
        f"reader{n}@example.com": [Deferred("452 4.2.2 full")] for n in range(50)
    }
    outcomes["reader60@example.com"] = [Disliked("554 5.7.1 <reader60@example.com> spam")]
    await run(store, db, Wire(outcomes))
    assert [one.levelname for one in caplog.records] == ["ERROR", "INFO"]
    assert "reader60" not in caplog.text


async def test_what_another_sender_held_beyond_its_lease_is_sent(
    store: Store, db: StoreThread
) -> None:
    for number in range(4):
        add(store, number)
    claimed = store.deliveries.claim(2, NOW, resend_unknown=True)
    store.deliveries.commit([], claimed[:1], NOW)
    wire, clock = Wire(), Clock(NOW + timedelta(minutes=20))
    assert (await run(store, db, wire, clock=clock)).sent == 2
    clock.now += timedelta(minutes=11)  # the claim has run out
    assert (await run(store, db, wire, clock=clock)).sent == 1
    clock.now += timedelta(hours=4)
    await run(store, db, wire, clock=clock)
    assert counts(store) == {S.SENT: 3, S.UNKNOWN: 1}
    clock.now += timedelta(hours=1)
    await run(store, db, wire, clock=clock)
    assert sorted(wire.reached) == [f"reader{n}@example.com" for n in range(4)]


# --- over real sockets --------------------------------------------------------------------------


def smtp(port: int) -> tuple[SmtpTransport, MailSettings]:
    settings = replace(SETTINGS, server=Server(host=HOST, port=port, tls="none"), connections=4)
    return SmtpTransport(settings, None, Timeouts(connect=5, command=5, body=5)), settings


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_bad_server_reaches_everyone_deliverable_and_classes_the_rest(
    store: Store,
    db: StoreThread,
    pipelining: bool,  # noqa: FBT001  # a column of the table
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
    async with scripted_server(script, pipelining=pipelining) as server:
        transport, settings = smtp(server.port)
        while (due := store.deliveries.next_due(resend_unknown=True)) is not None:
            clock.now = max(due, clock.now)
            await run(store, db, transport, settings, clock=clock)
    assert counts(store) == {S.SENT: 60}
    assert sorted(r.recipient for r in server.received) == sorted(addresses)
    assert server.most_open <= 4


async def test_an_issue_of_hundreds_arrives_byte_for_byte_over_pipelined_connections(
    store: Store, db: StoreThread
) -> None:
    number = publish(store, 200)
    async with scripted_server(pipelining=True) as server:
        transport, settings = smtp(server.port)
        assert await run(store, db, transport, settings) == all_sent(200)
    words = store.issues.segment(store.deliveries.of_issue(number)[0].segment or 0)  # type: ignore[arg-type]
    wanted = {d.address: build(d, words, sender()).data for d in store.deliveries.of_issue(number)}
    assert {got.recipient: got.data for got in server.received} == wanted


# --- crashes ------------------------------------------------------------------------------------


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

    async def send(self, message: Message, then: Message | None = None) -> Outcome:  # noqa: ARG002
        self.wire.fuse.tick()
        self.wire.inbox.append(message)
        self.wire.fuse.tick()
        return Accepted("250 ok")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("resend", [True, False])
@pytest.mark.parametrize("connections", [1, 3])
async def test_a_crash_anywhere_loses_nobody_and_doubles_no_more_than_was_announced(
    resend: bool,  # noqa: FBT001  # a column of the table
    connections: int,
) -> None:
    settings = replace(SETTINGS, connections=connections, resend_unknown=resend)
    readers = 11
    survived = 0
    for point in range(1, 500):
        inbox: list[Message] = []
        fuse = Fuse(point)
        clock = Clock()
        with Store.open_to_read(Path("nowhere")) as store:  # in memory: no process really ends
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
            assert unknown <= connections * (GROUP if resend else 1)
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

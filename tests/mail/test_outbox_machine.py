"""The outbox against a world that crashes, refuses and changes its mind, and a model of the truth.

What the servers really took is written down by the wire; the store knows only what it recorded.
"""

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from digest.mail.line import GROUP
from digest.mail.message import Message
from digest.mail.outbox import Restraint, drain
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
from digest.mail.states import TRANSITIONS
from digest.model import (
    Choice,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Preferences,
    Sending,
    Status,
    SubscriberId,
)
from digest.settings import MailSettings
from digest.store import Store, StoreThread
from tests.builders import database_of
from tests.mail.builders import letter, segment, sender
from tests.mail.crashing import Clock, CrashError, CrashingThread, Fuse
from tests.store.builders import issue

S = DeliveryState
CONNECTIONS = 2
SETTINGS = MailSettings(
    from_name="Kuruma Weekly",
    from_address="weekly@example.org",
    connections=CONNECTIONS,
    per_second=None,
)
RETRIED_IF_HELD = [S.QUEUED, S.DEFERRED, S.FAILED]  # whoever holds unknowns does not repeat them


@dataclass(frozen=True)
class End:
    """How an attempt ends, and whether the server has the message then."""

    outcome: Outcome
    taken: bool = False
    closes: bool = False


ENDS = {
    "accepted": End(Accepted("250 ok"), taken=True),
    "refused": End(Refused("550 5.1.1 nobody")),
    "deferred": End(Deferred("451 4.3.0 later")),
    "closing": End(Deferred("421 4.3.2 later"), closes=True),
    "disliked": End(Disliked("554 5.7.1 spam")),
    "busy": End(Busy("452 4.3.1 disk full")),
    "blocked": End(Blocked("550 5.1.8 sender")),
    "lost before the body": End(Lost("gone"), closes=True),
    "lost in the body": End(Unknown("gone"), closes=True),
    "lost after the dot": End(Unknown("gone"), taken=True, closes=True),
}


@dataclass
class Wire:
    """Ends each attempt as it was drawn (then well), and does what was drawn between them."""

    took: list[Message]
    thread: StoreThread
    fuse: Fuse
    ends: list[str]
    between: list[Callable[[], None]]
    connecting: list[Outcome]

    async def connect(self) -> Any:
        self.fuse.tick()
        return self.connecting.pop() if self.connecting else Link(self)


@dataclass
class Link:
    wire: Wire
    usable: bool = True

    async def send(self, message: Message, then: Message | None = None) -> Outcome:  # noqa: ARG002
        wire = self.wire
        wire.fuse.tick()
        if wire.between:
            await StoreThread.__call__(wire.thread, wire.between.pop())
        end = ENDS[wire.ends.pop()] if wire.ends else ENDS["accepted"]
        if end.taken:
            wire.took.append(message)
        wire.fuse.tick()
        self.usable = not end.closes
        return end.outcome

    async def close(self) -> None:
        pass


@cache
def fresh_state() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder)).close()
        return (Path(folder) / "digest.db").read_bytes()


class Machine(RuleBasedStateMachine):
    """Everything that may happen to an outbox, in any order."""

    resend = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "digest.db"
        path.write_bytes(fresh_state())
        self.clock = Clock()
        self.took: list[Message] = []
        self.keys: dict[str, str] = {}  # by address: each reader gets one message here
        self.readers: list[SubscriberId] = []
        self.issues: list[IssueId] = []
        self.resolved: set[str] = set()  # addresses whose delivery the operator has settled
        self.moves: Counter[tuple[str, str]] = Counter()
        self.settings = replace(SETTINGS, resend_unknown=self.resend)
        self.store = self.open()

    def open(self) -> Store:
        store = Store.open(Path(self.folder.name))
        connection = database_of(store).connection  # a log that the product has no use for
        connection.execute("PRAGMA synchronous = OFF")  # no power fails here
        connection.execute("CREATE TEMP TABLE moves (was TEXT, became TEXT)")
        connection.execute(
            "CREATE TEMP TRIGGER move AFTER UPDATE OF state ON deliveries"
            " WHEN old.state <> new.state"
            " BEGIN INSERT INTO moves VALUES (old.state, new.state); END"
        )
        self.restraint = Restraint.of(self.settings)
        return store

    def close(self) -> None:
        self.see_moves()
        self.store.close()

    def see_moves(self) -> None:
        connection = database_of(self.store).connection
        for row in connection.execute("SELECT was, became FROM moves"):
            self.moves[row["was"], row["became"]] += 1
        connection.execute("DELETE FROM moves")

    def teardown(self) -> None:
        try:
            self.all_is_well_in_the_end()
        finally:
            self.store.close()
            self.folder.cleanup()

    # --- what may happen -------------------------------------------------------------------

    @initialize(readers=st.integers(10, 30))
    def an_issue_goes_out(self, readers: int) -> None:
        self.publish(readers)

    def publish(self, readers: int) -> None:
        with database_of(self.store).transaction() as connection:  # a story to refer to
            connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
        for _ in range(readers):
            address = self.address()
            reader = self.store.subscribers.add(
                address,
                address,
                name="",
                status=Status.ACTIVE,
                preferences=Preferences(choice=Choice(language="ja")),
                consent=None,
                now=self.clock(),
            )
            assert reader is not None
            self.readers.append(reader)
        number = self.store.issues.add(issue(), [segment()])
        assert isinstance(number, int)
        self.issues.append(number)
        for delivery in self.store.deliveries.of_issue(number):
            self.keys[delivery.address] = delivery.key

    def address(self) -> str:
        number = len(self.keys) + len(self.readers)
        return f"reader{number}@{'slow' if number % 4 else 'fast'}.example"

    @rule(kind=st.sampled_from([DeliveryKind.CONFIRMATION, DeliveryKind.NOTICE]))
    def a_letter_is_queued(self, kind: DeliveryKind) -> None:
        address = f"letter{len(self.keys)}@example.com"
        self.keys[address] = f"{kind}/{len(self.keys)}"
        assert self.store.deliveries.add_letter(
            self.keys[address],
            kind,
            address=address,
            subscriber=None,
            letter=letter(),
            now=self.clock(),
        )

    @rule(chance=st.randoms(use_true_random=True))
    def mail_is_sent(self, chance: Random) -> None:
        """Hypothesis likes small numbers, under which hardly anything happens: so dice."""
        for _ in range(chance.randint(1, 8)):
            self.clock.now += timedelta(minutes=chance.choice([0, 0, 6, 61, 600]))
            self.once(chance)
            self.states_move_along_the_table()

    def once(self, chance: Random) -> None:
        things = [self.reader_leaves, self.pause, self.resume, self.cancel]
        cuts: list[Outcome] = [Lost("refused"), Busy("421 too many"), Blocked("535 5.7.8 no")]
        self.drain(
            Fuse(chance.choice([-1, chance.randint(1, 20), chance.randint(1, 80)])),
            chance.choices(sorted(ENDS), k=chance.randint(0, 12)),
            chance.choices(things, [4, 2, 4, 1], k=chance.choice([0, 0, 1, 3])),
            chance.choices(cuts, k=chance.choice([0, 0, 0, 1, 2])),
        )

    def drain(
        self,
        fuse: Fuse,
        ends: list[str],
        between: list[Callable[[], None]],
        connecting: list[Outcome],
    ) -> None:
        thread = CrashingThread(fuse)
        wire = Wire(self.took, thread, fuse, list(ends), list(between), list(connecting))

        async def run() -> None:
            await drain(
                self.store,
                thread,
                wire,
                self.settings,
                sender=sender(),
                clock=self.clock,
                restraint=self.restraint,
                jitter=lambda: 0.5,
            )

        try:
            asyncio.run(run())
        except CrashError:
            thread.close()
            self.the_process_begins_again()
        finally:
            thread.close()
        in_hand = self.store.deliveries.counts()
        assert (in_hand[S.CLAIMED], in_hand[S.DATA]) == (0, 0)

    def the_process_begins_again(self) -> None:
        self.close()
        self.store = self.open()
        now = self.clock()
        _, unknown = self.store.deliveries.recover(now, now + self.settings.resend_after)
        assert unknown <= CONNECTIONS * (GROUP if self.resend else 1)

    @rule(chance=st.randoms(use_true_random=True))
    def something_else_happens(self, chance: Random) -> None:
        things = [self.reader_leaves, self.pause, self.resume, self.operator_retries, self.cancel]
        chance.choices(things, [3, 2, 4, 4, 1])[0]()

    def reader_leaves(self) -> None:
        if self.readers:
            self.store.subscribers.set_status(self.readers.pop(), Status.LEFT, self.clock())

    def pause(self) -> None:
        self.store.issues.pause(self.issues[0], "wait", self.clock())

    def resume(self) -> None:
        self.store.issues.resume(self.issues[0], self.clock())

    def cancel(self) -> None:
        self.store.issues.cancel(self.issues[0], "the wrong week", self.clock())

    def operator_retries(self) -> None:
        if self.resend:
            self.store.outbox.retry(self.clock())
        else:
            self.store.outbox.retry(self.clock(), states=RETRIED_IF_HELD)

    @rule(state=st.sampled_from([S.SENT, S.DROPPED]), data=st.data())
    def operator_decides(self, state: DeliveryState, data: st.DataObject) -> None:
        rows = self.store.outbox.rows()
        if rows:
            row = data.draw(st.sampled_from(rows))
            if self.store.outbox.resolve(row.id, state, "looked it up", self.clock()):
                self.resolved.add(row.address)

    # --- what must hold --------------------------------------------------------------------

    @invariant()
    def states_move_along_the_table(self) -> None:
        self.see_moves()
        table = {(was, became) for (was, _), became in TRANSITIONS.items()}
        # Several may lie between two commits: none does here but a claim that begins at once.
        assert set(self.moves) <= {(str(was), str(became)) for was, became in table}

    @invariant()
    def nobody_is_lost(self) -> None:
        rows = {row.address: row for row in self.store.outbox.rows(states=set(DeliveryState))}
        assert set(rows) == set(self.keys)
        got = {message.recipient for message in self.took}
        for address, row in rows.items():
            if row.state is S.SENT:
                assert address in got | self.resolved
            if row.state is S.DROPPED:
                assert row.reply
            if row.state is S.FAILED:
                assert row.reply
                assert row.reply[0] in "45dg"  # a server's no, or given up after losses

    @invariant()
    def nobody_is_doubled_without_an_unknown(self) -> None:
        unknowns: Counter[str] = Counter()
        rows = database_of(self.store).connection.execute(
            "SELECT address FROM attempts JOIN deliveries ON id = delivery_id"
            " WHERE attempts.state = 'unknown'"
        )
        unknowns.update(row["address"] for row in rows)
        for address, times in Counter(message.recipient for message in self.took).items():
            assert times <= 1 + (unknowns[address] if self.resend else 0)

    @invariant()
    def a_repeat_is_the_same_mail(self) -> None:
        mails: dict[str, set[tuple[str, bytes]]] = defaultdict(set)
        for message in self.took:
            mails[message.recipient].add((message.id, message.data))
        assert all(len(different) == 1 for different in mails.values())

    def all_is_well_in_the_end(self) -> None:
        """With servers that take everything and time, everyone gets what is not stopped."""
        if not self.issues:
            return
        self.resume()
        for _ in range(3):
            self.clock.now += timedelta(days=3)
            self.drain(Fuse(-1), [], [], [])
        rows = self.store.outbox.rows(states=set(DeliveryState))
        got = {message.recipient for message in self.took}
        ended = {S.SENT, S.FAILED, S.DROPPED} | (set() if self.resend else {S.UNKNOWN})
        for row in rows:
            assert row.state in ended, row
            assert row.address in got or row.state is not S.SENT or row.address in self.resolved
        found = self.store.issues.find("weekly", "2026-W47")
        assert found is not None
        assert found.sending is not Sending.PAUSED
        self.states_move_along_the_table()
        self.nobody_is_doubled_without_an_unknown()
        self.a_repeat_is_the_same_mail()


class Holding(Machine):
    """The same where unknown messages are held for the operator: nobody is ever doubled."""

    resend = False


TestResending = Machine.TestCase
TestHolding = Holding.TestCase
TestResending.settings = TestHolding.settings = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # dice do not shrink
    suppress_health_check=[HealthCheck.too_slow],
)

from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from digest.mail.states import GIVE_UP_AFTER, TRANSITIONS, Event, retry_at
from digest.model import (
    OPEN_STATES,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Letter,
    Preferences,
    Status,
)
from digest.store import Store
from digest.store.attempts import Result
from tests.builders import NOW

CLOSED = {DeliveryState.SENT, DeliveryState.DROPPED}


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {DeliveryState.QUEUED}
    while more := {TRANSITIONS[s, e] for s, e in TRANSITIONS if s in reached} - reached:
        reached |= more
    assert reached == set(DeliveryState)
    assert {state for state, _ in TRANSITIONS} == OPEN_STATES | {DeliveryState.FAILED}


class Walk(RuleBasedStateMachine):
    """A delivery that anything may happen to, and what really became of its message."""

    def __init__(self) -> None:
        super().__init__()
        self.state = DeliveryState.QUEUED
        self.perhaps_delivered = False

    @precondition(lambda self: self.state not in CLOSED)
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from([e for s, e in TRANSITIONS if s is self.state]))
        if event in {Event.ACCEPTED, Event.LOST} and self.state is DeliveryState.DATA:
            self.perhaps_delivered = True
        self.state = TRANSITIONS[self.state, event]

    @precondition(lambda self: self.state in CLOSED)
    @rule()
    def the_next_delivery(self) -> None:
        self.state = DeliveryState.QUEUED
        self.perhaps_delivered = False

    @invariant()
    def only_an_answer_makes_it_sent(self) -> None:
        if self.state is DeliveryState.SENT:
            assert self.perhaps_delivered

    @invariant()
    def what_ended_stays_ended(self) -> None:
        if self.state in CLOSED:
            assert not [e for s, e in TRANSITIONS if s is self.state]


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=40)


class Row(RuleBasedStateMachine):
    """The store's own row: whatever is done to it, it moves along the table and no other way."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store.open_to_read(Path("nowhere"))  # in memory
        self.now = NOW
        self.claims: list[Delivery] = []
        self.reader = self.store.subscribers.add(
            "a@example.com",
            "a@example.com",
            name="",
            status=Status.ACTIVE,
            preferences=Preferences(),
            consent=None,
            now=NOW,
        )
        self.store.deliveries.add_letter(
            "alert/1",
            DeliveryKind.ALERT,
            address="a@example.com",
            subscriber=self.reader,
            letter=Letter(subject="x", text="x"),
            now=NOW,
        )
        self.before = self.state()
        self.active = True

    def teardown(self) -> None:
        self.store.close()

    def state(self) -> DeliveryState:
        (state,) = self.store.deliveries.counts().by_state
        return state

    @rule(resend=st.booleans())
    def claim(self, *, resend: bool) -> None:
        self.claims += self.store.deliveries.claim(5, self.now, resend_unknown=resend)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        begun = self.store.deliveries.commit([], [claim], self.now)
        moved = self.state() is not self.before
        assert begun == ({claim.id} if self.state() is DeliveryState.DATA and moved else set())

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Any result at all, of this claim or, late, of an older one."""
        claim = data.draw(st.sampled_from(self.claims))
        result = Result(
            delivery=claim.id,
            epoch=claim.epoch,
            state=data.draw(st.sampled_from(DeliveryState)),
            reply="",
            counts=data.draw(st.booleans()),
        )
        self.store.deliveries.commit([result], [], self.now)

    @rule(states=st.sets(st.sampled_from(DeliveryState), min_size=1))
    def operator_retries(self, states: set[DeliveryState]) -> None:
        self.store.outbox.retry(self.now, states=states)

    @rule(state=st.sampled_from(DeliveryState))
    def operator_resolves(self, state: DeliveryState) -> None:
        (row,) = self.store.outbox.rows(states=set(DeliveryState))
        self.store.outbox.resolve(row.id, state, "looked it up", self.now)

    @rule(minutes=st.sampled_from([1, 45, 300]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.store.deliveries.lapse(self.now, self.now)

    @rule()
    def restart(self) -> None:
        self.store.deliveries.recover(self.now, self.now)

    @rule(status=st.sampled_from([Status.ACTIVE, Status.LEFT]))
    def reader_moves(self, status: Status) -> None:
        assert self.reader is not None
        self.store.subscribers.set_status(self.reader, status, self.now)
        self.active = status is Status.ACTIVE

    @invariant()
    def it_moved_along_the_table(self) -> None:
        state = self.state()
        steps = {to for (s, _), to in TRANSITIONS.items() if s is self.before}
        assert state is self.before or state in steps
        self.before = state


TestRow = Row.TestCase
TestRow.settings = settings(max_examples=60, stateful_step_count=25)


def test_a_lost_answer_is_never_taken_for_nothing_sent() -> None:
    assert TRANSITIONS[DeliveryState.DATA, Event.LOST] is DeliveryState.UNKNOWN


def test_what_is_given_back_was_not_sent() -> None:
    released = {to for (_, event), to in TRANSITIONS.items() if event is Event.RELEASED}
    assert released == {DeliveryState.QUEUED}


def test_only_an_operator_brings_back_what_has_ended() -> None:
    ways = {event for was, event in TRANSITIONS if was is DeliveryState.FAILED}
    assert ways == {Event.RETRIED}


def test_the_waits_grow() -> None:
    waits = [retry_at(n, None, NOW, 0.5) for n in range(1, 9)]
    minutes = [(at - NOW) / timedelta(minutes=1) for at in waits if at]
    assert minutes == [5, 15, 30, 60, 120, 240, 240, 240]


def test_two_days_after_the_first_attempt_it_is_given_up() -> None:
    assert retry_at(9, NOW - timedelta(hours=45), NOW, 0.5) is None
    assert retry_at(9, NOW - timedelta(hours=43), NOW, 0.5) is not None


@given(st.integers(0, 40), st.floats(0, 1, exclude_max=True), st.floats(0, 60))
def test_a_retry_is_always_later_and_never_after_the_end(
    attempts: int, jitter: float, age: float
) -> None:
    first = NOW - timedelta(hours=age)
    at = retry_at(attempts, first, NOW, jitter)
    if at is not None:
        assert timedelta(minutes=4) <= at - NOW <= timedelta(minutes=288)
        assert at - first < GIVE_UP_AFTER


@given(st.integers(0, 40), st.floats(0, 1, exclude_max=True))
def test_the_first_attempt_is_never_the_last(attempts: int, jitter: float) -> None:
    assert retry_at(attempts, None, NOW, jitter) is not None

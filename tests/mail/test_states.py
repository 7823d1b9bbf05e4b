from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from digest.store.deliveries import PRIORITY
from digest.mail.states import GIVE_UP_AFTER, TRANSITIONS, Event, retry_at
from digest.model import OPEN_STATES, DeliveryKind, DeliveryState
from tests.builders import NOW

CLOSED = set(DeliveryState) - OPEN_STATES


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {DeliveryState.QUEUED}
    while more := {TRANSITIONS[s, e] for s, e in TRANSITIONS if s in reached} - reached:
        reached |= more
    assert reached == set(DeliveryState)
    assert {state for state, _ in TRANSITIONS} == OPEN_STATES


class Walk(RuleBasedStateMachine):
    """A delivery that anything may happen to, and what really became of its message."""

    def __init__(self) -> None:
        super().__init__()
        self.state = DeliveryState.QUEUED
        self.perhaps_delivered = False

    @precondition(lambda self: self.state in OPEN_STATES)
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


def test_a_lost_answer_is_never_taken_for_nothing_sent() -> None:
    assert TRANSITIONS[DeliveryState.DATA, Event.LOST] is DeliveryState.UNKNOWN
    assert (DeliveryState.DATA, Event.RELEASED) not in TRANSITIONS


def test_whoever_waits_for_a_confirmation_comes_before_everything() -> None:
    assert set(PRIORITY) == set(DeliveryKind)
    assert PRIORITY[DeliveryKind.CONFIRMATION] == min(PRIORITY.values())
    assert PRIORITY[DeliveryKind.ALERT] < PRIORITY[DeliveryKind.ISSUE]
    assert PRIORITY[DeliveryKind.ISSUE] == max(PRIORITY.values())


def test_the_waits_grow() -> None:
    waits = [retry_at(n, NOW, NOW, 0.5) for n in range(1, 9)]
    minutes = [(at - NOW) / timedelta(minutes=1) for at in waits if at]
    assert minutes == [5, 15, 30, 60, 120, 240, 240, 240]


def test_after_two_days_it_is_given_up() -> None:
    assert retry_at(9, NOW - timedelta(hours=45), NOW, 0.5) is None
    assert retry_at(9, NOW - timedelta(hours=43), NOW, 0.5) is not None


@given(st.integers(0, 40), st.floats(0, 1, exclude_max=True), st.floats(0, 60))
def test_a_retry_is_always_later_and_never_after_the_end(
    attempts: int, jitter: float, age: float
) -> None:
    queued = NOW - timedelta(hours=age)
    at = retry_at(attempts, queued, NOW, jitter)
    if at is not None:
        assert timedelta(minutes=4) <= at - NOW <= timedelta(minutes=288)
        assert at - queued < GIVE_UP_AFTER

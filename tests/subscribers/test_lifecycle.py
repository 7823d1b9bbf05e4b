from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from digest.model import Status
from digest.subscribers.lifecycle import TRANSITIONS, Event, after

HAS_CONSENT = {Event.CONFIRMED, Event.RECORDED}


def test_every_status_can_be_reached_and_every_event_means_something() -> None:
    reached = {Status.PENDING}
    while more := {to for (s, _), to in TRANSITIONS.items() if s in reached} - reached:
        reached |= more
    assert reached == set(Status)
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_anybody_can_leave_and_anybody_can_be_forgotten() -> None:
    for status in set(Status) - {Status.ERASED}:
        assert after(status, Event.LEFT) is Status.LEFT
        assert after(status, Event.ERASED) is Status.ERASED


def test_the_operator_brings_back_nobody_who_left_or_whose_address_failed() -> None:
    for status in (Status.LEFT, Status.SUSPENDED, Status.ERASED):
        assert after(status, Event.RECORDED) is None
        assert after(status, Event.RESUMED) is None


def test_asking_alone_never_starts_a_subscription() -> None:
    assert all(after(status, Event.ASKED) in {None, status} for status in Status)


def test_doing_it_again_changes_nothing() -> None:
    for event in (Event.CONFIRMED, Event.LEFT, Event.PAUSED, Event.ERASED):
        for status in Status:
            once = after(status, event)
            assert once is None or after(once, event) is once


class Subscription(RuleBasedStateMachine):
    """Any events in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status.PENDING
        self.consented = False

    @rule(event=st.sampled_from(Event))
    def something_happens(self, event: Event) -> None:
        to = after(self.status, event)
        if to is None:
            return
        if event in HAS_CONSENT:
            self.consented = True
        if to in {Status.LEFT, Status.ERASED}:
            self.consented = False
        self.status = to

    @invariant()
    def nobody_gets_mail_without_a_consent_that_still_holds(self) -> None:
        if self.status in {Status.ACTIVE, Status.PAUSED}:
            assert self.consented


TestSubscription = Subscription.TestCase
TestSubscription.settings = settings(max_examples=50)

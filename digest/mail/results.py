"""What the end of an attempt means for its delivery: the row's next state, and what is told of it.

The states are those of states.py, the words of servers those of replies.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from digest.mail.bounces import kind_of
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
    status_of,
)
from digest.mail.states import TRANSITIONS, Event, retry_at
from digest.model import Bounce, BounceKind, Delivery, DeliveryState
from digest.store.attempts import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainSummary:
    """What one run over the outbox has done, and why it ended early if it did."""

    total: int = 0  # deliveries that were due, as far as is known
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    problem: str | None = None  # the server's words or the system's
    blocked: bool = False  # the problem is ours to mend: login, sender
    rest: timedelta = timedelta()  # how long to leave the server alone now

    @property
    def done(self) -> int:
        """How many deliveries have come to an end, if only for now."""
        return self.sent + self.deferred + self.failed + self.unknown


def released(
    delivery: Delivery,
    until: datetime | None = None,
    *,
    began: bool = True,
    why: str | None = None,
) -> Result:
    """Given back: nothing of its body has left. `began`: its group's intent was committed."""
    was = DeliveryState.DATA if began else DeliveryState.CLAIMED
    return Result(
        delivery=delivery.id,
        epoch=delivery.epoch,
        state=TRANSITIONS[was, Event.RELEASED],
        reply=why,
        not_before=until,
        counts=False,
    )


def unsaid(delivery: Delivery, why: ValueError) -> Result:
    """It cannot be made into a message at all."""
    return Result(
        delivery=delivery.id,
        epoch=delivery.epoch,
        state=TRANSITIONS[DeliveryState.CLAIMED, Event.REFUSED],
        reply=f"not sent: {why}",
    )


def result_of(
    delivery: Delivery,
    outcome: Outcome,
    now: datetime,
    *,
    resend_after: timedelta,
    jitter: float,
) -> Result:
    """How an attempt ended whose intent was committed. `jitter` is in [0, 1)."""
    not_before = None
    counts = True
    match outcome:
        case Accepted():
            event = Event.ACCEPTED
        case Refused():
            event = Event.REFUSED
        case Unknown():
            event = Event.LOST
            not_before = now + resend_after
        case Blocked() | Busy():
            # A wait all the same: others go first then, should it be this message after all.
            event, counts = Event.RELEASED, False
            not_before = retry_at(1, None, now, jitter)
        case Disliked() if delivery.issue is not None and delivery.disliked:
            # The issue was resumed, and this one is refused once more: the others need not wait.
            event = Event.REFUSED
        case Disliked() if delivery.issue is not None:  # the issue is paused, however long
            event = Event.DEFERRED
            not_before = retry_at(delivery.attempts + 1, None, now, jitter)
        case Deferred() | Lost() | Disliked():
            not_before = retry_at(delivery.attempts + 1, delivery.first_attempt, now, jitter)
            event = Event.GAVE_UP if not_before is None else Event.DEFERRED
        case _:
            assert_never(outcome)
    state = TRANSITIONS[DeliveryState.DATA, event]
    failed = state is DeliveryState.FAILED
    return Result(
        delivery=delivery.id,
        epoch=delivery.epoch,
        state=state,
        reply=outcome.reply,
        not_before=not_before,
        counts=counts,
        bounce=_bounce(delivery, outcome) if failed else None,
    )


def _bounce(delivery: Delivery, outcome: Outcome) -> Bounce | None:
    """What a failure says of the address; nothing where no server has spoken of it."""
    if not isinstance(outcome, Refused | Deferred | Disliked) or not outcome.reply[:3].isdigit():
        return None
    status = status_of(outcome.reply)
    kind = BounceKind.OURS
    if not isinstance(outcome, Disliked):
        kind = kind_of(status, int(outcome.reply[:3]), outcome.reply)
    return Bounce(
        key=f"smtp/{delivery.key}/{delivery.epoch}",
        delivery=delivery.id,
        kind=kind,
        status=status,
        words=outcome.reply,
    )

"""The life cycle of a delivery: one table, and when to try again.

The store moves rows only along this table (a test walks both); what happened to a message is
found out by the transports (replies.py has the words for it).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from digest.model import DeliveryState


class Event(StrEnum):
    """What may happen to a delivery."""

    CLAIMED = "claimed"  # a sender took it
    BODY_BEGINS = "body begins"  # committed, for its group, before any of the body leaves
    ACCEPTED = "accepted"  # the server said 250 to it
    DEFERRED = "deferred"  # the server said "later", or that the fault is ours
    REFUSED = "refused"  # the server said no, for good
    GAVE_UP = "gave up"  # deferred for too long
    LOST = "lost"  # no answer was recorded: the connection or the program ended
    RELEASED = "released"  # given back: nothing of it had left, and it was not its fault
    WITHDRAWN = "withdrawn"  # the reader has left, or the issue was cancelled
    RETRIED = "retried"  # the operator wants it sent now


_S = DeliveryState

# LOST while claimed: nothing of the message had left, so it may be sent again at once. LOST in
# `data`: the server may have it; nobody can know (RFC 1047), so it has a state of its own. RELEASED
# in `data`: of a group whose intent is committed, this one's body has not left, and the sender that
# knows it is alive to say so. A message that failed may be retried: a server that refused it has
# not taken it.
TRANSITIONS: Mapping[tuple[DeliveryState, Event], DeliveryState] = MappingProxyType(
    {
        (_S.QUEUED, Event.CLAIMED): _S.CLAIMED,
        (_S.DEFERRED, Event.CLAIMED): _S.CLAIMED,
        (_S.UNKNOWN, Event.CLAIMED): _S.CLAIMED,  # not with on_unknown = "hold"
        (_S.CLAIMED, Event.RELEASED): _S.QUEUED,
        (_S.CLAIMED, Event.LOST): _S.QUEUED,
        (_S.CLAIMED, Event.DEFERRED): _S.DEFERRED,
        (_S.CLAIMED, Event.REFUSED): _S.FAILED,
        (_S.CLAIMED, Event.GAVE_UP): _S.FAILED,
        (_S.CLAIMED, Event.BODY_BEGINS): _S.DATA,
        (_S.CLAIMED, Event.WITHDRAWN): _S.DROPPED,  # instead: leaving counts until then
        (_S.DATA, Event.ACCEPTED): _S.SENT,
        (_S.DATA, Event.DEFERRED): _S.DEFERRED,
        (_S.DATA, Event.REFUSED): _S.FAILED,
        (_S.DATA, Event.GAVE_UP): _S.FAILED,
        (_S.DATA, Event.LOST): _S.UNKNOWN,
        (_S.DATA, Event.RELEASED): _S.QUEUED,
        (_S.QUEUED, Event.WITHDRAWN): _S.DROPPED,
        (_S.DEFERRED, Event.WITHDRAWN): _S.DROPPED,
        (_S.UNKNOWN, Event.WITHDRAWN): _S.DROPPED,
        (_S.UNKNOWN, Event.ACCEPTED): _S.SENT,  # the operator found that it had arrived
        (_S.DEFERRED, Event.RETRIED): _S.QUEUED,
        (_S.UNKNOWN, Event.RETRIED): _S.QUEUED,
        (_S.FAILED, Event.RETRIED): _S.QUEUED,
    }
)

_WAITS = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120, 240))
GIVE_UP_AFTER = timedelta(hours=48)  # a digest is stale then
_SPREAD = 0.2  # of the wait, so that what failed together does not come back together


def retry_at(
    attempts: int, first_attempt: datetime | None, now: datetime, jitter: float
) -> datetime | None:
    """When to try again after the `attempts`-th attempt (from 1); None: give up.

    What counts is the time since the first attempt (None: this was it), not since it was queued:
    an outage of ours must not cost a message its repeats. `jitter` is in [0, 1); the wait is that
    of the attempt, give or take a fifth.
    """
    wait = _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]
    at = now + wait * (1 + _SPREAD * (2 * jitter - 1))
    return at if at - (first_attempt or now) < GIVE_UP_AFTER else None

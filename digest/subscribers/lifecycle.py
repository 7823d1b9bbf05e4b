"""Where a subscriber may go from where they are: one table for mail, web and command line.

Whether an event is true (a token is good, a consent was given) is found out by the desk; this
table only says what follows from it. Walked whole by a test.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from digest.model import Status


class Event(StrEnum):
    """What may happen to a subscription."""

    ASKED = "asked"  # somebody asked for it at this address; it needs a confirmation
    CONFIRMED = "confirmed"  # the owner of the address said yes
    RECORDED = "recorded"  # the operator recorded a consent given elsewhere
    PAUSED = "paused"
    RESUMED = "resumed"
    BOUNCED = "bounced"  # the address does not take our mail
    LEFT = "left"
    ERASED = "erased"  # the person wants to be forgotten, or nobody confirmed in time


_S = Status

# What is missing here is not allowed. A record of the operator never brings back somebody who
# left or whose address failed: that takes the owner's own confirmation.
TRANSITIONS: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (_S.PENDING, Event.ASKED): _S.PENDING,
        (_S.PENDING, Event.CONFIRMED): _S.ACTIVE,
        (_S.PENDING, Event.RECORDED): _S.ACTIVE,
        (_S.PENDING, Event.LEFT): _S.LEFT,
        (_S.PENDING, Event.ERASED): _S.ERASED,
        (_S.ACTIVE, Event.CONFIRMED): _S.ACTIVE,
        (_S.ACTIVE, Event.PAUSED): _S.PAUSED,
        (_S.ACTIVE, Event.RESUMED): _S.ACTIVE,
        (_S.ACTIVE, Event.BOUNCED): _S.SUSPENDED,
        (_S.ACTIVE, Event.LEFT): _S.LEFT,
        (_S.ACTIVE, Event.ERASED): _S.ERASED,
        (_S.PAUSED, Event.CONFIRMED): _S.ACTIVE,
        (_S.PAUSED, Event.PAUSED): _S.PAUSED,
        (_S.PAUSED, Event.RESUMED): _S.ACTIVE,
        (_S.PAUSED, Event.BOUNCED): _S.SUSPENDED,
        (_S.PAUSED, Event.LEFT): _S.LEFT,
        (_S.PAUSED, Event.ERASED): _S.ERASED,
        # Asking again changes nothing yet: the answer to the confirmation does.
        (_S.SUSPENDED, Event.ASKED): _S.SUSPENDED,
        (_S.SUSPENDED, Event.CONFIRMED): _S.ACTIVE,
        (_S.SUSPENDED, Event.LEFT): _S.LEFT,
        (_S.SUSPENDED, Event.ERASED): _S.ERASED,
        (_S.LEFT, Event.ASKED): _S.LEFT,
        (_S.LEFT, Event.CONFIRMED): _S.ACTIVE,
        (_S.LEFT, Event.LEFT): _S.LEFT,
        (_S.LEFT, Event.ERASED): _S.ERASED,
        (_S.ERASED, Event.ERASED): _S.ERASED,
    }
)


def after(status: Status, event: Event) -> Status | None:
    """The status that follows, or None if the event cannot befall this status."""
    return TRANSITIONS.get((status, event))

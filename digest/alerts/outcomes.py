"""What becomes of an alert that is given to a channel."""

from dataclasses import dataclass
from datetime import timedelta

DEADLINE = timedelta(seconds=20)  # for one request, whatever it waits for


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has the alert."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel works, but will never take this alert, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It does not have it yet, and why; what it asked for before the next try."""

    why: str
    retry_after: timedelta | None = None


Answer = Taken | Refused | NotTaken

LATE = NotTaken("its server does not answer in time")

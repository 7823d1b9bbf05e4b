"""Whom to leave alone for a while: recipient domains that put us off, and a server that bars us.

Both wait longer each time, and forget it all at the first sign that things are well.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRIES = 3  # deferrals in a row before a domain is left alone
DOMAIN_REST = timedelta(minutes=15)  # doubled each time …
LONGEST_DOMAIN_REST = timedelta(hours=4)  # … up to here

BLOCKED_REST = timedelta(minutes=5)  # a refused login or sender: a person must act
LONGEST_BLOCKED_REST = timedelta(hours=4)
UNREACHABLE_REST = timedelta(seconds=30)  # a server that is down or full is soon back
LONGEST_UNREACHABLE_REST = timedelta(minutes=15)


def rest(first: timedelta, longest: timedelta, before: int) -> timedelta:
    """The `before + 1`-th rest in a row: doubled each time."""
    return min(first * (1 << min(before, 16)), longest)


@dataclass(frozen=True, slots=True)
class _Circuit:
    deferrals: int = 0  # in a row
    rests: int = 0  # in a row
    until: datetime | None = None


class Breakers:
    """One for each recipient domain that has given trouble; the others take no room."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}

    def __bool__(self) -> bool:
        """Whether any domain has given trouble."""
        return bool(self._circuits)

    def until(self, domain: str, now: datetime) -> datetime | None:
        """When this domain may be tried again, or None if it may be now."""
        circuit = self._circuits.get(domain)
        if circuit is None or circuit.until is None or circuit.until <= now:
            return None
        return circuit.until

    def well(self, domain: str) -> None:
        """It took or judged a message: all is forgotten."""
        self._circuits.pop(domain, None)

    def deferred(self, domain: str, now: datetime) -> None:
        """It put a message off. After a rest, one more time is enough for the next one.

        What comes in while it rests was on its way before, and tells nothing new.
        """
        if self.until(domain, now) is not None:
            return
        circuit = self._circuits.get(domain, _Circuit())
        circuit = replace(circuit, deferrals=circuit.deferrals + 1)
        if circuit.deferrals >= TRIES:
            wait = rest(DOMAIN_REST, LONGEST_DOMAIN_REST, circuit.rests)
            circuit = replace(circuit, rests=circuit.rests + 1, until=now + wait)
        self._circuits[domain] = circuit


@dataclass(slots=True)
class Patience:
    """How often in a row our own server has barred the way."""

    blocked: int = 0
    unreachable: int = 0

    def well(self) -> None:
        """A message went through: all is forgotten."""
        self.blocked, self.unreachable = 0, 0

    def barred(self, *, blocked: bool) -> timedelta:
        """It barred the way again; gives how long to leave it alone now."""
        if blocked:
            self.blocked += 1
            return rest(BLOCKED_REST, LONGEST_BLOCKED_REST, self.blocked - 1)
        self.unreachable += 1
        return rest(UNREACHABLE_REST, LONGEST_UNREACHABLE_REST, self.unreachable - 1)

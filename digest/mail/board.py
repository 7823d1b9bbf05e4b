"""What the couriers of a run tell each other.

What one connection learns concerns the others too: that the server bars the way, that a domain
wants no more for now, that an issue is disliked.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from digest.clock import Clock
from digest.mail.breaker import Breakers
from digest.mail.results import released
from digest.model import Delivery, IssueId
from digest.store.attempts import Result


@dataclass(slots=True, kw_only=True)
class Board:
    """One of a run, shared by its couriers."""

    stop: asyncio.Event
    clock: Clock
    breakers: Breakers
    limit: int  # how many connections the server allows
    couriers: int = 0  # at work
    trouble: str | None = None  # why a connection was not to be had
    garbled: int = 0  # connections in a row that ended out of step
    problem: str | None = None  # why the run must end
    blocked: bool = False
    disliked: list[tuple[Delivery, str]] = field(default_factory=list)  # of issues to be paused
    # Those of which nothing more may leave, and whether their pause is recorded: from then on the
    # store holds them back, until somebody resumes them.
    issues: dict[IssueId, bool] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing more may leave."""
        return self.problem is not None or self.stop.is_set()

    def hold(self, delivery: Delivery) -> Result | None:
        """The result that gives a delivery back which must not leave now, or None."""
        if self.over or delivery.issue in self.issues:
            return released(delivery, why=self.problem)
        if self.breakers:
            until = self.breakers.until(domain_of(delivery), self.clock())
            if until is not None:
                return released(delivery, until)
        return None

    async def rest(self, seconds: float) -> bool:
        """Wait that long; False if the run is over then."""
        if seconds > 0 and not self.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.stop.wait()
        return not self.over


def domain_of(delivery: Delivery) -> str:
    """Whose mail server an address is in the care of."""
    return delivery.address.rpartition("@")[2].lower()

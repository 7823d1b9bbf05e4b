"""Watches the clock while the service runs, and across its runs."""

import time
from datetime import datetime, timedelta

from digest.app import App
from digest.daemon.jumps import Jump, Sight, first_sight, look
from digest.logs import Log
from digest.model import NoticeKind

log = Log(__name__)

REMEMBER_EVERY = timedelta(minutes=1)  # each time is a commit


class ClockGuard:
    """Says whether what is decided by dates may be decided now."""

    def __init__(self, last: datetime | None, now: datetime) -> None:
        """`last` is when the last run saw the clock."""
        self._sight: Sight = first_sight(last, now, time.monotonic())
        self._untold: list[Jump] = []
        self._remembered: datetime | None = None
        self._note(None)

    def is_steady(self, now: datetime) -> bool:
        """Whether the clock, which says `now`, has gone steadily for a while. Looks at it."""
        before = self._sight.jump
        self._sight = look(self._sight, now, time.monotonic())
        self._note(before)
        return self._sight.jump is None

    async def keep(self, app: App) -> None:
        """Look at the clock, remember it for the next run, and tell of its jumps."""
        now = app.clock()
        steady = self.is_steady(now)
        while self._untold:
            words = _words(self._untold[0])
            await app.db(app.raise_, NoticeKind.CLOCK_JUMPED, "the machine's clock", words)
            self._untold.pop(0)
        known = self._remembered
        if steady and (known is None or abs(now - known) >= REMEMBER_EVERY):
            await app.db(app.store.service.see, now)
            self._remembered = now

    def _note(self, before: Jump | None) -> None:
        jump = self._sight.jump
        if jump is not None and jump is not before:
            log.error("clock.jumped", before=jump.before, after=jump.after)
            self._untold.append(jump)
        elif jump is None and before is not None:
            log.info("clock.steady", now=self._sight.now)


def _words(jump: Jump) -> str:
    before, after = (each.isoformat(timespec="seconds") for each in (jump.before, jump.after))
    way = "back" if jump.after < jump.before else "ahead"
    return (
        f"The clock of the machine went {way}, from {before} to {after}. Issues waited until it had"
        " gone steadily for some seconds; from then on they are due by it. If it is wrong, set it"
        " right (`timedatectl` shows whether it follows a time server) and hold what should not go"
        " out: `digest next` shows what is due."
    )

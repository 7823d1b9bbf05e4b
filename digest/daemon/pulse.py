"""The sign of life: sent by a task that has just read the store, while the loop turns in time."""

import asyncio

from digest.daemon.notify import Notifier
from digest.daemon.present import Present
from digest.errors import StoreError
from digest.logs import Log

log = Log(__name__)

LONGEST_LAG = 5.0  # seconds that a turn of the loop may be late
_BEAT = 1.0


class Pulse:
    """Measures how late the loop is, and tells the supervisor that all is alive."""

    def __init__(self, present: Present, notifier: Notifier, interval: float | None) -> None:
        """`interval` is the number of seconds between two signs; None: nobody waits for them."""
        self._present = present
        self._notifier = notifier
        self._interval = interval
        self.lag = 0.0  # seconds; of the latest beat

    async def run(self) -> None:
        """Beat until the service has ended; that is after it was asked to, so cancel this."""
        now = asyncio.get_running_loop().time
        told = None
        while True:
            began = now()
            await asyncio.sleep(_BEAT)
            self.lag = max(0.0, now() - began - _BEAT)
            if self._interval is None:
                continue
            if told is None or now() - told >= self._interval - _BEAT:
                await self._tell()
                told = now()

    async def _tell(self) -> None:
        app = self._present.app
        try:
            await app.db(app.store.service.last_seen)
        except StoreError as error:
            log.error("pulse.missed", reason=str(error))  # noqa: TRY400  # ours: no trace needed
            return
        if self.lag < LONGEST_LAG:
            self._notifier.send("WATCHDOG=1")
        else:
            log.error("pulse.missed", reason="the loop is late", lag_s=round(self.lag, 1))

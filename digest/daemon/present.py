"""Which app is in charge at present, and how its work is told to end."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from digest.app import App


class Present:
    """The app with the settings that hold now. What is under way may still use an earlier one."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.stop = asyncio.Event()  # the service ends
        self.over = asyncio.Event()  # these settings end: others have come, or the service ends

    def end(self) -> None:
        """Tell all work to end. Safe to call twice."""
        self.stop.set()
        self.over.set()

    def replace(self, app: App) -> None:
        """Put another app in charge, and tell work by the settings before to end."""
        before = self.over
        self.app = app
        self.over = asyncio.Event()
        if self.stop.is_set():
            self.over.set()
        before.set()

    async def rest(self, time: timedelta) -> None:
        """Wait that long, or until these settings end."""
        over = self.over
        # Not wait_for: until Python 3.12 it may swallow that we are cancelled.
        with suppress(TimeoutError):
            async with asyncio.timeout(time.total_seconds()):
                await over.wait()

"""Keeps both servers at work, the pages and the operator's, wherever their tables say."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from digest.app import App
from digest.daemon.present import Present
from digest.daemon.pulse import LONGEST_LAG
from digest.errors import DigestError, StoreError
from digest.logs import Log
from digest.model import NoticeKind
from digest.settings import AdminSettings, WebSettings
from digest.web.server import Answers, serving

if TYPE_CHECKING:  # a service that does not serve them need not hold them in memory
    from digest.web.admin.front import AdminFront
    from digest.web.front import Front

log = Log(__name__)

TRY_AGAIN = timedelta(seconds=10)

S = TypeVar("S", WebSettings, AdminSettings)
F = TypeVar("F", bound=Answers)


class _Served(ABC, Generic[S, F]):
    """One server of the service. Another table opens it anew; any other change only shows."""

    table: str

    def __init__(self, present: Present) -> None:
        self._present = present

    @abstractmethod
    def settings_of(self, app: App) -> S | None:
        """Where it is to serve; None: nowhere."""

    @abstractmethod
    async def front_of(self, app: App, settings: S) -> F:
        """What answers."""

    @abstractmethod
    async def renew(self, front: F, app: App) -> None:
        """Let the front answer by what holds now; what is under way has the other."""

    async def run(self) -> None:
        """Serve until the service stops. A port that is taken is tried again, and told of once."""
        told = ""
        while not self._present.stop.is_set():
            over, app = self._present.over, self._present.app
            settings = self.settings_of(app)
            try:
                if settings is None:
                    await app.db(app.settle, NoticeKind.PAGES_DOWN, self.table, by_hand=True)
                    await over.wait()
                else:
                    await self._serve(settings)
                    told = ""
            except DigestError as error:
                if str(error) != told:  # each try would fill the log with the same line
                    log.error("part.failed", part=self.table, reason=str(error))  # noqa: TRY400  # ours
                told = str(error)
                with suppress(StoreError):  # a disk that is full must not end the service
                    await app.db(app.raise_, NoticeKind.PAGES_DOWN, self.table, f"{error}.")
                await self._present.rest(TRY_AGAIN)
            except Exception:  # the pages are one part of many
                log.exception("web.crashed", route=None)
                await self._present.rest(TRY_AGAIN)

    async def _serve(self, settings: S) -> None:
        """Serve with what holds at present, until the service stops or the table is another."""
        app = self._present.app
        front = await self.front_of(app, settings)
        async with serving(front, settings):
            await app.db(app.settle, NoticeKind.PAGES_DOWN, self.table)
            while not self._present.stop.is_set():
                over, now = self._present.over, self._present.app
                if self.settings_of(now) != settings:
                    return
                if now is not app:
                    app = now
                    await self.renew(front, app)
                await over.wait()


class Pages(_Served[WebSettings, "Front"]):
    """The pages for readers."""

    table = "web"

    def settings_of(self, app: App) -> WebSettings | None:
        """[web]."""
        return app.settings.web

    async def front_of(self, app: App, settings: WebSettings) -> "Front":
        """The pages of the list."""
        from digest.web.front import Front  # noqa: PLC0415

        del settings
        return Front(await app.db(app.site))

    async def renew(self, front: "Front", app: App) -> None:
        """Other words, another lexicon, other templates."""
        front.site = await app.db(app.site)


class Admin(_Served[AdminSettings, "AdminFront"]):
    """Health, metrics and the page for the operator."""

    table = "admin"

    def __init__(self, present: Present, lag: Callable[[], float]) -> None:
        """`lag` tells how late the loop is, in seconds."""
        super().__init__(present)
        self._lag = lag

    def settings_of(self, app: App) -> AdminSettings | None:
        """[admin]."""
        return app.settings.admin

    async def front_of(self, app: App, settings: AdminSettings) -> "AdminFront":
        """What tells of this service."""
        from digest.web.admin.front import AdminFront  # noqa: PLC0415

        return AdminFront(app.watched(), settings, self._lag, longest_lag=LONGEST_LAG)

    async def renew(self, front: "AdminFront", app: App) -> None:
        """Other feeds, other editions."""
        front.watch(app.watched())

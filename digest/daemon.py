"""The service: ticks, signals, draining.

APScheduler is only the alarm clock. Each part of the service is a loop of ours that waits for its
tick, does what the store says is due, and waits again; so a late tick, a missed one or a restart
heals itself, and stopping means finishing what is under way and claiming nothing new.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.app import App
from digest.errors import DigestError, UsageError
from digest.issues.publish import describe
from digest.settings import WebSettings
from digest.store.requests import Request
from digest.stories.corrections import wish_of
from digest.web.front import Front
from digest.web.server import serving

log = logging.getLogger(__name__)

TICK = timedelta(seconds=1)
# The alarm clock follows the wall clock: set back by an hour, it would stay silent for an hour.
# A watch on monotonic time that hears no tick for this long sets it going again.
SILENCE = timedelta(seconds=5)
FETCH_EVERY = timedelta(minutes=1)  # what lies on an IMAP server
LONGEST_MAILBOX_REST = timedelta(minutes=15)
GRACE = timedelta(seconds=60)  # for messages whose body is under way when we are asked to stop
REST_AFTER_FAILURE = timedelta(seconds=10)  # the same again at once would fail again

Work = Callable[[], Awaitable[None]]


class Service:
    """One running service over an app whose lock is held."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stop = asyncio.Event()
        self._parts: dict[str, Work] = {
            "news": self._news,
            "alerts": self._alerts,
            "mail": self._mail,
            "channels": self._app.alerts.give,
            "inbox": self._inbox,
            "mailbox": self._mailbox,
            "requests": self._requests,
            "readers": self._readers,
            "archive": self._archive,
        }
        self._ticked = {name: asyncio.Event() for name in self._parts}
        self._last_tick = 0.0  # monotonic seconds
        self._mailbox_rest = FETCH_EVERY

    def stop(self) -> None:
        """Claim nothing new, finish what is under way, end. Safe to call twice."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until `stop`. Raises StoreError if the state can no longer be used."""
        app = self._app
        queued, unknown = await app.db(app.mail.recover)
        await self._refuse_stale_requests()
        log.info("service.start recovered=%d unknown=%d", queued, unknown)
        for edition in app.settings.editions.values():
            period = await app.db(app.issues.period, edition, None)
            due = period.end.astimezone(edition.zone).isoformat()
            log.info("issue.next edition=%s period=%s due=%s", edition.name, period.key, due)
        scheduler = AsyncIOScheduler(timezone="UTC")
        job = scheduler.add_job(
            self._tick,
            "interval",
            seconds=TICK.total_seconds(),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                parts: dict[str, asyncio.Task[Any]] = {
                    name: group.create_task(self._loop(name, work))
                    for name, work in self._parts.items()
                }
                if app.settings.web is not None:
                    parts["web"] = group.create_task(self._pages(app.settings.web))
                group.create_task(self._watch(job))
                await self._stop.wait()
                ending = self._did("channels", app.alerts.stop_giving)
                parts["lines"] = group.create_task(ending)
                await self._drain(parts)
        finally:
            scheduler.shutdown(wait=False)  # our own loops have ended: nothing is cut off
        log.info("service.stop")

    async def _drain(self, parts: dict[str, asyncio.Task[Any]]) -> None:
        """Let the parts finish what is on its way; a poll is broken off, and asked again later."""
        parts["news"].cancel()
        for ticked in self._ticked.values():
            ticked.set()  # wake them, so that they see the stop
        _, late = await asyncio.wait(parts.values(), timeout=GRACE.total_seconds())
        for task in late:
            log.warning("service.grace_over")
            task.cancel()

    async def _tick(self) -> None:
        self._last_tick = asyncio.get_running_loop().time()
        for ticked in self._ticked.values():
            ticked.set()

    async def _watch(self, job: Any) -> None:  # noqa: ANN401  # APScheduler ships no types
        now = asyncio.get_running_loop().time
        self._last_tick = now()
        while not self._stop.is_set():
            await self._rest(SILENCE)
            if now() - self._last_tick > SILENCE.total_seconds():
                log.warning("service.clock_jumped")
                job.reschedule("interval", seconds=TICK.total_seconds())

    async def _loop(self, name: str, work: Work) -> None:
        """Do one part's work at each of its ticks."""
        while True:
            await self._ticked[name].wait()
            self._ticked[name].clear()
            if self._stop.is_set():
                return
            if not await self._did(name, work):
                await self._rest(REST_AFTER_FAILURE)

    async def _did(self, name: str, work: Work) -> bool:
        """Do one part's work, once. An error ends this turn, not the service: then False."""
        try:
            await work()
        except DigestError as error:
            log.error("%s.failed reason=%s", name, error)  # noqa: TRY400  # ours: no trace needed
        except Exception:  # the last resort of a daemon tick: say it and live on
            log.exception("%s.crashed", name)
        else:
            return True
        return False

    async def _rest(self, time: timedelta) -> None:
        """Wait that long, or until we are asked to stop."""
        # Not wait_for: until Python 3.12 it may swallow that we are cancelled.
        with suppress(TimeoutError):
            async with asyncio.timeout(time.total_seconds()):
                await self._stop.wait()

    async def _pages(self, settings: WebSettings) -> None:
        """Serve the pages until we stop. A port that is taken is tried again, and told of once."""
        told = ""
        while not self._stop.is_set():
            try:
                front = Front(await self._app.db(self._app.site))
                async with serving(front, settings):
                    told = ""
                    await self._stop.wait()
            except DigestError as error:
                if str(error) != told:
                    log.error("web.failed reason=%s", error)  # noqa: TRY400  # ours: no trace needed
                told = str(error)
            except Exception:  # the pages are one part of many
                log.exception("web.crashed")
            await self._rest(REST_AFTER_FAILURE)

    # --- the parts -------------------------------------------------------------------------

    async def _news(self) -> None:
        """Ask the feeds that are due, then publish: an issue is never older than the news.

        News that cannot be fetched must not keep the issue from its readers.
        """
        try:
            due = await self._app.db(self._app.feeds.due)
            if due:
                await self._app.feeds.round(due)
        finally:
            for outcome in await self._app.db(self._app.issues.publish_due):
                log.info("issue.decided %s", describe(outcome))
                self._ticked["mail"].set()
            await self._app.db(self._app.issues.mail_drafts)

    async def _readers(self) -> None:
        await self._app.db(self._app.readers.tend)

    async def _alerts(self) -> None:
        if await self._app.db(self._app.alerts.mail):
            self._ticked["mail"].set()

    async def _mail(self) -> None:
        await self._app.db(self._app.mail.tell_operator)
        summary = await self._app.mail.drain(stop=self._stop)
        if summary.problem is not None:
            # Asking a server again at once that bars the way makes it bar the way for longer.
            rest = summary.rest
            log.error("mail.trouble rest_s=%d reason=%s", rest.total_seconds(), summary.problem)
            await self._rest(rest)

    async def _archive(self) -> None:
        app = self._app
        if await app.db(app.archive.is_old):
            authority = await app.db(app.archive.authority)
            await asyncio.to_thread(
                app.archive.build, authority, go_on=lambda: not self._stop.is_set()
            )

    async def _inbox(self) -> None:
        await self._app.mail.receive()

    async def _mailbox(self) -> None:
        """Fetch mail from the IMAP server each minute; ever more seldom while that fails."""
        if self._app.settings.inbox.imap is None:
            await self._stop.wait()
            return
        try:
            await self._app.mail.fetch()
            self._mailbox_rest = FETCH_EVERY
        except DigestError as error:
            self._mailbox_rest = min(self._mailbox_rest * 2, LONGEST_MAILBOX_REST)
            log.error(  # noqa: TRY400  # ours: no trace needed
                "mailbox.failed rest_s=%d reason=%s", self._mailbox_rest.total_seconds(), error
            )
            await self._app.db(self._app.mail.tell_of_mailbox, str(error), self._mailbox_rest)
        self._ticked["mail"].set()
        await self._rest(self._mailbox_rest)

    async def _requests(self) -> None:
        requests = self._app.store.requests
        for request in await self._app.db(requests.open):
            try:
                result, status = await self._answer(request), 0
            except DigestError as error:
                result, status = str(error), error.exit_code
            except Exception:  # somebody waits for an answer, and others behind them
                log.exception("requests.crashed request=%d", request.id)
                result, status = "it failed; the log of the service says why", 1
            await self._app.db(
                requests.finish, request.id, result, self._app.clock(), status=status
            )

    async def _answer(self, request: Request) -> str:
        app, given = self._app, request.arguments
        match request.kind:
            case "poll":
                feeds = app.feeds.named([given["feed"]] if "feed" in given else [])
                return (await app.feeds.round(feeds, force="force" in given)).describe()
            case "send":
                # Edition and period were settled by who asked, so that a repeat after a kill
                # meets the same key.
                edition = app.edition(given["edition"])
                period = await app.db(app.issues.period, edition, given["period"])
                outcome = await app.db(app.issues.publish, edition, period)
                self._ticked["mail"].set()
                return describe(outcome)
            case "correct":
                # In the store's thread, where ingest asks for them too: there is one index.
                return await app.db(lambda: app.stories.correct(wish_of(given), given["who"]))
            case other:
                raise UsageError(f"this service does not know how to {other!r}")

    async def _refuse_stale_requests(self) -> None:
        """Nobody waits any more for what was asked of an earlier service."""
        requests = self._app.store.requests
        for request in await self._app.db(requests.open):
            words = "the service ended before it could do this; ask again"
            await self._app.db(requests.finish, request.id, words, self._app.clock(), status=1)


async def serve(app: App) -> None:
    """Run the service until SIGTERM or SIGINT; a second signal ends the process at once."""
    service = Service(app)
    loop = asyncio.get_running_loop()

    def asked() -> None:
        log.info("service.stopping")
        service.stop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
            loop.add_signal_handler(name, os._exit, 1)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked)
    await service.run()

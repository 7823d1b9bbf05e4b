"""Runs the parts of the service at their ticks, and ends them when it is asked to stop.

APScheduler is only the alarm clock. Each part is a loop of ours that waits for its tick, does what
the store says is due, and waits again; so a late tick, a missed one or a restart heals itself, and
stopping means finishing what is under way and claiming nothing new.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.app import App
from digest.daemon.clockguard import ClockGuard
from digest.daemon.failures import Failures
from digest.daemon.glimpse import Glimpse, glimpse
from digest.daemon.notify import Notifier, notifier_of_this_process
from digest.daemon.pages import Admin, Pages
from digest.daemon.parts import Parts
from digest.daemon.present import Present
from digest.daemon.pulse import Pulse
from digest.daemon.reload import Reloader, accept
from digest.errors import DigestError
from digest.logs import Log

log = Log(__name__)

TICK = timedelta(seconds=1)
# The alarm clock follows the wall clock: set back by an hour, it would stay silent for an hour.
# A watch on monotonic time that hears no tick for this long sets it going again.
SILENCE = timedelta(seconds=5)
GRACE = timedelta(seconds=60)  # for messages whose body is under way when we are asked to stop
REST_AFTER_FAILURE = timedelta(seconds=10)  # the same again at once would fail again
SHOW_EVERY = timedelta(seconds=2)  # to somebody who looks on
STATUS_EVERY = timedelta(seconds=30)  # to a supervisor

STDERR = 2  # where somebody who looks on has their terminal

# Each look into the store costs; what nobody waits for is looked after at every so many ticks.
_SELDOM = {
    "news": 5,
    "mail": 2,  # whatever queues something here wakes it at once
    "archive": 5,
    "inbox": 5,
    "keeping": 5,
    "readers": 3,
    "alerts": 2,
    "channels": 2,
    "notices": 5,
}

Work = Callable[[], Awaitable[None]]
Show = Callable[[Glimpse], None]


class Service:
    """One running service over an app whose lock is held."""

    def __init__(
        self,
        app: App,
        *,
        notifier: Notifier | None = None,
        sign_of_life: float | None = None,
        show: Show | None = None,
    ) -> None:
        """`notifier` is told how we are, `show` is shown how things stand.

        `sign_of_life` is the number of seconds between two signs of life; None: nobody waits.
        """
        self._present = Present(app)
        self._notifier = notifier or Notifier()
        self._show = show
        self._guard = ClockGuard(app.store.service.last_seen(), app.clock())
        self._pulse = Pulse(self._present, self._notifier, sign_of_life)
        self._pages = Pages(self._present)
        self._admin = Admin(self._present, lambda: self._pulse.lag)
        self._reloader = Reloader(self._present, self._notifier, os.environ)
        self._failures = Failures()
        self._work = parts = Parts(self._present, self._guard, self._wake)
        self._parts: dict[str, Work] = {
            "news": parts.news,
            "alerts": parts.alerts,
            "mail": parts.mail,
            "channels": parts.channels,
            "inbox": parts.inbox,
            "mailbox": parts.mailbox,
            "requests": parts.requests,
            "readers": parts.readers,
            "archive": parts.archive,
            "keeping": parts.keeping,
            "clock": parts.clock,
            "notices": parts.notices,
            "reload": self._reloader.tend,
        }
        self._ticked = {name: asyncio.Event() for name in self._parts}
        self._last_tick = 0.0  # monotonic seconds
        self._ticks = -1  # so that the first one wakes all parts

    def stop(self) -> None:
        """Claim nothing new, finish what is under way, end. Safe to call twice."""
        if not self._present.stop.is_set():
            log.info("service.stopping")
            self._notifier.send("STOPPING=1", "STATUS=finishing what is under way")
        self._present.end()

    def reload(self) -> None:
        """Take over what has changed in feeds.toml, the templates and the lexicon, or nothing."""
        self._reloader.ask()
        self._wake("reload")

    async def run(self) -> None:
        """Serve until `stop`. Raises StoreError if the state can no longer be used."""
        app = self._present.app
        queued, unknown = await app.db(app.mail.recover)
        await self._work.refuse_stale_requests()
        await app.db(accept, app)  # it has been read to come so far
        log.info("service.start", recovered=queued, unknown=unknown)
        for edition in app.settings.editions.values():
            period = await app.db(app.issues.period, edition, None)
            due = period.end.astimezone(edition.zone)
            log.info("issue.next", edition=edition.name, period=period.key, due=due)
        self._notifier.send("READY=1", "STATUS=at work")
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
                parts["web"] = group.create_task(self._pages.run())
                parts["admin"] = group.create_task(self._admin.run())
                beside = [group.create_task(self._pulse.run())]
                beside.append(group.create_task(self._tell()))
                group.create_task(self._watch(job))
                await self._present.stop.wait()
                ending = self._did("channels", self._work.stop_giving)
                parts["lines"] = group.create_task(ending)
                await self._drain(parts)
                for task in beside:
                    task.cancel()
        finally:
            scheduler.shutdown(wait=False)  # our own loops have ended: nothing is cut off
        log.info("service.stop")

    async def _drain(self, parts: dict[str, asyncio.Task[Any]]) -> None:
        """Let the parts finish what is on its way; what can be done again is broken off."""
        for name in ("news", "reload"):
            parts[name].cancel()
        for name in self._parts:
            self._wake(name)  # so that they see the stop
        _, late = await asyncio.wait(parts.values(), timeout=GRACE.total_seconds())
        for name, task in parts.items():
            if task in late:
                log.warning("service.grace_over", part=name)
                task.cancel()

    def _wake(self, name: str) -> None:
        self._ticked[name].set()

    async def _tick(self) -> None:
        self._last_tick = asyncio.get_running_loop().time()
        self._ticks += 1
        for name in self._parts:
            if self._ticks % _SELDOM.get(name, 1) == 0:
                self._wake(name)

    async def _watch(self, job: Any) -> None:  # noqa: ANN401  # APScheduler ships no types
        now = asyncio.get_running_loop().time
        self._last_tick = now()
        while not self._present.stop.is_set():
            await self._present.rest(SILENCE)
            if now() - self._last_tick > SILENCE.total_seconds():
                log.warning("service.no_tick")
                job.reschedule("interval", seconds=TICK.total_seconds())

    async def _tell(self) -> None:
        """Show how things stand to whoever looks on."""
        if self._show is None and not self._notifier.is_heard:
            return
        every = STATUS_EVERY if self._show is None else SHOW_EVERY
        while not self._present.stop.is_set():
            await self._did("status", self._tell_once)
            await self._present.rest(every)

    async def _tell_once(self) -> None:
        found = await self._present.app.db(glimpse, self._present.app)
        self._notifier.status(found.line())
        if self._show is not None:
            self._show(found)

    async def _loop(self, name: str, work: Work) -> None:
        """Do one part's work at each of its ticks."""
        while True:
            await self._ticked[name].wait()
            self._ticked[name].clear()
            if self._present.stop.is_set():
                return
            if not await self._did(name, work):
                await self._present.rest(REST_AFTER_FAILURE)

    async def _did(self, name: str, work: Work) -> bool:
        """Do one part's work, once. An error ends this turn, not the service: then False."""
        now = asyncio.get_running_loop().time
        try:
            await work()
        except DigestError as error:
            if self._failures.is_news(name, str(error), now()):
                log.error("part.failed", part=name, reason=str(error))  # noqa: TRY400  # ours
            await self._work.tell_of_failure(name, str(error))
        except Exception as error:  # the last resort of a daemon tick: say it and live on
            if self._failures.is_news(name, repr(error), now()):
                log.exception("part.crashed", part=name)
            await self._work.tell_of_failure(name, "a mistake in this program")
        else:
            self._failures.end(name)
            await self._work.tell_of_success(name)
            return True
        return False


async def serve(app: App, show: Show | None = None) -> None:
    """Run the service until SIGTERM or SIGINT; a second one ends the process at once.

    SIGHUP makes it reload, unless it comes from a terminal that is closed. How things stand is
    shown to `show`, if there is one.
    """
    notifier, sign_of_life = notifier_of_this_process()
    service = Service(app, notifier=notifier, sign_of_life=sign_of_life, show=show)
    loop = asyncio.get_running_loop()

    def asked() -> None:
        service.stop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
            loop.add_signal_handler(name, os._exit, 1)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked)

    def hung_up() -> None:
        if show is not None and not os.isatty(STDERR):
            asked()
        else:
            service.reload()

    loop.add_signal_handler(signal.SIGHUP, hung_up)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one may have come before
    await service.run()

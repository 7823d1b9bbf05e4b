"""What each part of the service does at its tick: whatever the store says is due."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import assert_never

from digest.app import App
from digest.daemon.clockguard import ClockGuard
from digest.daemon.present import Present
from digest.errors import DigestError, StoreError, UsageError
from digest.issues.publish import (
    Decided,
    Kept,
    Outcome,
    Published,
    Unpublished,
    describe,
)
from digest.logs import Log
from digest.model import NoticeKind
from digest.store.requests import Request
from digest.stories.corrections import wish_of

log = Log(__name__)

LOOK_EVERY = timedelta(seconds=10)  # for what the operator should know
FETCH_EVERY = timedelta(minutes=1)  # what lies on an IMAP server
LONGEST_MAILBOX_REST = timedelta(minutes=15)
RELOAD = "reload"  # the kind of request that reload.py answers


class Parts:
    """The work of one service."""

    def __init__(self, present: Present, guard: ClockGuard, wake: Callable[[str], None]) -> None:
        """`wake` lets the part of a name do its work at once."""
        self._present = present
        self._guard = guard
        self._wake = wake
        self._mailbox_rest = FETCH_EVERY
        self._giving = present.app
        self._failing: set[str] = set()  # parts
        self._worked: set[str] = set()

    @property
    def _app(self) -> App:
        return self._present.app

    async def news(self) -> None:
        """Ask the feeds that are due, then publish: an issue is never older than the news.

        News that cannot be fetched must not keep the issue from its readers. A disk that is too
        full for both does: neither could be kept whole. So does an end that we were asked for.
        """
        if await self._app.db(self._app.keeping.is_low):
            return
        try:
            due = await self._app.db(self._app.feeds.due)
            if due:
                await self._app.feeds.round(due)
        finally:
            stopping = self._present.stop.is_set()
            if not stopping and self._guard.is_steady(self._app.clock()):
                for outcome in await self._app.db(self._app.issues.publish_due):
                    _log(outcome)
                    self._wake("mail")
                await self._app.db(self._app.issues.mail_drafts)

    async def clock(self) -> None:
        """Remember the clock, and tell of its jumps."""
        await self._guard.keep(self._app)

    async def readers(self) -> None:
        """Do what time owes to readers, among it to forget some: not by a clock that jumps."""
        if self._guard.is_steady(self._app.clock()):
            await self._app.db(self._app.readers.tend)

    async def alerts(self) -> None:
        """Queue what cannot wait."""
        if await self._app.db(self._app.alerts.mail):
            self._wake("mail")

    async def channels(self) -> None:
        """Give channels what waits for them; those of earlier settings end first."""
        if self._giving is not self._app:
            await self.stop_giving()
            self._giving = self._app
        await self._giving.alerts.give()

    async def stop_giving(self) -> None:
        """End giving after what is under way."""
        await self._giving.alerts.stop_giving()

    async def mail(self) -> None:
        """Send what is due."""
        app, over = self._app, self._present.over
        summary = await app.mail.drain(stop=over)
        if summary.problem is not None:
            # Asking a server again at once that bars the way makes it bar the way for longer.
            log.error("mail.trouble", rest=summary.rest, reason=str(summary.problem))
            await self._rest(summary.rest, over)

    async def notices(self) -> None:
        """Tell the operator what they should know."""
        app, over = self._app, self._present.over
        await app.db(app.notices.tend)
        await self._rest(LOOK_EVERY, over)

    async def tell_of_failure(self, part: str, why: str) -> None:
        """Tell the operator that a part of the service fails, if the store can still take that."""
        self._failing.add(part)
        words = (
            f"{why}. It is tried again every ten seconds, and the other parts go on; while it"
            " fails the log says so once a minute. If it stays so: `digest doctor`."
        )
        with suppress(StoreError):
            await self._app.db(self._app.raise_, NoticeKind.PART_FAILING, part, words)

    async def tell_of_success(self, part: str) -> None:
        """Settle what `tell_of_failure` raised, in this run or in one before."""
        if part in self._failing or part not in self._worked:
            with suppress(StoreError):
                await self._app.db(self._app.settle, NoticeKind.PART_FAILING, part)
                self._failing.discard(part)
                self._worked.add(part)

    async def archive(self) -> None:
        """Bring the pages of past issues up to date."""
        app, over = self._app, self._present.over
        if await app.db(app.archive.is_old):
            authority = await app.db(app.archive.authority)
            await asyncio.to_thread(app.archive.build, authority, go_on=lambda: not over.is_set())

    async def keeping(self) -> None:
        """Look at the disk, back up, and delete what nothing needs; not by a clock that jumps."""
        if self._guard.is_steady(self._app.clock()):
            await self._app.keeping.tend(self._present.over)

    async def inbox(self) -> None:
        """Act on mail that lies in the Maildir."""
        await self._app.mail.receive()

    async def mailbox(self) -> None:
        """Fetch mail from the IMAP server each minute; ever more seldom while that fails."""
        app, over = self._app, self._present.over
        if app.settings.inbox.imap is None:
            await over.wait()
            return
        try:
            await app.mail.fetch()
            await app.db(app.mail.mailbox_works)
            self._mailbox_rest = FETCH_EVERY
        except DigestError as error:
            self._mailbox_rest = min(self._mailbox_rest * 2, LONGEST_MAILBOX_REST)
            log.error(  # noqa: TRY400  # ours: no trace needed
                "mailbox.failed", rest=self._mailbox_rest, reason=str(error)
            )
            await app.db(app.mail.tell_of_mailbox, str(error), self._mailbox_rest)
        self._wake("mail")
        await self._rest(self._mailbox_rest, over)

    async def requests(self) -> None:
        """Do what other processes have asked for."""
        requests = self._app.store.requests
        for request in await self._app.db(requests.open):
            if request.kind == RELOAD or not await self._app.db(requests.is_open, request.id):
                continue  # the latter was taken back while we were at those before it
            try:
                result, status = await self._answer(request), 0
            except DigestError as error:
                result, status = str(error), error.exit_code
            except Exception:  # somebody waits for an answer, and others behind them
                log.exception("requests.crashed", request=request.id)
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
                self._wake("mail")
                return describe(outcome)
            case "correct":
                # In the store's thread, where ingest asks for them too: there is one index.
                return await app.db(lambda: app.stories.correct(wish_of(given), given["who"]))
            case other:
                raise UsageError(f"this service does not know how to {other!r}")

    async def refuse_stale_requests(self) -> None:
        """Nobody waits any more for what was asked of an earlier service."""
        requests = self._app.store.requests
        for request in await self._app.db(requests.open):
            words = "the service ended before it could do this; ask again"
            await self._app.db(requests.finish, request.id, words, self._app.clock(), status=1)

    async def _rest(self, time: timedelta, over: asyncio.Event) -> None:
        """Wait that long, unless the settings by which we worked have ended or end."""
        if not over.is_set():
            await self._present.rest(time)


def _log(outcome: Outcome) -> None:
    """Tell what became of a period that has come to its end, if that was not told before."""
    match outcome:
        case Published(issue=issue, segments=segments):
            log.info(
                "issue.decided",
                edition=issue.edition,
                period=issue.period.key,
                outcome="published",
                stories=len(issue.stories),
                segments=segments,
            )
        case Unpublished(edition=edition, period=period, outcome=what, reason=reason):
            log.info(
                "issue.decided", edition=edition, period=period.key, outcome=what, reason=reason
            )
        case Decided() | Kept():
            pass
        case _:
            assert_never(outcome)

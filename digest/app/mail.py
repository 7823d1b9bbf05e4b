"""Mail that leaves, and mail that comes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from digest.app.project import Project
from digest.mail import outbox, settle
from digest.mail.imap import open_mailbox
from digest.mail.inbox import Clerk, MaildirSource, Swept, sweep
from digest.mail.maildir import MaildirTransport
from digest.mail.outbox import DrainSummary, Restraint
from digest.mail.reports import Report
from digest.mail.smtp import SmtpTransport
from digest.mail.todraft import ReplyToDraft, Told
from digest.mail.transport import Transport
from digest.model import NoticeKind
from digest.subscribers.bymail import MailToUs, Outcome, Quiet, Unusable, handle
from digest.subscribers.desk import Desk
from digest.tally import tally

if TYPE_CHECKING:  # it makes issues, which most of what is done with mail never does
    from digest.app.reviewing import Reviewing

MAILBOX_TROUBLE = timedelta(minutes=8)  # between two tries: it has failed for so long, too


class Mail:
    """The mail of a project."""

    def __init__(
        self,
        project: Project,
        desk: Callable[[], Desk],
        reviewing: "Callable[[], Reviewing]",
    ) -> None:
        """`desk` answers what people ask for by mail, `reviewing` what is replied to a draft."""
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._db = project.db
        self._clock = project.clock
        self._desk = desk
        self._reviewing = reviewing
        self.restraint = Restraint.of(project.settings.mail)  # learnt by one run, for all

    def transport(self) -> Transport:
        """The way that messages leave: the configured server, or a Maildir."""
        if self._settings.mail.server is None:
            return MaildirTransport(self._settings.state / "outbox")
        return SmtpTransport(self._settings.mail)

    def recover(self) -> tuple[int, int]:
        """Settle what an earlier holder of the lock left under way."""
        now = self._clock()
        queued, unknown = self._store.deliveries.recover(
            now, now + self._settings.mail.resend_after
        )
        tally.count("unknown_outcomes", number=unknown)
        return queued, unknown

    async def drain(
        self,
        *,
        stop: asyncio.Event | None = None,
        progress: Callable[[DrainSummary], None] | None = None,
    ) -> DrainSummary:
        """Send every message that is due, and do what follows from those that are refused."""
        summary = await outbox.drain(
            self._store,
            self._db,
            self.transport(),
            self._settings.mail,
            sender=self._project.sender,
            clock=self._clock,
            restraint=self.restraint,
            stop=stop,
            progress=progress,
        )
        await self.settle_bounces()
        return summary

    async def receive(self) -> Swept:
        """Act on the mail that lies in the Maildir, and do all that follows from it."""
        try:
            return await sweep(MaildirSource(self._settings.inbox.maildir), await self._clerk())
        finally:  # what waits has nothing to do with a mailbox that cannot be read
            await self.settle_bounces()

    async def fetch(self) -> Swept:
        """Act on the mail that lies on the server of [inbox] imap, if there is one.

        Raises MailboxError if it cannot be reached, or something breaks off.
        """
        if self._settings.inbox.imap is None:
            return Swept()
        try:
            async with open_mailbox(self._settings.inbox, self._settings.inbox.imap) as mailbox:
                return await sweep(mailbox, await self._clerk())
        finally:
            await self.settle_bounces()

    async def settle_bounces(self) -> None:
        """Do what follows from messages that came back: for their readers and for their issues."""
        while await self._db(settle.settle, self._store, self._clock()) == settle.BATCH:
            pass

    def mailbox_works(self) -> None:
        """Settle what `tell_of_mailbox` raised."""
        if self._settings.inbox.imap is not None:
            self._project.settle(NoticeKind.MAILBOX_BLOCKED, self._settings.inbox.imap.host)

    def tell_of_mailbox(self, reason: str, rest: timedelta) -> None:
        """Tell the operator that mail has not been fetched for some time."""
        if rest < MAILBOX_TROUBLE:
            return
        server = self._settings.inbox.imap
        self._project.raise_(
            NoticeKind.MAILBOX_BLOCKED,
            "nowhere" if server is None else server.host,
            (
                f"The mail to the list cannot be fetched: {reason}. Until it can, nobody can"
                " subscribe, change or leave by mail, and no bounces are seen. It is tried again"
                " every quarter of an hour; nothing is lost meanwhile."
            ),
        )

    async def _clerk(self) -> Clerk:
        """What handles each mail, wherever it was found."""

        async def act(wanted: MailToUs | ReplyToDraft | Report) -> Outcome | Told:
            return await self._db(self._obey, wanted)

        async def tell(reason: str) -> None:
            await self._db(self._tell_of_unread_mail, reason)

        return Clerk(
            settings=self._settings.inbox,
            secret=await self._db(self._store.secret),
            act=act,
            tell=tell,
        )

    def _obey(self, wanted: MailToUs | ReplyToDraft | Report) -> Outcome | Told:
        now = self._clock()
        match wanted:
            case MailToUs():
                return handle(self._desk(), wanted, now)
            case ReplyToDraft():
                return self._reviewing().obey(wanted)
            case Report():
                kept = isinstance(settle.keep(self._store, wanted, now), settle.Kept)
                return Quiet("kept") if kept else Unusable("a report on no message of ours")
            case _:
                assert_never(wanted)

    def _tell_of_unread_mail(self, reason: str) -> None:
        """Tell the operator that a mail waits for them, once a day."""
        where = f"{self._settings.inbox.maildir}/.unread"
        if self._settings.inbox.imap is not None:
            where += f", or in the folder digest-unread at {self._settings.inbox.imap.host}"
        self._project.raise_(
            NoticeKind.MAIL_UNREAD,
            self._settings.inbox.address,
            (
                f"A mail to the list could not be dealt with ({reason}). It lies in {where}, with"
                " any other of today. Answer it if it deserves an answer, and delete it."
            ),
        )

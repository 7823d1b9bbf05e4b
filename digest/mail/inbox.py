"""Reads the mail that comes to the list's mailbox: requests, replies to drafts, reports of bounces.

A mail is put away only after what it asks for or reports is committed; the desk knows a mail again,
so a kill in between does no harm. A program may take somebody off the list (that is what
List-Unsubscribe is for), but never confirm for them; programs are never answered. What is not
understood, or reports a message that is none of ours, is set aside for a person to read.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message as Headers
from enum import Enum, auto
from pathlib import Path
from typing import Protocol, assert_never

from digest.errors import DigestError
from digest.issues.orders import read_orders
from digest.logs import Log
from digest.mail import reports
from digest.mail.authentic import author_of
from digest.mail.body import Written, written
from digest.mail.maildir import make_maildir, put
from digest.mail.parts import header_addresses, header_text, headers_of
from digest.mail.programs import sign_of_a_program
from digest.mail.reports import RECIPIENT_HEADERS, Harmless, Report, Unclear
from digest.mail.todraft import Draft, ReplyToDraft, Told, answered_draft
from digest.settings import InboxSettings
from digest.subscribers.bymail import (
    Answered,
    Before,
    MailToUs,
    Outcome,
    Questioned,
    Quiet,
    Unusable,
)
from digest.subscribers.commands import Leave
from digest.subscribers.reading import read_request

log = Log(__name__)

UNREAD = ".unread"  # a folder in the Maildir, so that any mail program shows it
MOST_BYTES = 262_144  # a report says what it has to say before the copy that may fill megabytes


@dataclass(frozen=True, slots=True)
class Ignored:
    """A program wrote this, and it asks for nothing: a delay, an automatic answer, a list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Not understood, or not valid; a person should look at it."""

    reason: str


class Fate(Enum):
    """What became of a mail."""

    HANDLED = auto()
    REPORT = auto()
    IGNORED = auto()
    UNREAD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a look into the mailbox found."""

    handled: int = 0
    reports: int = 0
    ignored: int = 0
    unread: int = 0

    def plus(self, fate: Fate) -> "Swept":
        """One mail more."""
        match fate:
            case Fate.HANDLED:
                return replace(self, handled=self.handled + 1)
            case Fate.REPORT:
                return replace(self, reports=self.reports + 1)
            case Fate.IGNORED:
                return replace(self, ignored=self.ignored + 1)
            case Fate.UNREAD:
                return replace(self, unread=self.unread + 1)
            case _:
                assert_never(fate)


Wanted = MailToUs | ReplyToDraft | Report  # a mail that something is to be done about
# Does what a mail asks for, or keeps a report. Raises DigestError where that has to be tried again.
Act = Callable[[Wanted], Awaitable[Outcome | Told]]
# Tells the operator of a mail that waits for a person, and why.
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """What every mail is handled with, however it comes in."""

    settings: InboxSettings
    secret: bytes = field(repr=False)
    act: Act
    tell: Tell

    async def handle(self, raw: bytes) -> Fate:
        """Do what one mail asks for; whoever calls puts it away then.

        Raises DigestError if it has to be tried again later. A mail that we stumble over is for a
        person to read: it must not hold up the others for ever.
        """
        try:
            fate, reason = await self._handle(raw)
        except DigestError:
            raise
        except Exception:
            log.exception("inbox.stumbled")
            fate, reason = Fate.UNREAD, "the program stumbled over it; its log says where"
        log.debug("inbox.mail", fate=fate.name, reason=reason)
        if fate is Fate.UNREAD:
            await self.tell(reason)
        return fate

    async def _handle(self, raw: bytes) -> tuple[Fate, str]:
        found = understand(raw, self.settings, self.secret)
        match found:
            case MailToUs() | ReplyToDraft() | Report():
                outcome = await self.act(found)
            case Ignored(reason):
                return Fate.IGNORED, reason
            case Unread(reason):
                return Fate.UNREAD, reason
            case _:
                assert_never(found)
        lost = isinstance(found, MailToUs) and found.request.lost
        if isinstance(outcome, Unusable):
            return Fate.UNREAD, outcome.reason
        if lost:
            return Fate.UNREAD, f"not understood ({_described(outcome)})"
        return Fate.REPORT if isinstance(found, Report) else Fate.HANDLED, _described(outcome)


def _described(outcome: Answered | Told | Questioned | Quiet | Before) -> str:
    match outcome:
        case Answered() | Told():
            return "its author was answered"
        case Questioned():
            return "its author is asked"
        case Quiet(reason):
            return reason
        case Before():
            return "handled before"
        case _:
            assert_never(outcome)


class Source(Protocol):
    """A place where mail arrives, opened for one look."""

    async def waiting(self) -> list[str]:
        """The names of the mails that wait, the oldest first."""

    async def read(self, name: str) -> bytes | None:
        """A mail, or at least its first MOST_BYTES; None if it is gone or cannot be read."""

    async def put_away(self, name: str, *, unread: bool) -> None:
        """Move a mail that is handled out of the way, or to where a person looks for it."""


async def sweep(source: Source, clerk: Clerk) -> Swept:
    """Handle every mail that waits, the oldest first, each once. Raises DigestError."""
    swept = Swept()
    for name in await source.waiting():
        raw = await source.read(name)
        if raw is None:
            continue
        fate = await clerk.handle(raw)
        await source.put_away(name, unread=fate is Fate.UNREAD)
        swept = swept.plus(fate)
    if swept != Swept():
        log.info(
            "inbox.done",
            handled=swept.handled,
            reports=swept.reports,
            ignored=swept.ignored,
            unread=swept.unread,
        )
    return swept


def understand(raw: bytes, settings: InboxSettings, secret: bytes) -> Wanted | Ignored | Unread:
    """What this mail wants from us, or reports."""
    headers = headers_of(raw)
    sign = sign_of_a_program(headers, settings)
    wrote = written(raw)
    subject = header_text(headers, "Subject")
    request = read_request(
        header_addresses(headers, *RECIPIENT_HEADERS),
        subject,
        wrote.lines,
        wrote.whole,
        settings.address,
    )
    mail = MailToUs(
        key=_key(headers, raw),
        request=request,
        author=author_of(headers, settings.authserv_id),
        message_id=header_text(headers, "Message-ID"),
        by_program=sign is not None,
    )
    if isinstance(request.command, Leave) and request.command.token is not None:
        return mail  # a provider often sends it in the reader's name, marked as automatic
    match reports.read(raw, settings, secret, by_program=sign is not None):
        case Report() as report:
            return report
        case Harmless(reason):
            return Ignored(f"a report: {reason}")
        case Unclear(reason):
            return Unread(reason)
        case None if sign is not None:
            return Ignored(sign)
        case None:
            draft = answered_draft(headers, settings, secret)
            return mail if draft is None else _reply(mail, draft, wrote)
        case found:
            assert_never(found)


def _reply(mail: MailToUs, draft: Draft, wrote: Written) -> ReplyToDraft:
    lines = [(line.number, line.text) for line in wrote.lines]
    return ReplyToDraft(
        key=mail.key,
        draft=draft,
        said=read_orders(lines, draft.edition, draft.period),
        author=mail.author,
        message_id=mail.message_id,
    )


def _key(headers: Headers, raw: bytes) -> str:
    """A name for a mail: copies of it have other headers of their way, no more."""
    named = [header_text(headers, name) for name in ("Message-ID", "From", "To", "Subject")]
    body = raw if not named[0] else raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")[2]
    whole = "\0".join(named).encode("utf-8", "surrogatepass") + b"\0"
    return hashlib.sha256(whole + body.replace(b"\r\n", b"\n")).hexdigest()


# --- the Maildir --------------------------------------------------------------------------------


def keep(settings: InboxSettings, raw: bytes) -> None:
    """Put one message into the Maildir, safe on disk, for the next look."""
    make_maildir(settings.maildir)
    put(settings.maildir, secrets.token_hex(16), raw)


@dataclass(frozen=True, slots=True)
class MaildirSource:
    """A Maildir that a mail server on this machine, or `digest inbox receive`, delivers into."""

    folder: Path

    async def waiting(self) -> list[str]:
        """The names of the files in `new`, the oldest first. Makes the folders if need be."""
        for folder in (self.folder, self.folder / UNREAD):
            await asyncio.to_thread(make_maildir, folder)
        return await asyncio.to_thread(_new_mail, self.folder)

    async def read(self, name: str) -> bytes | None:
        """A mail; None if another program took it, or it cannot be read."""
        try:
            return await asyncio.to_thread(_read, self.folder / "new" / name)
        except FileNotFoundError:
            return None
        except OSError as error:  # the others must not wait for whoever mends this one
            log.warning("inbox.unreadable", file=name, reason=error.strerror)
            return None

    async def put_away(self, name: str, *, unread: bool) -> None:
        """Move a mail into `cur`, or into `.unread` for a person to look at."""
        goal = self.folder / UNREAD / "new" / name if unread else self.folder / f"cur/{name}:2,S"
        with suppress(FileNotFoundError):  # another program was quicker
            await asyncio.to_thread((self.folder / "new" / name).replace, goal)


def _new_mail(inbox: Path) -> list[str]:
    found = []
    with os.scandir(inbox / "new") as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # another program took it in this very moment
                if entry.is_file(follow_symlinks=False):
                    found.append((entry.stat().st_mtime_ns, entry.name))
    return [name for _, name in sorted(found)]


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MOST_BYTES)

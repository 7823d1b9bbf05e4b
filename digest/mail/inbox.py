"""Reads the mail that comes to the list's mailbox: commands for the desk, and reports of bounces.

A mail is moved only after what it asks for or reports is committed, and all of that may be
repeated, so a kill in between does no harm. A program may take somebody off the list (that is what
List-Unsubscribe is for), but never confirm for them; programs are never answered. What is not
understood, or reports a message that is none of ours, is set aside for a person to read.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import Message as Headers
from pathlib import Path
from typing import assert_never

from digest.mail import reports
from digest.mail.maildir import make_maildir, put
from digest.mail.parts import header_addresses, header_text, headers_of
from digest.mail.reports import RECIPIENT_HEADERS, Harmless, Report, Unclear
from digest.settings import InboxSettings
from digest.subscribers.commands import Command, Confirm, Leave, from_address, from_subject

log = logging.getLogger(__name__)

UNREAD = ".unread"  # a folder in the Maildir, so that any mail program shows it
_MOST_BYTES = 262_144  # a report says what it has to say before the copy that may fill megabytes

_MACHINES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply")
_MACHINE_HEADERS = {"x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-loop"}


@dataclass(frozen=True, slots=True)
class Ignored:
    """A program wrote this, and it asks for nothing: a delay, an automatic answer, a list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Not understood, or not valid; a person should look at it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a look into the mailbox found."""

    handled: int = 0
    reports: int = 0
    ignored: int = 0
    unread: int = 0


# Does what a command says or keeps a report; False if its token is no longer good, or the delivery
# is gone.
Act = Callable[[Command | Report], Awaitable[bool]]


def understand(
    raw: bytes, settings: InboxSettings, secret: bytes
) -> Command | Report | Ignored | Unread:
    """What this mail wants from us, or reports."""
    headers = headers_of(raw)
    recipients = header_addresses(headers, *RECIPIENT_HEADERS)
    subject = header_text(headers, "Subject")
    command = from_address(recipients, settings.address) or from_subject(subject)
    if isinstance(command, Leave):
        return command  # a provider often sends it in the reader's name, marked as automatic
    machine = _written_by_a_program(headers, settings)
    match reports.read(raw, settings, secret, by_program=machine is not None):
        case Report() as report:
            return report
        case Harmless(reason):
            return Ignored(f"a report: {reason}")
        case Unclear(reason):
            return Unread(reason)
        case None if machine is not None:
            return Ignored(machine)
        case None:
            return command or Unread("no command that we know")
        case found:
            assert_never(found)


async def receive(
    raw: bytes, settings: InboxSettings, secret: bytes, act: Act
) -> Command | Report | Ignored | Unread:
    """Do what one mail asks for; gives what was done with it."""
    found = understand(raw, settings, secret)
    if isinstance(found, Confirm | Leave | Report) and not await act(found):
        return Unread("a token that is not valid, or no longer")
    return found


def keep(settings: InboxSettings, raw: bytes) -> None:
    """Put one message into the Maildir, safe on disk, for the next `sweep`."""
    make_maildir(settings.maildir)
    put(settings.maildir, secrets.token_hex(16), raw)


async def sweep(settings: InboxSettings, secret: bytes, act: Act) -> Swept:
    """Handle every new mail of the Maildir, the oldest first, each once."""
    inbox = settings.maildir
    for folder in (inbox, inbox / UNREAD):
        await asyncio.to_thread(make_maildir, folder)
    swept = Swept()
    for path in await asyncio.to_thread(_new_mail, inbox):
        try:
            raw = await asyncio.to_thread(_read, path)
        except FileNotFoundError:  # another mail program was quicker
            continue
        except OSError as error:  # the others must not wait for whoever mends this one
            log.warning("inbox.unreadable file=%r error=%s", path.name, error.strerror)
            continue
        match await receive(raw, settings, secret, act):
            case Confirm() | Leave():
                swept = replace(swept, handled=swept.handled + 1)
                goal = inbox / "cur" / f"{path.name}:2,S"
            case Report():
                swept = replace(swept, reports=swept.reports + 1)
                goal = inbox / "cur" / f"{path.name}:2,S"
            case Ignored():
                swept = replace(swept, ignored=swept.ignored + 1)
                goal = inbox / "cur" / f"{path.name}:2,S"
            case Unread():
                swept = replace(swept, unread=swept.unread + 1)
                goal = inbox / UNREAD / "new" / path.name
            case found:
                assert_never(found)
        with suppress(FileNotFoundError):  # the same, in this very moment
            await asyncio.to_thread(path.replace, goal)
    if swept != Swept():
        log.info(
            "inbox.done handled=%d reports=%d ignored=%d unread=%d",
            swept.handled,
            swept.reports,
            swept.ignored,
            swept.unread,
        )
    return swept


def _written_by_a_program(headers: Headers, settings: InboxSettings) -> str | None:
    """The sign that a program wrote a mail (RFC 3834, 2), or None for a person's."""
    names = {name.lower() for name in headers}
    automatic = header_text(headers, "Auto-Submitted").lower().partition(";")[0].strip()
    signs = {
        "Auto-Submitted": automatic not in {"", "no"},
        "from a list": any(name.startswith("list-") for name in names),
        "Precedence": header_text(headers, "Precedence").lower() in {"bulk", "list", "junk"},
        "an automatic answer": not names.isdisjoint(_MACHINE_HEADERS),
        "null sender": header_text(headers, "Return-Path").replace(" ", "") == "<>",
        "a report": headers.get_content_type() == "multipart/report",
    }
    sign = next((name for name, found in signs.items() if found), None)
    return sign or _machine_sender(headers, settings)


def _machine_sender(headers: Headers, settings: InboxSettings) -> str | None:
    ours = {mailbox.casefold() for mailbox in (settings.address, settings.bounces) if mailbox}
    for address in header_addresses(headers, "From", "Sender"):
        local, _, host = address.casefold().partition("@")
        if f"{local.partition('+')[0]}@{host}" in ours:
            return "from ourselves"
        if local in _MACHINES or local.endswith(("-request", "-bounces", "-owner")):
            return "from a machine"
    return None


def _new_mail(inbox: Path) -> list[Path]:
    found = [entry for entry in os.scandir(inbox / "new") if entry.is_file(follow_symlinks=False)]
    found.sort(key=lambda entry: (entry.stat().st_mtime_ns, entry.name))
    return [Path(entry.path) for entry in found]


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_MOST_BYTES)

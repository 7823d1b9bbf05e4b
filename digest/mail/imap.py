"""Fetches mail from an IMAP server (RFC 3501), with the standard library, in threads.

One connection a look: what hung or broke is gone with it, and every wait has an end. A mail is read
without marking it (BODY.PEEK) and moved out of the inbox once it is handled, so that whatever lies
there waits still. No IDLE: it hangs where a network forgets the connection, and a minute is soon.
"""

import asyncio
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from digest.errors import DigestError
from digest.mail.inbox import MOST_BYTES
from digest.settings import InboxSettings, Server

T = TypeVar("T")

DONE = "digest-done"  # folders beside the inbox; no separator, which differs from server to server
UNREAD = "digest-unread"
TIMEOUT = 30.0  # seconds, for each answer
AT_ONCE = 200  # mails of one look; the others wait for the next

_UID = re.compile(rb"\d{1,10}")


class MailboxError(DigestError):
    """The mailbox cannot be reached, or the server broke off."""


@dataclass(slots=True)
class ImapSource:
    """A mailbox, logged in and with its inbox open."""

    connection: imaplib.IMAP4
    made: set[str] = field(default_factory=set)  # folders that are there for certain

    async def waiting(self) -> list[str]:
        """The unique ids of what lies in the inbox, the oldest first."""
        return await _run(self._waiting)

    async def read(self, name: str) -> bytes | None:
        """A mail, or its first MOST_BYTES; None if it is gone."""
        return await _run(lambda: self._read(name))

    async def put_away(self, name: str, *, unread: bool) -> None:
        """Move a mail into the folder of those that are done, or of those for a person."""
        await _run(lambda: self._move(name, UNREAD if unread else DONE))

    def _waiting(self) -> list[str]:
        found = _data(self.connection.uid("SEARCH", "UNDELETED"), "SEARCH")
        uids = sorted({int(uid) for line in found for uid in _UID.findall(line)})
        return [str(uid) for uid in uids[:AT_ONCE]]

    def _read(self, uid: str) -> bytes | None:
        _, found = self.connection.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        bodies = [part[1] for part in found if isinstance(part, tuple) and len(part) == 2]
        return bodies[0] if bodies else None

    def _move(self, uid: str, folder: str) -> None:
        if folder not in self.made:
            with suppress(imaplib.IMAP4.error):
                self.connection.create(folder)  # NO if it is there
            self.made.add(folder)
        if "MOVE" in self.connection.capabilities:  # RFC 6851
            _data(self.connection.uid("MOVE", uid, folder), "MOVE")
            return
        _data(self.connection.uid("COPY", uid, folder), "COPY")
        _data(self.connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
        if "UIDPLUS" in self.connection.capabilities:  # RFC 4315
            _data(self.connection.uid("EXPUNGE", uid), "EXPUNGE")
        # Without it EXPUNGE would take what others marked; what is marked is not looked at again.


@asynccontextmanager
async def open_mailbox(
    settings: InboxSettings,
    server: Server,
    *,
    trust: ssl.SSLContext | None = None,
    timeout: float = TIMEOUT,  # noqa: ASYNC109  # of each answer, and not of the block
) -> AsyncIterator[ImapSource]:
    """A connection to the mailbox, for one look. Raises MailboxError, from inside the block too."""
    connection = await _run(lambda: _connect(settings, server, trust, timeout))
    try:
        yield ImapSource(connection)
    finally:
        with suppress(MailboxError):
            await _run(lambda: _close(connection))


def _connect(
    settings: InboxSettings, server: Server, trust: ssl.SSLContext | None, timeout: float
) -> imaplib.IMAP4:
    context = trust or ssl.create_default_context()
    connection: imaplib.IMAP4
    if server.tls == "implicit":
        connection = imaplib.IMAP4_SSL(
            server.host, server.port, ssl_context=context, timeout=timeout
        )
    else:
        connection = imaplib.IMAP4(server.host, server.port, timeout=timeout)
    try:
        if server.tls == "starttls":
            connection.starttls(context)
        connection.login(settings.username or "", settings.password or "")
        _data(connection.select(f'"{settings.folder}"'), "SELECT")
        connection.capabilities = tuple(_capabilities(connection))  # more than before the login
    except BaseException:
        with suppress(OSError):
            connection.shutdown()
        raise
    return connection


def _capabilities(connection: imaplib.IMAP4) -> list[str]:
    _, found = connection.capability()
    return " ".join(line.decode("ascii", "replace") for line in found if line).upper().split()


def _close(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    finally:
        with suppress(OSError):
            connection.shutdown()


def _data(answer: tuple[str, list[bytes | None]], command: str) -> list[bytes]:
    """What the server said, if it said OK."""
    said, data = answer
    lines = [line for line in data if isinstance(line, bytes)]
    if said != "OK":
        words = b" ".join(lines).decode("utf-8", "replace")[:200]
        raise MailboxError(f"the mail server answered {command} with {said}: {words}")
    return lines


async def _run(call: Callable[[], T]) -> T:
    """Run a call in a thread, and say its troubles as ours."""
    try:
        return await asyncio.to_thread(call)
    except (imaplib.IMAP4.error, OSError, EOFError, ValueError) as error:
        raise MailboxError(f"the mailbox: {str(error)[:300] or type(error).__name__}") from error

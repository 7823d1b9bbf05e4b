"""Tries the way that mail leaves and the mailbox where it comes back; sends a test if asked."""

import asyncio
import os
import re
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime

from digest.doctor.finding import Finding, Verdict, bad, ok, warn
from digest.mail.imap import MailboxError, open_mailbox
from digest.mail.maildir import MaildirTransport
from digest.mail.message import build, sender_of
from digest.mail.replies import Accepted, Blocked, Busy, Lost
from digest.mail.smtp import SmtpTransport, Timeouts
from digest.mail.transport import Connection, Transport
from digest.model import Delivery, DeliveryId, DeliveryKind, DeliveryState, Letter
from digest.settings import InboxSettings, Settings

ANSWER_WITHIN = 15.0  # seconds, for each answer of a server
DONE_WITHIN = 40.0  # seconds, for all of a thing

_LETTER = """\
This is the test that `digest doctor --mail` sends.

If you read it, mail leaves. Now look at its source ("Show original", "View source"):

- Authentication-Results should say dkim=pass, spf=pass and dmarc=pass.
- s= in DKIM-Signature is the selector: digest doctor --selector NAME looks at its key.
- Did it arrive in the inbox, and not among spam?

Nobody else got it, and nothing was published.
"""

# What is said of a server that cannot be used, and what to do about it.
_SIGNS = {
    "CERTIFICATE_VERIFY_FAILED": "give the name that its certificate is for as host of smtp in"
    " [mail]; an authority of your own must be one that this machine trusts",
    "WRONG_VERSION_NUMBER": "this port begins without TLS: smtp:// instead of smtps:// in [mail]",
    "STARTTLS extension not supported": "another port, or smtps://; only a server on this machine"
    " may do without: ?tls=none",
    "AUTH extension is not supported": "it takes no login so: remove ?tls=none, or username",
    r"^53[0458]\b": "set username and password in [mail]; many providers, as Gmail does, want a"
    " password that was made for programs (an app password)",
    "does not speak SMTP": "give host and port of a mail server as smtp in [mail]",
}


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificates are believed. None: the system's certificate authorities."""

    context: ssl.SSLContext | None = None


async def examine_outgoing(
    settings: Settings, trust: Trust, test: tuple[bytes, datetime] | None
) -> list[Finding]:
    """Whether mail can leave. `test` is the installation's secret and the time: a mail is sent."""
    if settings.mail.server is None:
        found = [
            warn(
                "mail server",
                f"none: mail is written to {settings.state / 'outbox'}",
                "set smtp in [mail] to send it; docs/mail.md",
            )
        ]
        transport: Transport = MaildirTransport(settings.state / "outbox")
        return found + ([await _send(settings, transport, *test)] if test else [])
    timeouts = Timeouts(connect=ANSWER_WITHIN, command=ANSWER_WITHIN, body=DONE_WITHIN)
    transport = SmtpTransport(settings.mail, trust.context, timeouts)
    found = [await _in_time("mail server", _connect(settings, transport))]
    if test and found[0].verdict is Verdict.OK:
        found.append(await _in_time("test mail", _send(settings, transport, *test)))
    return found


async def _in_time(check: str, looking: Awaitable[Finding]) -> Finding:
    """What comes of it, or that nothing does."""
    try:
        async with asyncio.timeout(DONE_WITHIN):
            return await looking
    except TimeoutError:
        return bad(check, f"no answer within {DONE_WITHIN:.0f} s", "try again later")


async def _connect(settings: Settings, transport: Transport) -> Finding:
    mail, check = settings.mail, "mail server"
    where = "" if mail.server is None else f"{mail.server.host}:{mail.server.port}"
    connection = await transport.connect()
    match connection:
        case Blocked(reply=reply):
            said = reply.removeprefix(f"{where}: ")
            return bad(check, f"{where}: {said}", _advice(said))
        case Busy(reply=reply):
            return warn(check, f"{where} is busy: {reply}", "it is tried again by itself")
        case Lost(reply=reply):
            advice = "is the name right, and may this machine connect to that port?"
            return bad(check, reply, advice)
        case _:
            await connection.close()
    tls = {"implicit": "TLS", "starttls": "STARTTLS", "none": "without TLS"}
    how = tls["none" if mail.server is None else mail.server.tls]
    login = f", logged in as {mail.username}" if mail.username else ", without a login"
    return ok(check, f"{where} takes our mail: {how}{login}")


def _advice(said: str) -> str:
    """What to do about a server that cannot be used, by what it or the TLS library said."""
    found = (advice for sign, advice in _SIGNS.items() if re.search(sign, said))
    return next(found, "look at smtp, username and password in [mail]; docs/mail.md")


async def _send(settings: Settings, transport: Transport, secret: bytes, now: datetime) -> Finding:
    check = "test mail"
    if settings.operator is None:
        return bad(check, "nobody to send it to", "set address in [operator]")
    delivery = Delivery(
        id=DeliveryId(0),
        key=f"test/{now.isoformat()}",
        kind=DeliveryKind.NOTICE,
        state=DeliveryState.QUEUED,
        address=settings.operator,
        subscriber=None,
        segment=None,
        letter=Letter(subject=f"A test from {settings.title}", text=_LETTER),
        queued_at=now,
        attempts=0,
        epoch=0,
    )
    connection = await transport.connect()
    match connection:
        case Blocked(reply=reply) | Busy(reply=reply) | Lost(reply=reply):
            return bad(check, reply, "as for the mail server")
        case _:
            return await _deliver(connection, delivery, settings, secret)


async def _deliver(
    connection: Connection, delivery: Delivery, settings: Settings, secret: bytes
) -> Finding:
    message = build(delivery, None, sender_of(settings, secret))
    try:
        outcome = await connection.send(message)
    finally:
        await connection.close()
    if isinstance(outcome, Accepted):
        return ok(
            "test mail",
            f"sent to {delivery.address}: {outcome.reply}",
            "look at it there: its source says whether SPF, DKIM and DMARC passed",
        )
    return bad("test mail", f"{delivery.address}: {outcome.reply}", _advice(outcome.reply))


async def examine_incoming(
    settings: InboxSettings, trust: Trust, *, offline: bool = False
) -> list[Finding]:
    """Whether answers and bounces can arrive: the Maildir, and the IMAP mailbox if there is one."""
    found = [_maildir(settings)]
    if settings.imap is None or offline:
        return found
    where = f"{settings.imap.host}:{settings.imap.port}"
    try:
        async with (
            asyncio.timeout(DONE_WITHIN),
            open_mailbox(
                settings, settings.imap, trust=trust.context, timeout=ANSWER_WITHIN
            ) as mailbox,
        ):
            waiting = len(await mailbox.waiting())
    except TimeoutError:
        advice = "may this machine connect to that port?"
        return [*found, bad("mailbox", f"{where}: no answer", advice)]
    except MailboxError as error:
        advice = "look at imap, username, password and folder in [inbox]"
        return [*found, bad("mailbox", f"{where}: {error}", advice)]
    return [*found, ok("mailbox", f"{where}: logged in as {settings.username}; {waiting} wait")]


def _maildir(settings: InboxSettings) -> Finding:
    folder, check = settings.maildir, "Maildir of the inbox"
    if not folder.exists():
        return ok(check, f"{folder} is made at the first run")
    shut = [
        name for name in ("new", "cur", "tmp") if not os.access(folder / name, os.W_OK | os.X_OK)
    ]
    if shut:
        return bad(
            check,
            f"{folder}: we may not move mail in {', '.join(shut)}",
            "run digest as a user who may, or make it a Maildir with new, cur and tmp",
        )
    waiting = sum(1 for _ in (folder / "new").iterdir())
    return ok(check, f"{folder}; {waiting} wait")

"""Connects to a mail server with aiosmtplib, and turns every end of it into a value.

Where the server offers PIPELINING our own loop takes the connection over (pipeline.py). Otherwise
the library sends. Its steps are driven one by one, because it raises the same exception for a
connection that was lost before the body and after it, and only one of the two may be repeated
freely.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from digest.mail.message import Message
from digest.mail.pipeline import QUIT_TIMEOUT, PipelinedConnection
from digest.mail.replies import (
    CLOSING,
    Accepted,
    Blocked,
    Busy,
    Lost,
    Outcome,
    Refused,
    Stage,
    Unconnected,
    Unknown,
    classify,
)
from digest.settings import MailSettings

CONNECT_TIMEOUT = 60.0  # seconds
COMMAND_TIMEOUT = 300.0  # RFC 5321, 4.5.3.2
# The same section asks for 10 minutes at the final dot. A shorter wait would call messages unknown
# that a slow server is about to accept.
BODY_TIMEOUT = 600.0

_LEAST_CODE = 200  # less is no answer of SMTP; the library says -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for the server, in seconds."""

    connect: float = CONNECT_TIMEOUT
    command: float = COMMAND_TIMEOUT
    body: float = BODY_TIMEOUT


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """Connections to the mail server of the settings, which must name one."""

    settings: MailSettings
    tls_context: ssl.SSLContext | None = None  # None: the system's certificate authorities
    timeouts: Timeouts = Timeouts()

    async def connect(self) -> "PipelinedConnection | SmtpConnection | Unconnected":
        """Connect, start TLS, log in; or say why that failed."""
        server = self.settings.server
        if server is None:
            return Blocked("no mail server is configured")
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",  # said outright: the default is to try
            username=self.settings.username,
            password=self.settings.password,
            # Looking up our own name can hang where there is no name server.
            local_hostname=self.settings.from_address.rpartition("@")[2],
            timeout=self.timeouts.connect,
            tls_context=self.tls_context,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:  # it says hello only where TLS or a login needs it
                await client.ehlo()
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            return _why_unconnected(error, f"{server.host}:{server.port}")
        except BaseException:
            client.close()
            raise
        if not client.supports_extension("pipelining"):
            return SmtpConnection(client, self.timeouts)
        if client.transport is None:
            return Lost(f"{server.host}:{server.port}: the connection was closed")
        return PipelinedConnection(
            cast(asyncio.Transport, client.transport),
            smtputf8=client.supports_extension("smtputf8"),
            command=self.timeouts.command,
            body=self.timeouts.body,
        )


def _why_unconnected(error: aiosmtplib.SMTPException | OSError, where: str) -> Unconnected:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        if error.code < _LEAST_CODE:
            return Blocked(f"{where}: {_not_smtp(error.message)}")
        outcome = classify(Stage.CONNECT, error.code, error.message)
        return outcome if isinstance(outcome, Busy) else Blocked(outcome.reply)
    said = f"{where}: {str(error) or type(error).__name__}"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Blocked(f"{said} (TLS)")
    if isinstance(error, OSError):  # the library's lost connections and timeouts are OSErrors too
        return Lost(said)
    return Blocked(said)  # it offers no STARTTLS or no login, although the settings ask for it


def _not_smtp(message: str) -> str:
    """What a person is told of an answer that is none, as the library words it."""
    said = message.removeprefix("Malformed SMTP response line: ").strip()[:80]
    shown = "".join(char if char.isprintable() else "?" for char in said)
    return f"the server does not speak SMTP: {shown}"


class SmtpConnection:
    """One connection; it carries one message at a time."""

    def __init__(self, client: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts

    @property
    def usable(self) -> bool:
        """Whether the server still listens."""
        return self._client.is_connected

    async def send(self, message: Message, then: Message | None = None) -> Outcome:  # noqa: ARG002  # one at a time
        """Send one message to its one recipient."""
        if message.smtputf8 and not self._client.supports_extension("smtputf8"):
            return Refused("the mail server cannot write to such an address (no SMTPUTF8)")
        stage = Stage.MAIL
        try:
            await self._envelope(message)
            stage = Stage.BODY
            reply = await self._client.data(message.data, timeout=self._timeouts.body)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(error, stage)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            said = str(error) or type(error).__name__
            return Unknown(said) if stage is Stage.BODY else Lost(said)
        except BaseException:
            # Cancelled in mid-dialogue: the next answer would be to the wrong question.
            self._client.close()
            raise
        return Accepted(f"{reply.code} {reply.message}")

    async def close(self) -> None:
        """Say QUIT, or just hang up if the server does not answer."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._client.quit(timeout=QUIT_TIMEOUT)
        self._client.close()

    async def _envelope(self, message: Message) -> None:
        encoding = "utf-8" if message.smtputf8 else "ascii"
        await self._client.mail(
            message.envelope_from,
            options=["SMTPUTF8"] if message.smtputf8 else [],
            encoding=encoding,
            timeout=self._timeouts.command,
        )
        await self._client.rcpt(
            message.recipient, encoding=encoding, timeout=self._timeouts.command
        )

    async def _refused(self, error: aiosmtplib.SMTPResponseException, stage: Stage) -> Outcome:
        if isinstance(error, aiosmtplib.SMTPRecipientRefused):
            stage = Stage.RCPT
        if error.code < _LEAST_CODE:  # whatever comes next would be the answer to something else
            self._client.close()
            said = _not_smtp(error.message)
            return Unknown(said, True) if stage is Stage.BODY else Lost(said, True)  # noqa: FBT003
        if error.code == CLOSING:
            self._client.close()
        if self.usable:
            await self._reset()
        return classify(stage, error.code, error.message)

    async def _reset(self) -> None:
        """Take the envelope back: the next MAIL must not meet a half-told one."""
        try:
            await self._client.rset(timeout=self._timeouts.command)
        except (aiosmtplib.SMTPException, OSError):
            self._client.close()

"""Mail servers on loopback: one that keeps what it gets, one that does what a script says."""

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as the server took it."""

    sender: str
    recipient: str
    data: bytes
    login: str | None = None
    tls: bool = False

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=default)


@dataclass
class Sink:
    """A real SMTP server in a thread of its own, for processes under test too."""

    port: int = 0
    received: list[Received] = field(default_factory=list)

    def to(self, recipient: str) -> list[Received]:
        return [one for one in self.received if one.recipient == recipient]

    # aiosmtpd calls these by their names.

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        login = cast(LoginPassword | None, session.auth_data)
        self.received += [
            Received(
                sender=(envelope.mail_from or "").removeprefix("<>"),
                recipient=recipient,
                data=cast(bytes, envelope.content),
                login=login.login.decode() if login else None,
                tls=session.ssl is not None,
            )
            for recipient in envelope.rcpt_tos
        ]
        return f"250 2.0.0 queued as {len(self.received):06d}"


@contextmanager
def smtp_sink(
    *,
    tls_context: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[Sink]:
    """Run a sink until the block ends. With a context it wants STARTTLS, or `implicit` TLS."""
    sink = Sink()

    def check(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        right = login is not None and (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=right, handled=False, auth_data=data if right else None)

    talks: list[SMTP] = []

    def protocol() -> SMTP:
        starttls = tls_context is not None and not implicit
        talk = SMTP(
            sink,
            hostname="sink.example.test",
            ident="sink",
            enable_SMTPUTF8=True,
            tls_context=tls_context if starttls else None,
            require_starttls=starttls,
            authenticator=check if login else None,
            auth_required=login is not None,
            auth_require_tls=starttls,
        )
        talks.append(talk)
        return talk

    ready = threading.Event()
    end: Callable[[], object] = ready.set

    async def serve() -> None:
        nonlocal end
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        end = partial(loop.call_soon_threadsafe, stop.set)
        server = await loop.create_server(protocol, HOST, 0, ssl=tls_context if implicit else None)
        sink.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for talk in talks:
            if talk.transport is not None:
                talk.transport.close()
        await server.wait_closed()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield sink
    finally:
        end()
        thread.join(10)


# --- a server that follows a script ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Answer this, and hang up afterwards if `close`."""

    text: str
    close: bool = False


DROP = Say("", close=True)  # hang up without a word
HANG = Say("")  # say nothing for ever

# Asked at each step ("connect", "EHLO", "MAIL", "RCPT", "DATA", ".") with the number of the
# connection and of its message, both from 1; None lets the server go on as usual.
Script = Callable[[str, int, int], Say | None]

_PIPELINING = "250-PIPELINING\r\n"
_USUAL = {
    "connect": "220 scripted.example.test ESMTP",
    "EHLO": f"250-scripted.example.test\r\n{_PIPELINING}250-ENHANCEDSTATUSCODES\r\n250 8BITMIME",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    ".": "250 2.0.0 queued",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


@dataclass
class Scripted:
    """A server whose script may refuse, drop or fall silent at every step."""

    script: Script
    pipelining: bool = True
    port: int = 0
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    steps: list[str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await _Dialogue(self, self.connections, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


class _HungUpError(ConnectionError):
    pass


class _Dialogue:
    def __init__(
        self,
        server: Scripted,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.number = number
        self.message = 0
        self.sender = False  # there is one
        self.envelope = False  # and somebody to send to
        self.reader = reader
        self.writer = writer

    async def say(self, step: str) -> str:
        self.server.steps.append(step)
        said = self.server.script(step, self.number, max(self.message, 1))
        if said is HANG:
            await self.reader.read()  # until the client hangs up
            raise _HungUpError
        text = self.usual(step) if said is None else said.text
        if text:
            self.writer.write(f"{text}\r\n".encode())
            await self.writer.drain()
        if said is not None and said.close:
            raise _HungUpError
        return text

    def usual(self, step: str) -> str:
        if (step == "RCPT" and not self.sender) or (step == "DATA" and not self.envelope):
            return "503 5.5.1 not yet"
        return _USUAL[step] if self.server.pipelining else _USUAL[step].replace(_PIPELINING, "")

    async def run(self) -> None:
        await self.say("connect")
        sender = recipient = ""
        while line := (await self.reader.readuntil(b"\r\n")).decode().strip():
            step = line[:4].upper()
            if step == "MAIL":
                self.message += 1
                sender = _path(line)
            if step == "RCPT":
                recipient = _path(line)
            answer = await self.say(step)
            if step in {"MAIL", "RSET"}:
                self.sender = step == "MAIL" and answer.startswith("250")
            if step in {"MAIL", "RCPT", "RSET"}:
                self.envelope = step == "RCPT" and answer.startswith("250")
            if step == "QUIT":
                return
            if step == "DATA" and answer.startswith("354"):
                body = await self.body()
                if (await self.say(".")).startswith("250") and self.envelope:
                    self.server.received.append(
                        Received(sender=sender, recipient=recipient, data=body)
                    )

    async def body(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


def _path(line: str) -> str:
    match = re.search(r"<([^>]*)>", line)
    return match[1] if match else ""


@asynccontextmanager
async def scripted_server(
    script: Script = lambda *_: None, *, pipelining: bool = True
) -> AsyncIterator[Scripted]:
    """Run a scripted server in this loop until the block ends."""
    scripted = Scripted(script, pipelining)
    server = await asyncio.start_server(scripted.talk, HOST, 0)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        await server.wait_closed()

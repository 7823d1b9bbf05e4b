"""A mail server in a process of its own, which does what a script says and forgets nothing.

    python -m tests.system.smtp_server FOLDER

FOLDER/script.json is a `Script`. FOLDER/port is written once it listens, FOLDER/journal gets a
line for each connection and each message. A message is on disk before its 250 is said (RFC 5321,
4.2.5), so the journal is what the world has got, however the sender ends. It stops when its
standard input ends, and so never outlives whoever started it.
"""

import asyncio
import hashlib
import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
_LARGEST = 1 << 24  # bytes of a message
_PART_OF_A_BODY = 500  # bytes, after which a connection breaks in the middle of one


@dataclass(frozen=True, kw_only=True)
class Script:
    """How the server behaves.

    `attempts` has, for a recipient, what happens at the first attempt, at the second and so on;
    afterwards all goes well. An attempt is a step and what is said there:

        "RCPT 550 5.1.1 no such user"      ". 451 4.3.0 later"
        "RCPT drop", "DATA drop", "body drop", ". drop"    hang up there; at the dot nothing is kept
        ". take and drop"                                  keep the message, hang up without a word

    A 421 hangs up after it was said (RFC 5321, 3.8).
    """

    attempts: dict[str, Sequence[str]] = field(default_factory=dict)
    delay_ms: int = 20  # at most, of the answer to a dot, half before the message is kept
    slow: float = 0.0  # the share of messages whose answer takes `slow_ms`
    slow_ms: int = 1000
    most_connections: int = 1000  # at once; what is above is told 421
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A message as the journal has it."""

    connection: int  # counted from 1
    sender: str
    recipient: str
    id: str  # Message-ID
    digest: str  # of every byte of it


class Server:
    """One listening server and its journal."""

    def __init__(self, folder: Path, script: Script) -> None:
        self.folder = folder
        self.script = script
        self.connections = 0
        self.open_now = 0
        self.attempts: Counter[str] = Counter()
        self.chance = random.Random(script.seed)  # noqa: S311  # a test's dice
        self.journal = os.open(folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, line: dict[str, Any]) -> None:
        os.write(self.journal, json.dumps(line).encode() + b"\n")

    def keep(self, taken: Taken) -> None:
        self.write(asdict(taken))
        os.fsync(self.journal)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.write({"connected": self.connections})
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _Dialogue(self, self.connections, reader, writer).run()
        finally:
            self.open_now -= 1
            writer.close()


class _HungUpError(ConnectionError):
    pass


class _Dialogue:
    """One connection; as strict about the order of commands as Postfix."""

    def __init__(
        self,
        server: Server,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.number = number
        self.reader = reader
        self.writer = writer
        self.sender: str | None = None
        self.recipient: str | None = None
        self.plan = ("", "")  # a step, and what happens there

    async def run(self) -> None:
        if self.server.open_now > self.server.script.most_connections:
            await self.say("421 4.7.0 too many connections")
        await self.say("220 scripted.example.test ESMTP")
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().strip()
            match line[:4].upper():
                case "EHLO":
                    await self.say("250-scripted.example.test\r\n250-PIPELINING\r\n250 8BITMIME")
                case "MAIL":
                    await self.mail(_path(line))
                case "RCPT":
                    await self.rcpt(_path(line))
                case "DATA":
                    await self.data()
                case "RSET":
                    self.sender = self.recipient = None
                    await self.say("250 2.0.0 ok")
                case "QUIT":
                    await self.say("221 2.0.0 bye")
                    return
                case _:
                    await self.say("502 5.5.2 not known here")

    async def say(self, text: str) -> None:
        self.writer.write(f"{text}\r\n".encode())
        await self.writer.drain()
        if text.startswith("421"):
            raise _HungUpError

    async def obey(self, step: str) -> bool:
        """Do what the plan says of this step; False if it says nothing."""
        at, what = self.plan
        if at != step:
            return False
        if what == "drop":
            raise _HungUpError
        await self.say(what)
        return True

    async def mail(self, sender: str) -> None:
        if self.sender is not None:
            await self.say("503 5.5.1 nested MAIL")
            return
        self.sender = sender
        await self.say("250 2.1.0 ok")

    async def rcpt(self, recipient: str) -> None:
        if self.sender is None:
            await self.say("503 5.5.1 need MAIL")
            return
        number = self.server.attempts[recipient]
        self.server.attempts[recipient] += 1
        planned = self.server.script.attempts.get(recipient, ())
        step, _, what = (planned[number] if number < len(planned) else "").partition(" ")
        self.plan = (step, what)
        if await self.obey("RCPT"):
            return
        self.recipient = recipient
        await self.say("250 2.1.5 ok")

    async def data(self) -> None:
        if self.sender is None or self.recipient is None:
            await self.say("554 5.5.1 no valid recipients")
            return
        if await self.obey("DATA"):
            return
        await self.say("354 go ahead")
        if self.plan == ("body", "drop"):
            await self.reader.readexactly(_PART_OF_A_BODY)
            raise _HungUpError
        body = await self.reader.readuntil(b"\r\n.\r\n")
        sender, recipient, self.sender, self.recipient = self.sender, self.recipient, None, None
        await self.pause()
        if self.plan != (".", "take and drop") and await self.obey("."):
            return
        headers = BytesHeaderParser().parsebytes(body)
        self.server.keep(
            Taken(
                connection=self.number,
                sender=sender,
                recipient=recipient,
                id=str(headers["Message-ID"]),
                digest=hashlib.sha256(body).hexdigest(),
            )
        )
        await self.pause()
        if self.plan == (".", "take and drop"):
            raise _HungUpError
        await self.say(f"250 2.0.0 queued as {self.number:X}")

    async def pause(self) -> None:
        """Half of the time that an answer to the dot takes."""
        script, chance = self.server.script, self.server.chance
        most = script.slow_ms if chance.random() < script.slow else script.delay_ms
        await asyncio.sleep(chance.random() * most / 2000)


def _path(line: str) -> str:
    match = re.search(r"<([^>]*)>", line)
    return match[1] if match else ""


async def serve(folder: Path) -> None:
    """Run until the standard input ends."""
    script = Script(**json.loads((folder / "script.json").read_text(encoding="utf-8")))
    listening = await asyncio.start_server(Server(folder, script).talk, HOST, 0, limit=_LARGEST)
    part = folder / "port.part"
    part.write_text(str(listening.sockets[0].getsockname()[1]), encoding="ascii")
    part.replace(folder / "port")
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

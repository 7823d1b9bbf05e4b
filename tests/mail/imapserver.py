"""An IMAP server of a few commands, on loopback, with a mailbox that a test may look into."""

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PASSWORD = "a password of loopback"  # noqa: S105


@dataclass
class Imap:
    """The server: folders by name, each with mails by their unique ids."""

    capabilities: str = "IMAP4rev1 UIDPLUS MOVE"
    folders: defaultdict[str, dict[int, bytes]] = field(
        default_factory=lambda: defaultdict(dict, {"INBOX": {}})
    )
    deleted: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)  # what clients asked, without passwords
    silent_at: str = ""  # the command at which it says nothing more
    breaks_at: str = ""  # the command at which it hangs up
    refuses: str = ""  # the command that it answers with NO
    logins: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None  # that STARTTLS leads to

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                tag, _, command = line.partition(" ")
                name = command.removeprefix("UID ").split()[0].upper()
                self.said.append("LOGIN" if name == "LOGIN" else command)
                if name == self.silent_at:
                    await reader.read()  # until the client has had enough
                    return
                if name == self.breaks_at:
                    return
                if name == self.refuses:
                    writer.write(f"{tag} NO not today\r\n".encode())
                    continue
                writer.write(self.answer(name, command) + f"{tag} OK done\r\n".encode())
                await writer.drain()
                if name == "STARTTLS" and self.tls is not None:
                    await writer.start_tls(self.tls)
                if name == "LOGOUT":
                    return
        finally:
            writer.close()

    def answer(self, name: str, command: str) -> bytes:  # noqa: C901, PLR0911  # a table
        inbox = self.folders["INBOX"]
        match name:
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode()
            case "LOGIN":
                self.logins += 1
                return b""
            case "SELECT":
                return f"* {len(inbox)} EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n".encode()
            case "SEARCH":
                left = " ".join(str(uid) for uid in inbox if uid not in self.deleted)
                return f"* SEARCH {left}\r\n".encode()
            case "FETCH":
                uid = int(command.split()[2])
                if uid not in inbox:
                    return b""
                body = inbox[uid]
                head = f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(body)}}}\r\n".encode()
                return head + body + b")\r\n"
            case "MOVE" | "COPY":
                found = re.fullmatch(r'UID \w+ (\d+) "?([\w-]+)"?', command)
                assert found is not None, command
                uid = int(found[1])
                self.folders[found[2]][uid] = inbox[uid]
                if name == "MOVE":
                    del inbox[uid]
            case "STORE":
                self.deleted.add(int(command.split()[2]))
            case "EXPUNGE":
                del inbox[int(command.split()[2])]
            case _:
                pass
        return b""


@asynccontextmanager
async def imap_server(imap: Imap, tls: ssl.SSLContext | None = None) -> AsyncIterator[Imap]:
    """Serve on a free port until the block ends; with TLS from the start if `tls` is given."""
    server = await asyncio.start_server(imap.serve, "127.0.0.1", 0, ssl=tls)
    imap.port = server.sockets[0].getsockname()[1]
    try:
        yield imap
    finally:
        server.close()

"""A list with many readers, whose weekly issues a test may cut short.

The real service, a feed that has news every week, a mail server in a process of its own that
remembers what it took, and a clock that goes on to the next Monday when asked.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from digest.model import DeliveryState
from tests.end_to_end.service import PATIENCE, Project, until
from tests.feeds.server import FeedServer, Response
from tests.system.smtp_server import Script, Taken

FULL = os.environ.get("DIGEST_PROOF") == "full"

CONNECTIONS = 8
A_MOMENT = 2.0  # seconds
GROUP = 8  # messages a connection whose bodies are announced in one commit
MONDAY = datetime(2026, 11, 15, 22, 0, 1, tzinfo=UTC)  # 07:00:01 in Tokyo

CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "{smtp}"
connections = {connections}
rate = "unlimited"
resend_after = "0"
on_unknown = "{on_unknown}"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/news"
id = "news"
title = "Motor Ledger"
"""

# Different enough to be different stories, and each of them news.
_COMPANIES = (
    "Toyota",
    "Nissan",
    "Honda",
    "Mazda",
    "Subaru",
    "Suzuki",
    "Mitsubishi Motors",
    "Denso",
)
_EVENTS = (
    "{} recalls 210,000 cars in Japan over brake hoses that crack in the cold",
    "{} to build a battery plant in Fukuoka with 150 billion yen",
    "{} cuts its profit forecast for the year because of American tariffs",
    "{} names a new president after a stormy meeting of shareholders",
)


def news(week: int) -> Response:
    """The feed in the week before issue number `week`, from 0."""
    events, companies = divmod(week, len(_COMPANIES))
    title = _EVENTS[events % len(_EVENTS)].format(_COMPANIES[companies])
    date = format_datetime(monday(week) - timedelta(days=3))
    body = (
        "<rss version='2.0'><channel><title>News</title><item>"
        f"<title>{title}</title><description>The company said so on Friday.</description>"
        f"<link>https://news.example/{week}</link><pubDate>{date}</pubDate></item></channel></rss>"
    )
    return Response(body=body.encode())


def monday(week: int) -> datetime:
    """When issue number `week` is due, from 0, and a second."""
    return MONDAY + timedelta(weeks=week)


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the operator sees it."""

    address: str
    state: str
    reply: str
    key: str


class Rig(Project):
    """A project whose processes get more in their environment."""

    def __init__(self, folder: Path, config: str, **environment: str) -> None:
        super().__init__(folder, config)
        (folder / "log").touch()
        self.added = environment

    def environment(self) -> dict[str, str]:
        return super().environment() | self.added

    async def subscribe(self, readers: Sequence[str]) -> None:
        """Import readers who have consented elsewhere."""
        for first in range(0, len(readers), 200):  # each within the patience for one command
            file = self.folder / "readers.csv"
            file.write_text("\n".join(["email", *readers[first : first + 200]]), encoding="utf-8")
            await self.run(
                *("subscribers", "import", str(file), "--yes"),
                *("--status", "active", "--consent", "asked us on paper"),
            )

    async def outbox(self) -> list[Row]:
        """Every delivery, as `digest outbox list` shows it."""
        states = [word for state in DeliveryState for word in ("--state", state)]
        listed = json.loads(await self.run("outbox", "list", "--json", *states))
        return [Row(row["address"], row["state"], row["reply"], row["key"]) for row in listed]

    def states(self) -> Counter[str]:
        """How many deliveries stand in each state."""
        rows = self.look("SELECT state, count(*) AS rows FROM deliveries GROUP BY state")
        return Counter({row["state"]: row["rows"] for row in rows})

    def look(self, query: str) -> list[dict[str, Any]]:
        """Read from the database, without undoing for the service what a kill left half done."""
        state = self.folder / "state"
        with suppress(sqlite3.OperationalError):
            return _query(f"{(state / 'digest.db').as_uri()}?mode=ro", query)
        with TemporaryDirectory() as copy:
            for file in state.glob("digest.db*"):
                shutil.copy(file, copy)
            return _query((Path(copy) / "digest.db").as_uri(), query)


def _query(uri: str, query: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


class MailServer:
    """tests/system/smtp_server.py as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{(self.folder / 'port').read_text()}?tls=none"

    @property
    def connections(self) -> int:
        """How many there have been."""
        return sum("connected" in line for line in self._lines())

    @property
    def taken(self) -> list[Taken]:
        """Every message that it took, in that order."""
        return [Taken(**line) for line in self._lines() if "connected" not in line]

    def _lines(self) -> list[dict[str, Any]]:
        # The last line may be half written yet.
        lines = self.journal.read_bytes().split(b"\n")[:-1] if self.journal.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def size(self) -> int:
        """Of the journal, in bytes: it grows with each connection and each message."""
        return self.journal.stat().st_size if self.journal.exists() else 0

    def lines_since(self, size: int) -> int:
        """How many connections and messages there have been since the journal had this size."""
        with self.journal.open("rb") as journal:
            journal.seek(size)
            return journal.read().count(b"\n")


def write_script(folder: Path, script: Script) -> None:
    folder.mkdir()
    (folder / "script.json").write_text(json.dumps(asdict(script)), encoding="utf-8")


@asynccontextmanager
async def mail_server(folder: Path, script: Script) -> AsyncIterator[MailServer]:
    """Run a scripted server in `folder` until the block ends."""
    write_script(folder, script)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.system.smtp_server", str(folder)),
        stdin=asyncio.subprocess.PIPE,
    )
    try:
        await until((folder / "port").exists, "a mail server that listens")
        yield MailServer(folder)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # which it takes for the end
        await process.wait()


def addresses(number: int) -> list[str]:
    """Readers at ten providers."""
    return [f"reader{each}@provider{each % 10}.example" for each in range(number)]


class Mailing:
    """The parts together."""

    def __init__(
        self, project: Rig, server: MailServer, feeds: FeedServer, readers: Sequence[str]
    ) -> None:
        self.project = project
        self.server = server
        self.feeds = feeds
        self.readers = readers
        self.first_connections: list[int] = []  # of each issue

    @property
    def issues(self) -> int:
        """How many there have been."""
        return len(self.first_connections)

    def configure(self, server: MailServer, on_unknown: str = "resend") -> None:
        """Send through this server from the next start on."""
        self.server = server
        config = CONFIG.format(
            smtp=server.url, http=self.feeds.host, connections=CONNECTIONS, on_unknown=on_unknown
        )
        (self.project.folder / "feeds.toml").write_text(config, encoding="utf-8")

    def next_issue(self) -> None:
        """Go on to the next Monday, with news."""
        self.feeds.answers["/news"] = news(self.issues)
        self.project.set_clock(monday(self.issues).isoformat())
        self.first_connections.append(self.server.connections + 1)

    async def goes_on(self, since: int, lines: int) -> None:
        """Wait until so many lines have come to the journal since it had that size.

        Not longer than a moment: what is left to send may be less.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(A_MOMENT):
                while self.server.lines_since(since) < lines:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The service, from the moment it connects to the mail server."""
        size = self.server.size
        async with self.project.service() as process:
            async with asyncio.timeout(PATIENCE):
                # Another process: there is no event to wait for.
                while self.server.size == size:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
            yield process

    @property
    def reached(self) -> set[tuple[str, str]]:
        """Who got what: recipients and Message-IDs."""
        return {(taken.recipient, taken.id) for taken in self.server.taken}

    @property
    def all_reached(self) -> bool:
        """Whether each reader has got each issue so far."""
        return len(self.reached) >= self.issues * len(self.readers)


@asynccontextmanager
async def mailing(
    folder: Path, *, readers: Sequence[str], script: Script, on_unknown: str = "resend"
) -> AsyncIterator[Mailing]:
    """A list that is ready for its first issue; the service is not running yet."""
    async with mail_server(folder / "smtp", script) as server, FeedServer({}) as feeds:
        (folder / "project").mkdir()
        made = Mailing(Rig(folder / "project", ""), server, feeds, readers)
        made.configure(server, on_unknown)
        made.project.set_clock((MONDAY - timedelta(days=1)).isoformat())
        await made.project.subscribe(made.readers)
        feeds.answers["/news"] = news(0)
        await made.project.run("poll")  # only what falls due from now on is owed
        yield made

"""The stage of bench/send.py: a project with readers, the server, and a long way to it."""

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from digest.app import App, open_app
from digest.config import load
from digest.demo.run import DUE, PERIOD, POLLED, run_demo
from digest.mail.message import Message, Sender, fill, prepare
from digest.model import Choice, Consent, Delivery, DeliveryKind, Preferences, Segment
from digest.settings import Server, Settings

STORIES = 5  # makes a message of about 38 kB
DELAY = 0.05  # seconds that the proxy adds in each direction
BEGUN = time.monotonic()
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # syncing is free there


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The issue as it goes out: what all copies share, and how to make each."""

    segment: Segment
    sender: Sender
    deliveries: Sequence[Delivery]
    messages: Sequence[Message]
    headers: Sequence[tuple[str, str]]  # of the first, decoded


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder with readers, and the way to publish to them once more."""

    folder: Path
    readers: int

    @contextmanager
    def app(self, port: int, connections: int) -> Iterator[App]:
        """The project wired to a server, as fast as that takes mail; its clock goes on from DUE."""
        settings = load(self.folder, {"DIGEST_DIGEST__MAX_STORIES": str(STORIES)})
        with open_app(_fast(settings, port, connections), _now) as app:
            yield app

    def publish(self, app: App) -> str:
        """Queue an issue for every reader; gives its period's key."""
        edition = app.edition(None)
        period = app.issues.again(edition, app.issues.period(edition, PERIOD))
        app.issues.publish(edition, period)
        return period.key


def _now() -> datetime:
    return DUE + timedelta(seconds=time.monotonic() - BEGUN)


def _fast(settings: Settings, port: int, connections: int) -> Settings:
    server = Server(host="127.0.0.1", port=port, tls="none")
    mail = replace(settings.mail, server=server, per_second=None, connections=connections)
    return replace(settings, mail=mail)


async def make_project(folder: Path, readers: int) -> Project:
    """A week of the demo's feeds and many readers. Made in memory, then moved to the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as made:
        await run_demo(Path(made), lambda _: None)
        settings = load(Path(made), {})
        with open_app(settings, lambda: POLLED) as app:
            consent = Consent(at=POLLED, how="recorded by the operator", words="a benchmark")
            for reader in app.store.subscribers.all():
                app.desk.remove(reader.address, POLLED)
            for number in range(readers):
                app.desk.record(
                    f"reader{number}@example.com",
                    POLLED,
                    consent=consent,
                    name="",
                    preferences=Preferences(choice=Choice(language="ja")),
                )
        shutil.copytree(made, folder)
    return Project(folder, readers)


def mail_of(project: Project) -> Mail:
    """An issue's messages as the outbox will make them, and what a loop needs to make its own."""
    with project.app(port=1, connections=1) as app:
        found = app.store.issues.find("weekly", project.publish(app))
        assert found is not None  # noqa: S101  # it was published a line above
        deliveries = app.store.deliveries.of_issue(found.id)
        chosen = deliveries[0].segment
        assert chosen is not None  # noqa: S101  # it is an issue's
        segment = app.store.issues.segment(chosen)
        template = prepare(segment, DeliveryKind.ISSUE, app.sender)
        messages = [fill(template, delivery, app.sender) for delivery in deliveries]
    parsed = message_from_bytes(messages[0].data, policy=default)
    skipped = {"content-type", "mime-version"}
    headers = [(n, str(v)) for n, v in parsed.items() if n.lower() not in skipped]
    return Mail(
        segment=segment,
        sender=app.sender,
        deliveries=deliveries,
        messages=messages,
        headers=headers,
    )


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port."""
    port = _free_port()
    command = [postfix("smtp-sink"), f"127.0.0.1:{port}", "1000"]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    process = subprocess.Popen(command)
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def distant(port: int) -> Iterator[int]:
    """A port that leads to another one, with the latency of a long way, in a process of its own."""
    here = _free_port()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run_proxy, args=(here, port), daemon=True)
    process.start()
    try:
        _await_port(here)
        yield here
    finally:
        process.terminate()
        process.join()


def _run_proxy(here: int, there: int) -> None:
    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while data := await reader.read(1 << 18):
                loop.call_later(DELAY, writer.write, data)
        loop.call_later(DELAY, writer.close)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", there)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    async def serve() -> None:
        async with await asyncio.start_server(carry, "127.0.0.1", here) as server:
            await server.serve_forever()

    asyncio.run(serve())


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _await_port(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def postfix(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return found or sys.exit(f"{program} is missing: install Debian's package postfix")

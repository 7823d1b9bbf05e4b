"""Measures sending against its peers, all in one run: `python bench/send.py [--json]`.

The server is Postfix's smtp-sink (Debian's package postfix), which takes everything and keeps
nothing. Ours is the product with everything on: a real project with imported readers, one published
issue, the outbox on disk and durable, drained by the same call as in the service. The peers send
the same bytes, or build a message of the same words:

- smtp-source, Postfix's own load generator, over connections that it keeps (`-d`);
- plain aiosmtplib, one command in flight on each connection;
- a loop as web frameworks do it: EmailMessage for each reader, smtplib, one connection;
- Mailman 3 with personal copies, if `--mailman` names a Python that has it; otherwise the rate that
  was once measured where smtp-source made 2,090 a second, scaled by smtp-source of this run.

Each is run `--rounds` times in turns; its fastest round counts, because others may use the machine.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import aiosmtplib
from rich.console import Console
from rich.table import Column, Table

from digest.app import App, open_app
from digest.config import load
from digest.demo.run import DUE, PERIOD, POLLED, run_demo
from digest.mail.message import Message, Sender, fill, prepare
from digest.model import Choice, Consent, Delivery, DeliveryKind, Preferences, Segment
from digest.settings import Server, Settings

STORIES = 5  # makes a message of about 38 kB
DELAY = 0.05  # seconds that the proxy adds in each direction
MAILMAN, SOURCE = 34.0, 2090.0  # messages a second, measured on one machine
CONNECTIONS = 8
BEGUN = time.monotonic()
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # syncing is free there


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How fast one sender was."""

    name: str
    connections: int
    messages: int
    seconds: float
    cpu: float  # seconds of the sender's own

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A ratio that was promised."""

    what: str
    found: float
    wanted: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether it is so."""
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted


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
        period = app.once_more(edition, app.period(edition, PERIOD))
        app.publish(edition, period)
        return period.key


def _now() -> datetime:
    return DUE + timedelta(seconds=time.monotonic() - BEGUN)


def _fast(settings: Settings, port: int, connections: int) -> Settings:
    server = Server(host="127.0.0.1", port=port, tls="none")
    mail = replace(settings.mail, server=server, per_second=None, connections=connections)
    return replace(settings, mail=mail)


# --- the stage -----------------------------------------------------------------------------------


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
                app.desk.add_active(
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
        _, segment = app.store.issues.segment(chosen)
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
    command = [_postfix("smtp-sink"), f"127.0.0.1:{port}", "1000"]
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


def _postfix(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return found or sys.exit(f"{program} is missing: install Debian's package postfix")


# --- the senders ---------------------------------------------------------------------------------


async def timed(
    name: str, connections: int, messages: int, send: Callable[[], Awaitable[None]]
) -> Figure:
    """Time one sender: seconds on the clock, and of the processor's time here and in children."""
    begun, cpu = time.perf_counter(), _cpu()
    await send()
    seconds = time.perf_counter() - begun
    return Figure(
        name=name, connections=connections, messages=messages, seconds=seconds, cpu=_cpu() - cpu
    )


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


async def ours(project: Project, port: int, connections: int) -> Figure:
    """The product's own drain of one issue, which is queued before."""
    with project.app(port, connections) as app:
        if not app.store.deliveries.counts().open:
            project.publish(app)

        async def send() -> None:
            done = await app.drain()
            if done.sent != project.readers:
                sys.exit(f"ours: {done}")

        return await timed("ours", connections, project.readers, send)


async def source(mail: Mail, port: int, connections: int) -> Figure:
    """Postfix's load generator."""
    first = mail.messages[0]
    command = [
        _postfix("smtp-source"), "-d", "-s", str(connections), "-m", str(len(mail.messages)),
        "-l", str(len(first.data)), "-f", first.envelope_from, "-t", first.recipient,
        f"127.0.0.1:{port}",
    ]  # fmt: skip

    async def send() -> None:
        process = await asyncio.create_subprocess_exec(*command)
        if await process.wait():
            sys.exit("smtp-source failed")

    return await timed("smtp-source", connections, len(mail.messages), send)


async def plain(messages: Sequence[Message], port: int, connections: int) -> Figure:
    """One by aiosmtplib itself: every command waits for its answer."""
    waiting = iter(messages)

    async def worker() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for message in waiting:
                await client.sendmail(message.envelope_from, [message.recipient], message.data)

    async def send() -> None:
        await asyncio.gather(*(worker() for _ in range(connections)))

    return await timed("plain aiosmtplib", connections, len(messages), send)


def standard(mail: Mail, message: Message, markup: str, text: str) -> EmailMessage:
    """The same message as a program builds it that uses the standard library."""
    made = EmailMessage(policy=SMTP)
    personal = {"To": message.recipient, "Message-ID": f"<{message.id}>"}
    for name, value in mail.headers:
        made[name] = personal.get(name, value)
    made.set_content(text, cte="base64")
    made.add_alternative(markup, subtype="html", cte="base64")
    return made


async def loop(mail: Mail, port: int) -> Figure:
    """Build, send, next; over one connection."""
    parts = mail.messages[0].parts()
    few = mail.messages[: max(1, len(mail.messages) // 10)]

    async def send() -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for message in few:
                made = standard(mail, message, parts.html, parts.text)
                client.send_message(made, message.envelope_from, [message.recipient])

    return await timed("EmailMessage + smtplib", 1, len(few), send)


async def mailman(mail: Mail, port: int, python: str) -> Figure:
    """Mailman's delivery, personal copies, in its own process; the time it says it took."""
    count = max(1, len(mail.messages) // 20)
    script = Path(__file__).with_name("send_mailman.py")
    with tempfile.NamedTemporaryFile() as file:
        file.write(mail.messages[0].data)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            python, script, str(port), str(count), file.name, stdout=subprocess.PIPE
        )
        said, _ = await process.communicate()
    seconds = float(said.split()[-1])
    return Figure(name="Mailman 3", connections=1, messages=count, seconds=seconds, cpu=0.0)


def building(mail: Mail) -> tuple[Figure, Figure]:
    """Making messages: ours from the segment's template, and the standard library's."""
    parts = mail.messages[0].parts()
    few = mail.messages[: max(1, len(mail.messages) // 20)]
    begun, cpu = time.perf_counter(), _cpu()
    template = prepare(mail.segment, DeliveryKind.ISSUE, mail.sender)
    for delivery in mail.deliveries:
        fill(template, delivery, mail.sender)
    middle, middle_cpu = time.perf_counter(), _cpu()
    for message in few:
        standard(mail, message, parts.html, parts.text).as_bytes()
    end, end_cpu = time.perf_counter(), _cpu()
    return (
        Figure(
            name="building: ours",
            connections=0,
            messages=len(mail.deliveries),
            seconds=middle - begun,
            cpu=middle_cpu - cpu,
        ),
        Figure(
            name="building: EmailMessage",
            connections=0,
            messages=len(few),
            seconds=end - middle,
            cpu=end_cpu - middle_cpu,
        ),
    )


# --- the run -------------------------------------------------------------------------------------


async def one_round(
    big: Project, small: Project, mails: tuple[Mail, Mail], port: int, python: str | None
) -> list[Figure]:
    mail, few = mails
    figures = [*building(mail)]
    for connections in (1, CONNECTIONS):
        figures += [
            await source(mail, port, connections),
            await ours(big, port, connections),
            await plain(mail.messages, port, connections),
        ]
    figures.append(await loop(mail, port))
    if python is not None:
        figures.append(await mailman(mail, port, python))
    with distant(port) as far:
        for figure in (
            await ours(small, far, CONNECTIONS),
            await plain(few.messages, far, CONNECTIONS),
        ):
            figures.append(replace(figure, name=f"{figure.name}, far away"))
    return figures


def best(rounds: Sequence[Sequence[Figure]]) -> list[Figure]:
    """The fastest of each."""
    return [max(same, key=lambda figure: figure.rate) for same in zip(*rounds, strict=True)]


def with_mailman(figures: Sequence[Figure]) -> list[Figure]:
    """The figures with Mailman's rate: measured, or else the stated one scaled to this machine."""
    if any(figure.name == "Mailman 3" for figure in figures):
        return list(figures)
    reference = _rate(figures, "smtp-source", CONNECTIONS)
    seconds = 1 / (MAILMAN / SOURCE * reference)
    stated = Figure(name="Mailman 3 (stated)", connections=1, messages=1, seconds=seconds, cpu=0.0)
    return [*figures, stated]


def goals(figures: Sequence[Figure]) -> list[Goal]:
    """What was promised, at eight connections."""
    mine = _rate(figures, "ours", CONNECTIONS)
    far = _rate(figures, "ours, far away", CONNECTIONS)
    plain_far = _rate(figures, "plain aiosmtplib, far away", CONNECTIONS)
    loop_rate = _rate(figures, "EmailMessage + smtplib", 1)
    lists = next(figure.rate for figure in figures if figure.name.startswith("Mailman"))
    built, standard_built = (
        _cpu_of(figures, f"building: {who}") for who in ("ours", "EmailMessage")
    )
    return [
        Goal(what="of smtp-source", found=mine / _rate(figures, "smtp-source", 8), wanted=0.6),
        Goal(what="times EmailMessage + smtplib", found=mine / loop_rate, wanted=10),
        Goal(what="times Mailman 3", found=mine / lists, wanted=30),
        Goal(what="times plain aiosmtplib, far away", found=far / plain_far, wanted=1.7),
        Goal(
            what="of EmailMessage's time", found=built / standard_built, wanted=0.01, at_most=True
        ),
    ]


def _rate(figures: Sequence[Figure], name: str, connections: int) -> float:
    wanted = (name, connections)
    return next(f.rate for f in figures if (f.name, f.connections) == wanted)


def _cpu_of(figures: Sequence[Figure], name: str) -> float:
    """A message's share of the processor's time, which others on the machine change least."""
    return next(f.cpu / f.messages for f in figures if f.name == name)


def report(figures: Sequence[Figure], size: int) -> None:
    """A table on a terminal, tabs between the columns elsewhere."""
    heads = ("sender", "connections", "messages", "messages/s", "ms of CPU a message")
    rows = [
        (
            figure.name,
            str(figure.connections or "-"),
            str(figure.messages),
            f"{figure.rate:,.0f}",
            f"{figure.cpu / figure.messages * 1000:.3f}" if figure.cpu else "-",
        )
        for figure in figures
    ]
    print(f"messages of {size / 1000:.0f} kB; the fastest round of each")
    if sys.stdout.isatty():
        table = Table(
            *(Column(head, justify="right" if at else "left") for at, head in enumerate(heads))
        )
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    else:
        print("\n".join("\t".join(row) for row in (heads, *rows)))
    for goal in goals(figures):
        sign = "at most" if goal.at_most else "at least"
        said = "met" if goal.met else "MISSED"
        print(f"ours: {goal.found:.3g} {goal.what} ({sign} {goal.wanted:g}): {said}")


async def run(messages: int, rounds: int, python: str | None) -> tuple[list[Figure], int]:
    """All rounds on a stage of their own, which is taken down afterwards."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        big = await make_project(Path(folder, "big"), messages)
        small = await make_project(Path(folder, "small"), max(1, messages // 5))
        mails = (mail_of(big), mail_of(small))
        done = [await one_round(big, small, mails, port, python) for _ in range(rounds)]
    return with_mailman(best(done)), len(mails[0].messages[0].data)


def main() -> None:
    options = argparse.ArgumentParser(description="Measure sending against its peers.")
    options.add_argument("--messages", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--mailman", metavar="PYTHON", help="of an environment with Mailman 3")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    figures, size = asyncio.run(run(given.messages, given.rounds, given.mailman))
    if given.json:
        told = [asdict(figure) | {"rate": figure.rate} for figure in figures]
        ratios = [asdict(goal) | {"met": goal.met} for goal in goals(figures)]
        print(json.dumps({"bytes": size, "figures": told, "goals": ratios}, indent=2))
    else:
        report(figures, size)


if __name__ == "__main__":
    main()

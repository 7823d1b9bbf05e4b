"""The senders that bench/send.py compares: ours, and its peers."""

import asyncio
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import aiosmtplib
from send_stage import Mail, Project, postfix

from digest.mail.message import Message, fill, prepare
from digest.model import DeliveryKind


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
            done = await app.mail.drain()
            if done.sent != project.readers:
                sys.exit(f"ours: {done}")

        return await timed("ours", connections, project.readers, send)


async def source(mail: Mail, port: int, connections: int) -> Figure:
    """Postfix's load generator."""
    first = mail.messages[0]
    command = [
        postfix("smtp-source"), "-d", "-s", str(connections), "-m", str(len(mail.messages)),
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

"""`digest run` on a terminal: a view below the log; Ctrl-C and a closed terminal end it."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from tests.daemon.running import project_in
from tests.end_to_end.service import PATIENCE, Project, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

_DRAWING = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The other end of a terminal."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._seen = b""

    def read(self) -> None:
        with suppress(OSError):  # it is closed
            self._seen += os.read(self.descriptor, 65536)

    @property
    def seen(self) -> str:
        return _DRAWING.sub(b"", self._seen).decode(errors="replace").replace("\r\n", "\n")


@contextmanager
def terminal() -> Iterator[tuple[Terminal, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    loop = asyncio.get_running_loop()
    found = Terminal(ours)
    loop.add_reader(ours, found.read)
    try:
        yield found, theirs
    finally:
        loop.remove_reader(ours)
        with suppress(OSError):
            os.close(ours)
        os.close(theirs)


@asynccontextmanager
async def running(project: Project) -> AsyncIterator[tuple[Terminal, asyncio.subprocess.Process]]:
    """`digest run` as the leader of a session with a terminal of its own."""
    with terminal() as (found, theirs):
        # A shell in between makes the terminal the session's own.
        take = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        take += "os.execv(sys.argv[1], sys.argv[1:])"
        command = project.command("run")
        process = await asyncio.create_subprocess_exec(
            *(command[0], "-c", take, *command),
            env=project.environment() | {"TERM": "xterm", "PYTHONWARNINGS": "default"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        try:
            yield found, process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_ctrl_c_ends_what_is_shown(folder: Path) -> None:
    project = project_in(folder)
    async with running(project) as (seen, process):
        await until(lambda: "weekly 2026-W48" in seen.seen, "the next issue")
        for words in ("Kuruma Weekly at 03:00:00 UTC", "feeds", "0 to send", "Ctrl-C"):
            assert words in seen.seen
        os.write(seen.descriptor, b"\x03")
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        await until(lambda: "service.stop" in seen.seen, "the log above the view")
    # Words for a person, and the view once more below each line of the log.
    assert "INFO    service.start recovered=0" in seen.seen
    assert seen.seen.rindex("service.stop") < seen.seen.rindex("Ctrl-C")


async def test_a_terminal_that_is_closed_ends_it(folder: Path) -> None:
    project = project_in(folder)
    async with running(project) as (seen, process):
        await until(lambda: "weekly 2026-W48" in seen.seen, "the next issue")
        asyncio.get_running_loop().remove_reader(seen.descriptor)
        os.close(seen.descriptor)
        assert await asyncio.wait_for(process.wait(), PATIENCE) in {0, 1}
    assert (await project.status())["service"] == "stopped"

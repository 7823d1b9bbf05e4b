"""The service is killed at each of its fsyncs in turn, from the poll to the last message.

A shim before the C library counts the calls of the whole process. (strace could inject the signal
too, but counts each thread's and each system call's for itself, and needs ptrace.)
"""

import asyncio
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.service import PATIENCE, until
from tests.feeds.server import FeedServer
from tests.system.conftest import Figures
from tests.system.mailing import (
    CONFIG,
    CONNECTIONS,
    FULL,
    GROUP,
    MailServer,
    Rig,
    addresses,
    mail_server,
    monday,
    news,
)
from tests.system.smtp_server import Script

READERS = 30
AT_ONCE = 2  # projects side by side
EVERY = 1 if FULL else 24  # point

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if FULL else 180)]

SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int calls;

static int counted(const char *name, int descriptor) {
    const char *at = getenv("FSYNC_KILL_AT");
    int number = atomic_fetch_add(&calls, 1) + 1;
    if (at && number == atoi(at)) kill(getpid(), SIGKILL);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
}

int fsync(int descriptor) { return counted("fsync", descriptor); }
int fdatasync(int descriptor) { return counted("fdatasync", descriptor); }
"""


def build_shim(folder: Path) -> Path:
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM, encoding="ascii")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Points:
    """Copies of one project, each killed at another fsync."""

    def __init__(self, folder: Path, host: str) -> None:
        self.folder = folder
        self.host = host
        self.shim = build_shim(folder)
        self.readers = addresses(READERS)
        self.twice: Counter[int] = Counter()

    async def prepare(self) -> None:
        """A project on a Sunday, with readers, that has polled once."""
        (self.folder / "original").mkdir()
        config = self.config("smtp://127.0.0.1:1?tls=none")
        project = Rig(self.folder / "original", config)
        project.set_clock("2026-11-15T12:00:00+09:00")
        await project.subscribe(self.readers)
        await project.run("poll")

    def config(self, smtp: str) -> str:
        return CONFIG.format(
            smtp=smtp, http=self.host, connections=CONNECTIONS, on_unknown="resend"
        )

    async def killed_at(self, point: int) -> bool:
        """Kill it there and let a plain start finish. False if the first went through unhurt."""
        home = self.folder / f"point-{point}"
        async with mail_server(self.folder / f"smtp-{point}", Script(delay_ms=5)) as server:
            shutil.copytree(self.folder / "original", home)
            project = Rig(home, self.config(server.url))
            project.set_clock(monday(0).isoformat())
            project.added = {"LD_PRELOAD": str(self.shim), "FSYNC_KILL_AT": str(point)}
            died = await run_until_killed(project)
            project.added = {}
            await self.finish(project, server, point)
        shutil.rmtree(home)
        return died

    async def finish(self, project: Rig, server: MailServer, point: int) -> None:
        async with project.service():
            await until(lambda: all_sent(project), "everything sent")
        assert project.look("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        times = Counter(taken.recipient for taken in server.taken)
        assert set(times) == set(self.readers)
        assert len({(taken.id, taken.digest) for taken in server.taken}) == READERS
        self.twice[point] = times.total() - READERS
        assert self.twice[point] <= CONNECTIONS * GROUP


async def run_until_killed(project: Rig) -> bool:
    """Run the service until it is killed, or everything is sent and it stops as asked."""
    with (project.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *project.command("run"), env=project.environment(), stderr=log, stdout=log
        )
    ended = asyncio.create_task(process.wait())
    try:
        await until(lambda: ended.done() or all_sent(project), "a kill, or the end")
        if not ended.done():
            process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(ended, PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert status in {0, -signal.SIGKILL}
    return status != 0


def all_sent(project: Rig) -> bool:
    return project.states() == {"sent": READERS}


async def test_killed_at_each_fsync(folder: Path, figures: Figures) -> None:
    async with FeedServer({"/news": news(0)}) as feeds:
        points = Points(folder, feeds.host)
        await points.prepare()
        kills, point, going = 0, 1, True
        while going:
            async with asyncio.TaskGroup() as group:
                at = range(point, point + AT_ONCE * EVERY, EVERY)
                killed = [group.create_task(points.killed_at(each)) for each in at]
            died = [task.result() for task in killed]
            kills += sum(died)
            point, going = at[-1] + EVERY, all(died)
        figures(
            f"{kills} kills, at every fsync that is 1 modulo {EVERY}, 0 lost, "
            f"{points.twice.total()} of {READERS * len(points.twice)} twice "
            f"(at most {max(points.twice.values())} by one kill)"
        )
        assert kills > 0

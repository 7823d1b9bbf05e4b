"""A disk of two megabytes that fills up: what is refused, and that all goes on when there is room.

Needs root, to mount a file system in memory.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.service import Project, until
from tests.end_to_end.test_two_articles import CONFIG, feed
from tests.feeds.server import FeedServer

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system"),
]

NEVER_BACKED_UP = f'{CONFIG}\n[backup]\nevery = "never"\n'


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    state = folder / "state"
    state.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(state)]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("this machine lets not even root mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(state)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk but for so many bytes."""
    ballast = folder / "state" / "ballast"
    with ballast.open("wb", buffering=0) as file:
        room = os.statvfs(ballast)
        rest = room.f_bavail * room.f_frsize - leave
        try:
            while rest > 0:
                rest -= file.write(b"x" * min(4096, rest))
        except OSError:
            assert leave == 0
    return ballast


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder / "state")], check=True)


def is_sound(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "state" / "digest.db")) as found:
        return bool(found.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


async def test_on_a_disk_that_is_low_nothing_large_is_begun(small: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = Project(small, NEVER_BACKED_UP.format(http=feeds.host))
        project.set_clock("2026-11-12T12:00:00+09:00")
        await project.run("status")
        await project.run("subscribers", "add", "a@reader.example", "--active", "--consent", "x")
        ballast = fill(small, 150_000)
        refused = await project.run("poll", code=1)
        assert "are free on this disk" in refused
        assert "Nothing was changed" in refused
        await project.run("send", code=1)
        # Somebody who wants to leave does not wait for the disk.
        await project.run("subscribers", "remove", "a@reader.example")
        ballast.unlink()
        await project.run("poll")
    assert (await project.status())["feeds_broken"] == 0
    assert is_sound(small)


async def test_a_full_disk_is_refused_with_words_and_loses_nothing(small: Path) -> None:
    project = Project(small, "")
    project.set_clock("2026-11-12T12:00:00+09:00")
    add = ("subscribers", "add", "--active", "--consent", "x")
    for number in range(3):
        await project.run(*add, f"reader{number}@reader.example")
    ballast = fill(small, 0)
    refused = await project.run(
        *add, f"{'x' * 60}@{'y' * 60}.example", "--name", "z" * 9000, code=78
    )
    assert "disk is full" in refused or "disk I/O error" in refused
    assert len((await project.run("subscribers", "list")).splitlines()) == 3
    await project.run("backup", code=1)
    ballast.unlink()
    await project.run(*add, "late@reader.example")
    assert len((await project.run("subscribers", "list")).splitlines()) == 4
    assert is_sound(small)
    assert not list((small / "state" / "backups").glob(".*"))


async def test_the_service_waits_for_room_and_goes_on(small: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = Project(small, NEVER_BACKED_UP.format(http=feeds.host))
        project.set_clock("2026-11-12T12:00:00+09:00")
        await project.run("status")
        await project.run("subscribers", "add", "a@reader.example", "--active", "--consent", "x")
        ballast = fill(small, 100_000)
        async with project.service():
            await until(lambda: "disk.low" in project.log, "a word on the disk")
            assert "poll.done" not in project.log
            ballast.unlink()
            project.set_clock("2026-11-12T12:02:00+09:00")
            await until(lambda: "disk.well" in project.log, "a word that it is well")
            await until(lambda: "poll.done" in project.log, "a poll")
    assert "notice.raised" in project.log
    assert "notice.settled" in project.log
    assert is_sound(small)


async def test_a_disk_that_is_read_only_is_refused_and_well_again(small: Path) -> None:
    project = Project(small, "")
    project.set_clock("2026-11-12T12:00:00+09:00")
    await project.run("subscribers", "add", "a@reader.example", "--active", "--consent", "x")
    remount(small, "ro")
    refused = await project.run("run", code=78)
    assert "Read-only file system" in refused
    assert "a@reader.example" in await project.run("subscribers", "list")
    remount(small, "rw")
    async with project.service():
        pass
    assert is_sound(small)

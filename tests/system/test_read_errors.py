"""A disk that answers EIO: what is said, what stays as it was, and that all goes on when it ends.

A shim before the C library lets every read, write and sync of the database fail while a file says
so: no disk has to be broken, and no root is needed.
"""

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.service import Project, until
from tests.end_to_end.test_two_articles import CONFIG, feed
from tests.feeds.server import FeedServer

READER = ("subscribers", "add", "a@reader.example", "--active", "--consent", "by hand")

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file that FAULT names holds a part of the path of the files that fail. */
static int fails(int descriptor) {
    const char *said = getenv("FAULT");
    FILE *file = said ? fopen(said, "r") : NULL;
    char part[PATH_MAX] = "", link[64], path[PATH_MAX];
    if (!file) return 0;
    if (!fgets(part, sizeof part, file)) part[0] = 0;
    fclose(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!part[0] || length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, part)) return 0;
    errno = EIO;
    return 1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

typedef ssize_t (*placed_read)(int, void *, size_t, off64_t);
typedef ssize_t (*placed_write)(int, const void *, size_t, off64_t);
typedef int (*sync_call)(int);

ssize_t pread64(int fd, void *to, size_t size, off64_t at) {
    return fails(fd) ? -1 : REAL("pread64", placed_read)(fd, to, size, at);
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    return fails(fd) ? -1 : REAL("pwrite64", placed_write)(fd, from, size, at);
}
ssize_t pread(int fd, void *to, size_t size, off_t at) {
    return fails(fd) ? -1 : REAL("pread", placed_read)(fd, to, size, at);
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    return fails(fd) ? -1 : REAL("pwrite", placed_write)(fd, from, size, at);
}
int fsync(int fd) { return fails(fd) ? -1 : REAL("fsync", sync_call)(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : REAL("fdatasync", sync_call)(fd); }
"""


class FaultyDisk(Project):
    """A project whose disk fails at the files that a test names."""

    def __init__(self, folder: Path, config: str) -> None:
        super().__init__(folder, config)
        source, self._shim = folder / "shim.c", folder / "shim.so"
        source.write_text(SHIM, encoding="ascii")
        made = ["cc", "-shared", "-fPIC", "-o", str(self._shim), str(source), "-ldl"]
        subprocess.run(made, check=True)
        self._said = folder / "fault"
        self.set_clock("2026-11-12T12:00:00+09:00")

    def environment(self) -> dict[str, str]:
        return super().environment() | {"LD_PRELOAD": str(self._shim), "FAULT": str(self._said)}

    def fail_at(self, part: str | None) -> None:
        """Let files fail whose path has this in it; None: the disk is well again."""
        if part is None:
            self._said.unlink()
            return
        temporary = self._said.with_suffix(".part")
        temporary.write_text(part, encoding="ascii")
        temporary.replace(self._said)


def is_sound(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as found:
        return bool(found.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


async def test_the_service_outlives_a_disk_that_fails_and_loses_nothing(folder: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = FaultyDisk(folder, CONFIG.format(http=feeds.host))
        async with project.service() as process:
            await until(lambda: project.has_logged("poll.done"), "the first round")
            before = await project.status()
            project.fail_at("/state/digest.db")
            refused = await project.run("subscribers", "add", "a@reader.example", code=78)
            assert "disk I/O error" in refused
            assert "Traceback" not in refused
            await until(lambda: project.has_logged("part.failed"), "what the service says of it")
            assert "the state cannot be used now" in project.log
            assert "part.crashed" not in project.log
            assert process.returncode is None
            project.fail_at(None)
            await project.run(*READER)
            await project.run("poll")  # is answered by the service
            after = await project.status()
    assert (before["readers"], after["readers"]) == (0, 1)
    assert is_sound(folder / "state" / "digest.db")


async def test_a_service_does_not_start_on_what_cannot_be_read(folder: Path) -> None:
    project = FaultyDisk(folder, CONFIG.format(http="127.0.0.1:9"))
    await project.run(*READER)
    await project.run("backup")
    before = (folder / "state" / "digest.db").read_bytes()
    project.fail_at("/state/digest.db")
    refused = await project.run("run", code=78)
    assert "disk I/O error" in refused
    assert "Restore a backup, or check" in refused
    assert (folder / "state" / "digest.db").read_bytes() == before
    project.fail_at(None)
    async with project.service():
        pass


async def test_a_backup_that_cannot_be_made_leaves_those_of_before_and_no_part(
    folder: Path,
) -> None:
    project = FaultyDisk(folder, CONFIG.format(http="127.0.0.1:9"))
    await project.run(*READER)
    await project.run("backup")
    backups = folder / "state" / "backups"
    (kept,) = backups.iterdir()
    contents = kept.read_bytes()
    project.set_clock("2026-11-13T12:00:00+09:00")
    for part in ("/state/digest.db", "/state/backups/"):
        project.fail_at(part)
        assert "disk I/O error" in await project.run("backup", code=78 if "digest" in part else 1)
        assert [(one, one.read_bytes()) for one in backups.iterdir()] == [(kept, contents)]
    project.fail_at(None)
    await project.run("backup")
    assert len(list(backups.iterdir())) == 2


async def test_a_backup_that_cannot_be_read_is_not_restored(folder: Path) -> None:
    project = FaultyDisk(folder, CONFIG.format(http="127.0.0.1:9"))
    await project.run(*READER)
    await project.run("backup", str(folder / "copy.db"))
    before = (folder / "state" / "digest.db").read_bytes()
    project.fail_at("/copy.db")
    refused = await project.run("restore", str(folder / "copy.db"), code=78)
    assert "disk I/O error" in refused
    assert "nothing was changed" in refused
    assert (folder / "state" / "digest.db").read_bytes() == before
    assert not (folder / "state" / "restoring").exists()
    project.fail_at(None)
    await project.run("restore", str(folder / "copy.db"))


async def test_of_an_original_that_cannot_be_read_nothing_is_taken_over(folder: Path) -> None:
    project = FaultyDisk(folder, CONFIG.format(http="127.0.0.1:9"))
    await project.run(*READER)
    await project.run("backup", str(folder / "copy.db"))
    project.fail_at("/state/digest.db")
    await project.run("restore", str(folder / "copy.db"))
    project.fail_at(None)
    (aside,) = (folder / "state" / "backups").glob("before-restore-*.db")
    assert await asyncio.to_thread(is_sound, aside)  # it is there yet: only the disk had failed

"""A service with a user of its own, and root at work beside it, as on a server."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.daemon.running import CONFIG
from tests.end_to_end.service import Project, until
from tests.system.processes import nothing_left_running

NOBODY = 65534  # of Linux
PATIENCE = 150.0  # seconds, for the whole test

# It may read everything, for Python may lie in root's home; it may write only what is its own.
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


def _may_become_nobody() -> bool:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    tried = subprocess.run([*AS_NOBODY, sys.executable, "-c", ""], capture_output=True, check=False)
    return tried.returncode == 0  # a container may withhold the capability


pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(PATIENCE + 25),
    pytest.mark.skipif(
        not _may_become_nobody(),
        reason="only root may become somebody else, by util-linux's setpriv",
    ),
]


class Served(Project):
    """A project whose service is nobody's, and whose commands are root's."""

    def command(self, *arguments: str) -> list[str]:
        ours = super().command(*arguments)
        return [*AS_NOBODY, *ours] if arguments == ("run",) else ours


@pytest.fixture
def project() -> Iterator[Served]:
    """In a folder that others can get to, unlike those of pytest."""
    with TemporaryDirectory() as name, nothing_left_running(Path(name)):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "state").mkdir(mode=0o700)
        os.chown(folder / "state", NOBODY, NOBODY)
        made = Served(folder, CONFIG.format(zone="Asia/Tokyo"))
        made.set_clock("2026-11-18T12:00:00+09:00")
        yield made


async def test_roots_commands_leave_the_state_to_the_service(project: Served) -> None:
    state = project.folder / "state"
    async with asyncio.timeout(PATIENCE):
        # Before the service has ever run, root makes what is not there yet.
        for before in (("subscribers", "add", "emma@reader.example"), ("poll",), ("backup",)):
            await project.run(*before)
            assert strangers(state) == {}, before
        async with project.service():
            await until(lambda: letters(state) == 1, "the letter to Emma")
            for beside in (
                ("subscribers", "add", "kenji@reader.example"),
                ("reload",),
                ("poll",),
                ("backup",),
                ("doctor", "--offline"),
                ("status",),
            ):
                await project.run(*beside)
                assert strangers(state) == {}, beside
            await until(lambda: letters(state) == 2, "the letter to Kenji")
        for after in (("archive", "build", str(project.folder / "pages")), ("outbox", "send")):
            await project.run(*after)
            assert strangers(state) == {}, after
        async with project.service():  # which still may use all of it
            pass
    assert "part.failed" not in project.log


def letters(state: Path) -> int:
    """The mails that have left."""
    return len(list((state / "outbox" / "new").glob("*")))


def strangers(state: Path) -> dict[str, int]:
    """What lies in the folder and does not belong to the service's user, with whose it is."""
    found = [state, *state.rglob("*")]
    return {str(path): path.lstat().st_uid for path in found if path.lstat().st_uid != NOBODY}

"""Sees to it that a test leaves no process behind, however it ends.

A process belongs to a folder if its command line or its environment names it. A guard, a process
of its own, waits for the end of whoever started it and then ends those that are left: a run that
is stopped by its time limit never comes to its `finally`.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

PATIENCE = 5.0  # seconds


def processes_of(folder: Path) -> dict[int, str]:
    """The running processes that name the folder, with their command lines."""
    name = re.compile(re.escape(os.fsencode(folder)) + rb"(?![^/\0])")
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            command = (path / "cmdline").read_bytes()
            if command and name.search(command + (path / "environ").read_bytes()):
                found[int(path.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


@contextmanager
def nothing_left_running(folder: Path) -> Iterator[None]:
    """Fail if a process of this folder is left at the end, and end it."""
    guard = subprocess.Popen(
        [sys.executable, "-m", "tests.system.processes", str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # what ends the run must not end it too
    )
    try:
        yield
    finally:
        left = _left(folder, guard.pid)
        guard.communicate()
    if left:
        raise AssertionError(f"still running: {left}")


def _left(folder: Path, guard: int) -> dict[int, str]:
    """What still runs after those that were told to end have had their time."""
    deadline = monotonic() + PATIENCE
    while (left := processes_of(folder)).keys() - {guard} and monotonic() < deadline:
        sleep(0.05)  # not our children: there is nothing to wait for
    return {process: command for process, command in left.items() if process != guard}


def _guard(folder: Path) -> None:
    sys.stdin.buffer.read()  # until whoever started us ends, or lets us go
    for process in processes_of(folder):
        if process != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    _guard(Path(sys.argv[1]))

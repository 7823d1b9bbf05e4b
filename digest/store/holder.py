"""Who holds the state folder: the process behind the lock, as far as the system tells."""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest.store.database import is_locked

_LOCKS = Path("/proc/locks")  # Linux


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the folder."""

    pid: int | None  # None: the system does not tell, as in a container beside ours
    since: datetime | None  # when it started


def holder_of(state: Path) -> Holder | None:
    """Who holds the folder; None where nobody does."""
    if not is_locked(state):
        return None
    pid = None
    with suppress(OSError, ValueError):
        pid = _pid((state / "lock").stat(), _LOCKS.read_text(encoding="ascii"))
    if pid is None:
        return Holder(None, None)
    with suppress(OSError):
        started = Path(f"/proc/{pid}").stat().st_mtime
        return Holder(pid, datetime.fromtimestamp(started, UTC).replace(microsecond=0))
    return Holder(pid, None)


def _pid(lock: os.stat_result, locks: str) -> int | None:
    """The process that locks this file, of lines such as "1: FLOCK ADVISORY WRITE 42 08:01:7 …"."""
    place = f"{os.major(lock.st_dev):02x}:{os.minor(lock.st_dev):02x}:{lock.st_ino}"
    for line in locks.splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == place:
            pid = int(fields[4])
            return pid if pid > 0 else None
    return None

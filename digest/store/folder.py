"""Whether the folder of the state may be used: whose it is, where it lies, whether it is whole."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from digest.clock import machine
from digest.errors import StoreError
from digest.store.copies import problems_of
from digest.store.files import hand_over, make_folder
from digest.upkeep import newest, remote_file_system

MOUNTS = Path("/proc/self/mountinfo")
PATIENCE = 60.0  # seconds for the check at start; 0.5 GB takes about one
# What an installation leaves beside its database. Maildirs may be there before it.
_TRACES = ("digest.db-journal", "digest.db-wal", "archive", "backups")
_STEPS = 100_000  # of SQLite's, between two looks at the time


def refuse_link(state: Path) -> None:
    """Refuse a folder that is a link. Raises StoreError."""
    if state.is_symlink():
        raise StoreError(
            f"{state}: is a link, and whoever may change it can put another folder in its place."
            " Move the folder itself here, or name its project with --project; nothing was changed"
        )


def make_private(state: Path, path: Path) -> None:
    """Make the folder and the file where they are missing, both for their owner alone.

    Root may use everybody's: a service has a user of its own, and its operator none of that name.
    Raises OSError, and StoreError for a folder that is a link or somebody else's.
    """
    refuse_link(state)
    make_folder(state)
    found = state.stat()
    if os.geteuid() not in {0, found.st_uid}:
        raise StoreError(
            f"{state}: belongs to user {found.st_uid}, and this is user {os.geteuid()}: files made"
            " now would be closed to one of them. Run digest as the folder's owner or as root, or"
            " `chown -R` it; nothing was changed"
        )
    if found.st_mode & 0o077:
        state.chmod(0o700)
    missing = not path.exists()
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        if missing:
            hand_over(descriptor, state)
    finally:
        os.close(descriptor)


def refuse_vanished(path: Path) -> None:
    """Refuse to begin anew where a database has been. Raises StoreError."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > 0:
            return
    traces = [name for name in _TRACES if (path.parent / name).exists()]
    if not traces:
        return
    raise StoreError(
        f"{path}: is gone or empty, though {path.parent} holds {', '.join(traces)} of an"
        f" installation. {how_to_restore(path.parent)} To begin anew without readers, move the rest"
        " of that folder away; nothing was changed"
    )


def refuse_remote(state: Path) -> None:
    """Refuse a network file system, whose locks may not hold. Raises StoreError."""
    if not MOUNTS.exists():  # not Linux: nobody tells
        return
    kind = remote_file_system(MOUNTS.read_text(encoding="utf-8"), str(state.resolve()))
    if kind is not None:
        raise StoreError(
            f"{state}: lies on {kind}, a network file system or one in a program, where SQLite's"
            " locks may not hold and the database be damaged. Put the project on a disk of this"
            " machine (in Docker: a named volume). Only if you know that its locks are sound, say"
            " network_state = true in [digest]"
        )


def check_sound(state: Path) -> bool:
    """Look for damage in the database, for PATIENCE at most. False if the time was too short.

    Raises StoreError if it is damaged.
    """
    path = state / "digest.db"
    if not path.exists():
        return True
    end = time.monotonic() + PATIENCE
    over = False

    def late() -> int:
        nonlocal over
        over = time.monotonic() > end
        return int(over)

    try:  # never a new file, should it vanish at this moment
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    except sqlite3.OperationalError:  # whoever opens it says why that cannot be
        return True
    try:
        connection.set_progress_handler(late, _STEPS)
        problems = problems_of(connection, "quick_check")
    finally:
        connection.close()
    if over:
        return False
    if problems:
        raise StoreError(
            f"{path}: is damaged ({'; '.join(problems)}). {how_to_restore(state)}"
            " The file was left as it is"
        )
    return True


def how_to_restore(state: Path) -> str:
    """What to type to get a lost or damaged database back."""
    folder = state / "backups"
    with suppress(OSError):
        name = newest([path.name for path in folder.iterdir()], machine())
        if name is not None:
            return f"The newest backup is {folder / name}: `digest restore {folder / name}`."
    return "`digest restore FILE` brings a backup back; there is none in state/backups."

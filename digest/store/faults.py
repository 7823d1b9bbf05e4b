"""What SQLite's errors mean for whoever has to mend something."""

import sqlite3
import time
from pathlib import Path

from digest.store.folder import how_to_restore

_GONE = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOOK = 0.2  # seconds; whoever waits for the store waits for this
_CHUNK = 1 << 20  # bytes


def words_of(error: sqlite3.DatabaseError, path: Path) -> str:
    """What is wrong, and what to do where that is known; `path` is the database's file."""
    # Some errors are the driver's own and have no number. The lowest byte names the kind.
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in _GONE and not path.exists():
        return f"{path} was moved or deleted while it was in use ({error})"
    if kind in _DAMAGED:
        if reason := _unreadable(path):
            return f"{path} cannot be read, and may be whole: look at the disk ({reason})"
        return f"{path} is damaged ({error}). {how_to_restore(path.parent)}"
    return str(error)


def _unreadable(path: Path) -> str | None:
    """Why the disk does not give the file: SQLite calls that "malformed", as it does damage."""
    end = time.monotonic() + _LOOK
    try:
        with path.open("rb", buffering=0) as file:
            while file.read(_CHUNK) and time.monotonic() < end:
                pass
    except OSError as error:
        return str(error)
    return None

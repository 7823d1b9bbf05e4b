"""Copies of a database: consistent while others write, checked, private, complete or not at all."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from digest.errors import DamagedError, StoreError
from digest.store.files import hand_over, sync_folder
from digest.store.meta import Key, MetaTable
from digest.store.values import stamp

PROBLEMS = 3  # of a damaged file that are told


def copy_database(connection: sqlite3.Connection, to: Path, now: datetime | None = None) -> None:
    """Write a checked copy of the database to a file, which it replaces.

    In one step of SQLite's backup API: whoever wants to write waits so long. It is a file without
    a journal, so that it can be carried elsewhere as it is, and says that it was made `now`
    (Key.TAKEN), unless that is None. Raises OSError, sqlite3.Error, and DamagedError if the copy
    is damaged: then nothing was written.
    """
    temporary = to.with_name(f".{to.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    made = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        hand_over(made, to.parent)
    finally:
        os.close(made)
    try:
        _fill(connection, temporary, now)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(to)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(to.parent)


def _fill(connection: sqlite3.Connection, target: Path, now: datetime | None) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        problems = problems_of(copy)
        if problems:
            raise DamagedError(f"the copy is damaged, as the database is: {'; '.join(problems)}")
        if now is not None:
            MetaTable(copy).put(Key.TAKEN, stamp(now))
    finally:
        copy.close()


def problems_of(connection: sqlite3.Connection, check: str = "integrity_check") -> list[str]:
    """What SQLite finds wrong with a database, in its words; nothing if it is sound."""
    try:
        rows = connection.execute(f"PRAGMA {check}({PROBLEMS})").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    except StoreError as error:  # of a connection whose errors are ours
        return [str(error.__cause__ or error)]
    found = [str(row[0]) for row in rows]
    return [] if found == ["ok"] else [" ".join(each.split()) for each in found]

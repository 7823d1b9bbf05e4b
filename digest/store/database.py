"""Opening the database: pragmas, transactions, the lock.

This module knows SQLite and nothing of the product; the tables' queries are in its neighbours.
(folder.py says whether the folder may be used, migrating.py brings the tables up to date.)
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from digest.errors import LockedError, StoreError
from digest.store import migrating
from digest.store.faults import words_of
from digest.store.files import hand_over, make_folder
from digest.store.folder import make_private, refuse_link, refuse_vanished
from digest.store.meta import MetaTable
from digest.store.migrating import check_version, migrate, version_of
from digest.tally import tally

BUSY_TIMEOUT_MS = 10_000
_AT_ONCE_MS = 200  # for who waits at a key of the keyboard

# Versions with the fix for the WAL-reset bug (sqlite.org/wal.html#walresetbug): two connections
# that write or checkpoint at once could lose commits. Elsewhere a rollback journal is safe.
_WAL_SAFE_FROM = (3, 51, 3)
_WAL_SAFE_BACKPORTS = {(3, 50): 7, (3, 44): 6}


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite library has the fix for the WAL-reset bug."""
    backport = _WAL_SAFE_BACKPORTS.get(version[:2])
    return version >= _WAL_SAFE_FROM or (backport is not None and version[2] >= backport)


class Database:
    """One connection, used by one thread at a time. Autocommit outside `transaction()`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self.meta = MetaTable(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make everything inside happen or nothing. Takes the write lock at once.

        A plain BEGIN would take it at the first write, where SQLite answers BUSY without waiting
        if somebody else has written since the first read. Inside another transaction this is a
        part of it: what fails in it must fail the whole, unless it has a savepoint.
        """
        if self.connection.in_transaction:
            yield self.connection
            return
        with migrating.transaction(self.connection, "IMMEDIATE"):
            yield self.connection

    @contextmanager
    def savepoint(self) -> Iterator[sqlite3.Connection]:
        """The same, but inside another transaction what fails is undone alone.

        To be ready for that takes SQLite half as long again as the writing.
        """
        with self.transaction() as connection:
            connection.execute("SAVEPOINT part")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # a full disk has rolled back already
                    connection.execute("ROLLBACK TO part")
                    connection.execute("RELEASE part")
                raise
            connection.execute("RELEASE part")

    def scrub(self) -> None:
        """Empty the journal, which holds what was erased until it is written over.

        Call it outside of transactions. Where somebody reads at this moment, it waits for the next.
        """
        mode = self.connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == "wal":
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif mode == "persist":
            self.connection.execute("PRAGMA journal_mode = DELETE")
            self.connection.execute("PRAGMA journal_mode = PERSIST")

    def close(self) -> None:
        """Close the connection; the store cannot be used afterwards."""
        self.connection.close()


class _Connection(sqlite3.Connection):
    """Turns what SQLite says of the disk, the file and the lock into StoreError.

    A broken rule of the schema stays an IntegrityError: it is a slip of ours.
    """

    path: Path  # of its file

    # Without a context manager for both, which takes as long as a short statement.
    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
        try:
            return super().execute(*arguments)
        except sqlite3.DatabaseError as error:
            _raise_store_error(error, self.path)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
        try:
            return super().executemany(*arguments)
        except sqlite3.DatabaseError as error:
            _raise_store_error(error, self.path)

    def executescript(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
        try:
            return super().executescript(*arguments)
        except sqlite3.DatabaseError as error:
            _raise_store_error(error, self.path)


def _raise_store_error(error: sqlite3.DatabaseError, path: Path) -> NoReturn:
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        raise error
    tally.count("store_errors")
    raise StoreError(f"the state cannot be used now: {words_of(error, path)}") from error


def open_database(state: Path, *, read_only: bool = False) -> Database:
    """Open `state/digest.db`, making the folder and the tables where they are missing.

    Raises StoreError if the file is damaged, newer than this program, or cannot be opened; and if
    it is gone while other things of an installation are there: nobody shall begin anew unasked.
    """
    path = state / "digest.db"
    connection: sqlite3.Connection | None = None
    try:
        refuse_vanished(path)
        if read_only:
            connection = _connect_to_read(path)
            check_version(path, connection)
            if version_of(connection) < migrating.newest():
                connection = _bring_up_to_date(state, connection)
        else:
            make_private(state, path)
            connection = connect(path.absolute().as_uri())
            check_version(path, connection)
            _configure(connection)
            migrate(path, connection)
            connection.execute("PRAGMA foreign_keys = ON")
    except (sqlite3.Error, OSError, StoreError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StoreError) and error.__cause__ is None:
            raise  # it says all there is to say
        raise StoreError(
            f"{path}: cannot be opened ({error.__cause__ or error}). Restore a backup, or check "
            "the folder's permissions and free space; the file was left as it is."
        ) from error
    return Database(path, connection)


def open_at_once(state: Path) -> Database:
    """Open what is there, to read, and as it is: for who only presses Tab.

    Raises StoreError also if it is of another release, or if somebody writes for longer.
    """
    path = state / "digest.db"
    try:
        connection = _connect_to_read(path, _AT_ONCE_MS)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: cannot be opened ({error})") from error
    version = version_of(connection)
    if version != migrating.newest():
        connection.close()
        raise StoreError(f"{path}: is of schema {version}, which is of another release")
    return Database(path, connection)


def _bring_up_to_date(state: Path, connection: sqlite3.Connection) -> sqlite3.Connection:
    """Migrate a state that is older than this program, as a command that writes would do."""
    version = version_of(connection)
    connection.close()
    path = state / "digest.db"
    if is_locked(state):
        raise StoreError(
            f"{path}: is of schema {version}, this program reads schema {migrating.newest()}, and"
            " the service of an older release is at work on it. Stop that, and start the new one:"
            " it brings the database up to date"
        )
    try:
        open_database(state).close()
    except StoreError as error:
        raise StoreError(
            f"{path}: is of schema {version}, and this program reads schema {migrating.newest()};"
            f" it could not be brought up to date here ({error.__cause__ or error}), so run"
            " `digest status` once as a user who may write to that folder."
        ) from None
    return _connect_to_read(path)


def _connect_to_read(path: Path, patience_ms: int = BUSY_TIMEOUT_MS) -> sqlite3.Connection:
    if not path.exists():
        return _empty()
    uri = path.absolute().as_uri()
    connection = connect(f"{uri}?mode=ro", patience_ms)
    try:
        version = version_of(connection)
    except StoreError:
        # A kill in the middle of a transaction left its journal, which a reader may not undo:
        # whoever may write does so by looking.
        connection.close()
        connection = connect(f"{uri}?mode=rw", patience_ms)
        connection.execute("PRAGMA query_only = ON")
        version = version_of(connection)
    if version == 0:
        connection.close()
        return _empty()
    return connection


def connect(uri: str, patience_ms: int = BUSY_TIMEOUT_MS) -> sqlite3.Connection:
    """A connection to this file whose errors are ours. Raises StoreError, sqlite3.Error."""
    connection: _Connection = sqlite3.connect(
        uri,
        factory=_Connection,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=patience_ms / 1000,
    )
    connection.row_factory = sqlite3.Row
    connection.path = Path(unquote(urlsplit(uri).path))
    return connection


def _empty() -> sqlite3.Connection:
    """An empty store in memory: what a command that only reads sees before the first `run`."""
    connection = connect("file::memory:")
    migrating.make(connection)
    return connection


def _configure(connection: sqlite3.Connection) -> None:
    if version_of(connection) == 0:  # it can be said before there are tables only
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    safe = wal_is_safe(sqlite3.sqlite_version_info)
    connection.execute(f"PRAGMA journal_mode = {'WAL' if safe else 'PERSIST'}")
    # EXTRA also syncs the folder when a rollback journal ends; WAL needs only FULL.
    connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'EXTRA'}")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten


def is_locked(state: Path) -> bool:
    """Whether somebody holds the folder, be it this very process."""
    try:
        descriptor = os.open(state / "lock", os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def lock(state: Path) -> Iterator[None]:
    """Hold the folder: only one process polls, ingests, publishes and sends.

    The lock ends with the process, however it ends; its file stays for ever, because deleting it
    would let two processes lock two files of one name. Raises LockedError if another holds it,
    StoreError if the folder cannot be used.
    """
    refuse_link(state)
    try:
        make_folder(state)
        found = (state / "lock").exists()
        descriptor = os.open(state / "lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"{state}: cannot be used ({error}); nothing was changed") from error
    try:
        if not found:
            hand_over(descriptor, state)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"{state}: another digest process is at work here, and only one may poll, publish "
                "and send; wait for it to end, or stop it"
            ) from error
        yield
    finally:
        os.close(descriptor)

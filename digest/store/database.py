"""Opening the database: permissions, pragmas, migrations, transactions, the lock.

This module knows SQLite and nothing of the product; the tables' queries are in its neighbours.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from digest.errors import LockedError, StoreError
from digest.store.schema import MIGRATIONS

BUSY_TIMEOUT_MS = 10_000
SECRET_BYTES = 32

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

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make everything inside happen or nothing. Takes the write lock at once.

        A plain BEGIN would take it at the first write, where SQLite answers BUSY without waiting
        if somebody else has written since the first read. Inside another transaction this is a
        part of it: what fails in it must fail the whole.
        """
        if self.connection.in_transaction:
            yield self.connection
            return
        with _transaction(self.connection, "IMMEDIATE"):
            yield self.connection

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

    # Without a context manager for both, which takes as long as a short statement.
    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
        try:
            return super().execute(*arguments)
        except sqlite3.DatabaseError as error:
            _raise_store_error(error)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
        try:
            return super().executemany(*arguments)
        except sqlite3.DatabaseError as error:
            _raise_store_error(error)


def _raise_store_error(error: sqlite3.DatabaseError) -> NoReturn:
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        raise error
    raise StoreError(f"the state cannot be used now: {error}") from error


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[sqlite3.Connection]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield connection
        connection.execute("COMMIT")  # inside: refused, it leaves the transaction open
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise


def open_database(state: Path, *, read_only: bool = False) -> Database:
    """Open `state/digest.db`, making the folder and the tables where they are missing.

    Raises StoreError if the file is damaged, newer than this program, or cannot be opened.
    """
    path = state / "digest.db"
    connection: sqlite3.Connection | None = None
    try:
        if read_only:
            connection = _connect_to_read(path)
            _check_version(path, connection)
            if _version(connection) < len(MIGRATIONS):
                connection = _bring_up_to_date(state, connection)
        else:
            _make_private(state, path)
            connection = _connect(path.absolute().as_uri())
            _check_version(path, connection)
            _configure(connection)
            _migrate(path, connection)
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


def _bring_up_to_date(state: Path, connection: sqlite3.Connection) -> sqlite3.Connection:
    """Migrate a state that is older than this program, as a command that writes would do."""
    version = _version(connection)
    connection.close()
    path = state / "digest.db"
    try:
        open_database(state).close()
    except StoreError as error:
        raise StoreError(
            f"{path}: is of schema {version}, and this program reads schema {len(MIGRATIONS)}; it"
            f" could not be brought up to date here ({error.__cause__ or error}), so run `digest"
            " status` once as a user who may write to that folder."
        ) from None
    return _connect_to_read(path)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _connect_to_read(path: Path) -> sqlite3.Connection:
    if not path.exists():
        return _empty()
    uri = path.absolute().as_uri()
    connection = _connect(f"{uri}?mode=ro")
    try:
        version = _version(connection)
    except StoreError:
        # A kill in the middle of a transaction left its journal, which a reader may not undo:
        # whoever may write does so by looking.
        connection.close()
        connection = _connect(f"{uri}?mode=rw")
        connection.execute("PRAGMA query_only = ON")
        version = _version(connection)
    if version == 0:
        connection.close()
        return _empty()
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri,
        factory=_Connection,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MS / 1000,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _empty() -> sqlite3.Connection:
    """An empty store in memory: what a command that only reads sees before the first `run`."""
    connection = _connect("file::memory:")
    for number in range(1, len(MIGRATIONS) + 1):
        _apply(connection, number)
    return connection


def _make_private(state: Path, path: Path) -> None:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if state.stat().st_mode & 0o077:
        state.chmod(0o700)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    os.close(descriptor)


def _configure(connection: sqlite3.Connection) -> None:
    safe = wal_is_safe(sqlite3.sqlite_version_info)
    connection.execute(f"PRAGMA journal_mode = {'WAL' if safe else 'PERSIST'}")
    # EXTRA also syncs the folder when a rollback journal ends; WAL needs only FULL.
    connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'EXTRA'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: was written by a newer version of digest (schema {version}, this program "
            f"knows up to {len(MIGRATIONS)}). Install that version again, or restore a backup made "
            "before the upgrade; nothing was changed."
        )


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    kept = path.with_name(f"digest-before-schema-{len(MIGRATIONS)}.db")
    if 0 < version < len(MIGRATIONS) and not kept.exists():
        backup(connection, kept)
    for number in range(version + 1, len(MIGRATIONS) + 1):
        with _transaction(connection, "EXCLUSIVE"):
            # Another process may have been quicker.
            if _version(connection) < number:
                _apply(connection, number)


def _apply(connection: sqlite3.Connection, number: int) -> None:
    for statement in _statements(MIGRATIONS[number - 1]):
        connection.execute(statement)
    if number == 1:
        secret = secrets.token_hex(SECRET_BYTES)
        connection.execute("INSERT INTO meta (key, value) VALUES ('secret', ?)", (secret,))
    connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def backup(connection: sqlite3.Connection, to: Path) -> None:
    """Write a consistent copy of the database, private and complete or not at all."""
    temporary = to.with_suffix(f".{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    copy = sqlite3.connect(temporary)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(to)


@contextmanager
def lock(state: Path) -> Iterator[None]:
    """Hold the folder: only one process polls, ingests, publishes and sends.

    The lock ends with the process, however it ends; its file stays for ever, because deleting it
    would let two processes lock two files of one name. Raises LockedError if another holds it,
    StoreError if the folder cannot be used.
    """
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state / "lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"{state}: cannot be used ({error}); nothing was changed") from error
    try:
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

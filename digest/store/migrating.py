"""Brings a database to the newest schema, one migration a transaction, a backup before them.

A kill in the middle leaves the schema before the migration that it hit. What a newer program has
written is refused.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.errors import StoreError
from digest.store.copies import copy_database
from digest.store.files import make_folder
from digest.store.meta import Key, MetaTable
from digest.store.schema import MIGRATIONS

SECRET_BYTES = 32


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str) -> Iterator[sqlite3.Connection]:
    """Make everything inside happen or nothing. Of a `kind` of BEGIN, such as "IMMEDIATE"."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield connection
        connection.execute("COMMIT")  # inside: refused, it leaves the transaction open
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise


def newest() -> int:
    """The number of the schema that this program works with."""
    return len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the schema of a database; 0 of an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse what a newer program has written. Raises StoreError."""
    version = version_of(connection)
    if version > newest():
        raise StoreError(
            f"{path}: was written by a newer version of digest (schema {version}, this program "
            f"knows up to {newest()}). Install that version again, or restore a backup made "
            "before the upgrade; nothing was changed."
        )


def migrate(path: Path, connection: sqlite3.Connection) -> None:
    """Bring the tables up to date. Call it before foreign keys are enforced.

    The copy of before stays until somebody deletes it, or has gone back and upgrades once more:
    then it is what was there before that. Raises StoreError.
    """
    version = version_of(connection)
    if 0 < version < newest():
        kept = path.parent / "backups" / f"before-migration-{version}-to-{newest()}.db"
        make_folder(kept.parent)
        copy_database(connection, kept)
    for number in range(version + 1, newest() + 1):
        with transaction(connection, "EXCLUSIVE"):
            # Another process may have been quicker.
            if version_of(connection) < number:
                _apply(connection, number)
                _check_references(path, connection)


def make(connection: sqlite3.Connection) -> None:
    """Make all tables in an empty database."""
    for number in range(1, newest() + 1):
        _apply(connection, number)


def _apply(connection: sqlite3.Connection, number: int) -> None:
    for statement in _statements(MIGRATIONS[number - 1]):
        connection.execute(statement)
    if number == 1:
        MetaTable(connection).put(Key.SECRET, secrets.token_hex(SECRET_BYTES))
    connection.execute(f"PRAGMA user_version = {number}")


def _check_references(path: Path, connection: sqlite3.Connection) -> None:
    """Tables that are made anew must still hold all that others point to."""
    row = connection.execute("SELECT * FROM pragma_foreign_key_check LIMIT 1").fetchone()
    if row is not None:
        raise StoreError(
            f"{path}: table {row[0]} points to rows of {row[2]} that are not there. Nothing was"
            " changed; `digest restore` brings back a backup"
        )


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

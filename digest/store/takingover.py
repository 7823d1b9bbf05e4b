"""Takes over from a sound original all that was read, told and sent since a backup was made of it.

The readers are the backup's, but for those who have left since; all else is as the original has it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from digest.model import OPEN_STATES, Status
from digest.store.carrying import DEPARTED
from digest.store.copies import copy_database
from digest.store.database import connect, open_database
from digest.store.files import make_folder
from digest.store.migrating import newest, transaction, version_of
from digest.store.values import to_json

# What readers said of themselves is the backup's; all else is as the original has it.
_READERS = frozenset({"subscribers", "confirmations", "suppressions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What has happened since the backup, as far as the original tells."""

    sent: int = 0  # messages
    issues: int = 0
    joined: int = 0  # and are not readers any more
    left: int = 0  # and are left
    changed: int = 0  # who had chosen otherwise
    entries: int = 0


def take_over(connection: sqlite3.Connection, original: Path, *, bring_back: bool) -> Since:
    """Make of the copy the original, with the readers of the backup."""
    with _attached(connection, original):
        since = _since(connection)
        if not bring_back:
            since = replace(since, left=_depart(connection))
        _suppress(connection, without_left=bring_back)
        for table in _tables(connection):
            if table not in _READERS:
                columns = ", ".join(_columns(connection, table))
                connection.execute(f"DELETE FROM main.{table}")  # noqa: S608  # names of the schema
                connection.execute(
                    f"INSERT INTO main.{table} ({columns})"  # noqa: S608
                    f" SELECT {columns} FROM original.{table}"
                )
        _forget_the_unknown(connection)
    return since


def of_this_schema(folder: Path, original: Path) -> Path:
    """The original, or a copy of it that is brought up to date where an older release wrote it."""
    with closing(connect(f"{original.absolute().as_uri()}?mode=ro")) as connection:
        if version_of(connection) >= newest():
            return original
        inside = folder / "original"
        make_folder(inside)
        copy_database(connection, inside / "digest.db")
    open_database(inside).close()
    return inside / "digest.db"


@contextmanager
def _attached(connection: sqlite3.Connection, original: Path) -> Iterator[None]:
    """A transaction with the original beside the copy, to be read."""
    connection.execute("ATTACH ? AS original", (f"{original.absolute().as_uri()}?mode=ro",))
    try:
        with transaction(connection, "IMMEDIATE"):
            yield
    finally:
        connection.execute("DETACH original")


def _tables(connection: sqlite3.Connection) -> list[str]:
    """The tables of both."""
    names = "SELECT name FROM {}.sqlite_master WHERE type = 'table'"
    mine = {row[0] for row in connection.execute(names.format("main"))}
    theirs = {row[0] for row in connection.execute(names.format("original"))}
    return sorted(name for name in mine & theirs if not name.startswith("sqlite_stat"))


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of both: the original may be of an older or a newer schema."""
    mine = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    theirs = {row[1] for row in connection.execute(f"PRAGMA original.table_info({table})")}
    return [name for name in mine if name in theirs]


def _since(connection: sqlite3.Connection) -> Since:
    def count(query: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {query}").fetchone()[0])  # noqa: S608

    return Since(
        sent=count(
            "original.deliveries o WHERE state = 'sent' AND NOT EXISTS"
            " (SELECT 1 FROM main.deliveries d WHERE d.key = o.key AND d.state = 'sent')"
        ),
        issues=count(
            "original.issues o WHERE outcome = 'published' AND NOT EXISTS (SELECT 1"
            " FROM main.issues i WHERE (i.edition, i.period) = (o.edition, o.period))"
        ),
        joined=count(
            f"original.subscribers o LEFT JOIN main.subscribers s ON s.id = o.id"
            f" WHERE o.status = '{Status.ACTIVE}'"
            f" AND (s.id IS NULL OR s.status = '{Status.PENDING}')"
        ),
        changed=count(
            "original.subscribers o JOIN main.subscribers s ON s.id = o.id"
            " WHERE (o.choice, o.rhythm, o.alerts) <> (s.choice, s.rhythm, s.alerts)"
        ),
        entries=count("original.entries") - count("main.entries"),
    )


def _depart(connection: sqlite3.Connection) -> int:
    """Who has left since, or is gone altogether, gets nothing; gives how many."""
    gone = _move_departed(connection)
    gone += connection.execute(
        "DELETE FROM main.subscribers WHERE id NOT IN (SELECT id FROM original.subscribers)"
    ).rowcount
    connection.execute(
        "DELETE FROM main.confirmations"
        " WHERE subscriber_id NOT IN (SELECT id FROM main.subscribers)"
    )
    return gone


def _move_departed(connection: sqlite3.Connection) -> int:
    """Who has left, paused or been suspended since is where they are."""
    return connection.execute(
        "UPDATE main.subscribers AS s SET status = o.status, changed_at = o.changed_at,"
        " paused_until = o.paused_until FROM original.subscribers o"
        " WHERE o.address_key = s.address_key"
        " AND o.status IN (SELECT value FROM json_each(?))"
        " AND o.status <> s.status AND o.changed_at >= s.changed_at",
        (to_json(sorted(DEPARTED)),),
    ).rowcount


def _suppress(connection: sqlite3.Connection, *, without_left: bool) -> None:
    kept = " WHERE reason <> 'has left'" if without_left else ""
    connection.execute(
        "INSERT OR REPLACE INTO main.suppressions (address_hash, reason, since)"  # noqa: S608
        f" SELECT address_hash, reason, since FROM original.suppressions{kept}"
    )


def _forget_the_unknown(connection: sqlite3.Connection) -> None:
    """What goes to readers whom the backup does not know is not sent; it stays as a proof."""
    unknown = "subscriber_id IS NOT NULL AND subscriber_id NOT IN (SELECT id FROM subscribers)"
    connection.execute(f"DELETE FROM alerts_told WHERE {unknown}")  # noqa: S608  # ours
    connection.execute(
        "UPDATE deliveries SET state = 'dropped', reply = 'the reader is not in the backup'"  # noqa: S608
        f" WHERE {unknown} AND state IN (SELECT value FROM json_each(?))",
        (to_json(sorted(OPEN_STATES)),),
    )
    connection.execute(f"UPDATE deliveries SET subscriber_id = NULL WHERE {unknown}")  # noqa: S608

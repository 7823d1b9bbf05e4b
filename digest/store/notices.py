"""What the operator should know and has perhaps not been mailed yet."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from digest.model import DeliveryKind, Letter, Notice, NoticeKind, StoredNotice
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.values import moment, stamp


class NoticeTable:
    """Queries on notices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notices: Sequence[Notice], now: datetime) -> list[Notice]:
        """Keep these notices; gives those that are new."""
        with self._database.transaction() as connection:
            return [notice for notice in notices if insert_notice(connection, notice, now)]

    def waiting(self) -> list[StoredNotice]:
        """The notices that have not been mailed, the earliest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM notices WHERE mailed_at IS NULL ORDER BY id"
        )
        return [_notice(row) for row in rows]

    def latest(self, limit: int) -> list[StoredNotice]:
        """The newest notices, the newest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM notices ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [_notice(row) for row in rows]

    def mail(
        self, notices: Sequence[StoredNotice], address: str, letter: Letter, now: datetime
    ) -> None:
        """Queue one letter that tells these notices, and mark them so in the same transaction."""
        with self._database.transaction() as connection:
            insert_letter(
                connection,
                f"notice/{notices[-1].id}",
                DeliveryKind.NOTICE,
                address=address,
                subscriber=None,
                letter=letter,
                now=now,
            )
            connection.executemany(
                "UPDATE notices SET mailed_at = ? WHERE id = ?",
                [(stamp(now), notice.id) for notice in notices],
            )


def insert_notice(connection: sqlite3.Connection, notice: Notice, now: datetime) -> bool:
    """Keep a notice in a transaction of the caller's. False if its key was kept before."""
    cursor = connection.execute(
        "INSERT INTO notices (key, kind, about, words, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (notice.key, notice.kind, notice.about, notice.words, stamp(now)),
    )
    return cursor.rowcount == 1


def _notice(row: sqlite3.Row) -> StoredNotice:
    return StoredNotice(
        id=row["id"],
        at=moment(row["at"]),
        notice=Notice(
            key=row["key"],
            kind=NoticeKind(row["kind"]),
            about=row["about"],
            words=row["words"],
        ),
    )

"""What the operator should know: what is open, what is over, and what they have been told of both.

Raising and settling say how things are, as often as one likes: only a change is written. Both may
stand in a transaction of the caller's.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.model import (
    PASSING,
    DeliveryKind,
    DeliveryState,
    Letter,
    Notice,
    NoticeKind,
    Settled,
    StoredNotice,
)
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.values import maybe_moment, moment, stamp

# What comes back within this time, or is still going on, is the same trouble: the operator is told
# of one that comes and goes once a day.
SAME = timedelta(days=1)
_LATELY = timedelta(days=14)  # far longer than anything waits to be told
_UNSENT = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.DATA, DeliveryState.DEFERRED)


class NoticeTable:
    """Queries on notices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def raise_(self, notice: Notice, now: datetime) -> bool:
        """Say that something needs a hand. True if that is new, False if it is known to be so."""
        row = self._database.connection.execute(
            "SELECT 1 FROM notices"
            " WHERE kind = ? AND about = ? AND words = ? AND healed_at IS NULL",
            (notice.kind, notice.about, notice.words),
        ).fetchone()
        if row is not None:  # as a rule it is said again and again: no write lock for nothing
            return False
        with self._database.transaction() as connection:
            return raise_notice(connection, notice, now)

    def settle(self, kind: NoticeKind, about: str, now: datetime, *, by_hand: bool = False) -> bool:
        """Say that it is over, or never was. True if it was open.

        What the operator ended `by_hand` they need not be told.
        """
        open_ = "SELECT 1 FROM notices WHERE kind = ? AND about = ? AND healed_at IS NULL"
        if self._database.connection.execute(open_, (kind, about)).fetchone() is None:
            return False  # nearly always: no write lock is taken for nothing
        with self._database.transaction() as connection:
            ended = Settled(kind=kind, about=about, by_hand=by_hand)
            return settle_notice(connection, ended, now)

    def open(self) -> list[StoredNotice]:
        """What needs a hand now, the earliest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM notices WHERE healed_at IS NULL ORDER BY opened_at, id"
        )
        return [_notice(row) for row in rows]

    def lately(self, now: datetime) -> list[StoredNotice]:
        """What is open, or was until lately: all that the operator may have to be told of."""
        rows = self._database.connection.execute(
            "SELECT * FROM notices WHERE healed_at IS NULL OR healed_at > ? ORDER BY opened_at, id",
            (stamp(now - _LATELY),),
        )
        return [_notice(row) for row in rows]

    def latest(self, limit: int) -> list[StoredNotice]:
        """The newest notices, the newest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM notices ORDER BY opened_at DESC, id DESC LIMIT ?", (limit,)
        )
        return [_notice(row) for row in rows]

    def letter_waits(self) -> bool:
        """Whether a letter of notices has not left yet; then the next one gathers more."""
        marks = ", ".join("?" * len(_UNSENT))
        row = self._database.connection.execute(
            f"SELECT 1 FROM deliveries WHERE kind = ? AND state IN ({marks}) LIMIT 1",  # noqa: S608  # question marks only
            (DeliveryKind.NOTICE, *_UNSENT),
        ).fetchone()
        return row is not None

    def mail(
        self,
        raised: Sequence[StoredNotice],
        over: Sequence[StoredNotice],
        address: str,
        letter: Letter,
        now: datetime,
    ) -> None:
        """Queue one letter that tells these, and keep in the same transaction that it does."""
        with self._database.transaction() as connection:
            newest = max(one.id for one in [*raised, *over])
            insert_letter(
                connection,
                f"notice/{newest}/{stamp(now)}",
                DeliveryKind.NOTICE,
                address=address,
                subscriber=None,
                letter=letter,
                now=now,
            )
            connection.executemany(
                "UPDATE notices SET told_at = ? WHERE id = ?",
                [(stamp(now), notice.id) for notice in raised],
            )
            connection.executemany(
                "UPDATE notices SET well_at = ? WHERE id = ?",
                [(stamp(now), notice.id) for notice in over],
            )


def record_notices(
    connection: sqlite3.Connection, notices: Sequence[Notice | Settled], now: datetime
) -> list[Notice | Settled]:
    """Raise and settle in a transaction of the caller's; gives what changed something."""
    return [
        one
        for one in notices
        if (
            raise_notice(connection, one, now)
            if isinstance(one, Notice)
            else settle_notice(connection, one, now)
        )
    ]


def raise_notice(connection: sqlite3.Connection, notice: Notice, now: datetime) -> bool:
    """Raise a notice in a transaction of the caller's. True if it was not open."""
    row = connection.execute(
        "SELECT * FROM notices WHERE kind = ? AND about = ? ORDER BY id DESC LIMIT 1",
        (notice.kind, notice.about),
    ).fetchone()
    known = None if row is None else _notice(row)
    passing = notice.kind in PASSING
    if known is None or (known.healed_at is not None and now - known.healed_at >= SAME):
        connection.execute(
            "INSERT INTO notices (kind, about, words, since, opened_at, healed_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                notice.kind,
                notice.about,
                notice.words,
                stamp(notice.since or now),
                stamp(now),
                stamp(now) if passing else None,
            ),
        )
        return True
    if passing:  # no more than once a day, and counted
        _set(connection, known.id, words=notice.words, times=known.times + 1)
        return False
    if known.healed_at is not None:
        _set(
            connection,
            known.id,
            words=notice.words,
            times=known.times + 1,
            opened_at=stamp(now),
            healed_at=None,
        )
        return True
    if known.notice.words != notice.words:
        _set(connection, known.id, words=notice.words)
    return False


def settle_notice(connection: sqlite3.Connection, settled: Settled, now: datetime) -> bool:
    """Settle a notice in a transaction of the caller's. True if it was open."""
    cursor = connection.execute(
        "UPDATE notices SET healed_at = :now, well_at = iif(:by_hand, :now, well_at)"
        " WHERE kind = :kind AND about = :about AND healed_at IS NULL",
        {
            "kind": settled.kind,
            "about": settled.about,
            "now": stamp(now),
            "by_hand": settled.by_hand,
        },
    )
    return cursor.rowcount == 1


def _set(connection: sqlite3.Connection, number: int, **columns: str | int | None) -> None:
    names = ", ".join(f"{name} = :{name}" for name in columns)
    connection.execute(
        f"UPDATE notices SET {names} WHERE id = :id",  # noqa: S608  # names of ours
        {**columns, "id": number},
    )


def _notice(row: sqlite3.Row) -> StoredNotice:
    return StoredNotice(
        id=row["id"],
        notice=Notice(
            kind=NoticeKind(row["kind"]),
            about=row["about"],
            words=row["words"],
            since=moment(row["since"]),
        ),
        opened_at=moment(row["opened_at"]),
        times=row["times"],
        healed_at=maybe_moment(row["healed_at"]),
        told_at=maybe_moment(row["told_at"]),
        well_at=maybe_moment(row["well_at"]),
    )

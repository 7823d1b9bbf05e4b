"""Carries over from a damaged original what can be read of it: who has left, and what was sent.

Reader by reader and message by message, so that a damaged page hides only what is on it.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.errors import StoreError
from digest.model import OPEN_STATES, Status
from digest.store.database import connect
from digest.store.meta import Key, MetaTable
from digest.store.migrating import transaction
from digest.store.values import stamp, to_json

DEPARTED = frozenset({Status.LEFT, Status.SUSPENDED, Status.PAUSED})


def carry(
    connection: sqlite3.Connection, original: Path, now: datetime, *, bring_back: bool
) -> int | None:
    """Of an original that tells little: who has left, and what was sent of what the backup has.

    Gives how many have left; None if not all of it could be read, or it is of another list. What
    can be read is carried over, whatever lies beside it. (By a connection of its own: with a
    damaged file attached, SQLite writes no more to the sound one either.)
    """
    if not original.exists() or original.stat().st_size == 0:
        return None
    try:
        with (
            closing(connect(f"{original.absolute().as_uri()}?mode=ro")) as theirs,
            transaction(connection, "IMMEDIATE"),
        ):
            if MetaTable(connection).get(Key.SECRET) != MetaTable(theirs).get(Key.SECRET):
                return None
            both = _Both(connection, theirs)
            both.carry_suppressions(without_left=bring_back)
            both.carry_sent()
            left = None if bring_back else both.carry_departed(now)
            return left if both.all_read else None
    except (sqlite3.Error, StoreError):  # it is damaged there: so be it
        return None


class _Both:
    """The copy, and an original of which not everything may be read."""

    def __init__(self, ours: sqlite3.Connection, theirs: sqlite3.Connection) -> None:
        self._ours = ours
        self._theirs = theirs
        self.all_read = True

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the original; none where they lie on a damaged page."""
        try:
            return [tuple(row) for row in self._theirs.execute(query, values).fetchall()]
        except (sqlite3.Error, StoreError):
            self.all_read = False
            return []

    def carry_suppressions(self, *, without_left: bool) -> None:
        """Whom nobody may write to."""
        rows = self._read(
            "SELECT address_hash, reason, since FROM suppressions WHERE reason <> ?",
            "has left" if without_left else "",
        )
        self._ours.executemany(
            "INSERT OR REPLACE INTO suppressions (address_hash, reason, since) VALUES (?, ?, ?)",
            rows,
        )

    def carry_sent(self) -> None:
        """What became since of each message that the backup has still to send."""
        waiting = self._ours.execute(
            "SELECT key FROM deliveries WHERE state IN (SELECT value FROM json_each(?))",
            (to_json(sorted(OPEN_STATES)),),
        ).fetchall()
        for (key,) in waiting:
            known = self._read(
                "SELECT state, reply, changed_at, key FROM deliveries"
                " WHERE key = ? AND state IN ('sent', 'failed', 'dropped')",
                key,
            )
            self._ours.executemany(
                "UPDATE deliveries SET state = ?, reply = ?, changed_at = ? WHERE key = ?", known
            )

    def carry_departed(self, now: datetime) -> int:
        """Who has left since has left, and so has who was erased; gives how many.

        By their numbers, one by one: a damaged page hides those on it only.
        """
        sequence = "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"
        given = next((seq for (seq,) in self._read(sequence)), 0)  # the highest ever
        left = 0
        for number, changed in self._ours.execute(
            "SELECT id, changed_at FROM subscribers"
        ).fetchall():
            sound, self.all_read = self.all_read, True
            known = self._read(
                "SELECT status, changed_at, paused_until FROM subscribers WHERE id = ?", number
            )
            if not known and self.all_read and number <= given:
                known = [(Status.LEFT, stamp(now), None)]
            self.all_read &= sound
            for status, at, until in known:
                if status in DEPARTED and at >= changed:
                    left += self._ours.execute(
                        "UPDATE subscribers SET status = ?, changed_at = ?, paused_until = ?"
                        " WHERE id = ? AND status <> ?",
                        (status, at, until, number, status),
                    ).rowcount
        return left

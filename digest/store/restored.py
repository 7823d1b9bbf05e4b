"""What is remembered of a restore: from what, and what waits for the operator's word since then."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from digest.model import DeliveryId, Issue
from digest.store.database import Database
from digest.store.issues import IssueOutcome, insert_issue
from digest.store.meta import Key, MetaTable
from digest.store.values import stamp

# A message is held by this moment: it is in no state of its own, but an unknown one that is sent
# again then, that is never. `outbox list` shows it as unknown, "held".
HELD_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)
HELD_WORDS = "held: it may have been sent before the restore"
BY = "digest restore"  # who holds issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The last restore."""

    at: datetime
    file: str
    until: datetime | None  # what the backup knew of ended then
    generation: int
    waits: bool = False  # for the operator to say what became of what is held


class RestoredTable:
    """Queries on what a restore has held."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> Restored | None:
        """The last restore, if there ever was one."""
        return self._database.meta.value(Key.RESTORED, Restored)

    def held(self) -> list[DeliveryId]:
        """The messages that wait for the operator's word."""
        rows = self._database.connection.execute(
            "SELECT id FROM deliveries WHERE state = 'unknown' AND not_before = ? ORDER BY id",
            (stamp(HELD_UNTIL),),
        )
        return [DeliveryId(row["id"]) for row in rows]

    def settled(self) -> None:
        """Remember that nothing waits any more."""
        last = self.last()
        if last is not None:
            with self._database.transaction() as connection:
                record(connection, replace(last, waits=False))

    def was_sent(self, issue: Issue, why: str) -> None:
        """Record that a period's issue had been sent before: no other one is made of it.

        Its stories are not known any more. What was read of its time is told as told, as far as it
        came before `issue.frozen_at`.
        """
        with self._database.transaction() as connection:
            number = insert_issue(connection, issue, IssueOutcome.PUBLISHED, why)
            if number is not None:
                connection.execute(
                    "UPDATE issues SET sending = 'cancelled', sending_why = ?, sending_since = ?"
                    " WHERE id = ?",
                    (why, stamp(issue.frozen_at), number),
                )


def record(connection: sqlite3.Connection, restored: Restored) -> None:
    """Keep what a restore was, in a transaction of the caller's."""
    meta = MetaTable(connection)
    meta.keep(Key.RESTORED, restored)
    meta.put(Key.GENERATION, str(restored.generation))

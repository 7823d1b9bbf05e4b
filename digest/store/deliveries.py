"""The outbox: one row a message, moved only along the table of mail/states.py.

What a move means is decided there; here each move is one guarded UPDATE, so that a late or
repeated call finds no row to change.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from digest.model import (
    Counts,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Letter,
    SegmentId,
    Status,
    SubscriberId,
)
from digest.store.database import Database
from digest.store.values import from_json, moment, stamp, to_json

# Smaller is claimed first: somebody waits for a confirmation or an answer, and news of the hour
# goes before news of the week.
PRIORITY: Mapping[DeliveryKind, int] = MappingProxyType(
    {
        DeliveryKind.CONFIRMATION: 0,
        DeliveryKind.ANSWER: 0,
        DeliveryKind.NOTICE: 10,
        DeliveryKind.ALERT: 20,
        DeliveryKind.ISSUE: 100,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one attempt ended: the row's next state, and when to try again if it is deferred."""

    delivery: DeliveryId
    epoch: int
    state: DeliveryState
    reply: str
    not_before: datetime | None = None


class DeliveryTable:
    """Queries on deliveries and their attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_letter(
        self,
        key: str,
        kind: DeliveryKind,
        *,
        address: str,
        subscriber: SubscriberId | None,
        letter: Letter,
        now: datetime,
    ) -> bool:
        """Queue a letter. False if one with this key was queued before."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO deliveries (key, kind, priority, state, address,"
                " subscriber_id, letter, queued_at, not_before, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    kind,
                    PRIORITY[kind],
                    DeliveryState.QUEUED,
                    address,
                    subscriber,
                    to_json(letter),
                    *[stamp(now)] * 3,
                ),
            )
        return cursor.rowcount == 1

    def recover(self, now: datetime, resend_after: datetime) -> tuple[int, int]:
        """Settle what a crash left: what was claimed waits again, what was under way is unknown.

        Call it with the lock held. Gives how many of each. An unknown row may be claimed again
        from `resend_after` on.
        """
        with self._database.transaction() as connection:
            waiting = connection.execute(
                "UPDATE deliveries SET state = ?, changed_at = ? WHERE state = ?",
                (DeliveryState.QUEUED, stamp(now), DeliveryState.CLAIMED),
            ).rowcount
            unknown = connection.execute(
                "UPDATE deliveries SET state = ?, changed_at = ?, not_before = ?,"
                " reply = 'the program ended before the server answered' WHERE state = ?",
                (DeliveryState.UNKNOWN, stamp(now), stamp(resend_after), DeliveryState.DATA),
            ).rowcount
        return waiting, unknown

    def claim(self, limit: int, now: datetime, *, resend_unknown: bool) -> list[Delivery]:
        """Take the next deliveries that are due, the most urgent first.

        A row whose reader has left meanwhile is dropped instead, in the same transaction.
        """
        claimable = [DeliveryState.QUEUED, DeliveryState.DEFERRED]
        if resend_unknown:
            claimable.append(DeliveryState.UNKNOWN)
        marks = ", ".join("?" * len(claimable))
        with self._database.transaction() as connection:
            _drop_departed(connection, now)
            rows = connection.execute(
                f"UPDATE deliveries SET state = ?, epoch = epoch + 1, changed_at = ? WHERE id IN ("  # noqa: S608  # marks are question marks
                f" SELECT id FROM deliveries WHERE state IN ({marks}) AND not_before <= ?"
                " ORDER BY priority, not_before, id LIMIT ?) RETURNING *",
                (DeliveryState.CLAIMED, stamp(now), *claimable, stamp(now), limit),
            ).fetchall()
        rows.sort(key=lambda row: (row["priority"], row["not_before"], row["id"]))
        return [_delivery(row) for row in rows]

    def begin_body(self, group: Sequence[Delivery], now: datetime) -> None:
        """Commit that the bodies of this group are about to be sent."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE deliveries SET state = ?, changed_at = ?, attempts = attempts + 1"
                " WHERE id = ? AND epoch = ? AND state = ?",
                [
                    (DeliveryState.DATA, stamp(now), d.id, d.epoch, DeliveryState.CLAIMED)
                    for d in group
                ],
            )

    def finish(self, results: Sequence[Result], now: datetime) -> None:
        """Record how attempts ended. A result of an older claim changes nothing."""
        with self._database.transaction() as connection:
            for result in results:
                changed = connection.execute(
                    "UPDATE deliveries SET state = ?, reply = ?, changed_at = ?,"
                    " not_before = coalesce(?, not_before),"
                    # begin_body has counted the attempts that came to a body
                    " attempts = attempts + (state = ? AND ? <> ?)"
                    " WHERE id = ? AND epoch = ? AND state IN (?, ?)",
                    (
                        result.state,
                        result.reply,
                        stamp(now),
                        None if result.not_before is None else stamp(result.not_before),
                        DeliveryState.CLAIMED,
                        result.state,
                        DeliveryState.QUEUED,
                        result.delivery,
                        result.epoch,
                        DeliveryState.CLAIMED,
                        DeliveryState.DATA,
                    ),
                ).rowcount
                if changed and result.state is not DeliveryState.QUEUED:
                    connection.execute(
                        "INSERT OR REPLACE INTO attempts (delivery_id, number, at, state, reply)"
                        " VALUES (?, ?, ?, ?, ?)",
                        (
                            result.delivery,
                            result.epoch,
                            stamp(now),
                            result.state,
                            result.reply,
                        ),
                    )

    def counts(self, issue: IssueId | None = None) -> Counts:
        """How many deliveries stand in each state, of one issue or of all."""
        rows = self._database.connection.execute(
            "SELECT state, count(*) AS deliveries FROM deliveries"
            " WHERE ?1 IS NULL OR issue_id = ?1 GROUP BY state",
            (issue,),
        )
        return Counts(by_state={DeliveryState(row["state"]): row["deliveries"] for row in rows})

    def of_issue(self, issue: IssueId) -> list[Delivery]:
        """The deliveries of an issue, in the order they were queued."""
        rows = self._database.connection.execute(
            "SELECT * FROM deliveries WHERE issue_id = ? ORDER BY id", (issue,)
        )
        return [_delivery(row) for row in rows]

    def next_due(self, *, resend_unknown: bool) -> datetime | None:
        """When the next open delivery may be tried, or None if there is none."""
        row = self._database.connection.execute(
            "SELECT min(not_before) AS at FROM deliveries WHERE state IN (?, ?) OR state = ? AND ?",
            (
                DeliveryState.QUEUED,
                DeliveryState.DEFERRED,
                DeliveryState.UNKNOWN,
                resend_unknown,
            ),
        ).fetchone()
        return None if row["at"] is None else moment(row["at"])


def _drop_departed(connection: sqlite3.Connection, now: datetime) -> None:
    """Issues and alerts go to active readers only; a confirmation may go to a pending one."""
    connection.execute(
        "UPDATE deliveries SET state = ?, changed_at = ?,"
        " reply = 'the reader has left or is paused' WHERE state IN (?, ?, ?) AND kind IN (?, ?)"
        " AND not_before <= ? AND subscriber_id IN (SELECT id FROM subscribers WHERE status <> ?)",
        (
            DeliveryState.DROPPED,
            stamp(now),
            DeliveryState.QUEUED,
            DeliveryState.DEFERRED,
            DeliveryState.UNKNOWN,
            DeliveryKind.ISSUE,
            DeliveryKind.ALERT,
            stamp(now),
            Status.ACTIVE,
        ),
    )


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        key=row["key"],
        kind=DeliveryKind(row["kind"]),
        state=DeliveryState(row["state"]),
        address=row["address"],
        subscriber=row["subscriber_id"],
        segment=None if row["segment_id"] is None else SegmentId(row["segment_id"]),
        letter=None if row["letter"] is None else from_json(row["letter"], Letter),
        queued_at=moment(row["queued_at"]),
        attempts=row["attempts"],
        epoch=row["epoch"],
    )

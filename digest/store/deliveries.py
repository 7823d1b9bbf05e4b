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
    SubscriberId,
)
from digest.store.database import Database
from digest.store.values import from_json, maybe_moment, maybe_stamp, moment, stamp, to_json

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

# Written out, so that SQLite sees that the partial index `deliveries_due` has all of these rows.
_WAITING = "state IN ('queued', 'deferred', 'unknown')"
_DUE = f"{_WAITING} AND (state <> 'unknown' OR :resend) AND not_before <= :now"
_MINE = "id = :id AND epoch = :epoch AND state = 'claimed'"
_COLUMNS = "*, (SELECT min(at) FROM attempts WHERE delivery_id = deliveries.id) AS first_attempt"

# From where a result may move a row; what is missing here is none.
_ENDS: Mapping[DeliveryState, tuple[DeliveryState, ...]] = MappingProxyType(
    {
        DeliveryState.QUEUED: (DeliveryState.CLAIMED,),
        DeliveryState.DEFERRED: (DeliveryState.CLAIMED, DeliveryState.DATA),
        DeliveryState.FAILED: (DeliveryState.CLAIMED, DeliveryState.DATA),
        DeliveryState.SENT: (DeliveryState.DATA,),
        DeliveryState.UNKNOWN: (DeliveryState.DATA,),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one attempt ended: the row's next state, and when to try again if it waits."""

    delivery: DeliveryId
    epoch: int
    state: DeliveryState
    reply: str
    not_before: datetime | None = None
    counts: bool = True  # against the message; not where the fault was ours, or nothing was tried


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
            return insert_letter(
                connection,
                key,
                kind,
                address=address,
                subscriber=subscriber,
                letter=letter,
                now=now,
            )

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
        due = {"now": stamp(now), "resend": resend_unknown, "limit": limit}
        # Looking first takes no write lock where nothing is due, which is nearly always.
        looked = f"SELECT 1 FROM deliveries WHERE {_DUE} LIMIT 1"  # noqa: S608  # words of ours
        if self._database.connection.execute(looked, due).fetchone() is None:
            return []
        with self._database.transaction() as connection:
            _drop_departed(connection, f"{_WAITING} AND not_before <= :now", due)
            rows = connection.execute(
                "UPDATE deliveries SET state = 'claimed', epoch = epoch + 1, changed_at = :now"  # noqa: S608
                f" WHERE id IN (SELECT id FROM deliveries WHERE {_DUE}"
                f" ORDER BY priority, not_before, id LIMIT :limit) RETURNING {_COLUMNS}",
                due,
            ).fetchall()
        rows.sort(key=lambda row: (row["priority"], row["not_before"], row["id"]))
        return [_delivery(row) for row in rows]

    def begin_body(self, group: Sequence[Delivery], now: datetime) -> set[DeliveryId]:
        """Commit that the bodies of this group are about to be sent; gives those that may be.

        Missing are a claim that is over, a reader who was erased, and one who has left by now:
        that row is dropped.
        """
        begun: set[DeliveryId] = set()
        with self._database.transaction() as connection:
            for delivery in group:
                mine = {"now": stamp(now), "id": delivery.id, "epoch": delivery.epoch}
                _drop_departed(connection, _MINE, mine)
                moved = connection.execute(
                    "UPDATE deliveries SET state = 'data', changed_at = :now,"  # noqa: S608
                    f" attempts = attempts + 1 WHERE {_MINE} RETURNING id",
                    mine,
                )
                begun |= {DeliveryId(row["id"]) for row in moved}
        return begun

    def finish(self, results: Sequence[Result], now: datetime) -> None:
        """Record how attempts ended.

        A result of an older claim changes nothing, nor does one that cannot follow from where the
        row stands.
        """
        with self._database.transaction() as connection:
            for result in results:
                _finish(connection, result, now)

    def counts(self, issue: IssueId | None = None) -> Counts:
        """How many deliveries stand in each state, of one issue or of all."""
        rows = self._database.connection.execute(
            "SELECT state, count(*) AS deliveries FROM deliveries"
            " WHERE :issue IS NULL OR issue_id = :issue GROUP BY state",
            {"issue": issue},
        )
        return Counts(by_state={DeliveryState(row["state"]): row["deliveries"] for row in rows})

    def of_issue(self, issue: IssueId) -> list[Delivery]:
        """The deliveries of an issue, in the order they were queued."""
        rows = self._database.connection.execute(
            f"SELECT {_COLUMNS} FROM deliveries WHERE issue_id = ? ORDER BY id",  # noqa: S608
            (issue,),
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


def insert_letter(
    connection: sqlite3.Connection,
    key: str,
    kind: DeliveryKind,
    *,
    address: str,
    subscriber: SubscriberId | None,
    letter: Letter,
    now: datetime,
) -> bool:
    """Queue a letter in a transaction of the caller's. False if its key was queued before."""
    cursor = connection.execute(
        "INSERT INTO deliveries (key, kind, priority, state, address, subscriber_id, letter,"
        " queued_at, not_before, changed_at) VALUES (:key, :kind, :priority, 'queued', :address,"
        " :subscriber, :letter, :now, :now, :now) ON CONFLICT (key) DO NOTHING",
        {
            "key": key,
            "kind": kind,
            "priority": PRIORITY[kind],
            "address": address,
            "subscriber": subscriber,
            "letter": to_json(letter),
            "now": stamp(now),
        },
    )
    return cursor.rowcount == 1


def _drop_departed(
    connection: sqlite3.Connection, which: str, values: Mapping[str, object]
) -> None:
    """Drop those of these rows that nobody waits for any more.

    Issues and alerts go to active readers only; a confirmation may go to a pending one. Whoever
    was erased has no address left.
    """
    connection.execute(
        "UPDATE deliveries SET state = 'dropped', changed_at = :now,"  # noqa: S608  # words of ours
        f" reply = 'the reader has left or is paused' WHERE {which} AND (address = ''"
        " OR kind IN ('issue', 'alert') AND EXISTS (SELECT 1 FROM subscribers"
        " WHERE subscribers.id = deliveries.subscriber_id AND status <> 'active'))",
        values,
    )


def _finish(connection: sqlite3.Connection, result: Result, now: datetime) -> None:
    # begin_body has counted the attempts that came to a body. What a server says often quotes the
    # address, so nothing of it is kept where the reader has been erased.
    row = connection.execute(
        "UPDATE deliveries SET state = :state, changed_at = :now,"
        " not_before = coalesce(:not_before, not_before),"
        " reply = CASE WHEN address = '' THEN '' ELSE :reply END,"
        " attempts = attempts + :counts - (state = 'data')"
        " WHERE id = :id AND epoch = :epoch AND state IN (:from, :or_from)"
        " RETURNING address",
        {
            "id": result.delivery,
            "epoch": result.epoch,
            "state": result.state,
            "from": _ENDS.get(result.state, (None,))[0],
            "or_from": _ENDS.get(result.state, (None,))[-1],
            "reply": result.reply,
            "not_before": maybe_stamp(result.not_before),
            "counts": result.counts,
            "now": stamp(now),
        },
    ).fetchone()
    if row is not None and row["address"] and result.counts:
        connection.execute(
            "INSERT OR REPLACE INTO attempts (delivery_id, number, at, state, reply)"
            " VALUES (?, ?, ?, ?, ?)",
            (result.delivery, result.epoch, stamp(now), result.state, result.reply),
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
        first_attempt=maybe_moment(row["first_attempt"]),
    )

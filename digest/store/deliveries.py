"""The outbox: one row a message, moved only along the table of mail/states.py.

What a move means is decided there; here each move is one guarded UPDATE, so that a late or
repeated call finds no row to change. Moves are made for whole groups at once: what a commit and a
statement cost is shared. (due.py says which rows are due, outbox.py what a person asks of them.)
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from digest.model import (
    Counts,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Letter,
    SegmentId,
    Sending,
    SubscriberId,
)
from digest.store.attempts import Result, record
from digest.store.database import Database
from digest.store.due import PRIORITY, count_due, find_due, next_due
from digest.store.leaving import AddressHash, sort_out, without_dropped
from digest.store.values import from_json, maybe_moment, moment, stamp, to_json

# A claim waits its turn for a minute or so. Under way are a few messages one after another, each
# with four answers to wait for (RFC 5321, 4.5.3.2: 25 minutes).
CLAIM_LEASE = timedelta(minutes=30)
DATA_LEASE = timedelta(hours=4)

_LAPSED = "state IN ('claimed', 'data') AND lease_until <= :now"
# What was given up and is tried again at the operator's word begins anew. What is put off although
# the server says 5yz is refused for what it is (mail/replies.py); that an issue waited for its
# operator then is no time that it was tried.
_ANEW = (
    "FROM attempts WHERE delivery_id = deliveries.id AND number > (SELECT coalesce(max(number), 0)"
    " FROM attempts WHERE delivery_id = deliveries.id AND state = 'failed')"
)
_DISLIKED = "state = 'deferred' AND reply GLOB '5[0-9][0-9] *'"
_COLUMNS = (
    f"*, (SELECT min(at) {_ANEW} AND NOT (deliveries.issue_id IS NOT NULL AND {_DISLIKED}))"
    f" AS first_attempt, EXISTS (SELECT 1 {_ANEW} AND {_DISLIKED}) AS disliked"
)

_THESE = "d.id IN (SELECT value FROM json_each(:ids))"


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
        not_before: datetime | None = None,
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
                not_before=not_before,
            )

    def recover(self, now: datetime, resend_after: datetime) -> tuple[int, int]:
        """Settle what a crash left: what was claimed waits again, what was under way is unknown.

        Call it with the lock held. Gives how many of each. An unknown row may be claimed again
        from `resend_after` on.
        """
        with self._database.transaction() as connection:
            return _settle(connection, "state IN ('claimed', 'data')", now, resend_after)

    def lapse(self, now: datetime, resend_after: datetime) -> tuple[int, int]:
        """The same for what a sender holds beyond its lease, whoever and wherever that is."""
        looked = f"SELECT 1 FROM deliveries WHERE {_LAPSED} LIMIT 1"  # noqa: S608  # words of ours
        values = {"now": stamp(now)}
        if self._database.connection.execute(looked, values).fetchone() is None:
            return 0, 0
        with self._database.transaction() as connection:
            return _settle(connection, _LAPSED, now, resend_after)

    def claim(
        self,
        limit: int,
        now: datetime,
        *,
        resend_unknown: bool,
        urgent: bool = False,
        address_hash: AddressHash | None = None,
    ) -> list[Delivery]:
        """Take the next deliveries that are due, the most urgent first, or only what is `urgent`.

        What nobody waits for any more is dropped instead, in the same transaction: the reader has
        left, the issue was cancelled, the address is suppressed. None are left out but those of an
        issue that is paused. Without `address_hash` no suppression is looked for.
        """
        look = partial(find_due, now=now, resend_unknown=resend_unknown, urgent=urgent)
        values = {"now": stamp(now), "lease": stamp(now + CLAIM_LEASE)}
        # Looking first takes no write lock where nothing is due, which is nearly always.
        while look(self._database.connection, limit=1):
            with self._database.transaction() as connection:
                found = look(connection, limit=limit)
                leaving, odd = sort_out(
                    connection, _THESE, {"ids": to_json(found)}, len(found), address_hash
                )
                odd = without_dropped(connection, odd, address_hash, values["now"])
                numbers = [number for number, _ in leaving] + [row["id"] for row in odd]
                rows = connection.execute(
                    "UPDATE deliveries SET state = 'claimed', epoch = epoch + 1,"  # noqa: S608
                    " changed_at = :now, lease_until = :lease"
                    f" WHERE id IN (SELECT value FROM json_each(:ids)) RETURNING {_COLUMNS}",
                    values | {"ids": to_json(numbers)},
                ).fetchall()
            if rows:
                rows.sort(key=_turn)
                return [_delivery(row) for row in rows]
        return []

    def commit(
        self,
        results: Sequence[Result],
        group: Sequence[Delivery],
        now: datetime,
        *,
        address_hash: AddressHash | None = None,
    ) -> set[DeliveryId]:
        """Record in one transaction how attempts ended and which bodies are about to be sent.

        A result of an older claim changes nothing, nor does one that cannot follow from where the
        row stands. Of the group those are given that may be sent: missing are a claim that is over
        or whose lease has run out, a reader who was erased, what is dropped as in `claim`, and
        what waits again because its issue was paused.
        """
        with self._database.transaction() as connection:
            if results:
                record(connection, results, now)
            return _begin(connection, group, now, address_hash) if group else set()

    def counts(self, issue: IssueId | None = None) -> Counts:
        """How many deliveries stand in each state, of one issue or of all."""
        execute = self._database.connection.execute
        if issue is None:
            rows = execute("SELECT state, count(*) AS deliveries FROM deliveries GROUP BY state")
        else:  # a query for both would read all deliveries for each issue
            rows = execute(
                "SELECT state, count(*) AS deliveries FROM deliveries WHERE issue_id = ?"
                " GROUP BY state",
                (issue,),
            )
        return Counts(by_state={DeliveryState(row["state"]): row["deliveries"] for row in rows})

    def of_issue(self, issue: IssueId) -> list[Delivery]:
        """The deliveries of an issue, in the order they were queued."""
        rows = self._database.connection.execute(
            f"SELECT {_COLUMNS} FROM deliveries WHERE issue_id = ? ORDER BY id",  # noqa: S608
            (issue,),
        )
        return [_delivery(row) for row in rows]

    def due(self, now: datetime, *, resend_unknown: bool) -> int:
        """How many deliveries may be claimed now."""
        return count_due(self._database.connection, now, resend_unknown=resend_unknown)

    def next_due(self, *, resend_unknown: bool) -> datetime | None:
        """When the next delivery may be claimed, or None if none waits for its time."""
        return next_due(self._database.connection, resend_unknown=resend_unknown)


def insert_letter(
    connection: sqlite3.Connection,
    key: str,
    kind: DeliveryKind,
    *,
    address: str,
    subscriber: SubscriberId | None,
    letter: Letter,
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Queue a letter in a transaction of the caller's. False if its key was queued before."""
    cursor = connection.execute(
        "INSERT INTO deliveries (key, kind, priority, state, address, subscriber_id, letter,"
        " queued_at, not_before, changed_at) VALUES (:key, :kind, :priority, 'queued', :address,"
        " :subscriber, :letter, :now, :not_before, :now) ON CONFLICT (key) DO NOTHING",
        {
            "key": key,
            "kind": kind,
            "priority": PRIORITY[kind],
            "address": address,
            "subscriber": subscriber,
            "letter": to_json(letter),
            "now": stamp(now),
            "not_before": stamp(not_before or now),
        },
    )
    return cursor.rowcount == 1


def _settle(
    connection: sqlite3.Connection, which: str, now: datetime, resend_after: datetime
) -> tuple[int, int]:
    values = {
        "now": stamp(now),
        "resend_at": stamp(resend_after),
        "reply": "the program ended before the server answered",
    }
    unknown = connection.execute(
        "INSERT OR REPLACE INTO attempts (delivery_id, number, at, state, reply)"  # noqa: S608
        f" SELECT id, epoch, :now, 'unknown', :reply FROM deliveries WHERE {which}"
        " AND state = 'data' AND address <> ''",
        values,
    )
    unknown = connection.execute(
        "UPDATE deliveries SET state = 'unknown', changed_at = :now, not_before = :resend_at,"  # noqa: S608
        f" reply = :reply WHERE {which} AND state = 'data'",
        values,
    )
    waiting = connection.execute(
        "UPDATE deliveries SET state = 'queued', changed_at = :now"  # noqa: S608
        f" WHERE {which} AND state = 'claimed'",
        values,
    )
    return waiting.rowcount, unknown.rowcount


def _begin(
    connection: sqlite3.Connection,
    group: Sequence[Delivery],
    now: datetime,
    address_hash: AddressHash | None,
) -> set[DeliveryId]:
    epochs = {delivery.id: delivery.epoch for delivery in group}
    values = {"now": stamp(now), "lease": stamp(now + DATA_LEASE), "ids": to_json(list(epochs))}
    mine = f"{_THESE} AND d.state = 'claimed' AND d.lease_until > :now"
    leaving, odd = sort_out(connection, mine, values, len(epochs), address_hash)
    odd = [row for row in odd if row["epoch"] == epochs[row["id"]]]
    odd = without_dropped(connection, odd, address_hash, values["now"])
    paused = [row["id"] for row in odd if row["sending"] == Sending.PAUSED]
    if paused:
        connection.execute(
            "UPDATE deliveries SET state = 'queued', changed_at = :now"
            " WHERE id IN (SELECT value FROM json_each(:ids))",
            values | {"ids": to_json(paused)},
        )
    begun = [number for number, epoch in leaving if epoch == epochs[DeliveryId(number)]]
    begun += [row["id"] for row in odd if row["sending"] != Sending.PAUSED]
    connection.execute(
        "UPDATE deliveries SET state = 'data', changed_at = :now, lease_until = :lease,"
        " attempts = attempts + 1 WHERE id IN (SELECT value FROM json_each(:ids))",
        values | {"ids": to_json(begun)},
    )
    return {DeliveryId(number) for number in begun}


def _turn(row: sqlite3.Row) -> tuple[object, ...]:
    """What claimed rows are sorted by: their order when they were found."""
    return row["priority"], row["issue_id"] or 0, row["not_before"], row["id"]


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
        issue=row["issue_id"],
        disliked=bool(row["disliked"]),
    )

"""Bounces and complaints: kept when they are read, settled when all that follows is done.

A row without `settled_at` is work that waits, so a kill between the two loses nothing. What follows
is decided in mail/bounces.py.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from digest.model import (
    Bounce,
    BounceKind,
    DeliveryId,
    DeliveryKind,
    IssueId,
    Sending,
    Status,
    SubscriberId,
    Suppression,
)
from digest.store.database import Database
from digest.store.suppressions import erase_subscriber, insert_suppression
from digest.store.values import maybe_moment, moment, stamp

_FAILURES = {BounceKind.SOFT, BounceKind.DEAD}
_MOST_ISSUES = 60  # of a reader's past; two weeks of a daily edition are the most that is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingBounce:
    """A bounce that has not been settled, and what it came back from."""

    id: int
    bounce: Bounce
    key: str  # of the delivery
    kind: DeliveryKind
    address: str  # "" if its reader was erased
    queued_at: datetime
    subscriber: SubscriberId | None
    issue: IssueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came back of an issue for good since it was last resumed."""

    edition: str
    period: str
    sending: Sending
    since: datetime | None  # when it was last resumed
    hard: int  # dead addresses, and what was refused because of us
    ours: int  # the latter alone
    attempted: int
    open: int  # deliveries that still need something done


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A reader goes to a status; to ERASED means that nothing of them stays."""

    subscriber: SubscriberId
    was: Status
    to: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """An address that is not written to from now on."""

    address_hash: str
    reason: Suppression


class BounceTable:
    """Queries on bounces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, bounce: Bounce, now: datetime) -> bool:
        """Keep a bounce. False if this report was counted before."""
        with self._database.transaction() as connection:
            return insert_bounce(connection, bounce, now)

    def find(
        self,
        *,
        number: DeliveryId | None = None,
        key: str | None = None,
        reader: SubscriberId | None = None,
    ) -> DeliveryId | None:
        """The delivery with this number and key, as far as they are given.

        With neither, the last message of the list that went to this reader. None if there is none,
        or if number and key disagree: a restored backup gives the same numbers once more.
        """
        if number is not None:
            where = "id = :number"
        elif key is not None:
            where = "key = :key"
        else:
            where = "subscriber_id = :reader AND kind IN ('issue', 'alert') AND state = 'sent'"
        row = self._database.connection.execute(
            f"SELECT id, key FROM deliveries WHERE {where} ORDER BY id DESC LIMIT 1",  # noqa: S608
            {"number": number, "key": key, "reader": reader},
        ).fetchone()
        if row is None or row["key"] != (key or row["key"]):
            return None
        return DeliveryId(row["id"])

    def waiting(self, limit: int) -> list[WaitingBounce]:
        """Bounces that have not been settled, the oldest first."""
        rows = self._database.connection.execute(
            "SELECT b.*, d.key AS delivery_key, d.kind AS delivery_kind, d.address, d.queued_at,"
            " d.subscriber_id, d.issue_id FROM bounces b JOIN deliveries d ON d.id = b.delivery_id"
            " WHERE b.settled_at IS NULL ORDER BY b.id LIMIT ?",
            (limit,),
        )
        return [_waiting(row) for row in rows]

    def history(self, reader: SubscriberId) -> list[tuple[datetime, Bounce | None]]:
        """The issues that this reader's server took or that came back, in their order.

        When each was queued, and what came back: a failure of the mailbox before anything else.
        """
        rows = self._database.connection.execute(
            "SELECT d.queued_at, b.* FROM (SELECT id AS number, queued_at FROM deliveries"
            " WHERE subscriber_id = ? AND issue_id IS NOT NULL AND (state = 'sent'"
            " OR EXISTS (SELECT 1 FROM bounces WHERE delivery_id = deliveries.id))"
            " ORDER BY id DESC LIMIT ?) AS d"
            " LEFT JOIN bounces b ON b.delivery_id = d.number ORDER BY d.number, b.id",
            (reader, _MOST_ISSUES),
        )
        issues: list[tuple[datetime, Bounce | None]] = []
        for row in rows:
            back = None if row["key"] is None else _bounce(row)
            last = issues[-1][1] if issues else None
            if back is None or last is None or last.delivery != back.delivery:
                issues.append((moment(row["queued_at"]), back))
            elif back.kind in _FAILURES:
                issues[-1] = (issues[-1][0], back)
        return issues

    def tally(self, issue: IssueId) -> Tally:
        """What came back of an issue, which must exist."""
        row = self._database.connection.execute(
            "SELECT i.edition, i.period, i.sending, i.sending_since,"
            " (SELECT count(*) FROM deliveries WHERE issue_id = i.id AND state IN"
            " ('data', 'sent', 'deferred', 'failed', 'unknown')) AS attempted,"
            " (SELECT count(*) FROM deliveries WHERE issue_id = i.id AND state IN"
            " ('queued', 'claimed', 'data', 'deferred', 'unknown')) AS open,"
            " count(DISTINCT b.delivery_id) AS hard,"
            " count(DISTINCT CASE WHEN b.kind = 'ours' THEN b.delivery_id END) AS ours"
            # CROSS: from the few bounces to their deliveries, not through all that were sent
            " FROM issues i LEFT JOIN (bounces b CROSS JOIN deliveries d ON d.id = b.delivery_id)"
            " ON d.issue_id = i.id AND b.kind IN ('dead', 'ours')"
            " AND b.at > coalesce(i.sending_since, '') WHERE i.id = ?",
            (issue,),
        ).fetchone()
        return Tally(
            edition=row["edition"],
            period=row["period"],
            sending=Sending(row["sending"]),
            since=maybe_moment(row["sending_since"]),
            hard=row["hard"],
            ours=row["ours"],
            attempted=row["attempted"],
            open=row["open"],
        )

    def settle(
        self, number: int, why: str, now: datetime, *, move: Move | None, barred: Barred | None
    ) -> bool:
        """Do what follows from a bounce, once. `why` holds no address.

        False, and nothing is changed, if it was settled before or the reader is no longer where
        they were: then look again.
        """
        with self._database.transaction() as connection:
            if move is not None and not _is_there(connection, move):
                return False
            settled = connection.execute(
                "UPDATE bounces SET settled_at = ? WHERE id = ? AND settled_at IS NULL",
                (stamp(now), number),
            ).rowcount
            if not settled:
                return False
            if barred is not None:
                insert_suppression(connection, barred.address_hash, barred.reason, why, now)
            if move is not None:
                _move(connection, move, why, now)
        return True


def insert_bounce(connection: sqlite3.Connection, bounce: Bounce, now: datetime) -> bool:
    """Keep a bounce in a transaction of the caller's. False if this report was counted before.

    Also if its delivery is gone. What a server said often quotes the address, so nothing of it is
    kept where the reader has been erased.
    """
    cursor = connection.execute(
        "INSERT INTO bounces (key, delivery_id, kind, status, words, at)"
        " SELECT :key, id, :kind, :status, CASE WHEN address = '' THEN '' ELSE :words END, :now"
        " FROM deliveries WHERE id = :delivery ON CONFLICT (key) DO NOTHING",
        {
            "key": bounce.key,
            "delivery": bounce.delivery,
            "kind": bounce.kind,
            "status": bounce.status,
            "words": bounce.words,
            "now": stamp(now),
        },
    )
    return cursor.rowcount == 1


def _is_there(connection: sqlite3.Connection, move: Move) -> bool:
    row = connection.execute(
        "SELECT status FROM subscribers WHERE id = ?", (move.subscriber,)
    ).fetchone()
    return row is not None and row["status"] == move.was


def _move(connection: sqlite3.Connection, move: Move, why: str, now: datetime) -> None:
    if move.to is Status.ERASED:
        erase_subscriber(connection, move.subscriber, why, now)
        return
    connection.execute(
        "UPDATE subscribers SET status = ?, changed_at = ? WHERE id = ?",
        (move.to, stamp(now), move.subscriber),
    )


def _bounce(row: sqlite3.Row) -> Bounce:
    return Bounce(
        key=row["key"],
        delivery=DeliveryId(row["delivery_id"]),
        kind=BounceKind(row["kind"]),
        status=row["status"],
        words=row["words"],
    )


def _waiting(row: sqlite3.Row) -> WaitingBounce:
    return WaitingBounce(
        id=row["id"],
        bounce=_bounce(row),
        key=row["delivery_key"],
        kind=DeliveryKind(row["delivery_kind"]),
        address=row["address"],
        queued_at=moment(row["queued_at"]),
        subscriber=row["subscriber_id"],
        issue=row["issue_id"],
    )

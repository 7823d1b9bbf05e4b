"""What a person asks of the outbox: what is open, what became of a period, try again, decide.

The same rows as in deliveries.py, which has the moves that a sender makes.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import (
    OPEN_STATES,
    Bounce,
    BounceKind,
    Choice,
    Counts,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Sending,
    SubscriberId,
)
from digest.store.database import Database
from digest.store.leaving import OUTSIDE, AddressHash, why_not
from digest.store.values import from_json, moment, stamp, to_json

# What may be tried again at once: all that waits, and what was refused.
_RETRIED = (
    DeliveryState.QUEUED,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
)
# Which rows a person may decide about, and how.
_RESOLVED: Mapping[DeliveryState, Collection[DeliveryState]] = {
    DeliveryState.SENT: (DeliveryState.UNKNOWN,),
    DeliveryState.DROPPED: (
        DeliveryState.QUEUED,
        DeliveryState.DEFERRED,
        DeliveryState.UNKNOWN,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One delivery as a person sees it."""

    id: DeliveryId
    key: str
    kind: DeliveryKind
    state: DeliveryState
    address: str  # "" if the reader has been erased
    subscriber: SubscriberId | None
    issue: IssueId | None
    queued_at: datetime
    changed_at: datetime
    not_before: datetime  # when it is tried next, where it waits
    attempts: int
    reply: str | None  # the server's last answer, or why it was not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What a retry has queued, and what it left as it was because nobody waits for it."""

    queued: int
    left_out: Mapping[str, int]  # why, and how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended, or what the operator found out about it afterwards."""

    number: int
    at: datetime
    state: DeliveryState
    reply: str  # of an accepted one, the server's words and its queue id


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A bounce and when it came."""

    at: datetime
    bounce: Bounce


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All that is known of what one reader got of an issue."""

    row: OutboxRow
    choice: Choice  # of the segment that the reader was given
    attempts: Sequence[Attempt]
    bounces: Sequence[Returned]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRun:
    """How far the sending of an issue has come."""

    issue: IssueId
    edition: str
    period: str
    sending: Sending
    why: str | None  # it was paused or cancelled
    counts: Counts


class OutboxTable:
    """Questions about deliveries, and what the operator decides about them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(
        self,
        *,
        states: Collection[DeliveryState] = OPEN_STATES,
        issue: IssueId | None = None,
        address: str | None = None,
        limit: int = -1,
    ) -> list[OutboxRow]:
        """Deliveries in these states, of one issue or to one address if asked, oldest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM deliveries WHERE state IN (SELECT value FROM json_each(:states))"
            " AND (:issue IS NULL OR issue_id = :issue)"
            " AND (:address IS NULL OR address = :address COLLATE NOCASE) ORDER BY id LIMIT :limit",
            {"states": to_json(sorted(states)), "issue": issue, "address": address, "limit": limit},
        )
        return [_row(row) for row in rows]

    def last_reply(self) -> str | None:
        """What was said last of a message that waits: why it has not left."""
        row = self._database.connection.execute(
            "SELECT reply FROM deliveries WHERE state IN ('queued', 'deferred') AND reply <> ''"
            " ORDER BY changed_at DESC, id DESC LIMIT 1"
        ).fetchone()
        return None if row is None else str(row["reply"])

    def retry(
        self,
        now: datetime,
        *,
        deliveries: Collection[DeliveryId] | None = None,
        states: Collection[DeliveryState] = _RETRIED,
        issue: IssueId | None = None,
        address_hash: AddressHash | None = None,
    ) -> Retried:
        """Queue deliveries for now: those named, or all in these states.

        What was sent or dropped, or is under way, stays as it is, and so does what would be dropped
        at its turn: the reader is suspended, say. (Without `address_hash` no suppression is looked
        for.) A message is the same mail each time. Who failed long ago has the time of a first
        attempt again.
        """
        allowed = [state for state in states if state in _RETRIED]
        values = {
            "states": to_json(sorted(allowed)),
            "ids": None if deliveries is None else to_json(sorted(deliveries)),
            "issue": issue,
        }
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"SELECT {OUTSIDE}"  # noqa: S608  # words of ours
                " WHERE d.state IN (SELECT value FROM json_each(:states)) AND d.address <> ''"
                " AND (:ids IS NULL OR d.id IN (SELECT value FROM json_each(:ids)))"
                " AND (:issue IS NULL OR d.issue_id = :issue)",
                values,
            ).fetchall()
            left_out = why_not(connection, rows, address_hash)
            wanted = [row["id"] for row in rows if row["id"] not in left_out]
            connection.execute(
                "UPDATE deliveries SET state = 'queued', not_before = :now, changed_at = :now"
                " WHERE id IN (SELECT value FROM json_each(:ids))",
                {"now": stamp(now), "ids": to_json(wanted)},
            )
        return Retried(queued=len(wanted), left_out=Counter(left_out.values()))

    def resolve(self, delivery: DeliveryId, state: DeliveryState, why: str, now: datetime) -> bool:
        """Record that a delivery has arrived (SENT) or shall not be sent (DROPPED), and why.

        False if that cannot follow from where it stands: only of an unknown one can be found out
        that it arrived, and only one that waits can be dropped.
        """
        with self._database.transaction() as connection:
            moved = connection.execute(
                "UPDATE deliveries SET state = ?, changed_at = ?, reply = ?"
                " WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
                (state, stamp(now), why, delivery, to_json(sorted(_RESOLVED.get(state, ())))),
            ).rowcount
            if moved:  # a line of the proof, after all that was tried
                connection.execute(
                    "INSERT INTO attempts (delivery_id, number, at, state, reply)"
                    " SELECT id, 1 + max(epoch, (SELECT coalesce(max(number), 0) FROM attempts"
                    " WHERE delivery_id = :id)), :now, :state, :reply FROM deliveries"
                    " WHERE id = :id",
                    {
                        "id": delivery,
                        "now": stamp(now),
                        "state": state,
                        "reply": f"resolved by hand: {why}",
                    },
                )
        return moved == 1

    def prove(self, issue: IssueId, address: str | None = None) -> list[Proof]:
        """What became of an issue, reader by reader in the order they were queued."""
        connection = self._database.connection
        rows = connection.execute(
            "SELECT d.*, s.choice FROM deliveries d JOIN segments s ON s.id = d.segment_id"
            " WHERE d.issue_id = :issue"
            " AND (:address IS NULL OR d.address = :address COLLATE NOCASE) ORDER BY d.id",
            {"issue": issue, "address": address},
        ).fetchall()
        of_these = to_json([row["id"] for row in rows])
        attempts: dict[int, list[Attempt]] = {}
        for row in connection.execute(
            "SELECT * FROM attempts WHERE delivery_id IN (SELECT value FROM json_each(?))"
            " ORDER BY delivery_id, number",
            (of_these,),
        ):
            attempts.setdefault(row["delivery_id"], []).append(_attempt(row))
        bounces: dict[int, list[Returned]] = {}
        for row in connection.execute(
            "SELECT * FROM bounces WHERE delivery_id IN (SELECT value FROM json_each(?))"
            " ORDER BY id",
            (of_these,),
        ):
            bounces.setdefault(row["delivery_id"], []).append(_returned(row))
        return [
            Proof(
                row=_row(row),
                choice=from_json(row["choice"], Choice),
                attempts=tuple(attempts.get(row["id"], ())),
                bounces=tuple(bounces.get(row["id"], ())),
            )
            for row in rows
        ]

    def runs(self, limit: int) -> list[IssueRun]:
        """The newest issues that were published and how far each has come, the newest first."""
        connection = self._database.connection
        issues = connection.execute(
            "SELECT id, edition, period, sending, sending_why FROM issues"
            " WHERE outcome = 'published' ORDER BY frozen_at DESC, id DESC LIMIT ?",
            (limit,),
        ).fetchall()
        counts: dict[int, dict[DeliveryState, int]] = {}
        for row in connection.execute(
            "SELECT issue_id, state, count(*) AS deliveries FROM deliveries"
            " WHERE issue_id IN (SELECT value FROM json_each(?)) GROUP BY issue_id, state",
            (to_json([row["id"] for row in issues]),),
        ):
            of_issue = counts.setdefault(row["issue_id"], {})
            of_issue[DeliveryState(row["state"])] = row["deliveries"]
        return [
            IssueRun(
                issue=IssueId(row["id"]),
                edition=row["edition"],
                period=row["period"],
                sending=Sending(row["sending"]),
                why=row["sending_why"],
                counts=Counts(by_state=counts.get(row["id"], {})),
            )
            for row in issues
        ]


def _row(row: sqlite3.Row) -> OutboxRow:
    return OutboxRow(
        id=DeliveryId(row["id"]),
        key=row["key"],
        kind=DeliveryKind(row["kind"]),
        state=DeliveryState(row["state"]),
        address=row["address"],
        subscriber=row["subscriber_id"],
        issue=row["issue_id"],
        queued_at=moment(row["queued_at"]),
        changed_at=moment(row["changed_at"]),
        not_before=moment(row["not_before"]),
        attempts=row["attempts"],
        reply=row["reply"],
    )


def _attempt(row: sqlite3.Row) -> Attempt:
    return Attempt(
        number=row["number"],
        at=moment(row["at"]),
        state=DeliveryState(row["state"]),
        reply=row["reply"],
    )


def _returned(row: sqlite3.Row) -> Returned:
    return Returned(
        at=moment(row["at"]),
        bounce=Bounce(
            key=row["key"],
            delivery=DeliveryId(row["delivery_id"]),
            kind=BounceKind(row["kind"]),
            status=row["status"],
            words=row["words"],
        ),
    )

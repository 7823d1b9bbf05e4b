"""Who has just joined and is to get the newest issue that is out, once.

Joining marks them; queueing the issue and taking the mark away are one transaction.
"""

import sqlite3
from datetime import datetime

from digest.model import (
    DeliveryKind,
    DeliveryState,
    Issue,
    IssueId,
    Segment,
    Status,
    Subscriber,
    SubscriberId,
)
from digest.store.database import Database
from digest.store.due import PRIORITY
from digest.store.subscribers import subscriber_of
from digest.store.values import stamp, to_json


class NewcomerTable:
    """Queries on readers who have just joined."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int) -> list[Subscriber]:
        """Those who are still to get it, the first who came first."""
        rows = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE welcomed = 0 ORDER BY id LIMIT ?", (limit,)
        )
        return [subscriber_of(row) for row in rows]

    def pass_by(self, reader: SubscriberId) -> None:
        """There is nothing for this reader."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE subscribers SET welcomed = 1 WHERE id = ?", (reader,))

    def welcome(
        self, reader: Subscriber, issue_id: IssueId, made: Issue, part: Segment, now: datetime
    ) -> bool:
        """Queue this issue for a reader, unless they had it, in the segment of their choice.

        False, and nothing is changed, if they are elsewhere or have chosen otherwise by now.
        """
        choice = to_json(part.choice)
        with self._database.transaction() as connection:
            same = connection.execute(
                "UPDATE subscribers SET welcomed = 1 WHERE id = ? AND welcomed = 0 AND status = ?"
                " AND rhythm = ? AND choice = ?",
                (reader.id, Status.ACTIVE, made.edition, choice),
            ).rowcount
            if not same:
                return False
            connection.execute(
                "INSERT INTO segments (issue_id, choice, subject, html, text, stories)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issue_id, choice) DO NOTHING",
                (issue_id, choice, part.subject, part.html, part.text, part.stories),
            )
            found = connection.execute(
                "SELECT id FROM segments WHERE issue_id = ? AND choice = ?", (issue_id, choice)
            ).fetchone()
            queue_issue(
                connection, issue_id, made, part, segment=found["id"], now=now, only=reader.id
            )
        return True


def queue_issue(
    connection: sqlite3.Connection,
    issue_id: IssueId,
    made: Issue,
    part: Segment,
    *,
    segment: int,
    now: datetime,
    only: SubscriberId | None = None,
) -> None:
    """Queue an issue for the active readers of a segment's choice, or for one of them.

    Each gets it once: the key says so, and (issue, reader) is unique.
    """
    nothing = part.stories == 0
    connection.execute(
        "INSERT INTO deliveries (key, kind, priority, state, address, subscriber_id, issue_id,"
        " segment_id, queued_at, not_before, changed_at, reply)"
        " SELECT :prefix || id, :kind, :priority, :state, address, id, :issue, :segment,"
        " :now, :now, :now, :reply FROM subscribers"
        " WHERE rhythm = :edition AND status = :active AND choice = :choice"
        " AND (:only IS NULL OR id = :only) ORDER BY id ON CONFLICT DO NOTHING",
        {
            "prefix": issue_key(made, ""),
            "edition": made.edition,
            "kind": DeliveryKind.ISSUE,
            "priority": PRIORITY[DeliveryKind.ISSUE],
            "state": DeliveryState.DROPPED if nothing else DeliveryState.QUEUED,
            "issue": issue_id,
            "segment": segment,
            "now": stamp(now),
            "reply": "nothing in this issue meets the reader's choice" if nothing else None,
            "active": Status.ACTIVE,
            "choice": to_json(part.choice),
            "only": only,
        },
    )


def issue_key(made: Issue, reader: SubscriberId | str) -> str:
    """The key of an issue's delivery to a reader."""
    return f"issue/{made.edition}/{made.period.key}/{reader}"

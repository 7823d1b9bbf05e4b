"""Who is still to be told of an alert, by mail or through a channel; and that they were."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import (
    Alert,
    AlertId,
    Change,
    DeliveryKind,
    Letter,
    Reason,
    Recipient,
    StoredAlert,
    StoryId,
    Told,
)
from digest.store.alertrows import columns_of, recipient_of
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.values import from_json, stamp

WAITING = (
    "SELECT t.id AS told, t.alert_id, t.kind, t.recipient, t.reasons, t.before, t.changes,"
    " a.body, b.body AS body_before, c.story_id AS story"
    " FROM alerts_told t JOIN alerts a ON a.id = t.alert_id JOIN clusters c ON c.id = a.story_id"
    " LEFT JOIN alerts b ON b.id = t.before WHERE t.told_at IS NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who is still to be told of an alert."""

    id: int
    alert: StoredAlert
    story: StoryId  # that it is about by now: two may have become one
    told: Told
    before: Alert | None  # what they were told last of this story

    @property
    def numbers(self) -> tuple[StoryId, StoryId]:
        """The story's number by now, and when the alert was raised."""
        return self.story, self.alert.alert.story.story


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A letter that tells one recipient of all that waits for them."""

    told: Sequence[Waiting]
    address: str
    letter: Letter


class TellingTable:
    """Queries on who is to be told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any_due(self, now: datetime) -> bool:
        """Whether somebody is due to be told by mail."""
        row = self._database.connection.execute(
            "SELECT 1 FROM alerts_told WHERE told_at IS NULL AND kind <> 'channel'"
            " AND due_at <= ? LIMIT 1",
            (stamp(now),),
        ).fetchone()
        return row is not None

    def waiting(self, now: datetime, per_hour: int) -> dict[Recipient, list[Waiting]]:
        """Who is due to be told by mail now, of what; without who had that many mails this hour."""
        connection = self._database.connection
        busy = {
            (row["kind"], row["recipient"])
            for row in connection.execute(
                "SELECT kind, recipient FROM alerts_told WHERE told_at > ? AND kind <> 'channel'"
                " GROUP BY kind, recipient HAVING count(DISTINCT delivery_key) >= ?",
                (stamp(now - timedelta(hours=1)), per_hour),
            )
        }
        rows = connection.execute(
            f"{WAITING} AND t.kind <> 'channel' AND t.due_at <= ? ORDER BY t.alert_id, t.id",
            (stamp(now),),
        )
        return _by_recipient(row for row in rows if (row["kind"], row["recipient"]) not in busy)

    def mail(self, mailings: Sequence[Mailing], now: datetime) -> int:
        """Queue these letters, and remember that their alerts were told; gives how many were."""
        queued = 0
        with self._database.transaction() as connection:
            for mailing in mailings:
                newest = mailing.told[-1]
                _, _, subscriber = columns_of(newest.told.to)
                key = f"alert/{newest.alert.id}/{newest.id}"  # no address: it outlasts an erasure
                queued += insert_letter(
                    connection,
                    key,
                    DeliveryKind.ALERT,
                    address=mailing.address,
                    subscriber=subscriber,
                    letter=mailing.letter,
                    now=now,
                )
                mark_told(connection, mailing.told, now, key=key)
        return queued

    def drop(self, told: Sequence[Waiting], why: str, now: datetime) -> None:
        """Remember that somebody is not told after all, and why."""
        with self._database.transaction() as connection:
            mark_told(connection, told, now, outcome=why)


def mark_told(
    connection: sqlite3.Connection,
    told: Sequence[Waiting],
    now: datetime,
    *,
    key: str | None = None,
    outcome: str | None = None,
) -> None:
    """Remember, in a transaction of the caller's, that somebody was told; or why not."""
    connection.executemany(
        "UPDATE alerts_told SET told_at = ?, delivery_key = ?, outcome = ? WHERE id = ?",
        [(stamp(now), key, outcome, each.id) for each in told],
    )


def _by_recipient(rows: Iterable[sqlite3.Row]) -> dict[Recipient, list[Waiting]]:
    found: dict[Recipient, list[Waiting]] = {}
    read: dict[str, Alert] = {}  # thousands may be told the same
    for row in rows:
        waiting = waiting_row(row, read)
        found.setdefault(waiting.told.to, []).append(waiting)
    return found


def waiting_row(row: sqlite3.Row, read: dict[str, Alert]) -> Waiting:
    """A row of WAITING. `read` has the alerts of other rows by their text, and gets this one's."""
    before = row["body_before"]
    return Waiting(
        id=row["told"],
        alert=StoredAlert(id=AlertId(row["alert_id"]), alert=_alert(row["body"], read)),
        story=StoryId(row["story"]),
        told=Told(
            to=recipient_of(row),
            reasons=from_json(row["reasons"], tuple[Reason, ...]),
            before=row["before"],
            changes=from_json(row["changes"], tuple[Change, ...]),
        ),
        before=None if before is None else _alert(before, read),
    )


def _alert(body: str, read: dict[str, Alert]) -> Alert:
    found = read.get(body)
    return found if found is not None else read.setdefault(body, from_json(body, Alert))

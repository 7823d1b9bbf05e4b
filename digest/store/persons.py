"""All that is kept of one person: shown to them as it is their right, and erased.

A person is known by their address; a keyed hash of it stands where the address itself is not kept.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.model import (
    Alert,
    DeliveryKind,
    Letter,
    Reason,
    Status,
    StoryId,
    SubscriberId,
    Suppression,
    Wish,
)
from digest.store.database import Database
from digest.store.suppressions import (
    Erased,
    erase_letters,
    erase_subscriber,
    erase_told,
    insert_suppression,
)
from digest.store.values import from_json, maybe_moment, moment, stamp

# What a person gets without being a reader. All else that goes to an address no reader of which it
# names is the operator's: notices, copies, and alerts by the rules of the settings.
_OF_ASKING = (DeliveryKind.CONFIRMATION, DeliveryKind.ANSWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """How an attempt to send a message ended."""

    at: datetime
    state: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDelivery:
    """A message to a person."""

    key: str
    kind: str
    state: str
    subject: str
    queued_at: datetime
    attempts: tuple[PastAttempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBounce:
    """A report that a message to a person came back."""

    at: datetime
    delivery: str  # its key
    kind: str
    status: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuestion:
    """What a person was asked, and when they answered."""

    wish: Wish
    good_until: datetime
    ended_at: datetime | None  # answered, or made pointless by another answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMail:
    """A mail from a person that was handled."""

    at: datetime
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastNews:
    """An alert that a person was told of, or is still to be told of."""

    at: datetime
    story: StoryId
    headline: str
    rules: tuple[str, ...]  # that asked for it; "" for a story that broke
    told_at: datetime | None  # or when it was decided that they are not


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """All that the store has of a person but the reader's row, each in the order of time."""

    deliveries: tuple[PastDelivery, ...]
    bounces: tuple[PastBounce, ...]
    alerts: tuple[PastNews, ...]
    questions: tuple[PastQuestion, ...]
    mails: tuple[PastMail, ...]
    unproven_letters: tuple[datetime, ...]  # sent before they had proved to ask
    suppressed: tuple[Suppression, datetime] | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        found = (self.deliveries, self.alerts, self.questions, self.mails, self.unproven_letters)
        return not any(found) and self.suppressed is None


_THEIRS = "(d.subscriber_id = :id OR (d.subscriber_id IS NULL AND d.address = :at COLLATE NOCASE))"


class PersonTable:
    """Queries on single persons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, address: str, address_hash: str, reader: SubscriberId | None) -> PersonRecord:
        """All that is kept of whoever has this address."""
        values = {"id": reader, "at": address, "hash": address_hash}

        def rows(query: str) -> Iterable[sqlite3.Row]:
            return self._database.connection.execute(query, values)

        return PersonRecord(
            deliveries=tuple(self._deliveries(values)),
            bounces=tuple(
                PastBounce(
                    at=moment(row["at"]),
                    delivery=row["delivery_key"],
                    kind=row["kind"],
                    status=row["status"],
                    words=row["words"],
                )
                for row in rows(
                    "SELECT b.*, d.key AS delivery_key FROM bounces b"  # noqa: S608  # words of ours
                    f" JOIN deliveries d ON d.id = b.delivery_id WHERE {_THEIRS} ORDER BY b.id"
                )
            ),
            alerts=tuple(
                _news(row)
                for row in rows(
                    "SELECT t.reasons, t.told_at, a.body FROM alerts_told t"
                    " JOIN alerts a ON a.id = t.alert_id WHERE t.subscriber_id = :id"
                    " OR (t.kind = 'address' AND t.recipient = :at COLLATE NOCASE)"
                    " ORDER BY t.alert_id, t.id"
                )
            ),
            questions=tuple(
                PastQuestion(
                    wish=from_json(row["wish"], Wish),
                    good_until=moment(row["expires_at"]),
                    ended_at=maybe_moment(row["used_at"]),
                )
                for row in rows(
                    "SELECT * FROM confirmations WHERE subscriber_id = :id ORDER BY expires_at"
                )
            ),
            mails=tuple(
                PastMail(at=moment(row["at"]), answered=bool(row["answered"]))
                for row in rows("SELECT * FROM received WHERE sender_hash = :hash ORDER BY at")
            ),
            unproven_letters=tuple(
                moment(row["at"])
                for row in rows(
                    "SELECT at FROM unproven_letters WHERE address_hash = :hash ORDER BY at"
                )
            ),
            suppressed=next(
                (
                    (Suppression(row["reason"]), moment(row["since"]))
                    for row in rows("SELECT * FROM suppressions WHERE address_hash = :hash")
                ),
                None,
            ),
        )

    def _deliveries(self, values: Mapping[str, object]) -> Iterator[PastDelivery]:
        connection = self._database.connection
        rows = connection.execute(
            "SELECT d.*, s.subject FROM deliveries d LEFT JOIN segments s ON s.id = d.segment_id"  # noqa: S608
            f" WHERE {_THEIRS} ORDER BY d.id",
            values,
        )
        for row in rows:
            letter = None if row["letter"] is None else from_json(row["letter"], Letter)
            tries = connection.execute(
                "SELECT * FROM attempts WHERE delivery_id = ? ORDER BY number", (row["id"],)
            )
            yield PastDelivery(
                key=row["key"],
                kind=row["kind"],
                state=row["state"],
                subject=row["subject"] if letter is None else letter.subject,
                queued_at=moment(row["queued_at"]),
                attempts=tuple(
                    PastAttempt(at=moment(each["at"]), state=each["state"], reply=each["reply"])
                    for each in tries
                ),
            )

    def erase(
        self,
        address: str,
        address_hash: str | None,
        reason: Suppression,
        reader: SubscriberId | None,
        now: datetime,
    ) -> Erased:
        """Erase whoever has this address. Of the address a given hash stays, on the suppressions.

        All that was sent to it goes, too: as to a reader, as to anybody, and as to the operator.
        """
        with self._database.transaction() as connection:
            if address_hash is not None:
                insert_suppression(connection, address_hash, reason, "", now)
            theirs = (
                Erased() if reader is None else erase_subscriber(connection, reader, reason, now)
            )
            erase_told(connection, address, reason, now)
            return theirs.plus(erase_letters(connection, address, reason, now))

    def forget(
        self,
        address: str,
        address_hash: str | None,
        reason: Suppression,
        reader: SubscriberId,
        now: datetime,
    ) -> Erased:
        """Erase a reader whose time is over, and the letters to them from before they were one.

        What the operator gets at the same address stays.
        """
        with self._database.transaction() as connection:
            if address_hash is not None:
                insert_suppression(connection, address_hash, reason, "", now)
            theirs = erase_subscriber(connection, reader, reason, now)
            return theirs.plus(erase_letters(connection, address, reason, now, _OF_ASKING))

    def over(self, status: Status, before: datetime, now: datetime, most: int) -> list[int]:
        """Readers who have stood there since before then, and whom no question is open to."""
        rows = self._database.connection.execute(
            "SELECT id FROM subscribers s WHERE status = :status AND status IN ('pending', 'left')"
            " AND changed_at < :before AND NOT EXISTS (SELECT 1 FROM confirmations"
            " WHERE subscriber_id = s.id AND used_at IS NULL AND expires_at > :now)"
            " ORDER BY changed_at LIMIT :most",
            {"status": status, "before": stamp(before), "now": stamp(now), "most": most},
        )
        return [row["id"] for row in rows]


def _news(row: sqlite3.Row) -> PastNews:
    alert = from_json(row["body"], Alert)
    return PastNews(
        at=alert.at,
        story=alert.story.story,
        headline=alert.story.headlines[0].title,
        rules=tuple(reason.rule for reason in from_json(row["reasons"], tuple[Reason, ...])),
        told_at=maybe_moment(row["told_at"]),
    )

"""Subscribers, their confirmations, and the suppression list."""

import sqlite3
from collections.abc import Collection
from datetime import datetime

from digest.model import (
    AlertWish,
    Choice,
    Consent,
    DeliveryKind,
    Letter,
    Preferences,
    Status,
    Subscriber,
    SubscriberId,
    Suppression,
    Wish,
    WishKind,
)
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.suppressions import insert_suppression
from digest.store.values import from_json, maybe_moment, maybe_stamp, moment, stamp, to_json


class SubscriberTable:
    """Queries on subscribers. Addresses are compared by the key that the caller gives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        address: str,
        key: str,
        *,
        name: str,
        status: Status,
        preferences: Preferences,
        consent: Consent | None,
        now: datetime,
    ) -> SubscriberId | None:
        """Add a reader. None if the address is known already, whatever its status."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO subscribers (address, address_key, name, status, choice, rhythm,"
                " alerts, rules, consent_at, consent_how, consent_words, created_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (address_key) DO NOTHING RETURNING id",
                (
                    address,
                    key,
                    name,
                    status,
                    *_preference_columns(preferences),
                    *_consent_columns(consent),
                    stamp(now),
                    stamp(now),
                ),
            ).fetchone()
        return None if row is None else SubscriberId(row["id"])

    def by_key(self, key: str) -> Subscriber | None:
        """The reader with this address, or None."""
        row = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE address_key = ?", (key,)
        ).fetchone()
        return None if row is None else subscriber_of(row)

    def get(self, subscriber: SubscriberId) -> Subscriber | None:
        """The reader with this number, or None."""
        row = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE id = ?", (subscriber,)
        ).fetchone()
        return None if row is None else subscriber_of(row)

    def several(self, numbers: Collection[SubscriberId]) -> dict[SubscriberId, Subscriber]:
        """Those readers that there are, by number."""
        rows = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE id IN (SELECT value FROM json_each(?))",
            (to_json(sorted(numbers)),),
        )
        return {reader.id: reader for reader in map(subscriber_of, rows)}

    def all(self, status: Status | None = None) -> list[Subscriber]:
        """All readers, or those of one status, in the order they came."""
        rows = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE :status IS NULL OR status = :status ORDER BY id",
            {"status": status},
        )
        return [subscriber_of(row) for row in rows]

    def alerted(self) -> list[Subscriber]:
        """The active readers who get alerts of some kind, in the order they came: mostly few."""
        rows = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE status = ? AND (alerts <> ? OR rhythm = 'alerts')"
            " ORDER BY id",
            (Status.ACTIVE, AlertWish.NONE),
        )
        return [subscriber_of(row) for row in rows]

    def count(self) -> dict[Status, int]:
        """How many readers there are of each status."""
        rows = self._database.connection.execute(
            "SELECT status, count(*) AS readers FROM subscribers GROUP BY status"
        )
        return {Status(row["status"]): row["readers"] for row in rows}

    def set_status(
        self,
        subscriber: SubscriberId,
        status: Status,
        now: datetime,
        *,
        was: Status | None = None,
        consent: Consent | None = None,
        preferences: Preferences | None = None,
        paused_until: datetime | None = None,
    ) -> bool:
        """Move a reader to a status; what else is given replaces what was recorded.

        A pause ends with any move; `paused_until` says when a new one does.

        False, and nothing is changed, if the reader is gone or (where `was` is given) stands
        elsewhere by now.
        """
        with self._database.transaction() as connection:
            moved = connection.execute(
                "UPDATE subscribers SET status = :status, paused_until = :until, changed_at = :now"
                " WHERE id = :id AND status = coalesce(:was, status)",
                {
                    "id": subscriber,
                    "status": status,
                    "until": maybe_stamp(paused_until),
                    "was": was,
                    "now": stamp(now),
                },
            ).rowcount
            if moved and consent is not None:
                _set_consent(connection, subscriber, consent)
            if moved and preferences is not None:
                _set_preferences(connection, subscriber, preferences, now)
        return moved == 1

    def set_preferences(
        self, subscriber: SubscriberId, preferences: Preferences, now: datetime
    ) -> None:
        """Record what a reader wants from now on. Issues that are out keep what they chose."""
        with self._database.transaction() as connection:
            _set_preferences(connection, subscriber, preferences, now)

    def mute(self, subscriber: SubscriberId, until: datetime | None, now: datetime) -> None:
        """Keep alerts from a reader until then; without a time they get them again."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE subscribers SET muted_until = ?, changed_at = ? WHERE id = ?",
                (maybe_stamp(until), stamp(now), subscriber),
            )

    def pauses_over(self, now: datetime) -> list[Subscriber]:
        """The readers whose pause has come to its end."""
        rows = self._database.connection.execute(
            "SELECT * FROM subscribers WHERE paused_until <= ? AND status = ?",
            (stamp(now), Status.PAUSED),
        )
        return [subscriber_of(row) for row in rows]

    # --- confirmations ---------------------------------------------------------------------

    def ask(
        self,
        subscriber: SubscriberId,
        token_hash: str,
        expires_at: datetime,
        *,
        key: str,
        address: str,
        letter: Letter,
        wish: Wish,
        now: datetime,
        not_before: datetime,
    ) -> None:
        """Store a confirmation token, and what it does, together with the mail that carries it."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO confirmations (token_hash, subscriber_id, expires_at, wish)"
                " VALUES (?, ?, ?, ?)",
                (token_hash, subscriber, stamp(expires_at), to_json(wish)),
            )
            insert_letter(
                connection,
                key,
                DeliveryKind.CONFIRMATION,
                address=address,
                subscriber=subscriber,
                letter=letter,
                now=now,
                not_before=not_before,
            )

    def asked(self, token_hash: str, now: datetime) -> tuple[Subscriber, Wish] | None:
        """Who holds this token and what it does, if it is unused and has not expired."""
        row = self._database.connection.execute(
            "SELECT s.*, c.wish FROM confirmations c JOIN subscribers s ON s.id = c.subscriber_id"
            " WHERE c.token_hash = ? AND c.used_at IS NULL AND c.expires_at > ?",
            (token_hash, stamp(now)),
        ).fetchone()
        return None if row is None else (subscriber_of(row), from_json(row["wish"], Wish))

    def open_invitation(self, subscriber: SubscriberId, now: datetime) -> str | None:
        """The hash of a token by which this reader may still join, or None."""
        rows = self._database.connection.execute(
            "SELECT token_hash, wish FROM confirmations WHERE subscriber_id = ?"
            " AND used_at IS NULL AND expires_at > ? ORDER BY expires_at DESC",
            (subscriber, stamp(now)),
        )
        joining = (r for r in rows if from_json(r["wish"], Wish).kind is WishKind.JOIN)
        return next((str(row["token_hash"]) for row in joining), None)

    def spend(self, subscriber: SubscriberId, now: datetime) -> None:
        """Use up every token that asks this reader something."""
        with self._database.transaction() as connection:
            _spend(connection, subscriber, now)

    def confirm(
        self,
        token_hash: str,
        status: Status,
        now: datetime,
        *,
        was: Status,
        consent: Consent,
        address_hash: str,
    ) -> Subscriber | None:
        """Use a token up and give its holder a status, once; lifts a suppression of the address.

        None, and nothing is changed, if the token is no longer good or its holder is no longer
        where they `was`.
        """
        values = {"token": token_hash, "was": was, "now": stamp(now)}
        with self._database.transaction() as connection:
            row = connection.execute(
                "UPDATE confirmations SET used_at = :now WHERE token_hash = :token"
                " AND used_at IS NULL AND expires_at > :now AND EXISTS (SELECT 1 FROM subscribers"
                " WHERE id = confirmations.subscriber_id AND status = :was)"
                " RETURNING subscriber_id",
                values,
            ).fetchone()
            if row is None:
                return None
            subscriber = SubscriberId(row["subscriber_id"])
            connection.execute(
                "UPDATE subscribers SET status = ?, paused_until = NULL, changed_at = ?,"
                " welcomed = 0 WHERE id = ?",
                (status, stamp(now), subscriber),
            )
            _set_consent(connection, subscriber, consent)
            connection.execute("DELETE FROM suppressions WHERE address_hash = ?", (address_hash,))
            _spend(connection, subscriber, now)  # any other letter that asks is pointless now
        return self.get(subscriber)

    # --- suppression -----------------------------------------------------------------------

    def suppress(
        self, address_hash: str, reason: Suppression, now: datetime, *, evidence: str = ""
    ) -> None:
        """Never write to this address again, until it is lifted. `evidence` names no address."""
        with self._database.transaction() as connection:
            insert_suppression(connection, address_hash, reason, evidence, now)

    def suppression(self, address_hash: str) -> Suppression | None:
        """Why this address must not be written to, or None."""
        row = self._database.connection.execute(
            "SELECT reason FROM suppressions WHERE address_hash = ?", (address_hash,)
        ).fetchone()
        return None if row is None else Suppression(row["reason"])


def _consent_columns(consent: Consent | None) -> tuple[str | None, str | None, str | None]:
    if consent is None:
        return None, None, None
    return maybe_stamp(consent.at), consent.how, consent.words


def _spend(connection: sqlite3.Connection, subscriber: SubscriberId, now: datetime) -> None:
    connection.execute(
        "UPDATE confirmations SET used_at = ? WHERE subscriber_id = ? AND used_at IS NULL",
        (stamp(now), subscriber),
    )


def _set_consent(
    connection: sqlite3.Connection, subscriber: SubscriberId, consent: Consent
) -> None:
    connection.execute(
        "UPDATE subscribers SET consent_at = ?, consent_how = ?, consent_words = ? WHERE id = ?",
        (*_consent_columns(consent), subscriber),
    )


def _set_preferences(
    connection: sqlite3.Connection,
    subscriber: SubscriberId,
    preferences: Preferences,
    now: datetime,
) -> None:
    connection.execute(
        "UPDATE subscribers SET choice = ?, rhythm = ?, alerts = ?, rules = ?, changed_at = ?"
        " WHERE id = ?",
        (*_preference_columns(preferences), stamp(now), subscriber),
    )


def _preference_columns(preferences: Preferences) -> tuple[str, str, str, str]:
    return (
        to_json(preferences.choice),
        preferences.rhythm,
        preferences.alerts,
        to_json(preferences.rules),
    )


def subscriber_of(row: sqlite3.Row) -> Subscriber:
    """A row of `subscribers`."""
    consent = None
    if row["consent_at"] is not None:
        consent = Consent(
            at=moment(row["consent_at"]), how=row["consent_how"], words=row["consent_words"]
        )
    return Subscriber(
        id=SubscriberId(row["id"]),
        address=row["address"],
        name=row["name"],
        status=Status(row["status"]),
        preferences=Preferences(
            choice=from_json(row["choice"], Choice),
            rhythm=row["rhythm"],
            alerts=AlertWish(row["alerts"]),
            rules=from_json(row["rules"], tuple[str, ...]),
        ),
        consent=consent,
        created_at=moment(row["created_at"]),
        paused_until=maybe_moment(row["paused_until"]),
        muted_until=maybe_moment(row["muted_until"]),
    )

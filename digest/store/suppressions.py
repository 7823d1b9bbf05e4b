"""What is kept of people who must not be written to, and what is not kept of those who are gone.

Pieces of larger transactions: readers are erased by the desk and by a bounce of their confirmation.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from digest.model import ASKABLE, DeliveryKind, Suppression
from digest.store.values import stamp, to_json


def insert_suppression(
    connection: sqlite3.Connection,
    address_hash: str,
    reason: Suppression,
    evidence: str,
    now: datetime,
) -> None:
    """Put an address on the suppression list. Its owner's own wish outlasts a failed mailbox."""
    connection.execute(
        "INSERT INTO suppressions (address_hash, reason, evidence, since)"
        " VALUES (:hash, :reason, :evidence, :now) ON CONFLICT (address_hash) DO UPDATE"
        " SET reason = :reason, evidence = :evidence, since = :now"
        " WHERE reason IN (SELECT value FROM json_each(:weak))",
        {
            "hash": address_hash,
            "reason": reason,
            "evidence": evidence,
            "now": stamp(now),
            "weak": to_json(sorted(ASKABLE)),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much went with a person."""

    letters: int = 0  # that had not left, and are gone
    messages: int = 0  # that may have left, and are kept without address and words
    attempts: int = 0  # servers' answers
    bounces: int = 0  # whose words went

    def plus(self, more: "Erased") -> "Erased":
        """Both together."""
        return Erased(
            letters=self.letters + more.letters,
            messages=self.messages + more.messages,
            attempts=self.attempts + more.attempts,
            bounces=self.bounces + more.bounces,
        )


def erase_subscriber(
    connection: sqlite3.Connection, subscriber: int, reason: str, now: datetime
) -> Erased:
    """Erase a reader: the row, the letters to them, and of what was sent to them the address.

    What servers answered and reported goes too, because it quotes addresses. A delivery that may
    have left keeps its row: its number is in the address that reports come to, and must never
    lead to somebody else.
    """
    erased = _empty(connection, "subscriber_id = :which", subscriber, reason, now)
    connection.execute(  # counted as a move, as all are
        "UPDATE subscribers SET status = 'erased', changed_at = ? WHERE id = ?",
        (stamp(now), subscriber),
    )
    connection.execute("DELETE FROM subscribers WHERE id = ?", (subscriber,))
    return erased


def erase_letters(
    connection: sqlite3.Connection,
    address: str,
    reason: str,
    now: datetime,
    kinds: Collection[DeliveryKind] = tuple(DeliveryKind),
) -> Erased:
    """Erase what of these kinds was sent to an address while no reader had it, in the same way."""
    return _empty(
        connection,
        "subscriber_id IS NULL AND address = :which COLLATE NOCASE"
        " AND kind IN (SELECT value FROM json_each(:kinds))",
        address,
        reason,
        now,
        kinds=kinds,
    )


def erase_told(connection: sqlite3.Connection, address: str, reason: str, now: datetime) -> None:
    """Erase an address from what it was told of; who is still to be told is not told any more."""
    connection.execute(
        "UPDATE alerts_told SET recipient = 'erased/' || id,"
        " outcome = CASE WHEN told_at IS NULL THEN :reason ELSE outcome END,"
        " told_at = coalesce(told_at, :now)"
        " WHERE kind = 'address' AND recipient = :address COLLATE NOCASE",
        {"address": address, "reason": reason, "now": stamp(now)},
    )


def _empty(
    connection: sqlite3.Connection,
    which: str,
    value: object,
    reason: str,
    now: datetime,
    *,
    kinds: Collection[DeliveryKind] = (),
) -> Erased:
    values = {
        "which": value,
        "reason": reason,
        "now": stamp(now),
        "kinds": to_json(sorted(kinds)),
    }

    def changed(statement: str) -> int:
        return connection.execute(statement, values).rowcount

    letters = changed(f"DELETE FROM deliveries WHERE {which} AND epoch = 0")  # noqa: S608  # words of ours
    theirs = f"delivery_id IN (SELECT id FROM deliveries WHERE {which})"  # noqa: S608
    attempts = changed(f"DELETE FROM attempts WHERE {theirs}")  # noqa: S608
    bounces = changed(f"UPDATE bounces SET words = '' WHERE {theirs}")  # noqa: S608
    changed(  # a repeat would have no address to go to
        "UPDATE deliveries SET state = 'dropped', changed_at = :now, reply = :reason"  # noqa: S608
        f" WHERE {which} AND state IN ('queued', 'claimed', 'deferred', 'unknown')"
    )
    messages = changed(
        "UPDATE deliveries SET address = '',"  # noqa: S608
        " reply = CASE WHEN state = 'dropped' AND reply = :reason THEN reply ELSE '' END,"
        " letter = CASE WHEN letter IS NOT NULL"
        f""" THEN '{{"subject":"","text":""}}' END WHERE {which}"""
    )
    return Erased(letters=letters, messages=messages, attempts=attempts, bounces=bounces)

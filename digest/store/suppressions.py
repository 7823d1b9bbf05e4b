"""What is kept of people who must not be written to, and what is not kept of those who are gone.

Pieces of larger transactions: readers are erased by the desk and by a bounce of their confirmation.
"""

import sqlite3
from datetime import datetime

from digest.model import Suppression
from digest.store.values import stamp


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
        " SET reason = :reason, evidence = :evidence, since = :now WHERE reason = :weak",
        {
            "hash": address_hash,
            "reason": reason,
            "evidence": evidence,
            "now": stamp(now),
            "weak": Suppression.DEAD,
        },
    )


def erase_subscriber(
    connection: sqlite3.Connection, subscriber: int, reason: str, now: datetime
) -> None:
    """Erase a reader: the row, the letters to them, and of what was sent to them the address.

    What servers answered and reported goes too, because it quotes addresses. A delivery that may
    have left keeps its row: its number is in the address that reports come to, and must never
    lead to somebody else.
    """
    values = {"id": subscriber, "reason": reason, "now": stamp(now)}
    connection.execute("DELETE FROM deliveries WHERE subscriber_id = :id AND epoch = 0", values)
    theirs = "delivery_id IN (SELECT id FROM deliveries WHERE subscriber_id = :id)"
    connection.execute(f"DELETE FROM attempts WHERE {theirs}", values)  # noqa: S608  # words of ours
    connection.execute(f"UPDATE bounces SET words = '' WHERE {theirs}", values)  # noqa: S608
    connection.execute(
        "UPDATE deliveries SET address = '', reply = '', letter = CASE WHEN letter IS NOT NULL"
        """ THEN '{"subject":"","text":""}' END WHERE subscriber_id = :id""",
        values,
    )
    connection.execute(  # a repeat would have no address to go to
        "UPDATE deliveries SET state = 'dropped', changed_at = :now, reply = :reason"
        " WHERE subscriber_id = :id AND state IN ('queued', 'claimed', 'deferred', 'unknown')",
        values,
    )
    connection.execute("DELETE FROM subscribers WHERE id = :id", values)

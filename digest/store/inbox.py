"""Which mails to us were handled, and how many letters went to people who had not proved to ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.store.database import Database
from digest.store.values import moment, stamp

# A mail that was handled and could not be put away is seen again at the next look. So long the
# mailbox may be out of order.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestLetters:
    """When letters to people who had not proved to ask left, or will; the newest first."""

    address: tuple[datetime, ...] = ()  # to this address
    domain: tuple[datetime, ...] = ()  # to its domain
    everybody: tuple[datetime, ...] = ()


class InboxTable:
    """Queries on received mail and what was answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def handle(self, key: str, sender_hash: str, now: datetime) -> bool:
        """Record that a mail is handled. False if it was before: then do nothing more.

        Call it in the transaction of all that the mail brings about.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM received WHERE at < ?", (stamp(now - KEPT),))
            connection.execute("DELETE FROM unproven_letters WHERE at < ?", (stamp(now - KEPT),))
            cursor = connection.execute(
                "INSERT INTO received (key, at, sender_hash) VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (key, stamp(now), sender_hash),
            )
        return cursor.rowcount == 1

    def forget(self, key: str) -> None:
        """Take back that a mail is handled: nothing was done."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM received WHERE key = ?", (key,))

    def answer(self, key: str, address_hash: str) -> None:
        """Record that a handled mail got an answer, to an address that proved to ask."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE received SET answered = 1, sender_hash = ? WHERE key = ?",
                (address_hash, key),
            )

    def answers(self, sender_hash: str, since: datetime) -> int:
        """How many such answers an address was given since then."""
        row = self._database.connection.execute(
            "SELECT count(*) AS answers FROM received"
            " WHERE sender_hash = ? AND at > ? AND answered",
            (sender_hash, stamp(since)),
        ).fetchone()
        return int(row["answers"])

    def latest_letters(self, address_hash: str, domain: str, limit: int) -> LatestLetters:
        """The newest letters to people who had not proved to ask, at most so many of each.

        Of a domain's and of everybody's those count that are not of the operator's asking.
        """
        return LatestLetters(
            address=self._times("address_hash = ?", (address_hash, limit)),
            domain=self._times("domain = ? AND by_operator = 0", (domain, limit)),
            everybody=self._times("by_operator = 0", (limit,)),
        )

    def operators_letters(self, limit: int) -> tuple[datetime, ...]:
        """When the newest letters left, or will, by which the operator asks people."""
        return self._times("by_operator = 1", (limit,))

    def add_letter(
        self, address_hash: str, domain: str, at: datetime, *, by_operator: bool = False
    ) -> None:
        """Record a letter to somebody who had not proved to ask. It leaves at that time."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO unproven_letters (at, address_hash, domain, by_operator)"
                " VALUES (?, ?, ?, ?)",
                (stamp(at), address_hash, domain, int(by_operator)),
            )

    def _times(self, condition: str, parameters: tuple[object, ...]) -> tuple[datetime, ...]:
        rows = self._database.connection.execute(
            f"SELECT at FROM unproven_letters WHERE {condition}"  # noqa: S608  # literals of this class
            " ORDER BY at DESC LIMIT ?",
            parameters,
        )
        return tuple(moment(row["at"]) for row in rows)

"""Channels that alerts go through beside mail: what waits for each, and what troubles them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from digest.model import Alert
from digest.store.database import Database
from digest.store.telling import WAITING, Waiting, mark_told, waiting_row
from digest.store.values import moment, stamp, to_json

_AT_ONCE = 10  # alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrouble:
    """A channel that does not take what it is given."""

    name: str
    failing_since: datetime
    failures: int  # in a row
    not_before: datetime
    error: str


class ChannelTable:
    """Queries on channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> list[str]:
        """The channels that something is due to be given to, but those that rest."""
        rows = self._database.connection.execute(
            "SELECT DISTINCT t.recipient FROM alerts_told t"
            " LEFT JOIN channels c ON c.name = t.recipient"
            " WHERE t.told_at IS NULL AND t.kind = 'channel' AND t.due_at <= ?"
            " AND coalesce(c.not_before, '') <= ? ORDER BY t.recipient",
            (stamp(now), stamp(now)),
        )
        return [row[0] for row in rows]

    def waiting(self, name: str, now: datetime) -> list[Waiting]:
        """What a channel is due to be given, the oldest first; a few at once."""
        rows = self._database.connection.execute(
            f"{WAITING} AND t.kind = 'channel' AND t.recipient = ?"
            " AND t.due_at <= ? ORDER BY t.id LIMIT ?",
            (name, stamp(now), _AT_ONCE),
        )
        read: dict[str, Alert] = {}
        return [waiting_row(row, read) for row in rows]

    def given(self, name: str, told: Waiting, now: datetime, *, outcome: str | None = None) -> None:
        """Remember that a channel works: it took an alert, or refused it, with that outcome."""
        with self._database.transaction() as connection:
            mark_told(connection, [told], now, outcome=outcome)
            connection.execute("DELETE FROM channels WHERE name = ?", (name,))

    def failed(self, trouble: ChannelTrouble, told: Waiting) -> None:
        """Remember that a channel did not take an alert, and when it is tried again."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE alerts_told SET attempts = attempts + 1 WHERE id = ?", (told.id,)
            )
            connection.execute(
                "INSERT OR REPLACE INTO channels (name, failing_since, failures, not_before, error)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    trouble.name,
                    stamp(trouble.failing_since),
                    trouble.failures,
                    stamp(trouble.not_before),
                    trouble.error,
                ),
            )

    def clear(self, known: Collection[str], now: datetime) -> None:
        """Forget the channels that are not known any more: nothing waits for them."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE alerts_told SET told_at = ?, outcome = ? WHERE told_at IS NULL"
                " AND kind = 'channel' AND recipient NOT IN (SELECT value FROM json_each(?))",
                (stamp(now), "the channel is no longer in feeds.toml", to_json(list(known))),
            )
            connection.execute(
                "DELETE FROM channels WHERE name NOT IN (SELECT value FROM json_each(?))",
                (to_json(list(known)),),
            )

    def troubles(self, known: Collection[str]) -> dict[str, ChannelTrouble]:
        """Those of these channels that have trouble."""
        rows = self._database.connection.execute(
            "SELECT * FROM channels WHERE name IN (SELECT value FROM json_each(?))",
            (to_json(list(known)),),
        )
        return {
            row["name"]: ChannelTrouble(
                name=row["name"],
                failing_since=moment(row["failing_since"]),
                failures=row["failures"],
                not_before=moment(row["not_before"]),
                error=row["error"],
            )
            for row in rows
        }

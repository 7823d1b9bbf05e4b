"""How many readers came and went, by the hour.

The database counts each move itself. Who moved is not kept, so the figures outlive everybody in
them.
"""

from datetime import UTC, datetime

from digest.model import Moves, Status
from digest.store.database import Database
from digest.store.values import stamp

_HOUR = 13  # characters of a stamp that tell the hour


class MoveTable:
    """Queries on the moves of readers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, start: datetime) -> list[Moves]:
        """The moves from the hour of `start` on, in the order of time."""
        rows = self._database.connection.execute(
            "SELECT * FROM moves WHERE hour >= ? ORDER BY hour", (stamp(start)[:_HOUR],)
        )
        return [
            Moves(
                hour=datetime.fromisoformat(f"{row['hour']}:00").replace(tzinfo=UTC),
                was=Status(row["was"]) if row["was"] else None,
                became=Status(row["became"]),
                readers=row["readers"],
            )
            for row in rows
        ]

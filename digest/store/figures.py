"""Numbers for those who look on: how much came, and when. Nothing is decided by them."""

from datetime import datetime, timedelta

from digest.model import FeedId, Status
from digest.store.database import Database
from digest.store.meta import Key
from digest.store.migrating import newest, version_of
from digest.store.values import stamp


class FigureTable:
    """Queries for metrics, health and the operator's page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, now: datetime) -> None:
        """Show that the state can be written. Raises StoreError if it cannot be."""
        self._database.meta.put(Key.WRITTEN, stamp(now))

    def schema_fits(self) -> bool:
        """Whether the tables are those that this program knows."""
        return version_of(self._database.connection) == newest()

    def entries_of_feeds(self, since: datetime) -> dict[FeedId, int]:
        """How many entries each feed has brought since then."""
        rows = self._database.connection.execute(
            "SELECT feed, count(*) AS entries FROM entries WHERE published >= ? AND first_seen >= ?"
            " GROUP BY feed",
            (stamp(since - timedelta(days=30)), stamp(since)),
        )
        return {FeedId(row["feed"]): row["entries"] for row in rows}

    def entries_by_day(self, since: datetime, offset: timedelta) -> dict[str, int]:
        """How many entries came on each day since then, by clocks that are `offset` ahead of UTC.

        The keys are dates, "2026-11-16".
        """
        rows = self._database.connection.execute(
            "SELECT date(first_seen, ?) AS day, count(*) AS entries FROM entries"
            " WHERE published >= ? AND first_seen >= ? GROUP BY day",
            (
                f"{int(offset.total_seconds()):+d} seconds",
                stamp(since - timedelta(days=30)),
                stamp(since),
            ),
        )
        return {row["day"]: row["entries"] for row in rows}

    def stories(self, since: datetime) -> int:
        """How many stories have a relevant report that was published since then."""
        row = self._database.connection.execute(
            "SELECT count(DISTINCT c.story_id) FROM entries e"
            " JOIN clusters c ON c.id = e.cluster_id WHERE e.published >= ? AND e.relevant = 1",
            (stamp(since),),
        ).fetchone()
        return int(row[0])

    def readers_by_day(self, since: datetime, offset: timedelta) -> dict[str, int]:
        """By how much the number of active readers changed on each day since then."""
        rows = self._database.connection.execute(
            "SELECT date(hour || ':00', ?) AS day,"
            " sum(iif(became = :active, readers, 0) - iif(was = :active, readers, 0)) AS change"
            " FROM moves WHERE hour >= ? GROUP BY day".replace(":active", f"'{Status.ACTIVE}'"),
            (f"{int(offset.total_seconds()):+d} seconds", stamp(since)[:13]),
        )
        return {row["day"]: row["change"] for row in rows}

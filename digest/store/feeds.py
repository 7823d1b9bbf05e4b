"""Feeds and what polling taught us of them, and the entries they brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import Entry, FeedId, PollState
from digest.settings import Feed
from digest.store.database import Database
from digest.store.values import entry_columns, moment, poll_columns, poll_state, stamp


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many entries of a poll were new, and how many were known but changed."""

    new: int
    revised: int


class FeedTable:
    """Queries on feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make every configured feed known. A changed URL forgets what the old one taught us."""
        unknown = poll_columns(PollState())
        forget = ", ".join(f"{name} = :{name}" for name in unknown)
        with self._database.transaction() as connection:
            for feed in feeds:
                connection.execute(
                    "INSERT INTO feeds (id, url, added_at) VALUES (:id, :url, :now)"  # noqa: S608  # names of ours
                    f" ON CONFLICT (id) DO UPDATE SET url = excluded.url, {forget}"
                    " WHERE url <> excluded.url",
                    {**unknown, "id": feed.id, "url": feed.url, "now": stamp(now)},
                )

    def first_added(self) -> datetime | None:
        """When the first feed became known; None before that."""
        row = self._database.connection.execute("SELECT min(added_at) AS at FROM feeds").fetchone()
        return None if row["at"] is None else moment(row["at"])

    def states(self) -> dict[FeedId, PollState]:
        """What we know of every feed ever polled or configured."""
        rows = self._database.connection.execute("SELECT * FROM feeds")
        return {FeedId(row["id"]): poll_state(row) for row in rows}

    def record(
        self, feed: FeedId, state: PollState, entries: Sequence[Entry], now: datetime
    ) -> Recorded:
        """Store a poll's entries together with the feed's new state, all or nothing.

        An entry is known by its GUID, or by its link where the GUID is new and the one that had
        the link is no longer told of. A known entry whose words changed is revised in place and
        placed again by ingest.
        """
        new = revised = 0
        told = {entry.guid for entry in entries}
        with self._database.transaction() as connection:
            for entry in entries:
                columns = entry_columns(entry)
                known = connection.execute(
                    "SELECT id, guid, title, summary, url FROM entries WHERE feed = :feed"
                    " AND (guid = :guid OR url = :url AND url <> '')"
                    " ORDER BY guid = :guid DESC LIMIT 1",
                    columns,
                ).fetchone()
                if known is None or (known["guid"] != entry.guid and known["guid"] in told):
                    connection.execute(
                        "INSERT INTO entries (feed, guid, url, title, summary, published, dated,"
                        " lang, outlet, first_seen) VALUES (:feed, :guid, :url, :title, :summary,"
                        " :published, :dated, :lang, :outlet, :now)",
                        {**columns, "now": stamp(now)},
                    )
                    new += 1
                elif (known["title"], known["summary"]) != (entry.title, entry.summary):
                    connection.execute(
                        "UPDATE entries SET title = :title, summary = :summary, url = :url,"
                        " placed_at = NULL WHERE id = :id",
                        {**columns, "now": stamp(now), "id": known["id"]},
                    )
                    revised += 1
            columns = poll_columns(state)
            assignments = ", ".join(f"{name} = :{name}" for name in columns)
            connection.execute(
                f"UPDATE feeds SET {assignments} WHERE id = :id",  # noqa: S608  # names of ours
                {**columns, "id": feed},
            )
        return Recorded(new, revised)

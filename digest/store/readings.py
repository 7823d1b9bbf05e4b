"""What is compared of recent entries, kept so that a restart need not read them again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from digest.model import ClusterId, EntryId, StoryId
from digest.store.database import Database
from digest.store.values import moment, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReading:
    """An entry that has been placed, and what was kept of it."""

    entry: EntryId
    cluster: ClusterId
    story: StoryId
    owner: str
    published: datetime
    told: bytes | None  # None: nothing, or in another form


class ReadingTable:
    """Queries on readings. A form is whatever makes them differ: of another one there are none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, readings: Iterable[tuple[EntryId, bytes]], form: str) -> None:
        """Keep what is compared of entries, in place of what was kept of them."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO readings (entry_id, published, form, told)"
                " SELECT id, published, ?, ? FROM entries WHERE id = ?",
                [(form, told, entry) for entry, told in readings],
            )

    def of(self, entry: EntryId, form: str) -> bytes | None:
        """What was kept of one entry."""
        row = self._database.connection.execute(
            "SELECT told FROM readings WHERE entry_id = ? AND form = ?", (entry, form)
        ).fetchone()
        return None if row is None else bytes(row["told"])

    def told_since(self, since: datetime, form: str) -> list[KeptReading]:
        """All entries of stories with a report published since then, in order of publication."""
        rows = self._database.connection.execute(
            "SELECT e.id, e.cluster_id, c.story_id, e.owner, e.published, r.told FROM entries e"
            " JOIN clusters c ON c.id = e.cluster_id"
            " LEFT JOIN readings r ON r.entry_id = e.id AND r.form = ?"
            " WHERE c.story_id IN (SELECT c.story_id FROM entries e"
            " JOIN clusters c ON c.id = e.cluster_id WHERE e.published >= ?)"
            " ORDER BY e.published, e.id",
            (form, stamp(since)),
        )
        return [
            KeptReading(
                entry=EntryId(row["id"]),
                cluster=ClusterId(row["cluster_id"]),
                story=StoryId(row["story_id"]),
                owner=row["owner"],
                published=moment(row["published"]),
                told=row["told"],
            )
            for row in rows
        ]

    def forget(self, before: datetime) -> None:
        """Forget what was kept of entries that were published before."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM readings WHERE published < ?", (stamp(before),))

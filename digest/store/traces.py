"""One entry or story followed through all tables, for `digest explain`."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import EntryId, StoredEntry, StoryId, Tags
from digest.store.database import Database
from digest.store.values import from_json, maybe_moment, stored_entry

MOST_FOUND = 20  # entries of one link or GUID; more are no help


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTrace:
    """An entry with all that became of it."""

    stored: StoredEntry
    placed_at: datetime | None  # None: it waits to be read
    left_out: str | None  # by which rule, or why it is no news
    story: StoryId | None
    tags: Tags | None
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePlace:
    """Where an issue that is out tells a story."""

    edition: str
    period: str
    rank: int  # 1 is the lead
    of: int  # stories


class TraceTable:
    """Queries on single entries and stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entry(self, entry: EntryId) -> EntryTrace | None:
        """The entry of this number."""
        found = self._entries("e.id = ?", (entry,))
        return found[0] if found else None

    def named(self, words: Sequence[str]) -> list[EntryTrace]:
        """The entries whose link or GUID is one of these, the newest first."""
        marks = ", ".join("?" * len(words))
        return self._entries(f"e.url IN ({marks}) OR e.guid IN ({marks})", (*words, *words))

    def _entries(self, condition: str, values: tuple[object, ...]) -> list[EntryTrace]:
        rows = self._database.connection.execute(
            "SELECT e.*, c.story_id FROM entries e LEFT JOIN clusters c ON c.id = e.cluster_id"  # noqa: S608  # words of ours
            f" WHERE {condition} ORDER BY e.id DESC LIMIT ?",
            (*values, MOST_FOUND),
        )
        return [_trace(row) for row in rows]

    def reading_order(self, entries: Sequence[EntryId]) -> list[EntryId]:
        """Entries in the order in which they were read: poll by poll, each of them by time."""
        marks = ", ".join("?" * len(entries))
        rows = self._database.connection.execute(
            f"SELECT id FROM entries WHERE id IN ({marks})"  # noqa: S608  # question marks only
            " ORDER BY placed_at IS NULL, placed_at, published, id",
            tuple(entries),
        )
        return [EntryId(row["id"]) for row in rows]

    def readings(self, entries: Sequence[EntryId]) -> dict[EntryId, bytes]:
        """What is kept of entries to compare them by; in whatever form, and of recent ones only."""
        marks = ", ".join("?" * len(entries))
        rows = self._database.connection.execute(
            f"SELECT entry_id, told FROM readings WHERE entry_id IN ({marks})",  # noqa: S608  # question marks only
            tuple(entries),
        )
        return {EntryId(row["entry_id"]): bytes(row["told"]) for row in rows}

    def places(self, story: StoryId) -> list[IssuePlace]:
        """The issues that tell a story, under whatever number it had then."""
        rows = self._database.connection.execute(
            "SELECT i.edition, i.period, s.rank,"
            " (SELECT count(*) FROM issue_stories o WHERE o.issue_id = i.id) AS stories"
            " FROM issue_stories s JOIN issues i ON i.id = s.issue_id"
            " JOIN clusters c ON c.id = s.story_id WHERE c.story_id = ?"
            " ORDER BY i.period_end, i.edition",
            (story,),
        )
        return [
            IssuePlace(
                edition=row["edition"], period=row["period"], rank=row["rank"], of=row["stories"]
            )
            for row in rows
        ]

    def counted(self, feed: str) -> tuple[int, int]:
        """How many entries a feed has brought, and how many of them are relevant."""
        row = self._database.connection.execute(
            "SELECT count(*), coalesce(sum(relevant), 0) FROM entries WHERE feed = ?", (feed,)
        ).fetchone()
        return row[0], row[1]


def _trace(row: sqlite3.Row) -> EntryTrace:
    return EntryTrace(
        stored=stored_entry(row),
        placed_at=maybe_moment(row["placed_at"]),
        left_out=row["dropped_by"],
        story=None if row["story_id"] is None else StoryId(row["story_id"]),
        tags=None if row["tags"] is None else from_json(row["tags"], Tags),
        owner=row["owner"] or "",
    )

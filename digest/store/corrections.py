"""What the operator said of stories: kept with time and person, done, and undone.

A story is known by its own number and by that of every cluster it holds. So the number of a story
that came into another one leads there, whoever made them one.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import ClusterId, Correction, CorrectionKind, EntryId, StoryId
from digest.store.database import Database
from digest.store.values import from_json, moment, stamp, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where an entry stands."""

    cluster: ClusterId
    story: StoryId
    lang: str


class CorrectionTable:
    """Queries on corrections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- what there is -----------------------------------------------------------------------

    def story_of(self, number: StoryId) -> StoryId | None:
        """The story that this number means now; None if it never meant any."""
        row = self._database.connection.execute(
            "SELECT story_id FROM clusters WHERE id = ?", (number,)
        ).fetchone()
        return None if row is None else StoryId(row[0])

    def whereabouts(self, entry: EntryId) -> Whereabouts | None:
        """Where an entry stands; None if there is none of that number in any story."""
        row = self._database.connection.execute(
            "SELECT e.cluster_id, c.story_id, e.lang FROM entries e"
            " JOIN clusters c ON c.id = e.cluster_id WHERE e.id = ?",
            (entry,),
        ).fetchone()
        if row is None:
            return None
        return Whereabouts(
            cluster=ClusterId(row["cluster_id"]), story=StoryId(row["story_id"]), lang=row["lang"]
        )

    def count_entries(self, story: StoryId) -> int:
        """How many entries a story has."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM entries e JOIN clusters c ON c.id = e.cluster_id"
            " WHERE c.story_id = ?",
            (story,),
        ).fetchone()
        return int(row[0])

    def of(self, story: StoryId) -> list[Correction]:
        """What is in force of what was said of a story, the oldest first."""
        return [
            _correction(row)
            for row in self._in_force()
            if story in {row["story_now"], row["other_now"], row["entry_now"]}
            and not (row["kind"] == CorrectionKind.LEAD and row["entry_now"] != story)
        ]

    def all(self) -> dict[StoryId, list[Correction]]:
        """The same of every story that something was said of."""
        found: dict[StoryId, list[Correction]] = {}
        for row in self._in_force():
            lead = row["kind"] == CorrectionKind.LEAD
            about = {row["entry_now"]} if lead else {row["story_now"], row["other_now"]}
            for story in about - {None}:
                found.setdefault(StoryId(story), []).append(_correction(row))
        return found

    def apart(self) -> list[tuple[StoryId, StoryId]]:
        """The stories that were split, pair by pair, as they are called now."""
        rows = self._database.connection.execute(
            "SELECT DISTINCT o.story_id AS one, s.story_id AS other FROM corrections x"
            " JOIN clusters o ON o.id = x.other_id"
            " JOIN json_each(json_insert(x.origins, '$[#]', x.story_id)) AS was"
            " JOIN clusters s ON s.id = was.value"
            " WHERE x.kind = 'split' AND x.undone_at IS NULL AND o.story_id <> s.story_id"
        )
        return [(StoryId(row["one"]), StoryId(row["other"])) for row in rows]

    def merged(self) -> set[StoryId]:
        """The stories that the operator made of several, as they are called now."""
        rows = self._database.connection.execute(
            "SELECT DISTINCT o.story_id FROM corrections x JOIN clusters o ON o.id = x.other_id"
            " JOIN clusters s ON s.id = x.story_id"
            " WHERE x.kind = 'merge' AND x.undone_at IS NULL AND o.story_id = s.story_id"
        )
        return {StoryId(row[0]) for row in rows}

    def pinned(self) -> dict[EntryId, ClusterId]:
        """The entries that left a story by the operator's word, and the clusters they went to."""
        rows = self._database.connection.execute(
            "SELECT entries, clusters FROM corrections"
            " WHERE kind = 'split' AND undone_at IS NULL ORDER BY id"
        )
        found: dict[EntryId, ClusterId] = {}
        for row in rows:
            entries = from_json(row["entries"], list[EntryId])
            found |= zip(entries, from_json(row["clusters"], list[ClusterId]), strict=True)
        return found

    # --- doing -------------------------------------------------------------------------------

    def merge(self, keep: StoryId, other: StoryId, who: str, now: datetime) -> None:
        """Make the other story part of the one that is kept.

        That they were split before, if they were, is undone by it.
        """
        with self._database.transaction() as connection:
            for row in self._in_force(CorrectionKind.SPLIT):
                if {row["story_now"], row["other_now"]} == {keep, other}:
                    _undo(connection, row["id"], who, now)
            moved = _clusters_of(connection, other)
            connection.execute("UPDATE clusters SET story_id = ? WHERE story_id = ?", (keep, other))
            _record(connection, CorrectionKind.MERGE, keep, who, now, other=other, clusters=moved)

    def unmerge(self, stories: Collection[StoryId], who: str, now: datetime) -> list[StoryId]:
        """Undo the merges by which these stories came into others; gives those that are back."""
        back: list[StoryId] = []
        with self._database.transaction() as connection:
            for row in reversed(self._in_force(CorrectionKind.MERGE)):
                if row["other_id"] not in stories:
                    continue
                connection.execute(
                    "UPDATE clusters SET story_id = ? WHERE story_id = ?"
                    " AND id IN (SELECT value FROM json_each(?))",
                    (row["other_id"], row["story_now"], row["clusters"]),
                )
                _undo(connection, row["id"], who, now)
                back.append(StoryId(row["other_id"]))
        return back

    def split(
        self, story: StoryId, entries: Mapping[EntryId, Whereabouts], who: str, now: datetime
    ) -> StoryId:
        """Let these entries of a story become one of their own, a cluster for each language."""
        with self._database.transaction() as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM clusters").fetchone()
            made = StoryId(last + 1)
            connection.execute(
                "INSERT INTO stories (id, created_at) VALUES (?, ?)", (made, stamp(now))
            )
            clusters: dict[str, ClusterId] = {}
            for entry, was in entries.items():
                if was.lang not in clusters:
                    clusters[was.lang] = ClusterId(made + len(clusters))
                    connection.execute(
                        "INSERT INTO clusters (id, story_id) VALUES (?, ?)",
                        (clusters[was.lang], made),
                    )
                connection.execute(
                    "UPDATE entries SET cluster_id = ? WHERE id = ?", (clusters[was.lang], entry)
                )
            _record(
                connection,
                CorrectionKind.SPLIT,
                story,
                who,
                now,
                other=made,
                entries=list(entries),
                clusters=[clusters[was.lang] for was in entries.values()],
                origins=sorted({was.cluster for was in entries.values()}),
            )
        return made

    def unsplit(self, story: StoryId, who: str, now: datetime) -> StoryId | None:
        """Let a story that was split off return; gives where to, None if it never was."""
        with self._database.transaction() as connection:
            for row in self._in_force(CorrectionKind.SPLIT):
                if row["other_now"] != story:
                    continue
                # As a whole, with what has come to it since; unless it has become part of an
                # older story, which stays where it is.
                connection.execute(
                    "UPDATE clusters SET story_id = ? WHERE story_id = ?"
                    " AND (? OR id IN (SELECT value FROM json_each(?)))",
                    (row["story_now"], story, story == row["other_id"], row["clusters"]),
                )
                _undo(connection, row["id"], who, now)
                return StoryId(row["story_now"])
        return None

    def lead(
        self, story: StoryId, entry: EntryId, instead: Sequence[EntryId], who: str, now: datetime
    ) -> None:
        """Let this entry's headline tell its story, instead of those."""
        with self._database.transaction() as connection:
            self.unlead(story, instead, who, now)
            _record(connection, CorrectionKind.LEAD, story, who, now, entries=[entry])

    def unlead(self, story: StoryId, entries: Collection[EntryId], who: str, now: datetime) -> int:
        """Undo that these entries' headlines tell a story; gives how many did."""
        undone = 0
        with self._database.transaction() as connection:
            for each in self.of(story):
                if each.kind is CorrectionKind.LEAD and each.entries[0] in entries:
                    _undo(connection, each.id, who, now)
                    undone += 1
        return undone

    def exclude(self, story: StoryId, who: str, now: datetime) -> None:
        """Keep a story out of issues and alerts."""
        with self._database.transaction() as connection:
            _record(connection, CorrectionKind.EXCLUDE, story, who, now)

    def readmit(self, story: StoryId, who: str, now: datetime) -> int:
        """Undo that a story is kept out; gives how often that had been said."""
        undone = 0
        with self._database.transaction() as connection:
            for each in self.of(story):
                if each.kind is CorrectionKind.EXCLUDE:
                    _undo(connection, each.id, who, now)
                    undone += 1
        return undone

    def _in_force(self, kind: CorrectionKind | None = None) -> list[sqlite3.Row]:
        """What was said, with what the numbers in it mean now."""
        return self._database.connection.execute(
            "SELECT x.*, s.story_id AS story_now, o.story_id AS other_now, c.story_id AS entry_now"
            " FROM corrections x JOIN clusters s ON s.id = x.story_id"
            " LEFT JOIN clusters o ON o.id = x.other_id"
            " LEFT JOIN entries e ON x.kind = 'lead' AND e.id = json_extract(x.entries, '$[0]')"
            " LEFT JOIN clusters c ON c.id = e.cluster_id"
            " WHERE x.undone_at IS NULL AND (? IS NULL OR x.kind = ?) ORDER BY x.id",
            (kind, kind),
        ).fetchall()


def _clusters_of(connection: sqlite3.Connection, story: StoryId) -> list[ClusterId]:
    rows = connection.execute("SELECT id FROM clusters WHERE story_id = ? ORDER BY id", (story,))
    return [ClusterId(row["id"]) for row in rows]


def _record(
    connection: sqlite3.Connection,
    kind: CorrectionKind,
    story: StoryId,
    who: str,
    now: datetime,
    *,
    other: StoryId | None = None,
    entries: Sequence[EntryId] = (),
    clusters: Sequence[ClusterId] = (),
    origins: Sequence[ClusterId] = (),
) -> None:
    connection.execute(
        "INSERT INTO corrections (kind, story_id, other_id, entries, clusters, origins, at, who)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            story,
            other,
            to_json(entries),
            to_json(clusters),
            to_json(origins),
            stamp(now),
            who,
        ),
    )


def _undo(connection: sqlite3.Connection, number: int, who: str, now: datetime) -> None:
    connection.execute(
        "UPDATE corrections SET undone_at = ?, undone_by = ? WHERE id = ?",
        (stamp(now), who, number),
    )


def _correction(row: sqlite3.Row) -> Correction:
    return Correction(
        id=row["id"],
        kind=CorrectionKind(row["kind"]),
        story=StoryId(row["story_id"]),
        other=None if row["other_id"] is None else StoryId(row["other_id"]),
        entries=tuple(from_json(row["entries"], list[EntryId])),
        at=moment(row["at"]),
        who=row["who"],
    )

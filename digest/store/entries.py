"""Entries on their way to stories, and stories as later stages read them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from digest.model import (
    ClusterId,
    Entry,
    EntryId,
    Link,
    NotNews,
    Placement,
    Report,
    StoredEntry,
    Story,
    StoryId,
    Tags,
)
from digest.store.database import Database
from digest.store.values import from_json, report, stamp, stored_entry, to_json

_REPORTS = 8  # of a story that are looked at, on average, to find the latest stories


class EntryTable:
    """Queries on entries, clusters and stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int, after: StoredEntry | None = None) -> list[StoredEntry]:
        """Entries that ingest has not placed, the earliest published first, or those after one."""
        last = ("", 0) if after is None else (stamp(after.entry.published), after.id)
        rows = self._database.connection.execute(
            "SELECT * FROM entries WHERE placed_at IS NULL AND (published, id) > (?, ?)"
            " ORDER BY published, id LIMIT ?",
            (*last, limit),
        )
        return [stored_entry(row) for row in rows]

    def entry(self, entry: EntryId) -> Entry:
        """One entry, which there is."""
        row = self._database.connection.execute(
            "SELECT * FROM entries WHERE id = ?", (entry,)
        ).fetchone()
        return stored_entry(row).entry

    def clusters_of(self, entries: Sequence[EntryId]) -> dict[EntryId, ClusterId]:
        """The clusters of those entries that ingest placed before and that were revised since."""
        marks = ", ".join("?" * len(entries))
        rows = self._database.connection.execute(
            "SELECT id, cluster_id FROM entries"  # noqa: S608  # question marks only
            f" WHERE cluster_id IS NOT NULL AND id IN ({marks})",
            tuple(entries),
        )
        return {EntryId(row["id"]): ClusterId(row["cluster_id"]) for row in rows}

    def latest(self, limit: int) -> list[tuple[StoryId, Entry]]:
        """The stories with the newest relevant entries, each with its newest, the newest first."""
        rows = self._database.connection.execute(
            "SELECT e.*, c.story_id FROM entries e JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.relevant ORDER BY e.published DESC, e.id DESC LIMIT ?",
            (limit * _REPORTS,),
        )
        found: dict[StoryId, Entry] = {}
        for row in rows:
            if len(found) < limit:
                found.setdefault(StoryId(row["story_id"]), stored_entry(row).entry)
        return list(found.items())

    def count_waiting(self) -> int:
        """How many entries ingest has not placed."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM entries WHERE placed_at IS NULL"
        ).fetchone()
        return int(row[0])

    def next_cluster(self) -> ClusterId:
        """The first cluster id that is free. Only the holder of the lock makes clusters."""
        row = self._database.connection.execute(
            "SELECT coalesce(max(id), 0) + 1 FROM clusters"
        ).fetchone()
        return ClusterId(row[0])

    def place(self, placements: Sequence[Placement], links: Sequence[Link], now: datetime) -> None:
        """Record what ingest decided about a batch of entries, all or nothing.

        A new cluster starts as a story of its own with the cluster's number; links come after.
        """
        at = stamp(now)
        clusters = sorted({p.cluster for p in placements if p.cluster is not None})
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO stories (id, created_at) VALUES (?, ?)",
                [(cluster, at) for cluster in clusters],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO clusters (id, story_id) VALUES (?, ?)",
                [(cluster, cluster) for cluster in clusters],
            )
            connection.executemany(
                "UPDATE entries SET placed_at = ?, cluster_id = ?, dropped_by = ?, owner = ?,"
                " kind = ?, weight = ?, relevant = ?, tags = ? WHERE id = ?",
                [
                    (
                        at,
                        placement.cluster,
                        placement.dropped_by,
                        placement.owner,
                        placement.kind,
                        placement.weight,
                        int(placement.tags.relevant),
                        to_json(placement.tags),
                        placement.entry,
                    )
                    for placement in placements
                ],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO unwatched (cluster_id) VALUES (?)",
                [(cluster,) for cluster in clusters],
            )
            # The whole story moves: clusters of it that no index holds any more stay with it.
            connection.executemany(
                "UPDATE clusters SET story_id = ?"
                " WHERE story_id = (SELECT story_id FROM clusters WHERE id = ?)",
                [(link.story, link.cluster) for link in links],
            )

    def placed_since(self, since: datetime) -> list[Story]:
        """Every story with a report published since then, with all its reports, by story."""
        return self._stories(
            "SELECT c.story_id FROM entries e JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.published >= ?",
            (stamp(since),),
        )

    def stories_between(
        self,
        start: datetime,
        end: datetime,
        late_since: datetime | None = None,
        earliest: datetime | None = None,
    ) -> list[Story]:
        """Relevant stories with a report of [start, end), with all reports published before `end`.

        A report of the time between `earliest` (left out: as long before `start` as `end` is after
        it) and `start` counts too if it became part of its story at or after `late_since`: the
        issue that it would have belonged to had left by then.
        """
        late = "9999" if late_since is None else stamp(late_since)
        earliest = earliest or start - (end - start)
        return self._stories(
            "SELECT c.story_id FROM entries e JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.relevant AND (e.published >= ? AND e.published < ?"
            " OR e.published >= ? AND e.published < ? AND e.placed_at >= ?)",
            (stamp(start), stamp(end), stamp(earliest), stamp(start), late),
            until=end,
        )

    def irrelevant_between(self, start: datetime, end: datetime) -> list[Story]:
        """Stories with a report of [start, end) none of whose reports is relevant."""
        return self._stories(
            "SELECT c.story_id FROM entries e JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.published >= ? AND e.published < ? AND NOT EXISTS (SELECT 1 FROM clusters o"
            " JOIN entries r ON r.cluster_id = o.id WHERE o.story_id = c.story_id AND r.relevant)",
            (stamp(start), stamp(end)),
            until=end,
        )

    def dropped_between(self, start: datetime, end: datetime) -> dict[str, int]:
        """Why entries of [start, end) are in no story, and how many for each reason."""
        rows = self._database.connection.execute(
            "SELECT dropped_by, count(*) AS entries FROM entries WHERE published >= ?"
            " AND published < ? AND dropped_by IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
            (stamp(start), stamp(end)),
        )
        return {row["dropped_by"]: row["entries"] for row in rows}

    def placed(self, since: datetime) -> list[tuple[StoredEntry, Tags, StoryId | None]]:
        """Every placed entry published since then, in order, with its tags and its story.

        No story: a rule of its feed left it out, or it is no news.
        """
        rows = self._database.connection.execute(
            "SELECT e.*, c.story_id FROM entries e LEFT JOIN clusters c ON c.id = e.cluster_id"
            " WHERE e.published >= ? AND e.placed_at IS NOT NULL ORDER BY e.published, e.id",
            (stamp(since),),
        )
        return [
            (
                stored_entry(row),
                from_json(row["tags"], Tags),
                None if row["story_id"] is None else StoryId(row["story_id"]),
            )
            for row in rows
        ]

    def story(self, story: StoryId) -> Story | None:
        """One story whole, or None if there is none of that number."""
        return next(iter(self.stories([story])), None)

    def stories(self, numbers: Collection[StoryId]) -> list[Story]:
        """These stories whole, as far as there are such, by number."""
        return self._stories("SELECT value FROM json_each(?)", (to_json(sorted(numbers)),))

    def count_between(self, start: datetime, end: datetime) -> int:
        """How many entries of [start, end) were news, relevant or not."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM entries WHERE published >= ? AND published < ?"
            " AND coalesce(dropped_by, '') NOT IN (SELECT value FROM json_each(?))",
            (stamp(start), stamp(end), to_json(list(NotNews))),
        ).fetchone()
        return int(row[0])

    def _stories(
        self, which: str, parameters: Iterable[object], until: datetime | None = None
    ) -> list[Story]:
        rows = self._database.connection.execute(
            "SELECT e.*, c.story_id FROM entries e JOIN clusters c ON c.id = e.cluster_id"  # noqa: S608  # `which` is always a literal of this module
            f" WHERE c.story_id IN ({which}) AND e.published < ?"
            " ORDER BY c.story_id, e.published, e.id",
            (*parameters, "9999" if until is None else stamp(until)),
        )
        reports: dict[StoryId, list[Report]] = {}
        for row in rows:
            reports.setdefault(StoryId(row["story_id"]), []).append(report(row))
        leads, excluded = self._leads(), self._excluded()
        follows = self._follows(reports)
        return [
            Story(
                id=story,
                reports=tuple(told),
                leads=tuple(leads.get(story, ())),
                excluded=story in excluded,
                follows=follows.get(story),
            )
            for story, told in reports.items()
        ]

    def _leads(self) -> dict[StoryId, list[EntryId]]:
        """The entries that the operator chose to tell their stories, the last chosen first."""
        rows = self._database.connection.execute(
            "SELECT c.story_id, e.id FROM corrections x"
            " JOIN entries e ON e.id = json_extract(x.entries, '$[0]')"
            " JOIN clusters c ON c.id = e.cluster_id"
            " WHERE x.kind = 'lead' AND x.undone_at IS NULL ORDER BY x.id DESC"
        )
        found: dict[StoryId, list[EntryId]] = {}
        for row in rows:
            found.setdefault(StoryId(row["story_id"]), []).append(EntryId(row["id"]))
        return found

    def _excluded(self) -> set[StoryId]:
        rows = self._database.connection.execute(
            "SELECT c.story_id FROM corrections x JOIN clusters c ON c.id = x.story_id"
            " WHERE x.kind = 'exclude' AND x.undone_at IS NULL"
        )
        return {StoryId(row[0]) for row in rows}

    def _follows(self, stories: Collection[StoryId]) -> dict[StoryId, StoryId]:
        """Which of these stories follow an earlier one, by what the first cluster says."""
        rows = self._database.connection.execute(
            "SELECT c.story_id AS story, f.story_id AS earlier FROM clusters c"
            " JOIN clusters f ON f.id = c.follows"
            " WHERE c.follows IS NOT NULL AND f.story_id < c.story_id"
            " AND c.story_id IN (SELECT value FROM json_each(?)) ORDER BY c.id DESC",
            (to_json(list(stories)),),
        )
        return {StoryId(row["story"]): StoryId(row["earlier"]) for row in rows}

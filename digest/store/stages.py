"""What later stages of a saga are found by: a few marks of each cluster that may have one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from digest.model import ClusterId, Report, Stage, StoryId
from digest.store.database import Database
from digest.store.meta import Key
from digest.store.values import from_json, report, stamp, to_json

# Of a Stage as JSON. Whoever changes what a Stage holds counts up: those of another form are passed
# by, and after WINDOW of stories/saga.py there are none.
_FORM = 1


class StageTable:
    """Queries on stages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, clusters: int, reports: int) -> dict[ClusterId, list[Report]]:
        """The next clusters that were not looked at, each with its first relevant reports.

        A cluster without a relevant one has none. Empty when all were looked at.
        """
        found: dict[ClusterId, list[Report]] = {
            ClusterId(row["id"]): []
            for row in self._database.connection.execute(
                "SELECT id FROM clusters WHERE id > ? ORDER BY id LIMIT ?",
                (int(self._database.meta.get(Key.STAGES) or 0), clusters),
            )
        }
        rows = self._database.connection.execute(
            "SELECT * FROM entries WHERE relevant AND cluster_id BETWEEN ? AND ?"
            " ORDER BY published, id",
            (min(found, default=0), max(found, default=-1)),
        )
        for row in rows:
            told = found[ClusterId(row["cluster_id"])]
            if len(told) < reports:
                told.append(report(row))
        return found

    def record(self, stage: Stage, marks: Collection[str], follows: ClusterId | None) -> None:
        """Keep a stage, what later ones are found by, and which one it follows."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO stages (cluster_id, form, told) VALUES (?, ?, ?)",
                (stage.cluster, _FORM, to_json(stage)),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO stage_marks (mark, published, cluster_id) VALUES (?, ?, ?)",
                [(mark, stamp(stage.published), stage.cluster) for mark in marks],
            )
            connection.execute(
                "UPDATE clusters SET follows = ? WHERE id = ?", (follows, stage.cluster)
            )

    def extend(self, stage: ClusterId, earlier: ClusterId) -> None:
        """Let a stage follow an earlier one of another story, if its story follows none."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE clusters SET follows = ? WHERE id = ? AND NOT EXISTS (SELECT 1"
                " FROM clusters c WHERE c.story_id = clusters.story_id"
                " AND (c.follows IS NOT NULL OR c.id = ?))",
                (earlier, stage, earlier),
            )

    def story_of(self, cluster: ClusterId) -> StoryId:
        """The story of a cluster that is known."""
        row = self._database.connection.execute(
            "SELECT story_id FROM clusters WHERE id = ?", (cluster,)
        ).fetchone()
        return StoryId(row["story_id"])

    def join(self, gone: StoryId, kept: StoryId) -> None:
        """Make all clusters of a story part of another one."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE clusters SET story_id = ? WHERE story_id = ?", (kept, gone))

    def looked_at(self, cluster: ClusterId) -> None:
        """Remember that all clusters up to this one were looked at."""
        self._database.meta.put(Key.STAGES, str(cluster))

    def earlier(
        self, stage: Stage, marks: Sequence[str], since: datetime, *, limit: int
    ) -> list[Stage]:
        """Earlier stages of other stories with one of these marks, the newest so many of each."""
        found: dict[ClusterId, str] = {}
        for mark in marks:
            rows = self._database.connection.execute(
                "SELECT m.cluster_id, s.told FROM stage_marks m"
                " JOIN stages s ON s.cluster_id = m.cluster_id AND s.form = ?"
                " JOIN clusters c ON c.id = m.cluster_id"
                " WHERE m.mark = ? AND m.published >= ? AND m.published <= ? AND m.cluster_id <> ?"
                " AND c.story_id <> (SELECT story_id FROM clusters WHERE id = ?)"
                " ORDER BY m.published DESC, m.cluster_id DESC LIMIT ?",
                (
                    _FORM,
                    mark,
                    stamp(since),
                    stamp(stage.published),
                    stage.cluster,
                    stage.cluster,
                    limit,
                ),
            )
            found |= {ClusterId(row["cluster_id"]): row["told"] for row in rows}
        return [from_json(text, Stage) for text in found.values()]

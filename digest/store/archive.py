"""The issues that are out, as the archive lists and tells them."""

import sqlite3
from dataclasses import dataclass

from digest.model import Issue, IssueId, IssueStory
from digest.store.database import Database
from digest.store.values import from_json, issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A published issue as a list of them shows it."""

    id: IssueId
    issue: Issue  # with the first of its stories only
    stories: int  # all of them
    languages: frozenset[str]  # of the headlines of those first ones


class ArchiveTable:
    """Queries on issues that were published and not cancelled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self) -> tuple[int, int]:
        """Changes whenever there is another issue that is published, or one of them is taken back.

        What was cancelled is taken back.
        """
        row = self._database.connection.execute(
            "SELECT coalesce(max(id), 0), count(*) FILTER (WHERE sending <> 'cancelled')"
            " FROM issues WHERE outcome = ?",
            ("published",),
        ).fetchone()
        return int(row[0]), int(row[1])

    def listed(self, first: int) -> list[Listed]:
        """Every published issue that tells something and was not cancelled, the oldest first.

        So many of them are looked at for the languages of their headlines; one comes with it.
        """
        rows = self._database.connection.execute(
            "SELECT i.*, (SELECT count(*) FROM issue_stories s WHERE s.issue_id = i.id) AS stories,"
            " (SELECT json_group_array(DISTINCT json_extract(h.value, '$.lang'))"
            " FROM issue_stories s, json_each(s.body, '$.headlines') h"
            " WHERE s.issue_id = i.id AND s.rank <= ?) AS languages"
            " FROM issues i WHERE i.outcome = ? AND i.sending <> 'cancelled' AND stories > 0"
            " ORDER BY i.period_end, i.frozen_at, i.id",
            (first, "published"),
        ).fetchall()
        leads = self._database.connection.execute(
            "SELECT issue_id, body FROM issue_stories WHERE rank = 1"
        )
        by_issue: dict[int, list[sqlite3.Row]] = {row["issue_id"]: [row] for row in leads}
        return [
            Listed(
                id=IssueId(row["id"]),
                issue=issue(row, by_issue.get(row["id"], ())),
                stories=row["stories"],
                languages=frozenset(from_json(row["languages"], list[str])),
            )
            for row in rows
        ]

    def stories(self, issue_id: IssueId, limit: int | None = None) -> tuple[IssueStory, ...]:
        """The frozen stories of an issue in their order, at most so many."""
        rows = self._database.connection.execute(
            "SELECT body FROM issue_stories WHERE issue_id = ? ORDER BY rank LIMIT ?",
            (issue_id, -1 if limit is None else limit),
        )
        return tuple(from_json(row["body"], IssueStory) for row in rows)

    def authority(self, domain: str) -> str:
        """Who gives the issues their ids, and since when: "example.org,2026-11-15" (RFC 4151).

        Recorded with the first issue that is out, and the same for ever, whatever domain is named
        later; "" before that.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO meta (key, value)"
                " SELECT 'authority', lower(?) || ',' || substr(min(frozen_at), 1, 10)"
                " FROM issues WHERE outcome = 'published' HAVING min(frozen_at) IS NOT NULL",
                (domain,),
            )
            row = connection.execute("SELECT value FROM meta WHERE key = 'authority'").fetchone()
        return "" if row is None else str(row["value"])

"""The issues that are out, as the archive lists and tells them."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from digest.model import (
    CompanyId,
    Issue,
    IssueId,
    IssueStory,
    Sending,
    StoryId,
    TopicId,
    Usual,
    UsualCount,
)
from digest.store.database import Database
from digest.store.meta import Key
from digest.store.values import from_json, issue, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A published issue as a list of them shows it."""

    id: IssueId
    issue: Issue  # with the first of its stories only
    stories: int  # that it tells to readers without preferences
    languages: frozenset[str]  # of the headlines of those first ones


class ArchiveTable:
    """Queries on issues that are out: published and not cancelled, where nothing else is said."""

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

    def listed(self) -> list[Listed]:
        """Every published issue that tells something and was not cancelled, the oldest first.

        The issue itself carries its lead only.
        """
        rows = self._database.connection.execute(
            "SELECT i.*, (SELECT count(*) FROM issue_stories s WHERE s.issue_id = i.id"
            " AND json_extract(s.body, '$.overtaken_by') IS NULL) AS stories,"
            " (SELECT json_group_array(DISTINCT json_extract(h.value, '$.lang'))"
            " FROM issue_stories s, json_each(s.body, '$.headlines') h"
            " WHERE s.issue_id = i.id) AS languages"
            " FROM issues i WHERE i.outcome = ? AND i.sending <> 'cancelled' AND stories > 0"
            " ORDER BY i.period_end, i.frozen_at, i.id",
            ("published",),
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

    def cancelled(self) -> int:
        """How many published issues were taken back."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM issues WHERE outcome = 'published' AND sending = 'cancelled'"
        ).fetchone()
        return int(row[0])

    def stories(self, issue_id: IssueId) -> tuple[IssueStory, ...]:
        """The frozen stories of an issue in their order."""
        rows = self._database.connection.execute(
            "SELECT body FROM issue_stories WHERE issue_id = ? ORDER BY rank", (issue_id,)
        )
        return tuple(from_json(row["body"], IssueStory) for row in rows)

    def told_as(self, edition: str, story: StoryId, before: datetime) -> tuple[str, StoryId] | None:
        """The period of the last issue before then that told a story, and its number there.

        None if none did, or it was cancelled.
        """
        row = self._database.connection.execute(
            "SELECT i.period, s.story_id FROM issue_stories s JOIN issues i ON i.id = s.issue_id"
            " WHERE i.edition = ? AND i.period_end < ? AND i.outcome = ? AND i.sending <> ?"
            " AND s.story_id IN (SELECT id FROM clusters WHERE story_id = ?)"
            " ORDER BY i.period_end DESC, i.id DESC LIMIT 1",
            (edition, stamp(before), "published", Sending.CANCELLED, story),
        ).fetchone()
        return None if row is None else (row["period"], StoryId(row["story_id"]))

    def usual(self, edition: str, since: datetime, until: datetime) -> Usual:
        """What the issues of periods that ended after `since` and by `until` told of, on average.

        Empty and cancelled ones count: the news was there. Skipped ones and second ones of a period
        do not.
        """
        which = (
            "edition = ? AND period_end > ? AND period_end <= ? AND outcome <> ?"
            " AND instr(period, '.') = 0"
        )
        parameters = (edition, stamp(since), stamp(until), "skipped")
        issues = self._database.connection.execute(
            f"SELECT count(*) FROM issues WHERE {which}",  # noqa: S608  # a literal of this method
            parameters,
        ).fetchone()[0]
        rows = self._database.connection.execute(
            "SELECT c.value AS company, t.value AS topic, count(*) AS stories FROM issue_stories s,"  # noqa: S608
            " json_each(s.body, '$.companies') c, json_each(s.body, '$.topics') t"
            f" WHERE s.issue_id IN (SELECT id FROM issues WHERE {which})"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            parameters,
        )
        counts = tuple(
            UsualCount(
                company=CompanyId(row["company"]),
                topic=TopicId(row["topic"]),
                stories=round(row["stories"] / issues, 2),
            )
            for row in rows
        )
        return Usual(issues=issues, counts=counts)

    def authority(self, domain: str) -> str:
        """Who gives the issues their ids, and since when: "example.org,2026-11-15" (RFC 4151).

        Recorded with the first issue that is out, and the same for ever, whatever domain is named
        later; "" before that.
        """
        with self._database.transaction() as connection:
            meta = self._database.meta
            if known := meta.get(Key.AUTHORITY):
                return known
            first = connection.execute(
                "SELECT min(frozen_at) FROM issues WHERE outcome = 'published'"
            ).fetchone()[0]
            if first is None:
                return ""
            made = f"{domain.lower()},{first[:10]}"
            meta.put(Key.AUTHORITY, made)
        return made

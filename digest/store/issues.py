"""Issues, their frozen stories and their segments."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.errors import StoreError
from digest.model import (
    Choice,
    DeliveryKind,
    Issue,
    IssueId,
    Letter,
    NoticeKind,
    Review,
    Segment,
    SegmentId,
    Sending,
    Settled,
    Status,
    StoryId,
    SubscriberId,
)
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.newcomers import queue_issue
from digest.store.notices import settle_notice
from digest.store.reviews import find_review
from digest.store.values import from_json, issue, moment, segment, stamp, to_json


class IssueOutcome(StrEnum):
    """What became of a period."""

    PUBLISHED = "published"
    EMPTY = "empty"  # no stories: nothing was sent
    SKIPPED = "skipped"  # found too late to send


@dataclass(frozen=True, slots=True)
class FoundIssue:
    """An issue, or the decision that there is none, as the store has it."""

    id: IssueId
    issue: Issue
    outcome: IssueOutcome
    reason: str | None
    sending: Sending
    sending_why: str | None  # why it was paused or cancelled


@dataclass(frozen=True, slots=True)
class Missing:
    """Choices of readers that no segment was rendered for."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """The operator said something of the issue after it was composed: compose it again."""


@dataclass(frozen=True, slots=True)
class OperatorCopy:
    """An issue as its operator gets it, and where."""

    address: str
    letter: Letter


class IssueTable:
    """Queries on editions, issues and segments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, edition: str, now: datetime) -> datetime:
        """From when on periods of this edition are owed: those that ended before are not.

        That is when the edition was first seen, or the end of the last period that has been
        decided: a schedule that changes must not tell a week twice.
        """
        self.see([edition], now)
        return self.would_be_since(edition, now)

    def see(self, editions: Iterable[str], now: datetime) -> None:
        """Record the editions that are seen for the first time, all of them since the same time."""
        new = [edition for edition in editions if self._known_since(edition) is None]
        if new:
            first = stamp(self._first_since(now))
            with self._database.transaction() as connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO editions (name, since) VALUES (?, ?)",
                    [(edition, first) for edition in new],
                )

    def would_be_since(self, edition: str, now: datetime) -> datetime:
        """The same without recording that the edition was seen now."""
        return self._known_since(edition) or self._first_since(now)

    def _known_since(self, edition: str) -> datetime | None:
        row = self._database.connection.execute(
            "SELECT max((SELECT since FROM editions WHERE name = :edition),"
            " coalesce((SELECT max(period_end) FROM issues WHERE edition = :edition), ''))"
            " AS since",
            {"edition": edition},
        ).fetchone()
        return None if row["since"] is None else moment(row["since"])

    def _first_since(self, now: datetime) -> datetime:
        """Since when an edition is known that is seen now for the first time.

        The first editions of an installation are as old as its first feed.
        """
        row = self._database.connection.execute(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM editions) THEN :now"
            " ELSE min(coalesce((SELECT min(added_at) FROM feeds), :now), :now) END AS since",
            {"now": stamp(now)},
        ).fetchone()
        return moment(row["since"])

    def find(self, edition: str, key: str) -> FoundIssue | None:
        """The issue of a period, or None if nothing has been decided about it."""
        row = self._database.connection.execute(
            "SELECT * FROM issues WHERE edition = ? AND period = ?", (edition, key)
        ).fetchone()
        return None if row is None else self._found(row)

    def keys(self, edition: str) -> set[str]:
        """The periods that something has been decided about."""
        rows = self._database.connection.execute(
            "SELECT period FROM issues WHERE edition = ?", (edition,)
        )
        return {row["period"] for row in rows}

    def newest_before(self, edition: str, end: datetime) -> FoundIssue | None:
        """The last published issue of a period that ended before `end`."""
        row = self._database.connection.execute(
            "SELECT * FROM issues WHERE edition = ? AND period_end < ? AND outcome = ?"
            " ORDER BY period_end DESC, id DESC LIMIT 1",
            (edition, stamp(end), IssueOutcome.PUBLISHED),
        ).fetchone()
        return None if row is None else self._found(row)

    def skipped_before(self, edition: str, end: datetime) -> datetime | None:
        """When the first of the periods began that were skipped last, of those ended before `end`.

        None if the last of them was not skipped: its issue told the news, or there was none.
        """
        row = self._database.connection.execute(
            "SELECT min(period_start) AS start FROM issues WHERE edition = :edition"
            " AND period_end < :end AND outcome = :skipped AND period_end > coalesce("
            "(SELECT max(period_end) FROM issues WHERE edition = :edition"
            " AND period_end < :end AND outcome <> :skipped), '')",
            {"edition": edition, "end": stamp(end), "skipped": IssueOutcome.SKIPPED},
        ).fetchone()
        return None if row["start"] is None else moment(row["start"])

    def newest(self, limit: int, edition: str | None = None) -> list[FoundIssue]:
        """The last decided periods of an edition, or of all, the newest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM issues WHERE :edition IS NULL OR edition = :edition"
            " ORDER BY frozen_at DESC, id DESC LIMIT :limit",
            {"edition": edition, "limit": limit},
        ).fetchall()
        return [self._found(row) for row in rows]

    def told(self, edition: str, before: datetime) -> dict[StoryId, int]:
        """Stories that issues of periods ended before then told, with their owners at that time.

        Of those that have become one since, the owners of each count.
        """
        rows = self._database.connection.execute(
            "SELECT coalesce(c.story_id, t.story_id) AS story_id, sum(t.owners) AS owners FROM ("
            "SELECT s.story_id, max(s.owners) AS owners FROM issue_stories s"
            " JOIN issues i ON i.id = s.issue_id"
            " WHERE i.edition = ? AND i.period_end < ? AND i.outcome = ? GROUP BY s.story_id"
            ") AS t LEFT JOIN clusters c ON c.id = t.story_id GROUP BY 1",
            (edition, stamp(before), IssueOutcome.PUBLISHED),
        )
        return {StoryId(row["story_id"]): row["owners"] for row in rows}

    def last_told(self, edition: str, before: datetime) -> dict[StoryId, datetime]:
        """Up to when the last issue looked that told a story, of periods that ended before then."""
        rows = self._database.connection.execute(
            "SELECT coalesce(c.story_id, s.story_id) AS story_id,"
            " max(min(i.frozen_at, i.period_end)) AS at FROM issue_stories s"
            " JOIN issues i ON i.id = s.issue_id LEFT JOIN clusters c ON c.id = s.story_id"
            " WHERE i.edition = ? AND i.period_end < ? AND i.outcome = ? GROUP BY 1",
            (edition, stamp(before), IssueOutcome.PUBLISHED),
        )
        return {StoryId(row["story_id"]): moment(row["at"]) for row in rows}

    def choices(self, edition: str) -> list[Choice]:
        """The different choices of the active readers of an edition."""
        rows = self._database.connection.execute(
            "SELECT DISTINCT choice FROM subscribers WHERE rhythm = ? AND status = ?"
            " ORDER BY choice",
            (edition, Status.ACTIVE),
        )
        return [from_json(row["choice"], Choice) for row in rows]

    def readers(self, edition: str) -> int:
        """How many active readers an edition has."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM subscribers WHERE rhythm = ? AND status = ?",
            (edition, Status.ACTIVE),
        ).fetchone()
        return int(row[0])

    def add(
        self,
        made: Issue,
        segments: Sequence[Segment],
        review: Review | None = None,
        copy: OperatorCopy | None = None,
    ) -> IssueId | Missing | Reconsidered | None:
        """Publish an issue: its stories, its segments and a delivery for each of its readers.

        One transaction, so there is no half-published issue and no reader who is forgotten: the
        readers are those who are active now. None if the period has been decided already: the
        key (edition, period) settles who was first. Missing if somebody came or changed their
        choice meanwhile: nothing was published, render those choices too and ask again.
        Reconsidered if the operator has said something since this `review` was read. The operator's
        copy, if there is one, is queued too.
        """
        with self._database.transaction() as connection:
            if review and find_review(connection, made.edition, review.period) != review:
                return Reconsidered()
            missing = [
                c for c in self.choices(made.edition) if c not in {s.choice for s in segments}
            ]
            if missing:
                return Missing(tuple(missing))
            issue_id = insert_issue(connection, made, IssueOutcome.PUBLISHED, None)
            if issue_id is None:
                return None
            connection.executemany(
                "INSERT INTO issue_stories (issue_id, rank, story_id, owners, body)"
                " VALUES (?, ?, ?, ?, ?)",
                [(issue_id, s.rank, s.story, s.owners, to_json(s)) for s in made.stories],
            )
            for part in segments:
                _add_segment(connection, issue_id, made, part)
            if copy is not None:
                insert_letter(
                    connection,
                    f"operator/{made.edition}/{made.period.key}",
                    DeliveryKind.NOTICE,
                    address=copy.address,
                    subscriber=None,
                    letter=copy.letter,
                    now=made.frozen_at,
                )
        return issue_id

    def decide(self, made: Issue, outcome: IssueOutcome, reason: str) -> IssueId | None:
        """Record that a period has no issue, and why. None if it has been decided already."""
        with self._database.transaction() as connection:
            return insert_issue(connection, made, outcome, reason)

    def pause(self, issue_id: IssueId, why: str, now: datetime) -> bool:
        """Let no more of an issue leave until it is resumed. False if it was not open.

        What is under way is finished.
        """
        with self._database.transaction() as connection:
            return _send(connection, issue_id, Sending.PAUSED, why, now, was={Sending.OPEN})

    def resume(self, issue_id: IssueId, now: datetime) -> bool:
        """Let an issue leave again. False if it was not paused: a cancelled one stays so."""
        with self._database.transaction() as connection:
            _settle_pause(connection, issue_id, now)
            return _send(connection, issue_id, Sending.OPEN, None, now, was={Sending.PAUSED})

    def cancel(self, issue_id: IssueId, why: str, now: datetime) -> int:
        """Send nothing more of an issue; gives to how many readers it will not go.

        What is under way is finished, and what a sender holds is dropped before it leaves.
        """
        open_or_paused = {Sending.OPEN, Sending.PAUSED}
        with self._database.transaction() as connection:
            if not _send(connection, issue_id, Sending.CANCELLED, why, now, was=open_or_paused):
                return 0
            _settle_pause(connection, issue_id, now)
            return connection.execute(
                "UPDATE deliveries SET state = 'dropped', changed_at = ?, reply = ?"
                " WHERE issue_id = ? AND state IN ('queued', 'claimed', 'deferred', 'unknown')",
                (stamp(now), why, issue_id),
            ).rowcount

    def segment_of(
        self, issue_id: IssueId, choice: Choice, reader: SubscriberId | None = None
    ) -> Segment | None:
        """The segment that this reader was sent, else that of readers of this choice, if any."""
        row = self._database.connection.execute(
            "SELECT s.* FROM segments s LEFT JOIN deliveries d"
            " ON d.segment_id = s.id AND d.subscriber_id = :reader"
            " WHERE s.issue_id = :issue AND (d.id IS NOT NULL OR s.choice = :choice)"
            " ORDER BY d.id IS NULL LIMIT 1",
            {"issue": issue_id, "choice": to_json(choice), "reader": reader},
        ).fetchone()
        return None if row is None else segment(row)

    def segment(self, segment_id: SegmentId) -> Segment:
        """One segment. Raises StoreError if there is none of that number."""
        found = self.find_segment(segment_id)
        if found is None:
            raise StoreError(f"there is no segment {segment_id}")
        return found

    def segment_number(self, issue_id: IssueId, choice: Choice) -> SegmentId | None:
        """The number of the segment of this choice, or None if the issue has none."""
        row = self._database.connection.execute(
            "SELECT id FROM segments WHERE issue_id = ? AND choice = ?", (issue_id, to_json(choice))
        ).fetchone()
        return None if row is None else SegmentId(row["id"])

    def find_segment(self, segment_id: SegmentId) -> Segment | None:
        """One segment, or None if there is none of that number."""
        row = self._database.connection.execute(
            "SELECT * FROM segments WHERE id = ?", (segment_id,)
        ).fetchone()
        return None if row is None else segment(row)

    def _found(self, row: sqlite3.Row) -> FoundIssue:
        stories = self._database.connection.execute(
            "SELECT body FROM issue_stories WHERE issue_id = ? ORDER BY rank", (row["id"],)
        )
        return FoundIssue(
            IssueId(row["id"]),
            issue(row, stories),
            IssueOutcome(row["outcome"]),
            row["reason"],
            Sending(row["sending"]),
            row["sending_why"],
        )


def insert_issue(
    connection: sqlite3.Connection, made: Issue, outcome: IssueOutcome, reason: str | None
) -> IssueId | None:
    """Record what became of a period. None if that has been decided already."""
    row = connection.execute(
        "INSERT INTO issues (edition, period, period_start, period_end, title, frozen_at,"
        " entries_read, note, usual, alerts, outcome, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (edition, period) DO NOTHING RETURNING id",
        (
            made.edition,
            made.period.key,
            stamp(made.period.start),
            stamp(made.period.end),
            made.title,
            stamp(made.frozen_at),
            made.entries_read,
            made.note,
            to_json(made.usual),
            to_json(made.alerts),
            outcome,
            reason,
        ),
    ).fetchone()
    return None if row is None else IssueId(row["id"])


def _send(
    connection: sqlite3.Connection,
    issue_id: IssueId,
    sending: Sending,
    why: str | None,
    now: datetime,
    *,
    was: Collection[Sending],
) -> bool:
    cursor = connection.execute(
        "UPDATE issues SET sending = ?, sending_why = ?, sending_since = ?"
        " WHERE id = ? AND sending IN (SELECT value FROM json_each(?))",
        (sending, why, stamp(now), issue_id, to_json(sorted(was))),
    )
    return cursor.rowcount == 1


def _settle_pause(connection: sqlite3.Connection, issue_id: IssueId, now: datetime) -> None:
    """Whoever lets an issue go on, or ends it, need not be told so."""
    row = connection.execute(
        "SELECT edition, period FROM issues WHERE id = ?", (issue_id,)
    ).fetchone()
    if row is not None:
        about = f"{row['edition']} {row['period']}"
        settle_notice(
            connection, Settled(kind=NoticeKind.ISSUE_PAUSED, about=about, by_hand=True), now
        )


def _add_segment(
    connection: sqlite3.Connection, issue_id: IssueId, made: Issue, part: Segment
) -> None:
    cursor = connection.execute(
        "INSERT INTO segments (issue_id, choice, subject, html, text, stories)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (issue_id, to_json(part.choice), part.subject, part.html, part.text, part.stories),
    )
    queue_issue(connection, issue_id, made, part, segment=cursor.lastrowid or 0, now=made.frozen_at)

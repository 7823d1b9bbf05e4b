"""Alerts: which stories are still to be looked at, what was raised, and who is told of it."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import (
    AlertId,
    AlertWish,
    Change,
    ClusterId,
    EntryId,
    LastTold,
    Raised,
    Reason,
    Recipient,
    Status,
    StoredAlert,
    StoryId,
)
from digest.store.alertrows import columns_of, recipient_of, stored_alert
from digest.store.database import Database
from digest.store.values import from_json, maybe_moment, moment, stamp, to_json

TOO_OLD = "too old: it came in more than a day after it was published"
OVERTAKEN = "it was told with what came after it"
MUTED = "it was muted meanwhile"
_UNTOLD = to_json([TOO_OLD, OVERTAKEN, MUTED])  # why somebody was not told, and is not to be
_PAST = (
    "SELECT a.id AS alert_id, a.body, t.kind, t.recipient, t.reasons, t.changes, t.due_at,"
    " t.told_at, t.outcome FROM alerts a LEFT JOIN alerts_told t ON t.alert_id = a.id"
)
_OURS = "e.relevant AND e.first_seen > f.first_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """What no look for alerts has seen: clusters, and the stories of them that have fresh news."""

    clusters: Sequence[ClusterId]
    ours: Mapping[StoryId, frozenset[EntryId]]  # the reports that are ours to tell
    late: Mapping[StoryId, frozenset[EntryId]]  # the same of stories whose news came too late


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTold:
    """Who was told of an alert, when and why; of a reader only the number."""

    to: Recipient
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    due_at: datetime
    told_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlert:
    """An alert and everybody who was told of it."""

    alert: StoredAlert
    told: tuple[PastTold, ...]


class AlertTable:
    """Queries on alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the look ----------------------------------------------------------------------------

    def any_unwatched(self) -> bool:
        """Whether a story has changed that no look for alerts has seen."""
        row = self._database.connection.execute("SELECT 1 FROM unwatched LIMIT 1").fetchone()
        return row is not None

    def unwatched(self, since: datetime, late_since: datetime) -> Unwatched:
        """What waits for a look: clusters, and those of their stories with news since then.

        Late are those whose newest report is of [late_since, since), if that was not noted before.

        Of each story the reports that are ours to tell: relevant ones that were not there when
        their feeds were first read.
        """
        connection = self._database.connection
        clusters = [
            ClusterId(row[0])
            for row in connection.execute("SELECT cluster_id FROM unwatched ORDER BY cluster_id")
        ]
        rows = connection.execute(
            # CROSS: from the few that wait, whatever SQLite takes the tables' sizes to be.
            "SELECT DISTINCT mine.story_id, e.id, e.published FROM unwatched u"  # noqa: S608  # ours
            " CROSS JOIN clusters mine ON mine.id = u.cluster_id"
            " CROSS JOIN clusters c ON c.story_id = mine.story_id"
            " CROSS JOIN entries e ON e.cluster_id = c.id CROSS JOIN feeds f ON f.id = e.feed"
            f" WHERE {_OURS} ORDER BY mine.story_id, e.id"
        )
        every = rows.fetchall()
        ours, known = _by_story(every, since), _by_story(every, late_since)
        late = {story: known[story] for story in self._unnoted(known.keys() - ours.keys())}
        return Unwatched(clusters=clusters, ours=ours, late=late)

    def _unnoted(self, stories: Collection[StoryId]) -> list[StoryId]:
        """Those of these stories that were never noted as too old."""
        rows = self._database.connection.execute(
            "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT c.story_id FROM alerts a"
            " JOIN clusters c ON c.id = a.story_id JOIN alerts_told t ON t.alert_id = a.id"
            " WHERE t.outcome = ?) ORDER BY value",
            (to_json(sorted(stories)), TOO_OLD),
        )
        return [StoryId(row[0]) for row in rows]

    def ours(self, since: datetime) -> dict[StoryId, frozenset[EntryId]]:
        """The same reports of every story with news since then."""
        rows = self._database.connection.execute(
            "SELECT c.story_id, e.id, e.published FROM entries e"  # noqa: S608  # ours
            " JOIN clusters c ON c.id = e.cluster_id JOIN feeds f ON f.id = e.feed"
            f" WHERE {_OURS} AND c.story_id IN (SELECT o.story_id FROM entries n"
            " JOIN clusters o ON o.id = n.cluster_id WHERE n.published >= ?)"
            " ORDER BY c.story_id, e.id",
            (stamp(since),),
        )
        return _by_story(rows, since)

    def last_told(
        self, stories: Collection[StoryId], since: datetime
    ) -> dict[StoryId, dict[Recipient, LastTold]]:
        """The last alert for each recipient on these stories since then.

        Without those that did not reach them in the end.
        """
        rows = self._database.connection.execute(
            "SELECT c.story_id AS story, t.*, a.id AS alert, a.body FROM clusters c"
            " JOIN alerts a ON a.story_id = c.id JOIN alerts_told t ON t.alert_id = a.id"
            " WHERE c.story_id IN (SELECT value FROM json_each(?)) AND a.at >= ?"
            " AND t.outcome IS NULL ORDER BY a.id",
            (to_json(sorted(stories)), stamp(since)),
        )
        alerts: dict[int, StoredAlert] = {}
        found: dict[StoryId, dict[Recipient, LastTold]] = {}
        for row in rows:
            number = row["alert"]
            alert = alerts.get(number) or alerts.setdefault(number, stored_alert(row, number))
            reasons = from_json(row["reasons"], tuple[Reason, ...])
            found.setdefault(StoryId(row["story"]), {})[recipient_of(row)] = LastTold(
                stored=alert,
                breaking=any(not reason.rule for reason in reasons),
                waits=row["told_at"] is None,
                before=row["before"],
                changes=from_json(row["changes"], tuple[Change, ...]),
            )
        return found

    def raise_(
        self,
        raised: Iterable[tuple[Raised, datetime]],
        watched: Collection[ClusterId],
        late: Iterable[Raised] = (),
    ) -> list[AlertId]:
        """Keep alerts, each with when it is due, and that all these clusters were looked at.

        Those that are late are only noted, and told to nobody.
        """
        added: list[AlertId] = []
        with self._database.transaction() as connection:
            for each, due in raised:
                added.append(_insert(connection, each, due))
            for each in late:
                number = _insert(connection, each, each.alert.at)
                connection.execute(
                    "UPDATE alerts_told SET told_at = ?, outcome = ? WHERE alert_id = ?",
                    (stamp(each.alert.at), TOO_OLD, number),
                )
            connection.executemany(
                "DELETE FROM unwatched WHERE cluster_id = ?", [(cluster,) for cluster in watched]
            )
        return added

    def count(self, since: datetime) -> int:
        """How many alerts were raised since then."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM alerts a WHERE at >= ? AND NOT EXISTS"
            " (SELECT 1 FROM alerts_told t WHERE t.alert_id = a.id AND t.outcome = ?)",
            (stamp(since), TOO_OLD),
        ).fetchone()
        return int(row[0])

    def any_wanted(self) -> bool:
        """Whether a reader waits for alerts."""
        row = self._database.connection.execute(
            "SELECT 1 FROM subscribers WHERE status = ? AND (alerts <> ? OR rhythm = 'alerts')"
            " LIMIT 1",
            (Status.ACTIVE, AlertWish.NONE),
        ).fetchone()
        return row is not None

    # --- what was ----------------------------------------------------------------------------

    def shared(self, since: datetime, until: datetime) -> list[StoredAlert]:
        """The alerts of [since, until) that were not for single readers' own rules alone.

        Without those that were muted before anybody was told.
        """
        rows = self._database.connection.execute(
            "SELECT id, body FROM alerts a WHERE at >= ? AND at < ?"
            # Who was told may be forgotten by now: then there is no row to ask.
            " AND coalesce((SELECT max(t.outcome IS NULL OR t.outcome NOT IN"
            " (SELECT value FROM json_each(?))) FROM alerts_told t WHERE t.alert_id = a.id"
            " AND (t.kind <> 'reader' OR json_extract(a.body, '$.burst') IS NOT NULL)),"
            " json_extract(a.body, '$.burst') IS NOT NULL) ORDER BY id",
            (stamp(since), stamp(until), _UNTOLD),
        )
        return [stored_alert(row, row["id"]) for row in rows]

    def history(self, since: datetime, until: datetime | None = None) -> list[PastAlert]:
        """The alerts of [since, until), the oldest first, with whom each was for."""
        rows = self._database.connection.execute(
            f"{_PAST} WHERE a.at >= ? AND a.at < ? ORDER BY a.id, t.id",
            (stamp(since), "9999" if until is None else stamp(until)),
        )
        return _past_alerts(rows)

    def of(self, story: StoryId) -> list[PastAlert]:
        """The alerts on a story, by any of the numbers that it had, the oldest first."""
        rows = self._database.connection.execute(
            f"{_PAST} JOIN clusters c ON c.id = a.story_id WHERE c.story_id = ?"
            " ORDER BY a.id, t.id",
            (story,),
        )
        return _past_alerts(rows)


def _by_story(rows: Iterable[sqlite3.Row], since: datetime) -> dict[StoryId, frozenset[EntryId]]:
    """The entries of each story, if one of them was published since then."""
    found: dict[StoryId, set[EntryId]] = {}
    fresh: set[StoryId] = set()
    for row in rows:
        story = StoryId(row["story_id"])
        found.setdefault(story, set()).add(EntryId(row["id"]))
        if row["published"] >= stamp(since):
            fresh.add(story)
    return {story: frozenset(entries) for story, entries in found.items() if story in fresh}


def _insert(connection: sqlite3.Connection, raised: Raised, due: datetime) -> AlertId:
    alert = raised.alert
    number = connection.execute(
        "INSERT INTO alerts (story_id, at, body) VALUES (?, ?, ?) RETURNING id",
        (alert.story.story, stamp(alert.at), to_json(alert)),
    ).fetchone()[0]
    # What still waits for them on this story is told by this one.
    connection.executemany(
        "UPDATE alerts_told SET told_at = ?, outcome = ? WHERE told_at IS NULL AND kind = ?"
        " AND recipient = ? AND alert_id IN (SELECT a.id FROM alerts a JOIN clusters c"
        " ON c.id = a.story_id WHERE c.story_id ="
        " (SELECT story_id FROM clusters WHERE id = ?))",
        [
            (stamp(alert.at), OVERTAKEN, *columns_of(told.to)[:2], alert.story.story)
            for told in raised.told
        ],
    )
    connection.executemany(
        "INSERT INTO alerts_told (alert_id, kind, recipient, subscriber_id, reasons, before,"
        " changes, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                *columns_of(told.to),
                to_json(told.reasons),
                told.before,
                to_json(told.changes),
                stamp(due),
            )
            for told in raised.told
        ],
    )
    return AlertId(number)


def _past_alerts(rows: Iterable[sqlite3.Row]) -> list[PastAlert]:
    alerts: dict[int, StoredAlert] = {}
    told: dict[int, list[PastTold]] = {}
    for row in rows:
        number = row["alert_id"]
        if number not in alerts:
            alerts[number] = stored_alert(row, number)
        of_alert = told.setdefault(number, [])
        if row["kind"] is not None:
            of_alert.append(_past(row))
    return [PastAlert(alert=alert, told=tuple(told[number])) for number, alert in alerts.items()]


def _past(row: sqlite3.Row) -> PastTold:
    return PastTold(
        to=recipient_of(row),
        reasons=from_json(row["reasons"], tuple[Reason, ...]),
        changes=from_json(row["changes"], tuple[Change, ...]),
        due_at=moment(row["due_at"]),
        told_at=maybe_moment(row["told_at"]),
        outcome=row["outcome"],
    )

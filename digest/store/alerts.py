"""Alerts: which stories are still to be looked at, what was raised, and who is told of it."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import (
    Alert,
    AlertId,
    Change,
    ClusterId,
    DeliveryKind,
    EntryId,
    LastTold,
    Letter,
    Raised,
    Reason,
    Recipient,
    StoredAlert,
    StoryId,
    SubscriberId,
    ToAddress,
    ToChannel,
    Told,
    ToReader,
)
from digest.store.database import Database
from digest.store.deliveries import insert_letter
from digest.store.values import from_json, maybe_moment, moment, stamp, to_json

_OVERTAKEN = "it was told with what came after it"
_OURS = "e.relevant AND e.first_seen > f.first_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """What no look for alerts has seen: clusters, and the stories of them that have fresh news."""

    clusters: Sequence[ClusterId]
    ours: Mapping[StoryId, frozenset[EntryId]]  # the reports that are ours to tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody who is still to be told of an alert."""

    id: int
    alert: StoredAlert
    told: Told
    before: Alert | None  # what they were told last of this story
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A letter that tells one recipient of all that waits for them."""

    told: Sequence[Waiting]
    address: str
    letter: Letter


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

    def unwatched(self, since: datetime) -> Unwatched:
        """What waits for a look: clusters, and those of their stories with news since then.

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
        return Unwatched(clusters=clusters, ours=_by_story(rows, since))

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
            alert = alerts.get(number) or alerts.setdefault(number, _stored(row, number))
            reasons = from_json(row["reasons"], tuple[Reason, ...])
            found.setdefault(StoryId(row["story"]), {})[_recipient(row)] = LastTold(
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
    ) -> list[AlertId]:
        """Keep alerts, each with when it is due, and that all these clusters were looked at."""
        added: list[AlertId] = []
        with self._database.transaction() as connection:
            for each, due in raised:
                added.append(_insert(connection, each, due))
            connection.executemany(
                "DELETE FROM unwatched WHERE cluster_id = ?", [(cluster,) for cluster in watched]
            )
        return added

    def any_due(self, now: datetime) -> bool:
        """Whether somebody is due to be told by mail."""
        row = self._database.connection.execute(
            "SELECT 1 FROM alerts_told WHERE told_at IS NULL AND kind <> 'channel'"
            " AND due_at <= ? LIMIT 1",
            (stamp(now),),
        ).fetchone()
        return row is not None

    # --- telling -----------------------------------------------------------------------------

    def waiting(self, now: datetime, per_hour: int) -> dict[Recipient, list[Waiting]]:
        """Who is due to be told by mail now, of what; without who had that many mails this hour."""
        connection = self._database.connection
        busy = {
            (row["kind"], row["recipient"])
            for row in connection.execute(
                "SELECT kind, recipient FROM alerts_told WHERE told_at > ? AND kind <> 'channel'"
                " GROUP BY kind, recipient HAVING count(DISTINCT delivery_key) >= ?",
                (stamp(now - timedelta(hours=1)), per_hour),
            )
        }
        rows = connection.execute(
            "SELECT t.id AS told, t.*, a.body, b.body AS body_before FROM alerts_told t"
            " JOIN alerts a ON a.id = t.alert_id LEFT JOIN alerts b ON b.id = t.before"
            " WHERE t.told_at IS NULL AND t.kind <> 'channel' AND t.due_at <= ?"
            " ORDER BY t.alert_id, t.id",
            (stamp(now),),
        )
        return _by_recipient(row for row in rows if (row["kind"], row["recipient"]) not in busy)

    def mail(self, mailings: Sequence[Mailing], now: datetime) -> int:
        """Queue these letters, and remember that their alerts were told; gives how many were."""
        queued = 0
        with self._database.transaction() as connection:
            for mailing in mailings:
                newest = mailing.told[-1]
                _, _, subscriber = _columns(newest.told.to)
                key = f"alert/{newest.alert.id}/{newest.id}"  # no address: it outlasts an erasure
                queued += insert_letter(
                    connection,
                    key,
                    DeliveryKind.ALERT,
                    address=mailing.address,
                    subscriber=subscriber,
                    letter=mailing.letter,
                    now=now,
                )
                mark_told(connection, mailing.told, now, key=key)
        return queued

    def drop(self, told: Sequence[Waiting], why: str, now: datetime) -> None:
        """Remember that somebody is not told after all, and why."""
        with self._database.transaction() as connection:
            mark_told(connection, told, now, outcome=why)

    # --- mutes -------------------------------------------------------------------------------

    def mute(self, what: str, until: datetime) -> None:
        """Be silent about a rule or a story until then."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO mutes (what, until) VALUES (?, ?)", (what, stamp(until))
            )

    def unmute(self, what: str) -> bool:
        """Speak of it again. False if nobody was silent about it."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM mutes WHERE what = ?", (what,)).rowcount == 1

    def mutes(self, now: datetime) -> dict[str, datetime]:
        """What nothing is said of, and until when."""
        rows = self._database.connection.execute(
            "SELECT what, until FROM mutes WHERE until > ?", (stamp(now),)
        )
        return {row["what"]: moment(row["until"]) for row in rows}

    def count(self, since: datetime) -> int:
        """How many alerts were raised since then."""
        row = self._database.connection.execute(
            "SELECT count(*) FROM alerts WHERE at >= ?", (stamp(since),)
        ).fetchone()
        return int(row[0])

    # --- what was ----------------------------------------------------------------------------

    def shared(self, since: datetime, until: datetime) -> list[StoredAlert]:
        """The alerts of [since, until) that were not for single readers' own rules alone."""
        rows = self._database.connection.execute(
            "SELECT id, body FROM alerts a WHERE at >= ? AND at < ?"
            " AND (json_extract(body, '$.burst') IS NOT NULL OR EXISTS"
            " (SELECT 1 FROM alerts_told t WHERE t.alert_id = a.id AND t.kind <> 'reader'))"
            " ORDER BY id",
            (stamp(since), stamp(until)),
        )
        return [_stored(row, row["id"]) for row in rows]

    def history(self, since: datetime, until: datetime | None = None) -> list[PastAlert]:
        """The alerts of [since, until), the oldest first, with whom each was for."""
        rows = self._database.connection.execute(
            "SELECT a.body, a.id AS alert_id, t.* FROM alerts a"
            " LEFT JOIN alerts_told t ON t.alert_id = a.id"
            " WHERE a.at >= ? AND a.at < ? ORDER BY a.id, t.id",
            (stamp(since), "9999" if until is None else stamp(until)),
        )
        alerts: dict[int, StoredAlert] = {}
        told: dict[int, list[PastTold]] = {}
        for row in rows:
            number = row["alert_id"] if row["alert_id"] is not None else row[1]
            alerts.setdefault(number, _stored(row, number))
            of_alert = told.setdefault(number, [])
            if row["kind"] is not None:
                of_alert.append(_past(row))
        return [
            PastAlert(alert=alert, told=tuple(told[number])) for number, alert in alerts.items()
        ]


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
            (stamp(alert.at), _OVERTAKEN, *_columns(told.to)[:2], alert.story.story)
            for told in raised.told
        ],
    )
    connection.executemany(
        "INSERT INTO alerts_told (alert_id, kind, recipient, subscriber_id, reasons, before,"
        " changes, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                *_columns(told.to),
                to_json(told.reasons),
                told.before,
                to_json(told.changes),
                stamp(due),
            )
            for told in raised.told
        ],
    )
    return AlertId(number)


def mark_told(
    connection: sqlite3.Connection,
    told: Sequence[Waiting],
    now: datetime,
    *,
    key: str | None = None,
    outcome: str | None = None,
) -> None:
    """Remember, in a transaction of the caller's, that somebody was told; or why not."""
    connection.executemany(
        "UPDATE alerts_told SET told_at = ?, delivery_key = ?, outcome = ? WHERE id = ?",
        [(stamp(now), key, outcome, each.id) for each in told],
    )


def _by_recipient(rows: Iterable[sqlite3.Row]) -> dict[Recipient, list[Waiting]]:
    found: dict[Recipient, list[Waiting]] = {}
    alerts: dict[int, StoredAlert] = {}
    for row in rows:
        number = row["alert_id"]
        alert = alerts.get(number) or alerts.setdefault(number, _stored(row, number))
        waiting = waiting_row(row, alert)
        found.setdefault(waiting.told.to, []).append(waiting)
    return found


def waiting_row(row: sqlite3.Row, alert: StoredAlert | None = None) -> Waiting:
    """A row of `alerts_told` with its alert's body, and its own number as `told`."""
    return Waiting(
        id=row["told"],
        alert=alert or _stored(row, row["alert_id"]),
        told=Told(
            to=_recipient(row),
            reasons=from_json(row["reasons"], tuple[Reason, ...]),
            before=row["before"],
            changes=from_json(row["changes"], tuple[Change, ...]),
        ),
        before=None if row["body_before"] is None else from_json(row["body_before"], Alert),
        attempts=row["attempts"],
    )


def _past(row: sqlite3.Row) -> PastTold:
    return PastTold(
        to=_recipient(row),
        reasons=from_json(row["reasons"], tuple[Reason, ...]),
        changes=from_json(row["changes"], tuple[Change, ...]),
        due_at=moment(row["due_at"]),
        told_at=maybe_moment(row["told_at"]),
        outcome=row["outcome"],
    )


def _stored(row: sqlite3.Row, number: int) -> StoredAlert:
    return StoredAlert(id=AlertId(number), alert=from_json(row["body"], Alert))


def _columns(to: Recipient) -> tuple[str, str, SubscriberId | None]:
    match to:
        case ToReader(id=reader):
            return "reader", str(reader), reader
        case ToAddress(address=address):
            return "address", address, None
        case ToChannel(name=name):
            return "channel", name, None


def _recipient(row: sqlite3.Row) -> Recipient:
    match row["kind"]:
        case "reader":
            return ToReader(SubscriberId(int(row["recipient"])))
        case "address":
            return ToAddress(row["recipient"])
        case _:
            return ToChannel(row["recipient"])

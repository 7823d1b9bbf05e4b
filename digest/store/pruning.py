"""Deletes what nothing needs any more, a few rows a transaction.

What issues froze stays for ever: the archive is made of it, and stories that were told are not
told again. A story goes when its last report is old. But an entry that is still in its feed's
document stays, and so does one without a date of its own: come back, it would be news again.
Readers are not looked at here: what leave tokens name goes with the reader alone
(subscribers/retention.py).
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from digest.store.database import Database
from digest.store.meta import Key
from digest.store.values import maybe_moment, stamp, to_json

BATCH = 500  # rows of the largest table, a transaction
PAGES = 256  # given back to the disk, a transaction
SLACK = 10  # of the file a tenth may be free: it is filled again soon
_MARK, _KEY = 8, 8  # bytes of a pair in items_read (feeds/keep.py)

# Of these stories something else tells.
_NEEDED_STORIES = (
    "SELECT story_id FROM issue_stories UNION SELECT story_id FROM corrections"
    " UNION SELECT other_id FROM corrections WHERE other_id IS NOT NULL"
    " UNION SELECT lead FROM reviews WHERE lead IS NOT NULL"
)
# And clusters may be what a story was called once.
_NEEDED_CLUSTERS = (
    f"SELECT story_id FROM alerts UNION {_NEEDED_STORIES}"  # noqa: S608  # words of ours
    " UNION SELECT cluster_id FROM unwatched"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is older than these moments is not needed."""

    entries: datetime
    deliveries: datetime
    logs: datetime


class PruneTable:
    """Deletes old rows. `prune` does one step at a time; others may use the store between two."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> datetime | None:
        """When everything was walked through last."""
        return maybe_moment(self._database.meta.get(Key.PRUNED))

    def done(self, now: datetime) -> None:
        """Remember that everything has been walked through."""
        self._database.meta.put(Key.PRUNED, stamp(now))

    def steps(self, limits: Limits, followed: Collection[str]) -> Iterator[int]:
        """Walk through everything, a short transaction a step; each gives how many rows went.

        `followed` are the feeds that are configured: of all others nothing is kept for its own
        sake.
        """
        yield from self._entries(limits.entries, followed)
        yield self._step(_clusters, limits)
        yield self._step(_stories, limits)
        yield from self._deliveries(limits.deliveries)
        for forget in (_segments, _alerts, _logs):
            yield self._step(forget, limits)
        yield self._step(lambda connection, _: _feeds(connection, followed), limits)
        yield from self._give_back()

    def _step(self, work: Callable[[sqlite3.Connection, Limits], int], limits: Limits) -> int:
        with self._without_references() as connection:
            return work(connection, limits)

    @contextmanager
    def _without_references(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which SQLite does not look for rows that point to deleted ones.

        Whoever deletes here has asked for that itself; SQLite, row by row and where there is no
        index, would read whole tables.
        """
        connection = self._database.connection
        connection.execute("PRAGMA foreign_keys = OFF")
        try:
            with self._database.transaction():
                yield connection
        finally:
            connection.execute("PRAGMA foreign_keys = ON")

    def _entries(self, before: datetime, followed: Collection[str]) -> Iterator[int]:
        last = ("", 0)
        while True:
            with self._without_references() as connection:
                rows = connection.execute(
                    "SELECT e.id, e.feed, e.guid, e.dated, e.published, e.first_seen, e.placed_at,"
                    " (SELECT max(o.published) FROM clusters c JOIN clusters s"
                    " ON s.story_id = c.story_id JOIN entries o ON o.cluster_id = s.id"
                    " WHERE c.id = e.cluster_id) AS newest FROM entries e"
                    " WHERE e.published < ? AND (e.published, e.id) > (?, ?)"
                    " ORDER BY e.published, e.id LIMIT ?",
                    (stamp(before), *last, BATCH),
                ).fetchall()
                if not rows:
                    return
                last = (rows[-1]["published"], rows[-1]["id"])
                told = _told_now(connection, {row["feed"] for row in rows})
                gone = [
                    row["id"]
                    for row in rows
                    if _is_over(row, stamp(before)) and not _may_return(row, told, followed)
                ]
                ids = to_json(gone)
                for table, column in (("readings", "entry_id"), ("entries", "id")):
                    connection.execute(
                        f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608  # words of ours
                        (ids,),
                    )
            yield len(gone)

    def _deliveries(self, before: datetime) -> Iterator[int]:
        last = 0
        while True:
            with self._without_references() as connection:
                # To the end: numbers are in the order of time, but for a clock that was ahead.
                rows = connection.execute(
                    "SELECT id, state, changed_at FROM deliveries WHERE id > ? ORDER BY id LIMIT ?",
                    (last, BATCH),
                ).fetchall()
                if not rows:
                    return
                last = rows[-1]["id"]
                ids = to_json(
                    [
                        row["id"]
                        for row in rows
                        if row["state"] in {"sent", "failed", "dropped"}
                        and row["changed_at"] < stamp(before)
                    ]
                )
                for table, column in (
                    ("attempts", "delivery_id"),
                    ("bounces", "delivery_id"),
                    ("deliveries", "id"),
                ):
                    gone = connection.execute(
                        f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608  # words of ours
                        (ids,),
                    ).rowcount
            yield gone

    def _give_back(self) -> Iterator[int]:
        """Give free pages back to the disk, but for SLACK. Of an older file none are."""
        connection = self._database.connection
        while True:
            free, pages, how = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("freelist_count", "page_count", "auto_vacuum")
            )
            if how == 0 or free - PAGES < pages // SLACK:
                return
            # One step of SQLite's moves one page; `execute` would make a single one.
            connection.executescript(f"PRAGMA incremental_vacuum({PAGES})")
            yield 0


def _is_over(row: sqlite3.Row, before: str) -> bool:
    """Whether an entry is placed and the last report of its story is old, too."""
    placed = row["placed_at"] is not None and row["first_seen"] < before
    return placed and (row["newest"] is None or row["newest"] < before)


def _may_return(
    row: sqlite3.Row, told: Mapping[str, Collection[bytes]], followed: Collection[str]
) -> bool:
    """Whether an entry would be news once more if its feed told it again."""
    if row["feed"] not in followed:
        return False
    key = blake2b(row["guid"].encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()
    return not row["dated"] or key in told.get(row["feed"], ())


def _told_now(connection: sqlite3.Connection, feeds: Collection[str]) -> dict[str, set[bytes]]:
    """The short hashes of the GUIDs that each feed's last document told."""
    rows = connection.execute(
        "SELECT feed, marks FROM items_read WHERE feed IN (SELECT value FROM json_each(?))",
        (to_json(sorted(feeds)),),
    )
    return {
        row["feed"]: {
            row["marks"][at + _MARK : at + _MARK + _KEY]
            for at in range(0, len(row["marks"]), _MARK + _KEY)
        }
        for row in rows
    }


def _clusters(connection: sqlite3.Connection, limits: Limits) -> int:
    """Clusters without entries that nothing else names, and what sagas would find them by."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM temp.gone")
    connection.execute(
        "INSERT INTO temp.gone SELECT c.id FROM clusters c JOIN stories s ON s.id = c.story_id"  # noqa: S608  # ours
        " WHERE s.created_at < ? AND NOT EXISTS (SELECT 1 FROM entries WHERE cluster_id = c.id)"
        f" AND c.id NOT IN ({_NEEDED_CLUSTERS}) AND c.id < (SELECT max(id) FROM clusters)",
        (stamp(limits.entries),),
    )
    connection.execute("DELETE FROM stage_marks WHERE cluster_id IN temp.gone")
    connection.execute("DELETE FROM stages WHERE cluster_id IN temp.gone")
    connection.execute("UPDATE clusters SET follows = NULL WHERE follows IN temp.gone")
    gone = connection.execute("DELETE FROM clusters WHERE id IN temp.gone").rowcount
    connection.execute("DELETE FROM temp.gone")
    return gone


def _stories(connection: sqlite3.Connection, _: Limits) -> int:
    return connection.execute(
        "DELETE FROM stories WHERE id NOT IN (SELECT story_id FROM clusters)"  # noqa: S608  # ours
        f" AND id NOT IN ({_NEEDED_STORIES})"
    ).rowcount


def _segments(connection: sqlite3.Connection, limits: Limits) -> int:
    """What old issues looked like, when nobody's message is left that it could be made of."""
    return connection.execute(
        "DELETE FROM segments WHERE issue_id IN (SELECT id FROM issues i WHERE frozen_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.issue_id = i.id))",
        (stamp(limits.deliveries),),
    ).rowcount


def _alerts(connection: sqlite3.Connection, limits: Limits) -> int:
    """Alerts that are old and told. What was told last of a saga is looked for in days."""
    connection.execute("DELETE FROM alerts_told WHERE told_at < ?", (stamp(limits.deliveries),))
    connection.execute(
        "UPDATE alerts_told SET before = NULL WHERE before IN (SELECT id FROM alerts WHERE at < ?)",
        (stamp(limits.entries),),
    )
    return connection.execute(
        "DELETE FROM alerts WHERE at < ? AND id NOT IN (SELECT alert_id FROM alerts_told)",
        (stamp(limits.entries),),
    ).rowcount


_LOGS = (
    ("requests", "finished_at < :before"),
    # The last one of a kind says when that was done.
    ("runs", "finished_at < :before AND id NOT IN (SELECT max(id) FROM runs GROUP BY kind)"),
    ("notices", "healed_at < :before AND opened_at < :before"),
    ("confirmations", "expires_at < :before"),
    ("mutes", "until < :before"),
    ("hosts", "not_before < :before"),
)


def _logs(connection: sqlite3.Connection, limits: Limits) -> int:
    old = {"before": stamp(limits.logs)}
    return sum(
        connection.execute(f"DELETE FROM {table} WHERE {which}", old).rowcount  # noqa: S608  # ours
        for table, which in _LOGS
    )


def _feeds(connection: sqlite3.Connection, followed: Collection[str]) -> int:
    """What polling taught us of feeds that are not configured any more, once no entry is left."""
    values = {"followed": to_json(sorted(followed))}
    others = "NOT IN (SELECT value FROM json_each(:followed))"
    empty = (
        f"SELECT id FROM feeds f WHERE id {others}"  # noqa: S608  # words of ours
        " AND NOT EXISTS (SELECT 1 FROM entries WHERE feed = f.id)"
    )
    connection.execute(f"DELETE FROM items_read WHERE feed IN ({empty})", values)  # noqa: S608
    return connection.execute(f"DELETE FROM feeds WHERE id IN ({empty})", values).rowcount  # noqa: S608

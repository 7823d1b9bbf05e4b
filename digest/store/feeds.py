"""Feeds and what polling taught us of them, and the entries they brought."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from digest.model import (
    EntryChange,
    FeedId,
    KnownEntry,
    Learnt,
    LostGuid,
    NewEntry,
    Notice,
    NotNews,
    PollState,
    RevisedEntry,
    Settled,
    Tags,
)
from digest.settings import Feed
from digest.store.database import Database
from digest.store.hosts import insert_waits
from digest.store.notices import record_notices
from digest.store.values import (
    entry_columns,
    known_entry,
    poll_columns,
    poll_state,
    stamp,
    to_json,
)

# A feed may give one title or link to any number of entries; of those the newest are told.
NAMESAKES = 500

_OF_ONE = "id, guid, url, title_key, title, summary, published, dated"
# Each name by its own index; with OR in one query SQLite may read the whole table.
_KNOWN = f"""
    WITH named (id) AS (
        SELECT id FROM entries WHERE feed = :feed
            AND guid IN (SELECT value FROM json_each(:guids))
        UNION SELECT id FROM (
            SELECT id FROM entries WHERE feed = :feed AND url <> ''
                AND url IN (SELECT value FROM json_each(:urls))
            ORDER BY id DESC LIMIT {NAMESAKES})
        UNION SELECT id FROM (
            SELECT id FROM entries WHERE feed = :feed AND title_key <> ''
                AND title_key IN (SELECT value FROM json_each(:title_keys))
            ORDER BY id DESC LIMIT {NAMESAKES})
    )
    SELECT {_OF_ONE} FROM entries WHERE id IN named
"""  # noqa: S608  # names and a number of ours
_INSERT = """
    INSERT INTO entries (feed, guid, url, title, summary, published, dated, lang, outlet,
        title_key, first_seen, placed_at, dropped_by, relevant, tags)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_RENAME = """
    UPDATE entries SET guid = :guid, url = :url, title_key = :title_key, published = :published,
        dated = :dated WHERE id = :id
"""
# What is no news stays so, whatever becomes of its words.
_REWRITE = """
    UPDATE entries SET title = :title, summary = :summary, lang = :lang, outlet = :outlet,
        placed_at = CASE WHEN dropped_by IN (SELECT value FROM json_each(:not_news))
            THEN placed_at END
    WHERE id = :id
"""
_NOT_NEWS = to_json(list(NotNews))
_ASSIGNED = ", ".join(f"{name} = :{name}" for name in poll_columns(PollState()))
_UPDATE = f"""
    UPDATE feeds SET {_ASSIGNED},
        first_read = coalesce(first_read, CASE WHEN :last_success IS NOT NULL THEN :now END)
    WHERE id = :id
"""  # noqa: S608  # names of ours
_MARK = "INSERT OR REPLACE INTO items_read (feed, marks) VALUES (?, ?)"
# No GUID holds a line break, so this one can be no other's.
_LOSE_GUID = "UPDATE entries SET guid = guid || char(10) || id WHERE id = :id"


_Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many entries of a poll were news, known but in other words, and new but no news."""

    new: int
    revised: int
    old: int = 0
    notices: tuple[Notice | Settled, ...] = ()  # those that changed something


class FeedTable:
    """Queries on feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make every configured feed known. A changed URL forgets what the old one taught us."""
        known = self.urls()
        feeds = [feed for feed in feeds if known.get(feed.id) != feed.url]
        if not feeds:
            return  # as nearly always: nothing is locked or written
        unknown = poll_columns(PollState())
        with self._database.transaction() as connection:
            for feed in feeds:
                connection.execute(
                    "INSERT INTO feeds (id, url, added_at) VALUES (:id, :url, :now)"  # noqa: S608  # names of ours
                    " ON CONFLICT (id) DO UPDATE SET url = excluded.url, first_read = NULL,"
                    f" {_ASSIGNED}"
                    " WHERE url <> excluded.url",
                    {**unknown, "id": feed.id, "url": feed.url, "now": stamp(now)},
                )

    def urls(self) -> dict[FeedId, str]:
        """The address of every feed ever polled or configured."""
        rows = self._database.connection.execute("SELECT id, url FROM feeds")
        return {FeedId(row["id"]): row["url"] for row in rows}

    def states(self) -> dict[FeedId, PollState]:
        """What we know of every feed ever polled or configured."""
        rows = self._database.connection.execute("SELECT * FROM feeds")
        return {FeedId(row["id"]): poll_state(row) for row in rows}

    def resting(self, now: datetime, doubt: timedelta) -> set[FeedId]:
        """Feeds that are not due, told without reading all we know of each.

        Not those whose last poll is further ahead than `doubt`: that clock was wrong.
        """
        rows = self._database.connection.execute(
            "SELECT id FROM feeds WHERE retired OR (next_poll > ? AND last_poll <= ?)",
            (stamp(now), stamp(now + doubt)),
        )
        return {FeedId(row["id"]) for row in rows}

    def known(
        self,
        feed: FeedId,
        *,
        guids: Collection[str],
        urls: Collection[str],
        title_keys: Collection[str],
    ) -> list[KnownEntry]:
        """The entries of this feed that bear one of these names."""
        any_of_it = "SELECT 1 FROM entries WHERE feed = ? LIMIT 1"
        if self._database.connection.execute(any_of_it, (feed,)).fetchone() is None:
            return []  # nearly half the cost of a new feed
        names = {
            "guids": to_json(list(guids)),
            "urls": to_json(list(urls)),
            "title_keys": to_json(list(title_keys)),
        }
        rows = self._database.connection.execute(_KNOWN, {**names, "feed": feed})
        return [known_entry(row) for row in rows]

    def marks(self, feed: FeedId) -> bytes:
        """What was kept of the items of the feed's last document; nothing before the first."""
        row = self._database.connection.execute(
            "SELECT marks FROM items_read WHERE feed = ?", (feed,)
        ).fetchone()
        return b"" if row is None else bytes(row["marks"])

    def often_at_once(self, feed: FeedId) -> int:
        """So many entries at least did two polls of this feed bring, its first one left aside."""
        row = self._database.connection.execute(
            "SELECT count(*) AS number FROM entries WHERE feed = :feed"
            " AND coalesce(dropped_by, '') <> :aged AND first_seen >"
            " (SELECT min(first_seen) FROM entries WHERE feed = :feed)"
            " GROUP BY first_seen ORDER BY number DESC LIMIT 1 OFFSET 1",
            {"feed": feed, "aged": NotNews.AGED},
        ).fetchone()
        return 0 if row is None else int(row["number"])

    def record(
        self,
        feed: FeedId,
        state: PollState,
        changes: Iterable[EntryChange],
        now: datetime,
        *,
        conclude: Callable[[PollState, int], Learnt] = lambda state, _new: Learnt(state=state),
        marks: bytes | None = None,
    ) -> Recorded:
        """Store what a poll brought together with the feed's new state, all or nothing.

        New entries wait for ingest, and so do revised ones whose words changed; what is no news
        is placed at once, in no story. `conclude` gives what follows from the state and the number
        of entries that are news.
        """
        rows = _rows(changes, stamp(now))
        news = rows.news
        with self._database.transaction() as connection:
            for statement, parameters in (
                (_LOSE_GUID, rows.lost),
                (_RENAME, rows.revised),
                (_REWRITE, rows.reworded),
                (_INSERT, rows.new),
            ):
                if parameters:  # mostly there are none
                    connection.executemany(statement, parameters)
            learnt = conclude(state, news)
            if marks is not None:
                connection.execute(_MARK, (feed, marks))
            columns = poll_columns(learnt.state)
            connection.execute(_UPDATE, {**columns, "id": feed, "now": stamp(now)})
            insert_waits(connection, learnt.waits, now)
            changed = record_notices(connection, learnt.notices, now)
        return Recorded(
            new=news,
            revised=len(rows.reworded),
            old=len(rows.new) - news,
            notices=tuple(changed),
        )


_Columns = Mapping[str, object]


@dataclass(slots=True)
class _Rows:
    """A poll's changes as parameters of the statements above."""

    lost: list[_Columns] = field(default_factory=list)
    revised: list[_Columns] = field(default_factory=list)
    reworded: list[_Columns] = field(default_factory=list)
    new: list[_Row] = field(default_factory=list)
    news: int = 0  # of the new ones


def _rows(changes: Iterable[EntryChange], now: str) -> _Rows:
    rows = _Rows()
    for change in changes:
        match change:
            case NewEntry():
                rows.new.append(_new_row(change, now))
                rows.news += change.not_news is None
            case RevisedEntry(entry=entry):
                columns = entry_columns(entry) | {"title_key": change.title_key, "id": change.id}
                rows.revised.append(columns)
                if change.words:
                    rows.reworded.append(columns | {"not_news": _NOT_NEWS})
            case LostGuid():
                rows.lost.append({"id": change.id})
            case _:
                assert_never(change)
    return rows


def _new_row(new: NewEntry, now: str) -> _Row:
    placed: _Row = (None, None, None, None)
    if new.not_news is not None:
        tags = Tags(companies=(), topics=(), relevant=False, reasons=(new.not_news,))
        placed = (now, new.not_news, 0, to_json(tags))
    return (*entry_columns(new.entry).values(), new.title_key, now, *placed)

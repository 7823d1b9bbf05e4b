"""Values to columns and back. Nothing else in store/ knows how a value is written."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from digest.model import (
    Choice,
    ClusterId,
    Entry,
    EntryId,
    FeedKind,
    Issue,
    IssueStory,
    KnownEntry,
    Period,
    PollState,
    Report,
    Segment,
    SentAlert,
    StoredEntry,
    Tags,
    Usual,
)

T = TypeVar("T")


def stamp(moment: datetime) -> str:
    """A time as text that sorts."""
    # isoformat() takes a quarter of strftime()'s time, and each entry is stamped.
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def maybe_stamp(moment: datetime | None) -> str | None:
    """The same, where there may be none."""
    return None if moment is None else stamp(moment)


def moment(text: str) -> datetime:
    """A stamp as a time."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """The same, where there may be none."""
    return None if text is None else datetime.fromisoformat(text)


def to_json(value: object) -> str:
    """A value as JSON in canonical form: equal values give equal text."""
    return msgspec.json.encode(value, order="deterministic").decode()


def from_json(text: str, kind: type[T]) -> T:
    """JSON of our own as the value it was."""
    return msgspec.json.decode(text, type=kind)


def maybe_json(text: str | None, kind: type[T]) -> T | None:
    """The same, where there may be none, or what a release before this wrote in another form."""
    try:
        return None if text is None else from_json(text, kind)
    except msgspec.MsgspecError:
        return None


def entry_columns(entry: Entry) -> dict[str, object]:
    """The columns of `entries` that an Entry fills."""
    return {
        "feed": entry.feed,
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "published": stamp(entry.published),
        "dated": int(entry.dated),
        "lang": entry.lang,
        "outlet": entry.outlet,
    }


def stored_entry(row: sqlite3.Row) -> StoredEntry:
    """A row of `entries`."""
    return StoredEntry(
        id=EntryId(row["id"]),
        entry=Entry(
            feed=row["feed"],
            guid=row["guid"],
            url=row["url"],
            title=row["title"],
            summary=row["summary"],
            published=moment(row["published"]),
            dated=bool(row["dated"]),
            lang=row["lang"],
            outlet=row["outlet"],
        ),
        first_seen=moment(row["first_seen"]),
    )


def known_entry(row: sqlite3.Row) -> KnownEntry:
    """A row of `entries`, as far as it is compared with found ones."""
    return KnownEntry(
        id=EntryId(row["id"]),
        guid=row["guid"],
        url=row["url"],
        title_key=row["title_key"],
        title=row["title"],
        summary=row["summary"],
        published=moment(row["published"]),
        dated=bool(row["dated"]),
    )


def report(row: sqlite3.Row) -> Report:
    """A row of `entries` that has been placed."""
    return Report(
        stored=stored_entry(row),
        tags=from_json(row["tags"], Tags),
        cluster=ClusterId(row["cluster_id"]),
        owner=row["owner"],
        kind=FeedKind(row["kind"]),
        weight=row["weight"],
    )


def poll_state(row: sqlite3.Row) -> PollState:
    """A row of `feeds`."""
    return PollState(
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        last_poll=maybe_moment(row["last_poll"]),
        last_success=maybe_moment(row["last_success"]),
        next_poll=maybe_moment(row["next_poll"]),
        failures=row["failures"],
        error=row["error"],
        retired=bool(row["retired"]),
        ttl=_maybe_seconds(row["ttl"]),
        skip_hours=from_json(row["skip_hours"], frozenset[int]),
        skip_days=from_json(row["skip_days"], frozenset[int]),
        rhythm=_maybe_seconds(row["rhythm"]),
        last_news=maybe_moment(row["last_news"]),
        failing_since=maybe_moment(row["failing_since"]),
        moved_to=row["moved_to"],
        moved_since=maybe_moment(row["moved_since"]),
        moved_for_good=bool(row["moved_for_good"]),
        unreached=None if row["unreached"] is None else bool(row["unreached"]),
    )


def poll_columns(state: PollState) -> dict[str, object]:
    """The columns of `feeds` that a PollState fills."""
    return {
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_hash": state.body_hash,
        "last_poll": maybe_stamp(state.last_poll),
        "last_success": maybe_stamp(state.last_success),
        "next_poll": maybe_stamp(state.next_poll),
        "failures": state.failures,
        "error": state.error,
        "retired": int(state.retired),
        "ttl": None if state.ttl is None else int(state.ttl.total_seconds()),
        "skip_hours": to_json(sorted(state.skip_hours)),
        "skip_days": to_json(sorted(state.skip_days)),
        "rhythm": None if state.rhythm is None else int(state.rhythm.total_seconds()),
        "last_news": maybe_stamp(state.last_news),
        "failing_since": maybe_stamp(state.failing_since),
        "moved_to": state.moved_to,
        "moved_since": maybe_stamp(state.moved_since),
        "moved_for_good": int(state.moved_for_good),
        "unreached": None if state.unreached is None else int(state.unreached),
    }


def _maybe_seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def issue(row: sqlite3.Row, stories: Iterable[sqlite3.Row]) -> Issue:
    """A row of `issues` with its rows of `issue_stories`."""
    return Issue(
        edition=row["edition"],
        period=Period(
            key=row["period"],
            start=moment(row["period_start"]),
            end=moment(row["period_end"]),
        ),
        title=row["title"],
        frozen_at=moment(row["frozen_at"]),
        stories=tuple(from_json(story["body"], IssueStory) for story in stories),
        entries_read=row["entries_read"],
        note=row["note"],
        usual=from_json(row["usual"], Usual),
        alerts=from_json(row["alerts"], tuple[SentAlert, ...]),
    )


def segment(row: sqlite3.Row) -> Segment:
    """A row of `segments`."""
    return Segment(
        choice=from_json(row["choice"], Choice),
        subject=row["subject"],
        html=row["html"],
        text=row["text"],
        stories=row["stories"],
    )

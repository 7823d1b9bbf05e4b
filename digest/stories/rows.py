"""Tags and groups rows of JSON Lines, without a store, by the same parts as `ingest`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import inf
from operator import attrgetter
from typing import Any, BinaryIO, TypedDict

from digest.feeds.boilerplate import summary
from digest.feeds.plaintext import to_marked_lines, visible
from digest.model import ClusterId, Entry, EntryId, FeedId, Role, StoredEntry, StoryId, Tags
from digest.stories.cluster import StoryIndex
from digest.stories.judge import Judge
from digest.stories.lexicon import Lexicon
from digest.stories.link import STRETCH, linker_of
from digest.stories.tag import tagger_of
from digest.stories.tokens import guess_language
from digest.stories.traits import Traits
from digest.stories.workers import BATCH, judge_all, processes_for

ARTICLE = 4000  # characters: a row's summary may be a whole article

Progress = Callable[[int, int, str], None]  # rows read, of how many, and the last one's title

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_YEARS = (1900, 2999)  # of publication; time is reckoned around it, which has to stay in range


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row to tag; only the title is needed. Its summary has lost its tail, as a feed's has."""

    id: str
    title: str
    summary: str = ""
    published: datetime | None = None
    lang: str = ""
    source: str = ""


class TaggedRow(TypedDict):
    """What became of a row; rows about one event have the same `story`."""

    id: str
    companies: list[str]  # its subjects
    mentions: list[str]
    topics: list[str]
    relevant: bool
    story: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no row; the others stand all the same."""

    line: int
    field: str  # "" if it is the line as a whole
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {' '.join(filter(None, (self.field, self.reason)))}"


def parse_rows(stream: BinaryIO) -> Iterator[Row | BadRow]:
    """What each line of JSON Lines in UTF-8 is, in their order; empty ones are passed by."""
    for number, line in enumerate(stream, start=1):
        if line.strip():
            try:
                yield _row(number, line)
            except _BadRowError as error:
                yield BadRow(number, error.field, error.reason)


class _BadRowError(ValueError):
    """Why a line is no row."""

    def __init__(self, reason: str, field: str = "") -> None:
        self.field = field
        self.reason = reason
        super().__init__(reason)


def _row(number: int, line: bytes) -> Row:
    try:
        raw: Any = json.loads(line.decode("utf-8-sig"))
    except RecursionError as error:
        raise _BadRowError("is nested too deeply") from error
    except ValueError as error:
        raise _BadRowError(f"not JSON in UTF-8 ({error})") from error
    if not isinstance(raw, dict):
        raise _BadRowError("not an object")
    title = visible(_text(raw, "title"))
    if not title:
        raise _BadRowError("is missing", "title")
    return Row(
        id=_id(raw.get("id"), number),
        title=title,
        summary=summary(to_marked_lines(_text(raw, "summary"), 2 * ARTICLE), title, ARTICLE),
        published=_moment(_text(raw, "published")),
        lang=_text(raw, "lang"),
        source=_text(raw, "source"),
    )


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = raw.get(field)
    if value is not None and not isinstance(value, str):
        raise _BadRowError("is not text", field)
    return value or ""


def _id(value: Any, number: int) -> str:  # noqa: ANN401  # what JSON may hold
    if value is None:
        return str(number)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _BadRowError("is neither text nor a number", "id")
    return str(value)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _BadRowError("is not an ISO 8601 time", "published") from error
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise _BadRowError("is not between the years 1900 and 2999", "published")
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def tag_rows(
    rows: Iterable[Row], lexicon: Lexicon, progress: Progress = lambda *_: None
) -> Iterator[TaggedRow]:
    """Tag all rows and group them into stories; the answer comes in the order of the rows."""
    stored = sorted(map(_stored, count(), entries_of(rows)), key=_by_time)
    tags: dict[EntryId, Tags] = {}
    clusters: dict[EntryId, ClusterId] = {}
    grouping = _Grouping(lexicon)
    batches = [stored[at : at + BATCH] for at in range(0, len(stored), BATCH)]
    judge = Judge(tagger_of(lexicon), {})
    for batch, judged in judge_all(judge, batches, processes_for(len(stored))):
        for one, read in zip(batch, judged, strict=True):
            tags[one.id] = read.placement.tags
            if read.traits is not None:
                clusters[one.id] = grouping.place(read.traits)
        progress(len(tags), len(stored), batch[-1].entry.title)
    grouping.link()
    for one in sorted(stored, key=attrgetter("id")):
        told = tags[one.id]
        yield TaggedRow(
            id=one.entry.guid,
            companies=list(told.subjects),
            mentions=[tag.company for tag in told.companies if tag.role is Role.MENTION],
            topics=list(told.topic_ids),
            relevant=told.relevant,
            story=grouping.story(clusters[one.id]) if one.id in clusters else f"u{one.id}",
        )


class _Grouping:
    """Stories of rows that come in order of their time."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._index = StoryIndex()
        self._linker = linker_of(lexicon)
        self._stories: dict[ClusterId, StoryId] = {}
        self._touched: set[ClusterId] = set()
        self._due = inf

    def place(self, told: Traits) -> ClusterId:
        if told.seconds >= self._due:
            self.link()
        if not self._touched:
            self._due = told.seconds + STRETCH.total_seconds()
        cluster = self._index.place(told).cluster
        self._touched.add(cluster)
        return cluster

    def link(self) -> None:
        for link in self._linker.link(self._index, self._touched):
            self._stories[link.cluster] = link.story
        self._touched.clear()

    def story(self, cluster: ClusterId) -> str:
        return f"s{self._stories.get(cluster, cluster)}"


def _stored(number: int, entry: Entry) -> StoredEntry:
    return StoredEntry(id=EntryId(number), entry=entry, first_seen=entry.published)


def _by_time(stored: StoredEntry) -> tuple[datetime, EntryId]:
    return stored.entry.published, stored.id


def entries_of(rows: Iterable[Row]) -> list[Entry]:
    """Rows as entries; one without a time is as old as the row before it."""
    entries: list[Entry] = []
    for row in rows:
        before = entries[-1].published if entries else _EPOCH
        entries.append(
            Entry(
                feed=FeedId(row.source),
                guid=row.id,
                url="",
                title=row.title,
                summary=row.summary,
                published=row.published or before,
                dated=row.published is not None,
                lang=row.lang or guess_language(row.title),
                outlet=row.source,
            )
        )
    return entries

"""Tags and groups rows of JSON Lines, without a store, by the same parts as `ingest`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, TypedDict

from digest.feeds.plaintext import visible
from digest.model import ClusterId, Entry, EntryId, FeedId, StoryId, Tags
from digest.stories.cluster import StoryIndex
from digest.stories.lexicon import Lexicon
from digest.stories.link import linker_of
from digest.stories.owner import owner_of
from digest.stories.tag import tagger_of
from digest.stories.tokens import guess_language
from digest.stories.traits import traits

BATCH = timedelta(hours=24)  # rows are linked by so much of their time at once

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_YEARS = (1900, 2999)  # of publication; time is reckoned around it, which has to stay in range


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row to tag; only the title is needed."""

    id: str
    title: str
    summary: str = ""
    published: datetime | None = None
    lang: str = ""
    source: str = ""


class TaggedRow(TypedDict):
    """What became of a row; rows about one event have the same `story`."""

    id: str
    companies: list[str]
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
        summary=visible(_text(raw, "summary")),
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


def tag_rows(rows: Iterable[Row], lexicon: Lexicon) -> Iterator[TaggedRow]:
    """Tag all rows and group them into stories; the answer comes in the order of the rows."""
    entries = entries_of(rows)
    tagger, index, linker = tagger_of(lexicon), StoryIndex(), linker_of(lexicon)
    tags: dict[int, Tags] = {}
    clusters: dict[int, ClusterId] = {}
    stories: dict[ClusterId, StoryId] = {}
    touched: set[ClusterId] = set()
    due: datetime | None = None
    for number, entry in sorted(enumerate(entries), key=lambda pair: (pair[1].published, pair[0])):
        if due is not None and entry.published >= due:
            stories |= {link.cluster: link.story for link in linker.link(index, touched)}
            touched.clear()
        if not touched:
            due = entry.published + BATCH
        reading = tagger.read(entry.title, entry.summary, lang=entry.lang, outlet=entry.outlet)
        owner = owner_of(lexicon, entry)
        placed = index.place(traits(EntryId(number), entry, reading, owner.name))
        tags[number], clusters[number] = reading.tags, placed.cluster
        touched.add(placed.cluster)
    stories |= {link.cluster: link.story for link in linker.link(index, touched)}
    for number, entry in enumerate(entries):
        yield TaggedRow(
            id=entry.guid,
            companies=list(tags[number].subjects),
            topics=list(tags[number].topic_ids),
            relevant=tags[number].relevant,
            story=f"s{_story(stories, clusters[number])}",
        )


def _story(stories: Mapping[ClusterId, StoryId], cluster: ClusterId) -> int:
    return int(stories.get(cluster, cluster))


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

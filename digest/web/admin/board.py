"""The operator's page as values: every text that it shows, ready to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.english import counted
from digest.feeds.health import Condition
from digest.model import DeliveryState, Issue, Status, StoredNotice
from digest.web.admin.facts import EditionFacts, Facts, FeedFacts, IssueState
from digest.web.admin.plots import Plot, bars, line
from digest.web.admin.readiness import Check, Health, worst

DAYS = 28  # of entries
READER_DAYS = 91
STORIES = 20
_OUTLETS = 4  # named of a story
_MARKS = {
    Condition.GONE: "bad",
    Condition.BROKEN: "bad",
    Condition.FAILING: "warn",
    Condition.NEW: "ok",
    Condition.OK: "ok",
}
_STOPPED = {IssueState.PAUSED, IssueState.SKIPPED, IssueState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list: what, how, and how bad that is ("ok", "warn" or "bad")."""

    what: str
    how: str
    mark: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed of the table."""

    title: str
    id: str
    state: str
    mark: str
    why: str
    last: str
    next: str
    week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story of the week so far."""

    number: int
    title: str
    url: str
    lang: str
    outlets: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The whole page."""

    title: str
    at: str
    health: str  # as readiness.Health has it
    checks: tuple[Row, ...]
    notices: tuple[Row, ...]
    issues: tuple[Row, ...]
    outbox: tuple[Row, ...]
    readers: tuple[Row, ...]
    feeds: tuple[FeedRow, ...]
    feeds_told: str
    stories: tuple[StoryRow, ...]
    stories_told: str
    entries: Plot
    readers_plot: Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What came on which day; the keys are dates."""

    entries: Mapping[str, int]
    readers: Mapping[str, int]  # by how much the active ones changed


def board(
    facts: Facts, checks: Sequence[Check], past: Past, draft: Issue | None, *, made: bool = True
) -> Board:
    """The page of a moment. `draft` is the first edition's coming issue as it would be now.

    None if its period has just begun, or it is not `made` yet.
    """
    zone = facts.settings.zone
    bad = {Health.OK: "ok", Health.DEGRADED: "warn", Health.FAILED: "bad"}
    return Board(
        title=facts.settings.title,
        at=f"{facts.now.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
        health=worst(checks).value,
        checks=tuple(Row(what=c.name, how=c.words, mark=bad[c.health]) for c in checks),
        notices=tuple(_notice(one, facts.now, zone) for one in facts.notices),
        issues=tuple(row for one in facts.editions for row in _issues(one, facts.now)),
        outbox=_outbox(facts),
        readers=tuple(
            Row(what=status.value, how=str(facts.readers.get(status, 0)))
            for status in Status
            if status is Status.ACTIVE or facts.readers.get(status)
        ),
        feeds=tuple(_feed(one, facts.now, zone) for one in _worst_first(facts.feeds)),
        feeds_told=_feeds_told(facts),
        stories=_stories(draft),
        stories_told=_stories_told(draft, zone) if made else "They are being put in order.",
        entries=bars("Entries a day", _daily(past.entries, facts.now, zone, DAYS)),
        readers_plot=line("Active readers", _readers(facts, past, zone)),
    )


def local(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """When something was or will be: "today 14:05" or "Mon 16 Nov 14:05"."""
    if moment is None:
        return "never"
    there, today = moment.astimezone(zone), now.astimezone(zone).date()
    if there.date() == today:
        return f"today {there:%H:%M}"
    year = "" if there.year == today.year else f" {there.year}"
    return f"{there:%a %d %b}{year} {there:%H:%M}"


def _notice(one: StoredNotice, now: datetime, zone: ZoneInfo) -> Row:
    since = local(one.notice.since or one.opened_at, now, zone)
    often = f", {one.times} times" if one.times > 1 else ""
    return Row(
        what=f"{one.notice.kind}: {one.notice.about}",
        how=f"since {since}{often}. {one.notice.words}",
        mark="bad",
    )


def _issues(one: EditionFacts, now: datetime) -> list[Row]:
    coming = one.coming
    name, due = coming.edition.name, local(coming.period.end, now, coming.edition.zone)
    mark = "bad" if coming.skipped else "warn" if coming.review.held else "ok"
    reader = counted(coming.readers, "reader")
    rows = [
        Row(what=f"{name} {coming.period.key}", how=f"{due}, {reader}; {coming.why}", mark=mark)
    ]
    if one.newest:
        mark = "warn" if one.state in _STOPPED else "ok"
        rows.append(Row(what=f"{name} {one.newest}", how=one.state, mark=mark))
    return rows


def _outbox(facts: Facts) -> tuple[Row, ...]:
    marks = {DeliveryState.UNKNOWN: "warn", DeliveryState.FAILED: "warn"}
    rows = [
        Row(what=state.value, how=str(number), mark=marks.get(state, "ok") if number else "ok")
        for state, number in facts.outbox.items()
        if number or state in {DeliveryState.QUEUED, DeliveryState.SENT}
    ]
    if facts.trouble is not None:
        since = local(facts.trouble.since, facts.now, facts.settings.zone)
        words = f"no mail leaves since {since}: {facts.trouble.words}"
        rows.insert(0, Row(what="trouble", how=words, mark="bad"))
    return tuple(rows)


def _worst_first(feeds: Sequence[FeedFacts]) -> list[FeedFacts]:
    order = list(Condition)
    return sorted(feeds, key=lambda one: (order.index(one.condition), one.feed.title.casefold()))


def _feed(one: FeedFacts, now: datetime, zone: ZoneInfo) -> FeedRow:
    state = one.state
    next_ = "now" if state.next_poll is None or state.next_poll <= now else ""
    return FeedRow(
        title=one.feed.title,
        id=one.feed.id,
        state=one.condition,
        mark=_MARKS[one.condition],
        why=state.error or "",
        last=local(state.last_success, now, zone),
        next="never" if state.retired else next_ or local(state.next_poll, now, zone),
        week=one.week,
    )


def _feeds_told(facts: Facts) -> str:
    told = [counted(len(facts.feeds), "feed")]
    for word in Condition:
        number = sum(one.condition is word for one in facts.feeds)
        if number and word is not Condition.OK:
            told.append(f"{number} {word}")
    week = sum(one.week for one in facts.feeds)
    return f"{', '.join(told)}; {counted(week, 'entry', 'entries')} in seven days"


def _stories(draft: Issue | None) -> tuple[StoryRow, ...]:
    rows = []
    for story in () if draft is None else draft.stories[:STORIES]:
        best = story.headlines[0]
        names = [link.outlet for link in story.outlets[:_OUTLETS]]
        if len(story.outlets) > _OUTLETS:
            names.append(f"{len(story.outlets) - _OUTLETS} more")
        rows.append(
            StoryRow(
                number=story.story,
                title=best.title,
                url=best.url if best.url.startswith(("https://", "http://")) else "",
                lang=best.lang,
                outlets=", ".join(names),
            )
        )
    return tuple(rows)


def _stories_told(draft: Issue | None, zone: ZoneInfo) -> str:
    if draft is None:
        return "The period has just begun."
    since = f"{draft.period.start.astimezone(zone):%a %d %b %H:%M}"
    told = counted(len(draft.stories), "story", "stories")
    read = counted(draft.entries_read, "entry", "entries")
    return f"{draft.edition} {draft.period.key} so far: {told} of {read} since {since}"


def _daily(
    found: Mapping[str, int], now: datetime, zone: ZoneInfo, days: int
) -> list[tuple[str, int]]:
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [(_day(day), found.get(day.isoformat(), 0)) for day in dates]


def _readers(facts: Facts, past: Past, zone: ZoneInfo) -> list[tuple[str, int]]:
    """How many were active at the end of each day, told backwards from how many are now."""
    number, found = facts.readers.get(Status.ACTIVE, 0), []
    for day, change in reversed(_daily(past.readers, facts.now, zone, READER_DAYS)):
        found.append((day, max(0, number)))
        number -= change
    return found[::-1]


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"

"""Follows an entry and the story that it became: why it belongs there, and what was told of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import msgspec

from digest.app import App
from digest.issues.calendar import period_at
from digest.issues.explain import explain
from digest.issues.publish import candidates, current, news_since, undecided
from digest.model import Choice, Correction, EntryId, Issue, NotNews, Period, Story, StoryId
from digest.settings import Edition, Feed
from digest.store.alerts import PastAlert
from digest.store.issues import FoundIssue, IssueOutcome
from digest.store.traces import EntryTrace, IssuePlace
from digest.stories.traits import Traits, unpacked
from digest.stories.why import Shared, most_alike

_PERIODS = 4  # of each edition that are looked at for a story that goes on for long


@dataclass(frozen=True, slots=True, kw_only=True)
class InIssue:
    """What an issue makes of a story."""

    edition: str
    period: str
    due: datetime
    state: str  # "published", "coming", "empty" or "skipped"
    place: int | None  # 1 is the lead; None: it is not told
    of: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTold:
    """A story and all that became of it."""

    story: Story
    asked: StoryId  # the number that was asked for: it may have become part of this one
    earlier: Story | None
    corrections: tuple[Correction, ...]
    began: EntryId  # the report that was read first
    joined: tuple[tuple[EntryId, Shared], ...]  # why each report but that is part of it
    alerts: tuple[PastAlert, ...]
    issues: tuple[InIssue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTold:
    """An entry and all that became of it."""

    trace: EntryTrace
    feed: Feed | None  # None: it is in feeds.toml no more
    left_out: str | None  # in words
    story: StoryTold | None


def numbered(app: App, number: int) -> EntryTold | None:
    """The entry with this number; None if there is none."""
    found = app.store.traces.entry(EntryId(number))
    return None if found is None else entry_told(app, found)


def entry_told(app: App, found: EntryTrace) -> EntryTold:
    """All that became of an entry."""
    feeds = {feed.id: feed for feed in app.settings.feeds}
    return EntryTold(
        trace=found,
        feed=feeds.get(found.stored.entry.feed),
        left_out=_left_out(found.left_out),
        story=None if found.story is None else story_told(app, found.story),
    )


def _left_out(why: str | None) -> str | None:
    if why is None:
        return None
    return f"no news: {_no_news(NotNews(why))}" if why in set(NotNews) else f"left out: {why}"


def _no_news(why: NotNews) -> str:
    match why:
        case NotNews.BEFORE_US:
            return "it is older than our acquaintance with its feed"
        case NotNews.UNDATED:
            return "it bears no date, and was there when its feed was first read"
        case NotNews.AGED:
            return "it was dated too long before it came"
        case NotNews.REPEATED:
            return "it is one of many that its feed published again at once"
        case _:
            assert_never(why)


def story_told(app: App, number: int) -> StoryTold | None:
    """The story with this number, or that it has become part of; None if there is none."""
    store, asked = app.store, StoryId(number)
    current = store.corrections.story_of(asked)
    story = None if current is None else store.entries.story(current)
    if story is None:
        return None
    order = store.traces.reading_order([report.stored.id for report in story.reports])
    return StoryTold(
        story=story,
        asked=asked,
        earlier=None if story.follows is None else store.entries.story(story.follows),
        corrections=tuple(store.corrections.of(story.id)),
        began=order[0],
        joined=tuple(_joined(app, order)),
        alerts=tuple(store.alerts.of(story.id)),
        issues=tuple(_issues(app, story)),
    )


def _joined(app: App, order: Sequence[EntryId]) -> Iterator[tuple[EntryId, Shared]]:
    """Why each report belongs: what it shares with those of the story that were read before it."""
    kept = app.store.traces.readings(order)
    before: list[Traits] = []
    for entry in order:
        read = _unpacked(kept.get(entry))
        if read is None:
            continue
        shared = most_alike(read, before)
        if shared is not None:
            yield entry, shared
        before.append(read)


def _unpacked(kept: bytes | None) -> Traits | None:
    try:
        return None if kept is None else unpacked(kept)
    except msgspec.DecodeError:  # of another release
        return None


def _issues(app: App, story: Story) -> Iterator[InIssue]:
    told = {(place.edition, place.period): place for place in app.store.traces.places(story.id)}
    seen = set()
    for edition in app.settings.editions.values():
        moments = [report.entry.published for report in story.reports]
        periods = {period.key: period for period in (period_at(edition, at) for at in moments)}
        coming = _coming(app, edition)
        if any(news_since(edition, coming, app.store) <= at < coming.start for at in moments):
            periods.setdefault(coming.key, coming)  # it tells the news of those that were skipped
        for period in list(periods.values())[-_PERIODS:]:
            seen.add((edition.name, period.key))
            yield _in_issue(app, story, edition, period, told.get((edition.name, period.key)))
    for (name, key), place in told.items():
        if (name, key) not in seen:  # of another time, published once more, or of an old edition
            found = app.store.issues.find(name, key)
            if found is not None:
                yield _told_at(found, place)


def _coming(app: App, edition: Edition) -> Period:
    """The period in progress, or the one that is due and goes at once."""
    return current(edition, app.store, catch_up=app.settings.catch_up, now=app.clock())


def _told_at(found: FoundIssue, place: IssuePlace) -> InIssue:
    story = found.issue.stories[place.rank - 1]
    return InIssue(
        edition=place.edition,
        period=place.period,
        due=found.issue.period.end,
        state=str(found.outcome),
        place=place.rank,
        of=place.of,
        why="; ".join(story.reasons),
    )


def _in_issue(
    app: App, story: Story, edition: Edition, period: Period, place: IssuePlace | None
) -> InIssue:
    found = app.store.issues.find(edition.name, period.key)
    if found is not None and place is not None:
        # Published before its time, its own period ends when that was.
        return replace(_told_at(found, place), due=period.end)
    base = InIssue(
        edition=edition.name, period=period.key, due=period.end, state="", place=None, of=0, why=""
    )
    if found is not None and found.outcome is not IssueOutcome.PUBLISHED:
        return replace(base, state=str(found.outcome), why=found.reason or "")
    if found is None and period.end <= app.clock():
        return replace(base, state="not out", why=_why_not_out(app, edition, period))
    issue = found.issue if found else app.issues.draft(edition, period)
    return replace(_as_it_stands(app, story, edition, issue, base), state=_state(found))


def _why_not_out(app: App, edition: Edition, period: Period) -> str:
    catch_up, now = app.settings.catch_up, app.clock()
    owed = undecided(edition, app.store, catch_up=catch_up, now=now)
    if any(each.period.key == period.key for each in owed):
        return "`digest next` says what becomes of it"
    return "it was over before the first issue could be opened, and none is made of it"


def _state(found: FoundIssue | None) -> str:
    return "coming" if found is None else str(found.outcome)


def _as_it_stands(app: App, story: Story, edition: Edition, issue: Issue, base: InIssue) -> InIssue:
    """Its place among all that the issue tells, or why it is not among that."""
    stories = candidates(edition, issue.period, app.store)
    irrelevant = app.store.entries.irrelevant_between(issue.period.start, issue.period.end)
    told = explain(
        issue,
        Choice(language=app.settings.language),
        len(issue.stories),
        sections=app.settings.sections,
        stories=stories + irrelevant,
        told_before=app.store.issues.told(edition.name, issue.period.end),
        frozen=base.due <= app.clock(),
    )
    ranked = {one.story: one for one in issue.stories}
    if any(one.story.story == story.id for one in told.told):
        mine = ranked[story.id]
        why = "; ".join(mine.reasons)
        return replace(base, place=mine.rank, of=len(issue.stories), why=why)
    why = next((one.why for one in told.left_out if one.story == story.id), "no report of its time")
    return replace(base, of=len(issue.stories), why=why)

"""Follows one entry, story, reader or feed through the whole pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from digest.app import App
from digest.errors import UsageError
from digest.feeds.health import condition
from digest.feeds.links import canonical_url
from digest.feeds.politeness import explain_next
from digest.issues.calendar import period_at, upcoming
from digest.issues.compose import select
from digest.issues.explain import explain
from digest.issues.publish import candidates, undecided
from digest.model import (
    Choice,
    Correction,
    EntryId,
    Issue,
    NotNews,
    Period,
    PollState,
    Status,
    Story,
    StoryId,
    Subscriber,
)
from digest.settings import Edition, Feed
from digest.store.alerts import PastAlert
from digest.store.issues import FoundIssue, IssueOutcome
from digest.store.persons import PersonRecord
from digest.store.traces import EntryTrace, IssuePlace
from digest.stories.traits import Traits, unpacked
from digest.stories.why import Shared, most_alike
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.tokens import address_hash

TOP = 5  # headlines of a reader's next issue that are named
_PERIODS = 4  # of each edition that are looked at for a story that goes on for long
_NO_NEWS = {
    NotNews.BEFORE_US: "it is older than our acquaintance with its feed",
    NotNews.UNDATED: "it bears no date, and was there when its feed was first read",
    NotNews.AGED: "it was dated too long before it came",
    NotNews.REPEATED: "it is one of many that its feed published again at once",
}


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
    joined: tuple[tuple[EntryId, Shared], ...]  # why each report but the first is part of it
    alerts: tuple[PastAlert, ...]
    issues: tuple[InIssue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTold:
    """An entry and all that became of it."""

    trace: EntryTrace
    feed: Feed | None  # None: it is in feeds.toml no more
    left_out: str | None  # in words
    story: StoryTold | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextIssue:
    """What a reader's next issue would tell them now."""

    edition: str
    period: str
    due: datetime
    stories: int
    headlines: tuple[str, ...]  # the first ones
    why_not: str = ""  # why they get none


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTold:
    """All that happened between somebody and the list."""

    address: str
    reader: Subscriber | None
    record: PersonRecord
    next: NextIssue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTold:
    """A feed and what came of it."""

    feed: Feed
    state: PollState
    condition: str
    next_poll: str
    entries: int
    relevant: int


Told = StoryTold | EntryTold | PersonTold | FeedTold


def trace(app: App, thing: str) -> Told:
    """Whatever is meant by a number, a link, a GUID, an address or the id of a feed.

    A bare number is a story's, or an entry's where no story has it; "story:12" and "entry:12" say
    which. Raises UsageError for what is not there or may be several things.
    """
    kind, colon, number = thing.partition(":")
    if colon and kind in {"story", "entry"}:
        if not number.isdecimal():
            raise UsageError(f"{thing}: {kind}: and a number, such as {kind}:12")
        found = _story(app, int(number)) if kind == "story" else _entry(app, int(number))
        if found is None:
            hint = "`digest stories` lists them" if kind == "story" else "stories show has theirs"
            raise UsageError(f"there is no {kind} {number}; {hint}")
        return found
    if thing.isdecimal():
        found = _story(app, int(thing)) or _entry(app, int(thing))
        if found is None:
            raise UsageError(f"neither a story nor an entry has the number {thing}")
        return found
    feed = next((feed for feed in app.settings.feeds if feed.id == thing), None)
    if feed is not None:
        return _feed(app, feed)
    return _named(app, thing)


def _named(app: App, thing: str) -> Told:
    """An entry by its link or GUID, or a person by their address."""
    found = app.store.traces.named(list(dict.fromkeys([thing, canonical_url(thing) or thing])))
    if len(found) > 1:
        each = ", ".join(f"entry:{one.stored.id} of {one.stored.entry.feed}" for one in found)
        raise UsageError(f"{len(found)} entries have this link or GUID; say which: {each}")
    if found:
        return _of_entry(app, found[0])
    if "@" in thing and "/" not in thing:
        return _person(app, thing)
    raise UsageError(
        f"nothing is called {thing!r}: give the number of a story or entry, an entry's link or"
        " GUID, a reader's address, or the id of a feed"
    )


# --- entries and stories -----------------------------------------------------------------------


def _entry(app: App, number: int) -> EntryTold | None:
    found = app.store.traces.entry(EntryId(number)) if number < 2**63 else None
    return None if found is None else _of_entry(app, found)


def _of_entry(app: App, found: EntryTrace) -> EntryTold:
    feeds = {feed.id: feed for feed in app.settings.feeds}
    return EntryTold(
        trace=found,
        feed=feeds.get(found.stored.entry.feed),
        left_out=_left_out(found.left_out),
        story=None if found.story is None else _story(app, found.story),
    )


def _left_out(why: str | None) -> str | None:
    if why is None:
        return None
    try:
        return f"no news: {_NO_NEWS[NotNews(why)]}"
    except ValueError:
        return f"left out: {why}"


def _story(app: App, number: int) -> StoryTold | None:
    if number >= 2**63:
        return None
    store, asked = app.store, StoryId(number)
    current = store.corrections.story_of(asked)
    story = None if current is None else store.entries.story(current)
    if story is None:
        return None
    return StoryTold(
        story=story,
        asked=asked,
        earlier=None if story.follows is None else store.entries.story(story.follows),
        corrections=tuple(store.corrections.of(story.id)),
        joined=tuple(_joined(app, story)),
        alerts=tuple(store.alerts.of(story.id)),
        issues=tuple(_issues(app, story)),
    )


def _joined(app: App, story: Story) -> Iterator[tuple[EntryId, Shared]]:
    """Why each report belongs: what it shares with those of the story that came before it."""
    order = sorted(story.reports, key=lambda report: report.stored.id)
    kept = app.store.traces.readings([report.stored.id for report in order])
    before: list[Traits] = []
    for report in order:
        read = _unpacked(kept.get(report.stored.id))
        if read is None:
            continue
        shared = most_alike(read, before)
        if shared is not None:
            yield report.stored.id, shared
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
        moments = (report.entry.published for report in story.reports)
        periods = {period.key: period for period in (period_at(edition, at) for at in moments)}
        for period in list(periods.values())[-_PERIODS:]:
            seen.add((edition.name, period.key))
            yield _in_issue(app, story, edition, period, told.get((edition.name, period.key)))
    for (name, key), place in told.items():
        if (name, key) not in seen:  # of another time, published once more, or of an old edition
            found = app.store.issues.find(name, key)
            if found is not None:
                yield _told_at(found, place)


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
        return _told_at(found, place)
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


# --- readers and feeds -------------------------------------------------------------------------


def _person(app: App, address: str) -> PersonTold:
    try:
        key, normal = address_key(address), normalise(address)
    except ValueError as error:
        raise UsageError(str(error)) from error
    store = app.store
    reader = store.subscribers.by_key(key)
    hashed = address_hash(store.secret(), key)
    record = store.persons.record(normal, hashed, None if reader is None else reader.id)
    if reader is None and record.is_empty:
        raise UsageError(f"nothing is kept of {normal}: they do not subscribe and never did")
    coming = None if reader is None else _next_issue(app, reader)
    return PersonTold(address=normal, reader=reader, record=record, next=coming)


def _next_issue(app: App, reader: Subscriber) -> NextIssue | None:
    edition = app.settings.editions.get(reader.preferences.rhythm)
    if edition is None:
        return None
    now = app.clock()
    (period,) = upcoming(edition, app.store.issues.keys(edition.name), now, 1)
    base = NextIssue(
        edition=edition.name, period=period.key, due=period.end, stories=0, headlines=()
    )
    if reader.status is not Status.ACTIVE:
        until = reader.paused_until  # of who is paused
        if until is None or until > period.end:
            return replace(base, why_not=f"they get none: they are {reader.status}")
    issue = app.issues.draft(edition, _begun(period, now))
    choice = reader.preferences.choice
    chosen = select(issue, choice, app.settings.max_stories)
    told = tuple(story.headline(choice.language).title for story in chosen[:TOP])
    return replace(base, stories=len(chosen), headlines=told)


def _begun(period: Period, now: datetime) -> Period:
    """The period, of which a draft can be made also in the second in which it begins."""
    return period if now > period.start else replace(period, start=now - timedelta(seconds=1))


def _feed(app: App, feed: Feed) -> FeedTold:
    now, store = app.clock(), app.store
    state = store.feeds.states().get(feed.id, PollState())
    entries, relevant = store.traces.counted(feed.id)
    return FeedTold(
        feed=feed,
        state=state,
        condition=condition(state, now),
        next_poll=explain_next(feed, state, store.hosts.waits(), app.settings.fetch, now),
        entries=entries,
        relevant=relevant,
    )

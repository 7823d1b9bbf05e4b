"""Walks stories into issues: draft for a look, freeze for good, and whatever is due.

What is due is calendar.py's decision, what is told compose.py's, how it looks render.py's. The row
(edition, period) in the store says whether it was done: two that publish at once make one issue.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from digest.errors import TemplateError, UsageError
from digest.issues.calendar import owed, period_at, periods_due
from digest.issues.compose import compose
from digest.issues.render import Rendered, Renderer
from digest.model import Issue, IssueId, Period
from digest.settings import Edition, Settings
from digest.store import Store
from digest.store.issues import IssueOutcome, Missing
from digest.stories.lexicon import Lexicon
from digest.stories.rank import rank


@dataclass(frozen=True, slots=True)
class Published:
    """An issue is out: its deliveries are queued."""

    id: IssueId
    issue: Issue
    segments: int
    failures: tuple[TemplateError, ...]  # of the project's templates; the shipped ones stood in


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A period was decided without an issue: it was empty, or it was found too late."""

    edition: str
    period: Period
    outcome: IssueOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody has decided this period before; nothing was changed."""

    edition: str
    key: str


Outcome = Published | Unpublished | Decided


def describe(outcome: Outcome) -> str:
    """What became of a period, in one line."""
    match outcome:
        case Published(issue=issue, segments=segments):
            name = f"{issue.edition} {issue.period.key}"
            return f"{name}: published, {len(issue.stories)} stories in {segments} segments"
        case Unpublished(edition=edition, period=period, reason=reason):
            return f"{edition} {period.key}: {outcome.outcome}, {reason}"
        case Decided(edition=edition, key=key):
            return f"{edition} {key}: was published or decided before; nothing was sent again"
        case _:
            assert_never(outcome)


def draft(
    edition: Edition,
    period: Period,
    store: Store,
    *,
    settings: Settings,
    lexicon: Lexicon,
    now: datetime,
) -> Issue:
    """What an issue of this period would tell. Changes nothing.

    A period in progress is told up to now. Raises UsageError if it has not begun.
    """
    if now <= period.start:
        raise UsageError(f"{edition.name} {period.key} has not begun: its news starts later")
    period = replace(period, end=min(period.end, now))
    earlier = store.issues.newest_before(edition.name, period.end)
    stories = store.entries.stories_between(
        period.start,
        period.end,
        None if earlier is None else earlier.issue.frozen_at,
    )
    return compose(
        edition,
        period,
        rank(stories, lexicon=lexicon, sections=settings.sections, now=period.end),
        store.issues.told(edition.name, period.end),
        title=settings.title,
        entries_read=store.entries.count_between(period.start, period.end),
        now=now,
    )


def freeze(
    edition: Edition,
    period: Period,
    store: Store,
    renderer: Renderer,
    *,
    settings: Settings,
    lexicon: Lexicon,
    now: datetime,
) -> Outcome:
    """Publish a period's issue: its stories, a segment for each choice, a delivery for each reader.

    Safe to repeat: (edition, period) is the key. An issue without stories is recorded as empty,
    unless its period is still in progress.
    Raises UsageError if the period has not begun, TemplateError if the shipped templates fail.
    """
    if period.key in store.issues.keys(edition.name):
        return Decided(edition.name, period.key)
    issue = draft(edition, period, store, settings=settings, lexicon=lexicon, now=now)
    if not issue.stories and now < period.end:
        reason = "there is no story for it yet"  # there may be one when it is due: keep it open
        return Unpublished(edition.name, period, IssueOutcome.EMPTY, reason)
    if not issue.stories:
        reason = f"none of the {issue.entries_read} entries of the period is news for it"
        return _decide(issue, store, IssueOutcome.EMPTY, reason)
    rendered: list[Rendered] = []
    added: IssueId | Missing | None = Missing(tuple(store.issues.choices(edition.name)))
    while isinstance(added, Missing):  # at most once more for whoever came while we rendered
        rendered += [
            renderer.segment(issue, choice, settings=settings, names=lexicon)
            for choice in added.choices
        ]
        added = store.issues.add(issue, [each.segment for each in rendered])
    if added is None:
        return Decided(issue.edition, issue.period.key)
    failures = {str(each.failure): each.failure for each in rendered if each.failure is not None}
    return Published(added, issue, len(rendered), tuple(failures.values()))


def current(edition: Edition, store: Store, *, catch_up: timedelta, now: datetime) -> Period:
    """The period that a person means who names none.

    The one that is due and has not been decided, if it can still be caught up; else the one in
    progress. Changes nothing.
    """
    since = store.issues.known_since(edition.name) or store.feeds.first_added()
    due = [] if since is None else periods_due(edition, since, now)
    open_ones = [
        each.period
        for each in owed(due, store.issues.keys(edition.name), catch_up, now)
        if each.too_late is None
    ]
    return open_ones[-1] if open_ones else period_at(edition, now)


def again(edition: Edition, period: Period, store: Store) -> Period:
    """The same period under a key of its own ("2026-W47.1"), to publish it once more.

    It covers the time that its first issue covered. The period itself if it has no issue yet.
    """
    first = store.issues.find(edition.name, period.key)
    if first is None:
        return period
    taken = store.issues.keys(edition.name)
    number = next(n for n in range(1, len(taken) + 2) if f"{period.key}.{n}" not in taken)
    return replace(first.issue.period, key=f"{period.key}.{number}")


def publish_due(
    editions: Collection[Edition],
    store: Store,
    renderer: Renderer,
    *,
    settings: Settings,
    lexicon: Lexicon,
    now: datetime,
) -> list[Outcome]:
    """Publish every edition's newest period if it is due, and say which older ones are skipped."""
    outcomes: list[Outcome] = []
    for edition in editions:
        due = periods_due(edition, store.issues.since(edition.name, now), now)
        for each in owed(due, store.issues.keys(edition.name), settings.catch_up, now):
            if each.too_late is None:
                outcome = freeze(
                    edition,
                    each.period,
                    store,
                    renderer,
                    settings=settings,
                    lexicon=lexicon,
                    now=now,
                )
            else:
                nothing = Issue(
                    edition=edition.name,
                    period=each.period,
                    title=settings.title,
                    frozen_at=now,
                    stories=(),
                    entries_read=0,
                )
                outcome = _decide(nothing, store, IssueOutcome.SKIPPED, each.too_late)
            outcomes.append(outcome)
    return outcomes


def _decide(issue: Issue, store: Store, outcome: IssueOutcome, reason: str) -> Outcome:
    if store.issues.decide(issue, outcome, reason) is None:
        return Decided(issue.edition, issue.period.key)
    return Unpublished(issue.edition, issue.period, outcome, reason)

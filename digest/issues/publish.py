"""Walks stories into issues: draft for a look, freeze for good, and whatever is due.

What is due is calendar.py's decision, what is told compose.py's, how it looks render.py's. The row
(edition, period) in the store says whether it was done: two that publish at once make one issue.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from digest.english import counted
from digest.errors import TemplateError, UsageError
from digest.issues.before import brief
from digest.issues.calendar import Owed, owed, period_at, periods_due
from digest.issues.compose import compose
from digest.issues.drafts import copy_view, letter_of, numbers_of, skipped_because
from digest.issues.press import Press
from digest.issues.render import Rendered
from digest.issues.stages import WHY, gone_on
from digest.model import Choice, Issue, IssueId, Period, Review, Story
from digest.settings import Edition
from digest.store import Store
from digest.store.issues import IssueOutcome, Missing, OperatorCopy, Reconsidered
from digest.stories.rank import rank

REACH = timedelta(days=7)  # into skipped periods: what is older is no news, however rare issues are


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


@dataclass(frozen=True, slots=True)
class Kept:
    """The operator holds this issue back; nothing was changed."""

    review: Review


Outcome = Published | Unpublished | Decided | Kept


def describe(outcome: Outcome) -> str:
    """What became of a period, in one line."""
    match outcome:
        case Published(issue=issue, segments=segments):
            name = f"{issue.edition} {issue.period.key}"
            told = counted(len(issue.stories), "story", "stories")
            return f"{name}: published, {told} in {counted(segments, 'segment')}"
        case Unpublished(edition=edition, period=period, reason=reason):
            return f"{edition} {period.key}: {outcome.outcome}, {reason}"
        case Decided(edition=edition, key=key):
            return f"{edition} {key}: was published or decided before; nothing was sent again"
        case Kept(review=review):
            return (
                f"{review.edition} {review.period} is held by {review.decided_by};"
                f" `digest issue approve {review.period} --edition {review.edition}` lets it go"
            )
        case _:
            assert_never(outcome)


def draft(edition: Edition, period: Period, press: Press) -> Issue:
    """What an issue of this period would tell. Changes nothing.

    A period in progress is told up to now. Raises UsageError if it has not begun.
    """
    store, settings = press.store, press.settings
    if press.now <= period.start:
        newest = store.issues.newest_before(edition.name, period.end)
        hint = f"; `--period {newest.issue.period.key}` shows the newest" if newest else ""
        raise UsageError(f"{edition.name} {period.key} has not begun: its news starts later{hint}")
    review = store.reviews.find(edition.name, period.key)
    whole, since = period, news_since(edition, period, store)
    period = replace(period, start=since, end=min(period.end, press.now))
    found = gone_on(
        candidates(edition, period, store), store.issues.last_told(edition.name, period.end)
    )
    stories = [story for story in found.stories if not story.excluded]
    ranked = rank(stories, lexicon=press.lexicon, sections=settings.sections, now=period.end)
    return compose(
        edition,
        period,
        [
            replace(one, reasons=(*one.reasons, WHY)) if one.story.id in found.before else one
            for one in ranked
        ],
        brief(store, edition, whole, found, review, since=since, now=press.now),
        title=settings.title,
        entries_read=store.entries.count_between(period.start, period.end),
        now=press.now,
    )


def news_since(edition: Edition, period: Period, store: Store) -> datetime:
    """From when on the issue of a period tells the news.

    The news of periods that were skipped just before it is its own: of a week, or of the length of
    a period. A period that a person publishes once more covers what its first issue covered.
    """
    skipped = store.issues.skipped_before(edition.name, period.end)
    if skipped is None or period.again:
        return period.start
    return max(skipped, period.start - max(period.end - period.start, REACH))


def candidates(edition: Edition, period: Period, store: Store) -> list[Story]:
    """The stories that an issue may tell, with those that the operator excluded.

    The period is the issue's own, from news_since() on. Beside its news there is what came too late
    for the issue before, unless periods were skipped in between.
    """
    earlier = store.issues.newest_before(edition.name, period.end)
    skipped = store.issues.skipped_before(edition.name, period.end)
    late_since = None if earlier is None or skipped is not None else earlier.issue.frozen_at
    return store.entries.stories_between(period.start, period.end, late_since)


def freeze(edition: Edition, period: Period, press: Press) -> Outcome:
    """Publish a period's issue: its stories, a segment for each choice, a delivery for each reader.

    Safe to repeat: (edition, period) is the key. An issue without stories is recorded as empty,
    unless its period is still in progress. What the operator says while it is made is obeyed.
    Raises UsageError if the period has not begun, TemplateError if the shipped templates fail.
    """
    store = press.store
    outcome: Outcome | Reconsidered = Reconsidered()
    while isinstance(outcome, Reconsidered):
        if period.key in store.issues.keys(edition.name):
            return Decided(edition.name, period.key)
        review = store.reviews.find(edition.name, period.key)
        if review.held:
            return Kept(review)
        issue = draft(edition, period, press)
        if issue.stories:
            outcome = _publish(edition, issue, review, press)
        elif press.now < period.end:
            reason = "there is no story for it yet"  # there may be one when it is due: keep it open
            return Unpublished(edition.name, period, IssueOutcome.EMPTY, reason)
        else:
            reason = f"none of the {issue.entries_read} entries of the period is news for it"
            return _decide(issue, store, IssueOutcome.EMPTY, reason)
    return outcome


def _publish(
    edition: Edition, issue: Issue, review: Review, press: Press
) -> Outcome | Reconsidered:
    issues, settings, names = press.store.issues, press.settings, press.lexicon
    copy = _operator_copy(edition, issue, press)
    rendered: list[Rendered] = []
    added: IssueId | Missing | Reconsidered | None = Missing(tuple(issues.choices(edition.name)))
    while isinstance(added, Missing):  # at most once more for whoever came while we rendered
        rendered += [
            press.renderer.segment(issue, choice, settings=settings, names=names)
            for choice in added.choices
        ]
        added = issues.add(issue, [each.segment for each in rendered], review, copy)
    if isinstance(added, Reconsidered):
        return added
    if added is None:
        return Decided(issue.edition, issue.period.key)
    failures = {str(each.failure): each.failure for each in rendered if each.failure is not None}
    return Published(added, issue, len(rendered), tuple(failures.values()))


def _operator_copy(edition: Edition, issue: Issue, press: Press) -> OperatorCopy | None:
    """The issue with the week's numbers for the operator, if one is named."""
    settings, store = press.settings, press.store
    if settings.operator is None:
        return None
    numbers = numbers_of(issue, store.issues.readers(edition.name), press.troubled_feeds())
    segment = press.renderer.segment(
        issue,
        Choice(language=settings.language),
        settings=settings,
        names=press.lexicon,
        operator=copy_view(edition, issue, numbers, settings),
    ).segment
    return OperatorCopy(settings.operator, letter_of(segment, settings.language))


def current(edition: Edition, store: Store, *, catch_up: timedelta, now: datetime) -> Period:
    """The period that a person means who names none.

    The one that is due and has not been decided, if it can still be caught up; else the one in
    progress. Changes nothing.
    """
    open_ones = [
        each.period
        for each in undecided(edition, store, catch_up=catch_up, now=now)
        if each.too_late is None
    ]
    return open_ones[-1] if open_ones else period_at(edition, now)


def undecided(edition: Edition, store: Store, *, catch_up: timedelta, now: datetime) -> list[Owed]:
    """The periods that are due and have not been decided, the oldest first. Changes nothing."""
    due = periods_due(edition, store.issues.would_be_since(edition.name, now), now)
    return owed(due, store.issues.keys(edition.name), catch_up, now)


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


def publish_due(editions: Collection[Edition], press: Press) -> list[Outcome]:
    """Publish every edition's newest period if it is due, and say which older ones are skipped.

    What the operator holds stays until it is approved or too late.
    """
    store, now = press.store, press.now
    store.issues.see([edition.name for edition in editions], now)
    outcomes: list[Outcome] = []
    for edition in editions:
        due = periods_due(edition, store.issues.would_be_since(edition.name, now), now)
        for each in owed(due, store.issues.keys(edition.name), press.settings.catch_up, now):
            if each.too_late is None:
                outcomes.append(freeze(edition, each.period, press))
            else:
                outcomes.append(_skip(edition, each.period, each.too_late, press))
    return outcomes


def _skip(edition: Edition, period: Period, too_late: str, press: Press) -> Outcome:
    nothing = Issue(
        edition=edition.name,
        period=period,
        title=press.settings.title,
        frozen_at=press.now,
        stories=(),
        entries_read=0,
    )
    reason = skipped_because(press.store.reviews.find(edition.name, period.key), too_late)
    return _decide(nothing, press.store, IssueOutcome.SKIPPED, reason)


def _decide(issue: Issue, store: Store, outcome: IssueOutcome, reason: str) -> Outcome:
    if store.issues.decide(issue, outcome, reason) is None:
        return Decided(issue.edition, issue.period.key)
    return Unpublished(issue.edition, issue.period, outcome, reason)

"""Shows the operator an issue before it is due, and takes what they say of it.

A draft is mailed once. What the operator says is kept as rows, which publish.py reads whenever it
makes the issue or a draft of it; without a word the issue goes at its due time.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from digest.issues.answers import (
    Accepted,
    Answer,
    Approve,
    Hold,
    Note,
    NotTold,
    Over,
    PutFirst,
    Reply,
    Settled,
    TooEarly,
    TooLong,
    describe,
)
from digest.issues.calendar import drafted_from, held_until, period_at, upcoming
from digest.issues.compose import latest
from digest.issues.drafts import (
    NOTE_CHARACTERS,
    draft_key,
    draft_view,
    letter_of,
    letter_without_stories,
    local,
    numbers_of,
    skipped_because,
    why,
)
from digest.issues.press import Press
from digest.issues.publish import draft, undecided
from digest.model import Choice, Letter, Period, Review, StoryId, Verdict
from digest.settings import Edition, Settings
from digest.store import Store
from digest.store.issues import IssueOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingIssue:
    """An issue that is not out yet."""

    edition: Edition
    period: Period
    readers: int  # now
    review: Review
    draft_at: datetime | None  # when the operator is shown it; None: no review is set
    skipped: bool  # it can no longer be sent
    why: str  # it goes when it does, or is skipped


def answer(edition: Edition, period: Period, given: Answer, who: str, press: Press) -> Reply:
    """Keep what the operator says of an issue that is not out yet."""
    until = held_until(edition, period, press.settings.catch_up)
    if _is_over(edition, period, press):
        return Over(edition, period)
    if period.start > period_at(edition, press.now).end:
        return TooEarly(edition, period)
    match given:
        case Note(words) if len(words) > NOTE_CHARACTERS:
            return TooLong(len(words))
        case PutFirst(story) if story is not None:
            return _put_first(edition, period, story, who, press)
    if not _keep(edition, period, given, who, press):
        return Settled(edition, period)
    return Accepted(given, edition, period, press.now, until)


def too_late(edition: Edition, period: Period, press: Press) -> str | None:
    """Why nothing can be said of an issue any more; None while something can."""
    found = press.store.issues.find(edition.name, period.key)
    name = f"{edition.name} {period.key}"
    if found is None:
        return describe(Over(edition, period)) if _is_over(edition, period, press) else None
    if found.outcome is not IssueOutcome.PUBLISHED:
        return f"{name} was {found.outcome}: {found.reason}"
    return (
        f"{name} went out {local(found.issue.frozen_at, edition)};"
        f" `digest issue pause {period.key} --edition {edition.name}` lets no more of it leave"
    )


def _is_over(edition: Edition, period: Period, press: Press) -> bool:
    """Whether a period can no longer be sent, unless somebody publishes it once more."""
    over = press.now >= held_until(edition, period, press.settings.catch_up)
    return over and not period.again


def stands(edition: Edition, period: Period, press: Press) -> str:
    """When an issue goes that is not out yet, and why."""
    review = press.store.reviews.find(edition.name, period.key)
    name = f"{edition.name} {period.key}"
    if review.held:
        until = held_until(edition, period, press.settings.catch_up)
        return f"{name} is {why(edition, period, review, now=press.now, until=until)}"
    goes = "at once while the service runs"
    if period.end > press.now:
        goes = local(period.end, edition)
    seen = f"; approved by {review.decided_by}" if review.verdict is Verdict.APPROVED else ""
    return f"{name} goes {goes}{seen}"


def _put_first(edition: Edition, period: Period, story: StoryId, who: str, press: Press) -> Reply:
    """Let a story stand first that the issue tells, or what has become of it since."""
    if period.key in press.store.issues.keys(edition.name):
        return Settled(edition, period)
    number = press.store.corrections.story_of(story)
    told = {each.story: each.overtaken_by for each in draft(edition, period, press).stories}
    if number is None or number not in told:
        return NotTold(edition, period, story, known=number is not None)
    if not _keep(edition, period, PutFirst(story), who, press):
        return Settled(edition, period)
    overtaken = {before: after for before, after in told.items() if after is not None}
    leads = latest(number, overtaken)
    until = held_until(edition, period, press.settings.catch_up)
    leads_it = story if leads == number else leads
    return Accepted(PutFirst(story), edition, period, press.now, until, leads_it)


def _keep(edition: Edition, period: Period, given: Answer, who: str, press: Press) -> bool:
    """Record an answer. False if the period has been decided for good."""
    reviews, name, key = press.store.reviews, edition.name, period.key
    match given:
        case Approve():
            return reviews.decide(name, key, Verdict.APPROVED, who, press.now)
        case Hold():
            return reviews.decide(name, key, Verdict.HELD, who, press.now)
        case Note(words):
            return reviews.set_note(name, key, words.strip())
        case PutFirst(story):
            return reviews.set_lead(name, key, story)
        case _:
            assert_never(given)


# --- drafts, and what comes --------------------------------------------------------------------


def mail_drafts(editions: Collection[Edition], press: Press) -> list[tuple[Edition, Period]]:
    """Queue a draft of every issue that the operator should see by now; gives those of now.

    Each goes once, however often this is called.
    """
    mailed: list[tuple[Edition, Period]] = []
    store, settings, now = press.store, press.settings, press.now
    if settings.review is None or settings.operator is None:
        return mailed
    for edition in editions:
        period = period_at(edition, now)
        if now < drafted_from(period, settings.review) or now == period.start:
            continue
        review = store.reviews.find(edition.name, period.key)
        if review.drafted_at is not None or period.key in store.issues.keys(edition.name):
            continue
        if store.reviews.mail_draft(
            edition.name,
            period.key,
            key=draft_key(edition.name, period.key),
            address=settings.operator,
            letter=_letter(edition, period, press),
            now=now,
        ):
            mailed.append((edition, period))
    return mailed


def upcoming_issues(
    editions: Collection[Edition], store: Store, *, settings: Settings, now: datetime, count: int
) -> list[UpcomingIssue]:
    """The issues that are not out yet: those that are due, and of each edition so many to come."""
    found: list[UpcomingIssue] = []
    for edition in editions:
        due = undecided(edition, store, catch_up=settings.catch_up, now=now)
        decided, readers = store.issues.keys(edition.name), store.issues.readers(edition.name)
        later = [(period, None) for period in upcoming(edition, decided, now, count)]
        for period, too_late in [(each.period, each.too_late) for each in due] + later:
            review = store.reviews.find(edition.name, period.key)
            until = held_until(edition, period, settings.catch_up)
            found.append(
                UpcomingIssue(
                    edition=edition,
                    period=period,
                    readers=readers,
                    review=review,
                    draft_at=None
                    if settings.review is None
                    else drafted_from(period, settings.review),
                    skipped=too_late is not None,
                    why=why(edition, period, review, now=now, until=until)
                    if too_late is None
                    else f"will be skipped: {skipped_because(review, too_late)}",
                )
            )
    return sorted(found, key=lambda one: (one.period.end, one.edition.name))


def _letter(edition: Edition, period: Period, press: Press) -> Letter:
    """The issue as readers without preferences would get it, and what the operator may say."""
    settings = press.settings
    issue = draft(edition, period, press)
    numbers = numbers_of(issue, press.store.issues.readers(edition.name), press.troubled_feeds())
    segment = press.renderer.segment(
        issue,
        Choice(language=settings.language),
        settings=settings,
        names=press.lexicon,
        operator=draft_view(
            edition, period, numbers, settings, by_reply=press.reply_to is not None
        ),
    ).segment
    if segment.stories == 0:
        letter = letter_without_stories(edition, period, issue.entries_read, settings)
    else:
        letter = letter_of(segment, settings.language)
    if press.reply_to is None:
        return letter
    return replace(letter, reply_to=press.reply_to(draft_key(edition.name, period.key)))

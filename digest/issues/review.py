"""Shows the operator an issue before it is due, and takes what they say of it.

A draft is mailed once. What the operator says is kept as rows, which compose.py reads whenever it
makes the issue or a draft of it; without a word the issue goes at its due time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.errors import UsageError
from digest.issues.calendar import drafted_from, held_until, period_at, upcoming
from digest.issues.drafts import (
    NOTE_CHARACTERS,
    draft_view,
    letter_without_stories,
    local,
    skipped_because,
    why,
)
from digest.issues.publish import draft, undecided
from digest.issues.render import Renderer
from digest.model import Choice, Issue, Letter, Period, Review, StoryId, Verdict
from digest.settings import Edition, Settings
from digest.store import Store
from digest.stories.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Approve:
    """The issue was seen and is right: it goes at its due time, or at once if that is over."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The issue stays until it is approved."""


@dataclass(frozen=True, slots=True)
class Note:
    """These words stand on top of the issue; "" takes them back."""

    words: str


@dataclass(frozen=True, slots=True)
class LeadWith:
    """This story stands first in the issue; None leaves that to the ranking again."""

    story: StoryId | None


Answer = Approve | Hold | Note | LeadWith


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An issue that is not out yet."""

    edition: Edition
    period: Period
    readers: int  # now
    review: Review
    draft_at: datetime | None  # when the operator is shown it; None: no review is set
    skipped: bool  # it can no longer be sent
    why: str  # it goes when it does, or is skipped


def answer(
    store: Store,
    edition: Edition,
    period: Period,
    given: Answer,
    who: str,
    *,
    settings: Settings,
    now: datetime,
) -> str:
    """Keep what the operator says of an issue that is not out yet; gives what follows from it.

    Raises UsageError, in words for the operator, if it is out, was skipped, or will be.
    """
    name = f"{edition.name} {period.key}"
    until = held_until(edition, period, settings.catch_up)
    again = "." in period.key  # it is never due: only a person publishes a period once more
    if now >= until and not again:
        raise UsageError(f"{name} was due and can no longer be sent; `digest next` shows the next")
    reviews = store.reviews
    match given:
        case Approve():
            kept = reviews.decide(edition.name, period.key, Verdict.APPROVED, who, now)
            when = local(period.end, edition) if now < period.end else "at once"
            says = f"{name} is approved: it goes {when}"
        case Hold():
            kept = reviews.decide(edition.name, period.key, Verdict.HELD, who, now)
            says = (
                f"{name} is held; `digest issue approve` lets it go,"
                f" without that it is skipped {local(until, edition)}"
            )
        case Note(words):
            if len(words) > NOTE_CHARACTERS:
                raise UsageError(f"a note has at most {NOTE_CHARACTERS} characters")
            kept = reviews.set_note(edition.name, period.key, words.strip())
            says = f"{name}: the note stands on top" if words.strip() else f"{name} has no note"
        case LeadWith(story):
            kept = reviews.set_lead(edition.name, period.key, story)
            says = f"{name}: the ranking says what leads"
            if story is not None:
                says = f"{name}: story {story} leads"
        case _:
            assert_never(given)
    if not kept:
        raise UsageError(f"{name} has been decided: what is out or skipped cannot be changed")
    return says


def mail_drafts(
    editions: Collection[Edition],
    store: Store,
    renderer: Renderer,
    *,
    settings: Settings,
    lexicon: Lexicon,
    now: datetime,
) -> list[tuple[Edition, Period]]:
    """Queue a draft of every issue that the operator should see by now; gives those of now.

    Each goes once, however often this is called.
    """
    mailed: list[tuple[Edition, Period]] = []
    if settings.review is None or settings.operator is None:
        return mailed
    for edition in editions:
        period = period_at(edition, now)
        if now < drafted_from(period, settings.review) or now == period.start:
            continue
        review = store.reviews.find(edition.name, period.key)
        if review.drafted_at is not None or period.key in store.issues.keys(edition.name):
            continue
        issue = draft(edition, period, store, settings=settings, lexicon=lexicon, now=now)
        if store.reviews.mail_draft(
            edition.name,
            period.key,
            key=f"draft/{edition.name}/{period.key}",
            address=settings.operator,
            letter=_letter(
                edition,
                issue,
                period,
                renderer,
                readers=store.issues.readers(edition.name),
                settings=settings,
                lexicon=lexicon,
            ),
            now=now,
        ):
            mailed.append((edition, period))
    return mailed


def coming(
    editions: Collection[Edition], store: Store, *, settings: Settings, now: datetime, count: int
) -> list[Coming]:
    """The issues that are not out yet: those that are due, and of each edition so many to come."""
    found: list[Coming] = []
    for edition in editions:
        due = undecided(edition, store, catch_up=settings.catch_up, now=now)
        decided = store.issues.keys(edition.name)
        later = [(period, None) for period in upcoming(edition, decided, now, count)]
        for period, too_late in [(each.period, each.too_late) for each in due] + later:
            review = store.reviews.find(edition.name, period.key)
            until = held_until(edition, period, settings.catch_up)
            found.append(
                Coming(
                    edition=edition,
                    period=period,
                    readers=store.issues.readers(edition.name),
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


def _letter(
    edition: Edition,
    issue: Issue,
    period: Period,
    renderer: Renderer,
    *,
    readers: int,
    settings: Settings,
    lexicon: Lexicon,
) -> Letter:
    """The issue as readers without preferences would get it, and what the operator may say."""
    segment = renderer.segment(
        issue,
        Choice(language=settings.language),
        settings=settings,
        names=lexicon,
        draft=draft_view(edition, period, readers, settings),
    ).segment
    if segment.stories == 0:
        return letter_without_stories(edition, period, issue.entries_read, settings)
    return Letter(
        subject=segment.subject,
        text=segment.text,
        html=segment.html,
        language=settings.language,
    )

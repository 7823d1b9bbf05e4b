"""Shows the operator an issue before it is due, and takes what they say of it.

A draft is mailed once. What the operator says is kept as rows, which publish.py reads whenever it
makes the issue or a draft of it; without a word the issue goes at its due time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.issues.calendar import drafted_from, held_until, period_at, upcoming
from digest.issues.drafts import (
    NOTE_CHARACTERS,
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
class PutFirst:
    """This story stands first in the issue; None leaves that to the ranking again."""

    story: StoryId | None


Answer = Approve | Hold | Note | PutFirst


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


# --- what becomes of an answer -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """It was kept, and compose obeys it."""

    given: Answer
    edition: Edition
    period: Period
    now: datetime
    held_until: datetime


@dataclass(frozen=True, slots=True)
class TooLong:
    """A note of more characters than one may have. Nothing was kept."""

    characters: int


@dataclass(frozen=True, slots=True)
class NotTold:
    """The story that shall stand first is not in the issue. Nothing was kept."""

    edition: Edition
    period: Period
    story: StoryId


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The period comes after the next one. Nothing was kept."""

    edition: Edition
    period: Period


@dataclass(frozen=True, slots=True)
class Over:
    """The issue was due and can no longer be sent. Nothing was kept."""

    edition: Edition
    period: Period


@dataclass(frozen=True, slots=True)
class Settled:
    """The issue is out, or was skipped. Nothing was kept."""

    edition: Edition
    period: Period


Reply = Accepted | TooLong | NotTold | TooEarly | Over | Settled


def describe(reply: Reply) -> str:
    """What became of the operator's answer, in one line."""
    match reply:
        case Accepted():
            return _said(reply)
        case TooLong(characters):
            return f"a note has at most {NOTE_CHARACTERS} characters, not {characters}"
        case NotTold(edition, period, story):
            return (
                f"{edition.name} {period.key} does not tell story {story};"
                " `digest preview --explain` says why"
            )
        case TooEarly(edition, period):
            return (
                f"{edition.name} {period.key} is far ahead: speak of the issue in progress"
                " or of the next; `digest next --count 2` shows them"
            )
        case Over(edition, period):
            return (
                f"{edition.name} {period.key} was due and can no longer be sent;"
                " `digest next` shows the next"
            )
        case Settled(edition, period):
            return (
                f"{edition.name} {period.key} has been decided:"
                " what is out or skipped cannot be changed"
            )
        case _:
            assert_never(reply)


def _said(said: Accepted) -> str:
    edition, period = said.edition, said.period
    name = f"{edition.name} {period.key}"
    match said.given:
        case Approve():
            when = local(period.end, edition) if said.now < period.end else "at once"
            return f"{name} is approved: it goes {when}"
        case Hold():
            until = local(said.held_until, edition)
            return (
                f"{name} is held; `digest issue approve` lets it go,"
                f" without that it is skipped {until}"
            )
        case Note(words):
            return f"{name}: the note stands on top" if words.strip() else f"{name} has no note"
        case PutFirst(None):
            return f"{name}: the ranking says what stands first"
        case PutFirst(story):
            return f"{name}: story {story} stands first"
        case _:
            assert_never(said.given)


def answer(edition: Edition, period: Period, given: Answer, who: str, press: Press) -> Reply:
    """Keep what the operator says of an issue that is not out yet."""
    until = held_until(edition, period, press.settings.catch_up)
    if press.now >= until and not period.again:
        return Over(edition, period)
    if period.start > period_at(edition, press.now).end:
        return TooEarly(edition, period)
    match given:
        case Note(words) if len(words) > NOTE_CHARACTERS:
            return TooLong(len(words))
        case PutFirst(story) if story is not None and not _tells(edition, period, story, press):
            return NotTold(edition, period, story)
    if not _keep(edition, period, given, who, press):
        return Settled(edition, period)
    return Accepted(given, edition, period, press.now, until)


def _tells(edition: Edition, period: Period, story: StoryId, press: Press) -> bool:
    """Whether an issue would tell a story; True for one that is out, as `_keep` says so then."""
    if period.key in press.store.issues.keys(edition.name):
        return True  # that it is out is what the operator has to hear
    number = press.store.corrections.story_of(story)
    return any(told.story == number for told in draft(edition, period, press).stories)


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
            key=f"draft/{edition.name}/{period.key}",
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
        decided = store.issues.keys(edition.name)
        later = [(period, None) for period in upcoming(edition, decided, now, count)]
        for period, too_late in [(each.period, each.too_late) for each in due] + later:
            review = store.reviews.find(edition.name, period.key)
            until = held_until(edition, period, settings.catch_up)
            found.append(
                UpcomingIssue(
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
        operator=draft_view(edition, period, numbers, settings),
    ).segment
    if segment.stories == 0:
        return letter_without_stories(edition, period, issue.entries_read, settings)
    return letter_of(segment, settings.language)

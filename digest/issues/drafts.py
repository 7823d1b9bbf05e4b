"""What the operator is told of an issue: its numbers, when it goes, why, and what to type.

Only what works is offered; how answers are kept is review.py's.
"""

from collections.abc import Sequence
from datetime import datetime

from digest.issues.calendar import held_until, schedule_text
from digest.issues.safe import plain
from digest.issues.views import CommandView, NumberView, OperatorView
from digest.model import Issue, Letter, Period, Review, Segment, Verdict
from digest.settings import Edition, Settings

NOTE_CHARACTERS = 2000  # a note is no article, and an issue has 100 kB
NAMED = 5  # feeds in trouble; the others are counted

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # whatever the locale says


def local(moment: datetime, edition: Edition) -> str:
    """A moment as the edition's readers know it: Mon 2026-11-16 07:00 Asia/Tokyo."""
    there = moment.astimezone(edition.zone)
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M} {edition.zone.key}"


def numbers_of(issue: Issue, readers: int, troubled: Sequence[str]) -> tuple[NumberView, ...]:
    """The week's numbers; `troubled` are the feeds that could not be read when last asked."""
    outlets = {link.outlet for story in issue.stories for link in story.outlets}
    more = f" and {len(troubled) - NAMED} more" if len(troubled) > NAMED else ""
    named = f": {', '.join(map(plain, troubled[:NAMED]))}{more}" if troubled else ""
    return tuple(
        NumberView(name=name, value=value)
        for name, value in (
            ("Entries read", str(issue.entries_read)),
            ("Stories", str(len(issue.stories))),
            ("Outlets", str(len(outlets))),
            ("Readers", str(readers)),
            ("Feeds in trouble", f"{len(troubled)}{named}"),
        )
    )


def draft_view(
    edition: Edition, period: Period, numbers: tuple[NumberView, ...], settings: Settings
) -> OperatorView:
    """What a draft says on top of the issue."""
    first = settings.first_edition == edition
    where = "" if first else f" --edition {edition.name}"
    which = f" --period {period.key}{where}"
    until = local(held_until(edition, period, settings.catch_up), edition)
    commands = (
        (f"digest issue approve {period.key}{where}", "You have seen it. It goes when it is due."),
        (
            f"digest issue hold {period.key}{where}",
            f"Keep it back until you approve it; without that it is skipped {until}.",
        ),
        (f'digest issue note "WORDS" {period.key}{where}', "Put your words on top of it."),
        (f"digest issue first STORY {period.key}{where}", "Let another story stand first."),
        ("digest stories exclude STORY", "Leave a story out, of this issue and of all others."),
        ("digest stories merge STORY STORY", "Make stories one that tell of one event."),
        ("digest stories show STORY", "See its reports, and how to choose its headline."),
        (f"digest preview{which}", "See the issue as it would be by then."),
    )
    return OperatorView(
        heading=f"Draft of {edition.name} {period.key}",
        what=(
            f"This goes {local(period.end, edition)}.",
            "Without a word from you it goes as it is then, with the news until then.",
            "What you say of it are commands to type: a reply to this mail changes nothing of it.",
        ),
        numbers=numbers,
        commands=tuple(CommandView(command=typed, does=does) for typed, does in commands),
    )


def copy_view(edition: Edition, issue: Issue, numbers: tuple[NumberView, ...]) -> OperatorView:
    """What the operator's copy says on top of an issue that is out."""
    return OperatorView(
        heading=f"Operator’s copy of {edition.name} {issue.period.key}",
        what=(f"It was published {local(issue.frozen_at, edition)}.",),
        numbers=numbers,
        commands=(
            CommandView(
                command=f"digest issue pause {issue.period.key} --edition {edition.name}",
                does="Let no more of it leave, if something is wrong with it.",
            ),
        ),
    )


def letter_of(segment: Segment, language: str) -> Letter:
    """A segment as a letter of its own."""
    return Letter(subject=segment.subject, text=segment.text, html=segment.html, language=language)


def letter_without_stories(
    edition: Edition, period: Period, entries_read: int, settings: Settings
) -> Letter:
    """The draft of an issue that has nothing to tell so far."""
    due = local(period.end, edition)
    return Letter(
        subject=f"Draft of {edition.name} {period.key}: it is empty · {settings.title}",
        text=(
            f"{edition.name} {period.key} is due {due}.\n"
            f"None of the {entries_read} entries read so far is news for it. If that stays so,\n"
            "nothing is sent, and the log and `digest status` say so.\n\n"
            "`digest preview --explain` says why each story was left out.\n"
        ),
    )


def why(edition: Edition, period: Period, review: Review, *, now: datetime, until: datetime) -> str:
    """Why an issue goes when it does, or does not."""
    if review.held:
        return (
            f"held by {review.decided_by}: goes when approved, is skipped {local(until, edition)}"
        )
    rule = f"{schedule_text(edition.schedule)} {edition.zone.key}"
    due = "due, and goes at once while the service runs" if period.end <= now else "not due yet"
    seen = f"; approved by {review.decided_by}" if review.verdict is Verdict.APPROVED else ""
    return f"{rule}: {due}{seen}"


def skipped_because(review: Review, reason: str) -> str:
    """Why a period is skipped, of which somebody may have said that it shall wait."""
    if review.held:
        return f"it was held by {review.decided_by} and not approved in time; {reason}"
    return reason

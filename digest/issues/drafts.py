"""What the operator is told of an issue that is not out yet: when it goes, why, and what to type.

Only what works is offered; how answers are kept is review.py's.
"""

from datetime import datetime

from digest.issues.calendar import held_until, schedule_text
from digest.issues.views import CommandView, DraftView
from digest.model import Letter, Period, Review, Verdict
from digest.settings import Edition, Settings

NOTE_CHARACTERS = 2000  # a note is no article, and an issue has 100 kB

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # whatever the locale says


def local(moment: datetime, edition: Edition) -> str:
    """A moment as the edition's readers know it: Mon 2026-11-16 07:00 Asia/Tokyo."""
    there = moment.astimezone(edition.zone)
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M} {edition.zone.key}"


def draft_view(edition: Edition, period: Period, readers: int, settings: Settings) -> DraftView:
    """What a draft says on top of the issue."""
    first = next(iter(settings.editions)) == edition.name
    where = "" if first else f" --edition {edition.name}"
    until = local(held_until(edition, period, settings.catch_up), edition)
    commands = (
        (f"digest issue approve {period.key}{where}", "You have seen it. It goes when it is due."),
        (
            f"digest issue hold {period.key}{where}",
            f"Keep it back until you approve it; without that it is skipped {until}.",
        ),
        (f'digest issue note "WORDS"{where}', "Put your words on top of it."),
        (f"digest issue lead STORY{where}", "Let another story stand first."),
        ("digest issue exclude STORY", "Leave a story out, of this issue and of all others."),
        ("digest issue merge STORY STORY", "Make stories one that tell of one event."),
        ("digest stories show STORY", "See its reports, and how to choose its headline."),
        (f"digest preview{where}", "See the issue as it would be by then."),
    )
    return DraftView(
        what=f"This goes {local(period.end, edition)} to {_count(readers, 'reader')}.",
        otherwise="Without a word from you it goes as it is then, with the news until then.",
        commands=tuple(CommandView(command=typed, does=does) for typed, does in commands),
    )


def letter_without_stories(
    edition: Edition, period: Period, entries_read: int, settings: Settings
) -> Letter:
    """The draft of an issue that has nothing to tell so far."""
    due = local(period.end, edition)
    return Letter(
        subject=f"Draft: {edition.name} {period.key} is empty · {settings.title}",
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


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"

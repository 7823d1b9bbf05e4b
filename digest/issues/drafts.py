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


def heading_of(edition: str, period: str) -> str:
    """What a draft calls itself, in its subject and above what it says to the operator."""
    return f"Draft of {edition} {period}"


def draft_key(edition: str, period: str) -> str:
    """The key of a draft's delivery, from which its Message-ID derives."""
    return f"draft/{edition}/{period}"


def draft_view(
    edition: Edition,
    period: Period,
    numbers: tuple[NumberView, ...],
    settings: Settings,
    *,
    by_reply: bool = False,
) -> OperatorView:
    """What a draft says on top of the issue. `by_reply`: a reply to it reaches us."""
    answers = (
        "Reply to this mail with any of these words, each on a line of its own."
        " They are commands to type, too, after digest issue or digest stories."
        if by_reply
        else "What you say of it are commands to type: a reply to this mail changes nothing of it."
    )
    return OperatorView(
        heading=heading_of(edition.name, period.key),
        what=(
            f"This goes {local(period.end, edition)}.",
            "Without a word from you it goes as it is then, with the news until then.",
            answers,
        ),
        numbers=numbers,
        commands=(
            *answering(edition, period, settings, by_reply=by_reply),
            *looking(edition, period, settings),
        ),
    )


def answering(
    edition: Edition, period: Period, settings: Settings, *, by_reply: bool
) -> tuple[CommandView, ...]:
    """What the operator may say of an issue that is not out yet: in a reply, or as they type it."""
    where = _where(edition, settings)
    issue, these, stories = (
        ("", "", "") if by_reply else ("digest issue ", f" {period.key}{where}", "digest stories ")
    )
    words = "note WORDS" if by_reply else 'note "WORDS"'
    ends = " They end at an empty line." if by_reply else ""
    until = local(held_until(edition, period, settings.catch_up), edition)
    return tuple(
        CommandView(command=said, does=does)
        for said, does in (
            (f"{issue}approve{these}", "You have seen it. It goes when it is due."),
            (
                f"{issue}hold{these}",
                f"Keep it back until you approve it; without that it is skipped {until}.",
            ),
            (f"{issue}{words}{these}", f"Put your words on top of it.{ends}"),
            (f"{issue}first STORY{these}", "Let another story stand first."),
            (f"{stories}exclude STORY", "Leave a story out, of this issue and of all others."),
            (f"{stories}merge STORY STORY", "Make stories one that tell of one event."),
        )
    )


def looking(edition: Edition, period: Period, settings: Settings) -> tuple[CommandView, ...]:
    """What shows the operator more of an issue that is not out yet."""
    which = f"--period {period.key}{_where(edition, settings)}"
    return (
        CommandView(
            command="digest stories show STORY",
            does="See its reports, and how to choose its headline.",
        ),
        CommandView(
            command=f"digest preview {which}", does="See the issue as it would be by then."
        ),
    )


def _where(edition: Edition, settings: Settings) -> str:
    return "" if settings.first_edition == edition else f" --edition {edition.name}"


def copy_view(
    edition: Edition, issue: Issue, numbers: tuple[NumberView, ...], settings: Settings
) -> OperatorView:
    """What the operator's copy says on top of an issue that is out."""
    return OperatorView(
        heading=f"Operator’s copy of {edition.name} {issue.period.key}",
        what=(f"It was published {local(issue.frozen_at, edition)}.",),
        numbers=numbers,
        commands=(
            CommandView(
                command=f"digest issue pause {issue.period.key}{_where(edition, settings)}",
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
        subject=f"{heading_of(edition.name, period.key)}: it is empty · {settings.title}",
        text=(
            f"{heading_of(edition.name, period.key)}\n\n"  # ends an unmarked quote, too
            f"It is due {due}.\n"
            f"None of the {entries_read} entries read so far is news for it. If that stays so,\n"
            "nothing is sent, and the log and `digest status` say so.\n\n"
            f"`digest preview --period {period.key}{_where(edition, settings)} --explain`\n"
            "says why each story was left out.\n"
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

"""What the operator may say of an issue that is not out yet, and what becomes of it.

How answers are kept is review.py's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digest.issues.drafts import NOTE_CHARACTERS, local
from digest.model import Period, StoryId
from digest.settings import Edition


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


# --- what becomes of an answer -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """It was kept, and compose obeys it."""

    given: Answer
    edition: Edition
    period: Period
    now: datetime
    held_until: datetime
    leads: StoryId | None = None  # the story that stands first now


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
    known: bool  # False: there is no story of this number


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
        case NotTold(edition, period, story, known):
            return (
                f"{edition.name} {period.key} does not tell story {story};"
                " `digest preview --explain` says why"
                if known
                else f"there is no story {story}; `digest issue show` lists those of the issue"
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
        case PutFirst(story) if said.leads not in {None, story}:
            return f"{name}: story {said.leads} stands first: what has become of story {story}"
        case PutFirst(story):
            return f"{name}: story {story} stands first"
        case _:
            assert_never(said.given)

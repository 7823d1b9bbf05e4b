"""What a round came to, feed by feed, for whoever watches it."""

from dataclasses import dataclass
from typing import Literal, assert_never

from digest.english import counted
from digest.feeds.outcomes import (
    Fetched,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.feeds.politeness import GONE
from digest.model import FeedId


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPolled:
    """What one feed's poll came to."""

    feed: FeedId
    outcome: Literal["new", "unchanged", "gone", "failed"]
    new: int
    revised: int
    old: int  # new to us, and no news
    error: str | None
    milliseconds: int  # from the request until all was stored


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """What one round came to."""

    feeds: tuple[FeedPolled, ...] = ()  # in the order in which they answered
    network_down: bool = False  # nobody could be reached, and it seems to be our own network

    @property
    def polled(self) -> int:
        """How many feeds were asked."""
        return len(self.feeds)

    @property
    def new(self) -> int:
        """How many entries are new."""
        return sum(feed.new for feed in self.feeds)

    @property
    def revised(self) -> int:
        """How many known entries have changed."""
        return sum(feed.revised for feed in self.feeds)

    @property
    def old(self) -> int:
        """How many entries are new to us and no news."""
        return sum(feed.old for feed in self.feeds)

    @property
    def failed(self) -> int:
        """How many feeds could not be read."""
        return sum(feed.error is not None for feed in self.feeds)

    def describe(self) -> str:
        """How many feeds were asked, and what they brought, in one line."""
        new = counted(self.new, "new entry", "new entries")
        old = f"{self.old} too old to be news, " if self.old else ""
        asked, failed = counted(self.polled, "feed"), counted(self.failed, "feed")
        return f"asked {asked}: {new}, {self.revised} revised, {old}{failed} failed"


def summarise(
    feed: FeedId,
    outcome: PollOutcome,
    *,
    milliseconds: int,
    new: int = 0,
    revised: int = 0,
    old: int = 0,
) -> FeedPolled:
    """One feed's poll in a few words and numbers; the entries are counted as they were stored."""
    word: Literal["new", "unchanged", "gone", "failed"]
    match outcome:
        case Fetched() | NotModified():
            word, error = "new" if new or revised else "unchanged", None
        case Gone():
            word, error = "gone", GONE
        case Refused(reason=reason) | Unreachable(reason=reason) | Unreadable(reason=reason):
            word, error = "failed", reason
        case _:
            assert_never(outcome)
    return FeedPolled(
        feed=feed,
        outcome=word,
        new=new,
        revised=revised,
        old=old,
        error=error,
        milliseconds=milliseconds,
    )

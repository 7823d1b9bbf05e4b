"""How things stand at a moment: what a supervisor is told in a line, and a terminal is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.app import App
from digest.english import counted
from digest.feeds.health import FeedsHealth, health_of
from digest.issues.review import UpcomingIssue, upcoming_issues
from digest.model import DeliveryState, Entry, StoryId
from digest.store.service import Rejection

if TYPE_CHECKING:
    from digest.store.trouble import Trouble

STORIES = 6  # the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How things stand."""

    now: datetime
    title: str
    feeds: FeedsHealth
    stories: tuple[tuple[StoryId, Entry], ...]  # the latest, with the entry that is new in each
    coming: tuple[UpcomingIssue, ...]  # one of each edition, and what is due
    open: int  # messages that are to leave
    sent: int
    failed: int
    trouble: "Trouble | None"  # with the mail server
    rejection: Rejection | None  # of a configuration

    def line(self) -> str:
        """The most important of it, in one line."""
        told = [f"{counted(self.feeds.on, 'feed')}{self._of_them()}"]
        if self.coming:
            first = self.coming[0]
            due = first.period.end.astimezone(first.edition.zone)
            told.append(f"next issue {first.edition.name} {first.period.key} {due:%a %d %b %H:%M}")
        if self.open:
            told.append(f"{counted(self.open, 'message')} to send")
        if self.trouble is not None:
            told.append(f"no mail leaves since {self.trouble.since:%d %b %H:%M} UTC")
        if self.rejection is not None:
            told.append(f"configuration rejected since {self.rejection.since:%d %b %H:%M} UTC")
        return "; ".join(told)

    def _of_them(self) -> str:
        return f", {len(self.feeds.errors)} failing" if self.feeds.errors else ""


def glimpse(app: App) -> Glimpse:
    """How things stand now. In the store's thread; takes milliseconds."""
    store, settings, now = app.store, app.settings, app.clock()
    counts = store.deliveries.counts()
    return Glimpse(
        now=now,
        title=settings.title,
        feeds=health_of(settings.feeds, store.feeds.states(), now),
        stories=tuple(store.entries.latest(STORIES)),
        coming=tuple(
            upcoming_issues(settings.editions.values(), store, settings=settings, now=now, count=1)
        ),
        open=counts.open,
        sent=counts[DeliveryState.SENT],
        failed=counts[DeliveryState.FAILED],
        trouble=store.trouble.get(),
        rejection=store.service.rejection(),
    )

"""How things stand at a moment: what a supervisor is told in a line, and a terminal is shown."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.app import App
from digest.english import counted
from digest.feeds.health import Condition, condition
from digest.issues.review import UpcomingIssue, upcoming_issues
from digest.model import DeliveryState, Entry, FeedId, PollState, StoryId
from digest.store.service import Rejection

if TYPE_CHECKING:
    from digest.store.trouble import Trouble

STORIES = 6  # the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How things stand."""

    now: datetime
    title: str
    feeds: int  # that are enabled
    conditions: Mapping[Condition, int]  # of those that have been asked
    failing: Mapping[FeedId, str]  # what is wrong with them
    next_poll: datetime | None  # None: some feed is due now, or there is none
    stories: tuple[tuple[StoryId, Entry], ...]  # the latest, with the entry that is new in each
    coming: tuple[UpcomingIssue, ...]  # one of each edition, and what is due
    open: int  # messages that are to leave
    sent: int
    failed: int
    trouble: "Trouble | None"  # with the mail server
    rejection: Rejection | None  # of a configuration

    def line(self) -> str:
        """The most important of it, in one line."""
        told = [f"{counted(self.feeds, 'feed')}{self._of_them()}"]
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
        return f", {len(self.failing)} failing" if self.failing else ""


def glimpse(app: App) -> Glimpse:
    """How things stand now. In the store's thread; takes milliseconds."""
    store, settings, now = app.store, app.settings, app.clock()
    states = store.feeds.states()
    enabled = [feed.id for feed in settings.feeds if feed.enabled]
    asked = {id_: states[id_] for id_ in enabled if id_ in states}
    counts = store.deliveries.counts()
    return Glimpse(
        now=now,
        title=settings.title,
        feeds=len(enabled),
        conditions=Counter(condition(state, now) for state in asked.values()),
        failing={id_: state.error for id_, state in asked.items() if state.error},
        next_poll=_next_poll(asked, len(enabled), now),
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


def _next_poll(asked: Mapping[FeedId, PollState], feeds: int, now: datetime) -> datetime | None:
    """When the next feed is asked; a feed that was never asked is due now."""
    times = [state.next_poll for state in asked.values() if not state.retired]
    known = [time for time in times if time is not None]
    if len(asked) < feeds or len(known) < len(times) or not known:
        return None
    first = min(known)
    return first if first > now else None

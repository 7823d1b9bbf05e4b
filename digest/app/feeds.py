"""Asking feeds, and what one round brought."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest import __version__
from digest.app.project import Project
from digest.app.room import require_room
from digest.english import meant
from digest.errors import UsageError
from digest.feeds.fetch import Fetcher
from digest.feeds.politeness import CLOCK_DOUBT, IN_TIME, is_due
from digest.feeds.poll import poll_round
from digest.feeds.summary import FeedPolled, RoundSummary
from digest.feeds.workers import ParserPool
from digest.logs import Log
from digest.model import PollState
from digest.settings import Feed, FetchSettings, Settings
from digest.store.requests import NETWORK_DOWN
from digest.tally import tally

if TYPE_CHECKING:
    from digest.stories.ingest import IngestSummary

log = Log(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round brought: answers of feeds, and entries placed in stories."""

    polled: RoundSummary
    placed: IngestSummary | None  # None: no entry waited

    def describe(self) -> str:
        """The round in one line."""
        down = "; our own network seems to be down" if self.polled.network_down else ""
        placed = "nothing to place" if self.placed is None else self.placed.describe()
        return f"{self.polled.describe()}; {placed}{down}"


class Feeds:
    """The feeds of a project."""

    def __init__(
        self,
        project: Project,
        ingest: Callable[[], IngestSummary | None],
        polling: asyncio.Lock,
    ) -> None:
        """`ingest` makes stories of what a round has brought.

        A round holds `polling`: two at once would ask a host twice at once.
        """
        self._settings = project.settings
        self._check_words = project.check_words
        self._store = project.store
        self._db = project.db
        self._clock = project.clock
        self._ingest = ingest
        self._polling = polling

    def named(self, names: Sequence[str] = ()) -> list[Feed]:
        """The enabled feeds, or those named even if they are not enabled.

        Raises UsageError for a name that no feed has.
        """
        if not names:
            return [feed for feed in self._settings.feeds if feed.enabled]
        known = {feed.id: feed for feed in self._settings.feeds}
        unknown = sorted(set(names) - set(known))
        if unknown:
            hint = meant(unknown[0], known) or "; `digest feeds list` shows them"
            raise UsageError(f"no feed has the id {', '.join(unknown)}{hint}")
        return [feed for feed in self._settings.feeds if feed.id in names]

    def due(self) -> list[Feed]:
        """The enabled feeds that may be asked now."""
        now, settings = self._clock(), self._settings.fetch
        resting = self._store.feeds.resting(now, CLOCK_DOUBT)
        awake = [feed for feed in self.named() if feed.id not in resting]
        if not awake:  # at nearly every look
            return []
        states, waits = self._store.feeds.states(), self._store.hosts.waits()
        return [
            feed
            for feed in awake
            if is_due(feed, states.get(feed.id, PollState()), waits, settings, now)
        ]

    async def round(
        self,
        feeds: Sequence[Feed],
        *,
        force: bool = False,
        progress: Callable[[FeedPolled], None] | None = None,
    ) -> Round:
        """Ask the feeds that are due (all of them with `force`) and make stories of the news.

        Raises, before anything is asked or stored, ConfigError for names that the lexicon lacks,
        and DiskLowError.
        """
        await self._db(require_room, self._settings, self._store)
        await self._db(self._check_words)
        async with (
            self._polling,
            Fetcher(self._settings.fetch, user_agent(self._settings), clock=self._clock) as fetcher,
            ParserPool() as parser,
        ):
            started = self._clock()
            manners = await self._db(self.manners)
            polled = await poll_round(
                feeds,
                store=self._store,
                db=self._db,
                fetcher=fetcher,
                parser=parser,
                settings=manners,
                clock=self._clock,
                jitter=random.random,
                force=force,
                progress=progress,
            )
            placed = await self._db(self._ingest)
        record = self._store.requests.record_run
        await self._db(record, "poll", started, self._clock(), _summary(polled))
        _tell(polled)
        return Round(polled=polled, placed=placed)

    def manners(self) -> FetchSettings:
        """How feeds are asked: with less patience while somebody waits for what breaks."""
        settings = self._settings
        watched = settings.operator or settings.alerts.breaking or settings.alerts.rules
        if watched or self._store.alerts.any_wanted():
            return replace(settings.fetch, patience=IN_TIME)
        return settings.fetch


def user_agent(settings: Settings) -> str:
    """How feeds see us: product, version, and whom to write to (RFC 9110, 10.1.5)."""
    contact = f" (+mailto:{settings.operator})" if settings.operator else ""
    return f"kuruma-digest/{__version__}{contact}"


def _summary(polled: RoundSummary) -> dict[str, int]:
    """What the state remembers of a round."""
    return {
        "feeds": polled.polled,
        "failed": polled.failed,
        "new": polled.new,
        NETWORK_DOWN: int(polled.network_down),
    }


def _tell(polled: RoundSummary) -> None:
    """Count and log a round."""
    tally.count("entries_new", number=polled.new)
    for one in polled.feeds:
        tally.count("feed_fetches", one.outcome)
    for failed in polled.feeds:
        if failed.error is not None and not polled.network_down:
            log.warning("feed.failed", feed=failed.feed, reason=failed.error)
    log.info("poll.done", feeds=polled.polled, failed=polled.failed, new=polled.new)

"""Asking feeds, and what one round brought."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.app.project import Project
from digest.errors import UsageError
from digest.feeds.fetch import Fetcher
from digest.feeds.politeness import is_due
from digest.feeds.poll import poll_round
from digest.feeds.summary import FeedPolled, RoundSummary
from digest.feeds.workers import ParserPool
from digest.model import PollState
from digest.settings import Feed, Settings
from digest.shipped import version_of_digest

if TYPE_CHECKING:
    from digest.stories.ingest import IngestSummary

log = logging.getLogger(__name__)


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

    def __init__(self, project: Project, ingest: Callable[[], IngestSummary | None]) -> None:
        """`ingest` makes stories of what a round has brought."""
        self._settings = project.settings
        self._check_words = project.check_words
        self._store = project.store
        self._db = project.db
        self._clock = project.clock
        self._ingest = ingest
        self._polling = asyncio.Lock()  # two rounds at once would ask a host twice at once

    def named(self, names: Sequence[str] = ()) -> list[Feed]:
        """The enabled feeds, or those named even if they are not enabled.

        Raises UsageError for a name that no feed has.
        """
        if not names:
            return [feed for feed in self._settings.feeds if feed.enabled]
        known = {feed.id: feed for feed in self._settings.feeds}
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise UsageError(
                f"no feed has the id {', '.join(unknown)}; `digest feeds list` shows them"
            )
        return [feed for feed in self._settings.feeds if feed.id in names]

    def due(self) -> list[Feed]:
        """The enabled feeds that may be asked now."""
        states, waits = self._store.feeds.states(), self._store.hosts.waits()
        now, settings = self._clock(), self._settings.fetch
        return [
            feed
            for feed in self.named()
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

        Raises ConfigError, before anything is asked or stored, for names that the lexicon lacks.
        """
        if _name_words(self._settings):
            await self._db(self._check_words)
        async with (
            self._polling,
            Fetcher(self._settings.fetch, user_agent(self._settings), clock=self._clock) as fetcher,
            ParserPool() as parser,
        ):
            started = self._clock()
            polled = await poll_round(
                feeds,
                store=self._store,
                db=self._db,
                fetcher=fetcher,
                parser=parser,
                settings=self._settings.fetch,
                clock=self._clock,
                jitter=random.random,
                force=force,
                progress=progress,
            )
            placed = await self._db(self._ingest)
        summary = {"feeds": polled.polled, "failed": polled.failed, "new": polled.new}
        await self._db(self._store.requests.record_run, "poll", started, self._clock(), summary)
        done = Round(polled=polled, placed=placed)
        for failed in polled.feeds:
            if failed.error is not None and not polled.network_down:
                log.warning("feed.failed feed=%s reason=%s", failed.feed, failed.error)
        log.info("poll.done %s", " ".join(f"{key}={value}" for key, value in summary.items()))
        return done


def _name_words(settings: Settings) -> bool:
    """Whether the settings name topics or companies, of which only the lexicon knows all."""
    ruled = any(feed.keep or feed.drop for feed in settings.feeds)
    return bool(ruled or settings.sections or settings.alerts.rules)


def user_agent(settings: Settings) -> str:
    """How feeds see us: product, version, and whom to write to (RFC 9110, 10.1.5)."""
    contact = f" (+mailto:{settings.operator})" if settings.operator else ""
    return f"kuruma-digest/{version_of_digest()}{contact}"

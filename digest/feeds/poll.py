"""One round: ask every feed that is due, and store what came together with what we learnt.

Entries and the feed's state are one transaction, so a kill at any moment loses nothing: what was
not stored is asked for again, by the old validators.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from digest.clock import Clock
from digest.errors import FeedError, StoreError
from digest.feeds.clean import entries
from digest.feeds.outcomes import (
    Fetched,
    FetchOutcome,
    Gone,
    NotModified,
    PollOutcome,
    Unreadable,
)
from digest.feeds.parsed import ParsedFeed
from digest.feeds.politeness import is_due, learn
from digest.model import Entry, FeedId, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store, StoreThread
from digest.store.feeds import Recorded

log = logging.getLogger(__name__)

AT_ONCE = 16  # requests under way
# Entries dated earlier are not stored, whenever they turn up: a new feed, or one that publishes
# its history again, must fill an issue and not flood it. Undated entries count as new.
ENTRY_WINDOW = timedelta(days=14)
INLINE_ITEMS = 100  # cleaned in about 10 ms; more go to a thread


class Fetches(Protocol):
    """What asks a server for a feed."""

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchOutcome:
        """Ask; every failure is a value."""
        ...


class Parses(Protocol):
    """What reads a body as a feed."""

    async def parse(self, feed: FeedId, body: bytes, content_type: str = "") -> ParsedFeed:
        """Read it. Raises FeedError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPolled:
    """What one feed's poll came to, for whoever watches the round."""

    feed: FeedId
    outcome: str  # "new", "unchanged", "gone" or "failed"
    new: int
    revised: int
    error: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """What one round came to."""

    feeds: tuple[FeedPolled, ...] = ()  # in the order in which they answered

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
    def failed(self) -> int:
        """How many feeds could not be read."""
        return sum(feed.error is not None for feed in self.feeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What every poll of a round needs."""

    store: Store
    db: StoreThread
    fetcher: Fetches
    parser: Parses
    settings: FetchSettings
    clock: Clock
    jitter: Callable[[], float]


async def poll_round(
    feeds: Sequence[Feed],
    *,
    store: Store,
    db: StoreThread,
    fetcher: Fetches,
    parser: Parses,
    settings: FetchSettings,
    clock: Clock,
    jitter: Callable[[], float],
    force: bool = False,
    progress: Callable[[FeedPolled], None] | None = None,
) -> RoundSummary:
    """Ask those of `feeds` whose time has come (with `force`: all), one request at a time a host.

    Whether a feed is enabled is for the caller to judge. `jitter` gives numbers in [0, 1). One
    broken feed never stops the others; a store that fails stops the round: raises StoreError.
    """
    await db(store.feeds.sync, feeds, clock())
    states = await db(store.feeds.states)
    now = clock()
    due = [feed for feed in feeds if force or is_due(states[feed.id], now)]
    work = _Round(
        store=store,
        db=db,
        fetcher=fetcher,
        parser=parser,
        settings=settings,
        clock=clock,
        jitter=jitter,
    )
    free = asyncio.Semaphore(AT_ONCE)
    done: list[FeedPolled] = []

    async def one_host(feeds: Iterable[Feed]) -> None:
        for feed in feeds:
            async with free:
                polled = await _poll(feed, states[feed.id], work)
            done.append(polled)
            if progress is not None:
                progress(polled)

    try:
        async with asyncio.TaskGroup() as group:
            for of_host in by_host(due).values():
                group.create_task(one_host(of_host))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others were cancelled because of it
    return RoundSummary(feeds=tuple(done))


def by_host(feeds: Iterable[Feed]) -> Mapping[str, list[Feed]]:
    """The feeds in groups that are asked one after another: by host and port."""
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        try:
            parts = urlsplit(feed.url)
            host = f"{parts.hostname}:{parts.port}"
        except ValueError:  # the fetcher will say what is wrong with it
            host = feed.url
        groups.setdefault(host, []).append(feed)
    return groups


async def _poll(feed: Feed, state: PollState, work: _Round) -> FeedPolled:
    started = asyncio.get_running_loop().time()
    try:
        outcome, known, found = await _ask(feed, state, work)
        return await _keep(feed, known, outcome, found, work, started=started)
    except StoreError:
        raise
    except Exception as error:
        # A fault of ours that one feed's text brings to light would come again every round, and
        # keep all the other feeds out of every issue. Here it costs that feed alone, which then
        # backs off. What follows is not caught: a store that fails at this too stops the round.
        log.exception("feed.crashed feed=%s", feed.id)
        fault = Unreadable(reason=f"a fault of this program ({type(error).__name__}), see its log")
        return await _keep(feed, state, fault, [], work, started=started)


async def _ask(
    feed: Feed, state: PollState, work: _Round
) -> tuple[PollOutcome, PollState, list[Entry]]:
    """What came, what was known with the body's own facts in it, and the entries."""
    outcome: PollOutcome = await work.fetcher.fetch(
        feed.url, etag=state.etag, last_modified=state.last_modified
    )
    found: list[Entry] = []
    body_hash, ttl = state.body_hash, state.ttl
    if isinstance(outcome, Fetched):
        body_hash = hashlib.blake2b(outcome.body, digest_size=16).hexdigest()
        if body_hash != state.body_hash:
            try:
                parsed = await work.parser.parse(feed.id, outcome.body, outcome.content_type)
                found = await _clean(parsed, feed, work.clock(), outcome.url)
                ttl = parsed.ttl
            except FeedError as error:
                body_hash, outcome = state.body_hash, Unreadable(reason=error.reason)
    return outcome, replace(state, body_hash=body_hash, ttl=ttl), found


async def _keep(
    feed: Feed,
    known: PollState,
    outcome: PollOutcome,
    found: Sequence[Entry],
    work: _Round,
    *,
    started: float,  # by the loop's clock
) -> FeedPolled:
    """Store what came together with what we learnt."""
    now = work.clock()
    learnt = learn(known, outcome, work.settings, now, work.jitter())
    recorded = await work.db(
        work.store.feeds.record, feed.id, learnt, within_window(found, now), now
    )
    return FeedPolled(
        feed=feed.id,
        outcome=_word(outcome, recorded),
        new=recorded.new,
        revised=recorded.revised,
        error=learnt.error,
        milliseconds=round((asyncio.get_running_loop().time() - started) * 1000),
    )


async def _clean(parsed: ParsedFeed, feed: Feed, now: datetime, url: str) -> list[Entry]:
    if len(parsed.items) <= INLINE_ITEMS:
        return entries(parsed, feed, now, url)
    return await asyncio.to_thread(entries, parsed, feed, now, url)


def within_window(found: Sequence[Entry], now: datetime) -> list[Entry]:
    """The entries that are not older than ENTRY_WINDOW."""
    return [entry for entry in found if now - entry.published <= ENTRY_WINDOW]


def _word(outcome: PollOutcome, recorded: Recorded) -> str:
    match outcome:
        case Fetched() | NotModified():
            return "new" if recorded.new or recorded.revised else "unchanged"
        case Gone():
            return "gone"
        case _:
            return "failed"

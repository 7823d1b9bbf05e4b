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
from typing import Protocol, assert_never

from digest.clock import Clock
from digest.errors import FeedError, StoreError
from digest.feeds.keep import keep
from digest.feeds.learning import Asked, conclude
from digest.feeds.moves import address
from digest.feeds.network import cut_off, forgive
from digest.feeds.outcomes import (
    Fetched,
    FetchOutcome,
    Gone,
    NotModified,
    PollOutcome,
    Refused,
    Unreachable,
    Unreadable,
)
from digest.feeds.parsed import ParsedFeed
from digest.feeds.politeness import (
    GONE,
    asks_to_wait,
    excuse,
    host_of,
    is_due,
    still_waiting,
    waits_for,
)
from digest.feeds.worker import Document
from digest.model import Entry, FeedId, PollState
from digest.settings import Feed, FetchSettings
from digest.store import JointWriter, Store, StoreThread
from digest.store.feeds import Recorded

log = logging.getLogger(__name__)

AT_ONCE = 16  # requests under way


class Fetches(Protocol):
    """What asks a server for a feed."""

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        rest_of: Callable[[str], timedelta | None] = lambda _host: None,
    ) -> FetchOutcome:
        """Ask, but no host for which `rest_of` says how long to wait; a failure is a value."""
        ...


class Parses(Protocol):
    """What reads a body as a feed."""

    async def parse(self, feed: FeedId, body: bytes, content_type: str = "") -> ParsedFeed:
        """What it says, raw. Raises FeedError."""
        ...

    async def read(
        self, feed: Feed, body: bytes, content_type: str = "", *, url: str, now: datetime
    ) -> Document:
        """What a body that came from `url` says, and its entries. Raises FeedError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPolled:
    """What one feed's poll came to, for whoever watches the round."""

    feed: FeedId
    outcome: str  # "new", "unchanged", "gone" or "failed"
    new: int
    revised: int
    old: int  # new to us, and no news
    error: str | None
    milliseconds: int


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


@dataclass(frozen=True, slots=True)
class _Held:
    """A feed whose server could not be reached."""

    asked: Asked
    started: float  # by the loop's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What every poll of a round needs."""

    store: Store
    db: StoreThread
    write: JointWriter
    fetcher: Fetches
    parser: Parses
    settings: FetchSettings
    clock: Clock
    jitter: Callable[[], float]
    waits: dict[str, datetime]  # until when hosts asked to be left alone, this round's included
    held: list[_Held]  # found no way to a server: the round's end shows whose fault it is


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
    waits = {} if force else await db(store.hosts.waits)
    now = clock()
    due = [f for f in feeds if force or is_due(f, states[f.id], waits, settings, now)]
    work = _Round(
        store=store,
        db=db,
        write=JointWriter(store, db),
        fetcher=fetcher,
        parser=parser,
        settings=settings,
        clock=clock,
        jitter=jitter,
        waits=waits,
        held=[],
    )
    free = asyncio.Semaphore(AT_ONCE)
    done: list[FeedPolled] = []

    def tell(polled: FeedPolled) -> None:
        done.append(polled)
        if progress is not None:
            progress(polled)

    async def one_host(feeds: Iterable[Feed]) -> None:
        for feed in feeds:
            async with free:
                polled = await _poll(feed, states[feed.id], work)
            if polled is not None:
                tell(polled)

    try:
        async with asyncio.TaskGroup() as group:
            for of_host in by_host(due, states, now).values():
                group.create_task(one_host(of_host))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others were cancelled because of it
    network_down = not done and await _excuse_all(work)
    for held in work.held:
        tell(_excused(held) if network_down else await _keep(held.asked, work, held.started))
    return RoundSummary(feeds=tuple(done), network_down=network_down)


def by_host(
    feeds: Iterable[Feed], states: Mapping[FeedId, PollState], now: datetime
) -> Mapping[str, list[Feed]]:
    """The feeds in groups that are asked one after another, by host."""
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        host = host_of(address(feed.url, states[feed.id], now))
        groups.setdefault(host, []).append(feed)
    return groups


async def _poll(feed: Feed, state: PollState, work: _Round) -> FeedPolled | None:
    """Ask one feed. None: it was not asked, or what to make of it is left to the round's end."""
    started = asyncio.get_running_loop().time()
    now = work.clock()
    if waits_for(feed, state, work.waits, now) is not None:
        return None  # its host has asked for it in this very round
    url = address(feed.url, state, now)
    try:
        asked = await _ask(feed, url, state, work)
        if isinstance(asked.outcome, Unreachable) and not asked.outcome.connected:
            work.held.append(_Held(asked, started))
            return None
        return await _keep(asked, work, started)
    except StoreError:
        raise
    except Exception as error:
        # A fault of ours that one feed's text brings to light would come again every round, and
        # keep all the other feeds out of every issue. Here it costs that feed alone, which then
        # backs off. What follows is not caught: a store that fails at this too stops the round.
        log.exception("feed.crashed feed=%s", feed.id)
        fault = Unreadable(reason=f"a fault of this program ({type(error).__name__}), see its log")
        failed = Asked(feed=feed, url=url, before=state, known=state, outcome=fault, found=[])
        return await _keep(failed, work, started)


async def _ask(feed: Feed, url: str, state: PollState, work: _Round) -> Asked:
    """What came, what the document says of itself, and the entries."""
    outcome: PollOutcome = await work.fetcher.fetch(
        url,
        etag=state.etag,
        last_modified=state.last_modified,
        rest_of=lambda host: still_waiting(work.waits, work.clock()).get(host),
    )
    found: Sequence[Entry] = ()
    known = state
    if isinstance(outcome, Fetched):
        body_hash = hashlib.blake2b(outcome.body, digest_size=16).hexdigest()
        if body_hash != state.body_hash:
            try:
                document = await work.parser.read(
                    feed, outcome.body, outcome.content_type, url=outcome.url, now=work.clock()
                )
                parsed, found = document.feed, document.entries
                known = replace(
                    state,
                    body_hash=body_hash,
                    ttl=parsed.ttl,
                    skip_hours=parsed.skip_hours,
                    skip_days=parsed.skip_days,
                )
            except FeedError as error:
                outcome = Unreadable(reason=error.reason)
    return Asked(feed=feed, url=url, before=state, known=known, outcome=outcome, found=found)


async def _keep(asked: Asked, work: _Round, started: float) -> FeedPolled:
    """Store what came together with what follows from it."""
    now = work.clock()
    settings, jitter = work.settings, work.jitter()
    work.waits.update(asks_to_wait(asked.outcome, settings.allow_hosts, now))
    recorded = await work.write(
        keep,
        work.store,
        asked.feed,
        asked.found,
        before=asked.before,
        after=asked.known,
        new_feed_window=settings.new_feed_window,
        now=now,
        conclude=lambda _, new: conclude(asked, new, settings=settings, now=now, jitter=jitter),
    )
    for notice in recorded.notices:
        log.warning("notice.raised kind=%s feed=%s", notice.kind.replace(" ", "_"), notice.about)
    return FeedPolled(
        feed=asked.feed.id,
        outcome=_word(asked.outcome, recorded),
        new=recorded.new,
        revised=recorded.revised,
        old=recorded.old,
        error=_error(asked.outcome),
        milliseconds=_milliseconds_since(started),
    )


async def _excuse_all(work: _Round) -> bool:
    """Whether our own network is why nobody answered in this round; then no failure is counted."""
    now = work.clock()
    asked = {held.asked.feed.id: held.asked.before for held in work.held}
    excused = {f: excuse(s, work.settings, now, work.jitter()) for f, s in asked.items()}
    states = await work.db(work.store.feeds.states) | excused
    blameless = cut_off(states, await work.db(work.store.feeds.urls))
    if not blameless:
        return False
    log.warning("network.down feeds=%d", len(excused))
    for feed in excused.keys() | {feed for feed in blameless if states[feed].failures}:
        state = forgive(states[feed]) if feed in blameless else states[feed]
        await work.db(work.store.feeds.record, feed, state, [], now)
    return True


def _excused(held: _Held) -> FeedPolled:
    return FeedPolled(
        feed=held.asked.feed.id,
        outcome="failed",
        new=0,
        revised=0,
        old=0,
        error=_error(held.asked.outcome),
        milliseconds=_milliseconds_since(held.started),
    )


def _error(outcome: PollOutcome) -> str | None:
    match outcome:
        case Refused(reason=reason) | Unreachable(reason=reason) | Unreadable(reason=reason):
            return reason
        case Gone():
            return GONE
        case Fetched() | NotModified():
            return None
        case _:
            assert_never(outcome)


def _milliseconds_since(started: float) -> int:
    return round((asyncio.get_running_loop().time() - started) * 1000)


def _word(outcome: PollOutcome, recorded: Recorded) -> str:
    match outcome:
        case Fetched() | NotModified():
            return "new" if recorded.new or recorded.revised else "unchanged"
        case Gone():
            return "gone"
        case _:
            return "failed"

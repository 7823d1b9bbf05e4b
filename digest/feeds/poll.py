"""One round: ask every feed that is due, and store what came together with what we learnt.

Entries and the feed's state are one transaction, so a kill at any moment loses nothing: what was
not stored is asked for again, by the old validators.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from digest.clock import Clock
from digest.errors import FeedError, StoreError
from digest.feeds.keep import keep, needs_the_others, pack, told_by, unpack
from digest.feeds.learning import Asked, conclude
from digest.feeds.moves import address
from digest.feeds.network import without_blame
from digest.feeds.outcomes import Fetched, PollOutcome, Unreachable, Unreadable
from digest.feeds.politeness import (
    asks_to_wait,
    excuse,
    host_of,
    is_due,
    is_private,
    still_waiting,
    waits_for,
)
from digest.feeds.ports import Fetches, Parses
from digest.feeds.summary import FeedPolled, RoundSummary, summarise
from digest.logs import Log
from digest.model import FeedId, FeedKind, PollState, Settled
from digest.settings import Feed, FetchSettings
from digest.store import JointWriter, Store, StoreThread

log = Log(__name__)

AT_ONCE = 16  # requests under way, or bodies being read
IN_HAND = 128  # feeds of which something is under way, be it that what they told is stored


@dataclass(frozen=True, slots=True)
class _Held:
    """A feed that found no way to any server: the round's end shows whose fault it is."""

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
    free: asyncio.Semaphore  # AT_ONCE
    waits: dict[str, datetime]  # until when hosts asked to be left alone, this round's included
    tells_nothing: set[FeedId]  # of our network: private hosts, and what our own guard forbids


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
        free=asyncio.Semaphore(AT_ONCE),
        waits=waits,
        tells_nothing={feed.id for feed in due if is_private(feed.url, settings.allow_hosts)},
    )
    done: list[FeedPolled] = []

    def tell(polled: FeedPolled) -> None:
        done.append(polled)
        if progress is not None:
            progress(polled)

    held = await _poll_all(by_host(due, states, now).values(), states, work, tell)
    nobody_answered = all(one.feed in work.tells_nothing for one in done)
    network_down = bool(held) and nobody_answered and await _excuse_all(held, work)
    for one in held:
        tell(_excused(one) if network_down else await _keep(one.asked, work, one.started))
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


async def _poll_all(
    groups: Iterable[Iterable[Feed]],
    states: Mapping[FeedId, PollState],
    work: _Round,
    tell: Callable[[FeedPolled], None],
) -> list[_Held]:
    """Ask the feeds of all groups, one of each group at a time; gives what is left to judge."""
    in_hand = asyncio.Semaphore(IN_HAND)
    held: list[_Held] = []

    async def one_host(feeds: Iterable[Feed]) -> None:
        for feed in feeds:
            async with in_hand:
                with work.write.coming():
                    asked = await _poll(feed, states[feed.id], work)
                match asked:
                    case FeedPolled() as polled:
                        tell(polled)
                    case _Held() as unreached:
                        held.append(unreached)
                    case None:
                        pass

    try:
        async with asyncio.TaskGroup() as tasks:
            for of_host in groups:
                tasks.create_task(one_host(of_host))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others were cancelled because of it
    return held


async def _poll(feed: Feed, state: PollState, work: _Round) -> FeedPolled | _Held | None:
    """Ask one feed. None: its host asked in this very round to be left alone."""
    started = asyncio.get_running_loop().time()
    now = work.clock()
    if waits_for(feed, state, work.waits, now) is not None:
        return None
    url = address(feed.url, state, now)
    try:
        async with work.free:
            started = asyncio.get_running_loop().time()
            asked = await _ask(feed, url, state, work)
        unreached = isinstance(asked.outcome, Unreachable) and not asked.outcome.connected
        if unreached and feed.id not in work.tells_nothing:
            return _Held(asked, started)
        if isinstance(asked.outcome, Unreachable) and not asked.outcome.asked:
            work.tells_nothing.add(feed.id)
        return await _keep(asked, work, started)
    except StoreError:
        raise
    except Exception as error:
        # A fault of ours that one feed's text brings to light would come again every round, and
        # keep all the other feeds out of every issue. Here it costs that feed alone, which then
        # backs off. What follows is not caught: a store that fails at this too stops the round.
        log.exception("feed.crashed", feed=feed.id)
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
    asked = Asked(feed=feed, url=url, before=state, known=state, outcome=outcome, found=())
    return await _read(asked, outcome, work) if isinstance(outcome, Fetched) else asked


async def _read(asked: Asked, came: Fetched, work: _Round) -> Asked:
    """The same with what the document says, as far as it is not as it was."""
    feed, state = asked.feed, asked.before
    body_hash = hashlib.blake2b(came.body, digest_size=16).hexdigest()
    if body_hash == state.body_hash:
        return asked
    marked = feed.kind is not FeedKind.SEARCH  # whose items have new links and GUIDs each time
    look = marked and state.body_hash is not None
    seen = unpack(await work.db(work.store.feeds.marks, feed.id) if look else b"")
    read = partial(
        work.parser.read, feed, came.body, came.content_type, url=came.url, now=work.clock()
    )
    try:
        document = await read(seen=frozenset(seen))
        if needs_the_others(document, seen):
            document, seen = await read(), {}
    except FeedError as error:
        return replace(asked, outcome=Unreadable(reason=error.reason))
    said, told = document.feed, told_by(document, seen)
    return replace(
        asked,
        known=replace(
            state,
            body_hash=body_hash,
            ttl=said.ttl,
            skip_hours=said.skip_hours,
            skip_days=said.skip_days,
        ),
        found=told.entries,
        unchanged=document.unchanged,
        told_again=told.again,
        marks=pack(told.marks) if marked else None,
    )


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
        told_again=asked.told_again,
        marks=asked.marks,
    )
    for notice in recorded.notices:
        if isinstance(notice, Settled):
            log.info("notice.settled", kind=notice.kind, about=notice.about)
        else:
            log.warning("notice.raised", kind=notice.kind, about=notice.about)
    return summarise(
        asked.feed.id,
        asked.outcome,
        milliseconds=_milliseconds_since(started),
        new=recorded.new,
        revised=recorded.revised,
        old=recorded.old,
    )


async def _excuse_all(held: Sequence[_Held], work: _Round) -> bool:
    """Whether our own network is why none of these was reached; then no failure is counted."""
    now = work.clock()
    before = {one.asked.feed.id: one.asked.before for one in held}
    excused = {f: excuse(s, work.settings, now, work.jitter()) for f, s in before.items()}
    states, urls = await work.db(work.store.feeds.states), await work.db(work.store.feeds.urls)
    public = {f: url for f, url in urls.items() if not is_private(url, work.settings.allow_hosts)}
    settled = without_blame(states, excused, public)
    if not settled:
        return False
    log.warning("network.down", feeds=len(held))
    await work.db(_record, work.store, settled, now)
    return True


def _record(store: Store, states: Mapping[FeedId, PollState], now: datetime) -> None:
    with store.transaction():
        for feed, state in states.items():
            store.feeds.record(feed, state, [], now)


def _excused(held: _Held) -> FeedPolled:
    milliseconds = _milliseconds_since(held.started)
    return summarise(held.asked.feed.id, held.asked.outcome, milliseconds=milliseconds)


def _milliseconds_since(started: float) -> int:
    return round((asyncio.get_running_loop().time() - started) * 1000)

"""Every kind of fault, through a real round: its feed says what is wrong, nothing else notices."""

import asyncio
import logging
import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from digest.feeds.fetch import Fetcher, FetchLimits
from digest.feeds.poll import poll_round
from digest.feeds.summary import RoundSummary
from digest.feeds.workers import ParserPool
from digest.model import FeedId, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store, StoreThread
from tests.feeds.builders import NOW, feed
from tests.feeds.hostile import DEADLINE, FAULTS, HONEST_HOSTS, URLS, Fault, HostileServer

log = logging.getLogger(__name__)

LIMITS = FetchLimits(deadline=timedelta(seconds=3), body_bytes=2 * 1024 * 1024)
KILL_AFTER = timedelta(seconds=10)  # a busy machine is no fault of a document's
LOOP_HELD = 1.0  # seconds, at most
GROWTH = 64  # MB, at most, over all the rounds
HONEST = 3  # feeds beside each fault


class Names(AbstractResolver):
    """A resolver whose answers are the attacker's."""

    ANSWERS = {  # noqa: RUF012  # nobody writes to it
        "private.example": ["127.0.0.1"],
        "both.example": ["::1", "10.0.0.1"],
        "mapped.example": ["::ffff:127.0.0.1"],
        "localhost": ["127.0.0.1"],
        "localhost.": ["127.0.0.1"],
    }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family  # all that there is
        host = host.lower()
        known = self.ANSWERS.get(host)
        if known is None:  # a number in some form, or nobody; no name server is asked
            found = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
            known = [str(address[4][0]) for address in found]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in known
        ]

    async def close(self) -> None:
        pass


class World:
    """The hostile server, a store, and rounds over both."""

    def __init__(self, server: HostileServer, store: Store, db: StoreThread) -> None:
        self.server = server
        self.store = store
        self.db = db
        self.settings = FetchSettings(allow_hosts=server.hosts)

    def honest(self, count: int) -> list[Feed]:
        return [feed(id=FeedId(f"honest{n}"), url=self.server.honest_url(n)) for n in range(count)]

    def faulty(self, fault: Fault) -> Feed:
        return feed(id=FeedId(fault.name), url=self.server.url(fault))

    async def poll(self, feeds: Sequence[Feed]) -> RoundSummary:
        async with (
            Fetcher(self.settings, "test", LIMITS, Names()) as fetcher,
            ParserPool(KILL_AFTER) as parser,
        ):
            return await poll_round(
                feeds,
                store=self.store,
                db=self.db,
                fetcher=fetcher,
                parser=parser,
                settings=self.settings,
                clock=lambda: NOW,
                jitter=lambda: 0.0,
                force=True,
            )

    def state(self, one: Feed) -> PollState:
        return self.store.feeds.states()[one.id]


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture
def world(server: HostileServer, store: Store) -> Iterator[World]:
    db = StoreThread()
    yield World(server, store, db)
    db.close()


def expect(world: World, one: Feed, error: str | None) -> None:
    told = world.state(one).error
    if error is None:
        assert told is None, one.id
        assert world.state(one).body_hash is not None
    else:
        assert told is not None, one.id
        assert re.search(error, told), f"{one.id}: {told}"
        assert told.isprintable()
        assert len(told) < 500


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_told_in_its_feed_and_costs_no_other(world: World, fault: Fault) -> None:
    faulty, honest = world.faulty(fault), world.honest(HONEST)
    summary = await world.poll([faulty, *honest])
    expect(world, faulty, fault.error)
    assert [world.state(one).error for one in honest] == [None] * HONEST
    new = sum(told.new for told in summary.feeds if told.feed != faulty.id)
    assert new == HONEST
    assert world.server.canary == 0


async def test_no_feed_leads_to_an_address_that_is_not_public(world: World) -> None:
    feeds = {feed(id=FeedId(url), url=url): words for url, words in URLS.items()}
    await world.poll(list(feeds))
    for one, words in feeds.items():
        expect(world, one, words)


async def test_no_redirect_leads_there_either(world: World) -> None:
    feeds = {
        feed(id=FeedId(url), url=world.server.redirect_url(number, url)): words
        for number, (url, words) in enumerate(URLS.items())
    }
    await world.poll(list(feeds))
    for one, words in feeds.items():
        expect(world, one, f"{words}|no URL")


async def test_a_proxy_of_the_environment_is_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, world.server.canary_url)
    monkeypatch.delenv("no_proxy", raising=False)
    honest = world.honest(HONEST)
    assert (await world.poll(honest)).new == HONEST
    assert world.server.canary == 0


# --- all at once -----------------------------------------------------------------------------


def resident() -> float:
    """MB that this process and its children hold."""
    return sum(map(_resident, _tree(os.getpid())))


def _tree(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _resident(process: int) -> float:
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


class Heartbeat:
    """How long the event loop was held at most while this ran."""

    longest = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _beat(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            last = now()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, now() - last)


async def rounds(world: World, count: int) -> None:
    faulty = [world.faulty(fault) for fault in FAULTS.values()]
    honest = world.honest(HONEST_HOSTS)
    await world.poll([*faulty, *honest])  # what is imported and kept once is there now
    before = resident()
    async with Heartbeat() as heartbeat:
        for _ in range(count):
            await world.poll([*faulty, *honest])
    growth = resident() - before
    log.info("held_s=%.2f memory_mb=%.0f growth_mb=%.0f", heartbeat.longest, before, growth)
    for one, fault in zip(faulty, FAULTS.values(), strict=True):
        # So many at once may take too long together, on a busy machine, for what is not slow.
        expect(world, one, fault.error and f"{fault.error}|{DEADLINE}")
    assert [world.state(one).error for one in honest] == [None] * HONEST_HOSTS
    assert heartbeat.longest < LOOP_HELD
    assert growth < GROWTH
    assert world.server.canary == 0


async def test_all_of_them_at_once_hold_neither_the_loop_nor_memory(world: World) -> None:
    await rounds(world, 2)


@pytest.mark.system
async def test_ten_rounds_of_all_of_them_leave_nothing_behind(world: World) -> None:
    await rounds(world, 10)

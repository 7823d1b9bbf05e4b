import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import StoreError
from digest.feeds.fetch import Fetcher
from digest.feeds.news import ENTRY_WINDOW
from digest.feeds.outcomes import Fetched, FetchOutcome, Unreachable
from digest.feeds.poll import AT_ONCE, by_host, poll_round
from digest.feeds.ports import Fetches
from digest.feeds.summary import FeedPolled, RoundSummary
from digest.feeds.workers import ParserPool
from digest.model import FeedId, FeedKind, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store, StoreThread
from digest.store.database import open_database
from digest.store.feeds import FeedTable, Recorded
from tests.feeds.builders import NOW, feed, rss
from tests.feeds.server import Answer, FeedServer, Response


@pytest.fixture
def db() -> Iterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


class World:
    """A server, a store and a clock that a test sets."""

    def __init__(self, server: FeedServer, store: Store, db: StoreThread) -> None:
        self.server = server
        self.store = store
        self.db = db
        self.now = NOW
        self.allowed = {server.host}

    def feed(
        self, name: str, answer: Answer | None = None, server: FeedServer | None = None
    ) -> Feed:
        place = server or self.server
        if answer is not None:
            place.answers[f"/{name}"] = answer
        return feed(id=FeedId(name), url=place.url(f"/{name}"))

    async def poll(
        self,
        *feeds: Feed,
        force: bool = False,
        progress: Callable[[FeedPolled], None] | None = None,
        fetches: Fetches | None = None,
    ) -> RoundSummary:
        settings = FetchSettings(allow_hosts=frozenset(self.allowed))
        async with Fetcher(settings, "test") as fetcher, ParserPool() as parser:
            return await poll_round(
                feeds,
                store=self.store,
                db=self.db,
                fetcher=fetches or fetcher,
                parser=parser,
                settings=settings,
                clock=lambda: self.now,
                jitter=lambda: 0.0,
                force=force,
                progress=progress,
            )

    def state(self, name: str) -> PollState:
        return self.store.feeds.states()[FeedId(name)]

    def titles(self) -> list[str]:
        return [stored.entry.title for stored in self.store.entries.waiting(10_000)]


@pytest.fixture
async def world(store: Store, db: StoreThread) -> AsyncIterator[World]:
    async with FeedServer({}) as server:
        yield World(server, store, db)


def document(
    *titles: str, published: datetime = NOW - timedelta(hours=1), extra: str = ""
) -> Response:
    return Response(body=rss(*titles, published=published, extra=extra), etag=f'"{hash(titles)}"')


async def test_entries_of_a_feed_are_stored(world: World) -> None:
    told: list[FeedPolled] = []
    summary = await world.poll(world.feed("a", document("One", "Two")), progress=told.append)
    assert (summary.polled, summary.new, summary.failed) == (1, 2, 0)
    assert [(p.feed, p.outcome, p.new, p.error) for p in told] == [("a", "new", 2, None)]
    assert sorted(world.titles()) == ["One", "Two"]


async def test_a_feed_is_not_asked_again_before_its_time(world: World) -> None:
    one = world.feed("a", document("One"))
    await world.poll(one)
    world.now += timedelta(minutes=29)
    assert (await world.poll(one)).polled == 0
    world.now += timedelta(minutes=1)
    assert (await world.poll(one)).polled == 1
    assert len(world.server.requests) == 2


async def test_force_asks_at_once_and_still_says_what_it_knows(world: World) -> None:
    one = world.feed("a", document("One"))
    await world.poll(one)
    summary = await world.poll(one, force=True)
    assert [(p.outcome, p.new) for p in summary.feeds] == [("unchanged", 0)]
    assert "If-None-Match" in world.server.requests[1].headers


async def test_an_unchanged_body_is_not_parsed_again(world: World) -> None:
    class Refusing:
        async def read(self, *_: object, **__: object) -> None:
            raise AssertionError("parsed an unchanged body")

    one = world.feed("a", Response(body=rss("One", published=NOW)))
    await world.poll(one)
    settings = FetchSettings(allow_hosts=frozenset(world.allowed))
    async with Fetcher(settings, "test") as fetcher:
        summary = await poll_round(
            [one],
            store=world.store,
            db=world.db,
            fetcher=fetcher,
            parser=Refusing(),  # type: ignore[arg-type]  # a body that changed would need a real one
            settings=settings,
            clock=lambda: NOW,
            jitter=lambda: 0.0,
            force=True,
        )
    assert [polled.outcome for polled in summary.feeds] == ["unchanged"]


async def test_new_and_revised_entries_are_told_apart(world: World) -> None:
    first, second = rss("One"), rss("One", "Two").replace(b"<title>One", b"<title>One, revised")
    one = world.feed("a", [Response(body=first), Response(body=second)])
    await world.poll(one)
    summary = await world.poll(one, force=True)
    assert (summary.new, summary.revised) == (1, 1)
    assert sorted(world.titles()) == ["One, revised", "Two"]


async def test_entries_that_share_a_link_are_not_one(world: World) -> None:
    body = rss("One", "Two").replace(b"https://trade.example/1", b"https://trade.example/0")
    assert (await world.poll(world.feed("a", Response(body=body)))).new == 2


async def test_entries_without_a_link_are_not_one(world: World) -> None:
    body = rss("One", "Two").replace(b"https://trade.example/", b"mailto:")
    assert (await world.poll(world.feed("a", Response(body=body)))).new == 2


async def test_a_changed_guid_does_not_make_a_second_entry(world: World) -> None:
    first = rss("One")
    second = first.replace(b"guid-One", b"guid-changed")
    one = world.feed("a", [Response(body=first), Response(body=second)])
    await world.poll(one)
    assert (await world.poll(one, force=True)).new == 0


async def test_old_entries_are_no_news_however_late_they_turn_up(world: World) -> None:
    old = rss("Old", published=NOW - ENTRY_WINDOW - timedelta(hours=2))
    fresh = rss("Fresh", published=NOW - timedelta(hours=1))
    one = world.feed("a", [Response(body=old), Response(body=fresh), Response(body=old + b" ")])
    summaries = [await world.poll(one, force=True) for _ in range(3)]
    assert [(s.new, s.old) for s in summaries] == [(0, 1), (1, 0), (0, 0)]
    assert world.titles() == ["Fresh"]


async def test_a_new_feed_brings_the_news_of_its_window_only(world: World) -> None:
    window = FetchSettings().new_feed_window
    known = rss("Known", published=NOW - window + timedelta(minutes=1))
    unknown = rss("Unknown", published=NOW - window - timedelta(minutes=1))
    summary = await world.poll(
        world.feed("a", Response(body=known)), world.feed("b", Response(body=unknown))
    )
    assert (summary.new, summary.old) == (1, 1)
    assert world.titles() == ["Known"]


async def test_entries_without_a_date_are_news_unless_the_feed_is_new(world: World) -> None:
    bodies = [rss("One", published=None), rss("One", "Two", published=None)]
    one = world.feed("a", [Response(body=body) for body in bodies])
    assert (await world.poll(one)).old == 1
    assert world.titles() == []
    world.now += timedelta(hours=1)
    assert (await world.poll(one)).new == 1
    (stored,) = world.store.entries.waiting(10)
    assert (stored.entry.title, stored.entry.dated) == ("Two", False)
    assert stored.entry.published == world.now


async def test_a_feed_that_publishes_its_history_again_brings_no_news(world: World) -> None:
    titles = [f"Toyota report of plant number {number}" for number in range(60)]
    first = rss(*titles)
    again = first.replace(b"guid-", b"new-guid-").replace(b"trade.example/", b"trade.example/x/")
    alike = rss(*(f"Archive: {title}" for title in titles), published=NOW + timedelta(hours=1))
    undated = rss(*(f"Old page: {title}" for title in titles), published=None)
    undated = undated.replace(b"trade.example/", b"trade.example/y/")
    one = world.feed("a", [Response(body=body) for body in (first, again, alike, undated)])
    told = []
    for _ in range(4):
        summary = await world.poll(one, force=True)
        told.append((summary.new, summary.revised, summary.old))
        world.now += timedelta(hours=1)
    assert told == [(60, 0, 0), (0, 0, 0), (0, 0, 60), (0, 0, 60)]


async def test_a_search_feed_s_entries_are_known_by_title_and_publisher(world: World) -> None:
    first = rss("Nissan sells HQ - Harbour Times", "Nissan sells HQ - Tokyo Post")
    rotated = first.replace(b"guid-", b"g2-").replace(b"trade.example/", b"trade.example/r/")
    one = replace(
        world.feed("a", [Response(body=first), Response(body=rotated)]), kind=FeedKind.SEARCH
    )
    assert (await world.poll(one)).new == 2
    again = await world.poll(one, force=True)
    assert (again.new, again.revised, again.old) == (0, 0, 0)
    outlets = {stored.entry.outlet for stored in world.store.entries.waiting(10)}
    assert outlets == {"Harbour Times", "Tokyo Post"}


async def test_a_large_feed_is_stored_whole(world: World) -> None:
    titles = [f"Title {n}" for n in range(300)]
    assert (await world.poll(world.feed("a", document(*titles)))).new == 300


async def test_the_feed_s_own_ttl_is_kept_through_answers_of_304(world: World) -> None:
    one = world.feed("a", document("One", extra="<ttl>120</ttl>"))
    for _ in range(2):
        await world.poll(one, force=True)
        assert world.state("a").next_poll == NOW + timedelta(hours=2)


async def test_one_broken_feed_does_not_stop_the_others(world: World) -> None:
    broken = [
        world.feed("page", Response(body=b"<!doctype html><p>Hello")),
        world.feed("error", Response(status=500)),
        world.feed("cut", Response(body=rss("x"), cut_after=20)),
        world.feed("raw", Response(raw=b"\0\0\0\r\n\r\n")),
        world.feed("tags", Response(body=b"<rss><channel>" + b"<a>" * 5000)),
        world.feed("gone", Response(status=410)),
        feed(id=FeedId("url"), url="http://[bad"),
        feed(id=FeedId("private"), url="http://127.0.0.1/"),
    ]
    summary = await world.poll(*broken, world.feed("good", document("One")))
    assert (summary.polled, summary.failed, summary.new) == (9, 8, 1)
    assert world.titles() == ["One"]
    assert world.state("page").error == "this is a web page, not a feed"
    assert world.state("error").failures == 1
    assert {polled.outcome for polled in summary.feeds} == {"failed", "gone", "new"}


async def test_a_broken_body_is_asked_for_again_and_not_taken_for_known(world: World) -> None:
    page = Response(body=b"<html>", etag='"page"')
    one = world.feed("a", [document("One"), page, document("One", "Two")])
    await world.poll(one)
    before = world.state("a")
    await world.poll(one, force=True)
    assert world.state("a").etag == before.etag
    assert world.state("a").body_hash == before.body_hash
    assert (await world.poll(one, force=True)).new == 1
    assert world.state("a").error is None


async def test_a_feed_that_is_gone_is_left_alone_until_forced(world: World) -> None:
    later = timedelta(days=10)
    one = world.feed("a", [Response(status=410), document("One", published=NOW + later)])
    await world.poll(one)
    world.now += later
    assert (await world.poll(one)).polled == 0
    assert (await world.poll(one, force=True)).new == 1
    assert not world.state("a").retired


async def test_a_feed_that_is_not_enabled_is_asked_when_it_is_named(world: World) -> None:
    one = replace(world.feed("a", document("One")), enabled=False)
    assert (await world.poll(one)).new == 1
    assert (await world.poll(one)).polled == 0


class Scripted:
    """Answers with one entry, except where a feed's host is told to do otherwise."""

    def __init__(self, **acts: Callable[[], Any]) -> None:
        self.acts = acts

    async def fetch(self, url: str, **_: object) -> FetchOutcome:
        act = self.acts.get(url.split("/")[2].removesuffix(".example"))
        if act is not None:
            await act()
        return Fetched(url=url, body=rss("One", published=NOW), content_type="")


async def fault() -> None:
    raise LookupError("a bug of ours")


def hosts(*names: str) -> list[Feed]:
    return [feed(id=FeedId(name), url=f"https://{name}.example/") for name in names]


async def test_a_fault_of_ours_costs_one_feed_and_is_logged_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    summary = await world.poll(*hosts("a", "bad", "c"), fetches=Scripted(bad=fault))
    assert {p.feed: p.outcome for p in summary.feeds} == {"a": "new", "bad": "failed", "c": "new"}
    state = world.state("bad")
    assert state.failures == 1
    assert state.error is not None
    assert "LookupError" in state.error
    assert state.next_poll is not None
    assert state.next_poll > NOW
    (record,) = caplog.records
    assert record.getMessage() == "feed.crashed feed=bad"
    assert record.exc_info is not None


class Failing(FeedTable):
    """Fails when it has stored the entries of the feed "bad"."""

    error: Exception

    def record(self, feed: FeedId, *args: Any, **more: Any) -> Recorded:
        recorded = super().record(feed, *args, **more)
        if feed == "bad" and recorded.new:
            raise self.error
        return recorded


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Callable[[Exception], Store]]:
    database = open_database(tmp_path / "failing")

    def fail(error: Exception) -> Store:
        store = Store(database)
        store.feeds = Failing(database)
        store.feeds.error = error
        return store

    yield fail
    database.close()


async def test_entries_that_cannot_be_stored_cost_their_feed_only(
    world: World, failing: Callable[[Exception], Store]
) -> None:
    world.store = failing(OverflowError("a number too large for a column"))
    summary = await world.poll(*hosts("a", "bad", "c"), fetches=Scripted())
    assert (summary.new, summary.failed) == (2, 1)
    assert world.state("bad").body_hash is None
    assert world.titles() == ["One", "One"]


async def test_a_store_that_fails_stops_the_round_with_its_own_error(
    world: World, failing: Callable[[Exception], Store]
) -> None:
    world.store = failing(StoreError("the disk is full"))
    with pytest.raises(StoreError, match="the disk is full"):
        await world.poll(*hosts("a", "bad", "c"), fetches=Scripted())


async def test_a_round_that_is_cancelled_ends_at_once_and_blames_no_feed(world: World) -> None:
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.Event().wait()

    round_ = asyncio.create_task(world.poll(*hosts("a"), fetches=Scripted(a=hang)))
    await asked.wait()
    round_.cancel()
    with pytest.raises(asyncio.CancelledError):
        await round_
    assert world.state("a") == PollState()


async def test_one_host_gets_one_request_at_a_time(world: World) -> None:
    feeds = [world.feed(f"f{n}", document(f"Title {n}")) for n in range(12)]
    async with FeedServer({}) as other:
        world.allowed.add(other.host)
        feeds += [world.feed(f"o{n}", document(f"Other {n}"), other) for n in range(12)]
        summary = await world.poll(*feeds)
        assert summary.new == 24
        assert {request.others for request in world.server.requests + other.requests} == {0}


async def test_only_so_many_hosts_are_asked_at_once(store: Store, db: StoreThread) -> None:
    class Counting:
        under_way = most = 0

        async def fetch(self, url: str, **_: object) -> FetchOutcome:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            for _turn in range(5):
                await asyncio.sleep(0)
            self.under_way -= 1
            return Unreachable(reason=f"nobody at {url}")

    counting = Counting()
    async with ParserPool() as parser:
        summary = await poll_round(
            [feed(id=FeedId(f"f{n}"), url=f"https://h{n}.example/") for n in range(60)],
            store=store,
            db=db,
            fetcher=counting,
            parser=parser,
            settings=FetchSettings(),
            clock=lambda: NOW,
            jitter=lambda: 0.0,
        )
    assert summary.failed == 60
    assert counting.most == AT_ONCE


def test_hosts_differ_by_name_and_port() -> None:
    urls = [
        "https://a.example/1",
        "https://A.example/2",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:2/",
        "http://[bad",
    ]
    feeds = [feed(id=FeedId(url), url=url) for url in urls]
    groups = by_host(feeds, {one.id: PollState() for one in feeds}, NOW)
    assert sorted(map(len, groups.values())) == [1, 1, 1, 2]

"""What a round makes of answers beyond their entries: waits, moves, notices, our own network."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest

from digest.feeds.outcomes import (
    Fetched,
    FetchOutcome,
    Gone,
    NotModified,
    Refused,
    Unreachable,
)
from digest.feeds.poll import poll_round
from digest.feeds.summary import RoundSummary
from digest.feeds.workers import ParserPool
from digest.model import FeedId, NoticeKind, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store, StoreThread
from tests.feeds.builders import NOW, feed, rss

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = FetchSettings(interval=30 * MINUTE, allow_hosts=frozenset({"own.example:443"}))
DOWN = Unreachable(reason="no connection", connected=False)


@pytest.fixture
def db() -> Iterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


class Scripted:
    """A web by URL, and a clock. Where nothing is said a feed answers with one entry of today."""

    def __init__(self, store: Store, db: StoreThread, parser: ParserPool) -> None:
        self.store, self.db, self.parser = store, db, parser
        self.now = NOW
        self.answers: dict[str, FetchOutcome] = {}
        self.asked: list[str] = []

    async def fetch(self, url: str, **_: object) -> FetchOutcome:
        self.asked.append(url)
        return self.answers.get(url, self.entry(url))

    def entry(self, url: str, moved_to: str | None = None, title: str = "") -> Fetched:
        when = f"{self.now:%d-%H-%M}"
        body = rss(title or f"News of {when}", published=self.now)
        body = body.replace(b"trade.example/0", f"trade.example/{when}".encode())
        return Fetched(url=moved_to or url, body=body, content_type="", moved_to=moved_to)

    async def round(self, *feeds: Feed) -> RoundSummary:
        return await poll_round(
            feeds,
            store=self.store,
            db=self.db,
            fetcher=self,
            parser=self.parser,
            settings=SETTINGS,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
        )

    async def rounds(self, *feeds: Feed, days: float) -> None:
        """Tick every other hour."""
        end = self.now + days * DAY
        while self.now < end:
            await self.round(*feeds)
            self.now += 2 * HOUR

    def state(self, of: Feed) -> PollState:
        return self.store.feeds.states()[of.id]

    def notices(self) -> list[NoticeKind]:
        return [stored.notice.kind for stored in self.store.notices.open()]


@pytest.fixture
async def web(store: Store, db: StoreThread) -> AsyncIterator[Scripted]:
    async with ParserPool() as parser:
        yield Scripted(store, db, parser)


def at(url: str) -> Feed:
    return feed(id=FeedId(url.replace("/", "-")), url=f"https://{url}")


A, B, C, OTHER = at("busy.example/a"), at("busy.example/b"), at("busy.example/c"), at("b.example/")


def busy(url: str, hours: int = 5) -> Refused:
    return Refused(status=429, reason="429", retry_after=hours * HOUR, url=url)


# --- hosts that want to be left alone ----------------------------------------------------------


async def test_a_host_that_says_so_is_left_alone_by_all_of_its_feeds(web: Scripted) -> None:
    web.answers[A.url] = busy(A.url)
    summary = await web.round(A, B, C, OTHER)
    assert web.asked == [A.url, OTHER.url]
    assert (summary.polled, summary.failed) == (2, 1)
    web.now += 5 * HOUR - MINUTE
    await web.round(A, B, C)
    assert len(web.asked) == 2
    web.now += MINUTE
    web.answers.clear()
    assert (await web.round(A, B, C)).new == 3
    assert web.state(B).failures == 0


async def test_it_is_the_host_that_answered_not_the_one_that_was_asked(web: Scripted) -> None:
    web.answers[OTHER.url] = busy(A.url)
    await web.round(OTHER)
    await web.round(A, at("b.example/2"))
    assert web.asked == [OTHER.url, "https://b.example/2"]


async def test_what_a_host_asked_for_is_known_after_a_restart(web: Scripted) -> None:
    web.answers[A.url] = busy(A.url)
    await web.round(A)
    assert web.store.hosts.waits() == {"busy.example": NOW + 5 * HOUR}
    web.now += 6 * HOUR
    web.answers[OTHER.url] = busy(OTHER.url)
    await web.round(OTHER)
    assert web.store.hosts.waits() == {"b.example": NOW + 11 * HOUR}  # the other has passed


async def test_behind_a_private_host_each_feed_waits_for_itself(web: Scripted) -> None:
    one, two = at("own.example/1"), at("own.example/2")
    web.answers[one.url] = busy(one.url)
    await web.round(one, two)
    assert web.asked == [one.url, two.url]
    assert web.state(one).next_poll == NOW + 5 * HOUR


# --- moves -----------------------------------------------------------------------------------

OLD, NEW = at("old.example/feed"), "https://new.example/feed"


async def test_a_move_that_holds_for_a_week_is_followed(web: Scripted) -> None:
    for day in range(7):
        web.now = NOW + day * DAY
        web.answers[OLD.url] = web.entry(OLD.url, moved_to=NEW)
        await web.round(OLD)
    assert set(web.asked) == {OLD.url}
    web.now += DAY
    await web.round(OLD)
    assert web.asked[-1] == NEW
    assert web.store.feeds.urls()[OLD.id] == OLD.url  # what the operator wrote


async def test_a_move_is_followed_at_once_when_the_old_address_is_gone(web: Scripted) -> None:
    web.answers[OLD.url] = web.entry(OLD.url, moved_to=NEW)
    await web.round(OLD)
    web.answers[OLD.url] = Gone()
    web.now += DAY
    assert (await web.round(OLD)).failed == 1
    assert not web.state(OLD).retired
    web.now += 30 * MINUTE
    assert (await web.round(OLD)).new == 1
    assert web.asked[-1] == NEW
    assert web.state(OLD).failures == 0


# --- our own network -------------------------------------------------------------------------


def hosts(*names: str) -> list[Feed]:
    return [at(f"{name}.example/feed") for name in names]


async def test_when_no_host_can_be_reached_no_feed_is_blamed(
    web: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    feeds = hosts("a", "b", "c", "d")
    await web.round(*feeds)
    web.answers = {one.url: DOWN for one in feeds}
    web.now += HOUR
    summary = await web.round(*feeds)
    assert (summary.network_down, summary.failed) == (True, 4)
    assert caplog.messages == ["network.down feeds=4"]
    for one in feeds:
        state = web.state(one)
        assert (state.failures, state.error) == (0, None)
        assert state.next_poll == web.now + 30 * MINUTE
    web.answers = {}
    web.now += 30 * MINUTE
    summary = await web.round(*feeds)
    assert (summary.network_down, summary.new) == (False, 4)


async def test_a_round_that_asks_nobody_has_nothing_to_say_of_the_network(
    web: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    feeds = hosts("a", "b", "c")
    web.answers = {one.url: DOWN for one in feeds}
    assert (await web.round(*feeds)).network_down
    web.now += MINUTE
    asked = len(web.asked)
    assert not (await web.round(*feeds)).network_down
    assert len(web.asked) == asked
    assert caplog.messages == ["network.down feeds=3"]


async def test_feeds_that_fall_due_one_by_one_are_not_blamed_either(web: Scripted) -> None:
    feeds = hosts("a", "b", "c", "d")
    await web.round(*feeds)
    web.answers = {one.url: DOWN for one in feeds}
    web.now += HOUR
    down = []
    for one in feeds:
        down.append((await web.round(one)).network_down)
        web.now += MINUTE
    assert down == [False, False, True, True]
    assert [web.state(one).failures for one in feeds] == [0, 0, 0, 0]
    assert [web.state(one).error for one in feeds] == [None] * 4


async def test_a_private_host_tells_nothing_of_the_network(web: Scripted) -> None:
    feeds, own = hosts("a", "b", "c"), at("own.example/1")
    await web.round(*feeds, own)
    web.answers = {one.url: DOWN for one in feeds}
    web.now += HOUR
    summary = await web.round(*feeds, own)
    assert (summary.network_down, summary.new, summary.failed) == (True, 1, 3)
    assert [web.state(one).failures for one in feeds] == [0, 0, 0]


async def test_what_our_own_guard_forbids_tells_nothing_of_the_network(web: Scripted) -> None:
    feeds, forbidden = hosts("a", "b", "c"), at("router.example/1")
    await web.round(*feeds, forbidden)
    web.answers = {one.url: DOWN for one in feeds}
    web.answers[forbidden.url] = Unreachable(reason="not a public address", asked=False)
    web.now += HOUR
    summary = await web.round(*feeds, forbidden)
    assert (summary.network_down, summary.failed) == (True, 4)
    assert [web.state(one).failures for one in (*feeds, forbidden)] == [0, 0, 0, 1]
    assert web.state(forbidden).unreached is None


async def test_a_private_host_that_is_down_is_at_fault_itself(web: Scripted) -> None:
    feeds, own = hosts("a", "b", "c"), at("own.example/1")
    web.answers = {one.url: DOWN for one in (*feeds, own)}
    assert (await web.round(*feeds, own)).network_down
    assert [web.state(one).failures for one in (*feeds, own)] == [0, 0, 0, 1]


async def test_one_answer_shows_that_the_others_are_to_blame(web: Scripted) -> None:
    feeds = hosts("a", "b", "c", "d")
    web.answers = {one.url: DOWN for one in feeds[:3]}
    summary = await web.round(*feeds)
    assert (summary.network_down, summary.failed, summary.new) == (False, 3, 1)
    assert [web.state(one).failures for one in feeds] == [1, 1, 1, 0]


async def test_hosts_that_stay_dead_are_found_out_once_somebody_answers(web: Scripted) -> None:
    dead, alive = hosts("a", "b", "c"), hosts("d")
    web.answers = {one.url: DOWN for one in dead}
    assert (await web.round(*dead)).network_down
    web.now += 30 * MINUTE
    await web.round(*alive)
    summary = await web.round(*dead)
    assert not summary.network_down
    assert [web.state(one).failures for one in dead] == [1, 1, 1]


# --- notices ---------------------------------------------------------------------------------


async def test_a_broken_feed_is_told_of_once_and_so_is_its_healing(
    web: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    await web.round(A)
    web.answers[A.url] = Refused(status=500, reason="500")
    web.now += HOUR
    await web.rounds(A, OTHER, days=6)
    assert web.notices() == [NoticeKind.FEED_BROKEN]
    web.answers.clear()
    await web.rounds(A, OTHER, days=2)
    assert web.notices() == []
    assert caplog.messages == [f'notice.raised kind="feed broken" about={A.id}']
    (told,) = web.store.notices.latest(9)
    assert (told.notice.about, told.times) == (A.id, 1)


async def test_a_day_of_failures_is_told_and_less_is_not(web: Scripted) -> None:
    web.answers[A.url] = Refused(status=500, reason="500")
    await web.rounds(A, days=1)
    assert web.notices() == []
    await web.rounds(A, days=1)
    assert web.notices() == [NoticeKind.FEED_BROKEN]


async def test_a_feed_that_falls_silent_is_told_of_and_so_are_its_next_news(web: Scripted) -> None:
    for _ in range(3):
        await web.round(A)
        web.now += 6 * HOUR
    web.answers[A.url] = NotModified()
    silent_since = web.now
    await web.rounds(A, days=9)
    assert web.notices() == []
    await web.rounds(A, days=6)
    assert web.notices() == [NoticeKind.FEED_QUIET]
    assert web.now - silent_since == 15 * DAY
    web.answers[A.url] = web.entry(A.url, title="News after all")
    await web.rounds(A, days=2)
    assert web.notices() == []


async def test_a_feed_that_is_gone_is_told_of(web: Scripted) -> None:
    web.answers[A.url] = Gone()
    await web.rounds(A, days=3)
    assert web.notices() == [NoticeKind.FEED_GONE]
    assert web.asked == [A.url]


# --- wishes of the document ------------------------------------------------------------------


async def test_what_a_document_wishes_is_kept_through_answers_of_304(web: Scripted) -> None:
    extra = "<ttl>90</ttl><skipHours><hour>9</hour></skipHours>"
    extra += "<skipDays><day>Friday</day></skipDays>"
    web.answers[A.url] = Fetched(url=A.url, body=rss("One", extra=extra), content_type="")
    await web.round(A)
    web.answers[A.url] = NotModified()
    for planned in (NOW + 90 * MINUTE, datetime(2026, 11, 16, 10, tzinfo=NOW.tzinfo)):
        assert web.state(A).next_poll == planned
        web.now = planned
        await web.round(A)
    state = web.state(A)
    assert state.ttl == 90 * MINUTE
    assert (set(state.skip_hours), set(state.skip_days)) == ({9}, {4})

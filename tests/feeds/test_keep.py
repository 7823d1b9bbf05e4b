"""From documents to the store: what identity.py and news.py decide is what is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.clean import entries
from digest.feeds.keep import keep
from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from digest.model import Entry, FeedKind, NotNews, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store
from digest.store.feeds import Recorded
from tests.builders import entry
from tests.feeds.builders import ANY_DOCUMENT, NOW, feed

DAY = timedelta(days=1)


class Follower:
    """One feed and its store."""

    def __init__(self, store: Store, told: Feed) -> None:
        self.store = store
        self.feed = told
        store.feeds.sync([told], NOW)

    def poll(self, document: Sequence[Entry], now: datetime = NOW) -> tuple[int, int, int]:
        """How many were news, revised and old."""
        before = self.store.feeds.states()[self.feed.id]
        recorded: Recorded = keep(
            self.store,
            self.feed,
            document,
            before=before,
            after=replace(before, last_success=now),
            new_feed_window=FetchSettings().new_feed_window,
            now=now,
        )
        return recorded.new, recorded.revised, recorded.old

    def read(self, text: str, now: datetime = NOW) -> tuple[int, int, int]:
        """The same from the document's text."""
        parsed = parse(text)
        assert isinstance(parsed, ParsedFeed)
        return self.poll(entries(parsed, self.feed, now), now)

    @property
    def waiting(self) -> list[Entry]:
        return [stored.entry for stored in self.store.entries.waiting(1000)]

    @property
    def stored(self) -> list[Entry]:
        """All entries, once they have been placed or are no news."""
        placed = self.store.entries.placed(NOW - 1000 * DAY)
        return [*(stored.entry for stored, _, _ in placed), *self.waiting]


@pytest.fixture
def memory() -> Iterator[Store]:
    with Store.open_to_read(Path("there-is-no-such-folder")) as store:  # lives in memory
        yield store


@pytest.fixture
def trade(memory: Store) -> Follower:
    return Follower(memory, feed())


@pytest.fixture
def search(memory: Store) -> Follower:
    return Follower(memory, feed(kind=FeedKind.SEARCH, title="Search: Nissan", lang="ja"))


def history(number: int = 40) -> list[Entry]:
    return [
        entry(number=n, title=f"Toyota opens plant {n} in Aichi", published=NOW - n * DAY)
        for n in range(number)
    ]


def test_a_new_feed_is_known_whole_and_a_week_of_it_is_news(trade: Follower) -> None:
    assert trade.poll(history()) == (8, 0, 32)
    assert len(trade.waiting) == 8
    assert trade.poll(history()) == (0, 0, 0)
    rows = trade.store.entries.placed(NOW - 1000 * DAY)
    assert {tags.reasons for _, tags, _ in rows} == {(NotNews.BEFORE_US,)}


@pytest.mark.parametrize("dates", ["kept", "all alike", "none"])
@pytest.mark.parametrize("names", ["changed GUIDs", "changed GUIDs and links", "all changed"])
def test_a_history_that_is_published_again_is_no_news(
    trade: Follower, names: str, dates: str
) -> None:
    trade.poll(history())
    now = NOW + 3 * DAY
    again = [replace(told, guid=f"{told.guid}-2") for told in history()]
    if names != "changed GUIDs":
        again = [replace(told, url=f"{told.url}/2") for told in again]
    if names == "all changed":
        again = [replace(told, title=told.title.replace("opens", "begins")) for told in again]
    if dates != "kept":
        again = [replace(told, published=now, dated=dates != "none") for told in again]
    fresh = entry(number=99, title="Honda recalls 900 minivans", published=now - DAY / 4)
    # Where nothing tells that they are old, what is dated on the day of the last poll is news too.
    most = 3 if (names, dates) == ("all changed", "kept") else 1
    assert 1 <= trade.poll([fresh, *again], now)[0] <= most
    assert trade.poll([fresh, *again], now + DAY) == (0, 0, 0)


def test_old_entries_that_are_revised_do_not_become_news(trade: Follower) -> None:
    trade.poll(history())
    revised = [replace(told, summary="With figures.") for told in history()]
    assert trade.poll(revised) == (0, 40, 0)
    assert len(trade.waiting) == 8


def test_an_undated_feed_is_followed_from_its_first_poll_on(trade: Follower) -> None:
    told = [replace(one, dated=False) for one in history(30)]
    assert trade.poll(told) == (0, 0, 30)
    for hours in (1, 2):
        now = NOW + timedelta(hours=hours)
        one = entry(number=100 + hours, title=f"News {hours}", dated=False, published=now)
        told = [one, *(replace(old, published=now) for old in told)]
        assert trade.poll(told, now) == (1, 0, 0)
    assert [one.published for one in trade.waiting] == [
        NOW + timedelta(hours=hours) for hours in (1, 2)
    ]


def test_an_undated_feed_whose_names_all_rotate_is_no_flood(trade: Follower) -> None:
    for hour in range(0, 400, 50):
        now = NOW + timedelta(hours=hour)
        told = [
            replace(one, guid=f"s{hour}-{n}", url=f"https://t.example/{hour}/{n}", dated=False)
            for n, one in enumerate(history(10))
        ]
        told = [replace(one, published=now) for one in told]
        assert trade.poll(told, now) == ((0, 0, 10) if hour == 0 else (0, 0, 0))
    assert len(trade.stored) == 10


def test_an_outlet_that_bumps_its_dates_brings_no_old_news_into_a_new_week(
    trade: Follower,
) -> None:
    trade.poll(history(5))
    bumped = [replace(told, published=NOW + 7 * DAY) for told in history(5)]
    assert trade.poll(bumped, NOW + 7 * DAY) == (0, 0, 0)
    assert sorted(told.published for told in trade.waiting) == sorted(
        told.published for told in history(5)
    )


def test_a_feed_that_always_comes_as_a_batch_is_understood_after_two(trade: Follower) -> None:
    """Thirty entries a day, all of one moment, and nothing of the day before."""
    news = []
    for day in range(6):
        now = NOW + day * DAY
        batch = [
            entry(number=100 * day + n, title=f"Record {day}/{n} of the register", published=now)
            for n in range(30)
        ]
        news.append(trade.poll(batch, now)[0])
    assert news == [30, 0, 0, 30, 30, 30]


BING = """<?xml version="1.0"?><rss version="2.0"
 xmlns:News="https://www.bing.example/news/search?q=Nissan&amp;format=rss"><channel>
<title>Nissan - BingNews</title><link>https://www.bing.example/news</link>
<item><title>Nissan sells HQ</title><link>https://www.bing.example/apiclick?tid={turn}1</link>
<pubDate>Mon, 16 Nov 2026 05:00:00 GMT</pubDate><News:Source>Harbour Times</News:Source></item>
<item><title>日産、本社を売却</title><link>https://www.bing.example/apiclick?tid={turn}2</link>
<pubDate>Mon, 16 Nov 2026 04:00:00 GMT</pubDate><News:Source>日本経済新聞</News:Source></item>
</channel></rss>"""
GOOGLE = """<?xml version="1.0"?><rss version="2.0"><channel><title>"日産" - News</title>
<link>https://news.example/</link>
<item><title>日産、本社を売却 - 新型車は横浜で - 日本経済新聞</title><guid>CBM{turn}1</guid>
<link>https://news.example/rss/articles/CBM{turn}1?oc=5</link>
<pubDate>Mon, 16 Nov 2026 05:00:00 GMT</pubDate>
<source url="https://www.nikkei.example">日本経済新聞</source></item>
<item><title>日産、本社を売却 - 新型車は横浜で - Yahoo!ニュース</title><guid>CBM{turn}2</guid>
<link>https://news.example/rss/articles/CBM{turn}2?oc=5</link>
<pubDate>Mon, 16 Nov 2026 04:00:00 GMT</pubDate></item>
</channel></rss>"""


@pytest.mark.parametrize(
    ("document", "outlets", "titles"),
    [
        (BING, {"Harbour Times", "日本経済新聞"}, {"Nissan sells HQ", "日産、本社を売却"}),
        (GOOGLE, {"日本経済新聞", "Yahoo!ニュース"}, {"日産、本社を売却 - 新型車は横浜で"}),
    ],
)
def test_search_feeds_name_publishers_and_rotate_all_else(
    search: Follower, document: str, outlets: set[str], titles: set[str]
) -> None:
    assert search.read(document.replace("{turn}", "0")) == (2, 0, 0)
    for turn in "123":
        assert search.read(document.replace("{turn}", turn)) == (0, 0, 0)
    assert {told.outlet for told in search.waiting} == outlets
    assert {told.title for told in search.waiting} == titles


def test_news_waits_for_its_story_through_a_restart(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert Follower(store, feed()).poll(history()) == (8, 0, 32)
    with Store.open(tmp_path) as store:
        follower = Follower(store, feed())
        assert [one.guid for one in follower.waiting] == [f"guid-{n}" for n in reversed(range(8))]
        assert follower.poll(history()) == (0, 0, 0)


def test_a_failure_between_poll_and_state_stores_neither(trade: Follower) -> None:
    """The next poll asks with the old validators, and gets all of it again."""
    torn = entry(number=2)
    object.__setattr__(torn, "summary", None)
    with pytest.raises(Exception, match="NOT NULL"):
        trade.poll([entry(number=1), torn])
    assert trade.store.feeds.states()[trade.feed.id] == PollState()
    assert trade.poll([entry(number=1), entry(number=2)]) == (2, 0, 0)


@settings(max_examples=60)
@given(
    st.lists(ANY_DOCUMENT, max_size=5),
    st.sampled_from([FeedKind.TRADE, FeedKind.SEARCH]),
)
def test_whatever_a_feed_does_it_is_stored_and_then_known(
    polls: list[list[Entry]], kind: FeedKind
) -> None:
    with Store.open_to_read(Path("there-is-no-such-folder")) as store:
        follower = Follower(store, feed(kind=kind))
        number = 0
        for document in polls:
            new, _, old = follower.poll(document)
            number += new + old
            assert follower.poll(document) == (0, 0, 0)
            assert len(follower.stored) == number

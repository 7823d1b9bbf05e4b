from datetime import UTC, datetime, timedelta
from sqlite3 import IntegrityError
from typing import Any

import pytest

from digest.model import FeedId, Learnt, Notice, NoticeKind, PollState, Settled
from digest.settings import Feed
from digest.store import Store

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRADE = FeedId("trade")


def notice(kind: NoticeKind = NoticeKind.FEED_BROKEN, words: Any = "It is broken.") -> Notice:
    return Notice(kind=kind, about=TRADE, words=words)


@pytest.fixture(autouse=True)
def feeds(store: Store) -> None:
    store.feeds.sync([Feed(id=TRADE, url="https://trade.example/", title="Trade")], NOW)


def learn(store: Store, learnt: Learnt, now: datetime = NOW) -> tuple[Notice | Settled, ...]:
    return store.feeds.record(TRADE, PollState(), [], now, conclude=lambda *_: learnt).notices


def wait(store: Store, now: datetime = NOW, **hosts: datetime) -> None:
    learn(store, Learnt(state=PollState(), waits=hosts), now)


def test_a_host_that_nobody_heard_of_waits_for_nothing(store: Store) -> None:
    assert store.hosts.waits() == {}
    wait(store)
    assert store.hosts.waits() == {}


def test_what_a_host_asked_for_last_is_kept(store: Store) -> None:
    wait(store, a=NOW + 9 * HOUR, b=NOW + HOUR)
    wait(store, a=NOW + 2 * HOUR)
    assert store.hosts.waits() == {"a": NOW + 2 * HOUR, "b": NOW + HOUR}


def test_what_is_over_is_forgotten_with_the_next_word_of_any_host(store: Store) -> None:
    wait(store, a=NOW + HOUR, b=NOW + 3 * HOUR)
    wait(store, NOW + 2 * HOUR, c=NOW + 9 * HOUR)
    assert set(store.hosts.waits()) == {"b", "c"}


def test_a_notice_is_told_as_new_once(store: Store) -> None:
    broken = Learnt(state=PollState(), notices=(notice(), notice(NoticeKind.FEED_QUIET)))
    assert learn(store, broken) == broken.notices
    assert learn(store, broken) == ()
    assert len(store.notices.open()) == 2


def test_what_is_over_is_told_as_over_once(store: Store) -> None:
    learn(store, Learnt(state=PollState(), notices=(notice(),)))
    over = Settled(kind=NoticeKind.FEED_BROKEN, about=TRADE)
    assert learn(store, Learnt(state=PollState(), notices=(over,))) == (over,)
    assert learn(store, Learnt(state=PollState(), notices=(over,))) == ()
    assert store.notices.open() == []


def test_a_state_is_never_kept_without_what_follows_from_it(store: Store) -> None:
    torn = Learnt(
        state=PollState(retired=True),
        notices=(notice(words=None),),  # what no Notice can be, to fail inside the store
        waits={"a": NOW + HOUR},
    )
    with pytest.raises(IntegrityError, match="NOT NULL"):
        learn(store, torn)
    assert not store.feeds.states()[TRADE].retired
    assert store.hosts.waits() == {}


def test_all_that_a_poll_teaches_comes_back_from_the_store(store: Store) -> None:
    state = PollState(
        etag='W/"a \\" b"',
        last_modified="yesterday",
        last_poll=NOW,
        next_poll=NOW + HOUR,
        failures=3,
        ttl=2 * HOUR,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({6}),
        rhythm=timedelta(minutes=20),
        last_news=NOW - HOUR,
        failing_since=NOW - 2 * HOUR,
        moved_to="https://new.example/",
        moved_since=NOW - 3 * HOUR,
        unreached=True,
    )
    learn(store, Learnt(state=state))
    assert store.feeds.states()[TRADE] == state
    assert store.feeds.urls() == {TRADE: "https://trade.example/"}

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from digest.errors import StoreError
from digest.model import (
    ClusterId,
    Entry,
    EntryChange,
    EntryId,
    FeedId,
    FeedKind,
    KnownEntry,
    Learnt,
    Link,
    LostGuid,
    NewEntry,
    NotNews,
    Placement,
    PollState,
    RevisedEntry,
    StoryId,
)
from digest.settings import Feed
from digest.store import Store
from digest.store.feeds import NAMESAKES, Recorded
from tests.builders import NOW, as_new, entry, tags

TRADE = FeedId("trade")
WEEK = timedelta(days=7)


@pytest.fixture
def feeds(store: Store) -> Store:
    store.feeds.sync([Feed(id=TRADE, url="https://trade.example/rss", title="Trade")], NOW)
    return store


def place(store: Store, *, cluster: int | None = None, relevant: bool = True) -> None:
    """Put every waiting entry into a cluster: a given one, or one of its own."""
    store.entries.place(
        [
            Placement(
                entry=waiting.id,
                tags=tags(companies=("nissan",), relevant=relevant),
                cluster=ClusterId(cluster or waiting.id),
                owner=f"owner-{waiting.id}",
                kind=FeedKind.TRADE,
                weight=1.3,
            )
            for waiting in store.entries.waiting(100)
        ],
        [],
        NOW,
    )


def leave_out(store: Store) -> None:
    """Let a rule leave the one waiting entry out."""
    (waiting,) = store.entries.waiting(2)
    store.entries.place(
        [
            Placement(
                entry=waiting.id,
                tags=tags(),
                cluster=None,
                owner="o",
                kind=FeedKind.TRADE,
                weight=1.0,
                dropped_by='keep "Toyota"',
            )
        ],
        [],
        NOW,
    )


def change(store: Store, *changes: EntryChange) -> Recorded:
    return store.feeds.record(TRADE, PollState(etag='"1"', last_poll=NOW), changes, NOW)


def record(store: Store, *entries: Entry) -> Recorded:
    return change(store, *as_new(*entries))


def revised(number: int, *, words: bool = True, **given: Any) -> RevisedEntry:
    told = entry(number=number, **given)
    return RevisedEntry(id=EntryId(number), entry=told, title_key="key", words=words)


def known(store: Store, *names: str, feed: FeedId = TRADE) -> list[KnownEntry]:
    """What bears one of these names, whatever sort of name it is."""
    return store.feeds.known(feed, guids=names, urls=set(names), title_keys=list(names))


def test_a_poll_stores_entries_and_the_feeds_state_together(feeds: Store) -> None:
    assert record(feeds, entry(number=1), entry(number=2)) == Recorded(new=2, revised=0)
    assert feeds.feeds.states()[TRADE] == PollState(etag='"1"', last_poll=NOW)
    assert [e.entry for e in feeds.entries.waiting(10)] == [entry(number=1), entry(number=2)]


def test_a_poll_that_fails_half_way_stores_nothing(feeds: Store) -> None:
    torn = entry(number=2)
    object.__setattr__(torn, "title", None)  # what no Entry can be, to fail inside the store
    with pytest.raises(Exception, match="NOT NULL"):
        record(feeds, entry(number=1), torn)
    assert feeds.entries.waiting(10) == []
    assert feeds.feeds.states()[TRADE] == PollState()


def test_entries_are_found_by_each_of_their_names(feeds: Store) -> None:
    change(
        feeds,
        NewEntry(entry=entry(number=1), title_key="a"),
        NewEntry(entry=entry(number=2, url=""), title_key="b"),
        NewEntry(entry=entry(number=3), title_key=""),
    )
    names = ("guid-1", "https://trade.example/1", "a")
    assert [[k.id for k in known(feeds, name)] for name in names] == [[1], [1], [1]]
    assert {k.id for k in known(feeds, "b", "", *names, "https://trade.example/3")} == {1, 2, 3}
    assert known(feeds, "") == []
    assert known(feeds, *names, feed=FeedId("other")) == []
    assert known(feeds, "guid-1") == [
        KnownEntry(
            id=EntryId(1),
            guid="guid-1",
            url="https://trade.example/1",
            title_key="a",
            title=entry().title,
            summary="",
            published=entry().published,
            dated=True,
        )
    ]


def test_of_many_namesakes_the_newest_are_told(feeds: Store) -> None:
    told = [NewEntry(entry=entry(number=n), title_key="same") for n in range(1, NAMESAKES + 11)]
    change(feeds, *told)
    found = known(feeds, "same")
    assert len(found) == NAMESAKES
    assert min(k.id for k in found) == 11


def test_a_revised_entry_waits_to_be_placed_again(feeds: Store) -> None:
    record(feeds, entry(number=1))
    place(feeds)
    assert feeds.entries.count_waiting() == 0
    told = revised(1, title="日産、3工場を閉鎖", summary="With figures.", lang="ja")
    assert change(feeds, told) == Recorded(new=0, revised=1)
    (waiting,) = feeds.entries.waiting(10)
    assert waiting.entry == told.entry


def test_an_entry_whose_names_alone_changed_stays_in_its_place(feeds: Store) -> None:
    record(feeds, entry(number=1))
    place(feeds)
    moved = revised(1, words=False, guid="b", url="https://trade.example/b", published=NOW)
    assert change(feeds, moved) == Recorded(new=0, revised=0)
    assert feeds.entries.count_waiting() == 0
    (found,) = known(feeds, "key")
    assert (found.guid, found.url, found.published) == ("b", "https://trade.example/b", NOW)


def test_entries_may_swap_their_guids(feeds: Store) -> None:
    record(feeds, *(entry(number=n) for n in (1, 2, 3)))
    change(
        feeds,
        *(LostGuid(id=EntryId(n)) for n in (1, 2, 3)),
        revised(1, words=False, guid="guid-2"),
        revised(2, words=False, guid="guid-1"),
        *as_new(entry(guid="guid-3", title="The third")),
    )
    found = {k.id: k.guid for k in known(feeds, "guid-1", "guid-2", "guid-3")}
    assert found == {1: "guid-2", 2: "guid-1", 4: "guid-3"}


def test_all_that_polls_teach_is_read_as_it_was_written(feeds: Store) -> None:
    state = PollState(
        ttl=timedelta(hours=1),
        skip_days=frozenset({6}),
        moved_to="https://new.example/",
        moved_since=NOW,
        moved_for_good=True,
        unreached=None,
    )
    feeds.feeds.record(TRADE, state, [], NOW)
    assert feeds.feeds.states()[TRADE] == state


def test_what_is_no_news_is_known_and_in_no_story(feeds: Store) -> None:
    told = (NewEntry(entry=entry(number=1), title_key="", not_news=NotNews.BEFORE_US),)
    assert change(feeds, *told) == Recorded(new=0, revised=0, old=1)
    assert len(known(feeds, "guid-1")) == 1
    assert feeds.entries.count_waiting() == 0
    assert feeds.entries.placed_since(NOW - WEEK) == []
    assert feeds.entries.stories_between(NOW - WEEK, NOW) == []
    assert feeds.entries.count_between(NOW - WEEK, NOW) == 0
    ((stored, read, story),) = feeds.entries.placed(NOW - WEEK)
    assert (stored.entry, read.relevant, read.reasons, story) == (
        entry(number=1),
        False,
        (NotNews.BEFORE_US,),
        None,
    )


@pytest.mark.parametrize("why", NotNews)
def test_what_is_no_news_stays_so_when_its_words_change(feeds: Store, why: NotNews) -> None:
    change(feeds, NewEntry(entry=entry(number=1), title_key="", not_news=why))
    change(feeds, revised(1, title="Nissan to close three plants"))
    assert feeds.entries.count_waiting() == 0
    assert known(feeds, "guid-1")[0].title == "Nissan to close three plants"


def test_what_a_rule_left_out_is_judged_again_when_its_words_change(feeds: Store) -> None:
    record(feeds, entry(number=1))
    leave_out(feeds)
    change(feeds, revised(1, title="Toyota opens a plant"))
    assert feeds.entries.count_waiting() == 1


def test_what_follows_from_a_poll_is_stored_with_it(feeds: Store) -> None:
    def conclude(state: PollState, news: int) -> Learnt:
        return Learnt(state=replace(state, etag=f'"{news}"'))

    old = NewEntry(entry=entry(number=3), title_key="", not_news=NotNews.AGED)
    told = [*as_new(entry(number=1), entry(number=2)), old]
    feeds.feeds.record(TRADE, PollState(), told, NOW, conclude=conclude)
    assert feeds.feeds.states()[TRADE].etag == '"2"'


def test_what_a_feed_often_brings_is_counted_without_its_first_poll(feeds: Store) -> None:
    def poll(day: int, number: int, why: NotNews | None = None) -> None:
        told = [entry(number=100 * day + n) for n in range(number)]
        changes = [NewEntry(entry=one, title_key="", not_news=why) for one in told]
        feeds.feeds.record(TRADE, PollState(), changes, NOW + day * timedelta(days=1))

    assert feeds.feeds.often_at_once(TRADE) == 0
    for day, number in enumerate([50, 30, 20]):
        poll(day, number)
    assert feeds.feeds.often_at_once(TRADE) == 20
    poll(3, 40, NotNews.AGED)
    assert feeds.feeds.often_at_once(TRADE) == 20
    poll(4, 40, NotNews.REPEATED)
    assert feeds.feeds.often_at_once(TRADE) == 30


def test_calls_of_one_transaction_fail_alone(feeds: Store) -> None:
    torn = entry(number=2)
    object.__setattr__(torn, "title", None)
    told = [entry(number=1), torn, entry(number=3)]
    calls: list[Callable[[], Recorded]] = [partial(record, feeds, one) for one in told]
    done = feeds.together(calls)
    assert isinstance(done[1], sqlite3.IntegrityError)
    assert (done[0], done[2]) == (Recorded(1, 0), Recorded(1, 0))
    assert {k.guid for k in known(feeds, "guid-1", "guid-2", "guid-3")} == {"guid-1", "guid-3"}


def test_a_store_that_fails_undoes_a_transaction_s_calls_together(feeds: Store) -> None:
    def fail() -> Recorded:
        raise StoreError("the disk is full")

    calls: list[Callable[[], Recorded]] = [partial(record, feeds, entry(number=1)), fail]
    with pytest.raises(StoreError, match="the disk is full"):
        feeds.together(calls)
    assert known(feeds, "guid-1") == []
    assert record(feeds, entry(number=1)).new == 1


def test_a_feed_that_moved_forgets_what_the_old_address_taught(feeds: Store) -> None:
    record(feeds)
    feeds.feeds.sync([Feed(id=TRADE, url="https://trade.example/new", title="Trade")], NOW)
    assert feeds.feeds.states()[TRADE].etag is None


def test_a_feed_that_stayed_keeps_its_state(feeds: Store) -> None:
    record(feeds)
    feeds.feeds.sync([Feed(id=TRADE, url="https://trade.example/rss", title="New name")], NOW)
    assert feeds.feeds.states()[TRADE].etag == '"1"'


def test_linked_clusters_are_one_story_in_order_of_publication(feeds: Store) -> None:
    late = entry(number=1, published=NOW - timedelta(hours=1))
    early = entry(number=2, published=NOW - timedelta(hours=5), lang="ja")
    record(feeds, late, early)
    place(feeds)
    assert len(feeds.entries.placed_since(NOW - WEEK)) == 2
    feeds.entries.place([], [Link(cluster=ClusterId(2), story=StoryId(1))], NOW)
    (story,) = feeds.entries.placed_since(NOW - WEEK)
    assert [r.entry for r in story.reports] == [early, late]
    assert story.reports[0].weight == 1.3
    assert feeds.entries.story(StoryId(1)) == story
    assert feeds.entries.story(StoryId(2)) is None


def test_an_entry_left_out_by_a_rule_belongs_to_no_story(feeds: Store) -> None:
    record(feeds, entry())
    leave_out(feeds)
    assert feeds.entries.count_waiting() == 0
    assert feeds.entries.placed_since(NOW - WEEK) == []


def test_a_period_takes_its_relevant_stories_only(feeds: Store) -> None:
    record(feeds, entry(number=1))
    place(feeds, relevant=False)
    assert feeds.entries.stories_between(NOW - WEEK, NOW) == []
    assert feeds.entries.count_between(NOW - WEEK, NOW) == 1


def test_a_period_is_half_open(feeds: Store) -> None:
    record(feeds, entry(number=1, published=NOW - WEEK), entry(number=2, published=NOW))
    place(feeds)
    (story,) = feeds.entries.stories_between(NOW - WEEK, NOW)
    assert story.reports[0].entry.guid == "guid-1"


def test_a_late_report_comes_in_the_next_issue(feeds: Store) -> None:
    """Published before the last issue left, seen only after it."""
    record(feeds, entry(published=NOW - timedelta(hours=3)))
    place(feeds)
    following = (NOW - timedelta(hours=1), NOW + WEEK)
    assert feeds.entries.stories_between(*following) == []
    issue_left = NOW - timedelta(minutes=30)
    assert len(feeds.entries.stories_between(*following, late_since=issue_left)) == 1


def test_new_clusters_get_numbers_that_are_free(feeds: Store) -> None:
    assert feeds.entries.next_cluster() == 1
    record(feeds, entry())
    place(feeds, cluster=7)
    assert feeds.entries.next_cluster() == 8

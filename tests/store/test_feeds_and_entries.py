from datetime import timedelta

import pytest

from digest.model import (
    ClusterId,
    Entry,
    FeedId,
    FeedKind,
    Link,
    Placement,
    PollState,
    StoryId,
)
from digest.settings import Feed
from digest.store import Store
from digest.store.feeds import Recorded
from tests.builders import NOW, entry, tags

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


def record(store: Store, *entries: Entry) -> Recorded:
    return store.feeds.record(TRADE, PollState(etag='"1"', last_poll=NOW), entries, NOW)


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


def test_the_same_entry_twice_is_one(feeds: Store) -> None:
    record(feeds, entry(number=1))
    assert record(feeds, entry(number=1)) == Recorded(new=0, revised=0)


def test_an_entry_is_known_by_its_link_when_the_guid_changed(feeds: Store) -> None:
    record(feeds, entry(number=1))
    again = entry(number=1, guid="another", title="Nissan to close three plants")
    assert record(feeds, again) == Recorded(new=0, revised=1)
    assert [e.entry.title for e in feeds.entries.waiting(10)] == ["Nissan to close three plants"]


def test_a_revised_entry_waits_to_be_placed_again(feeds: Store) -> None:
    record(feeds, entry(number=1))
    place(feeds)
    assert feeds.entries.count_waiting() == 0
    record(feeds, entry(number=1, summary="Now with figures."))
    assert feeds.entries.count_waiting() == 1


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
    (waiting,) = feeds.entries.waiting(1)
    feeds.entries.place(
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

"""Of a document only the items that changed are read: nobody may see the difference."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.clean import clean
from digest.feeds.keep import Marks, keep, needs_the_others, pack, told_by, unpack
from digest.feeds.parsed import ParsedFeed, ParsedItem
from digest.feeds.worker import Document
from digest.model import Entry, FeedKind
from digest.settings import Feed, FetchSettings
from digest.store import Store
from digest.store.feeds import Recorded
from tests.builders import database_of
from tests.feeds.builders import DAY, NOW, feed, item, parsed

HOUR = timedelta(hours=1)


class Reader:
    """Follows one feed in a store of its own, with marks or without."""

    def __init__(self, store: Store, told: Feed, *, marks: bool) -> None:
        self.store = store
        self.feed = told
        self.now = NOW
        self.made = 0  # entries that were made of items
        self._with_marks = marks
        store.feeds.sync([told], NOW)

    def poll(self, items: Sequence[ParsedItem]) -> Recorded:
        self.now += HOUR
        before = self.store.feeds.states()[self.feed.id]
        seen: Marks = unpack(self.store.feeds.marks(self.feed.id) if self._with_marks else b"")
        found = parsed(*items)
        document = self._read(found, seen)
        if needs_the_others(document, seen):
            seen = {}
            document = self._read(found, seen)
        self.made = len(document.entries)
        told = told_by(document, seen)
        return keep(
            self.store,
            self.feed,
            told.entries,
            before=before,
            after=replace(before, last_success=self.now),
            new_feed_window=FetchSettings().new_feed_window,
            now=self.now,
            told_again=told.again,
            marks=pack(told.marks),
        )

    def _read(self, found: ParsedFeed, seen: Marks) -> Document:
        made = clean(found, self.feed, self.now, seen=frozenset(seen))
        return Document(found, made.entries, made.marks, made.unchanged)

    @property
    def stored(self) -> list[Entry]:
        placed = self.store.entries.placed(NOW - 1000 * DAY)
        waiting = self.store.entries.waiting(1000)
        entries = [*(stored.entry for stored, _, _ in placed), *(one.entry for one in waiting)]
        return sorted(entries, key=lambda entry: entry.guid)


@pytest.fixture
def follower() -> Iterator[Reader]:
    with Store.open_to_read(Path("there-is-no-such-folder")) as store:  # lives in memory
        yield Reader(store, feed(), marks=True)


def numbered(number: int, **given: str) -> ParsedItem:
    defaults = {
        "title_html": f"Nissan closes plant {number}",
        "link": f"https://trade.example/{number}",
        "guid": f"guid-{number}",
    }
    return item(**(defaults | given))


def test_of_the_next_document_only_what_changed_is_read(follower: Reader) -> None:
    follower.poll([numbered(n) for n in range(50)])
    assert follower.made == 50
    done = follower.poll([numbered(n) for n in range(2, 52)])
    assert (follower.made, done.new, done.revised) == (2, 2, 0)
    assert len(follower.stored) == 52


def test_an_edited_item_is_read_again(follower: Reader) -> None:
    follower.poll([numbered(1), numbered(2)])
    done = follower.poll([numbered(1), numbered(2, title_html="Nissan keeps plant 2")])
    assert (follower.made, done.new, done.revised) == (1, 0, 1)
    assert [entry.title for entry in follower.stored][1] == "Nissan keeps plant 2"


def test_all_is_read_again_where_the_operator_names_the_feed_differently(follower: Reader) -> None:
    follower.poll([numbered(1), numbered(2)])
    follower.feed = replace(follower.feed, title="Another Name")
    follower.poll([numbered(1), numbered(2)])
    assert follower.made == 2


@pytest.mark.parametrize(
    "damage", ["DELETE FROM items_read", "UPDATE items_read SET marks = x'0102030405'"]
)
def test_where_the_marks_are_lost_all_is_read_again_and_nothing_comes_twice(
    follower: Reader, damage: str
) -> None:
    follower.poll([numbered(n) for n in range(40)])
    with database_of(follower.store).transaction() as connection:  # a disk that failed
        connection.execute(damage)
    done = follower.poll([numbered(n) for n in range(42)])
    assert (follower.made, done.new, done.revised) == (42, 2, 0)
    follower.poll([numbered(n) for n in range(42)])
    assert (follower.made, len(follower.stored)) == (0, 42)


def test_a_new_entry_is_not_taken_for_one_that_is_still_told(follower: Reader) -> None:
    follower.poll([numbered(1)])
    namesake = numbered(1, guid="guid-2", link="https://trade.example/2")
    done = follower.poll([numbered(1), namesake])
    assert (done.new, done.revised) == (1, 0)
    assert [entry.guid for entry in follower.stored] == ["guid-1", "guid-2"]


def test_what_has_left_the_document_is_read_when_it_comes_back(follower: Reader) -> None:
    follower.poll([numbered(1), numbered(2)])
    follower.poll([numbered(2)])
    done = follower.poll([numbered(1), numbered(2)])
    assert (follower.made, done.new, len(follower.stored)) == (1, 0, 2)


def test_of_two_items_that_cannot_be_told_apart_the_first_counts(follower: Reader) -> None:
    nameless = {"guid": "", "link": ""}
    told = item(**nameless, summary_html="Two of them.")
    follower.poll([told])
    done = follower.poll([item(**nameless, summary_html="Three of them."), told])
    assert (done.new, done.revised) == (0, 1)
    assert [entry.summary for entry in follower.stored] == ["Three of them."]


ITEMS = st.builds(
    item,
    guid=st.sampled_from(["a", "b", "c", "https://t.example/1", ""]),
    link=st.sampled_from(["", "https://t.example/1", "https://t.example/2", "https://t.example/3"]),
    title_html=st.sampled_from(["Nissan closes plants", "Honda recalls minivans", "Short", ""]),
    summary_html=st.sampled_from(["", "Two of them.", "Three of them."]),
    published=st.sampled_from([format_datetime(NOW - age) for age in (HOUR, DAY, 30 * DAY)] + [""]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(ITEMS, max_size=5), min_size=2, max_size=4), st.sampled_from(list(FeedKind))
)
def test_the_store_is_the_same_as_if_all_were_read(
    documents: list[list[ParsedItem]], kind: FeedKind
) -> None:
    if kind is FeedKind.SEARCH:
        return  # is always read whole
    with ExitStack() as stack:
        stores = [
            stack.enter_context(Store.open_to_read(Path("there-is-no-such-folder")))
            for _ in range(2)
        ]
        marked, whole = (
            Reader(s, feed(kind=kind), marks=m) for s, m in zip(stores, (True, False), strict=True)
        )
        for document in documents:
            assert marked.poll(document) == whole.poll(document)
            assert marked.stored == whole.stored

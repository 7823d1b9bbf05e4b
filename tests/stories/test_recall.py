"""A restart takes up what was read before, and reads again what another lexicon read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import ClusterId, EntryId, FeedId, PollState, StoredEntry
from digest.settings import Feed
from digest.store import Store
from digest.stories.cluster import WINDOW
from digest.stories.ingest import ingest, load_index
from digest.stories.packed import mark_of, pack, unpack
from digest.stories.recall import Recall
from digest.stories.tag import Reading, Tagger
from tests.builders import NOW, as_new, entry
from tests.stories.builders import built_in, cheese_lexicon

FEED = Feed(id=FeedId("trade"), url="https://trade.example/", title="T")
TITLES = ("Toyota recalls 135,000 Prius cars over rear doors", "Mazda picks Hofu for battery plant")


class Counting(Tagger):
    """Counts what it is given to read."""

    count = 0

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        self.count += 1
        return super().read(title, summary, lang=lang, outlet=outlet)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        opened.feeds.sync([FEED], NOW)
        entries = [
            entry(number=n, title=title, published=NOW - timedelta(hours=9 - n))
            for n, title in enumerate(TITLES, start=1)
        ]
        opened.feeds.record(FEED.id, PollState(), as_new(*entries), NOW)
        ingest(opened, built_in(), load_index(opened, built_in(), NOW), {FEED.id: FEED}, NOW)
        yield opened


def test_a_restart_reads_nothing_again(store: Store) -> None:
    tagger = Counting(built_in().lexicon)
    index = load_index(store, tagger, NOW)
    assert index.entries == 2
    assert tagger.count == 0


def test_what_is_recalled_is_what_was_read(store: Store) -> None:
    since = NOW - timedelta(days=1)
    other = Counting(replace(built_in().lexicon, saga_common=frozenset({"another"})))
    kept = list(Recall(store, built_in()).since(since, WINDOW))
    assert kept == list(Recall(store, other).since(since, WINDOW))
    assert [(cluster, told.entry) for cluster, _, told in kept] == [
        (ClusterId(1), EntryId(1)),
        (ClusterId(2), EntryId(2)),
    ]
    assert other.count == 2  # another lexicon may find other things in the same words


def test_nothing_is_recalled_of_what_takes_no_more_entries(store: Store) -> None:
    since, tagger = NOW - timedelta(days=1), built_in()
    ((cluster, _, _),) = Recall(store, tagger).since(since, timedelta(minutes=59))
    assert cluster == ClusterId(2)
    assert len(list(Recall(store, tagger).since(since, timedelta(minutes=60)))) == 2


def test_one_report_is_recalled_too(store: Store) -> None:
    tagger = Counting(built_in().lexicon)
    (story, _) = store.entries.placed_since(NOW - timedelta(days=1))
    told = Recall(store, tagger).of(story.reports[0])
    assert tagger.count == 0
    assert told is not None
    assert told.names == {"toyota/Prius"}


def test_what_is_too_old_for_the_index_is_not_kept_for_ever(store: Store) -> None:
    later = NOW + timedelta(days=30)
    ingest(store, built_in(), load_index(store, built_in(), later), {FEED.id: FEED}, later)
    tagger = Counting(built_in().lexicon)
    for story in store.entries.placed_since(NOW - timedelta(days=1)):
        assert Recall(store, tagger).of(story.reports[0]) is not None
    assert tagger.count == 2


def test_waiting_entries_can_be_looked_through_in_order(store: Store) -> None:
    entries = [entry(number=n, title=f"News {n}", published=NOW) for n in range(5, 10)]
    store.feeds.record(FEED.id, PollState(), as_new(*entries), NOW)
    seen: list[StoredEntry] = []
    while some := store.entries.waiting(2, seen[-1] if seen else None):
        seen += some
    assert [stored.entry.title for stored in seen] == [f"News {n}" for n in range(5, 10)]


def test_a_lexicon_is_the_same_after_packing(tmp_path: Path) -> None:
    lexicon = built_in().lexicon
    again = unpack(pack(lexicon))
    assert again == lexicon
    assert mark_of(again) == mark_of(lexicon)
    assert mark_of(cheese_lexicon(tmp_path)) != mark_of(lexicon)

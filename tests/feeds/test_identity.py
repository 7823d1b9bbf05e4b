import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.identity import Identified, identify
from digest.feeds.names import named, search_key, title_key
from digest.model import (
    Entry,
    EntryId,
    FeedKind,
    KnownEntry,
    LostGuid,
    NewEntry,
    RevisedEntry,
)
from tests.builders import NOW, entry
from tests.feeds.builders import ANY_DOCUMENT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Memory:
    """What a store remembers of one feed, with its rule that a GUID is one entry's."""

    def __init__(self, kind: FeedKind = FeedKind.TRADE) -> None:
        self.kind = kind
        self.entries: dict[EntryId, KnownEntry] = {}

    def poll(self, *entries: Entry) -> Identified:
        told = identify(named(entries, self.kind), list(self.entries.values()), self.kind)
        lost = [change for change in told.changed if isinstance(change, LostGuid)]
        revised = [change for change in told.changed if isinstance(change, RevisedEntry)]
        for losing in lost:
            before = self.entries[losing.id]
            self.entries[losing.id] = replace(before, guid=f"{before.guid}\n{before.id}")
        for change in revised:
            self._remember(change.id, change)
        for number, new in enumerate(told.new, start=len(self.entries) + 1):
            self._remember(EntryId(number), new)
        guids = [known.guid for known in self.entries.values()]
        assert len(guids) == len(set(guids))
        assert len({change.id for change in revised}) == len(revised)
        return told

    def _remember(self, number: EntryId, change: NewEntry | RevisedEntry) -> None:
        told = change.entry
        self.entries[number] = KnownEntry(
            id=number,
            guid=told.guid,
            url=told.url,
            title_key=change.title_key,
            title=told.title,
            summary=told.summary,
            published=told.published,
            dated=told.dated,
        )


def counts(told: Identified) -> tuple[int, int]:
    """How many are new, and how many have other words."""
    return len(told.new), sum(isinstance(c, RevisedEntry) and c.words for c in told.changed)


def renamed(told: Entry, **given: Any) -> Entry:
    """The same under a GUID and a link of which nothing is known."""
    changes = {"guid": f"{told.guid}-x", "url": f"{told.url}/x"} | given
    return replace(told, **changes)


ONE = entry(number=1)
TWO = entry(number=2, title="Honda recalls 900 minivans")


def test_the_same_document_twice_changes_nothing() -> None:
    memory = Memory()
    assert counts(memory.poll(ONE, TWO)) == (2, 0)
    again = memory.poll(TWO, ONE)
    assert (again.new, again.changed, again.known) == ((), (), 2)


@pytest.mark.parametrize(
    ("changes", "revised"),
    [
        ({"guid": "moved"}, 0),
        ({"url": "https://trade.example/moved"}, 0),
        ({"guid": "moved", "url": "https://trade.example/moved"}, 0),
        ({"guid": "moved", "url": ""}, 0),
        ({"title": "Nissan will keep its plants"}, 1),
        ({"title": "Nissan will keep its plants", "guid": "moved"}, 1),
        ({"title": "Nissan will keep its plants", "url": "https://trade.example/moved"}, 1),
        ({"summary": "With figures."}, 1),
        ({"title": "UPDATE 1-Nissan to close two plants in Japan", "guid": "moved"}, 1),
        ({"title": "NISSAN to close two plants in Japan!", "url": "", "guid": "moved"}, 1),
        ({"published": NOW - 40 * DAY}, 0),
        ({"published": NOW - 40 * DAY, "guid": "moved"}, 0),
        ({"published": NOW - 40 * DAY, "url": "https://trade.example/moved"}, 0),
        ({"published": NOW - 40 * DAY, "title": "Nissan will keep its plants"}, 1),
    ],
)
def test_an_entry_that_keeps_enough_of_its_names_is_known(
    changes: dict[str, Any], revised: int
) -> None:
    memory = Memory()
    memory.poll(ONE, TWO)
    changed = replace(ONE, **changes)
    assert counts(memory.poll(changed, TWO)) == (0, revised)
    assert memory.poll(changed, TWO).changed == ()  # its new names are known too
    assert memory.entries[EntryId(1)].published == ONE.published


@pytest.mark.parametrize(
    "other",
    [
        entry(number=3, url=ONE.url, title="Mazda hires"),
        renamed(ONE),
        renamed(ONE, url=ONE.url),
        renamed(ONE, title="Mazda hires"),
        entry(number=3, url="", title="Short"),
    ],
)
def test_what_stands_beside_an_entry_is_another(other: Entry) -> None:
    memory = Memory()
    memory.poll(ONE)
    assert counts(memory.poll(other, ONE)) == (1, 0)
    assert counts(memory.poll(ONE, other)) == (0, 0)


@pytest.mark.parametrize(
    "title", ["Nissan", "プレスリリース", "PRESS RELEASE", "お知らせ", "!!!", "決算"]
)
def test_a_general_title_identifies_nothing(title: str) -> None:
    memory = Memory()
    told = replace(ONE, title=title)
    assert title_key(told) == ""
    memory.poll(told)
    assert counts(memory.poll(renamed(told))) == (1, 0)


def test_titles_compare_without_what_editors_change() -> None:
    key = title_key(entry(title="日産、追浜工場を 2027年度末に閉鎖"))
    for title in (
        "日産 追浜工場を2027年度末に閉鎖",
        "【速報】日産、追浜工場を２０２７年度末に閉鎖！",
        "日産、追浜工場を2027年度末に閉鎖 - Trade Paper",
    ):
        assert title_key(entry(title=title)) == key
    assert title_key(entry(title="日産、追浜工場を2028年度末に閉鎖")) != key
    assert title_key(entry(title="Recall of 1.5 million")) != title_key(
        entry(title="Recall of 15 million")
    )


def test_a_title_of_another_day_is_another_entry() -> None:
    memory = Memory()
    memory.poll(ONE)
    assert counts(memory.poll(renamed(ONE, published=ONE.published + 2 * DAY))) == (1, 0)


def test_a_guid_or_a_link_that_is_given_to_something_else_is_no_identity() -> None:
    for days, guid, later_guid, later_url in (
        (20, "guid-1", "guid-1", "https://trade.example/9"),
        (20, "guid-1", "guid-9", ONE.url),
        (2, "1", "1", "https://trade.example/9"),
    ):
        memory = Memory()
        memory.poll(replace(ONE, guid=guid))
        later = replace(ONE, guid=later_guid, url=later_url, title="Mazda hires")
        later = replace(later, published=NOW + days * DAY)
        assert counts(memory.poll(later)) == (1, 0)
        assert counts(memory.poll(later)) == (0, 0)
        assert memory.entries[EntryId(1)].title == ONE.title


def test_an_outlet_that_counts_its_edits_and_dates_them_tells_of_one_entry() -> None:
    memory = Memory()
    memory.poll(replace(ONE, guid=f"{ONE.url}#0"))
    for edit in range(1, 10):
        told = replace(ONE, guid=f"{ONE.url}#{edit}", title=f"Nissan: {edit} plants to close")
        assert counts(memory.poll(replace(told, published=NOW + edit * DAY))) == (0, 1)
    assert memory.entries[EntryId(1)].published == ONE.published


def test_a_page_that_all_entries_link_to_identifies_none() -> None:
    titles = ("Nissan closes", "Honda recalls", "Mazda hires", "Subaru builds", "Isuzu sells")
    page = [entry(number=n, url="https://t.example/", title=t) for n, t in enumerate(titles)]
    memory = Memory()
    assert counts(memory.poll(*page[:2])) == (2, 0)
    assert counts(memory.poll(page[2])) == (1, 0)
    assert counts(memory.poll(page[3], page[2])) == (1, 0)
    moved = replace(page[0], guid="moved")
    assert counts(memory.poll(moved, page[4])) == (1, 0)


def test_a_link_is_told_by_one_of_two_that_may_have_it() -> None:
    memory = Memory()
    memory.poll(ONE)
    same_link = [renamed(ONE, url=ONE.url, title=title) for title in ("Mazda hires", "Isuzu sells")]
    same_link[1] = replace(same_link[1], guid="guid-9")
    assert counts(memory.poll(*same_link)) == (2, 0)


def test_of_titles_alike_those_are_new_that_stand_beside_a_known_one() -> None:
    """In such a feed GUIDs do tell entries apart."""
    first, second, third = (entry(number=n, title="Plant closed for today") for n in (1, 2, 3))
    memory = Memory()
    assert counts(memory.poll(first, second)) == (2, 0)
    assert counts(memory.poll(first, third)) == (1, 0)


def test_twins_that_lose_all_other_names_stay_two() -> None:
    twins = [entry(number=n, title="Plant closed for today") for n in (1, 2)]
    memory = Memory()
    memory.poll(*twins)
    for turn in range(3):
        moved = [replace(t, guid=f"{t.guid}-{turn}", url=f"{t.url}/{turn}") for t in twins]
        assert counts(memory.poll(*moved)) == (0, 0)


def test_a_feed_that_numbers_its_entries_from_the_top() -> None:
    titles = [f"Toyota opens plant {n} in Aichi" for n in range(12)]
    stories = [entry(number=n, title=title) for n, title in enumerate(titles)]
    memory = Memory()
    for newest in range(4, 12):
        window = reversed(stories[newest - 4 : newest])
        told = memory.poll(*(replace(s, guid=str(n)) for n, s in enumerate(window)))
        assert counts(told) == (4 if newest == 4 else 1, 0)
    assert {known.title for known in memory.entries.values()} == set(titles[:11])


def test_an_undated_entry_keeps_the_day_on_which_it_was_seen() -> None:
    undated = replace(ONE, dated=False, published=NOW)
    memory = Memory()
    memory.poll(undated)
    for days in (1, 5, 13):
        later = renamed(undated, guid=f"guid-{days}", published=NOW + days * DAY)
        assert counts(memory.poll(later)) == (0, 0)
    (known,) = memory.entries.values()
    assert (known.published, known.dated) == (NOW, False)
    last = renamed(undated, url="https://trade.example/last", published=NOW + 20 * DAY)
    assert counts(memory.poll(last)) == (1, 0)


@pytest.mark.parametrize(("told", "kept"), [(-2 * HOUR, -2 * HOUR), (9 * HOUR, timedelta())])
def test_a_date_that_comes_later_corrects_the_one_we_gave_but_not_to_a_later_one(
    told: timedelta, kept: timedelta
) -> None:
    memory = Memory()
    memory.poll(replace(ONE, dated=False, published=NOW))
    changed = memory.poll(replace(ONE, published=NOW + told))
    assert counts(changed) == (0, 0)
    (known,) = memory.entries.values()
    assert (known.published, known.dated) == (NOW + kept, True)
    memory.poll(replace(ONE, published=NOW + 9 * DAY))
    assert memory.entries[EntryId(1)].published == NOW + kept


HISTORY = [
    entry(number=n, title=f"Toyota opens plant {n} in Aichi", published=NOW - n * 3 * DAY)
    for n in range(6)
]


def test_a_history_told_again_under_one_date_is_known_by_its_titles() -> None:
    memory = Memory()
    memory.poll(*HISTORY)
    again = [renamed(told, published=NOW + 5 * DAY) for told in HISTORY]
    new = entry(number=99, title="Something that is really new", published=NOW + 5 * DAY)
    assert counts(memory.poll(*again, new)) == (1, 0)
    undated = [renamed(told, dated=False, published=NOW + 60 * DAY) for told in again]
    assert counts(memory.poll(*undated)) == (0, 0)


def test_titles_that_come_back_each_week_are_new_each_week() -> None:
    names = ("Sales of small cars", "Sales of sports cars", "Sales of lorries", "Sales of buses")
    memory = Memory()
    for week in range(3):
        told = [
            entry(number=10 * week + n, title=name, published=NOW + week * 7 * DAY)
            for n, name in enumerate(names)
        ]
        assert counts(memory.poll(*told)) == (4, 0)


def test_one_title_of_another_day_beside_many_new_ones_is_new() -> None:
    memory = Memory()
    memory.poll(*HISTORY)
    again = [renamed(told, published=NOW + 5 * DAY) for told in HISTORY[:2]]
    new = [entry(number=n, title=f"Honda story {n}", published=NOW) for n in range(50, 60)]
    assert counts(memory.poll(*again, *new)) == (12, 0)


def test_a_feed_of_one_title_takes_no_long_time() -> None:
    told = [entry(number=n, title="Plant closed for today") for n in range(1500)]
    memory = Memory()
    memory.poll(*told[:1000])
    started = time.process_time()
    memory.poll(*told[1000:])
    assert time.process_time() - started < 10


# --- search feeds ------------------------------------------------------------------------------


def found(title: str = "Nissan sells HQ", outlet: str = "Harbour Times", **given: Any) -> Entry:
    return entry(title=title, outlet=outlet, **given)


def test_a_search_feed_s_entry_is_its_title_and_publisher_whatever_its_links() -> None:
    memory = Memory(FeedKind.SEARCH)
    assert counts(memory.poll(found(), found(number=2, outlet="Tokyo Post"))) == (2, 0)
    rotated = [found(number=7, outlet="Tokyo Post"), found(number=8), found(number=9)]
    told = memory.poll(*rotated)
    assert (told.new, told.changed, told.known) == ((), (), 2)


def test_a_search_feed_s_guids_do_not_make_two_titles_one() -> None:
    memory = Memory(FeedKind.SEARCH)
    memory.poll(found(), found(number=2, title="Honda recalls"))
    swapped = [found(number=2), found(number=1, title="Mazda hires"), found("Mazda", number=3)]
    assert counts(memory.poll(*swapped)) == (2, 0)
    assert counts(memory.poll(*swapped)) == (0, 0)


def test_a_search_feed_s_words_are_kept_up_to_date() -> None:
    memory = Memory(FeedKind.SEARCH)
    memory.poll(found(), found(number=2, title="Honda recalls"))
    told = memory.poll(found("NISSAN sells HQ!", number=2))
    assert counts(told) == (0, 1)
    assert memory.entries[EntryId(1)].title == "NISSAN sells HQ!"


def test_a_search_feed_s_title_comes_back_after_weeks_as_another() -> None:
    memory = Memory(FeedKind.SEARCH)
    memory.poll(found())
    assert counts(memory.poll(found(published=NOW + 10 * DAY))) == (0, 0)
    assert counts(memory.poll(found(published=NOW + 20 * DAY))) == (1, 0)


def test_a_search_feed_s_shortest_title_is_told_apart_too() -> None:
    keys = {search_key(found(title)) for title in ("!", "?", "日産", "Nissan")}
    assert len(keys) == 4


# --- over many polls ---------------------------------------------------------------------------


@dataclass
class Article:
    """One article as its outlet keeps changing it."""

    number: int
    told: Entry


NAMES = count(1000)


def change(told: Entry, how: int) -> Entry:
    """Change some of an entry's names; enough of them stay."""
    fresh = next(NAMES)
    guid, url, title = f"guid-{fresh}", f"https://trade.example/{fresh}", f"Plant report {fresh}"
    bumped = told.published
    if bumped > NOW:  # the title alone would not do, because its day is another
        url = told.url
    elif told.dated:
        bumped += 3 * DAY
    return (
        told,
        replace(told, guid=guid),
        replace(told, url=url),
        replace(told, guid=guid, url=url),
        replace(told, title=title),
        replace(told, title=title, guid=guid),
        replace(told, title=title, url=url),
        replace(told, summary=title),
        replace(told, guid=guid, published=bumped),
        replace(told, url=url, published=bumped),
        replace(told, summary=title, published=bumped),
    )[how]


def article(number: int, *, dated: bool) -> Article:
    fresh = next(NAMES)
    told = entry(number=fresh, title=f"Plant report {fresh}", dated=dated, published=NOW)
    return Article(number, told)


POLLS = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 10)), max_size=12)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100)
@given(POLLS, st.sets(st.integers(0, 11)))
def test_over_any_polls_an_article_is_stored_once_and_two_are_never_one(
    polls: Sequence[tuple[list[tuple[int, int]]]], undated: set[int]
) -> None:
    """Articles come, go and come back in any order, and change as they do."""
    articles = [article(number, dated=number not in undated) for number in range(12)]
    memory = Memory()
    whose: dict[EntryId, int] = {}
    for hours, (document,) in enumerate(polls):
        now = NOW + hours * HOUR
        told: dict[str, Article] = {}
        for number, how in dict(document).items():
            changed = articles[number]
            if number in whose.values():
                changed.told = change(changed.told, how if changed.told.dated else how % 8)
            if not changed.told.dated:
                changed.told = replace(changed.told, published=now)
            told[changed.told.guid] = changed
        before = len(memory.entries)
        entries = [changed.told for changed in told.values()]
        identified = memory.poll(*entries)
        for number, new in enumerate(identified.new, start=before + 1):
            assert told[new.entry.guid].number not in whose.values()
            whose[EntryId(number)] = told[new.entry.guid].number
        for known in revised(identified):
            assert whose[known.id] == told[known.entry.guid].number
        assert set(whose.values()) >= {changed.number for changed in told.values()}
        again = memory.poll(*reversed(entries))
        assert (again.new, again.changed) == ((), ())


def revised(told: Identified) -> Iterable[RevisedEntry]:
    return (change for change in told.changed if isinstance(change, RevisedEntry))


@settings(max_examples=100)
@given(
    st.lists(ANY_DOCUMENT, max_size=6),
    st.sampled_from([FeedKind.TRADE, FeedKind.SEARCH]),
)
def test_whatever_a_feed_does_no_entry_is_taken_twice_and_nothing_is_new_twice(
    polls: list[list[Entry]], kind: FeedKind
) -> None:
    memory = Memory(kind)
    for document in polls:
        told = memory.poll(*document)  # checks GUIDs and claims
        assert len(told.new) + told.known == len(named(document, kind))
        assert counts(memory.poll(*document)) == (0, 0)

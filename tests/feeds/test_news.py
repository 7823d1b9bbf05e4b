from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.identity import Identified
from digest.feeds.news import ENTRY_WINDOW, SELDOM_MORE, expected_at_most, judge, within_window
from digest.model import Entry, NotNews, PollState
from tests.builders import NOW, as_new, entry

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NUMBERS = count(1)
FOLLOWED = PollState(last_success=NOW - HOUR)


def why(
    *entries: Entry, state: PollState = FOLLOWED, known: int = 0, often: int = 0
) -> list[NotNews | None]:
    told = Identified(tuple(as_new(*entries)), (), known)
    return [one.not_news for one in judge(told, state, WEEK, NOW, often)]


def many(number: int, apart: timedelta = HOUR / 2, **given: Any) -> Sequence[Entry]:
    """Entries of which each is so much older than the one before."""
    first = given.pop("published", NOW)
    return [
        entry(number=next(NUMBERS), published=first - n * apart, **given)
        for n in range(1, number + 1)
    ]


def test_of_a_new_feed_the_window_is_news() -> None:
    told = [
        entry(published=NOW - WEEK),
        entry(published=NOW - WEEK - timedelta(seconds=1)),
        entry(published=NOW, dated=False),
    ]
    assert why(*told, state=PollState()) == [None, NotNews.BEFORE_US, NotNews.UNDATED]


def test_the_reasons_are_stored_as_keys() -> None:
    assert all(reason.isidentifier() for reason in NotNews)


def test_a_new_feed_may_bring_any_number() -> None:
    assert set(why(*many(300, timedelta()), state=PollState())) == {None}


def test_a_feed_that_only_failed_so_far_is_new() -> None:
    failed = PollState(last_poll=NOW - DAY, failures=3)
    assert why(entry(dated=False), state=failed) == [NotNews.UNDATED]


def test_a_feed_that_moved_is_not_new() -> None:
    assert why(entry(dated=False, published=NOW), state=PollState(), known=5) == [None]


def test_later_the_longer_window_counts_and_undated_entries_are_news() -> None:
    told = [
        entry(published=NOW - ENTRY_WINDOW),
        entry(published=NOW - ENTRY_WINDOW - timedelta(seconds=1)),
        entry(published=NOW, dated=False),
    ]
    assert why(*told) == [None, NotNews.AGED, None]
    assert within_window(told, NOW) == [told[0], told[2]]


def test_some_entries_at_once_are_nothing_strange() -> None:
    assert set(why(*many(SELDOM_MORE, dated=False))) == {None}
    assert set(why(*many(SELDOM_MORE, 10 * HOUR))) == {None}


def test_in_a_flood_only_what_is_dated_since_the_last_poll_is_news() -> None:
    told = [*many(30, HOUR), *many(2, dated=False), *many(1, published=NOW - 20 * DAY)]
    assert Counter(why(*told)) == {None: 25, NotNews.REPEATED: 7, NotNews.AGED: 1}


def test_many_dates_of_one_moment_were_set_by_a_program() -> None:
    alike = many(SELDOM_MORE + 1, timedelta(seconds=20), published=NOW - HOUR / 2)
    others = many(5, 2 * HOUR, published=NOW)
    told = why(*alike, *others)
    assert told == [NotNews.REPEATED] * len(alike) + [None] * len(others)


def test_a_busy_day_is_no_flood() -> None:
    assert set(why(*many(100, timedelta(minutes=1)))) == {None}


def test_what_a_feed_often_does_is_no_flood() -> None:
    alike = many(50, timedelta())
    assert set(why(*alike)) == {NotNews.REPEATED}
    assert set(why(*alike, often=50)) == {None}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PollState(), SELDOM_MORE),
        (PollState(rhythm=HOUR), SELDOM_MORE),
        (PollState(rhythm=timedelta(), last_success=NOW - DAY), SELDOM_MORE),
        (PollState(rhythm=HOUR, last_success=NOW - HOUR), SELDOM_MORE),
        (PollState(rhythm=HOUR, last_success=NOW - 2 * DAY), 4 * 48),
    ],
)
def test_the_longer_we_were_away_the_more_a_feed_may_bring(state: PollState, expected: int) -> None:
    assert expected_at_most(state, NOW) == expected


def test_after_an_outage_the_news_of_all_its_days_is_news() -> None:
    away = PollState(rhythm=2 * HOUR, last_success=NOW - 5 * DAY)
    assert set(why(*many(60, 2 * HOUR), state=away)) == {None}
    assert set(why(*many(60, 2 * HOUR, dated=False), state=away)) == {None}


@given(
    st.lists(st.builds(entry, guid=st.uuids().map(str), dated=st.booleans()), max_size=40),
    st.sampled_from([FOLLOWED, PollState()]),
    st.integers(0, 3),
)
def test_every_new_entry_is_judged_once_and_none_is_changed(
    told: list[Entry], state: PollState, known: int
) -> None:
    judged = judge(Identified(tuple(as_new(*told)), (), known), state, WEEK, NOW)
    assert [one.entry for one in judged] == told

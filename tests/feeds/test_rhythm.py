from datetime import datetime, timedelta

import pytest

from digest.feeds.rhythm import learn_rhythm
from digest.model import Entry, PollState
from tests.builders import entry
from tests.feeds.builders import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def dated(*ages: timedelta) -> list[Entry]:
    return [entry(number=n, published=NOW - age) for n, age in enumerate(ages)]


def rhythm_of(*ages: timedelta) -> timedelta | None:
    return learn_rhythm(PollState(), dated(*ages), len(ages), NOW).rhythm


def test_the_dates_of_a_document_give_its_rhythm() -> None:
    assert rhythm_of(HOUR, 3 * HOUR, 5 * HOUR, 7 * HOUR) == 2 * HOUR


def test_the_order_of_the_document_does_not_matter() -> None:
    assert rhythm_of(5 * HOUR, HOUR, 7 * HOUR, 3 * HOUR) == 2 * HOUR


def test_nights_and_pinned_entries_do_not_change_the_usual_gap() -> None:
    day = [n * HOUR for n in range(8)]
    assert rhythm_of(*day, *(age + DAY for age in day), 900 * DAY) == HOUR


def test_what_comes_together_counts_once() -> None:
    together = [DAY * day + timedelta(minutes=m) for day in range(4) for m in range(5)]
    rhythm = rhythm_of(*together)
    assert rhythm is not None
    assert abs(rhythm - DAY) < HOUR


def test_only_what_came_lately_counts() -> None:
    lately = [n * DAY for n in range(30)]
    assert rhythm_of(*lately, *(30 * DAY + n * HOUR for n in range(400))) == DAY


@pytest.mark.parametrize(
    "ages",
    [(), (HOUR,), (HOUR, 2 * HOUR), (HOUR, HOUR, HOUR, 2 * HOUR), (5 * HOUR, 6 * HOUR, 20 * DAY)],
)
def test_few_dates_give_no_rhythm(ages: tuple[timedelta, ...]) -> None:
    assert rhythm_of(*ages) is None


def test_dates_in_the_future_tell_nothing() -> None:
    assert rhythm_of(-DAY, -2 * DAY, -3 * DAY) is None


def undated(number: int) -> list[Entry]:
    return [entry(number=n, dated=False, published=NOW) for n in range(number)]


def test_a_feed_without_dates_has_the_rhythm_in_which_we_find_news() -> None:
    state, now = learn_rhythm(PollState(), undated(5), 5, NOW), NOW
    assert (state.rhythm, state.last_news) == (None, NOW)
    for _ in range(3):
        now += 4 * HOUR
        state = learn_rhythm(state, undated(5), 1, now)
        assert (state.rhythm, state.last_news) == (4 * HOUR, now)


def test_one_long_gap_changes_such_a_rhythm_only_a_little() -> None:
    state = PollState(rhythm=4 * HOUR, last_news=NOW - 24 * HOUR)
    assert learn_rhythm(state, undated(1), 1, NOW).rhythm == 9 * HOUR


def test_without_news_nothing_is_learnt() -> None:
    state = PollState(rhythm=4 * HOUR, last_news=NOW - 24 * HOUR)
    assert learn_rhythm(state, undated(3), 0, NOW) == state
    assert learn_rhythm(state, [], 0, NOW) == state


@pytest.mark.parametrize(
    ("found", "new", "last_news"),
    [
        (dated(3 * DAY, 9 * DAY), 2, NOW - 3 * DAY),
        (dated(3000 * DAY), 0, NOW - 3000 * DAY),
        (undated(3), 3, NOW),
        ([], 0, NOW),
    ],
)
def test_a_new_feed_was_last_heard_of_when_it_wrote(
    found: list[Entry], new: int, last_news: datetime
) -> None:
    assert learn_rhythm(PollState(), found, new, NOW).last_news == last_news


def test_news_of_a_known_feed_come_when_we_find_them() -> None:
    state = PollState(last_news=NOW - DAY)
    assert learn_rhythm(state, dated(5 * HOUR), 1, NOW).last_news == NOW
    assert learn_rhythm(state, dated(5 * HOUR), 0, NOW).last_news == NOW - DAY

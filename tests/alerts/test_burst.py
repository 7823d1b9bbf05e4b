"""When a story breaks: more owners at once than usually tell a story about the same company."""

from dataclasses import replace
from datetime import timedelta
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.alerts.burst import (
    CEILING,
    NO_HABIT,
    WINDOWS,
    Habit,
    Habits,
    burst,
    burst_if_near,
    habits,
    mean,
    names_of,
    owners_joined,
    tail,
)
from digest.model import Burst, Story, TopicId
from tests.alerts.builders import every, told
from tests.builders import NOW

SHORT, LONG = WINDOWS
QUIET = {window: {"nissan": Habit(days=28, followers=0, most=1)} for window in WINDOWS}
BUSY = {window: {"nissan": Habit(days=28, followers=28 * 5, most=9)} for window in WINDOWS}


def breaks(story: Story, usual: Habits = QUIET, planned: tuple[str, ...] = ()) -> Burst | None:
    return burst(story, every(story), usual, [TopicId(topic) for topic in planned], NOW)


class TestBurst:
    def test_is_many_voices_within_hours(self) -> None:
        found = breaks(told(1, 1, 2, 2))
        assert found == Burst(
            owners=4, within=SHORT, usual=1 + mean(QUIET[SHORT]["nissan"]), about="nissan"
        )

    def test_is_not_a_few_voices_however_quiet_it_is(self) -> None:
        assert breaks(told(1, 1)) is None

    def test_needs_more_where_more_is_usual(self) -> None:
        assert breaks(told(*[1.0] * 7)) is not None
        assert breaks(told(*[1.0] * 7), BUSY) is None

    def test_is_always_where_the_ceiling_is_reached(self) -> None:
        flood = {
            window: {"nissan": Habit(days=28, followers=28 * 30, most=60)} for window in WINDOWS
        }
        assert breaks(told(*[1.0] * CEILING), flood) is not None
        assert breaks(told(*[1.0] * (CEILING - 1)), flood) is None

    def test_sees_what_grows_by_the_hour(self) -> None:
        slow = told(20, 16, 12, 8, 4, 1)
        found = breaks(slow)
        assert found is not None
        assert found.within == LONG

    def test_asks_more_of_a_company_without_a_history(self) -> None:
        assert breaks(told(1, 1, 2, 2), {}) is None
        assert breaks(told(1, 1, 2, 2, 3, 3), {}) is not None

    def test_takes_a_company_nobody_wrote_of_for_a_quiet_one(self) -> None:
        others = {window: {"toyota": Habit(days=28, followers=90, most=8)} for window in WINDOWS}
        assert breaks(told(1, 1, 2, 2), others) is not None

    def test_goes_by_the_busiest_of_its_companies(self) -> None:
        both = told(*[1.0] * 7, companies=("nissan", "honda"))
        usual = {window: {**QUIET[window], "honda": BUSY[window]["nissan"]} for window in WINDOWS}
        assert breaks(both, usual) is None

    def test_goes_by_the_topic_where_there_is_no_company(self) -> None:
        story = told(1, 1, 2, 2, companies=(), topics=("tariffs_trade",))
        found = breaks(
            story, {window: {"x": Habit(days=28, followers=0, most=1)} for window in WINDOWS}
        )
        assert found is not None
        assert found.about == "tariffs_trade"

    def test_goes_by_the_whole_news_where_there_is_neither(self) -> None:
        story = told(1, 1, 2, 2, companies=(), topics=())
        found = breaks(
            story, {window: {"x": Habit(days=28, followers=0, most=1)} for window in WINDOWS}
        )
        assert found is not None
        assert found.about == ""

    def test_expects_news_that_comes_on_a_known_day(self) -> None:
        sales = told(*[1.0] * 9, topics=("sales_market",))
        assert breaks(sales) is not None
        assert breaks(sales, planned=("sales_market",)) is None

    def test_is_surprised_by_planned_news_only_if_far_more_tell_it_than_ever(self) -> None:
        sales = told(*[1.0] * CEILING, topics=("sales_market",))
        assert breaks(sales, planned=("sales_market",)) is not None
        assert breaks(sales, BUSY, planned=("sales_market",)) is None

    def test_is_surprised_where_planned_news_is_about_something_else_too(self) -> None:
        loss = told(*[1.0] * 9, topics=("earnings", "restructuring"))
        assert breaks(loss, planned=("earnings",)) is not None

    def test_does_not_ask_what_is_usual_for_a_story_that_is_nowhere_near(self) -> None:
        asked: list[object] = []

        def usual(now: object) -> Habits:
            asked.append(now)
            return QUIET

        quiet, loud = told(1, 2), told(1, 1, 2, 2)
        assert burst_if_near(quiet, every(quiet), usual, [], NOW) is None
        assert not asked
        assert burst_if_near(loud, every(loud), usual, [], NOW) is not None
        assert asked == [NOW]


class TestOwnersJoined:
    def test_are_owners_and_not_outlets(self) -> None:
        group = told(1, 1, 1, 1, owner="one group")
        assert owners_joined(group, every(group), NOW - SHORT, NOW) == 1

    def test_are_none_who_told_it_before(self) -> None:
        story = told(10, 1, 1)
        first = story.reports[0]
        again = replace(
            story, reports=(first, *(replace(r, owner=first.owner) for r in story.reports[1:]))
        )
        assert owners_joined(again, every(again), NOW - SHORT, NOW) == 0

    def test_are_none_if_as_many_had_told_it_before(self) -> None:
        story = told(50, 50, 1, 1)
        assert owners_joined(story, every(story), NOW - SHORT, NOW) == 0

    def test_leave_out_what_does_not_count(self) -> None:
        story = told(1, 1, 1)
        assert owners_joined(story, list(every(story))[:2], NOW - SHORT, NOW) == 2

    def test_leave_out_what_is_still_to_come_and_what_is_no_news_of_ours(self) -> None:
        late, other = told(-1, 1), told(1, 1, relevant=False)
        assert owners_joined(late, every(late), NOW - SHORT, NOW) == 1
        assert owners_joined(other, every(other), NOW - SHORT, NOW) == 0


class TestRhythms:
    def test_take_the_most_told_story_of_each_day(self) -> None:
        big, small = told(30, number=1), told(30, number=2, companies=("honda",))
        days = [(1, names_of(big), 5), (1, names_of(small), 2), (2, names_of(big), 3)]
        found = habits(days, days=20)
        assert found["nissan"] == Habit(days=20, followers=4 + 2, most=5)
        assert found["honda"] == Habit(days=20, followers=1, most=2)
        assert found[""] == Habit(days=20, followers=4 + 2, most=5)
        assert found["production"] == found[""]

    def test_of_nothing_are_a_guess(self) -> None:
        assert 0 < mean(NO_HABIT) < 1


@given(st.integers(0, 30), st.floats(0, 20))
def test_tail_is_that_of_a_poisson_distribution(least: int, usual: float) -> None:
    exact = 1 - sum(exp(-usual) * usual**k / factorial(k) for k in range(least))
    assert tail(least, usual) == pytest.approx(exact, abs=1e-9)


@given(st.integers(1, 12), st.integers(0, 140), st.integers(0, 140))
def test_who_is_told_more_of_usually_needs_no_fewer_voices(
    owners: int, followers: int, more: int
) -> None:
    def usual(of: int) -> Habits:
        return {window: {"nissan": Habit(days=28, followers=of, most=5)} for window in WINDOWS}

    story = told(*[1.0] * owners)
    if breaks(story, usual(followers + more)) is not None:
        assert breaks(story, usual(followers)) is not None


def test_windows_are_hours_apart() -> None:
    assert timedelta(hours=1) < SHORT < LONG <= timedelta(days=1)

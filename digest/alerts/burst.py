"""When a story breaks without a rule: more owners take it up at once than usually do.

How many are many depends on whom the news is about and on the hour: four outlets on a bearing
maker at night are more than six on the largest carmaker at noon. So the owners that joined a story
are compared with those of the most told story about the same company in the same hours of the days
before. Counts this small are no bell curve; what is compared is the tail of a Poisson distribution.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp

from digest.model import Burst, EntryId, Story, TopicId
from digest.stories.rank import companies_of, topics_of

# A sudden story fills the first within a poll or two; one that grows by the hour the second.
WINDOWS = (timedelta(hours=6), timedelta(hours=24))
DAYS = 28  # that a habit is taken from: each weekday four times
FRESH = timedelta(days=1)  # what was published longer ago never alerts

FLOOR = 4  # owners: fewer are never rare enough, however little is told of a company
CEILING = 10  # so many always are news
RARE = 0.001  # the chance that a usual day has as many; at 50 companies, once in some weeks

_BEFORE_US_DAYS = 7.0  # the weight of what is assumed before a company has a history
_BEFORE_US = 0.5  # owners that follow the first one, then
_PLANNED = 2.0  # of news that comes on a known day, so many times the most of the days before


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How the most told stories about a company fared in the same hours of past days."""

    days: int  # on which there was any news at all
    followers: int  # owners after the first one, of the most told story of each day, together
    most: int  # owners of the most told of them all


NO_HABIT = Habit(days=0, followers=0, most=0)
Habits = Mapping[timedelta, Mapping[str, Habit]]  # by window, and by company or topic


def names_of(story: Story) -> tuple[str, ...]:
    """Whose habits a story tells of: its companies' and topics', and "", that of the whole news."""
    return ("", *companies_of(story), *topics_of(story))


def habits(told: Iterable[tuple[int, Collection[str], int]], days: int) -> dict[str, Habit]:
    """The habit of each name.

    `told` has the names of stories of past days, each with the day's number and the owners it had
    within the window; `days` is on how many there was any news.
    """
    best: dict[str, dict[int, int]] = {}
    for day, names, owners in told:
        for name in names:
            of_name = best.setdefault(name, {})
            of_name[day] = max(owners, of_name.get(day, 0))
    return {
        name: Habit(
            days=days,
            followers=sum(owners - 1 for owners in of_day.values()),
            most=max(of_day.values()),
        )
        for name, of_day in best.items()
    }


def burst(
    story: Story,
    counted: Collection[EntryId],
    usual: Habits,
    planned: Collection[TopicId],
    now: datetime,
) -> Burst | None:
    """Why a story is breaking now, or None.

    Only owners of reports that are `counted` are: what a feed held when it was first read is none.
    `planned` are the topics whose news comes on a known day (sales of a month, a motor show, a
    race): there it is no surprise that everybody writes, unless more do than ever.
    """
    topics = topics_of(story)
    names = companies_of(story) or topics[:1] or ("",)
    expected = bool(topics) and set(topics) <= set(planned)
    for window in WINDOWS:
        joined = owners_joined(story, counted, now - window, now)
        found = [
            (habit, name)
            for name in names
            for habit in [usual.get(window, {}).get(name, _quiet(usual.get(window, {})))]
        ]
        habit, name = max(found, key=lambda each: (mean(each[0]), each[1]))
        if joined >= FLOOR and _many(joined, habit, expected=expected):
            known = 1 + mean(habit) if habit.days >= _BEFORE_US_DAYS else None
            return Burst(owners=joined, within=window, usual=known, about=name)
    return None


def burst_if_near(
    story: Story,
    counted: Collection[EntryId],
    usual: Callable[[datetime], Habits],
    planned: Collection[TopicId],
    now: datetime,
) -> Burst | None:
    """The same; what is usual takes a while to find out, and most stories are nowhere near."""
    if max(owners_joined(story, counted, now - window, now) for window in WINDOWS) < FLOOR:
        return None
    return burst(story, counted, usual(now), planned, now)


def fresh(story: Story, ours: Collection[EntryId], now: datetime) -> set[EntryId]:
    """Those of the reports that are young enough to alert."""
    return {
        report.stored.id
        for report in story.reports
        if report.stored.id in ours and report.entry.published >= now - FRESH
    }


def only(story: Story, entries: Collection[EntryId]) -> Story:
    """A story as these of its reports tell it. Raises ValueError if it has none of them."""
    told = tuple(report for report in story.reports if report.stored.id in entries)
    return replace(story, reports=told)


def owners_joined(
    story: Story, counted: Collection[EntryId], since: datetime, now: datetime
) -> int:
    """How many owners began to tell a story after `since`.

    0 if as many had told it before: then it is an old story that is told again.
    """
    before: set[str] = set()
    joined: set[str] = set()
    for report in story.reports:  # in order of publication
        if report.entry.published > now or not report.tags.relevant:
            continue
        if report.entry.published <= since:
            before.add(report.owner)
        elif report.stored.id in counted and report.owner not in before:
            joined.add(report.owner)
    return len(joined) if len(joined) > len(before) else 0


def mean(habit: Habit) -> float:
    """The owners after the first one that are usual."""
    assumed = _BEFORE_US * _BEFORE_US_DAYS
    return (habit.followers + assumed) / (habit.days + _BEFORE_US_DAYS)


def tail(least: int, mean: float) -> float:
    """The chance of `least` or more, where so many are usual (Poisson)."""
    term, below = exp(-mean), 0.0
    for count in range(least):
        below += term
        term *= mean / (count + 1)
    return max(0.0, 1.0 - below)


def _quiet(of_window: Mapping[str, Habit]) -> Habit:
    """Of a name that no story of past days was about: days, and nothing on them."""
    days = max((habit.days for habit in of_window.values()), default=0)
    return Habit(days=days, followers=0, most=0)


def _many(joined: int, habit: Habit, *, expected: bool) -> bool:
    if expected:
        return joined >= CEILING and joined >= _PLANNED * habit.most
    return joined >= CEILING or tail(joined - 1, mean(habit)) < RARE

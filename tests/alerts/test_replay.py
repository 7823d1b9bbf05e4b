"""A month of news, replayed: what breaks is raised in time, and little else, and nothing twice."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.model import Entry, NewEntry, PollState
from digest.store.alerts import PastAlert
from tests.alerts import december
from tests.alerts.staged import DAYS, GROUP, OUTLETS, START, Event, Month, Told, month

POLL = timedelta(minutes=30)
DOWN = (START + timedelta(days=19, hours=0), START + timedelta(days=19, hours=10, minutes=30))
CONFIG = """
[operator]
address = "desk@example.org"
"""
FEED = """
[[feeds]]
id = "f{}"
url = "https://f{}.example/feed"
title = "{}"
lang = "{}"
"""
GROUPED = """
[[outlet]]
id = "motor_group"
names = [{}]
owner = "Motor Group"
lang = "en"
"""


MONTHS = {
    "october": month(),
    "december": month(december.STAGED, december.DECOYS, seed=11),
}
STAGED = [(name, event) for name, each in MONTHS.items() for event in each.staged]
DECOYS = [(name, event) for name, each in MONTHS.items() for event in each.decoys]
Replay = Callable[[str], list[PastAlert]]


def _name(value: str | Event) -> str:
    return value if isinstance(value, str) else value.name


@pytest.fixture(scope="module")
def raised(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """The alerts of a whole month."""

    @cache
    def replayed(name: str) -> list[PastAlert]:
        return list(_replay(tmp_path_factory.mktemp(name), MONTHS[name]))

    return replayed


def _replay(folder: Path, replayed: Month) -> Iterator[PastAlert]:
    outlets = (*OUTLETS, *GROUP)
    feeds = "".join(
        FEED.format(number, number, outlet, "en" if outlet.isascii() else "ja")
        for number, outlet in enumerate(outlets)
    )
    grouped = GROUPED.format(", ".join(f'"{name}"' for name in GROUP))
    (folder / "feeds.toml").write_text(CONFIG + feeds + grouped, encoding="utf-8")
    now = START - timedelta(days=8)
    with open_app(load(folder, {}), lambda: now) as app:
        app.store.feeds.sync(app.feeds.named(), now)
        for feed in app.feeds.named():
            app.store.feeds.record(feed.id, PollState(last_success=now), [], now)
        waiting = list(replayed.told)
        polls = int((START + timedelta(days=DAYS) - START) / POLL) + 1
        for number in range(polls):
            now = START + number * POLL
            if DOWN[0] <= now < DOWN[1]:
                continue
            come = [told for told in waiting if told.at <= now]
            waiting = waiting[len(come) :]
            _arrive(app, come, outlets)
            app.take_in()
            app.alerts.mail()
        yield from app.store.alerts.history(START)


def _arrive(app: App, come: list[Told], outlets: tuple[str, ...]) -> None:
    for told in come:
        feed = app.settings.feeds[outlets.index(told.outlet)]
        link = f"https://{feed.id}.example/{told.at.timestamp():.0f}-{abs(hash(told.title))}"
        entry = Entry(
            feed=feed.id,
            guid=link,
            url=link,
            title=told.title,
            summary=told.summary,
            published=told.at,
            dated=True,
            lang=told.lang,
            outlet=told.outlet,
        )
        now = app.clock()
        changes = [NewEntry(entry=entry, title_key="")]
        app.store.feeds.record(feed.id, PollState(last_success=now), changes, now)


def _about(event: Event, raised: list[PastAlert]) -> list[PastAlert]:
    """The alerts that are told by a headline of this event, in the days of it."""
    titles, begin = {told.title for told in event.told}, event.told[0].at
    return [
        past
        for past in raised
        if begin <= past.alert.alert.at < begin + timedelta(days=3)
        and any(headline.title in titles for headline in past.alert.alert.story.headlines)
    ]


def _poll_after(known: datetime) -> datetime:
    """The first poll that could see what was published then."""
    poll = START - (START - known) // POLL * POLL
    return DOWN[1] if DOWN[0] <= poll < DOWN[1] else poll


@pytest.mark.parametrize(("name", "event"), STAGED, ids=_name)
def test_what_breaks_is_raised_within_the_poll_that_makes_it_so(
    raised: Replay, name: str, event: Event
) -> None:
    alerts = _about(event, raised(name))
    assert alerts, "never raised"
    assert alerts[0].alert.alert.at <= _poll_after(event.told[event.enough - 1].at)


@pytest.mark.parametrize("name", MONTHS)
def test_at_most_one_false_alarm_a_week(raised: Replay, name: str) -> None:
    every = raised(name)
    right = {past.alert.id for event in MONTHS[name].staged for past in _about(event, every)}
    false = [past for past in every if past.alert.id not in right]
    told = [(past.alert.alert.at, past.alert.alert.story.headlines[0].title) for past in false]
    assert len(false) <= DAYS / 7, told


@pytest.mark.parametrize(("name", "event"), DECOYS, ids=_name)
def test_what_only_looks_like_it_is_not_raised(raised: Replay, name: str, event: Event) -> None:
    assert not _about(event, raised(name))


@pytest.mark.parametrize("name", MONTHS)
def test_nothing_is_raised_twice_without_news(raised: Replay, name: str) -> None:
    for past in raised(name):
        for told in past.told:
            assert told.changes or past.alert.alert.burst is not None


def test_a_story_that_goes_on_is_an_update(raised: Replay) -> None:
    for name, event in STAGED:
        if event.update:
            assert any(told.changes for past in _about(event, raised(name)) for told in past.told)

"""Who confirms after an issue is out gets it once, whatever dies when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.model import (
    Choice,
    DeliveryKind,
    DeliveryState,
    Issue,
    IssueId,
    Preferences,
    Segment,
    Status,
    Subscriber,
    TopicId,
)
from digest.store.issues import IssueOutcome
from digest.subscribers.desk import Asked, Joined
from tests.builders import NOW, database_of
from tests.issues.builders import issue, issue_story
from tests.mail.crashing import CrashError, Fuse

DAY = timedelta(days=1)
TARO = "taro@example.com"
CONFIG = """
[digest.editions]
weekly = "mon 07:00"
daily = "07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
"""
ENGLISH = Choice(language="en")
JAPANESE = Preferences(choice=Choice(language="ja"))


class World:
    """A project with a published issue, and processes that die over it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "feeds.toml").write_text(CONFIG, encoding="utf-8")
        self.settings = load(folder, {})
        self.now = NOW + DAY
        with self.app() as app:
            self.issue = publish(app, issue(issue_story(1)))
            self.token = ask(app, TARO, self.now)

    @contextmanager
    def app(self) -> Iterator[App]:
        with open_app(self.settings, lambda: self.now) as app:
            yield app

    def process(self, fuse: Fuse) -> bool:
        """One process confirms and looks after newcomers; whether it lived to its end."""
        with self.app() as app:
            app.renderer  # noqa: B018  # its templates are read before
            connection: Any = database_of(app.store).connection  # to die in between
            execute = connection.execute
            execute("PRAGMA synchronous = OFF")  # no power fails here

            def dying(*given: Any) -> Any:
                if fuse.left == 0:
                    raise CrashError
                fuse.tick()
                return execute(*given)

            connection.execute = dying
            try:
                app.desk.say_yes(self.token, self.now)
                app.readers.tend()
            except CrashError:
                return False
            finally:
                del connection.execute
        return True

    def sent(self) -> list[tuple[str, str, str]]:
        with self.app() as app:
            return deliveries(app, self.issue)


def publish(app: App, made: Issue, *choices: Choice) -> IssueId:
    parts = [
        Segment(choice=choice, subject="s", html="<p>", text="t", stories=1)
        for choice in (ENGLISH, *choices)
    ]
    connection = database_of(app.store).connection  # ingest makes stories
    connection.execute("INSERT OR IGNORE INTO stories (id, created_at) VALUES (1, '')")
    number = app.store.issues.add(made, parts)
    assert isinstance(number, int)
    return IssueId(number)


def ask(app: App, address: str, now: datetime, preferences: Preferences = JAPANESE) -> str:
    asked = app.desk.subscribe(address, now, preferences=preferences)
    assert isinstance(asked, Asked)
    token = app.store.subscribers.open_invitation(asked.subscriber.id, now)
    assert token is not None
    return token


def join(app: App, now: datetime, preferences: Preferences = JAPANESE) -> Subscriber:
    joined = app.desk.say_yes(ask(app, TARO, now, preferences), now)
    assert isinstance(joined, Joined)
    return joined.subscriber


def deliveries(app: App, number: IssueId) -> list[tuple[str, str, str]]:
    """Key, address and language of what is queued of an issue."""
    found = app.store.deliveries.of_issue(number)
    assert {each.kind for each in found} <= {DeliveryKind.ISSUE}
    return [
        (each.key, each.address, app.store.issues.segment(each.segment).choice.language)
        for each in found
        if each.segment is not None
    ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_killed_at_each_single_step_they_get_it_once(tmp_path: Path) -> None:
    steps = 0
    while True:
        steps += 1
        world = World(tmp_path / str(steps))
        lived = world.process(Fuse(steps))
        assert world.process(Fuse(-1))
        assert world.process(Fuse(-1))
        (only,) = world.sent()
        assert only == ("issue/weekly/2026-W47/1", TARO, "ja")
        if lived:
            break
    assert steps > 12


def test_who_had_it_does_not_get_it_again(world: World) -> None:
    with world.app() as app:
        assert isinstance(app.desk.say_yes(world.token, world.now), Joined)
        app.readers.tend()
        reader = app.store.subscribers.by_key(TARO)
        assert reader is not None
        app.desk.remove(TARO, world.now)
        world.now += 2 * DAY
        join(app, world.now)
        app.readers.tend()
        assert len(deliveries(app, world.issue)) == 1
        assert app.store.newcomers.waiting(9) == []


def test_a_new_issue_that_is_published_first_is_the_one(world: World) -> None:
    with world.app() as app:
        assert isinstance(app.desk.say_yes(world.token, world.now), Joined)
        period = replace(issue().period, key="2026-W48")
        later = issue(issue_story(1), period=period, frozen_at=world.now)
        number = publish(app, later, JAPANESE.choice)
        app.readers.tend()
        assert [key for key, _, _ in deliveries(app, number)] == ["issue/weekly/2026-W48/1"]
        assert deliveries(app, world.issue) == []


def test_a_choice_that_has_a_segment_needs_no_other(world: World) -> None:
    with world.app() as app:
        app.desk.forget_questions(app.store.subscribers.all()[0], world.now)
        world.now += DAY
        join(app, world.now, Preferences(choice=ENGLISH))
        app.readers.tend()
        (found,) = app.store.deliveries.of_issue(world.issue)
        assert found.segment == app.store.issues.segment_number(world.issue, ENGLISH)


def test_an_issue_that_holds_nothing_for_them_is_not_sent(world: World) -> None:
    with world.app() as app:
        world.now += DAY
        choice = Choice(language="ja", topics=frozenset({TopicId("motorsport")}))
        join(app, world.now, Preferences(choice=choice))
        app.readers.tend()
        (found,) = app.store.deliveries.of_issue(world.issue)
        assert found.state is DeliveryState.DROPPED


@pytest.mark.parametrize("why", ["cancelled", "old", "other edition", "skipped"])
def test_there_may_be_no_issue_for_them(world: World, why: str) -> None:
    with world.app() as app:
        if why == "cancelled":
            app.store.issues.cancel(world.issue, "a mistake", world.now)
        world.now += timedelta(days=40 if why == "old" else 1)
        join(app, world.now, replace(JAPANESE, rhythm="daily" if "other" in why else "weekly"))
        if why == "skipped":
            period = replace(issue().period, key="2026-W48")
            skipped = issue(period=period, frozen_at=world.now)
            app.store.issues.decide(skipped, IssueOutcome.SKIPPED, "late")
        app.readers.tend()
        assert len(deliveries(app, world.issue)) == (why == "skipped")
        assert app.store.newcomers.waiting(9) == []


def test_who_chooses_otherwise_meanwhile_gets_what_they_chose_then(world: World) -> None:
    with world.app() as app:
        joined = app.desk.say_yes(world.token, world.now)
        assert isinstance(joined, Joined)
        found = app.store.issues.find("weekly", "2026-W47")
        assert found is not None
        part = app.issues.render(found.issue, JAPANESE.choice)
        app.store.subscribers.set_preferences(
            joined.subscriber.id, Preferences(choice=ENGLISH), world.now
        )
        newcomers = app.store.newcomers
        assert not newcomers.welcome(joined.subscriber, found.id, found.issue, part, world.now)
        app.readers.tend()
        assert [lang for _, _, lang in deliveries(app, world.issue)] == ["en"]


def test_who_left_again_at_once_gets_nothing(world: World) -> None:
    with world.app() as app:
        app.desk.say_yes(world.token, world.now)
        app.desk.remove(TARO, world.now)
        app.readers.tend()
        app.readers.tend()
        assert deliveries(app, world.issue) == []
        reader = app.store.subscribers.by_key(TARO)
        assert reader is not None
        assert reader.status is Status.LEFT

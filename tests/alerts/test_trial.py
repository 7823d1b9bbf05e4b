"""A rule tried on what was: the alerts that it would have raised, when and why."""

from datetime import timedelta

from digest.alerts.trial import try_rule
from digest.alerts.usual import KnownHabits
from digest.alerts.watch import past
from digest.model import Change, Raised, StoryId, TopicId
from digest.stories.correct import correct
from digest.stories.corrections import Exclude
from digest.stories.rules import parse
from tests.alerts.conftest import LONG_AGO, Newsroom
from tests.builders import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tried(newsroom: Newsroom, rule: str | None, planned: tuple[str, ...] = ()) -> list[Raised]:
    return try_rule(
        None if rule is None else parse(rule),
        past(newsroom.store, LONG_AGO),
        rest=DAY,
        planned=[TopicId(topic) for topic in planned],
        usual=KnownHabits(newsroom.store).at,
    )


def publish(newsroom: Newsroom, story: int, owners: int, days: float, **given: object) -> None:
    newsroom.now = NOW - days * DAY
    newsroom.publish(story, owners=owners, **given)  # type: ignore[arg-type]


def test_tells_when_it_would_have_been_raised(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 2, days=5)
    publish(newsroom, 1, 1, days=4.9)
    publish(newsroom, 2, 1, days=3)
    (raised,) = tried(newsroom, "owners>=3")
    assert raised.alert.at == NOW - 4.9 * DAY
    assert raised.alert.story.owners == 3


def test_tells_what_goes_on(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 2, days=5)
    publish(newsroom, 1, 2, days=3.5)
    first, update = tried(newsroom, "company:nissan")
    assert first.told[0].changes == ()
    assert update.told[0].changes == (Change.OWNERS,)


def test_tells_what_would_have_broken(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 6, days=5)
    publish(newsroom, 2, 6, days=3, topics=("sales_market",))
    found = tried(newsroom, None, planned=("sales_market",))
    assert [raised.alert.story.story for raised in found] == [1]
    assert found[0].alert.burst is not None


def test_leaves_out_what_feeds_held_when_they_were_first_read(newsroom: Newsroom) -> None:
    newsroom.now = NOW - 5 * DAY
    newsroom.follow("new", since=newsroom.now)
    newsroom.publish(feed="new")
    assert tried(newsroom, "company:nissan") == []


def test_leaves_out_what_was_old_when_it_came(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 1, days=5, hours=30)
    assert tried(newsroom, "company:nissan") == []


def test_leaves_out_what_the_operator_has_excluded(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 1, days=5)
    correct(newsroom.store, Exclude(story=StoryId(1)), "emi", NOW)
    assert tried(newsroom, "company:nissan") == []


def test_says_how_far_it_has_come(newsroom: Newsroom) -> None:
    publish(newsroom, 1, 2, days=5)
    said: list[tuple[int, int]] = []
    try_rule(
        parse("company:nissan"),
        past(newsroom.store, LONG_AGO),
        rest=DAY,
        planned=(),
        usual=KnownHabits(newsroom.store).at,
        progress=lambda done, every: said.append((done, every)),
    )
    assert said == [(1, 1)]

"""From stories in the store to alerts, and from alerts to letters: each once, in time."""

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.alerts.mailing import STORIES
from digest.alerts.watch import SAGA, STAGES
from digest.model import (
    BREAKING,
    AlertWish,
    Change,
    Choice,
    ClusterId,
    CompanyId,
    Consent,
    FeedId,
    Link,
    Preferences,
    Status,
    StoryId,
    SubscriberId,
    TopicId,
    ToReader,
)
from digest.settings import AlertRule, AlertSettings, Feed, QuietHours
from digest.shipped import TEMPLATES
from digest.store import Store
from digest.stories.correct import correct
from digest.stories.corrections import Exclude
from tests.alerts.conftest import LONG_AGO, OPERATOR, Newsroom, newsroom_with
from tests.builders import NOW, database_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULE = AlertRule(name="nissan", match="company:nissan", to=("desk@example.org",))
BREAKS = 6  # owners, where nothing is known of what is usual


def ruled(store: Store, **given: Any) -> Newsroom:
    return newsroom_with(store, AlertSettings(rules=(RULE,), **given), operator=None)


def subscribe(store: Store, number: int, **given: Any) -> SubscriberId:
    consent = Consent(at=NOW, how="confirmed by mail", words="yes")
    added = store.subscribers.add(
        f"reader{number}@example.org",
        f"reader{number}@example.org",
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(**given),
        consent=consent,
        now=NOW,
    )
    assert added is not None
    return added


def follow(store: Store, story: int, after: int | None = None) -> None:
    """Make a story the next stage of the one before it."""
    with store.transaction():
        database_of(store).connection.execute(  # stages.follow() would want a saga
            "UPDATE clusters SET follows = ? WHERE id = ?", (after or story - 1, story)
        )


class TestLook:
    def test_raises_a_story_that_breaks_once(self, newsroom: Newsroom) -> None:
        newsroom.publish(owners=BREAKS)
        assert newsroom.raised() == [1]
        assert newsroom.raised() == []
        newsroom.publish(owners=1)
        assert newsroom.raised() == []

    def test_raises_it_in_the_poll_that_makes_it_so(self, newsroom: Newsroom) -> None:
        newsroom.publish(owners=BREAKS - 1)
        assert newsroom.raised() == []
        newsroom.publish(owners=1)
        assert newsroom.raised() == [1]

    def test_is_silent_about_what_a_feed_held_when_it_was_first_read(
        self, newsroom: Newsroom
    ) -> None:
        for number in range(BREAKS):
            newsroom.follow(f"new{number}", since=NOW)
            newsroom.publish(feed=f"new{number}")
        assert newsroom.raised() == []

    def test_is_silent_about_a_feed_at_a_new_address_until_it_was_read_there(
        self, newsroom: Newsroom
    ) -> None:
        newsroom.publish(owners=BREAKS)
        for name in [f"outlet{number + 1}" for number in range(BREAKS)]:
            moved = Feed(id=FeedId(name), url=f"https://{name}.example/new", title=name)
            newsroom.store.feeds.sync([moved], NOW)
        assert newsroom.raised() == []

    def test_is_silent_about_what_is_older_than_a_day(self, newsroom: Newsroom) -> None:
        newsroom.publish(owners=BREAKS, hours=25)
        assert newsroom.raised() == []

    def test_is_silent_about_what_does_not_concern_the_industry(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(relevant=False)
        assert newsroom.raised() == []

    def test_tells_only_what_came_after_a_feed_was_first_read(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.follow("new", since=NOW)
        newsroom.publish(feed="new", title="Nissan of old")
        newsroom.publish(title="Nissan of today")
        (raised,) = newsroom.look()
        assert raised.alert.story.owners == 1
        assert [h.title for h in raised.alert.story.headlines] == ["Nissan of today"]

    def test_after_an_outage_raises_only_what_still_breaks(self, newsroom: Newsroom) -> None:
        newsroom.publish(1, owners=4, hours=9)  # over before we were back
        newsroom.publish(2, owners=BREAKS, hours=2, companies=("honda",))
        assert newsroom.raised() == [2]

    def test_notes_once_what_came_too_late_for_a_rule(
        self, store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        newsroom = ruled(store)
        newsroom.publish(hours=25)
        assert newsroom.raised() == []
        assert newsroom.mail() == []
        newsroom.publish(hours=26)
        assert newsroom.raised() == []
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome is not None
        assert told.outcome.startswith("too old")
        assert caplog.text.count("alert.too_old") == 1
        assert store.alerts.count(LONG_AGO) == 0
        assert store.alerts.shared(LONG_AGO, NOW + DAY) == []

    def test_says_nothing_of_what_is_history(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(hours=8 * 24)
        newsroom.look()
        assert store.alerts.history(LONG_AGO) == []

    def test_tells_the_news_of_a_story_that_was_too_old(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(hours=25)
        newsroom.look()
        newsroom.publish(hours=1)
        (raised,) = newsroom.look()
        assert raised.told[0].before is None

    def test_compares_with_what_is_usual_at_this_hour(self, newsroom: Newsroom) -> None:
        for day in range(1, 29):
            newsroom.now = NOW - day * DAY
            newsroom.publish(100 + day, owners=BREAKS)
        newsroom.now = NOW
        newsroom.look()
        newsroom.publish(1, owners=BREAKS)
        newsroom.publish(2, owners=BREAKS, companies=("honda",), topics=("ev",))
        assert newsroom.raised() == [2]

    def test_expects_planned_news(self, newsroom: Newsroom) -> None:
        newsroom.planned = [TopicId("sales_market")]
        newsroom.publish(owners=BREAKS, topics=("sales_market",))
        assert newsroom.raised() == []

    def test_leaves_out_what_the_operator_has_excluded(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish()
        correct(store, Exclude(story=StoryId(1)), "emi", NOW)
        assert newsroom.raised() == []

    @pytest.mark.parametrize("what", ["rule/nissan", "story/1"])
    def test_is_silent_about_what_is_muted_until_it_is_over(self, store: Store, what: str) -> None:
        newsroom = ruled(store)
        store.mutes.mute(what, NOW + HOUR)
        newsroom.publish()
        assert newsroom.raised() == []
        newsroom.now = NOW + HOUR
        newsroom.publish()
        assert newsroom.raised() == [1]

    def test_that_breaks_can_be_muted(self, newsroom: Newsroom) -> None:
        newsroom.store.mutes.mute(f"rule/{BREAKING}", NOW + HOUR)
        newsroom.publish(owners=BREAKS)
        assert newsroom.raised() == []

    def test_tells_whoever_was_told_how_it_goes_on(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.look()
        newsroom.mail()
        newsroom.now += HOUR
        newsroom.publish(2)
        follow(store, 2)
        (raised,) = newsroom.look()
        assert raised.told[0].changes == (Change.STAGE,)

    @pytest.mark.parametrize(("stages", "told"), [(STAGES, True), (STAGES + 1, False)])
    def test_looks_so_many_stages_back(self, store: Store, stages: int, *, told: bool) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.look()
        newsroom.mail()
        for stage in range(2, stages + 2):
            newsroom.publish(stage, hours=30)  # too old to be told
            follow(store, stage)
        newsroom.look()
        newsroom.publish(stages + 1)
        (raised,) = newsroom.look()
        assert (raised.told[0].before is not None) == told

    def test_is_not_led_around_by_stories_that_follow_each_other(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.publish(2)
        follow(store, 2)
        follow(store, 1, after=2)
        assert newsroom.raised() == [1, 2]

    @pytest.mark.parametrize(
        ("later", "told"), [(SAGA - HOUR, True), (SAGA + HOUR, False)], ids=["within", "after"]
    )
    def test_remembers_for_so_long_who_was_told(
        self, store: Store, later: timedelta, *, told: bool
    ) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.look()
        newsroom.mail()
        newsroom.now += later
        newsroom.publish(2)
        follow(store, 2)
        (raised,) = newsroom.look()
        assert (raised.told[0].before is not None) == told

    def test_compares_with_the_newest_of_the_stages_that_were_told(self, store: Store) -> None:
        newsroom = ruled(store)
        for stage in (1, 2, 3):
            newsroom.publish(stage)
            if stage > 1:
                follow(store, stage)
            newsroom.look()
            newsroom.mail()
            newsroom.now += HOUR
        newest = store.alerts.history(LONG_AGO)[-1].told[0]
        assert newest.changes == (Change.STAGE,)
        newsroom.publish(3, owners=1)
        newsroom.now += 2 * DAY
        newsroom.publish(3, owners=2)
        (raised,) = newsroom.look()
        assert raised.told[0].before == 3

    def test_takes_two_stories_that_become_one_for_one(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.publish(2)
        assert newsroom.raised() == [1, 2]
        newsroom.publish(2)
        store.entries.place([], [Link(cluster=ClusterId(2), story=StoryId(1))], NOW)
        assert newsroom.raised() == []


class TestReaders:
    def test_are_told_by_choice_and_by_their_own_rules(self, store: Store) -> None:
        nissan = Choice(companies=frozenset({CompanyId("nissan")}))
        honda = Choice(companies=frozenset({CompanyId("honda")}))
        first = subscribe(store, 1, choice=nissan, alerts=AlertWish.BREAKING)
        subscribe(store, 2, choice=honda, rhythm="alerts")
        third = subscribe(store, 3, alerts=AlertWish.RULES, rules=("owners>=2",))
        subscribe(store, 4)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish(owners=BREAKS)
        (raised,) = newsroom.look()
        assert {each.to for each in raised.told} == {ToReader(first), ToReader(third)}

    def test_who_left_meanwhile_are_not_written_to(self, store: Store) -> None:
        reader = subscribe(store, 1, alerts=AlertWish.BREAKING)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        store.subscribers.set_status(reader, Status.LEFT, NOW)
        assert newsroom.mail() == []
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome is not None

    def test_who_want_no_alerts_any_more_are_not_written_to(self, store: Store) -> None:
        reader = subscribe(store, 1, alerts=AlertWish.BREAKING)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        store.subscribers.set_preferences(reader, Preferences(), NOW)
        assert newsroom.mail() == []

    def test_who_are_silent_for_a_while_are_not_written_to(self, store: Store) -> None:
        reader = subscribe(store, 1, alerts=AlertWish.BREAKING)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        store.subscribers.mute(reader, NOW + HOUR, NOW)
        assert newsroom.mail() == []

    def test_who_want_only_their_own_rules_now_are_told_only_of_these(self, store: Store) -> None:
        wanted = {"alerts": AlertWish.BREAKING, "rules": ("topic:ev", "company:honda")}
        reader = subscribe(store, 1, **wanted)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish(1, owners=BREAKS)
        newsroom.publish(2, topics=("ev",), title="Nissan shows an electric van")
        newsroom.publish(3, companies=("honda",))
        newsroom.look()
        now = Preferences(alerts=AlertWish.RULES, rules=("topic:ev",))
        store.subscribers.set_preferences(reader, now, NOW)
        newsroom.mail()
        (delivery,) = store.deliveries.claim(9, NOW, resend_unknown=True)
        assert delivery.letter is not None
        assert delivery.letter.subject == "Alert: Nissan shows an electric van"

    def test_get_letters_of_their_own_rule_and_language(self, store: Store) -> None:
        wanted = {"alerts": AlertWish.RULES}
        subscribe(store, 1, rules=("company:nissan",), **wanted)
        subscribe(store, 2, rules=("topic:production",), **wanted)
        subscribe(store, 3, rules=("company:nissan",), choice=Choice(language="ja"), **wanted)
        newsroom = newsroom_with(store, AlertSettings(), operator=None)
        newsroom.publish()
        newsroom.look()
        newsroom.mail()
        sent = store.deliveries.claim(9, NOW, resend_unknown=True)
        texts = {each.address[6]: each.letter.text for each in sent if each.letter is not None}
        assert "your rule company:nissan" in texts["1"]
        assert "your rule topic:production" in texts["2"]
        assert "あなたの条件 company:nissan" in texts["3"]


class TestMail:
    @pytest.mark.parametrize("what", ["rule/nissan", "story/1"])
    def test_is_not_sent_of_what_is_muted_while_it_waits(self, store: Store, what: str) -> None:
        newsroom = ruled(store)
        newsroom.publish()
        newsroom.look()
        store.mutes.mute(what, NOW + HOUR)
        assert newsroom.mail() == []

    @pytest.mark.parametrize(
        ("owners", "muted"), [(1, "rule/nissan"), (BREAKS, "story/1"), (BREAKS, "rule/breaking")]
    )
    def test_of_what_was_muted_before_anybody_was_told_is_not_in_the_issue(
        self, newsroom: Newsroom, owners: int, muted: str
    ) -> None:
        rules = () if muted == "rule/breaking" else (RULE,)
        newsroom.settings = replace(newsroom.settings, alerts=AlertSettings(rules=rules))
        newsroom.publish(owners=owners)
        newsroom.look()
        assert len(newsroom.store.alerts.shared(LONG_AGO, NOW + HOUR)) == 1
        newsroom.store.mutes.mute(muted, NOW + HOUR)
        assert newsroom.mail() == []
        assert newsroom.store.alerts.shared(LONG_AGO, NOW + HOUR) == []

    def test_that_was_sent_before_it_was_muted_is_in_the_issue(self, newsroom: Newsroom) -> None:
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        assert len(newsroom.mail()) == 1
        newsroom.store.mutes.mute("story/1", NOW + HOUR)
        newsroom.mail()
        assert len(newsroom.store.alerts.shared(LONG_AGO, NOW + HOUR)) == 1

    @pytest.mark.parametrize("number", [1, 2])
    def test_is_not_sent_of_a_story_that_is_muted_by_another_number(
        self, store: Store, number: int
    ) -> None:
        newsroom = ruled(store)
        newsroom.publish(1, companies=("honda",))
        newsroom.publish(2)
        newsroom.look()
        store.entries.place([], [Link(cluster=ClusterId(2), story=StoryId(1))], NOW)
        store.mutes.mute(f"story/{number}", NOW + HOUR)
        assert newsroom.mail() == []

    def test_is_not_sent_to_an_address_that_was_taken_out(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish()
        newsroom.look()
        newsroom.settings = replace(newsroom.settings, alerts=AlertSettings())
        assert newsroom.mail() == []
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome == "feeds.toml does not name the address any more"

    def test_tells_the_last_state_once_of_what_went_on_while_it_waited(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(1, title="Nissan halts two plants", hours=9)
        newsroom.look()
        newsroom.publish(1, title="Nissan restarts two plants")
        newsroom.look()
        newsroom.mail()
        (delivery,) = store.deliveries.claim(9, NOW, resend_unknown=True)
        assert delivery.letter is not None
        assert delivery.letter.subject == "Alert: Nissan restarts two plants"

    def test_tells_so_many_at_once_and_the_others_in_the_next(self, store: Store) -> None:
        newsroom = ruled(store)
        for story in range(1, STORIES + 3):
            newsroom.publish(story)
        newsroom.look()
        assert len(newsroom.mail()) == 1
        assert len(newsroom.mail()) == 2
        waiting = [t for past in store.alerts.history(LONG_AGO) for t in past.told if not t.told_at]
        assert waiting == []

    def test_leaves_to_channels_what_is_theirs(self, store: Store) -> None:
        rule = AlertRule(name="nissan", match="company:nissan", channels=("desk",))
        newsroom = newsroom_with(store, AlertSettings(rules=(rule,)), operator=None)
        newsroom.publish()
        newsroom.look()
        assert newsroom.mail() == []
        assert [each.alert.id for each in store.channels.waiting("desk", NOW)] == [1]

    def test_goes_once_to_each(self, newsroom: Newsroom) -> None:
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        assert [row.address for row in newsroom.mail()] == [OPERATOR]
        assert [row.address for row in newsroom.mail()] == [OPERATOR]

    def test_tells_all_of_a_round_at_once(self, newsroom: Newsroom) -> None:
        newsroom.publish(1, owners=BREAKS)
        newsroom.publish(2, owners=BREAKS, companies=("honda",), title="Honda halts a plant")
        newsroom.look()
        (row,) = newsroom.mail()
        (delivery,) = newsroom.store.deliveries.claim(9, NOW, resend_unknown=True)
        assert delivery.id == row.id
        assert delivery.letter is not None
        assert delivery.letter.subject.endswith("(+1 more)")

    def test_tells_two_stories_that_have_become_one_by_the_later(self, store: Store) -> None:
        newsroom = ruled(store)
        newsroom.publish(1)
        newsroom.look()
        newsroom.publish(2, title="Nissan to shut two of its plants")
        newsroom.look()
        store.entries.place([], [Link(cluster=ClusterId(2), story=StoryId(1))], NOW)
        newsroom.mail()
        (delivery,) = store.deliveries.claim(9, NOW, resend_unknown=True)
        assert delivery.letter is not None
        assert delivery.letter.subject == "Alert: Nissan to shut two of its plants"

    def test_waits_for_the_morning(self, store: Store) -> None:
        night = QuietHours(start=time(15), end=time(17))  # of Tokyo; it is four there
        newsroom = ruled(store, quiet=night)
        newsroom.publish()
        assert newsroom.raised() == [1]
        assert newsroom.mail() == []
        newsroom.now = NOW + HOUR
        assert len(newsroom.mail()) == 1

    def test_is_at_most_so_many_an_hour_and_tells_the_rest_in_the_next(self, store: Store) -> None:
        newsroom = ruled(store, per_hour=2)
        for story in range(1, 6):
            newsroom.publish(story)
            newsroom.look()
            newsroom.mail()
        assert len(newsroom.mail()) == 2
        newsroom.now = NOW + HOUR
        assert len(newsroom.mail()) == 3
        waiting = [t for past in store.alerts.history(LONG_AGO) for t in past.told if not t.told_at]
        assert waiting == []

    def test_is_said_where_a_template_of_the_project_fails(
        self, newsroom: Newsroom, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "alert.txt").write_text("{{ nothing }}", encoding="utf-8")
        newsroom.templates = [tmp_path, TEMPLATES]
        newsroom.publish(owners=BREAKS)
        newsroom.look()
        assert len(newsroom.mail()) == 1
        assert "alert.txt" in caplog.text

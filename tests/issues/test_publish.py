"""Publishing against a real store: what is told, once, to whom, and what is skipped and why."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import UsageError
from digest.issues.calendar import parse_schedule, period_at, period_of
from digest.issues.press import Press
from digest.issues.publish import (
    Decided,
    Kept,
    Outcome,
    Published,
    Unpublished,
    again,
    describe,
    draft,
    freeze,
    publish_due,
)
from digest.issues.render import Rendered, Renderer
from digest.issues.tell import dates_of
from digest.issues.views import Names, OperatorView
from digest.model import (
    AlertWish,
    Choice,
    ClusterId,
    CompanyId,
    DeliveryState,
    EntryId,
    FeedId,
    FeedKind,
    Issue,
    IssueStory,
    Period,
    Placement,
    Preferences,
    Status,
    StoryId,
)
from digest.settings import Edition, Feed, Settings
from digest.shipped import TEMPLATES
from digest.store import Store
from digest.store.issues import IssueOutcome
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from tests.builders import as_new, database_of, entry, tags
from tests.issues.builders import PERIOD, TOKYO, WEEKLY, settings

DUE = PERIOD.end
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
NISSAN = Choice(companies=frozenset({CompanyId("nissan")}))
HONDA = Choice(companies=frozenset({CompanyId("honda")}))


class Desk:
    """A store with a feed, and the verbs of these tests."""

    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        self.store = store
        self.lexicon = lexicon
        self.renderer = Renderer([TEMPLATES])
        self.settings = settings()
        store.feeds.sync([Feed(id=FeedId("trade"), url="https://trade.example/", title="T")], DUE)

    def follow(self, later: int, earlier: int) -> None:
        """Say that a story is a later stage of another, as stories/follow.py does."""
        connection = database_of(self.store).connection  # as follow() left it
        connection.execute("UPDATE clusters SET follows = ? WHERE id = ?", (earlier, later))

    def report(
        self,
        number: int,
        published: datetime,
        *,
        seen: datetime | None = None,
        company: str = "nissan",
        story: int | None = None,
        relevant: bool = True,
        title: str | None = None,
    ) -> None:
        """A report, fetched at `seen` and placed in a story of its own unless one is named."""
        seen = seen or published
        told = entry(
            number=number, title=title or f"{company} opens plant {number}", published=published
        )
        state = self.store.feeds.states()[FeedId("trade")]
        self.store.feeds.record(FeedId("trade"), state, as_new(told), seen)
        (waiting,) = self.store.entries.waiting(10)
        self.store.entries.place(
            [
                Placement(
                    entry=EntryId(waiting.id),
                    tags=tags(companies=(company,), topics=("production",), relevant=relevant),
                    cluster=ClusterId(story or number),
                    owner=f"owner-{number}",
                    kind=FeedKind.TRADE,
                    weight=1.0,
                )
            ],
            [],
            seen,
        )

    def subscribe(self, address: str, choice: Choice = Choice()) -> None:  # noqa: B008  # frozen
        self.store.subscribers.add(
            address,
            address,
            name="",
            status=Status.ACTIVE,
            preferences=Preferences(choice=choice, rhythm="weekly", alerts=AlertWish.NONE),
            consent=None,
            now=DUE - WEEK,
        )

    def skip(self, edition: Edition, due: datetime) -> None:
        """Decide that nobody gets the issue that was due then."""
        nothing = Issue(
            edition=edition.name,
            period=period_at(edition, due - HOUR),
            title="",
            frozen_at=due,
            stories=(),
            entries_read=0,
        )
        assert self.store.issues.decide(nothing, IssueOutcome.SKIPPED, "held") is not None

    def freeze_of(self, edition: Edition, due: datetime) -> None:
        """Publish the issue of an edition that is due then."""
        outcome = freeze(edition, period_at(edition, due - HOUR), self.press(due))
        assert isinstance(outcome, Published)

    def freeze_stories(self, period: Period) -> tuple[IssueStory, ...]:
        """Publish a period when it is due; gives what it tells."""
        outcome = freeze(WEEKLY, period, self.press(period.end))
        assert isinstance(outcome, Published)
        return outcome.issue.stories

    def press(self, now: datetime) -> Press:
        return Press(
            store=self.store,
            renderer=self.renderer,
            settings=self.settings,
            lexicon=self.lexicon,
            now=now,
        )

    def draft(self, now: datetime = DUE, period: Period = PERIOD) -> Issue:
        return draft(WEEKLY, period, self.press(now))

    def freeze(self, now: datetime = DUE, period: Period = PERIOD) -> Outcome:
        return freeze(WEEKLY, period, self.press(now))

    def publish_due(self, now: datetime, editions: Sequence[Edition] = (WEEKLY,)) -> list[Outcome]:
        return publish_due(editions, self.press(now))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(None, {})


@pytest.fixture
def desk(store: Store, lexicon: Lexicon) -> Desk:
    return Desk(store, lexicon)


def titles(issue: Issue) -> set[str]:
    return {story.headlines[0].title for story in issue.stories}


class TestDraft:
    def test_tells_what_was_published_in_the_period(self, desk: Desk) -> None:
        desk.report(1, PERIOD.start - HOUR)
        desk.report(2, PERIOD.start)
        desk.report(3, PERIOD.end - HOUR)
        desk.report(4, PERIOD.end)
        assert titles(desk.draft(DUE + WEEK)) == {"nissan opens plant 2", "nissan opens plant 3"}

    def test_tells_what_came_too_late_for_the_issue_before(self, desk: Desk) -> None:
        desk.report(1, PERIOD.end - 3 * HOUR)
        desk.freeze(DUE)
        desk.report(2, PERIOD.end - HOUR, seen=DUE + HOUR)
        following = period_of(WEEKLY, "2026-W48")
        assert titles(desk.draft(DUE + WEEK, following)) == {"nissan opens plant 2"}

    def test_tells_the_news_of_periods_that_were_skipped(self, desk: Desk) -> None:
        """Of the first issue of all, too, and of several days of an edition that comes daily."""
        daily = Edition(name="daily", schedule=parse_schedule("07:00"), zone=TOKYO)
        day = timedelta(days=1)
        for number in range(1, 5):
            desk.report(number, DUE - number * day + HOUR)
        desk.skip(daily, DUE - 2 * day)
        desk.skip(daily, DUE - day)
        made = draft(daily, period_at(daily, DUE - HOUR), desk.press(DUE))
        assert titles(made) == {f"nissan opens plant {number}" for number in (1, 2, 3)}
        assert dates_of(made.period, TOKYO, "en") == "13–16 November 2026"
        assert made.entries_read == 3
        desk.freeze_of(daily, DUE)
        desk.report(5, DUE + HOUR)
        following = draft(daily, period_at(daily, DUE + HOUR), desk.press(DUE + day))
        assert dates_of(following.period, TOKYO, "en") == "16–17 November 2026"

    def test_tells_what_was_placed_before_a_late_issue_and_belongs_to_a_skipped_period(
        self, desk: Desk
    ) -> None:
        desk.report(1, PERIOD.start - HOUR)
        last, skipped = period_of(WEEKLY, "2026-W46"), PERIOD
        desk.freeze(skipped.start + 2 * HOUR, last)
        desk.report(2, skipped.start + HOUR)  # it was known when the late issue was made
        desk.skip(WEEKLY, skipped.end)
        following = period_of(WEEKLY, "2026-W48")
        assert titles(desk.draft(following.end, following)) == {"nissan opens plant 2"}

    def test_that_is_published_once_more_covers_what_the_first_did(self, desk: Desk) -> None:
        for weeks in range(1, 4):
            desk.report(weeks, DUE - weeks * WEEK + HOUR)
            desk.skip(WEEKLY, DUE - weeks * WEEK)
        first = desk.freeze()
        assert isinstance(first, Published)
        once_more = desk.draft(period=again(WEEKLY, PERIOD, desk.store))
        assert once_more.period.start == first.issue.period.start == DUE - 2 * WEEK

    def test_tells_no_news_of_before_the_list_began(self, desk: Desk) -> None:
        desk.report(1, PERIOD.start - HOUR, seen=PERIOD.start + HOUR)
        desk.report(2, PERIOD.start + HOUR)
        assert titles(desk.draft()) == {"nissan opens plant 2"}

    def test_of_a_long_stop_tells_the_last_week_that_was_skipped(self, desk: Desk) -> None:
        for weeks in range(1, 5):
            desk.report(weeks, DUE - weeks * WEEK + HOUR)
            desk.skip(WEEKLY, DUE - weeks * WEEK)
        assert titles(desk.draft()) == {"nissan opens plant 1", "nissan opens plant 2"}

    def test_of_a_period_in_progress_ends_now(self, desk: Desk) -> None:
        now = PERIOD.start + 10 * HOUR
        desk.report(1, now - HOUR)
        made = desk.draft(now)
        assert made.period == Period(key="2026-W47", start=PERIOD.start, end=now)
        assert len(made.stories) == 1

    def test_counts_all_entries_read_and_leaves_out_what_is_not_relevant(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.report(2, DUE - HOUR, relevant=False)
        made = desk.draft()
        assert made.entries_read == 2
        assert titles(made) == {"nissan opens plant 1"}

    def test_leaves_out_what_the_operator_excluded(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.report(2, DUE - HOUR)
        desk.store.corrections.exclude(StoryId(1), "emi", DUE)
        made = desk.draft()
        assert titles(made) == {"nissan opens plant 2"}
        assert made.entries_read == 2

    def test_does_not_tell_again_stories_that_were_made_one(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.report(2, DUE - HOUR)
        assert len(desk.draft().stories) == 2
        desk.freeze(DUE)
        desk.store.corrections.merge(StoryId(1), StoryId(2), "emi", DUE)
        desk.report(3, DUE + HOUR, story=2)
        following = period_of(WEEKLY, "2026-W48")
        assert desk.draft(DUE + WEEK, following).stories == ()

    def test_does_not_tell_again_what_an_earlier_issue_told(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.report(2, DUE - HOUR, story=1)
        desk.freeze(DUE)
        desk.report(3, DUE + HOUR, story=1)
        following = period_of(WEEKLY, "2026-W48")
        assert desk.draft(DUE + WEEK, following).stories == ()
        desk.report(4, DUE + HOUR, story=1)
        assert [s.owners for s in desk.draft(DUE + WEEK, following).stories] == [4]

    def test_of_a_period_to_come_is_refused(self, desk: Desk) -> None:
        with pytest.raises(UsageError, match="2026-W47 has not begun"):
            desk.draft(PERIOD.start)

    def test_changes_nothing(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        assert desk.draft() == desk.draft()
        assert desk.store.issues.keys("weekly") == set()


class TestFreeze:
    def test_makes_a_segment_for_each_choice_and_a_delivery_for_each_reader(
        self, desk: Desk
    ) -> None:
        desk.report(1, DUE - HOUR)
        desk.subscribe("a@example.org")
        desk.subscribe("b@example.org", NISSAN)
        desk.subscribe("c@example.org", NISSAN)
        outcome = desk.freeze()
        assert isinstance(outcome, Published)
        assert (outcome.segments, outcome.failures) == (2, ())
        assert desk.store.deliveries.counts(outcome.id)[DeliveryState.QUEUED] == 3

    def test_is_what_the_draft_was(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        before = desk.draft()
        outcome = desk.freeze()
        assert isinstance(outcome, Published)
        assert outcome.issue == before
        found = desk.store.issues.find("weekly", "2026-W47")
        assert found is not None
        assert found.issue == before

    def test_twice_makes_one_issue(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.subscribe("a@example.org")
        first = desk.freeze()
        assert isinstance(first, Published)
        assert desk.freeze(DUE + HOUR) == Decided("weekly", "2026-W47")
        assert desk.store.deliveries.counts().total == 1

    def test_of_two_at_once_one_makes_the_issue(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        other = copy(desk)

        class Slow(Renderer):
            """While it renders, another publishes the same period."""

            def segment(self, *given, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
                assert isinstance(other.freeze(), Published)
                return super().segment(*given, **named)

        desk.subscribe("a@example.org")
        desk.renderer = Slow([TEMPLATES])
        assert desk.freeze() == Decided("weekly", "2026-W47")
        assert desk.store.deliveries.counts().total == 1

    def test_without_stories_is_recorded_as_empty_and_not_sent(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR, relevant=False)
        desk.subscribe("a@example.org")
        outcome = desk.freeze()
        assert isinstance(outcome, Unpublished)
        assert outcome.outcome is IssueOutcome.EMPTY
        assert outcome.reason == "none of the 1 entries of the period is news for it"
        assert desk.store.deliveries.counts().total == 0
        assert desk.freeze() == Decided("weekly", "2026-W47")

    def test_readers_whose_choice_it_does_not_meet_get_nothing(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.subscribe("a@example.org", HONDA)
        outcome = desk.freeze()
        assert isinstance(outcome, Published)
        assert desk.store.deliveries.counts(outcome.id)[DeliveryState.DROPPED] == 1
        (delivery,) = desk.store.deliveries.of_issue(outcome.id)
        assert delivery.segment is not None
        assert desk.store.issues.segment(delivery.segment).stories == 0

    def test_reports_a_projects_template_that_failed_once(self, desk: Desk, tmp_path: Path) -> None:
        (tmp_path / "issue.txt").write_text("{{ issue.titel }}", encoding="utf-8")
        desk.renderer = Renderer([tmp_path, TEMPLATES])
        desk.report(1, DUE - HOUR)
        desk.subscribe("a@example.org")
        desk.subscribe("b@example.org", NISSAN)
        outcome = desk.freeze()
        assert isinstance(outcome, Published)
        assert [str(f)[:22] for f in outcome.failures] == ["templates/issue.txt:1:"]
        assert desk.store.deliveries.counts(outcome.id)[DeliveryState.QUEUED] == 2

    def test_a_reader_who_comes_while_it_is_rendered_gets_it_too(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        desk.subscribe("a@example.org")
        desk.renderer = Interrupted(desk)
        outcome = desk.freeze()
        assert isinstance(outcome, Published)
        assert desk.store.deliveries.counts(outcome.id)[DeliveryState.QUEUED] == 2

    def test_news_that_became_part_of_its_story_too_late_is_in_the_next(self, desk: Desk) -> None:
        """Stored before the issue left, but placed only after: a kill between poll and ingest."""
        desk.report(1, DUE - 2 * HOUR)
        desk.freeze()
        desk.report(2, DUE - HOUR, seen=DUE + HOUR)
        following = Period(key="2026-W48", start=DUE, end=DUE + WEEK)
        (late,) = desk.draft(DUE + WEEK, following).stories
        assert late.headlines[0].title == "nissan opens plant 2"


class Interrupted(Renderer):
    """A renderer during whose work somebody subscribes with a choice of their own."""

    def __init__(self, desk: Desk) -> None:
        super().__init__([TEMPLATES])
        self._desk = desk

    def segment(
        self,
        issue: Issue,
        choice: Choice,
        *,
        settings: Settings,
        names: Names,
        operator: OperatorView | None = None,
    ) -> Rendered:
        self._desk.subscribe("late@example.org", NISSAN)
        return super().segment(issue, choice, settings=settings, names=names, operator=operator)


class TestAgain:
    def test_has_a_key_of_its_own_and_tells_the_same(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        first = desk.freeze()
        once_more = again(WEEKLY, PERIOD, desk.store)
        second = desk.freeze(DUE + HOUR, once_more)
        assert once_more.key == "2026-W47.1"
        assert isinstance(first, Published)
        assert isinstance(second, Published)
        assert titles(second.issue) == titles(first.issue)
        assert again(WEEKLY, PERIOD, desk.store).key == "2026-W47.2"

    def test_of_an_issue_sent_early_covers_the_same_time(self, desk: Desk) -> None:
        now = PERIOD.start + 10 * HOUR
        desk.report(1, now - HOUR)
        desk.freeze(now)
        assert again(WEEKLY, PERIOD, desk.store).end == now

    def test_is_the_first_where_there_is_none(self, desk: Desk) -> None:
        assert again(WEEKLY, PERIOD, desk.store) == PERIOD


class TestPublishDue:
    def start(self, desk: Desk, at: datetime) -> None:
        """The service sees the edition for the first time."""
        assert desk.publish_due(at) == []

    def test_publishes_when_the_time_has_come_and_once(self, desk: Desk) -> None:
        self.start(desk, DUE - WEEK + HOUR)
        desk.report(1, DUE - HOUR)
        assert desk.publish_due(DUE - timedelta(seconds=1)) == []
        (outcome,) = desk.publish_due(DUE)
        assert isinstance(outcome, Published)
        assert desk.publish_due(DUE + HOUR) == []

    def test_owes_nothing_that_was_due_before_it_was_set_up(self, desk: Desk) -> None:
        desk.report(1, DUE - HOUR)
        assert desk.publish_due(DUE + HOUR) == []

    def test_owes_of_every_edition_what_was_due_since_feeds_were_followed(self, desk: Desk) -> None:
        """`digest next` says so of each, before the service has seen any."""
        daily = Edition(name="daily", schedule=parse_schedule("07:00"), zone=TOKYO)
        desk.report(1, DUE + HOUR)
        (outcome,) = desk.publish_due(DUE + 25 * HOUR, [WEEKLY, daily])
        assert isinstance(outcome, Published)
        assert outcome.issue.edition == "daily"

    def test_catches_up_the_newest_and_skips_the_older_with_the_reason(self, desk: Desk) -> None:
        self.start(desk, DUE - WEEK + HOUR)
        desk.report(1, DUE - HOUR)
        desk.report(2, DUE + WEEK - HOUR)
        skipped, published = desk.publish_due(DUE + WEEK + HOUR)
        assert isinstance(skipped, Unpublished)
        assert (skipped.period.key, skipped.outcome) == ("2026-W47", IssueOutcome.SKIPPED)
        assert "2026-W48 was due too" in skipped.reason
        assert isinstance(published, Published)
        assert titles(published.issue) == {"nissan opens plant 1", "nissan opens plant 2"}
        found = desk.store.issues.find("weekly", "2026-W47")
        assert found is not None
        assert found.reason == skipped.reason

    def test_skips_what_is_found_later_than_the_limit(self, desk: Desk) -> None:
        self.start(desk, DUE - WEEK + HOUR)
        desk.report(1, DUE - HOUR)
        desk.settings = replace(desk.settings, catch_up=timedelta(days=1))
        (skipped,) = desk.publish_due(DUE + timedelta(days=2))
        assert isinstance(skipped, Unpublished)
        assert "48 h late" in skipped.reason or "2 days 0 h late" in skipped.reason
        assert desk.publish_due(DUE + timedelta(days=2)) == []

    def test_an_issue_sent_by_hand_before_its_time_is_not_sent_again(self, desk: Desk) -> None:
        self.start(desk, DUE - WEEK + HOUR)
        desk.report(1, DUE - 20 * HOUR)
        assert isinstance(desk.freeze(DUE - 10 * HOUR), Published)
        assert desk.publish_due(DUE) == []

    def test_what_comes_after_an_early_issue_is_in_the_next(self, desk: Desk) -> None:
        self.start(desk, DUE - WEEK + HOUR)
        desk.report(1, DUE - 20 * HOUR)
        desk.freeze(DUE - 10 * HOUR)
        desk.report(2, DUE - HOUR)
        (outcome,) = desk.publish_due(DUE + WEEK)
        assert isinstance(outcome, Published)
        assert titles(outcome.issue) == {"nissan opens plant 2"}

    def test_each_edition_has_its_own_periods(self, desk: Desk) -> None:
        daily = Edition(name="daily", schedule=parse_schedule("07:00"), zone=TOKYO)
        assert desk.publish_due(DUE - 30 * HOUR, (WEEKLY, daily)) == []
        desk.report(1, DUE - 40 * HOUR)
        desk.report(2, DUE - HOUR)
        outcomes = desk.publish_due(DUE, (WEEKLY, daily))
        assert [
            (o.issue.edition, o.issue.period.key, len(o.issue.stories))
            if isinstance(o, Published)
            else (o.edition, o.period.key, 0)
            for o in outcomes
            if not isinstance(o, Decided | Kept)
        ] == [("weekly", "2026-W47", 2), ("daily", "2026-11-15", 0), ("daily", "2026-11-16", 2)]


class TestDescribe:
    def test_says_each_outcome_in_one_line(self, desk: Desk) -> None:
        nothing = Unpublished("weekly", PERIOD, IssueOutcome.EMPTY, "no news")
        assert describe(nothing) == "weekly 2026-W47: empty, no news"
        desk.report(1, DUE - HOUR)
        assert describe(desk.freeze()) == ("weekly 2026-W47: published, 1 story in 0 segments")
        assert describe(desk.freeze()) == (
            "weekly 2026-W47: was published or decided before; nothing was sent again"
        )


class TestOperatorsCopy:
    def test_has_the_weeks_numbers_and_goes_once(self, desk: Desk) -> None:
        desk.settings = replace(desk.settings, operator="editor@example.org")
        desk.subscribe("a@reader.example")
        desk.report(1, DUE - HOUR)
        desk.freeze()
        desk.freeze(DUE + HOUR)
        found = desk.store.deliveries.claim(10, DUE + HOUR, resend_unknown=True)
        (letter,) = [one.letter for one in found if one.letter is not None]
        assert {one.address for one in found} == {"editor@example.org", "a@reader.example"}
        assert (
            letter.subject
            == "Operator’s copy of weekly 2026-W47: nissan opens plant 1 · Kuruma Weekly"
        )
        for words in ("Entries read: 1", "Stories: 1", "Outlets: 1", "Readers: 1"):
            assert words in letter.text
        assert "Feeds in trouble: 0" in letter.text
        assert "subscribed to" not in letter.text

    def test_names_the_feeds_in_trouble(self, desk: Desk) -> None:
        feed = Feed(id=FeedId("trade"), url="https://trade.example/", title="Trade Paper")
        desk.settings = replace(desk.settings, operator="editor@example.org", feeds=(feed,))
        desk.report(1, DUE - HOUR)
        state = desk.store.feeds.states()[feed.id]
        failed = replace(state, failures=1, error="HTTP 500", failing_since=DUE - HOUR)
        desk.store.feeds.record(feed.id, failed, [], DUE)
        desk.freeze()
        found = desk.store.deliveries.claim(10, DUE + HOUR, resend_unknown=True)
        assert "Feeds in trouble: 1: Trade Paper" in str(found[0].letter and found[0].letter.text)


class TestWhatCameBefore:
    def test_earlier_stages_come_with_the_issue_that_told_them(self, desk: Desk) -> None:
        desk.report(1, DUE - 9 * WEEK, title="UPDATE 1-Nissan and Honda begin talks")
        desk.report(2, DUE - HOUR, title="Nissan and Honda plan to merge")
        desk.report(3, DUE + HOUR, title="Nissan and Honda end talks")
        desk.follow(2, 1)
        desk.follow(3, 2)
        desk.freeze()
        following = Period(key="2026-W48", start=DUE, end=DUE + WEEK)
        (told,) = desk.draft(DUE + WEEK, following).stories
        assert [(s.story, s.period, s.headlines[0].title) for s in told.earlier] == [
            (1, "", "Nissan and Honda begin talks"),
            (2, "2026-W47", "Nissan and Honda plan to merge"),
        ]

    def test_a_story_that_has_gone_on_is_told_by_what_came_since(self, desk: Desk) -> None:
        """The words of its beginning brought the reports of the next stage to the same story."""
        desk.report(1, DUE - 50 * HOUR, title="Nissan and Honda begin talks")
        desk.report(2, DUE - 49 * HOUR, title="Honda, Nissan in talks", story=1)
        desk.freeze()
        desk.report(3, DUE + 90 * HOUR, title="Nissan and Honda agree to merge", story=1)
        desk.report(4, DUE + 91 * HOUR, title="Honda, Nissan agree on a merger", story=1)
        desk.report(5, DUE + WEEK + 90 * HOUR, title="Nissan and Honda call it off")
        desk.report(6, DUE + WEEK + 91 * HOUR, title="Merger of Nissan is off", story=5)
        desk.follow(5, 1)
        following = period_of(WEEKLY, "2026-W48")
        (told,) = desk.freeze_stories(following)
        assert "has gone on after a silence" in told.reasons[-1]
        assert [each.title for each in told.headlines] == ["Nissan and Honda agree to merge"]
        assert [outlet.published for outlet in told.outlets] == [
            DUE + 90 * HOUR,
            DUE + 91 * HOUR,
        ]
        assert [(s.story, s.period, s.headlines[0].title) for s in told.earlier] == [
            (1, "2026-W47", "Nissan and Honda begin talks"),
        ]
        (off,) = desk.draft(DUE + 2 * WEEK, period_of(WEEKLY, "2026-W49")).stories
        assert [(s.story, s.headlines[0].title) for s in off.earlier] == [
            (1, "Nissan and Honda begin talks"),
            (1, "Nissan and Honda agree to merge"),
        ]

    def test_what_the_operator_excluded_is_passed_over(self, desk: Desk) -> None:
        for number in (1, 2, 3):
            desk.report(number, DUE - 30 * HOUR + number * HOUR, title=f"Stage {number}")
        desk.follow(2, 1)
        desk.follow(3, 2)
        desk.store.corrections.exclude(StoryId(2), "anna", DUE)
        last = next(s for s in desk.draft().stories if s.story == 3)
        assert [stage.story for stage in last.earlier] == [1]

    def test_an_issue_that_was_cancelled_told_nothing(self, desk: Desk) -> None:
        desk.report(2, DUE - HOUR, title="Nissan and Honda plan to merge")
        desk.report(3, DUE + HOUR, title="Nissan and Honda end talks")
        desk.follow(3, 2)
        out = desk.freeze()
        assert isinstance(out, Published)
        desk.store.issues.cancel(out.id, "wrong", DUE)
        following = Period(key="2026-W48", start=DUE, end=DUE + WEEK)
        (told,) = [s for s in desk.draft(DUE + WEEK, following).stories if s.story == 3]
        assert [stage.period for stage in told.earlier] == [""]

    def test_a_saga_that_goes_round_in_a_circle_ends(self, desk: Desk) -> None:
        for number in (1, 2):
            desk.report(number, DUE - 30 * HOUR + number * HOUR, title=f"Stage {number}")
        desk.follow(1, 2)
        desk.follow(2, 1)
        assert {story.story for story in desk.draft().stories} == {1, 2}

    def test_usual_counts_no_period_twice(self, desk: Desk) -> None:
        period = period_of(WEEKLY, "2026-W46")
        desk.report(1, period.end - HOUR)
        desk.freeze(period.end, period)
        desk.freeze(period.end + HOUR, again(WEEKLY, period, desk.store))
        usual = desk.draft().usual
        assert (usual.issues, [count.stories for count in usual.counts]) == (1, [1.0])

    def test_usual_of_a_monthly_edition_looks_back_on_as_many_issues(self, desk: Desk) -> None:
        monthly = replace(WEEKLY, schedule=parse_schedule("1st 07:00"))
        for month in range(5, 12):
            period = period_of(monthly, f"2026-{month:02}")
            desk.report(month, period.end - HOUR)
            if month < 11:
                freeze(monthly, period, desk.press(period.end))
        made = draft(monthly, period_of(monthly, "2026-11"), desk.press(DUE))
        assert made.usual.issues == 4

    def test_usual_is_the_mean_of_the_four_weeks_before(self, desk: Desk) -> None:
        for week in range(-5, 1):  # the first is too long ago
            if week != -1:  # a week without news
                desk.report(10 - week, DUE + week * WEEK - HOUR)
            if week == -2:
                desk.report(100, DUE + week * WEEK - 2 * HOUR)
            period = period_of(WEEKLY, f"2026-W{47 + week}")
            if week < 0:
                desk.freeze(period.end, period)
        usual = desk.draft().usual
        assert usual.issues == 4
        assert [(c.company, c.topic, c.stories) for c in usual.counts] == [
            ("nissan", "production", 1.0)
        ]

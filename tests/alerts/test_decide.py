"""Who is told of a story, once, and again only when it has become something else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from digest.model import (
    Change,
    Choice,
    CompanyId,
    Evidence,
    FeedKind,
    Reason,
    Report,
    Story,
    StoryId,
)
from tests.alerts.builders import BURST, DAY, DESK, raise_, titled, told, watch
from tests.builders import NOW, report

RULE = "company:nissan"
SOON, LATER = NOW + timedelta(hours=2), NOW + DAY


def grown(story: Story, owners: int) -> Story:
    more = [
        report(900 + number, cluster=int(story.id), published=NOW - timedelta(minutes=number))
        for number in range(owners)
    ]
    reports = sorted((*story.reports, *more), key=lambda each: each.entry.published)
    return replace(story, reports=tuple(reports))


class TestRule:
    def test_that_is_met_raises_an_alert_with_its_words(self) -> None:
        raised = raise_(told(1), watch(RULE))
        assert raised is not None
        assert [(each.to, each.reasons, each.changes) for each in raised.told] == [
            (DESK, (Reason(rule=RULE),), ())
        ]

    def test_that_is_not_met_raises_none(self) -> None:
        assert raise_(told(1), watch("company:honda")) is None

    def test_beside_another_tells_once_with_both_reasons(self) -> None:
        raised = raise_(told(1), watch(RULE, "topic:production"))
        assert raised is not None
        (one,) = raised.told
        assert [reason.rule for reason in one.reasons] == [RULE, "topic:production"]

    def test_sees_all_reports_of_the_story_together(self) -> None:
        assert raise_(told(1, 2, 3), watch("owners>=3")) is not None
        assert raise_(told(1, 2), watch("owners>=3")) is None

    def test_may_want_only_what_is_new_or_only_what_goes_on(self) -> None:
        story, watching = told(1), watch("company:nissan and update")
        assert raise_(story, watching) is None
        before = raise_(story, watch(RULE))
        assert raise_(grown(story, 3), watching, before=before, now=LATER) is not None
        assert raise_(grown(story, 3), watch("new"), before=before, now=LATER) is None

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ('"plants" and company:nissan', ("plants",)),
            ('company:honda or "two plants"', ("two plants",)),
            ('not "recall"', ()),
            ("owners>=1", ("owners>=1",)),
        ],
    )
    def test_says_which_words_met_it(self, rule: str, words: tuple[str, ...]) -> None:
        raised = raise_(told(1), watch(rule))
        assert raised is not None
        assert raised.told[0].reasons[0].words == words

    def test_names_of_a_topic_the_words_that_most_reports_have(self) -> None:
        story = told(1, 2, 3)
        said = [("merger", "weigh"), ("merger",), ("in talks on merging",)]
        story = replace(
            story,
            reports=tuple(
                about(each, words) for each, words in zip(story.reports, said, strict=True)
            ),
        )
        raised = raise_(story, watch("topic:production"))
        assert raised is not None
        assert raised.told[0].reasons[0].words == ("merger",)


def about(report: Report, words: tuple[str, ...]) -> Report:
    """The same report with these words about its topic."""
    evidence = tuple(
        Evidence(rule="a rule", words=each, where="title", start=0, score=1.0) for each in words
    )
    (topic,) = report.tags.topics
    topics = (structs.replace(topic, evidence=evidence),)
    return replace(report, tags=structs.replace(report.tags, topics=topics))


class TestAgain:
    def test_is_nothing_without_news(self) -> None:
        story = told(1, 2)
        before = raise_(story, watch(RULE))
        assert raise_(grown(story, 1), watch(RULE), before=before, now=LATER) is None

    def test_is_twice_the_voices(self) -> None:
        story = told(1, 2)
        before = raise_(story, watch(RULE))
        raised = raise_(grown(story, 2), watch(RULE), before=before, now=LATER)
        assert raised is not None
        assert raised.told[0].changes == (Change.OWNERS,)

    def test_waits_until_the_rule_has_rested(self) -> None:
        story = told(1, 2)
        before = raise_(story, watch(RULE))
        assert raise_(grown(story, 2), watch(RULE), before=before, now=SOON) is None
        short = watch(RULE, rest=timedelta(hours=1))
        assert raise_(grown(story, 2), short, before=before, now=SOON) is not None

    def test_is_a_figure_that_several_give_and_none_gave(self) -> None:
        story = told(1, 2, 3)
        before = raise_(story, watch(RULE))
        words = ("Nissan to cut 9,000 jobs", "Nissan cuts 9,000 jobs", "Nissan to close two plants")
        raised = raise_(titled(story, words), watch(RULE), before=before, now=LATER)
        assert raised is not None
        assert Change.FIGURE in raised.told[0].changes

    def test_is_told_once_with_all_rules_that_raise_it(self) -> None:
        story, both = told(1, 2), watch(RULE, "topic:production")
        raised = raise_(grown(story, 2), both, before=raise_(story, both), now=LATER)
        assert raised is not None
        (one,) = raised.told
        assert [reason.rule for reason in one.reasons] == [RULE, "topic:production"]
        assert one.changes == (Change.OWNERS,)

    def test_is_not_a_figure_that_one_gives(self) -> None:
        story = told(1, 2, 3)
        before = raise_(story, watch(RULE))
        words = ("Nissan to cut 9,000 jobs", "Nissan to close plants", "Nissan to close two plants")
        assert raise_(titled(story, words), watch(RULE), before=before, now=LATER) is None

    def test_is_a_later_stage_at_once(self) -> None:
        before = raise_(told(30, number=1), watch(RULE))
        later = replace(told(1, number=2), follows=StoryId(1))
        raised = raise_(later, watch(RULE), before=before, now=SOON)
        assert raised is not None
        assert raised.told[0].changes == (Change.STAGE,)

    def test_is_a_turn_of_the_same_story_at_once(self) -> None:
        story = titled(told(9, 8), ("Nissan halts two plants", "Nissan stops two plants"))
        before = raise_(story, watch(RULE))
        turned = grown(story, 1)
        words = ("Nissan halts two plants", "Nissan stops two plants", "Nissan restarts two plants")
        raised = raise_(titled(turned, words), watch(RULE), before=before, now=SOON)
        assert raised is not None
        assert raised.told[0].changes == (Change.STAGE,)


class TestBreaking:
    def test_is_for_those_who_wait_for_it(self) -> None:
        raised = raise_(told(1, 1, 1), watch(breaking=Choice()), burst=BURST)
        assert raised is not None
        assert raised.alert.burst == BURST
        assert raised.told[0].reasons == (Reason(rule=""),)

    def test_is_nothing_without_a_burst(self) -> None:
        assert raise_(told(1, 1, 1), watch(breaking=Choice())) is None

    def test_is_for_those_only_whose_choice_it_meets(self) -> None:
        honda = Choice(companies=frozenset({CompanyId("honda")}))
        assert raise_(told(1, 1, 1), watch(breaking=honda), burst=BURST) is None

    def test_goes_on_without_another_burst(self) -> None:
        watching = watch(breaking=Choice())
        before = raise_(told(30, 30, 30, number=1), watching, burst=BURST)
        later = replace(told(1, 2, number=2), follows=StoryId(1))
        raised = raise_(later, watching, before=before)
        assert raised is not None
        assert raised.told[0].changes == (Change.STAGE,)

    def test_does_not_go_on_by_one_outlet_unless_it_is_the_source(self) -> None:
        watching = watch(breaking=Choice())
        before = raise_(told(30, 30, 30, number=1), watching, burst=BURST)
        alone = told(1, number=2)
        assert raise_(alone, watching, before=before) is None
        source = told(1, number=2, kind=FeedKind.NEWSROOM)
        assert raise_(source, watching, before=before) is not None

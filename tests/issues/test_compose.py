"""What an issue tells, who gets which of it, and in what order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from digest.issues.compose import (
    CHANGED,
    INSTEAD,
    LED,
    LED_BEFORE,
    Brief,
    Table,
    compose,
    count_table,
    sections_of,
    select,
)
from digest.model import (
    Choice,
    CompanyId,
    EntryId,
    Issue,
    Report,
    Story,
    StoryId,
    TopicId,
    Usual,
    UsualCount,
)
from digest.stories.rank import Ranked
from tests.builders import NOW, report, story
from tests.issues.builders import PERIOD, WEEKLY, issue, issue_story, stage


def ranked(of: Story, **given: Any) -> Ranked:
    defaults: dict[str, Any] = {
        "score": 1.0,
        "reasons": ("3 outlets",),
        "section": TopicId("production"),
        "companies": (CompanyId("nissan"),),
        "topics": (TopicId("production"),),
    }
    return Ranked(story=of, **(defaults | given))


def composed(*stories: Ranked, told: dict[StoryId, int] | None = None) -> Issue:
    return compose(
        WEEKLY,
        PERIOD,
        stories,
        Brief(told=told or {}),
        title="Kuruma Weekly",
        entries_read=9,
        now=NOW,
    )


def with_stages(
    *stories: Ranked, stages: dict[int, tuple[int, ...]], lead: int | None = None
) -> Issue:
    """An issue in which stories have these others as earlier stages."""
    earlier = {StoryId(n): tuple(map(stage, numbers)) for n, numbers in stages.items()}
    return compose(
        WEEKLY,
        PERIOD,
        stories,
        Brief(earlier=earlier, lead=None if lead is None else StoryId(lead)),
        title="Kuruma Weekly",
        entries_read=9,
        now=NOW,
    )


def owned(number: int, owners: int) -> Story:
    return story(number, *(report(n, owner=f"owner-{n}") for n in range(owners)))


class TestOvertaken:
    stories = tuple(ranked(owned(number, 1)) for number in (1, 2, 3, 4))

    def told(self, issue: Issue, **choice: Any) -> list[int]:
        return [story.story for story in select(issue, Choice(**choice))]

    def test_an_earlier_stage_of_the_same_week_is_told_by_the_later_one_in_its_place(self) -> None:
        made = with_stages(*self.stories, stages={4: (2,)})
        assert self.told(made) == [1, 4, 3]
        assert [(s.story, s.overtaken_by) for s in made.stories] == [
            (1, None),
            (4, None),
            (2, 4),
            (3, None),
        ]
        assert made.stories[1].reasons[-1] == INSTEAD.format(2)

    def test_of_a_chain_the_last_is_told(self) -> None:
        made = with_stages(*self.stories, stages={4: (2, 3), 3: (2,)})
        assert self.told(made) == [1, 4]

    def test_of_two_that_follow_one_both_are_told_and_the_best_has_its_place(self) -> None:
        made = with_stages(*self.stories, stages={3: (1,), 4: (1,)})
        assert self.told(made) == [3, 2, 4]

    def test_who_does_not_get_the_later_one_gets_the_earlier(self) -> None:
        later = ranked(owned(4, 1), topics=(TopicId("ev"),))
        made = with_stages(*self.stories[:3], later, stages={4: (2,)})
        assert self.told(made, topics=frozenset({"production"})) == [1, 2, 3]

    def test_what_has_become_of_the_story_that_the_operator_puts_first_leads(self) -> None:
        later = ranked(owned(4, 1), topics=(TopicId("ev"),))
        made = with_stages(*self.stories[:3], later, stages={4: (2,), 3: (1,)}, lead=2)
        assert self.told(made) == [4, 3]
        assert made.stories[0].reasons[-1] == LED_BEFORE.format(2)
        assert self.told(made, topics=frozenset({"production"})) == [2, 3]

    def test_the_last_stage_that_the_operator_puts_first_stays_there(self) -> None:
        made = with_stages(*self.stories, stages={4: (2,)}, lead=4)
        assert self.told(made) == [4, 1, 3]
        assert made.stories[0].reasons[-1] == LED

    def test_stages_that_go_round_in_a_circle_lead_too(self) -> None:
        made = with_stages(*self.stories, stages={4: (2,), 2: (4,)}, lead=2)
        assert made.stories[0].story in {2, 4}

    def test_a_stage_of_another_week_overtakes_nothing(self) -> None:
        assert self.told(with_stages(*self.stories, stages={4: (99,)})) == [1, 2, 3, 4]


class TestCompose:
    def test_ranks_stories_in_the_order_given(self) -> None:
        made = composed(ranked(owned(7, 1)), ranked(owned(3, 1)))
        assert [(s.rank, s.story) for s in made.stories] == [(1, 7), (2, 3)]
        assert (made.edition, made.entries_read, made.frozen_at) == ("weekly", 9, NOW)

    @pytest.mark.parametrize(("owners", "comes"), [(3, False), (5, False), (6, True), (9, True)])
    def test_tells_a_story_again_only_when_twice_as_many_tell_it(
        self, owners: int, *, comes: bool
    ) -> None:
        made = composed(ranked(owned(7, owners)), told={StoryId(7): 3})
        assert bool(made.stories) is comes

    def test_the_headline_that_the_operator_chose_tells_the_story(self) -> None:
        reports = (
            report(1, lang="en", title="One"),
            report(2, lang="en", title="Two?", weight=0.1),
            report(3, lang="ja", title="一"),
            report(4, lang="ja", title="二"),
        )
        chosen = Story(id=StoryId(1), reports=reports, leads=(EntryId(2),))
        (told,) = composed(ranked(chosen)).stories
        assert [h.title for h in told.headlines] == ["Two?", "一"]

    def test_freezes_one_headline_a_language_that_of_most_owners_first(self) -> None:
        (told,) = composed(
            ranked(
                story(
                    1,
                    report(1, lang="en", title="One"),
                    report(2, lang="ja", title="一"),
                    report(3, lang="ja", title="二"),
                )
            )
        ).stories
        assert [h.lang for h in told.headlines] == ["ja", "en"]
        assert told.owners == 3

    def test_links_one_outlet_an_owner_the_weightiest_first(self) -> None:
        (told,) = composed(
            ranked(
                story(
                    1,
                    report(1, owner="wire", outlet="Copy"),
                    report(2, owner="wire", outlet="Wire", weight=1.5),
                    report(3, owner="paper", outlet="Paper", weight=2.0),
                    report(4, owner="blog", outlet="Later", published=NOW),
                    report(5, owner="blog", outlet="Sooner", published=NOW - timedelta(hours=9)),
                )
            )
        ).stories
        assert [link.outlet for link in told.outlets] == ["Paper", "Wire", "Sooner"]

    def test_what_is_told_is_the_latest_state_in_each_language_that_knows_it(self) -> None:
        late = NOW + timedelta(hours=9)
        (told,) = composed(
            ranked(
                story(
                    1,
                    report(1, title="Outage halts the port", published=NOW),
                    report(2, title="Outage stops the port", published=NOW + timedelta(hours=1)),
                    report(3, lang="ja", title="港で障害、船積み停止", published=NOW),
                    report(4, lang="ja", title="港、船積みを再開", published=late),
                )
            )
        ).stories
        assert [h.title for h in told.headlines] == ["港、船積みを再開", "Outage halts the port"]
        assert told.turned == late
        assert told.headlines[0].published == late
        assert told.headline("en") is told.headlines[1]
        assert told.headline("de") is told.headlines[0]

    def test_a_headline_without_a_summary_has_what_another_outlet_of_its_language_says(
        self,
    ) -> None:
        (told,) = composed(
            ranked(
                story(
                    1,
                    report(1, title="Rogue probe opens", summary="", weight=9.0),
                    report(2, title="A probe of the Rogue", summary="It is one. It is long."),
                    report(3, lang="ja", title="調査開始", summary=""),
                )
            )
        ).stories
        assert [(s.text, s.lang, s.outlet) for s in told.sentences] == [
            ("It is one.", "en", told.outlets[1].outlet)
        ]

    @pytest.mark.parametrize(
        ("summary", "kept"),
        [
            ("Nissan to close two plants in Japan", ""),
            (
                "Nissan to close two plants - Trade Paper",
                "Nissan to close two plants - Trade Paper",
            ),
            ("Nissan to close two plants in Japan – Trade Paper", ""),
            ("Nissan to close…", ""),
            ("The union asks for talks.", "The union asks for talks."),
            (
                "Nissan to close two plants in Japan, which employ 6,000 and made the Leaf.",
                "Nissan to close two plants in Japan, which employ 6,000 and made the Leaf.",
            ),
        ],
    )
    def test_drops_a_summary_that_only_repeats_the_title(self, summary: str, kept: str) -> None:
        (told,) = composed(ranked(story(1, report(1, summary=summary)))).stories
        assert told.headlines[0].summary == kept

    def test_freezes_key_sentences_in_each_language_and_figures(self) -> None:
        (told,) = composed(
            ranked(
                story(
                    1,
                    report(
                        1,
                        outlet="Reuters",
                        title="UPDATE 2-Acme to shut works",
                        summary="TOKYO (Reuters) - Acme will close it in March and cut 9,000 jobs.",
                    ),
                    report(
                        2,
                        outlet="日経",
                        lang="ja",
                        title="アクメ、工場閉鎖へ",
                        summary="【東京共同】来年3月までに2万人を削減すると発表した。",
                    ),
                )
            )
        ).stories
        assert [(one.lang, one.outlet, one.text) for one in told.sentences] == [
            ("en", "Reuters", "Acme will close it in March and cut 9,000 jobs."),
            ("ja", "日経", "来年3月までに2万人を削減すると発表した。"),
        ]
        (figure,) = told.figures
        assert [(c.words, c.outlets) for c in figure.claims] == [
            ({"en": "9,000 jobs"}, ("Reuters",)),
            ({"ja": "2万人"}, ("日経",)),
        ]
        assert told.headlines[0].title == "Acme to shut works"

    def test_dates_a_story_by_its_first_report(self) -> None:
        first, second = NOW - timedelta(days=2), NOW - timedelta(days=1)
        reports: Sequence[Report] = (report(1, published=first), report(2, published=second))
        (told,) = composed(ranked(story(1, *reports))).stories
        assert told.published == first


class TestSelect:
    made = issue(
        issue_story(1, companies=("toyota", "denso"), topics=("ev",)),
        issue_story(2, companies=("nissan",), topics=("ev", "battery")),
        issue_story(3, companies=("nissan",), topics=("labor",)),
        issue_story(4, companies=(), topics=()),
    )

    @pytest.mark.parametrize(
        ("companies", "topics", "ranks"),
        [
            ((), (), [1, 2, 3, 4]),
            (("denso",), (), [1]),
            (("denso", "nissan"), (), [1, 2, 3]),
            ((), ("battery", "labor"), [2, 3]),
            (("nissan",), ("ev",), [2]),
            (("toyota",), ("labor",), []),
        ],
    )
    def test_a_story_must_meet_companies_and_topics(
        self, companies: tuple[CompanyId, ...], topics: tuple[TopicId, ...], ranks: list[int]
    ) -> None:
        choice = Choice(companies=frozenset(companies), topics=frozenset(topics))
        assert [s.rank for s in select(self.made, choice)] == ranks

    def test_cuts_after_choosing_not_before(self) -> None:
        choice = Choice(companies=frozenset({CompanyId("nissan")}))
        assert [s.rank for s in select(self.made, choice, 1)] == [2]


class TestSections:
    order = (TopicId("ev"), TopicId("labor"))

    def test_lead_comes_first_and_each_story_once(self) -> None:
        stories = [issue_story(n, section=s) for n, s in enumerate(("labor", "ev", "labor"), 1)]
        lead, sections = sections_of(stories, self.order)
        assert lead == stories[0]
        assert [(s.topic, [x.rank for x in s.stories]) for s in sections] == [
            ("ev", [2]),
            ("labor", [3]),
        ]

    def test_unplaced_topics_follow_the_operators_and_no_topic_is_last(self) -> None:
        topics = ("ev", None, "motorsport", "labor", "battery", "ev")
        _, sections = sections_of(
            [issue_story(n, section=topic) for n, topic in enumerate(topics, 1)], self.order
        )
        assert [s.topic for s in sections] == ["ev", "labor", "motorsport", "battery", None]

    def test_sagas_that_have_gone_on_stand_first_the_best_of_them(self) -> None:
        stories = [
            issue_story(n, section="ev", earlier=(stage(),) if n != 3 else ()) for n in range(1, 9)
        ]
        _, sections = sections_of(stories, self.order)
        assert [(s.changed, [x.rank for x in s.stories]) for s in sections] == [
            (True, [2, 4, 5, 6]),
            (False, [3, 7, 8]),
        ]
        assert len(sections[0].stories) == CHANGED

    def test_need_a_story(self) -> None:
        with pytest.raises(ValueError, match="unpack"):
            sections_of([], self.order)


EV = TopicId("ev")


class TestTable:
    stories = (
        issue_story(1, companies=("nissan", "honda"), topics=("ev",)),
        issue_story(2, companies=("nissan",), topics=("ev", "labor")),
        issue_story(3, companies=("honda",), topics=("labor",)),
        issue_story(4, companies=(), topics=("policy_regulation",)),
    )

    def counted(self, table: Table) -> dict[str, list[int]]:
        return {topic: [cell.stories for cell in cells] for topic, cells in table.rows}

    def test_counts_the_stories_of_the_companies_most_told_of(self) -> None:
        table = count_table(self.stories, Choice(), Usual())
        assert table.companies == ("nissan", "honda")
        assert self.counted(table) == {"ev": [2, 1], "labor": [1, 1]}
        assert {cell.usual for _, cells in table.rows for cell in cells} == {None}

    def test_has_four_companies_at_most(self) -> None:
        stories = [issue_story(companies=tuple("abcdef"))]
        assert len(count_table(stories, Choice(), Usual()).companies) == 4

    def test_of_a_choice_shows_nothing_that_was_not_chosen(self) -> None:
        choice = Choice(companies=frozenset({CompanyId("honda")}), topics=frozenset({EV}))
        table = count_table(select(issue(*self.stories), choice), choice, Usual())
        assert (table.companies, self.counted(table)) == (("honda",), {"ev": [1]})

    def test_sets_each_count_beside_the_usual_one(self) -> None:
        before = UsualCount(company=CompanyId("nissan"), topic=EV, stories=0.5)
        table = count_table(self.stories, Choice(), Usual(issues=4, counts=(before,)))
        cells = dict(table.rows)[EV]
        assert [(cell.stories, cell.usual) for cell in cells] == [(2, 0.5), (1, 0.0)]

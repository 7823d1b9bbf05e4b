"""Why a story is in what a reader gets, and why not."""

from dataclasses import replace
from typing import Any

from digest.issues.explain import Explanation, LeftOut, explain
from digest.model import Choice, CompanyId, Issue, Story, StoryId, Tags, TopicId
from tests.builders import report, story
from tests.issues.builders import headline, issue, issue_story, stage

SECTIONS = (TopicId("tariffs_trade"), TopicId("production"))


def explained(of: Issue, choice: Choice = Choice(), shown: int = 30, **given: Any) -> Explanation:  # noqa: B008  # frozen
    options: dict[str, Any] = {
        "sections": SECTIONS,
        "stories": (),
        "told_before": {},
        "frozen": False,
    }
    return explain(of, choice, shown, **(options | given))


def why(of: Story, **given: Any) -> str:
    (left,) = explained(issue(issue_story(1)), stories=[of], **given).left_out
    assert left.story == of.id
    return left.why


def numbered(number: int, **given: Any) -> Any:
    return issue_story(number, headlines=(headline(number=number),), **given)


class TestWhatIsTold:
    def test_stands_in_the_order_of_the_page(self) -> None:
        of = issue(
            numbered(1),
            numbered(2, section=None),
            numbered(3),
            numbered(4, section=TopicId("tariffs_trade")),
        )
        found = explained(of).told
        assert [(one.story.rank, one.lead, one.section) for one in found] == [
            (1, True, "production"),
            (4, False, "tariffs_trade"),
            (3, False, "production"),
            (2, False, None),
        ]

    def test_says_what_stands_among_the_sagas_that_have_gone_on(self) -> None:
        of = issue(numbered(1), numbered(2), numbered(3, earlier=(stage(),)))
        found = explained(of).told
        assert [(one.story.rank, one.changed) for one in found] == [
            (1, False),
            (3, True),
            (2, False),
        ]

    def test_is_nothing_where_nothing_meets_the_choice(self) -> None:
        assert explained(issue(), Choice()) == Explanation(told=(), left_out=())


class TestWhatIsLeftOut:
    def test_found_no_room(self) -> None:
        found = explained(issue(numbered(1), numbered(2), numbered(3)), shown=2).left_out
        assert found == (
            LeftOut(
                story=StoryId(3),
                title="Nissan to close plant 3",
                why="no room: it is number 3, and there is room for 2",
            ),
        )

    def test_is_not_in_the_choice(self) -> None:
        of = issue(numbered(1), numbered(2, companies=(), topics=()))
        choice = Choice(
            companies=frozenset({CompanyId("honda")}), topics=frozenset({TopicId("ev")})
        )
        assert [left.why for left in explained(of, choice).left_out] == [
            "not in the choice: it is about nissan; it is on production",
            "not in the choice: it is about no company; it is on no topic",
        ]
        only_topic = Choice(topics=frozenset({TopicId("production")}))
        assert [left.why for left in explained(of, only_topic).left_out] == [
            "not in the choice: it is on no topic"
        ]
        only_company = Choice(companies=frozenset({CompanyId("nissan")}))
        assert [left.why for left in explained(of, only_company).left_out] == [
            "not in the choice: it is about no company"
        ]

    def test_was_overtaken_in_the_same_week(self) -> None:
        of = issue(issue_story(2), issue_story(1, overtaken_by=StoryId(2)))
        assert [left.why for left in explained(of).left_out] == [
            "overtaken: story 2 has it as what came earlier"
        ]

    def test_is_not_relevant(self) -> None:
        told = report(2, relevant=False)
        assert why(story(2, told)) == "not relevant: nothing of it is news of the field"
        reasoned = replace(
            told, tags=Tags(companies=(), topics=(), relevant=False, reasons=("a", "b"))
        )
        assert why(story(2, reasoned)) == "a; b"
        (left,) = explained(issue(), stories=[story(2, told)]).left_out
        assert not left.relevant

    def test_was_excluded(self) -> None:
        assert "`digest stories exclude 2 --undo`" in why(replace(story(2), excluded=True))

    def test_was_told_before(self) -> None:
        assert why(story(2), told_before={StoryId(2): 3}) == (
            "an earlier issue told it when 3 outlets did; 1 do now, and it comes back at 6"
        )

    def test_is_of_no_interest(self) -> None:
        assert "an interest of 0" in why(story(2))

    def test_came_after_the_issue_was_frozen(self) -> None:
        assert "after the issue was frozen" in why(story(2), frozen=True)

    def test_is_told_by_the_headline_that_the_operator_chose(self) -> None:
        two = (report(2, title="One"), report(3, title="Other"))
        chosen = replace(story(2, *two), leads=(two[1].stored.id,))
        (left,) = explained(issue(), stories=[chosen]).left_out
        assert left.title == "Other"

    def test_is_not_what_is_told(self) -> None:
        assert explained(issue(issue_story(1)), stories=[story(1)]).left_out == ()

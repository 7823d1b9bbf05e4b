"""A story that has gone on after a silence is told by its latest stage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.issues.stages import GoneOn, gone_on, stages_of
from digest.model import EntryId, Story, StoryId
from tests.builders import report

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ONE = StoryId(1)


def story(*told: tuple[float, str], leads: tuple[int, ...] = ()) -> Story:
    """Reports so many days after the first, each with its owner."""
    return Story(
        id=ONE,
        reports=tuple(
            report(n, owner=owner, published=NOON + timedelta(days=days))
            for n, (days, owner) in enumerate(told, 1)
        ),
        leads=tuple(map(EntryId, leads)),
    )


TALKS, DEAL = ((0, "a"), (0.1, "b")), ((9, "a"), (9.2, "c"))


def numbers(stages: tuple[Story, ...]) -> list[list[int]]:
    return [[each.stored.id for each in stage.reports] for stage in stages]


class TestStages:
    def test_are_parted_by_a_silence(self) -> None:
        assert numbers(stages_of(story(*TALKS, *DEAL))) == [[1, 2], [3, 4]]
        assert numbers(stages_of(story(*TALKS, *DEAL, (20, "a"), (21, "b")))) == [
            [1, 2],
            [3, 4],
            [5, 6],
        ]

    def test_are_one_where_reports_go_on(self) -> None:
        told = story((0, "a"), (2, "b"), (5, "c"), (8, "d"))
        assert stages_of(told) == (told,)

    def test_are_told_by_more_than_one(self) -> None:
        """One outlet alone looks back, or was first."""
        assert len(stages_of(story(*TALKS, (9, "c"), (9.2, "c")))) == 1
        assert len(stages_of(story((0, "a"), *DEAL))) == 1
        assert numbers(stages_of(story((0, "a"), *DEAL, (20, "a"), (20, "b")))) == [
            [1, 2, 3],
            [4, 5],
        ]


class TestGoneOn:
    whole = story(*TALKS, *DEAL)

    def told(self, of: Story, days: float | None) -> GoneOn:
        """When the last issue told it so many days after its first report."""
        return gone_on([of], {} if days is None else {ONE: NOON + timedelta(days=days)})

    def test_is_what_an_issue_told_before_it_went_on(self) -> None:
        talks, deal = stages_of(self.whole)
        assert self.told(self.whole, 5) == GoneOn((deal,), {ONE: (talks,)})

    def test_is_what_no_issue_told(self) -> None:
        assert self.told(self.whole, None).stories == stages_of(self.whole)[1:]

    def test_is_not_what_was_told_since(self) -> None:
        assert self.told(self.whole, 9.1) == GoneOn((self.whole,), {})

    def test_is_no_story_of_one_stage(self) -> None:
        talks = story(*TALKS)
        assert self.told(talks, None) == GoneOn((talks,), {})

    def test_is_not_what_the_operator_tells_by_an_earlier_headline(self) -> None:
        led = replace(self.whole, leads=(EntryId(1),))
        assert self.told(led, None) == GoneOn((led,), {})
        assert numbers(self.told(led, 5).stories) == [[3, 4]]
        later = replace(self.whole, leads=(EntryId(4),))
        assert numbers(self.told(later, None).stories) == [[3, 4]]

import pytest

from digest.model import EntryId, StoryId
from digest.stories.corrections import (
    Exclude,
    Lead,
    Merge,
    Split,
    Ties,
    Wish,
    as_arguments,
    wish_of,
)

ONE, TWO, THREE, FOUR = map(StoryId, (1, 2, 3, 4))


@pytest.mark.parametrize(
    "wish",
    [
        Merge(stories=(ONE, TWO)),
        Merge(stories=(ONE, TWO), undo=True),
        Split(story=ONE, entries=(EntryId(7), EntryId(8))),
        Split(story=TWO, undo=True),
        Lead(story=ONE, entry=EntryId(7)),
        Lead(story=ONE, entry=None, undo=True),
        Exclude(story=ONE),
        Exclude(story=ONE, undo=True),
    ],
)
def test_a_wish_reaches_the_service_as_it_was_made(wish: Wish) -> None:
    assert wish_of(as_arguments(wish)) == wish


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="rename"):
        wish_of({"wish": "rename", "stories": "1", "entries": "", "undo": ""})


def test_nothing_said_binds_nothing() -> None:
    ties = Ties()
    ties.join(ONE, TWO)
    assert ties.may_join(ONE, THREE)
    assert not ties.merged(ONE)


def test_split_stories_stay_apart_under_every_name() -> None:
    ties = Ties(apart=[(THREE, TWO), (FOUR, TWO)])
    assert not ties.may_join(TWO, THREE)
    assert not ties.may_join(THREE, TWO)
    assert ties.may_join(THREE, FOUR)
    ties.join(ONE, TWO)
    assert not ties.may_join(ONE, THREE)
    assert not ties.may_join(FOUR, ONE)
    assert ties.may_join(TWO, THREE)  # the name of no story any more


def test_a_merged_story_stays_one_of_several_under_every_name() -> None:
    ties = Ties(merged=[TWO])
    ties.join(ONE, TWO)
    assert ties.merged(ONE)

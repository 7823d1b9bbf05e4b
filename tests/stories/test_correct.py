"""What the operator says of stories wins over the machine, now, later and after a restart."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import EntryId, FeedId, PollState, RevisedEntry, Story, StoryId
from digest.settings import Feed
from digest.store import Store
from digest.stories.cluster import StoryIndex
from digest.stories.correct import Corrected, Refused, correct, describe
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish
from digest.stories.ingest import ingest, load_index
from tests.builders import NOW, as_new, entry
from tests.stories.builders import built_in

FEED = Feed(id=FeedId("trade"), url="https://trade.example/", title="T", drop=('"careers"',))
RECALL = "Toyota recalls 135,000 Prius cars over rear doors"
RECALL_AGAIN = "Toyota recalls 135,000 Prius cars as rear doors may open"
RECALL_JA = "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"
PLANT = "Mazda picks Hofu for battery module plant"
PLANT_JA = "マツダ、防府に電池モジュール工場を新設へ"


class Refusal(Exception):  # noqa: N818
    """A wish that was refused; only here, so that `pytest.raises` can tell."""


class Desk:
    """A store with a feed, an index that lives as long as nothing is corrected, and verbs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index: StoryIndex | None = None
        self.entries = 0
        store.feeds.sync([FEED], NOW)

    def tell(self, *titles: str, hours: float = 20) -> None:
        """Poll these headlines, published so many hours ago, and place them."""
        told = [
            entry(
                number=self.entries + n,
                title=title,
                lang="en" if title.isascii() else "ja",
                published=NOW - timedelta(hours=hours) + timedelta(minutes=n),
            )
            for n, title in enumerate(titles, start=1)
        ]
        self.entries += len(titles)
        self.store.feeds.record(FEED.id, PollState(), as_new(*told), NOW)
        self.place()

    def revise(self, number: int, title: str) -> None:
        told = entry(number=number, title=title, published=NOW - timedelta(hours=19))
        revised = RevisedEntry(id=EntryId(number), entry=told, title_key="", words=True)
        self.store.feeds.record(FEED.id, PollState(), [revised], NOW)
        self.place()

    def place(self) -> None:
        self.index = self.index or load_index(self.store, built_in(), NOW)
        ingest(self.store, built_in(), self.index, {FEED.id: FEED}, NOW)

    def restart(self) -> None:
        self.index = None

    def say(self, wish: Wish) -> str:
        outcome = correct(self.store, wish, "emi", NOW)
        if isinstance(outcome, Corrected) and outcome.moved:
            self.index = None
        if isinstance(outcome, Refused):
            raise Refusal(describe(outcome))
        return describe(outcome)

    def merge(self, *stories: int, undo: bool = False) -> str:
        return self.say(Merge(stories=tuple(map(StoryId, stories)), undo=undo))

    def split(self, story: int, *entries: int, undo: bool = False) -> str:
        named = tuple(map(EntryId, entries))
        return self.say(Split(story=StoryId(story), entries=named, undo=undo))

    def lead(self, story: int, number: int | None = None, *, undo: bool = False) -> str:
        chosen = None if number is None else EntryId(number)
        return self.say(Lead(story=StoryId(story), entry=chosen, undo=undo))

    def exclude(self, story: int, *, undo: bool = False) -> str:
        return self.say(Exclude(story=StoryId(story), undo=undo))

    @property
    def stories(self) -> dict[int, list[int]]:
        """The entries of each story."""
        return {
            int(story.id): sorted(report.stored.id for report in story.reports)
            for story in self.store.entries.placed_since(NOW - timedelta(days=60))
        }

    def story(self, number: int) -> Story:
        found = self.store.entries.story(StoryId(number))
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store.open(tmp_path / "state") as opened:
        yield Desk(opened)


# --- merge -----------------------------------------------------------------------------------


def test_merged_stories_stay_one_and_both_attract_new_reports(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    assert desk.merge(2, 1) == "stories 1 and 2 are one now: story 1"
    desk.tell(RECALL_AGAIN, PLANT + " in Yamaguchi", hours=10)
    assert desk.stories == {1: [1, 2, 3, 4]}
    desk.restart()
    desk.tell(RECALL_JA, PLANT_JA, hours=5)
    assert desk.stories == {1: [1, 2, 3, 4, 5, 6]}


def test_merging_twice_is_said_and_the_old_number_leads_to_the_story(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    desk.merge(1, 2)
    assert desk.merge(1, 2) == "nothing to do: stories 1 and 2 are one already: story 1"
    assert desk.store.corrections.story_of(StoryId(2)) == 1
    assert len(desk.store.corrections.of(StoryId(1))) == 1


def test_an_undone_merge_gives_each_its_own_back(desk: Desk) -> None:
    desk.tell(RECALL, PLANT, RECALL_JA)
    assert desk.stories == {1: [1, 3], 2: [2]}
    desk.merge(1, 2)
    assert desk.merge(1, 2, undo=True) == "story 2 is on its own again"
    assert desk.stories == {1: [1, 3], 2: [2]}
    assert "nobody merged 1 and 2" in desk.merge(1, 2, undo=True)
    assert desk.store.corrections.of(StoryId(1)) == []


def test_merges_of_merged_stories_are_undone_together_or_one_by_one(desk: Desk) -> None:
    desk.tell(RECALL, PLANT, "Suzuki opens a scooter plant in Gujarat")
    desk.merge(2, 3)
    desk.merge(1, 3)
    assert desk.stories == {1: [1, 2, 3]}
    assert desk.merge(3, undo=True) == "story 3 is on its own again"
    assert desk.stories == {1: [1, 2], 3: [3]}
    desk.merge(1, 3)
    assert desk.merge(2, 3, undo=True) == "stories 2 and 3 are each on its own again"
    assert desk.stories == {1: [1], 2: [2], 3: [3]}


def test_a_story_whose_first_reports_left_the_index_goes_whole(desk: Desk) -> None:
    """The machine links what is live; what is not any more belongs to the same story."""
    desk.tell(PLANT, hours=24 * 30)
    desk.tell("Suzuki opens a scooter plant in Gujarat", hours=24 * 29)
    desk.tell(RECALL, RECALL_JA, hours=20)
    assert desk.stories == {1: [1], 2: [2], 3: [3, 4]}
    desk.merge(2, 3)
    desk.tell(RECALL_AGAIN, hours=3)
    assert desk.stories == {1: [1], 2: [2, 3, 4, 5]}


@pytest.mark.parametrize(
    ("stories", "says"),
    [((1,), "two stories or more"), ((1, 1), "two stories or more"), ((1, 9), "no story 9")],
)
def test_what_cannot_be_merged(desk: Desk, stories: tuple[int, ...], says: str) -> None:
    desk.tell(RECALL, PLANT)
    with pytest.raises(Refusal, match=says):
        desk.merge(*stories)
    with pytest.raises(Refusal, match="no story 9"):
        desk.merge(9, undo=True)


def test_an_excluded_story_takes_no_other_with_it(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    desk.exclude(2)
    with pytest.raises(Refusal, match="story 2 is excluded"):
        desk.merge(1, 2)
    assert desk.stories == {1: [1], 2: [2]}


# --- split -----------------------------------------------------------------------------------


def test_split_entries_are_never_joined_or_linked_again(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN, RECALL_JA)
    assert desk.stories == {1: [1, 2, 3]}
    assert desk.split(1, 3) == "entry 3 left story 1 for story 3"
    desk.tell("Toyota recall: 135,000 Prius cars, rear door fault", hours=12)
    assert desk.stories == {1: [1, 2, 4], 3: [3]}
    desk.restart()
    desk.tell("トヨタ プリウス13万5000台をリコール 後部ドアに不具合", hours=6)
    after = desk.stories
    assert {tuple(after[1])[:2], tuple(after[3])[:1]} == {(1, 2), (3,)}


def test_splitting_twice_is_said(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN, RECALL_JA)
    assert desk.split(1, 2, 3) == "entries 2 and 3 left story 1 for story 3"
    assert desk.split(1, 3, 2) == "nothing to do: entries 2 and 3 left story 1 before, for story 3"
    assert desk.stories == {1: [1], 3: [2, 3]}


def test_a_split_entry_stays_whatever_its_words_become(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN)
    desk.split(1, 2)
    desk.revise(2, "Toyota careers day")  # left out by a rule of the feed
    assert desk.stories == {1: [1]}
    desk.revise(2, RECALL)
    assert desk.stories == {1: [1], 2: [2]}


def test_an_undone_split_brings_back_what_came_to_it_since(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN)
    desk.split(1, 2)
    desk.tell("Toyota recalls 135,000 Prius cars as rear doors may open while moving", hours=9)
    assert desk.stories == {1: [1], 2: [2, 3]}
    assert desk.split(2, undo=True) == "story 2 is part of story 1 again"
    assert desk.stories == {1: [1, 2, 3]}
    assert "nobody split story 1" in desk.split(2, undo=True)
    desk.tell(RECALL_JA, hours=2)
    assert desk.stories == {1: [1, 2, 3, 4]}


def test_merging_what_was_split_undoes_the_split(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN)
    desk.split(1, 2)
    desk.merge(1, 2)
    assert [each.kind for each in desk.store.corrections.of(StoryId(1))] == ["merge"]
    assert desk.store.corrections.apart() == []


def test_split_stories_stay_apart_when_others_join_them(desk: Desk) -> None:
    """What the machine joins to one of them is as far from the other."""
    desk.tell(PLANT, RECALL, RECALL_AGAIN)
    desk.split(2, 3)
    desk.merge(1, 2)
    assert desk.store.corrections.apart() == [(3, 1)]
    desk.tell(RECALL_JA, hours=10)
    assert sum(4 in entries for entries in desk.stories.values()) == 1
    assert all(not {2, 3} <= set(entries) for entries in desk.stories.values())


def test_a_split_off_story_that_joined_an_older_one_returns_alone(desk: Desk) -> None:
    desk.tell(PLANT, RECALL, RECALL_AGAIN)
    desk.split(2, 3)
    desk.merge(1, 3)
    assert desk.stories == {1: [1, 3], 2: [2]}
    assert desk.split(3, undo=True) == "story 3 is part of story 2 again"
    assert desk.stories == {1: [1], 2: [2, 3]}


@pytest.mark.parametrize(
    ("story", "entries", "says"),
    [
        (1, (), "name the entries"),
        (1, (1, 2), "nothing would be left"),
        (1, (3,), "entry 3 is not in story 1 but in story 2"),
        (1, (9,), "no story has an entry 9"),
        (9, (1,), "no story 9"),
    ],
)
def test_what_cannot_be_split(desk: Desk, story: int, entries: tuple[int, ...], says: str) -> None:
    desk.tell(RECALL, RECALL_AGAIN, PLANT)
    with pytest.raises(Refusal, match=says):
        desk.split(story, *entries)
    with pytest.raises(Refusal, match="as a whole"):
        desk.split(1, 1, undo=True)
    assert desk.stories == {1: [1, 2], 2: [3]}


# --- lead, exclude ---------------------------------------------------------------------------


def test_a_chosen_headline_leads_in_its_language(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN, RECALL_JA)
    assert desk.lead(1, 1) == "entry 1 leads story 1 now"
    assert desk.lead(1, 1) == "nothing to do: entry 1 leads story 1 already"
    desk.lead(1, 2)
    desk.lead(1, 3)
    story = desk.story(1)
    assert story.leads == (3, 2)
    english, whole = story.lead("en"), story.lead()
    assert english is not None
    assert whole is not None
    assert (english.stored.id, whole.stored.id) == (2, 3)
    assert desk.lead(1, 3, undo=True) == ("story 1 is told by the headline that fits it best again")
    assert desk.story(1).leads == (2,)
    desk.lead(1, undo=True)
    assert desk.story(1).lead() is None
    assert "nobody chose" in desk.lead(1, undo=True)


def test_a_chosen_headline_goes_where_its_entry_goes(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN)
    desk.lead(1, 2)
    desk.split(1, 2)
    assert (desk.story(1).leads, desk.story(2).leads) == ((), (2,))
    assert desk.store.corrections.of(StoryId(1))[0].kind == "split"
    assert [c.kind for c in desk.store.corrections.all()[StoryId(2)]] == ["lead", "split"]


def test_what_cannot_lead(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    with pytest.raises(Refusal, match="entry 2 is not in story 1"):
        desk.lead(1, 2)
    with pytest.raises(Refusal, match="name the entry"):
        desk.lead(1)


def test_an_excluded_story_stays_so_with_all_that_comes_to_it(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    assert "in no issue" in desk.exclude(1)
    assert desk.exclude(1) == "nothing to do: story 1 is excluded already"
    desk.tell(RECALL_JA, hours=3)
    assert [desk.story(n).excluded for n in (1, 2)] == [True, False]
    assert desk.exclude(1, undo=True) == "story 1 may be told again"
    assert "not excluded" in desk.exclude(1, undo=True)
    assert not desk.story(1).excluded


def test_each_of_several_splits_is_undone_by_its_own_number(desk: Desk) -> None:
    desk.tell(RECALL, RECALL_AGAIN, RECALL_JA)
    desk.split(1, 2)
    desk.split(1, 3)
    assert desk.stories == {1: [1], 3: [2], 4: [3]}
    desk.lead(4, 3)
    assert desk.split(4, undo=True) == "story 4 is part of story 1 again"
    assert desk.stories == {1: [1, 3], 3: [2]}
    assert desk.story(1).leads == (3,)


def test_undoing_a_merge_by_the_story_that_was_kept_names_those_that_came(desk: Desk) -> None:
    desk.tell(RECALL, PLANT)
    desk.merge(1, 2)
    assert desk.merge(1, undo=True) == (
        "nothing to do: story 1 was kept, and 2 came into it;"
        " `digest stories merge 2 --undo` lets go again"
    )
    assert desk.merge(2, undo=True) == "story 2 is on its own again"
    assert desk.merge(1, undo=True) == "nothing to do: nobody merged 1 into another story"


def test_a_refused_wish_says_what_to_do(desk: Desk) -> None:
    assert correct(desk.store, Split(story=StoryId(1)), "emi", NOW) == Refused(
        "name the entries that leave story 1; `digest stories show 1` says their numbers"
    )
    assert correct(desk.store, Exclude(story=StoryId(1)), "emi", NOW) == Refused(
        "there is no story 1; `digest stories` lists them"
    )

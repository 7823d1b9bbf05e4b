from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ClusterId
from digest.stories.cluster import StoryIndex
from digest.stories.link import Linker
from digest.stories.odds import NEVER, Odds, Told
from digest.stories.profile import profile_of
from tests.stories.builders import built_in, seen

ODDS = Odds(built_in().lexicon)
RECALL = "Toyota recalls 135,000 Prius cars over rear doors"
SAME = "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"


def told(title: str, lang: str = "en") -> Told:
    """A cluster of one report, in which each feature says 3."""
    profile = profile_of([seen(built_in(), 1, title, lang=lang)])
    vector = dict.fromkeys(profile.features, 3.0)
    return Told(profile, vector, 3.0 * len(vector) ** 0.5 or 1.0, profile.skeletons)


def odds(one: str, other: str, days: float = 0.0) -> float:
    return ODDS.between(told(one), told(other, "ja"), days)


def test_reports_of_one_event_are_likely_one_event() -> None:
    assert odds(RECALL, SAME) > 0


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        (SAME, "トヨタ、プリウス21万台リコール 後部ドアに不具合"),  # another figure
        (SAME, "トヨタ、クラウン13万5000台リコール 後部ドアに不具合"),  # another car
        (SAME, "トヨタ、プリウス13万5000台リコール"),  # less said
        (SAME, "デンソー、プリウス13万5000台リコール 後部ドアに不具合"),  # another company, too
        (SAME, "トヨタ、プリウス13万5000台"),  # nothing that happens
    ],
)
def test_what_differs_counts_against(nearer: str, farther: str) -> None:
    assert odds(RECALL, nearer) > odds(RECALL, farther)


def test_opposed_concepts_count_against() -> None:
    raised = "Toyota raises full-year profit forecast"
    assert (
        odds(raised, "トヨタ、通期予想を上方修正") > odds(raised, "トヨタ、通期予想を下方修正") + 2
    )


def test_other_people_count_against_less_than_other_models() -> None:
    people = odds("Honda's Mibe speaks of recall", "ホンダ青山真二氏、リコールを語る")
    models = odds("Honda's N-BOX in recall", "ホンダ・シビックをリコール")
    assert people > models


def test_different_shares_count_against_less_than_different_counts() -> None:
    shares = odds("Honda recall hits 5% of cars", "ホンダのリコール、販売の8%")
    counts = odds("Honda recalls 5,000 cars", "ホンダ、8000台リコール")
    assert shares > counts


def test_names_unknown_to_the_lexicon_count_for() -> None:
    plain = odds("Honda sues supplier", "ホンダ、部品会社を提訴")
    assert odds("Honda sues Bardolino", "ホンダ、バルドリーノを提訴") > plain - 1


@given(st.floats(0, 4), st.floats(0, 4))
def test_time_counts_against(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert odds(RECALL, SAME, near) >= odds(RECALL, SAME, far)


def test_different_companies_are_never_one_event() -> None:
    assert odds("Mazda recall over doors", "スバル、リコール ドアに不具合") == NEVER


def test_without_a_company_one_thing_in_common_is_too_little() -> None:
    assert odds("Union to vote", "労組が投票") == NEVER


TITLES = [
    ("en", RECALL),
    ("ja", SAME),
    ("en", "Honda recalls 2.6 million vehicles in US over fuel pump"),
    ("ja", "ホンダ、国内113万台リコール 燃料ポンプ"),
    ("ja", "プリウス、後部ドアが開く恐れ リコール13万5千台"),
]


@pytest.mark.parametrize("order", list(permutations(range(len(TITLES)), 2)))
def test_odds_are_the_same_either_way(order: tuple[int, int]) -> None:
    one, other = (told(TITLES[at][1], TITLES[at][0]) for at in order)
    assert ODDS.between(one, other, 0.3) == ODDS.between(other, one, 0.3)


def test_a_batch_at_once_and_in_two_halves_give_the_same_stories() -> None:
    def stories(*batches: range) -> list[int]:
        index, linker = StoryIndex(), Linker(built_in().lexicon)
        numbers: list[ClusterId] = []
        for batch in batches:
            told = [
                seen(built_in(), at + 1, TITLES[at][1], hours=at, lang=TITLES[at][0])
                for at in batch
            ]
            touched = [index.place(one).cluster for one in told]
            numbers += touched
            linker.link(index, touched)
        return [int(index.clusters[number].story) for number in numbers]

    assert stories(range(5)) == stories(range(3), range(3, 5)) == [1, 1, 3, 4, 1]

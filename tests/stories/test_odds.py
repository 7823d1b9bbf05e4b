from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from digest.model import ClusterId
from digest.stories.cluster import StoryIndex
from digest.stories.link import Linker
from digest.stories.numbers import Number
from digest.stories.odds import NEVER, Odds, Told
from digest.stories.profile import profile_of
from digest.stories.traits import Traits
from tests.stories.builders import built_in, seen

ODDS = Odds(built_in().lexicon)
RECALL = "Toyota recalls 135,000 Prius cars over rear doors"
SAME = "トヨタ、プリウス13万5000台リコール 後部ドアに不具合"


def told(title: str, lang: str = "en") -> Told:
    """A cluster of one report, in which each feature says 3."""
    return told_of(seen(built_in(), 1, title, lang=lang))


def told_of(entry: Traits) -> Told:
    profile = profile_of([entry])
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


def changed(**given: Any) -> Told:
    """The recall, but for what is given."""
    return told_of(structs.replace(seen(built_in(), 1, RECALL), **given))


def compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The odds of two reports of the recall that differ in what is given."""
    return ODDS.between(changed(**one), changed(**other), 0.0)


def test_other_people_count_against_less_than_other_models() -> None:
    names = [{"names": frozenset({name})} for name in ("toyota/Koji Sato", "toyota/Prius")]
    others = [{"names": frozenset({name})} for name in ("toyota/Akio Toyoda", "toyota/Crown")]
    same = compared(names[0], names[0])
    people, models = (compared(*pair) for pair in zip(names, others, strict=True))
    assert same > people > models


def test_different_shares_count_against_less_than_different_counts() -> None:
    def given(unit: str, value: float) -> Mapping[str, Any]:
        return {"numbers": frozenset({Number(unit, value)})}

    unsaid = compared(given("pct", 5), {"numbers": frozenset()})
    shares = compared(given("pct", 5), given("pct", 8))
    counts = compared(given("vehicle", 5000), given("vehicle", 8000))
    assert compared(given("pct", 5), given("pct", 5)) > unsaid > shares > counts
    assert compared(given("pct", 5), given("pct", 5.4)) == shares


def test_a_bare_number_may_count_other_cars() -> None:
    def given(unit: str, value: float) -> Mapping[str, Any]:
        return {"numbers": frozenset({Number(unit, value)})}

    unsaid = compared(given("vehicle", 440_000), {"numbers": frozenset()})
    bare = compared(given("vehicle", 440_000), given("", 393_000))
    counted = compared(given("vehicle", 440_000), given("vehicle", 393_000))
    assert unsaid > bare > counted
    assert compared(given("", 393_000), given("vehicle", 440_000)) == bare
    assert compared(given("person", 2_000), given("vehicle", 440_000)) == unsaid


@pytest.mark.parametrize(
    ("stage", "other"),
    [
        ("Denso offers to buy Rohm", "デンソー、ローム買収を断念 提案を取り下げ"),
        ("Elliott rejects Toyota Industries bid", "豊田織機TOB成立"),
        ("Honda, Nissan sign truck deal", "ホンダ・日産のトラック共同生産、費用分担で溝"),
    ],
)
def test_a_deal_and_its_trouble_are_never_one_event(stage: str, other: str) -> None:
    assert odds(stage, other) < 0


def test_two_numbers_that_agree_say_all_that_numbers_say() -> None:
    numbers = [Number("jpy", value) for value in (1e6, 2e6, 3e6)]
    two, three = ({"numbers": frozenset(numbers[:many])} for many in (2, 3))
    assert compared(two, two) == compared(three, three)


def test_names_unknown_to_the_lexicon_count_for() -> None:
    one, other = ({"skeletons": frozenset(names)} for names in (("prtrn",), ("snkr",)))
    assert compared(one, one) > compared(one, other)


@given(st.floats(0, 4), st.floats(0.01, 4))
def test_time_counts_against(days: float, more: float) -> None:
    assert odds(RECALL, SAME, days) > odds(RECALL, SAME, days + more)


WORDS = (
    *(
        "Toyota",
        "Honda",
        "Nissan",
        "recalls",
        "Prius",
        "Civic",
        "over",
        "brakes",
        "doors",
        "merger",
    ),
    *("talks", "135,000 cars", "5,000 cars", "strike", "Ohio", "Bardolino", "raises", "cuts"),
    *("profit forecast", "8%", "CEO Mibe"),
)
headlines = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(headlines, headlines, st.floats(0, 2), st.floats(-4, 6))
def test_what_may_not_be_is_never_so_likely(
    one: str, other: str, days: float, least: float
) -> None:
    mine, theirs = told(one), told(other)
    reach = ODDS.reach(mine, dict.fromkeys(mine.vector, 3.0))
    if not ODDS.may_be(reach, theirs.profile, days, least):
        assert ODDS.between(mine, theirs, days) < max(least, NEVER + 1e-6)


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


def test_a_stop_and_a_restart_are_never_one_event() -> None:
    stop = "マツダ、防府工場を停止 サイバー攻撃"
    assert odds("Mazda halts Hofu plant after cyberattack", stop) > 0
    assert odds("Mazda restarts Hofu plant after cyberattack", stop) < -1


def test_an_exact_amount_says_more_than_a_round_or_a_near_one() -> None:
    def given(value: float) -> Mapping[str, Any]:
        return {"numbers": frozenset({Number("jpy", value)})}

    exact = compared(given(1.42e11), given(1.42e11))
    assert exact > compared(given(1.42e11), given(1.43e11)) == compared(given(1e11), given(1e11))


def test_one_amount_and_company_link_two_languages() -> None:
    assert (
        odds("Nidec panel finds 140 billion yen overstatement", "ニデック、1400億円の過大計上") > 0
    )


def test_each_with_a_partner_that_the_other_does_not_know_counts_against() -> None:
    one = "Isuzu and Hino show a driverless bus"
    assert odds(one, "いすゞ、日野が自動運転バス") > odds(one, "いすゞ、トヨタが自動運転バス") + 2


def test_other_places_count_against() -> None:
    one = "Honda to build new plant in India"
    assert odds(one, "ホンダ、インドに新工場") > odds(one, "ホンダ、栃木に新工場") + 1


def test_a_kind_of_car_may_be_named_less_exactly() -> None:
    names = [frozenset({f"toyota/{car}"}) for car in ("Corolla", "Corolla Cross", "Crown")]
    whole, kind, other = (compared({"names": names[0]}, {"names": name}) for name in names)
    assert whole > kind > other


def test_who_says_nothing_that_happens_says_little_against() -> None:
    nothing, other = frozenset[str](), frozenset({"strike"})
    unsaid = compared({}, {"concepts": nothing, "features": frozenset({"toyota", "toyota/Prius"})})
    differs = compared(
        {}, {"concepts": other, "features": frozenset({"toyota", "toyota/Prius", *other})}
    )
    assert unsaid > differs


def test_what_summaries_oppose_counts_against_less_than_what_headlines_do() -> None:
    def given(concept: str, against: str) -> Mapping[str, Any]:
        concepts = frozenset({concept, "results"})
        said = {"concepts": concepts, "features": concepts | {"toyota"}}
        return said | {"headline": frozenset({concept}), "against": frozenset({against} - {""})}

    same = compared(given("forecast_cut", ""), given("forecast_cut", ""))
    summaries = compared(given("forecast_cut", ""), given("forecast_raise", ""))
    titles = compared(
        given("forecast_cut", "forecast_raise"), given("forecast_raise", "forecast_cut")
    )
    assert same > summaries > titles

"""What `digest tag --explain` says of names and topics that came to nothing."""

import pytest

from digest.stories.load import load_lexicon
from digest.stories.tag import Tagger
from tests.stories.builders import built_in

OWN = Tagger(
    load_lexicon(
        None,
        {
            "company": [{"id": "acme", "name": {"en": "Acme"}, "chinese": ["艾克美"]}],
            "topic": [
                {
                    "id": "cheese",
                    "name": {"en": "Cheese"},
                    "phrases": {"gouda": 3, "brie": 1, "stilton": 10},
                    "exclude": ["vegan"],
                },
                {"id": "salt", "name": {"en": "Salt"}, "phrases": {"brine": 1.996}},
                {"id": "bread", "name": {"en": "Bread"}, "phrases": {"rye": 2}},
            ],
        },
    )
)


def names(title: str, summary: str = "", lang: str = "") -> list[tuple[str, str, str]]:
    not_named, _ = built_in().why_not(title, summary, lang=lang)
    return [(one.company, f"{one.words} {one.where} {one.start}", one.why) for one in not_named]


def test_a_name_that_a_longer_one_swallows_is_told_with_that_one() -> None:
    told = names("Toyota Boshoku shows art in Nissan Stadium", "It rents Nissan Stadium.")
    assert told == [
        ("toyota", "Toyota title 0", "part of “Toyota Boshoku”, a name of toyota_boshoku"),
        ("nissan", "Nissan title 28", "part of “Nissan Stadium”, which is something else"),
        ("nissan", "Nissan summary 9", "part of “Nissan Stadium”, which is something else"),
    ]


def test_a_name_within_another_of_the_same_company_is_none() -> None:
    assert names("Suzuki Swift recalled") == []


def test_a_name_that_a_guard_refuses_is_told_with_the_guard() -> None:
    ((company, place, why),) = names("日産1000台の新工場")
    assert (company, place) == ("nissan", "日産 title 0")
    assert why == "so many vehicles a day (日産), not Nissan (guard daily_cars)"


def test_a_plain_word_is_told_with_what_it_wants() -> None:
    ((company, place, why),) = names("The Leaf falls")
    assert (company, place) == ("nissan", "Leaf title 4")
    assert why == "a plain word without the company or its trade beside it"


def test_a_name_in_another_language_is_told() -> None:
    (acme,), _ = OWN.why_not("艾克美 opens a shop", "", lang="ja")
    assert (acme.rule, acme.why) == ("name 艾克美", "a name in text of the language zh only")


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Toyota sells brie", [("cheese", 1.0, "2.00 is needed")]),
        ("Toyota sells vegan gouda", [("cheese", 3.0, "“vegan” rules it out")]),
        ("The best gouda", [("cheese", 3.0, "nothing of the industry is said")]),
        ("Toyota sells stilton on rye", [("bread", 2.0, "the other topics are stronger")]),
        ("Toyota sells gouda", []),
        ("Toyota", []),
    ],
)
def test_a_topic_that_falls_short_is_told_with_the_reason(
    title: str, told: list[tuple[str, float, str]]
) -> None:
    _, not_about = OWN.why_not(title, "", lang="en")
    own = {"cheese", "bread"}
    assert [(one.topic, one.score, one.why) for one in not_about if one.topic in own] == told


def test_a_score_that_is_told_as_enough_is_enough() -> None:
    _, not_about = OWN.why_not("Toyota sells brine", "", lang="en")
    assert not [one for one in not_about if one.topic == "salt"]
    tags = OWN.tag("Toyota sells brine", "", lang="en")
    assert ("salt", 2.0) in [(tag.topic, tag.score) for tag in tags.topics]


def test_what_speaks_for_a_topic_in_vain_is_told_with_its_place() -> None:
    _, not_about = OWN.why_not("Toyota sells brie", "Brie is soft.", lang="en")
    (brie,) = (one for one in not_about if one.topic == "cheese")
    assert [(each.words, each.where, each.start) for each in brie.evidence] == [
        ("brie", "title", 13),
        ("Brie", "summary", 0),
    ]

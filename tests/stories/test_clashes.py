"""What `digest check` finds worth a look in a lexicon."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from digest.stories.clashes import clashes
from digest.stories.load import BUILT_IN, FILES, load_lexicon
from digest.stories.problems import places, repeated

SHIPPED = load_lexicon(None, {})


def told(user: dict[str, Any]) -> list[str]:
    return [clash.told({}) for clash in clashes(load_lexicon(None, user), SHIPPED)]


def about(what: str, user: dict[str, Any]) -> list[str]:
    """What is told of one table."""
    return [one.removeprefix(f"{what}: ") for one in told(user) if one.startswith(f"{what}: ")]


def company(**keys: Any) -> dict[str, Any]:
    return {"id": "acme", "name": {"en": "Acme"}, "names": ["Acme"]} | keys


def test_the_shipped_lexicon_has_none() -> None:
    assert told({}) == []


def test_a_name_of_two_companies_however_it_is_written() -> None:
    assert told({"company": [company(brands=["ＴＯＹＯＴＡ"])]}) == [
        "company toyota: “toyota” is a name of acme too; leave it with one of them"
    ]


def test_a_name_of_one_character_unless_only_another_name_vouches_for_it() -> None:
    assert told({"company": [company(models=["光", "~~空"])]}) == [
        "company acme: “光” is one character, which is in many words; write “~~光”"
    ]


def test_a_company_without_a_name() -> None:
    assert told({"company": [company(names=[])]}) == [
        "company acme: it has no names, so that nothing finds it; add some"
    ]


def test_a_topic_that_nothing_reaches() -> None:
    weak = {"id": "weak", "name": {"en": "Weak"}, "phrases": {"hint": 1}}
    enough = {"id": "enough", "name": {"en": "Enough"}, "phrases": {"hint": 1, "more": 1}}
    carried = {"id": "carried", "name": {"en": "Carried"}}
    concept = {"id": "heavy", "en": ["heavy"], "topics": {"carried": 3}}
    assert told({"topic": [weak, enough, carried], "concept": [concept]}) == [
        "topic weak: its phrases do not add up to 2: nothing is ever about it; add some, or weight"
    ]


def test_a_form_of_two_concepts_that_tie_reports() -> None:
    concept = {"id": "mine", "en": ["Gigacast*", "one more", "@japan & gigacast*"]}
    context = {"id": "context", "en": ["one more"], "link": False}
    assert told({"concept": [concept, context]}) == [
        (
            "concept mine: “gigacast*” is a form of gigacast too: reports are tied by both;"
            " leave each with one, or write link = false"
        )
    ]
    many = {"id": "mine", "en": ["Sunderland", "Kolin", "Poissy", "Canton"]}
    copy = {"id": "copy", "en": ["Sunderland", "Kolin", "Poissy", "Canton"]}
    found = about("concept copy", {"concept": [many, copy]})
    assert any(" and 1 more are forms of mine too" in words for words in found)


def test_an_outlet_whose_names_are_of_another_one_already() -> None:
    outlet = {"id": "mine", "names": ["Reuters", "Mine"], "hosts": ["reuters.com"]}
    (clash,) = told({"outlet": [outlet]})
    assert clash == (
        "outlet mine: “Reuters” and “reuters.com” are of reuters already;"
        " add to reuters by its id, or leave it to one of them"
    )
    assert told({"outlet": [{"id": "reuters", "names": ["Rtr"]}]}) == []


def test_the_place_is_that_of_the_users_table_whichever_comes_first() -> None:
    (clash,) = clashes(load_lexicon(None, {"company": [company(brands=["Toyota"])]}), SHIPPED)
    places = {"company acme": "feeds.toml:12"}
    assert clash.told(places).startswith(
        "feeds.toml:12: company toyota: “toyota” is a name of acme"
    )
    assert clash.told(places | {"company toyota": "own/a.toml:3"}).startswith("own/a.toml:3: ")
    assert clash.told({"company mill": "feeds.toml:2"}).startswith("company toyota: ")


def test_tables_are_found_in_the_last_file_that_has_them() -> None:
    first = '[[company]]\nid = "acme"\n\n[[company]]\nid = "bolt"\n'
    last = 'outlet = [{ id = "wire" }]\n\n[[company]]\nid = "bolt"\n[[feeds]]\nurl = "x"\n'
    assert places([("own/a.toml", first), ("feeds.toml", last)]) == {
        "company acme": "own/a.toml:1",
        "company bolt": "feeds.toml:3",
        "outlet wire": "feeds.toml",
    }


def test_a_copy_of_the_shipped_lexicon_has_none_either(tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(BUILT_IN / name, tmp_path)
    assert clashes(load_lexicon(tmp_path, {}), SHIPPED) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Nis", "“Nis” is short, and may be a word; write “~Nis” or “?Nis”, or a longer name"),
        ("New", "“New” is a plain word, too"),
        ("Once", "“Once” is a plain word, too"),  # which nothing of the lexicon says
        ("Charge", "“Charge” is a plain word, too"),
        ("減産", "“減産” is a form of a concept, too"),
        ("騰勢", None),
        ("産化", "“産化” is a piece of the word “国産化”"),
        ("~New", None),
        ("?Charge", None),
        ("AKME", None),  # is looked for in capitals
        ("Akm2", None),
        ("Faltec", None),
        ("Next Charge", None),
    ],
)
def test_a_name_that_stands_in_much_else(name: str, words: str | None) -> None:
    found = about("company acme", {"company": [company(names=[name])]})
    loose = [one for one in found if "is a piece of “" not in one]
    assert len(loose) == (words is not None), found
    assert words is None or loose[0].startswith(words)


def test_a_name_inside_one_of_another_company_and_the_other_way_round() -> None:
    whole = company(names=["Toyota Pro", "日産プロ"])
    assert sorted(about("company acme", {"company": [whole]}), reverse=True) == [
        (
            "“日産プロ”: what holds “日産” of nissan is found as acme alone; if it belongs to"
            ' nissan, write parent = "nissan", else add it to the blocks of nissan'
        ),
        (
            "“Toyota Pro”: what holds “Toyota” of toyota is found as acme alone; if it belongs to"
            ' toyota, write parent = "toyota", else add it to the blocks of toyota'
        ),
    ]
    piece = about("company acme", {"company": [company(names=["ダイハ"])]})
    assert len(piece) == 1
    assert piece[0].startswith("“ダイハ” is a piece of “ダイハツ”, ")
    assert piece[0].endswith(
        ", which daihatsu names or blocks, and is not found there; write a longer name, or leave"
        " it out"
    )


def test_a_rule_says_how_names_inside_each_other_relate() -> None:
    mine = company(names=["Toyota Pro"])
    blocks = {"id": "toyota", "blocks": ["Toyota Pro"]}
    assert told({"company": [mine | {"parent": "toyota"}]}) == []
    assert told({"company": [mine, blocks]}) == []
    assert told({"company": [company(names=["Swift Boats", "Acme Leafs"])]}) == []  # plain words


def test_a_name_inside_what_another_company_blocks() -> None:
    block = {"id": "bolt", "name": {"en": "Bolt"}, "names": ["Boltworks"], "blocks": ["Acme Bank"]}
    assert about("company acme", {"company": [company(), block]}) == [
        (
            "“Acme” is a piece of “Acme Bank”, which bolt names or blocks, and is not found there;"
            " write a longer name, or leave it out"
        )
    ]


def test_a_name_is_looked_for_everywhere_in_another() -> None:
    bolt = {"id": "bolt", "name": {"en": "Bolt"}, "names": ["Boltworks"]}
    (one,) = about("company acme", {"company": [company(), bolt | {"blocks": ["Acmeco Acme"]}]})
    assert one.startswith("“Acme” is a piece of “Acmeco Acme”, which bolt names or blocks, ")
    words = bolt | {"blocks": ["Acmeco", "Theacme"]}
    assert about("company acme", {"company": [company(), words]}) == []


def test_parents_that_lead_in_a_circle_once_for_each() -> None:
    names = {"mill": "Watermill Ltd", "oven": "Bakery Ovens"}
    pair = [company(id=id_, names=[names[id_]]) for id_ in names]
    pair[0]["parent"], pair[1]["parent"] = "oven", "mill"
    itself = {"id": "toyota", "parent": "toyota"}
    assert told({"company": [itself, *pair]}) == [
        "company toyota: its parent is itself; leave the key out where it belongs to nobody",
        (
            "company mill: its parent is itself, through oven;"
            " leave the key out where it belongs to nobody"
        ),
    ]


def topic(**keys: Any) -> dict[str, Any]:
    return {"id": "mine", "name": {"en": "Mine"}} | keys


FEW = (
    "those of its phrases that count do not add up to 2: nothing is ever about it;"
    " add some, or weight"
)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"phrases": {"zork & !zork": 3}},
            "never found, as what is asked for holds what is forbidden: “zork & !zork”",
        ),
        (
            {"phrases": {"zork plan & !zork": 3}},
            "never found, as what is asked for holds what is forbidden: “zork plan & !zork”",
        ),
        (
            {"phrases": {"zork": 3}, "exclude": ["zork*"]},
            "found in vain, as it holds what the topic excludes: “zork”",
        ),
        (
            {"phrases": {"z*rk": 3}},
            "never found, as a star counts only at the end of a word: “z*rk”",
        ),
        ({"phrases": {"zork|zark": 3}}, "never found, as | does not mean “or”: “zork|zark”"),
        ({"phrases": {"@empty": 3}}, "never found, as no text is read so: “@empty”"),
        (
            {"phrases": {"@tied & !@zorks": 3}},
            "never found, as what is asked for holds what is forbidden: “@tied & !@zorks”",
        ),
    ],
)
def test_a_topic_that_rules_itself_out_is_unreachable(keys: dict[str, Any], words: str) -> None:
    zorks = {"id": "zorks", "en": ["zork", "zark"]}
    tied = {"id": "tied", "en": ["@zorks & plan"]}
    concepts = [zorks, tied, {"id": "empty"}]
    assert about("topic mine", {"topic": [topic(**keys)], "concept": concepts}) == [words, FEW]


def test_phrases_that_count_leave_a_topic_in_peace() -> None:
    good = {"R&D & zork*": 3, "step* down": 2, "@companies & @tariff & !zork": 1, "big zork": 3}
    assert about("topic mine", {"topic": [topic(phrases=good, exclude=["no zork"])]}) == []
    some = topic(phrases={"zork": 3, "zork & !zork": 3})
    assert about("topic mine", {"topic": [some]}) == [
        "never found, as what is asked for holds what is forbidden: “zork & !zork”"
    ]


def test_an_exclude_that_is_never_found_and_one_that_rules_out_what_is_shipped() -> None:
    found = about("topic ev", {"topic": [{"id": "ev", "exclude": ["x*y", "EV"]}]})
    assert found[0].startswith("found in vain, as it holds what the topic excludes: ")
    assert found[1] == "exclude: never found, as a star counts only at the end of a word: “x*y”"


def test_a_phrase_of_more_concepts_than_are_tried_is_left_alone() -> None:
    big = {"id": "big", "en": [f"zork{number} & !zork" for number in range(30)]}
    wide = {"id": "wide", "en": [f"zark{number}" for number in range(30)]}
    keys = {"phrases": {"@big & @wide & !@wide": 3}}
    assert about("topic mine", {"topic": [topic(**keys)], "concept": [big, wide]}) == []


def test_a_concept_without_forms_or_with_one_that_is_never_found() -> None:
    empty, bad = {"id": "empty"}, {"id": "bad", "en": ["zork & !zork", "zark"]}
    assert told({"concept": [empty, bad]}) == [
        "concept empty: it has no forms, so that nothing finds it; add some in en, ja or zh",
        "concept bad: never found, as what is asked for holds what is forbidden: “zork & !zork”",
    ]


def test_of_many_of_a_kind_the_first_are_told() -> None:
    concepts = [{"id": f"c{number}"} for number in range(25)]
    found = told({"concept": concepts})
    assert (len(found), found[-1]) == (21, "lexicon: and 5 more of this kind")


def test_tables_of_one_id_in_one_lexicon_are_told_and_those_that_add_to_another_are_not() -> None:
    acme, bolt = '[[company]]\nid = "acme"\n', '[[company]]\nid = "bolt"\n'
    feeds = '[[feeds]]\nid = "acme"\n[[feeds]]\nid = "acme"\n[[topic]]\nname = "no id"\n'
    assert [*repeated([("own/a.toml", acme), ("feeds.toml", feeds + bolt + acme + bolt)])] == [
        (
            "feeds.toml:11: company bolt: feeds.toml:7 has a company of this id already,"
            " and both are read as one; join them, or give one another id"
        )
    ]
    assert [*repeated([("own/a.toml", acme), ("own/b.toml", bolt + acme), ("feeds.toml", "")])] == [
        (
            "own/b.toml:3: company acme: own/a.toml:1 has a company of this id already,"
            " and both are read as one; join them, or give one another id"
        )
    ]

"""The shipped lexicon is sound."""

import json
from collections import defaultdict
from pathlib import Path

from digest.model import CompanyId
from digest.stories.labels import labels_of
from digest.stories.load import load_lexicon
from digest.stories.tokens import lower, normalise

VOCABULARY = json.loads(
    (Path(__file__).parents[1] / "data/stories/vocabulary.json").read_text(encoding="utf-8")
)
LEXICON = load_lexicon(None, {})


def test_the_ids_are_those_of_the_vocabulary() -> None:
    assert sorted(LEXICON.companies) == VOCABULARY["companies"]
    assert sorted(LEXICON.topics) == VOCABULARY["topics"]


def test_no_name_belongs_to_two_companies() -> None:
    owners = defaultdict(set)
    for company in LEXICON.companies.values():
        for alias in company.aliases:
            owners[lower(normalise(alias.text)), alias.lang].add(company.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_no_name_is_a_single_character() -> None:
    assert [
        alias.text
        for company in LEXICON.companies.values()
        for alias in company.aliases
        if len(alias.text) < 2 and not alias.needs_company
    ] == []


def test_every_topic_can_be_reached() -> None:
    carried = {topic for concept in LEXICON.concepts.values() for topic in concept.topics}
    assert {t.id for t in LEXICON.topics.values() if not t.phrases} <= carried
    for topic in LEXICON.topics.values():
        assert max(phrase.weight for phrase in topic.phrases) >= 2


def test_every_parent_is_a_company() -> None:
    parents = {company.parent for company in LEXICON.companies.values()} - {None}
    assert parents <= LEXICON.companies.keys()


def test_names_for_mails_are_short_in_both_languages() -> None:
    names = [company.name for company in LEXICON.companies.values()]
    names += [topic.name for topic in LEXICON.topics.values()]
    assert all(0 < len(name(lang)) <= 24 for name in names for lang in ("en", "ja"))


def test_it_is_wide() -> None:
    assert len(LEXICON.concepts) >= 200
    assert sum(len(company.aliases) for company in LEXICON.companies.values()) >= 1500
    assert len({outlet.id for outlet in LEXICON.outlets.values()}) >= 100


def test_spellings_of_one_name_in_two_scripts_are_one_label() -> None:
    labels = labels_of(LEXICON.companies[CompanyId("toyota")])
    assert labels["タンドラ"] == labels["Tundra"] == "Tundra"
    assert labels["プロボックス"] == "プロボックス"


def test_what_stands_beside_a_name_makes_it_no_other_label() -> None:
    def one_label(company: str, *spellings: str) -> bool:
        labels = labels_of(LEXICON.companies[CompanyId(company)])
        return len({labels[spelling] for spelling in spellings}) == 1

    assert one_label("sony_honda", "Afeela 1", "AFEELA 1")  # capitals
    assert one_label("toyota", "Mirai", "Mirai fuel")  # what it is
    assert one_label("mazda", "CX-5", "新型CX-5")
    assert one_label("nissan", "Note", "日産ノート")  # its maker
    assert one_label("honda", "Toshihiro Mibe", "三部氏")  # a rank, and a surname alone
    assert one_label("nissan", "Ivan Espinosa", "エスピノーサCEO")
    assert not one_label("toyota", "Corolla", "Corolla Cross")
    assert not one_label("nissan", "ゴーン被告", "内田前社長")


def test_what_opposes_is_opposed() -> None:
    opposites = LEXICON.opposites()
    assert "halt" in opposites["resume"]
    assert "resume" in opposites["halt"]

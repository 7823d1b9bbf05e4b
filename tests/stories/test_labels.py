"""Which spellings of a car or person have one label."""

import pytest

from digest.model import CompanyId
from digest.stories.labels import labels_of
from digest.stories.load import load_lexicon

ACME = CompanyId("acme")


def labels(*people: str | list[str]) -> dict[str, str]:
    table = {"id": ACME, "name": {"en": "Acme"}, "names": ["Acme"], "people": list(people)}
    return labels_of(load_lexicon(None, {"company": [table]}).companies[ACME])


@pytest.mark.parametrize(
    "ranks", [["三部氏"], ["三部氏", "三部社長"], ["三部", "三部氏", "三部元会長"]]
)
def test_a_surname_with_any_rank_is_of_the_one_who_has_it(ranks: list[str]) -> None:
    for people in (["三部敏宏", *ranks], [*ranks, "三部敏宏"]):
        assert set(labels(*people).values()) == {"三部敏宏"}


def test_a_company_of_a_surname_is_nobody_who_has_it() -> None:
    found = labels(["Shigenobu Nagamori", "永守重信"], "永守会長", "永守グローバル", "永守名誉会長")
    assert set(found.values()) == {"Shigenobu Nagamori", "永守グローバル"}


def test_a_surname_of_two_is_of_neither() -> None:
    found = labels("豊田章男", "豊田大輔", "豊田会長", "豊田氏")
    assert len(set(found.values())) == 4


def test_ranks_of_one_who_is_named_no_otherwise_are_one() -> None:
    assert set(labels("岸浦氏", "岸浦社長", "岸浦前社長").values()) == {"岸浦氏"}


@pytest.mark.parametrize(
    ("company", "person", "spellings"),
    [
        ("mitsubishi_motors", "Keisuke Kishiura", ["岸浦氏", "岸浦社長", "岸浦恵介社長"]),
        ("nidec", "Shigenobu Nagamori", ["永守会長", "永守名誉会長", "永守重信会長"]),
        ("honda", "Toshihiro Mibe", ["三部氏"]),
    ],
)
def test_ranks_of_the_shipped_lexicon(company: str, person: str, spellings: list[str]) -> None:
    found = labels_of(load_lexicon(None, {}).companies[CompanyId(company)])
    assert {found[spelling] for spelling in spellings} == {found[person]}

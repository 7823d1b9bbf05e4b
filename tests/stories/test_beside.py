"""What stands beside a company's name and vouches for it; and who is only told of in passing."""

import json
from pathlib import Path

import pytest

from digest.model import Role
from tests.stories.builders import built_in

KINDS = Path(__file__).parents[1] / "data/stories/kinds.jsonl"


def subjects(title: str, summary: str = "", *, lang: str = "en") -> list[str]:
    return sorted(built_in().tag(title, summary, lang=lang).subjects)


@pytest.mark.parametrize(
    ("title", "company"),
    [
        ("Honda's Mibe: 'We got China wrong'", "honda"),
        ("Mazda CEO Moro: 'one more turn'", "mazda"),
        ("Nissan Oppama: what now?", "nissan"),
        ("日産追浜、夏の終わり", "nissan"),
    ],
)
def test_a_companys_own_people_and_plants_just_behind_its_name_vouch_for_it(
    title: str, company: str
) -> None:
    assert subjects(title, lang="en" if title.isascii() else "ja") == [company]


@pytest.mark.parametrize(
    "title",
    [
        "Honda's Tanaka: 'We got the defence wrong'",
        "Honda Mibehara: what now?",
        "ホンダ田中、夏の終わり",
        "Mibe remembers Honda",
        "Oppama: what now?",
    ],
)
def test_anybody_elses_do_not(title: str) -> None:
    assert subjects(title, lang="en" if title.isascii() else "ja") == []


def test_two_leaders_of_one_company_in_a_change_of_office_mean_it() -> None:
    assert subjects("Uchida to step down; Espinosa takes helm") == ["nissan"]
    assert subjects("Kato to step down; Kishiura takes helm") == ["mitsubishi_motors"]


@pytest.mark.parametrize(
    "title",
    [
        "Uchida to step down",
        "Uchida to step down; Mibe takes helm",
        "Uchida and Espinosa share a taxi",
        "Tanaka to step down; Yamada takes helm",
        "Sato, Kon to step down from town council",
    ],
    ids=["one", "of two companies", "no change of office", "of none", "of a council"],
)
def test_less_than_that_means_nobody(title: str) -> None:
    assert subjects(title) == []


SAKURA = "Nissan prices new Sakura from 2.6 million yen"


@pytest.mark.parametrize(
    "later",
    [
        "BYD plans a kei car of its own.",
        "BYD plans one. Suzuki is preparing one, too.",
    ],
)
def test_who_is_named_only_in_a_later_sentence_is_told_of_in_passing(later: str) -> None:
    tags = built_in().tag(SAKURA, f"The minicar goes on sale in January. {later}", lang="en")
    assert tags.subjects == ("nissan",)
    assert {tag.company for tag in tags.companies if tag.role is Role.MENTION} >= {"byd"}


@pytest.mark.parametrize(
    ("title", "summary", "companies"),
    [
        ("Hino recalls trucks", "It is the second. Toyota, its parent, pays.", "hino toyota"),
        ("Hino recalls trucks", "It is the second. Hino and Toyota will pay.", "hino toyota"),
        ("Hino recalls trucks", "Toyota will pay for it. So it said.", "hino toyota"),
        ("Trucks recalled", "It is the second. Hino found it. Toyota will pay.", "hino toyota"),
        ("Hino tops truck market share", "Sales rose. Isuzu sold fewer.", "hino isuzu"),
    ],
    ids=["its parent", "beside it", "at once", "nobody in the title", "a survey"],
)
def test_who_is_tied_to_the_news_stays_a_subject(title: str, summary: str, companies: str) -> None:
    assert subjects(title, summary) == companies.split()


def test_two_models_side_by_side_are_both_meant() -> None:
    assert subjects("2026 Toyota RAV4 vs Honda CR-V") == ["honda", "toyota"]
    assert subjects("ヤリスとフィット、燃費で比べた", lang="ja") == ["honda", "toyota"]
    assert subjects("フィット感のある靴とヤリス", lang="ja") == ["toyota"]


@pytest.mark.parametrize("half", ["p", "q"])
def test_kinds_that_were_read_wrong_once(half: str) -> None:
    """Business of makers of golf carts, leaders, plants, comparisons, background; and traps."""
    rows = [json.loads(line) for line in KINDS.read_text(encoding="utf-8").splitlines()]
    right = wanted = 0
    for row in (row for row in rows if row["half"] == half):
        tags = built_in().tag(row["title"], row["summary"], lang=row["lang"])
        wanted += 1
        right += (
            set(tags.subjects) == set(row["companies"])
            and set(row["topics"] or ()) <= set(tags.topic_ids)
            and tags.relevant == row["relevant"]
        )
    assert right / wanted >= 0.9, half

"""Which report's headline tells a story."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from digest.model import CompanyId, CompanyTag, Evidence, FeedKind, Report, Role
from digest.stories.headline import headline
from tests.builders import NOW, report, story


@pytest.mark.parametrize(
    ("formal", "readable", "lang"),
    [
        (
            "リコールの届出について（トヨタ プリウス 他）",
            "プリウス12万台リコール 国交省に届け出",
            "ja",
        ),
        ("自動車のリコールの届出", "プリウス12万台をリコール", "ja"),
        ("役員人事に関するお知らせ", "日産、新社長に内田氏", "ja"),
        ("Notice regarding the revision of forecasts", "Nissan cuts forecast by half", "en"),
        ("News Release: Toyota on its production", "Toyota halts two lines", "en"),
    ],
)
def test_of_a_form_stands_back_however_much_its_outlet_weighs(
    formal: str, readable: str, lang: str
) -> None:
    ministry = report(1, kind=FeedKind.REGULATOR, weight=1.6, title=formal, lang=lang)
    paper = report(2, weight=0.8, title=readable, lang=lang)
    assert headline(story(1, ministry, paper), lang).entry.title == readable


def test_it_is_in_the_readers_language_or_in_any() -> None:
    told = story(1, report(1, title="Nissan cuts"), report(2, title="日産が削減", lang="ja"))
    assert headline(told, "ja").entry.lang == "ja"
    assert headline(told, "en").entry.lang == "en"
    assert headline(told, "fr").entry.title == "Nissan cuts"


def test_it_is_the_one_most_like_the_others() -> None:
    told = story(
        1,
        report(1, title="Why a carmaker stumbles"),
        report(2, title="Nissan cuts 20,000 jobs"),
        report(3, title="Nissan cuts 20,000 jobs worldwide"),
    )
    assert headline(told, "en").stored.id == 2


def test_a_weightier_outlet_speaks() -> None:
    told = story(1, report(1), report(2, weight=1.4))
    assert headline(told, "en").stored.id == 2


@pytest.mark.parametrize(
    "title",
    ["Will Nissan survive?", "Opinion: Nissan must act", "Nissan " * 20, "日産は立ち直れるか"],
)
def test_questions_opinions_and_long_titles_stand_back(title: str) -> None:
    told = story(1, report(1, title=title), report(2, title="Nissan shuts a plant in Japan"))
    assert headline(told, "en").stored.id == 2


@pytest.mark.parametrize(
    ("comment", "lang", "news"),
    [
        ("What Mazda's next chief did abroad", "en", "Mazda names its next president"),
        ("Why the deal died: a letter", "en", "Nissan, Aisin end talks without deal"),
        ("Probe puts braking under the lens", "en", "U.S. opens probe into sudden braking"),
        ("破談の舞台裏 日産とアイシン", "ja", "日産とアイシン、交渉が終了"),
    ],
)
def test_what_was_done_stands_before_what_is_said_of_it(comment: str, lang: str, news: str) -> None:
    told = story(
        1,
        report(1, title=comment, lang=lang, weight=1.1),
        report(2, title=news, lang=lang),
    )
    assert headline(told, lang).stored.id == 2


def test_a_newsroom_praises_itself() -> None:
    told = story(1, report(1, kind=FeedKind.NEWSROOM), report(2))
    assert headline(told, "en").stored.id == 2


def test_an_entry_that_is_not_relevant_does_not_speak_for_the_story() -> None:
    told = story(1, report(1, relevant=False, weight=2.0), report(2))
    assert headline(told, "en").stored.id == 2


def test_titles_without_letters_are_no_problem() -> None:
    told = story(1, report(1, title="?!"), report(2, title="!?"))
    assert headline(told, "en").stored.id == 1


def test_of_an_agencys_versions_the_last_tells_it() -> None:
    told = story(
        1,
        report(1, title="Nissan cuts forecast to a loss", outlet="Wire", weight=1.4),
        report(2, title="UPDATE 2-Nissan forecasts a loss", outlet="Wire", published=after(1)),
        report(3, title="UPDATE 3-Nissan sees loss", outlet="Wire", published=after(2)),
        report(4, title="Nissan explains its loss", outlet="Wire", published=after(9), weight=0.2),
    )
    assert headline(told, "en").stored.id == 3


@pytest.mark.parametrize(
    "news", ["Recall: feature disables brakes", "Toyota: column failure stops Camry lines"]
)
def test_what_is_told_of_a_part_is_no_comment(news: str) -> None:
    told = story(1, report(1, title=news, weight=3.0), report(2, title="Loss", weight=0.5))
    assert headline(told, "en").stored.id == 1


@pytest.mark.parametrize(
    ("comment", "lang"),
    [
        ("Why Nissan's deal collapsed", "en"),
        ("Jatco: why Nissan sells it now", "en"),
        ("Analysis: Nissan runs out of road", "en"),
        ("Nissan runs out of road - analysis", "en"),
        ("【解説】日産、下方修正", "ja"),
        ("社説：日産の再建", "ja"),
        ("3年で2度目の破綻、部品大手マレリ[新聞ウォッチ]", "ja"),
        ("〈視点〉日産の再建", "ja"),
        ("日産、下方修正の狙い", "ja"),
    ],
)
def test_a_comment_never_stands_before_news_however_much_its_outlet_weighs(
    comment: str, lang: str
) -> None:
    news = "Nissan loss" if lang == "en" else "日産、赤字"
    told = story(
        1,
        report(1, title=comment, lang=lang, weight=3.0),
        report(2, title=news, lang=lang, weight=0.5),
    )
    assert headline(told, lang).stored.id == 2
    assert headline(story(1, told.reports[0]), lang).stored.id == 1


LEAK = "Mazda to name Morinaga president, sources say"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"summary": "Mazda announced it on Friday.", "published": NOW + timedelta(hours=9)}, 2),
        ({"kind": FeedKind.NEWSROOM, "published": NOW + timedelta(hours=9)}, 2),
        # The same hour, or nobody says that it is official.
        ({"summary": "Mazda announced it on Friday."}, 1),
        ({"summary": "A portrait.", "published": NOW + timedelta(hours=9)}, 1),
    ],
)
def test_a_leak_gives_way_to_the_announcement(given: dict[str, object], expected: int) -> None:
    told = story(
        1,
        report(1, title=LEAK, weight=1.5, published=NOW),
        report(2, title="Mazda names Morinaga", **({"published": NOW} | given)),  # type: ignore[arg-type]
    )
    assert headline(told, "en").stored.id == expected


def test_a_headline_without_its_subject_gives_way_to_a_whole_one() -> None:
    whole = of_nissan(report(1, title="Nissan to close seven plants"), "Nissan")
    for cut in ("agree on seven plants", "Agree on seven plants", "Carmaker shuts seven plants"):
        other = of_nissan(report(2, title=cut, weight=1.4), "Nissan")
        assert headline(story(1, whole, other), "en").stored.id == 1


def test_a_company_that_is_known_by_another_name_in_the_title_is_named() -> None:
    other = of_nissan(report(1, title="Nissan to close seven plants"), "Nissan")
    known = of_nissan(report(2, title="日産 to close seven plants", weight=1.2), "NML", "title")
    assert headline(story(1, other, known), "en").stored.id == 2


def of_nissan(told: Report, words: str, where: str = "summary") -> Report:
    found = Evidence(rule="name", words=words, where=where, start=0, score=1.0)
    tag = CompanyTag(company=CompanyId("nissan"), role=Role.SUBJECT, score=4.0, evidence=(found,))
    return replace(told, tags=structs.replace(told.tags, companies=(tag,)))


def after(hours: int) -> object:
    return NOW + timedelta(hours=hours)

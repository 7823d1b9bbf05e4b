from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import CompanyId, CompanyTag, FeedKind, Role, Tags, TopicId
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from digest.stories.rank import Ranked, companies_of, headline, rank, topics_of
from tests.builders import NOW, report, story
from tests.stories.builders import cheese_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(None, {})


def order(ranked: list[Ranked]) -> list[int]:
    return [int(one.story.id) for one in ranked]


def ranked(lexicon: Lexicon, *stories: object, **given: object) -> list[Ranked]:
    return rank(stories, lexicon=lexicon, sections=(), now=NOW, **given)  # type: ignore[arg-type]


def test_more_independent_voices_rank_higher(lexicon: Lexicon) -> None:
    one_house = story(1, report(1, owner="a"), report(2, owner="a"))
    two_houses = story(2, report(3, owner="a"), report(4, owner="b"))
    result = ranked(lexicon, one_house, two_houses)
    assert order(result) == [2, 1]
    assert result[0].reasons[0] == "told by 2 independent voices: ×1.58"
    assert result[1].reasons[0] == "told by one voice: ×1.00"


def test_newer_ranks_higher_and_the_age_is_said(lexicon: Lexicon) -> None:
    old = story(1, report(1, published=NOW - timedelta(days=6)))
    new = story(2, report(2, companies=("mazda",)))
    result = ranked(lexicon, old, new)
    assert order(result) == [2, 1]
    assert result[1].reasons[1].startswith("6 days old")
    assert result[0].reasons[1].startswith("1 h old")


def test_a_primary_source_and_a_second_language_count(lexicon: Lexicon) -> None:
    plain = story(1, report(1), report(2))
    primary = story(
        2, report(3, kind=FeedKind.REGULATOR, companies=("mazda",)), report(4, companies=("mazda",))
    )
    both = story(3, report(5, companies=("suzuki",)), report(6, lang="ja", companies=("suzuki",)))
    result = ranked(lexicon, plain, primary, both)
    assert order(result) == [2, 3, 1]
    assert "a primary source tells it: ×1.25" in result[0].reasons
    assert "told in two languages: ×1.15" in result[1].reasons


def test_interest_of_the_lexicon_weighs_and_nothing_of_no_interest_is_ranked(
    tmp_path: Path,
) -> None:
    dull = {"company": [{"id": "alpina", "interest": 0.0}]}
    lexicon = cheese_lexicon(tmp_path, dull)
    result = ranked(
        lexicon,
        story(1, report(1, companies=("alpina",), topics=())),
        story(2, report(2, companies=("gouda_works",), topics=("price",))),
        story(3, report(3, companies=(), topics=("unknown",))),
    )
    assert order(result) == [2, 3]
    assert result[0].reasons[-2:] == (
        "interest in its companies: ×2.00",
        "interest in its topics: ×2.00",
    )


def test_a_story_that_only_mentions_companies_counts_half(lexicon: Lexicon) -> None:
    mentioned = CompanyTag(company=CompanyId("nissan"), role=Role.MENTION, score=1.0, evidence=())
    told = report(1)
    tags = Tags(companies=(mentioned,), topics=(), relevant=True)
    told = type(told)(
        stored=told.stored, tags=tags, cluster=told.cluster, owner="a", kind=told.kind, weight=1.0
    )
    (result,) = ranked(lexicon, story(1, told))
    assert "interest in its companies: ×0.50" in result.reasons
    assert (result.companies, result.lead, result.section) == ((), None, None)


def test_one_company_gets_three_stories_before_others_had_a_turn(lexicon: Lexicon) -> None:
    stories = [
        story(n, *(report(10 * n + k, companies=("nissan",)) for k in range(3)))
        for n in range(1, 6)
    ]
    lone = story(9, report(99, companies=("mazda",)))
    result = order(ranked(lexicon, *stories, lone, diversity=0.0))
    assert result.index(9) == 3
    assert len(result) == 6


def test_a_story_like_one_above_stands_back(lexicon: Lexicon) -> None:
    first = story(1, report(1), report(2), report(3))
    alike = story(2, report(4), report(5))
    other = story(
        3,
        report(6, companies=("mazda",), topics=("battery",)),
        report(7, companies=("mazda",), topics=("battery",)),
    )
    assert order(ranked(lexicon, first, alike, other)) == [1, 3, 2]
    assert order(ranked(lexicon, first, alike, other, diversity=0.0)) == [1, 2, 3]


def test_stories_without_company_or_topic_are_not_alike(lexicon: Lexicon) -> None:
    bare = [story(n, report(n, companies=(), topics=())) for n in (1, 2)]
    assert order(ranked(lexicon, *bare)) == [1, 2]
    assert ranked(lexicon) == []


def test_the_section_is_the_main_topic_that_has_one(lexicon: Lexicon) -> None:
    told = story(1, report(1, topics=("earnings", "ev")))
    assert rank([told], lexicon=lexicon, sections=(TopicId("ev"),), now=NOW)[0].section == "ev"
    assert rank([told], lexicon=lexicon, sections=(), now=NOW)[0].section == "earnings"


def test_a_story_has_the_tags_of_a_third_of_its_relevant_reports() -> None:
    told = story(
        1,
        report(1, companies=("nissan", "honda"), topics=("ev",)),
        report(2, companies=("nissan",), topics=("ev",)),
        report(3, companies=("nissan",), topics=("ev",)),
        report(4, companies=("nissan",), topics=("ev", "battery")),
        report(5, companies=("ford",), topics=("labor",), relevant=False),
    )
    assert companies_of(told) == ("nissan",)
    assert topics_of(told) == ("ev",)


def test_tags_of_a_story_without_relevant_reports_are_those_of_all() -> None:
    assert companies_of(story(1, report(1, companies=("ford",), relevant=False))) == ("ford",)


class TestHeadline:
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
        self, formal: str, readable: str, lang: str
    ) -> None:
        ministry = report(1, kind=FeedKind.REGULATOR, weight=1.6, title=formal, lang=lang)
        paper = report(2, weight=0.8, title=readable, lang=lang)
        assert headline(story(1, ministry, paper), lang).entry.title == readable

    def test_it_is_in_the_readers_language_or_in_any(self) -> None:
        told = story(1, report(1, title="Nissan cuts"), report(2, title="日産が削減", lang="ja"))
        assert headline(told, "ja").entry.lang == "ja"
        assert headline(told, "en").entry.lang == "en"
        assert headline(told, "fr").entry.title == "Nissan cuts"

    def test_it_is_the_one_most_like_the_others(self) -> None:
        told = story(
            1,
            report(1, title="Why a carmaker stumbles"),
            report(2, title="Nissan cuts 20,000 jobs"),
            report(3, title="Nissan cuts 20,000 jobs worldwide"),
        )
        assert headline(told, "en").stored.id == 2

    def test_a_weightier_outlet_speaks(self) -> None:
        told = story(1, report(1), report(2, weight=1.4))
        assert headline(told, "en").stored.id == 2

    @pytest.mark.parametrize(
        "title",
        ["Will Nissan survive?", "Opinion: Nissan must act", "Nissan " * 20, "日産は立ち直れるか"],
    )
    def test_questions_opinions_and_long_titles_stand_back(self, title: str) -> None:
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
    def test_what_was_done_stands_before_what_is_said_of_it(
        self, comment: str, lang: str, news: str
    ) -> None:
        told = story(
            1,
            report(1, title=comment, lang=lang, weight=1.1),
            report(2, title=news, lang=lang),
        )
        assert headline(told, lang).stored.id == 2

    def test_a_newsroom_praises_itself(self) -> None:
        told = story(1, report(1, kind=FeedKind.NEWSROOM), report(2))
        assert headline(told, "en").stored.id == 2

    def test_an_entry_that_is_not_relevant_does_not_speak_for_the_story(self) -> None:
        told = story(1, report(1, relevant=False, weight=2.0), report(2))
        assert headline(told, "en").stored.id == 2

    def test_titles_without_letters_are_no_problem(self) -> None:
        told = story(1, report(1, title="?!"), report(2, title="!?"))
        assert headline(told, "en").stored.id == 1

"""How tags are decided, on a lexicon of another industry."""

from pathlib import Path

import pytest

from digest.model import CompanyId, Role, Tags, TopicId
from digest.stories.load import load_lexicon
from digest.stories.tag import Tagger
from tests.stories.builders import cheese_lexicon


@pytest.fixture
def tagger(tmp_path: Path) -> Tagger:
    return Tagger(cheese_lexicon(tmp_path))


def subjects(tags: Tags) -> tuple[str, ...]:
    return tuple(map(str, tags.subjects))


def test_another_folder_reads_another_industry(tagger: Tagger) -> None:
    tags = tagger.tag("Alpina and Gouda Works seal deal", "", lang="en")
    assert subjects(tags) == ("alpina", "gouda_works")
    assert tags.topic_ids == ("mergers",)
    assert tags.relevant
    assert tagger.tag("Toyota recalls Prius", "", lang="en").companies == ()


@pytest.mark.parametrize(
    "title",
    [
        "Alpina Arena opens",
        "Alpina's Arena opens",
        "アルピナ新スタジアム開業",
        "アルピナ市の議会",
        "Heidi Alpina wins",
        "Sculptor Ann Alpina exhibits",
        "Mr. Alpina retires",
        "アルピナさん死去",
        "アルピナ30トンを生産",
        "Alpina football night",
        "Alpina Bank lends",
        "A berg of ice with cheese",
        "Berg is a mountain",
        "Gold prices rise",
        "May brings cheese",
        "alpinas",
        "Tal at night",
        "One night of Tal Rind",
        "ハイジ・アルピナさんの旅",
        "ハイジ・アルピナの旅",
        "Shares close higher, Alpina down",
        "A walk up Alpina",
        "A walk to No. 5 Alpina",
        "Heidi Alpina Mountain Wheel",
        "Mountain Wheel Alpina Arena",
        "Silver prices",
    ],
)
def test_names_that_are_not_the_company(tagger: Tagger, title: str) -> None:
    assert subjects(tagger.tag(title, "", lang="")) == ()


@pytest.mark.parametrize(
    "title",
    [
        "Alpina opens arena",
        "Alpina Arena to host Alpina meeting",
        "アルピナ市場で首位",
        "アルピナ40トン超を出荷",
        "Alpina football profit",
        "Berg makes cheese",
        "BERG MAKES CHEESE",
        "Gold cheese wins prize",
        "Berg and Gouda Works agree",
        "Alpina's May is on sale",
        "Alpina-made",
        "Tal makes profit",
        "Tal and Gouda Works agree",
        "Tal, maker of Mountain Wheel",
        "Tal shows off the Rind",
        "Tal Rind at night",
        "Up close: Tal Rind",
        "The new Gold is here",
        "Gold and Silver",
        "Gold, Silver",
        "ゴールド・Silver",
        "Up Alpina",
        "A walk by Alpina",
        "Ex-Alpina cheesemaker tried over listeria",
        "元アルピナ社員を起訴 リステリア菌を隠蔽",
    ],
)
def test_names_that_are_the_company(tagger: Tagger, title: str) -> None:
    assert "alpina" in subjects(tagger.tag(title, "", lang=""))


def test_a_chinese_name_is_read_only_in_chinese(tagger: Tagger) -> None:
    assert subjects(tagger.tag("高山", "", lang="zh")) == ("alpina",)
    assert subjects(tagger.tag("高山", "", lang="ja")) == ()


def test_two_plain_models_vouch_for_each_other_only_side_by_side(tagger: Tagger) -> None:
    assert subjects(tagger.tag("Gold after Silver", "", lang="")) == ()


@pytest.mark.parametrize(
    ("title", "company"),
    [
        ("Mountain Wheel Bank opens", ()),
        ("マウンテンホイール銀行が開業", ()),
        ("Gouda Works Bank opens", ("gouda_works",)),
    ],
)
def test_a_guard_may_ask_for_a_sort_of_names(
    tagger: Tagger, title: str, company: tuple[str, ...]
) -> None:
    assert subjects(tagger.tag(title, "", lang="")) == company


@pytest.mark.parametrize(
    ("title", "company"),
    [
        ("Alpina falls on milk as shares close", ("alpina",)),
        ("Shares close: アルピナが牛乳で急落", ("alpina",)),
        ("Shares close on milk with Alpina", ()),
        ("Alpina falls as shares close", ()),
    ],
)
def test_a_share_that_leads_the_title_with_a_reason_is_its_company(
    tagger: Tagger, title: str, company: tuple[str, ...]
) -> None:
    assert subjects(tagger.tag(title, "", lang="")) == company


@pytest.mark.parametrize(
    "title",
    [
        "Gouda Works is behind Alpina in milk",
        "Gouda Works sells twice the Alpina milk",
        "Gouda Works raises prices after Alpina",
        "Gouda Works sells milk, joining Alpina",
        "ゴーダワークス、アルピナの3倍に",
    ],
)
def test_what_a_company_is_measured_by_is_mentioned(tagger: Tagger, title: str) -> None:
    tags = tagger.tag(title, "", lang="")
    assert subjects(tags) == ("gouda_works",)
    assert [t.company for t in tags.companies if t.role is Role.MENTION] == ["alpina"]


@pytest.mark.parametrize(
    "title",
    ["Behind Alpina's walls", "Gouda Works stops after Alpina fire", "Twice Alpina milk won"],
)
def test_without_another_company_before_it_nothing_is_measured(tagger: Tagger, title: str) -> None:
    assert "alpina" in subjects(tagger.tag(title, "", lang=""))


def test_whom_the_news_does_not_touch_is_no_subject(tagger: Tagger) -> None:
    summary = "Its venture with Alpina is unaffected. More cheese."
    assert subjects(tagger.tag("Gouda Works opens", summary, lang="en")) == ("gouda_works",)
    assert subjects(tagger.tag("Gouda Works opens", summary[:38], lang="en")) == ("gouda_works",)
    assert subjects(tagger.tag("Cheese opens", summary, lang="en")) == ("alpina",)
    both = tagger.tag("Gouda Works and Alpina open", summary, lang="en")
    assert set(subjects(both)) == {"alpina", "gouda_works"}


def test_a_last_clause_that_tells_of_the_past_has_no_subjects_of_its_own(tagger: Tagger) -> None:
    told = tagger.tag("Gouda Works cuts jobs; sold Alpina last year", "", lang="en")
    assert subjects(told) == ("gouda_works",)
    for title in ("Gouda Works cuts jobs; Alpina hires", "Cheese dear; Alpina left last year"):
        assert "alpina" in subjects(tagger.tag(title, "", lang="en"))


def test_evidence_shows_whole_words(tagger: Tagger) -> None:
    (topic,) = tagger.tag("Alpina mergers", "Mergers and steps down.", lang="en").topics
    assert {each.words for each in topic.evidence} == {"mergers", "Mergers", "steps down"}


@pytest.mark.parametrize(
    "title",
    [
        "Gouda Works outsells rival Alpina",
        "Gouda Works outsells rival the Alpina",
        "Gouda Works hires ex-Alpina chief",
        "Gouda Works looks on after Alpina deal died",
        "ゴーダワークス、アルピナに次ぐ2位",
        "ゴーダワークス、ライバルのアルピナを批判",
        "ゴーダワークス社長に元アルピナの役員",
        "Gouda Works waits after Alpina deal died",
        "After lunch Gouda Works meets rival Alpina",
        "Alpina rival Gouda Works opens",
        "Alpina's rival Gouda Works opens",
        "Alpina-like wheels from Gouda Works",
        "ゴーダワークス、「アルピナ」より安く",
        "Gouda Works meets rival Alpina's Mountain Wheel",
        "Gouda Works copies Alpina Mountain Wheel-like cheese",
    ],
)
def test_a_company_that_is_only_compared_is_mentioned(tagger: Tagger, title: str) -> None:
    tags = tagger.tag(title, "", lang="")
    assert subjects(tags) == ("gouda_works",)
    assert [t.company for t in tags.companies if t.role is Role.MENTION] == ["alpina"]


def test_a_list_after_a_comparison_is_compared_whole(tagger: Tagger) -> None:
    tags = tagger.tag("Cheese makers chase rival Alpina and Gouda Works; Alpina", "", lang="en")
    assert subjects(tags) == ("alpina",)


def test_where_all_are_compared_nobody_is_the_subject(tagger: Tagger) -> None:
    tags = tagger.tag("An ex-Alpina baker merger", "", lang="en")
    assert subjects(tags) == ()
    assert tags.topic_ids == ()


def test_what_stands_only_in_the_summary_calls_up_no_guard_of_titles(tagger: Tagger) -> None:
    assert subjects(tagger.tag("Alpina", "Shares close higher.", lang="en")) == ("alpina",)
    assert subjects(tagger.tag("Alpina cheese", "Shares close up.", lang="en")) == ("alpina",)


def test_a_topic_needs_all_of_a_phrase_in_one_sentence(tagger: Tagger) -> None:
    def topics(title: str, summary: str = "") -> tuple[TopicId, ...]:
        return tagger.tag(title, summary, lang="en").topic_ids

    assert topics("Alpina milk price up") == ("price",)
    assert topics("Alpina milk", "The price is up.") == ()
    assert topics("Alpina dear milk") == ("price",)
    assert topics("Alpina price hint, mergers") == ("mergers",)
    assert topics("Alpina in lane merger, merger") == ()
    assert topics("Alpina boss stepped down") == ("mergers",)
    assert topics("Alpina", "A hint of a merger.") == ("mergers",)


def test_the_same_word_counts_once_with_its_best_rule(tagger: Tagger) -> None:
    (topic,) = tagger.tag("Alpina milk price", "Merger. Price of milk.", lang="en").topics
    assert [e.rule for e in topic.evidence] == ["price & @milk", "price & @milk"]
    assert topic.score == pytest.approx(3 + 3 * 0.6)


def test_an_entry_of_another_field_has_no_topics(tagger: Tagger) -> None:
    assert tagger.tag("Merger of churches", "", lang="en").topic_ids == ()
    assert tagger.tag("Alpina Arena merger", "", lang="en").topic_ids == ()
    assert tagger.tag("Cheese football merger", "", lang="en").topic_ids == ()
    assert tagger.tag("Cheese merger", "", lang="en").topic_ids == ("mergers",)


@pytest.mark.parametrize(
    ("title", "lang", "reason"),
    [
        ("Alpina grows", "en", "relevant: Alpina is a subject, and at home in this market"),
        ("アルピナが成長", "ja", "relevant: アルピナ is a subject, and at home in this market"),
        ("Cheese Guild meets", "en", "relevant: it speaks of the industry (guild)"),
        ("Swiss cheese", "en", "relevant: the industry in this market (switzerland)"),
        ("Gouda Works in Swiss plan", "en", "relevant: the industry in this market (switzerland)"),
        ("国内チーズ", "ja", "relevant: “at_home” in this language means this market"),
        ("国内チーズ、フランスへ", "ja", "not relevant: no company, and no word of this market"),
        ("Cheese", "en", "not relevant: no company, and no word of this market"),
        (
            "Gouda Works",
            "en",
            "not relevant: only companies from elsewhere, and no word of this market",
        ),
        ("Weather", "en", "not relevant: nothing of the industry in it"),
    ],
)
def test_relevance_is_explained(tagger: Tagger, title: str, lang: str, reason: str) -> None:
    assert tagger.tag(title, "", lang=lang).reasons[0] == reason


def test_refusals_follow_the_reason(tagger: Tagger) -> None:
    reasons = tagger.tag("Alpina Arena, Berg", "", lang="en").reasons
    assert reasons[1:] == (
        "not Alpina: “Alpina” is a venue, not the company",
        "not Alpina: “Berg” is a plain word without the company or its trade beside it",
    )


def test_a_newsroom_that_names_nobody_speaks_of_its_company(tagger: Tagger) -> None:
    assert subjects(tagger.tag("Half-year figures", "", lang="en", outlet="Alpina Newsroom")) == (
        "alpina",
    )
    assert subjects(tagger.tag("Half-year figures", "", lang="en", outlet="Milk Daily")) == ()


def test_an_outlet_called_after_a_company_is_not_the_company(tagger: Tagger) -> None:
    tags = tagger.tag("Weather - Alpina Post", "", lang="en", outlet="Alpina Post")
    assert tags.companies == ()


def test_models_and_people_are_what_stories_share(tagger: Tagger) -> None:
    reading = tagger.read("Jan de Boer praises Mountain Wheel milk", "", lang="en")
    assert reading.names == {"gouda_works/Jan de Boer", "alpina/Mountain Wheel"}
    assert reading.concepts == {"milk"}


def test_names_for_mails_fall_back_to_english_and_to_the_id(tmp_path: Path) -> None:
    lexicon = cheese_lexicon(tmp_path)
    assert lexicon.company_name(CompanyId("alpina"), "ja") == "アルピナ"
    assert lexicon.company_name(CompanyId("gouda_works"), "ja") == "Gouda Works"
    assert lexicon.company_name(CompanyId("gone"), "ja") == "gone"
    assert lexicon.topic_name(TopicId("mergers"), "en") == "Mergers"
    assert lexicon.topic_name(TopicId("gone"), "en") == "gone"


def test_a_lexicon_without_words_tags_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("schema = 1\n", encoding="utf-8")
    tags = Tagger(load_lexicon(tmp_path, {})).tag("Toyota cuts output", "", lang="en")
    assert (tags.companies, tags.topics, tags.relevant) == ((), (), False)


def test_half_a_comparison_is_none(tagger: Tagger) -> None:
    assert subjects(tagger.tag("Gouda Works waits after Alpina deal", "", lang="en")) == (
        "gouda_works",
        "alpina",
    )


def test_a_name_that_is_said_a_thousand_times_is_read_some_times(tagger: Tagger) -> None:
    (tag,) = tagger.tag("Alpina opens dairy", "Alpina " * 500, lang="en").companies
    assert 10 < len(tag.evidence) < 200


def test_what_stands_far_down_is_tagged_and_links_nothing(tagger: Tagger) -> None:
    far = f"Alpina milk. {'And so on. ' * 40} Gouda Works cuts Mountain Wheel."
    reading = tagger.read("Alpina opens", far, lang="en")
    assert {tag.company for tag in reading.tags.companies} == {"alpina", "gouda_works"}
    assert reading.concepts == {"milk"}
    assert not reading.names

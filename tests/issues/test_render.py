"""Segments: how they read, how long they may be, and that nothing in them comes alive."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from digest.issues import marks
from digest.issues.render import Rendered, Renderer
from digest.issues.widths import width
from digest.issues.words import LANGUAGES
from digest.model import Choice, Claim, CompanyId, Figure, Issue, IssueStory, Segment
from digest.settings import MailSettings
from digest.shipped import TEMPLATES
from tests.issues.builders import (
    PERIOD,
    Names,
    headline,
    issue,
    issue_story,
    outlet,
    settings,
    stage,
)
from tests.issues.kinds import ENGLISH, JAPANESE, KINDS, hostile, saga, sentence, week
from tests.issues.page import Page

RENDERER = Renderer([TEMPLATES])
LONG_URL = "https://x.example/" + "&" * 1900
GOLDEN = Path(__file__).parents[1] / "data" / "issues"


def rendered(of: Issue, choice: Choice = ENGLISH, **given: Any) -> Rendered:
    return RENDERER.segment(of, choice, settings=settings(**given), names=Names())


def segment(of: Issue, choice: Choice = ENGLISH, **given: Any) -> Segment:
    return rendered(of, choice, **given).segment


@pytest.mark.parametrize("kind", KINDS)
def test_reads_as_the_golden_files_say(kind: str) -> None:
    """Run with REWRITE_GOLDEN=1 in the environment to write them anew, then look at the diff."""
    of = KINDS[kind]
    made = RENDERER.segment(
        of.issue, of.choice, settings=settings(), names=Names(), operator=of.operator
    ).segment
    for ending, found in (("html", made.html), ("txt", f"{made.subject}\n\n{made.text}")):
        file = GOLDEN / f"{kind}.{ending}"
        if os.environ.get("REWRITE_GOLDEN"):
            file.write_text(found, encoding="utf-8", newline="")
        assert found == file.read_text(encoding="utf-8")


class TestStructure:
    page = Page(segment(week()).html)

    def test_title_is_h1_sections_h2_stories_h3(self) -> None:
        assert self.page.headings == [
            ("h1", "Kuruma Weekly"),
            ("h2", "Lead story"),
            ("h3", "Nissan to close plant 1"),
            ("h2", "Tariffs trade"),
            ("h3", "日産、第6工場を閉鎖へ"),
            ("h2", "Mergers alliances"),
            ("h3", "Nissan to close plant 2"),
            ("h2", "Production"),
            ("h3", "日産、第3工場を閉鎖へ"),
            ("h3", "Nissan to close plant 7"),
            ("h2", "Motorsport"),
            ("h3", "Nissan to close plant 5"),
            ("h2", "Other news"),
            ("h3", "Nissan to close plant 4"),
            ("h2", "Who made the news"),
        ]

    def test_foreign_headlines_carry_their_language_and_a_badge(self) -> None:
        assert re.search(r'<h3 [^>]*lang="ja"[^>]*>.*日産、第3工場を閉鎖へ', segment(week()).html)
        assert "15 Nov 日本語" in self.page.text.replace("\xa0", " ")

    def test_a_story_told_in_both_languages_links_the_other(self) -> None:
        assert self.page.text.count("Also in Japanese") == 2
        assert "https://ja.example/1" in self.page.links

    def test_names_three_outlets_and_counts_the_others(self) -> None:
        assert "Trade Paper, Nikkei Asia, レスポンス, +4" in self.page.text.replace("\xa0", " ")

    def test_loads_nothing_from_elsewhere(self) -> None:
        assert not {"img", "script", "link", "iframe", "object"} & set(self.page.tags)
        assert "url(" not in segment(week()).html

    def test_says_why_to_whom_and_how_to_leave_in_both_parts(self) -> None:
        made = segment(week())
        for part in (made.html, made.text):
            assert part.count(marks.ADDRESS) == 1
            assert part.count(marks.LEAVE) == 1
            assert "1-2-3 Marunouchi" in part
        assert self.page.links[-1] == marks.LEAVE

    def test_a_digest_without_postal_address_says_none(self) -> None:
        mail = MailSettings(from_name="K", from_address="k@example.org")
        assert "Sent by K <k@example.org>" in Page(segment(week(), mail=mail).html).text

    def test_a_language_without_words_here_gets_those_of_the_digest(self) -> None:
        made = segment(week(), Choice(language="de"), language="ja")
        assert "配信を停止する" in made.text
        assert "配信を停止する" in made.html

    def test_a_period_that_ends_at_midnight_does_not_name_the_next_day(self) -> None:
        day = PERIOD.start.replace(hour=15)  # midnight in Tokyo
        period = type(PERIOD)(key="x", start=day, end=day + timedelta(days=1))
        told = issue(issue_story(), period=period)
        assert "News of 9 November 2026 ·" in segment(told).text
        assert "2026年11月9日のニュース" in segment(told, JAPANESE).text

    def test_text_stays_within_78_columns_but_for_links(self) -> None:
        for choice in (ENGLISH, JAPANESE):
            lines = segment(week(), choice).text.split("\n")
            assert max(width(line) for line in lines if "://" not in line) <= 78
            assert all(line.strip().startswith("http") for line in lines if "://" in line)


class TestDates:
    @pytest.mark.parametrize(
        ("first", "last", "english", "japanese"),
        [
            ((2026, 11, 9), (2026, 11, 16), "9–16 November 2026", "2026年11月9日〜16日"),
            (
                (2026, 10, 28),
                (2026, 11, 4),
                "28 October – 4 November 2026",
                "2026年10月28日〜11月4日",
            ),
            (
                (2026, 12, 29),
                (2027, 1, 5),
                "29 December 2026 – 5 January 2027",
                "2026年12月29日〜2027年1月5日",
            ),
        ],
    )
    def test_say_month_and_year_once(
        self, first: Sequence[int], last: Sequence[int], english: str, japanese: str
    ) -> None:
        start = PERIOD.start.replace(year=first[0], month=first[1], day=first[2])
        end = PERIOD.start.replace(year=last[0], month=last[1], day=last[2]) - timedelta(hours=12)
        of = issue(
            issue_story(), period=type(PERIOD)(key="x", start=start - timedelta(hours=12), end=end)
        )
        assert english in segment(of).text
        assert japanese in segment(of, JAPANESE).text


class TestSubject:
    @pytest.mark.parametrize(
        ("lang", "title", "brand", "subject"),
        [
            ("en", "Nissan to close", "Kuruma Weekly", "Nissan to close · Kuruma Weekly"),
            (
                "en",
                "Nissan and Honda call off their merger talks after weeks of quarrel",
                "Kuruma Weekly",
                "Nissan and Honda call off their merger talks · Kuruma Weekly",
            ),
            (
                "en",
                "Nissan forecasts 240 billion yen loss, will close seven plants by 2028",
                "Kuruma Weekly",
                "Nissan forecasts 240 billion yen loss · Kuruma Weekly",
            ),
            (
                "en",
                "Toyota and Sony agree to build a battery works in Kyushu for two million cars",
                "Kuruma Weekly",
                "Toyota and Sony agree to build a battery works in Kyushu…",
            ),
            (
                "en",
                "Japan truck maker Archion to consolidate assembly at three sites by 2028",
                "Kuruma Weekly",
                "Japan truck maker Archion to consolidate assembly…",
            ),
            (
                "en",
                "Fuso and Foxconn Sign Memorandum of Understanding to Establish Bus Company",
                "Kuruma Weekly",
                "Fuso and Foxconn Sign Memorandum of Understanding…",
            ),
            (
                "en",
                "Elliott will not tender its stake in Toyota Industries; shares tick up",
                "Kuruma Weekly",
                "Elliott will not tender its stake in Toyota Industries",
            ),
            (
                "en",
                "Nissan appoints a new chief executive officer this Monday",
                "Kuruma Weekly",
                "Nissan appoints a new chief executive officer this Monday",
            ),
            ("ja", "日産、2工場閉鎖へ", "Kuruma Weekly", "日産、2工場閉鎖へ｜Kuruma Weekly"),
            (
                "ja",
                "日産自動車、追浜工場の生産を2027年度末に終了へ",
                "Kuruma Weekly",
                "日産自動車、追浜工場の生産を2027年度末に終了へ",
            ),
            (
                "ja",
                "トヨタ、次世代レクサスEVを1年半延期 28年末に 田原工場で生産し空きは他の車に",
                "Kuruma",
                "トヨタ、次世代レクサスEVを1年半延期 28年末に",
            ),
            ("ja", "日産、2工場閉鎖へ", "The Weekly of the Trade", "日産、2工場閉鎖へ"),
            (
                "ja",
                "アーチオン、国内トラック工場を5から3に＝28年末まで、日野とふそう統合で",
                "Kuruma",
                "アーチオン、国内トラック工場を5から3に｜Kuruma",
            ),
        ],
    )
    def test_names_the_lead_and_the_digest(
        self, lang: str, title: str, brand: str, subject: str
    ) -> None:
        told = issue(issue_story(headlines=(headline(lang, title=title),)), title=brand)
        assert segment(told, Choice(language=lang)).subject == subject

    @effort(deadline=None, max_examples=50)
    @given(st.text(max_size=200), st.text(max_size=60), st.sampled_from(["en", "ja", "zh"]))
    def test_is_one_short_line_whatever_the_words(self, title: str, brand: str, lang: str) -> None:
        told = issue(issue_story(headlines=(headline(lang, title=title),)), title=brand)
        subject = segment(told, Choice(language=lang)).subject
        assert len(subject) <= (30 if lang == "ja" else 60)
        assert subject.isprintable() or "\n" not in subject


class TestPreheader:
    def preheader(self, *stories: IssueStory) -> str:
        found = re.search(r'aria-hidden="true"[^>]*>([^<\u034f]*)', segment(issue(*stories)).html)
        assert found is not None
        return found[1].strip()

    def test_says_what_else_is_in_it(self) -> None:
        stories = [issue_story(n, headlines=(headline(number=n),)) for n in range(1, 7)]
        assert self.preheader(*stories) == (
            "Nissan to close plant 2 · Nissan to close plant 3 · Nissan to close plant 4"
        )

    def test_names_first_what_is_told_in_the_readers_language(self) -> None:
        stories = [
            issue_story(n, headlines=(headline("ja" if n < 4 else "en", n),)) for n in range(1, 6)
        ]
        assert self.preheader(*stories) == (
            "Nissan to close plant 4 · Nissan to close plant 5 · 日産、第2工場を閉鎖へ"
        )

    def test_cuts_no_headline_off_that_can_end_before(self) -> None:
        title = "Honda and Toyota call off the venture after weeks of talks that led nowhere {}"
        stories = [
            issue_story(n, headlines=(headline(title=title.format(n)),)) for n in range(1, 5)
        ]
        told = "Honda and Toyota call off the venture"
        assert self.preheader(*stories) == " · ".join([told] * 3)

    def test_leaves_out_what_does_not_fit_whole(self) -> None:
        title = "Honda and Toyota to build a battery plant at Saga in Kyushu"
        stories = [issue_story(n, headlines=(headline(title=title),)) for n in range(1, 5)]
        assert self.preheader(*stories) == f"{title} · {title}"

    def test_says_more_of_the_lead_where_that_is_all(self) -> None:
        assert self.preheader(issue_story()) == "The union asks for talks."


class TestTable:
    def made(self, *companies: str, count: int = 6) -> str:
        return segment(
            issue(*(issue_story(n, companies=companies) for n in range(1, count + 1)))
        ).text

    def test_counts_stories_by_topic_and_company(self) -> None:
        assert "\nProduction: Nissan 6, Honda 6\n" in self.made("nissan", "honda")

    def test_has_no_more_companies_than_fit_a_telephone(self) -> None:
        text = self.made("mitsubishi motors", "subaru", "mazda", "toyota industries")
        assert "\nProduction: Mitsubishi Motors 6, Subaru 6\n" in text

    def test_of_japanese_names_breaks_where_a_name_may(self) -> None:
        made = segment(issue(*(issue_story(n, companies=("トヨタ自動車",)) for n in range(1, 7))))
        assert ">トヨタ自動車</th>" in made.html.replace("\u200b", "")
        assert "トヨタ自動車 6" in made.text

    def test_is_left_out_where_it_would_say_nothing(self) -> None:
        assert "Who made the news" not in self.made("nissan", count=5)
        assert "Who made the news" not in self.made()


class TestChoice:
    def test_who_chose_nothing_that_is_in_it_gets_an_empty_segment(self) -> None:
        made = segment(week(), Choice(companies=frozenset({CompanyId("subaru")})))
        assert (made.stories, made.html, made.text) == (0, "", "")

    def test_stories_beyond_the_limit_are_counted(self) -> None:
        made = segment(week(), max_stories=5)
        assert made.stories == 5
        assert "2 more stories found no room here." in made.text
        assert "One more story found no room here." in segment(week(), max_stories=6).html

    def test_headlines_come_in_the_readers_language_where_there_is_one(self) -> None:
        assert "日産、第7工場を閉鎖へ" in segment(week(), JAPANESE).text
        assert "Nissan to close plant 7" not in segment(week(), JAPANESE).text


class TestHostileInput:
    made = segment(hostile())
    page = Page(made.html)

    def test_brings_no_tag_that_the_templates_do_not_have(self) -> None:
        assert set(self.page.tags) <= set(Page(segment(week()).html).tags) | {"span"}

    def test_brings_no_attribute_that_acts(self) -> None:
        assert not [name for name, _ in self.page.attributes if name.startswith("on")]

    def test_links_lead_to_the_web_only(self) -> None:
        assert set(self.page.links) == {"https://x.example/ok?a=1&b='2'", marks.LEAVE}

    def test_is_shown_as_what_it_is(self) -> None:
        assert "<script>alert(1)</script>" in self.page.text
        assert "{{ 7 * 7 }}" in self.page.text

    def test_cannot_pose_as_the_readers_own_values(self) -> None:
        for part in (self.made.html, self.made.text):
            assert part.count(marks.LEAVE) == 1
            assert part.count(marks.ADDRESS) == 1
        assert "\ue000" not in self.made.subject

    def test_cannot_begin_a_line_of_the_text_or_turn_it_round(self) -> None:
        assert self.made.text.count("\n-- \n") == 1
        assert "\u202e" not in self.made.text + self.made.html
        assert "\x00" not in self.made.text + self.made.html
        assert "\n" not in self.made.subject

    @effort(deadline=None, max_examples=60)
    @given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
    def test_of_any_kind_adds_no_markup(
        self, title: str, summary: str, url: str, lang: str
    ) -> None:
        told = headline(
            title=title, summary=summary, url="https://x.example/" + url, outlet=title, lang=lang
        )
        page = Page(segment(issue(issue_story(headlines=(told,)), title=summary)).html)
        assert set(page.tags) <= set(self.page.tags) | {"p", "b", "span"}
        assert [name for name, _ in page.attributes if name.startswith("on")] == []
        assert page.links[-1] == marks.LEAVE
        for link in page.links[:-1]:
            assert link.startswith(("https://x.example/", "https://outlet.example/"))


class TestSize:
    @effort(deadline=None, max_examples=5)
    @given(
        st.one_of(st.integers(1, 500), st.just(500)),
        st.sampled_from(["日産", "Nissan & ", "<'\">", "a"]),
        st.integers(1, 400),
        st.integers(1, 6),
    )
    def test_stays_below_100_kb_whatever_the_number_of_stories(
        self, count: int, words: str, repeats: int, outlets: int
    ) -> None:
        text = words * repeats
        claims = tuple(
            Claim(words={"ja": text}, value=n, outlets=(text,) * outlets) for n in (1, 2)
        )
        before = stage(headlines=(headline(title=text, url="https://x.example/" + "&" * repeats),))
        stories = [
            issue_story(
                n,
                headlines=(
                    headline(
                        title=text, summary=text, number=n, url="https://x.example/" + "&" * repeats
                    ),
                    headline("ja", title=text, number=n),
                ),
                outlets=tuple(outlet(f"{words} {i}") for i in range(outlets)),
                sentences=tuple(sentence(text) for _ in range(outlets)),
                figures=(Figure(unit="jpy", claims=claims), Figure(unit="usd", claims=claims[:1])),
                earlier=(before,) * outlets,
                companies=tuple("abcde"),
                section=str(n % 20),
                topics=(str(n % 20),),
            )
            for n in range(1, count + 1)
        ]
        made = segment(issue(*stories), max_stories=1000)
        assert len(made.html.encode()) + 4_000 <= 100_000
        assert marks.LEAVE in made.html
        assert f"{count - made.stories} more stories" in made.text or count - made.stories <= 1

    def test_a_first_story_of_any_length_is_told(self) -> None:
        of = KINDS["long-words"].issue.stories[0]
        long = replace(
            of,
            sentences=(sentence("&" * 5000),) * 3,
            earlier=(stage(headlines=(headline(title="&" * 5000, url=LONG_URL),)),) * 3,
            headlines=(headline(title="&" * 5000, summary="&" * 5000, url=LONG_URL),),
        )
        made = segment(issue(*([long] * 40)))
        assert made.stories >= 1
        assert len(made.html.encode()) <= 96_000

    def test_tells_fewer_lines_before_fewer_stories(self) -> None:
        text = "The company said that the decision follows weak demand. " * 9
        stories = [
            issue_story(n, headlines=(headline(number=n, summary=text),)) for n in range(1, 61)
        ]
        made = segment(issue(*stories), max_stories=100)
        assert made.stories == 60
        assert "weak demand" in made.text  # the lead's
        assert len(made.html.encode()) > 50_000


class TestKeySentences:
    def test_the_lead_is_told_in_three_and_the_next_best_in_two_with_their_outlets(self) -> None:
        told = tuple(sentence(f"Sentence {n}.", f"Paper {n}") for n in range(5))
        stories = [issue_story(n, sentences=told) for n in range(1, 7)]
        text = segment(issue(*stories)).text
        assert [text.count(f"- Sentence {n}. (Paper {n})") for n in range(4)] == [4, 4, 1, 0]
        assert text.count("The union asks for talks.") == 2  # the others keep their summary

    def test_one_alone_does_not_stand_for_the_summary(self) -> None:
        made = segment(issue(issue_story(sentences=(sentence("Alone."),))))
        assert ("Alone." in made.text, "The union asks" in made.text) == (False, True)

    def test_come_in_the_language_of_the_headline(self) -> None:
        made = segment(saga(), JAPANESE)
        assert "両社は13日の取締役会で協議の終了を決めた。（日経）" in made.text
        assert "The boards of both companies" not in made.text

    def test_one_is_enough_where_the_headline_has_no_summary(self) -> None:
        told = issue_story(
            2, headlines=(headline(summary=""),), sentences=(sentence("It opens a probe."),)
        )
        assert "- It opens a probe. (Reuters)" in segment(issue(issue_story(), told)).text

    def test_that_repeat_the_figures_of_the_headline_give_way(self) -> None:
        told = issue_story(
            headlines=(headline(title="Nissan cuts 9,000 jobs"),),
            sentences=(sentence("9,000 jobs go."), sentence("In May."), sentence("2 plants shut.")),
        )
        text = segment(issue(told)).text
        assert "9,000 jobs go." not in text
        assert "2 plants shut." in text


class TestFigures:
    page = Page(segment(saga()).html)

    def test_on_which_outlets_differ_are_said_with_who_says_what(self) -> None:
        assert (
            "Outlets differ: Reuters, Kyodo +1 say 9,000 jobs; 日経 20,000 people" in self.page.text
        )

    def test_on_which_they_agree_are_said_of_the_lead(self) -> None:
        assert "Outlets agree on 2 plants (2 outlets)" in self.page.text
        agreed = saga().stories[0].figures[1:]
        stories = [issue_story(1), issue_story(2, figures=agreed)]
        assert "agree" not in segment(issue(*stories)).text

    def test_are_said_in_the_readers_language_where_an_outlet_of_it_gives_them(self) -> None:
        text = segment(saga(), JAPANESE).text
        assert "報道に違い：Reuters、Kyodoほか1社は9000人／日経は2万人" in " ".join(text.split())

    def test_of_one_outlet_reads_as_a_sentence(self) -> None:
        claims = (
            Claim(words={"en": "9,000"}, value=9e3, outlets=("Reuters",)),
            Claim(words={"en": "20,000"}, value=2e4, outlets=("Nikkei",)),
        )
        told = issue_story(figures=(Figure(unit="person", claims=claims),))
        assert "Outlets differ: Reuters says 9,000; Nikkei 20,000" in segment(issue(told)).text

    def test_that_no_outlet_gives_in_the_readers_language_are_in_our_words(self) -> None:
        claim = Claim(words={"ja": "2万人"}, value=2e4, outlets=("日経", "Kyodo"))
        told = issue_story(figures=(Figure(unit="person", claims=(claim,)),))
        assert "Outlets agree on 20,000 people (2 outlets)" in segment(issue(told)).text

    def test_are_what_a_reader_is_told_of_a_story_in_another_language(self) -> None:
        claim = Claim(words={"ja": "2万人"}, value=2e4, outlets=("日経", "Kyodo"))
        told = issue_story(
            2,
            headlines=(headline("ja", 2, title="日産、2万人削減", summary="2万人を削減する。"),),
            figures=(Figure(unit="person", claims=(claim,)),),
        )
        assert (
            "Outlets agree on 20,000 people (2 outlets)"
            in segment(issue(issue_story(1), told)).text
        )

    def test_of_an_amount_that_may_be_of_anything_are_not_said(self) -> None:
        claim = Claim(words={"en": "50 billion yen"}, value=5e10, outlets=("A", "B"))
        told = issue_story(figures=(Figure(unit="jpy", claims=(claim,)),))
        assert "agree" not in segment(issue(told)).text

    def test_that_are_told_twice_already_are_not_said_again(self) -> None:
        claim = Claim(words={"en": "9,000 jobs"}, value=9e3, outlets=("A", "B"))
        told = issue_story(
            headlines=(headline(title="Nissan cuts 9,000 jobs", summary=""),),
            sentences=(sentence("It cuts 9,000 jobs."), sentence("It says that 9,000 jobs go.")),
            figures=(Figure(unit="person", claims=(claim,)),),
        )
        assert "agree" not in segment(issue(told)).text


@pytest.mark.parametrize(
    ("value", "unit", "english", "japanese"),
    [
        (92_517, "vehicle", "92,517 vehicles", "9万2517台"),
        (240e9, "jpy", "240 billion yen", "2400億円"),
        (5.42e12, "jpy", "5.42 trillion yen", "5兆4200億円"),
        (2, "plant", "2 plants", "2工場"),
        (1.4e9, "usd", "$1.4 billion", "14億ドル"),
        (999.996e9, "jpy", "1 trillion yen", "9999億9600万円"),
        (999_950, "vehicle", "999,950 vehicles", "99万9950台"),
        (2.5e16, "jpy", "25,000 trillion yen", "25000兆円"),
        (12.5, "pct", "12.5%", "12.5％"),
        (7, "crore", "7", "7"),
    ],
)
def test_figures_in_our_words(value: float, unit: str, english: str, japanese: str) -> None:
    assert LANGUAGES["en"].amount(value, unit) == english
    assert LANGUAGES["ja"].amount(value, unit) == japanese


class TestTheLatest:
    def test_stands_beside_a_headline_that_does_not_know_of_it(self) -> None:
        hours = [PERIOD.start + timedelta(hours=n) for n in (5, 30)]
        told = issue_story(
            headlines=(
                headline("ja", title="船積みを再開", published=hours[1]),
                headline(title="Port halts", published=hours[0]),
            ),
            turned=hours[1],
        )
        english = segment(issue(told)).text
        assert "\n  Since then, 10 Nov: 船積みを再開 [日本語]\n  https://ja.example/1\n" in english
        assert "その後（" not in segment(issue(told), JAPANESE).text
        stale = replace(told, headlines=told.headlines[1:])
        assert "Since then" not in segment(issue(stale)).text

    def test_date_is_that_of_the_report_which_is_linked(self) -> None:
        late = headline(published=PERIOD.end - timedelta(hours=12))
        assert "Nissan · 15 Nov" in segment(issue(issue_story(headlines=(late,)))).text


class TestWhatChanged:
    page = Page(segment(saga()).html)

    def test_sagas_that_have_gone_on_stand_after_the_lead(self) -> None:
        assert [text for tag, text in self.page.headings if tag == "h2"][:3] == [
            "Lead story",
            "What changed",
            "Mergers alliances",
        ]

    def test_earlier_stages_have_dates_and_links_in_the_order_of_time(self) -> None:
        text = self.page.text.replace("\xa0", " ")
        first = text.index("Earlier, 19 Sep: Honda and Nissan begin talks on a merger")
        assert first < text.index("Earlier, 31 Oct: 日産、ホンダの子会社化案を拒否")
        assert "https://en.example/90" in self.page.links

    def test_a_stage_in_another_language_says_so(self) -> None:
        assert '<span lang="ja">日産、ホンダの子会社化案を拒否</span>' in segment(saga()).html
        assert "日産、ホンダの子会社化案を拒否 [日本語]" in segment(saga()).text

    def test_a_long_saga_has_its_beginning_and_what_came_last(self) -> None:
        told = issue_story(earlier=tuple(map(stage, range(101, 107))))
        text = segment(issue(told)).text
        assert re.findall(r"thinks of closing plant (\d+)", text) == ["101", "105", "106"]

    def test_stories_beyond_the_section_stand_in_their_own(self) -> None:
        stories = [issue_story(n, earlier=(stage(),)) for n in range(1, 8)]
        headings = Page(segment(issue(*stories)).html).headings
        assert [text for tag, text in headings if tag == "h2"] == [
            "Lead story",
            "What changed",
            "Production",
            "Who made the news",
        ]


class TestComparedTable:
    def test_says_by_how_much_counts_differ_and_from_what(self) -> None:
        text = segment(saga()).text
        assert "Production: Honda 2 (+2), Nissan 2 (−3), Toyota 1 (+1)" in text
        assert "+ and −: against the average of the 4 issues before." in text

    def test_compares_with_nothing_after_one_issue_only(self) -> None:
        text = segment(replace(saga(), usual=replace(saga().usual, issues=1))).text
        assert "Production: Honda 2, Nissan 2, Toyota 1" in text
        assert "average" not in text


class TestAlerts:
    def test_are_listed_where_there_were_any(self) -> None:
        made = segment(saga())
        assert "Alerts since the last issue" in made.text
        assert "14 Nov: Honda and Nissan end talks, sources say" in made.text
        assert "https://en.example/80" in Page(made.html).links
        assert "Alerts" not in segment(week()).html

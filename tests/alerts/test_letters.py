"""What somebody is told of an alert: which rule, which words, who tells it, what is new."""

from dataclasses import replace
from pathlib import Path

import pytest

from digest.alerts.letters import SOURCES, News, mail_view
from digest.alerts.views import AlertMailView, AlertStoryView
from digest.issues import marks
from digest.issues.render import Renderer
from digest.model import Choice, CompanyId, Raised, SubscriberId, TopicId, ToReader
from digest.settings import Settings, WebSettings
from digest.shipped import TEMPLATES
from tests.alerts.builders import BURST, raise_, settings, titled, told, watch
from tests.builders import NOW, report

RULE = "company:nissan"
HOSTILE = '<script>alert(1)</script>" onload=x \x1b[31m\u202eevil'


class Names:
    """Nobody has a better name than its id, but Nissan."""

    def company_name(self, company: CompanyId, lang: str) -> str:
        known = {"en": "Nissan", "ja": "日産自動車"}
        return known[lang] if company == "nissan" else company

    def topic_name(self, topic: TopicId, lang: str) -> str:
        del lang
        return f"the topic {topic}"


def news(
    *, raised: Raised | None = None, before: Raised | None = None, reader: bool = True
) -> News:
    raised = raised or raise_(told(1, 2), watch(RULE))
    assert raised is not None
    to = raised.told[0]
    return News(
        alert=raised.alert,
        told=replace(to, to=ToReader(SubscriberId(1))) if reader else to,
        before=None if before is None else before.alert,
    )


def view(*given: News, language: str = "en", settings: Settings = settings()) -> AlertMailView:  # noqa: B008  # frozen
    return mail_view(given or [news()], language, settings=settings, names=Names())


def first(*given: News, language: str = "en") -> AlertStoryView:
    return view(*given, language=language).stories[0]


class TestSubject:
    def test_is_the_headline_of_the_latest(self) -> None:
        assert view().subject == "Alert: Nissan to close two plants in Japan"
        assert view(language="ja").subject == "【速報】Nissan to close two plants in Japan"

    def test_says_update_to_who_was_told_before(self) -> None:
        before = raise_(told(30, number=1), watch(RULE))
        raised = raise_(told(1, number=2), watch(RULE), before=before)
        assert view(news(raised=raised, before=before)).subject.startswith("Update: ")

    def test_counts_the_others(self) -> None:
        assert view(news(), news()).subject.endswith(" (+1 more)")


class TestStory:
    def test_names_the_rule_and_its_words(self) -> None:
        raised = raise_(told(1), watch('"two plants"'))
        assert first(news(raised=raised)).why == ('It meets your rule "two plants": two plants',)
        assert first(news(raised=raised, reader=False)).why == (
            'It meets the rule “"two plants"”: two plants',
        )

    def test_says_how_many_tell_it_and_how_many_usually_do(self) -> None:
        raised = raise_(told(1, 1, 1), watch(breaking=Choice()), burst=BURST)
        (why,) = first(news(raised=raised)).why
        assert "6 independent outlets in 6 hours" in why
        assert "Nissan usually has 1.5" in why

    @pytest.mark.parametrize(("about", "name"), [("ev", "the topic ev"), ("", "any story")])
    def test_says_whose_usual_that_is(self, about: str, name: str) -> None:
        burst = replace(BURST, about=about)
        raised = raise_(told(1, 1, 1), watch(breaking=Choice()), burst=burst)
        assert name in first(news(raised=raised)).why[0]

    def test_says_nothing_of_what_is_usual_where_nobody_knows_yet(self) -> None:
        raised = raise_(told(1, 1, 1), watch(breaking=Choice()), burst=replace(BURST, usual=None))
        assert first(news(raised=raised)).why == (
            "It is breaking: 6 independent outlets in 6 hours.",
        )

    def test_that_goes_on_is_no_longer_called_breaking(self) -> None:
        before = raise_(told(30, 30, number=1), watch(breaking=Choice()), burst=BURST)
        raised = raise_(told(1, 2, number=2), watch(breaking=Choice()), before=before)
        why = first(news(raised=raised, before=before)).why
        assert why == ("We told you of this story when it broke.",)

    def test_says_what_is_new(self) -> None:
        titles = ("Nissan to cut 9,000 jobs", "Nissan cuts 9,000 jobs")
        before = raise_(told(30, number=1), watch(RULE))
        raised = raise_(titled(told(1, 2, number=2), titles), watch(RULE), before=before)
        stage, figure, owners = first(news(raised=raised, before=before)).news
        assert "Nissan to close two plants in Japan" in stage
        assert "9,000 jobs" in figure
        assert owners == "2 outlets tell it now; it was 1."

    def test_lists_outlets_in_the_order_of_time(self) -> None:
        sources = first(news(raised=raise_(told(1, 3, 2), watch(RULE)))).sources
        times = [source.time for source in sources]
        assert times == sorted(times)
        assert times[0] == "2026-11-16 13:00 JST"

    def test_lists_the_newest_of_an_update_first(self) -> None:
        before = raise_(told(30, number=1), watch(RULE))
        raised = raise_(told(1, 3, 2, number=2), watch(RULE), before=before)
        times = [source.time for source in first(news(raised=raised, before=before)).sources]
        assert times == sorted(times, reverse=True)

    def test_lists_so_many_and_counts_the_others(self) -> None:
        story = first(news(raised=raise_(told(*[1.0] * (SOURCES + 3)), watch(RULE))))
        assert len(story.sources) == SOURCES
        assert story.more_sources == 3

    def test_is_told_in_the_language_of_the_reader_where_there_is_one(self) -> None:
        english = told(1)
        japanese = report(900, cluster=1, title="日産、国内2工場を閉鎖", lang="ja", published=NOW)
        both = replace(english, reports=(*english.reports, japanese))
        raised = raise_(both, watch(RULE))
        assert first(news(raised=raised)).language == ""
        told_in_japanese = first(news(raised=raised), language="ja")
        assert told_in_japanese.title == "日産、国内2工場を閉鎖"
        assert told_in_japanese.companies == ("日産自動車",)
        assert first(language="ja").language == "English"


class TestMail:
    def test_leads_to_silence_by_mail_or_on_the_page(self) -> None:
        assert view().mute == "mailto:weekly@example.org?subject=mute%201%20week"
        pages = settings(web=WebSettings(public_url="https://weekly.example.org"))
        assert view(settings=pages).mute.startswith(marks.PREFERENCES)
        assert view(settings=pages).preferences == marks.PREFERENCES

    def test_of_nothing_is_none(self) -> None:
        with pytest.raises(IndexError):
            mail_view([], "en", settings=settings(), names=Names())


class TestTemplates:
    @pytest.fixture
    def renderer(self) -> Renderer:
        return Renderer([TEMPLATES])

    @pytest.mark.parametrize("language", ["en", "ja"])
    @pytest.mark.parametrize("reader", [True, False])
    def test_show_all_that_the_view_says(
        self, renderer: Renderer, language: str, *, reader: bool
    ) -> None:
        before = raise_(told(30, number=1), watch(RULE))
        raised = raise_(told(1, 2, number=2), watch(RULE), before=before)
        pages = settings(web=WebSettings(public_url="https://weekly.example.org"))
        shown = view(
            news(raised=raised, before=before, reader=reader), language=language, settings=pages
        )
        html, text, failure = renderer.mail("alert", mail=shown)
        assert failure is None
        story = shown.stories[0]
        for words in (story.title, *story.why, *story.news, story.sources[0].outlet):
            assert words in html
            assert "".join(words.split()) in "".join(text.split())
        assert (marks.LEAVE in html) == (marks.LEAVE in text) == reader

    def test_make_no_markup_of_what_a_feed_says(self, renderer: Renderer, tmp_path: Path) -> None:
        del tmp_path
        raised = raise_(titled(told(1), [HOSTILE]), watch(RULE))
        html, text, _ = renderer.mail("alert", mail=view(news(raised=raised)))
        assert "<script" not in html
        assert "\x1b" not in html + text
        assert "\u202e" not in html + text

"""What a story says in a few sentences."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ClusterId, EntryId, FeedKind, Report, StoredEntry, Story, StoryId
from digest.stories.facts import is_form, key_sentences, sentences
from tests.builders import NOW, entry, tags

_numbers = count(1)


def report(title: str, summary: str = "", *, outlet: str = "Reuters", lang: str = "en") -> Report:
    number = next(_numbers)
    told = entry(guid=f"g{number}", title=title, summary=summary, outlet=outlet, lang=lang)
    return Report(
        stored=StoredEntry(id=EntryId(number), entry=told, first_seen=NOW),
        tags=tags(),
        cluster=ClusterId(1),
        owner=outlet.partition(" ")[0].lower(),
        kind=FeedKind.TRADE,
        weight=1.0,
    )


def story(*reports: Report) -> Story:
    return Story(id=StoryId(1), reports=reports)


# --- sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It closed. It opened again.", ["It closed.", "It opened again."]),
        (
            "Mr. Sato of Toyota Motor Corp. said so. The U.S. market grew.",
            ["Mr. Sato of Toyota Motor Corp. said so.", "The U.S. market grew."],
        ),
        ("Sales rose 2.5 percent. 300 cars came.", ["Sales rose 2.5 percent.", "300 cars came."]),
        ("工場を閉鎖する。5月に終える。", ["工場を閉鎖する。", "5月に終える。"]),
        ("社長は「閉鎖する。」と述べた。以上。", ["社長は「閉鎖する。」と述べた。", "以上。"]),
        ("It closed. The union, which had", ["It closed.", "The union, which had"]),
        ("It closed. The union, which had…", ["It closed."]),
        ("“It closed.” Then it opened.", ["“It closed.”", "Then it opened."]),
        ("", []),
        ("…", []),
    ],
)
def test_a_text_falls_into_whole_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aB1 .。！？!?「」\"'…\n", max_size=80))
def test_no_words_are_made_up(text: str) -> None:
    assert all(sentence in text for sentence in sentences(text))


# --- key sentences ------------------------------------------------------------------------------


def test_sentences_with_numbers_and_deeds_are_told_and_talk_is_not() -> None:
    told = story(
        report(
            "Acme to shut its Ohio works",
            "It was a sunny day for everybody in the little town. "
            "Acme will close the works in March and cut 1,200 jobs there. "
            "Is this the end of the road for the proud old company? "
            "The company might perhaps look at other places one day.",
        )
    )
    assert [one.text for one in key_sentences(told, "en")] == [
        "Acme will close the works in March and cut 1,200 jobs there."
    ]


def test_what_an_outlet_reckons_itself_stands_behind_what_was_done() -> None:
    told = story(
        report(
            "Acme to shut its Ohio works",
            "By our count Acme will close 3 works in 2027. Acme will close 3 offices in 2027.",
        )
    )
    assert key_sentences(told, "en")[0].text == "Acme will close 3 offices in 2027."


@pytest.mark.parametrize(
    ("lang", "fact", "musing"),
    [
        (
            "en",
            "The second shift means 200 jobs, and will build 90,000 cars.",
            "The second shift means a lot, and will build 90,000 cars for 200 people.",
        ),
        (
            "en",
            "Acme will build 90,000 cars with warning signals at 7 plants.",
            "Acme will build 90,000 cars, which signals a change at 7 plants.",
        ),
        (
            "ja",
            "本業のもうけを示す営業利益は8%減の1兆8420億円だった。",
            "8%減の1兆8420億円という営業利益は姿勢の変化を示す。",
        ),
        (
            "ja",
            "課題の電池は外部で調達して3車種に載せ、1200人を削減する。",
            "3車種に載せる電池の外部での調達と、1200人の削減が課題となる。",
        ),
    ],
)
def test_what_an_outlet_makes_of_the_news_stands_back(lang: str, fact: str, musing: str) -> None:
    told = story(report("Acme", f"{musing} {fact}", lang=lang))
    assert key_sentences(told, lang)[0].text == fact


def test_what_the_headline_says_already_is_not_told_again() -> None:
    told = story(report("Acme cuts 1,200 jobs in Ohio", "Acme cuts 1,200 jobs in Ohio."))
    assert key_sentences(told, "en") == ()


def test_two_outlets_that_say_the_same_are_told_once() -> None:
    told = story(
        report("Acme to shut works", "Acme will close the works in March and cut 1,200 jobs."),
        report(
            "Works of Acme to go",
            "Acme will close the works in March and cut 1,200 jobs."
            " It built 90,000 cars a year until now.",
            outlet="Kyodo",
        ),
    )
    assert sorted(one.text for one in key_sentences(told, "en")) == [
        "Acme will close the works in March and cut 1,200 jobs.",
        "It built 90,000 cars a year until now.",
    ]


def test_a_reader_gets_sentences_in_their_language_where_there_are_any() -> None:
    told = story(
        report("Acme to shut works", "It will cut 1,200 jobs there by the end of March."),
        report("アクメ、工場閉鎖へ", "来年3月までに1200人を削減する。", outlet="Nikkei", lang="ja"),
    )
    assert [one.lang for one in key_sentences(told, "ja")] == ["ja"]
    assert [one.lang for one in key_sentences(told, "en")] == ["en"]
    assert [one.outlet for one in key_sentences(told, "zh")] != []


def test_no_more_sentences_than_asked_for() -> None:
    summary = " ".join(
        f"The {place} works will close and {jobs} jobs will go there."
        for place, jobs in (("Ohio", 1200), ("Texas", 900), ("Berlin", 450), ("Lyon", 310))
    )
    assert len(key_sentences(story(report("Acme shuts four", summary)), "en", limit=2)) == 2


def test_an_endless_sentence_is_not_told() -> None:
    told = story(report("Acme", "Acme will cut 1,200 jobs " + "and so on " * 60 + "there."))
    assert key_sentences(told, "en") == ()


def test_the_points_of_a_form_are_no_sentence() -> None:
    form = "①不具合の部位：制動装置②対象台数：計92,517台③状況：警告灯が点灯し、停止する。"
    told = story(report("リコールの届出", form, outlet="国土交通省", lang="ja"))
    assert key_sentences(told, "ja") == ()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("①不具合の部位：原動機②対象台数：計38,106台", True),
        ("届出番号6012、届出者は三菱ふそうトラック・バス。", True),
        ("以下のリコールの届出がありましたのでお知らせします。", True),
        ("The following recall was filed with the ministry.", True),
        ("Filing number: 6012.", True),
        ("Fuso recalls 38,106 trucks.", False),
        ("三菱ふそうは3万8106台のリコールを届け出た。", False),
        ("It was closed following talks, the union said.", False),
    ],
)
def test_a_form_is_known_by_its_words(text: str, form: bool) -> None:  # noqa: FBT001  # a table
    assert is_form(text) is form


def test_what_was_said_before_it_was_announced_is_told_no_more() -> None:
    early = report(
        "Acme near deal with Bolt, sources say",
        "Acme is close to a deal to buy 40% of Bolt, two people familiar with the talks said.",
    )
    late = report("Acme buys Bolt", "Acme announced that it has bought 60% of Bolt.", outlet="Jiji")
    entry = replace(late.entry, published=NOW + timedelta(hours=5))
    late = replace(late, stored=replace(late.stored, entry=entry))
    told = key_sentences(story(early, late), "en")
    assert [one.text for one in told] == ["Acme announced that it has bought 60% of Bolt."]


def test_sentences_are_of_reports_and_not_of_comments() -> None:
    told = story(
        report(
            "Acme cuts 1,200 jobs", "The works in Ohio will be shut by March, and 40 people move."
        ),
        report(
            "Why Acme cuts: a column",
            "Acme cut 1,200 jobs because 300 more would go in Ohio, we learn.",
            outlet="Kyodo",
        ),
    )
    assert [one.outlet for one in key_sentences(told, "en")] == ["Reuters"]


@pytest.mark.parametrize(
    ("plain", "lesser"),
    [
        # What an outlet makes of it.
        (
            "Acme keeps its gearbox works in Ohio for now, it said.",
            "For Acme the retreat avoids adding works at a moment when cars are moving on.",
        ),
        # Whose shares?
        ("Acme shares fell 6% in the afternoon in Tokyo.", "Its shares fell 6% in the afternoon."),
        # "Said it would" is a plan, a word in quotation marks no talk.
        (
            'Acme said it would keep the works in Ohio "for now".',
            "Acme would keep the works in Ohio for now, some say.",
        ),
    ],
)
def test_a_sentence_that_says_what_happened_stands_before_another(plain: str, lesser: str) -> None:
    title = "Acme, Bolt end talks"
    first, *_ = key_sentences(story(report(title, f"{lesser} {plain}")), "en")
    assert first.text == plain

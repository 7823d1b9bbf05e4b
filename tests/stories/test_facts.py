"""What a story says in a few sentences, and the figures on which its outlets agree or differ."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ClusterId, EntryId, FeedKind, Report, StoredEntry, Story, StoryId
from digest.stories.facts import Claim, Figure, figures, key_facts, sentences
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


# --- key facts -----------------------------------------------------------------------------------


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
    assert [fact.text for fact in key_facts(told, "en")] == [
        "Acme will close the works in March and cut 1,200 jobs there."
    ]


def test_what_the_headline_says_already_is_no_fact() -> None:
    told = story(report("Acme cuts 1,200 jobs in Ohio", "Acme cuts 1,200 jobs in Ohio."))
    assert key_facts(told, "en") == ()


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
    assert sorted(fact.text for fact in key_facts(told, "en")) == [
        "Acme will close the works in March and cut 1,200 jobs.",
        "It built 90,000 cars a year until now.",
    ]


def test_a_reader_gets_facts_in_their_language_where_there_are_any() -> None:
    told = story(
        report("Acme to shut works", "It will cut 1,200 jobs there by the end of March."),
        report("アクメ、工場閉鎖へ", "来年3月までに1200人を削減する。", outlet="Nikkei", lang="ja"),
    )
    assert [fact.lang for fact in key_facts(told, "ja")] == ["ja"]
    assert [fact.lang for fact in key_facts(told, "en")] == ["en"]
    assert [fact.outlet for fact in key_facts(told, "zh")] != []


def test_no_more_facts_than_asked_for() -> None:
    summary = " ".join(
        f"The {place} works will close and {jobs} jobs will go there."
        for place, jobs in (("Ohio", 1200), ("Texas", 900), ("Berlin", 450), ("Lyon", 310))
    )
    assert len(key_facts(story(report("Acme shuts four", summary)), "en", limit=2)) == 2


def test_an_endless_sentence_is_no_fact() -> None:
    told = story(report("Acme", "Acme will cut 1,200 jobs " + "and so on " * 60 + "there."))
    assert key_facts(told, "en") == ()


# --- figures -------------------------------------------------------------------------------------


def test_outlets_that_agree_across_languages() -> None:
    told = story(
        report("Acme to cut 20,000 jobs"),
        report("アクメ、2万人削減", outlet="Nikkei", lang="ja"),
    )
    assert figures(told) == (
        Figure(
            unit="person",
            claims=(Claim(words="20,000 jobs", value=20000.0, outlets=("Reuters", "Nikkei")),),
        ),
    )


def test_outlets_that_differ_stand_first_with_their_words() -> None:
    told = story(
        report("Acme to shut seven sites", "It will close 7 plants and save $3 billion."),
        report("Acme to shut 5 plants to save $3 billion", outlet="Kyodo"),
        report("Acme cuts 7 plants", outlet="Jiji"),
    )
    plants, money = figures(told)
    assert not plants.agreed
    assert [(c.words, c.outlets) for c in plants.claims] == [
        ("7 plants", ("Reuters", "Jiji")),
        ("5 plants", ("Kyodo",)),
    ]
    assert money.agreed


def test_one_owner_agrees_with_nobody() -> None:
    told = story(
        report("Acme to cut 20,000 jobs", outlet="Nikkei"),
        report("Acme cuts 20,000 jobs", outlet="Nikkei Asia"),
    )
    assert figures(told) == ()


def test_figures_of_different_things_are_no_dispute() -> None:
    told = story(
        report("Acme to cut 20,000 jobs"),
        report("Acme to cut 300 jobs in Ohio", outlet="Kyodo"),
    )
    assert figures(told) == ()


def test_an_outlet_with_two_figures_of_a_kind_disputes_nothing() -> None:
    told = story(
        report("Acme to cut 20,000 jobs, 12,000 jobs of them in Ohio"),
        report("Acme to cut 15,000 jobs", outlet="Kyodo"),
    )
    assert figures(told) == ()


def test_shares_in_per_cent_agree_but_never_differ() -> None:
    agreed = story(report("Sales up 12%"), report("Sales rise 12 percent", outlet="Kyodo"))
    assert [figure.unit for figure in figures(agreed)] == ["pct"]
    other = story(report("Sales up 12%"), report("Profit up 14%", outlet="Kyodo"))
    assert figures(other) == ()

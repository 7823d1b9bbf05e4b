"""The figures of a story on which its outlets agree or differ."""

import pytest

from digest.model import Claim, Figure
from digest.stories.figures import figures
from tests.stories.test_facts import report, story


def test_outlets_that_agree_across_languages() -> None:
    told = story(
        report("Acme to cut 20,000 jobs"),
        report("アクメ、2万人削減", outlet="Nikkei", lang="ja"),
    )
    assert figures(told) == (
        Figure(
            unit="person",
            claims=(
                Claim(
                    words={"en": "20,000 jobs", "ja": "2万人"},
                    value=20000.0,
                    outlets=("Reuters", "Nikkei"),
                ),
            ),
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
    assert [(c.words["en"], c.outlets) for c in plants.claims] == [
        ("7 plants", ("Reuters", "Jiji")),
        ("5 plants", ("Kyodo",)),
    ]
    assert money.agreed


def test_what_is_written_off_is_told_by_what_each_says() -> None:
    told = story(
        report("Acme ends talks", "It will book a charge of 12 billion yen."),
        report("Acme's talks collapse", "It will book a 15 billion yen charge.", outlet="Kyodo"),
    )
    (money,) = figures(told)
    assert not money.agreed
    assert [claim.outlets for claim in money.claims] == [("Reuters",), ("Kyodo",)]


def test_a_price_is_one_in_whatever_words_it_is_told() -> None:
    told = story(
        report("Acme to pay 48 billion yen for retailer"),
        report("アクメ、小売りを600億円で買収", outlet="Nikkei", lang="ja"),
    )
    (money,) = figures(told)
    assert [(c.outlets, c.value) for c in money.claims] == [
        (("Reuters",), 48e9),
        (("Nikkei",), 60e9),
    ]


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


def test_nobody_agrees_where_another_outlet_gives_another_figure_only() -> None:
    told = story(
        report("Acme to cut 9,000 jobs, 400 jobs of them in Ohio"),
        report("Acme to cut 20,000 jobs", outlet="Kyodo"),
        report("Acme cuts 20,000 jobs", outlet="Jiji"),
    )
    assert figures(told) == ()


def test_the_number_of_a_model_counts_nothing() -> None:
    told = story(
        report("Acme recalls AX-5 cars over rear doors"),
        report("Acme calls back AX-5 cars", outlet="Kyodo"),
    )
    assert figures(told) == ()


def test_a_figure_that_japanese_glues_to_a_name_counts() -> None:
    for title, words in (("アクメ、EV5万台をリコール", "5万台"), ("EV500台", "500台")):
        number = "50,000" if "万" in words else "500"
        told = story(
            report(f"Acme recalls {number} EVs"), report(title, outlet="Nikkei", lang="ja")
        )
        (figure,) = figures(told)
        assert figure.claims[0].words == {"en": f"{number} EVs", "ja": words}


def test_a_part_of_a_number_in_words_is_none() -> None:
    told = story(
        report("Acme to run twenty-two plants"), report("Acme has two plants", outlet="Kyodo")
    )
    assert figures(told) == ()


def test_the_unit_may_stand_behind_a_name() -> None:
    told = story(
        report("Acme recalls 45,000 AX3 sedans"),
        report("Acme calls back 45,000 of its AX3 sedans", outlet="Kyodo"),
        report("アクメ、4万5000台リコール", outlet="Nikkei", lang="ja"),
    )
    (figure,) = figures(told)
    assert (figure.unit, figure.agreed) == ("vehicle", True)
    assert figure.claims[0].words == {"en": "45,000 AX3 sedans", "ja": "4万5000台"}
    staff = story(
        report("Acme sheds 2,100 of its Ohio workers"), report("2,100 jobs go", outlet="Kyodo")
    )
    assert [figure.unit for figure in figures(staff)] == ["person"]


def test_a_few_plants_may_be_counted_in_words_or_as_sites() -> None:
    told = story(
        report("Acme to shut seven assembly plants"),
        report("アクメ、閉鎖工場は7カ所に", outlet="Nikkei", lang="ja"),
        report("アクメ、5カ所の工場閉鎖", outlet="Jiji", lang="ja"),
    )
    (figure,) = figures(told)
    assert not figure.agreed
    assert [claim.words for claim in figure.claims] == [
        {"en": "seven assembly plants", "ja": "工場7カ所"},
        {"ja": "5カ所の工場"},
    ]


def test_a_figure_of_the_second_sentence_counts_too() -> None:
    told = story(
        report("Acme to shut plant", "It closes in 2028. About 2,100 workers are affected."),
        report("アクメ工場閉鎖、2400人に影響", outlet="Nikkei", lang="ja"),
    )
    (figure,) = figures(told)
    assert not figure.agreed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Others are counted with them.
        ("About 2,100 workers are affected.", "労組は派遣を含め2400人が失職するとした。"),
        # Other deeds.
        ("Acme recalls 40,000 cars.", "Acme will build 30,000 cars there."),
        ("Acme hires 2,000 workers.", "Acme sheds 3,000 workers."),
        # Other places, other times.
        ("Acme cuts 9,000 jobs worldwide.", "Acme cuts 4,000 jobs in Japan."),
        (
            "Acme made a loss of 118 billion yen in the first half.",
            "Acme sees a loss of 240 billion yen.",
        ),
        # Nobody says what they count.
        ("2,100 workers.", "2,400 workers."),
    ],
)
def test_figures_whose_words_do_not_say_the_same_are_no_dispute(one: str, other: str) -> None:
    lang = "en" if other.isascii() else "ja"
    told = story(report(one), report(other, outlet="Nikkei", lang=lang))
    assert not [figure for figure in figures(told) if not figure.agreed]


@pytest.mark.parametrize(
    ("limit", "lang"),
    [
        ("Acme to buy Bolt for over 1 trillion yen", "en"),
        ("Acme to buy Bolt for up to 2 trillion yen", "en"),
        ("アクメ、ボルトを1兆円超で買収", "ja"),
        ("アクメ、ボルトを最大2兆円で買収", "ja"),
        ("アクメ、ボルトを1.5兆円未満で買収", "ja"),
    ],
)
def test_a_limit_that_another_figure_keeps_to_is_neither_dispute_nor_agreement(
    limit: str, lang: str
) -> None:
    told = story(
        report("Acme to buy Bolt for 1.3 trillion yen"), report(limit, outlet="Nikkei", lang=lang)
    )
    assert figures(told) == ()
    more = story(*told.reports, report("Acme buys Bolt for 1.3 trillion yen", outlet="Jiji"))
    (figure,) = figures(more)
    assert figure.claims[0].outlets == ("Reuters", "Jiji")


def test_a_limit_of_something_else_stands_against_agreement() -> None:
    told = story(
        report("Acme to cut more than 1,000 jobs"),
        report("Acme hires 2,000 workers", outlet="Kyodo"),
        report("Acme is hiring 2,000 workers", outlet="Jiji"),
    )
    assert figures(told) == ()
    assert [figure.agreed for figure in figures(story(*told.reports[1:]))] == [True]


@pytest.mark.parametrize(("after", "limits"), [("強を", True), ("を", False), ("強制", False)])
def test_a_word_that_begins_as_a_limit_does_is_none(after: str, *, limits: bool) -> None:
    told = story(
        report(f"アクメ、1000台{after}リコール", lang="ja"),
        report("アクメ、1200台をリコール", outlet="Nikkei", lang="ja"),
    )
    assert (figures(told) == ()) == limits


def test_a_limit_that_another_figure_breaks_is_a_dispute() -> None:
    told = story(
        report("Acme to cut more than 15,000 jobs"), report("Acme cuts 9,000 jobs", outlet="Kyodo")
    )
    (figure,) = figures(told)
    assert not figure.agreed


def test_a_count_of_one_side_is_told_as_theirs() -> None:
    told = story(
        report("Acme to shut plant", "About 2,100 workers are affected, the company said."),
        report("アクメ工場閉鎖、労組「2400人が失職」", outlet="Nikkei", lang="ja"),
    )
    (figure,) = figures(told)
    assert [(claim.value, claim.source) for claim in figure.claims] == [(2100, ""), (2400, "union")]

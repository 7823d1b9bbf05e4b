"""The figures of a story on which its outlets agree or differ."""

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

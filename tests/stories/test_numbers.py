import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.numbers import Number, numbers, same


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1兆2000億円の赤字", "jpy", 1.2e12),
        ("a 1.2 trillion yen loss", "jpy", 1.2e12),
        ("13万5000台をリコール", "vehicle", 135_000),
        ("recalls 135,000 vehicles", "vehicle", 135_000),
        ("recalls 210,000 electric cars", "vehicle", 210_000),
        ("$280 million plant", "usd", 2.8e8),
        ("u.s. $1.5bn", "usd", 1.5e9),
        ("13 million us dollars", "usd", 1.3e7),
        ("€2bn", "eur", 2e9),
        ("販売5割減", "pct", 50),
        ("down 72%", "pct", 72),
        ("2万人を削減", "person", 20_000),
        ("cut 20,000 jobs", "person", 20_000),
        ("10ギガワット時", "gwh", 10),
        ("sold 2.6 million", "", 2.6e6),
        ("127,000 owners get the letter", "", 127_000),
        ("10 lakh cars a year", "vehicle", 1e6),
        ("150 bln yen", "jpy", 1.5e11),
        # Japanese writes no space behind letters.
        ("ev1000台を納入", "vehicle", 1000),
        ("ntn300人削減", "person", 300),
        ("gm5工場閉鎖", "plant", 5),
        ("ev50%増", "pct", 50),
        ("us$50", "usd", 50),
    ],
)
def test_a_figure_has_one_value_and_unit_in_both_languages(
    text: str, unit: str, value: float
) -> None:
    (found,) = numbers(text)
    assert found.unit == unit
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        *("in 2026", "model 3", "level 4", "12日", "q3", "no figures"),
        # Which one, not how many.
        *("第3工場を休止", "t2 trucks start", "t2trucks", "cx-5 suvs", "cx-50工場", "rav4 in 9"),
        *("rav4人気", "gr86台湾発売", "ev3名古屋に", "mx-5台数"),  # words that begin as units do
    ],
)
def test_years_ranks_and_models_are_not_figures(text: str) -> None:
    assert numbers(text) == frozenset()


def test_figures_agree_within_three_percent_of_one_unit() -> None:
    assert Number("jpy", 100.0).agrees(Number("jpy", 102.0))
    assert not Number("jpy", 100.0).agrees(Number("jpy", 110.0))
    assert not Number("jpy", 100.0).agrees(Number("usd", 100.0))


def test_a_figure_agrees_with_itself_rounded_down() -> None:
    exact, about = Number("vehicle", 135_305.0), Number("vehicle", 130_000.0)
    assert exact.agrees(about)
    assert about.agrees(exact)
    assert not exact.agrees(Number("vehicle", 125_000.0))
    assert not Number("pct", 15.0).agrees(Number("pct", 14.0))


def test_a_figure_is_written_out_for_a_person() -> None:
    assert str(Number("vehicle", 1_353_050.0)) == "1,353,050 vehicle"
    assert str(Number("jpy", 5.42e12)) == "5,420,000,000,000 jpy"
    assert str(Number("", 127_000.0)) == "127,000"
    assert str(Number("pct", 7.5)) == "7.5 pct"


def test_a_bare_number_may_count_anything_but_money() -> None:
    bare = Number("", 127_000.0)
    assert bare.agrees(Number("vehicle", 127_000.0))
    assert Number("person", 127_000.0).agrees(bare)
    assert not Number("person", 127_000.0).agrees(Number("vehicle", 127_000.0))
    assert not bare.agrees(Number("jpy", 127_000.0))


@given(st.floats(0, 1e13), st.floats(0, 1e13))
def test_figures_agree_in_either_order(one: float, other: float) -> None:
    assert same(one, other) == same(other, one)
    assert same(one, one)


def test_a_sign_of_money_belongs_to_one_figure() -> None:
    assert numbers("$5 million, $7 billion") == {Number("usd", 5e6), Number("usd", 7e9)}
    assert numbers("5 million$7 billion") == {Number("usd", 5e6), Number("", 7e9)}

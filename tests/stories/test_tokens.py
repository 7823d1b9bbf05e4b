import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.tokens import (
    Number,
    copy_key,
    guess_language,
    headline,
    lower,
    normalise,
    numbers,
    same,
    skeleton,
    skeletons,
    stem,
    terms,
)


@given(st.text())
def test_normal_form_is_a_normal_form(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_lower_case_keeps_every_offset(text: str) -> None:
    assert len(lower(text)) == len(text)


@given(st.text())
def test_no_text_breaks_terms_numbers_or_skeletons(text: str) -> None:
    small = lower(normalise(text))
    assert all(terms(small))
    assert all(number.value >= 0 for number in numbers(small))
    assert all(len(name) >= 3 for name in skeletons(text))


def test_a_letter_that_grows_in_lower_case_stays_as_it_is() -> None:
    assert lower("İA") == "İa"


def test_half_width_katakana_full_width_letters_and_quotes_become_one_spelling() -> None:
    assert (
        normalise("ｽｽﾞｷ ＳＵＢＡＲＵ  Toyota’s “plan” – now")
        == 'スズキ SUBARU Toyota\'s "plan" - now'
    )


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("UPDATE 2-Nissan cuts outlook - Reuters", "Nissan cuts outlook"),
        ("【独自】日産、追浜工場を閉鎖へ", "日産、追浜工場を閉鎖へ"),
        ("速報:日産が工場閉鎖", "日産が工場閉鎖"),
        ("[Photos] Honda 0 | Car Paper", "Honda 0"),
        ("日産の賭け (1/2)", "日産の賭け"),
        ("【速報】", ""),
    ],
)
def test_labels_and_the_tail_of_the_outlet_are_not_the_headline(title: str, bare: str) -> None:
    assert headline(title) == bare


def test_copies_of_one_headline_have_one_key() -> None:
    assert copy_key(headline("UPDATE 1-Nissan to cut 20,000 jobs - Reuters")) == copy_key(
        "Nissan to Cut 20,000 Jobs"
    )


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("recalls", "recalled"),
        ("supplies", "supply"),
        ("cutting", "cutting"),
        ("stopped", "stopping"),
        ("closes", "closing"),
        ("toyota's", "toyota"),
        ("announcement", "announced"),
    ],
)
def test_forms_of_a_word_have_one_stem(word: str, other: str) -> None:
    assert stem(word) == stem(other)


def test_short_words_and_codes_are_left_alone() -> None:
    assert [stem("car"), stem("bz4x"), stem("press")] == ["car", "bz4x", "press"]


def test_terms_are_words_katakana_runs_and_pairs_of_kanji() -> None:
    assert terms("the toyota plans recalls of 2.6 cars") == ["toyota", "recall", "2.6", "car"]
    assert terms("トヨタ、電池工場を新設 株") == ["トヨタ", "電池", "池工", "工場", "新設", "株"]


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
    ],
)
def test_a_figure_has_one_value_and_unit_in_both_languages(
    text: str, unit: str, value: float
) -> None:
    (found,) = numbers(text)
    assert found.unit == unit
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("text", ["in 2026", "model 3", "level 4", "12日", "q3", "no figures"])
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


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("Woven City", "hnst"),
        ("Skyline", "skrn"),
        ("スカイライン", "skrn"),
        ("Tundra", "tntr"),
        ("タンドラ", "tntr"),
        ("RAV4", ""),
        ("Fit", ""),
        ("追浜工場", ""),
    ],
)
def test_a_whole_name_sounds_alike_in_both_scripts(name: str, sound: str) -> None:
    assert skeleton(name) == sound


@pytest.mark.parametrize(
    ("latin", "katakana"),
    [("Espinosa", "エスピノーサ"), ("Kansas", "カンザス"), ("Panasonic", "パナソニック")],
)
def test_a_name_has_one_skeleton_in_both_scripts(latin: str, katakana: str) -> None:
    assert skeletons(latin) == skeletons(katakana)


def test_kana_or_kanji_are_japanese_where_a_feed_does_not_say() -> None:
    assert guess_language("豊田自動織機、公開買付開始") == "ja"
    assert guess_language("トヨタ") == "ja"
    assert guess_language("Toyota") == "en"


def test_a_sign_of_money_belongs_to_one_figure() -> None:
    assert numbers("$5 million, $7 billion") == {Number("usd", 5e6), Number("usd", 7e9)}
    assert numbers("5 million$7 billion") == {Number("usd", 5e6), Number("", 7e9)}


def test_more_words_than_are_remembered_are_read_all_the_same() -> None:
    words = [f"x{number}y" for number in range(50_001)]
    assert terms(" ".join(words)) == words

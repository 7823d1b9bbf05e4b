import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.numbers import numbers
from digest.stories.tokens import (
    copy_key,
    guess_language,
    headline,
    lower,
    normalise,
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
    assert guess_language("Škoda") == "en"


def test_signs_that_only_chinese_writes_tell_it_from_japanese() -> None:
    assert guess_language("丰田在华裁员两千人") == "zh"
    assert guess_language("豐田將擴大投資") == "zh"
    assert guess_language("这款「ヤリス」") == "ja"


def test_more_words_than_are_remembered_are_read_all_the_same() -> None:
    words = [f"x{number}y" for number in range(50_001)]
    assert terms(" ".join(words)) == words

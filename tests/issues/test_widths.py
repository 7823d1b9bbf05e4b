"""Wrapping and shortening by columns, in both scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.issues.widths import folded, shorten, unbroken, width, wrap

JAPANESE = (
    "日産自動車は15日、追浜工場（神奈川県横須賀市）での車両生産を2027年度末に終了し、"
    "日産自動車九州に移管すると発表した。EV化の遅れとNissan Ariyaの販売不振が「重荷」となっていた。"
)
texts = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("日産、。（「ーっ 27年 ab.")),
    max_size=200,
)


def test_a_japanese_character_takes_two_columns_and_an_accent_none() -> None:
    assert width("日産 EV") == 7
    assert width("e\u0301") == 1


class TestWrap:
    def test_breaks_between_words(self) -> None:
        assert wrap("Nissan will end production", 12) == "Nissan will\nend\nproduction"

    def test_breaks_japanese_anywhere_but_where_it_may_not(self) -> None:
        lines = wrap(JAPANESE, 40, "  ").split("\n")
        assert lines[:3] == [
            "  日産自動車は15日、追浜工場（神奈川県横",
            "  須賀市）での車両生産を2027年度末に終了",
            "  し、日産自動車九州に移管すると発表し",
        ]
        assert not any(line.strip()[0] in "、。）」" for line in lines)

    @pytest.mark.parametrize("number", ["7カ所", "1万9000台", "5兆4200億円", "第3四半期", "28年度"])
    def test_does_not_part_a_number_from_what_it_counts(self, number: str) -> None:
        for before in range(1, 12):
            lines = wrap("工" * before + number + "を閉鎖する", 16).split("\n")
            assert sum(number in line for line in lines) == 1

    def test_does_not_part_an_opening_bracket_from_its_word(self) -> None:
        assert wrap("工場「追浜」", 6) == "工場\n「追\n浜」"

    def test_breaks_a_word_that_is_wider_than_a_line(self) -> None:
        assert wrap("a" * 25, 10) == "a" * 10 + "\n" + "a" * 10 + "\n" + "a" * 5

        assert wrap("a" * 12 + " b c", 10) == "a" * 10 + "\naa b c"

    def test_leaves_a_short_name_in_one_line(self) -> None:
        told = f"It was said on Monday by {unbroken('Pacific Business Times')}"
        assert wrap(told, 40) == "It was said on Monday by\nPacific Business Times"
        assert wrap(f"（{unbroken('Honda ニュースルーム')}）", 12).startswith("（Honda")
        assert wrap(unbroken("Kaigan Wire")) == "Kaigan Wire"
        long = "The Journal of the Automobile Industry"
        assert unbroken(long) == long

    def test_of_nothing_is_nothing(self) -> None:
        assert wrap("") == ""
        assert wrap("  ") == ""

    @settings(deadline=None)
    @given(texts, st.integers(10, 80))
    def test_keeps_all_but_spaces_and_exceeds_no_line(self, text: str, columns: int) -> None:
        wrapped = wrap(" ".join(text.split()), columns, "  ")
        assert "".join(wrapped.split()) == "".join(text.split())
        assert all(width(line) <= columns for line in wrapped.split("\n"))


class TestShorten:
    def test_leaves_alone_what_fits(self) -> None:
        assert shorten("日産", 4) == "日産"

    def test_cuts_after_a_sentence_where_enough_is_left(self) -> None:
        assert shorten("It will close. The union has asked for talks.", 24) == "It will close."

    def test_does_not_take_a_decimal_point_for_a_sentence_end(self) -> None:
        assert shorten("Profit rose 12.5 percent in the quarter", 20) == "Profit rose 12.5…"

    def test_cuts_between_words_otherwise(self) -> None:
        assert shorten("Nissan and Honda call off merger talks", 30) == "Nissan and Honda call off…"

    def test_leaves_no_comma_or_open_bracket_before_the_ellipsis(self) -> None:
        assert shorten("日産は15日、追浜工場（神奈川県）の", 24) == "日産は15日、追浜工場…"

    def test_cuts_a_long_word_anywhere(self) -> None:
        assert shorten("a" * 30, 10) == "a" * 9 + "…"

    @settings(deadline=None)
    @given(texts, st.integers(1, 80))
    def test_is_never_wider_than_asked(self, text: str, columns: int) -> None:
        assert width(shorten(text, columns)) <= columns


class TestFolded:
    def test_leaves_lines_that_fit_as_they_are(self) -> None:
        assert folded("  a  b\n\nc\n") == "  a  b\n\nc\n"

    def test_goes_on_further_in_where_the_line_was_indented(self) -> None:
        assert folded("  topics: ev, hybrids, trade", 20) == "  topics: ev,\n    hybrids, trade"
        assert folded("topics: ev, hybrids, trade", 20) == "topics: ev, hybrids,\ntrade"

    def test_keeps_links_and_commands_whole(self) -> None:
        link = "https://example.org/" + "x" * 30
        assert folded(f"see {link} now", 20) == f"see\n{link}\nnow"
        assert folded("to see it: `digest outbox list` says", 24) == (
            "to see it:\n`digest outbox list`\nsays"
        )

    @given(st.text(st.sampled_from("日産、。aB` 9\n"), max_size=200))
    def test_keeps_all_but_spaces(self, text: str) -> None:
        assert "".join(folded(text, 20).split()) == "".join(text.split())

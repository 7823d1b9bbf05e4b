import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.plaintext import (
    FIRST_MARKUP,
    LINK,
    UNLINK,
    to_lines,
    to_marked_lines,
    to_text,
    visible,
    without_marks,
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("Toyota &amp; Nissan&nbsp;talk", "Toyota & Nissan talk"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("One<br/>Two<BR>Three", "One Two Three"),
        ("half<b>way</b> there", "halfway there"),
        ('<a href="x" title="a > b">link</a>', "link"),
        ("<a href='it'>it's</a>", "it's"),
        ("<ruby>追浜<rp>(</rp><rt>おっぱま</rt><rp>)</rp></ruby>工場", "追浜工場"),
        ("<RUBY>漢<RT>かん</RT></RUBY>字", "漢字"),
        ("a<script>alert('</p>')</script>b", "a b"),
        ("a<style>p { }</style>b<!-- <p>no</p> -->c", "a bc"),
        ("<svg/onload=alert(1)>x", ""),
        ("<iframe src=x></iframe >after", "after"),
        ("<!DOCTYPE html><?php echo 1 ?>x</3", "x"),
        ("5 < 6 and 7 > 6, I <3 cars", "5 < 6 and 7 > 6, I <3 cars"),
        ("Nissan <7201.T>, Toyota <TM.N> up", "Nissan <7201.T>, Toyota <TM.N> up"),
        ("&lt;p&gt;escaped &lt;b&gt;once&lt;/b&gt;&lt;/p&gt;", "escaped once"),
        ("&amp;lt;p&amp;gt;twice &amp;amp;amp; more&amp;lt;/p&amp;gt;", "twice & more"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", ""),
        ("&amp;amp;amp;amp;amp;", "&amp;amp;"),  # there is an end to it
        ("cut off <a href='http", "cut off"),
        ("never closed <!-- comment", "never closed"),
        ("\u202egnihton\u202c \u200bnew\ufeff\x07\ue000", "gnihton new"),
        ("日産　自動車\u3000\t\n新型", "日産 自動車 新型"),
        ("&#xE000;&#8238;&#0;a", "\ufffda"),
        ("a\u2028b\x0cc", "a b c"),
        ("&amp;amp;lt;p&amp;amp;gt;three times", "three times"),
        ("\u3164hidden\uffa0 letters\u115f", "hidden letters"),
        ("a<\u200bp>b &lt;\x0fb&gt;c", "a b c"),
        ("", ""),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert to_text(markup) == text


def test_blocks_become_lines() -> None:
    assert to_lines("<div>One <i>two</i></div>\n\n<h3> Three </h3>four<li>five") == (
        "One two\nThree\nfour\nfive"
    )


def test_links_are_marked_where_they_are_asked_for() -> None:
    marked = to_marked_lines("<p>One <a href='x'>two</a></p><li><a>\x01three\u200b</a>", 1000)
    assert marked == f"One {LINK}two{UNLINK}\n{LINK}three{UNLINK}"
    assert without_marks(marked) == to_lines("<p>One two</p><li>three")
    assert to_marked_lines("no\x02 links", 1000) == "no links"


def test_only_so_much_markup_is_read_as_is_needed() -> None:
    long = "<p>word</p>" * FIRST_MARKUP
    assert len(to_marked_lines(long, 100)) < FIRST_MARKUP
    rare = "<div>" * FIRST_MARKUP + "word"
    assert to_marked_lines(rare, 100) == "word"


def test_the_outlet_s_characters_stay_as_written() -> None:
    assert to_text("ﾎﾝﾀﾞ Ｎ－ＷＧＮ ①㈱～") == "ﾎﾝﾀﾞ Ｎ－ＷＧＮ ①㈱～"


def test_what_cannot_be_seen_is_taken_from_plain_text_too() -> None:
    assert visible(" a\u200b\u2066b \n c\ud800") == "ab c"


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<a", "<!", "<!--", "</", "<![CDATA[", '<a "', "<a x='", "<?", "&", "&#", "<script>",
     "<script></script", "<rt>", "<svg", "<p>", "a<b ", '"<', "<a b=\"'\" ", "&amp;lt;", "\ue000"],
)  # fmt: skip
def test_no_repetition_makes_it_slow(piece: str) -> None:
    started = time.process_time()
    to_lines(piece * 50_000)
    assert time.process_time() - started < 1


class Oracle(HTMLParser):
    """The standard library's idea of the same text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # its signature
        self.text += "" if tag in {"b", "a"} else "\n"

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, None)


FRAGMENTS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", '<a href="https://x/?a=1&amp;b=2">', "</a>", "word ",
     "日産!", "AT&amp;T", " &lt; ", "<!-- hidden -->", "<img src='a.png' alt=\"x > y\">", "\n"]
)  # fmt: skip


@given(st.lists(FRAGMENTS))
def test_honest_markup_gives_the_text_that_the_standard_library_gives(pieces: list[str]) -> None:
    markup = "".join(pieces)
    oracle = Oracle()
    oracle.feed(markup)
    oracle.close()
    assert to_text(markup) == " ".join(oracle.text.split())


@given(st.text() | st.text(alphabet="<>&;/!-abp\"'= \n#x3A\ud800\u202e"))
def test_any_text_becomes_clean_text(text: str) -> None:
    found = to_text(text)
    assert found == visible(found)
    found.encode("utf-8")


def test_numbers_of_windows_1252_are_its_characters() -> None:
    assert to_text("Toyota\x92s \x93plan\x94 \x96 x\x85\x81") == "Toyota’s “plan” – x…"


def test_lines_wrapped_within_japanese_join_without_a_space() -> None:
    assert to_text("日本語の\n 文章が\nある New\nCar") == "日本語の文章がある New Car"
    assert to_lines("<p>発表\nした。</p>\n<p>Two\nwords") == "発表した。\nTwo\nwords"
    assert to_lines("日本語の\n文章。\n関連記事\nトヨタ") == "日本語の文章。\n関連記事\nトヨタ"

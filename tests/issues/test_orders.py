"""What the operator's reply to a draft is read as."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issues import receipt
from digest.issues.answers import Approve, Hold, Note, PutFirst
from digest.issues.calendar import parse_schedule
from digest.issues.drafts import answering, letter_without_stories
from digest.issues.orders import (
    MOST_LINES,
    MOST_ORDERS,
    Order,
    Ordered,
    Unclear,
    read_orders,
)
from digest.issues.safe import plain
from digest.issues.widths import width
from digest.model import EntryId, StoryId
from digest.settings import Edition
from digest.stories.corrections import Exclude, Lead, Merge, Split
from tests.issues.builders import PERIOD, TOKYO, settings


def numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines(), start=1))


def said(text: str) -> list[Order | str]:
    """What a text orders, and why the rest of it orders nothing."""
    found = read_orders(numbered(text), "weekly", "2026-W47")
    return [each.order if isinstance(each, Ordered) else each.why for each in found]


def merge(*stories: int, undo: bool = False) -> Merge:
    return Merge(stories=tuple(map(StoryId, stories)), undo=undo)


def exclude(story: int, *, undo: bool = False) -> Exclude:
    return Exclude(story=StoryId(story), undo=undo)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("approve", Approve()),
        ("  Approve! ", Approve()),
        ("please approve", Approve()),
        ("承認します", Approve()),
        ("hold", Hold()),
        ("Hold, thanks", Hold()),
        ("ＨＯＬＤ", Hold()),
        ("保留でお願いします。", Hold()),
        ("first 180", PutFirst(StoryId(180))),
        ("lead 180", PutFirst(StoryId(180))),
        ("- first story 180", PutFirst(StoryId(180))),
        ("先頭 180", PutFirst(StoryId(180))),
        ("１８０を先頭に", PutFirst(StoryId(180))),
        ("first --undo", PutFirst(None)),
        ("undo first 180", PutFirst(None)),
        ("先頭なし", PutFirst(None)),
        ("exclude #180", exclude(180)),
        ("exclude story 180 please", exclude(180)),
        ("exclude ②", exclude(2)),
        ("除外 180", exclude(180)),
        ("180を除外してください", exclude(180)),
        ("exclude 180 --undo", exclude(180, undo=True)),
        ("undo exclude 180", exclude(180, undo=True)),
        ("除外 180 取り消し", exclude(180, undo=True)),
        ("merge 180 182", merge(180, 182)),
        ("merge 180, 182 and 190", merge(180, 182, 190)),
        ("merge 180 with 182", merge(180, 182)),
        ("１８０と１８２を統合", merge(180, 182)),
        ("merge 182 undo", merge(182, undo=True)),
        ("split 180 2041 2042", Split(story=StoryId(180), entries=(EntryId(2041), EntryId(2042)))),
        ("lead 180 2041", Lead(story=StoryId(180), entry=EntryId(2041))),
        ("no note", Note("")),
        ("note --undo", Note("")),
        ("注記なし", Note("")),
    ],
)
def test_a_line_is_an_order(line: str, order: Order) -> None:
    assert said(line) == [order]


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("digest issue approve 2026-W47", Approve()),
        ("digest issue hold 2026-W47 --edition weekly", Hold()),
        ("`digest issue first 180 2026-W47`", PutFirst(StoryId(180))),
        ("digest stories exclude 180", exclude(180)),
        ("digest issue hold --edition=weekly 2026-W47", Hold()),
        ('digest issue note "A quiet week." 2026-W47', Note("A quiet week.")),
        ('digest issue note "A quiet week." 2026-W47 --edition weekly', Note("A quiet week.")),
        ("- note A quiet week.", Note("A quiet week.")),
    ],
)
def test_a_command_of_the_command_line_is_the_same(typed: str, order: Order) -> None:
    assert said(typed) == [order]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Looks good to me", "not understood"),
        ("frist 180", "not understood; is it `first`?"),
        ("excluded 180", "not understood; is it `exclude`?"),
        ("first of all, thank you", "such as `first 180`"),
        ("first 180 182", "one story stands first"),
        ("lead 1 2 3", "one story stands first"),
        ("exclude Nissan", "such as `exclude 180`"),
        ("exclude -180", "such as `exclude 180`"),
        ("exclude 180; DROP TABLE stories", "such as `exclude 180`"),
        ("exclude " + "9" * 19, "such as `exclude 180`"),
        ("hold on a second", "`hold` stands alone"),
        ("approve 2026-W46", "`approve` stands alone"),
        ("digest issue approve 2026-W47 --edition daily", "`approve` stands alone"),
        ("undo approve", "`approve` stands alone"),
        ("do not approve", "not understood"),
        ("hold" + " " * 400 + "it", "not understood"),
        ("note", "a note needs words"),
        ("注記：", "a note needs words"),
    ],
)
def test_another_line_orders_nothing_and_says_why(line: str, why: str) -> None:
    (told,) = said(line)
    assert isinstance(told, str)
    assert why in told


def test_several_are_read_in_their_order() -> None:
    assert said("Hello\n\nhold\nexclude 3, 4\n\nmerge 1 2\n") == [
        "not understood",
        Hold(),
        exclude(3),
        exclude(4),
        merge(1, 2),
    ]


class TestNote:
    def test_goes_on_to_a_blank_line(self) -> None:
        assert said("note A quiet week,\nwith one surprise.\n\nSee you") == [
            Note("A quiet week, with one surprise."),
            "not understood",
        ]

    def test_ends_at_the_next_order(self) -> None:
        assert said("Note: A quiet week.\nexclude 3") == [Note("A quiet week."), exclude(3)]

    def test_ends_at_an_order_with_a_slip_in_it(self) -> None:
        assert said("Note: A quiet week.\nexlude 3, 4\nhold") == [
            Note("A quiet week."),
            "not understood; is it `exclude`?",
            Hold(),
        ]

    def test_may_tell_of_numbers_and_begin_lines_as_orders_do(self) -> None:
        words = "We count\n12 recalls,\nfirst of all\nMarch 11\n…"
        assert said(f"note {words}") == [Note(" ".join(words.split()))]

    def test_may_begin_on_the_next_line(self) -> None:
        assert said("note:\nA quiet week.") == [Note("A quiet week.")]

    def test_keeps_its_words_as_they_are(self) -> None:
        assert said("note Read <b>this</b>: ＡＢＣ “first”") == [
            Note("Read <b>this</b>: ＡＢＣ “first”")
        ]

    def test_keeps_a_date_that_ends_it(self) -> None:
        assert said("note Corrected on 2026-W47") == [Note("Corrected on 2026-W47")]

    def test_in_japanese_has_no_spaces_where_lines_were_broken(self) -> None:
        assert said("注記 今週は静かな\n一週間でした。\nEV の話が\n3 つ。") == [
            Note("今週は静かな一週間でした。 EV の話が 3 つ。")
        ]

    def test_is_out_of_the_quotes_that_a_shell_needs(self) -> None:
        assert said('note "A quiet week."\n\n注記 「静か」') == [
            Note("A quiet week."),
            Note("静か"),
        ]


class TestQuote:
    """Lines that a mail program put between have taken numbers away."""

    def test_below_it_nothing_is_obeyed_and_that_is_said(self) -> None:
        lines = [(1, "hold"), (2, ""), (9, "exclude 3"), (10, "Anna")]
        first, second = read_orders(lines, "weekly", "2026-W47")
        assert first == Ordered("hold", Hold())
        assert isinstance(second, Unclear)
        assert second.words == "exclude 3"
        assert "write above" in second.why

    def test_above_an_answer_is_nothing_of_ones_own(self) -> None:
        assert read_orders([(30, ""), (31, "hold")], "weekly", "2026-W47") == (
            Ordered("hold", Hold()),
        )

    def test_without_marks_ends_where_the_draft_begins(self) -> None:
        quoted = "Subject: Draft of weekly 2026-W47: Nissan\n\napprove\n\nhold\n\nnote WORDS\n"
        assert said(f"exclude 3\n\nwrote the list\n{quoted}") == [exclude(3), "not understood"]

    def test_without_marks_ends_where_a_letter_of_ours_begins(self) -> None:
        """Each of them lists the words that order something."""
        edition = Edition(name="weekly", schedule=parse_schedule("mon 07:00"), zone=TOKYO)
        answer = receipt.letter_of(
            receipt.Receipt(
                heading="Draft of weekly 2026-W47",
                lines=(),
                commands=answering(edition, PERIOD, settings(), by_reply=True),
            ),
            "Kuruma Weekly",
            reply_to="",
            in_reply_to="",
        )
        empty = letter_without_stories(edition, PERIOD, 0, settings())
        for letter in (answer, empty):
            assert said(letter.text) == []
            assert said(f"exclude 12\n\n{letter.text}") == [exclude(12)]

    def test_of_nothing_else_says_nothing(self) -> None:
        assert said("") == []
        assert said("\n \n") == []


def test_a_mail_that_is_too_long_is_read_to_a_limit() -> None:
    assert len(said("hold\n" * 500)) == MOST_LINES


def test_a_mail_orders_no_more_than_may_be_done_at_once() -> None:
    numbers = " ".join(map(str, range(1, 80)))
    done = said(f"exclude {numbers}\nhold")
    assert done[:MOST_ORDERS] == [exclude(number) for number in range(1, MOST_ORDERS + 1)]
    assert all("60 things at most" in str(why) for why in done[MOST_ORDERS:])


def test_of_several_stories_that_shall_stand_first_the_last_does() -> None:
    """Each would have the issue made, while nothing else gets at the store."""
    assert said("first 1\nhold\nundo first\nfirst 3\nlead 4 40") == [
        "one story stands first, and a line further down says which",
        Hold(),
        "one story stands first, and a line further down says which",
        PutFirst(StoryId(3)),
        Lead(story=StoryId(4), entry=EntryId(40)),
    ]
    *others, last = said("\n".join(f"first {number}" for number in range(MOST_LINES)))
    assert all(isinstance(each, str) for each in others)
    assert last == PutFirst(StoryId(MOST_LINES - 1))


def test_repeated_particles_take_no_time() -> None:
    began = process_time()
    said(f"{'を' * 150}{'で' * 149}x\n" * MOST_LINES)
    assert process_time() - began < 1  # seconds; it was 13


LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["approve", "hold", "note", "note a", "exclude 3", "merge 1 2", "first", "undo", "取消", ""]
    ),
    st.from_regex(r"(?:note|exclude|merge|first|lead|先頭|undo)[ :,#と\d]{0,30}(?:--undo)?"),
)


@given(st.lists(LINES, max_size=30), st.lists(st.integers(1, 3), min_size=30, max_size=30))
def test_hostile_lines_are_never_more_than_words_and_numbers(
    lines: list[str], steps: list[int]
) -> None:
    places = [sum(steps[: at + 1]) for at in range(len(lines))]
    ordered = {repr(order) for line in lines for order in said(line)}
    for each in read_orders([*zip(places, lines, strict=True)], "weekly", "2026-W47"):
        assert each.words == plain(each.words)  # fit to be told back, in one line
        assert width(each.words) <= 70
        match each:
            case Unclear():
                assert each.why
            case Ordered(order=Note(words)):
                assert "\n" not in words
            case Ordered(order=order):
                # Its numbers are those of one line; none comes from anywhere else.
                assert repr(order) in ordered

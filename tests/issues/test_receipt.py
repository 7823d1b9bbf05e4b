"""The letter that says what became of a reply to a draft."""

from digest.issues.receipt import Became, Receipt, letter_of
from digest.issues.views import CommandView
from digest.model import Letter

HELD = Became("hold", "weekly 2026-W47 is held", done=True)
LOST = Became("frist 180", "not understood; is it `first`?", done=False)


def letter(*lines: Became, too_late: str | None = None) -> Letter:
    receipt = Receipt(
        heading="Draft of weekly 2026-W47",
        lines=lines,
        too_late=too_late,
        stands="" if too_late else "weekly 2026-W47, Mon 2026-11-16 07:00 Asia/Tokyo: held",
        commands=() if too_late else (CommandView(command="approve", does="You have seen it."),),
    )
    return letter_of(
        receipt,
        "Kuruma Weekly",
        reply_to="weekly@example.org",
        in_reply_to="<1@editor.example>",
    )


def test_says_line_by_line_what_was_done_and_what_was_not() -> None:
    made = letter(HELD, LOST)
    assert made.subject == "Re: Draft of weekly 2026-W47: 1 of 2 done · Kuruma Weekly"
    assert made.in_reply_to == "<1@editor.example>"
    assert made.reply_to == "weekly@example.org"
    assert made.html is None
    assert made.text == (
        "Draft of weekly 2026-W47\n\n"
        "What became of your reply:\n\n"
        "  hold\n      weekly 2026-W47 is held\n\n"
        "  frist 180\n      not understood; is it `first`?\n\n"
        "How it stands now: weekly 2026-W47, Mon 2026-11-16 07:00 Asia/Tokyo: held.\n\n"
        "You may reply to this mail, too, with any of these words, each on a line of\n"
        "its own.\n\n"
        "  approve\n      You have seen it.\n"
    )


def test_says_in_the_subject_how_much_was_done() -> None:
    assert ": done ·" in letter(HELD, HELD).subject
    assert ": done ·" in letter(HELD, Became("Thanks, Anna", "not understood", done=False)).subject
    assert ": nothing was done ·" in letter(LOST).subject
    assert ": nothing was done ·" in letter().subject
    assert "no word of yours" in letter().text


def test_says_that_it_came_too_late_and_offers_nothing() -> None:
    made = letter(too_late="weekly 2026-W47 went out")
    assert made.subject == "Re: Draft of weekly 2026-W47: too late · Kuruma Weekly"
    assert made.text == "Draft of weekly 2026-W47\n\nNothing was done: weekly 2026-W47 went out.\n"


def test_says_of_the_last_answer_that_it_is() -> None:
    made = letter_of(
        Receipt(heading="Draft of weekly 2026-W47", lines=(HELD,), last=True),
        "Kuruma Weekly",
        reply_to="",
        in_reply_to="",
    )
    assert "This is the last answer today" in made.text


def test_counts_the_lines_of_a_long_mail_that_were_no_orders() -> None:
    made = letter(*[LOST] * 20, HELD)
    assert made.text.count("frist 180") == 8
    assert "Of 12 more lines nothing was done either." in made.text
    assert "is held" in made.text

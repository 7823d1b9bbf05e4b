"""The letter that tells the operator what became of their reply to a draft.

It repeats their own words, cut and without characters that pose; it goes to their own address only.
"""

from dataclasses import dataclass

from digest.english import counted
from digest.issues.orders import NOT_UNDERSTOOD
from digest.issues.views import CommandView
from digest.issues.widths import folded, wrap
from digest.model import Letter

_MOST_UNDONE = 8  # lines that are told back; the others are counted
_COLUMNS = 78


@dataclass(frozen=True, slots=True)
class Became:
    """A line of a reply, and what became of it."""

    words: str  # of the line
    told: str
    done: bool  # or it was so already


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a reply did."""

    heading: str  # of the draft
    lines: tuple[Became, ...]
    too_late: str | None = None  # why nothing was done at all
    stands: str = ""  # when the issue goes now, and why
    commands: tuple[CommandView, ...] = ()  # what a reply may say
    last: bool = False  # today: no other reply is answered


def letter_of(receipt: Receipt, title: str, *, reply_to: str, in_reply_to: str) -> Letter:
    """The letter that says this, to the Message-ID `in_reply_to`; an answer goes to `reply_to`."""
    # The heading ends the reading of a reply that quotes this without a mark: see orders.py.
    told = [receipt.heading, *_told(receipt)]
    if receipt.stands:
        told.append(f"How it stands now: {receipt.stands}.")
    if receipt.last:
        told.append("This is the last answer today: what you write is done, but not answered.")
    if receipt.commands:
        may = "You may reply to this mail, too, with any of these words, each on a line of its own."
        listed = (
            f"  {one.command}\n{wrap(one.does, _COLUMNS, '      ')}" for one in receipt.commands
        )
        told += [may, *listed]
    return Letter(
        subject=f"Re: {receipt.heading}: {_in_short(receipt)} · {title}",
        text=folded("\n\n".join(told) + "\n", _COLUMNS),
        reply_to=reply_to,
        in_reply_to=in_reply_to or None,
    )


def _in_short(receipt: Receipt) -> str:
    done = sum(each.done for each in receipt.lines)
    meant = sum(each.done or each.told != NOT_UNDERSTOOD for each in receipt.lines)
    if receipt.too_late is not None:
        return "too late"
    if done == 0:
        return "nothing was done"
    return "done" if done == meant else f"{done} of {meant} done"


def _told(receipt: Receipt) -> list[str]:
    if receipt.too_late is not None:
        return [f"Nothing was done: {receipt.too_late}."]
    if not receipt.lines:
        return ["There is no word of yours in your reply above what it quotes. Nothing was done."]
    told, undone = [], 0
    for each in receipt.lines:
        undone += not each.done
        if each.done or undone <= _MOST_UNDONE:
            told.append(_pair(each.words, each.told))
    if undone > _MOST_UNDONE:
        more = counted(undone - _MOST_UNDONE, "more line")
        told.append(f"Of {more} nothing was done either.")
    return ["What became of your reply:", *told]


def _pair(said: str, told: str) -> str:
    return f"  {said}\n{wrap(told, _COLUMNS, '      ')}"

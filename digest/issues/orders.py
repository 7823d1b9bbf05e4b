"""What the operator's reply to a draft says, line by line, as what the command line would be told.

The words are those of `digest issue` and `digest stories`, and Japanese ones. A whole line has to
be one of them; what people write around it orders nothing, and they are told so. Nothing here is
done, and no word of a mail becomes anything but a number, a note, or a line to be told back.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from digest.issues.answers import Answer, Approve, Hold, Note, PutFirst
from digest.issues.drafts import heading_of
from digest.issues.safe import plain
from digest.issues.widths import shorten, width
from digest.model import ID_DIGITS, EntryId, StoryId
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish

NOT_UNDERSTOOD = "not understood"  # of a line that may be a greeting or a name
MOST_LINES = 60  # with words; whoever has more to say has a command line
MOST_ORDERS = 60  # of one mail: they are one transaction, and all else waits for it
_LONGEST = 300  # characters of an order; a note may be longer
_SHOWN = 70  # columns of a line that is told back
_CLOSE = 0.7  # how alike a word must be to be taken for a slip of another

Order = Answer | Wish


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line that orders something; one that names several stories may order several things."""

    words: str  # of the line, fit to be told back
    order: Order


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line that orders nothing, and why."""

    words: str
    why: str


Said = Ordered | Unclear


class _Wrong(Exception):  # noqa: N818  # it never leaves this module
    """A line begins as an order does, and does not go on as one; why."""


_ALONE: Mapping[str, Order] = MappingProxyType(
    {
        **dict.fromkeys(["approve", "approved", "承認"], Approve()),
        **dict.fromkeys(["hold", "hold it", "保留"], Hold()),
        **dict.fromkeys(["no note", "undo note", "注記なし"], Note("")),
        **dict.fromkeys(["undo first", "undo lead", "先頭なし"], PutFirst(None)),
    }
)
_NOTE = frozenset({"note", "注記"})
_OF_STORIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["first", "先頭"], "first"),
        "lead": "lead",
        **dict.fromkeys(["exclude", "除外"], "exclude"),
        **dict.fromkeys(["merge", "統合"], "merge"),
        **dict.fromkeys(["split", "分割"], "split"),
    }
)
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "first": "first 180",
        "lead": "first 180",
        "exclude": "exclude 180",
        "merge": "merge 180 182",
        "split": "split 180 2041",
    }
)
_SPELLINGS = (*_ALONE, *_NOTE, *_OF_STORIES)
_WORDS = frozenset({*_OF_STORIES, "approve", "hold"})

_MARKS = " \t\"'`*!.。、,;…"  # that people put around a word
_BEFORE = re.compile(r"(?:[-*・•] ?|(?:please|pls) |(?:digest )?(?:issue|stories) (?=\S))+")
_AFTER = re.compile(
    r"(?: (?:please|pls|thanks|thank you)"
    r"|(?<![をにで、 ])[をにで、 ]*+(?:し(?:て(?:ください|下さい)|ます)|する)?+"
    r"[で、 ]*+(?:お願いします)?)$"
)
_UNDONE = re.compile(r"undo (?P<first>.+)|(?P<last>.+?) ?(?:--undo|(?<= )undo|の?取り?消し?)")
_WORD_FIRST = re.compile(r"(?P<word>[^\W\d_]+)(?P<rest>.*)")
_WORD_LAST = re.compile(r"(?P<rest>[^a-z]*?)を?(?P<word>先頭|除外|統合)")
_NO_NUMBERS = re.compile(r"\b(?:stor(?:y|ies)|entr(?:y|ies)|and|with)\b|記事|[#,&、と]")
_NOTE_LINE = re.compile(
    r"\s*(?:[-*・•]\s*)?(?:digest issue )?(?:note|ｎｏｔｅ|注記)(?:\s*[:：]|\s|$)(?P<rest>.*)",
    re.IGNORECASE,
)
_TOO_MANY = f"one mail orders {MOST_ORDERS} things at most: send the rest in another"
_FIRST_BELOW = "one story stands first, and a line further down says which"
_QUOTES = {'"': '"', "“": "”", "「": "」"}


def read_orders(lines: Sequence[tuple[int, str]], edition: str, period: str) -> tuple[Said, ...]:
    """What a reply to the draft of this issue says.

    `lines` are those that its author wrote, with their numbers. They count as far as they follow
    one another: what stands below quoted words may be a quote that nothing marks as one.
    """
    above, below = _parted(lines, heading_of(edition, period))
    said = _bounded(_said(above, edition, period))
    for text in below:
        if _understood(text, edition, period):
            why = "it stands below quoted words, where nothing is read: write above them"
            said.append(Unclear(_shown(text), why))
    return tuple(said)


def _bounded(every: Iterator[Said]) -> list[Said]:
    """The lines of a mail, of which no more orders anything than may be done at once.

    To see whether an issue tells the story that shall stand first, the issue has to be made.
    """
    said = list(every)
    orders = [(at, each) for at, each in enumerate(said) if isinstance(each, Ordered)]
    firsts = [(at, each) for at, each in orders[:MOST_ORDERS] if isinstance(each.order, PutFirst)]
    for why, undone in ((_TOO_MANY, orders[MOST_ORDERS:]), (_FIRST_BELOW, firsts[:-1])):
        for at, each in undone:
            said[at] = Unclear(each.words, why)
    return said


def _parted(lines: Sequence[tuple[int, str]], heading: str) -> tuple[Sequence[str], Sequence[str]]:
    """The first lines with words that follow one another, and the others; at most so many."""
    texts = [text for _, text in lines]
    words = [at for at, (_, text) in enumerate(lines) if text.strip()][:MOST_LINES]
    if not words:
        return (), ()
    first, last = words[0], words[-1] + 1
    for at in range(first, last):
        if heading in lines[at][1]:  # the draft itself, quoted without a mark
            return texts[first:at], ()
        if lines[at][0] - lines[first][0] != at - first:
            return texts[first:at], texts[at:last]
    return texts[first:last], ()


def _said(lines: Sequence[str], edition: str, period: str) -> Iterator[Said]:
    place = 0
    while place < len(lines):
        text = lines[place]
        place += 1
        if not text.strip():
            continue
        try:
            orders = _orders(text, edition, period)
        except _Wrong as wrong:
            yield Unclear(_shown(text), str(wrong))
            continue
        note = None if orders else _NOTE_LINE.fullmatch(text)
        if note is not None:
            pieces = [note["rest"]]
            while place < len(lines) and _goes_on(lines[place], edition, period):
                pieces.append(lines[place])
                place += 1
            orders = [Note(words)] if (words := _unquoted(_joined(pieces), edition, period)) else []
        for order in orders:
            yield Ordered(_shown(text), order)
        if not orders:
            yield Unclear(_shown(text), _why(text))


def _goes_on(text: str, edition: str, period: str) -> bool:
    """Whether a note goes on with this line: with a blank one, or the next order, it has ended.

    An order with a slip in it ends it as well, rather than going out to all readers.
    """
    if not text.strip() or _understood(text, edition, period):
        return False
    word, *others = _bare(text[:_LONGEST], edition, period).split() or [""]
    slip = bool(others) and all(map(str.isdecimal, _NO_NUMBERS.sub(" ", " ".join(others)).split()))
    return not (slip and get_close_matches(word, _OF_STORIES, n=1, cutoff=_CLOSE))


def _understood(text: str, edition: str, period: str) -> list[Order]:
    try:
        return _orders(text, edition, period)
    except _Wrong:
        return []


def _orders(text: str, edition: str, period: str) -> list[Order]:
    """What a line orders, a note apart; nothing if it begins as no order does. Raises _Wrong."""
    if len(text) > _LONGEST:
        return []
    line = _bare(text, edition, period)
    undone = _UNDONE.fullmatch(line)
    if undone is not None:
        line = (undone["first"] or undone["last"]).strip()
    alone = _ALONE.get(line if undone is None else f"undo {line}")
    if alone is not None:
        return [alone]
    spelt, rest = _word(line)
    if not spelt:
        return []
    word = _OF_STORIES.get(spelt)
    if word is None:
        raise _Wrong(f"`{spelt}` stands alone on its line")
    return _of_stories(word, _numbers(word, rest), undo=undone is not None)


def _word(line: str) -> tuple[str, str]:
    """The word of a line that orders something, and what stands beside it; "" if none does."""
    for pattern in (_WORD_FIRST, _WORD_LAST):
        found = pattern.fullmatch(line)
        if found is not None and found["word"] in _WORDS:
            return found["word"], found["rest"]
    return "", line


def _of_stories(word: str, numbers: Sequence[int], *, undo: bool) -> list[Order]:
    first, *others = numbers
    story, entries = StoryId(first), tuple(map(EntryId, others))
    match word:
        case "exclude":
            return [Exclude(story=StoryId(number), undo=undo) for number in numbers]
        case "merge":
            return [Merge(stories=tuple(map(StoryId, numbers)), undo=undo)]
        case "split":
            return [Split(story=story, entries=entries, undo=undo)]
        case "first" | "lead" if not others:
            return [PutFirst(None if undo else story)]
        case "lead" if len(others) == 1:  # by which headline, as `digest stories lead` has it
            return [Lead(story=story, entry=entries[0], undo=undo)]
        case _:
            raise _Wrong(f"one story stands first, such as `{_EXAMPLES[word]}`")


def _numbers(word: str, rest: str) -> list[int]:
    """The numbers after a word, at least one. Raises _Wrong for anything else."""
    found = _NO_NUMBERS.sub(" ", rest).split()
    if not found or not all(n.isascii() and n.isdecimal() and len(n) <= ID_DIGITS for n in found):
        raise _Wrong(f"name stories by the numbers that the draft has, such as `{_EXAMPLES[word]}`")
    return [int(number) for number in found]


def _bare(text: str, edition: str, period: str) -> str:
    """A line as its words are compared, without politeness and what a pasted command names."""
    line = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_MARKS)
    line = line[begin.end() :] if (begin := _BEFORE.match(line)) else line
    line = _which(edition.casefold(), period.casefold()).sub("", line)
    return _AFTER.sub("", line).strip(_MARKS)


def _which(edition: str, period: str) -> re.Pattern[str]:
    """What names the issue at the end of a pasted command."""
    return re.compile(rf"(?: {re.escape(period)}| --edition[ =]{re.escape(edition)})+$")


# --- what is told back, and notes --------------------------------------------------------------


def _why(text: str) -> str:
    """Why a line that is no order is none."""
    word = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().strip(_MARKS).split()[:1]
    if word and word[0].rstrip(":") in _NOTE:
        return "a note needs words, on the same line or the next"
    close = get_close_matches(word[0], _SPELLINGS, n=1, cutoff=_CLOSE) if word else []
    return f"{NOT_UNDERSTOOD}; is it `{close[0]}`?" if close else NOT_UNDERSTOOD


def _shown(text: str) -> str:
    return shorten(plain(text[:_LONGEST]), _SHOWN)


def _joined(pieces: Sequence[str]) -> str:
    """Lines as one paragraph: mail programs break them. Japanese words have no space between."""
    whole = ""
    for piece in (" ".join(each.split()) for each in pieces):
        wide = whole and piece and width(whole[-1]) == width(piece[0]) == 2
        whole += piece if wide or not whole or not piece else f" {piece}"
    return whole


def _unquoted(words: str, edition: str, period: str) -> str:
    """The words of a note without the quotes of a shell, and the issue that is named after them."""
    quoted = _which(edition, period).sub("", words)
    if len(quoted) > 1 and _QUOTES.get(quoted[0]) == quoted[-1]:
        return quoted[1:-1].strip()
    return words

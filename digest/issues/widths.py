"""Text measured in columns: a Japanese character takes two, a Latin one takes one.

Wraps and shortens for the text part of a mail and for whatever has to fit into a line, with the
line-breaking rules of Japanese (JIS X 4051, the strict set of characters that may not begin or
end a line). Characters of ambiguous width count as narrow, as in a terminal with a UTF-8 locale.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate

ELLIPSIS = "…"
_REMEMBERED = 5_000  # texts: the segments of an issue tell the same stories

_NEVER_FIRST = frozenset(
    "、。，．,.;:!?！？：；・…‥)]}）」』】〕〉》］｝”’％%ー々ゝゞヽヾ〜～"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NEVER_LAST = frozenset("([{（「『【〔〈《［｛“‘")

# A number with what it counts, which are one word (JIS X 4051, 4.9: connected numerals).
_NUMBER = re.compile(
    r"[第約]?\d[\d,.]*(?:[兆億万千百]\d[\d,.]*)*[兆億万千百]{0,2}"
    r"(?:[カヵヶか箇](?:所|国|月|年|村|寺)|車種|品目|工場|拠点|年度|年間|年前|年代|年式|月期|時間|週間|日間"
    r"|代目|四半期|種類|社長|割合|ポイント|パーセント|ドル|ユーロ|ウォン|ルピー|キロ|トン|メートル|リットル|ワット"
    r"|[年月日時分秒人社台件円元基口店倍割回位歳番号期機本名個隻両棟列区県州])?"
)

# Where a name in a narrow place may go on in the next line: between what it is called and what kind
# of company it is, and after the dots of Japanese lists.
_BREAK = re.compile(r"(?<=[・/])(?=.)|(?<=..)(?=(?:自動車|自動織機|工業|発動機|モータース|汽車)$)")

_COMMAND = re.compile(r"`[^`]{1,70}`")  # which somebody may copy
# A space that no line breaks at. No text that was made fit to be shown has one: see safe.py.
_JOINT = "\u00a0"
_UNBROKEN = 28  # columns that stand beside each other on the narrowest phone, in a sentence
_WORD = re.compile(r"[^\S\u00a0]+|[\S\u00a0]+[^\S\u00a0]*")

# A cut there reads as whole, where it does not throw too much away.
_SENTENCE_END = re.compile(r"[。！？]|[.!?](?=\s)")
_KEPT_AT_LEAST = 0.5


@lru_cache(_REMEMBERED)
def width(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


@lru_cache(_REMEMBERED)
def shorten(text: str, columns: int) -> str:
    """The text, or its beginning with an ellipsis, in at most so many columns (at least one).

    Cuts after a sentence where that keeps half of the room, else between words.
    """
    if width(text) <= columns:
        return text
    fitting = _fitting(text, columns - width(ELLIPSIS))
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, fitting)]
    if ends and width(text[: ends[-1]]) >= columns * _KEPT_AT_LEAST:
        return text[: ends[-1]]
    cut = _between_words(text, fitting)
    return text[:cut].rstrip(" 、，,;:・-–—（「『(") + ELLIPSIS


@lru_cache(_REMEMBERED)
def wrap(text: str, columns: int = 78, indent: str = "", *, whole: bool = False) -> str:
    """The text in lines of at most so many columns, each with the indent.

    What is `unbroken` stays in one line. Only a word without any place to break that is wider than
    a line is broken anyhow; or, if words are to stay `whole`, has a wider line.
    """
    room = max(2, columns - width(indent))
    if text and width(text) <= room:
        return indent + text.strip().replace(_JOINT, " ") if text.strip() else ""
    lines: list[str] = []
    line, taken = "", 0
    for piece in _pieces(text):
        rest = piece
        if taken + width(rest.rstrip()) > room:
            lines.append(line)
            line, taken = "", 0
            while not whole and width(rest.rstrip()) > room:
                cut = max(1, _fitting(rest, room))
                lines.append(rest[:cut])
                rest = rest[cut:]
        line += rest
        taken += width(rest)
    lines.append(line)
    return "\n".join(indent + line.strip() for line in lines if line.strip()).replace(_JOINT, " ")


def folded(text: str, columns: int = 78) -> str:
    """A text with each line that is too wide in several, the later ones a little further in.

    Links and addresses stay whole, and so do commands in backquotes.
    """
    return "\n".join(_fold(line, columns) for line in text.split("\n"))


def _fold(line: str, columns: int) -> str:
    if width(line) <= columns:
        return line
    said = line.lstrip(" ")
    indent = " " * (len(line) - len(said))
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", _JOINT), said)
    return indent + wrap(kept, columns, indent + ("  " if indent else ""), whole=True).lstrip(" ")


def breakable(text: str) -> str:
    """A name with zero-width spaces where it may break; every other word of it stays whole."""
    return _BREAK.sub("\u200b", text)


@lru_cache(_REMEMBERED)
def unbroken(text: str) -> str:
    """A name or a figure that no line breaks at its spaces, unless a phone has no room for it."""
    return text.replace(" ", _JOINT) if width(text) <= _UNBROKEN else text


@lru_cache(_REMEMBERED)
def narrowest(text: str) -> int:
    """How many columns a name takes where it breaks wherever it may."""
    return max((width(part) for part in breakable(text).replace("\u200b", " ").split()), default=0)


@cache
def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if _is_wide(character) else 1


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _fitting(text: str, columns: int) -> int:
    """How many characters of the text fit into so many columns."""
    return sum(taken <= columns for taken in accumulate(map(_columns, text)))


def _between_words(text: str, cut: int) -> int:
    """The last place at or before `cut` where a line may break; `cut` itself if that is far."""
    start = 0
    best = cut
    for piece in _pieces(text[: cut + 1]):
        if start > cut * _KEPT_AT_LEAST:
            best = start
        start += len(piece)
    return best


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may break; each keeps the spaces that follow it."""
    for word in _WORD.findall(text):
        if word.isascii():
            yield word
        else:
            yield from _split(word)


def _split(word: str) -> Iterator[str]:
    whole = {at for found in _NUMBER.finditer(word) for at in range(found.start() + 1, found.end())}
    piece = ""
    for at, character in enumerate(word):
        if piece and at not in whole and _may_break(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    yield piece


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or before == _JOINT or before in _NEVER_LAST or after in _NEVER_FIRST:
        return False
    if before.isdigit():  # 2027年, 3万台
        return False
    return _is_wide(before) or _is_wide(after)

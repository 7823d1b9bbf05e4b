"""Finds all words of a lexicon in a text, in one pass of an automaton.

A word is found where its edges are edges: Latin letters and digits touch no other of their kind,
short or strict katakana words no other katakana; kanji need no edge, because Japanese has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import ahocorasick

from digest.stories.tokens import lower, normalise

Key = TypeVar("Key")

_STRICT_BELOW = 4  # characters; a shorter katakana word is too often a piece of a longer one


@dataclass(frozen=True, slots=True)
class Pattern(Generic[Key]):
    """A word to find, of at least one letter or digit, and what its finding means."""

    text: str  # "tariff*" finds any ending
    key: Key
    plural: bool = False  # "plant" finds "plants" too
    strict: bool = False  # katakana words of any length need edges
    cased: bool = False  # a Latin word counts only as written here, or all in capitals


class Hit(NamedTuple, Generic[Key]):
    """A word found: text[start:end]."""

    start: int
    end: int
    key: Key


class _Need(NamedTuple):
    length: int
    left: int
    right: int
    plural: bool
    written: str | None
    key: object


_FREE, _LATIN, _KATAKANA = 0, 1, 2


class Matcher(Generic[Key]):
    """An automaton over all patterns. Build it once; it holds no state of a text."""

    def __init__(self, patterns: Iterable[Pattern[Key]]) -> None:
        needs: dict[str, list[_Need]] = {}
        for pattern in patterns:
            word, need = _compile(pattern)
            needs.setdefault(word, []).append(need)
        self._automaton = ahocorasick.Automaton()
        for word, found in needs.items():
            self._automaton.add_word(word, tuple(found))
        self._automaton.make_automaton()
        self._empty = not needs

    def find(self, text: str, small: str) -> list[Hit[Key]]:
        """Every hit in a text in normal form; `small` is the same text in lower case."""
        hits: list[Hit[Key]] = []
        if self._empty:
            return hits
        for last, needs in self._automaton.iter(small):
            end = last + 1
            for need in needs:
                start = end - need.length
                if need.left and start and _kind(small[start - 1]) == need.left:
                    continue
                if need.right and end < len(small) and not _edge(small, end, need):
                    continue
                if need.written is not None:
                    word = text[start:end]
                    if word != need.written and not word.isupper():
                        continue
                hits.append(Hit(start, end, need.key))
        return hits


def _compile(pattern: Pattern[Key]) -> tuple[str, _Need]:
    written = normalise(pattern.text)
    open_end = written.endswith("*")
    written = written.removesuffix("*").rstrip()
    word = lower(written)
    loose = not pattern.strict and len(word) >= _STRICT_BELOW
    left, right = (
        _FREE if loose and _kind(c) == _KATAKANA else _kind(c) for c in (word[0], word[-1])
    )
    cased = pattern.cased and word.isascii()
    return word, _Need(
        length=len(word),
        left=left,
        right=_FREE if open_end else right,
        plural=pattern.plural and right == _LATIN,
        written=written if cased else None,
        key=pattern.key,
    )


def _edge(small: str, end: int, need: _Need) -> bool:
    if _kind(small[end]) != need.right:
        return True
    if not need.plural or small[end] != "s":
        return False
    return end + 1 == len(small) or _kind(small[end + 1]) != _LATIN


def _kind(char: str) -> int:
    if "a" <= char <= "z" or "0" <= char <= "9" or "à" <= char <= "ÿ":
        return _LATIN
    return _KATAKANA if "ァ" <= char <= "ヺ" or char == "ー" else _FREE

"""Finds all words of a lexicon in a text, in one pass of an automaton.

A word is found where its edges are edges: Latin letters and digits touch no other of their kind,
short or strict katakana words no other katakana; kanji need no edge, because Japanese has none.

Names and words are looked for together and told apart: the pass costs more than all that is found.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import ahocorasick
from msgspec import Struct

from digest.stories.tokens import lower, normalise

Key = TypeVar("Key")
NameKey = TypeVar("NameKey")
WordKey = TypeVar("WordKey")

_STRICT_BELOW = 4  # characters; a shorter katakana word is too often a piece of a longer one


class Pattern(Struct, Generic[Key], frozen=True, gc=False):  # a lexicon has twenty thousand
    """A word to find, of at least one letter or digit, and what its finding means."""

    text: str  # "tariff*" finds any ending
    key: Key
    plural: bool = False  # "plant" finds "plants" too
    strict: bool = False  # katakana words of any length need edges
    cased: bool = False  # a Latin word counts only as written here, or all in capitals


Hit = tuple[int, int, Key]  # a word found: text[start:end], and what its finding means

_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789" + "".join(map(chr, range(0xE0, 0x100))))
_KATAKANA = frozenset("".join(map(chr, range(ord("ァ"), ord("ヺ") + 1))) + "ー")

# Length, the letters that may not stand before and after it (None: all may), whether an s may
# follow, the word as it must be written, whether it is a name, and its key. A plain tuple: taken
# apart at every hit.
_Need = tuple[int, frozenset[str] | None, frozenset[str] | None, bool, str | None, bool, Any]

# The automaton tries all first letters one by one. Those of many words are put first; signs that
# are everywhere and begin no word come before them, with an end that is in no text.
_NOWHERE = " のをにはがで、。"
_DEAD_END = "\0"


class Matcher(Generic[NameKey, WordKey]):
    """An automaton over two kinds of patterns. Build it once; it holds no state of a text."""

    def __init__(
        self, names: Iterable[Pattern[NameKey]], words: Iterable[Pattern[WordKey]]
    ) -> None:
        needs: dict[str, list[_Need]] = {sign + _DEAD_END: [] for sign in _NOWHERE}
        for pattern in names:
            word, need = _compile(pattern, is_name=True)
            needs.setdefault(word, []).append(need)
        for other in words:
            word, need = _compile(other, is_name=False)
            needs.setdefault(word, []).append(need)
        begun = Counter(word[0] for word in needs)
        self._automaton = ahocorasick.Automaton()
        for word in sorted(needs, key=lambda w: (w[-1] != _DEAD_END, -begun[w[0]])):
            self._automaton.add_word(word, tuple(needs[word]))
        self._automaton.make_automaton()

    def find(self, text: str, small: str) -> tuple[list[Hit[NameKey]], list[Hit[WordKey]]]:
        """Every name and every word in a text in normal form, by their ends.

        `small` is the same text in lower case.
        """
        names: list[Hit[NameKey]] = []
        words: list[Hit[WordKey]] = []
        reach = len(small)
        for last, needs in self._automaton.iter(small):
            end = last + 1
            for length, left, right, plural, written, is_name, key in needs:
                start = end - length
                if left is not None and start and small[start - 1] in left:
                    continue
                if right is not None and end < reach and small[end] in right:
                    more = small[end + 1 : end + 2]
                    if not plural or small[end] != "s" or more in _LATIN:
                        continue
                if written is not None:
                    word = text[start:end]
                    if word != written and not word.isupper():
                        continue
                if is_name:
                    names.append((start, end, key))
                else:
                    words.append((start, end, key))
        return names, words


def _compile(pattern: Pattern[Key], *, is_name: bool) -> tuple[str, _Need]:
    written = normalise(pattern.text)
    open_end = written.endswith("*")
    written = written.removesuffix("*").rstrip()
    word = lower(written)
    left, right = _kind(word[0]), _kind(word[-1])
    if not pattern.strict and len(word) >= _STRICT_BELOW:
        left = None if left is _KATAKANA else left
        right = None if right is _KATAKANA else right
    return word, (
        len(word),
        left,
        None if open_end else right,
        pattern.plural and right is _LATIN,
        written if pattern.cased and word.isascii() else None,
        is_name,
        pattern.key,
    )


def _kind(char: str) -> frozenset[str] | None:
    """The letters that would go on where this one ends; None where none would."""
    for kind in (_LATIN, _KATAKANA):
        if char in kind:
            return kind
    return None

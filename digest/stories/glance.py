"""Tells names that stand alone from those beside which something says more of them.

Nearly every name is passed by so: whether a guard or a comparison applies is asked only where a
word stands that one of them begins or ends with. A glance may be wrong in one way only: it may let
a name be looked at for nothing.
"""

import re
from collections.abc import Set as AbstractSet
from string import ascii_lowercase

from digest.stories.cues import split
from digest.stories.endings import CLOSING, FIGURES, TAIL, end_of
from digest.stories.lexicon import Lexicon
from digest.stories.text import Text
from digest.stories.tokens import normalise

_TWO = 2  # letters by which a word without spaces is known
_NO_TAIL = frozenset([*" \n、。，,.;:!?「」『』()[]・/はがをにへとでもやの", ""])
_CLOSING = frozenset(CLOSING)
_JOINING = frozenset("・=")  # between a given name and a surname in katakana
_LETTERS = frozenset(ascii_lowercase)
_LONGEST = 24  # letters of a last word
_WORD_NEXT = frozenset(" -'" + ascii_lowercase)
_NAME_GOES_ON = frozenset(".'-")  # in a name, beside letters and digits
_NEXT_WORD = re.compile(r"(?:'s)?[ -]?(\w+)", re.ASCII)  # of Latin letters: の may follow
_LAST_WORD = re.compile(r"\w+$")


class Glance:
    """What the guards and comparisons of a lexicon look for, by its first or last letters."""

    def __init__(self, lexicon: Lexicon) -> None:
        before, behind = _cues(lexicon)
        after = [normalise(word).lower() for guard in lexicon.guards for word in guard.after]
        before += [normalise(word).lower() for guard in lexicon.guards for word in guard.before]
        words = (_LAST_WORD.search(word) for word in before if word[-1] in _LETTERS)
        self._last_words = frozenset(["the", *(word[0] for word in words if word)])
        ends = (end_of(word) for word in before if word[-1] not in _LETTERS)
        self._ends = frozenset([*ends, *FIGURES, *_JOINING])
        self._starts = frozenset(
            cue.replace("#", figure)[:_TWO]
            for cue in behind
            for figure in (FIGURES if "#" in cue[:_TWO] else ("#",))
            if not cue.isascii()
        )
        words = (_NEXT_WORD.match(word) for word in (*after, *behind) if word.isascii())
        self._words = frozenset(word[1] for word in words if word)
        other = [word for word in after if not word.isascii()]
        long = {word[:_TWO] for word in other if len(word) > 1 and "#" not in word}
        self._in_compound = _one_of(long)
        self._compound_heads = frozenset([*(word[0] for word in other), *FIGURES])

    def is_calm(self, text: Text, start: int, end: int) -> bool:
        """Whether nothing beside the name text[start:end] says more of it."""
        return self._is_calm_behind(text.small, end) and (
            start == 0 or self._is_calm_before(text, start - 1)
        )

    def _is_calm_behind(self, small: str, end: int) -> bool:
        after = small[end : end + 1]
        if after not in _NO_TAIL:
            tail = TAIL.match(small, end)
            if after in self._compound_heads or (tail and self._in_compound.search(tail[0])):
                return False
        while after in _CLOSING:
            end += 1
            after = small[end : end + 1]
        if after in _WORD_NEXT:
            word = _NEXT_WORD.match(small, end)
            return word is None or word[1] not in self._words
        return small[end : end + _TWO] not in self._starts

    def _is_calm_before(self, text: Text, last: int) -> bool:
        """Whether the text up to its sign `last`, which is that before a name, is calm."""
        whole, small = text.whole, text.small
        begin = 0
        if small[last] == " ":
            begin = small.rfind(" ", 0, last) + 1
            goes_on = small[last - 1] in _NAME_GOES_ON or small[last - 1].isalnum()
            if goes_on and small[begin:last] != whole[begin:last]:  # perhaps a given name
                return False
            last -= 1
        if small[last] in _LETTERS:
            word = _LAST_WORD.search(small, max(begin, last - _LONGEST), last + 1)
            return word is None or word[0] not in self._last_words
        return (
            small[last] not in self._ends and small[max(0, last - 1) : last + 1] not in self._ends
        )


def _one_of(pairs: AbstractSet[str]) -> re.Pattern[str]:
    """One of the pairs of signs; each first sign is tried once."""
    seconds: dict[str, list[str]] = {}
    for pair in sorted(pairs):
        seconds.setdefault(pair[0], []).append(re.escape(pair[1]))
    found = "|".join(f"{re.escape(first)}[{''.join(told)}]" for first, told in seconds.items())
    return re.compile(found or r"(?!)")


def _cues(lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """What comparisons have before a company and, where nothing is before it, behind it."""
    alone, between, behind = split([*lexicon.background, *lexicon.former, *lexicon.yardsticks])
    return [*alone, *(before for before, _ in between)], behind

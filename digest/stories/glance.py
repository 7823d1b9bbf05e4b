"""Tells names that stand alone from those beside which something says more of them.

Nearly every name is passed by so: whether a guard or a comparison applies is asked only where a
word stands that one of them begins or ends with. A glance may be wrong in one way only: it may let
a name be looked at for nothing.
"""

import re
from collections.abc import Iterable, Iterator
from string import ascii_letters

from digest.stories.endings import FIGURES, end_of
from digest.stories.lexicon import Lexicon
from digest.stories.phrases import Text
from digest.stories.tokens import normalise

_TWO = 2  # letters by which a word is known
_COMPOUND = 12  # characters of a Japanese compound that are looked at
_TAIL = re.compile(rf"[^\s、。，,.;:!?「」『』()\[\]・/はがをにへとでもやの]{{0,{_COMPOUND}}}")
_NO_TAIL = frozenset([*" \n、。，,.;:!?「」『』()[]・/はがをにへとでもやの", ""])
_CLOSING = frozenset('」』)”"')  # what may stand between a name and the words about it
_JOINING = frozenset("・=")  # between a given name and a surname in katakana
_WORD_NEXT = frozenset(" -'" + ascii_letters)
_WORD = re.compile(r"\w+")
_NEXT_WORD = re.compile(r"(?:'s)?[ -]?(\w+)")


class Glance:
    """What the guards and comparisons of a lexicon look for, by its first or last letters."""

    def __init__(self, lexicon: Lexicon) -> None:
        before, behind = _cues(lexicon)
        after = [normalise(word) for guard in lexicon.guards for word in guard.after]
        before += [normalise(word) for guard in lexicon.guards for word in guard.before]
        ends = [*map(end_of, before), *FIGURES, *_JOINING, "he"]  # the last: of "the"
        self._ends = frozenset(map(str.lower, ends))
        self._starts = frozenset(cue[:_TWO] for cue in behind)
        self._words = frozenset(_first_words([*after, *behind]))
        signs = {word[0].lower() for word in after if not word.isascii()}
        self._in_compound = re.compile(rf"[\d{''.join(map(re.escape, sorted(signs)))}]")

    def is_calm(self, text: Text, start: int, end: int) -> bool:
        """Whether nothing beside the name text[start:end] says more of it."""
        whole, small = text.whole, text.small
        two = small[end : end + _TWO]
        after = two[:1]
        if two in self._starts or after in _CLOSING:
            return False
        if after in _WORD_NEXT:
            word = _NEXT_WORD.match(small, end)
            if word and word[1] in self._words:
                return False
        if after not in _NO_TAIL:
            tail = _TAIL.match(small, end)
            if tail and self._in_compound.search(tail.group()):
                return False
        if not start:
            return True
        last = start - 1
        if small[last] == " ":
            begin = small.rfind(" ", 0, last) + 1
            if small[begin:last] != whole[begin:last]:  # a word with a capital may be a given name
                return False
            last -= 1
        return (
            small[last] not in self._ends and small[max(0, last - 1) : last + 1] not in self._ends
        )


def _cues(lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """What comparisons have before a company and, where nothing is before it, behind it."""
    before: list[str] = []
    behind: list[str] = []
    for pattern in lexicon.background:
        left, _, right = normalise(pattern).lower().partition("*")
        if left.strip():
            before.append(left.strip())
        else:
            behind.append(right.strip())
    return before, behind


def _first_words(phrases: Iterable[str]) -> Iterator[str]:
    return (word.group().lower() for word in map(_WORD.match, phrases) if word)

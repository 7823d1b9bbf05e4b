"""The words beside a company's name that say it is only compared, remembered or told in passing."""

import re
from collections.abc import Iterable

from digest.stories.endings import CLOSING, NUMBER, Endings, alternatives, end_of
from digest.stories.tokens import normalise

BEFORE = 48  # characters; a cue stands nearer than that
_BETWEEN = r"[\w '&,-]{0,24}?"  # what may stand between a name and the second half of a pattern
_CLOSES = r"(?=$|[\n,;:.)。、」]| and | or | in \d)"  # the name is all that is spoken of


class Cues:
    """Patterns in which * is the company, ready to ask about a name."""

    def __init__(self, patterns: Iterable[str]) -> None:
        alone, between, behind = split(patterns)
        self._before = Endings(alone, _left)
        words = [cue for cue in behind if _is_word(cue)]
        other = [cue for cue in behind if not _is_word(cue)]
        self._word = alternatives(map(re.escape, words), r"(?:'s)? ?(?:{})(?!\w)")
        self._word_starts = frozenset(cue[:1] for cue in words)
        self._after = alternatives(map(_right, other), r"(?:{})")
        self._after_starts = frozenset(cue[:1] for cue in other)
        self._ends = Endings({*alone, *(before for before, _ in between)}, _left)
        self._around: dict[str, list[tuple[re.Pattern[str], re.Pattern[str]]]] = {}
        for left, right in between:
            second = _CLOSES if right == "$" else _BETWEEN + re.escape(right)
            pair = (re.compile(rf"{_left(left)}$"), re.compile(second))
            self._around.setdefault(end_of(left), []).append(pair)

    def find(self, small: str, start: int, end: int) -> str | None:
        """The words that stand so at the name small[start:end], or None.

        `small` is in lower case.
        """
        before = small[max(0, start - BEFORE) : start]
        cued = self._ends.ends(before)
        if cued and (cue := self._before.search(before)):
            return cue.group().strip()
        after = small[end : end + BEFORE].lstrip(CLOSING)
        behind = self._after if after[:1] in self._after_starts else None
        if behind is None and after.removeprefix("'s")[:2].strip()[:1] in self._word_starts:
            behind = self._word
        if behind is not None and (cue := behind.match(after)):
            return cue.group().removeprefix("'s").strip()
        for left, right in [pair for ended in cued for pair in self._around.get(ended, ())]:
            if (first := left.search(before)) and (second := right.match(after)):
                return " … ".join(filter(None, (first.group().strip(), second.group().strip())))
        return None


def split(patterns: Iterable[str]) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Patterns with the company at the end, in the middle, and at the start."""
    alone, between, behind = [], [], []
    for pattern in patterns:
        before, _, after = normalise(pattern).lower().partition("*")
        left, right = before.strip(), after.strip()
        if left and right:
            between.append((left, right))
        elif left:
            alone.append(left)
        else:
            behind.append(right)
    return alone, between, behind


def _is_word(cue: str) -> bool:
    return cue.isascii() and cue[:1].isalnum()


def _right(cue: str) -> str:
    edge = r"(?![a-z0-9])" if cue.isascii() and cue[-1].isalnum() else ""
    return _figures(cue) + edge


def _left(cue: str) -> str:
    edge = r"(?<!\w)" if cue.isascii() else ""
    if len(cue) == 1:  # 元: not the end of another word, but a particle may stand before it
        edge = r"(?<![^\Wぁ-ん])"
    gap = r" (?:the )?" if cue.isascii() and not cue.endswith("-") else ""
    return edge + _figures(cue) + gap


def _figures(cue: str) -> str:
    return re.escape(cue).replace(r"\#", NUMBER)

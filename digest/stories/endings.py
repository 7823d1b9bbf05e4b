"""Finds the words that a text ends in, fast enough to be asked at every name of a lexicon."""

import re
from collections.abc import Callable, Iterable, Sequence

FIGURES = frozenset("0123456789万億千百")  # what a # may end in
CLOSING = '」』)”"'  # what may stand between a name and the words about it
NUMBER = r"\d[\d,.]*(?:万|億|千|百)?(?:\d[\d,]*)?"  # what a # stands for
_END = 2  # characters by which the end of a text is looked up
_COMPOUND = 12  # characters of a Japanese compound that are looked at
_BREAKS = r"\s、。，,.;:!?「」『』()\[\]・/はがをにへとでもやの"  # signs and particles
TAIL = re.compile(rf"[^{_BREAKS}]{{0,{_COMPOUND}}}")  # the rest of a compound


class Endings:
    """Words that a text may end in. Nearly every text is passed by at a glance.

    A regular expression that is tied to the end of a text is tried at every place of it, so the
    text's last letters are looked up first, and only the words that end so are tried.
    """

    def __init__(self, words: Iterable[str], form: Callable[[str], str]) -> None:
        """`form` makes a word's pattern, in which spaces or "the" may follow the word."""
        self._ends: dict[str, list[str]] = {}
        for word in words:
            self._ends.setdefault(end_of(word), []).append(form(word))
        self._patterns: dict[tuple[str, ...], re.Pattern[str]] = {}

    def search(self, before: str) -> re.Match[str] | None:
        """The match of a word at the end of a text."""
        ends = tuple(self.ends(before))
        if not ends:
            return None
        pattern = self._patterns.get(ends)
        if pattern is None:  # compiled when it is needed: few of them ever are
            found = [form for end in ends for form in self._ends[end]]
            pattern = self._patterns[ends] = re.compile(f"(?:{'|'.join(_longest_first(found))})$")
        return pattern.search(before)

    def ends(self, before: str) -> Sequence[str]:
        """The ends of words with which a look at the last letters allows for a match."""
        known = self._ends
        last = before.rstrip(" ")
        two, one = last[-_END:], last[-1:]
        if two not in known and one not in known and two != "he" and one not in FIGURES:
            return ()
        ends = [two, one]
        if last.endswith(" the"):
            bare = last[:-4].rstrip(" ")
            ends += [bare[-_END:], bare[-1:]]
        if not FIGURES.isdisjoint(ends):
            ends.append("#")
        return [end for end in ends if end in known]


def end_of(word: str) -> str:
    """The last letters of a word as `Endings.ends` sees them; # is a figure."""
    end = word.rstrip(" ")[-_END:]
    return end[-1:] if "#" in end else end


def alternatives(words: Iterable[str], frame: str) -> re.Pattern[str] | None:
    """One of the words inside a frame, the longest first; None without any."""
    found = _longest_first(words)
    return re.compile(frame.format("|".join(found))) if found else None


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)

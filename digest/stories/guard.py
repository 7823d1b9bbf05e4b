"""Decides whether a company's name means the company: by what stands before, after and around it.

Namesakes are told apart by kind (a stadium, a town, a person, a team), as [[guard]] lists them,
not one by one; and a company that is only compared or remembered is told from one that acts.
"""

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from digest.stories.lexicon import Guard, Lexicon
from digest.stories.tokens import normalise

_BEFORE = 48  # characters; a cue stands nearer than that
_COMPOUND = 12  # characters of a Japanese compound that are looked at
_TAIL = re.compile(rf"[^\s、。，,.;:!?「」『』()\[\]・/はがをにへとでもやの]{{0,{_COMPOUND}}}")
_NUMBER = r"\d[\d,.]*(?:万|億|千|百)?(?:\d[\d,]*)?"
_NAME = re.compile(r"([A-Z][\w.'-]*) $")
_LATIN_AFTER = re.compile(r"(?:'s)?[ -]?([A-Za-z].?)", re.DOTALL)
_FIGURES = frozenset("0123456789万億千百")  # what a # may end in
_END = 2  # characters by which the end of a text is looked up


class _Ending:
    """Words that a text may end in. Nearly every text is passed by at a glance.

    A regular expression that is tied to the end of a text is tried at every place of it, so the
    text's last letters are looked up first, and only the words that end so are tried.
    """

    def __init__(self, words: Iterable[str], form: Callable[[str], str]) -> None:
        """`form` makes a word's pattern, in which spaces or "the" may follow the word."""
        ends: dict[str, list[str]] = {}
        for word in words:
            ends.setdefault(_end(word), []).append(form(word))
        self._patterns = {end: _alternatives(found, "(?:{})$") for end, found in ends.items()}
        self._whole = _alternatives((one for found in ends.values() for one in found), "(?:{})$")

    def search(self, before: str) -> re.Match[str] | None:
        """The match of a word at the end of a text."""
        ends = self.ends(before)
        if not ends:
            return None
        pattern = self._patterns[ends[0]] if len(ends) == 1 else self._whole
        return pattern.search(before) if pattern else None

    def ends(self, before: str) -> list[str]:
        """The ends of words with which a look at the last letters allows for a match."""
        known = self._patterns
        last = before.rstrip(" ")
        two, one = last[-_END:], last[-1:]
        ends = [end for end in (two, one) if end in known]
        if two == "he" and last.endswith(" the"):
            bare = last[:-4].rstrip(" ")
            ends += [end for end in (bare[-_END:], bare[-1:]) if end in known]
        if one in _FIGURES and "#" in known:
            ends.append("#")
        return ends


def _end(word: str) -> str:
    """The last letters of a word as `_Ending.ends` sees them; # is a figure."""
    end = word.rstrip(" ")[-_END:]
    return end[-1:] if "#" in end else end


@dataclass(frozen=True, slots=True)
class _Compiled:
    guard: Guard
    before: _Ending
    trade: re.Pattern[str] | None
    latin_after: re.Pattern[str] | None
    compound_after: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    adjacent: bool  # there is something that must stand at the name


class Asked(NamedTuple):
    """The guards that are asked about the names of an entry."""

    concepts: AbstractSet[str]  # what the entry speaks of
    guards: tuple[_Compiled, ...]
    remote: tuple[_Compiled, ...]  # those of them that ask for nothing that stands at the name


class Guards:
    """The guards and comparison patterns of a lexicon, ready to ask."""

    def __init__(self, lexicon: Lexicon) -> None:
        guards = lexicon.guards
        self._given = lexicon.given_names
        self._guards = tuple(_compile(guard) for guard in guards)
        self._near = frozenset(concept for guard in guards for concept in guard.near)
        self._usual = tuple(one for one in self._guards if not one.guard.near)
        self._usual_remote = tuple(one for one in self._usual if not one.adjacent)
        self._before = _Ending({w for g in guards for w in map(normalise, g.before)}, _before)
        after = [word for guard in guards for word in map(normalise, guard.after)]
        self._latin_starts = frozenset(word[:2] for word in after)
        self._compound_starts = _starts(after)
        self._traded = any(guard.trade for guard in guards)
        alone, between, behind = _split(lexicon.background)
        self._cue_before = _Ending(alone, _left)
        self._cue_after = _alternatives(map(re.escape, behind), r"(?:{})")
        self._cue_after_starts = frozenset(cue[:1] for cue in behind)
        self._cue_around_before = _Ending({before for before, _ in between}, _left)
        self._cue_around = [
            (re.compile(rf"{_left(before)}$"), re.compile(rf"[\w '&,-]{{0,24}}?{re.escape(after)}"))
            for before, after in between
        ]

    def asked(self, concepts: AbstractSet[str]) -> Asked:
        """The guards to ask about the names of an entry that speaks of these concepts."""
        if self._near.isdisjoint(concepts):
            return Asked(concepts, self._usual, self._usual_remote)
        near = tuple(
            one
            for one in self._guards
            if not one.guard.near or not concepts.isdisjoint(one.guard.near)
        )
        return Asked(concepts, near, tuple(one for one in near if not one.adjacent))

    def refuse(self, text: str, start: int, end: int, alias: str, asked: Asked) -> Guard | None:
        """The guard that says text[start:end] is not the company, or None."""
        place = self._place(text, start, end)
        for one in asked.remote if place is None else asked.guards:
            guard = one.guard
            if guard.names and alias not in guard.names:
                continue
            if guard.unless and not asked.concepts.isdisjoint(guard.unless):
                continue
            if not one.adjacent or (place is not None and self._stands(one, place)):
                return guard
        return None

    def _place(self, text: str, start: int, end: int) -> "_Place | None":
        """What stands around a name; None if a glance shows that no guard asks for it.

        Nearly every name is passed by so.
        """
        before = text[max(0, start - _BEFORE) : start]
        name = _name_at_end(before)
        tail = _TAIL.match(text, end)
        compound = tail.group() if tail else ""
        latin = _LATIN_AFTER.match(text, end)
        if (
            (latin and not self._latin_starts.isdisjoint((latin[1], latin[1][0])))
            or (compound and self._compound_starts.search(compound))
            or self._before.ends(before)
            or (name and (self._traded or name in self._given))
        ):
            after = text[end : end + _BEFORE]
            return _Place(before, after, name, compound, latin is not None)
        return None

    def _stands(self, one: _Compiled, place: "_Place") -> bool:
        if one.unless_after and one.unless_after.match(place.after):
            return False
        if one.guard.given and place.name_before and place.name_before in self._given:
            return True
        return bool(
            one.before.search(place.before)
            or (one.trade and place.name_before and one.trade.search(place.before))
            or (one.latin_after and place.latin and one.latin_after.match(place.after))
            or (one.compound_after and place.compound and one.compound_after.search(place.compound))
        )

    def astray(self, concepts: AbstractSet[str]) -> bool:
        """Whether an entry without a company is of another field, such as sport or crime."""
        return any(
            _is_near(one.guard, concepts)
            for one in self._guards
            if not one.adjacent and not one.guard.names
        )

    def compared(self, small: str, start: int, end: int) -> str | None:
        """The words that make small[start:end] a comparison or a memory, or None.

        `small` is in lower case.
        """
        before = small[max(0, start - _BEFORE) : start]
        if cue := self._cue_before.search(before):
            return cue.group().strip()
        after = small[end : end + _BEFORE]
        begun = self._cue_after is not None and after[:1] in self._cue_after_starts
        if begun and (cue := self._cue_after.match(after)):
            return cue.group().strip()
        if not self._cue_around_before.search(before):
            return None
        for left, right in self._cue_around:
            if (first := left.search(before)) and (second := right.match(after)):
                return f"{first.group().strip()} … {second.group().strip()}"
        return None


class _Place(NamedTuple):
    """What stands around a name."""

    before: str
    after: str
    name_before: str  # a word with a capital just before it
    compound: str  # the rest of a Japanese compound
    latin: bool  # a Latin word may follow


def _name_at_end(before: str) -> str:
    """The word with a capital that a text ends in, before a space."""
    if before[-1:] != " ":
        return ""
    last = before[before.rfind(" ", 0, -1) + 1 :]
    name = None if last.islower() else _NAME.search(last)
    return name[1] if name else ""


def _starts(words: Iterable[str]) -> re.Pattern[str]:
    """A sign with which one of the words begins; # is a figure."""
    known = {word[0] for word in words} - {"#"}
    return re.compile(rf"[\d{''.join(map(re.escape, sorted(known)))}]")


def _is_near(guard: Guard, concepts: AbstractSet[str]) -> bool:
    """Whether the entry speaks of what the guard asks for, and of nothing that overrules it."""
    return not concepts.isdisjoint(guard.near) and concepts.isdisjoint(guard.unless)


def _compile(guard: Guard) -> _Compiled:
    latin = [word for word in guard.after if word.isascii() and not word.startswith("#")]
    other = [word for word in guard.after if word not in latin]
    return _Compiled(
        guard=guard,
        before=_Ending(map(normalise, guard.before), _before),
        trade=_alternatives(
            map(re.escape, guard.trade), r"(?<!\w)(?:{})s?,? [A-Z][\w.'-]+ (?:[A-Z]\. )?$"
        ),
        latin_after=_alternatives(
            map(re.escape, latin), r"(?:'s)?[ -]?(?:{})(?![\w])(?! (?:to|for|up)\b)"
        ),
        compound_after=_alternatives(map(_compound, other), "{}"),
        unless_after=_alternatives((_escape(word) for word in guard.unless_after), "{}"),
        adjacent=bool(guard.before or guard.after or guard.given or guard.trade),
    )


def _alternatives(words: Iterable[str], frame: str) -> re.Pattern[str] | None:
    found = sorted(words, key=len, reverse=True)
    return re.compile(frame.format("|".join(found))) if found else None


def _escape(word: str) -> str:
    return re.escape(normalise(word)).replace(r"\#", _NUMBER)


def _before(word: str) -> str:
    return rf"(?<![\w]){_escape(word)} " if word.isascii() and word != "#" else _escape(word)


def _compound(word: str) -> str:
    """A long word counts anywhere in the compound, a short one or a number only at its head."""
    if word.startswith("#") or len(word) < 2 or "#" in word:
        single = r"(?![場販況価分間])" if len(word) == 1 else ""
        return rf"^{_escape(word)}{single}"
    return _escape(word)


def _split(patterns: Iterable[str]) -> tuple[list[str], list[tuple[str, str]], list[str]]:
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


def _left(cue: str) -> str:
    edge = r"(?<!\w)" if cue.isascii() else ""
    if len(cue) == 1:  # 元: not the end of another word, but a particle may stand before it
        edge = r"(?<![^\Wぁ-ん])"
    gap = r" (?:the )?" if cue.isascii() and not cue.endswith("-") else ""
    return edge + re.escape(cue) + gap

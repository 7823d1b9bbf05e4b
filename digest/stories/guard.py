"""Decides whether a company's name means the company: by what stands before, after and around it.

Namesakes are told apart by kind (a stadium, a town, a person, a team), as [[guard]] lists them,
not one by one; and a company that is only compared or remembered is told from one that acts.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from digest.stories.lexicon import Guard, Lexicon
from digest.stories.tokens import normalise

_BEFORE = 48  # characters; a cue stands nearer than that
_COMPOUND = 12  # characters of a Japanese compound that are looked at
_TAIL = re.compile(rf"[^\s、。，,.;:!?「」『』()\[\]・/はがをにへとでもやの]{{0,{_COMPOUND}}}")
_NUMBER = r"\d[\d,.]*(?:万|億|千|百)?(?:\d[\d,]*)?"
_NAME = re.compile(r"([A-Z][\w.'-]*) $")
_LATIN_AFTER = re.compile(r"(?:'s)?[ -]?[A-Za-z]")
_FIGURES = frozenset("0123456789万億千百")  # what a # may end in
_END = 2  # characters by which the end of a text is looked up


class _Ending:
    """Words that a text may end in. Nearly every text is passed by at a glance.

    A regular expression that is tied to the end of a text is tried at every place of it, so the
    text's last letters are looked up first.
    """

    def __init__(self, words: Iterable[str], pattern: re.Pattern[str] | None) -> None:
        """`pattern` finds the `words` at the end of a text, where "the" may follow them."""
        self._pattern = pattern
        self._ends = {word.rstrip(" #")[-_END:] for word in words} - {""} | {"he"}

    def search(self, before: str) -> re.Match[str] | None:
        """The match of the pattern in a text that ends in one of the words."""
        return self._pattern.search(before) if self._pattern and self.may(before) else None

    def may(self, before: str) -> bool:
        """Whether a look at the last letters allows for a match."""
        last = before.rstrip(" ")[-_END:]
        return last in self._ends or last[-1:] in self._ends or last[-1:] in _FIGURES


@dataclass(frozen=True, slots=True)
class _Compiled:
    guard: Guard
    before: _Ending
    trade: re.Pattern[str] | None
    latin_after: re.Pattern[str] | None
    compound_after: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    adjacent: bool  # there is something that must stand at the name
    distant: bool  # there is something that the entry must speak of, or must not


class Guards:
    """The guards and comparison patterns of a lexicon, ready to ask."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._given = lexicon.given_names
        self._guards = tuple(_compile(guard) for guard in lexicon.guards)
        self._remote = tuple(one for one in self._guards if not one.adjacent)
        self._before = _ending(
            {w for g in lexicon.guards for w in map(normalise, g.before)}, _before
        )
        alone, between, behind = _split(lexicon.background)
        self._cue_before = _ending(alone, _left)
        self._cue_after = _alternatives(map(re.escape, behind), r"(?:{})")
        self._cue_around_before = _ending({before for before, _ in between}, _left)
        self._cue_around = [
            (re.compile(rf"{_left(before)}$"), re.compile(rf"[\w '&,-]{{0,24}}?{re.escape(after)}"))
            for before, after in between
        ]

    def refuse(
        self, text: str, start: int, end: int, alias: str, concepts: Collection[str]
    ) -> Guard | None:
        """The guard that says text[start:end] is not the company, or None."""
        place = _place(text, start, end)
        bare = not (place.name_before or place.latin or place.compound)
        for one in self._remote if bare and not self._before.may(place.before) else self._guards:
            guard = one.guard
            if guard.names and alias not in guard.names:
                continue
            if (not one.distant or _is_near(guard, concepts)) and (
                not one.adjacent or self._stands(one, place)
            ):
                return guard
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

    def astray(self, concepts: Collection[str]) -> bool:
        """Whether an entry without a company is of another field, such as sport or crime."""
        return any(
            one.guard.near and _is_near(one.guard, concepts)
            for one in self._guards
            if not one.adjacent and not one.guard.names
        )

    def compared(self, small: str, start: int, end: int) -> str | None:
        """The words that make small[start:end] a comparison or a memory, or None.

        `small` is in lower case.
        """
        before = small[max(0, start - _BEFORE) : start]
        after = small[end : end + _BEFORE]
        if cue := self._cue_before.search(before):
            return cue.group().strip()
        if self._cue_after and (cue := self._cue_after.match(after)):
            return cue.group().strip()
        if not self._cue_around_before.search(before):
            return None
        for left, right in self._cue_around:
            if (first := left.search(before)) and (second := right.match(after)):
                return f"{first.group().strip()} … {second.group().strip()}"
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands around a name."""

    before: str
    after: str
    name_before: str  # a word with a capital just before it
    compound: str  # the rest of a Japanese compound
    latin: bool  # a Latin word may follow


def _place(text: str, start: int, end: int) -> _Place:
    before = text[max(0, start - _BEFORE) : start]
    name = _NAME.search(before) if before[-1:] == " " else None
    tail = _TAIL.match(text, end)
    after = text[end : end + _BEFORE]
    return _Place(
        before=before,
        after=after,
        name_before=name[1] if name else "",
        compound=tail.group() if tail else "",
        latin=bool(_LATIN_AFTER.match(after)),
    )


def _is_near(guard: Guard, concepts: Collection[str]) -> bool:
    """Whether the entry speaks of what the guard asks for, and of nothing that overrules it."""
    if guard.near and not any(concept in concepts for concept in guard.near):
        return False
    return not any(concept in concepts for concept in guard.unless)


def _compile(guard: Guard) -> _Compiled:
    latin = [word for word in guard.after if word.isascii() and not word.startswith("#")]
    other = [word for word in guard.after if word not in latin]
    return _Compiled(
        guard=guard,
        before=_ending(map(normalise, guard.before), _before),
        trade=_alternatives(
            map(re.escape, guard.trade), r"(?<!\w)(?:{})s?,? [A-Z][\w.'-]+ (?:[A-Z]\. )?$"
        ),
        latin_after=_alternatives(
            map(re.escape, latin), r"(?:'s)?[ -]?(?:{})(?![\w])(?! (?:to|for|up)\b)"
        ),
        compound_after=_alternatives(map(_compound, other), "{}"),
        unless_after=_alternatives((_escape(word) for word in guard.unless_after), "{}"),
        adjacent=bool(guard.before or guard.after or guard.given or guard.trade),
        distant=bool(guard.near or guard.unless),
    )


def _ending(words: Iterable[str], form: Callable[[str], str]) -> _Ending:
    known = sorted(words)
    return _Ending(known, _alternatives(map(form, known), "(?:{})$"))


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

"""Decides whether a company's name means the company: by what stands before, after and around it.

Namesakes are told apart by kind (a stadium, a town, a person, a team), as [[guard]] lists them,
not one by one; and a company that is only compared or remembered is told from one that acts.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from digest.stories.lexicon import Guard, Lexicon
from digest.stories.tokens import normalise

_BEFORE = 48  # characters; a cue stands nearer than that
_COMPOUND = 12  # characters of a Japanese compound that are looked at
_TAIL = re.compile(rf"[^\s、。，,.;:!?「」『』()\[\]・/はがをにへとでもやの]{{0,{_COMPOUND}}}")
_NUMBER = r"\d[\d,.]*(?:万|億|千|百)?(?:\d[\d,]*)?"
_GIVEN = re.compile(r"([A-Z][\w.'-]*) $")


@dataclass(frozen=True, slots=True)
class _Compiled:
    guard: Guard
    before: re.Pattern[str] | None
    trade: re.Pattern[str] | None
    latin_after: re.Pattern[str] | None
    compound_after: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    adjacent: bool  # there is something that must stand at the name


class Guards:
    """The guards and comparison patterns of a lexicon, ready to ask."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._given = lexicon.given_names
        self._guards = tuple(_compile(guard) for guard in lexicon.guards)
        alone, between, behind = _split(lexicon.background)
        self._cue_before = _alternatives(alone, "(?:{})$")
        self._cue_after = _alternatives(behind, r"^(?:{})")
        self._cue_around_before = _alternatives({before for before, _ in between}, "(?:{})$")
        self._cue_around = [
            (re.compile(rf"{before}$"), re.compile(rf"^[\w '&,-]{{0,24}}?{after}"))
            for before, after in between
        ]

    def refuse(
        self, text: str, start: int, end: int, alias: str, concepts: Collection[str]
    ) -> Guard | None:
        """The guard that says text[start:end] is not the company, or None."""
        tail = _TAIL.match(text, end)
        compound = tail.group() if tail else ""
        for one in self._guards:
            guard = one.guard
            if guard.names and alias not in guard.names:
                continue
            if guard.near and concepts.isdisjoint(guard.near):  # type: ignore[attr-defined]
                continue
            if any(concept in concepts for concept in guard.unless):
                continue
            if one.adjacent and not self._stands(one, text, start, end, compound):
                continue
            return guard
        return None

    def _stands(self, one: _Compiled, text: str, start: int, end: int, compound: str) -> bool:
        if one.unless_after and one.unless_after.match(text, end):
            return False
        before = text[max(0, start - _BEFORE) : start]
        if one.guard.given and (name := _GIVEN.search(before)) and name[1] in self._given:
            return True
        return bool(
            (one.before and one.before.search(before))
            or (one.trade and one.trade.search(before))
            or (one.latin_after and one.latin_after.match(text, end))
            or (one.compound_after and one.compound_after.search(compound))
        )

    def astray(self, concepts: Collection[str]) -> bool:
        """Whether an entry without a company is of another field, such as sport or crime."""
        return any(
            not one.adjacent
            and not one.guard.names
            and any(concept in concepts for concept in one.guard.near)
            and not any(concept in concepts for concept in one.guard.unless)
            for one in self._guards
        )

    def compared(self, small: str, start: int, end: int) -> str | None:
        """The words that make small[start:end] a comparison or a memory, or None.

        `small` is in lower case.
        """
        before = small[max(0, start - _BEFORE) : start]
        after = small[end : end + _BEFORE]
        if self._cue_before and (cue := self._cue_before.search(before)):
            return cue.group().strip()
        if self._cue_after and (cue := self._cue_after.match(after)):
            return cue.group().strip()
        if not self._cue_around_before or not self._cue_around_before.search(before):
            return None
        for left, right in self._cue_around:
            if (first := left.search(before)) and (second := right.match(after)):
                return f"{first.group().strip()} … {second.group().strip()}"
        return None


def _compile(guard: Guard) -> _Compiled:
    latin = [word for word in guard.after if word.isascii() and not word.startswith("#")]
    other = [word for word in guard.after if word not in latin]
    return _Compiled(
        guard=guard,
        before=_alternatives(map(_before, guard.before), "(?:{})$"),
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
        left, right = _left(before.strip()), re.escape(after.strip())
        if left and right:
            between.append((left, right))
        elif left:
            alone.append(left)
        else:
            behind.append(right)
    return alone, between, behind


def _left(cue: str) -> str:
    if not cue:
        return ""
    edge = r"(?<!\w)" if cue.isascii() else ""
    if len(cue) == 1:  # 元: not the end of another word, but a particle may stand before it
        edge = r"(?<![^\Wぁ-ん])"
    gap = r" (?:the )?" if cue.isascii() and not cue.endswith("-") else ""
    return edge + re.escape(cue) + gap

"""Decides whether a company's name means the company: by what stands before, after and around it.

Namesakes are told apart by kind (a stadium, a town, a person, a team), as [[guard]] lists them,
not one by one; and a company that is only compared or remembered is told from one that acts.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from digest.stories.endings import CLOSING, TAIL, Endings, alternatives, end_of
from digest.stories.lexicon import Guard, Lexicon
from digest.stories.tokens import normalise

_BEFORE = 48  # characters; a cue stands nearer than that
_NUMBER = r"\d[\d,.]*(?:万|億|千|百)?(?:\d[\d,]*)?"
_NAME = re.compile(r"([A-Z][\w.'-]*) $")
_KANA_NAME = re.compile(r"([ァ-ヺー]+)[・=]$")
_LATIN_AFTER = re.compile(r"(?:'s)?[ -]?([A-Za-z].?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Compiled:
    guard: Guard
    before: Endings
    trade: re.Pattern[str] | None
    latin_after: re.Pattern[str] | None
    compound_after: re.Pattern[str] | None
    unless_after: re.Pattern[str] | None
    adjacent: bool  # there is something that must stand at the name


class Asked(NamedTuple):
    """What an entry asks of guards: what it speaks of, and the guards that this alone calls up."""

    concepts: AbstractSet[str]
    title: AbstractSet[str]
    called: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class _Watch:
    """The guards that look at what stands at a name, with what shows them at a glance.

    Most names are asked of few guards, and nearly every name is passed by at that glance.
    """

    guards: tuple[_Compiled, ...]
    before: Endings
    latin_starts: frozenset[str]
    compound_starts: re.Pattern[str]
    traded: bool


class Guards:
    """The guards and comparison patterns of a lexicon, ready to ask."""

    def __init__(self, lexicon: Lexicon) -> None:
        guards = lexicon.guards
        self._given = lexicon.given_names
        self._guards = tuple(_compile(guard) for guard in guards)
        self._remote = tuple(one.guard for one in self._guards if not one.adjacent)
        self._near = frozenset(concept for guard in self._remote for concept in guard.near)
        self.near = frozenset(concept for guard in guards for concept in guard.near)
        adjacent = [one for one in self._guards if one.adjacent]
        self._watch = _watch([one for one in adjacent if not one.guard.names])
        self._watches: dict[str, _Watch] = {}  # of the names that some guard asks for
        made: dict[tuple[str, ...], _Watch] = {}
        for name in {name for one in adjacent for name in one.guard.names}:
            asked = [one for one in adjacent if not one.guard.names or name in one.guard.names]
            key = tuple(one.guard.id for one in asked)
            self._watches[name] = made.get(key) or made.setdefault(key, _watch(asked))
        alone, between, behind = _split(lexicon.background)
        self._cue_before = Endings(alone, _left)
        words = [cue for cue in behind if _is_word(cue)]
        other = [cue for cue in behind if not _is_word(cue)]
        self._cue_word = alternatives(map(re.escape, words), r"(?:'s)? ?(?:{})(?!\w)")
        self._cue_word_starts = frozenset(cue[:1] for cue in words)
        self._cue_after = alternatives(map(_right, other), r"(?:{})")
        self._cue_after_starts = frozenset(cue[:1] for cue in other)
        self._cues = Endings({*alone, *(before for before, _ in between)}, _left)
        self._cue_around: dict[str, list[tuple[re.Pattern[str], re.Pattern[str]]]] = {}
        for left, right in between:
            pair = (
                re.compile(rf"{_left(left)}$"),
                re.compile(rf"[\w '&,-]{{0,24}}?{re.escape(right)}"),
            )
            self._cue_around.setdefault(end_of(left), []).append(pair)

    def asked(self, concepts: AbstractSet[str], title: AbstractSet[str]) -> Asked:
        """The guards to ask about the names of an entry that speaks of these concepts.

        `title` are those of its title.
        """
        called: list[Guard] = []
        if stirring := self._near & concepts:
            for guard in self._remote:
                if not stirring.isdisjoint(guard.near) and _is_near(guard, concepts, title):
                    called.append(guard)  # noqa: PERF401  # for most entries there is none
        return Asked(concepts, title, tuple(called))

    def refuse(self, text: str, start: int, end: int, alias: str, asked: Asked) -> Guard | None:
        """The guard that says text[start:end] is not the company, or None."""
        for guard in asked.called:
            if not guard.names or alias in guard.names:
                return guard
        watch = self._watches.get(alias, self._watch)
        place = self._place(watch, text, start, end)
        if place is None:
            return None
        concepts, title, _ = asked
        for one in watch.guards:
            guard = one.guard
            if guard.near and (title if guard.title else concepts).isdisjoint(guard.near):
                continue
            if concepts.isdisjoint(guard.unless) and self._stands(one, place):
                return guard
        return None

    def _place(self, watch: _Watch, text: str, start: int, end: int) -> "_Place | None":
        """What stands around a name; None if a glance shows that no guard asks for it."""
        before = text[max(0, start - _BEFORE) : start]
        name = _name_at_end(before)
        tail = TAIL.match(text, end)
        compound = tail.group() if tail else ""
        latin = _LATIN_AFTER.match(text, end)
        if (
            (latin and not watch.latin_starts.isdisjoint((latin[1], latin[1][0])))
            or (compound and watch.compound_starts.search(compound))
            or watch.before.ends(before)
            or (name and (watch.traded or name in self._given))
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
            not guard.names and _is_near(guard, concepts, concepts) for guard in self._remote
        )

    def compared(self, small: str, start: int, end: int) -> str | None:
        """The words that make small[start:end] a comparison or a memory, or None.

        `small` is in lower case.
        """
        before = small[max(0, start - _BEFORE) : start]
        cued = self._cues.ends(before)
        if cued and (cue := self._cue_before.search(before)):
            return cue.group().strip()
        after = small[end : end + _BEFORE].lstrip(CLOSING)
        behind = self._cue_after if after[:1] in self._cue_after_starts else None
        if behind is None and after.removeprefix("'s")[:2].strip()[:1] in self._cue_word_starts:
            behind = self._cue_word
        if behind is not None and (cue := behind.match(after)):
            return cue.group().removeprefix("'s").strip()
        for left, right in [pair for ended in cued for pair in self._cue_around.get(ended, ())]:
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
    """The word with a capital that a text ends in, before a space; or katakana before a dot."""
    if before[-1:] in "・=":
        kana = _KANA_NAME.search(before)
        return kana[1] if kana else ""
    if before[-1:] != " ":
        return ""
    last = before[before.rfind(" ", 0, -1) + 1 :]
    name = None if last.islower() else _NAME.search(last)
    return name[1] if name else ""


def _starts(words: Iterable[str]) -> re.Pattern[str]:
    """A sign with which one of the words begins; # is a figure."""
    known = {word[0] for word in words} - {"#"}
    return re.compile(rf"[\d{''.join(map(re.escape, sorted(known)))}]")


def _is_near(guard: Guard, concepts: AbstractSet[str], title: AbstractSet[str]) -> bool:
    """Whether the entry speaks of what the guard asks for, and of nothing that overrules it."""
    near = title if guard.title else concepts
    return not near.isdisjoint(guard.near) and concepts.isdisjoint(guard.unless)


def _watch(guards: Sequence[_Compiled]) -> _Watch:
    after = [word for one in guards for word in map(normalise, one.guard.after)]
    before = {word for one in guards for word in map(normalise, one.guard.before)}
    return _Watch(
        guards=tuple(guards),
        before=Endings(before, _before),
        latin_starts=frozenset(word[:2] for word in after),
        compound_starts=_starts(after),
        traded=any(one.guard.trade for one in guards),
    )


def _compile(guard: Guard) -> _Compiled:
    latin = [word for word in guard.after if word.isascii() and not word.startswith("#")]
    other = [word for word in guard.after if word not in latin]
    return _Compiled(
        guard=guard,
        before=Endings(map(normalise, guard.before), _before),
        trade=alternatives(
            map(re.escape, guard.trade), r"(?<!\w)(?:{})s?,? [A-Z][\w.'-]+ (?:[A-Z]\. )?$"
        ),
        latin_after=alternatives(
            map(re.escape, latin), r"(?:'s)?[ -]?(?:{})(?![\w])(?! (?:to|for|up)\b)"
        ),
        compound_after=alternatives(map(_compound, other), "{}"),
        unless_after=alternatives((_escape(word) for word in guard.unless_after), "{}"),
        adjacent=bool(guard.before or guard.after or guard.given or guard.trade),
    )


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


def _is_word(cue: str) -> bool:
    return cue.isascii() and cue[:1].isalnum()


def _right(cue: str) -> str:
    return re.escape(cue) + (r"(?![a-z0-9])" if cue.isascii() and cue[-1].isalnum() else "")


def _left(cue: str) -> str:
    edge = r"(?<!\w)" if cue.isascii() else ""
    if len(cue) == 1:  # 元: not the end of another word, but a particle may stand before it
        edge = r"(?<![^\Wぁ-ん])"
    gap = r" (?:the )?" if cue.isascii() and not cue.endswith("-") else ""
    return edge + re.escape(cue) + gap

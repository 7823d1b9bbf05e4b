"""Decides whether a company's name means the company: by what stands before, after and around it.

Namesakes are told apart by kind (a stadium, a town, a person, a team), as [[guard]] lists them,
not one by one.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from msgspec import Struct

from digest.stories.cues import BEFORE
from digest.stories.endings import NUMBER, TAIL, Endings, alternatives
from digest.stories.lexicon import Alias, Guard, Lexicon
from digest.stories.tokens import normalise

_REMEMBERED = 512  # sets of concepts; the same few come again and again
_NAME = re.compile(r"([A-Z][\w.'-]*) $")
_SPOKEN_OF = frozenset("がは")  # particles
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


class Asked(Struct, frozen=True, gc=False):
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
    """The guards of a lexicon, ready to ask."""

    def __init__(self, lexicon: Lexicon) -> None:
        guards = lexicon.guards
        self._given = lexicon.given_names
        self._guards = tuple(_compile(guard) for guard in guards)
        self._remote = tuple(one.guard for one in self._guards if not one.adjacent)
        self._near = frozenset(concept for guard in self._remote for concept in guard.near)
        self._stirred = lru_cache(maxsize=_REMEMBERED)(self._stirred_by)
        self.near = frozenset(concept for guard in guards for concept in guard.near)
        adjacent = [one for one in self._guards if one.adjacent]
        self._watch = _watch([one for one in adjacent if not one.guard.names])
        self._watches: dict[str, _Watch] = {}  # of the names that some guard asks for
        made: dict[tuple[str, ...], _Watch] = {}
        for name in {name for one in adjacent for name in one.guard.names}:
            asked = [one for one in adjacent if not one.guard.names or name in one.guard.names]
            key = tuple(one.guard.id for one in asked)
            self._watches[name] = made.get(key) or made.setdefault(key, _watch(asked))

    def _stirred_by(self, concepts: AbstractSet[str]) -> tuple[Guard, ...]:
        """The guards that concepts anywhere in an entry may call up."""
        return tuple([g for g in self._remote if not concepts.isdisjoint(g.near)])

    def asked(self, concepts: AbstractSet[str], title: AbstractSet[str]) -> Asked:
        """The guards to ask about the names of an entry that speaks of these concepts.

        `title` are those of its title.
        """
        stirring = self._near & concepts
        called = self._stirred(stirring) if stirring else ()  # as for most entries
        return Asked(concepts, title, tuple([g for g in called if _is_near(g, concepts, title)]))

    def refuse(self, text: str, start: int, end: int, alias: Alias, asked: Asked) -> Guard | None:
        """The guard that says text[start:end] is not the company, or None."""
        for guard in asked.called:
            if _is_of(guard, alias):
                led = not asked.title.isdisjoint(guard.led)
                if not led or not _leads(text, start, end):
                    return guard
        watch = self._watches.get(alias.text, self._watch)
        place = self._place(watch, text, start, end)
        if place is None:
            return None
        concepts, title = asked.concepts, asked.title
        for one in watch.guards:
            guard = one.guard
            if guard.sorts and alias.sort not in guard.sorts:
                continue
            if guard.near and (title if guard.title else concepts).isdisjoint(guard.near):
                continue
            if concepts.isdisjoint(guard.unless) and self._stands(one, place):
                return guard
        return None

    def _place(self, watch: _Watch, text: str, start: int, end: int) -> "_Place | None":
        """What stands around a name; None if a glance shows that no guard asks for it."""
        before = text[max(0, start - BEFORE) : start]
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
            after = text[end : end + BEFORE]
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


class _Place(Struct, frozen=True, gc=False):
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


def _is_of(guard: Guard, alias: Alias) -> bool:
    """Whether a guard is asked of such a name."""
    return (not guard.names or alias.text in guard.names) and (
        not guard.sorts or alias.sort in guard.sorts
    )


def _leads(text: str, start: int, end: int) -> bool:
    """Whether a name begins the title, or is what a Japanese clause speaks of."""
    return start == 0 or text[end : end + 1] in _SPOKEN_OF


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
    return re.escape(normalise(word)).replace(r"\#", NUMBER)


def _before(word: str) -> str:
    return rf"(?<![\w]){_escape(word)} " if word.isascii() and word != "#" else _escape(word)


def _compound(word: str) -> str:
    """A long word counts anywhere in the compound, a short one or a number only at its head."""
    if word.startswith("#") or len(word) < 2 or "#" in word:
        single = r"(?![場販況価分間])" if len(word) == 1 else ""
        return rf"^{_escape(word)}{single}"
    return _escape(word)

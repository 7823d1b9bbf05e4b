"""The figures of a story on which its outlets agree or differ.

A figure is told in the words in which an outlet gave it. That independent outlets give the same one
is the best sign that it is right; where they do not, a reader should know. That two figures are of
the same thing has to be seen from their words: a dispute that is none would be worse than silence.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from digest.model import Claim, Figure, Side, Story
from digest.stories.counted import MONEY, Thing, figures_in, opening, sentence_around, thing_of
from digest.stories.numbers import Number, NumberAt
from digest.stories.tokens import lower

FIGURES = 4

_UNITS = MONEY | {"person", "vehicle", "plant", "gwh"}
_SHARED = _UNITS | {"pct"}
_COMPARABLE = 3.0  # figures further apart are not of one thing
# Who counts, where it is one of two sides: what it says is told with its name.
_SOURCES = (
    (Side.UNION, re.compile(r"\bunions?\b|労組|組合")),
    (Side.PLAINTIFFS, re.compile(r"\bplaintiffs?\b|\balleg\w+|原告|弁護団")),
)
# "Over a trillion" is no other figure than 1.3 trillion, and does not confirm it.
_OVER, _UNDER = (
    re.compile(r"\b(?:over|more than|at least|above|exceed\w*|upwards? of|topp\w+) *$"),
    re.compile(r"(?:\b(?:up to|as (?:much|many|high) as|at most|less than|under|below)|最大) *$"),
)
# 強, 弱 and 余 after a number, but not where they begin a word of their own: 強制, 弱含み, 余剰.
_OVER_JA = re.compile(
    r"超|以上|を上回|強(?![制化調硬力要行固気いくさまみめ])|余(?![剰地震命波韻裕儀計])"
)
_UNDER_JA = re.compile(r"未満|以下|を下回|弱(?![含体点化気者いくさまみめ])")
_PLANT = "工場"


def figures(story: Story, limit: int = FIGURES) -> tuple[Figure, ...]:
    """The figures that two or more owners give: first those on which they differ.

    Owners agree where each of them that gives a figure of the kind gives this one. They differ
    where each says one figure of a kind in its headline or first sentences, all say it of the same
    deed within the same bounds, and the figures are near enough to be of one thing. Shares in per
    cent are of too many things for that. Who gives only a limit ("over a trillion") that another
    figure of the thing keeps to is not asked: it says neither this nor another.
    """
    found = [
        figure
        for unit, told in sorted(_told(story).items())
        if unit in _SHARED
        for figure in _of_unit(unit, told)
    ]
    found.sort(key=lambda one: (one.agreed, -sum(len(claim.outlets) for claim in one.claims)))
    return tuple(found[:limit])


class _Given(NamedTuple):
    """A figure as one owner gives it."""

    number: Number
    words: str
    lang: str
    owner: str
    outlet: str
    of: Thing
    limit: int  # 1: at least so much, -1: at most so much, 0: so much
    source: Side

    def allows(self, other: "_Given") -> bool:
        """Whether this is a limit, and the other a figure of the same thing that keeps to it."""
        mine, others = self.number.value, other.number.value
        same = self.of.deed == other.of.deed or not (self.of.deed and other.of.deed)
        return (
            self.limit != 0
            and same
            and (others - mine) * self.limit > 0
            and max(mine, others) <= _COMPARABLE * min(mine, others)
        )


def _told(story: Story) -> dict[str, list[_Given]]:
    """The figures of each unit, each once an owner, in order of publication."""
    told: dict[str, list[_Given]] = {}
    for report in story.reports:
        entry = report.entry
        text = opening(entry)
        small = lower(text)
        for at in sorted(figures_in(small), key=lambda at: at.start):
            number, start, end = at
            given = told.setdefault(number.unit, [])
            if not any(one.owner == report.owner and one.number.agrees(number) for one in given):
                words = text[start:end].strip(" -")
                if number.unit == "plant" and entry.lang == "ja" and _PLANT not in words:
                    words = f"{_PLANT}{words}"
                given.append(
                    _Given(
                        number=number,
                        words=words,
                        lang=entry.lang,
                        owner=report.owner,
                        outlet=entry.outlet,
                        of=thing_of(small, at),
                        limit=_limit(small, start, end),
                        source=_source(small, at),
                    )
                )
    return told


def _source(small: str, at: NumberAt) -> Side:
    """Which side says so."""
    sentence = slice(*sentence_around(small, at))
    return next((side for side, words in _SOURCES if words.search(small[sentence])), Side.NONE)


def _limit(small: str, start: int, end: int) -> int:
    """Whether a figure is told as a limit, as `_Given.limit` has it."""
    over = _OVER.search(small[:start]) or _OVER_JA.match(small, end)
    under = _UNDER.search(small[:start]) or _UNDER_JA.match(small, end)
    return (over is not None) - (under is not None)


def _of_unit(unit: str, told: Sequence[_Given]) -> list[Figure]:
    told = [given for given in told if not any(map(given.allows, told))]
    claims: list[list[_Given]] = []  # those that agree, in order
    for given in told:
        alike = next((c for c in claims if c[0].number.agrees(given.number)), None)
        if alike is None:
            claims.append([given])
        else:
            alike.append(given)
    claims.sort(key=lambda alike: -len(alike))
    owners = {given.owner for given in told}
    single = len(owners) == len(told)
    if len(claims) > 1 and unit in _UNITS and single and _of_one_thing(told, claims):
        return [Figure(unit=unit, claims=tuple(map(_claim, claims)))]
    # Where somebody gives another figure only, nobody can say that outlets agree.
    agreed = [alike for alike in claims if len(alike) > 1 and {g.owner for g in alike} == owners]
    return [Figure(unit=unit, claims=(_claim(alike),)) for alike in agreed]


def _of_one_thing(told: Sequence[_Given], claims: Sequence[Sequence[_Given]]) -> bool:
    values = [alike[0].number.value for alike in claims]
    things = {given.of for given in told}
    near = 0 < max(values) <= _COMPARABLE * min(values)
    return near and len(things) == 1 and all(thing.deed for thing in things)


def _claim(alike: Sequence[_Given]) -> Claim:
    return Claim(
        words={given.lang: given.words for given in reversed(alike)},  # the first of each stays
        value=alike[0].number.value,
        outlets=tuple(given.outlet for given in alike),
        source=alike[0].source if len({given.source for given in alike}) == 1 else Side.NONE,
    )

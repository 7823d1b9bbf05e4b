"""The figures of a story on which its outlets agree or differ.

A figure is told in the words in which an outlet gave it. That independent outlets give the same one
is the best sign that it is right; where they do not, a reader should know.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from digest.model import Claim, Figure, Story
from digest.stories.facts import sentences
from digest.stories.tokens import Number, NumberAt, lower, normalise, numbers_at

FIGURES = 4
SENTENCES = 2  # of a summary, beside the headline: later ones tell of other things

_COUNTED = frozenset({"jpy", "usd", "eur", "person", "vehicle", "plant", "gwh"})
_SHARED = _COUNTED | {"pct"}
_COMPARABLE = 3.0  # figures further apart are not of one thing
# What tokens.py does not tell, because linking needs no more: small numbers in words, and units
# behind a name ("45,000 Mazda3 sedans") or on the other side (閉鎖工場は7カ所).
_WORDS = (
    *("two", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "eleven", "twelve"),
)
_SPELT = re.compile(
    rf"\b({'|'.join(_WORDS)}) (?:of its |more )?(?:(?!of |or |and )[a-z-]+ ){{0,2}}?"
    r"(?:plants|factories)\b"
)
_SITES = re.compile(
    r"工場(?:は|を|が|数は)?(?:\d+カ所から)?(\d{1,2})カ所|(\d{1,2})カ所の(?:\w{2}|車両)?工場"
)
_UNIT_APART = re.compile(
    r"(?:of (?:its|the) )?(?:[a-z0-9-]+ ){1,3}?(?:(vehicles|cars|sedans|suvs|crossovers|hatchbacks"
    r"|trucks|pickups|minivans|vans|wagons|motorcycles|units)|(jobs|workers|employees|people))\b"
)
_IN_A_NAME = re.compile(r"[A-Za-z]-?$")  # "CX-5 cars" are not five


def figures(story: Story, limit: int = FIGURES) -> tuple[Figure, ...]:
    """The figures that two or more owners give: first those on which they differ.

    Owners agree where each of them that gives a figure of the kind gives this one. They differ
    where each says one figure of a kind in its headline or first sentences, and these are near
    enough to be of one thing. Shares in per cent are of too many things for that.
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


def _told(story: Story) -> dict[str, list[_Given]]:
    """The figures of each unit, each once an owner, in order of publication."""
    told: dict[str, list[_Given]] = {}
    for report in story.reports:
        entry = report.entry
        text = normalise("\n".join((entry.title, *sentences(entry.summary)[:SENTENCES])))
        for number, start, end in sorted(_figures_in(lower(text)), key=lambda at: at.start):
            if _IN_A_NAME.search(text, 0, start):
                continue
            given = told.setdefault(number.unit, [])
            if not any(one.owner == report.owner and one.number.agrees(number) for one in given):
                words = text[start:end].strip(" -")
                given.append(_Given(number, words, entry.lang, report.owner, entry.outlet))
    return told


def _figures_in(small: str) -> Iterator[NumberAt]:
    """The figures of a text in lower case, each with all that says what it counts."""
    for at in numbers_at(small):
        number, start, end = at
        behind = not number.unit and small[end - 1] == " "
        apart = _UNIT_APART.match(small, end) if behind else None
        if apart is None:
            yield at
        else:
            unit = "vehicle" if apart[1] else "person"
            yield NumberAt(Number(unit, number.value), start, apart.end())
    for spelt in _SPELT.finditer(small):
        yield NumberAt(Number("plant", 2.0 + _WORDS.index(spelt[1])), *spelt.span())
    for sites in _SITES.finditer(small):
        said = sites.lastindex or 0
        yield NumberAt(Number("plant", float(sites[said])), sites.start(said), sites.end())


def _of_unit(unit: str, told: Sequence[_Given]) -> list[Figure]:
    claims: list[list[_Given]] = []  # those that agree, in order
    for given in told:
        alike = next((c for c in claims if c[0].number.agrees(given.number)), None)
        if alike is None:
            claims.append([given])
        else:
            alike.append(given)
    claims.sort(key=lambda alike: -len(alike))
    owners = {given.owner for given in told}
    single = len(owners) == len(told)  # so all speak of the same thing
    if len(claims) > 1 and unit in _COUNTED and single and _comparable(claims):
        return [Figure(unit=unit, claims=tuple(map(_claim, claims)))]
    # Where somebody gives another figure only, nobody can say that outlets agree.
    agreed = [alike for alike in claims if len(alike) > 1 and {g.owner for g in alike} == owners]
    return [Figure(unit=unit, claims=(_claim(alike),)) for alike in agreed]


def _comparable(claims: Sequence[Sequence[_Given]]) -> bool:
    values = [alike[0].number.value for alike in claims]
    return 0 < max(values) <= _COMPARABLE * min(values)


def _claim(alike: Sequence[_Given]) -> Claim:
    return Claim(
        words={given.lang: given.words for given in reversed(alike)},  # the first of each stays
        value=alike[0].number.value,
        outlets=tuple(given.outlet for given in alike),
    )

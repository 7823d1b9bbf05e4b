"""How likely two clusters tell of one event, by what has no language.

Findings add up: each raises or lowers the logarithm of the odds. The weights are those of a
logistic regression over the pairs of labelled rows, rounded; none is so exact that a tenth of it
would matter.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from heapq import nlargest
from math import fsum, sqrt
from typing import NamedTuple

from digest.stories.lexicon import Lexicon
from digest.stories.profile import Profile
from digest.stories.tokens import COUNTED, same

NEVER = -9.0  # clusters about different companies, or that share next to nothing

_BASE = -2.8  # two clusters of one company, before anything is compared
_LIKE = 2.2  # the cosine of all that the two hold
_RAREST = 0.38  # of what both hold beside companies, by its rarity
_EACH = 0.08  # of that
_COMPANY, _NAMED = 0.4, 2  # each company of both by its rarity, of the rarest of them
_COMPANIES = 1.0  # the share of their companies that both name
_NUMBER, _NUMBERS = 0.8, 2  # that agree
_SKELETON, _SKELETONS = 0.4, 2  # names that the lexicon does not know

_PER_DAY = 3.5  # between them: most reports of an event come within a day
_CROWD = 1.2  # more companies in common than count, and one thing: half the trade's news
_OTHER_LEAD = 0.5
_NO_CONCEPT = 2.2  # one car, but nothing that happens to it in common
_OTHER_NAMES = 0.5  # both name models, people or plants, and none is shared
_OTHER_MODELS = 2.2  # the same of models
_OTHER_NUMBERS = 0.6  # both give numbers of one unit, and none agrees
_OTHER_COUNT = 1.8  # the same of vehicles: it is another recall
_OPPOSED = 2.4

_TELLING = frozenset({"jpy", "usd", "eur", "pct", "person", "gwh", "plant"})  # units
_ROUNDING = 1e-9  # of sums in any order


class Told(NamedTuple):
    """A cluster as it is compared at one moment."""

    profile: Profile
    vector: Mapping[str, float]  # how much each feature says
    size: float
    skeletons: AbstractSet[str]  # without those of companies, their cars and people


class Reach(NamedTuple):
    """What a cluster may have in common with any other, whatever that says of it."""

    told: Told
    roots: Mapping[str, float]  # how much a shared feature may say beside companies
    sums: Mapping[str, float]  # how much it may add to the odds, by itself
    squares: Mapping[str, float]  # how much of a cosine
    beside: float  # what names and numbers may add
    whole: float  # the odds if all is shared, at one time


class Odds:
    """Compares clusters by a lexicon's concepts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._opposed = _symmetric(lexicon)
        self._models = frozenset(
            f"{company.id}/{car}"
            for company in lexicon.companies.values()
            for car in company.cars().values()
        )

    def reach(self, told: Told, most: Mapping[str, float]) -> Reach:
        """The most that a cluster may share, where `most` is what any other says of a feature."""
        vector, companies = told.vector, told.profile.companies
        roots = {feature: sqrt(said * most[feature]) for feature, said in vector.items()}
        sums = {f: root * (_COMPANY if f in companies else _EACH) for f, root in roots.items()}
        roots.update(dict.fromkeys(companies, 0.0))
        squares = {feature: said * said / told.size**2 for feature, said in vector.items()}
        beside = _SKELETON * _SKELETONS if told.skeletons else 0.0
        beside += _NUMBER * _NUMBERS if told.profile.numbers else 0.0
        whole = _BASE + _LIKE + _COMPANIES + beside + _ROUNDING + sum(sums.values())
        whole += _RAREST * max(roots.values(), default=0.0)
        return Reach(told, roots, sums, squares, beside, whole)

    def may_be(self, mine: Reach, other: Profile, days: float, least: float) -> bool:
        """Whether `between` may be `least` or more: exact, for a small part of its price."""
        if mine.whole - _PER_DAY * days < least:
            return False
        one = mine.told.profile
        together = len(one.companies & other.companies)
        if not together and one.companies and other.companies:
            return False
        shared = one.features & other.features
        if len(shared) <= (not together):
            return False
        roots, sums, squares = mine.roots, mine.sums, mine.squares
        at_most = (
            _BASE
            + _LIKE * sqrt(sum([squares[feature] for feature in shared]))
            + _RAREST * max([roots[feature] for feature in shared])
            + sum([sums[feature] for feature in shared])
            + _COMPANIES * together / (len(one.companies) + len(other.companies) - together or 1)
            - _PER_DAY * days
            + _ROUNDING
        )
        if at_most + mine.beside < least:  # as it is for most
            return False
        return at_most + fsum(self._beside(mine.told.skeletons, one, other)) >= least

    def between(self, mine: Told, theirs: Told, days: float) -> float:
        """The logarithm of the odds that two clusters so far apart in time are one event."""
        one, other = mine.profile, theirs.profile
        together = one.companies & other.companies
        shared = one.features & other.features
        if not (together if one.companies and other.companies else len(shared) > 1):
            return NEVER
        said, heard = mine.vector, theirs.vector
        beside = [sqrt(said[f] * heard[f]) for f in shared - together]
        of_companies = [sqrt(said[f] * heard[f]) for f in together]
        like = fsum([said[f] * heard[f] for f in shared]) / (mine.size * theirs.size)
        return fsum(
            (
                _BASE,
                _LIKE * like,
                _RAREST * max(beside, default=0.0),
                _EACH * fsum(beside),
                _COMPANY * fsum(nlargest(_NAMED, of_companies)),
                _COMPANIES * len(together) / (len(one.companies | other.companies) or 1),
                -_PER_DAY * days,
                -_CROWD * (len(together) > _NAMED and len(beside) < 2),  # one thing
                *self._beside(mine.skeletons, one, other),
            )
        )

    def _beside(self, skeletons: AbstractSet[str], one: Profile, other: Profile) -> Iterator[float]:
        """What speaks for and against it beside the features that are shared.

        `skeletons` are those of the one which the lexicon does not know.
        """
        yield _SKELETON * min(len(skeletons & other.skeletons), _SKELETONS)
        yield _numbers(one, other)
        yield from self._differences(one, other)

    def _differences(self, one: Profile, other: Profile) -> Iterator[float]:
        if one.lead not in other.companies and other.lead not in one.companies:
            yield -_OTHER_LEAD  # None on both sides where neither names a company
        if one.concepts.keys().isdisjoint(other.concepts):
            yield -_NO_CONCEPT
        elif self._oppose(one.concepts.keys(), other.concepts.keys()):
            yield -_OPPOSED
        if one.names and other.names and one.names.isdisjoint(other.names):
            models = one.names & self._models and other.names & self._models
            yield -_OTHER_MODELS if models else -_OTHER_NAMES

    def _oppose(self, one: AbstractSet[str], other: AbstractSet[str]) -> bool:
        """Whether each side holds what the other's concept opposes, and not that concept too."""
        for concept in self._opposed.keys() & one:
            against = self._opposed[concept]
            if concept not in other and not against.isdisjoint(other) and against.isdisjoint(one):
                return True
        return False


def _numbers(one: Profile, other: Profile) -> float:
    """What the numbers of two clusters say."""
    agreeing = 0
    for measure in one.numbers.keys() & other.numbers:
        known = [number.value for number in other.numbers[measure]]
        for mine in one.numbers[measure]:
            agreeing += any(same(mine.value, each) for each in known)
            if agreeing == _NUMBERS:
                return _NUMBER * _NUMBERS
    if agreeing:
        return _NUMBER * agreeing
    both = one.units & other.units
    if COUNTED in both:
        return -_OTHER_COUNT
    return 0.0 if _TELLING.isdisjoint(both) else -_OTHER_NUMBERS


def _symmetric(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for concept in lexicon.concepts.values():
        for other in concept.opposes:
            found[concept.id].add(other)
            found[other].add(concept.id)
    return {key: frozenset(values) for key, values in found.items()}

"""How likely two clusters tell of one event, by what has no language.

Findings add up: each raises or lowers the logarithm of the odds. The weights are those of a
logistic regression over the pairs of labelled rows, rounded; none is so exact that a tenth of it
would matter.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from math import fsum, inf, sqrt
from typing import NamedTuple

from digest.stories.lexicon import Lexicon, Sort
from digest.stories.profile import Profile
from digest.stories.tokens import same

NEVER = -9.0  # clusters about different companies, or that share next to nothing

_BASE = -2.8  # two clusters of one company, before anything is compared
_LIKE = 2.2  # the cosine of all that the two hold
_RAREST = 0.38  # of what both hold beside companies, by its rarity
_EACH = 0.08  # of that
_COMPANY = 0.4  # each company of both, by its rarity
_COMPANIES = 1.0  # the share of their companies that both name
_FIGURE, _FIGURES = 0.8, 2  # that agree
_SKELETON, _SKELETONS = 0.4, 2  # names that the lexicon does not know

_PER_DAY = 3.5  # between them: most reports of an event come within a day
_OTHER_LEAD = 0.5
_NO_CONCEPT = 2.2  # one car, but nothing that happens to it in common
_OTHER_NAMES = 0.5  # both name models, people or plants, and none is shared
_OTHER_MODELS = 2.2  # the same of models
_OTHER_FIGURES = 0.6  # both give figures of one unit, and none agrees
_OTHER_COUNT = 1.8  # the same of vehicles: it is another recall
_OPPOSED = 2.4

_TELLING = frozenset({"jpy", "usd", "eur", "pct", "person", "gwh", "plant"})  # units
_COUNTED = "vehicle"


class Told(NamedTuple):
    """A cluster as it is compared at one moment."""

    profile: Profile
    vector: Mapping[str, float]  # how much each feature says
    size: float
    skeletons: frozenset[str]  # without those of companies, their cars and people


class Odds:
    """Compares clusters by a lexicon's concepts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._opposed = _symmetric(lexicon)
        self._models = frozenset(
            f"{company.id}/{alias.label}"
            for company in lexicon.companies.values()
            for alias in company.aliases
            if alias.sort is Sort.MODEL
        )

    def between(self, mine: Told, theirs: Told, days: float, least: float = -inf) -> float:
        """The logarithm of the odds that two clusters so far apart in time are one event.

        Where they are below `least`, they may be told too high, but still below it.
        """
        one, other = mine.profile, theirs.profile
        together = one.companies & other.companies
        shared = one.features & other.features
        if not (together if one.companies and other.companies else len(shared) > 1):
            return NEVER
        said, heard = mine.vector, theirs.vector
        beside = [sqrt(said[f] * heard[f]) for f in shared - together]
        of_companies = [sqrt(said[f] * heard[f]) for f in together]
        like = fsum([said[f] * heard[f] for f in shared]) / (mine.size * theirs.size)
        likely = (
            _BASE,
            _LIKE * like,
            _RAREST * max(beside, default=0.0),
            _EACH * fsum(beside),
            _COMPANY * fsum(of_companies),
            _COMPANIES * len(together) / (len(one.companies | other.companies) or 1),
            -_PER_DAY * days,
        )
        at_most = fsum((*likely, _SKELETON * _SKELETONS, _FIGURE * _FIGURES))
        if at_most < least:  # as most are
            return at_most
        named = len(mine.skeletons & theirs.skeletons)
        return fsum(
            (
                *likely,
                _SKELETON * min(named, _SKELETONS),
                _figures(one, other),
                *self._differences(one, other),
            )
        )

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


def _figures(one: Profile, other: Profile) -> float:
    """What the figures of two clusters say."""
    agreeing = 0
    for measure in one.figures.keys() & other.figures:
        known = other.figures[measure]
        agreeing += sum(any(same(mine, each) for each in known) for mine in one.figures[measure])
    if agreeing:
        return _FIGURE * min(agreeing, _FIGURES)
    both = one.units & other.units
    if _COUNTED in both:
        return -_OTHER_COUNT
    return 0.0 if _TELLING.isdisjoint(both) else -_OTHER_FIGURES


def _symmetric(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for concept in lexicon.concepts.values():
        for other in concept.opposes:
            found[concept.id].add(other)
            found[other].add(concept.id)
    return {key: frozenset(values) for key, values in found.items()}

"""How likely two clusters tell of one event, by what has no language.

Findings add up: each raises or lowers the logarithm of the odds. The weights are those of a
logistic regression over the pairs of labelled rows, rounded; none is so exact that a tenth of it
would matter.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from heapq import nlargest
from math import fsum, sqrt
from typing import NamedTuple

from digest.stories.lexicon import Lexicon
from digest.stories.numbers import COUNTED, same
from digest.stories.profile import Profile

NEVER = -9.0  # clusters about different companies, or that share next to nothing

_BASE = -2.7  # two clusters of one company, before anything is compared
_NAMELESS = 1.25  # more of two that name none: what companies would say is not against them
_LIKE = 2.2  # the cosine of all that the two hold
_RAREST = 0.38  # of what both hold beside companies, by its rarity
_EACH = 0.08  # of that
_COMPANY, _NAMED = 0.4, 2  # each company of both by its rarity, of the rarest of them
_COMPANIES = 1.0  # the share of their companies that both name
_NUMBER, _NUMBERS = 0.8, 2  # that agree
_EXACT = 1.4  # the same of a figure of two digits or more that both give alike
_SKELETON, _SKELETONS = 0.4, 2  # names that the lexicon does not know

_PER_DAY = 3.5  # between them: most reports of an event come within a day
_PER_DAY_LATE = 2.0  # the same of one that tells of no deed of which the earlier did not tell
_STRANGERS = 1.5  # each is about a company of which the other knows nothing
_OTHER_PARTNERS = 6.0  # the same of two deals
_OUTSIDE = 6.0  # one names a company, and the other none, and is no news of the industry
_OTHER_PLACES = 2.0  # both name places, and none is shared
_THIN, _FEW, _RARE = 0.4, 2, 3.0  # so few things in common, and the rarest no rarer than that
_CROWD = 1.2  # more companies in common than count, and one thing: half the trade's news
_OTHER_LEAD = 0.5
_NO_CONCEPT = 1.0  # one of them says nothing that happens
_OTHER_CONCEPTS = 2.4  # one car, but nothing that happens to it in common
_OTHER_NAMES = 0.5  # both name models, people or plants, and none is shared
_OTHER_MODELS = 2.4  # the same of models
_OTHER_KIND = 1.0  # one names a kind of model that the other's is of: Hilux, Hilux Travo
_OTHER_NUMBERS = 0.6  # both give numbers of one unit, and none agrees
_OTHER_COUNT = 1.8  # the same of vehicles: it is another recall
_OTHER_BARE = 0.8  # one counts vehicles, and the other gives a number without a unit
_OPPOSED = 2.4
_TURNED = 5.0  # the same of their headlines: one stage of a saga and another

_AMOUNTS = frozenset({"", COUNTED, "person", "jpy", "usd", "eur"})
_LARGE = 1000.0
_FAR = 0.85  # of the larger of two figures; less than that never agrees
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
    shares: Mapping[str, "_Share"]
    whole: float  # the odds if all is shared, at one time


class _Share(NamedTuple):
    """What a feature may say if it is shared."""

    square: float  # of a cosine
    root: float  # beside companies
    odds: float  # by itself


class Odds:
    """Compares clusters by a lexicon's concepts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._opposed = lexicon.opposites()
        self._places = lexicon.saga_places
        self._deeds = {
            concept: (saga.id, step)
            for saga in lexicon.sagas
            for step, stage in enumerate(saga.stages)
            for concept in stage
        }
        self._dealings = frozenset(
            concept
            for saga in lexicon.sagas
            if saga.partners
            for stage in saga.stages
            for concept in stage
        )
        self._models: dict[str, str] = {}  # each with that of which it is one: Corolla Cross
        for company in lexicon.companies.values():
            kin = ""
            for car in sorted({*company.cars().values()}):
                kin = kin if kin and car.startswith(f"{kin} ") else car
                self._models[f"{company.id}/{car}"] = f"{company.id}/{kin}"

    def reach(self, told: Told, most: Mapping[str, float]) -> Reach:
        """The most that a cluster may share, where `most` is what any other says of a feature."""
        companies, whole = told.profile.companies, told.size**2
        shares: dict[str, _Share] = {}
        for feature, said in told.vector.items():
            root, square = sqrt(said * most[feature]), said * said / whole
            if feature in companies:
                shares[feature] = _Share(square, 0.0, root * _COMPANY)
            else:
                shares[feature] = _Share(square, root, root * _EACH)
        odds = _BASE + _LIKE + (_COMPANIES if companies else _NAMELESS) + _ROUNDING
        odds += _SKELETON * _SKELETONS if told.skeletons else 0.0
        odds += _EXACT * _NUMBERS if told.profile.numbers else 0.0
        odds += sum([share.odds for share in shares.values()])
        odds += _RAREST * max([share.root for share in shares.values()], default=0.0)
        return Reach(told, shares, odds)

    def may_be(self, mine: Reach, other: Profile, days: float, least: float) -> bool:
        """Whether `between` may be `least` or more: exact, for a small part of its price."""
        if mine.whole - _PER_DAY_LATE * days < least:
            return False
        one = mine.told.profile
        together = len(one.companies & other.companies)
        if not together and one.companies and other.companies:
            return False
        shared = one.features & other.features
        if len(shared) <= (not together):
            return False
        squares, roots, said = zip(*map(mine.shares.__getitem__, shared), strict=True)
        skeletons = mine.told.skeletons
        at_most: float = (
            _BASE
            + _NAMELESS * (not (one.companies or other.companies))
            + _LIKE * sqrt(sum(squares))
            + _RAREST * max(roots)
            + sum(said)
            + _COMPANIES * together / (len(one.companies) + len(other.companies) - together or 1)
            + _SKELETON * min(len(skeletons & other.skeletons), _SKELETONS)
            - _PER_DAY_LATE * days
            + _ROUNDING
        )
        if at_most + _EXACT * _NUMBERS < least:  # as it is for most
            return False
        at_most += _numbers(one, other)
        for against in self._differences(one, other):
            if at_most < least:
                return False
            at_most += against
        return at_most >= least

    def between(self, mine: Told, theirs: Told, days: float) -> float:
        """The logarithm of the odds that two clusters so far apart in time are one event.

        The one that began earlier comes first.
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
        return fsum(
            (
                _BASE,
                _NAMELESS * (not (one.companies or other.companies)),
                _LIKE * like,
                _RAREST * max(beside, default=0.0),
                _EACH * fsum(beside),
                _COMPANY * fsum(nlargest(_NAMED, of_companies)),
                _COMPANIES * len(together) / (len(one.companies | other.companies) or 1),
                -self._per_day(one, other) * days,
                -_THIN * (len(shared) <= _FEW and max(beside, default=0.0) < _RARE),
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

    def _per_day(self, one: Profile, other: Profile) -> float:
        """What a day between an earlier and a later cluster counts against them.

        A weekly paper and an analysis come late, and tell once more what was done; what tells of
        another deed is likely the next event.
        """
        if one.names and other.names and one.names.isdisjoint(other.names):
            return _PER_DAY
        told = {self._deeds[c] for c in self._deeds.keys() & other.concepts.keys()}
        known = {self._deeds[c] for c in self._deeds.keys() & one.concepts.keys()}
        return _PER_DAY_LATE if told and told <= known else _PER_DAY

    def _differences(self, one: Profile, other: Profile) -> Iterator[float]:
        if one.lead not in other.companies and other.lead not in one.companies:
            yield -_OTHER_LEAD  # None on both sides where neither names a company
        if (one.outside and other.companies) or (other.outside and one.companies):
            yield -_OUTSIDE
        if not (one.subjects <= other.companies or other.subjects <= one.companies):
            yield -self._strange(one, other)
        if one.concepts.keys().isdisjoint(other.concepts):
            yield -(_OTHER_CONCEPTS if one.concepts and other.concepts else _NO_CONCEPT)
        elif one.opposes(other):
            yield -_TURNED
        elif self._oppose(one.concepts.keys(), other.concepts.keys()):
            yield -_OPPOSED
        here, there = self._places & one.concepts.keys(), self._places & other.concepts.keys()
        if here and there and here.isdisjoint(there):
            yield -_OTHER_PLACES
        if one.names and other.names and one.names.isdisjoint(other.names):
            yield -self._other_names(one.names, other.names)

    def _strange(self, one: Profile, other: Profile) -> float:
        """How much it says against two that each is about a company unknown to the other.

        Who deals with whom tells one deal from another.
        """
        dealings = self._dealings
        both = dealings & one.concepts.keys() and dealings & other.concepts.keys()
        return _OTHER_PARTNERS if both else _STRANGERS

    def _other_names(self, one: AbstractSet[str], other: AbstractSet[str]) -> float:
        """How much it says against two that they name different things."""
        models = self._models
        mine = {models[name] for name in one if name in models}
        its = {models[name] for name in other if name in models}
        if not (mine and its):
            return _OTHER_NAMES
        # One may just be less exact; but two of a kind are as different as any.
        unlike = one.isdisjoint(its) and other.isdisjoint(mine)
        return _OTHER_MODELS if unlike else _OTHER_KIND

    def _oppose(self, one: AbstractSet[str], other: AbstractSet[str]) -> bool:
        """Whether each side holds what the other's concept opposes, and not that concept too."""
        for concept in self._opposed.keys() & one:
            against = self._opposed[concept]
            if concept not in other and not against.isdisjoint(other) and against.isdisjoint(one):
                return True
        return False


def _is_rare(value: float) -> bool:
    """Whether a figure is none of the round ones, which many things come to: 140 billion."""
    return value >= _LARGE and len(str(int(value)).rstrip("0")) > 1


def _numbers(one: Profile, other: Profile) -> float:
    """What the numbers of two clusters say."""
    agreeing: list[float] = []
    for measure in one.numbers.keys() & other.numbers:
        known = [value for _, value in other.numbers[measure]]
        least, most = min(known) * _FAR, max(known) / _FAR
        for unit, mine in one.numbers[measure]:
            if not least <= mine <= most:
                continue
            if mine in known and unit in _AMOUNTS and _is_rare(mine):
                agreeing.append(_EXACT)
            elif any(same(mine, each) for each in known):
                agreeing.append(_NUMBER)
    if agreeing:
        return fsum(nlargest(_NUMBERS, agreeing))
    both = one.units & other.units
    if COUNTED in both:
        return -_OTHER_COUNT
    if _counts_and_bare(one, other) or _counts_and_bare(other, one):
        return -_OTHER_BARE
    return 0.0 if _TELLING.isdisjoint(both) else -_OTHER_NUMBERS


def _counts_and_bare(one: Profile, other: Profile) -> bool:
    """Whether one counts vehicles and the other may do so: "440,000 trucks", "393,000 Tundras"."""
    return COUNTED in one.units and "" in other.units

"""Whether a story is a later stage of an earlier one: talks that begin, and then end.

Stages of one affair are different events, days or weeks apart, and so different stories. What they
have in common has no language: a company, what kind of affair it is, and something beside these
that tells it from others of its kind: a second company, a car, a plant, a person, a part, a figure.
"""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum

from digest.model import ClusterId, CompanyId
from digest.stories.lexicon import Lexicon
from digest.stories.tokens import Number, skeletons
from digest.stories.traits import Traits

WINDOW = timedelta(days=100)  # a quarter and some days, from one set of results to the next
APART = timedelta(hours=20)  # what is nearer is the same news, unless the affair has gone on

_SUBJECTS = 4  # companies; with more it is no affair of theirs
_PARTNER = 1.0  # the second and each further company that both name, and one is about
_NAME = 1.0  # a car, plant or person
_COMMON, _COMMONS = 0.2, 2  # concepts that are not telling
_FIGURE, _FIGURES = 0.5, 2
_SKELETON, _SKELETONS = 0.4, 2  # names that the lexicon does not know
_LATER = 0.5  # talks begin, talks end
_OTHER = 1.0  # both name cars, plants or people, or partners, or places, and share none
_TELLING = 0.8  # weight of a concept; half of all news tells of lighter ones, such as plants
_PER_MONTH = 0.1  # the nearer of two earlier stages is the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is compared of the reports of one event in one language."""

    cluster: ClusterId
    published: datetime  # of the first report
    subjects: frozenset[CompanyId]
    companies: frozenset[CompanyId]  # subjects and mentions
    concepts: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[Number]
    skeletons: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The stage that another one follows."""

    stage: Stage
    score: float  # how much they share beside a company and the kind of affair
    shared: tuple[str, ...]


class Sagas:
    """Compares stages by a lexicon. Holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._kind_of = {c: s.id for s in lexicon.sagas for stage in s.stages for c in stage}
        self._place = {
            c: place for s in lexicon.sagas for place, stage in enumerate(s.stages) for c in stage
        }
        self._needs = {saga.id: saga.needs for saga in lexicon.sagas}
        self._places = lexicon.saga_places
        self._weights = {c.id: c.weight for c in lexicon.concepts.values()}
        self._known = frozenset(
            skeleton
            for company in lexicon.companies.values()
            for alias in company.aliases
            for skeleton in skeletons(alias.text)
        )

    def stage_of(self, cluster: ClusterId, reports: Collection[Traits]) -> Stage | None:
        """A cluster as a stage; None if it is of no kind that has any.

        What is about no company, or about many, is no stage: a calendar, a survey of the trade.
        """
        subjects = frozenset(c for told in reports for c in told.subjects)
        concepts = frozenset(c for told in reports for c in told.concepts)
        if not 0 < len(subjects) <= _SUBJECTS or not self._kinds(concepts):
            return None
        return Stage(
            cluster=cluster,
            published=min(told.published for told in reports),
            subjects=subjects,
            companies=subjects.union(*(told.mentions for told in reports)),
            concepts=concepts,
            names=frozenset(name for told in reports for name in told.names),
            numbers=frozenset(number for told in reports for number in told.numbers),
            skeletons=frozenset(s for told in reports for s in told.skeletons) - self._known,
        )

    def marks(self, stage: Stage) -> list[str]:
        """By what other stages of its affair may be found: a company and a kind of affair."""
        kinds = self._kinds(stage.concepts)
        return sorted(f"{company} {kind}" for company in stage.subjects for kind in kinds)

    def follows(self, stage: Stage, others: Iterable[Stage]) -> Earlier | None:
        """The earlier stage that this one is a later stage of, or None."""
        found = [earlier for other in others if (earlier := self._compare(stage, other))]
        return max(found, key=lambda e: (_nearness(stage, e), -e.stage.cluster), default=None)

    def _compare(self, stage: Stage, other: Stage) -> Earlier | None:
        if stage.subjects.isdisjoint(other.subjects):
            return None
        kinds = self._kinds(stage.concepts) & self._kinds(other.concepts)
        found = [self._as(kind, stage, other) for kind in sorted(kinds)]
        return max(filter(None, found), key=lambda earlier: earlier.score, default=None)

    def _as(self, kind: str, stage: Stage, other: Stage) -> Earlier | None:
        """The other as an earlier stage in an affair of that kind, or None."""
        later = self._reached(stage, kind) > self._reached(other, kind)
        age = stage.published - other.published
        if age > WINDOW or age < (timedelta() if later else APART):
            return None
        shared = self._shared(kind, stage, other)
        score = fsum(weight for _, weight in shared) + _LATER * later
        score -= _OTHER * _differences(stage, other, self._places)
        if score < self._needs[kind]:
            return None
        return Earlier(stage=other, score=score, shared=tuple(what for what, _ in shared))

    def _shared(self, kind: str, one: Stage, other: Stage) -> list[tuple[str, float]]:
        """What two stages share beside a company and the kind, each with what it says."""
        partners = sorted(one.companies & other.companies & (one.subjects | other.subjects))[1:]
        figures = [n for n in sorted(one.numbers) if any(map(n.agrees, other.numbers))]
        return [
            *((str(company), _PARTNER) for company in partners),
            *((name, _NAME) for name in sorted(one.names & other.names)),
            *self._shared_concepts(kind, one.concepts & other.concepts),
            *((f"{n.value:g} {n.unit}".rstrip(), _FIGURE) for n in figures[:_FIGURES]),
            *((s, _SKELETON) for s in sorted(one.skeletons & other.skeletons)[:_SKELETONS]),
        ]

    def _shared_concepts(self, kind: str, shared: Iterable[str]) -> list[tuple[str, float]]:
        """Of the kind's own concepts the best counts; every other one that is telling."""
        weights = [(concept, self._weights.get(concept, 0.0)) for concept in sorted(shared)]
        own = [pair for pair in weights if self._kind_of.get(pair[0]) == kind]
        rest = [pair for pair in weights if pair not in own]
        return [
            *sorted(own, key=lambda pair: -pair[1])[:1],
            *(pair for pair in rest if pair[1] >= _TELLING),
            *[(concept, _COMMON) for concept, weight in rest if 0 < weight < _TELLING][:_COMMONS],
        ]

    def _reached(self, stage: Stage, kind: str) -> int:
        return max(self._place[c] for c in stage.concepts if self._kind_of.get(c) == kind)

    def _kinds(self, concepts: Iterable[str]) -> set[str]:
        """The kinds of affair that concepts belong to."""
        return {self._kind_of[concept] for concept in concepts if concept in self._kind_of}


def _differences(one: Stage, other: Stage, places: AbstractSet[str]) -> int:
    """In how many ways two stages are about different things."""
    common = one.companies & other.companies
    return (
        _differ(one.names, other.names)
        + _differ(one.concepts & places, other.concepts & places)
        + (len(common) == 1 and _differ(one.subjects - common, other.subjects - common))
    )


def _differ(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


def _nearness(stage: Stage, earlier: Earlier) -> float:
    months = (stage.published - earlier.stage.published) / timedelta(days=30)
    return earlier.score - _PER_MONTH * months

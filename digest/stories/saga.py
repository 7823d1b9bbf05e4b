"""Whether a story is a later stage of an earlier one: talks that begin, and then end.

Stages of one saga are different events, days or weeks apart, and so different stories. What they
have in common has no language: who acts, what kind of saga it is, and something beside these that
tells it from others of its kind: a second company, a car, a plant, a person, a part, a place.

A wrong "follows" misleads, a missing one does not. So a headline must say what the saga is, those
who act in one must be named in the other, and what has not moved on must be well apart in time:
else it is the same event once more, as another paper tells it.
"""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from math import fsum
from typing import NamedTuple

from digest.model import ClusterId, CompanyId, Stage
from digest.stories.labels import labels_of
from digest.stories.lexicon import Lexicon, SagaKind, Sort
from digest.stories.numbers import COUNTED, Number
from digest.stories.tokens import skeletons
from digest.stories.traits import Traits

WINDOW = timedelta(days=100)  # a quarter and some days, from one set of results to the next
APART = timedelta(days=10)  # what is nearer and has not moved on is the same news, told late
MOVED_ON = timedelta(hours=6)  # the same of what has moved on: two reports of one day
LATE = timedelta(hours=24)  # after which a report may be one of news that was told before
SOON = timedelta(hours=36)  # the same where one paper may call decided what another calls likely

_NOBODY = "-"  # who acts where no company does
_SUBJECTS = 4  # companies; with more it is no saga of theirs
_PARTNER = 1.0  # the second and each further company that both are about
_MENTIONED = 0.4  # the same of one that is only named in one of the two
_NAME = 1.0  # a car or plant
_PERSON = 0.6  # the same people act in all that a company does
_OWN = 0.5  # share of a concept of the saga itself, of which a company may have several at a time
_COMMON, _COMMONS = 0.2, 2  # concepts that are not telling
_FIGURE, _FIGURES = 0.5, 2
_SKELETON, _SKELETONS = 0.4, 2  # names that the lexicon does not know
_LATER = 0.5  # talks begin, talks end
_CONSIDERED = 0.5  # of a stage: what may be done, and what will
_RETOLD = 0.5  # what the same news shares beside what two stages of a saga do
_OTHER = 1.0  # both name cars, plants or people, or places, and share none
_TELLING = 0.8  # weight of a concept; half of all news tells of lighter ones, such as plants
_PER_MONTH = 0.1  # the nearer of two earlier stages is the one before


class Witness(NamedTuple):
    """A report as stages are made of it."""

    published: datetime
    traits: Traits
    acting: frozenset[CompanyId]  # the subjects that its title names
    headline: frozenset[str]  # the concepts of its title


class Earlier(NamedTuple):
    """The stage that another one follows."""

    stage: Stage
    score: float  # how much they share beside a company and the kind of saga
    shared: tuple[str, ...]
    ended: bool = False  # by this stage: no other one came before


class _Shared(NamedTuple):
    """Something that two stages share."""

    what: str
    weight: float
    telling: bool = False  # it tells one saga from others of its kind


class Sagas:
    """Compares stages by a lexicon. Holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._sagas = {saga.id: saga for saga in lexicon.sagas}
        self._kind_of = {c: s.id for s in lexicon.sagas for stage in s.stages for c in stage}
        self._step_of = {
            c: place for s in lexicon.sagas for place, stage in enumerate(s.stages) for c in stage
        }
        self._places = lexicon.saga_places
        self._considered = lexicon.saga_considered
        self._opposites = {
            concept: against - self._kind_of.keys()
            for concept, against in lexicon.opposites().items()
            if concept not in self._kind_of
        }
        self._people = {
            f"{company.id}/{labels[alias.label]}"
            for company in lexicon.companies.values()
            for labels in [labels_of(company)]
            for alias in company.aliases
            if alias.sort is Sort.PERSON
        }
        self._weights = {c.id: c.weight for c in lexicon.concepts.values()}
        plain = lexicon.saga_common | self._kind_of.keys()
        self._telling = {c for c, weight in self._weights.items() if weight >= _TELLING} - plain
        self._known = frozenset(
            skeleton
            for company in lexicon.companies.values()
            for alias in company.aliases
            for skeleton in skeletons(alias.text)
        )

    def stage_of(self, cluster: ClusterId, reports: Collection[Witness]) -> Stage | None:
        """A cluster as a stage; None if no headline of it is of a kind that has any.

        What is about many companies is no stage: a calendar, a survey of the trade. Nor is what is
        about none, but for kinds that are nobody's own: a tariff, a tax.
        """
        told = [report.traits for report in reports]
        subjects = frozenset(c for one in told for c in one.subjects)
        acting = frozenset(c for report in reports for c in report.acting)
        headline = frozenset(c for report in reports for c in report.headline)
        if len(subjects) > _SUBJECTS or not self._kinds(headline, subjects):
            return None
        return Stage(
            cluster=cluster,
            published=min(report.published for report in reports),
            subjects=acting or subjects,
            companies=subjects.union(*(one.mentions for one in told)),
            headline=headline,
            concepts=frozenset(c for one in told for c in one.concepts),
            names=frozenset(name for one in told for name in one.names),
            numbers=frozenset(number for one in told for number in one.numbers),
            skeletons=frozenset(s for one in told for s in one.skeletons) - self._known,
        )

    def marks(self, stage: Stage) -> list[str]:
        """By what other stages of its saga may be found: a company and a kind of saga."""
        kinds = self._kinds(stage.headline, stage.subjects)
        return sorted(f"{who} {kind}" for who in stage.subjects or {_NOBODY} for kind in kinds)

    def follows(self, stage: Stage, others: Iterable[Stage]) -> Earlier | None:
        """The earlier stage that this one is a later stage of, or None."""
        return next(iter(self.before(stage, others)), None)

    def before(self, stage: Stage, others: Iterable[Stage]) -> list[Earlier]:
        """All earlier stages of its saga: the one that it follows, then those before that one."""
        found = [earlier for other in others if (earlier := self._compare(stage, other))]
        found.sort(key=lambda e: (-_nearness(stage, e), e.stage.cluster))
        return [
            earlier
            for earlier in found
            if earlier is found[0]
            or (not earlier.ended and found[0].stage.published - earlier.stage.published >= SOON)
        ]

    def retells(self, stage: Stage, others: Iterable[Stage]) -> Earlier | None:
        """The stage that this one is, told once more: by a weekly paper, in an analysis; or None.

        It tells of no deed of which that one did not tell, and of nothing else that differs.
        """
        found = [
            Earlier(other, score, tuple(one.what for one in shared))
            for other in others
            if LATE <= stage.published - other.published < APART
            for kind in self._common_kinds(stage, other)
            if (shared := self._retold(kind, stage, other))
            and (score := fsum(one.weight for one in shared)) >= kind.needs + _RETOLD
        ]
        return max(found, key=lambda e: (_nearness(stage, e), e.stage.cluster), default=None)

    def _retold(self, saga: SagaKind, stage: Stage, other: Stage) -> list[_Shared]:
        """What a stage and an earlier one share, if they may be the same; else nothing."""
        steps = self._reached(stage, saga.id) - self._reached(other, saga.id)
        deeds = {self._step(c) for c in stage.headline if c in self._kind_of}
        told = {self._step(c) for c in other.concepts if c in self._kind_of}
        if (
            abs(steps) > _CONSIDERED
            or not deeds <= told
            or not stage.subjects <= other.companies
            or self._differences(stage, other)
            or self._elsewhere(stage, other)
            or _count_differently(stage, other)
        ):
            return []
        shared = self._shared(saga, stage, other)
        of_its_kind_alone = saga.single and not saga.steps
        return shared if of_its_kind_alone or _is_told(shared) else []

    def _common_kinds(self, stage: Stage, other: Stage) -> list[SagaKind]:
        """The kinds of saga that both may be stages of, being about the same companies."""
        if (stage.subjects or other.subjects) and (
            stage.subjects.isdisjoint(other.subjects) or _are_strangers(stage, other)
        ):
            return []
        kinds = self._kinds(stage.headline, stage.subjects)
        kinds &= self._kinds(other.headline, other.subjects)
        return [self._sagas[kind] for kind in sorted(kinds)]

    def _compare(self, stage: Stage, other: Stage) -> Earlier | None:
        found = [self._as(kind, stage, other) for kind in self._common_kinds(stage, other)]
        return max(filter(None, found), key=lambda earlier: earlier.score, default=None)

    def _as(self, saga: SagaKind, stage: Stage, other: Stage) -> Earlier | None:
        """The other as an earlier stage in a saga of that kind, or None."""
        steps = self._reached(stage, saga.id) - self._reached(other, saga.id)
        age = stage.published - other.published
        # Of what needs nothing more in common, a step may be another paper's way to tell the event:
        # a forecast that is cut, and the results that it was cut with.
        if not steps or (saga.single and not saga.soon):
            least = APART
        else:
            least = MOVED_ON if steps >= 1 and (saga.undone or not saga.single) else SOON
        if steps < 0 or (saga.steps and not steps) or not least <= age <= WINDOW:
            return None
        if saga.single and not steps and self._elsewhere(stage, other):
            return None
        shared = self._shared(saga, stage, other)
        if not saga.single and not _is_told(shared):
            return None
        score = fsum(one.weight for one in shared) + _LATER * bool(steps)
        score -= _OTHER * self._differences(stage, other)
        if score < saga.needs:
            return None
        return Earlier(other, score, tuple(one.what for one in shared), saga.undone)

    def _shared(self, saga: SagaKind, one: Stage, other: Stage) -> list[_Shared]:
        """What two stages share beside a company and the kind, each with what it says."""
        partners = sorted(one.subjects & other.subjects)[1:]
        named = one.companies & other.companies - (one.subjects & other.subjects)
        mentioned = sorted(named & (one.subjects | other.subjects))
        mine, its = (sorted(Number(*pair) for pair in stage.numbers) for stage in (one, other))
        figures = [number for number in mine if any(map(number.agrees, its))]
        return [
            *(_Shared(str(company), _PARTNER, telling=True) for company in partners),
            *(_Shared(str(company), _MENTIONED) for company in mentioned),
            *(self._named(name) for name in sorted(one.names & other.names)),
            *self._shared_concepts(saga, one, other),
            *(_Shared(str(number), _FIGURE) for number in figures[:_FIGURES]),
            *(_Shared(s, _SKELETON) for s in sorted(one.skeletons & other.skeletons)[:_SKELETONS]),
        ]

    def _differences(self, one: Stage, other: Stage) -> int:
        """In how many ways two stages are about different things: cars, places, parts."""
        against = {c for mine in one.headline for c in self._opposites.get(mine, ())}
        return (
            _differ(one.names, other.names)
            + _differ(one.concepts & self._places, other.concepts & self._places)
            + (not against.isdisjoint(other.headline) and against.isdisjoint(one.headline))
        )

    def _elsewhere(self, one: Stage, other: Stage) -> bool:
        """Whether one is about a place that the other does not name: other jobs are cut there."""
        here, there = one.concepts & self._places, other.concepts & self._places
        return here != there and here.isdisjoint(there)

    def _named(self, name: str) -> _Shared:
        return _Shared(name, _PERSON if name in self._people else _NAME, telling=True)

    def _shared_concepts(self, saga: SagaKind, one: Stage, other: Stage) -> list[_Shared]:
        """Every concept that is telling; of the saga's own the best, which tells the kind only."""
        own = self._weighed(c for c in one.headline & other.headline if self._is_of(c, saga.id))
        rest = self._weighed(
            c for c in one.concepts & other.concepts if not self._is_of(c, saga.id)
        )
        return [
            *[
                best if saga.single else best._replace(weight=best.weight * _OWN)
                for best in sorted(own, key=lambda each: -each.weight)[:1]
            ],
            *(each._replace(telling=True) for each in rest if each.what in self._telling),
            *[_Shared(c, _COMMON) for c, _, _ in rest if c not in self._telling][:_COMMONS],
        ]

    def _weighed(self, concepts: Iterable[str]) -> list[_Shared]:
        return [_Shared(concept, self._weights.get(concept, 0.0)) for concept in sorted(concepts)]

    def _is_of(self, concept: str, kind: str) -> bool:
        return self._kind_of.get(concept) == kind

    def _step(self, concept: str) -> tuple[str, int]:
        return self._kind_of[concept], self._step_of[concept]

    def _reached(self, stage: Stage, kind: str) -> float:
        last = max(self._step_of[c] for c in stage.headline if self._is_of(c, kind))
        return last if stage.headline.isdisjoint(self._considered) else last - _CONSIDERED

    def _kinds(self, concepts: Iterable[str], subjects: AbstractSet[CompanyId]) -> set[str]:
        """The kinds of saga that concepts belong to, of companies or of nobody."""
        kinds = {self._kind_of[concept] for concept in concepts if concept in self._kind_of}
        return {kind for kind in kinds if self._sagas[kind].nobody is not bool(subjects)}


def _is_told(shared: Iterable[_Shared]) -> bool:
    """Whether it tells one saga from others of its kind; one person alone does not."""
    telling = [one for one in shared if one.telling]
    return len(telling) > 1 or any(one.weight != _PERSON for one in telling)


def _are_strangers(one: Stage, other: Stage) -> bool:
    """Whether each stage has a company acting in it of which the other knows nothing."""
    return bool(one.subjects - other.companies) and bool(other.subjects - one.companies)


def _count_differently(one: Stage, other: Stage) -> bool:
    """Whether both count vehicles, and come to other numbers: it is another recall."""
    mine, its = (
        [Number(*pair) for pair in stage.numbers if pair[0] == COUNTED] for stage in (one, other)
    )
    return bool(mine and its) and not any(a.agrees(b) for a in mine for b in its)


def _differ(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


def _nearness(stage: Stage, earlier: Earlier) -> float:
    months = (stage.published - earlier.stage.published) / timedelta(days=30)
    return earlier.score - _PER_MONTH * months

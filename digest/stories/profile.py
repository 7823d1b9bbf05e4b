"""What linking compares of a cluster: all that its entries say beside their words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.model import CompanyId
from digest.stories.tokens import Number
from digest.stories.traits import Traits

_SUBJECT, _MENTION, _NAME = 0.9, 0.3, 1.0  # what sharing it weighs


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A cluster, summed up."""

    entries: int
    weights: Mapping[str, float]  # of companies and names, over all entries
    concepts: Mapping[str, int]  # by how many entries
    features: frozenset[str]  # companies, names and concepts
    companies: frozenset[CompanyId]
    lead: CompanyId | None  # the first subject of most entries
    names: frozenset[str]
    numbers: frozenset[Number]
    figures: Mapping[str, Sequence[float]]  # the same by what they measure
    units: frozenset[str]
    skeletons: frozenset[str]


def profile_of(members: Iterable[Traits]) -> Profile:
    """The profile of a cluster's entries."""
    entries = 0
    weights: dict[str, float] = {}
    concepts: dict[str, int] = {}
    leads: dict[CompanyId, int] = {}
    companies: set[CompanyId] = set()
    names: set[str] = set()
    numbers: set[Number] = set()
    skeletons: set[str] = set()
    for member in members:
        entries += 1
        for kind, weight in (
            (member.names, _NAME), (member.mentions, _MENTION), (member.subjects, _SUBJECT)
        ):  # fmt: skip
            for feature in kind:
                weights[feature] = weights.get(feature, 0.0) + weight
        for concept in member.concepts:
            concepts[concept] = concepts.get(concept, 0) + 1
        if member.subjects:
            lead = member.subjects[0]
            leads[lead] = leads.get(lead, 0) + 1
        companies.update(member.subjects, member.mentions)
        names |= member.names
        numbers |= member.numbers
        skeletons |= member.skeletons
    figures: dict[str, list[float]] = {}
    for number in numbers:
        figures.setdefault(number.measure, []).append(number.value)
    return Profile(
        entries=entries,
        weights=weights,
        concepts=concepts,
        features=frozenset((*weights, *concepts)),
        companies=frozenset(companies),
        lead=max(leads, key=leads.__getitem__) if leads else None,
        names=frozenset(names),
        numbers=frozenset(numbers),
        figures=figures,
        units=frozenset([number.unit for number in numbers]),
        skeletons=frozenset(skeletons),
    )

"""Which companies and topics people mean: "トヨタ", "tariffs" or "Sales & market" as ids. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar, assert_never

from digest.model import Choice, CompanyId, Preferences, TopicId
from digest.stories.lexicon import Company, Lexicon, Sort, Topic
from digest.subscribers.commands import Companies, Language, Rhythm, Setting, Topics
from digest.subscribers.wording import fold

Id = TypeVar("Id", CompanyId, TopicId)

_PARTS = re.compile(r"\s*[&・,、/]\s*|_")
_SHORTEST = 2  # letters of a part of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Spellings:
    """Every way to name a company or a topic that means one and no other."""

    companies: Mapping[str, CompanyId] = field(default_factory=dict)
    topics: Mapping[str, TopicId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name or a rhythm that is none of ours, as it was written, and its line."""

    line: int
    words: str


def spellings_of(lexicon: Lexicon) -> Spellings:
    """All spellings that a lexicon has: ids, names in both languages, and parts of names."""
    companies = [(_company(c), id_) for id_, c in lexicon.companies.items()]
    return Spellings(
        companies=_unambiguous(companies),
        topics=_unambiguous([(_topic(topic), id_) for id_, topic in lexicon.topics.items()]),
    )


def apply(
    settings: Iterable[tuple[int, Setting]],
    base: Preferences,
    spellings: Spellings,
    rhythms: frozenset[str],
) -> tuple[Preferences, tuple[Unknown, ...]]:
    """Preferences changed as a mail says, and what of it is not known to us.

    A line of names of which none is known changes nothing: it must not come to mean all.
    """
    made, unknown = base, list[Unknown]()
    for line, setting in settings:
        match setting:
            case Companies(names):
                companies, missing = _known(names, spellings.companies)
                if companies or not names:
                    made = _chosen(made, replace(made.choice, companies=companies))
            case Topics(names):
                topics, missing = _known(names, spellings.topics)
                if topics or not names:
                    made = _chosen(made, replace(made.choice, topics=topics))
            case Language(code):
                made, missing = _chosen(made, replace(made.choice, language=code)), []
            case Rhythm(name) if name in rhythms:
                made, missing = replace(made, rhythm=name), []
            case Rhythm(name):
                missing = [name]
            case _:
                assert_never(setting)
        unknown += [Unknown(line, words) for words in missing]
    return made, tuple(unknown)


def _chosen(preferences: Preferences, choice: Choice) -> Preferences:
    return replace(preferences, choice=choice)


def _known(names: Iterable[str], known: Mapping[str, Id]) -> tuple[frozenset[Id], list[str]]:
    found, missing = set(), []
    for name in names:
        key = fold(name)
        id_ = known.get(key) or known.get(key.removesuffix("s"))
        if id_ is None:
            missing.append(name)
        else:
            found.add(id_)
    return frozenset(found), missing


def _company(company: Company) -> Iterator[tuple[int, str]]:
    yield 0, company.id
    yield 0, company.id.replace("_", " ")
    yield 0, company.name.en
    yield 0, company.name.ja
    for alias in company.aliases:
        if alias.sort is Sort.NAME:
            yield 1, alias.text
        elif alias.sort is Sort.BRAND:
            yield 2, alias.text


def _topic(topic: Topic) -> Iterator[tuple[int, str]]:
    for name in (topic.id, topic.id.replace("_", " "), topic.name.en, topic.name.ja):
        yield 0, name
        for part in _PARTS.split(name):
            if len(part) >= _SHORTEST:
                yield 1, part
                yield 1, part.removesuffix("s")


def _unambiguous(named: Iterable[tuple[Iterable[tuple[int, str]], Id]]) -> Mapping[str, Id]:
    """Each spelling with what it means; of two that share one, that which it fits better."""
    meant: dict[str, tuple[int, set[Id]]] = {}
    for spellings, id_ in named:
        for rank, spelling in spellings:
            key = fold(spelling)
            best, ids = meant.get(key, (rank, set()))
            if rank < best:
                meant[key] = (rank, {id_})
            elif rank == best:
                meant[key] = (rank, ids | {id_})
    return MappingProxyType({k: next(iter(v)) for k, (_, v) in meant.items() if k and len(v) == 1})

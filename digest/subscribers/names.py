"""Which companies and topics people mean: "トヨタ", "tariffs" or "Sales & market" as ids."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar, assert_never

from digest.model import AlertWish, Choice, CompanyId, Preferences, TopicId
from digest.stories.lexicon import Company, Lexicon, Sort, Topic
from digest.subscribers.commands import (
    AddRule,
    Alerts,
    Companies,
    Language,
    RemoveRule,
    Rhythm,
    Setting,
    Topics,
)
from digest.subscribers.ownrules import BadRule, Fault, added, removed, wished
from digest.subscribers.wording import fold

Id = TypeVar("Id", CompanyId, TopicId)

_PARTS = re.compile(r"\s*[&・,、/]\s*|_")
_SHORTEST = 2  # letters of a part of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Spellings:
    """Every way to name a company or a topic that means one and no other."""

    companies: Mapping[str, CompanyId] = field(default_factory=dict)
    topics: Mapping[str, TopicId] = field(default_factory=dict)

    def id_of(self, field_: str, name: str) -> str | None:
        """What a "company" or a "topic" of this name is called by us, or None."""
        if field_ == "company":
            return _meant(name, self.companies)
        return _meant(name, self.topics)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name, a rhythm or a rule that we cannot take, as it was written, and its line."""

    line: int
    words: str
    rule: BadRule | None = None


def spellings_of(lexicon: Lexicon) -> Spellings:
    """All spellings that a lexicon has: ids, names in both languages, and parts of names."""
    companies = [(_company(c), id_) for id_, c in lexicon.companies.items()]
    return Spellings(
        companies=_unambiguous(companies),
        topics=_unambiguous([(_topic(topic), id_) for id_, topic in lexicon.topics.items()]),
    )


def apply(  # noqa: C901  # a table: one case a setting
    settings: Iterable[tuple[int, Setting]],
    base: Preferences,
    spellings: Spellings,
    rhythms: frozenset[str],
) -> tuple[Preferences, tuple[Unknown, ...]]:
    """Preferences changed as a mail says, and what of it is not known to us.

    A line of names of which none is known changes nothing: it must not come to mean all.
    """
    made, unknown = base, list[Unknown]()
    lessened: int | None = None  # the line that asks for fewer alerts than there are
    for line, setting in settings:
        missing, bad = list[str](), list[BadRule]()
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
                made = _chosen(made, replace(made.choice, language=code))
            case Rhythm(name) if name in rhythms:
                made = replace(made, rhythm=name)
            case Rhythm(name):
                missing = [name]
            case Alerts(wish):
                made = replace(made, alerts=wish)
                lessened = None if wish is AlertWish.BREAKING else line
            case AddRule() | RemoveRule():
                made, bad = _ruled(made, setting, base.rules, spellings)
            case _:
                assert_never(setting)
        unknown += [Unknown(line, words) for words in missing]
        unknown += [Unknown(line, rule.words, rule) for rule in bad]
    if lessened is not None and made.rhythm == "alerts":
        made = replace(made, alerts=base.alerts)
        unknown.append(Unknown(lessened, "", BadRule(words="", fault=Fault.ONLY_ALERTS)))
    return made, tuple(unknown)


def _ruled(
    preferences: Preferences,
    setting: AddRule | RemoveRule,
    numbered: tuple[str, ...],
    spellings: Spellings,
) -> tuple[Preferences, list[BadRule]]:
    """With a rule more or less. Who adds one wants its alerts; who has none left waits for none."""
    if isinstance(setting, AddRule):
        rules = added(preferences.rules, setting.text, spellings.id_of)
    else:
        rules = removed(preferences.rules, setting.which, numbered, spellings.id_of)
    if isinstance(rules, BadRule):
        return preferences, [wished(rules) if isinstance(setting, AddRule) else rules]
    wish = preferences.alerts
    if len(rules) > len(preferences.rules) and wish is AlertWish.NONE:
        wish = AlertWish.RULES
    elif not rules and wish is AlertWish.RULES:
        wish = AlertWish.NONE
    return replace(preferences, rules=rules, alerts=wish), []


def _chosen(preferences: Preferences, choice: Choice) -> Preferences:
    return replace(preferences, choice=choice)


def _meant(name: str, known: Mapping[str, Id]) -> Id | None:
    key = fold(name)
    return known.get(key) or known.get(key.removesuffix("s"))


def _known(names: Iterable[str], known: Mapping[str, Id]) -> tuple[frozenset[Id], list[str]]:
    found, missing = set(), []
    for name in names:
        id_ = _meant(name, known)
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

"""Makes a lexicon's values of its tables, once these are checked and merged."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from digest.model import CompanyId, TopicId
from digest.stories import schema as t
from digest.stories.lexicon import (
    Alias,
    Company,
    Concept,
    Guard,
    Lexicon,
    Name,
    Outlet,
    Phrase,
    Relevance,
    SagaKind,
    Sort,
    Topic,
)
from digest.stories.references import concepts_of
from digest.stories.schema import parts_of

_MARKS = "~?"  # before a name in the files
_CHOICE = re.compile(r"\(([^()]*)\)")  # in a pattern: one of several
_SORTS = {
    "names": Sort.NAME,
    "brands": Sort.BRAND,
    "models": Sort.MODEL,
    "people": Sort.PERSON,
    "plants": Sort.PLANT,
    "subsidiaries": Sort.SUBSIDIARY,
}


def build(whole: t.LexiconFile) -> Lexicon:
    """The lexicon that whole tables say."""
    given = whole.given or t.GivenTable()
    background = whole.background or t.BackgroundTable()
    return Lexicon(
        companies=MappingProxyType({CompanyId(c.id): _company(c) for c in whole.company}),
        topics=MappingProxyType({TopicId(one.id): _topic(one) for one in whole.topic}),
        concepts=MappingProxyType({c.id: _concept(c) for c in whole.concept}),
        outlets=MappingProxyType(_outlets(whole.outlet)),
        guards=tuple(_guard(guard) for guard in whole.guard),
        given_names=frozenset(given.names.split()),
        background=tuple(_spelled(background.patterns)),
        former=tuple(_spelled(background.former)),
        charges=frozenset(background.charges),
        yardsticks=tuple(_spelled(background.yardsticks)),
        sagas=tuple(
            SagaKind(
                id=one.id,
                stages=tuple(map(tuple, one.stages)),
                needs=one.needs,
                single=one.single,
                steps=one.steps,
                soon=one.soon,
                undone=one.undone,
                partners=one.partners,
                nobody=one.nobody,
            )
            for one in whole.saga
        ),
        saga_places=frozenset(concepts_of(whole.saga_places)),
        saga_considered=frozenset(concepts_of(whole.saga_considered)),
        saga_common=frozenset(concepts_of(whole.saga_common)),
        relevance=_relevance(whole.relevance or t.RelevanceTable()),
    )


def _spelled(patterns: Iterable[str]) -> Iterator[str]:
    """The patterns that "(half|twice) of *" stands for."""
    for pattern in patterns:
        choice = _CHOICE.search(pattern)
        if choice is None:
            yield " ".join(pattern.split())
        else:
            before, after = pattern[: choice.start()], pattern[choice.end() :]
            yield from _spelled(f"{before}{each}{after}" for each in choice[1].split("|"))


def _name(table: t.NameTable | None) -> Name:
    return Name("", "") if table is None else Name(table.en, table.ja or table.en)


def _company(table: t.CompanyTable) -> Company:
    aliases = [
        alias for key, sort in _SORTS.items() for alias in _aliases(getattr(table, key), sort)
    ]
    aliases += _aliases(table.chinese, Sort.NAME, "zh")
    told = {(alias.text, alias.lang): alias for alias in aliases}  # the user's word is the last
    return Company(
        id=CompanyId(table.id),
        name=_name(table.name),
        home=table.home or "",
        parent=CompanyId(table.parent) if table.parent else None,
        interest=1.0 if table.interest is None else table.interest,
        aliases=tuple(told.values()),
        blocks=tuple(table.blocks),
        context=tuple(table.context),
    )


def _aliases(spellings: t.Spellings, sort: Sort, lang: str = "") -> Iterator[Alias]:
    for spelling in spellings:
        group = [spelling] if isinstance(spelling, str) else spelling
        for text in group:
            yield Alias(
                text=text.lstrip(_MARKS),
                label=group[0].lstrip(_MARKS),
                sort=sort,
                plain=text.startswith("~"),
                needs_company=text.startswith("~~"),
                shared=text.startswith("?"),
                lang=lang,
            )


def _guard(table: t.GuardTable) -> Guard:
    return Guard(
        id=table.id,
        why=table.why,
        before=tuple(table.before),
        after=tuple(table.after),
        unless_after=tuple(table.unless_after),
        given=table.given,
        trade=tuple(table.trade),
        near=tuple(table.near),
        title=table.title,
        unless=tuple(table.unless),
        led=tuple(table.led),
        sorts=frozenset(map(Sort, table.sorts)),
        names=frozenset(table.names),
    )


def _topic(table: t.TopicTable) -> Topic:
    return Topic(
        id=TopicId(table.id),
        name=_name(table.name),
        interest=1.0 if table.interest is None else table.interest,
        planned=bool(table.planned),
        phrases=tuple(Phrase(parts_of(text), weight) for text, weight in table.phrases.items()),
        exclude=tuple(Phrase(parts_of(text)) for text in table.exclude),
    )


def _concept(table: t.ConceptTable) -> Concept:
    weight = 1.0 if table.weight is None else table.weight
    return Concept(
        id=table.id,
        forms=tuple(Phrase(parts_of(text)) for text in (*table.en, *table.ja, *table.zh)),
        weight=0.0 if table.link is False else weight,
        topics=MappingProxyType({TopicId(key): value for key, value in table.topics.items()}),
        opposes=frozenset(table.opposes),
    )


def _outlets(tables: Iterable[t.OutletTable]) -> dict[str, Outlet]:
    found: dict[str, Outlet] = {}
    for table in tables:
        outlet = Outlet(
            id=table.id,
            names=tuple(table.names),
            hosts=tuple(table.hosts),
            owner=table.owner or table.id,
            lang=table.lang or "en",
            weight=1.0 if table.weight is None else table.weight,
            wire=bool(table.wire),
        )
        for key in (table.id, *table.names, *table.hosts):
            found.setdefault(key.lower(), outlet)
    return found


def _by_lang(table: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({lang: tuple(keys) for lang, keys in table.items()})


def _relevance(table: t.RelevanceTable) -> Relevance:
    return Relevance(
        home=table.home,
        field=tuple(table.field),
        before_model=tuple(table.before_model),
        after_model=tuple(table.after_model),
        trade=tuple(table.trade),
        offices=tuple(table.offices),
        surveys=tuple(table.surveys),
        place=tuple(table.place),
        place_in=_by_lang(table.place_in),
        field_in=_by_lang(table.field_in),
        away=tuple(table.away),
        always=tuple(table.always),
    )

"""Reads the lexicon: the TOML files of a folder, and the user's own tables over them.

A user's table with a known id adds to it (lists grow, other keys replace); one with a new id
stands for itself. Everything that is wrong is reported at once.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from digest.errors import ConfigError, Problem
from digest.model import CompanyId, TopicId
from digest.stories import schema as t
from digest.stories.lexicon import (
    MARKS,
    Alias,
    Company,
    Concept,
    Guard,
    Lexicon,
    Name,
    Outlet,
    Phrase,
    Relevance,
    Saga,
    Sort,
    Topic,
)
from digest.stories.problems import placed, problems_of

BUILT_IN = Path(__file__).parent
FILES = ("companies.toml", "topics.toml", "concepts.toml", "outlets.toml", "sagas.toml")

_USER_FILE = "feeds.toml"
_MARKS = "~?"  # before a name in the files
_WHOLE = "lexicon"  # what is only wrong once all files are together
_KINDS = ("company", "topic", "concept", "outlet")
_SORTS = {
    "names": Sort.NAME,
    "brands": Sort.BRAND,
    "models": Sort.MODEL,
    "people": Sort.PERSON,
    "plants": Sort.PLANT,
    "subsidiaries": Sort.SUBSIDIARY,
}

Table = TypeVar("Table", bound=BaseModel)


def load_lexicon(folder: Path | None, user: Mapping[str, object], user_text: str = "") -> Lexicon:
    """The lexicon of a folder (None: the built-in one) with the user's tables merged over it.

    `user_text` is the text of the user's file, by which the lines of its problems are told.
    Raises ConfigError with every problem of every file.
    """
    problems: list[Problem] = []
    files = _built_in() if folder is None else _files(_paths(folder), problems)
    own = _check({kind: user.get(kind, []) for kind in _KINDS}, _USER_FILE, user_text, problems)
    whole = _merge([*files, own])
    if not problems:  # a file left out would be missed everywhere
        told = [] if folder is None else [(_named(p), p.read_text("utf-8")) for p in _paths(folder)]
        texts = [*told, (_USER_FILE, user_text)]
        problems = [placed(problem, texts) for problem in _missing(whole)]
    if problems:
        raise ConfigError(problems)
    return _build(whole)


@cache
def _built_in() -> tuple[t.LexiconFile, ...]:
    """The shipped files, read once: reading them takes most of the time of loading."""
    problems: list[Problem] = []
    files = _files([BUILT_IN / name for name in FILES], problems)
    if problems:
        raise ConfigError(problems)
    return files


def _files(paths: Iterable[Path], problems: list[Problem]) -> tuple[t.LexiconFile, ...]:
    return tuple([_read(path, problems) for path in paths])


def _paths(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.toml"))
    if not found:
        allowed = "a folder with the lexicon's TOML files, or leave the key out"
        raise ConfigError([Problem("digest.lexicon", repr(str(folder)), allowed)])
    return found


def _read(path: Path, problems: list[Problem]) -> t.LexiconFile:
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else None
        problems.append(Problem("TOML", "", f"cannot be read: {error}", line, _named(path)))
        return t.LexiconFile()
    return _check(raw, _named(path), text, problems)


def _named(path: Path) -> str:
    """A file as its writer knows it: with its folder, where that is not ours."""
    return path.name if path.parent == BUILT_IN else f"{path.parent.name}/{path.name}"


def _check(
    raw: Mapping[str, object], file: str, text: str, problems: list[Problem]
) -> t.LexiconFile:
    tables = _plain(raw)
    try:
        return t.LexiconFile.model_validate(tables)
    except ValidationError as error:
        problems += problems_of(error, tables, text, file)
        return t.LexiconFile()


def _plain(raw: object) -> Any:  # noqa: ANN401  # TOML's own values
    """The same with lists for tuples: the settings keep the user's tables in tuples."""
    if isinstance(raw, Mapping):
        return {key: _plain(value) for key, value in raw.items()}
    return [_plain(each) for each in raw] if isinstance(raw, list | tuple) else raw


# --- merging ---------------------------------------------------------------------------------


def _merge(files: Sequence[t.LexiconFile]) -> t.LexiconFile:
    return t.LexiconFile(
        relevance=_last(file.relevance for file in files),
        background=_last(file.background for file in files),
        given=_last(file.given for file in files),
        company=_by_id(table for file in files for table in file.company),
        guard=_by_id(table for file in files for table in file.guard),
        topic=_by_id(table for file in files for table in file.topic),
        concept=_by_id(table for file in files for table in file.concept),
        outlet=_by_id(table for file in files for table in file.outlet),
        saga=_by_id(table for file in files for table in file.saga),
        saga_places=_last(file.saga_places for file in files),
        saga_common=_last(file.saga_common for file in files),
    )


def _last(values: Iterable[Table | None]) -> Table | None:
    found = None
    for value in values:
        found = value or found
    return found


def _by_id(tables: Iterable[Table]) -> list[Table]:
    merged: dict[str, Table] = {}
    for table in tables:
        key: str = table.id  # type: ignore[attr-defined]  # every repeated table has one
        known = merged.get(key)
        merged[key] = table if known is None else _over(known, table)
    return list(merged.values())


def _over(known: Table, table: Table) -> Table:
    update: dict[str, Any] = {}
    for key in table.model_fields_set:
        old, new = getattr(known, key), getattr(table, key)
        if isinstance(old, list):
            new = [*old, *(each for each in new if each not in old)]
        elif isinstance(old, dict):
            new = {**old, **new}
        update[key] = new
    return known.model_copy(update=update)


def _missing(whole: t.LexiconFile) -> Iterator[Problem]:
    """What is only known once everything is merged: missing names, references to nothing."""
    concepts = {table.id for table in whole.concept}
    topics = {table.id for table in whole.topic}
    for kind, tables in (("company", whole.company), ("topic", whole.topic)):
        for table in tables:
            if table.name is None:
                allowed = 'name = { en = "…", ja = "…" }'
                yield Problem(f"{kind} {table.id}", "no name", allowed, file=_WHOLE)
    yield from _orphans(whole)
    for where, key in _concept_uses(whole):
        if key not in concepts:
            yield Problem(where, repr(key), "the id of a concept", file=_WHOLE)
    for concept in whole.concept:
        for topic in concept.topics:
            if topic not in topics:
                where = f"concept {concept.id}.topics"
                yield Problem(where, repr(topic), "the id of a topic", file=_WHOLE)


def _orphans(whole: t.LexiconFile) -> Iterator[Problem]:
    companies = {table.id for table in whole.company}
    for company in whole.company:
        if company.parent and company.parent not in companies:
            where = f"company {company.id}.parent"
            yield Problem(where, repr(company.parent), "the id of a company", file=_WHOLE)


def _concept_uses(whole: t.LexiconFile) -> Iterator[tuple[str, str]]:
    for company in whole.company:
        yield from ((f"company {company.id}.context", key) for key in company.context)
    for guard in whole.guard:
        yield from ((f"guard {guard.id}", key) for key in (*guard.near, *guard.unless))
    for topic in whole.topic:
        for text in (*topic.phrases, *topic.exclude):
            yield from ((f"topic {topic.id}.phrases", key) for key in _references(text))
    for concept in whole.concept:
        yield from ((f"concept {concept.id}.opposes", key) for key in concept.opposes)
        for text in (*concept.en, *concept.ja, *concept.zh):
            yield from ((f"concept {concept.id}", key) for key in _references(text))
    for saga in whole.saga:
        yield from ((f"saga {saga.id}", key) for stage in saga.stages for key in stage)
    yield from (("saga_places", key) for key in _concepts(whole.saga_places))
    yield from (("saga_common", key) for key in _concepts(whole.saga_common))
    relevance = whole.relevance or t.RelevanceTable()
    by_lang = (*relevance.place_in.values(), *relevance.field_in.values())
    inside = [key for keys in by_lang for key in keys]
    uses = (
        *relevance.field,
        *relevance.trade,
        *relevance.offices,
        *relevance.surveys,
        *relevance.place,
        *relevance.away,
        *relevance.always,
        *inside,
    )
    yield from (("relevance", key) for key in uses)


def _concepts(table: t.SagaConceptsTable | None) -> list[str]:
    return [] if table is None else table.concepts


def _references(text: str) -> Sequence[str]:
    if "@" not in text:
        return ()
    parts = (part.removeprefix("!") for part in _parts(text))
    return [part[1:] for part in parts if part.startswith("@") and part not in MARKS]


# --- building --------------------------------------------------------------------------------


def _build(whole: t.LexiconFile) -> Lexicon:
    given = whole.given or t.GivenTable()
    background = whole.background or t.BackgroundTable()
    return Lexicon(
        companies=MappingProxyType({CompanyId(c.id): _company(c) for c in whole.company}),
        topics=MappingProxyType({TopicId(one.id): _topic(one) for one in whole.topic}),
        concepts=MappingProxyType({c.id: _concept(c) for c in whole.concept}),
        outlets=MappingProxyType(_outlets(whole.outlet)),
        guards=tuple(_guard(guard) for guard in whole.guard),
        given_names=frozenset(given.names.split()),
        background=tuple(background.patterns),
        sagas=tuple(
            Saga(
                id=one.id,
                stages=tuple(map(tuple, one.stages)),
                needs=one.needs,
                single=one.single,
                steps=one.steps,
            )
            for one in whole.saga
        ),
        saga_places=frozenset(_concepts(whole.saga_places)),
        saga_common=frozenset(_concepts(whole.saga_common)),
        relevance=_relevance(whole.relevance or t.RelevanceTable()),
    )


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
        names=frozenset(table.names),
    )


def _parts(text: str) -> tuple[str, ...]:
    if "&" not in text:  # as most
        return (text.strip(),)
    return tuple(part.strip() for part in text.split("&"))


def _topic(table: t.TopicTable) -> Topic:
    return Topic(
        id=TopicId(table.id),
        name=_name(table.name),
        interest=1.0 if table.interest is None else table.interest,
        phrases=tuple(Phrase(_parts(text), weight) for text, weight in table.phrases.items()),
        exclude=tuple(Phrase(_parts(text)) for text in table.exclude),
    )


def _concept(table: t.ConceptTable) -> Concept:
    weight = 1.0 if table.weight is None else table.weight
    return Concept(
        id=table.id,
        forms=tuple(Phrase(_parts(text)) for text in (*table.en, *table.ja, *table.zh)),
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
        trade=tuple(table.trade),
        offices=tuple(table.offices),
        surveys=tuple(table.surveys),
        place=tuple(table.place),
        place_in=_by_lang(table.place_in),
        field_in=_by_lang(table.field_in),
        away=tuple(table.away),
        always=tuple(table.always),
    )

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
from digest.stories.problems import placed, problems_of, sound
from digest.stories.references import concepts_of, missing, parts_of
from digest.tomllines import find_line

BUILT_IN = Path(__file__).parent
FILES = ("companies.toml", "topics.toml", "concepts.toml", "outlets.toml", "sagas.toml")

_USER_FILE = "feeds.toml"
_UNREADABLE = "TOML"
_NOTHING = frozenset({_UNREADABLE, "digest.lexicon"})  # problems that leave nothing of a file
_MARKS = "~?"  # before a name in the files
_CHOICE = re.compile(r"\(([^()]*)\)")  # in a pattern: one of several
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
    paths = [] if folder is None else sorted(folder.glob("*.toml"))
    files = _built_in() if folder is None else _files(paths, problems)
    if folder is not None and not paths:
        allowed = "a folder with the lexicon's TOML files, or leave the key out"
        line = find_line(user_text, ["digest", "lexicon"])
        problems.append(Problem("digest.lexicon", repr(folder.name), allowed, line))
    own = _check({kind: user.get(kind, []) for kind in _KINDS}, _USER_FILE, user_text, problems)
    whole = _merge([*files, own])
    if _NOTHING.isdisjoint([problem.key for problem in problems]):  # it would be missed everywhere
        told = [(_named(path), path.read_text("utf-8")) for path in paths]
        texts = [*told, (_USER_FILE, user_text)]
        problems += [placed(problem, texts) for problem in missing(whole)]
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


def _read(path: Path, problems: list[Problem]) -> t.LexiconFile:
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else None
        why = f"cannot be read: {_why(error)}"
        problems.append(Problem(_UNREADABLE, "", why, line, _named(path)))
        return t.LexiconFile()
    return _check(raw, _named(path), text, problems)


def _why(error: OSError | ValueError) -> str:
    """Why a file cannot be read, in words for who wrote it."""
    if isinstance(error, OSError):
        return error.strerror or "no such file"
    return "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


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
        return t.LexiconFile.model_validate(sound(tables, error))


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
        saga_considered=_last(file.saga_considered for file in files),
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
        background=tuple(_spelled(background.patterns)),
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
        trade=tuple(table.trade),
        offices=tuple(table.offices),
        surveys=tuple(table.surveys),
        place=tuple(table.place),
        place_in=_by_lang(table.place_in),
        field_in=_by_lang(table.field_in),
        away=tuple(table.away),
        always=tuple(table.always),
    )

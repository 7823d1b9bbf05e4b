"""What is wrong with a lexicon's tables, in words for who wrote them."""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest.errors import Problem
from digest.stories.schema import LexiconFile
from digest.tomllines import find_line, problem_at, tables_at

_PATTERN = "a pattern with * for the company"

_Path = tuple[str | int, ...]
_OF_TABLE = 3  # steps to a key of a table: "company", 0, "names"

# What a table needs beside its id, made of that.
_NEEDED: Mapping[str, tuple[str, Callable[[str], object]]] = MappingProxyType(
    {
        "company": ("name", lambda table_id: {"en": table_id}),
        "topic": ("name", lambda table_id: {"en": table_id}),
        "guard": ("why", str),
    }
)

# What a key must look like where its form is wrong; the others are ids.
_FORMS: Mapping[str | int, str] = MappingProxyType(
    {
        "home": "two small letters, such as jp",
        "lang": "two small letters, such as ja",
        "hosts": "a host in small letters, such as nikkei.com",
        "patterns": _PATTERN,
        "former": _PATTERN,
        "yardsticks": _PATTERN,
    }
)
_ID = "small letters, digits and _, such as toyota"


def problems_of(
    error: ValidationError, raw: Mapping[str, Any], text: str, file: str
) -> Iterator[Problem]:
    """Every problem of a file once, with the id of the table that it is in, and its line."""
    for details in error.errors():
        if not _is_other_branch(details):
            path = [part for part in details["loc"] if not _is_of_schema(part)]
            told = problem_at({**details, "loc": tuple(path)}, text, file, LexiconFile)
            allowed = told.allowed
            if details["type"] == "string_pattern_mismatch":
                allowed = next((_FORMS[key] for key in path[::-1] if key in _FORMS), _ID)
            yield Problem(_key(path, raw), told.found, allowed, find_line(text, path), file)


def placed(problem: Problem, texts: Sequence[tuple[str, str]]) -> Problem:
    """A problem of a whole lexicon with the file and line of its table; the last file wins."""
    kind, _, rest = problem.key.partition(" ")
    table_id, _, key = rest.partition(".")
    if not rest:  # of a table that there is once, such as [relevance]
        kind, _, key = kind.partition(".")
    for file, text in reversed(texts):
        tables = tomllib.loads(text).get(kind)
        if isinstance(tables, Mapping):
            return replace(problem, file=file, line=find_line(text, [kind, key]))
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            if table.get("id") == table_id:
                path: list[str | int] = [kind, number, key.partition(".")[0] or "id"]
                return replace(problem, file=file, line=find_line(text, path))
    return problem


def places(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Where each table of these files begins: "company acme" at "feeds.toml:12".

    Of a table that is in several files, in the last.
    """
    found: dict[str, str] = {}
    for file, text in texts:
        for kind, table_id, place in _ids(file, text):
            found[f"{kind} {table_id}"] = place
    return found


def repeated(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Tables of one id in one lexicon, where none adds to another on purpose, with their places.

    The files of a folder are one lexicon, to which the last text, the user's own file, adds.
    """
    *folder, own = texts
    for files in (folder, [own]):
        first: dict[tuple[str, object], str] = {}
        for file, text in files:
            for kind, table_id, place in _ids(file, text):
                earlier = first.setdefault((kind, table_id), place)
                if earlier != place:
                    yield (
                        f"{place}: {kind} {table_id}: {earlier} has a {kind} of this id already,"
                        " and both are read as one; join them, or give one another id"
                    )


def _ids(file: str, text: str) -> Iterator[tuple[str, str, str]]:
    """The tables of a lexicon's file that have an id: their kind, id and place."""
    lines = tables_at(text)
    for kind, tables in tomllib.loads(text).items():
        if kind in LexiconFile.model_fields and isinstance(tables, list):
            for number, table in enumerate(tables):
                if isinstance(table, Mapping) and "id" in table:
                    line = lines.get((kind, number))
                    yield kind, str(table["id"]), f"{file}:{line}" if line else file


def sound(raw: Mapping[str, Any], error: ValidationError) -> dict[str, Any]:
    """A file without what is wrong in it.

    What is right beside it stays and is looked at, too: it may refer to what is not there. A table
    without a sound id goes, as nothing can refer to it; one that lacks what it needs is given
    that, as the key may be misspelt.
    """
    wrong = [_path(details) for details in error.errors()]
    kept: dict[str, Any] = _without(raw, wrong)
    for kind, tables in kept.items():
        if isinstance(tables, list):
            kept[kind] = [table for table in tables if "id" in table]
    for of, number, *_ in (path for path in wrong if len(path) >= _OF_TABLE):
        if of in _NEEDED and isinstance(number, int):
            key, made = _NEEDED[str(of)]
            for table in kept[str(of)]:
                if table["id"] == raw[str(of)][number].get("id"):
                    table.setdefault(key, made(table["id"]))
    return kept


def _path(details: ErrorDetails) -> _Path:
    """What must go for a file to be without this problem."""
    path = tuple(part for part in details["loc"] if not _is_of_schema(part))
    return path[:_OF_TABLE] if path[2:_OF_TABLE] == ("name",) else path  # half a name is none


def _without(value: Any, wrong: Sequence[_Path]) -> Any:  # noqa: ANN401  # TOML's own values
    """A value without the parts of it at these paths."""
    gone = {path[0] for path in wrong if len(path) == 1}
    inside: dict[str | int, list[_Path]] = defaultdict(list)
    for path in wrong:
        inside[path[0]].append(path[1:])

    def rest(key: str | int, part: object) -> object:
        return _without(part, inside[key]) if key in inside else part

    if isinstance(value, Mapping):
        return {key: rest(key, part) for key, part in value.items() if key not in gone}
    return [rest(at, part) for at, part in enumerate(value) if at not in gone]


def _is_of_schema(part: str | int) -> bool:
    """Whether a step is none of the file's: a branch of a value that may be text or a list."""
    return isinstance(part, str) and part.startswith(("function-", "list[", "constrained-", "["))


def _is_other_branch(details: ErrorDetails) -> bool:
    """Whether it only says that a value is not of the kind which it was not meant to be."""
    if not any(map(_is_of_schema, details["loc"])):
        return False
    text_for_list = details["type"] == "string_type" and isinstance(details["input"], list)
    return text_for_list or details["type"] == "list_type"


def _key(path: list[str | int], raw: Mapping[str, Any]) -> str:
    """`company acme.names`: by its id, and without the places in lists, whose values are shown."""
    match path:
        case [str(kind), int(number), *rest]:
            table = raw[kind][number]
            known = table.get("id") if isinstance(table, Mapping) else None
            head = f"{kind} {known}" if isinstance(known, str) else f"{kind}[{number}]"
        case _:
            head, rest = "", path
    return ".".join(str(part) for part in (head, *rest) if part != "" and not isinstance(part, int))

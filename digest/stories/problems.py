"""What is wrong with a lexicon's tables, in words for who wrote them."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest.errors import Problem
from digest.stories.schema import ID
from digest.tomllines import find_line, problem_at

_PATTERN = "a pattern with * for the company"

# Tables that others refer to, and whether they need a name.
_NAMED = {"company": True, "topic": True, "concept": False}

# What a key must look like where its form is wrong; the others are ids.
_FORMS = {
    "home": "two small letters, such as jp",
    "lang": "two small letters, such as ja",
    "hosts": "a host in small letters, such as nikkei.com",
    "patterns": _PATTERN,
    "former": _PATTERN,
    "yardsticks": _PATTERN,
}
_ID = "small letters, digits and _, such as toyota"


def problems_of(
    error: ValidationError, raw: Mapping[str, Any], text: str, file: str
) -> Iterator[Problem]:
    """Every problem of a file once, with the id of the table that it is in, and its line."""
    for details in error.errors():
        if not _is_other_branch(details):
            path = [part for part in details["loc"] if not _is_of_schema(part)]
            told = problem_at({**details, "loc": tuple(path)}, text, file)
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


def sound(raw: Mapping[str, Any], error: ValidationError) -> dict[str, Any]:
    """A file without what is wrong in it.

    Of a table that is wrong its id stays, with a name: what refers to it is no mistake.
    """
    kept = {key: list(value) if isinstance(value, list) else value for key, value in raw.items()}
    for details in error.errors():
        kind, number = (*details["loc"], None)[:2]
        if isinstance(kind, str) and isinstance(number, int):
            kept[kind][number] = _stub(kind, kept[kind][number])
        else:
            kept.pop(str(kind), None)
    for key, value in kept.items():
        if isinstance(value, list):
            kept[key] = [table for table in value if table is not None]
    return kept


def _stub(kind: str, table: object) -> dict[str, object] | None:
    """As little of a table as others may refer to; None where there is nothing to refer to."""
    known = table.get("id") if isinstance(table, Mapping) else None
    if kind not in _NAMED or not isinstance(known, str) or not re.fullmatch(ID, known):
        return None
    return {"id": known, "name": {"en": known}} if _NAMED[kind] else {"id": known}


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

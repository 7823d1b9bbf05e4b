"""Finds the line of a key in a TOML text, which the standard parser does not tell.

Good enough for pointing a person at the place: tables, arrays of tables and keys at the start of
a line. What it cannot find it leaves out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast, get_args

from digest.english import meant
from digest.errors import Problem

if TYPE_CHECKING:  # commands that validate nothing look for lines too
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))(?:\s*\.\s*[\w-]+)*\s*=""")

_SCHEMA_PARTS = frozenset({"[key]", "str", "list[str]"})  # steps that only the schema has


def problem_at(details: "ErrorDetails", text: str, file: str, model: "type[BaseModel]") -> Problem:
    """What pydantic found wrong with a TOML text, as a person needs to read it.

    `model` is that of a whole file.
    """
    location = [part for part in details["loc"] if part not in _SCHEMA_PARTS]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    found, allowed = details["input"], _allowed(details)
    match details["type"]:
        case "extra_forbidden":
            hint = meant(str(location[-1]), _keys_beside(location, model))
            shown, allowed = "a key that is not known", f"remove it, or mend its name{hint}"
        case "missing":
            shown, allowed = "nothing", "it is needed"
        case _:
            shown = repr(found) if isinstance(found, str | int | float) else "something else"
            shown = shown.lower() if isinstance(found, bool) else shown
    if location and location[-1] == "password":
        shown = "a secret"
    return Problem(key.removeprefix("."), shown, allowed, find_line(text, location), file)


def _keys_beside(path: Sequence[str | int], model: "type[BaseModel]") -> set[str]:
    """The keys that the table of a key may have."""
    tables = {model}
    for step in path[:-1]:
        inside = [field for key, field in _fields(tables) if key == step]
        if inside:  # and no place in a list, nor a name that the operator has chosen
            tables = {table for field in inside for table in _tables(field.annotation)}
    return {key for key, _ in _fields(tables)}


def _fields(tables: "Iterable[type[BaseModel]]") -> "list[tuple[str, FieldInfo]]":
    return [(f.alias or name, f) for table in tables for name, f in table.model_fields.items()]


def _tables(annotation: object) -> "set[type[BaseModel]]":
    """The tables that a value of a field may be, or hold."""
    if hasattr(annotation, "model_fields"):
        return {cast("type[BaseModel]", annotation)}
    return {table for each in get_args(annotation) for table in _tables(each)}


# What pydantic finds wrong, in words for who has never heard of it.
_ALLOWED = {
    "string_type": "text in quotes",
    "string_too_short": "a text that is not empty",
    "string_too_long": "at most {max_length} characters",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "too_short": "at least one",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "literal_error": "{expected}",
    "enum": "{expected}",
}


def _allowed(details: "ErrorDetails") -> str:
    words = _ALLOWED.get(details["type"])
    if words is None:
        return details["msg"].removeprefix("Value error, ")
    return words.format(**details.get("ctx", {}))


def find_line(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, where `path` ("feeds", 2, "url") is written or the nearest part of it."""
    path = list(path)
    while path:
        line = _find(text, path)
        if line is not None:
            return line
        path.pop()
    return None


def tables_at(text: str) -> dict[tuple[str, int], int]:
    """The line of each table of an array: ("company", 2) is the third [[company]]."""
    found: dict[tuple[str, int], int] = {}
    counts: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header and header[1] == "[[":
            found[header[2], counts[header[2]]] = number
            counts[header[2]] += 1
    return found


def _find(text: str, path: list[str | int]) -> int | None:
    table: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            name = header[2].replace('"', "")
            table = list(name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table.append(counts[name])
            elif table[0] in counts:  # [topic.phrases] is of the last [[topic]]
                table.insert(1, counts[str(table[0])])
            if table in (path, [*path, 0]):  # of an array, its first table
                return number
            continue
        key = _KEY.match(line)
        if key and [*table, key[1] or key[2] or key[3]] == path:
            return number
    return None

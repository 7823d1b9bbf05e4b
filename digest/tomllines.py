"""Finds the line of a key in a TOML text, which the standard parser does not tell.

Good enough for pointing a person at the place: tables, arrays of tables and keys at the start of
a line. What it cannot find it leaves out.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.errors import Problem

if TYPE_CHECKING:  # commands that validate nothing look for lines too
    from pydantic_core import ErrorDetails

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))(?:\s*\.\s*[\w-]+)*\s*=""")

_SCHEMA_PARTS = frozenset({"[key]", "str", "list[str]"})  # steps that only the schema has


def problem_at(details: "ErrorDetails", text: str, file: str) -> Problem:
    """What pydantic found wrong with a TOML text, as a person needs to read it."""
    location = [part for part in details["loc"] if part not in _SCHEMA_PARTS]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    found, allowed = details["input"], _allowed(details)
    match details["type"]:
        case "extra_forbidden":
            shown, allowed = "a key that is not known", "remove it, or mend its name"
        case "missing":
            shown, allowed = "nothing", "it is needed"
        case _:
            shown = repr(found) if isinstance(found, str | int | float) else "something else"
            shown = shown.lower() if isinstance(found, bool) else shown
    if location and location[-1] == "password":
        shown = "a secret"
    return Problem(key.removeprefix("."), shown, allowed, find_line(text, location), file)


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
            if table == path:
                return number
            continue
        key = _KEY.match(line)
        if key and [*table, key[1] or key[2] or key[3]] == path:
            return number
    return None

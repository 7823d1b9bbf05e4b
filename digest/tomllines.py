"""Finds the line of a key in a TOML text, which the standard parser does not tell.

Good enough for pointing a person at the place: tables, arrays of tables and keys at the start of
a line. What it cannot find it leaves out.
"""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))(?:\s*\.\s*[\w-]+)*\s*=""")


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

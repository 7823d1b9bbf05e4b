"""Reads the lexicon: the TOML files of a folder, and the user's own tables over them.

A user's table with a known id adds to it (lists grow, other keys replace); one with a new id
stands for itself. Everything that is wrong is reported at once.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from digest.errors import ConfigError, Problem
from digest.stories import schema as t
from digest.stories.build import build
from digest.stories.lexicon import Lexicon
from digest.stories.problems import placed, problems_of, sound
from digest.stories.references import missing
from digest.tomllines import find_line

BUILT_IN = Path(__file__).parent
FILES = ("companies.toml", "topics.toml", "concepts.toml", "outlets.toml", "sagas.toml")

_USER_FILE = "feeds.toml"
_UNREADABLE = "TOML"
_NOTHING = frozenset({_UNREADABLE, "digest.lexicon"})  # problems that leave nothing of a file
_KINDS = ("company", "topic", "concept", "outlet")  # of tables that a user's file may hold

Table = TypeVar("Table", bound=BaseModel)


def load_lexicon(folder: Path | None, user: Mapping[str, object], user_text: str = "") -> Lexicon:
    """The lexicon of a folder (None: the built-in one) with the user's tables merged over it.

    `user_text` is the text of the user's file, by which the lines of its problems are told.
    Raises ConfigError with every problem of every file.
    """
    if folder is None and not any(user.values()):
        return _shipped()
    return _load(folder, user, user_text)


@cache
def _shipped() -> Lexicon:
    """The built-in lexicon as it is shipped; read once, as nothing changes it."""
    return _load(None, {}, "")


def _load(folder: Path | None, user: Mapping[str, object], user_text: str) -> Lexicon:
    problems: list[Problem] = []
    paths = _paths(folder)
    files = _built_in() if folder is None else _files(paths, problems)
    if folder is not None and not paths:
        allowed = "a folder with the lexicon's TOML files, or leave the key out"
        line = find_line(user_text, ["digest", "lexicon"])
        problems.append(Problem("digest.lexicon", written(folder, user_text), allowed, line))
    own = _check({kind: user.get(kind, []) for kind in _KINDS}, _USER_FILE, user_text, problems)
    whole = _merge([*files, own])
    if _NOTHING.isdisjoint([problem.key for problem in problems]):  # it would be missed everywhere
        texts = own_texts(folder, user_text)
        problems += [placed(problem, texts) for problem in missing(whole)]
    if problems:
        raise ConfigError(problems)
    return build(whole)


def own_texts(folder: Path | None, user_text: str) -> list[tuple[str, str]]:
    """The user's files by name, each with its text, in the order in which they are merged."""
    files = [(_named(path), path.read_text("utf-8")) for path in _paths(folder)]
    return [*files, (_USER_FILE, user_text)]


def _paths(folder: Path | None) -> list[Path]:
    return [] if folder is None else sorted(folder.glob("*.toml"))


def written(folder: Path, user_text: str) -> str:
    """A lexicon's folder as the user's file names it, in quotes; else its path."""
    head = tomllib.loads(user_text).get("digest")
    named = head.get("lexicon") if isinstance(head, Mapping) else None
    return repr(named if isinstance(named, str) else str(folder))


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

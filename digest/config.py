"""feeds.toml and the environment become Settings, or one ConfigError with every problem.

Defaults < feeds.toml < environment (`DIGEST_SECTION__KEY`).
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from digest import settings as s
from digest.alerttables import alert_problems
from digest.english import meant
from digest.errors import ConfigError, Problem, no_project
from digest.feedstoml import FileTable
from digest.mailtables import mail_problems
from digest.tables import settings_of
from digest.tomladdresses import address_key, feed_id
from digest.tomllines import find_line, problem_at

FILE = "feeds.toml"
ENVIRONMENT = "environment"


def load(project: Path, environment: Mapping[str, str], *, needed: bool = True) -> s.Settings:
    """The settings of a project folder; all defaults if it has none and that is allowed.

    Raises ConfigError with every problem found.
    """
    path = project / FILE
    text = read(path) if needed or path.exists() else ""
    return _load_text(text, project, environment)


def _load_text(text: str, project: Path, environment: Mapping[str, str]) -> s.Settings:
    raw = parse_toml(text)
    overrides, problems = _override(raw, environment)
    parsed: FileTable | None = None
    try:
        parsed = _validated(raw, overrides)
    except ValidationError as error:
        problems += [_problem(e, text, overrides) for e in error.errors(include_url=False)]
    problems += _repeated_feeds(raw, text)
    if parsed is not None:
        problems += mail_problems(parsed, project, text)
        problems += _review_problems(parsed, text)
        problems += alert_problems(parsed, project, text)
    if parsed is None or problems:
        raise ConfigError(problems)
    return settings_of(parsed, project)


def append_feeds(project: Path, tables: Sequence[Mapping[str, Any]]) -> None:
    """Append [[feeds]] blocks to feeds.toml, whose comments and order stay as they are.

    Raises ConfigError, and writes nothing, if the file would not be valid with it.
    """
    import shutil

    import tomli_w

    path = (project / FILE).resolve()  # a link stays a link
    before = path.read_bytes().decode()
    blocks = "".join(f"\n\n[[feeds]]\n{tomli_w.dumps(table)}".rstrip() for table in tables)
    after = f"{before.rstrip()}{blocks}\n"
    _load_text(after, project, {})
    temporary = path.with_name(f".{FILE}.part")
    with temporary.open("wb") as file:
        shutil.copymode(path, temporary)  # it may hold a password
        with suppress(PermissionError):  # root's change must not take it from its reader
            os.chown(temporary, path.stat().st_uid, path.stat().st_gid)
        file.write(after.encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read(path: Path) -> str:
    """The text of feeds.toml. Raises ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise no_project(str(path.parent)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(FILE, "", f"cannot be read: {error}")]) from error


def parse_toml(text: str) -> dict[str, Any]:
    """What the text says, unchecked. Raises ConfigError where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise ConfigError([Problem("TOML", "", str(error), int(at[1]) if at else None)]) from error
    except ValueError as error:  # of Python, which has a limit on digits
        raise ConfigError([Problem("TOML", "", "a number has too many digits")]) from error
    except RecursionError as error:
        raise ConfigError([Problem("TOML", "", "it is nested too deeply")]) from error


@dataclass(frozen=True, slots=True)
class _Override:
    """A value that came from the environment."""

    variable: str
    text: str


_Path = tuple[str | int, ...]


def _override(
    raw: dict[str, Any], environment: Mapping[str, str]
) -> tuple[Mapping[_Path, _Override], list[Problem]]:
    """Lay `DIGEST_MAIL__PASSWORD=…` over `[mail] password`.

    Numbers, lists and booleans are written as in TOML; everything else is text as it stands.
    """
    overrides: dict[_Path, _Override] = {}
    problems = []
    for name, text in environment.items():
        if not name.startswith("DIGEST_") or "__" not in name:
            continue
        path = tuple(name.removeprefix("DIGEST_").lower().split("__"))
        target: Any = raw
        for table in path[:-1]:
            target = target.setdefault(table, {}) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            problems.append(Problem(name, "not a table", "DIGEST_SECTION__KEY", file=ENVIRONMENT))
            continue
        overrides[path] = _Override(name, text)
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            value = text
        target[path[-1]] = text if isinstance(value, str) else value
    return overrides, problems


def _validated(raw: dict[str, Any], overrides: Mapping[_Path, _Override]) -> FileTable:
    """The checked file. A number from the environment is text where text is wanted: a password."""
    try:
        return FileTable.model_validate(raw)
    except ValidationError as error:
        wanted = [e["loc"] for e in error.errors() if e["type"] == "string_type"]
        if not any(path in overrides for path in wanted):
            raise
        for path in wanted:
            if path in overrides:
                target: Any = raw
                for part in path[:-1]:
                    target = target[part]
                target[path[-1]] = overrides[path].text
        return FileTable.model_validate(raw)


def _problem(error: ErrorDetails, text: str, overrides: Mapping[_Path, _Override]) -> Problem:
    problem = problem_at(error, text, FILE, FileTable)
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        problem = _unknown_table(problem)
    override = overrides.get(tuple(error["loc"]))
    if override is not None:
        return replace(problem, key=override.variable, line=None, file=ENVIRONMENT)
    return problem


def _unknown_table(problem: Problem) -> Problem:
    """It with what is said of a table, if it may be meant for a lexicon's folder."""
    from digest.stories.schema import LexiconFile

    tables = LexiconFile.model_fields
    if problem.key in tables:
        allowed = "it belongs in the folder that [digest] lexicon names, as docs/lexicon.md says"
        return replace(problem, found="a table of a whole lexicon", allowed=allowed)
    if "did you mean" in problem.allowed:
        return problem
    return replace(problem, allowed=f"{problem.allowed}{meant(problem.key, tables)}")


def _repeated_feeds(raw: Mapping[str, Any], text: str) -> list[Problem]:
    feeds = raw.get("feeds")
    problems = []
    urls: dict[str, int] = {}
    ids: dict[str, int] = {}
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        url = feed.get("url") if isinstance(feed, dict) else None
        if not isinstance(url, str):
            continue  # reported as a wrong value already
        name = str(feed.get("id") or _feed_id_or(url))
        for key, value, same, seen in (
            ("url", url, address_key(url), urls),
            ("id", name, name, ids),
        ):
            first = seen.setdefault(same, number)
            if first != number:
                problems.append(
                    Problem(
                        f"feeds[{number}].{key}",
                        repr(value),
                        f"each feed once; feeds[{first}] has it too",
                        find_line(text, ["feeds", number, key]),
                    )
                )
                break  # the same URL gives the same id: one problem, not two
    return problems


def _feed_id_or(url: str) -> str:
    try:
        return feed_id(url)
    except ValueError:  # reported as a bad URL already
        return url


def _review_problems(parsed: FileTable, text: str) -> list[Problem]:
    """A draft that nobody is there to see."""
    if parsed.digest.review is None or parsed.operator.address is not None:
        return []
    line = find_line(text, ["digest", "review"])
    allowed = "an [operator] address with it, which drafts are mailed to"
    return [Problem("digest.review", "a review", allowed, line)]

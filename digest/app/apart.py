"""Reads a project in a process of its own, which ends: what was read stays, what that took goes.

To read feeds.toml and the lexicon takes modules and tables of 20 MB, which a service would hold for
as long as it runs, and seconds in which its loop would turn badly.
"""

import copyreg
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from digest.errors import ConfigError, DigestError, Problem, TemplateError
from digest.settings import Settings
from digest.shipped import TEMPLATES
from digest.stories.lexicon import Lexicon

if TYPE_CHECKING:  # read where the first issue is made
    from digest.issues.render import Renderer

PATIENCE = 120.0  # seconds; it takes one or two, and on a busy machine ten


@dataclass(frozen=True, slots=True)
class Read:
    """What feeds.toml and the lexicon say; nothing is wrong with them."""

    settings: Settings
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Checked:
    """A project in which nothing is wrong, read: later changes of its files are not in it."""

    settings: Settings
    lexicon: Lexicon
    renderer: "Renderer"  # every template is compiled


@dataclass(frozen=True, slots=True)
class _Asked:
    project: Path
    environment: Mapping[str, str]
    whole: bool  # with the templates, which are tried


def read_words(project: Path, environment: Mapping[str, str]) -> Read:
    """Read feeds.toml and the lexicon. Raises ConfigError with everything that is wrong."""
    return _read(_Asked(project, dict(environment), whole=False))


def read_whole(project: Path, environment: Mapping[str, str]) -> Checked:
    """Read a project with its templates, and try them. Raises ConfigError as `read_words` does."""
    from digest.issues.render import Renderer  # noqa: PLC0415  # see above

    found = _read(_Asked(project, dict(environment), whole=True))
    renderer = Renderer([project / "templates", TEMPLATES])
    try:
        renderer.check()
    except TemplateError as error:  # it was changed while we read
        file = f"templates/{error.name}"
        raise ConfigError([Problem("template", "", error.reason, error.line, file)]) from error
    return Checked(found.settings, found.lexicon, renderer)


def _read(asked: _Asked) -> Read:
    try:
        done = subprocess.run(
            # -P: the current folder is the operator's, not a place for modules
            [sys.executable, "-P", "-c", "from digest.app.apart import main; main()"],
            input=pickle.dumps(asked),
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        why = f"the process that reads it ended with status {error.returncode}"
        raise DigestError(f"{asked.project}: {why}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DigestError(f"{asked.project}: no process could read it: {error}") from error
    found: Read | tuple[Problem, ...] = pickle.loads(done.stdout)  # noqa: S301  # of our own process
    if isinstance(found, Read):
        return found
    raise ConfigError(found)


def _view(of: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(of)  # which pickle finds under no name


def words_of(project: Path, environment: Mapping[str, str]) -> Read:
    """What `read_words` gives, read in this process, which then holds what that takes."""
    from digest.config import load  # noqa: PLC0415  # what we are here to keep out of a service
    from digest.configwords import check_words, lexicon_of  # noqa: PLC0415  # the same

    settings = load(project, environment)
    lexicon = lexicon_of(settings)
    problems = check_words(settings, lexicon)
    if problems:
        raise ConfigError(problems)
    return Read(settings, lexicon)


def main() -> None:
    """Read what stdin asks for, and write to stdout what was found."""
    copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))
    asked: _Asked = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the process that started us
    read = words_of
    if asked.whole:
        from digest.app.check import read_project as read  # noqa: PLC0415  # loads the templates
    found: Read | tuple[Problem, ...]
    try:
        found = read(asked.project, asked.environment)
    except ConfigError as error:
        found = error.problems
    sys.stdout.buffer.write(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))

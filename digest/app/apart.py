"""Reads a project in a process of its own, which ends: what was read stays, what that took goes.

To read feeds.toml and the lexicon takes modules and tables of 20 MB, which a service would hold for
as long as it runs, and seconds in which its loop would turn badly.

That process runs what is installed now, which may be another release than the one that is at work.
So each value travels with the names of its fields: pickle alone would put them into the fields of
another release by their order.
"""

import asyncio
import copyreg
import dataclasses
import io
import json
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from digest import __version__
from digest.errors import ConfigError, DigestError, Problem, TemplateError
from digest.settings import Settings
from digest.shipped import TEMPLATES
from digest.stories.lexicon import Lexicon

if TYPE_CHECKING:  # read where the first issue is made
    from digest.issues.render import Renderer

# It looks for modules where we do, and nowhere else: with -P not even at first in the current
# folder, which is the operator's.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from digest.app.apart import main; main()"
)
PATIENCE = 60.0  # seconds; it takes one or two, and on a busy machine ten


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


async def read(
    project: Path,
    environment: Mapping[str, str],
    *,
    whole: bool,
    python: str = sys.executable,
    patience: float = PATIENCE,
) -> Read:
    """Read feeds.toml and the lexicon and, if `whole`, try the templates too.

    Raises ConfigError with everything that is wrong, DigestError if it could not be read, within
    so many seconds. The process is ended where nobody waits for it any more.
    """
    asked = {
        "release": __version__,
        "project": str(project),
        "environment": dict(environment),
        "whole": whole,  # with the templates, which are tried
    }
    try:
        said = await asyncio.wait_for(_said(python, json.dumps(asked).encode()), patience)
    except TimeoutError as error:
        why = f"the process that reads it had not ended after {patience:g} s"
        raise DigestError(f"{project}: {why}") from error
    except OSError as error:
        raise DigestError(f"{project}: no process could read it: {error}") from error
    except DigestError as error:
        raise DigestError(f"{project}: {error}") from error
    try:
        found = pickle.loads(said)  # noqa: S301  # of our own process
    except Exception as error:  # whatever a pickle of another release, or half of one, raises
        raise DigestError(
            f"{project}: what the process that reads it said is not of this release ({error}). If"
            " digest was installed anew since this service started, start the service again"
        ) from error
    if isinstance(found, Read):
        return found
    raise ConfigError(found)


async def read_whole(
    project: Path, environment: Mapping[str, str], *, python: str = sys.executable
) -> Checked:
    """Read a project with its templates, and try them. Raises as `read` does."""
    found = await read(project, environment, whole=True, python=python)
    return await asyncio.to_thread(_compiled, project, found)


def _compiled(project: Path, found: Read) -> Checked:
    from digest.issues.render import Renderer  # noqa: PLC0415  # see above

    renderer = Renderer([project / "templates", TEMPLATES])
    try:
        renderer.check()
    except TemplateError as error:  # it was changed while we read
        file = f"templates/{error.name}"
        raise ConfigError([Problem("template", "", error.reason, error.line, file)]) from error
    return Checked(found.settings, found.lexicon, renderer)


async def _said(python: str, asked: bytes) -> bytes:
    """What the process writes. Raises DigestError if it fails, OSError if there can be none."""
    process = await asyncio.create_subprocess_exec(
        python,
        "-P",
        "-c",
        _PROGRAM,
        json.dumps(sys.path),  # not PYTHONPATH, which cannot hold a folder with a colon
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,  # the log is ours: a trace would be no line of it
        start_new_session=True,  # Ctrl-C is for the service, which ends this one
    )
    try:
        said, complaint = await process.communicate(asked)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        why = f": {last}" if last else ""
        raise DigestError(f"the process that reads it ended with status {process.returncode}{why}")
    return said


# --- how values travel ---------------------------------------------------------------------------


def _view(of: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(of)  # which pickle finds under no name


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _made(kind: type, names: tuple[str, ...], values: tuple[object, ...]) -> object:
    """A value of a dataclass as it was. Raises ValueError if its fields are others here."""
    if names != _names(kind):
        raise ValueError(f"{kind.__name__} has other fields")
    made: object = object.__new__(kind)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made


class _Pickler(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table | {
        MappingProxyType: lambda view: (_view, (dict(view),)),
    }

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401  # as pickle has it
        kind = type(value)
        if not dataclasses.is_dataclass(kind):
            return NotImplemented
        names = _names(kind)
        return _made, (kind, names, tuple(getattr(value, name) for name in names))


def packed(found: Read | tuple[Problem, ...]) -> bytes:
    """What the process found, as `read` takes it."""
    written = io.BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(found)
    return written.getvalue()


# --- in the process ------------------------------------------------------------------------------


def words_of(project: Path, environment: Mapping[str, str]) -> Read:
    """What `read` gives, read in this process, which then holds what that takes."""
    from digest.config import load  # noqa: PLC0415  # what we are here to keep out of a service
    from digest.configwords import fitting_lexicon  # noqa: PLC0415  # the same

    settings = load(project, environment)
    return Read(settings, fitting_lexicon(settings))


def main() -> None:
    """Read what stdin asks for, and write to stdout what was found."""
    asked = json.load(sys.stdin)
    if asked["release"] != __version__:
        raise SystemExit(
            f"digest {__version__} is installed, and {asked['release']} is at work: end that, and"
            " start it again"
        )
    look = words_of
    if asked["whole"]:
        from digest.app.check import read_project as look  # noqa: PLC0415  # loads the templates
    found: Read | tuple[Problem, ...]
    try:
        found = look(Path(asked["project"]), asked["environment"])
    except ConfigError as error:
        found = error.problems
    sys.stdout.buffer.write(packed(found))

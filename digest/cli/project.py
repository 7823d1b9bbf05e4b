"""What every command starts from: the project folder, and the ways to open what is in it."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.errors import UsageError, no_project
from digest.logs import Log

if TYPE_CHECKING:  # heavy: each command imports what it needs
    from datetime import datetime

    from digest.app import App
    from digest.clock import Clock
    from digest.settings import Settings
    from digest.store import Store
    from digest.stories.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder, nothing of it opened yet."""

    folder: Path

    @property
    def state(self) -> Path:
        """The folder that holds all state, whether feeds.toml can be read or not."""
        return self.folder / "state"  # as Settings.state

    def clock(self) -> "Clock":
        """The clock of this command; a set one is said on stderr."""
        from digest.clock import VARIABLE, clock_from_environment

        clock = clock_from_environment()
        if os.environ.get(VARIABLE):
            Log("digest").warning("clock.set", now=clock())
        return clock

    def settings(self, *, needed: bool = True) -> "Settings":
        """The checked configuration; the defaults if it is not `needed` and there is none.

        Raises ConfigError.
        """
        from digest.config import load

        return load(self.folder, os.environ, needed=needed)

    def lexicon(self) -> "Lexicon":
        """The lexicon of the project, or the built-in one where there is no project."""
        from digest.configwords import lexicon_of

        return lexicon_of(self.settings(needed=False))

    @contextmanager
    def app(self, *, changes: bool = True) -> "Iterator[App]":
        """The wired application; without `changes` its store is opened for reading only."""
        from digest.app import open_app

        with open_app(self.settings(), self.clock(), changes=changes) as app:
            yield app

    @contextmanager
    def store(self) -> "Iterator[Store]":
        """The store for reading, without loading anything else.

        Raises ConfigError where there is no project at all: a slip in --project, and not no news.
        """
        from digest.store import Store

        self._require_any()
        with Store.open_to_read(self.state) as store:
            yield store

    @contextmanager
    def changes(self) -> "Iterator[Store]":
        """The store for a short change; the service sees it at its next look."""
        from digest.store import Store

        self._require_any()
        with Store.open(self.state) as store:
            yield store

    def _require_any(self) -> None:
        if not ((self.folder / "feeds.toml").exists() or self.state.exists()):
            raise no_project(str(self.folder))


class _Number(click.types.IntParamType):
    """The number of a story, an entry or a message, as far as the store can hold it."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number; any other text is a usage error."""
        from digest.model import ID_DIGITS

        text = str(value)
        if text.isdecimal() and len(text) <= ID_DIGITS and int(text) > 0:
            return int(text)
        return self.fail(f"{text!r} is not the number of anything here.", param, ctx)


NUMBER = _Number()


def moment_since(text: str, now: "datetime") -> "datetime":
    """The moment that --since means. Raises UsageError for what is no length of time."""
    from digest.tomlvalues import parse_duration

    try:
        return now - parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--since {text!r}: {error}") from error


def operator_name() -> str:
    """Who types, for the record of what was decided: who became root, not root."""
    for variable in ("SUDO_USER", "DOAS_USER", "USER", "LOGNAME"):
        if name := os.environ.get(variable):
            return name
    with suppress(OSError):  # no terminal
        return os.getlogin()
    with suppress(KeyError):  # as in a container: a number without a name
        return pwd.getpwuid(os.getuid()).pw_name
    return f"uid {os.getuid()}"


pass_project = click.make_pass_decorator(Project)

"""What callers cannot carry on from. Expected results (304, 410, an SMTP 4xx) are values instead.

Each error carries its facts as fields; `str()` gives the sentence that a person reads: what is
wrong, where, and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `digest --help` needs errors, and nothing of the model
    from digest.model import FeedId


class DigestError(Exception):
    """Anything that this program raises on purpose. `exit_code` is what the command ends with."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration."""

    key: str  # "digest.timezone", "feeds[3].url"
    found: str
    allowed: str
    line: int | None = None  # where it can be found
    file: str = "feeds.toml"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        found = f" found {self.found};" if self.found else ""
        key = "" if self.key == self.file else f" {self.key}:"
        return f"{where}:{key}{found} {self.allowed}"


class ConfigError(DigestError):
    """The configuration cannot be used. Carries every problem, not only the first."""

    exit_code = 78  # EX_CONFIG of sysexits.h

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def no_project(folder: str) -> ConfigError:
    """There is no feeds.toml where one is needed."""
    allowed = f"there is none in {folder}; `digest init` writes one, --project names another"
    return ConfigError([Problem("feeds.toml", "", allowed)])


class FeedError(DigestError):
    """One feed could not be read; the others go on."""

    def __init__(self, feed: "FeedId", reason: str) -> None:
        self.feed = feed
        self.reason = reason
        super().__init__(f"{feed}: {reason}")


class StoreError(DigestError):
    """The state folder cannot be used; nothing was changed."""

    exit_code = 78


class DamagedError(StoreError):
    """The database holds what SQLite cannot have written; nothing was changed."""


class DiskLowError(DigestError):
    """The disk has too little room for what was asked; nothing was changed."""


class LockedError(DigestError):
    """Another `digest run` holds the state folder."""

    exit_code = 75  # EX_TEMPFAIL: try again later


class TemplateError(DigestError):
    """A template does not compile or render."""

    exit_code = 78

    def __init__(self, name: str, line: int | None, reason: str) -> None:
        self.name = name
        self.line = line
        self.reason = reason
        super().__init__(f"templates/{name}{f':{line}' if line else ''}: {reason}")


class ServiceError(DigestError):
    """What a running service could not do, with the status that it would have ended with here."""

    def __init__(self, words: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(words)


class UsageError(DigestError):
    """The command line asks for something that is not there or cannot be."""

    exit_code = 2

"""The one place that looks at the wall clock.

`DIGEST_NOW` sets it for any command and for the service: an ISO 8601 time, or `@FILE` with such a
time inside, read at every look, so that a test or a replay can move it.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from digest.errors import ConfigError, Problem

Clock = Callable[[], datetime]

VARIABLE = "DIGEST_NOW"


def machine() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


def _parse(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        allowed = "give an ISO 8601 time with a zone, such as 2026-11-16T07:00:00+09:00"
        raise ConfigError([Problem(VARIABLE, repr(text.strip()), allowed, file="environment")])
    return moment.astimezone(UTC)


def _read(file: Path) -> datetime:
    try:
        return _parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = Problem(VARIABLE, f"@{file}", f"cannot be read: {error}", file="environment")
        raise ConfigError([problem]) from error


def clock_from_environment() -> Clock:
    """The clock to use: the machine's, or the one that DIGEST_NOW sets.

    Raises ConfigError if DIGEST_NOW cannot be understood.
    """
    setting = os.environ.get(VARIABLE)
    if not setting:
        return machine
    if setting.startswith("@"):
        file = Path(setting[1:])
        _read(file)
        return lambda: _read(file)
    fixed = _parse(setting)
    return lambda: fixed

"""The log: events with fields, one line each, as JSON for machines or as words for a terminal.

An event has a fixed name ("poll.done"), and docs/logs.md has all of them. Fields are values, not
sentences; readers are named by their numbers, never by their addresses. What others wrote (feeds,
mail, servers) stands in fields, and never draws on a terminal or begins a line of its own.
"""

import json
import logging
import math
import os
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TextIO

from digest.errors import UsageError
from digest.tally import tally

VARIABLE = "DIGEST_LOG"
FORMS = ("json", "text")

Field = str | int | float | bool | datetime | timedelta | None

# What would end a line, move a cursor or turn the order of letters: C0, DEL, C1, the marks and
# overrides of bidirectional text, the line and paragraph separators, and halves of pairs.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_PLAIN = re.compile(r'[^\s"=\\]+')


class Event:
    """What a line tells: its name and its fields."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, fields: Mapping[str, Field]) -> None:
        self.name = name
        self.fields = fields

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{k}={_word(v)}" for k, v in self.fields.items())])


class Log:
    """Writes the events of one module."""

    __slots__ = ("_logger",)

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, /, **fields: Field) -> None:
        """Tell what only somebody who looks for a mistake wants to know."""
        if self._logger.isEnabledFor(logging.DEBUG):
            self._logger.debug(Event(event, fields))

    def info(self, event: str, /, **fields: Field) -> None:
        """Tell of a unit of work that was done."""
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.info(Event(event, fields))

    def warning(self, event: str, /, **fields: Field) -> None:
        """Tell of what did not go as it should, and goes on by itself."""
        tally.count("log_events", "warning", event)
        self._logger.warning(Event(event, fields))

    def error(self, event: str, /, **fields: Field) -> None:
        """Tell of what somebody has to mend."""
        tally.count("log_events", "error", event)
        self._logger.error(Event(event, fields))

    def exception(
        self, event: str, /, *, error: BaseException | None = None, **fields: Field
    ) -> None:
        """Tell of a mistake in this program, with the trace of `error`, or of what is handled."""
        tally.count("log_events", "error", event)
        self._logger.error(Event(event, fields), exc_info=True if error is None else error)


class Lines(logging.Formatter):
    """Words, for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the lines of a trace below it."""
        event = _event(record)
        at = datetime.fromtimestamp(record.created).astimezone()
        line = f"{at:%H:%M:%S} {record.levelname:7} {event}"
        trace = _trace(record)
        # A trace has lines of its own, and each is safe.
        return "\n".join(map(escaped, [line, *trace.splitlines()]))


class Json(logging.Formatter):
    """JSON, for a machine: one object a line, whatever happened."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        event = _event(record)
        own: dict[str, Field] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": event.name,
        }
        told = own | dict(event.fields) | own  # first, and never another's
        if trace := _trace(record):
            told["trace"] = trace
        line = json.dumps({key: _value(value) for key, value in told.items()}, ensure_ascii=False)
        return escaped(line)  # only its strings hold such characters, and there `\u` is their name


def escaped(text: str) -> str:
    """The text with the escape of every character that does more than to be shown."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def form_of(environment: Mapping[str, str], *, terminal: bool) -> str:
    """The form of the log that is asked for, or that suits where it goes. Raises UsageError."""
    asked = environment.get(VARIABLE)
    if not asked:
        return "text" if terminal else "json"
    if asked not in FORMS:
        raise UsageError(f"{VARIABLE} is {asked!r}; it may be: {', '.join(FORMS)}")
    return asked


def write_log(level: int = logging.WARNING, *, stream: TextIO | None = None) -> None:
    """Write the log to stderr, and what libraries warn of too. Raises UsageError.

    A second call replaces what the first one set.
    """
    to = sys.stderr if stream is None else stream
    form = form_of(os.environ, terminal=to.isatty())
    handler = logging.StreamHandler(to)
    handler.setFormatter(Json() if form == "json" else Lines())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, Json | Lines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("digest").setLevel(level)
    logging.captureWarnings(capture=True)


def _event(record: logging.LogRecord) -> Event:
    if isinstance(record.msg, Event):
        return record.msg
    return Event("library.said", {"library": record.name, "words": record.getMessage()})


def _trace(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    return "".join(traceback.format_exception(record.exc_info[1])).rstrip()


def _value(value: Field) -> str | int | float | bool | None:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case str():
            return str(value)
        case float() if not math.isfinite(value):  # which JSON has no word for
            return str(value)
        case _:
            return value


def _word(value: Field) -> str:
    plain = _value(value)
    if plain is None:
        return "-"
    if isinstance(plain, str) and not _PLAIN.fullmatch(plain):
        return json.dumps(plain, ensure_ascii=False)
    return str(plain).lower() if isinstance(plain, bool) else str(plain)

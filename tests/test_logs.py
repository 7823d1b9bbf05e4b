"""The log, and that docs/logs.md tells of it what is so."""

import ast
import io
import json
import logging
import math
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.logs import VARIABLE, Event, Json, Lines, Log, escaped, form_of, write_log
from digest.model import NoticeKind

ROOT = Path(__file__).parent.parent
log = Log("digest.test")
AT = datetime(2026, 11, 16, 7, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("digest")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    logging.captureWarnings(capture=False)


def piped(monkeypatch: pytest.MonkeyPatch, level: int = logging.INFO) -> io.StringIO:
    monkeypatch.delenv(VARIABLE, raising=False)
    stream = io.StringIO()
    write_log(level, stream=stream)
    return stream


def test_in_a_pipe_each_event_is_an_object_on_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = piped(monkeypatch)
    log.info("poll.done", feeds=3, took=timedelta(seconds=1.5), since=AT, ok=True, none=None)
    log.warning("notice.raised", kind=NoticeKind.FEED_BROKEN)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert datetime.fromisoformat(first.pop("at")).utcoffset() == timedelta(0)
    assert first == {
        "level": "info",
        "event": "poll.done",
        "feeds": 3,
        "took": 1.5,
        "since": "2026-11-16T07:00:00.000Z",
        "ok": True,
        "none": None,
    }
    assert (second["level"], second["kind"]) == ("warning", "feed broken")


def test_on_a_terminal_it_is_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    stream = Terminal()
    write_log(logging.INFO, stream=stream)
    log.info("poll.done", feeds=3, reason="no way", none=None, ok=False)
    assert re.fullmatch(
        r'\d\d:\d\d:\d\d INFO    poll\.done feeds=3 reason="no way" none=- ok=false\n',
        stream.getvalue(),
    )


def test_the_environment_says_otherwise() -> None:
    assert form_of({}, terminal=True) == "text"
    assert form_of({}, terminal=False) == "json"
    assert form_of({VARIABLE: "json"}, terminal=True) == "json"
    assert form_of({VARIABLE: "text"}, terminal=False) == "text"
    with pytest.raises(UsageError, match="it may be: json, text"):
        form_of({VARIABLE: "xml"}, terminal=True)


def test_what_is_below_the_level_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = piped(monkeypatch, logging.WARNING)
    log.debug("outbox.ended", delivery=1)
    log.info("poll.done")
    assert stream.getvalue() == ""
    log.error("mail.trouble")
    assert '"level": "error"' in stream.getvalue()


def test_a_second_call_does_not_tell_everything_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = piped(monkeypatch)
    write_log(logging.INFO, stream=stream)
    log.info("poll.done")
    assert len(stream.getvalue().splitlines()) == 1


def test_a_trace_stays_on_the_line_of_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = piped(monkeypatch)
    try:
        _ = dict[str, int]()["a\u202eb"]
    except KeyError:
        log.exception("feed.crashed", feed="trade")
    log.exception("web.crashed", error=ValueError("another"))  # noqa: LOG004  # as the server does
    log.exception("web.crashed")  # noqa: LOG004  # nothing is handled: no trace
    first, second, third = map(json.loads, stream.getvalue().splitlines())
    assert (first["feed"], "KeyError" in first["trace"]) == ("trade", True)
    assert "ValueError: another" in second["trace"]
    assert "trace" not in third


def test_on_a_terminal_a_trace_has_lines_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "text")
    stream = io.StringIO()
    write_log(stream=stream)
    log.exception("web.crashed", error=ValueError("x\x1b[2J"))  # noqa: LOG004  # as the server does
    assert stream.getvalue().splitlines()[1] == "ValueError: x\\u001b[2J"


def test_what_libraries_warn_of_comes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = piped(monkeypatch)
    logging.getLogger("aiohttp.server").warning("odd %s", "request\n")
    logging.getLogger("apscheduler.scheduler").info("not this")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    said, warned = map(json.loads, stream.getvalue().splitlines())
    assert (said["event"], said["library"]) == ("library.said", "aiohttp.server")
    assert said["words"] == "odd request\n"
    assert warned["library"] == "py.warnings"


@given(st.text())
def test_nothing_that_others_wrote_draws_or_begins_a_line(text: str) -> None:
    record = logging.LogRecord(
        "digest", logging.INFO, "", 0, Event("feed.failed", {"reason": text}), None, None
    )
    plain, structured = Lines().format(record), Json().format(record)
    for line in (plain, structured):
        assert len(line.splitlines()) == 1
        assert escaped(line) == line
        line.encode()  # no half of a pair
    assert json.loads(structured)["reason"] == text


def test_a_field_never_takes_the_place_of_what_every_line_has() -> None:
    event = Event("feed.failed", {"level": "low", "event": "forged", "ms": math.inf})
    record = logging.LogRecord("digest", logging.INFO, "", 0, event, None, None)
    told = json.loads(Json().format(record), parse_constant=pytest.fail)
    assert list(told) == ["at", "level", "event", "ms"]
    assert (told["level"], told["event"], told["ms"]) == ("info", "feed.failed", "inf")


# --- docs/logs.md ----------------------------------------------------------------------------

_LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
}


def events_of_the_program() -> dict[str, tuple[set[str], set[str]]]:
    """Each event with its levels and fields, read from the source."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for path in sorted((ROOT / "digest").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id="log") | ast.Call(func=ast.Name(id="Log")), attr=attr
                    )
                ) if attr in _LEVELS:
                    assert len(node.args) == 1, f"{path}:{node.lineno}: fields are named"
                    event = node.args[0]
                    assert isinstance(event, ast.Constant), f"{path}:{node.lineno}: a fixed name"
                    levels, fields = found[str(event.value)]
                    levels.add(_LEVELS[attr])
                    names = {keyword.arg for keyword in node.keywords}
                    assert None not in names, f"{path}:{node.lineno}: fields are named"
                    fields.update(name for name in names if name and name != "error")
                case _:
                    pass
    return found


def test_the_docs_have_every_event_with_its_levels_and_fields_and_no_other() -> None:
    text = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([a-z, ]+) \| (.+?) \| (\S.+) \|$", text, re.MULTILINE)
    told = {
        name: (set(levels.split(", ")), set(re.findall(r"`(\w+)`", fields)))
        for name, levels, fields, _ in rows
    }
    assert told == dict(events_of_the_program())
    assert [name for name, *_ in rows] == sorted(told)


def test_only_one_module_knows_how_the_log_is_written() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "digest").rglob("*.py")
        if re.search(
            r"getLogger\(__name__|logging\.(Formatter|basicConfig)|StreamHandler",
            path.read_text("utf-8"),
        )
    }
    assert users == {"digest/logs.py"}

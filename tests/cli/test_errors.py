"""Whatever is wrong, a command says it in a line or two and ends with the status for it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from digest.cli import command_line
from digest.store.database import lock, open_database
from digest.store.schema import MIGRATIONS
from tests.cli.conftest import Digest, Ended


def _leaves(command: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield names
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _leaves(found, *names, name)


# Arguments that are well formed, of commands that need some. ADDRESS is a file that is there.
ARGUMENTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("alerts", "mute"): ("--story", "1"),
    ("alerts", "test"): ("company:nissan",),
    ("archive", "build"): ("archive",),
    ("explain",): ("story:1",),
    ("feeds", "add"): ("http://127.0.0.1:9/a", "--unchecked"),
    ("feeds", "check"): ("http://127.0.0.1:9/a",),
    ("feeds", "discover"): ("http://127.0.0.1:9/",),
    ("feeds", "import"): ("FILE",),
    ("issue", "approve"): ("2026-W47",),
    ("issue", "cancel"): ("2026-W47", "--yes"),
    ("issue", "first"): ("1",),
    ("issue", "note"): ("a note",),
    ("issue", "pause"): ("2026-W47",),
    ("issue", "resume"): ("2026-W47",),
    ("outbox", "resolve"): ("1", "--sent"),
    ("outbox", "retry"): ("1",),
    ("prove",): ("2026-W47",),
    ("restore",): ("FILE",),
    ("stories", "exclude"): ("1",),
    ("stories", "lead"): ("1", "1"),
    ("stories", "merge"): ("1", "2"),
    ("stories", "show"): ("1",),
    ("stories", "split"): ("1", "1"),
    ("subscribers", "add"): ("emma@reader.example",),
    ("subscribers", "erase"): ("emma@reader.example",),
    ("subscribers", "import"): ("FILE",),
    ("subscribers", "pause"): ("emma@reader.example",),
    ("subscribers", "remove"): ("emma@reader.example",),
    ("subscribers", "resume"): ("emma@reader.example",),
    ("subscribers", "show"): ("emma@reader.example",),
    ("tag",): ("Honda recalls the Fit",),
    ("completion",): ("bash",),
}
# These look at no project, or make one.
ALONE = {("completion",), ("demo",), ("init",), ("service", "install"), ("service", "uninstall")}
ALL = [names for names in _leaves(command_line) if names not in ALONE]
# Without a project there is nothing to read, which is no error for these.
NEEDS_NONE = {("tag",), ("feeds", "check"), ("feeds", "discover"), ("inbox", "receive")}
# These read the state alone, which may be needed most while the configuration is broken.
STATE_ONLY = {
    *(("stories", "list"), ("issue", "list"), ("subscribers", "list"), ("subscribers", "export")),
    *(("outbox", "list"), ("stories", "show"), ("subscribers", "show")),
}
SAYS_SO = {("doctor",), ("backup",), ("reload",), ("health",)}  # that there is nothing, with 1
STATES = {0, 1, 2, 75, 78}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Some file; of what no command can use."""
    path = tmp_path / "some.csv"
    path.write_text("nothing of use\n", encoding="utf-8")
    return path


def typed(names: tuple[str, ...], file: Path) -> list[str]:
    """A command as it would be typed."""
    given = (str(file) if each == "FILE" else each for each in ARGUMENTS.get(names, ()))
    return [*names, *given]


def clear(ended: Ended) -> bool:
    """Whether somebody who has never seen the program's inside can read what it says."""
    return "Traceback" not in ended.errors and not re.search(r"\bError\(", ended.errors)


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_without_a_project(
    digest: Digest, tmp_path: Path, file: Path, names: tuple[str, ...]
) -> None:
    nowhere = tmp_path / "nowhere"
    ended = digest("--project", str(nowhere), *typed(names, file))
    assert clear(ended), ended.errors
    if names not in NEEDS_NONE:
        assert ended.status in ({1, 78} if names in SAYS_SO else {75, 78, 2}), ended.errors
        assert names in SAYS_SO or "feeds.toml" in ended.errors or ended.status == 2
    assert ended.status in STATES
    assert not (nowhere / "state").exists() or names in NEEDS_NONE


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_with_a_broken_configuration(
    digest: Digest, project: Path, file: Path, names: tuple[str, ...]
) -> None:
    (project / "feeds.toml").write_text("[digest]\ntimezone = 'Mars'\n", encoding="utf-8")
    ended = digest(*typed(names, file))
    assert clear(ended), ended.errors
    assert ended.status in STATES
    if "digest.timezone" not in ended.errors + ended.out:
        assert names in NEEDS_NONE | STATE_ONLY or ended.status, ended.errors


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_with_a_state_of_a_newer_schema(
    digest: Digest, project: Path, file: Path, names: tuple[str, ...]
) -> None:
    database = open_database(project / "state")
    database.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    ended = digest(*typed(names, file))
    assert clear(ended), ended.errors
    assert ended.status in STATES
    if "newer version" in ended.errors:
        assert ended.status in {75, 78}


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_an_option_that_is_none_is_a_usage_error(digest: Digest, names: tuple[str, ...]) -> None:
    ended = digest(*names, "--no-such-option")
    assert (ended.status, clear(ended)) == (2, True)
    assert "No such option" in ended.errors


def test_a_second_service_is_told_of_the_first(digest: Digest, project: Path) -> None:
    open_database(project / "state").close()
    with lock(project / "state"):
        ended = digest("run")
    assert (ended.status, clear(ended)) == (75, True)
    assert "at work here" in ended.errors


def test_a_service_that_cannot_start_says_so_in_the_form_of_its_log(
    digest: Digest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "feeds.toml").write_text("[mial]\n[digest]\ntitel = 'x'\n", encoding="utf-8")
    ended = digest("run")
    told = [json.loads(line) for line in ended.errors.splitlines()]
    assert (ended.status, {one["event"] for one in told}) == (78, {"service.failed"})
    assert [one["reason"].partition(";")[0] for one in told] == [
        "feeds.toml:3: digest.titel: found a key that is not known",
        "feeds.toml:1: mial: found a key that is not known",
    ]
    monkeypatch.setenv("DIGEST_LOG", "text")
    assert digest("run").errors.startswith("2 problems with the configuration:\n")


def test_a_state_that_is_no_database(digest: Digest, project: Path) -> None:
    (project / "state").mkdir(mode=0o700)
    (project / "state/digest.db").write_bytes(b"this is no database " * 500)
    ended = digest("status")
    assert (ended.status, clear(ended), ended.errors.count("\n")) == (78, True, 1)

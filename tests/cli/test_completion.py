"""What a shell is offered, and what is loaded for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from digest.cli import command_line
from digest.store import Store
from digest.store.schema import MIGRATIONS
from tests.builders import database_of
from tests.cli.conftest import Digest


def offered(*words: str) -> list[str]:
    """What is offered for the last word."""
    shell = ShellComplete(command_line, {}, "digest", "_DIGEST_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    text = '[digest.editions]\ndaily = "07:00"\nweekly = "mon 07:00"\n'
    text += '[[feeds]]\nurl = "https://a.example/rss"\n[[feeds]]\nurl = "https://b/"\nid = "bee"\n'
    text += '[[topic]]\nid = "evtol"\n[[alerts]]\nname = "pumps"\nmatch = "new"\n'
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DIGEST_PROJECT", str(tmp_path))
    return tmp_path


def test_commands_are_offered_and_their_options() -> None:
    assert offered("st") == ["stories", "status"]
    assert offered("issue", "ap") == ["approve"]
    assert offered("stories", "") == ["exclude", "lead", "list", "merge", "show", "split"]
    assert "--project" in offered("--pro")
    assert offered("status", "--sh") == ["--short"]


@pytest.mark.usefixtures("folder")
def test_ids_are_offered() -> None:
    assert offered("poll", "--feed", "") == ["a-example-rss", "bee"]
    assert offered("explain", "be") == ["bee"]
    assert offered("issue", "show", "--edition", "d") == ["daily"]
    assert offered("stories", "list", "--company", "niss") == ["nissan"]
    assert offered("stories", "list", "--topic", "ev") == ["ev", "evtol"]
    assert offered("prove", "2") == []
    assert offered("alerts", "mute", "") == ["breaking", "pumps"]


def test_a_state_of_an_older_release_offers_nothing_and_stays_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("digest.store.migrating.MIGRATIONS", MIGRATIONS[:1])
        Store.open(folder / "state").close()
    there = (folder / "state/digest.db").read_bytes()
    assert offered("prove", "2") == []
    assert (folder / "state/digest.db").read_bytes() == there


def test_a_folder_without_a_project_or_with_a_broken_one_offers_what_is_known(
    folder: Path,
) -> None:
    (folder / "feeds.toml").write_text("[[[", encoding="utf-8")
    assert offered("poll", "--feed", "") == []
    assert offered("issue", "show", "--edition", "") == ["weekly"]
    (folder / "state").mkdir()
    (folder / "state/digest.db").write_bytes(b"none " * 999)
    assert offered("prove", "2") == []


def test_periods_are_those_of_issues(folder: Path) -> None:
    with Store.open(folder / "state") as store:
        sql = (
            "INSERT INTO issues (edition, period, period_start, period_end, title, frozen_at,"
            " entries_read, outcome) VALUES (?, ?, '', '', '', '', 0, 'empty')"
        )
        rows = [("weekly", "2026-W46"), ("weekly", "2026-W47"), ("daily", "2026-11-16")]
        database_of(store).connection.executemany(sql, rows)  # as publishing leaves it
    assert offered("prove", "2026-W") == ["2026-W47", "2026-W46"]
    assert offered("prove", "--edition", "daily", "") == ["2026-11-16"]


def test_where_an_issue_may_still_come_its_period_is_offered_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_NOW", "2026-11-17T12:00:00+09:00")
    assert offered("issue", "show", "2026") == ["2026-W48", "2026-11-18"]
    assert offered("preview", "--edition", "daily", "--period", "2") == ["2026-11-18"]
    assert offered("issue", "hold", "--edition", "hourly", "") == []
    text = (folder / "feeds.toml").read_text(encoding="utf-8")
    (folder / "feeds.toml").write_text(text.replace("07:00", "soon"), encoding="utf-8")
    assert offered("issue", "show", "2026") == []


@pytest.mark.usefixtures("folder")
def test_lists_of_ids_go_on_after_a_comma() -> None:
    assert offered("preview", "--topics", "ev") == ["ev", "evtol"]
    assert offered("preview", "--topics", "ev,ev") == ["ev,evtol"]
    assert offered("preview", "--companies", "honda,niss") == ["honda,nissan"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", ["poll --feed be", "poll --feed = be", "poll --feed="])
def test_bash_splits_words_at_equals_signs(words: str) -> None:
    """Which it does itself when it asks; what a person has typed there is `--feed=be`."""
    asked = {"COMP_WORDS": f"digest {words}", "COMP_CWORD": str(words.count(" ") + 1)}
    run = subprocess.run(
        [sys.executable, "-m", "digest"],
        env=os.environ | {"_DIGEST_COMPLETE": "bash_complete"} | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    before = "--feed=" if words.endswith("=") else ""
    assert f"plain,{before}bee\n" in run.stdout


def test_in_fish_a_word_may_have_commas(digest: Digest) -> None:
    assert 'string split -m 1 "," $completion' in digest("completion", "fish").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_the_shells_own(digest: Digest, shell: str) -> None:
    ended = digest("completion", shell)
    assert (ended.status, "_DIGEST_COMPLETE" in ended.out) == (0, True)
    assert digest("completion", "tcsh").status == 2


HEAVY = {"pydantic", "aiohttp", "rich", "jinja2", "msgspec", "email_validator", "digest.model"}


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], HEAVY | {"pathlib", "logging", "asyncio", "sqlite3"}),
        (["--version"], HEAVY | {"pathlib", "logging", "importlib.metadata"}),
        (
            ["status", "--short"],
            {"aiohttp", "rich", "jinja2", "email_validator", "digest.stories.load", "feedparser"},
        ),
        (["completion", "fish"], HEAVY),
    ],
    ids=["help", "version", "status", "completion"],
)
def test_a_command_loads_nothing_heavy_that_it_does_not_use(
    project: Path, arguments: list[str], without: set[str]
) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from digest.cli import main\nmain()\n"
    )
    # A process whose coverage is measured loads what that needs.
    unmeasured = {name: v for name, v in os.environ.items() if not name.startswith("COV")}
    run = subprocess.run(
        [sys.executable, "-c", code, "--project", str(project), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=unmeasured,
    )
    assert without & set(run.stderr.split()) == set()

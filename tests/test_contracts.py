"""The checks that keep the design: they must fail when somebody breaks a rule."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "digest", tmp_path / "digest", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def ruff(folder: Path, file: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", file],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def add(folder: Path, file: str, line: str) -> None:
    with (folder / file).open("a", encoding="utf-8") as source:
        source.write(line)


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("digest/stories/rank.py", "import sqlite3\n", "pure"),
        ("digest/feeds/clean.py", "from digest.clock import Clock\n", "pure"),
        ("digest/issues/compose.py", "from digest.logs import Log\n", "pure"),
        ("digest/feeds/poll.py", "import digest.mail.smtp\n", "one way"),
        ("digest/store/feeds.py", "import digest.issues.publish\n", "one way"),
    ],
)
def test_a_wrong_import_fails(copy: Path, file: str, line: str, contract: str) -> None:
    assert lint_imports(copy).returncode == 0
    add(copy, file, line)
    broken = lint_imports(copy)
    assert broken.returncode != 0
    assert contract in broken.stdout.partition("Broken contracts")[2]


def test_looking_at_the_clock_fails(copy: Path) -> None:
    file = "digest/issues/publish.py"
    assert ruff(copy, file).returncode == 0
    add(copy, file, "\n\nSTARTED = datetime.now(UTC)\n")
    found = ruff(copy, file)
    assert "TID251" in found.stdout
    assert ruff(copy, "digest/clock.py").returncode == 0  # the one place that may


# What touches the world, or walks values through a stage. Everything else decides, and is pure.
THIN = {
    "web.admin": {"facts", "front", "metrics"},
    "feeds": {
        "check",
        "discover",
        "failures",
        "fetch",
        "guard",
        "keep",
        "lenient",
        "poll",
        "ports",
        "resolve",
        "worker",
        "workers",
    },
    "stories": {
        *("build", "problems", "schema"),  # without I/O, but pydantic reads the tables for them
        *(
            "correct",
            "follow",
            "ids",
            "ingest",
            "judge",
            "load",
            "recall",
            "rows",
        ),
        *("worker", "workers"),
    },
    "alerts": {"channels", "chats", "mailing", "usual", "watch", "webhooks"},
    "issues": {"archive", "before", "press", "publish", "render", "review", "sandbox"},
    "subscribers": {
        "bymail",
        "bypage",
        "desk",
        "exporting",
        "importing",
        "intake",
        "questions",
        "retention",
        "tokens",
    },
    "mail": {
        "board",
        "copies",
        "courier",
        "imap",
        "inbox",
        "journal",
        "line",
        "maildir",
        "outbox",
        "pipeline",
        "results",
        "prepared",
        "settle",
        "shift",
        "smtp",
        "transport",
    },
    "doctor": {"examine", "here", "names", "post", "web"},
    "daemon": {
        *("clockguard", "glimpse", "notify", "pages", "parts", "present", "pulse", "reload"),
        "service",
    },
    "web": {"choosing", "front", "joining", "leaving", "reading", "server", "site"},
}


def test_every_module_of_a_stage_is_pure_or_known_to_be_thin() -> None:
    """A module that is new or renamed must not fall out of the contract silently."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (pure,) = (c["source_modules"] for c in contracts["contracts"] if c["type"] == "forbidden")
    for stage, thin in THIN.items():
        folder = ROOT / "digest" / stage.replace(".", "/")
        there = {file.stem for file in folder.glob("[!_]*.py")}
        of_stage = [m.rpartition(".") for m in pure]
        deciding = {name for package, _, name in of_stage if package == f"digest.{stage}"}
        assert there == thin | deciding, stage

"""The command line in this process: what a person types, sees, and gets as status."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.cli import main
from digest.logs import Json, Lines


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    errors: str


Digest = Callable[..., Ended]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "feeds.toml").write_text(
        '[mail]\nfrom = "Kuruma Weekly <weekly@kuruma.example>"\n', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def digest(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Digest]:
    """Run a command on the project; the clock stands on a Thursday."""
    monkeypatch.setenv("DIGEST_NOW", "2026-11-12T12:00:00+09:00")
    monkeypatch.setenv("DIGEST_PROJECT", str(project))

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["digest", *arguments])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        shown = capsys.readouterr()
        return Ended(status, shown.out, shown.err)

    yield run
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each.formatter, Json | Lines)]:
        root.removeHandler(handler)  # it writes to this test's stderr
    logging.captureWarnings(capture=False)
    logging.getLogger("digest").setLevel(logging.NOTSET)

"""What the proofs share: a folder that no process outlives, and figures that are shown at the end.

Counts are small by default; DIGEST_PROOF=full asks for those of the real proof.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.processes import nothing_left_running

Figures = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with nothing_left_running(tmp_path):
        yield tmp_path


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Takes what a proof has counted, in one line."""
    return lambda line: record_property("figures", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "figures":
                terminalreporter.write_line(f"{report.head_line}: {value}")

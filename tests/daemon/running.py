"""A service as a process, and a small project for it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.end_to_end.service import Project

CONFIG = """
[digest]
title = "Kuruma Weekly"
timezone = "{zone}"
[digest.editions]
weekly = "mon 07:00"
[operator]
address = "editor@kuruma.example"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
[[feeds]]
url = "http://127.0.0.1:9/"
id = "off"
enabled = false
"""


def project_in(folder: Path, more: str = "", zone: str = "Asia/Tokyo") -> Project:
    project = Project(folder, CONFIG.format(zone=zone) + more)
    project.set_clock("2026-11-18T12:00:00+09:00")
    return project


def add(project: Project, text: str) -> None:
    """Append to feeds.toml."""
    with (project.folder / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def decided(folder: Path) -> list[str]:
    """The periods of which something has been decided, in that order."""
    return _look(folder, "SELECT period FROM issues ORDER BY id")


def knows_editions(folder: Path) -> bool:
    """Whether the service has looked at its schedule for the first time."""
    return bool(_look(folder, "SELECT name FROM editions"))


def _look(folder: Path, query: str) -> list[str]:
    database = folder / "state" / "digest.db"
    try:
        opened = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=20)
        with closing(opened):
            return [row[0] for row in opened.execute(query)]
    except sqlite3.OperationalError:  # it is not there yet, or is being written
        return []

"""The other programs that bench/poll.py measures: how each is set up and what is run.

Every peer gets the setting in which it is fastest while doing its work: gzip where it asks for it,
as many feeds at once as it can, no mail sent. They know loopback addresses only.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 16  # what we do ourselves
PACKAGES = ("rss2email==3.14", "reader>=3", "sgmllib3k")
READER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1], feed_root=None)
if sys.argv[2] == "add":
    for url in sys.stdin.read().split():
        reader.add_feed(url)
else:
    reader.update_feeds(scheduled=False, workers=int(sys.argv[2]))
"""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program, ready to be run as often as one likes in a folder of its own."""

    name: str
    command: Sequence[str]
    entries: Callable[[], int]  # how many it has stored
    environment: Mapping[str, str] = field(default_factory=dict)


def install(venv: Path) -> None:
    """Make the folder of Python peers, unless it is there."""
    if not (venv / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)


def rss2email(venv: Path, folder: Path, urls: Sequence[str]) -> Peer | None:
    """One feed at a time is all it can. As `r2e new` sets it up: summaries become plain text."""
    program = venv / "bin" / "r2e"
    if not program.exists():
        return None
    folder.mkdir(parents=True)
    lines = ["[DEFAULT]", "from = bench@localhost", "to = bench@localhost"]
    for number, url in enumerate(urls):
        lines += [f"[feed.f{number}]", f"url = {url}"]
    config, data = folder / "config", folder / "data.json"
    config.write_text("\n".join(lines) + "\n")
    data.write_text('{"version": 2, "feeds": []}')
    return Peer(
        name="rss2email 3.14",
        command=[str(program), "-c", str(config), "-d", str(data), "run", "--no-send"],
        entries=lambda: data.read_text().count('"hash":'),
    )


def reader(venv: Path, folder: Path, urls: Sequence[str], workers: int = AT_ONCE) -> Peer | None:
    python = venv / "bin" / "python"
    if subprocess.run([python, "-c", "import reader"], capture_output=True, check=False).returncode:
        return None
    folder.mkdir(parents=True)
    database = folder / "reader.db"
    base = [str(python), "-c", READER, str(database)]
    subprocess.run([*base, "add"], input="\n".join(urls), text=True, check=True)
    return Peer(
        name=f"reader, {workers} workers",
        command=[*base, str(workers)],
        entries=lambda: _count(database, "entries"),
    )


def newsboat(folder: Path, urls: Sequence[str]) -> Peer | None:
    program = shutil.which("newsboat")
    if program is None:
        return None
    folder.mkdir(parents=True)
    (folder / "urls").write_text("\n".join(urls) + "\n")
    (folder / "config").write_text(f"reload-threads {AT_ONCE}\n")
    files = ["-u", folder / "urls", "-c", folder / "cache.db", "-C", folder / "config"]
    return Peer(
        name="newsboat",
        command=[program, *map(str, files), "-x", "reload"],
        entries=lambda: _count(folder / "cache.db", "rss_item"),
        environment={"HOME": str(folder)},
    )


def sfeed(folder: Path, urls: Sequence[str]) -> Peer | None:
    """It knows no validators: an unchanged feed is fetched, read and merged again."""
    program = shutil.which("sfeed_update")
    if program is None:
        return None
    folder.mkdir(parents=True)
    feeds = "\n".join(f'feed "f{number}" "{url}"' for number, url in enumerate(urls))
    config = folder / "sfeedrc"
    stored = folder / "feeds"
    config.write_text(f'sfeedpath="{stored}"\nmaxjobs={AT_ONCE}\nfeeds() {{\n{feeds}\n}}\n')
    return Peer(
        name="sfeed",
        command=[program, str(config)],
        entries=lambda: sum(file.read_bytes().count(b"\n") for file in stored.iterdir()),
        environment={"HOME": str(folder)},
    )


def curl(folder: Path, urls: Sequence[str]) -> Peer | None:
    """The floor: the bytes fetched, and nothing done with them."""
    program = shutil.which("curl")
    if program is None:
        return None
    folder.mkdir(parents=True)
    lines = ["parallel", f"parallel-max = {AT_ONCE}", "compressed", "silent"]
    for number, url in enumerate(urls):
        tags = folder / f"etag{number}"
        lines += [
            "next" if number else "",
            f"url = {url}",
            "output = /dev/null",
            f"etag-save = {tags}",
            f"etag-compare = {tags}",
            "silent",
            "compressed",
        ]
    config = folder / "curlrc"
    config.write_text("\n".join(lines) + "\n")
    return Peer(
        name="curl --parallel",
        command=[program, "--parallel", "--parallel-max", str(AT_ONCE), "--config", str(config)],
        entries=lambda: 0,
    )


def clean_environment() -> dict[str, str]:
    """Ours without proxies: everything here is on loopback."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}


def _count(database: Path, table: str) -> int:
    with sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608

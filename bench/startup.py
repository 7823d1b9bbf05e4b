"""How soon commands start, in processor time, beside what none could go below.

Usage: python bench/startup.py [ROUNDS]

`--help`, `--version` and completion run beside a click program with as many lazy commands that
does nothing; `digest status` with a year of state, and `digest poll` with 500 feeds up to its
first request, beside a process that only imports what they have used by then. The two of each pair
run in turn; the smallest of all rounds counts, since other work on the machine only adds.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from digest.cli import COMMANDS
from digest.store.database import open_database

ROUNDS = 15
FEEDS, ENTRIES, READERS, ISSUES = 60, 100_000, 1_000, 52
DIGEST = (sys.executable, "-m", "digest")

EMPTY = f"""\
import click
from click.shell_completion import CompletionItem
NAMES = {{f"command{{n}}": "What it does, in some words." for n in range({len(COMMANDS)})}}
class Lazy(click.Group):
    def list_commands(self, ctx): return list(NAMES)
    def get_command(self, ctx, name): return None
    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(NAMES.items()))
    def shell_complete(self, ctx, incomplete):
        return [CompletionItem(name) for name in NAMES if name.startswith(incomplete)]
@click.group(cls=Lazy)
@click.option("--project", help="A folder.")
@click.version_option("0.1.0", prog_name="empty")
def main(project): pass
main(prog_name="empty")
"""

# Says at its end, if asked, which modules it has loaded.
WHOLE = """\
import atexit, os, sys
def over(*_, **__):
    if "LOADED" in os.environ:
        print(*sys.modules, file=sys.stderr)
    sys.stdout.flush()
    os._exit(0)
atexit.register(over)
"""
RUN = "from digest.cli import main\nmain()\n"

# Ends at the first request, which is that of a socket's connection or of a name.
FIRST = f"""\
{WHOLE}
import asyncio.base_events, socket
asyncio.base_events.BaseEventLoop.getaddrinfo = over
asyncio.base_events.BaseEventLoop.create_connection = over
socket.getaddrinfo = over
{RUN}"""


def processor_ms(command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def compare(
    what: str,
    ours: Sequence[str],
    theirs: Sequence[str],
    rounds: int,
    *,
    environment: Mapping[str, str] | None = None,
    empty_environment: Mapping[str, str] | None = None,
) -> None:
    mine, other = [], []
    for _ in range(rounds):
        mine.append(processor_ms(ours, environment or os.environ))
        other.append(processor_ms(theirs, empty_environment or os.environ))
    ratio = min(mine) / min(other)
    print(f"{what:34} {min(mine):7.0f} ms {min(other):7.0f} ms {ratio:6.2f}")


def completing(variable: str, word: str) -> dict[str, str]:
    return {**os.environ, variable: "bash_complete", "COMP_WORDS": word, "COMP_CWORD": "1"}


def a_year(folder: Path) -> None:
    """A project with a year of state, as far as `digest status` looks at it."""
    feeds = "".join(f'[[feeds]]\nurl = "https://f{n}.example/rss"\n' for n in range(FEEDS))
    (folder / "feeds.toml").write_text(feeds, encoding="utf-8")
    connection = open_database(folder / "state").connection
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO feeds (id, url, added_at) VALUES (?, ?, '2026-01-01T00:00:00+00:00')",
        [(f"f{n}-example-rss", f"https://f{n}.example/rss") for n in range(FEEDS)],
    )
    at = "2026-06-01T00:00:00+00:00"
    connection.executemany(
        "INSERT INTO entries (feed, guid, url, title, summary, published, dated, lang, outlet,"
        " first_seen, placed_at)"
        " VALUES (?, ?, ?, 'A headline', 'A summary.', ?, 1, 'en', 'O', ?, ?)",
        [
            (f"f{n % FEEDS}-example-rss", str(n), f"https://x/{n}", at, at, at)
            for n in range(ENTRIES)
        ],
    )
    connection.executemany(
        "INSERT INTO subscribers (address, address_key, name, status, choice, rhythm, alerts,"
        " created_at, changed_at) VALUES (?, ?, '', 'active', '{}', 'weekly', 'none', ?, ?)",
        [(f"r{n}@x.example", f"r{n}@x.example", at, at) for n in range(READERS)],
    )
    for n in range(1, ISSUES + 1):
        connection.execute(
            "INSERT INTO issues (id, edition, period, period_start, period_end, title, frozen_at,"
            " entries_read, outcome) VALUES (?, 'weekly', ?, ?, ?, 'T', ?, 0, 'published')",
            (n, f"2026-W{n:02}", "2026-05-25T00:00:00+00:00", at, at),
        )
        connection.execute("INSERT INTO segments VALUES (?, ?, '{}', 's', 'h', 't', 30)", (n, n))
    connection.executemany(
        "INSERT INTO deliveries (key, kind, priority, state, address, subscriber_id, issue_id,"
        " segment_id, queued_at, not_before, changed_at)"
        " VALUES (?, 'issue', 4, 'sent', 'a', ?, ?, ?, ?, ?, ?)",
        [
            (f"issue/{issue}/{reader}", reader, issue, issue, at, at, at)
            for issue in range(1, ISSUES + 1)
            for reader in range(1, READERS + 1)
        ],
    )
    connection.execute("COMMIT")
    connection.close()


def beside_its_imports(what: str, code: str, arguments: Sequence[str], rounds: int) -> None:
    """Compare a command with a process that imports the modules which it has loaded at its end."""
    ours = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(
        ours, env=os.environ | {"LOADED": "yes"}, capture_output=True, text=True, check=True
    )
    names = run.stderr.splitlines()[-1].split()
    imports = [f"try: import {name}\nexcept Exception: pass" for name in names if name[0] != "_"]
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as script:
        script.write("\n".join([*imports, "import os", "os._exit(0)"]))
        script.flush()
        compare(what, ours, [sys.executable, script.name], rounds)


def status(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        a_year(Path(name))
        arguments = ("--project", name, "status", "--short")
        beside_its_imports("status, a year of state", WHOLE + RUN, arguments, rounds)


def poll(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        rule = 'keep = ["company:*", "topic:recall_safety"]\n'
        feeds = "".join(
            f'[[feeds]]\nurl = "https://h{n}.example/rss"\n{rule if n % 3 == 0 else ""}'
            for n in range(500)
        )
        (Path(name) / "feeds.toml").write_text(feeds, encoding="utf-8")
        arguments = ("--project", name, "poll")
        beside_its_imports("poll, 500 feeds, first request", FIRST, arguments, max(3, rounds // 3))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    empty = [sys.executable, "-c", EMPTY]
    print(f"{'':34} {'digest':>10} {'beside':>10} {'ratio':>6}")
    for option in ("--help", "--version"):
        compare(option, [*DIGEST, option], [*empty, option], rounds)
    ours, theirs = completing("_DIGEST_COMPLETE", "digest s"), completing("_EMPTY_COMPLETE", "x c")
    compare("completion", list(DIGEST), empty, rounds, environment=ours, empty_environment=theirs)
    status(rounds)
    poll(rounds)


if __name__ == "__main__":
    main()

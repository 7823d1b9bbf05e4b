"""Measures a round of polling against other feed readers: `python bench/poll.py`.

500 feeds of 50 entries, served from 500 loopback addresses by a process of its own
(bench/poll_server.py), are polled cold, then unchanged (304), then with two new entries each; by
us, by rss2email and lemon24/reader (installed into the folder `--peers` if it is not there), by
newsboat and sfeed where the system has them, and by `curl --parallel` as the floor. Seconds are
wall time, CPU is that of the program and all its children, memory is the most that the program
and its children held together (shared pages once). `--json` prints the same figures for machines,
`--only ours` leaves the others out.

Ours is told in several rows. "stored" ends when the entries are in the database, "stories" when
ingest has made stories of them. A "command" is a fresh process each time, start-up included; the
"service" is one process that polls round after round, which is how it is meant to be run; its
memory is asked again after ten more rounds.
"""

import argparse
import asyncio
import compileall
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from poll_peers import (
    Peer,
    clean_environment,
    curl,
    install,
    newsboat,
    reader,
    rss2email,
    sfeed,
)

BENCH = Path(__file__).resolve().parent
ROUNDS = {"cold": 0, "unchanged": 0, "2 new": 2}  # and how many entries are new
MORE_ROUNDS = 10
LOOK_EVERY = 0.02  # seconds between two looks at the memory
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one program took for one round."""

    program: str
    round: str
    seconds: float
    cpu: float  # seconds, of the whole tree
    memory: float  # MB, the most that the whole tree held
    entries: int  # stored when the round was over; 0 where nothing is
    failed: bool = False


# --- measuring -------------------------------------------------------------------------------


def tree(process: int) -> Iterator[int]:
    yield process
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))
    except OSError:  # it has ended meanwhile
        return


def resident(process: int) -> float:
    """MB that a process and its children hold now; what several share is divided among them."""
    held = 0
    for one in tree(process):
        try:
            told = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        held += sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
    return held * 1024 / 1e6


class Watch:
    """Looks at a process tree's memory until it is stopped."""

    def __init__(self, process: int) -> None:
        self.peak = 0.0
        self._process = process
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self.peak = max(self.peak, resident(self._process))

    def stop(self) -> float:
        """End the watch: the most MB that were seen."""
        self._stop.set()
        self._thread.join()
        return self.peak


def run(
    command: Sequence[str], environment: Mapping[str, str], limit: float
) -> tuple[float, float, float, bool]:
    """Seconds, CPU seconds, peak MB, and whether it failed or took longer than `limit` seconds."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=clean_environment() | dict(environment),
            start_new_session=True,
        )
        watch = Watch(process.pid)
        timer = threading.Timer(limit, process.kill)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        peak = watch.stop()
        if process.returncode:
            said.seek(0)
            print(said.read()[-800:].decode(errors="replace"), file=sys.stderr)
    return seconds, used.ru_utime + used.ru_stime, peak, process.returncode != 0


# --- the feeds -------------------------------------------------------------------------------


class Feeds:
    """The server, as a process of its own."""

    def __init__(self, feeds: int, entries: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, BENCH / "poll_server.py", f"--feeds={feeds}", f"--entries={entries}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        assert self._process.stdout is not None  # noqa: S101  # for the type checker
        self.port = int(self._process.stdout.readline())
        self.urls = [self._url(number) for number in range(feeds)]

    def _url(self, number: int) -> str:
        path = ("rss.xml", "rss.xml", "feed.atom", "index.rdf", "rss.xml", "feed.atom")[number % 6]
        return f"http://127.0.{1 + number // 250}.{1 + number % 250}:{self.port}/{path}"

    def show(self, new: int) -> None:
        """Let every feed show this many entries that it did not show at the start."""
        show(self.port, new)

    def close(self) -> None:
        """End the server."""
        self._process.communicate()


def show(port: int, new: int) -> None:
    """Let every feed show this many entries that it did not show at the start."""
    asker = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asker.open(f"http://127.0.0.1:{port}/_show?new={new}").read()


# --- ourselves -------------------------------------------------------------------------------


def project(folder: Path, urls: Sequence[str]) -> Path:
    folder.mkdir(parents=True)
    hosts = ", ".join(f'"{url.split("/")[2]}"' for url in urls)
    lines = [
        '[digest]\ntitle = "Bench"\ntimezone = "Asia/Tokyo"\nlanguage = "en"',
        '[digest.editions]\nweekly = "mon 07:00"',
        '[mail]\nfrom = "Bench <bench@localhost>"',
        f"[fetch]\nallow_hosts = [{hosts}]",
    ]
    for number, url in enumerate(urls):
        lines.append(
            f'[[feeds]]\nid = "f{number}"\nurl = "{url}"\ntitle = "Outlet {number}"\n'
            f'lang = "{"ja" if number % 2 else "en"}"'
        )
    (folder / "feeds.toml").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return folder


def stored_entries(folder: Path) -> int:
    from digest.store import Store  # noqa: PLC0415  # only where we measure ourselves

    with Store.open_to_read(folder / "state") as store:
        return store.entries.count_waiting() + len(store.entries.placed(_long_ago()))


def _long_ago() -> Any:  # noqa: ANN401
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime(2000, 1, 1, tzinfo=UTC)


async def ours(folder: Path, *, stories: bool, port: int | None) -> None:
    """One round to stored entries; with a port the service: all the rounds, a row for each."""
    from digest.app import open_app  # noqa: PLC0415
    from digest.app.feeds import user_agent  # noqa: PLC0415
    from digest.clock import clock_from_environment  # noqa: PLC0415
    from digest.config import load  # noqa: PLC0415
    from digest.feeds.fetch import Fetcher  # noqa: PLC0415
    from digest.feeds.poll import poll_round  # noqa: PLC0415
    from digest.feeds.workers import ParserPool  # noqa: PLC0415

    settings = load(folder, {})
    with open_app(settings, clock_from_environment()) as app:

        async def once() -> None:
            if stories:
                await app.feeds.round(app.feeds.named(), force=True)
                return
            async with (
                Fetcher(settings.fetch, user_agent(settings)) as fetcher,
                ParserPool() as parser,
            ):
                await poll_round(
                    app.feeds.named(),
                    store=app.store,
                    db=app.db,
                    fetcher=fetcher,
                    parser=parser,
                    settings=settings.fetch,
                    clock=app.clock,
                    jitter=random.random,
                    force=True,
                )

        if port is None:
            await once()
            return
        for name, new in [*ROUNDS.items(), *((f"round {n}", n % 2) for n in range(MORE_ROUNDS))]:
            await asyncio.to_thread(show, port, new)
            began, used = time.perf_counter(), _cpu()
            await once()
            seconds, cpu = time.perf_counter() - began, _cpu() - used
            print(json.dumps([name, seconds, cpu]), flush=True)
            await asyncio.to_thread(sys.stdin.readline)


def _cpu() -> float:
    me, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return me.ru_utime + me.ru_stime + others.ru_utime + others.ru_stime


def our_command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(BENCH / "poll.py"), "--ours", str(folder), *arguments]


def measure_service(folder: Path, feeds: Feeds, *, stories: bool) -> Iterator[Figures]:
    name = f"digest service, {'stories' if stories else 'stored'}"
    command = our_command(folder, f"--port={feeds.port}", *(["--stories"] if stories else []))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdin is not None  # noqa: S101  # for the type checker
        assert process.stdout is not None  # noqa: S101
        watch = Watch(process.pid)
        for line in process.stdout:
            told, seconds, cpu = json.loads(line)
            peak = watch.stop()
            yield Figures(
                program=name,
                round=told,
                seconds=seconds,
                cpu=cpu,
                memory=max(peak, resident(process.pid)),
                entries=stored_entries(folder),
            )
            watch = Watch(process.pid)
            process.stdin.write("\n")
            process.stdin.flush()
        watch.stop()


def _environment() -> dict[str, str]:
    """As where it is installed: pip compiles a package, and so are the peers here."""
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # whoever runs this may have set it
    return clean_environment() | compiled | {"PYTHONPATH": str(BENCH.parent)}


# --- all of it -------------------------------------------------------------------------------


def measure(given: argparse.Namespace, folder: Path, feeds: Feeds) -> Iterator[Figures]:
    if given.only != "peers":
        yield from measure_ours(given, folder, feeds)
    if given.only != "ours":
        yield from measure_peers(given, folder, feeds)


def measure_ours(given: argparse.Namespace, folder: Path, feeds: Feeds) -> Iterator[Figures]:
    compileall.compile_dir(BENCH.parent / "digest", quiet=1)
    for stories in (False, True):
        end = "stories" if stories else "stored"
        home = project(folder / f"command-{end}", feeds.urls)
        command = (
            [sys.executable, "-m", "digest", "--project", str(home), "poll", "--force"]
            if stories
            else our_command(home)
        )
        yield from measure_command(
            Peer(
                name=f"digest command, {end}",
                command=command,
                entries=lambda home=home: stored_entries(home),  # type: ignore[misc]
                environment=_environment(),
            ),
            feeds,
            given.limit,
        )
    for stories in (False, True):
        home = project(folder / f"service-{stories}", feeds.urls)
        yield from measure_service(home, feeds, stories=stories)


def measure_peers(given: argparse.Namespace, folder: Path, feeds: Feeds) -> Iterator[Figures]:
    install(given.peers)
    for peer in (
        rss2email(given.peers, folder / "rss2email", feeds.urls),
        reader(given.peers, folder / "reader", feeds.urls),
        newsboat(folder / "newsboat", feeds.urls),
        sfeed(folder / "sfeed", feeds.urls),
        curl(folder / "curl", feeds.urls),
    ):
        if peer is not None:
            yield from measure_command(peer, feeds, given.limit)


def measure_command(peer: Peer, feeds: Feeds, limit: float) -> Iterator[Figures]:
    for name, new in ROUNDS.items():
        feeds.show(new)
        seconds, cpu, memory, failed = run(peer.command, peer.environment, limit)
        yield Figures(
            program=peer.name,
            round=name,
            seconds=seconds,
            cpu=cpu,
            memory=memory,
            entries=peer.entries(),
            failed=failed,
        )


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How much faster we are than another."""

    what: str
    seconds: float  # theirs by ours
    cpu: float  # the same of CPU time, which other work on the machine does not change
    goal: float


def ratios(found: Sequence[Figures]) -> Iterator[Ratio]:
    """What was promised."""
    by_name = {
        (f.program.partition(",")[0], f.round): f for f in found if "digest" not in f.program
    }
    own = {(f.program, f.round): f for f in found}
    for peer, round_, ours_name, goal in (
        ("rss2email 3.14", "cold", "digest command, stored", 20),
        ("reader", "cold", "digest command, stored", 10),
        ("reader", "unchanged", "digest service, stories", 5),
        ("rss2email 3.14", "cold", "digest command, stories", 6),
        ("reader", "cold", "digest command, stories", 3),
    ):
        theirs, mine = by_name.get((peer, round_)), own.get((ours_name, round_))
        if theirs is not None and mine is not None:
            yield Ratio(
                what=f"{round_}: {ours_name} against {peer}",
                seconds=theirs.seconds / mine.seconds,
                cpu=theirs.cpu / mine.cpu,
                goal=goal,
            )


@contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    folder = keep or Path(tempfile.mkdtemp(prefix="poll-bench-"))
    try:
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def report(found: Sequence[Figures]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("program", "round", "seconds", "CPU s", "peak MB", "entries")
    for f in found:
        mark = " failed" if f.failed else ""
        table.add_row(
            f.program, f.round + mark, f"{f.seconds:.2f}", f"{f.cpu:.2f}", f"{f.memory:.0f}",
            str(f.entries or "-"),
        )  # fmt: skip
    goals = Table("times as fast", "by seconds", "by CPU", "goal")
    for ratio in ratios(found):
        goals.add_row(ratio.what, f"{ratio.seconds:.1f}", f"{ratio.cpu:.1f}", f"{ratio.goal:g}")
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table)
    console.print(goals)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--entries", type=int, default=50)
    options.add_argument(
        "--peers",
        type=Path,
        default=Path(tempfile.gettempdir()) / "poll-peers",
        metavar="DIR",
        help="a venv with rss2email and reader; made if missing",
    )
    options.add_argument("--only", choices=["ours", "peers"])
    options.add_argument("--limit", type=float, default=600, help="seconds for one run of a peer")
    options.add_argument("--keep", type=Path, metavar="DIR", help="work there, and leave it")
    options.add_argument("--json", action="store_true")
    options.add_argument("--ours", type=Path, help=argparse.SUPPRESS)  # the process under test
    options.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options.add_argument("--stories", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.ours:
        asyncio.run(ours(given.ours, stories=given.stories, port=given.port))
        return
    sys.path.insert(0, str(BENCH.parent))
    feeds = Feeds(given.feeds, given.entries)
    found = []
    try:
        with workplace(given.keep) as folder:
            for figures in measure(given, folder, feeds):
                found.append(figures)
                said = f"{figures.program}: {figures.round} {figures.seconds:.2f} s"
                print(said, file=sys.stderr)
    finally:
        feeds.close()
    if given.json:
        print(
            json.dumps(
                {
                    "figures": [asdict(f) for f in found],
                    "ratios": [asdict(r) for r in ratios(found)],
                }
            )
        )
    else:
        report(found)


if __name__ == "__main__":
    main()

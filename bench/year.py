"""A year of the service's work, as fast as the machine does it: `python bench/year.py`.

100,000 entries arrive day by day as polls would bring them, 1,000 readers of several choices get
each week's issue, and everything that the service does beside that is done at its time: alerts,
letters, the archive, the retention of readers. The clock is moved, nothing else is made up: the
same calls as in the service, a store on disk, mail accepted by a server on this machine (Postfix's
smtp-sink, Debian's package postfix). After each quarter a row says how long it took and what has
grown; the last lines say whether every reader got each issue once, and the goal: ten minutes.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zlib import crc32

from rich.console import Console
from rich.progress import track
from rich.table import Table
from send_stage import sink
from stories_made import BEGIN, Press

from digest.app import App, open_app
from digest.config import load
from digest.feeds.names import title_key
from digest.model import (
    Choice,
    CompanyId,
    Consent,
    DeliveryState,
    Entry,
    NewEntry,
    PollState,
    Preferences,
    TopicId,
)
from digest.settings import Server, Settings
from digest.store.thread import ENOUGH

WEEKS = 52
QUARTER = 13  # weeks
FEEDS = 60
ROUNDS = 4  # a day
GOAL = timedelta(minutes=10)
CHOICES = (
    Choice(language="en"),
    Choice(language="ja"),
    Choice(language="en", topics=frozenset({TopicId("ev"), TopicId("battery")})),
    Choice(language="ja", companies=frozenset({CompanyId("toyota"), CompanyId("denso")})),
    Choice(language="en", companies=frozenset({CompanyId("nissan")})),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """What a quarter took, and what there is at its end."""

    weeks: int
    seconds: float
    entries: int
    messages: int  # sent in all
    memory: float  # MB, the most so far
    database: float  # MB
    archive: float  # MB


class Year:
    """A project whose clock is moved by whoever holds it."""

    def __init__(self, folder: Path, port: int, *, entries: int, readers: int) -> None:
        self.now = BEGIN - timedelta(days=60)
        self._folder = folder
        self._port = port
        self._readers = readers
        self._entries = entries

    def quarters(self, weeks: int) -> Iterator[Quarter]:
        """Live so many weeks; a row after each quarter."""
        _write_project(self._folder)
        settings = _settings(self._folder, self._port)
        with open_app(settings, lambda: self.now) as app:
            app.store.feeds.sync(app.feeds.named(), self.now)
            for feed in app.settings.feeds:
                app.store.feeds.record(feed.id, PollState(last_success=self.now), [], self.now)
            self.now = BEGIN
            _subscribe(app, self._readers, self.now)
            app.issues.publish_due()  # nothing is owed of the time before
            yield from self._live(app, weeks)

    def _live(self, app: App, weeks: int) -> Iterator[Quarter]:
        days = weeks * 7
        news = [made.entry for made in Press(app.lexicon).news(self._entries, days)]
        began, place = time.perf_counter(), 0
        for turn in track(range(days * ROUNDS), "a year", console=Console(stderr=True)):
            self.now = BEGIN + timedelta(days=(turn + 1) / ROUNDS)
            first = place
            while place < len(news) and news[place].published <= self.now:
                place += 1
            self._turn(app, news[first:place])
            week, rest = divmod(turn + 1, 7 * ROUNDS)
            if rest == 0 and (week % QUARTER == 0 or week == weeks):
                yield _quarter(app, week, time.perf_counter() - began, place)
                began = time.perf_counter()

    def _turn(self, app: App, entries: Sequence[Entry]) -> None:
        """What the service does in some hours."""
        _arrive(app, entries, self.now)
        app.take_in()
        app.issues.publish_due()
        app.alerts.mail()
        app.readers.tend()
        app.notices.tend()
        asyncio.run(app.mail.drain())
        if app.archive.is_old():
            app.archive.build(app.archive.authority())


def _write_project(folder: Path) -> None:
    feeds = "".join(
        f'[[feeds]]\nid = "f{n}"\nurl = "https://f{n}.example/feed"\ntitle = "Paper {n}"\n'
        f'lang = "{"ja" if n % 2 else "en"}"\n'
        for n in range(FEEDS)
    )
    head = '[operator]\naddress = "editor@example.com"\n'
    (folder / "feeds.toml").write_text(head + feeds, encoding="utf-8")


def _settings(folder: Path, port: int) -> Settings:
    made = load(folder, {})
    server = Server(host="127.0.0.1", port=port, tls="none")
    return replace(made, mail=replace(made.mail, server=server, per_second=None))


def _subscribe(app: App, readers: int, now: datetime) -> None:
    consent = Consent(at=now, how="recorded by the operator", words="a benchmark")
    desk = app.desk
    for number in range(readers):
        desk.record(
            f"reader{number}@example.com",
            now,
            consent=consent,
            name="",
            preferences=Preferences(choice=CHOICES[number % len(CHOICES)]),
        )


def _arrive(app: App, entries: Sequence[Entry], now: datetime) -> None:
    """Store entries as a poll does: with their feeds' states, ENOUGH feeds a transaction."""
    of_feed: dict[str, list[Entry]] = {}
    for entry in entries:
        half = crc32(entry.outlet.encode()) % (FEEDS // 2)
        of_feed.setdefault(f"f{2 * half + (entry.lang == 'ja')}", []).append(entry)
    calls = []
    for feed in app.settings.feeds:
        told = of_feed.get(feed.id, ())
        found = [
            NewEntry(entry=replace(one, feed=feed.id), title_key=title_key(one)) for one in told
        ]
        state = PollState(last_success=now)
        calls.append(partial(app.store.feeds.record, feed.id, state, found, now))
    for first in range(0, len(calls), ENOUGH):
        for result in app.store.together(calls[first : first + ENOUGH]):
            if isinstance(result, Exception):
                raise result


def _quarter(app: App, week: int, seconds: float, entries: int) -> Quarter:
    state = app.settings.state
    counts = app.store.deliveries.counts()
    return Quarter(
        weeks=week,
        seconds=seconds,
        entries=entries,
        messages=counts.total - counts.open,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        database=sum(f.stat().st_size for f in state.glob("digest.db*")) / 1e6,
        archive=sum(f.stat().st_size for f in (state / "archive").rglob("*") if f.is_file()) / 1e6,
    )


def check(folder: Path, readers: int) -> Iterator[str]:
    """What is wrong with what was sent; nothing, if each reader got each issue of theirs once."""
    with open_app(load(folder, {}), lambda: BEGIN, changes=False) as app:
        counts = app.store.deliveries.counts()
        if counts.open or counts[DeliveryState.SENT] != counts.total:
            yield f"{counts.total - counts[DeliveryState.SENT]} messages were not sent"
        runs = app.store.outbox.runs(10 * WEEKS)
        few = [run.period for run in runs if run.counts.total < readers // len(CHOICES)]
        if few:
            yield f"issues with hardly a reader: {', '.join(few)}"
        weeks = len({(run.edition, run.period) for run in runs})
        yield f"{weeks} issues, {len(runs)} of them sent"


def show(quarters: Sequence[Quarter]) -> None:
    """A table of the quarters."""
    table = Table("week", "seconds", "entries", "messages", "peak MB", "database MB", "archive MB")
    for row in quarters:
        table.add_row(
            str(row.weeks),
            f"{row.seconds:.0f}",
            f"{row.entries:,}",
            f"{row.messages:,}",
            f"{row.memory:.0f}",
            f"{row.database:.0f}",
            f"{row.archive:.0f}",
        )
    Console().print(table)


def main() -> None:
    """Measure, print, and end with 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sink() as port:
        year = Year(Path(name), port, entries=given.entries, readers=given.readers)
        quarters = list(year.quarters(given.weeks))
        said = list(check(Path(name), given.readers))
    total = timedelta(seconds=sum(row.seconds for row in quarters))
    if given.json:
        print(json.dumps([asdict(row) for row in quarters]))
    else:
        show(quarters)
    for line in said:
        print(line)
    verdict = "met" if total < GOAL else "MISSED"
    print(f"{total.total_seconds():.0f} s (under {GOAL.total_seconds():.0f}): {verdict}")
    sys.exit(total >= GOAL)


if __name__ == "__main__":
    main()

"""How soon readers know: `python bench/alerts.py`.

5,000 readers have a rule of their own, 500 of which are met by the 500 entries that a poll has
brought. Measured is from the entries' arrival to the acceptance of the last alert by a mail server
on this machine (Postfix's smtp-sink), step by step; beside it, what trying each rule on each story
takes, against which the index is measured.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from send_stage import sink

from digest.alerts.decide import facts_of
from digest.app import App, open_app
from digest.config import load
from digest.model import (
    AlertWish,
    Consent,
    Entry,
    NewEntry,
    PollState,
    Preferences,
    Status,
)
from digest.settings import Server, Settings
from digest.stories.rules import matches, parse

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
GOAL = 10.0  # seconds
FEEDS = 50
MAKERS = ("Toyota", "Honda", "Nissan", "Mazda", "Subaru", "Suzuki", "Denso", "Aisin", "Isuzu")
IDS = tuple(maker.lower() for maker in MAKERS)
DEEDS = (
    "recalls {} cars over faulty brakes in {}",
    "halts its plant in {1} for {0} hours",
    "to invest ${} million in {} battery plant",
    "names new head of {1} after {0} days",
    "cuts {} jobs at its plant in {}",
    "starts selling hybrid van in {1} for ${0}",
)
PLACES = ("Ohio", "Texas", "Pune", "Lyon", "Leipzig", "Hanoi", "Jakarta", "Nagoya", "Perth", "Lima")


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the way, and how long it took."""

    name: str
    seconds: float


@contextmanager
def timed(name: str, steps: list[Step]) -> Iterator[None]:
    """Add how long the inside takes."""
    begun = time.perf_counter()
    yield
    steps.append(Step(name, time.perf_counter() - begun))


def headline(number: int) -> str:
    """One of many headlines."""
    maker, deed = MAKERS[number % len(MAKERS)], DEEDS[number // 7 % len(DEEDS)]
    return f"{maker} {deed.format(101 + 37 * number, PLACES[number // 3 % len(PLACES)])}"


def rule(number: int, matching: int, entries: int) -> str:
    """The rule of a reader; those of the first so many readers are met, each by other words."""
    if number < matching:
        _, _, words = headline(number % entries).partition(" ")
        return f'company:{IDS[number % entries % len(IDS)]} and "{words}"'
    return f'company:{IDS[number % len(IDS)]} and "order number {number}"'


def project(folder: Path) -> None:
    """A project with feeds."""
    feeds = "".join(
        f'[[feeds]]\nid = "f{n}"\nurl = "https://f{n}.example/feed"\ntitle = "Paper {n}"\n'
        for n in range(FEEDS)
    )
    (folder / "feeds.toml").write_text(feeds, encoding="utf-8")


def settings_for(folder: Path, port: int) -> Settings:
    """Its settings, with a mail server that takes what comes."""
    made = load(folder, {})
    server = Server(host="127.0.0.1", port=port, tls="none")
    return replace(made, mail=replace(made.mail, server=server, per_second=None))


def subscribe(app: App, readers: int, matching: int, entries: int) -> None:
    """Readers, each with a rule."""
    consent = Consent(at=NOW, how="recorded by the operator", words="a benchmark")
    with app.store.transaction():
        for number in range(readers):
            app.store.subscribers.add(
                f"reader{number}@example.com",
                f"reader{number}@example.com",
                name="",
                status=Status.ACTIVE,
                preferences=Preferences(
                    alerts=AlertWish.RULES, rules=(rule(number, matching, entries),)
                ),
                consent=consent,
                now=NOW,
            )


def arrive(app: App, entries: int) -> None:
    """What a poll brings."""
    for place, feed in enumerate(app.settings.feeds):
        told = [
            Entry(
                feed=feed.id,
                guid=str(number),
                url=f"https://{feed.id}.example/{number}",
                title=headline(number),
                summary="",
                published=NOW - timedelta(minutes=5),
                dated=True,
                lang="en",
                outlet=feed.title,
            )
            for number in range(place, entries, FEEDS)
        ]
        changes = [NewEntry(entry=each, title_key="") for each in told]
        app.store.feeds.record(feed.id, PollState(last_success=NOW), changes, NOW)


def plain_evaluation(app: App) -> float:
    """Seconds that trying each rule on each story takes."""
    stories = app.store.entries.placed_since(NOW - timedelta(days=1))
    facts = [facts_of(story) for story in stories]
    rules = [parse(text) for r in app.store.subscribers.all() for text in r.preferences.rules]
    begun = time.perf_counter()
    for each in facts:
        for one in rules:
            matches(one, each)
    return time.perf_counter() - begun


def run(readers: int, matching: int, entries: int) -> tuple[list[Step], int, float]:
    """The steps, how many alerts were accepted, and what the plain way takes for its part."""
    steps: list[Step] = []
    with tempfile.TemporaryDirectory() as name, sink() as port:
        folder = Path(name)
        project(folder)
        with open_app(settings_for(folder, port), lambda: NOW) as app:
            app.store.feeds.sync(app.feeds.named(), LONG_AGO)
            for feed in app.settings.feeds:
                app.store.feeds.record(feed.id, PollState(last_success=LONG_AGO), [], LONG_AGO)
            subscribe(app, readers, matching, entries)
            _ = app.renderer
            app.stories.ingest()  # of nothing: a service has read the lexicon and the templates
            arrive(app, entries)
            with timed("stories", steps):
                app.stories.ingest()
            with timed("alerts", steps):
                app.alerts.watch()
            with timed("letters", steps):
                queued = app.alerts.mail()
            with timed("delivery", steps):
                sent = asyncio.run(app.mail.drain()).sent
            plain = plain_evaluation(app)
        if sent != queued:
            sys.exit(f"{queued} alerts were queued, {sent} accepted")
    return steps, sent, plain


def show(steps: Sequence[Step], sent: int, plain: float) -> None:
    """A table of the steps."""
    table = Table(title=f"{sent} alerts, from arrival to acceptance", title_justify="left")
    table.add_column("step")
    table.add_column("seconds", justify="right")
    for step in steps:
        table.add_row(step.name, f"{step.seconds:.2f}")
    total = sum(step.seconds for step in steps)
    table.add_row("all", f"{total:.2f}", end_section=True)
    table.add_row("trying each rule on each story", f"{plain:.2f}")
    Console().print(table)
    verdict = "met" if total < GOAL else "MISSED"
    print(f"{total:.1f} s (under {GOAL:.0f}): {verdict}")


def main() -> None:
    """Measure, print, and end with 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=5000)
    parser.add_argument("--matching", type=int, default=500)
    parser.add_argument("--entries", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    steps, sent, plain = run(given.readers, given.matching, given.entries)
    total = sum(step.seconds for step in steps)
    if given.json:
        told = {step.name: round(step.seconds, 3) for step in steps}
        print(json.dumps({**told, "all": round(total, 3), "sent": sent, "plain": round(plain, 3)}))
    else:
        show(steps, sent, plain)
    sys.exit(total >= GOAL)


if __name__ == "__main__":
    main()

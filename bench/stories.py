"""Measures tagging and the making of stories: `python bench/stories.py [--json]`.

Tagging is told in titles a second: of mixed news, as feeds bring it (bench/stories_made.py invents
it; half of it has nothing to do with cars), and of dense titles that are all about the trade or
traps (bench/data); with the lexicon as it ships, and cut to 3,000 aliases.

Ingest is everything from an entry to its story, in memory: tags, tokens, cluster, link, in batches
as the service has them. One steady stream of news is cut where it has grown to the sizes asked for;
each row tells of the last entries before that cut, and how many stories were live by then. What
must not happen is that the rate falls while the live stories grow.

The same entries go through datasketch's MinHashLSH and rapidfuzz (`pip install
kuruma-digest[bench]`), each with the threshold that groups best on a sample: speed and quality side
by side. Quality is B-cubed F1 of the entries whose story has several: over all, within each
language alone (all that the peers can do), and on labelled rows.

Seconds are of this process's CPU; what is timed in rounds counts by its fastest one, because others
may use the machine. Many entries at once, as a first poll brings them, are read in processes beside
this one: that is told by the clock, which others slow down, with and without these processes.
"""

import argparse
import gc
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time

from quality import b_cubed
from rich.console import Console
from rich.table import Table
from stories_made import Made, Press
from stories_peers import PEERS, installed, timed

from digest.garbage import look_seldom
from digest.model import ClusterId, Entry, EntryId, StoredEntry
from digest.stories.cluster import StoryIndex
from digest.stories.judge import Judge
from digest.stories.lexicon import Lexicon
from digest.stories.link import Linker
from digest.stories.load import load_lexicon
from digest.stories.owner import owner_of
from digest.stories.rows import Row, entries_of, parse_rows, tag_rows
from digest.stories.tag import Tagger
from digest.stories.traits import traits
from digest.stories.workers import BATCH, judge_all, processes_for

LABELLED = Path(__file__).parent / "data" / "stories_a.jsonl"
ALIASES = 3000
SLICE = 1000  # entries before a cut that its row tells of
ENTRIES_A_DAY = 7200  # so that 10,000 stories are live at once
TAGGED, ROUNDS = 2000, 7
STEPS = ("tags", "tokens", "cluster", "link")
AT_ONCE = 20_000  # entries of a first poll
COMPARED = 5000  # entries that the peers group too
GOAL_TITLES, GOAL_ENTRIES, GOAL_LIVE = 20_000, 3000, 10_000


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How fast titles are tagged."""

    aliases: int
    titles: str
    rate: float  # a second


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How fast entries become stories at one size."""

    entries: int  # so far
    stories: int  # live ones
    rate: float  # entries a second, of the last ones
    microseconds: dict[str, float]  # an entry, by step


@dataclass(frozen=True, kw_only=True)
class FirstPoll:
    """How fast many entries at once become stories, by the clock."""

    processes: int  # beside this one
    read: float  # entries a second: tags and tokens alone
    rate: float  # the whole of ingest


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How fast and how well one way groups the same entries."""

    program: str
    rate: float  # entries a second
    made: float  # F1 on invented news
    within: float  # the same, each language alone
    labelled: float  # F1 on labelled rows


# --- tagging ---------------------------------------------------------------------------------


def tagging(lexicon: Lexicon) -> Iterator[Tagging]:
    mixed = [(m.entry.title, m.entry.lang, m.entry.outlet) for m in Press(lexicon).news(TAGGED, 7)]
    dense = [(row.title, row.lang, row.source) for row in _labelled()]
    for known in (_cut(lexicon), lexicon):
        tagger = Tagger(known)
        for name, titles in (("mixed", mixed), ("dense", dense)):
            rate = max(_tag(tagger, titles) for _ in range(ROUNDS * TAGGED // len(titles)))
            yield Tagging(aliases=_aliases(known), titles=name, rate=rate)


def _tag(tagger: Tagger, titles: Sequence[tuple[str, str, str]]) -> float:
    began = process_time()
    for title, lang, outlet in titles:
        tagger.tag(title, "", lang=lang, outlet=outlet)
    return len(titles) / (process_time() - began)


def _cut(lexicon: Lexicon) -> Lexicon:
    """The lexicon with 3,000 aliases: of each company the first ones, as great a share of all."""
    share, kept = ALIASES / _aliases(lexicon), 0.0
    companies = {}
    for number, company in lexicon.companies.items():
        before, kept = round(kept), kept + share * len(company.aliases)
        companies[number] = replace(company, aliases=company.aliases[: round(kept) - before])
    return replace(lexicon, companies=companies)


def _aliases(lexicon: Lexicon) -> int:
    return sum(len(company.aliases) for company in lexicon.companies.values())


def _labelled() -> list[Row]:
    with LABELLED.open("rb") as stream:
        return [row for row in parse_rows(stream) if isinstance(row, Row)]


# --- ingest ----------------------------------------------------------------------------------


class Ingest:
    """The parts of ingest without a store, and the time that each has taken."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self._linker = Linker(tagger.lexicon)
        self.index = StoryIndex()
        self.clusters: list[ClusterId] = []
        self.stories: dict[ClusterId, int] = {}
        self.spent: defaultdict[str, float] = defaultdict(float)  # seconds

    def take(self, entries: Sequence[Entry]) -> None:
        """Place some entries, batch by batch."""
        for at in range(0, len(entries), BATCH):
            self._batch(entries[at : at + BATCH])

    def _batch(self, entries: Sequence[Entry]) -> None:
        tagger, moments = self._tagger, [process_time()]
        read = [tagger.read(e.title, e.summary, lang=e.lang, outlet=e.outlet) for e in entries]
        moments.append(process_time())
        first = len(self.clusters)
        told = [
            traits(EntryId(number), entry, reading, owner_of(tagger.lexicon, entry).name)
            for number, (entry, reading) in enumerate(zip(entries, read, strict=True), first)
        ]
        moments.append(process_time())
        self.clusters += [self.index.place(one).cluster for one in told]
        moments.append(process_time())
        links = self._linker.link(self.index, set(self.clusters[first:]))
        self.stories.update({link.cluster: int(link.story) for link in links})
        moments.append(process_time())
        for step, (began, ended) in zip(STEPS, pairwise(moments), strict=True):
            self.spent[step] += ended - began

    @property
    def live(self) -> int:
        """How many stories may still take an entry."""
        return len({cluster.story for cluster in self.index.clusters.values()})

    def groups(self) -> list[int]:
        """The story of each entry."""
        return [self.stories.get(cluster, int(cluster)) for cluster in self.clusters]


def growth(tagger: Tagger, entries: Sequence[Entry], cuts: Sequence[int]) -> Iterator[Growth]:
    ingest = Ingest(tagger)
    done = 0
    for cut in cuts:
        ingest.take(entries[done : cut - SLICE])
        ingest.spent.clear()
        gc.collect()
        ingest.take(entries[max(done, cut - SLICE) : cut])
        spent, told = sum(ingest.spent.values()), cut - max(done, cut - SLICE)
        yield Growth(
            entries=cut,
            stories=ingest.live,
            rate=told / spent,
            microseconds={step: 1e6 * each / told for step, each in ingest.spent.items()},
        )
        done = cut


def first_polls(tagger: Tagger, entries: Sequence[Entry]) -> Iterator[FirstPoll]:
    stored = [
        StoredEntry(id=EntryId(number), entry=entry, first_seen=entry.published)
        for number, entry in enumerate(entries)
    ]
    batches = [stored[at : at + BATCH] for at in range(0, len(stored), BATCH)]
    for processes in sorted({0, processes_for(len(stored))}):
        rates: list[float] = []
        for place in (None, StoryIndex()):
            began = perf_counter()
            _first_poll(tagger, batches, processes, place)
            rates.append(len(stored) / (perf_counter() - began))
        yield FirstPoll(processes=processes, read=rates[0], rate=rates[1])


def _first_poll(
    tagger: Tagger,
    batches: Sequence[Sequence[StoredEntry]],
    processes: int,
    index: StoryIndex | None,
) -> None:
    """Read the batches, and place them if there is an index."""
    linker = Linker(tagger.lexicon)
    for _, judged in judge_all(Judge(tagger, {}), batches, processes):
        if index is not None:
            told = [one.traits for one in judged if one.traits is not None]
            linker.link(index, {index.place(one).cluster for one in told})


# --- against the peers -----------------------------------------------------------------------


def groupings(tagger: Tagger, press: Press) -> Iterator[Grouping]:
    made = press.news(COMPARED, COMPARED / ENTRIES_A_DAY)
    sample = press.news(COMPARED // 5, COMPARED / 5 / ENTRIES_A_DAY)
    gold = map(json.loads, LABELLED.read_text("utf-8").splitlines())
    truth = {row["id"]: row["story"] for row in gold}
    labelled = sorted(entries_of(_labelled()), key=lambda entry: entry.published)
    stories = [truth[entry.guid] for entry in labelled]
    told = {row["id"]: row["story"] for row in tag_rows(_labelled(), tagger.lexicon)}
    entries = [one.entry for one in made]
    ours = Ingest(tagger)
    ours.take(entries)
    yield Grouping(
        program="digest",
        rate=len(entries) / sum(ours.spent.values()),
        labelled=_quality(stories, [told[entry.guid] for entry in labelled]),
        **_both(made, ours.groups()),
    )
    for name, (group, tried) in installed().items():
        few = [one.entry for one in sample]
        within = {t: _both(sample, group(few, t))["within"] for t in tried}
        threshold = max(tried, key=within.__getitem__)
        groups, seconds = timed(group, entries, threshold)
        best = max(_quality(stories, group(labelled, t)) for t in tried)
        yield Grouping(
            program=f"{name} {threshold:g}",
            rate=len(entries) / seconds,
            labelled=best,
            **_both(made, groups),
        )


def _both(made: Sequence[Made], groups: Sequence[int]) -> dict[str, float]:
    events = [one.event for one in made]
    langs = [one.entry.lang for one in made]
    return {
        "made": _quality(events, groups),
        "within": _quality(
            list(zip(events, langs, strict=True)), list(zip(groups, langs, strict=True))
        ),
    }


def _quality(truth: Sequence[Hashable], groups: Sequence[Hashable]) -> float:
    sizes = Counter(truth)
    several = [number for number, story in enumerate(truth) if sizes[story] > 1]
    return b_cubed(truth, groups, several)[2]


# --- telling ---------------------------------------------------------------------------------


def report(
    tagged: Sequence[Tagging],
    grown: Sequence[Growth],
    polled: Sequence[FirstPoll],
    grouped: Sequence[Grouping],
) -> None:
    first = Table("aliases", "titles", "titles/s")
    for one in tagged:
        first.add_row(f"{one.aliases:,}", one.titles, f"{one.rate:,.0f}")
    steps = (f"{step} µs" for step in grown[0].microseconds)
    second = Table("entries", "live stories", "entries/s", *steps)
    for row in grown:
        each = [f"{spent:.0f}" for spent in row.microseconds.values()]
        second.add_row(f"{row.entries:,}", f"{row.stories:,}", f"{row.rate:,.0f}", *each)
    first_poll = Table(f"{AT_ONCE:,} entries at once", "read/s", "entries/s by the clock")
    for poll in polled:
        by = f"{poll.processes} more processes" if poll.processes else "one process"
        first_poll.add_row(by, f"{poll.read:,.0f}", f"{poll.rate:,.0f}")
    third = Table(
        f"{COMPARED:,} entries", "entries/s", "ours is faster", "F1", "each language", "labelled"
    )
    for way in grouped:
        figures = [f"{f:.3f}" for f in (way.made, way.within, way.labelled)]
        third.add_row(
            way.program, f"{way.rate:,.0f}", f"{grouped[0].rate / way.rate:.1f} times", *figures
        )
    console = Console(width=None if sys.stdout.isatty() else 110)
    for table in (first, second, first_poll, third):
        console.print(table)
    for module in sorted({module for module, _, _ in PEERS.values()}):
        if not any(module in way.program for way in grouped):
            console.print(f"{module} is not there: pip install kuruma-digest[bench]")
    for said, met in goals(tagged, grown):
        console.print(f"{said}: {'met' if met else 'MISSED'}")


def goals(tagged: Sequence[Tagging], grown: Sequence[Growth]) -> Iterator[tuple[str, bool]]:
    """What was promised."""
    for one in tagged:
        if one.aliases >= ALIASES:
            said = f"{one.rate:,.0f} {one.titles} titles/s (at least {GOAL_TITLES:,})"
            yield said, one.rate >= GOAL_TITLES
    most = max(grown, key=lambda row: row.stories)
    said = f"{most.rate:,.0f} entries/s at {most.stories:,} live stories"
    yield (
        f"{said} (at least {GOAL_ENTRIES:,})",
        most.rate >= GOAL_ENTRIES and most.stories >= GOAL_LIVE,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument(
        "--entries", type=int, nargs="+", default=[1000, 2000, 5000, 10_000, 20_000, 50_000]
    )
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    lexicon = load_lexicon(None, {})
    tagger, press = Tagger(lexicon), Press(lexicon)
    cuts = sorted(given.entries)
    news = [one.entry for one in press.news(cuts[-1], cuts[-1] / ENTRIES_A_DAY)]
    gc.collect()
    look_seldom()  # as the service does
    tagged = list(tagging(lexicon))
    grown = list(growth(tagger, news, cuts))
    at_once = press.news(AT_ONCE, AT_ONCE / ENTRIES_A_DAY)
    polled = list(first_polls(tagger, [one.entry for one in at_once]))
    grouped = list(groupings(tagger, press))
    if given.json:
        told = {
            "tagging": [asdict(one) for one in tagged],
            "growth": [asdict(one) for one in grown],
            "first_poll": [asdict(one) for one in polled],
            "grouping": [asdict(one) for one in grouped],
        }
        print(json.dumps(told))
    else:
        report(tagged, grown, polled, grouped)


if __name__ == "__main__":
    main()

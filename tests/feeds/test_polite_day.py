"""A day of polling by a simulated clock, against a scripted web; and the scorer that judges it.

The program is the real one, from the round down to the sockets. All hosts are behind a proxy of
ours, so that they bear public names and are judged as public hosts are.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Self

import pytest
from aiohttp import web

from digest.feeds.fetch import Fetcher
from digest.feeds.politeness import is_due
from digest.feeds.poll import AT_ONCE, poll_round
from digest.feeds.summary import RoundSummary
from digest.feeds.workers import ParserPool
from digest.model import FeedId, PollState
from digest.settings import Feed, FetchSettings
from digest.store import Store, StoreThread
from tests.feeds.builders import feed
from tests.feeds.scorer import Hit, Rules, Wishes, kinds, violations

AGENT = "kuruma-digest/0.1 (+mailto:editor@example.org)"
MORNING = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)  # a Monday
HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
RULES = Rules(interval=HALF_HOUR, at_once=AT_ONCE, agent=AGENT)


# --- the scorer finds what is rude ---------------------------------------------------------------

MANNERS = {"Host": "a.example", "User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}


def hit(minutes: int, path: str = "/feed", host: str = "a.example", **given: object) -> Hit:
    plain = Hit(at=MORNING + timedelta(minutes=minutes), host=host, path=path, headers=MANNERS)
    return replace(plain, **given)  # type: ignore[arg-type]  # the caller names fields of Hit


def http(minutes: int) -> str:
    return format_datetime(MORNING + timedelta(minutes=minutes), usegmt=True)


def with_header(name: str, value: str = "x") -> dict[str, str]:
    return {**MANNERS, name: value}


RUDE: dict[str, list[Hit]] = {
    "interval": [hit(0), hit(29)],
    "max-age": [hit(0, answer={"Cache-Control": "public, max-age=7200"}), hit(119)],
    "expires": [hit(0, answer={"Expires": http(120)}), hit(119)],
    "ttl": [hit(0, wishes=Wishes(ttl=2 * HOUR)), hit(30, status=304), hit(149)],
    "retry-after": [hit(0, status=429, answer={"Retry-After": "7200"}), hit(119)],
    "host told us to wait": [
        hit(0, status=503, answer={"Retry-After": http(120)}),
        hit(119, path="/other"),
    ],
    "gone": [hit(0, status=410), hit(900)],
    "skipHours": [hit(0, wishes=Wishes(skip_hours=frozenset({2, 3}))), hit(120)],
    "skipDays": [hit(0, wishes=Wishes(skip_days=frozenset({1}))), hit(1440)],
    "etag": [hit(0, answer={"ETag": '"1"'}), hit(60)],
    "last-modified": [
        hit(0, answer={"Last-Modified": "noon"}),
        hit(60, headers=with_header("If-Modified-Since", "Noon")),
    ],
    "back-off": [hit(0, status=500), hit(30, status=404), hit(89)],
    "two at once": [hit(0, same_host=1, others=1)],
    "too many at once": [hit(0, others=AT_ONCE)],
    "cookie sent": [hit(0, headers=with_header("Cookie"))],
    "referer sent": [hit(0, headers=with_header("Referer"))],
    "no name": [hit(0, headers=with_header("User-Agent", "Python"))],
    "no gzip": [hit(0, headers=with_header("Accept-Encoding", "gzip, br"))],
}


@pytest.mark.parametrize("kind", RUDE)
def test_the_scorer_catches(kind: str) -> None:
    assert kind in kinds(RUDE[kind], RULES)


@pytest.mark.parametrize(
    "log",
    [
        [hit(0), hit(30), hit(60)],
        [hit(0), hit(0, path="/other"), hit(0, host="b.example")],
        [hit(0, answer={"Cache-Control": "max-age=7200", "Age": "3600"}), hit(60)],
        [hit(0, answer={"Cache-Control": "max-age=999999"}), hit(1440)],
        [
            hit(0, answer={"ETag": '"1"'}),
            hit(30, headers=with_header("If-None-Match", '"1"'), status=304),
        ],
        [hit(0, status=429, answer={"Retry-After": "7200"}), hit(30, host="b.example")],
        [hit(0, status=500), hit(30, status=500), hit(90), hit(120)],
        [hit(0, wishes=Wishes(skip_hours=frozenset({2, 3}))), hit(119), hit(240)],
    ],
)
def test_the_scorer_has_nothing_to_say_of_a_polite_log(log: list[Hit]) -> None:
    assert violations(log, RULES) == []


def test_a_private_hosts_retry_after_is_not_its_other_feeds() -> None:
    log = [hit(0, status=429, answer={"Retry-After": "7200"}), hit(30, path="/other")]
    assert violations(log, RULES) != []
    assert violations(log, replace(RULES, private=frozenset({"a.example"}))) == []


# --- a scripted web --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a page answers at one time of the day."""

    status: int = 200
    every: timedelta = timedelta(minutes=20)  # how often it has a new entry
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = True
    modified: bool = False
    extra: str = ""  # elements of the channel, such as those that `wishes` stands for
    wishes: Wishes = field(default_factory=Wishes)


Script = Page | Callable[[timedelta], Page]  # by the time since morning


class Web:
    """A proxy behind which every host is scripted. Keeps a log of what was asked."""

    def __init__(self, pages: Mapping[str, Script]) -> None:
        self.pages = pages
        self.now = MORNING
        self.log: list[Hit] = []
        self.url = ""
        self._under_way: Counter[str] = Counter()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def asked(self, url: str) -> list[Hit]:
        return [hit for hit in self.log if hit.url == url]

    async def _serve(self, request: web.Request) -> web.Response:
        host = request.headers["Host"]
        seen = replace(
            Hit(at=self.now, host=host, path=request.path, headers=dict(request.headers)),
            same_host=self._under_way[host],
            others=self._under_way.total(),
        )
        self._under_way[host] += 1
        for _turn in range(20):  # of the event loop, in which others come in
            await asyncio.sleep(0)
        self._under_way[host] -= 1
        return self._answer(seen)

    def _answer(self, seen: Hit) -> web.Response:
        script = self.pages[seen.url]
        page = script(self.now - MORNING) if callable(script) else script
        newest = (self.now - MORNING) // page.every
        headers = {"Date": self._date(0), "Set-Cookie": "track=1"}
        headers |= {n: self._date(int(v)) if v[:1] == "+" else v for n, v in page.headers.items()}
        conditions = []
        if page.etag:
            headers["ETag"] = f'W/"{newest} of {seen.path}"'
            conditions.append(seen.headers.get("If-None-Match") == headers["ETag"])
        if page.modified:
            headers["Last-Modified"] = f"entry {newest}, about noon"
            conditions.append(seen.headers.get("If-Modified-Since") == headers["Last-Modified"])
        status = 304 if page.status == 200 and any(conditions) else page.status
        self.log.append(replace(seen, status=status, answer=headers, wishes=page.wishes))
        body = b"" if status == 304 else self._document(seen.url, newest, page)
        return web.Response(status=status, headers=headers, body=body)

    def _date(self, seconds: int) -> str:
        return format_datetime(self.now + timedelta(seconds=seconds), usegmt=True)

    def _document(self, url: str, newest: int, page: Page) -> bytes:
        items = "".join(
            f"<item><title>News {number} of {url}</title><guid>{number}</guid>"
            f"<link>http://{url}/{number}</link>"
            f"<pubDate>{format_datetime(MORNING + number * page.every)}</pubDate></item>"
            for number in range(newest, newest - 8, -1)
        )
        return f"<rss version='2.0'><channel>{page.extra}{items}</channel></rss>".encode()


def skips(what: str, part: str, names: Iterable[object]) -> str:
    return f"<{what}>{''.join(f'<{part}>{name}</{part}>' for name in names)}</{what}>"


def between(start: int, end: int, then: Page, otherwise: Page) -> Script:
    """`then` from one full hour to another, else `otherwise`."""
    return lambda age: then if start * HOUR <= age < end * HOUR else otherwise


def moves(status: int, location: str, **headers: str) -> Page:
    return Page(status=status, headers={"Location": f"http://{location}", **headers})


PLAIN = Page()
NIGHT = frozenset({0, 1, 2, 13, 14, 15})
TOO_MANY = Page(status=429, headers={"Retry-After": "9000"})
PAGES: dict[str, Script] = {
    "plain.example/feed": PLAIN,
    "dated.example/feed": Page(etag=False, modified=True),
    "both.example/feed": Page(modified=True),
    "bare.example/feed": Page(etag=False),
    "hourly.example/feed": Page(every=6 * HOUR),
    "daily.example/feed": Page(every=DAY),
    "fresh.example/feed": Page(headers={"Cache-Control": "public, s-maxage=9, max-age=7200"}),
    "aged.example/feed": Page(headers={"Cache-Control": "max-age=9000", "Age": "1800"}),
    "until.example/feed": Page(headers={"Expires": "+5400"}),
    "ttl.example/feed": Page(extra="<ttl>100</ttl>", wishes=Wishes(ttl=timedelta(minutes=100))),
    "night.example/feed": Page(
        extra=skips("skipHours", "hour", NIGHT), wishes=Wishes(skip_hours=NIGHT)
    ),
    "never.example/feed": Page(extra=skips("skipHours", "hour", range(24))),
    "monday.example/feed": Page(
        extra=skips("skipDays", "day", ["Monday"]), wishes=Wishes(skip_days=frozenset({0}))
    ),
    "busy.example/a": between(6, 9, TOO_MANY, PLAIN),
    "busy.example/b": PLAIN,
    "busy.example/c": PLAIN,
    "detour.example/feed": moves(302, "busy.example/d"),
    "busy.example/d": PLAIN,
    "later.example/a": between(4, 6, Page(status=503, headers={"Retry-After": "+10000"}), PLAIN),
    "later.example/b": PLAIN,
    "repairs.example/a": between(
        5, 7, moves(302, "repairs.example/sorry", **{"Retry-After": "7000"}), PLAIN
    ),
    "repairs.example/b": PLAIN,
    "gone.example/feed": between(0, 8, PLAIN, Page(status=410)),
    "lost.example/feed": Page(status=404),
    "broken.example/feed": Page(status=500),
    "flaky.example/feed": between(3, 6, Page(status=502), PLAIN),
    "old.example/feed": moves(301, "new.example/feed"),
    "new.example/feed": PLAIN,
} | {f"host{n}.example/feed": Page(headers={"Cache-Control": "max-age=80000"}) for n in range(30)}
REACHED_BY_REDIRECTS = {"busy.example/d", "new.example/feed"}


def feeds_of(urls: Iterable[str]) -> list[Feed]:
    return [feed(id=FeedId(url.replace("/", ".")), url=f"http://{url}") for url in urls]


FEEDS = feeds_of(url for url in PAGES if url not in REACHED_BY_REDIRECTS)


class Service:
    """What remains of the service without its command line: a store, a clock and rounds."""

    def __init__(self, web_: Web, state: Path, feeds: Sequence[Feed]) -> None:
        self.web = web_
        self.state = state
        self.feeds = feeds
        self.settings = FetchSettings(interval=HALF_HOUR, proxy=web_.url)
        self.chance = random.Random(3)  # noqa: S311  # the jitter of a test
        self.rounds: list[RoundSummary] = []

    async def run(self, hours: float) -> None:
        """Tick every few minutes, as a process that begins and ends with it."""
        end = self.web.now + hours * HOUR
        db = StoreThread()
        with Store.open(self.state) as store:
            async with Fetcher(self.settings, AGENT) as fetcher, ParserPool() as parser:
                while self.web.now < end:
                    due = self._due(store)
                    if due:
                        done = await poll_round(
                            due,
                            store=store,
                            db=db,
                            fetcher=fetcher,
                            parser=parser,
                            settings=self.settings,
                            clock=lambda: self.web.now,
                            jitter=self.chance.random,
                        )
                        self.rounds.append(done)
                    self.web.now += timedelta(minutes=3)
            db.close()

    def _due(self, store: Store) -> list[Feed]:
        states, waits = store.feeds.states(), store.hosts.waits()
        return [
            one
            for one in self.feeds
            if is_due(one, states.get(one.id, PollState()), waits, self.settings, self.web.now)
        ]

    def states(self) -> Mapping[FeedId, PollState]:
        with Store.open_to_read(self.state) as store:
            return store.feeds.states()


async def test_a_day_of_polling_is_polite(tmp_path: Path) -> None:
    async with Web(PAGES) as scripted:
        service = Service(scripted, tmp_path / "state", FEEDS)
        await service.run(hours=7.1)
        await service.run(hours=16.9)  # after a restart, while hosts want to be left alone

    assert violations(scripted.log, RULES) == []

    asked = Counter(hit.url for hit in scripted.log)
    answers = Counter(hit.status for hit in scripted.log)
    assert answers.keys() == {200, 304, 301, 302, 404, 410, 429, 500, 502, 503}
    assert max(hit.others for hit in scripted.log) == AT_ONCE - 1
    # And nobody is neglected: as often as is allowed, with a tenth of jitter and ticks of 3 min.
    for url in ("plain", "dated", "both", "bare", "never", "old", "new"):
        assert 41 <= asked[f"{url}.example/feed"] <= 48, url
    assert 12 <= asked["hourly.example/feed"] <= 20
    assert 4 <= asked["daily.example/feed"] <= 6
    assert 10 <= asked["fresh.example/feed"] <= 12
    assert 10 <= asked["aged.example/feed"] <= 12
    assert 13 <= asked["until.example/feed"] <= 16
    assert 12 <= asked["ttl.example/feed"] <= 15
    assert asked["monday.example/feed"] == 1
    assert asked["broken.example/feed"] == asked["lost.example/feed"] == 6
    assert asked["repairs.example/sorry"] == 0

    states = {name.removesuffix(".example.feed"): s for name, s in service.states().items()}
    assert states["gone"].retired
    assert (states["flaky"].failures, states["broken"].failures) == (0, 6)
    assert states["old"].moved_to == "http://new.example/feed"
    assert states["plain"].rhythm == timedelta(minutes=20)
    assert states["daily"].rhythm == DAY


async def test_an_hour_without_network_costs_no_feed_anything(tmp_path: Path) -> None:
    pages = {f"host{n}.example/feed": PLAIN for n in range(4)} | {
        "broken.example/feed": Page(status=500)
    }
    async with Web(pages) as scripted:
        service = Service(scripted, tmp_path / "state", feeds_of(pages))
        await service.run(hours=2)
        before = service.states()
        there = len(scripted.log)
        service.settings = replace(service.settings, proxy="http://127.0.0.1:9")
        service.rounds.clear()
        await service.run(hours=1.5)
        assert len(scripted.log) == there
        assert service.rounds[-1].network_down
        during = service.states()
        assert all(state.failures <= before[name].failures for name, state in during.items())
        service.settings = replace(service.settings, proxy=scripted.url)
        await service.run(hours=1)
    assert violations(scripted.log, RULES) == []
    plain = [s for name, s in service.states().items() if name.startswith("host")]
    assert all(state.failures == 0 and state.last_success is not None for state in plain)
    assert all(s.last_success and scripted.now - s.last_success < HOUR for s in plain)

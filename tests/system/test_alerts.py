"""Stories break while the service is killed, again and again: everybody hears of each of them.

By mail, by a signed webhook, and by a chat as ntfy is one; the last two fail as such servers do.
"""

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest
from aiohttp import web

from digest.alerts.payload import DELIVERY, SIGNATURE
from tests.alerts import december, staged
from tests.alerts.staged import OUTLETS, Event
from tests.end_to_end.service import PATIENCE
from tests.feeds.server import FeedServer, Response
from tests.system.conftest import Figures
from tests.system.mailing import CONNECTIONS, FULL, GROUP, MONDAY, MailServer, Rig, mail_server
from tests.system.smtp_server import Script

ROUNDS = 12 if FULL else 2
KILLS = 6 if FULL else 2  # in each
LONGEST = 3.0  # seconds until a kill
FAILS = 0.4  # of what a channel is asked

WARNINGS = "error,ignore:'imghdr' is deprecated:DeprecationWarning"  # which Apprise uses

SUDDEN = {"sudden, in English", "at night", "a recall", "a takeover", "tariffs", "a strike"}
EVENTS = [each for each in staged.STAGED + december.STAGED if each.name in SUDDEN]
DESK, OPERATOR = "desk@kuruma.example", "op@kuruma.example"
CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
[operator]
address = "{operator}"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "{smtp}"
connections = {connections}
resend_after = "0"
[fetch]
allow_hosts = {hosts}
[alerting]
breaking = ["hook", "phone"]
[[alerts]]
name = "three"
match = "owners>=3"
to = ["{desk}"]
[channels.hook]
kind = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret = "both know it"
[channels.phone]
kind = "apprise"
url = "ntfy://127.0.0.1:{port}/cars"
"""
FEED = """
[[feeds]]
url = "http://{host}/{number}"
id = "f{number}"
title = "{title}"
lang = "{lang}"
"""

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if FULL else 300)]


@dataclass
class Receiver:
    """A webhook and an ntfy, on one port, that take what they are given or fail."""

    chance: random.Random
    port: int = 0
    hooked: list[tuple[str, int, str]] = field(default_factory=list)  # name, story, headline
    pushed: list[str] = field(default_factory=list)  # titles

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        if self.chance.random() < FAILS:
            if self.chance.random() < 0.5:
                return web.Response(status=self.chance.choice([429, 500, 503]))
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if request.path == "/hook":
            assert SIGNATURE in request.headers
            headline = body["headlines"][0]["title"]
            self.hooked.append((request.headers[DELIVERY], body["story"], headline))
        else:
            self.pushed.append(body["title"])
        return web.Response()


@asynccontextmanager
async def receiving(chance: random.Random) -> AsyncIterator[Receiver]:
    receiver = Receiver(chance)
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class World:
    """The service and all around it."""

    project: Rig
    server: MailServer
    feeds: FeedServer
    receiver: Receiver
    now: datetime = MONDAY + timedelta(days=1)  # no issue is due
    rounds: int = 0
    kills: int = 0
    _told: list[str] = field(default_factory=lambda: [""] * len(OUTLETS))

    def tick(self, time: timedelta) -> None:
        self.now += time
        self.project.set_clock(self.now.isoformat())

    def publish(self, event: Event | None = None) -> None:
        """Let all outlets tell an event, within the last minutes."""
        for number, told in enumerate(event.told if event else ()):
            at = format_datetime(self.now - timedelta(minutes=25 - number))
            self._told[OUTLETS.index(told.outlet)] += (
                f"<item><title>{escape(told.title)}</title>"
                f"<description>{escape(told.summary)}</description>"
                f"<link>https://o{number}.example/{self.rounds}</link><pubDate>{at}</pubDate></item>"
            )
        for number, items in enumerate(self._told):
            body = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
            self.feeds.answers[f"/{number}"] = Response(body=body.encode())

    @property
    def heard(self) -> bool:
        """Whether everybody has heard of as many stories as there were."""
        mailed = Counter(to for to, _ in {(t.recipient, t.id) for t in self.server.taken})
        return (
            mailed[DESK] >= self.rounds
            and mailed[OPERATOR] >= self.rounds
            and len({name for name, _, _ in self.receiver.hooked}) >= self.rounds
            and len(set(self.receiver.pushed)) >= self.rounds
        )

    async def break_(self, event: Event) -> None:
        """Publish an event, kill the service at drawn moments, and let it come to its end."""
        self.rounds += 1
        self.tick(timedelta(hours=3))
        self.publish(event)
        for _ in range(KILLS):
            async with self.project.service() as process:
                await asyncio.sleep(self.receiver.chance.uniform(0, LONGEST))
                process.send_signal(signal.SIGKILL)
                await process.wait()
            self.kills += 1
            assert self.project.look("PRAGMA quick_check") == [{"quick_check": "ok"}]
            self.tick(timedelta(seconds=40))
        async with self.project.service(), asyncio.timeout(PATIENCE):
            while not self.heard:
                await asyncio.sleep(0.2)  # another process: there is no event to wait for
                self.tick(timedelta(seconds=5))


async def test_everybody_hears_of_each_story(folder: Path, figures: Figures) -> None:
    seed = random.randrange(1 << 32)  # noqa: S311  # pytest-randomly makes it repeatable
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    chance = random.Random(seed)  # noqa: S311
    pytest.importorskip("apprise", reason="the extra [channels] is not installed")
    async with (
        mail_server(folder / "smtp", Script(delay_ms=5)) as server,
        FeedServer({}, "0.0.0.0") as feeds,  # noqa: S104  # each feed at a host of its own
        receiving(chance) as receiver,
    ):
        (folder / "project").mkdir()
        port = feeds.host.partition(":")[2]
        hosts = [f"127.0.0.{number}:{port}" for number in range(1, len(OUTLETS) + 1)]
        config = CONFIG.format(
            operator=OPERATOR,
            desk=DESK,
            smtp=server.url,
            hosts=json.dumps(hosts),
            connections=CONNECTIONS,
            port=receiver.port,
        )
        config += "".join(
            FEED.format(
                host=hosts[number],
                number=number,
                title=outlet,
                lang="en" if outlet.isascii() else "ja",
            )
            for number, outlet in enumerate(OUTLETS)
        )
        rig = Rig(folder / "project", config, PYTHONWARNINGS=WARNINGS)
        world = World(rig, server, feeds, receiver)
        world.tick(timedelta())
        world.publish()
        await world.project.run("poll")  # what a feed holds when it is first read is no news
        for number in range(ROUNDS):
            await world.break_(EVENTS[number % len(EVENTS)])

        alerts = json.loads(await world.project.run("alerts", "history", "--json"))
        rows = [row for row in await world.project.outbox() if row.key.startswith("alert/")]
        mails = Counter((taken.recipient, taken.id) for taken in server.taken)
        hooks, pushes = Counter(receiver.hooked), Counter(receiver.pushed)
        twice = [sum(each.values()) - len(each) for each in (mails, hooks, pushes)]
        figures(
            f"{world.kills} kills, {len(alerts)} alerts of {world.rounds} stories;"
            f" twice: {twice[0]} mails, {twice[1]} by webhook, {twice[2]} by ntfy"
        )
    assert len(alerts) == world.rounds
    assert all(told["at"] and not told["not_told"] for a in alerts for told in a["told"])
    # Each once, but for those whose answer a kill kept from being recorded.
    assert Counter((row.address, row.state) for row in rows) == {
        (OPERATOR, "sent"): world.rounds,
        (DESK, "sent"): world.rounds,
    }
    assert len(hooks) == len(pushes) == world.rounds
    assert {name for name, _, _ in hooks} == {f"alert/{each['alert']}" for each in alerts}
    assert twice[0] <= world.kills * CONNECTIONS * GROUP
    assert max(twice[1:]) <= world.kills

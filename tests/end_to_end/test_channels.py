"""The installed command gives alerts to a channel that takes its time."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from digest.app import open_app
from digest.config import load
from digest.model import NewEntry, PollState
from tests.builders import entry
from tests.end_to_end.service import PATIENCE, Project, until

NOON = datetime.fromisoformat("2026-11-12T12:00:00+09:00")
CONFIG = """
[mail]
from = "weekly@kuruma.example"
[[alerts]]
name = "nissan"
match = 'company:nissan'
channels = ["desk"]
[channels.desk]
kind = "webhook"
url = "{url}"
[[feeds]]
id = "trade"
url = "https://trade.example/feed"
title = "Trade"
enabled = false
"""


@dataclass
class Desk:
    """A webhook that answers when it is let."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.count += 1
        self.asked.set()
        await self.may_answer.wait()
        return web.Response()


@asynccontextmanager
async def desk_of(folder: Path) -> AsyncIterator[tuple[Desk, Project]]:
    """A desk, and a project with two alerts that wait for it."""
    desk = Desk()
    app = web.Application()
    app.router.add_post("/", desk.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    project = Project(folder, CONFIG.format(url=f"http://127.0.0.1:{runner.addresses[0][1]}/"))
    project.set_clock(NOON.isoformat())
    await asyncio.to_thread(raise_two, folder)
    try:
        yield desk, project
    finally:
        desk.may_answer.set()
        await runner.cleanup()


def raise_two(folder: Path) -> None:
    long_ago = NOON - timedelta(days=20)
    with open_app(load(folder, {}), lambda: NOON) as app:
        (feed,) = app.settings.feeds
        app.store.feeds.sync([feed], long_ago)
        app.store.feeds.record(feed.id, PollState(last_success=long_ago), [], long_ago)
        titles = ("Nissan to recall 12,000 Rogue cars", "Nissan names a new chief of design")
        new = [
            NewEntry(
                entry=entry(
                    number=number, title=title, feed=feed.id, published=NOON - timedelta(hours=1)
                ),
                title_key="",
            )
            for number, title in enumerate(titles, 1)
        ]
        app.store.feeds.record(feed.id, PollState(last_success=NOON), new, NOON)
        app.take_in()


async def test_a_service_that_ends_finishes_the_alert_under_way(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as (desk, project):
        async with project.service() as process:
            await asyncio.wait_for(desk.asked.wait(), PATIENCE)
            process.send_signal(signal.SIGTERM)
            await until(lambda: "service.stopping" in project.log, "a service that stops")
            desk.may_answer.set()
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert desk.count == 1
        history = await project.run("alerts", "history")
        assert history.count("waits for its turn") == 1


async def test_a_poll_gives_all_before_it_ends(tmp_path: Path) -> None:
    async with desk_of(tmp_path) as (desk, project):
        desk.may_answer.set()
        await project.run("poll")
        assert desk.count == 2
        assert "waits" not in await project.run("alerts", "history")

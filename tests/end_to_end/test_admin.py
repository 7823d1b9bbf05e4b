"""The installed service tells how it is, writes a log that machines read, and keeps its secrets."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web

from digest.store import Store
from tests.end_to_end.service import Project, until

SECRET = "canary-Pa55word"  # noqa: S105  # what must not be seen anywhere
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>
<item><guid>1</guid><title>Nissan closes \x85 a plant &#x202e;evil</title>
<link>https://trade.example/1</link>
<pubDate>Tue, 17 Nov 2026 02:00:00 GMT</pubDate></item></channel></rss>"""
CONFIG = """
[operator]
address = "editor@kuruma.example"
[mail]
from = "weekly@kuruma.example"
smtp = "smtp://127.0.0.1:{smtp}"
username = "weekly"
password = "{secret}"
[fetch]
allow_hosts = ["127.0.0.1:{web}"]
[admin]
listen = "127.0.0.1:{admin}"
[[feeds]]
id = "trade"
url = "http://127.0.0.1:{web}/feed"
title = "Trade"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def feed_server() -> AsyncIterator[int]:
    async def feed(_: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        return aiohttp.web.Response(text=FEED, content_type="application/rss+xml")

    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(feed, access_log=None))
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def events(project: Project) -> list[dict[str, Any]]:
    """Every line of the log is an object with the three fields that all have."""
    found = [json.loads(line) for line in project.log.splitlines()]
    assert all({"at", "level", "event"} <= set(one) for one in found)
    return found


async def test_a_service_is_seen_from_its_start_to_its_end(tmp_path: Path) -> None:
    admin = free_port()
    async with feed_server() as web:
        config = CONFIG.format(smtp=9, web=web, admin=admin, secret=SECRET)
        project = Project(tmp_path, config)
        project.folder.chmod(0o700)
        (tmp_path / "feeds.toml").chmod(0o600)
        project.set_clock("2026-11-17T12:00:00+09:00")
        assert "does not answer" in await project.run("health", code=1)
        async with (
            project.service(),
            aiohttp.ClientSession(f"http://127.0.0.1:{admin}") as session,
        ):
            await until(lambda: '"poll.done"' in project.log, "a round")
            assert (await project.run("health")).startswith("ok")
            async with session.get("/readyz") as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, "ok")
            async with session.get("/metrics") as answer:
                metrics = await answer.text()
            assert 'digest_feed_fetches_total{outcome="new"} 1.0' in metrics
            assert "digest_entries_new_total 1.0" in metrics
            async with session.get("/") as answer:
                page = await answer.text()
            assert "Trade" in page
            await project.run(
                "subscribers", "add", "taro@example.com", "--active", "--consent", "asked"
            )
            # Nobody answers on port 9: mail is in trouble, and a restart would mend nothing.
            await project.run("send", code=0)
            await until(lambda: '"mail.trouble"' in project.log, "the trouble")
            assert (await project.run("health")).startswith("degraded; mail does not leave")
            async with session.get("/readyz") as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, "degraded")
        everything = project.log + metrics + page
        told = events(project)
    assert {"service.start", "web.start", "poll.done", "service.stop"} <= {e["event"] for e in told}
    assert SECRET not in everything
    assert "taro" not in everything
    assert SECRET not in await project.run("status")


async def test_without_admin_the_lock_and_the_state_tell(tmp_path: Path) -> None:
    project = Project(tmp_path, '[mail]\nfrom = "weekly@kuruma.example"\n')
    project.set_clock("2026-11-17T12:00:00+09:00")
    assert "no service runs here" in await project.run("health", code=1)

    def has_spoken() -> bool:
        with Store.open_to_read(project.folder / "state") as store:
            return store.service.last_seen() is not None

    async with project.service():
        await until(has_spoken, "the service's first word")
        assert (await project.run("health")).startswith("ok")
        project.set_clock("2026-11-17T12:01:00+09:00")
    assert "no service runs here" in await project.run("health", code=1)

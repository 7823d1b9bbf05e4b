"""Runs the pipeline on the bundled snapshot: feeds over loopback HTTP in, mails in a Maildir out.

The snapshot is of one week in November 2026, so the demo's clock stands there: half an hour before
the weekly issue is due while it polls, and at the due time when it publishes.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from digest.app import App, open_app
from digest.config import load
from digest.demo.readers import READERS
from digest.issues.publish import describe
from digest.model import Consent, PollState

DUE = datetime.fromisoformat("2026-11-16T07:00:00+09:00")
POLLED = datetime.fromisoformat("2026-11-16T06:30:00+09:00")
PERIOD = "2026-W47"
# The demo has followed its feeds for a while: of a new one only the last week would be news, and
# of one without dates nothing at all.
FOLLOWED = PollState(last_success=POLLED - timedelta(days=14), rhythm=timedelta(hours=4))

_SNAPSHOT = files("digest.demo") / "snapshot"
_TYPES = {
    ".json": "application/feed+json",
    ".atom": "application/atom+xml",
    ".rdf": "application/rdf+xml",
    ".xml": "application/rss+xml",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the demo: what it did, and how long that took."""

    what: str
    seconds: float


@asynccontextmanager
async def snapshot_server() -> AsyncIterator[int]:
    """Serve the snapshot on a free loopback port; gives the port."""
    runner = web.AppRunner(_site(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _site() -> web.Application:
    async def feed(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        served = {file.name: file for file in _SNAPSHOT.iterdir()}
        if name not in served:
            raise web.HTTPNotFound
        # No charset: what a document declares of itself must be enough, as so often in the wild.
        kind = _TYPES[Path(name).suffix]
        return web.Response(body=served[name].read_bytes(), headers={"Content-Type": kind})

    site = web.Application()
    site.router.add_get("/{name}", feed)
    return site


async def run_demo(folder: Path, say: Callable[[Step], None]) -> Path:
    """Make a project in this folder and take a week through it. Gives the mail's HTML file."""
    async with snapshot_server() as port:
        _write_config(folder, port)
        now = POLLED
        begun = time.perf_counter()

        def done(what: str) -> None:
            nonlocal begun
            say(Step(what, time.perf_counter() - begun))
            begun = time.perf_counter()

        settings = load(folder, {"DIGEST_FETCH__ALLOW_HOSTS": f'["127.0.0.1:{port}"]'})
        with open_app(settings, lambda: now) as app:
            done("read the configuration, the lexicon and the templates")
            for reader in READERS:
                consent = Consent(at=now, how="recorded by the operator", words="the demo")
                app.desk.record(
                    reader.address,
                    now,
                    consent=consent,
                    name=reader.name,
                    preferences=reader.preferences,
                )
            done(f"subscribed {len(READERS)} sample readers")
            app.store.feeds.sync(app.feeds.named(), now)
            for feed in app.feeds.named():
                app.store.feeds.record(feed.id, FOLLOWED, [], now)
            result = await app.feeds.round(app.feeds.named(), force=True)
            done(result.describe())
            now = DUE
            edition = app.edition(None)
            done(describe(app.issues.publish(edition, app.issues.period(edition, PERIOD))))
            sent = await app.mail.drain()
            done(f"delivered {sent.sent} mails to {settings.state / 'outbox'}")
            pages = _write_pages(app, folder)
            done(f"wrote the issue as HTML and text to {folder / 'issue'}")
    return pages


def _write_config(folder: Path, port: int) -> None:
    config = (files("digest.demo") / "feeds.toml").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    text = config.replace("127.0.0.1:0/", f"127.0.0.1:{port}/")
    (folder / "feeds.toml").write_text(text, encoding="utf-8")


def _write_pages(app: App, folder: Path) -> Path:
    """Write what each reader got; gives the first reader's page."""
    target = folder / "issue"
    target.mkdir(exist_ok=True)
    issue = app.issues.draft(app.edition(None), app.issues.period(app.edition(None), PERIOD))
    for reader in app.store.subscribers.all():
        segment = app.issues.render(issue, reader.preferences.choice)
        parts = app.issues.message_for(issue, segment, reader).parts()
        name = reader.address.partition("@")[0]
        (target / f"{name}.html").write_text(parts.html, encoding="utf-8")
        (target / f"{name}.txt").write_text(parts.text, encoding="utf-8")
    return target / f"{READERS[0].address.partition('@')[0]}.html"

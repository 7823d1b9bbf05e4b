"""A real server on loopback over a real store, and a browser's part of HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from digest.app import App, open_app
from digest.config import load
from digest.model import Consent, Delivery, DeliveryKind, Preferences, Subscriber
from digest.settings import WebSettings
from digest.subscribers import tokens
from digest.subscribers.desk import Joined
from digest.web.front import Front
from digest.web.server import serving
from tests.builders import NOW

DAY = timedelta(days=1)
TARO = "taro@example.com"
CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
daily = "07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
postal_address = "1-2-3 Ginza, Tokyo"
[web]
public_url = "https://weekly.example.org"
proxies = ["127.0.0.1"]
"""


@dataclass
class Hand:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Got:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Browser:
    """Asks a running server; follows no redirect and keeps no cookie."""

    app: App
    clock: Hand
    host: str
    port: int
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **given: Any) -> Got:
        headers = {**self.headers, **given.pop("headers", {})}
        url = f"http://{self.host}:{self.port}{path}"
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **given
        ) as answer:
            return Got(answer.status, await answer.text(), answer.headers)

    async def get(self, path: str, **given: Any) -> Got:
        return await self.ask("GET", path, **given)

    async def post(self, path: str, fields: Sequence[tuple[str, str]] = (), **given: Any) -> Got:
        return await self.ask(
            "POST",
            path,
            data=urlencode(list(fields)),
            headers={"Content-Type": "application/x-www-form-urlencoded"} | given,
        )

    async def subscribe(self, address: str, *fields: tuple[str, str], lang: str = "en") -> Got:
        """Fill in the form as a person does: not within a second."""
        page = await self.get(f"/?lang={lang}")
        self.clock.now += timedelta(seconds=30)
        return await self.post(
            f"/?lang={lang}", [("address", address), ("shown", shown_in(page)), *fields]
        )

    async def raw(self, data: bytes) -> str:
        """Send bytes as they are, and read until the server closes."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(data)
        try:
            return (await reader.read()).decode()
        finally:
            writer.close()
            await writer.wait_closed()

    def join(self, address: str = TARO, preferences: Preferences | None = None) -> Subscriber:
        """A reader who has been one for a while."""
        answer = self.app.desk.record(
            address,
            self.clock(),
            consent=Consent(at=self.clock(), how="form", words="I want it"),
            preferences=preferences or Preferences(),
        )
        assert isinstance(answer, Joined)
        return answer.subscriber

    def reader(self, address: str = TARO) -> Subscriber | None:
        return self.app.store.subscribers.by_key(address)

    def mails(self) -> list[Delivery]:
        """Takes what is queued."""
        now = self.clock() + 99 * DAY
        return self.app.store.deliveries.claim(100, now, resend_unknown=False)

    def confirmations(self) -> list[str]:
        """The tokens in the confirmation mails that are queued."""
        mails = [mail for mail in self.mails() if mail.kind is DeliveryKind.CONFIRMATION]
        found = [re.search(r"/c/([a-z2-7]{32})", mail.letter.text) for mail in mails if mail.letter]
        return [match[1] for match in found if match is not None]

    def preferences_of(self, reader: Subscriber) -> str:
        """The path of this reader's preferences."""
        token = tokens.preferences_token(self.app.store.secret(), reader.id, self.clock())
        return f"/p/{token}"

    def leave_of(self, reader: Subscriber) -> str:
        """The path that ends this reader's subscription."""
        return f"/u/{tokens.leave_token(self.app.store.secret(), reader.id)}"


def shown_in(page: Got) -> str:
    found = re.search(r'name="shown" value="([a-z2-7]{32})"', page.text)
    assert found is not None
    return found[1]


@asynccontextmanager
async def browsing(folder: Path, config: str = CONFIG, **web: Any) -> AsyncIterator[Browser]:
    """A browser at a server of its own."""
    (folder / "feeds.toml").write_text(config, encoding="utf-8")
    clock = Hand()
    with open_app(load(folder, {}), clock) as app:
        settings = replace(app.settings.web or WebSettings(), port=0, **web)
        front = Front(app.site())
        async with serving(front, settings) as (host, port), aiohttp.ClientSession() as session:
            yield Browser(app, clock, host, port, session)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browsing(tmp_path) as opened:
        yield opened

"""Channels beside mail, against receivers that fail in all the usual ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from digest.alerts import channels
from digest.alerts.backoff import FIRST, GIVE_UP_AFTER, LONGEST, TELL_AFTER
from digest.alerts.channels import Wire, give
from digest.alerts.payload import DELIVERY, SIGNATURE, signature
from digest.model import NoticeKind
from digest.settings import AlertRule, AlertSettings, Channel, Chat, Webhook
from digest.store import Store, StoreThread
from digest.stories.rules import parse
from tests.alerts.conftest import LONG_AGO, Newsroom, newsroom_with
from tests.builders import NOW
from tests.stories.builders import built_in

SECRET = "between us"  # noqa: S105  # of a test


@dataclass
class Receiver:
    """An HTTP server that answers as a test says, and remembers what it took."""

    answers: list[Callable[[web.Request], web.StreamResponse | None]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        found = self.answers.pop(0)(request) if self.answers else web.Response(text="ok")
        if found is None:  # hang up
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if 200 <= found.status < 300:
            self.bodies.append(body)
            self.headers.append(request.headers)
        return found


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


def newsroom_to(store: Store, *given: Channel) -> Newsroom:
    """A newsroom whose one rule tells these channels."""
    rule = AlertRule(
        name="nissan",
        match=str(parse("company:nissan")),
        channels=tuple(channel.name for channel in given),
    )
    alerts = AlertSettings(rules=(rule,), channels={channel.name: channel for channel in given})
    return newsroom_with(store, alerts, operator=None)


async def hand_over(newsroom: Newsroom) -> None:
    with closing(StoreThread()) as db:
        await give(
            Wire(
                store=newsroom.store,
                db=db,
                settings=newsroom.settings,
                names=built_in().lexicon,
                clock=lambda: newsroom.now,
            )
        )


def outcomes(store: Store) -> list[bool]:
    """Of each alert, whether its channel has it."""
    return [t.told_at is not None for past in store.alerts.history(LONG_AGO) for t in past.told]


def status(code: int, **headers: str) -> Callable[[web.Request], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, headers=named)


class TestWebhook:
    async def test_is_given_each_alert_once_and_signed(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url(), secret=SECRET))
            newsroom.publish(1)
            newsroom.publish(2)
            newsroom.look()
            await hand_over(newsroom)
            await hand_over(newsroom)
        assert [json.loads(body)["story"] for body in receiver.bodies] == [1, 2]
        assert [each[DELIVERY] for each in receiver.headers] == ["alert/1", "alert/2"]
        body, headers = receiver.bodies[0], receiver.headers[0]
        assert headers[SIGNATURE] == signature(body, SECRET, NOW)
        assert outcomes(store) == [True, True]

    @pytest.mark.parametrize(
        "answer",
        [
            status(500),
            status(404),
            status(429, Retry_After="5"),
            status(302, Location="http://127.0.0.1:1/elsewhere"),
            lambda _: None,
        ],
        ids=["broken", "gone", "busy", "elsewhere", "hangs up"],
    )
    async def test_that_fails_is_tried_again_later(
        self, store: Store, answer: Callable[[web.Request], web.Response | None]
    ) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            receiver.answers.append(answer)
            await hand_over(newsroom)
            await hand_over(newsroom)  # too early: it rests
            assert outcomes(store) == [False]
            newsroom.now += FIRST
            await hand_over(newsroom)
        assert len(receiver.bodies) == 1
        assert outcomes(store) == [True]
        assert store.channels.troubles() == {}

    async def test_that_says_when_is_not_tried_before(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            receiver.answers.append(status(503, Retry_After="600"))
            await hand_over(newsroom)
        assert store.channels.troubles()["hook"].not_before == NOW + timedelta(minutes=10)

    async def test_that_nobody_serves_does_not_hold_up_the_others(self, store: Store) -> None:
        async with receiving() as receiver:
            dead = Webhook(name="dead", url="http://127.0.0.1:9/")
            newsroom = newsroom_to(store, dead, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            await hand_over(newsroom)
        assert len(receiver.bodies) == 1
        assert set(store.channels.troubles()) == {"dead"}

    async def test_that_never_answers_is_left(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "DEADLINE", timedelta(milliseconds=100))
        released = asyncio.Event()

        async def silent(_: web.Request) -> web.Response:
            await released.wait()
            return web.Response()

        app = web.Application()
        app.router.add_post("/", silent)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        newsroom = newsroom_to(store, Webhook(name="hook", url=url))
        newsroom.publish()
        newsroom.look()
        try:
            await hand_over(newsroom)
        finally:
            released.set()
            await runner.cleanup()
        assert "in time" in store.channels.troubles()["hook"].error

    async def test_that_goes_on_failing_is_told_of_once(self, store: Store) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/secret-path"))
        newsroom.publish()
        newsroom.look()
        for _ in range(8):
            await hand_over(newsroom)
            newsroom.now += LONGEST
        told = [each.notice for each in store.notices.waiting()]
        assert [notice.kind for notice in told] == [NoticeKind.CHANNEL_BLOCKED]
        assert "secret-path" not in told[0].words
        assert TELL_AFTER < LONGEST

    async def test_gives_up_an_alert_of_yesterday(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            newsroom.now += GIVE_UP_AFTER
            await hand_over(newsroom)
        assert receiver.bodies == []
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome is not None


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of Apprise
class TestChat:
    @pytest.fixture(autouse=True)
    def _apprise(self) -> None:
        pytest.importorskip("apprise", reason="the extra [channels] is not installed")

    async def test_is_told_in_words(self, store: Store) -> None:
        async with receiving() as receiver:
            url = f"json://127.0.0.1:{receiver.port}/topic"
            newsroom = newsroom_to(store, Chat(name="chat", url=url))
            newsroom.publish(title="Nissan to close two plants")
            newsroom.look()
            await hand_over(newsroom)
        (body,) = receiver.bodies
        assert json.loads(body)["title"] == "Alert: Nissan to close two plants"
        assert "the rule “nissan”" in json.loads(body)["message"]
        assert outcomes(store) == [True]

    async def test_that_is_refused_is_tried_again(self, store: Store) -> None:
        async with receiving() as receiver:
            url = f"json://127.0.0.1:{receiver.port}/topic"
            newsroom = newsroom_to(store, Chat(name="chat", url=url))
            newsroom.publish()
            newsroom.look()
            receiver.answers.append(status(500))
            await hand_over(newsroom)
            assert outcomes(store) == [False]
            newsroom.now += FIRST
            await hand_over(newsroom)
        assert outcomes(store) == [True]

    async def test_with_a_url_that_apprise_does_not_know_says_so(self, store: Store) -> None:
        newsroom = newsroom_to(store, Chat(name="chat", url="nonsense"))
        newsroom.publish()
        newsroom.look()
        await hand_over(newsroom)
        assert "does not understand" in store.channels.troubles()["chat"].error

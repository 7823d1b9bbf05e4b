"""Channels beside mail, against receivers that fail in all the usual ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from digest.alerts import outcomes as answers_of
from digest.alerts.backoff import FIRST, GIVE_UP_AFTER, LONGEST, TELL_AFTER
from digest.alerts.channels import Lines, Wire
from digest.alerts.chats import chat_problems
from digest.alerts.payload import DELIVERY, SIGNATURE, signature
from digest.errors import StoreError
from digest.model import NoticeKind, ToChannel
from digest.settings import AlertRule, AlertSettings, Channel, Chat, QuietHours, Webhook
from digest.store import Store, StoreThread
from digest.stories.rules import parse
from tests.alerts.conftest import LONG_AGO, Newsroom, newsroom_with
from tests.builders import NOW
from tests.stories.builders import built_in

SECRET = "between us"  # noqa: S105  # of a test
PATIENCE = timedelta(minutes=2)  # with a machine that is busy
SETTINGS = (401, 403, 404, 405, 407, 408, 410, 425)  # what a wrong setting may be answered with
NAMES = ("hook", "dead", "chat", "slow")


def status(code: int, **headers: str) -> Callable[[web.Request], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, headers=named)


@dataclass
class Receiver:
    """An HTTP server that answers as a test says, and remembers what it took."""

    answers: list[Callable[[web.Request], web.StreamResponse | None]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    asked: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)  # of what asks for /held
    port: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked += 1
        if request.path == "/held":
            await self.held.wait()
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
        receiver.held.set()
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


def wire(newsroom: Newsroom, db: StoreThread) -> Wire:
    return Wire(
        store=newsroom.store,
        db=db,
        settings=newsroom.settings,
        names=lambda: built_in().lexicon,
        clock=lambda: newsroom.now,
    )


async def hand_over(newsroom: Newsroom) -> None:
    """Give all that waits, as a command does that ends then."""
    with closing(StoreThread()) as db:
        lines = Lines(wire(newsroom, db))
        await lines.give()
        await lines.stop(PATIENCE)


@dataclass
class Running:
    """The lines of a service, and what a test wants to know while they run."""

    lines: Lines
    db: StoreThread
    store: Store

    async def until_taken(self, name: str, count: int) -> None:
        """Give until a channel has so many alerts."""
        while await self.db(taken, self.store, name) < count:
            await self.lines.give()

    async def until_failed(self, name: str, failures: int) -> None:
        """Give until a channel has failed so often."""
        await self.lines.give()
        while True:
            trouble = (await self.db(self.store.channels.troubles, [name])).get(name)
            if trouble is not None and trouble.failures >= failures:
                return


@asynccontextmanager
async def service(newsroom: Newsroom) -> AsyncIterator[Running]:
    with closing(StoreThread()) as db:
        lines = Lines(wire(newsroom, db))
        yield Running(lines, db, newsroom.store)
        await lines.stop(PATIENCE)


def taken(store: Store, name: str) -> int:
    """How many alerts this channel has."""
    past = store.alerts.history(LONG_AGO)
    told = [t for each in past for t in each.told if t.to == ToChannel(name)]
    return sum(t.told_at is not None and t.outcome is None for t in told)


def notices(store: Store) -> list[NoticeKind]:
    """What the operator is to know: what lasts as long as it does, all that has passed."""
    return [each.notice.kind for each in store.notices.latest(9)]


class FullDisk(StoreThread):
    """Writes no more that an alert was taken."""

    refused = 0

    async def __call__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if getattr(call, "__name__", "") == "_given":
            self.refused += 1
            raise StoreError("the disk is full")
        return await super().__call__(call, *args, **kwargs)


def outcomes(store: Store) -> list[bool]:
    """Of each alert, whether its channel has it."""
    return [t.told_at is not None for past in store.alerts.history(LONG_AGO) for t in past.told]


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
        assert headers["User-Agent"].startswith("kuruma-digest/")
        assert outcomes(store) == [True, True]

    @pytest.mark.parametrize(
        "answer",
        [
            status(500),
            *map(status, SETTINGS),
            status(429, Retry_After="5"),
            status(302, Location="http://127.0.0.1:1/elsewhere"),
            lambda _: None,
        ],
        ids=[
            "500",
            *map(str, SETTINGS),
            "busy",
            "elsewhere",
            "hangs up",
        ],
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
        assert store.channels.troubles(NAMES) == {}

    async def test_that_says_when_is_not_tried_before(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            receiver.answers.append(status(503, Retry_After="600"))
            await hand_over(newsroom)
        assert store.channels.troubles(NAMES)["hook"].not_before == NOW + timedelta(minutes=10)

    @pytest.mark.parametrize(
        ("asked", "wait"), [("604800", LONGEST), ("9" * 30, FIRST), ("tomorrow", FIRST)]
    )
    async def test_that_asks_for_nonsense_is_tried_within_reason(
        self, store: Store, asked: str, wait: timedelta
    ) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            receiver.answers.append(status(503, Retry_After=asked))
            await hand_over(newsroom)
        assert store.channels.troubles(NAMES)["hook"].not_before == NOW + wait

    @pytest.mark.parametrize("code", [400, 413, 422, 451])
    async def test_that_refuses_an_alert_is_given_the_next(self, store: Store, code: int) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url("/secret-path")))
            for story in (1, 2, 3):
                newsroom.publish(story)
            newsroom.look()
            receiver.answers += [status(code), status(code)]
            await hand_over(newsroom)
        assert [json.loads(body)["story"] for body in receiver.bodies] == [3]
        first, second, third = (past.told[0] for past in store.alerts.history(LONG_AGO))
        assert first.outcome == second.outcome == f"its server refuses it ({code})"
        assert third.outcome is None
        assert store.channels.troubles(NAMES) == {}
        (told,) = (each.notice for each in store.notices.latest(9))  # once a day
        assert told.kind is NoticeKind.ALERT_REFUSED
        assert "secret-path" not in told.words

    async def test_that_works_again_begins_anew(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish(1)
            newsroom.publish(2)
            newsroom.look()
            receiver.answers += [status(500), status(200), status(500)]
            await hand_over(newsroom)
            newsroom.now += TELL_AFTER
            await hand_over(newsroom)
        trouble = store.channels.troubles(NAMES)["hook"]
        assert (trouble.failures, trouble.failing_since) == (1, newsroom.now)
        assert notices(store) == []

    async def test_that_fails_is_tried_ever_more_seldom(self, store: Store) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/"))
        newsroom.publish()
        newsroom.look()
        waits = []
        for _ in range(4):
            await hand_over(newsroom)
            again = store.channels.troubles(NAMES)["hook"].not_before
            waits.append(again - newsroom.now)
            newsroom.now = again
        assert waits == [FIRST, FIRST * 2, FIRST * 4, FIRST * 8]

    @pytest.mark.parametrize(
        ("after", "told"),
        [(TELL_AFTER - timedelta(seconds=1), []), (TELL_AFTER, [NoticeKind.CHANNEL_BLOCKED])],
    )
    async def test_that_fails_for_a_while_is_told_of(
        self, store: Store, after: timedelta, told: list[NoticeKind]
    ) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/"))
        newsroom.publish()
        newsroom.look()
        await hand_over(newsroom)
        newsroom.now += after
        await hand_over(newsroom)
        assert notices(store) == told

    async def test_is_left_alone_in_quiet_hours(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            local = NOW.astimezone(newsroom.settings.zone)
            quiet = QuietHours(
                start=(local - timedelta(hours=1)).time(), end=(local + timedelta(hours=1)).time()
            )
            alerts = replace(newsroom.settings.alerts, quiet=quiet)
            newsroom.settings = replace(newsroom.settings, alerts=alerts)
            newsroom.publish()
            newsroom.look()
            assert store.channels.due(NOW) == []
            await hand_over(newsroom)
            assert receiver.asked == 0
            newsroom.now += timedelta(hours=1)
            await hand_over(newsroom)
        assert outcomes(store) == [True]

    async def test_is_given_in_quiet_hours_only_what_was_due_before(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish(1)
            newsroom.look()
            zone = newsroom.settings.zone
            quiet = QuietHours(
                start=NOW.astimezone(zone).time(),
                end=(NOW + timedelta(hours=1)).astimezone(zone).time(),
            )
            alerts = replace(newsroom.settings.alerts, quiet=quiet)
            newsroom.settings = replace(newsroom.settings, alerts=alerts)
            newsroom.publish(2)
            newsroom.look()
            await hand_over(newsroom)
        assert [json.loads(body)["story"] for body in receiver.bodies] == [1]

    async def test_takes_all_that_waits_at_once(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            for story in range(1, 24):
                newsroom.publish(story)
            newsroom.look()
            await hand_over(newsroom)
        assert [json.loads(body)["story"] for body in receiver.bodies] == list(range(1, 24))

    async def test_that_is_no_longer_configured_is_forgotten(self, store: Store) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/"))
        newsroom.publish()
        newsroom.look()
        await hand_over(newsroom)
        assert set(store.channels.troubles(["hook", "other"])) == {"hook"}
        assert store.channels.troubles(["other"]) == {}
        newsroom.settings = replace(newsroom.settings, alerts=AlertSettings())
        await hand_over(newsroom)
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome == "the channel is no longer in feeds.toml"
        assert store.channels.troubles(["hook"]) == {}

    async def test_that_was_told_of_and_is_removed_is_no_longer_open(self, store: Store) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/"))
        newsroom.publish()
        newsroom.look()
        await hand_over(newsroom)
        newsroom.now += TELL_AFTER
        await hand_over(newsroom)
        assert [each.notice.about for each in store.notices.open()] == ["hook"]
        newsroom.settings = replace(newsroom.settings, alerts=AlertSettings())
        await hand_over(newsroom)
        assert store.notices.open() == []

    @pytest.mark.parametrize("answer", [200, 400])
    async def test_that_works_again_is_no_longer_open(self, store: Store, answer: int) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            receiver.answers += [status(500), status(500), status(answer)]
            for _ in range(2):
                await hand_over(newsroom)
                newsroom.now += TELL_AFTER
            assert NoticeKind.CHANNEL_BLOCKED in {e.notice.kind for e in store.notices.open()}
            await hand_over(newsroom)
        assert store.notices.open() == []

    @pytest.mark.parametrize("what", ["rule/nissan", "story/1"])
    async def test_is_not_given_what_is_muted_while_it_waits(self, store: Store, what: str) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            store.mutes.mute(what, NOW + LONGEST)
            await hand_over(newsroom)
        assert receiver.bodies == []
        ((told,),) = [past.told for past in store.alerts.history(LONG_AGO)]
        assert told.outcome == "it was muted meanwhile"

    async def test_that_nobody_serves_does_not_hold_up_the_others(self, store: Store) -> None:
        async with receiving() as receiver:
            dead = Webhook(name="dead", url="http://127.0.0.1:9/")
            newsroom = newsroom_to(store, dead, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            await hand_over(newsroom)
        assert len(receiver.bodies) == 1
        assert set(store.channels.troubles(NAMES)) == {"dead"}

    async def test_that_never_answers_is_left(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answers_of, "DEADLINE", timedelta(milliseconds=100))
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
        assert "in time" in store.channels.troubles(NAMES)["hook"].error

    async def test_that_goes_on_failing_is_told_of_once(self, store: Store) -> None:
        newsroom = newsroom_to(store, Webhook(name="hook", url="http://127.0.0.1:9/secret-path"))
        newsroom.publish()
        newsroom.look()
        for _ in range(8):
            await hand_over(newsroom)
            newsroom.now += LONGEST
        told = [each.notice for each in store.notices.open()]
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


class TestLines:
    async def test_one_that_is_slow_holds_up_no_other(self, store: Store) -> None:
        async with receiving() as receiver, receiving() as slow:
            newsroom = newsroom_to(
                store,
                Webhook(name="hook", url=receiver.url()),
                Webhook(name="slow", url=slow.url("/held")),
            )
            async with service(newsroom) as running:
                for count in (1, 2, 3):
                    newsroom.publish(count)
                    newsroom.look()
                    await running.until_taken("hook", count)
                assert taken(store, "slow") == 0
                assert slow.asked <= 1  # nothing twice
                slow.held.set()
        assert len(slow.bodies) == 3
        assert slow.asked == 3

    async def test_a_stop_waits_for_the_alert_that_is_under_way(self, store: Store) -> None:
        async with receiving() as slow:
            newsroom = newsroom_to(store, Webhook(name="slow", url=slow.url("/held")))
            newsroom.publish(1)
            newsroom.publish(2)
            newsroom.look()
            with closing(StoreThread()) as db:
                lines = Lines(wire(newsroom, db))
                await lines.give()
                while not slow.asked:
                    await db(int)
                stopped = asyncio.create_task(lines.stop())
                await db(int)
                await lines.give()
                assert not stopped.done()
                slow.held.set()
                await stopped
                await lines.give()  # starts none any more
                await lines.stop()
        assert outcomes(store) == [True, False]

    async def test_a_stop_that_is_cancelled_breaks_off(self, store: Store) -> None:
        async with receiving() as slow:
            newsroom = newsroom_to(store, Webhook(name="slow", url=slow.url("/held")))
            newsroom.publish()
            newsroom.look()
            with closing(StoreThread()) as db:
                lines = Lines(wire(newsroom, db))
                await lines.give()
                while not slow.asked:
                    await db(int)
                stopped = asyncio.create_task(lines.stop())
                await db(int)
                stopped.cancel()
                with suppress(asyncio.CancelledError):
                    await stopped
                slow.held.set()
                with suppress(asyncio.CancelledError):
                    await lines.stop()
            assert outcomes(store) == [False]
            await hand_over(newsroom)
        assert outcomes(store) == [True]

    async def test_a_store_that_fails_is_heard_of_at_the_next_turn(self, store: Store) -> None:
        async with receiving() as receiver:
            newsroom = newsroom_to(store, Webhook(name="hook", url=receiver.url()))
            newsroom.publish()
            newsroom.look()
            with closing(FullDisk()) as db:
                lines = Lines(wire(newsroom, db))
                await lines.give()
                while not db.refused:
                    await db(int)
                await db(int)  # the line has ended
                with pytest.raises(StoreError):
                    await lines.give()
                with pytest.raises(StoreError):  # that of the line begun anew
                    await lines.stop(PATIENCE)
                await lines.stop()  # it was said: nothing bars the way of other settings
            await hand_over(newsroom)
        assert outcomes(store) == [True]


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
        said = json.loads(body)["message"].splitlines()
        assert "It meets the rule “nissan”" in said
        assert any("outlet1" in line and "https://" in line for line in said)
        assert "--story 1" in said[-1]
        assert outcomes(store) == [True]

    async def test_is_told_no_more_outlets_than_fit(self, store: Store) -> None:
        async with receiving() as receiver:
            url = f"json://127.0.0.1:{receiver.port}/topic"
            newsroom = newsroom_to(store, Chat(name="chat", url=url))
            newsroom.publish(owners=7, url=f"https://example.org/{'long' * 100}")
            newsroom.look()
            await hand_over(newsroom)
        message = json.loads(receiver.bodies[0])["message"]
        assert len(message) <= 1850
        assert "and 5 more" in message
        assert "--story 1" in message

    def test_that_cannot_be_read_leaves_its_address_in_no_log(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        chat_problems([Chat(name="bad", url="slack://SECRETTOKEN")])
        assert "SECRETTOKEN" not in caplog.text

    @pytest.mark.parametrize(
        ("broken", "error"),
        [
            (ImportError, "the package for it is missing; `pip install 'kuruma-digest[channels]'`"),
            (SystemExit, "Apprise fails (SystemExit)"),
        ],
    )
    async def test_whose_thread_ends_is_tried_again(
        self,
        store: Store,
        monkeypatch: pytest.MonkeyPatch,
        broken: type[BaseException],
        error: str,
    ) -> None:
        def end(*_: object, **__: object) -> None:
            raise broken

        newsroom = newsroom_to(store, Chat(name="chat", url="json://127.0.0.1:9/"))
        newsroom.publish()
        newsroom.look()
        monkeypatch.setattr("apprise.Apprise.add", end)
        await hand_over(newsroom)
        assert store.channels.troubles(NAMES)["chat"].error == error

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

    def test_is_checked_before_anything_is_to_be_told(self) -> None:
        problems = chat_problems(
            [
                Chat(name="good", url="ntfy://ntfy.example.org/cars"),
                Chat(name="bad", url="nonsense-secret"),
                Webhook(name="hook", url="http://127.0.0.1:9/"),
            ]
        )
        assert [problem.key for problem in problems] == ["channels.bad.url"]
        assert "nonsense-secret" not in str(problems)

    async def test_with_a_url_that_apprise_does_not_know_says_so(self, store: Store) -> None:
        newsroom = newsroom_to(store, Chat(name="chat", url="nonsense"))
        newsroom.publish()
        newsroom.look()
        await hand_over(newsroom)
        assert "does not understand" in store.channels.troubles(NAMES)["chat"].error

    async def test_that_raises_anything_is_tried_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("cannot reach /secret-path")

        monkeypatch.setattr("apprise.Apprise.notify", broken)
        async with receiving() as receiver:
            newsroom = newsroom_to(
                store,
                Chat(name="chat", url=f"json://127.0.0.1:{receiver.port}/topic"),
                Webhook(name="hook", url=receiver.url()),
            )
            newsroom.publish()
            newsroom.look()
            await hand_over(newsroom)
        assert store.channels.troubles(NAMES)["chat"].error == "Apprise fails (RuntimeError)"
        assert taken(store, "hook") == 1

    @pytest.mark.parametrize(
        ("answers", "asked"), [([], 1), ([status(500)], 2)], ids=["taken", "refused"]
    )
    async def test_that_is_late_is_not_given_a_second_copy(
        self,
        store: Store,
        monkeypatch: pytest.MonkeyPatch,
        answers: list[Callable[[web.Request], web.StreamResponse | None]],
        asked: int,
    ) -> None:
        monkeypatch.setattr(answers_of, "DEADLINE", timedelta(milliseconds=50))
        async with receiving() as slow:
            url = f"json://127.0.0.1:{slow.port}/held?rto=100"
            newsroom = newsroom_to(store, Chat(name="chat", url=url))
            newsroom.publish()
            newsroom.look()
            slow.answers += answers
            async with service(newsroom) as running:
                await running.until_failed("chat", 1)
                newsroom.now += FIRST
                await running.until_failed("chat", 2)
                while not slow.asked:
                    await running.db(int)
                assert slow.asked == 1
                monkeypatch.setattr(answers_of, "DEADLINE", timedelta(minutes=1))
                slow.held.set()
                newsroom.now += FIRST * 2
                await running.until_taken("chat", 1)
            assert len(slow.bodies) == 1
            assert slow.asked == asked
        assert store.channels.troubles(NAMES) == {}

    async def test_that_was_late_with_an_alert_of_yesterday_is_given_the_next(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answers_of, "DEADLINE", timedelta(milliseconds=50))
        async with receiving() as slow:
            url = f"json://127.0.0.1:{slow.port}/held?rto=100"
            newsroom = newsroom_to(store, Chat(name="chat", url=url))
            newsroom.publish(1)
            newsroom.look()
            async with service(newsroom) as running:
                await running.until_failed("chat", 1)
                newsroom.now += GIVE_UP_AFTER
                newsroom.publish(2, title="Nissan to open a plant")
                newsroom.look()
                monkeypatch.setattr(answers_of, "DEADLINE", timedelta(minutes=1))
                slow.held.set()
                await running.until_taken("chat", 1)
        titles = [json.loads(body)["title"] for body in slow.bodies]
        assert len(titles) == 2
        assert titles[1] == "Alert: Nissan to open a plant"

"""Gives alerts to the channels beside mail: programs by HTTP, and chats by Apprise.

Each channel has its own line, which nobody waits for: one that is slow or dead holds up nobody, is
tried ever more seldom, and the operator is told of it once. Nothing of a channel's address is
logged or told: it is often as good as a password.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import assert_never

import aiohttp

from digest.alerts.backoff import TELL_AFTER, is_too_old, retry_at
from digest.alerts.letters import News, mail_view
from digest.alerts.payload import headers, payload
from digest.issues.views import Names
from digest.model import Notice, NoticeKind
from digest.settings import Channel, Chat, Settings, Webhook
from digest.store import Store, StoreThread
from digest.store.alerts import Waiting
from digest.store.channels import ChannelTrouble

log = logging.getLogger(__name__)

DEADLINE = timedelta(seconds=20)  # for one request, whatever it waits for
_GOOD = range(200, 300)
_REFUSED = range(400, 500)
# Answers of that range that speak of the channel, not of the alert: a setting may be wrong, or the
# server busy. 405 is what a wrong path answers, 407 a proxy.
_OF_THE_CHANNEL = frozenset({401, 403, 404, 405, 407, 408, 410, 425, 429})
_DIGITS = 9  # of a wait in seconds: thirty years


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has the alert."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel works, but will never take this alert, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It does not have it yet, and why; what it asked for before the next try."""

    why: str
    retry_after: timedelta | None = None


Answer = Taken | Refused | NotTaken

_LATE = NotTaken("its server does not answer in time")


@dataclass(frozen=True, slots=True)
class Wire:
    """What channels are given alerts with."""

    store: Store
    db: StoreThread
    settings: Settings
    names: Callable[[], Names]  # read only when a chat is to be told
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Underway:
    """An alert that a thread gives to a chat."""

    told: int
    answer: asyncio.Future[Answer]


class Lines:
    """One line a channel, as a task of its own while something waits for the channel."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._running: dict[str, asyncio.Task[None]] = {}
        self._late: dict[str, _Underway] = {}  # what outlived its deadline, by channel
        self._cleared = False
        self._stopping = False

    async def give(self) -> None:
        """Start the line of each channel that something waits for, unless it runs or rests.

        Waits for none of them. Raises what ended a line before (StoreError).
        """
        wire, channels = self._wire, self._wire.settings.alerts.channels
        if not self._cleared:
            await wire.db(wire.store.channels.clear, list(channels), wire.clock())
            self._cleared = True
        if not channels:
            return
        ended = [name for name, line in self._running.items() if line.done()]
        lines = [self._running.pop(name) for name in ended]
        due = await wire.db(wire.store.channels.due, wire.clock())
        for name in due:
            if name in channels and name not in self._running and not self._stopping:
                self._running[name] = asyncio.create_task(self._line(channels[name]))
        for line in lines:
            line.result()

    async def stop(self, patience: timedelta = timedelta(0)) -> None:
        """Let the lines go on for so long, then end each after the alert that is under way.

        If this is cancelled, they are broken off: what they were at is given again later. Raises
        as `give` does.
        """
        lines = [*self._running.values()]
        try:
            if lines and patience:
                await asyncio.wait(lines, timeout=patience.total_seconds())
            self._stopping = True
            if lines:
                await asyncio.wait(lines)
        finally:
            for line in lines:
                line.cancel()
        for line in lines:
            line.result()

    async def _line(self, channel: Channel) -> None:
        """Give one channel what waits for it, the oldest first, until it fails or we stop."""
        wire = self._wire
        while found := await wire.db(wire.store.channels.waiting, channel.name, wire.clock()):
            for waiting in found:
                if self._stopping or not await self._settled(channel, waiting):
                    return

    async def _settled(self, channel: Channel, waiting: Waiting) -> bool:
        """Give one alert to its channel. Whether that is over, and the next one's turn."""
        wire, store = self._wire, self._wire.store
        if is_too_old(waiting.alert.alert.at, wire.clock()):
            why = "the channel did not take it for a day"
            await wire.db(store.alerts.drop, [waiting], why, wire.clock())
            return True
        match await self._send(channel, waiting):
            case Taken():
                await wire.db(store.channels.given, waiting, wire.clock())
            case Refused(why=why):
                await wire.db(_refused, wire, channel.name, waiting, why)
            case NotTaken() as answer:
                await wire.db(_failed, wire, channel.name, waiting, answer)
                return False
        return True

    async def _send(self, channel: Channel, waiting: Waiting) -> Answer:
        match channel:
            case Webhook():
                return await _post(channel, waiting, self._wire.clock())
            case Chat():
                return await self._chat(channel, waiting)
            case _:
                assert_never(channel)

    async def _chat(self, channel: Chat, waiting: Waiting) -> Answer:
        """Tell a chat in a thread, which nothing can break off: one at a time, or all come twice.

        What ended after its deadline is heard of at the next try.
        """
        late = self._late.get(channel.name)
        if late is not None:
            answer = await _in_time(late.answer)
            if answer is _LATE:
                return _LATE
            del self._late[channel.name]
            if isinstance(answer, Taken) and late.told == waiting.id:
                return answer
        wire = self._wire
        underway = _in_thread(lambda: _notify(channel.url, waiting, wire.settings, wire.names))
        self._late[channel.name] = _Underway(waiting.id, underway)
        answer = await _in_time(underway)
        if answer is not _LATE:
            del self._late[channel.name]
        return answer


def _refused(wire: Wire, name: str, waiting: Waiting, why: str) -> None:
    now, number = wire.clock(), waiting.alert.id
    log.warning("channel.refused channel=%s alert=%d reason=%s", name, number, why)
    notice = Notice(
        key=f"alert refused/{name}/{now:%Y-%m-%d}",  # one a day: it may refuse all
        kind=NoticeKind.ALERT_REFUSED,
        about=name,
        words=(
            f"The channel {name} will not take the alert {number}: {why}. That one is given up,"
            " and the channel is given the next. You are told of this once a day;"
            " `digest alerts history` has them all."
        ),
    )
    with wire.store.transaction():
        wire.store.channels.given(waiting, now, outcome=why)
        wire.store.notices.add([notice], now)


def _failed(wire: Wire, name: str, waiting: Waiting, answer: NotTaken) -> None:
    now = wire.clock()
    before = wire.store.channels.troubles([name]).get(name)
    failures = 1 if before is None else before.failures + 1
    since = now if before is None else before.failing_since
    log.warning("channel.failed channel=%s failures=%d reason=%s", name, failures, answer.why)
    again = retry_at(failures, now, answer.retry_after)
    found = ChannelTrouble(
        name=name, failing_since=since, failures=failures, not_before=again, error=answer.why
    )
    with wire.store.transaction():
        wire.store.channels.failed(found, waiting)
        if now - since >= TELL_AFTER:
            wire.store.notices.add([_notice(found)], now)


def _notice(trouble: ChannelTrouble) -> Notice:
    return Notice(
        key=f"channel blocked/{trouble.name}/{trouble.failing_since.isoformat()}",
        kind=NoticeKind.CHANNEL_BLOCKED,
        about=trouble.name,
        words=(
            f"Alerts cannot be given to the channel {trouble.name}: {trouble.error}. Mail and the"
            " other channels go on. It is tried again at least every hour; an alert that has"
            " waited for a day is given up."
        ),
    )


async def _post(channel: Webhook, waiting: Waiting, now: datetime) -> Answer:
    body = payload(waiting.alert.id, waiting.alert.alert, waiting.told, waiting.before)
    timeout = aiohttp.ClientTimeout(total=DEADLINE.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(
                channel.url,
                data=body,
                headers=headers(waiting.alert.id, body, channel.secret, now),
                allow_redirects=False,
            ) as response,
        ):
            if response.status in _GOOD:
                return Taken()
            if response.status in _REFUSED and response.status not in _OF_THE_CHANNEL:
                return Refused(f"its server refuses it ({response.status})")
            asked = _retry_after(response.headers.get("Retry-After", ""))
            return NotTaken(f"its server answers {response.status}", asked)
    except TimeoutError:
        return _LATE
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Not its words: they may hold the address.
        return NotTaken(f"its server cannot be reached ({type(error).__name__})")


def _retry_after(text: str) -> timedelta | None:
    """The seconds that a server asks for (RFC 9110, 10.2.3); not its dates."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    return timedelta(seconds=int(text))


async def _in_time(underway: asyncio.Future[Answer]) -> Answer:
    await asyncio.wait([underway], timeout=DEADLINE.total_seconds())
    return underway.result() if underway.done() else _LATE


def _in_thread(call: Callable[[], Answer]) -> asyncio.Future[Answer]:
    """Run a call, which raises nothing, in a thread that the end of the process does not await."""
    answer: Future[Answer] = Future()
    answer.set_running_or_notify_cancel()
    Thread(target=lambda: answer.set_result(call()), name="chat", daemon=True).start()
    return asyncio.wrap_future(answer)


def _notify(url: str, waiting: Waiting, settings: Settings, names: Callable[[], Names]) -> Answer:
    # In a thread: the first time it reads its hundred services, which takes a second.
    try:
        import apprise  # noqa: PLC0415  # an extra: only who uses it has it
    except ImportError:
        return NotTaken("the package for it is missing; `pip install 'kuruma-digest[channels]'`")
    try:
        news = News(alert=waiting.alert.alert, told=waiting.told, before=waiting.before)
        view = mail_view([news], settings.language, settings=settings, names=names())
        story = view.stories[0]
        body = "\n".join(filter(None, (story.summary, *story.news, *story.why, story.url)))
        service = apprise.Apprise()
        if not service.add(url):
            return NotTaken("Apprise does not understand its url")
        if service.notify(body=body, title=view.subject):
            return Taken()
    except Exception as error:  # noqa: BLE001  # of a hundred services, each with its own
        # Not its words: they may hold the address.
        return NotTaken(f"Apprise fails ({type(error).__name__})")
    return NotTaken("its server refuses it or cannot be reached")

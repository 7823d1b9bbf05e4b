"""Gives alerts to the channels beside mail: programs by HTTP, and chats by Apprise.

Each channel has its own line: one that is dead holds up nobody, is tried ever more seldom, and the
operator is told of it once. Nothing of a channel's address is logged or told: it is often as good
as a password.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
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
MAX_RETRY_AFTER = 7 * 24 * 3600  # seconds; what a server may ask for at all
_GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has the alert."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It has not, and why; what it asked for before the next try."""

    why: str
    retry_after: timedelta | None = None


Answer = Taken | NotTaken


@dataclass(frozen=True, slots=True)
class Wire:
    """What channels are given alerts with."""

    store: Store
    db: StoreThread
    settings: Settings
    names: Names
    clock: Callable[[], datetime]


async def give(wire: Wire) -> None:
    """Give every channel what waits for it. One that fails is left until its time has come."""
    troubles = await wire.db(wire.store.channels.troubles)
    now = wire.clock()
    ready = [
        channel
        for channel in wire.settings.alerts.channels.values()
        if channel.name not in troubles or troubles[channel.name].not_before <= now
    ]
    async with asyncio.TaskGroup() as group:
        for channel in ready:
            group.create_task(_line(wire, channel, troubles.get(channel.name)))


async def _line(wire: Wire, channel: Channel, trouble: ChannelTrouble | None) -> None:
    """Give one channel its alerts, the oldest first, until it fails."""
    store = wire.store
    for waiting in await wire.db(store.channels.waiting, channel.name, wire.clock()):
        now = wire.clock()
        if is_too_old(waiting.alert.alert.at, now):
            why = "the channel did not take it for a day"
            await wire.db(store.alerts.drop, [waiting], why, now)
            continue
        answer = await send(wire, channel, waiting)
        if isinstance(answer, NotTaken):
            await wire.db(_failed, wire, channel.name, trouble, waiting, answer)
            return
        await wire.db(store.channels.given, waiting, wire.clock())


def _failed(
    wire: Wire, name: str, trouble: ChannelTrouble | None, waiting: Waiting, answer: NotTaken
) -> None:
    now = wire.clock()
    failures = 1 if trouble is None else trouble.failures + 1
    since = now if trouble is None else trouble.failing_since
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


async def send(wire: Wire, channel: Channel, waiting: Waiting) -> Answer:
    """Give one alert to one channel."""
    match channel:
        case Webhook():
            return await _post(channel, waiting, wire.clock())
        case Chat():
            return await _chat(wire, channel, waiting)
        case _:
            assert_never(channel)


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
            asked = _retry_after(response.headers.get("Retry-After", ""))
            return NotTaken(f"its server answers {response.status}", asked)
    except TimeoutError:
        return NotTaken("its server does not answer in time")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Not its words: they may hold the address.
        return NotTaken(f"its server cannot be reached ({type(error).__name__})")


def _retry_after(text: str) -> timedelta | None:
    """The seconds that a server asks for (RFC 9110, 10.2.3); not its dates."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_RETRY_AFTER))):
        return None
    return timedelta(seconds=min(int(text), MAX_RETRY_AFTER))


async def _chat(wire: Wire, channel: Chat, waiting: Waiting) -> Answer:
    news = News(alert=waiting.alert.alert, told=waiting.told, before=waiting.before)
    view = mail_view([news], wire.settings.language, settings=wire.settings, names=wire.names)
    story = view.stories[0]
    body = "\n".join(filter(None, (story.summary, *story.news, *story.why, story.url)))
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            return await asyncio.to_thread(_notify, channel.url, view.subject, body)
    except TimeoutError:
        return NotTaken("its server does not answer in time")


def _notify(url: str, title: str, body: str) -> Answer:
    # In a thread: the first time it reads its hundred services, which takes a second.
    try:
        import apprise  # noqa: PLC0415  # an extra: only who uses it has it
    except ImportError:
        return NotTaken("the package for it is missing; `pip install 'kuruma-digest[channels]'`")
    service = apprise.Apprise()
    if not service.add(url):
        return NotTaken("Apprise does not understand its url")
    if service.notify(body=body, title=title):
        return Taken()
    return NotTaken("its server refuses it or cannot be reached")

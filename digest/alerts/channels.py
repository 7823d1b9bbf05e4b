"""Gives alerts to the channels beside mail: programs by HTTP, and chats by Apprise.

Each channel has its own line, which nobody waits for: one that is slow or dead holds up nobody, is
tried ever more seldom, and the operator is told of it once. Nothing of a channel's address is
logged or told: it is often as good as a password.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from digest.alerts.backoff import TELL_AFTER, is_too_old, retry_at
from digest.alerts.chats import Message, Underway, begin, in_time, message
from digest.alerts.outcomes import LATE, Answer, NotTaken, Refused, Taken
from digest.alerts.watchers import is_silent
from digest.alerts.webhooks import post
from digest.issues.views import Names
from digest.logs import Log
from digest.model import Notice, NoticeKind
from digest.settings import Channel, Chat, Settings, Webhook
from digest.store import Store, StoreThread
from digest.store.alerts import MUTED
from digest.store.channels import ChannelTrouble
from digest.store.telling import Waiting

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Wire:
    """What channels are given alerts with."""

    store: Store
    db: StoreThread
    settings: Settings
    names: Callable[[], Names]  # read only when a chat is to be told
    clock: Callable[[], datetime]


class Lines:
    """One line a channel, as a task of its own while something waits for the channel."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._running: dict[str, asyncio.Task[None]] = {}
        self._late: dict[str, Underway] = {}  # what outlived its deadline, by channel
        self._cleared = False
        self._stopping = False

    async def give(self) -> None:
        """Start the line of each channel that something waits for, unless it runs or rests.

        Waits for none of them. Raises what ended a line before (StoreError).
        """
        wire, channels = self._wire, self._wire.settings.alerts.channels
        if not self._cleared:
            await wire.db(_forget, wire, list(channels))
            self._cleared = True
        if not channels:
            return
        ended = [name for name, line in self._running.items() if line.done()]
        lines = [self._running.pop(name) for name in ended]
        due = await wire.db(wire.store.channels.due, wire.clock())
        for name in due:
            if name in channels and name not in self._running and not self._stopping:
                self._running[name] = asyncio.create_task(self._line(channels[name]))
        _raise_first(lines)

    async def stop(self, patience: timedelta = timedelta(0)) -> None:
        """Let the lines go on for so long, then end each after the alert that is under way.

        If this is cancelled, they are broken off: what they were at is given again later. Raises
        as `give` does, once. A chat that is late may be told again by the lines that come after.
        """
        lines = [self._running.pop(name) for name in [*self._running]]
        try:
            if lines and patience:
                await asyncio.wait(lines, timeout=patience.total_seconds())
            self._stopping = True
            if lines:
                await asyncio.wait(lines)
        finally:
            for line in lines:
                line.cancel()
        _raise_first(lines)

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
        muted = await wire.db(store.mutes.all, wire.clock())
        if is_silent(waiting.numbers, waiting.told.reasons, muted):
            await wire.db(store.telling.drop, [waiting], MUTED, wire.clock())
            return True
        if is_too_old(waiting.alert.alert.at, wire.clock()):
            why = "the channel did not take it for a day"
            await wire.db(store.telling.drop, [waiting], why, wire.clock())
            return True
        match await self._send(channel, waiting):
            case Taken():
                await wire.db(_given, wire, channel.name, waiting)
            case Refused(why=why):
                await wire.db(_refused, wire, channel.name, waiting, why)
            case NotTaken() as answer:
                await wire.db(_failed, wire, channel.name, waiting, answer)
                return False
        return True

    async def _send(self, channel: Channel, waiting: Waiting) -> Answer:
        match channel:
            case Webhook():
                return await post(channel, waiting, self._wire.clock())
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
            answer = await in_time(late)
            if answer is LATE:
                return LATE
            del self._late[channel.name]
            if isinstance(answer, Taken) and late.told == waiting.id:
                return answer
        wire = self._wire
        underway = begin(channel.url, waiting.id, await wire.db(_message, wire, waiting))
        self._late[channel.name] = underway
        answer = await in_time(underway)
        if answer is not LATE:
            del self._late[channel.name]
        return answer


def _raise_first(lines: Collection[asyncio.Task[None]]) -> None:
    """Raise what ended one of these lines, which are over; the others' ends are looked at too."""
    errors = [line.exception() for line in lines if not line.cancelled()]
    for error in filter(None, errors):
        raise error


def _message(wire: Wire, waiting: Waiting) -> Message:
    return message(waiting, wire.settings, wire.names())


def _given(wire: Wire, name: str, waiting: Waiting, outcome: str | None = None) -> None:
    """Remember that a channel works, whether it took the alert or refused it."""
    now = wire.clock()
    with wire.store.transaction():
        wire.store.channels.given(name, waiting, now, outcome=outcome)
        healed = wire.store.notices.settle(NoticeKind.CHANNEL_BLOCKED, name, now)
    if healed:
        log.info("channel.healed", channel=name)


def _forget(wire: Wire, known: Collection[str]) -> None:
    """Forget channels that are no longer in feeds.toml, and the troubles they had."""
    now = wire.clock()
    with wire.store.transaction():
        wire.store.channels.clear(known, now)
        for open_ in wire.store.notices.open():
            notice = open_.notice
            if notice.kind is NoticeKind.CHANNEL_BLOCKED and notice.about not in known:
                wire.store.notices.settle(notice.kind, notice.about, now, by_hand=True)


def _refused(wire: Wire, name: str, waiting: Waiting, why: str) -> None:
    now, number = wire.clock(), waiting.alert.id
    log.warning("channel.refused", channel=name, alert=number, reason=why)
    notice = Notice(
        kind=NoticeKind.ALERT_REFUSED,
        about=name,
        words=(
            f"The channel {name} will not take the alert {number}: {why}. That one is given up,"
            " and the channel is given the next. You are told of this once a day;"
            " `digest alerts history` has them all."
        ),
    )
    with wire.store.transaction():
        _given(wire, name, waiting, outcome=why)
        wire.store.notices.raise_(notice, now)


def _failed(wire: Wire, name: str, waiting: Waiting, answer: NotTaken) -> None:
    now = wire.clock()
    before = wire.store.channels.troubles([name]).get(name)
    failures = 1 if before is None else before.failures + 1
    since = now if before is None else before.failing_since
    log.warning("channel.failed", channel=name, failures=failures, reason=answer.why)
    again = retry_at(failures, now, answer.retry_after)
    found = ChannelTrouble(
        name=name, failing_since=since, failures=failures, not_before=again, error=answer.why
    )
    with wire.store.transaction():
        wire.store.channels.failed(found, waiting)
        if now - since >= TELL_AFTER:
            wire.store.notices.raise_(_notice(found), now)


def _notice(trouble: ChannelTrouble) -> Notice:
    return Notice(
        kind=NoticeKind.CHANNEL_BLOCKED,
        about=trouble.name,
        words=(
            f"Alerts cannot be given to the channel {trouble.name}: {trouble.error}. Mail and the"
            " other channels go on. It is tried again at least every hour; an alert that has"
            " waited for a day is given up. `digest alerts history` has them."
        ),
        since=trouble.failing_since,
    )

"""Tells chats of an alert, by Apprise, which is an optional extra. Nothing of an address is told.

A chat is told in a thread, which nothing can break off; what ended after its deadline is heard of
when the channel is tried again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import accumulate
from threading import Thread
from typing import TYPE_CHECKING

from digest.alerts import outcomes
from digest.alerts.letters import News, mail_view
from digest.alerts.outcomes import LATE, Answer, NotTaken, Taken
from digest.errors import Problem
from digest.issues.views import Names
from digest.settings import Channel, Chat, Settings
from digest.store.telling import Waiting

if TYPE_CHECKING:
    from apprise import Apprise

INSTALL = "`pip install 'kuruma-digest[channels]'`"

_LONGEST = 1800  # characters; of the chats that are used most, Discord takes the fewest: 2,000
_TALKERS = ("apprise", "urllib3")  # what they log may hold the address


@dataclass(frozen=True, slots=True)
class Message:
    """What a chat is told."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Underway:
    """An alert that a thread gives to a chat."""

    told: int
    answer: asyncio.Future[Answer]


def without_package(channels: Iterable[Channel]) -> list[str]:
    """The chats that nothing can be told because the package for it is not installed."""
    if _is_installed():
        return []
    return [channel.name for channel in channels if isinstance(channel, Chat)]


def chat_problems(channels: Iterable[Channel]) -> list[Problem]:
    """The chats whose address Apprise cannot read; none where it is not installed."""
    chats = [channel for channel in channels if isinstance(channel, Chat)]
    if not chats or not _is_installed():
        return []
    allowed = "one that Apprise can read, such as ntfy://ntfy.example.org/cars"
    return [
        Problem(f"channels.{chat.name}.url", "a URL", allowed)
        for chat in chats
        if not _is_readable(chat.url)
    ]


def message(waiting: Waiting, settings: Settings, names: Names) -> Message:
    """An alert in the words of its mail: what, why, who tells it, and how to silence it."""
    news = News(alert=waiting.alert.alert, told=waiting.told, before=waiting.before)
    view = mail_view([news], settings.language, settings=settings, names=names)
    story, words = view.stories[0], view.words
    silence = words.silence.format(story.number)
    lines = [line for line in (story.summary, *story.news, *story.why, story.url) if line]
    room = _LONGEST - sum(len(line) + 1 for line in (*lines, silence))
    outlets = [f"{each.time} {each.outlet} {each.url}".rstrip() for each in story.sources]
    filled = accumulate(len(line) + 1 for line in outlets)
    fitting = [line for line, length in zip(outlets, filled, strict=True) if length <= room]
    more = story.more_sources + len(outlets) - len(fitting)
    if more:
        fitting.append(words.more_outlets.format(more))
    return Message(view.subject, "\n".join((*lines, *fitting, silence)))


def begin(url: str, told: int, message: Message) -> Underway:
    """Begin to tell a chat, in a thread of its own; `told` is the number of what is told."""
    return Underway(told, _in_thread(lambda: _notify(url, message)))


async def in_time(underway: Underway) -> Answer:
    """What the chat says, or LATE after `outcomes.DEADLINE`."""
    answer = underway.answer
    await asyncio.wait([answer], timeout=outcomes.DEADLINE.total_seconds())
    return answer.result() if answer.done() else LATE


def _in_thread(call: Callable[[], Answer]) -> asyncio.Future[Answer]:
    """Run a call, which raises nothing, in a thread that the end of the process does not await."""
    answer: Future[Answer] = Future()
    answer.set_running_or_notify_cancel()
    Thread(target=lambda: answer.set_result(call()), name="chat", daemon=True).start()
    return asyncio.wrap_future(answer)


def _notify(url: str, message: Message) -> Answer:
    # In a thread: the first time it reads its hundred services, which takes a second.
    try:
        service = _service(url)
        if service is None:  # a later release of it may read fewer
            return NotTaken("Apprise does not understand its url")
        if service.notify(body=message.body, title=message.title):
            return Taken()
    except ImportError:
        return NotTaken(f"the package for it is missing; {INSTALL}")
    except BaseException as error:  # noqa: BLE001  # of a hundred services; a thread that ended
        # here would leave its channel waiting for ever. Not its words: they may hold the address.
        return NotTaken(f"Apprise fails ({type(error).__name__})")
    return NotTaken("its server refuses it or cannot be reached")


def _is_readable(url: str) -> bool:
    try:
        return _service(url) is not None
    except Exception:  # noqa: BLE001  # of a hundred services; a fault of theirs, not the address's
        return True


def _service(url: str) -> "Apprise | None":
    """What tells this address, or None if Apprise cannot read it. Raises whatever it raises."""
    for name in _TALKERS:
        talker = logging.getLogger(name)
        talker.propagate = False
        talker.handlers = [logging.NullHandler()]
    from apprise import Apprise  # noqa: PLC0415  # an extra: only who uses it has it

    service = Apprise()
    return service if service.add(url) else None


def _is_installed() -> bool:
    return find_spec("apprise") is not None

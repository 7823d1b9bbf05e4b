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
from threading import Thread

from digest.alerts import outcomes
from digest.alerts.letters import News, mail_view
from digest.alerts.outcomes import LATE, Answer, NotTaken, Taken
from digest.errors import Problem
from digest.issues.views import Names
from digest.settings import Channel, Chat, Settings
from digest.store.telling import Waiting

INSTALL = "`pip install 'kuruma-digest[channels]'`"


@dataclass(frozen=True, slots=True)
class Underway:
    """An alert that a thread gives to a chat."""

    told: int
    answer: asyncio.Future[Answer]


def without_package(channels: Iterable[Channel]) -> list[str]:
    """The chats that nothing can be told because the package for it is not installed."""
    if find_spec("apprise") is not None:
        return []
    return [channel.name for channel in channels if isinstance(channel, Chat)]


def chat_problems(channels: Iterable[Channel]) -> list[Problem]:
    """The chats whose address Apprise cannot read; none where it is not installed."""
    chats = [channel for channel in channels if isinstance(channel, Chat)]
    if not chats or find_spec("apprise") is None:
        return []
    allowed = "one that Apprise can read, such as ntfy://ntfy.example.org/cars"
    return [
        Problem(f"channels.{chat.name}.url", "a URL", allowed)
        for chat in chats
        if not _is_readable(chat.url)
    ]


def begin(url: str, waiting: Waiting, settings: Settings, names: Callable[[], Names]) -> Underway:
    """Begin to tell a chat, in a thread of its own."""
    return Underway(waiting.id, _in_thread(lambda: _notify(url, waiting, settings, names)))


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


def _notify(url: str, waiting: Waiting, settings: Settings, names: Callable[[], Names]) -> Answer:
    # In a thread: the first time it reads its hundred services, which takes a second.
    try:
        import apprise  # noqa: PLC0415  # an extra: only who uses it has it
    except ImportError:
        return NotTaken(f"the package for it is missing; {INSTALL}")
    try:
        news = News(alert=waiting.alert.alert, told=waiting.told, before=waiting.before)
        view = mail_view([news], settings.language, settings=settings, names=names())
        story = view.stories[0]
        body = "\n".join(filter(None, (story.summary, *story.news, *story.why, story.url)))
        logging.getLogger("apprise").disabled = True  # its words may hold the address
        service = apprise.Apprise()
        if not service.add(url):  # a later release of it may read fewer
            return NotTaken("Apprise does not understand its url")
        if service.notify(body=body, title=view.subject):
            return Taken()
    except Exception as error:  # noqa: BLE001  # of a hundred services, each with its own
        # Not its words: they may hold the address.
        return NotTaken(f"Apprise fails ({type(error).__name__})")
    return NotTaken("its server refuses it or cannot be reached")


def _is_readable(url: str) -> bool:
    try:
        import apprise  # noqa: PLC0415  # an extra: only who uses it has it

        return bool(apprise.Apprise().add(url))
    except Exception:  # noqa: BLE001  # of a hundred services; a fault of theirs, not the address's
        return True

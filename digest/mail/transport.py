"""What the outbox needs of a way to send: connections that take one message after another."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from digest.mail.message import Message
from digest.mail.replies import Blocked, Deferred, Lost, Outcome

BodyBegins = Callable[[], Awaitable[bool]]


class Connection(Protocol):
    """A way to the server that carries one message at a time."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent over it."""
        ...

    async def send(self, message: Message, body_begins: BodyBegins) -> Outcome:
        """Send one message. `body_begins` is awaited before any of its body leaves.

        If that says False nothing of it may leave: the outcome is Withdrawn.
        """
        ...

    async def close(self) -> None:
        """Take leave of the server; never raises."""
        ...


class Transport(Protocol):
    """Makes connections."""

    async def connect(self) -> Connection | Deferred | Blocked | Lost:
        """A connection that is ready to send, or why there is none."""
        ...

"""What the outbox needs of a way to send: connections that take one message after another."""

from typing import Protocol

from digest.mail.message import Message
from digest.mail.replies import Outcome, Unconnected


class Connection(Protocol):
    """A way to the server that carries one message at a time."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent over it."""
        ...

    async def send(self, message: Message, then: Message | None = None) -> Outcome:
        """Send one message, whose intent must have been recorded.

        `then` is the next one, if it is known that it will be sent: its envelope may go together
        with this body, but nothing of its own body leaves.
        """
        ...

    async def close(self) -> None:
        """Take leave of the server; never raises."""
        ...


class Transport(Protocol):
    """Makes connections."""

    async def connect(self) -> Connection | Unconnected:
        """A connection that is ready to send, or why there is none."""
        ...

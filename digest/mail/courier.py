"""One connection of the outbox: carries groups of messages, and knows when to leave."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from digest.mail.board import Board, domain_of
from digest.mail.message import Message
from digest.mail.replies import (
    Accepted,
    Blocked,
    Busy,
    Deferred,
    Disliked,
    Lost,
    Outcome,
    Refused,
    Unknown,
    of_one_mailbox,
)
from digest.mail.results import released, result_of
from digest.mail.transport import Connection, Transport
from digest.mail.trouble import unnamed
from digest.model import Delivery
from digest.store.attempts import Result
from digest.tally import tally

_MOST_GARBLED = 3  # in a row: each costs a reader an attempt


class Courier:
    """Carries groups of messages over one connection after another."""

    def __init__(
        self,
        transport: Transport,
        board: Board,
        note: Callable[[Result], None],
        *,
        resend_after: timedelta,
        jitter: Callable[[], float],
    ) -> None:
        self.leaving = False  # the server wants fewer connections
        self._transport = transport
        self._board = board
        self._note = note
        self._resend_after = resend_after
        self._jitter = jitter
        self._connection: Connection | None = None
        self._carried = 0  # messages over this connection

    @property
    def ready(self) -> bool:
        """Whether it has a connection, and will go on."""
        return not self.leaving and self._connection is not None and self._connection.usable

    async def connect(self) -> Connection | None:
        """The connection, a new one if need be. None if none is to be had."""
        if self._connection is not None and self._connection.usable:
            return self._connection
        await self.close()
        self._carried = 0
        match await self._transport.connect():
            case Blocked(reply):
                _count("connect", reply)
                self._board.problem, self._board.blocked = reply, True
            case Busy(reply) | Lost(reply):
                # Perhaps it allows fewer connections; if nobody gets one the run ends.
                _count("connect", reply)
                self._leave(reply)
            case connection:
                self._connection = connection
        return self._connection

    async def carry(self, load: Sequence[tuple[Delivery, Message]]) -> None:
        """Send these one after another; how each ended is noted at once. None is left out."""
        waiting = deque(load)
        while waiting:
            delivery, message = waiting[0]
            result = self._board.hold(delivery)
            if self.ready:  # nearly always, and a call less
                connection = None if result else self._connection
            else:
                connection = None if result or self.leaving else await self.connect()
            if result is None and connection is None:
                result = released(delivery, why=self._board.problem or self._board.trouble)
            if connection is not None:
                outcome = await _send(connection, message, self._then(waiting))
                if self._carried and not connection.usable and not _said(outcome):
                    continue  # over a fresh connection: this one had carried enough
                self._carried += 1
                result = self._judge(delivery, outcome, lost=not connection.usable)
            if result is not None:
                self._note(result)
            waiting.popleft()

    async def close(self) -> None:
        """Take leave of the server."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    def _then(self, waiting: Sequence[tuple[Delivery, Message]]) -> Message | None:
        """The message after this one, if it will leave as far as is known."""
        if len(waiting) == 1 or self._board.hold(waiting[1][0]) is not None:
            return None
        return waiting[1][1]

    def _judge(self, delivery: Delivery, outcome: Outcome, *, lost: bool) -> Result:
        now = self._board.clock()
        _count("message", outcome.reply)
        if isinstance(outcome, Unknown):
            tally.count("unknown_outcomes")
        self._tell(delivery, outcome, now, lost=lost)
        board = self._board
        board.garbled = board.garbled + 1 if _garbled(outcome) else 0
        if board.garbled >= _MOST_GARBLED:
            said = unnamed(outcome.reply, delivery)
            board.problem = f"the mail server does not keep to SMTP: {said}"
        return result_of(
            delivery, outcome, now, resend_after=self._resend_after, jitter=self._jitter()
        )

    def _tell(self, delivery: Delivery, outcome: Outcome, now: datetime, *, lost: bool) -> None:
        """Write on the board what the others should know."""
        board = self._board
        match outcome:
            case Accepted() | Refused():
                if board.breakers:
                    board.breakers.well(domain_of(delivery))
            case Deferred(reply):
                if not of_one_mailbox(reply):
                    board.breakers.deferred(domain_of(delivery), now)
                if lost:
                    self._leave(None)  # 421 on a new connection: there are too many
            case Busy(reply):
                self._leave(reply)
            case Blocked(reply):
                board.problem, board.blocked = reply, True
            case Disliked(reply):
                self._dislike(delivery, reply)
            case Lost() | Unknown():
                pass  # what became of the connection is no news to the others
            case _:
                assert_never(outcome)

    def _dislike(self, delivery: Delivery, reply: str) -> None:
        """Nothing more of an issue leaves that is refused for what it is."""
        board, issue = self._board, delivery.issue
        if issue is not None and delivery.disliked:
            return  # somebody has resumed it after the first time: the others go on
        if issue not in board.issues:  # several connections may hear it at once
            board.disliked.append((delivery, reply))
        if issue is not None:
            board.issues.setdefault(issue, False)

    def _leave(self, why: str | None) -> None:
        """Leave the server to the other couriers; the last one has to end the run, or to go on."""
        board = self._board
        if why is not None:
            board.trouble = why
        if board.couriers > 1:
            self.leaving = True
            board.limit = min(board.limit, board.couriers - 1)
        elif why is not None:
            board.problem = why


async def _send(connection: Connection, message: Message, then: Message | None) -> Outcome:
    try:
        return await connection.send(message, then)
    except ValueError as error:  # what cannot be said in an envelope
        return Refused(f"not sent: {error}")


def _count(stage: str, reply: str) -> None:
    """Count what the server said, by the first digit; "none" where the connection was lost."""
    said = reply[:1] if reply[:3].isdigit() else ""
    tally.count("smtp_replies", stage, {"2": "2xx", "4": "4xx", "5": "5xx"}.get(said, "none"))


def _garbled(outcome: Outcome) -> bool:
    return isinstance(outcome, Lost | Unknown) and outcome.garbled


def _said(outcome: Outcome) -> bool:
    """Whether this is the server's word on the message, and not on the connection."""
    return not isinstance(outcome, Lost | Busy | Deferred)

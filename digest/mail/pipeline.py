"""Sends over a connection that aiosmtplib has made, without waiting for each answer (RFC 2920).

aiosmtplib has one command in flight. Where the server offers PIPELINING, what it has connected,
encrypted and logged in is taken over for good: an envelope and its DATA leave in one write, and
the next envelope together with a body and its final dot, so that a message costs one way to the
server and back.
"""

import asyncio
import math
import re
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from digest.mail.message import Message
from digest.mail.replies import (
    CLOSING,
    Accepted,
    Lost,
    Outcome,
    Refused,
    Stage,
    Unknown,
    classify,
)

MAX_REPLY = 32_768  # bytes, with all its lines
QUIT_TIMEOUT = 5.0  # seconds

_FIRST = (b"2", b"3", b"4", b"5")  # digits of an answer
_GO_AHEAD = 354
_USUAL = {b"250 ": 250, b"354 ": _GO_AHEAD}
_USUAL_ENVELOPE = (250, 250, _GO_AHEAD)
_STEPS = (Stage.MAIL, Stage.RCPT, Stage.BODY)
# What would end a command or an address before its time (GHSA-v3q9-hj7j-63hq of aiosmtplib).
_UNSPEAKABLE = re.compile(r"[\x00-\x20\x7f<>]")


class Reply(NamedTuple):
    """One answer of the server's."""

    code: int
    said: bytes  # the words of its lines, joined

    @property
    def text(self) -> str:
        """Its words."""
        return self.said.decode("utf-8", "replace")

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def good(self) -> bool:
        """Whether what was asked is done (RFC 5321, 4.2.1)."""
        return 200 <= self.code < 300

    @property
    def bad(self) -> bool:
        """Whether it was refused, now or for good."""
        return self.code >= 400


class OutOfStepError(Exception):
    """What came cannot be an answer to what was asked."""


class Dialogue(asyncio.Protocol):
    """Writes commands and pairs the answers with them, in order.

    Nothing waits for room in the socket: a message is written only when the one before it has its
    answer, so no more than one can ever be in the buffer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.ended: str | None = "it was closed" if transport.is_closing() else None
        self.garbled = False  # it ended because what came was no answer
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._rest = b""  # of what came, the line that is not complete
        self._lines: list[bytes] = []  # of the answer that is not
        self._replies: deque[Reply] = deque()
        self._owed = 0  # answers that the server owes us
        self._wanted = 0  # how many somebody waits for
        self._waiter: asyncio.Future[None] | None = None
        # One timer that looks now and then whether the time is up is cheaper than one a wait.
        self._until = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def write(self, data: bytes, answers: int) -> None:
        """Send this, to which so many answers are due; nothing leaves where the talk has ended."""
        if self.ended is None:
            self._owed += answers
            self._transport.write(data)

    async def replies(self, count: int, timeout: float) -> list[Reply]:  # noqa: ASYNC109  # one timer is cheaper
        """The next answers; fewer if the talk ends before, as it does after so many seconds."""
        if len(self._replies) < count and self.ended is None:
            self._wanted, self._waiter = count, self._loop.create_future()
            self._wait_for(timeout)
            try:
                await self._waiter
            finally:
                self._until, self._waiter = math.inf, None
        if count == 1 and self._replies:
            return [self._replies.popleft()]
        return [self._replies.popleft() for _ in range(min(count, len(self._replies)))]

    def _wait_for(self, seconds: float) -> None:
        self._until = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._until:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._until, self._look)

    def _look(self) -> None:
        """End the talk if its time is up, or look again when it will be."""
        self._timer = None
        if self._loop.time() >= self._until:
            self.end("no answer in time")
        elif self._until < math.inf:
            self._timer = self._loop.call_at(self._until, self._look)

    def end(self, why: str) -> None:
        """Hang up: whatever may still come would be the answer to the wrong question."""
        if self.ended is None:
            self.ended = why
            self._transport.abort()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._wake()

    # --- what asyncio calls ----------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take answers apart as they come."""
        if self.ended is not None:
            return
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        try:
            for line in lines:
                # The usual ones, at once.
                if line[:4] in _USUAL and not self._lines and self._owed:
                    self._owed -= 1
                    self._replies.append(Reply(_USUAL[line[:4]], line[4:].strip()))
                else:
                    self._take(line)
            open_lines = self._rest or self._lines
            if open_lines and len(self._rest) + sum(map(len, self._lines)) > MAX_REPLY:
                raise OutOfStepError("an answer without end")  # noqa: TRY301  # as from _take
        except OutOfStepError as error:
            self.garbled = True
            self.end(str(error))
        if len(self._replies) >= self._wanted:
            self._wake()

    def eof_received(self) -> None:
        """The server says no more."""
        self.end("the server hung up")

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self.end(str(error or "the connection was closed"))

    def _take(self, line: bytes) -> None:
        self._lines.append(line)
        if line[3:4] == b"-":
            return
        lines, self._lines = self._lines, []
        said = b" ".join([line[4:].strip() for line in lines])
        codes = {line[:3] for line in lines}
        code = codes.pop()
        if codes or code[:1] not in _FIRST or not code.isdigit() or line[3:4].strip():
            raise OutOfStepError(f"not an answer: {line[:80].decode('utf-8', 'replace')!r}")
        reply = Reply(int(code), said)
        if self._owed == 0:
            raise OutOfStepError(f"said without being asked: {reply}")
        self._owed -= 1
        self._replies.append(reply)
        if reply.code == CLOSING:
            self.end(str(reply))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class PipelinedConnection:
    """One connection that sends messages one after another."""

    def __init__(
        self, transport: asyncio.Transport, *, smtputf8: bool, command: float, body: float
    ) -> None:
        """Take over a connection after EHLO and login. Times are the longest waits, in seconds."""
        self._dialogue = Dialogue(transport)
        self._smtputf8 = smtputf8
        self._command_timeout = command
        self._body_timeout = body
        self._ahead: Message | None = None  # its envelope has left already
        self._open = False  # an envelope that came to nothing lies open at the server
        transport.set_protocol(self._dialogue)

    @property
    def usable(self) -> bool:
        """Whether another message may be sent over it."""
        return self._dialogue.ended is None

    async def send(self, message: Message, then: Message | None = None) -> Outcome:
        """Send one message to its one recipient, and with it the envelope of the next.

        Raises ValueError for an address that cannot be said in a command.
        """
        if self._ahead is not message and message.smtputf8 and not self._smtputf8:
            return Refused("the mail server cannot write to such an address (no SMTPUTF8)")
        try:
            refused = await self._envelope(message)
            if refused is not None:
                return refused
            if self._dialogue.ended is not None:
                return Lost(self._dialogue.ended, self._dialogue.garbled)
            self._body(message, then)
            answers = await self._dialogue.replies(1, self._body_timeout)
        except BaseException:
            self._dialogue.end("cancelled")  # in mid-dialogue
            raise
        if answers and answers[0].good:
            return Accepted(str(answers[0]))
        if answers and answers[0].bad:
            return classify(Stage.BODY, answers[0].code, answers[0].text)
        self._dialogue.end("no answer to a message")
        return Unknown(str(self._dialogue.ended), self._dialogue.garbled)

    async def close(self) -> None:
        """Say QUIT, or just hang up where the server waits for a body."""
        if self._ahead is None:
            self._dialogue.write(b"QUIT\r\n", 1)
            await self._dialogue.replies(1, QUIT_TIMEOUT)
        self._dialogue.end("closed")

    async def _envelope(self, message: Message) -> Outcome | None:
        """Tell the server who it is from and for. None: it waits for the body."""
        reset = self._open
        if self._ahead is None:
            take_back = b"RSET\r\n" if reset else b""
            self._dialogue.write(take_back + _commands(message, utf8=message.smtputf8), 3 + reset)
        elif self._ahead is not message:  # what was said of the other is no answer to this one
            self._dialogue.end("another message had been announced")
            return Lost("another message had been announced")
        self._ahead, self._open = None, False
        answers = await self._dialogue.replies(3 + reset, self._command_timeout)
        if reset and answers and not answers.pop(0).good:
            self._dialogue.end("the server does not take an envelope back")
            return Lost("the server does not take an envelope back")
        if tuple(reply.code for reply in answers) == _USUAL_ENVELOPE:
            return None
        said = dict(zip(_STEPS, answers, strict=False))
        bad = next(((step, reply) for step, reply in said.items() if reply.bad), None)
        if bad is None:
            if len(said) < len(_STEPS) or not _agreed(said):
                self._dialogue.end("no answer to an envelope")
                return Lost(str(self._dialogue.ended), self._dialogue.garbled)
            return None
        step, reply = bad
        await self._take_back(said)
        return classify(step, reply.code, reply.text)

    async def _take_back(self, said: dict[Stage, Reply]) -> None:
        """Leave nothing of a refused envelope behind."""
        self._open = True
        if Stage.BODY not in said or said[Stage.BODY].code != _GO_AHEAD:
            return
        if not said[Stage.RCPT].bad:  # it would send an empty message to somebody
            self._dialogue.end("the server asks for a body from nobody")
            return
        self._dialogue.write(b".\r\n", 1)  # RFC 2920, 3.1: to nobody
        await self._dialogue.replies(1, self._body_timeout)

    def _body(self, message: Message, then: Message | None) -> None:
        pieces, answers = [_stuffed(message.data), b".\r\n"], 1
        if then is not None and not then.smtputf8:
            with suppress(ValueError):  # it will be told so when its turn comes
                pieces.append(_commands(then, utf8=False))
                self._ahead, answers = then, 4
        self._dialogue.write(b"".join(pieces), answers)


def _agreed(said: dict[Stage, Reply]) -> bool:
    go_ahead = said[Stage.BODY].code == _GO_AHEAD
    return said[Stage.MAIL].good and said[Stage.RCPT].good and go_ahead


def _commands(message: Message, *, utf8: bool) -> bytes:
    """MAIL, RCPT and DATA. Raises ValueError for an address with a control character in it."""
    for address in (message.envelope_from, message.recipient):
        if _UNSPEAKABLE.search(address):
            raise ValueError("an address with characters that end a command")
    option = " SMTPUTF8" if utf8 else ""
    return (
        f"MAIL FROM:<{message.envelope_from}>{option}\r\nRCPT TO:<{message.recipient}>\r\nDATA\r\n"
    ).encode()


def _stuffed(data: bytes) -> bytes:
    """A body in which no line is the final dot (RFC 5321, 4.5.2), and which ends with its line."""
    last = data.rfind(b".")  # in the headers: base64 has none, and this is the quickest look at it
    if b"\r\n." in data[: last + 1]:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data if data.endswith(b"\r\n") else data + b"\r\n"

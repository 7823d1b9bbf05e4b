"""What became of one attempt to send, and what a mail server's answer means.

The enhanced status code (RFC 3463) decides where there is one: it says whether the address, the
message or we are the trouble. Without one, the step of the dialogue has to tell.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has taken the message over."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; the same message may pass later."""

    reply: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This address will not take it, now or later."""

    reply: str


@dataclass(frozen=True, slots=True)
class Disliked:
    """What we sent is refused for what it is or whom it is from, not for whom it is to."""

    reply: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The server will not talk to us (login, sender): every other message would meet it too."""

    reply: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The server wants less of us just now; it says nothing about any message."""

    reply: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before anything of the body was sent."""

    reply: str
    garbled: bool = False  # because what came was no answer to what was asked


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection ended after the body had begun: the server may have the message or not."""

    reply: str
    garbled: bool = False  # as above


Outcome = Accepted | Deferred | Refused | Disliked | Blocked | Busy | Lost | Unknown
Unconnected = Blocked | Busy | Lost  # why there is no connection


class Stage(StrEnum):
    """The step of the SMTP dialogue that an answer belongs to."""

    CONNECT = "connect"  # greeting, EHLO, STARTTLS, AUTH
    MAIL = "MAIL"
    RCPT = "RCPT"
    BODY = "DATA"  # the command and the final dot


CLOSING = 421  # "service not available, closing transmission channel", at any step

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII)

# Subjects of RFC 3463: 1 address and 2 mailbox concern the recipient, except that X.1.7 and
# X.1.8 are about the sender's address.
_OF_THE_RECIPIENT = {"1", "2"}
_OF_THE_SENDER = {("1", "7"), ("1", "8")}
_POLICY = "7"


def classify(stage: Stage, code: int, text: str) -> Deferred | Refused | Disliked | Blocked | Busy:
    """What a server's refusal (4yz or 5yz) means for the message, its issue and the run."""
    reply = f"{code} {' '.join(text.split())}"
    ours = stage in {Stage.CONNECT, Stage.MAIL}
    if 400 <= code < 500:
        return Busy(reply) if ours else Deferred(reply)
    if ours:
        return Blocked(reply)
    found = _ENHANCED.search(text)
    if found is None:
        return Refused(reply) if stage is Stage.RCPT else Disliked(reply)
    subject, detail = found[2], found[3]
    if subject == _POLICY or (subject, detail) in _OF_THE_SENDER:
        return Disliked(reply)
    if subject in _OF_THE_RECIPIENT or stage is Stage.RCPT:
        return Refused(reply)
    return Disliked(reply)


def status_of(reply: str) -> str:
    """The enhanced status code in a server's words, such as "5.1.1"; "" where there is none."""
    found = _ENHANCED.search(reply)
    return "" if found is None else found[0]


def of_one_mailbox(reply: str) -> bool:
    """Whether a deferral is about one mailbox (full, say), and tells nothing of its domain."""
    found = _ENHANCED.search(reply)
    closing = reply.startswith(str(CLOSING))
    return found is not None and found[2] in _OF_THE_RECIPIENT and not closing

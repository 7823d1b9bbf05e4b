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
class Blocked:
    """The fault is ours (login, sender, policy, content): every other message would meet it too."""

    reply: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before anything of the body was sent."""

    reply: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection ended after the body had begun: the server may have the message or not."""

    reply: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Its body was not allowed to leave: the reader has gone, or the claim was over."""


Outcome = Accepted | Deferred | Refused | Blocked | Lost | Unknown | Withdrawn


class Stage(StrEnum):
    """The step of the SMTP dialogue that an answer belongs to."""

    CONNECT = "connect"  # greeting, EHLO, STARTTLS, AUTH
    MAIL = "MAIL"
    RCPT = "RCPT"
    BODY = "DATA"  # the command and the final dot


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII)

# Subjects of RFC 3463: 1 address and 2 mailbox concern the recipient, except that X.1.7 and
# X.1.8 are about the sender's address.
_OF_THE_RECIPIENT = {"1", "2"}
_OF_THE_SENDER = {("1", "7"), ("1", "8")}
_POLICY = "7"


def classify(stage: Stage, code: int, text: str) -> Deferred | Refused | Blocked:
    """What a server's refusal (4yz or 5yz) means for the message and for the run."""
    reply = f"{code} {' '.join(text.split())}"
    if 400 <= code < 500:
        return Deferred(reply)
    found = _ENHANCED.search(text)
    if stage in {Stage.CONNECT, Stage.MAIL}:
        return Blocked(reply)
    if found is None:
        return Refused(reply) if stage is Stage.RCPT else Blocked(reply)
    subject, detail = found[2], found[3]
    if subject == _POLICY or (subject, detail) in _OF_THE_SENDER:
        return Blocked(reply)
    if subject in _OF_THE_RECIPIENT or stage is Stage.RCPT:
        return Refused(reply)
    return Blocked(reply)

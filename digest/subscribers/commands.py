"""What a person may ask of us by mail, as values, and how plus-addresses of our mailbox say it.

The words in which a subject or a text says it are in wording.py.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from digest.model import AlertWish


@dataclass(frozen=True, slots=True)
class Subscribe:
    """They want the list."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The owner of an address says yes."""

    token: str | None = None  # None: only their word, which counts if they are who they say


@dataclass(frozen=True, slots=True)
class Decline:
    """The owner of an address says no to what was asked in their name."""

    token: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """A reader wants no more mail."""

    token: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A reader wants no mail for a time, or until a day."""

    until: timedelta | date


@dataclass(frozen=True, slots=True)
class Resume:
    """A reader wants mail again."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A reader wants no alerts for a time, or until a day."""

    until: timedelta | date


@dataclass(frozen=True, slots=True)
class Unmute:
    """A reader wants alerts again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A reader wants other settings than they have, and nothing else."""


@dataclass(frozen=True, slots=True)
class Show:
    """A reader wants to know how things stand."""


@dataclass(frozen=True, slots=True)
class Help:
    """They want to know what they can ask for."""


Command = (
    Subscribe | Confirm | Decline | Leave | Pause | Resume | Mute | Unmute | Change | Show | Help
)


@dataclass(frozen=True, slots=True)
class Topics:
    """Only these topics; none are all of them."""

    names: tuple[str, ...]  # as they were written, in NFKC


@dataclass(frozen=True, slots=True)
class Companies:
    """Only these companies; none are all of them."""

    names: tuple[str, ...]  # as they were written, in NFKC


@dataclass(frozen=True, slots=True)
class Language:
    """The language of headings and letters."""

    code: str  # ISO 639-1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often; an edition's name, or "alerts"."""

    name: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """Which alerts."""

    wish: AlertWish


@dataclass(frozen=True, slots=True)
class AddRule:
    """One more rule of their own for alerts."""

    text: str


@dataclass(frozen=True, slots=True)
class RemoveRule:
    """One rule less."""

    which: str  # its number among those that they have, or its words


Setting = Topics | Companies | Language | Rhythm | Alerts | AddRule | RemoveRule

_LOCAL_OCTETS = 64  # of a local part: RFC 5321, 4.5.3.1.1

# Tokens are base32; which length is right is for subscribers/tokens.py to say.
TOKEN = "[a-z2-7]{8,64}"  # noqa: S105  # a pattern
_WITH_TOKEN = re.compile(rf"(confirm|leave|unsubscribe)-({TOKEN})", re.ASCII)
_TAGS: dict[str, Command] = {
    "subscribe": Subscribe(),
    "leave": Leave(),
    "unsubscribe": Leave(),
    "resume": Resume(),
    "status": Show(),
    "help": Help(),
}


def tagged(mailbox: str, tag: str) -> str | None:
    """The plus-address of our mailbox with this tag, or None if no server would have to take it."""
    local, _, domain = mailbox.rpartition("@")
    address = f"{local}+{tag}"
    return f"{address}@{domain}" if len(address.encode()) <= _LOCAL_OCTETS else None


def from_address(recipients: Iterable[str], mailbox: str) -> Command | None:
    """The command in a plus-address of our mailbox, if one of the recipients is such."""
    local, _, domain = mailbox.casefold().rpartition("@")
    for recipient in recipients:
        name, _, host = recipient.strip().casefold().rpartition("@")
        if host != domain or not name.startswith(f"{local}+"):
            continue
        tag = name.removeprefix(f"{local}+")
        match = _WITH_TOKEN.fullmatch(tag)
        found = with_token(match[1], match[2]) if match else _TAGS.get(tag)
        if found is not None:
            return found
    return None


def with_token(word: str, token: str) -> Confirm | Leave:
    """The command that a word of ours and a token make."""
    return Confirm(token) if word == "confirm" else Leave(token)

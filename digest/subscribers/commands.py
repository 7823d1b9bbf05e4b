"""What a mail to us asks for, read from its addresses and its subject.

Two commands so far, each with its token: `confirm` and `leave`. A token travels in the address
(`weekly+leave-TOKEN@`) or, for mail servers without plus-addresses, in the subject.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confirm:
    """The owner of an address says yes."""

    token: str


@dataclass(frozen=True, slots=True)
class Leave:
    """A reader wants no more mail."""

    token: str


Command = Confirm | Leave

_LOCAL_OCTETS = 64  # of a local part: RFC 5321, 4.5.3.1.1

# Tokens are base32; which length is right is for subscribers/tokens.py to say.
_TAG = re.compile(r"(confirm|leave)-([a-z2-7]{8,64})", re.ASCII)
# Whatever stands before it may stay: "Re: ", "返信:", "[list] ", our own words.
_SUBJECT = re.compile(r"(?:.*[\s:\]])?(confirm|leave)\s+([a-z2-7]{8,64})", re.ASCII)


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
        match = _TAG.fullmatch(name.removeprefix(f"{local}+"))
        if match is not None:
            return _command(match[1], match[2])
    return None


def from_subject(subject: str) -> Command | None:
    """The command in a subject such as "Re: confirm TOKEN", full-width letters or not."""
    text = unicodedata.normalize("NFKC", subject).casefold().strip()
    match = _SUBJECT.fullmatch(text)
    return None if match is None else _command(match[1], match[2])


def _command(word: str, token: str) -> Command:
    return Confirm(token) if word == "confirm" else Leave(token)

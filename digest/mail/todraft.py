"""Recognises the operator's reply to a draft, by a token that we signed.

It stands in the plus-address that a reply goes to, and in the Message-ID that it answers: some mail
servers put one of their own in its place, and some mailboxes have no plus-addresses. Only who got
the draft knows it; whether that is the operator is for others to ask.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Headers
from itertools import chain

from digest.issues.orders import Said
from digest.mail.parts import header_addresses
from digest.mail.programs import sign_in_address
from digest.mail.reports import RECIPIENT_HEADERS
from digest.settings import InboxSettings
from digest.subscribers import tokens
from digest.subscribers.commands import tagged
from digest.subscribers.reading import Author

_TAG = "d-"  # of the plus-address that a reply goes to
_MOST_IDS = 50  # that References may name
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
_MOST_VALUE = 20_000  # characters of a header


@dataclass(frozen=True, slots=True)
class Draft:
    """The issue that a mail of ours to the operator is about."""

    edition: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToDraft:
    """What somebody replied to a draft."""

    key: str  # the same for every copy of the mail
    draft: Draft
    said: tuple[Said, ...]
    author: Author | None  # None: it names nobody whom to answer
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """It was done, or not; a letter to the operator says so."""


def reply_address(key: str, inbox: InboxSettings, secret: bytes) -> str:
    """Where a reply to the letter of this key is asked for: our mailbox, with the key if it may."""
    token = tokens.message_token(secret, key)
    return (tagged(inbox.address, f"{_TAG}{token}") if inbox.plus_addressing else None) or (
        inbox.address
    )


def answered_draft(headers: Headers, inbox: InboxSettings, secret: bytes) -> Draft | None:
    """The draft that a mail answers, the newest where it names several; None if it names none."""
    for token in chain(_addressed(headers, inbox), _named(headers)):
        match (tokens.which_message(secret, token) or "").split("/"):
            case ["draft", edition, period] | ["draft", edition, period, _]:
                return Draft(edition, period)
            case _:
                pass
    return None


def _addressed(headers: Headers, inbox: InboxSettings) -> Iterator[str]:
    """What may be tokens in the addresses that a mail went to."""
    local, _, domain = inbox.address.casefold().rpartition("@")
    start = f"{local}+{_TAG}"
    for address in header_addresses(headers, *RECIPIENT_HEADERS):
        name, _, host = address.strip().rpartition("@")
        if host.casefold() == domain and name[: len(start)].casefold() == start:
            yield name[len(start) :]


def _named(headers: Headers) -> Iterator[str]:
    """What may be tokens in the Message-IDs that a mail answers, the newest first."""
    for name in ("In-Reply-To", "References"):
        value = " ".join(str(each) for each in headers.get_all(name, []))[-_MOST_VALUE:]
        for found in reversed(_MESSAGE_ID.findall(value)[-_MOST_IDS:]):
            yield found.partition("@")[0]


def can_reply(operator: str | None, inbox: InboxSettings) -> bool:
    """Whether a reply of the operator's reaches us, and can be told from a program's mail."""
    return operator is not None and inbox.named and sign_in_address(operator, inbox) is None

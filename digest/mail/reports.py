"""Reads what other mail servers say of a message of ours: it failed, it waits, it was unwelcome.

Reports in a standard form first (RFC 3464, 6533 and 5965), then the plain words of servers that
know none (guesses.py). Which of our messages it is about is told by a token of ours in the address
that the report came to, or in what it quotes; without a token that we made nothing is believed.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message as Headers
from email.parser import HeaderParser

from digest.mail.bounces import kind_of
from digest.mail.guesses import guess
from digest.mail.message import key_of
from digest.mail.parts import Part, header_addresses, headers_of, parts_of
from digest.mail.replies import status_of
from digest.model import BounceKind, DeliveryId, SubscriberId
from digest.settings import InboxSettings
from digest.subscribers import tokens

RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What leads back to a delivery: its number, its key, or else the reader that it went to."""

    number: DeliveryId | None = None
    key: str | None = None
    reader: SubscriberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A message of ours came back, or its reader called it spam."""

    identity: str  # of the report: the same one read twice has the same
    trace: Trace
    kind: BounceKind
    status: str  # an enhanced status code (RFC 3463), or ""
    words: str


@dataclass(frozen=True, slots=True)
class Harmless:
    """A report that asks for nothing: a delay, a success, "this is not spam"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A report that nothing may be concluded from; a person should look at it."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Told:
    kind: BounceKind
    status: str
    words: str


_STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
_QUOTING_PARTS = {
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
    "message/feedback-report",
}
_MOST_RECIPIENTS = 50
_MOST_WORDS = 500  # characters of what a server said

# What ends well or may yet (RFC 3464, 2.3.3). All else is a failure: "failed (bad destination
# mailbox address)", "failure", "error" and "553" occur.
_NO_FAILURE = {"delayed", "delivered", "relayed", "expanded"}
_REPLY = re.compile(r"([45]\d\d)[ -]+(?:#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?", re.ASCII)

_COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list"}
_NO_COMPLAINTS = {"not-spam", "auth-failure", "dmarc"}

_TOKEN = re.compile(rf"(?<![a-z2-7])[a-z2-7]{{{tokens.LENGTH}}}(?![a-z2-7])", re.IGNORECASE)
_QUOTED = re.compile(
    r"^[ \t>]*(message-id|return-path|original-mail-from|list-unsubscribe):"
    r"(.{0,998}(?:\n[ \t]+.{0,998}){0,4})",
    re.IGNORECASE | re.MULTILINE,
)


def read(
    raw: bytes, inbox: InboxSettings, secret: bytes, *, by_program: bool
) -> Report | Harmless | Unclear | None:
    """What a mail reports, or None if it is no report. Never raises.

    `by_program` tells that a program wrote it. Plain words count only then, or where they came to
    an address that nothing but bounces is sent to: people quote bounces, too.
    """
    headers, parts = headers_of(raw), parts_of(raw)
    number = _addressed(headers, inbox, secret)
    said = _standard(parts)
    guessed = None
    if said is None and (by_program or number is not None):
        said = guessed = _guessed(headers, parts)
    if not isinstance(said, _Told):
        return said
    trace = _trace(number, parts, secret)
    if trace == Trace():
        # Words alone do not make a report: much of what programs write speaks of failures.
        return None if guessed else Unclear("a report on no message of ours")
    return Report(
        identity=_identity(headers, raw, said),
        trace=trace,
        kind=said.kind,
        status=said.status,
        words=said.words,
    )


def _guessed(headers: Headers, parts: Sequence[Part]) -> _Told | Harmless | None:
    guessed = guess(headers, parts)
    if guessed is None:
        return None
    if guessed.waits:
        return Harmless("a delay")
    return _Told(guessed.kind, guessed.status, guessed.words)


# --- the standard forms ------------------------------------------------------------------------


def _standard(parts: Sequence[Part]) -> _Told | Harmless | Unclear | None:
    for part in parts:
        if part.kind in _STATUS_PARTS:
            said = _delivery_status(part, parts)
            if said is not None:
                return said
        if part.kind == "message/feedback-report":
            return _feedback(part)
    return None


def _feedback(part: Part) -> _Told | Harmless | Unclear:
    """A complaint (RFC 5965). What a virus scanner reports is no reader's wish."""
    fields = HeaderParser().parsestr(part.text.lstrip("\n"))
    kind = _value(fields, "Feedback-Type").lower()
    words = f"{kind} reported by {_value(fields, 'User-Agent') or 'an unnamed program'}"
    if kind in _COMPLAINTS:
        return _Told(BounceKind.COMPLAINT, "", _short(words))
    if kind == "virus":
        return _Told(BounceKind.OURS, "", _short(words))
    return Harmless(kind) if kind in _NO_COMPLAINTS else Unclear(f"feedback of the kind {kind!r}")


def _delivery_status(part: Part, parts: Sequence[Part]) -> _Told | Harmless | None:
    """A report on delivery (RFC 3464 and 6533), which has a block for each recipient.

    Ours have one; where an alias made more of it, one of those that failed counts.
    """
    blocks = list(_recipients(part.text))
    failed = [block for block in blocks if not _ends_well(block)]
    if failed:
        return _failure(failed[0], parts)
    return Harmless(_action(blocks[0]) or "no failure") if blocks else None


def _recipients(text: str) -> Iterator[Headers]:
    for block in re.split(r"\n[ \t]*\n", text)[:_MOST_RECIPIENTS]:
        fields = HeaderParser().parsestr(block.strip("\n"))
        if any(name in fields for name in ("Action", "Status", "Diagnostic-Code")):
            yield fields


def _ends_well(fields: Headers) -> bool:
    action, status = _action(fields), _value(fields, "Status")
    return action in _NO_FAILURE or status.startswith("2") or (not action and status[:1] == "4")


def _action(fields: Headers) -> str:
    return _value(fields, "Action").partition("(")[0].strip().lower()


def _failure(fields: Headers, parts: Sequence[Part]) -> _Told:
    diagnostic = _value(fields, "Diagnostic-Code")
    words = diagnostic.partition(";")[2].strip() or diagnostic
    status = status_of(_value(fields, "Status"))
    reply = _REPLY.match(words)
    told = (reply[2] if reply else None) or ""
    if not status or status.endswith(".0.0"):
        status = told or status_of(words) or status
    elif told and not told.endswith(".0.0"):
        status = told  # the receiving server's own word; the other is our server's reading of it
    code = int(reply[1]) if reply else None
    if not words or not status or status.endswith(".0.0"):
        guessed = guess(None, parts)
        if guessed is not None and not guessed.waits:
            words = words or guessed.words
            status = status_of(guessed.status) or status
            code = code or guessed.code
    words = words or _value(fields, "Action")
    recipient = _value(fields, "Final-Recipient").rpartition(";")[2].strip()
    if recipient and recipient.lower() not in words.lower():
        words = f"{recipient}: {words}"  # where mail is forwarded it is not the reader's address
    return _Told(kind_of(status, code, words), status, _short(words))


def _value(fields: Headers, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _short(words: str) -> str:
    return " ".join(words.split())[:_MOST_WORDS]


# --- whose it is -------------------------------------------------------------------------------


def _addressed(headers: Headers, inbox: InboxSettings, secret: bytes) -> DeliveryId | None:
    """The delivery whose own return address (VERP) the report came to."""
    starts = [_around(inbox.address, "+b-")]
    if inbox.bounces is not None:
        starts.append(_around(inbox.bounces, "+"))
    for address in header_addresses(headers, *RECIPIENT_HEADERS):
        local, _, domain = address.strip().casefold().rpartition("@")
        for start, host in starts:
            if domain == host and local.startswith(start):
                number = tokens.what_bounced(secret, local.removeprefix(start))
                if number is not None:
                    return number
    return None


def _around(mailbox: str, tag: str) -> tuple[str, str]:
    local, _, domain = mailbox.casefold().rpartition("@")
    return f"{local}{tag}", domain


def _trace(number: DeliveryId | None, parts: Sequence[Part], secret: bytes) -> Trace:
    key: str | None = None
    reader: SubscriberId | None = None
    plain = [part for part in parts if part.kind == "text/plain"]
    for part in [part for part in parts if part.kind in _QUOTING_PARTS] or plain:
        for quoted in _QUOTED.finditer(part.text):
            if quoted[1].lower() == "message-id":
                key = key or key_of(secret, quoted[2])
                continue
            for token in map(str.lower, _TOKEN.findall(quoted[2])):
                number = number or tokens.what_bounced(secret, token)
                reader = reader or tokens.who_leaves(secret, token)
    return Trace(number=number, key=key, reader=reader)


def _identity(headers: Headers, raw: bytes, said: _Told) -> str:
    """A name for the report: two copies of it have different headers of their way, no more."""
    body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]
    own = _value(headers, "Message-ID").encode(errors="replace") or body
    return hashlib.sha256(b"\0".join([said.kind.encode(), said.status.encode(), own])).hexdigest()

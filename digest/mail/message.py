"""One delivery becomes the bytes of one message, always the same.

Message-ID, Date and MIME boundary derive from the delivery alone, so that a message sent again
after a crash is recognised as the same one. DKIM is the mail server's work.
"""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.mail.headers import mailbox_header, plain_header, text_header
from digest.model import Delivery, DeliveryKind, Letter, Segment
from digest.settings import Settings
from digest.subscribers import commands, tokens

_CRLF = "\r\n"
_MARK = re.compile("|".join(map(re.escape, marks.ALL)))
_TO_READERS = {DeliveryKind.ISSUE, DeliveryKind.ALERT}


@dataclass(frozen=True, slots=True)
class Parts:
    """A message's words as its reader sees them, with plain line ends."""

    text: str
    html: str  # "" where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a transport sends."""

    id: str  # the Message-ID without its angle brackets
    envelope_from: str  # "" is the null sender, which nothing bounces to
    recipient: str
    data: bytes  # CRLF line ends; no line over 998 octets

    def parts(self) -> Parts:
        """Take the words out of the bytes again, as a mail program does."""
        parsed = message_from_bytes(self.data, policy=default)
        bodies = (parsed.get_body((kind,)) for kind in ("plain", "html"))
        text, markup = ("" if b is None else b.get_content() for b in bodies)
        return Parts(text.replace(_CRLF, "\n"), markup.replace(_CRLF, "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What every message of this list has in common."""

    title: str
    from_name: str
    from_address: str
    mailbox: str  # where answers and bounces arrive
    plus_addressing: bool
    zone: ZoneInfo
    secret: bytes

    @property
    def domain(self) -> str:
        """The domain that the list belongs to."""
        return self.from_address.rpartition("@")[2]

    @property
    def list_id(self) -> str:
        """The name by which mail programs know the list, the same for ever (RFC 2919)."""
        local, _, domain = self.mailbox.rpartition("@")
        return f"{re.sub(r'[^A-Za-z0-9-]+', '-', local).strip('-') or 'list'}.{domain}"

    def tagged(self, tag: str) -> str | None:
        """Our mailbox's plus-address with this tag, or None where that cannot be used."""
        return commands.tagged(self.mailbox, tag) if self.plus_addressing else None


def sender_of(settings: Settings, secret: bytes) -> Sender:
    """The sender that the settings describe."""
    return Sender(
        title=settings.title,
        from_name=settings.mail.from_name,
        from_address=settings.mail.from_address,
        mailbox=settings.inbox.address,
        plus_addressing=settings.inbox.plus_addressing,
        zone=settings.zone,
        secret=secret,
    )


def build(delivery: Delivery, segment: Segment | None, sender: Sender) -> Message:
    """The message of a delivery: an issue's `segment`, or else the letter that it carries.

    Equal arguments give equal bytes. Raises ValueError if the delivery has neither.
    """
    if segment is not None:
        letter = Letter(
            subject=segment.subject,
            text=segment.text,
            html=segment.html,
            language=segment.choice.language,
        )
    elif delivery.letter is not None:
        letter = delivery.letter
    else:
        raise ValueError(f"{delivery.key}: nothing to send")
    name = tokens.tag(sender.secret, "message", delivery.key)
    message_id = f"{name}@{sender.domain}"
    values = _values(delivery, sender)
    parts = [_part("plain", _fill(letter.text, values))]
    if letter.html is not None:
        parts.append(
            _part("html", _fill(letter.html, {k: html.escape(v) for k, v in values.items()}))
        )
    lines = [
        mailbox_header("From", sender.from_name, sender.from_address),
        plain_header("To", delivery.address),
        text_header("Subject", letter.subject),
        plain_header("Date", format_datetime(delivery.queued_at.astimezone(sender.zone))),
        plain_header("Message-ID", f"<{message_id}>"),
        plain_header("Content-Language", letter.language),
        *_answering(delivery, letter),
        *_list_headers(delivery, sender),
        "MIME-Version: 1.0",
        _body(parts, name),
    ]
    return Message(
        id=message_id,
        envelope_from=_envelope_from(delivery, sender),
        recipient=delivery.address,
        data=_CRLF.join(lines).encode(),
    )


def _envelope_from(delivery: Delivery, sender: Sender) -> str:
    if delivery.kind is DeliveryKind.ANSWER:
        return ""  # RFC 3834, 3.3: an answer must not cause another
    token = tokens.bounce_token(sender.secret, delivery.id)
    return sender.tagged(f"b-{token}") or sender.mailbox


def _values(delivery: Delivery, sender: Sender) -> dict[str, str]:
    return {marks.ADDRESS: delivery.address, marks.LEAVE: leave_link(delivery, sender)}


def leave_link(delivery: Delivery, sender: Sender) -> str:
    """The mailto link that ends this reader's subscription; without a reader, our mailbox."""
    if delivery.subscriber is None:
        return f"mailto:{_in_url(sender.mailbox)}?subject=leave"
    token = tokens.leave_token(sender.secret, delivery.subscriber)
    address = sender.tagged(f"leave-{token}")
    if address is None:
        return f"mailto:{_in_url(sender.mailbox)}?subject=leave%20{token}"
    return f"mailto:{_in_url(address)}?subject=leave"


def _in_url(address: str) -> str:
    return quote(address, safe="@+")


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Put a reader's values in place of the marks, in one pass: no value is read as a mark."""
    return _MARK.sub(lambda mark: values[mark[0]], text)


def _answering(delivery: Delivery, letter: Letter) -> list[str]:
    lines = []
    if letter.reply_to is not None:
        lines.append(plain_header("Reply-To", letter.reply_to))
    if letter.in_reply_to is not None:
        lines.append(plain_header("In-Reply-To", letter.in_reply_to))
        lines.append(plain_header("References", letter.in_reply_to))
    # RFC 3834, 5: keeps other programs from answering.
    kind = "auto-replied" if delivery.kind is DeliveryKind.ANSWER else "auto-generated"
    return [*lines, f"Auto-Submitted: {kind}"]


def _list_headers(delivery: Delivery, sender: Sender) -> list[str]:
    """What belongs to mail of the list (RFC 2369, 2919), not to a letter to one person.

    No List-Unsubscribe-Post: RFC 8058 needs an HTTPS address to post to.
    """
    if delivery.kind not in _TO_READERS:
        return []
    lines = [mailbox_header("List-Id", sender.title, sender.list_id), "List-Post: NO"]
    if delivery.subscriber is not None:
        lines.append(plain_header("List-Unsubscribe", f"<{leave_link(delivery, sender)}>"))
    lines.append(plain_header("Feedback-ID", _feedback_id(delivery, sender)))
    if delivery.kind is DeliveryKind.ISSUE:
        lines.append("Precedence: bulk")  # for responders older than Auto-Submitted
    return lines


def _feedback_id(delivery: Delivery, sender: Sender) -> str:
    """What Gmail counts complaints by: period, edition, kind and list, nothing of the reader."""
    words = delivery.key.split("/")
    edition, period = words[1:3] if delivery.kind is DeliveryKind.ISSUE else ("", "")
    digest = base64.b32encode(hashlib.sha256(sender.list_id.encode()).digest()).decode().lower()
    return f"{period}:{edition}:{delivery.kind}:{digest[:12]}"


def _body(parts: list[str], name: str) -> str:
    if len(parts) == 1:
        return parts[0]
    boundary = f"=_{name}"  # no line of base64 can hold it
    inside = "".join(f"--{boundary}{_CRLF}{part}" for part in parts)
    return (
        f'Content-Type: multipart/alternative; boundary="{boundary}"{_CRLF}{_CRLF}'
        f"{inside}--{boundary}--{_CRLF}"
    )


def _part(subtype: str, text: str) -> str:
    """A text part with its own headers, in base64: it survives every relay and keeps DKIM whole."""
    lines = text.replace(_CRLF, "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    raw = (_CRLF.join(lines) + _CRLF).encode(errors="replace")
    encoded = base64.encodebytes(raw).decode().replace("\n", _CRLF)
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"{_CRLF}'
        f"Content-Transfer-Encoding: base64{_CRLF}{_CRLF}{encoded}"
    )

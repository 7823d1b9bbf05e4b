"""One delivery becomes the bytes of one message, always the same.

What all messages of a segment or of a letter share is made once (`prepare`); a reader's own values
are spliced into it (`fill`); splice.py has how.

Message-ID, Date and MIME boundary derive from the delivery alone, so that a message sent again
after a crash is recognised as the same one. The Message-ID leads back to the delivery (`key_of`):
reports that come to the plain mailbox quote it. DKIM is the mail server's work.
"""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.mail.headers import mailbox_header, plain_header, text_header
from digest.mail.splice import TextPart, filled, text_part
from digest.model import Delivery, DeliveryKind, Letter, Segment
from digest.settings import Settings
from digest.subscribers import commands, links, tokens
from digest.subscribers.addresses import normalise

_CRLF = "\r\n"
_TO_READERS = {DeliveryKind.ISSUE, DeliveryKind.ALERT}

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# One address that says nothing else in a header or an envelope, as nearly all are.
_PLAIN_ADDRESS = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_SPECIAL = re.compile(r"[&<>\"']")  # in HTML; looking for them costs a fraction of escaping
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


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
    data: bytes  # CRLF line ends; no line over 998 octets, none that begins with a dot

    @property
    def smtputf8(self) -> bool:
        """Whether it needs a server that takes UTF-8 in addresses (RFC 6531)."""
        addresses = self.recipient.isascii() and self.envelope_from.isascii()
        return not (addresses and self.data.isascii())

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
    mailbox: str  # where answers and commands arrive
    bounces: str | None = None  # another address of the mailbox, for bounces
    plus_addressing: bool
    public_url: str | None = None  # of our pages, https and without a slash at its end
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
        bounces=settings.inbox.bounces,
        plus_addressing=settings.inbox.plus_addressing,
        public_url=None if settings.web is None else settings.web.public_url,
        zone=settings.zone,
        secret=secret,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What all messages of one segment, or of one letter, have in common."""

    headers: str  # with their line ends
    parts: tuple[TextPart, ...]  # the plainest first
    leave: tuple[str, str]  # the mailto link that ends a subscription, around its token
    list_number: str  # that complaints are counted by


def prepare(words: Segment | Letter, kind: DeliveryKind, sender: Sender) -> Template:
    """Make what the messages of a segment or a letter share. Equal arguments give an equal one."""
    if isinstance(words, Segment):
        words = Letter(
            subject=words.subject,
            text=words.text,
            html=words.html,
            language=words.choice.language,
        )
    lines = [
        mailbox_header("From", sender.from_name, sender.from_address),
        text_header("Subject", words.subject),
        plain_header("Reply-To", words.reply_to or sender.mailbox),
        plain_header("Content-Language", words.language),
        *_answering(words, kind),
        *_list_headers(kind, sender),
        "MIME-Version: 1.0",
    ]
    parts = [text_part("plain", words.text)]
    if words.html is not None:
        parts.append(text_part("html", words.html))
    digest = hashlib.sha256(sender.list_id.encode()).digest()
    return Template(
        headers="".join(f"{line}{_CRLF}" for line in lines),
        parts=tuple(parts),
        leave=_around_leave_token(sender),
        list_number=base64.b32encode(digest).decode().lower()[:12],
    )


def fill(template: Template, delivery: Delivery, sender: Sender) -> Message:
    """The message of one delivery. The template must have been made for its kind and this sender.

    Raises ValueError for an address that no mail can go to.
    """
    recipient = _one_address(delivery.address)
    name = tokens.message_token(sender.secret, delivery.key)
    leave, unsubscribe = _leaving(template, delivery, sender)
    values = {marks.ADDRESS: delivery.address, marks.LEAVE: leave} | _pages(delivery, sender)
    message_id = f"{name}@{sender.domain}"
    boundary = f"=_{name.partition('.')[0]}"
    lines = (
        f"{template.headers}To: {recipient}{_CRLF}"
        f"Date: {_date(delivery.queued_at, sender.zone)}{_CRLF}Message-ID: <{message_id}>{_CRLF}"
    )
    if delivery.kind in _TO_READERS:
        lines += f"{unsubscribe}{_feedback_id(delivery, template)}{_CRLF}"
    return Message(
        id=message_id,
        envelope_from=_envelope_from(delivery, sender),
        recipient=recipient,
        data=b"".join([lines.encode(), *_body(template.parts, values, boundary)]),
    )


def build(delivery: Delivery, segment: Segment | None, sender: Sender) -> Message:
    """The message of a delivery: an issue's `segment`, or else the letter that it carries.

    Equal arguments give equal bytes. Raises ValueError if the delivery has neither, or an address
    that no mail can go to.
    """
    words = segment or delivery.letter
    if words is None:
        raise ValueError(f"{delivery.key}: nothing to send")
    return fill(prepare(words, delivery.kind, sender), delivery, sender)


def key_of(secret: bytes, message_id: str) -> str | None:
    """The key of the delivery that bore this Message-ID, in angle brackets or not.

    None if it is none of ours, or that of a delivery whose key is no fit part of one.
    """
    name, _, _ = message_id.strip().removeprefix("<").partition("@")
    return tokens.which_message(secret, name)


def _one_address(address: str) -> str:
    """The address as a header and an envelope hold it: one, its domain in ASCII (RFC 5890)."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    try:
        return normalise(address)
    except ValueError:
        raise ValueError("this is not one address that mail can go to") from None


def _envelope_from(delivery: Delivery, sender: Sender) -> str:
    if delivery.kind is DeliveryKind.ANSWER:
        return ""  # RFC 3834, 3.3: an answer must not cause another
    token = tokens.bounce_token(sender.secret, delivery.id)
    if sender.bounces is None:
        return sender.tagged(f"b-{token}") or sender.mailbox
    own = commands.tagged(sender.bounces, token) if sender.plus_addressing else None
    return own or sender.bounces


@lru_cache(maxsize=64)
def _date(moment: datetime, zone: ZoneInfo) -> str:
    """The Date header's words; all deliveries of an issue were queued at one moment."""
    return format_datetime(moment.astimezone(zone))


def _leaving(template: Template, delivery: Delivery, sender: Sender) -> tuple[str, str]:
    """The link that ends this reader's subscription, and the headers that offer it.

    Without a reader there is nothing to end, so the link leads to our mailbox.
    """
    if delivery.subscriber is None:
        return f"mailto:{_in_url(sender.mailbox)}?subject=leave", ""
    token = tokens.leave_token(sender.secret, delivery.subscriber)
    before, after = template.leave
    by_mail = f"{before}{token}{after}"
    if sender.public_url is None:
        return by_mail, f"List-Unsubscribe: <{by_mail}>{_CRLF}"
    page = links.page(sender.public_url, links.LEAVE, token)
    if not page.startswith("https:"):  # pages on this machine only, to try them
        return page, f"List-Unsubscribe: <{by_mail}>{_CRLF}"
    return page, (
        f"List-Unsubscribe: <{page}>,{_CRLF} <{by_mail}>{_CRLF}"
        f"List-Unsubscribe-Post: List-Unsubscribe=One-Click{_CRLF}"  # RFC 8058: only with https
    )


def _pages(delivery: Delivery, sender: Sender) -> dict[str, str]:
    """The links to what the reader gets and to the issue as a page; by mail where we have none."""
    url = sender.public_url
    if url is None:  # now, but there were when this was rendered
        by_mail = f"mailto:{_in_url(sender.mailbox)}?subject="
        return {marks.PREFERENCES: f"{by_mail}status", marks.VIEW: f"{by_mail}help"}
    preferences, view = links.about(url), links.archive(url)
    if delivery.subscriber is not None:
        token = tokens.preferences_token(sender.secret, delivery.subscriber, delivery.queued_at)
        preferences = links.page(url, links.PREFERENCES, token)
    if delivery.segment is not None:
        view = links.page(url, links.VIEW, tokens.view_token(sender.secret, delivery.segment))
    return {marks.PREFERENCES: preferences, marks.VIEW: view}


def _around_leave_token(sender: Sender) -> tuple[str, str]:
    if sender.tagged(f"leave-{'x' * tokens.LENGTH}") is None:
        return f"mailto:{_in_url(sender.mailbox)}?subject=leave%20", ""
    local, _, domain = sender.mailbox.rpartition("@")
    return f"mailto:{_in_url(local)}+leave-", f"@{domain}?subject=leave"


def _in_url(address: str) -> str:
    return quote(address, safe="@+")


def _answering(letter: Letter, kind: DeliveryKind) -> list[str]:
    # RFC 3834, 5: keeps other programs from answering.
    word = "auto-replied" if kind is DeliveryKind.ANSWER else "auto-generated"
    lines = [f"Auto-Submitted: {word}"]
    asked = letter.in_reply_to  # a stranger's: what is not a Message-ID is not repeated
    if asked is not None and _MESSAGE_ID.fullmatch(asked):
        lines += [f"In-Reply-To: {asked}", f"References: {asked}"]
    return lines


def _list_headers(kind: DeliveryKind, sender: Sender) -> list[str]:
    """What belongs to mail of the list (RFC 2369, 2919), not to a letter to one person."""
    if kind not in _TO_READERS:
        return []
    mailbox = f"mailto:{_in_url(sender.mailbox)}"
    archive = sender.public_url and f"List-Archive: <{links.archive(sender.public_url)}>"
    lines = [
        mailbox_header("List-Id", sender.title, sender.list_id),
        f"List-Help: <{mailbox}?subject=help>",
        f"List-Subscribe: <{mailbox}?subject=subscribe>",
        f"List-Owner: <{mailbox}>",
        "List-Post: NO",
        *([archive] if archive else ()),
    ]
    if kind is DeliveryKind.ISSUE:
        lines.append("Precedence: bulk")  # for responders older than Auto-Submitted
    return lines


def _feedback_id(delivery: Delivery, template: Template) -> str:
    """What Gmail counts complaints by: period, edition, kind and list, nothing of the reader."""
    words = delivery.key.split("/", 3)
    edition, period = words[1:3] if delivery.kind is DeliveryKind.ISSUE else ("", "")
    return _feedback_header(period, edition, delivery.kind, template.list_number)


@lru_cache(maxsize=64)
def _feedback_header(*parts: str) -> str:
    return plain_header("Feedback-ID", ":".join(parts))


def _body(parts: tuple[TextPart, ...], values: Mapping[str, str], boundary: str) -> list[bytes]:
    """The pieces of the body, from the last of the headers on; `boundary` is in no base64."""
    plain = {mark: value.encode() for mark, value in values.items()}
    if len(parts) == 1:
        return filled(parts[0], plain)
    text, markup = parts
    escaped = plain
    if _SPECIAL.search("".join(values.values())):
        escaped = {mark: html.escape(value).encode() for mark, value in values.items()}
    between = f"--{boundary}{_CRLF}"
    head = f'Content-Type: multipart/alternative;{_CRLF} boundary="{boundary}"{_CRLF}{_CRLF}'
    return [
        f"{head}{between}".encode(),
        *filled(text, plain),
        between.encode(),
        *filled(markup, escaped),
        f"--{boundary}--{_CRLF}".encode(),
    ]

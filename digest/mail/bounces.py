"""What it means that a message came back: for its address, for its reader, and for its issue.

An address is dead, or it is in trouble for now, or the trouble is ours; what a report says is read
in reports.py. Nothing is concluded from one failure that may pass: readers are judged by issues in
a row, never by days (a weekly list fails once a week). The thresholds stand here, each once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from digest.mail.replies import status_of
from digest.model import Bounce, BounceKind, DeliveryKind, Status, Subscriber, Suppression
from digest.subscribers.lifecycle import Event

SOFT_ISSUES = 3  # this many issues in a row came back …
# … over two weeks; the rest is for daylight-saving time and for issues that went out late.
SOFT_TIME = timedelta(days=14) - timedelta(hours=12)
# A message may lie in somebody's queue for five days before it comes back (RFC 5321, 4.5.4.1).
ARRIVED_AFTER = timedelta(days=6)

HARD = frozenset({BounceKind.DEAD, BounceKind.OURS})  # what counts against an issue
PAUSE_SHARE = 0.02  # of an issue's messages that were attempted
PAUSE_LEAST = 5  # so that two dead addresses of a small list stop nothing


# --- classes -----------------------------------------------------------------------------------


class _Clue(Enum):
    """What a server's words point to."""

    POLICY = re.compile(
        r"spam|blocked|block ?list|black ?list|banned|reputation|polic(?:y|ies)|dmarc|\bspf\b|dkim"
        r"|dnsbl|\brbl\b|barracuda|sorbs|gr[ea]ylist|rate.?limit|unsolicited"
        r"|too many (?:connect|messag|recip|error|mail)|junk|suspicious|virus|authenticat"
        r"|not authorized|reverse dns|\bptr\b|迷惑メール",
        re.IGNORECASE,
    )
    TOO_BIG = re.compile(
        r"(?:message|mail|size).{0,40}(?:too (?:big|large|long)|exceed|limit)"
        r"|too (?:big|large).{0,20}message",
        re.IGNORECASE,
    )
    FULL = re.compile(
        r"quota|mailbox.{0,20}full|full mailbox|exceeded storage|storage allocation"
        r"|insufficient (?:system )?storage|disk full|容量|いっぱい",
        re.IGNORECASE,
    )
    NOBODY = re.compile(
        r"(?:unknown|no such|no valid|invalid|non-?existent|bad destination)"
        r" (?:\w+ ){0,2}(?:user|recipient|addressee|mailbox|address|account|local.?part)"
        r"|(?:user|recipient|addressee|mailbox|address|account)\b.{0,60}?"
        r"(?:\bunknown|not (?:be )?found|n[o'’]t exist|not (?:listed|known|recogni[sz]ed))"
        r"|no (?:such (?:person|account|domain)|mailbox (?:here )?by that name|user here)"
        r"|doesn['’]t have an?\b.{0,40}\baccount|unrouteable address|null mx"
        r"|該当する(?:ユーザー?|アドレス)|宛先(?:が)?(?:不明|存在)|宛先のメールアドレスが(?:見つか|存在)"
        r"|(?:ユーザー?|メールアドレス|アカウント)(?:が|は)(?:存在|見つか)",
        re.IGNORECASE,
    )


# Subject and detail of RFC 3463 and its registry (RFC 5248, 7505).
_DEAD = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}
_OURS = {(1, 7), (1, 8), (2, 3), (3, 4)}  # the sender's address; the message is too long
_OUR_SUBJECTS = {6, 7}  # what we send, who we are
_PROTOCOL = 5  # how we speak; some servers say it of mailboxes
_VAGUE_SUBJECTS = {0, 1, 2, 3, 5}  # with detail 0, "other": the words know more
_FOR_NOW = 4
DISABLED = "5.2.1"  # a mailbox that is closed, often only for a while

_UNKNOWN_CODES = {550, 551, 553, 554}

# Addresses, links and hosts: a mailbox called spam@ or a server called spamfilter says nothing.
_NAMES = re.compile(
    r"[^\s@]{0,64}@\S{1,255}|(?<!\w)\w{2,20}://\S{1,500}"
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[a-z]{2,63}(?![\w-])",
    re.ASCII,
)


def kind_of(status: str, code: int | None, words: str) -> BounceKind:
    """What a final failure says of the address, from its enhanced status code (RFC 3463).

    Without one in `status` one in the `words` of the server counts, then its reply `code`. Words
    that speak of policy count against the code: servers give 5.1.1 to what they take for spam, and
    nobody is struck off for what we did. A name that a resolver does not find (5.4.4) may be our
    own trouble, so it is not dead at once, nor is a mailbox that is closed (5.2.1): see `verdict`.
    """
    found = status_of(status) or status_of(words)
    if not found:
        return _by_words(code, words)
    level, subject, detail = map(int, found.split("."))
    if (subject, detail) in _OURS or subject in _OUR_SUBJECTS or _says(_Clue.POLICY, words):
        return BounceKind.OURS
    if level == _FOR_NOW:
        return BounceKind.SOFT
    if detail == 0 and subject in _VAGUE_SUBJECTS:
        return _by_words(code or 550, words)
    if (subject, detail) in _DEAD:
        return BounceKind.DEAD
    return BounceKind.OURS if subject == _PROTOCOL else BounceKind.SOFT


def _by_words(code: int | None, words: str) -> BounceKind:
    if _says(_Clue.POLICY, words):
        return BounceKind.OURS
    if _says(_Clue.FULL, words):
        return BounceKind.SOFT
    if _says(_Clue.TOO_BIG, words):
        return BounceKind.OURS
    if code in _UNKNOWN_CODES and _says(_Clue.NOBODY, words):
        return BounceKind.DEAD
    return BounceKind.SOFT


def says_why(words: str) -> bool:
    """Whether words without any code tell why a message was not delivered."""
    return any(_says(clue, words) for clue in _Clue)


def _says(clue: _Clue, words: str) -> bool:
    return clue.value.search(_NAMES.sub(" ", words)) is not None


# --- readers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from a bounce, and why."""

    event: Event | None = None  # that befalls its reader; None: nothing does
    suppress: Suppression | None = None  # why its address is not written to again
    why: str  # without the address, so that it may be kept for ever


def verdict(
    bounce: Bounce,
    *,
    of: DeliveryKind,
    queued_at: datetime,
    reader: Subscriber | None,
    issues: Sequence[tuple[datetime, Bounce | None]],
    now: datetime,
) -> Verdict:
    """What follows for its reader (None: there is none, or no more) when a delivery comes back.

    `of` and `queued_at` are the delivery's. `issues` are those that went to this reader and were
    accepted or came back, in their order: when each was queued, and what came back of it.
    """
    why = f"{bounce.kind} {bounce.status}".strip()
    if reader is None:
        return Verdict(why=f"{why}, no reader")
    if bounce.kind is BounceKind.COMPLAINT:
        return Verdict(event=Event.LEFT, suppress=Suppression.COMPLAINT, why=why)
    excuse = _excuse(bounce, queued_at, reader)
    if excuse is not None:
        return Verdict(why=f"{why}, {excuse}")
    if of is DeliveryKind.CONFIRMATION:
        # Nobody has said yes at this address. Whoever was a reader before stays where they are.
        in_vain = bounce.kind is BounceKind.DEAD and reader.status is Status.PENDING
        return Verdict(event=Event.ERASED if in_vain else None, why=f"{why}, never confirmed")
    if bounce.kind is BounceKind.DEAD:
        return Verdict(event=Event.BOUNCED, suppress=Suppression.DEAD, why=why)
    return _after_soft(reader, issues, why, now)


def _excuse(bounce: Bounce, queued_at: datetime, reader: Subscriber) -> str | None:
    if bounce.kind is BounceKind.OURS:
        return "not the reader's fault"
    if reader.consent is not None and queued_at < reader.consent.at:
        return "older than their last consent"
    return None


def _after_soft(
    reader: Subscriber, issues: Sequence[tuple[datetime, Bounce | None]], why: str, now: datetime
) -> Verdict:
    agreed = reader.created_at if reader.consent is None else reader.consent.at
    row = _failures_in_a_row([(at, back) for at, back in issues if at >= agreed], now)
    why = f"{why}, {len(row)} issues in a row"
    if sum(back.status == DISABLED for _, back in row) > 1:
        return Verdict(event=Event.BOUNCED, suppress=Suppression.DEAD, why=why)
    if len(row) >= SOFT_ISSUES and row[-1][0] - row[0][0] >= SOFT_TIME:
        # Not suppressed: such mailboxes come back, and with them their owners.
        return Verdict(event=Event.BOUNCED, why=why)
    return Verdict(why=why)


def _failures_in_a_row(
    issues: Sequence[tuple[datetime, Bounce | None]], now: datetime
) -> list[tuple[datetime, Bounce]]:
    """The last issues that came back, down from the newest; one that arrived ends the row.

    One that failed because of us says nothing, nor do those of the last days after it that may
    still come back.
    """
    row: list[tuple[datetime, Bounce]] = []
    for at, back in reversed(issues):
        if back is None or back.kind is BounceKind.COMPLAINT:
            if row or back is not None or now - at >= ARRIVED_AFTER:
                break
        elif back.kind is not BounceKind.OURS:
            row.append((at, back))
    return row[::-1]


# --- issues ------------------------------------------------------------------------------------


def too_many(hard: int, attempted: int) -> bool:
    """Whether so many of an issue's attempted messages came back for good that it must stop.

    Dead addresses and what was refused because of us count alike: both tell mailbox providers that
    a list is not looked after.
    """
    return hard >= PAUSE_LEAST and hard > PAUSE_SHARE * attempted

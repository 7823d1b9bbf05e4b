"""Guesses from plain words that a message of ours came back: for servers that know no standard.

Only what stands before the copy of our message is read, because that copy may say anything. A
server's reply code is evidence; words alone are never enough to call an address dead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as Headers

from digest.feeds.plaintext import to_lines
from digest.mail.bounces import kind_of, says_why
from digest.mail.parts import Part, header_addresses, header_text
from digest.mail.replies import status_of
from digest.model import BounceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What the words of a mail seem to say."""

    kind: BounceKind
    code: int | None  # the server's reply
    status: str  # its enhanced status code, or ""
    words: str
    waits: bool = False  # it is only late


_MOST_TEXT = 8_000  # characters; a reason stands at the beginning
_MOST_WORDS = 500

_SENDERS = re.compile(
    r"mailer-?daemon|post-?master|mail-?daemon|mdaemon|\bmail(er|delivery)\b|smtp"
)
_SUBJECTS = re.compile(
    r"undeliver|deliver[a-z]* (?:status|fail|report|has failed|notif|problem|error)|failure"
    r"|return(?:ed|ing) (?:mail|to sender)|non-?delivery|mail (?:error|system error)|rejected"
    r"|could(?: not|n't) (?:be )?(?:send|sent|deliver)|unzustellbar|user unknown"
    r"|配信(?:不能|エラー|できません|失敗)|送信(?:エラー|できません|失敗)|エラーメール|不達|宛先",
    re.IGNORECASE,
)

# Where the copy of our message begins; "transcript of session" still belongs to the report.
_COPY = re.compile(
    r"^[ \t]*--[^\n]{0,120}?"
    r"(?:copy|original|unsent|undelivered|returned|header|message follows|below)"
    r"|^[ \t>]*(?:return-path|received|message-id|dkim-signature|list-id|mime-version):[ \t]"
    r"|^[ \t]*--[^\n]{0,20}(?:元の|begin|start)",
    re.IGNORECASE | re.MULTILINE,
)
_WAITS = re.compile(
    r"warning message only|will (?:be retried|keep trying|continue (?:to try|trying)|retry)"
    r"|still being retried|do(?:es)? not need to (?:resend|do anything)|not yet been delivered"
    r"|has been delayed|(?:delivery|message)[^.]{0,20} delayed|no action is required"
    r"|再送(?:を試み|します)|遅延",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"(?:^|[\s:>\"'(\[])"
    r"(421|45[0-5]|50[0-4]|521|53[0-5]|541|55[0-9]|57[01])"
    r"(?:[ -]+\(?#?([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)|[ -]+(?=[\w<\"'(\[]))",
    re.ASCII | re.MULTILINE,
)
# Our own headline, quoted: "Spam musubi maker blocked" must not count as the server's words.
_SUBJECT_LINE = re.compile(r"^[ \t>]*(?:subject|件名)[ \t]*[:：].*$", re.IGNORECASE | re.MULTILINE)
_FAILED = re.compile(
    r"(?:could not|couldn't|cannot|can't|unable to|not able to|did not reach) (?:be )?"
    r"(?:send|sent|deliver|the following)|(?:was|wasn't|been|not) (?:not )?delivered|undeliver"
    r"|permanent (?:fatal )?(?:error|failure)|deliver[^.\n]{0,40}failed|has been returned"
    r"|送信でき|配信でき|届けでき|お届けでき|届きません|エラー",
    re.IGNORECASE,
)


def guess(headers: Headers | None, parts: Sequence[Part]) -> Guess | None:
    """What this mail seems to say of a message of ours; None if it does not look like a report.

    Without headers the words are known to be a report's.
    """
    if headers is not None and not _looks_like_a_report(headers):
        return None
    text = _words(parts)
    found = _reply(text)
    if _WAITS.search(text):
        return Guess(kind=BounceKind.SOFT, code=None, status="", words="", waits=True)
    if found is not None:
        return found
    paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n[ \t]*\n", text)]
    telling = [p for p in paragraphs if says_why(p)] or [p for p in paragraphs if _FAILED.search(p)]
    if not telling:
        return None
    kind = kind_of("", None, " ".join(telling))  # never dead: there is no code
    return Guess(kind=kind, code=None, status="", words=telling[0][:_MOST_WORDS])


def _looks_like_a_report(headers: Headers) -> bool:
    senders = " ".join(header_addresses(headers, "From", "Sender")).lower()
    named = header_text(headers, "From").lower()
    return bool(
        _SENDERS.search(senders)
        or "mail delivery" in named
        or "X-Failed-Recipients" in headers
        or _SUBJECTS.search(header_text(headers, "Subject"))
    )


def _words(parts: Sequence[Part]) -> str:
    """What the server itself says, without the copy of our message."""
    texts = [part.text[:_MOST_TEXT] for part in parts if part.kind == "text/plain"]
    if not texts:
        pages = [part.text[:_MOST_TEXT] for part in parts if part.kind == "text/html"]
        texts = [to_lines(page).replace("\n", "\n\n") for page in pages]
    text = _SUBJECT_LINE.sub("", "\n\n".join(texts))
    copy = _COPY.search(text)
    return text[: min(_MOST_TEXT, copy.start() if copy else _MOST_TEXT)]


def _reply(text: str) -> Guess | None:
    """The server's reply in the words, the last one of several: the others led up to it."""
    replies = list(_REPLY.finditer(text))
    with_status = [reply for reply in replies if reply[2]]
    if replies:
        reply = (with_status or replies)[-1]
        code, status, start = int(reply[1]), reply[2] or "", reply.start(1)
    else:
        status = status_of(text)
        if status[:1] not in {"4", "5"}:
            return None
        code, start = None, text.index(status)
    words = _around(text, start)
    return Guess(kind=kind_of(status, code, words), code=code, status=status, words=words)


def _around(text: str, start: int) -> str:
    """The line in which something stands and those after it that belong to it."""
    begin = text.rfind("\n", 0, start) + 1
    paragraph = re.split(r"\n[ \t]*\n", text[begin:].lstrip(), maxsplit=1)[0]
    return " ".join(paragraph.split())[:_MOST_WORDS]

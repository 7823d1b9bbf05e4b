"""What a person wrote in a mail, apart from all that their mail program put around it.

The text part first, else the HTML part as text. Quotes, signatures and the lines by which a
program introduces a quote are left out, whether the answer stands above or below them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.feeds.plaintext import to_lines
from digest.mail.parts import Part, parts_of
from digest.subscribers.reading import Line

_MOST_TEXT = 50_000  # characters; commands stand at one of its ends, and quotes are long
_MOST_LINES = 2_000
_LONGEST = 400  # characters of a line that may introduce a quote


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of a mail's own, and the whole text with what it quotes."""

    lines: tuple[Line, ...]
    whole: str


_QUOTE_TAG = re.compile(r"<(/?)blockquote\b[^<>]*+>", re.IGNORECASE)
# Where Outlook and Yahoo begin a quote without marking its end: a tag of this name or class.
_REST_IS_QUOTED = re.compile(
    r"divRplyFwdMsg|appendonsend|mail-editor-reference-message|yahoo_quoted", re.IGNORECASE
)
_IN_A_TAG = re.compile(r"<[a-z]+\b[^<>]*\b(?:id|class)\s*=[^<>]*", re.IGNORECASE)
_LONGEST_TAG = 500  # characters before the name or class

_WEEKDAY_OR_DATE = (
    r"(?:\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})"
)
# Such as "On Mon, 16 Nov 2026 … wrote:" and "2026/11/16 7:00、Kuruma <a@b.jp>のメール:".
_INTRODUCES = re.compile(
    rf"""(?:
        On\b.{{3,}}\b(?:wrote|writes)\s*[:：]?
      | .{{0,200}}(?:wrote|writes)\s*[:：]
      | .{{0,200}}(?:のメール|のメッセージ|さん(?:は|が)?書きました|書きました|wrote)\s*[:：]
      | {_WEEKDAY_OR_DATE}.{{0,200}}[<＜(].{{1,100}}@.{{1,100}}[>＞)]\s*[:：]
      | Am\b.{{3,}}\bschrieb.{{0,120}}[:：] | Le\b.{{3,}}\ba\ écrit\s*[:：]
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_BEGINS_INTRODUCTION = re.compile(rf"(?:On\b.{{4,}}|{_WEEKDAY_OR_DATE}.{{0,200}})", re.IGNORECASE)
_SEPARATES = re.compile(
    r"-{2,}\s*(?:Original Message|Original Appointment|Reply Message|Forwarded message"
    r"|元のメッセージ|元のメール|オリジナルメッセージ|受信メール|転送メッセージ|返信元メッセージ)"
    r"\s*-{2,}.{0,80}|_{20,}",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(
    r"\*?(?:From|Sent|To|Cc|Subject|Date|Reply-To|Importance|差出人|送信者|送信元|送信日時|送信日"
    r"|日時|日付|宛先|受信者|件名|CC|返信先|優先度)\s*[:：]\*?(?:\s|$|\S).{0,300}",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*[>＞|│≫]")
_SIGNATURE = re.compile(r"(?:--|—|―)\s*")
_RULER = re.compile(r"\s*([-_=*~+#ー―─━＝＊～〜☆★◇◆■□.・]\s?){4,}\s*")
_MOBILE = re.compile(
    r"\s*(?:Sent from (?:my|Yahoo|Mail|Outlook|Samsung|Proton|AOL).{0,80}|Sent (?:with|via) .{0,80}"
    r"|Get Outlook for .{0,80}|Outlook for (?:iOS|Android|Mac)\s*を(?:入手|取得|使用).{0,80}"
    r"|.{0,40}(?:から送信|より送信)(?:しました|されました)?。?|Yahoo!メール.{0,80}|ドコモメール.{0,40}"
    r"|Windows (?:版|用)の?\s*メール.{0,40})\s*",
    re.IGNORECASE,
)


def written(raw: bytes) -> Written:
    """What the sender of a mail wrote in it. Never raises."""
    texts = [part for part in parts_of(raw) if part.kind.startswith("text/") and _is_shown(part)]
    text = next((t for part in texts if part.kind == "text/plain" and (t := part.text).strip()), "")
    if not text:
        html = next((part.text for part in texts if part.kind == "text/html"), "")
        whole = to_lines(html)
        return Written(_own(to_lines(_without_quotes(html))), whole)
    text = text[:_MOST_TEXT]
    return Written(_own(text), text)


def _is_shown(part: Part) -> bool:
    return part.headers.get_content_disposition() != "attachment"


def _without_quotes(html: str) -> str:
    """The markup with a ">" in place of each quote; a quote that never ends is the rest."""
    for found in _REST_IS_QUOTED.finditer(html):
        begin = html.rfind("<", max(0, found.start() - _LONGEST_TAG), found.start())
        if begin >= 0 and _IN_A_TAG.fullmatch(html, begin, found.start()):
            html = f"{html[:begin]}<p>&gt;</p>"
            break
    kept, depth, start = [], 0, 0
    for tag in _QUOTE_TAG.finditer(html):
        if tag[1]:
            depth = max(0, depth - 1)
            start = tag.end()
        else:
            if depth == 0:
                kept.append(html[start : tag.start()])
                kept.append("<p>&gt;</p>")
            depth += 1
    if depth == 0:
        kept.append(html[start:])
    return "".join(kept)


def _own(text: str) -> tuple[Line, ...]:
    """The lines that are neither quoted nor signature, with their numbers."""
    lines = text.splitlines()[:_MOST_LINES]
    own: list[Line] = []
    place = 0
    while place < len(lines):
        line = lines[place][:_LONGEST]
        length = _introduction(lines, place)
        if length:
            place += length
            if not _quote_follows(lines, place):
                break  # nothing marks where the quote ends
            continue
        if _SIGNATURE.fullmatch(line) or (_RULER.fullmatch(line) and _has_words(own)):
            place = _after_signature(lines, place)
            continue
        if not (_QUOTED.match(line) or _RULER.fullmatch(line) or _MOBILE.fullmatch(line)):
            own.append(Line(place + 1, lines[place]))
        place += 1
    return tuple(own)


def _introduction(lines: Sequence[str], place: int) -> int:
    """How many lines introduce a quote here, or 0."""
    line = lines[place][:_LONGEST].strip()
    if _SEPARATES.fullmatch(line):
        return 1 + _header_lines(lines, place + 1)
    if _HEADER_LINE.fullmatch(line):
        headers = _header_lines(lines, place)
        return headers if headers >= 3 else 0
    if _INTRODUCES.fullmatch(line):
        return 1
    if _BEGINS_INTRODUCTION.fullmatch(line):
        for length in (2, 3):  # programs fold it
            together = " ".join(each[:_LONGEST].strip() for each in lines[place : place + length])
            if _INTRODUCES.fullmatch(together):
                return length
    return 0


def _header_lines(lines: Sequence[str], place: int) -> int:
    """How many lines of the headers of a quoted mail follow; blank ones between them count."""
    count = 0
    for number, line in enumerate(lines[place : place + 14], start=1):
        if _HEADER_LINE.fullmatch(line[:_LONGEST].strip()):
            count = number
        elif line.strip():
            break
    return count


def _quote_follows(lines: Sequence[str], place: int) -> bool:
    following = next((line for line in lines[place:] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _has_words(own: Sequence[Line]) -> bool:
    return any(line.text.strip() for line in own)


def _after_signature(lines: Sequence[str], place: int) -> int:
    """Where a signature ends: at the next quote, below which its writer may go on, or nowhere."""
    for number in range(place + 1, len(lines)):
        if _QUOTED.match(lines[number]) or _introduction(lines, number):
            return number
    return len(lines)

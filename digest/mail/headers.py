"""Header lines of a message: encoded, folded, and never more lines than meant.

Non-ASCII text is encoded by `email.header.Header`. The email package's newer folder loses or adds
a space at the folds of about one Japanese subject in twenty.
"""

import re
import textwrap
from email.charset import SHORTEST, Charset
from email.header import Header

MAX_LINE = 76
# Controls, line ends of any kind, and halves of characters: Unicode's Cc, Zl, Zp and Cs.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACES = re.compile(r"[ \u00a0]+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def one_line(text: str) -> str:
    """Text fit for a header: no control characters, no line ends of any kind, no lone surrogates.

    White space is folded into single spaces; what was cut by a control character stays apart.
    """
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def text_header(name: str, text: str) -> str:
    """A header of free text, such as Subject, without its line end."""
    text = one_line(text)
    return f"{name}: {_encode(name, text)}"


def mailbox_header(name: str, phrase: str, inside: str) -> str:
    """A header of a name with something in angle brackets, such as From or List-Id."""
    phrase = one_line(phrase)
    bracket = f"<{inside}>"
    if not phrase:
        return f"{name}: {bracket}"
    shown = _phrase(name, phrase)
    last = shown.rpartition("\n")[2]
    offset = 0 if "\n" in shown else len(name) + 2
    apart = " " if offset + len(last) + 1 + len(bracket) <= MAX_LINE else "\r\n "
    return f"{name}: {shown}{apart}{bracket}"


def plain_header(name: str, value: str) -> str:
    """A header whose value we made ourselves: ASCII (an address may need UTF-8), one line.

    Raises ValueError if it holds a control character: such a value is none of ours.
    """
    if _CONTROL.search(value):
        raise ValueError(f"control character in {name}")
    return f"{name}: {value}"


def _phrase(name: str, phrase: str) -> str:
    if not phrase.isascii() or "=?" in phrase or len(phrase) > MAX_LINE - len(name) - 4:
        return _words(name, phrase)
    if _TOKEN.fullmatch(phrase):
        return phrase
    escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encode(name: str, text: str) -> str:
    """ASCII folded at its spaces where that is possible, else encoded words (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        start = len(name) + 2  # of the header's name, its colon and a space
        lines = textwrap.wrap(
            text,
            MAX_LINE,
            initial_indent=" " * start,
            subsequent_indent=" ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        if all(len(line) <= MAX_LINE for line in lines):
            return "\r\n".join(lines)[start:]
    return _words(name, text)


def _words(name: str, text: str) -> str:
    return Header(text, _utf8(), MAX_LINE, name).encode(linesep="\r\n")


def _utf8() -> Charset:
    """UTF-8 in the shorter of the two encodings.

    Not by its name: how that is encoded is set for the whole process, and a library may set it.
    """
    charset = Charset("utf-8")
    charset.header_encoding = SHORTEST
    return charset

"""Takes a mail apart into its parts, however hostile it is.

Of our own because the email package follows any depth of nesting: a quarter of a megabyte of it
took ten seconds. Here depth and number of parts are limited, every step is linear, and what is cut
off or broken is read as far as it goes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from digest.feeds.decode import decode

_MOST_DEPTH = 4  # a report in a report that a gateway wrapped; nobody honest needs more
_MOST_PARTS = 20
_MOST_HEADER_BYTES = 65_536
_MOST_VALUE = 2_000  # characters of one header; what the email package does with more is quadratic
_MOST_VALUES = 8  # headers of one name
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A part without parts of its own: its headers and its body, still encoded."""

    headers: Headers
    encoded: bytes

    @property
    def kind(self) -> str:
        """The media type in lower case, such as "message/delivery-status"."""
        return self.headers.get_content_type()

    @property
    def text(self) -> str:
        """The body as text with plain line ends. Never raises."""
        self.headers.set_payload(self.encoded.decode("ascii", "surrogateescape"))
        body = self.headers.get_payload(decode=True)
        kind = str(self.headers.get("Content-Type", ""))
        read = decode(body, kind).text if isinstance(body, bytes) else ""
        return read.replace("\r\n", "\n").replace("\r", "\n")


def headers_of(raw: bytes) -> Headers:
    """The headers of a mail. A media type of thousands of characters is none."""
    headers = BytesHeaderParser().parsebytes(_split(raw)[0])
    if len(str(headers.get("Content-Type", ""))) > _MOST_VALUE:
        del headers["Content-Type"]
    return headers


def parts_of(raw: bytes) -> list[Part]:
    """The parts of a mail in their order, at most twenty; a mail without parts is one itself."""
    found: list[Part] = []
    for part in _leaves(raw, 0):
        found.append(part)
        if len(found) == _MOST_PARTS:
            break
    return found


def header_text(headers: Headers, name: str) -> str:
    """A header's value as its reader sees it, on one line; "" where there is none."""
    wanted = name.lower()
    value = next((str(value) for key, value in headers.raw_items() if key.lower() == wanted), "")
    return " ".join(_decoded(value[:_MOST_VALUE]).split())


def header_addresses(headers: Headers, *names: str) -> list[str]:
    """The addresses in these headers."""
    values = [value for name in names for value in headers.get_all(name, [])[:_MOST_VALUES]]
    try:
        return [address for _, address in getaddresses([str(v)[:_MOST_VALUE] for v in values])]
    except RecursionError:  # comments in comments
        return []


def _decoded(value: str) -> str:
    """The words of a header, encoded (RFC 2047) or, as some phones send them, raw.

    Python's own charsets lack ①, ㈱ and the like, which Japanese mail programs write.
    """
    if not value.isascii() or "\x1b" in value:
        return decode(value.encode("utf-8", "surrogateescape")).text
    try:
        words = decode_header(value)
    except (MessageError, ValueError):  # broken base64
        return value
    return "".join(
        word if isinstance(word, str) else decode(word, f"charset={charset}").text
        for word, charset in words
    )


def _leaves(raw: bytes, depth: int) -> Iterator[Part]:
    headers, body = headers_of(raw), _split(raw)[1]
    boundary = headers.get_boundary() if headers.get_content_maintype() == "multipart" else None
    if not boundary:
        yield Part(headers, body)
    elif depth < _MOST_DEPTH:
        mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
        # The line end before a boundary belongs to it (RFC 2046, 5.1.1).
        inner = re.split(rb"(?:^|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
        for ends, piece in zip(inner[1::2], inner[2::2], strict=True):
            if ends is not None:
                return
            yield from _leaves(piece.removeprefix(b"\r").removeprefix(b"\n"), depth + 1)


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Headers and body; a part that begins with a blank line has no headers."""
    if raw.startswith((b"\n", b"\r\n")):
        return b"", raw.lstrip(b"\r\n")
    blank = _BLANK_LINE.search(raw)
    if blank is None:
        return raw[:_MOST_HEADER_BYTES], b""
    return raw[: min(blank.start(), _MOST_HEADER_BYTES)] + b"\n\n", raw[blank.end() :]

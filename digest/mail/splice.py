"""Text parts in base64 that a reader's own values are put into, without encoding the rest anew.

Those values stand in the footer. What comes before the first of them is encoded once for all
readers, and what comes after the last one three times, because base64 takes three bytes at a time.
"""

import binascii
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from digest.issues import marks

_CRLF = "\r\n"
_MARK = re.compile("|".join(map(re.escape, marks.ALL)))

# Bytes of a line of base64 with its 76 characters (RFC 2045, 6.8).
_LINE_BYTES = 57
_LINE = 76


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text part in base64, but for what stands between its first mark and its last."""

    fixed: bytes  # its headers and the lines before the first mark
    pieces: tuple[bytes, ...] = ()  # what stands before each mark, not encoded yet
    marks: tuple[str, ...] = ()
    # What stands after the last mark: 0, 1 or 2 bytes that fill up a group of three, and the lines
    # of the others. Base64 may break its lines anywhere, so these are encoded once, too.
    ends: tuple[tuple[bytes, bytes], ...] = ()


def text_part(subtype: str, text: str) -> TextPart:
    """A text part with its own headers, in base64: it survives every relay and keeps DKIM whole."""
    lines = text.replace(_CRLF, "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    whole = _CRLF.join(lines) + _CRLF
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"{_CRLF}'
        f"Content-Transfer-Encoding: base64{_CRLF}{_CRLF}"
    ).encode()
    first, *others = (piece.encode(errors="replace") for piece in _MARK.split(whole))
    if not others:
        return TextPart(head + _base64(first))
    cut = len(first) // _LINE_BYTES * _LINE_BYTES
    last = others.pop()
    return TextPart(
        fixed=head + _base64(first[:cut]),
        pieces=(first[cut:], *others),
        marks=tuple(_MARK.findall(whole)),
        ends=tuple((last[:taken], _base64(last[taken:])) for taken in range(3)),
    )


def filled(part: TextPart, values: Mapping[str, bytes]) -> list[bytes]:
    """The part with a reader's values. Put in in one pass: no value is read as a mark."""
    if not part.marks:
        return [part.fixed]
    spliced = [piece + values[mark] for piece, mark in zip(part.pieces, part.marks, strict=True)]
    middle = b"".join(spliced)
    taken, end = part.ends[-len(middle) % 3]
    return [part.fixed, _base64(middle + taken), end]


def _base64(raw: bytes) -> bytes:
    text = binascii.b2a_base64(raw, newline=False)
    whole, rest = divmod(len(text), _LINE)
    lines = struct.unpack(f"{_LINE}s" * whole + (f"{rest}s" if rest else ""), text)
    return b"\r\n".join((*lines, b""))  # so it takes two thirds of the time that slices take

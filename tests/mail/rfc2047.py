"""A second opinion on encoded headers: RFC 2047 read word by word, without the email package."""

import base64
import quopri
import re

_WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?([BbQq])\?([!->@-~]*)\?=")
_LONGEST_WORD = 75
_LONGEST_LINE = 78


def unfold(lines: str) -> str:
    """Take the folds out of a header; what is no fold is a line of its own, and wrong here."""
    plain = re.sub(r"\r\n(?=[ \t])", "", lines)
    assert not re.search(r"[\r\n]", plain), "more than one header"
    return plain


def read(lines: str) -> str:
    """The words of one header with its name, as sent; asserts that each line and word is right."""
    assert all(len(line) <= _LONGEST_LINE for line in lines.split("\r\n"))
    value = unfold(lines).partition(":")[2].strip()
    assert value.isascii()
    said = []
    end, after_word = 0, False
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        assert end == 0 or between, "words that touch each other"
        if not (after_word and between.isspace()):
            said.append(between)
        said.append(_decode(found))
        end, after_word = found.end(), True
    return "".join([*said, value[end:]])


def _decode(word: re.Match[str]) -> str:
    charset, encoding, text = word.groups()
    assert len(word[0]) <= _LONGEST_WORD
    if encoding in "Bb":
        raw = base64.b64decode(text, validate=True)
    else:
        raw = quopri.decodestring(text, header=True)
    return raw.decode(charset)  # alone: no character is cut in two (RFC 2047, 5)

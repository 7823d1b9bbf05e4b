"""Bytes to text: what the header, the byte order mark and the document say, weighed against them.

Feeds lie about their encoding, Japanese ones more than others. The bytes have the last word: what
is valid UTF-8 is UTF-8, and a label is believed only if the bytes bear it out. Where there is none,
Japanese encodings are sniffed and no others: valid GB18030 is mostly valid Big5 too. One bad byte
costs one character (U+FFFD), never the feed.
"""

import codecs
import re
from dataclasses import dataclass
from typing import AnyStr

# Labels are looked up here and never in `codecs`, which knows zlib, punycode and other surprises.
# The names follow the WHATWG Encoding Standard where it is wiser than the label: Shift_JIS means
# cp932, ISO-8859-1 means windows-1252.
_CODECS: dict[str, str] = {
    "utf-8": "utf-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "windows-874": "cp874",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    **{f"windows-125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
_ALIASES: dict[str, str] = {  # of labels as _name() folds them
    **dict.fromkeys(("utf8", "utf-8n", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("sjis", "shift-jis", "ms-kanji", "windows-31j", "windows-932"), "shift_jis"),
    **dict.fromkeys(("cp932", "ms932", "csshiftjis", "cswindows31j"), "shift_jis"),
    **dict.fromkeys(("shift-jisx0213", "shift-jis-2004", "ibm943", "cp943c"), "shift_jis"),
    **dict.fromkeys(("eucjp", "ujis", "eucjp-win", "eucjp-ms", "euc-jp-ms"), "euc-jp"),
    **dict.fromkeys(("cp51932", "cseucpkdfmtjapanese", "euc"), "euc-jp"),
    **dict.fromkeys(("jis", "csiso2022jp", "cp50220", "cp50221"), "iso-2022-jp"),
    **dict.fromkeys(("gb2312", "gbk", "cp936", "gb-2312-80", "chinese", "euc-cn"), "gb18030"),
    **dict.fromkeys(("big5-hkscs", "cp950", "cn-big5"), "big5"),
    **dict.fromkeys(("euckr", "ks-c-5601-1987", "ksc5601", "cp949", "uhc"), "euc-kr"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii"), "windows-1252"),
    **dict.fromkeys(("ascii", "ansi", "iso-latin-1", "iso88591"), "windows-1252"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "windows-1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620"), "windows-874"),
    **{f"cp125{n}": f"windows-125{n}" for n in range(9)},
    **{f"iso8859-{n}": f"iso-8859-{n}" for n in range(2, 17)},
    "latin2": "iso-8859-2",
    "latin9": "iso-8859-15",
    "mac": "macintosh",
}
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
)
_JAPANESE = ("shift_jis", "euc-jp")
_OTHER_MULTIBYTE = frozenset({"iso-2022-jp", "gb18030", "big5", "euc-kr"})
_SINGLE_BYTE = frozenset(_CODECS) - {*_JAPANESE, *_OTHER_MULTIBYTE} - {"utf-8", "utf-32"}
_ASCII = bytes(range(128))
_DECLARATION = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\(J)")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー]+")
_PUNCTUATION = re.compile(r"[、。「」]+")  # Chinese has it too
_UNREADABLE = re.compile(r"[\ufffd\ue000-\uf8ff]+")
_UNLIKELY = re.compile(r"[\ufffd｡-ﾟ\ue000-\uf8ff]+")
_BYTES_IN_A_ROW = re.compile(rb"[\x80-\xff]{2,}")
# Characters beyond U+FFFF as two surrogates of three bytes each, as some databases write UTF-8.
_CESU_8 = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_RUN = re.compile(r"[^\x00-\x7f]{2,}")
_COMMON_KANJI = re.compile(rb"[\xb0-\xcf][\xa1-\xfe]")  # of JIS level 1, in EUC-JP

SNIFFED_BYTES = 16 * 1024
TOLERATED = 0.1  # of the characters beyond ASCII may be broken before a label is disbelieved
MIXED = 0.5  # of them in UTF-8 that carries stray bytes; Western text makes no UTF-8 by chance
PLAUSIBLE = 0.1  # share of kana and 、。 in the least Japanese of Japanese texts
CERTAIN = 0.25  # share of kana against a label of another language
IN_A_ROW = 0.5  # of the bytes beyond ASCII: in Western text hardly any, in Japanese most


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, and the encoding in which it was read, by its WHATWG name."""

    text: str
    encoding: str


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read a document's bytes as text. Never raises."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            read = _read(body if name == "utf-32" else body[len(mark) :], name)
            if name != "utf-8" or _broken(read) <= TOLERATED:
                return Decoded(read, name)
    if body[1:4:2] == b"\0\0" and body[0:3:2].isascii() and body[:1] != b"\0":
        return Decoded(_read(body, "utf-16le"), "utf-16le")
    if body[0:3:2] == b"\0\0" and body[1:4:2].isascii() and body[1:2] != b"\0":
        return Decoded(_read(body, "utf-16be"), "utf-16be")
    if b"\x1b" in body and len(_ISO_2022_JP.findall(body)) > len(body.translate(None, _ASCII)):
        return Decoded(_read(body, "iso-2022-jp"), "iso-2022-jp")
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        if b"\xed" in body:
            body = _CESU_8.sub(_join, body)
        name = _weigh(_sample(body), _labels(body, content_type))
        return Decoded(_read(body, name), name)


def _sample(body: bytes) -> bytes:
    """The part that tells: from the first byte beyond ASCII on."""
    first = _BEYOND_ASCII.search(body)
    start = first.start() if first else 0
    return body[start : start + SNIFFED_BYTES]


def _join(halves: re.Match[bytes]) -> bytes:
    """A pair of surrogates as the one character that it means."""
    pair = halves[0].decode("utf-8", "surrogatepass")
    return pair.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _weigh(sample: bytes, labels: list[str]) -> str:
    """The encoding of what is not valid UTF-8: a damaged UTF-8 document or an older encoding."""
    in_utf_8 = _broken(_try(sample, "utf-8"))
    if in_utf_8 <= TOLERATED:
        return "utf-8"
    sniffed, kana = _sniff(sample, damaged=in_utf_8 <= MIXED)
    for name in labels:
        if name in _OTHER_MULTIBYTE and kana < CERTAIN and _broken(_try(sample, name)) <= TOLERATED:
            return name
    if sniffed is not None:
        return sniffed
    for name in labels:
        if name in _JAPANESE and _broken(_read(sample, name)) <= TOLERATED:
            return name  # kanji alone, or too few words to sniff
    if in_utf_8 <= MIXED:
        return "utf-8"
    named = next((name for name in labels if name in _SINGLE_BYTE), "windows-1252")
    western = named == "windows-1252"
    return (western and (_sniff_kanji(sample) or _sniff_bytes(sample))) or named


def _labels(body: bytes, content_type: str) -> list[str]:
    """The encodings that the header and the XML declaration name, as far as we know them."""
    declared = _DECLARATION.search(body.lstrip()[:1024])
    header = _CHARSET.search(content_type)
    labels = [header[1]] if header else []
    if declared:
        labels.append(declared[1].decode("ascii", "replace"))
    return [name for name in map(_name, labels) if name in _CODECS]


def _name(label: str) -> str:
    folded = label.lower().replace("_", "-").removeprefix("x-")
    return _ALIASES.get(folded, folded)


def _read(body: bytes, name: str) -> str:
    return body.decode(_CODECS[name], _JIS_ERRORS if name in _JIS else "replace")


def _try(sample: bytes, name: str) -> str:
    """Read a sample to see whether it is in that encoding.

    In JIS a vendor's characters are looked for only where most can be read without: of other bytes
    that would cost a call for each.
    """
    text = sample.decode(_CODECS[name], "replace")
    return _read(sample, name) if name in _JIS and 0 < _broken(text) <= MIXED else text


def _read_vendor_characters(error: UnicodeError) -> tuple[str, int]:
    """Read ①, ㈱, 髙 and the like, which JIS lacks and every Japanese vendor has added, as cp932.

    An error handler for `codecs`: gives what stands for the bytes that failed, and where to go on.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = bytes(byte & 0x7F for byte in error.object[error.start : error.start + 2])
    shifted = error.object[error.start] >= 0x80
    if len(pair) == 2 and min(pair) > 0x20 and (error.object[error.start + 1] >= 0x80) == shifted:
        row, cell = pair[0] - 0x21, pair[1] - 0x21
        lead = row // 2 + (0x81 if row < 62 else 0xC1)
        trail = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
        text = bytes((lead, trail)).decode("cp932", "replace")
        if len(text) == 1 and text != "\ufffd":
            return text, error.start + 2
    return "\ufffd", error.start + 1


_JIS = frozenset({"euc-jp", "iso-2022-jp"})
_JIS_ERRORS = "digest.jis"
codecs.register_error(_JIS_ERRORS, _read_vendor_characters)


def _broken(text: str) -> float:
    """Which part of the characters beyond ASCII could not be read, 0 to 1."""
    beyond = _beyond_ascii(text)
    return text.count("\ufffd") / beyond if beyond else 0.0


def _beyond_ascii(text: str) -> int:
    """How many characters are not ASCII: the quickest way to count them."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _length(runs: re.Pattern[AnyStr], text: AnyStr) -> int:
    """How many characters of a text, or bytes, belong to such runs."""
    return sum(map(len, runs.findall(text)))


def _sniff(sample: bytes, *, damaged: bool) -> tuple[str | None, float]:
    """The encoding in which these bytes look like Japanese, if there is one; its share of kana.

    `damaged`: they may be UTF-8 that has suffered. That and EUC-JP, read as Shift_JIS, are full of
    half-width kana, which a text in Shift_JIS may have as well.
    """
    texts = {name: _try(sample, name) for name in _JAPANESE}
    ambiguous = damaged or _broken(texts["euc-jp"]) <= TOLERATED
    scores = []
    for name, text in texts.items():
        beyond = _beyond_ascii(text) or 1
        unlikely = _UNLIKELY if ambiguous and name == "shift_jis" else _UNREADABLE
        wrong = _length(unlikely, text) * (2 if ambiguous else 1)
        kana = _length(_KANA, text)
        score = kana + _length(_PUNCTUATION, text) - wrong
        scores.append((score / beyond, name, (kana - wrong) / beyond))
    share, name, kana_share = max(scores)
    return (name if share >= PLAUSIBLE else None), kana_share


def _sniff_kanji(sample: bytes) -> str | None:
    """The encoding in which these bytes are nothing but common kanji, side by side."""
    for name in _JAPANESE:
        text = _try(sample, name)
        beyond = _NON_ASCII.findall(text)
        common = len(_COMMON_KANJI.findall("".join(beyond).encode("euc_jp", "ignore")))
        together = _length(_RUN, text)
        if min(common, together) >= (1 - TOLERATED) * len(beyond):
            return name
    return None


def _sniff_bytes(sample: bytes) -> str | None:
    """The Japanese encoding that these bytes are valid in, if they cannot be Western.

    Nearly every Western text is valid Shift_JIS too, but its accents stand alone.
    """
    beyond = len(sample.translate(None, _ASCII))
    if _length(_BYTES_IN_A_ROW, sample) < IN_A_ROW * beyond:
        return None
    for name in reversed(_JAPANESE):  # much that is valid in EUC-JP is valid in Shift_JIS too
        if not _UNREADABLE.search(_try(sample, name)):
            return name
    return None

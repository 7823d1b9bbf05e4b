"""Bytes to text: what the header, the byte order mark and the document say, weighed against them.

Feeds lie about their encoding, Japanese ones more than others. The bytes have the last word: what
is valid UTF-8 is UTF-8, and a label is believed only if the bytes bear it out. One bad byte costs
one character (U+FFFD), never the feed. Pure.
"""

import re
from dataclasses import dataclass

# Labels are looked up here and never in `codecs`, which knows zlib, punycode and other surprises.
# The names follow the WHATWG Encoding Standard where it is wiser than the label: Shift_JIS means
# cp932, ISO-8859-1 means windows-1252. Several codecs for one name are tried in turn.
_CODECS: dict[str, tuple[str, ...]] = {
    "utf-8": ("utf-8",),
    "utf-16": ("utf-16",),
    "utf-16le": ("utf-16-le",),
    "utf-16be": ("utf-16-be",),
    "shift_jis": ("cp932",),
    "euc-jp": ("euc_jp", "euc_jis_2004"),  # the second knows ①, ㈱ and the other NEC characters
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_2004", "iso2022_jp_ext"),
    "gb18030": ("gb18030",),
    "big5": ("big5hkscs",),
    "euc-kr": ("cp949",),
    "windows-1252": ("cp1252",),
    "windows-1250": ("cp1250",),
    "windows-1251": ("cp1251",),
    "iso-8859-2": ("iso8859_2",),
    "iso-8859-15": ("iso8859_15",),
}
_ALIASES: dict[str, str] = {
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "sjis": "shift_jis",
    "x-sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "ms_kanji": "shift_jis",
    "windows-31j": "shift_jis",
    "cp932": "shift_jis",
    "ms932": "shift_jis",
    "eucjp": "euc-jp",
    "x-euc-jp": "euc-jp",
    "euc_jp": "euc-jp",
    "eucjp-win": "euc-jp",
    "eucjp-ms": "euc-jp",
    "cp51932": "euc-jp",
    "jis": "iso-2022-jp",
    "cp50220": "iso-2022-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "euckr": "euc-kr",
    "ks_c_5601-1987": "euc-kr",
    "iso-8859-1": "windows-1252",
    "iso8859-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "cp1252": "windows-1252",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf16": "utf-16",
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_JAPANESE = ("shift_jis", "euc-jp")
_OTHER_MULTIBYTE = frozenset({"iso-2022-jp", "gb18030", "big5", "euc-kr"})
_SINGLE_BYTE = frozenset(
    {"windows-1250", "windows-1251", "windows-1252", "iso-8859-2", "iso-8859-15"}
)
_ASCII = bytes(range(128))
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\(J)")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー、。「」]")
_UNLIKELY = re.compile(r"[\ufffd｡-ﾟ\ue000-\uf8ff]")  # half-width kana: EUC-JP read as Shift_JIS

SNIFFED_BYTES = 64 * 1024
TOLERATED = 0.1  # of the characters beyond ASCII may be broken before a label is disbelieved
PLAUSIBLE = 0.1  # share of kana and 、。 in the least Japanese of Japanese texts


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, and the encoding in which it was read, by its WHATWG name."""

    text: str
    encoding: str


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read a document's bytes as text. Never raises."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            read = _read(body[len(mark) :], name)
            if name != "utf-8" or _broken(read) <= TOLERATED:
                return Decoded(read, name)
    if body[:2] in {b"<\0", b"{\0"}:
        return Decoded(_read(body, "utf-16le"), "utf-16le")
    if body[:2] in {b"\0<", b"\0{"}:
        return Decoded(_read(body, "utf-16be"), "utf-16be")
    if len(_ISO_2022_JP.findall(body)) > len(body.translate(None, _ASCII)):
        return Decoded(_read(body, "iso-2022-jp"), "iso-2022-jp")
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        name = _weigh(body[:SNIFFED_BYTES], _labels(body, content_type))
        return Decoded(_read(body, name), name)


def _weigh(sample: bytes, labels: list[str]) -> str:
    """The encoding of what is not valid UTF-8: a damaged UTF-8 document or an older encoding."""
    if _broken(_read(sample, "utf-8")) <= TOLERATED:
        return "utf-8"
    for name in labels:
        if name in _OTHER_MULTIBYTE and _broken(_read(sample, name)) <= TOLERATED:
            return name
    sniffed = _sniff(sample)
    if sniffed is not None:
        return sniffed
    for name in labels:
        if name in _JAPANESE and _broken(_read(sample, name)) <= TOLERATED:
            return name  # kanji alone, or too few words to sniff
    return next((name for name in labels if name in _SINGLE_BYTE), "windows-1252")


def _labels(body: bytes, content_type: str) -> list[str]:
    """The encodings that the header and the XML declaration name, as far as we know them."""
    declared = _DECLARATION.search(body[:1024])
    header = _CHARSET.search(content_type)
    labels = [header[1]] if header else []
    if declared:
        labels.append(declared[1].decode("ascii"))
    names = [_ALIASES.get(label.lower(), label.lower()) for label in labels]
    return [name for name in names if name in _CODECS]


def _read(body: bytes, name: str) -> str:
    """Decode with the first codec that fits, or with the one that breaks the least."""
    best = None
    for codec in _CODECS[name]:
        text = body.decode(codec, "replace")
        if "\ufffd" not in text:
            return text
        if best is None or text.count("\ufffd") < best.count("\ufffd"):
            best = text
    return best or ""


def _broken(text: str) -> float:
    """Which part of the characters beyond ASCII could not be read, 0 to 1."""
    beyond = len(_NON_ASCII.findall(text))
    return text.count("\ufffd") / beyond if beyond else 0.0


def _sniff(sample: bytes) -> str | None:
    """The Japanese encoding in which these bytes look like Japanese, if there is one."""
    scores = []
    for name in _JAPANESE:
        text = _read(sample, name)
        beyond = len(_NON_ASCII.findall(text)) or 1
        score = (len(_KANA.findall(text)) - 2 * len(_UNLIKELY.findall(text))) / beyond
        scores.append((score, name))
    score, name = max(scores)
    return name if score >= PLAUSIBLE else None

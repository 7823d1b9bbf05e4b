"""Text to comparable pieces: normal form, terms, numbers with units, and skeletons of names.

English gives stemmed words without stop words, Japanese gives runs of katakana and pairs of kanji
(no analyser: none of those measured was better). Numbers and skeletons are the same in every
language, so that reports in two languages can be compared.
"""

import re
import unicodedata
from typing import NamedTuple

SUMMARY_LIMIT = 300  # characters of a summary that say what it is about; the rest repeats

_ALIKE = str.maketrans("‐‑‒–—−～’‘ʼ“”", "------〜'''\"\"")
_LABEL = re.compile(
    r"【[^】]{1,12}】|\[[^\]]{1,12}\]|\(\d/\d\)"
    r"|^(?:UPDATE|WRAPUP|RPT|REFILE|CORRECTED)[ \d-]*[-:] *"
    r"|^(?:BREAKING|EXCLUSIVE|速報|独自|更新)[:：] *"
)
_TAIL = re.compile(r"\s+[-|]\s+[^-|]{2,40}$")
_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """NFKC with one kind of quote, dash and space, so that spellings compare equal."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).translate(_ALIKE)).strip()


def lower(text: str) -> str:
    """Lower case of the same length, so that offsets hold ("İ" alone would grow)."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def headline(title: str) -> str:
    """A title in normal form without labels (【速報】, "UPDATE 2-") and the outlet's tail."""
    bare = _LABEL.sub("", normalise(title)).strip()
    return _TAIL.sub("", bare) or bare


def copy_key(title: str) -> str:
    """What two copies of one headline share: its letters and digits alone."""
    return "".join(c for c in headline(title).casefold() if c.isalnum())


_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HAN = re.compile(r"[㐀-鿿]")


def guess_language(text: str) -> str:
    """The language where a feed does not say: kana or kanji are read as Japanese."""
    return "ja" if _KANA.search(text) or _HAN.search(text) else "en"


# --- terms -----------------------------------------------------------------------------------

_WORD = re.compile(r"[a-z][a-z0-9'&+-]*[a-z0-9]|[a-z]|\d[\d.,]*\d|\d|[ァ-ヺー]{2,}|[㐀-鿿]+")
_STOP_WORDS = """
    a about after again all also amid among an and any are as at back be been before being but by
    can could did do does down during each even ever every first for from further get gets give
    go goes going got had has have having he her here his how if in into is it its it's just keep
    last latest least less like made make makes many may might more most much must my near new
    news no nor not now of off on once one only or other our out over own per plan plans put puts
    really report reportedly reports s said same say says see seen sees set sets she should since
    so some still such take takes than that the their them then there these they this those
    through time to today too two under until up us use very via was we week were what when where
    whether which while who why will with within would year years yet you your
"""
_STOP = frozenset(_STOP_WORDS.split())
_SUFFIXES = (
    *("ization", "isation", "ational", "fulness", "ements", "ement", "ations", "ation", "ments"),
    *("ment", "ingly", "ness", "ings", "ing", "ies", "ied", "ers", "ed", "er", "es", "s"),
)  # the longest first


def stem(word: str) -> str:
    """An English word without its ending; crude, but the same for all forms of one word."""
    word = word.removesuffix("'s").rstrip("'")
    if len(word) < 4 or not word.isalpha():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)]
            if suffix in {"ies", "ied"}:
                return word + "y"
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def terms(text: str) -> list[str]:
    """The terms of a text in normal form and lower case, in order, repetitions kept."""
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match.group()
        first = word[0]
        if first >= "㐀":
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
        elif first >= "ァ" or first.isdigit():
            found.append(word)
        elif word not in _STOP and (stemmed := stem(word)) not in _STOP:
            found.append(stemmed)
    return found


# --- numbers ---------------------------------------------------------------------------------


class Number(NamedTuple):
    """A figure with its unit; "" is a large bare number."""

    unit: str
    value: float

    def agrees(self, other: "Number") -> bool:
        """Whether two reports may mean the same figure: same unit, within 3 %."""
        return self.unit == other.unit and abs(self.value - other.value) <= 0.03 * max(
            abs(self.value), abs(other.value)
        )


_SCALE_WORDS = {
    1e12: "trillion tn 兆",
    1e9: "billion bn b",
    1e8: "億 亿",
    1e6: "million mn m",
    1e4: "万 萬",
    1e3: "thousand k 千",
}
_UNIT_WORDS = {
    "jpy": "yen 円 ¥ 日元",
    "usd": "dollar dollars usd $ ドル 美元",
    "eur": "euro euros € ユーロ 欧元",
    "cny": "yuan 元 人民元",
    "inr": "rupee rupees ルピー",
    "pct": "% percent pct 割",
    "person": "people jobs workers employees staff positions 人 名",
    "vehicle": "vehicles units cars suvs trucks motorcycles minivans evs 台",
    "plant": "plants factories 工場",
    "gwh": "gwh gigawatt-hours ギガワット時",
    "kwh": "kwh",
    "km": "km キロ",
    "mile": "miles",
}
_SCALES = {word: scale for scale, words in _SCALE_WORDS.items() for word in words.split()}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_scale = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_unit = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_JA_PART = r"\d[\d,]*(?:\.\d+)?(?:兆|億|万|千|亿|萬)"
_NUMBER = re.compile(
    rf"([$¥€])?((?:{_JA_PART})+(?:\d[\d,]*)?|\d[\d,]*(?:\.\d+)?)"
    rf"[ -]?((?:{_scale})(?![a-z]))?[ -]?(?:(?:u\.?s\.? )?({_unit})(?![a-z]))?"
)
_PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)(兆|億|万|千|亿|萬)?")
_NOUN = re.compile(rf"(?:[a-z-]+ )(?:[a-z-]+ )?({_unit})(?![a-z])")
_BARE_FROM = 1000.0  # a smaller number without scale or unit is a model, a day or a rank


def numbers(text: str) -> frozenset[Number]:
    """The figures of a text in normal form and lower case, brought to common units."""
    found = set()
    for match in _NUMBER.finditer(text):
        sign, digits, scale, unit = match.groups()
        value = _value(digits) * _SCALES.get(scale or "", 1.0)
        kind = _UNITS.get(unit or "") or _UNITS.get(sign or "")
        if kind is None and (noun := _NOUN.match(text, match.end() + 1)):
            kind = _UNITS[noun.group(1)]
        if unit == "割":
            value *= 10
        scaled = bool(scale) or not digits.replace(",", "").replace(".", "").isdigit()
        if kind is None and (not scaled or value < _BARE_FROM):
            continue
        found.add(Number(kind or "", value))
    return frozenset(found)


def _value(digits: str) -> float:
    total = 0.0
    for number, scale in _PART.findall(digits):
        total += float(number.replace(",", "")) * _SCALES.get(scale, 1.0)
    return total


# --- skeletons -------------------------------------------------------------------------------

_KANA_SOUNDS = {
    "k": "カガキギクグケゲコゴ",
    "s": "サザスズセゼソゾシジ",
    "t": "タダテデトドチヂツヅ",
    "n": "ナニヌネノン",
    "h": "ハヒフヘホバビブベボヴ",
    "p": "パピプペポ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
}
_KANA_SOUND = {kana: sound for sound, row in _KANA_SOUNDS.items() for kana in row}
_LATIN_SOUND = dict(zip("bcdfghjklmnpqrstvz", "hkthkhskrmnpkrsths", strict=True)) | {"x": "ks"}
_LATIN_PAIRS = (
    *(("tsch", "t"), ("sch", "s"), ("sh", "s"), ("ch", "t"), ("ph", "f"), ("th", "s")),
    *(("ck", "k"), ("ce", "s"), ("ci", "s"), ("ge", "j"), ("gi", "j")),
)
_CAPITALISED = re.compile(r"(?<![A-Za-z'])[A-Z][a-zà-ÿ]{4,}")
_KATAKANA = re.compile(r"[ァ-ヺー]{4,}")
_SKELETON_FROM = 3  # consonants; fewer agree by chance


def skeletons(text: str) -> frozenset[str]:
    """Names as their consonants: Espinosa and エスピノーサ are both "spns"."""
    found = {_latin(word) for word in _CAPITALISED.findall(text)}
    found |= {_katakana(word) for word in _KATAKANA.findall(text)}
    return frozenset(name for name in found if len(name) >= _SKELETON_FROM)


def _latin(word: str) -> str:
    word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if c.isascii())
    for pair, single in _LATIN_PAIRS:
        word = word.replace(pair, single)
    return _squeeze("".join(_LATIN_SOUND.get(c, "") for c in word))


def _katakana(word: str) -> str:
    return _squeeze("".join(_KANA_SOUND.get(c, "") for c in word))


def _squeeze(sounds: str) -> str:
    return re.sub(r"(.)\1+", r"\1", sounds)

"""Text to comparable pieces: normal form, terms, and skeletons of names.

English gives stemmed words without stop words, Japanese gives runs of katakana and pairs of kanji
(no analyser: none of those measured was better). Skeletons are the same in every language, so that
reports in two languages can be compared; figures are for numbers.py.
"""

import re
import unicodedata
from collections.abc import Callable
from itertools import chain
from typing import TypeVar

_REMEMBERED = 50_000  # words; a language's frequent ones come again and again
Made = TypeVar("Made")
SUMMARY_LIMIT = 300  # characters of a summary that say what it is about; the rest repeats

_VARIANTS = "‐‑‒–—―−～’‘ʼ“”"
_ONE_KIND = str.maketrans(_VARIANTS, "-------〜'''\"\"")
_VARIANT = re.compile(f"[{_VARIANTS}]")
_LABEL = re.compile(
    r"【[^】]{1,12}】|\[[^\]]{1,12}\]|\(\d/\d\)"
    r"|^(?:UPDATE|WRAPUP|RPT|REFILE|CORRECTED)[ \d-]*[-:] *"
    r"|^(?:BREAKING|EXCLUSIVE|速報|独自|更新)[:：] *"
)
_LABELS = (
    *("UPDATE", "WRAPUP", "RPT", "REFILE", "CORRECTED", "BREAKING", "EXCLUSIVE"),
    *("速報", "独自", "更新"),
)
_SIGNS = re.compile(r"[\W_]+")
_TAIL = re.compile(r"\s+[-|]\s+[^-|]{2,40}$")


def normalise(text: str) -> str:
    """NFKC with one kind of quote, dash and space, so that spellings compare equal."""
    if not text.isascii():  # ASCII is in normal form
        text = unicodedata.normalize("NFKC", text)
        if _VARIANT.search(text):  # a look costs a tenth of translating
            text = text.translate(_ONE_KIND)
    return " ".join(text.split())


def lower(text: str) -> str:
    """Lower case of the same length, so that offsets hold ("İ" alone would grow)."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def headline(title: str) -> str:
    """A title in normal form without labels (【速報】, "UPDATE 2-") and the outlet's tail."""
    bare = normalise(title)
    # A look at what must be there costs less than trying the patterns at every place.
    if "【" in bare or "[" in bare or "(" in bare or bare.startswith(_LABELS):
        bare = _LABEL.sub("", bare).strip()
    if " - " not in bare and " | " not in bare:
        return bare
    return _TAIL.sub("", bare) or bare


def copy_key(bare: str) -> str:
    """What two copies of one headline share: the letters and digits of the bare title."""
    return _SIGNS.sub("", bare.casefold())


_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HAN = re.compile(r"[㐀-鿿]")
_CHINESE = re.compile(  # signs that Japanese writes otherwise, or not at all
    r"[这们为车产东长动务员销门两发关议设计电击丰业际资购获扩减达进还对时现马铃轮亿"
    r"將廠們這擴與產於從說總營銷關轉佈歐]"
)


def guess_language(text: str) -> str:
    """The language where a feed does not say, by its signs.

    What is written in kanji alone is Japanese, unless some of them are written so in Chinese only.
    """
    if text.isascii():
        return "en"
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "zh" if _CHINESE.search(text) else "ja"
    return "en"


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
_ENDING_IN = {
    letter: [suffix for suffix in _SUFFIXES if suffix[-1] == letter]
    for letter in {suffix[-1] for suffix in _SUFFIXES}
}


def stem(word: str) -> str:
    """An English word without its ending; crude, but the same for all forms of one word."""
    word = word.removesuffix("'s").rstrip("'")
    if len(word) < 4 or not word.isalpha():
        return word
    for suffix in () if word.endswith("ss") else _ENDING_IN.get(word[-1], ()):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if suffix in {"ies", "ied"}:
                return word + "y"
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def terms(text: str) -> list[str]:
    """The terms of a text in normal form and lower case, in order, repetitions kept."""
    return list(chain.from_iterable(map(_TERMS_OF.__getitem__, _WORD.findall(text))))


class _Memory(dict[str, Made]):
    """What is made of words, remembered.

    Every word of every entry is asked for, and asking a dict takes half as long as an lru_cache.
    """

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> Made:
        made = self._make(word)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = made
        return made


def _terms_of(word: str) -> tuple[str, ...]:
    first = word[0]
    if first >= "㐀":
        return tuple([held_once(word[i : i + 2]) for i in range(len(word) - 1)]) or (word,)
    if first >= "ァ" or first.isdigit():
        return (word,)
    if word in _STOP or (stemmed := stem(word)) in _STOP:
        return ()
    return (stemmed,)


_HELD = _Memory(str)
held_once = _HELD.__getitem__  # the same string for the same characters: thousands hold it
_TERMS_OF = _Memory(_terms_of)


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
_KANA_SOUND = dict.fromkeys(range(ord("ァ"), ord("ー") + 1), "") | {
    ord(kana): sound for sound, row in _KANA_SOUNDS.items() for kana in row
}
_LATIN_SOUND = (
    {ord(letter): "" for letter in "aeiouwy"}
    | dict(zip(map(ord, "bcdfghjklmnpqrstvz"), "hkthkhskrmnpkrsths", strict=True))
    | {ord("x"): "ks"}
)
_TWICE = re.compile(r"(.)\1+")
_LATIN_PAIRS = (
    *(("tsch", "t"), ("sch", "s"), ("sh", "s"), ("ch", "t"), ("ph", "f"), ("th", "s")),
    *(("ght", "t"), ("ck", "k"), ("ce", "s"), ("ci", "s"), ("ge", "j"), ("gi", "j")),
)
_CAPITALISED = re.compile(r"[A-Z](?<![A-Za-z'].)[a-zà-ÿ]{4,}")  # a capital is looked for first
_KATAKANA = re.compile(r"[ァ-ヺー]{4,}")
_NAME_WORD = re.compile(r"[A-Za-zÀ-ÿ]+|[ァ-ヺー]+")
_NAME_GAPS = re.compile(r"[ ・]")
_SKELETON_FROM = 3  # consonants; fewer agree by chance


def skeletons(text: str) -> frozenset[str]:
    """Names as their consonants: Espinosa and エスピノーサ are both "spns"."""
    found = {*map(_SOUNDS.__getitem__, _CAPITALISED.findall(text))}
    if not text.isascii():
        found.update(map(_SOUNDS.__getitem__, _KATAKANA.findall(text)))
    return frozenset([name for name in found if len(name) >= _SKELETON_FROM])


def skeleton(name: str) -> str:
    """The consonants of a whole name; "" if they are too few, or some of it is no letter."""
    words = _NAME_WORD.findall(name)
    if sum(map(len, words)) < len(_NAME_GAPS.sub("", name)):
        return ""
    sounds = "".join(map(_sounds, words))
    return sounds if len(sounds) >= _SKELETON_FROM else ""


def _sounds(word: str) -> str:
    return _katakana(word) if word[0] >= "ァ" else _latin(word)


_SOUNDS = _Memory(_sounds)


def _latin(word: str) -> str:
    word = word.lower()
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFD", word) if c.isascii())
    for pair, single in _LATIN_PAIRS:
        if pair in word:
            word = word.replace(pair, single)
    return _TWICE.sub(r"\1", word.translate(_LATIN_SOUND))


def _katakana(word: str) -> str:
    return _TWICE.sub(r"\1", word.translate(_KANA_SOUND))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sets have in common, as Jaccard measures it: 1 if they are equal, 0 if empty."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0

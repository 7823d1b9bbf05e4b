"""Whether reports tell of some words, however they are written.

Japanese is written in more ways than one: half-width or full-width, in katakana or hiragana, with
large or small kana, with a mark for a kana that is said twice (いすゞ), with or without a long
vowel at the end. A person who searches means them all.
"""

import re
import unicodedata
from collections.abc import Iterable

from digest.model import Entry
from digest.stories.tokens import normalise

_HIRAGANA = {code: code + 0x60 for code in (*range(ord("ぁ"), ord("ゖ") + 1), ord("ゝ"), ord("ゞ"))}
_AGAIN = re.compile(r"([ァ-ヶ])([ヽヾ])")
_VOICED = "\N{COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK}"
_SMALL, _LARGE = "ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ"
_DOT = "・"  # between the words of a foreign name, for those who write it
_ALIKE = str.maketrans(_SMALL, _LARGE, _DOT)
_CUT_FROM = 4  # kana; shorter words without their last vowel are other words


def search_key(text: str) -> str:
    """A text with all that writers do differently made one."""
    kana = normalise(text).casefold().translate(_HIRAGANA)
    return _AGAIN.sub(_written_out, kana).translate(_ALIKE)


def _written_out(found: re.Match[str]) -> str:
    """イスヾ as イスズ, which most people type: the mark says the kana before it once more."""
    kana, mark = found.groups()
    return kana + (unicodedata.normalize("NFC", kana + _VOICED) if mark == "ヾ" else kana)


def tell_of(entries: Iterable[Entry], words: str) -> bool:
    """Whether each of the words stands in some headline or summary of these.

    In Japanese, which does not part its words, a piece of a compound counts too.
    """
    text = search_key("\n".join(f"{entry.title} {entry.summary}" for entry in entries))
    return all(_bare(word) in text for word in search_key(words).split())


def _bare(word: str) -> str:
    """コンピューター as コンピュータ, which both spellings hold."""
    return word.removesuffix("ー") if len(word) >= _CUT_FROM else word

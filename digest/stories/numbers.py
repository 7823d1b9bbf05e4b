"""Figures in a text, brought to common units: 13万5000台 and 135,000 vehicles are one number.

They are the same in every language, so that reports in two languages can be compared.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

ALIKE = 0.03  # of the larger of two figures, by which reports of one figure may differ
ROUNDED = 0.1  # of it at most: what "over 130,000" leaves of 135,305
COUNTED = "vehicle"  # the unit by which recalls are told apart
_COUNTS = frozenset({"", COUNTED, "person"})  # "127,000 owners" of as many cars


class Number(NamedTuple):
    """A figure with its unit, 0 or more; the unit "" is that of a large bare number."""

    unit: str
    value: float

    def __str__(self) -> str:
        """It with its unit, for a person: "1,353,050 vehicle"."""
        return f"{self.value:,.15g} {self.unit}".rstrip()

    @property
    def measure(self) -> str:
        """What it measures: equal for all units in which the same figure may be given."""
        return "" if self.unit in _COUNTS else self.unit

    def agrees(self, other: "Number") -> bool:
        """Whether two reports may mean the same figure: a bare number may count anything."""
        bare = "" in (self.unit, other.unit) and self.measure == other.measure
        return (self.unit == other.unit or bare) and same(self.value, other.value)


def same(one: float, other: float) -> bool:
    """Whether two reports may mean the same by these: within 3 %, or one is rounded down."""
    low, high = (one, other) if one < other else (other, one)
    if high - low <= ALIKE * high:
        return True
    if low < high * (1 - ROUNDED):
        return False
    step = 10.0 ** (len(str(int(high))) - 2)  # of two digits
    return step > 1 and low == high // step * step


_SCALE_WORDS = {
    1e12: "trillion trln tn 兆",
    1e9: "billion bln bn b",
    1e8: "億 亿",
    1e7: "crore crores",
    1e6: "million mln mn m",
    1e5: "lakh lakhs",
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
    "vehicle": "vehicles units cars suvs trucks pickups motorcycles scooters minivans evs 台",
    "plant": "plants factories 工場",
    "gwh": "gwh gigawatt-hours ギガワット時",
    "kwh": "kwh",
    "km": "km キロ",
    "mile": "miles",
}
_SCALES = {word: scale for scale, words in _SCALE_WORDS.items() for word in words.split()}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_ANY_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_ANY_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
# Units that begin a word of their own: 「RAV4人気」, 「GR86台湾発売」.
_NO_WORD = "(?!(?<=人)[気材]|(?<=台)[湾数風頭]|(?<=名)(?:古屋|称))"
_JA_PART = r"\d[\d,]*(?:\.\d+)?(?:兆|億|万|千|亿|萬)"
_NUMBER = re.compile(
    rf"([$¥€])?((?:{_JA_PART})+(?:\d[\d,]*)?|\d[\d,]*(?:\.\d+)?)"
    rf"[ -]?((?:{_ANY_SCALE})(?![a-z]))?[ -]?(?:(?:u\.?s\.? )?({_ANY_UNIT})(?![a-z]){_NO_WORD})?"
)
_DIGIT = re.compile(r"\d")
_SIGN = frozenset("$¥€")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)(兆|億|万|千|亿|萬)?")
_NOUN = re.compile(rf"(?:[a-z-]+ )(?:[a-z-]+ )?({_ANY_UNIT})(?![a-z])")
_BARE_FROM = 1000.0  # a smaller number without scale or unit is a model, a day or a rank


class NumberAt(NamedTuple):
    """A number with its place in a text."""

    number: Number
    start: int
    end: int


def numbers_at(text: str) -> Iterator[NumberAt]:
    """The figures of a text in normal form and lower case, brought to common units."""
    end = 0
    # A plain look first: most of a text is no figure.
    while (at := _DIGIT.search(text, end)) and (
        match := _NUMBER.match(text, at.start() - (text[max(at.start() - 1, end)] in _SIGN))
    ):
        end = stop = match.end()
        sign, digits, scale, unit = match.groups()
        value = _value(digits) * _SCALES.get(scale or "", 1.0)
        kind = _UNITS.get(unit or "") or _UNITS.get(sign or "")
        if kind is None and (noun := _NOUN.match(text, end + 1)):
            kind, stop = _UNITS[noun.group(1)], noun.end()
        if unit == "割":
            value *= 10
        scaled = bool(scale) or "," in digits or not digits.replace(".", "").isdigit()
        if not (scaled or sign) and _is_of_name(text, match.start(), unit or ""):
            continue
        if kind is None and (not scaled or value < _BARE_FROM):
            continue
        yield NumberAt(Number(kind or "", value), match.start(), stop)


def numbers(text: str) -> frozenset[Number]:
    """The figures of a text in normal form and lower case, wherever they stand."""
    return frozenset([at.number for at in numbers_at(text)])


def _is_of_name(text: str, start: int, unit: str) -> bool:
    """Whether figures that begin there say which one, not how many: 第3工場, "CX-5 SUVs".

    Letters glued to them need not: Japanese writes no space there, as in EV1000台 and EV50%増.
    """
    before = text[start - 1 : start]
    if before == "-":
        return text[start - 2 : start - 1] in _LETTERS
    spaced = not unit or (unit.isascii() and unit.isalpha())
    return before == "第" or (spaced and before in _LETTERS)


def _value(digits: str) -> float:
    total = 0.0
    for number, scale in _PART.findall(digits):
        total += float(number.replace(",", "")) * _SCALES.get(scale, 1.0)
    return total

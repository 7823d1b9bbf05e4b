"""Says what the figures of a text count, and what was done to it.

The deed is looked for in the clause of a figure, then in its sentence, then in the headline: "Acme
recalls its vans. Some 165,000 have weak springs."
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from digest.model import Entry
from digest.stories.facts import sentences
from digest.stories.numbers import Number, NumberAt, numbers_at
from digest.stories.tokens import normalise

MONEY = frozenset({"jpy", "usd", "eur"})

_SENTENCES = 2  # of a summary, beside the headline: later ones tell of other things
# What numbers.py does not tell, because linking needs no more: small numbers in words, and units
# behind a name ("45,000 Mazda3 sedans") or on the other side (閉鎖工場は7カ所).
_WORDS = (
    *("two", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "eleven", "twelve"),
)
_SPELT = re.compile(
    rf"\b(?<!-)({'|'.join(_WORDS)}) (?:of its |more )?(?:(?!of |or |and )[a-z-]+ ){{0,2}}?"
    r"(?:plants|factories)\b"
)
_SITES = re.compile(
    r"工場(?:は|を|が|数は)?(?:\d+カ所から)?(\d{1,2})カ所|(\d{1,2})カ所の(?:\w{2}|車両)?工場"
)
_UNIT_APART = re.compile(
    r"(?:of (?:its|the) )?(?:[a-z0-9-]+ ){1,3}?(?:(vehicles|cars|sedans|suvs|crossovers|hatchbacks"
    r"|trucks|pickups|minivans|vans|wagons|motorcycles|units)|(jobs|workers|employees|people))\b"
)
# What was done to what is counted, in English words and Japanese ones, which have no edges. Figures
# of different deeds, or of none that we know, are not compared.
_DEEDS = (
    ("close", r"clos(?:e[sd]?|ing|ures?)|shut(?:s|ting|ter\w*)?|mothball\w*", "閉鎖|閉じる|廃止"),
    (
        "cut",
        r"cut(?:s|ting)?|slash\w*|shed(?:s|ding)?|la(?:ys?|id|ying) off|layoffs?|eliminat\w*",
        "削減|減らす",
    ),
    ("lose", r"affected", "失職|失業|解雇|影響"),
    ("hire", r"hir(?:e[sd]?|ing)|creat(?:e[sd]?|ing)|employs?", "雇用|採用"),
    ("recall", r"recall\w*|call(?:s|ed|ing)? back", "リコール|回収|改修"),
    ("probe", r"prob(?:e[sd]?|ing)|investigat\w*", "調査"),
    ("invest", r"invest\w*|spend\w*|spent", "投資|投じ"),
    (
        "build",
        r"buil(?:t|ds?|ding)|assembl(?:e[sd]?|ing)|produc(?:e[sd]?|ing|tion)|mak(?:es?|ing)",
        "生産|製造|年産",
    ),
    (
        "buy",
        (
            r"buy(?:s|ing|outs?|-?backs?)?|bought|acquir\w*|tak(?:es?|ing) over"
            r"|(?:tak(?:es?|ing)|for) (?:[\w%.-]+ ){0,4}stake"
        ),
        "買収|取得|出資",
    ),
    ("sell", r"sells?|selling|sold|sale", "売却|発売"),
    ("sales", r"sales", "販売"),
    ("loss", r"loss(?:es)?|los(?:t|es?|ing)", "赤字|損失"),
    (
        "charge",
        (
            r"charges?|write-?(?:down|off)s?|writ(?:es?|ing|ten) (?:down|off)"
            r"|(?:extraordinary|exceptional|impairment|valuation|one-off) loss(?:es)?"
        ),
        "(?:減損|評価|特別)損失|減損|評価損|特損",  # 損失 alone may be either
    ),
    ("profit", r"profits?|earnings", "利益|黒字|純益"),
    ("revenue", r"revenues?|turnover", "売上|売り上げ|収益"),
    ("worth", r"market (?:value|cap\w*)|in value", "時価総額"),
    ("fine", r"fin(?:e[sd]?|ing)|penalt\w*", "罰金|課徴金|制裁金"),
    ("raise", r"rais\w*|hik(?:e[sd]?|ing)", "引き上げ|値上げ|賃上げ"),
    ("hurt", r"injur\w*|kill\w*|dea(?:d|ths?)", "死亡|負傷|けが"),
)
_DEED = re.compile(
    "|".join(
        rf"(?P<{deed}>\b(?:{english})(?![a-z])|{japanese})" for deed, english, japanese in _DEEDS
    )
)
# What a deed is where this is counted: who cuts plants closes them.
_MEANT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("plant", "cut"): "close",
        ("person", "loss"): "lose",
        ("vehicle", "sales"): "sell",
        **{(money, "sales"): "revenue" for money in MONEY},
    }
)
# Paid for something, as a fine or a dividend is not.
_PAID = re.compile(r"\b(?:pays?|paid|paying) (?:about |around |some |nearly |up to )?$")
_STATES = frozenset({"revenue", "worth"})  # told of figures of their own clause only
# Where a clause ends: beyond it a deed is done to something else. 「販売、」 goes on.
_APART = re.compile(
    r"[;:–—]|,(?!\d)|(?<!販売|総額|上高|利益|収益|赤字|黒字|損失)、"
    r"|(?<=[^\W\da-z]) | (?=[^\W\da-z])"  # a space beside Japanese
    r"|(?<!many )(?<!much )(?<!high )\bas (?!many |much |high |of |part )"
    r"|\b(?:and|after|amid|while|but|despite|because|since) "
)
# What a count takes in: figures that differ in that are of different things.
_BOUNDS = tuple(
    re.compile(words)
    for words in (
        r"\banalysts?\b|\bconsensus\b|アナリスト|市場予想|試算",
        r"\b(?:temporary|contract|agency) (?:staff|workers)\b|派遣|非正規|期間従業員",
        r"\bworldwide\b|\bglobal(?:ly)?\b|世界|グローバル",
        r"\bjapan(?:ese)?\b|\bdomestic\w*|国内|日本",
        r"\bu\.?s\.?\b|\bamerica\w*|米国|北米|全米",
        r"\bchin(?:a|ese)\b|中国",
        r"\beurop\w+|欧州",
        r"\btotal\b|\bcumulative\b|累計|合計|計\d",
        r"\bhalf\b|\bquarter\w*|\bsix months\b|中間|四半期|上期|半期",
        r"\bdaily\b|\bmonth\w*|\ba month\b|月間|毎月|月産",
    )
)
_SENTENCE = re.compile(r"[\n。！？]|[.!?](?=\s)")


def opening(entry: Entry) -> str:
    """An entry's headline and first sentences in normal form, one a line."""
    lines = (entry.title, *sentences(entry.summary)[:_SENTENCES])
    return "\n".join(map(normalise, lines))


class Thing(NamedTuple):
    """What a figure counts, as far as its sentence and the headline say."""

    deed: str  # what is done to it: "recall", "cut", …; "" where none that we know is told
    bounds: frozenset[int]  # which of _BOUNDS are drawn


def thing_of(small: str, at: NumberAt) -> Thing:
    """What a figure of an opening in lower case counts."""
    begin, stop = sentence_around(small, at)
    headline = small.partition("\n")[0]
    told = small[begin:stop]
    deed = _deed_of(told, at.number.unit, at.start - begin, at.end - begin)
    if not deed and begin > len(headline):
        deed = _deed_of(headline, at.number.unit, len(headline), len(headline))
    bounds = [n for n, words in enumerate(_BOUNDS) if words.search(told) or words.search(headline)]
    return Thing(deed, frozenset(bounds))


def _deed_of(told: str, unit: str, start: int, end: int) -> str:
    """The deed that is told nearest to a figure told[start:end]: if one is, in its clause."""
    if told.startswith(" for ", end) and _PAID.search(told[:start]):
        return "buy"
    edges = [edge.span() for edge in _APART.finditer(told)]
    begin = max((after for _, after in edges if after <= start), default=0)
    stop = min((before for before, _ in edges if before >= end), default=len(told))
    near: dict[tuple[bool, int], str] = {}
    for found in _DEED.finditer(told):
        deed = str(found.lastgroup)
        deed = _MEANT.get((unit, deed), deed)
        beyond = found.start() < begin or found.end() > stop
        apart = max(start - found.end(), found.start() - end)
        if apart >= 0 and not (beyond and deed in _STATES):
            near[beyond, apart] = deed
    return near[min(near)] if near else ""


def sentence_around(small: str, at: NumberAt) -> tuple[int, int]:
    """From where to where the sentence of a figure reaches."""
    ends = [found.start() for found in _SENTENCE.finditer(small)]
    begin = max((end for end in ends if end < at.start), default=-1) + 1
    return begin, min((end for end in ends if end >= at.end), default=len(small))


def figures_in(small: str) -> Iterator[NumberAt]:
    """The figures of a text in lower case, each with all that says what it counts."""
    for at in numbers_at(small):
        number, start, end = at
        behind = not number.unit and small[end - 1] == " "
        apart = _UNIT_APART.match(small, end) if behind else None
        if apart is None:
            yield at
        else:
            unit = "vehicle" if apart[1] else "person"
            yield NumberAt(Number(unit, number.value), start, apart.end())
    for spelt in _SPELT.finditer(small):
        yield NumberAt(Number("plant", 2.0 + _WORDS.index(spelt[1])), *spelt.span())
    for sites in _SITES.finditer(small):
        said = sites.lastindex or 0
        yield NumberAt(Number("plant", float(sites[said])), sites.start(said), sites.end())

"""The figures of a story on which its outlets agree or differ.

A figure is told in the words in which an outlet gave it. That independent outlets give the same one
is the best sign that it is right; where they do not, a reader should know. That two figures are of
the same thing has to be seen from their words: a dispute that is none would be worse than silence.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from digest.model import Claim, Figure, Story
from digest.stories.facts import sentences
from digest.stories.numbers import Number, NumberAt, numbers_at
from digest.stories.tokens import lower, normalise

FIGURES = 4
SENTENCES = 2  # of a summary, beside the headline: later ones tell of other things

_COUNTED = frozenset({"jpy", "usd", "eur", "person", "vehicle", "plant", "gwh"})
_SHARED = _COUNTED | {"pct"}
_COMPARABLE = 3.0  # figures further apart are not of one thing
# What numbers.py does not tell, because linking needs no more: small numbers in words, and units
# behind a name ("45,000 Mazda3 sedans") or on the other side (閉鎖工場は7カ所).
_WORDS = (
    *("two", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "eleven", "twelve"),
)
_SPELT = re.compile(
    rf"\b({'|'.join(_WORDS)}) (?:of its |more )?(?:(?!of |or |and )[a-z-]+ ){{0,2}}?"
    r"(?:plants|factories)\b"
)
_SITES = re.compile(
    r"工場(?:は|を|が|数は)?(?:\d+カ所から)?(\d{1,2})カ所|(\d{1,2})カ所の(?:\w{2}|車両)?工場"
)
_PLANT = "工場"
_UNIT_APART = re.compile(
    r"(?:of (?:its|the) )?(?:[a-z0-9-]+ ){1,3}?(?:(vehicles|cars|sedans|suvs|crossovers|hatchbacks"
    r"|trucks|pickups|minivans|vans|wagons|motorcycles|units)|(jobs|workers|employees|people))\b"
)
# What was done to what is counted. Figures of different deeds, or of none that we know, are not
# compared.
_DEEDS = (
    ("close", r"clos(?:e[sd]?|ing|ure)|shut(?:s|ting|ter)?|mothball\w*|閉鎖|閉じる|廃止"),
    ("cut", r"cut(?:s|ting)?|slash\w*|shed(?:s|ding)?|lay(?:s|ing)? off|eliminat\w*|削減|減らす"),
    ("lose", r"los(?:e|es|ing|t) (?:\w+ ){0,2}jobs?|affected|失職|失業|解雇|影響"),
    ("hire", r"hir(?:e[sd]?|ing)|creat(?:e[sd]?|ing)|employs?|雇用|採用"),
    ("recall", r"recall\w*|call(?:s|ed|ing)? back|リコール|回収|改修"),
    ("probe", r"prob(?:e[sd]?|ing)|investigat\w*|調査"),
    ("invest", r"invest\w*|spend\w*|spent|投資|投じ"),
    (
        "build",
        r"buil[dt]s?|building|assembl(?:e[sd]?|ing)|produc\w*|mak(?:e|es|ing)|生産|製造|年産",
    ),
    ("buy", r"buy(?:s|ing)?|bought|acquir\w*|買収|取得|出資"),
    ("sell", r"s(?:ell|old|ale)(?:s|ing)?|販売|売却|発売"),
    ("loss", r"loss(?:es)?|赤字|損失"),
    ("charge", r"charges?\b|write-?(?:down|off)s?|writ(?:es?|ing|ten) (?:down|off)|減損|評価損"),
    ("profit", r"profits?|earnings|利益|黒字|純益"),
    ("revenue", r"revenues?|turnover|売上|売り上げ|収益"),
    ("fine", r"fin(?:e[sd]?|ing)|penalt\w*|罰金|課徴金|制裁金"),
    ("raise", r"rais\w*|hik(?:e[sd]?|ing)|引き上げ|値上げ|賃上げ"),
    ("hurt", r"injur\w*|kill\w*|dea(?:d|ths?)|死亡|負傷|けが"),
)
_DEED = re.compile(
    "|".join(
        f"(?P<{deed}>" + re.sub(r"(^|\|)(?=[a-z])", r"\1\\b", words) + ")" for deed, words in _DEEDS
    )
)
_OF_PLANTS = {"cut": "close"}  # who cuts plants closes them
# Who counts, where it is one of two sides: what it says is told with its name.
_SOURCES = (
    ("union", re.compile(r"\bunions?\b|労組|組合")),
    ("plaintiffs", re.compile(r"\bplaintiffs?\b|\balleg\w+|原告|弁護団")),
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
# "Over a trillion" is no other figure than 1.3 trillion, and does not confirm it.
_OVER, _UNDER = (
    re.compile(r"\b(?:over|more than|at least|above|exceed\w*|upwards? of|topp\w+) *$"),
    re.compile(r"(?:\b(?:up to|as (?:much|many|high) as|at most|less than|under|below)|最大) *$"),
)
# 強, 弱 and 余 after a number, but not where they begin a word of their own: 強制, 弱含み, 余剰.
_OVER_JA = re.compile(
    r"超|以上|を上回|強(?![制化調硬力要行固気いくさまみめ])|余(?![剰地震命波韻裕儀計])"
)
_UNDER_JA = re.compile(r"未満|以下|を下回|弱(?![含体点化気者いくさまみめ])")
_SENTENCE = re.compile(r"[\n。！？]|[.!?](?=\s)")
_IN_A_NAME = re.compile(r"[A-Za-z]-?$")  # "CX-5 cars" are not five


def figures(story: Story, limit: int = FIGURES) -> tuple[Figure, ...]:
    """The figures that two or more owners give: first those on which they differ.

    Owners agree where each of them that gives a figure of the kind gives this one. They differ
    where each says one figure of a kind in its headline or first sentences, all say it of the same
    deed within the same bounds, and the figures are near enough to be of one thing. Shares in per
    cent are of too many things for that. A limit ("over a trillion") that another figure keeps to
    is passed over.
    """
    found = [
        figure
        for unit, told in sorted(_told(story).items())
        if unit in _SHARED
        for figure in _of_unit(unit, told)
    ]
    found.sort(key=lambda one: (one.agreed, -sum(len(claim.outlets) for claim in one.claims)))
    return tuple(found[:limit])


class _Given(NamedTuple):
    """A figure as one owner gives it."""

    number: Number
    words: str
    lang: str
    owner: str
    outlet: str
    of: "_Thing"
    limit: int  # 1: at least so much, -1: at most so much, 0: so much
    source: str

    def allows(self, other: "_Given") -> bool:
        """Whether this is a limit, and the other another figure that keeps to it."""
        mine, others = self.number.value, other.number.value
        return (
            self.limit != 0
            and (others - mine) * self.limit > 0
            and max(mine, others) <= _COMPARABLE * min(mine, others)
        )


class _Thing(NamedTuple):
    """What a figure counts, as far as its sentence says."""

    deed: str  # "" where none that we know is told
    bounds: frozenset[int]  # which of _BOUNDS are drawn


def _told(story: Story) -> dict[str, list[_Given]]:
    """The figures of each unit, each once an owner, in order of publication."""
    told: dict[str, list[_Given]] = {}
    for report in story.reports:
        entry = report.entry
        text = normalise("\n".join((entry.title, *sentences(entry.summary)[:SENTENCES])))
        small = lower(text)
        for number, start, end in sorted(figures_in(small), key=lambda at: at.start):
            if _IN_A_NAME.search(text, 0, start):
                continue
            given = told.setdefault(number.unit, [])
            if not any(one.owner == report.owner and one.number.agrees(number) for one in given):
                words = text[start:end].strip(" -")
                if number.unit == "plant" and entry.lang == "ja" and _PLANT not in words:
                    words = f"{_PLANT}{words}"
                begin, stop = _sentence_around(small, start, end)
                given.append(
                    _Given(
                        number,
                        words,
                        entry.lang,
                        report.owner,
                        entry.outlet,
                        _thing(small[begin:stop], number.unit, start - begin, end - begin),
                        _limit(small, start, end),
                        next(
                            (who for who, said in _SOURCES if said.search(small, begin, stop)), ""
                        ),
                    )
                )
    return told


def _sentence_around(small: str, start: int, end: int) -> tuple[int, int]:
    ends = [found.start() for found in _SENTENCE.finditer(small)]
    begin = max((at for at in ends if at < start), default=-1) + 1
    return begin, min((at for at in ends if at >= end), default=len(small))


def _limit(small: str, start: int, end: int) -> int:
    """Whether a figure is told as a limit, as `_Given.limit` has it."""
    over = _OVER.search(small[:start]) or _OVER_JA.match(small, end)
    under = _UNDER.search(small[:start]) or _UNDER_JA.match(small, end)
    return (over is not None) - (under is not None)


def _thing(told: str, unit: str, start: int, end: int) -> _Thing:
    """What a figure counts: the deed that its sentence tells nearest to it, and its bounds."""
    near = {
        max(start - found.end(), found.start() - end): str(found.lastgroup)
        for found in _DEED.finditer(told)
        if found.end() <= start or found.start() >= end
    }
    deed = near[min(near)] if near else ""
    bounds = frozenset(n for n, words in enumerate(_BOUNDS) if words.search(told))
    return _Thing(_OF_PLANTS.get(deed, deed) if unit == "plant" else deed, bounds)


def deed_of(small: str, at: NumberAt) -> str:
    """What is done to what a figure counts: "recall", "cut", …; "" for what we do not know."""
    begin, stop = _sentence_around(small, at.start, at.end)
    return _thing(small[begin:stop], at.number.unit, at.start - begin, at.end - begin).deed


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


def _of_unit(unit: str, told: Sequence[_Given]) -> list[Figure]:
    told = [given for given in told if not any(map(given.allows, told))]
    claims: list[list[_Given]] = []  # those that agree, in order
    for given in told:
        alike = next((c for c in claims if c[0].number.agrees(given.number)), None)
        if alike is None:
            claims.append([given])
        else:
            alike.append(given)
    claims.sort(key=lambda alike: -len(alike))
    owners = {given.owner for given in told}
    single = len(owners) == len(told)
    if len(claims) > 1 and unit in _COUNTED and single and _of_one_thing(told, claims):
        return [Figure(unit=unit, claims=tuple(map(_claim, claims)))]
    # Where somebody gives another figure only, nobody can say that outlets agree.
    agreed = [alike for alike in claims if len(alike) > 1 and {g.owner for g in alike} == owners]
    return [Figure(unit=unit, claims=(_claim(alike),)) for alike in agreed]


def _of_one_thing(told: Sequence[_Given], claims: Sequence[Sequence[_Given]]) -> bool:
    values = [alike[0].number.value for alike in claims]
    things = {given.of for given in told}
    near = 0 < max(values) <= _COMPARABLE * min(values)
    return near and len(things) == 1 and all(thing.deed for thing in things)


def _claim(alike: Sequence[_Given]) -> Claim:
    return Claim(
        words={given.lang: given.words for given in reversed(alike)},  # the first of each stays
        value=alike[0].number.value,
        outlets=tuple(given.outlet for given in alike),
        source=alike[0].source if len({given.source for given in alike}) == 1 else "",
    )

"""One label for all spellings of a car, plant or person of a company.

A lexicon lists names as they are written, and lists some of them apart because they need other
context: "Leaf" and 日産リーフ, "Mirai" and "Mirai fuel", 三部敏宏 and 三部氏.
Linking compares labels.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from digest.stories.lexicon import Company, Sort
from digest.stories.tokens import skeleton

_KATAKANA = re.compile(r"[ァ-ヺー・]{3,}")
_KANJI = re.compile(r"[一-龥々]{1,3}")
_GIVEN = re.compile(r"[ぁ-ゖァ-ヺー一-龥々]{,3}")  # name behind a surname, if any
_RANK = re.compile(r"[元前副名誉]*(?:社長|会長|相談役|氏|CEO|CFO|COO|被告)$")
_SORT = re.compile(r"(?<=\w)(?: [a-z]+)+$")  # what it is: "Mirai fuel", "Noah minivan"
_NEW = re.compile(r"^(?:新型|次期)")
_BETWEEN = " ・の"  # maker and car


def labels_of(company: Company) -> dict[str, str]:
    """For each label of a car, plant or person: the one for all its spellings.

    Two labels are one that differ in capitals, or in the maker, a rank or a kind beside the name;
    or where one has spellings in Latin letters only, the other in katakana only, and these sound
    alike: Tundra, タンドラ.
    """
    spelt: dict[str, list[str]] = {}
    for alias in company.aliases:
        if alias.sort is not Sort.NAME:
            spelt.setdefault(alias.label, []).append(alias.text)
    found = _without_maker(company, spelt)
    _join_capitals(found)
    _join_sounds(found, spelt)
    _join_bare(found, spelt, company)
    _join_surnames(found, spelt, company)
    return {label: _end(found, first) for label, first in found.items()}


def _without_maker(company: Company, spelt: Iterable[str]) -> dict[str, str]:
    return {label: label for label in spelt} | company.cars()


def _join_capitals(found: dict[str, str]) -> None:
    first: dict[str, str] = {}
    for label, known in found.items():
        found[label] = first.setdefault(known.casefold(), known)


def _join_sounds(found: dict[str, str], spelt: Mapping[str, Sequence[str]]) -> None:
    latin: dict[tuple[str, bool], set[str]] = {}
    for label, texts in spelt.items():
        if all(map(str.isascii, texts)):
            latin.setdefault(_sound(found[label]), set()).add(found[label])
    for label, texts in spelt.items():
        alike = latin.get(_sound(label), set())
        if len(alike) == 1 and all(map(_KATAKANA.fullmatch, texts)):
            (found[label],) = alike


def _join_bare(found: dict[str, str], spelt: Mapping[str, Sequence[str]], company: Company) -> None:
    """Join a label to that of the same name without what is beside it."""
    label_of = {text: label for label, texts in spelt.items() for text in texts}
    label_of |= {known: label for label, known in found.items() if known not in label_of}
    makers = [one.text for one in company.aliases if one.sort is Sort.NAME]
    for label, texts in spelt.items():
        for text in texts:
            bare = label_of.get(_bare(text, makers), label)
            if _end(found, bare) != _end(found, label):
                found[_end(found, label)] = found[label] = _end(found, bare)
                break


def _bare(text: str, makers: Iterable[str]) -> str:
    """A name without its maker, its rank, or what kind of thing it is."""
    maker = max((m for m in makers if text.startswith(m)), key=len, default="")
    name = text[len(maker) :].lstrip(_BETWEEN) or text
    for beside in (_RANK, _SORT, _NEW):
        name = beside.sub("", name) or name
    return name


def _join_surnames(
    found: dict[str, str], spelt: Mapping[str, Sequence[str]], company: Company
) -> None:
    """Join 三部氏 and 三部社長 to the one person of the company who is called so, if one is."""
    people = dict.fromkeys(one.label for one in company.aliases if one.sort is Sort.PERSON)
    surnames = {label: _RANK.sub("", label) for label in people}
    for label, surname in surnames.items():
        if surname == label or not _KANJI.fullmatch(surname):
            continue
        bearers = {
            _end(found, other)
            for other in people
            if surnames[other] != surname and any(_is_of(text, surname) for text in spelt[other])
        }
        if not bearers:
            bearers = {_end(found, next(one for one in people if surnames[one] == surname))}
        if len(bearers) == 1:
            (found[_end(found, label)],) = bearers


def _is_of(text: str, surname: str) -> bool:
    """Whether this may be a person's name of that surname: 永守グローバル is a company's."""
    name = _RANK.sub("", text)
    return name.startswith(surname) and _GIVEN.fullmatch(name, len(surname)) is not None


def _end(found: Mapping[str, str], label: str) -> str:
    """Where the chain of labels from this one ends."""
    while found.get(label, label) != label:
        label = found[label]
    return label


def _sound(name: str) -> tuple[str, bool]:
    """Equal for spellings of one name in two scripts: its consonants, and how it begins."""
    return skeleton(name) or name, name[0].lower() in "aeiouwyアイウエオワヤユヨ"

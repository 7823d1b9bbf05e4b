"""How companies are called: each alias of the lexicon as something to find in a text."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import Self

from msgspec import Struct

from digest.model import CompanyId
from digest.stories.lexicon import Alias, Lexicon, Sort
from digest.stories.match import Hit, Pattern
from digest.stories.text import Span
from digest.stories.tokens import skeleton

_SHORT = 4  # letters; a short name in capitals (GM, NIO) is a word in small ones
_FEATURES = frozenset(Sort) - {Sort.NAME, Sort.SUBSIDIARY}  # of a company, and not it
_LESS = {Sort.MODEL: 0.8, Sort.PERSON: 0.8, Sort.PLANT: 0.8}


class Spelling(Struct, frozen=True, gc=False):  # a lexicon has six thousand
    """An alias of a company, with what finding it means."""

    company: CompanyId
    alias: Alias
    rule: str  # as a person reads it
    share: float  # what it counts of a company's own name
    feature: str  # "toyota/Prius": the brand, model, person or plant; "" for the company itself
    weak: bool  # something beside it must say that it is meant

    @classmethod
    def of(cls, company: CompanyId, alias: Alias) -> Self:
        """The spelling that an alias of a company is."""
        feature = f"{company}/{alias.label}" if alias.sort in _FEATURES else ""
        rule = f"{alias.sort} {alias.text}"
        return cls(
            company, alias, rule, _LESS.get(alias.sort, 1.0), feature, alias.plain or alias.shared
        )


class Found(Struct, frozen=True, gc=False):
    """A company's name in a text, with the verdict on it."""

    name: Spelling
    span: Span
    refused: str | None = None  # why it is not the company
    compared: str | None = None  # the words that make it a comparison

    @property
    def acts(self) -> bool:
        """Whether it is the company, and not only compared."""
        return self.refused is None and self.compared is None


Named = Hit[Spelling | None]  # None: a longer name that only swallows shorter ones


def whole_names(hits: list[Named]) -> list[Named]:
    """Names in order, without those inside a longer one; an alias wins over a block."""
    reached = 0
    for start, end, _ in hits:  # they come in order of their ends
        if start < reached:
            break
        reached = end
    else:
        return hits
    taken: list[Named] = []
    ranked = [(start - end, start, name is None, at) for at, (start, end, name) in enumerate(hits)]
    for *_, at in sorted(ranked):
        start, end, _ = hits[at]
        for begin, close, _ in taken:
            if start < close and begin < end:
                break
        else:
            taken.append(hits[at])
    return sorted(taken, key=itemgetter(0))


def _labelled(aliases: Iterable[Alias]) -> Iterator[Alias]:
    """The aliases, where labels that sound alike in two scripts are one: Tundra and タンドラ."""
    labels: dict[str, str] = {}  # by sound
    for alias in aliases:
        sound = skeleton(alias.label) if alias.sort in _FEATURES else ""
        label = labels.setdefault(sound, alias.label) if sound else alias.label
        other = _is_japanese(label) != _is_japanese(alias.label)
        yield replace(alias, label=label) if other else alias


def _is_japanese(label: str) -> bool:
    return max(label, default="") >= "ァ"


def _has_plural(alias: Alias) -> bool:
    """Whether several of it are spoken of: "three Nissans", "Camrys recalled".

    A plain word with an s is too often another word: chargers, notes, rangers.
    """
    if alias.sort is Sort.NAME:
        return alias.shared
    return alias.sort is Sort.MODEL and not alias.plain


def patterns(lexicon: Lexicon) -> Iterator[Pattern[Spelling | None]]:
    """What to look for: every spelling of every company, and what swallows one."""
    for company in lexicon.companies.values():
        for alias in _labelled(company.aliases):
            cased = alias.plain or (len(alias.text) <= _SHORT and alias.text.isupper())
            yield Pattern(
                alias.text,
                Spelling.of(company.id, alias),
                plural=_has_plural(alias),
                strict=True,
                cased=cased,
            )
        for block in company.blocks:
            yield Pattern(block, None)

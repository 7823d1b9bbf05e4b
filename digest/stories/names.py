"""Finds companies in a text: by every name they go by, without their namesakes."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Self

from digest.model import CompanyId
from digest.stories.guard import Guards
from digest.stories.lexicon import Alias, Lexicon, Sort
from digest.stories.match import Hit, Pattern
from digest.stories.phrases import Segment, Span, Text

_SHORT = 4  # letters; a short name in capitals (GM, NIO) is a word in small ones
_LIST = re.compile(r"(?:'s|、|,|と|や|・|/|&| and | or |, and |および)*\s*")
_PLAIN = "a plain word without the company or its trade beside it"


_FEATURES = frozenset(Sort) - {Sort.NAME, Sort.SUBSIDIARY}  # of a company, and not it
_LESS = {Sort.MODEL: 0.8, Sort.PERSON: 0.8, Sort.PLANT: 0.8}


class Name(NamedTuple):
    """An alias of a company, with what finding it means."""

    company: CompanyId
    alias: Alias
    rule: str  # as a person reads it
    share: float  # what it counts of a company's own name
    feature: str  # "toyota/Prius": the brand, model, person or plant; "" for the company itself

    @classmethod
    def of(cls, company: CompanyId, alias: Alias) -> Self:
        """The name that an alias of a company is."""
        feature = f"{company}/{alias.label}" if alias.sort in _FEATURES else ""
        rule = f"{alias.sort} {alias.text}"
        return cls(company, alias, rule, _LESS.get(alias.sort, 1.0), feature)


class Found(NamedTuple):
    """A company's name in a text, with the verdict on it."""

    name: Name
    span: Span
    refused: str | None = None  # why it is not the company
    compared: str | None = None  # the words that make it a comparison


Named = Hit[Name | None]  # None: a longer name that only swallows shorter ones


class NameFinder:
    """All names of a lexicon, ready to judge where they are found."""

    def __init__(self, lexicon: Lexicon, guards: Guards) -> None:
        self._guards = guards
        self.patterns = tuple(_patterns(lexicon))
        field = lexicon.relevance.field
        self._context = {
            company.id: tuple(f"@{key}" for key in company.context or field)
            for company in lexicon.companies.values()
        }

    def judge(
        self,
        text: Text,
        lang: str,
        hits: Sequence[Named],
        segments: Sequence[Segment],
        concepts: AbstractSet[str],
    ) -> list[Found]:
        """Each name with its verdict: the company, a namesake, or a mere comparison."""
        if not hits:
            return []
        found: list[Found] = []
        sure = set()
        plain = False
        asked = self._guards.asked(concepts)
        for start, end, name in hits:
            if name is None:
                continue
            alias = name.alias
            if alias.lang and alias.lang != lang:
                continue
            guard = self._guards.refuse(text.whole, start, end, alias.text, asked)
            why = None if guard is None else guard.why
            found.append(Found(name, (start, end), why))
            if guard is None and not alias.plain:
                sure.add(name.company)
            plain = plain or alias.plain
        if plain:
            found = [
                one
                if one.refused or not one.name.alias.plain or one.name.company in sure
                else self._vouch(one, segments, company_beside=bool(sure))
                for one in found
            ]
        return self._compare(text, found)

    def _vouch(self, found: Found, segments: Sequence[Segment], *, company_beside: bool) -> Found:
        """A plain word is the company's only beside a concept that is not that word itself.

        A shared name (Mitsubishi) is vouched for by any other company, too.
        """
        alias, (start, end) = found.name.alias, found.span
        if company_beside and alias.sort is Sort.NAME and not alias.needs_company:
            return found
        for segment in () if alias.needs_company else segments:
            for key in self._context[found.name.company]:
                beside = segment.get(key)
                if beside and (beside[1] <= start or beside[0] >= end):
                    return found
        return found._replace(refused=_PLAIN)

    def _compare(self, text: Text, found: Sequence[Found]) -> list[Found]:
        """Mark the names that are compared, and those listed after such a one."""
        marked: list[Found] = []
        before: Found | None = None
        for one in found:
            cue = None
            if one.refused is None:
                cue = self._guards.compared(text.small, *one.span)
                if cue is None and before is not None and before.compared:
                    between = text.whole[before.span[1] : one.span[0]]
                    cue = before.compared if between and _LIST.fullmatch(between) else None
            before = one if cue is None else one._replace(compared=cue)
            marked.append(before)
        return marked


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
    for hit in sorted(hits, key=lambda h: (h[0] - h[1], h[0], h[2] is None)):
        if all(hit[1] <= other[0] or hit[0] >= other[1] for other in taken):
            taken.append(hit)
    return sorted(taken, key=lambda h: h[0])


def _patterns(lexicon: Lexicon) -> Iterator[Pattern[Name | None]]:
    for company in lexicon.companies.values():
        for alias in company.aliases:
            cased = alias.plain or (len(alias.text) <= _SHORT and alias.text.isupper())
            yield Pattern(alias.text, Name.of(company.id, alias), strict=True, cased=cased)
        for block in company.blocks:
            yield Pattern(block, None)

"""Finds companies in a text: by every name they go by, without their namesakes."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from digest.model import CompanyId
from digest.stories.guard import Guards
from digest.stories.lexicon import Alias, Lexicon, Sort
from digest.stories.match import Hit, Matcher, Pattern
from digest.stories.phrases import Segment, Span, Text

_SHORT = 4  # letters; a short name in capitals (GM, NIO) is a word in small ones
_LIST = re.compile(r"(?:'s|、|,|と|や|・|/|&| and | or |, and |および)*\s*")
_PLAIN = "a plain word without the company or its trade beside it"


class Name(NamedTuple):
    """An alias of a company; without one, a longer name that only swallows shorter ones."""

    company: CompanyId | None
    alias: Alias | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A company's name in a text, with the verdict on it."""

    company: CompanyId
    alias: Alias
    span: Span
    refused: str | None = None  # why it is not the company
    compared: str | None = None  # the words that make it a comparison


class NameFinder:
    """All names of a lexicon, ready to look for."""

    def __init__(self, lexicon: Lexicon, guards: Guards) -> None:
        self._guards = guards
        self._matcher: Matcher[Name] = Matcher(_patterns(lexicon))
        field = lexicon.relevance.field
        self._context = {
            company.id: tuple(f"@{key}" for key in company.context or field)
            for company in lexicon.companies.values()
        }

    def hits(self, text: Text) -> list[Hit[Name]]:
        """Names in order, without those inside a longer one; an alias wins over a block."""
        taken: list[Hit[Name]] = []
        hits = self._matcher.find(text.whole, text.small)
        for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.key.company is None)):
            if all(hit.end <= other.start or hit.start >= other.end for other in taken):
                taken.append(hit)
        return sorted(taken, key=lambda h: h.start)

    def judge(
        self,
        text: Text,
        lang: str,
        hits: Sequence[Hit[Name]],
        segments: Sequence[Segment],
        concepts: Collection[str],
    ) -> list[Found]:
        """Each name with its verdict: the company, a namesake, or a mere comparison."""
        found = []
        for start, end, (company, alias) in hits:
            if company is None or alias is None or alias.lang not in {"", lang}:
                continue
            guard = self._guards.refuse(text.whole, start, end, alias.text, concepts)
            why = None if guard is None else guard.why
            found.append(Found(company=company, alias=alias, span=Span(start, end), refused=why))
        sure = {f.company for f in found if f.refused is None and not f.alias.plain}
        vouched = [
            name
            if name.refused or not name.alias.plain or name.company in sure
            else self._vouch(name, segments, company_beside=bool(sure))
            for name in found
        ]
        return self._compare(text, vouched)

    def _vouch(self, name: Found, segments: Sequence[Segment], *, company_beside: bool) -> Found:
        """A plain word is the company's only beside a concept that is not that word itself.

        A shared name (Mitsubishi) is vouched for by any other company, too.
        """
        if company_beside and name.alias.sort is Sort.NAME and not name.alias.needs_company:
            return name
        for found in () if name.alias.needs_company else segments:
            for key in self._context[name.company]:
                span = found.get(key)
                if span and (span.end <= name.span.start or span.start >= name.span.end):
                    return name
        return replace(name, refused=_PLAIN)

    def _compare(self, text: Text, found: Sequence[Found]) -> list[Found]:
        """Mark the names that are compared, and those listed after such a one."""
        marked: list[Found] = []
        before: Found | None = None
        for name in found:
            cue = None
            if name.refused is None:
                cue = self._guards.compared(text.small, *name.span)
                if cue is None and before is not None and before.compared:
                    between = text.whole[before.span.end : name.span.start]
                    cue = before.compared if between and _LIST.fullmatch(between) else None
            before = name if cue is None else replace(name, compared=cue)
            marked.append(before)
        return marked


def _patterns(lexicon: Lexicon) -> Iterator[Pattern[Name]]:
    for company in lexicon.companies.values():
        for alias in company.aliases:
            cased = alias.plain or (len(alias.text) <= _SHORT and alias.text.isupper())
            yield Pattern(alias.text, Name(company.id, alias), strict=True, cased=cased)
        for block in company.blocks:
            yield Pattern(block, Name(None, None))

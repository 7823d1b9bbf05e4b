"""What a company's people and plants say of it, and what a text only tells in the background.

"Honda's Mibe" is the carmaker and "Honda of Osaka" may be anybody: a person or a place of the
company's own just behind its name vouches for it, where the name alone says too little.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from digest.model import CompanyId
from digest.stories.lexicon import Alias, Company, Lexicon, Sort
from digest.stories.phrases import Text
from digest.stories.spelling import Found, Spelling

LATER = "in a later sentence, apart from those whom the title names"

_SHORTEST = 3  # letters of a surname
_BEHIND = 32  # characters behind a name that are looked at
_OFFICE = r"(?:CEO|COO|CFO|chief|president|chairman|chair|boss|head|executive|exec|vice|new|'s) ?"
_WORD = re.compile(rf"(?:'s)? ?(?:{_OFFICE})*([A-Z][\w-]+)", re.IGNORECASE)
_CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)?")
_FULL_NAME = re.compile(r"[A-Z][\w.'-]+(?: [A-Z][\w.'-]*)* ([A-Z][a-z]+)")
_PLANT = re.compile(r"(.{2,}?) ?(?:plant|工場|製作所)")
_BACK = re.compile(
    r"\b(?:its|their|a|the) (?:\w+ )?"
    r"(?:parent|partners?|affiliates?|subsidiary|unit|owner|venture)\b"
    r"|\b(?:both|the two|the pair|the companies|together|jointly)\b"
    r"|両社|同社|[23三]社|親会社|子会社|傘下|共同で|と組|向けに|に供給",
    re.IGNORECASE,
)


class Leaders:
    """The surnames of each company's people and the places of its plants."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._offices = frozenset(lexicon.relevance.offices)
        self._surnames: dict[str, dict[CompanyId, str]] = defaultdict(dict)
        self._behind: dict[CompanyId, frozenset[str]] = {}
        for company in lexicon.companies.values():
            people = dict(_surnames(company))
            for surname, label in people.items():
                self._surnames[surname][company.id] = label
            self._behind[company.id] = frozenset([*people, *_places(company)])

    def beside(self, text: Text, found: Found) -> bool:
        """Whether one of the company's own people or plants stands just behind its name."""
        company, alias, *_ = found.name
        if alias.sort is not Sort.NAME:
            return False
        own, end = self._behind[company], found.span[1]
        after = text.whole[end : end + _BEHIND]
        word = _WORD.match(after)
        if word and word[1] in own:
            return True
        return not after.isascii() and any(after.startswith(place) for place in own)

    def named_together(
        self, text: Text, refused: Sequence[Found], concepts: AbstractSet[str]
    ) -> list[Found]:
        """Two people of one company in a title about a change of office: they mean the company.

        One surname alone is anybody's, and so are two where a name was refused.
        """
        if self._offices.isdisjoint(concepts) or any(not one.name.alias.plain for one in refused):
            return []
        found: dict[CompanyId, dict[str, Found]] = defaultdict(dict)
        for word in _CAPITAL.finditer(text.whole, 0, text.title):
            for company, label in self._surnames.get(word[0], {}).items():
                alias = Alias(text=word[0], label=label, sort=Sort.PERSON)
                spelling = Spelling.of(company, alias)
                found[company].setdefault(word[0], Found(spelling, word.span()))
        named = [list(people.values()) for people in found.values() if len(people) > 1]
        return named[0] if len(named) == 1 else []


def set_back(text: Text, found: list[Found]) -> list[Found]:
    """Mark the companies that only a later sentence names, where the title names others.

    Such a sentence tells of the market or of rivals, unless it names one of the title's companies
    as well, or refers to them: "its parent", 「両社」.
    """
    if len(found) < 2 or len(text.cuts) < 2 or found[-1].span[0] < text.cuts[1]:
        return found
    first = text.cuts[1]  # where the second sentence of the summary begins
    leading = {one.name.company for one in found if _acts(one) and one.span[0] < text.title}
    early = {one.name.company for one in found if one.span[0] < first}
    if not leading:
        return found
    apart = {
        (begin, end)
        for begin, end in zip(text.cuts[1:], (*text.cuts[2:], len(text.whole)), strict=True)
        if not _BACK.search(text.whole, begin, end)
        and not any(begin <= one.span[0] < end and one.name.company in leading for one in found)
    }
    return [
        one._replace(compared=LATER)
        if one.name.company not in early
        and _acts(one)
        and any(begin <= one.span[0] < end for begin, end in apart)
        else one
        for one in found
    ]


def _acts(found: Found) -> bool:
    return found.refused is None and found.compared is None


def _surnames(company: Company) -> Iterator[tuple[str, str]]:
    names = {alias.text for alias in company.aliases if alias.sort is Sort.NAME}
    for alias in company.aliases:
        full = _FULL_NAME.fullmatch(alias.text) if alias.sort is Sort.PERSON else None
        if full and len(full[1]) >= _SHORTEST and full[1] not in names:
            yield full[1], alias.label


def _places(company: Company) -> Iterator[str]:
    """Oppama of "Oppama plant", 追浜 of 追浜工場."""
    names = {alias.text for alias in company.aliases if alias.sort is Sort.NAME}
    for alias in company.aliases:
        if alias.sort is Sort.PLANT:
            place = _PLANT.fullmatch(alias.text)
            bare = place[1] if place else alias.text
            if bare not in names:
                yield bare

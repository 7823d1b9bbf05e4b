"""What a company's people and plants say of it, and what a text only tells in the background.

"Honda's Mibe" is the carmaker and "Honda of Osaka" may be anybody: a person or a place of the
company's own just behind its name vouches for it, where the name alone says too little.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from msgspec.structs import replace

from digest.model import CompanyId
from digest.stories.lexicon import Alias, Company, Lexicon, Sort
from digest.stories.spelling import Found, Spelling
from digest.stories.text import Text

LATER = "in a later sentence, apart from those whom the title names"

_SHORTEST = 3  # letters of a surname
_BEHIND = 32  # characters behind a name that are looked at
_OFFICE = r"(?:CEO|COO|CFO|chief|president|chairman|chair|boss|head|executive|exec|vice|new|'s) ?"
_DEED = (  # what is done to a plant: "Mazda restarts Hofu"
    r"(?:to |will )?(?:(?:re)?starts?|(?:re)?opens?|resumes?|halts?|idles?|closes?|shuts?|stops?"
    r"|suspends?|pauses?|sells?|keeps?|saves?|spares?|expands?|mothballs?|shutters?|retools?"
    r"|revives?|upgrades?) "
)
_WORD = re.compile(rf"(?:'s)? ?(?:{_OFFICE})*(?:{_DEED})?([A-Z][\w-]+)", re.IGNORECASE)
_CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[A-Z][a-z]+)?")
_FULL_NAME = re.compile(r"[A-Z][\w.'-]+(?: [A-Z][\w.'-]*)* ([A-Z][a-z]+)")
_PLANT = re.compile(r"(.{2,}?) ?(?:plant|工場|製作所)")
EARLIER = "in a clause that tells of the past"
_CLAUSE = ";"  # what begins a clause of a headline
_PAST = re.compile(
    r"\b(?:last (?:year|month|spring|summer|autumn|fall|winter|decade)|years? ago|months ago"
    r"|earlier this (?:year|month)|in (?:19|20)\d\d|previously|back in)\b"
)
_UNTOUCHED = re.compile(r"\b(?:un|not )(?:affected|touched)\b|影響は?(?:ない|なし|及ばない)")
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
        company = found.name.company
        if found.name.alias.sort is not Sort.NAME:
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


def remember(text: Text, found: list[Found]) -> list[Found]:
    """Mark the companies that only a last clause of the title names, which tells of the past.

    "Foundry cuts jobs; sold its mine to Smelter last year" is news of the foundry alone.
    """
    cut = text.whole.rfind(_CLAUSE, 0, text.title)
    if cut < 0 or not _PAST.search(text.small, cut, text.title):
        return found
    leading = {one.name.company for one in found if one.acts and one.span[0] < cut}
    return [
        replace(one, compared=EARLIER)
        if leading and one.acts and one.name.company not in leading and one.span[0] < text.title
        else one
        for one in found
    ]


def set_back(text: Text, found: list[Found]) -> list[Found]:
    """Mark the companies that only a later sentence names, where the title names others.

    Such a sentence tells of the market or of rivals, unless it names one of the title's companies
    as well, or refers to them: "its parent", 「両社」. So does a first one that says whom the news
    does not touch.
    """
    if len(found) < 2 or found[-1].span[0] < text.title:
        return found
    leading = {one.name.company for one in found if one.acts and one.span[0] < text.title}
    sentences = list(pairwise((*text.cuts, len(text.whole))))
    apart = [
        (begin, end)
        for number, (begin, end) in enumerate(sentences)
        if _UNTOUCHED.search(text.whole, begin, end)
        or (number and not _BACK.search(text.whole, begin, end))
    ]
    if not leading or not apart:
        return found
    first = min(apart[0][0], sentences[0][1])
    early = {one.name.company for one in found if one.span[0] < first}
    apart = [
        (begin, end)
        for begin, end in apart
        if not any(begin <= one.span[0] < end and one.name.company in leading for one in found)
    ]
    return [
        replace(one, compared=LATER)
        if one.name.company not in early
        and one.acts
        and any(begin <= one.span[0] < end for begin, end in apart)
        else one
        for one in found
    ]


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

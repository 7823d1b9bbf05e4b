"""Finds companies in a text: by every name they go by, without their namesakes."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from msgspec.structs import replace

from digest.model import CompanyId
from digest.stories.beside import Leaders, remember, set_back
from digest.stories.cues import Cues
from digest.stories.endings import alternatives
from digest.stories.glance import Glance
from digest.stories.guard import Guards
from digest.stories.lexicon import Lexicon, Sort
from digest.stories.segments import Segment, concepts_in, title_of
from digest.stories.spelling import Found, Named, patterns
from digest.stories.text import Span, Text
from digest.stories.tokens import normalise

_ROW = 3  # names in a list vouch for each other, each of them plain
_GAPS = frozenset({"", " ", "・", "'s ", "の", "「"})  # between a maker and its model
_NEAR = 16  # characters before a model that say it is one
_COMPANY = 2  # companies named together vouch for each other
_LIST = re.compile(r"s?(?:'s|、|,|と|や|・|/|&| and (?:the |an? )?| or |, and |および)*\s*")
_PAIR = re.compile(r"[」s]?(?:と|対|、|・| ?vs\.? ?| versus | and |, )「?")
_CLAUSE_WITH = "[」』]?、[^、。\\s]{{0,12}}?(?:{})"  # one of the words soon behind a comma
_LISTED = ("など", "have ")  # "and the like", "A and B have …": is said of a whole list
_LEADS = ":|—–】、"  # what follows one of these leads as a headline's first words do
_PLAIN = "a plain word without the company or its trade beside it"
_SHARED = "a name that others bear, too, and nothing here is of the trade"


class NameFinder:
    """All names of a lexicon, ready to judge where they are found."""

    def __init__(self, lexicon: Lexicon, guards: Guards) -> None:
        self._guards = guards
        self._glance = Glance(lexicon)
        self._background = Cues(lexicon.background)
        self._former = Cues(lexicon.former)
        self._charges = lexicon.charges
        self._yardsticks = Cues(lexicon.yardsticks)
        self._leaders = Leaders(lexicon)
        self._surveys = frozenset(lexicon.relevance.surveys)
        self.patterns = tuple(patterns(lexicon))
        field = lexicon.relevance.field
        carried = {concept.id for concept in lexicon.concepts.values() if concept.topics}
        self._trade = carried.union(field, lexicon.relevance.trade)
        self._before_model = tuple(map(normalise, lexicon.relevance.before_model))
        self._after_model = alternatives(
            map(re.escape, map(normalise, lexicon.relevance.after_model)), _CLAUSE_WITH
        )
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
            return self._leaders.named_together(text, [], concepts)
        found, stirred = self._guarded(text, lang, hits, segments, concepts)
        if [one for one in found if one.refused or one.name.weak]:  # lists cost less than any()
            found = self._doubted(text, found, segments, concepts)
        if not [one for one in found if one.refused is None]:
            leaders = self._leaders.named_together(text, found, concepts)
            return leaders or found
        if stirred:
            charged = not self._charges.isdisjoint(concepts) and not self._charges.isdisjoint(
                concepts_in(title_of(text, segments))
            )
            found = self._compare(text, found, stirred, charged=charged)
        found = remember(text, found)
        if self._surveys.isdisjoint(concepts):
            return set_back(text, found)
        surveyed = not self._surveys.isdisjoint(concepts_in(title_of(text, segments)))
        return found if surveyed else set_back(text, found)

    def _doubted(
        self,
        text: Text,
        found: list[Found],
        segments: Sequence[Segment],
        concepts: AbstractSet[str],
    ) -> list[Found]:
        """The same where names are refused beside others, or for want of anything beside them."""
        if len(found) > 1 and any(one.refused for one in found):
            found = _refuse_runs(text, found)
        if any(one.name.alias.shared for one in found) and self._trade.isdisjoint(concepts):
            sure = {one.name.company for one in found if _is_sure(one)}
            if len(sure) < _COMPANY:
                found = self._without_shared(text, found)
        if any(one.name.alias.plain for one in found):
            found = self._vouched(text, found, segments)
        return found

    def _guarded(
        self,
        text: Text,
        lang: str,
        hits: Sequence[Named],
        segments: Sequence[Segment],
        concepts: AbstractSet[str],
    ) -> tuple[list[Found], AbstractSet[Span]]:
        """What the guards say of each name; and beside which something says more of it."""
        found: list[Found] = []
        stirred: set[Span] = set()
        near = not self._guards.near.isdisjoint(concepts)
        title = concepts_in(title_of(text, segments)) if near else frozenset[str]()
        asked = self._guards.asked(concepts, title)
        for start, end, name in hits:
            if name is None:
                continue
            alias = name.alias
            if alias.lang and alias.lang != lang:
                continue
            person = alias.sort is Sort.PERSON and not alias.plain  # is meant wherever it stands
            calls = replace(asked, called=()) if person and asked.called else asked
            guard = None
            calm = self._glance.is_calm(text, start, end)
            if calls.called or not calm:
                guard = self._guards.refuse(text.whole, start, end, alias, calls)
            found.append(Found(name, (start, end), None if guard is None else guard.why))
            if not calm:
                stirred.add((start, end))
        return found, stirred

    def _vouched(
        self, text: Text, found: Sequence[Found], segments: Sequence[Segment]
    ) -> list[Found]:
        """The same where plain words without anything that vouches for them are refused."""
        sure = {one.name.company for one in found if _is_sure(one)}
        known = sure | _vouching(text, found) | _in_a_row(text, found)
        models = [one for one in found if _is_sure(one) and one.name.alias.sort is Sort.MODEL]
        return [
            one
            if one.refused or not one.name.alias.plain or one.name.company in known
            else self._vouch(one, text, segments, company=bool(sure), models=models)
            for one in found
        ]

    def _vouch(
        self,
        found: Found,
        text: Text,
        segments: Sequence[Segment],
        *,
        company: bool,
        models: Sequence[Found],
    ) -> Found:
        """A plain word is the company's only beside a concept that is not that word itself.

        A company's name (Mitsubishi) is vouched for by any other company beside it, too, a model by
        any other model, or by a word such as "new" just before it.
        """
        alias, (start, end) = found.name.alias, found.span
        if alias.sort is Sort.MODEL and (
            any(_is_pair(text, found, model) for model in models)
            or self._is_told_of(text, start, end)
        ):
            return found
        if alias.needs_company:
            return replace(found, refused=_PLAIN)
        if company and alias.sort is Sort.NAME:
            return found
        if alias.sort is Sort.MODEL:
            before = text.whole[max(0, start - _NEAR) : start].rstrip(" 「『\"'")
            if models or before.endswith(self._before_model):
                return found
        for segment in segments:
            for key in self._context[found.name.company]:
                beside = segment.found.get(key)
                if beside and (beside[1] <= start or beside[0] >= end):
                    return found
        return replace(found, refused=_PLAIN)

    def _is_told_of(self, text: Text, start: int, end: int) -> bool:
        """Whether a headline begins with a word of which it tells what is told of models."""
        if self._after_model is None or end > text.title:
            return False
        told = self._after_model.match(text.whole, end, text.title)
        return told is not None and _begins(text, start)

    def _without_shared(self, text: Text, found: Sequence[Found]) -> list[Found]:
        """Refuse the shared names, unless another name vouches for them.

        That is one that nobody shares, or another name of the company that stands apart from it: in
        "Toyota Camry" neither says more than the other, unless a headline leads with it. A person
        or plant of the company's own just behind its name says it at once; so does a row of names.
        """
        if any(_is_sure(one) and not one.name.alias.shared for one in found):
            return list(found)
        if any(not one.refused and self._leaders.beside(text, one) for one in found):
            return list(found)
        for one, other in pairwise([one for one in found if not one.refused]):
            names, others = one.name, other.name
            if names.company != others.company or names.alias.label == others.alias.label:
                continue
            if not _is_run(text, one, other) or _leads(text, one, other):
                return list(found)
        row = _in_a_row(text, found)
        return [
            replace(one, refused=_SHARED)
            if one.name.alias.shared and not one.refused and one.name.company not in row
            else one
            for one in found
        ]

    def _compare(
        self, text: Text, found: Sequence[Found], stirred: AbstractSet[Span], *, charged: bool
    ) -> list[Found]:
        """Mark the names that are compared, and those listed after such a one.

        `charged` says that the title speaks of what a company's people may be charged with.
        """
        marked: list[Found] = []
        before: Found | None = None
        for one in found:
            cue = None
            if one.refused is None:
                cue = self._cue(text, one, marked, charged=charged) if one.span in stirred else None
                if before is not None and before.compared:
                    between = text.whole[before.span[1] : one.span[0]]
                    if cue is None:
                        cue = before.compared if between and _LIST.fullmatch(between) else None
                    elif between.removeprefix("'s").strip() == cue == before.compared:
                        cue = None  # in "Tesla rival BYD" the word is said of Tesla
            before = one if cue is None else replace(one, compared=cue)
            marked.append(before)
            if cue and len(marked) > 1 and _is_run(text, marked[-2], before):
                marked[-2] = replace(marked[-2], compared=cue)
            if cue and cue.startswith(_LISTED):
                _compare_list(text, marked, cue)
        return marked

    def _cue(self, text: Text, one: Found, before: Sequence[Found], *, charged: bool) -> str | None:
        """The words by which a name is no subject; some need others that are, named `before` it."""
        company, (start, end) = one.name.company, one.span
        cue = self._background.find(text.small, start, end)
        if cue is None and not (charged and start < text.title):
            cue = self._former.find(text.small, start, end)
        if cue is None and any(each.name.company != company and each.acts for each in before):
            cue = self._yardsticks.find(text.small, start, end)
        return cue


def _compare_list(text: Text, marked: list[Found], cue: str) -> None:
    """Mark those listed before the last name, too: what is said of a list is said of all of it."""
    for at in reversed(range(len(marked) - 1)):
        between = text.whole[marked[at].span[1] : marked[at + 1].span[0]]
        if not between or marked[at].refused or not _LIST.fullmatch(between):
            return
        marked[at] = replace(marked[at], compared=cue)


def _is_sure(found: Found) -> bool:
    return found.refused is None and not found.name.alias.plain


def _vouching(text: Text, found: Sequence[Found]) -> set[CompanyId]:
    """The companies of which two plain words are found: they vouch for each other.

    Two models do so only side by side: leaves, notes and marches are in any text.
    """
    counting = [one for one in found if _is_plain(one)]
    return {
        one.name.company
        for at, one in enumerate(counting)
        for other in counting[at + 1 :]
        if one.name.company == other.name.company
        and one.name.alias.label != other.name.alias.label
        and (not _are_models(one, other) or _is_listed(text, one, other))
    }


def _in_a_row(text: Text, found: Sequence[Found]) -> set[CompanyId]:
    """The companies of which three or more names stand in one list: no list of towns or people."""
    rows: list[list[Found]] = [[]]
    for one in found:
        if one.refused or one.name.alias.sort is not Sort.NAME or one.name.alias.needs_company:
            continue
        if rows[-1] and not _is_listed(text, rows[-1][-1], one):
            rows.append([])
        rows[-1].append(one)
    named = [{one.name.company for one in row} for row in rows]
    return set().union(*[row for row in named if len(row) >= _ROW])


def _is_plain(found: Found) -> bool:
    alias = found.name.alias
    return alias.plain and not alias.needs_company and not found.refused


def _are_models(one: Found, other: Found) -> bool:
    return one.name.alias.sort is Sort.MODEL is other.name.alias.sort


def _is_listed(text: Text, one: Found, other: Found) -> bool:
    """Whether one name follows another at once or in a list."""
    return _LIST.fullmatch(text.small[one.span[1] : other.span[0]].strip("「」")) is not None


def _is_run(text: Text, one: Found, other: Found) -> bool:
    """Whether two names of a company stand together, as in "Toyota Camry"."""
    gap = text.whole[one.span[1] : other.span[0]]
    return one.name.company == other.name.company and gap in _GAPS


def _is_pair(text: Text, one: Found, other: Found) -> bool:
    """Whether two names stand side by side as equals: 「ヤリスとフィット」, "Yaris vs Fit"."""
    first, second = sorted((one, other), key=_at)
    return _PAIR.fullmatch(text.small[first.span[1] : second.span[0]]) is not None


def _refuse_runs(text: Text, found: Sequence[Found]) -> list[Found]:
    """Refuse names that stand together with one that is refused.

    A word that only another name would make a model ("Nissan's March sales") says nothing of that.
    """
    told = list(found)
    places = range(1, len(told))
    for at, before in (*((i, i - 1) for i in places), *((i - 1, i) for i in reversed(places))):
        why = told[before].refused
        if (
            why
            and not told[at].refused
            and not told[before].name.alias.needs_company
            and _is_run(text, *sorted((told[at], told[before]), key=_at))
        ):
            told[at] = replace(told[at], refused=why)
    return told


def _at(found: Found) -> tuple[int, int]:
    return found.span


def _leads(text: Text, one: Found, other: Found) -> bool:
    """Whether a headline, or what follows its colon, begins with a maker and its car."""
    return (
        other.name.alias.sort is Sort.MODEL
        and other.span[1] <= text.title
        and _begins(text, one.span[0])
    )


def _begins(text: Text, start: int) -> bool:
    """Whether a headline, or what follows its colon, begins there."""
    before = text.whole[:start].rstrip(" 「『")
    return not before or before[-1] in _LEADS

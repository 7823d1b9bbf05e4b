"""Decides whether an entry is news of the industry and the market that a lexicon is about."""

from collections.abc import Sequence

from digest.model import CompanyTag, Role
from digest.stories.guard import Guards
from digest.stories.lexicon import Lexicon
from digest.stories.spelling import Found


class Scope:
    """What a lexicon calls relevant, ready to ask."""

    def __init__(self, lexicon: Lexicon, guards: Guards) -> None:
        self._lexicon = lexicon
        self._guards = guards
        self._relevance = relevance = lexicon.relevance
        self._always = frozenset(relevance.always)
        self._field = frozenset(relevance.field)
        self._place = frozenset(relevance.place)
        self._away = frozenset(relevance.away)
        self._industry = self._field | self._always

    def is_of_field(
        self, concepts: frozenset[str], kept: Sequence[Found], names: Sequence[Found]
    ) -> bool:
        """Whether an entry is of the industry at all: by its names, those kept and all, or by none.

        A name that is refused speaks for another field.
        """
        for one in kept:
            if one.compared is None:
                return True
        for one in names:
            if one.refused and not one.name.alias.plain:
                return False
        return not self._industry.isdisjoint(concepts) and not self._guards.astray(concepts)

    def relevant(
        self,
        companies: Sequence[CompanyTag],
        concepts: frozenset[str],
        lang: str,
        *,
        of_field: bool,
    ) -> tuple[bool, str]:
        """Whether an entry is relevant, and why, as a person reads it."""
        relevance = self._relevance
        subjects = [tag.company for tag in companies if tag.role is Role.SUBJECT]
        for company in subjects:
            if self._lexicon.companies[company].home == relevance.home:
                name = self._lexicon.company_name(company, lang)
                return True, f"relevant: {name} is a subject, and at home in this market"
        if not of_field:
            return False, "not relevant: nothing of the industry in it"
        if always := self._always & concepts:
            return True, f"relevant: it speaks of the industry ({min(always)})"
        field = bool(subjects) or not concepts.isdisjoint(self._field)
        if field and (place := self._place & concepts):
            return True, f"relevant: the industry in this market ({min(place)})"
        hints = relevance.place_in.get(lang, ())
        if not companies:
            hints = (*hints, *relevance.field_in.get(lang, ()))
        inside = concepts.intersection(hints) if field else None
        if inside and concepts.isdisjoint(self._away):
            return True, f"relevant: “{min(inside)}” in this language means this market"
        what = "only companies from elsewhere" if subjects else "no company"
        return False, f"not relevant: {what}, and no word of this market"

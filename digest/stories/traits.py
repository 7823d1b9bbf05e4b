"""What clustering and linking compare of an entry: its words, and what has no language."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log

from digest.model import CompanyId, Entry, EntryId, Role
from digest.stories.tag import Reading
from digest.stories.tokens import (
    SUMMARY_LIMIT,
    Number,
    copy_key,
    headline,
    lower,
    normalise,
    numbers,
    skeletons,
    terms,
)

_UNIT = 16  # weights are whole numbers, so that sums do not depend on their order
_NAME_SHARE = 0.25  # of a company's name: half the trade's news says "Toyota", whatever the event
_CONCEPT = 12  # of a concept or name beside the words, so that synonyms bring headlines together


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """An entry as clustering and linking see it."""

    entry: EntryId
    lang: str
    published: datetime
    owner: str
    key: str  # equal for copies of one headline
    words: frozenset[str]  # terms of title and summary
    terms: Mapping[str, int]  # the same with weights, and concepts and names beside them
    subjects: tuple[CompanyId, ...]  # the strongest first
    mentions: tuple[CompanyId, ...]
    concepts: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[Number]
    skeletons: frozenset[str]

    @property
    def features(self) -> frozenset[str]:
        """What has no language and no figures: companies, names and concepts."""
        return frozenset((*self.subjects, *self.mentions, *self.names, *self.concepts))


def traits(entry_id: EntryId, entry: Entry, reading: Reading, owner: str) -> Traits:
    """What is compared of an entry that has been read."""
    title = headline(entry.title)
    summary = normalise(entry.summary[:SUMMARY_LIMIT])
    said = Counter(terms(lower(title)) * 2)
    said.update(terms(lower(summary)))
    named = _company_terms(reading)
    weights = {
        term: round(_UNIT * (1 + log(count)) * (_NAME_SHARE if term in named else 1))
        for term, count in said.items()
    }
    weights |= {f"@{concept}": _CONCEPT for concept in reading.concepts}
    weights |= {f"@{name}": _CONCEPT for name in reading.names}
    tags = reading.tags.companies
    return Traits(
        entry=entry_id,
        lang=entry.lang,
        published=entry.published,
        owner=owner,
        key=copy_key(entry.title),
        words=frozenset(said),
        terms=weights,
        subjects=tuple(tag.company for tag in tags if tag.role is Role.SUBJECT),
        mentions=tuple(tag.company for tag in tags if tag.role is Role.MENTION),
        concepts=reading.concepts,
        names=reading.names,
        numbers=numbers(lower(f"{title} . {summary}")),
        skeletons=skeletons(f"{title} {summary}"),
    )


def _company_terms(reading: Reading) -> frozenset[str]:
    """The words by which companies are named, which say who but not what."""
    found = (evidence.words for tag in reading.tags.companies for evidence in tag.evidence)
    return frozenset(term for words in found for term in terms(lower(words)))

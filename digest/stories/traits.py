"""What clustering and linking compare of an entry: its words, and what has no language."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from math import log

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from digest.model import CompanyId, Entry, EntryId, Role
from digest.stories.numbers import Number, numbers
from digest.stories.tag import Reading
from digest.stories.tokens import (
    SUMMARY_LIMIT,
    copy_key,
    headline,
    held_once,
    lower,
    normalise,
    skeletons,
    terms,
)

BESIDE = "@"  # before the terms that are no words

_UNIT = 16  # weights are whole numbers, so that sums do not depend on their order
_NAME_SHARE = 0.25  # of a company's name: half the trade's news says "Toyota", whatever the event
_MOST = 1000  # times that a term is said; more say no more
_FEW = (_MOST - SUMMARY_LIMIT) // 2  # terms of a title, which counts twice, that cannot come to it
_WEIGHTS = (0, *(round(_UNIT * (1 + log(count))) for count in range(1, _MOST + 1)))
_OF_NAMES = (0, *(round(_UNIT * (1 + log(count)) * _NAME_SHARE) for count in range(1, _MOST + 1)))
_NAMES = 10_000  # of companies that are remembered: the same ones come again and again
_CONCEPT = 12  # of a concept or name beside the words, so that synonyms bring headlines together


class Traits(Struct, frozen=True, kw_only=True, gc=False):  # made for every entry, as Tags are
    """An entry as clustering and linking see it."""

    entry: EntryId
    lang: str
    seconds: float  # since 1970: publication
    owner: str
    key: str  # equal for copies of one headline
    words: int  # how many terms the title and the summary have
    terms: dict[str, int]  # these with weights, and concepts and names beside them
    subjects: tuple[CompanyId, ...]  # the strongest first
    mentions: tuple[CompanyId, ...]
    concepts: frozenset[str]
    headline: frozenset[str]  # the concepts of its title
    against: frozenset[str]  # what opposes these
    names: frozenset[str]
    numbers: frozenset[Number]
    skeletons: frozenset[str]
    companies: tuple[CompanyId, ...]  # subjects and mentions
    features: frozenset[str]  # what has no language and no figures: companies, names, concepts
    outside: bool = False  # it names no company, and is no news of the industry


def traits(entry_id: EntryId, entry: Entry, reading: Reading, owner: str) -> Traits:
    """What is compared of an entry that has been read."""
    title = headline(entry.title)
    summary = normalise(entry.summary[:SUMMARY_LIMIT])
    small_title, small_summary = lower(title), lower(summary)
    of_title, of_summary = terms(small_title), terms(small_summary)
    said: Mapping[str, int] = Counter(of_title + of_title + of_summary)
    if len(of_title) > _FEW:
        said = {term: min(count, _MOST) for term, count in said.items()}
    weights = {term: _WEIGHTS[count] for term, count in said.items()}
    for term in said.keys() & _company_terms(reading):
        weights[term] = _OF_NAMES[said[term]]
    for shared in (*reading.concepts, *reading.names):
        weights[_beside(shared)] = _CONCEPT
    tags = reading.tags.companies
    subjects = tuple([tag.company for tag in tags if tag.role is Role.SUBJECT])
    mentions = tuple([tag.company for tag in tags if tag.role is Role.MENTION])
    return Traits(
        entry=entry_id,
        lang=entry.lang,
        seconds=entry.published.timestamp(),
        owner=owner,
        key=copy_key(title),
        words=len(said),
        terms=weights,
        subjects=subjects,
        mentions=mentions,
        concepts=reading.concepts,
        headline=reading.headline,
        against=reading.against,
        names=reading.names,
        numbers=numbers(f"{small_title} . {small_summary}"),
        skeletons=skeletons(f"{title} {summary}"),
        companies=(*subjects, *mentions),
        features=frozenset((*subjects, *mentions, *reading.names, *reading.concepts)),
        outside=not (tags or reading.tags.relevant),
    )


@cache
def _beside(shared: str) -> str:
    return BESIDE + shared  # one string for all the entries that hold it


def _company_terms(reading: Reading) -> set[str]:
    """The words by which companies are named, which say who but not what."""
    tags = reading.tags.companies
    return set().union(*[_terms_of_name(one.words) for tag in tags for one in tag.evidence])


@lru_cache(maxsize=_NAMES)
def _terms_of_name(name: str) -> frozenset[str]:
    return frozenset(terms(lower(name)))


# --- as bytes --------------------------------------------------------------------------------

_DECODER = msgspec.msgpack.Decoder(Traits)


def packed(told: Traits) -> bytes:
    """What is compared of an entry as bytes."""
    return msgspec.msgpack.encode(told)


def unpacked(data: bytes) -> Traits:
    """What was packed."""
    return with_shared_words(_DECODER.decode(data))


def with_shared_words(told: Traits) -> Traits:
    """The same with one string for each word: those of thousands of entries are held at once."""
    return replace(
        told,
        lang=held_once(told.lang),
        owner=held_once(told.owner),
        terms=dict(zip(map(held_once, told.terms), told.terms.values(), strict=True)),
        concepts=_shared(told.concepts),
        headline=_shared(told.headline),
        against=_shared(told.against),
        names=_shared(told.names),
        skeletons=_shared(told.skeletons),
        features=_shared(told.features),
    )


def _shared(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(held_once, words)) if words else frozenset()

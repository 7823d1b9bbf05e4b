"""What the lexicon says: companies, topics, concepts and outlets, as frozen values.

load.py makes them from TOML; tag.py, link.py and rank.py decide by them. Nothing here knows a
word of any industry: a folder of other files makes this program read another one. A few modules
know ours: rank its recalls, of which there is always a regulator's paper; numbers and figures its
vehicles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from digest.model import CompanyId, TopicId

SEVERAL = "@companies"  # in a phrase: two companies or more stand in the title
MODEL, PERSON, SITE = "@model", "@person", "@site"  # in a phrase: one of a company is named there
MARKS = frozenset({SEVERAL, MODEL, PERSON, SITE})


@dataclass(frozen=True, slots=True)
class Name:
    """A short name for people to read, as mails print it."""

    en: str
    ja: str

    def __call__(self, lang: str) -> str:
        """The name in that language, or the English one."""
        return self.ja if lang == "ja" else self.en


class Sort(StrEnum):
    """What an alias names: the company itself or something of it."""

    NAME = "name"
    BRAND = "brand"
    MODEL = "model"
    PERSON = "person"
    PLANT = "plant"
    SUBSIDIARY = "subsidiary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One spelling by which a company is known."""

    text: str
    label: str  # the first spelling of the same thing: プリウス has the label Prius
    sort: Sort = Sort.NAME
    plain: bool = False  # an ordinary word or shared name: needs company or context beside it
    needs_company: bool = False  # a plain one for which no context is enough
    shared: bool = False  # others bear it, too: nothing where nothing of the trade is said
    lang: str = ""  # read so only in text of this language; empty: in any


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company, with everything that it is called."""

    id: CompanyId
    name: Name
    home: str = ""  # country, as [relevance] compares it
    parent: CompanyId | None = None
    interest: float = 1.0  # 2: its stories rank twice as high; 0: they are not ranked
    aliases: tuple[Alias, ...] = ()
    blocks: tuple[str, ...] = ()  # longer names that hold an alias and are something else
    context: tuple[str, ...] = ()  # concepts that vouch for a plain alias; empty: the field's

    def cars(self) -> dict[str, str]:
        """The labels of its models, each without the maker: "Nissan Leaf" is the Leaf."""
        makers = tuple([f"{one.text} " for one in self.aliases if one.sort is Sort.NAME])
        found: dict[str, str] = {}
        for one in self.aliases:
            if one.sort is Sort.MODEL:
                label = one.label
                maker = next(filter(label.startswith, makers), "") if " " in label else ""
                found[label] = label.removeprefix(maker)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A kind of thing that bears a company's name and is not the company."""

    id: str
    why: str  # as a person reads it
    before: tuple[str, ...] = ()  # just before the name; # is a digit
    after: tuple[str, ...] = ()  # just after it, in Japanese within the same compound
    unless_after: tuple[str, ...] = ()
    given: bool = False  # a given name just before it
    trade: tuple[str, ...] = ()  # what a person does, with one name between: "Sculptor Dana …"
    near: tuple[str, ...] = ()  # concepts anywhere in the entry
    title: bool = False  # those of `near` count only in the title
    unless: tuple[str, ...] = ()  # concepts that overrule `near`
    led: tuple[str, ...] = ()  # concepts beside which it does not hold of what leads the title
    sorts: frozenset[Sort] = frozenset()  # only aliases of these; empty: of all
    names: frozenset[str] = frozenset()  # only these spellings; empty: every alias


class Phrase(Struct, frozen=True, gc=False):  # a lexicon has twenty thousand
    """Words that must stand in one title or sentence together.

    "@id" is a concept, "!words" must not stand there.
    """

    parts: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that an entry may be about."""

    id: TopicId
    name: Name
    interest: float = 1.0
    planned: bool = False  # its news comes on a known day: that many tell it is no surprise
    phrases: tuple[Phrase, ...] = ()
    exclude: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One notion in several languages."""

    id: str
    forms: tuple[Phrase, ...] = ()
    weight: float = 1.0  # in linking; 0: context only
    topics: Mapping[TopicId, float]
    opposes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaKind:
    """A kind of saga: what comes in stages."""

    id: str
    stages: tuple[tuple[str, ...], ...] = ()  # the concepts of each, in the order of time
    needs: float = 1.5  # what two stages share beside a company, to be of one saga
    single: bool = False  # a company has one at a time; the kind tells which
    steps: bool = False  # what is no further on is another one: two stoppages, two new cars
    soon: bool = False  # a later stage of a single kind may come after days
    undone: bool = False  # the last stage ends the first; a company has few at a time
    partners: bool = False  # who is in it with whom tells which it is
    nobody: bool = False  # of stories about no company: a tariff, a tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher, and how much its word weighs."""

    id: str
    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    owner: str = ""
    lang: str = "en"
    weight: float = 1.0
    wire: bool = False  # others print its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """What makes an entry news of the industry and market that this lexicon is about."""

    home: str = ""
    field: tuple[str, ...] = ()
    trade: tuple[str, ...] = ()  # what vouches for a shared name, beside `field` and topics
    before_model: tuple[str, ...] = ()  # words that make a plain word after them a model
    after_model: tuple[str, ...] = ()  # the same of one that a headline begins with
    offices: tuple[str, ...] = ()  # concepts beside which two leaders of one company mean it
    surveys: tuple[str, ...] = ()  # concepts of texts that go from company to company
    place: tuple[str, ...] = ()
    place_in: Mapping[str, tuple[str, ...]]
    field_in: Mapping[str, tuple[str, ...]]  # words of the industry that mean this market there
    away: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The whole lexicon. `outlets` is keyed by every name and host, in lower case."""

    companies: Mapping[CompanyId, Company]
    topics: Mapping[TopicId, Topic]
    concepts: Mapping[str, Concept]
    outlets: Mapping[str, Outlet]
    guards: tuple[Guard, ...] = ()
    given_names: frozenset[str] = frozenset()
    background: tuple[str, ...] = ()  # patterns of comparison; * is the company
    former: tuple[str, ...] = ()  # the same of people who were with it
    charges: frozenset[str] = frozenset()  # concepts of titles beside which those mean the company
    yardsticks: tuple[str, ...] = ()  # the same, where another company is named before it
    sagas: tuple[SagaKind, ...] = ()
    saga_places: frozenset[str] = frozenset()  # concepts; different ones make different sagas
    saga_considered: frozenset[str] = frozenset()  # concepts of what is not decided
    saga_common: frozenset[str] = frozenset()  # concepts that many sagas of a company share
    relevance: Relevance

    def __hash__(self) -> int:
        return hash(tuple(self.companies))  # a mapping has no hash of its own

    def company_name(self, company: CompanyId, lang: str) -> str:
        """A company's short name; its id where the lexicon no longer has it."""
        known = self.companies.get(company)
        return str(company) if known is None else known.name(lang)

    def topic_name(self, topic: TopicId, lang: str) -> str:
        """A topic's short name; its id where the lexicon no longer has it."""
        known = self.topics.get(topic)
        return str(topic) if known is None else known.name(lang)

    def opposites(self) -> dict[str, frozenset[str]]:
        """For each concept that has some: those which the same event cannot hold."""
        found: dict[str, set[str]] = {}
        for concept in self.concepts.values():
            for other in concept.opposes:
                found.setdefault(concept.id, set()).add(other)
                found.setdefault(other, set()).add(concept.id)
        return {key: frozenset(values) for key, values in found.items()}

    def outlet(self, name: str, url: str = "") -> Outlet | None:
        """The outlet of that name, else the one that a link's host belongs to."""
        if known := self.outlets.get(name.strip().lower()):
            return known
        host = _host(url)
        while host:
            if known := self.outlets.get(host):
                return known
            _, _, host = host.partition(".")
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

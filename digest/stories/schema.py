"""The tables of the lexicon's files, as their writers may write them.

Every key may be missing, because a user's table adds to a built-in one of the same id; load.py
merges first and then asks for what is needed.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_JOINT = re.compile(r"\s&\s")  # "R&D" is a word
_LOOSE = re.compile(r"(?:^|\s)&|&(?:\s|$|[@!])")  # one that was to join


def parts_of(phrase: str) -> tuple[str, ...]:
    """The parts of a phrase, which " & " joins."""
    if "&" not in phrase:  # as most
        return (phrase.strip(),)
    return tuple(part.strip() for part in _JOINT.split(phrase))


def _worded(text: str) -> str:
    if not any(character.isalnum() for character in text):
        raise ValueError("at least one letter or digit")
    return text


ID = r"^[a-z0-9][a-z0-9_]{0,40}$"
Id = Annotated[str, Field(pattern=ID)]
Text = Annotated[str, Field(min_length=1, max_length=120)]
Word = Annotated[Text, AfterValidator(_worded)]
Spellings = list[Word | list[Word]]
Weight = Annotated[float, Field(ge=-10, le=10)]
Interest = Annotated[float, Field(ge=0, le=10)]


def _phrase(text: str) -> str:
    parts = parts_of(text)
    if not all(part.strip("*@! ") for part in parts) or parts[0].startswith("!"):
        raise ValueError(
            'words, "@concept", or several of them joined by " & "; "!words" not first'
        )
    if any(_LOOSE.search(part) for part in parts):
        raise ValueError('spaces on both sides of a "&" that joins: "a & @b"')
    return text


Pattern = Annotated[str, Field(pattern=r"\*")]
PhraseText = Annotated[Text, AfterValidator(_phrase)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NameTable(_Table):
    """`name = { en = "Nissan", ja = "日産自動車" }`."""

    en: Text
    ja: Text | None = None


class CompanyTable(_Table):
    """One [[company]]."""

    id: Id
    name: NameTable | None = None
    home: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    parent: Id | Literal[""] | None = None
    interest: Interest | None = None
    context: list[Id] = []
    names: Spellings = []
    chinese: Spellings = []
    brands: Spellings = []
    models: Spellings = []
    people: Spellings = []
    plants: Spellings = []
    subsidiaries: Spellings = []
    blocks: list[Word] = []


class GuardTable(_Table):
    """One [[guard]]."""

    id: Id
    why: Text
    before: list[Text] = []
    after: list[Text] = []
    unless_after: list[Text] = []
    given: bool = False
    trade: list[Text] = []
    near: list[Id] = []
    title: bool = False
    unless: list[Id] = []
    led: list[Id] = []
    sorts: list[Literal["name", "brand", "model", "person", "plant", "subsidiary"]] = []
    names: list[Text] = []


class TopicTable(_Table):
    """One [[topic]]."""

    id: Id
    name: NameTable | None = None
    interest: Interest | None = None
    planned: bool | None = None
    phrases: dict[PhraseText, Weight] = {}
    exclude: list[PhraseText] = []


class ConceptTable(_Table):
    """One [[concept]]."""

    id: Id
    en: list[PhraseText] = []
    ja: list[PhraseText] = []
    zh: list[PhraseText] = []
    weight: Annotated[float, Field(ge=0, le=5)] | None = None
    link: bool | None = None
    topics: dict[Id, Weight] = {}
    opposes: list[Id] = []


class OutletTable(_Table):
    """One [[outlet]]."""

    id: Id
    names: list[Text] = []
    hosts: list[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]] = []
    owner: Text | None = None
    lang: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    weight: Annotated[float, Field(gt=0, le=10)] | None = None
    wire: bool | None = None


class SagaTable(_Table):
    """One [[saga]]."""

    id: Id
    stages: list[list[Id]] = []
    needs: Annotated[float, Field(ge=0, le=10)] = 1.5
    single: bool = False
    steps: bool = False
    soon: bool = False
    undone: bool = False
    partners: bool = False
    nobody: bool = False


class SagaConceptsTable(_Table):
    """[saga_places], [saga_common], [saga_considered]."""

    concepts: list[Id] = []


class RelevanceTable(_Table):
    """[relevance]."""

    home: Text = ""
    field: list[Id] = []
    trade: list[Id] = []
    before_model: list[Text] = []
    after_model: list[Text] = []
    offices: list[Id] = []
    surveys: list[Id] = []
    place: list[Id] = []
    place_in: dict[str, list[Id]] = {}
    field_in: dict[str, list[Id]] = {}
    away: list[Id] = []
    always: list[Id] = []


class GivenTable(_Table):
    """[given]."""

    names: str = ""


class BackgroundTable(_Table):
    """[background]."""

    patterns: list[Pattern] = []
    former: list[Pattern] = []
    charges: list[Id] = []
    yardsticks: list[Pattern] = []


class LexiconFile(_Table):
    """A whole file; what it holds is the writer's choice, the names only suggest it."""

    version: Annotated[Literal[1], Field(alias="schema")] = 1
    relevance: RelevanceTable | None = None
    background: BackgroundTable | None = None
    given: GivenTable | None = None
    company: list[CompanyTable] = []
    guard: list[GuardTable] = []
    topic: list[TopicTable] = []
    concept: list[ConceptTable] = []
    outlet: list[OutletTable] = []
    saga: list[SagaTable] = []
    saga_places: SagaConceptsTable | None = None
    saga_considered: SagaConceptsTable | None = None
    saga_common: SagaConceptsTable | None = None

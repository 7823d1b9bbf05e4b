"""What is only known once a lexicon is whole: names that miss, references to nothing."""

from collections.abc import Iterator, Sequence

from digest.english import meant
from digest.errors import Problem
from digest.stories import schema as t
from digest.stories.lexicon import MARKS
from digest.stories.schema import parts_of

_WHOLE = "lexicon"  # stands for the file, where none holds the table


def missing(whole: t.LexiconFile) -> Iterator[Problem]:
    """Everything that a merged lexicon lacks, keyed by table: `company acme.parent`."""
    concepts = {table.id for table in whole.concept}
    topics = {table.id for table in whole.topic}
    for kind, tables in (("company", whole.company), ("topic", whole.topic)):
        for table in tables:
            if table.name is None:
                allowed = 'name = { en = "…", ja = "…" }'
                yield Problem(f"{kind} {table.id}", "no name", allowed, file=_WHOLE)
    yield from _orphans(whole)
    for where, key in _concept_uses(whole):
        if key not in concepts:
            allowed = f"the id of a concept{meant(key, concepts)}"
            yield Problem(where, repr(key), allowed, file=_WHOLE)
    for concept in whole.concept:
        for topic in concept.topics:
            if topic not in topics:
                where = f"concept {concept.id}.topics"
                allowed = f"the id of a topic{meant(topic, topics)}"
                yield Problem(where, repr(topic), allowed, file=_WHOLE)


def concepts_of(table: t.SagaConceptsTable | None) -> list[str]:
    """The concepts of a table that may be missing."""
    return [] if table is None else table.concepts


def _orphans(whole: t.LexiconFile) -> Iterator[Problem]:
    companies = {table.id for table in whole.company}
    for company in whole.company:
        if company.parent and company.parent not in companies:
            where = f"company {company.id}.parent"
            allowed = f"the id of a company{meant(company.parent, companies)}"
            yield Problem(where, repr(company.parent), allowed, file=_WHOLE)


def _concept_uses(whole: t.LexiconFile) -> Iterator[tuple[str, str]]:
    for company in whole.company:
        yield from ((f"company {company.id}.context", key) for key in company.context)
    for guard in whole.guard:
        for name, keys in (("near", guard.near), ("unless", guard.unless), ("led", guard.led)):
            yield from ((f"guard {guard.id}.{name}", key) for key in keys)
    for topic in whole.topic:
        for name, texts in (("phrases", topic.phrases), ("exclude", topic.exclude)):
            yield from (
                (f"topic {topic.id}.{name}", k) for text in texts for k in _references(text)
            )
    for concept in whole.concept:
        yield from ((f"concept {concept.id}.opposes", key) for key in concept.opposes)
        for text in (*concept.en, *concept.ja, *concept.zh):
            yield from ((f"concept {concept.id}", key) for key in _references(text))
    for saga in whole.saga:
        yield from ((f"saga {saga.id}.stages", key) for stage in saga.stages for key in stage)
    yield from (("saga_places.concepts", key) for key in concepts_of(whole.saga_places))
    yield from (("saga_considered.concepts", key) for key in concepts_of(whole.saga_considered))
    yield from (("saga_common.concepts", key) for key in concepts_of(whole.saga_common))
    charges = whole.background.charges if whole.background else []
    yield from (("background.charges", key) for key in charges)
    yield from _relevance_uses(whole.relevance or t.RelevanceTable())


def _relevance_uses(relevance: t.RelevanceTable) -> Iterator[tuple[str, str]]:
    for name in ("field", "trade", "offices", "surveys", "place", "away", "always"):
        yield from ((f"relevance.{name}", key) for key in getattr(relevance, name))
    for name in ("place_in", "field_in"):
        by_lang: dict[str, list[str]] = getattr(relevance, name)
        yield from ((f"relevance.{name}", key) for keys in by_lang.values() for key in keys)


def _references(text: str) -> Sequence[str]:
    if "@" not in text:
        return ()
    parts = (part.removeprefix("!") for part in parts_of(text))
    return [part[1:] for part in parts if part.startswith("@") and part not in MARKS]

"""Says why a text is not about companies and topics that it seems to be about.

For who edits the lexicon: it costs more than tagging does, and nothing is kept of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from digest.model import CompanyId, Evidence, TopicId
from digest.stories.lexicon import Guard
from digest.stories.spelling import Found, Named, Spelling
from digest.stories.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNamed:
    """A company's name in a text where it does not name the company."""

    company: CompanyId
    rule: str  # the alias, as a person reads it: "model Leaf"
    words: str
    where: str  # "title" or "summary"
    start: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAbout:
    """A topic that something in a text speaks for, though the text is not about it."""

    topic: TopicId
    score: float
    evidence: tuple[Evidence, ...]
    why: str


def not_named(
    text: Text,
    found: Iterable[Named],
    whole: Sequence[Named],
    judged: Sequence[Found],
    *,
    lang: str,
    guards: Iterable[Guard],
) -> list[NotNamed]:
    """The names of companies that count for nothing, in order.

    `found` are the names in the text, up to as many as are read, `whole` those of them that no
    longer name swallows, `judged` those with the verdict on them.
    """
    left_out = [
        *_swallowed(text, found, whole),
        *_refused(judged, guards),
        *_of_other_languages(whole, lang),
    ]
    left_out.sort(key=lambda one: one[1:3])
    return [
        NotNamed(
            company=name.company,
            rule=name.rule,
            words=text.whole[start:end],
            where="title" if start < text.title else "summary",
            start=start if start < text.title else start - text.title - 1,
            why=why,
        )
        for name, start, end, why in left_out
    ]


_LeftOut = tuple[Spelling, int, int, str]


def _swallowed(text: Text, found: Iterable[Named], whole: Sequence[Named]) -> Iterator[_LeftOut]:
    """Names in a longer one, unless that is the same company's. Of several spellings the first."""
    told = {(start, end, name.company) for start, end, name in whole if name}
    for start, end, name in found:
        if name is None or (start, end, name.company) in told:
            continue
        told.add((start, end, name.company))
        begin, close, longer = next(each for each in whole if each[0] < end and start < each[1])
        if longer is None:
            yield name, start, end, f"part of “{text.whole[begin:close]}”, which is something else"
        elif longer.company != name.company:
            of = f"a name of {longer.company}"
            yield name, start, end, f"part of “{text.whole[begin:close]}”, {of}"


def _refused(judged: Iterable[Found], guards: Iterable[Guard]) -> Iterator[_LeftOut]:
    """Names that are refused, with the guard that does so if one does."""
    saying: dict[str, list[str]] = {}
    for guard in guards:
        saying.setdefault(guard.why, []).append(guard.id)
    for one in judged:
        if one.refused is not None:
            known = saying.get(one.refused)
            why = f"{one.refused} (guard {' or '.join(known)})" if known else one.refused
            yield one.name, *one.span, why


def _of_other_languages(whole: Iterable[Named], lang: str) -> Iterator[_LeftOut]:
    for start, end, name in whole:
        if name is not None and name.alias.lang not in {"", lang}:
            yield name, start, end, f"a name in text of the language {name.alias.lang} only"

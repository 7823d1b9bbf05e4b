"""Tags an entry: which companies it is about, which topics, whether it is news of the industry.

names.py finds the companies and segments.py the concepts; what they found is weighed in weigh.py,
topics.py and scope.py. Every verdict keeps its evidence.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from msgspec import Struct

from digest.model import CompanyId, Tags
from digest.stories.guard import Guards
from digest.stories.labels import labels_of
from digest.stories.lexicon import MODEL, PERSON, SEVERAL, SITE, Alias, Lexicon, Sort
from digest.stories.match import Matcher
from digest.stories.names import NameFinder
from digest.stories.packed import mark_of
from digest.stories.scope import Scope
from digest.stories.segments import NO_MARKS, Phrasebook, Segment, concepts_in, title_of
from digest.stories.spelling import Found, Named, Spelling, whole_names
from digest.stories.text import Span, Text, text_of
from digest.stories.tokens import SUMMARY_LIMIT, guess_language, normalise
from digest.stories.topics import not_about, topics_of
from digest.stories.weigh import weigh
from digest.stories.whynot import NotAbout, NotNamed, not_named

_MARK = {Sort.MODEL: MODEL, Sort.PERSON: PERSON, Sort.PLANT: SITE}
_READ_TITLE, _READ = 1000, 4000  # characters of a title and a summary
_READ_NAMES = 120  # names; who is named so often is a subject by then


# The names in a text; those of them that no longer one swallows; its segments; its concepts; the
# verdicts on its names. A plain tuple: every entry makes one.
_Look = tuple[list[Named], list[Named], list[Segment], frozenset[str], list[Found]]


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """All that the lexicon finds in an entry: its tags, and what linking compares.

    That is of the title and the first of the summary, however long it is.
    """

    tags: Tags
    concepts: frozenset[str]
    headline: frozenset[str]  # those of the title alone
    against: frozenset[str]  # what opposes these; nothing that the title says too
    names: frozenset[str]  # "toyota/Prius": brands, models, people and plants named


@lru_cache(maxsize=1)
def tagger_of(lexicon: Lexicon) -> "Tagger":
    """The tagger of a lexicon. The last one is kept: to make one takes half a second."""
    return Tagger(lexicon)


class Tagger:
    """Reads entries by a lexicon. Holds no state between entries."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        guards = Guards(lexicon)
        self._names = NameFinder(lexicon, guards)
        self._phrases = Phrasebook(lexicon)
        self._matcher = Matcher(self._names.patterns, self._phrases.patterns)
        self._linked = frozenset(c.id for c in lexicon.concepts.values() if c.weight > 0)
        self._opposites = lexicon.opposites()
        self._models = {
            f"{company.id}/{label}": f"{company.id}/{known}"
            for company in lexicon.companies.values()
            for label, known in labels_of(company).items()
        }
        self._scope = Scope(lexicon, guards)
        self._newsrooms = {
            name: CompanyId(outlet.owner)
            for name, outlet in lexicon.outlets.items()
            if outlet.owner in lexicon.companies
        }

    @cached_property
    def mark(self) -> str:
        """A short text that differs from that of a tagger with another lexicon."""
        return mark_of(self.lexicon)

    def tag(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Tags:
        """Companies, topics and relevance of an entry; an empty `lang` is guessed."""
        return self.read(title, summary, lang=lang, outlet=outlet).tags

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        """The tags, and the concepts and names by which stories are linked."""
        lang = lang or guess_language(title)
        text = text_of(
            _without_outlet(normalise(title[:_READ_TITLE]), outlet), normalise(summary[:_READ])
        )
        _, _, segments, concepts, names = self._look(text, lang)
        kept = [one for one in names if one.refused is None] or self._newsroom(outlet)
        companies = weigh(text, kept)
        of_field = self._scope.is_of_field(concepts, kept, names)
        relevant, reason = self._scope.relevant(companies, concepts, lang, of_field=of_field)
        reach = text.title + 1 + SUMMARY_LIMIT
        refusals = dict.fromkeys([self._refusal(one, lang) for one in names if one.refused])
        headline = self._linked & concepts_in(title_of(text, segments))
        return Reading(
            tags=Tags(
                companies=companies,
                topics=topics_of(text, segments, self._phrases) if of_field else (),
                relevant=relevant,
                reasons=(reason, *refusals),
            ),
            concepts=self._linked & concepts_in([one for one in segments if one.begin < reach]),
            headline=headline,
            against=self._against(headline),
            names=frozenset(
                [
                    self._models.get(one.name.feature, one.name.feature)
                    for one in kept
                    if one.name.feature and one.span[0] < reach
                ]
            ),
        )

    def why_not(
        self, title: str, summary: str, *, lang: str
    ) -> tuple[list[NotNamed], list[NotAbout]]:
        """The names and topics that an entry seems to hold and does not, each with the reason."""
        lang = lang or guess_language(title)
        text = text_of(normalise(title[:_READ_TITLE]), normalise(summary[:_READ]))
        found, whole, segments, concepts, names = self._look(text, lang)
        kept = [one for one in names if one.refused is None]
        of_field = self._scope.is_of_field(concepts, kept, names)
        return (
            not_named(text, found, whole, names, lang=lang, guards=self.lexicon.guards),
            not_about(text, segments, self._phrases, of_field=of_field),
        )

    def _look(self, text: Text, lang: str) -> _Look:
        """What stands in a text."""
        found, words = self._matcher.find(text.whole, text.small)
        found = found[:_READ_NAMES]
        whole = whole_names(found)
        segments = self._phrases.segments(
            text,
            words,
            [(start, end) for start, end, name in whole if not (name and name.feature)],
            _marks(text, whole),
        )
        concepts = concepts_in(segments)
        names = self._names.judge(text, lang, whole, segments, concepts)
        return found, whole, segments, concepts, names

    def _against(self, headline: frozenset[str]) -> frozenset[str]:
        """What opposes a headline's concepts; those that it holds itself oppose nothing."""
        turning = headline & self._opposites.keys()
        if not turning:  # as for most
            return turning
        return frozenset().union(*[self._opposites[c] for c in turning]) - headline

    def _newsroom(self, outlet: str) -> list[Found]:
        """A company's newsroom that names nobody speaks of the company."""
        company = self._newsrooms.get(outlet.strip().lower())
        if company is None:
            return []
        return [Found(Spelling.of(company, Alias(text=outlet, label=outlet)), (0, 0))]

    def _refusal(self, found: Found, lang: str) -> str:
        company = self.lexicon.company_name(found.name.company, lang)
        return f"not {company}: “{found.name.alias.text}” is {found.refused}"


def _without_outlet(title: str, outlet: str) -> str:
    """The title without " - Outlet" at its end; an outlet may be called after a company."""
    if not outlet or " - " not in title:
        return title
    return title.removesuffix(f" - {normalise(outlet)}")


def _marks(text: Text, hits: Sequence[Named]) -> Mapping[str, Span]:
    """What the names of the title say to phrases: two companies or more, a model, a plant."""
    if not hits:
        return NO_MARKS
    companies: set[CompanyId] = set()
    features: list[tuple[int, int, Spelling]] = []
    for start, end, name in hits:
        if name is not None and start < text.title:
            companies.add(name.company)
            if name.feature:
                features.append((start, end, name))
    marks: dict[str, Span] = {}
    if features:
        sure = {
            name.company
            for start, _, name in hits
            if name and start < text.title and not name.alias.plain
        }
        for start, end, name in features:
            mark = _MARK.get(name.alias.sort)
            if mark is not None and name.company in sure:
                marks.setdefault(mark, (start, end))
    if len(companies) > 1:
        marks[SEVERAL] = (0, text.title)
    return marks

"""Tags an entry: which companies it is about, which topics, whether it is news of the industry.

names.py finds the companies and phrases.py the concepts; here what they found is weighed by where
it stands. Every verdict keeps its evidence.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from digest.model import CompanyId, CompanyTag, Evidence, Role, Tags, TopicId, TopicTag
from digest.stories.guard import Guards
from digest.stories.lexicon import MODEL, PERSON, SEVERAL, SITE, Alias, Lexicon, Sort
from digest.stories.match import Matcher
from digest.stories.names import NameFinder
from digest.stories.packed import mark_of
from digest.stories.phrases import Phrasebook, Segment, Span, Text, concepts_in, text_of
from digest.stories.spelling import Found, Named, Spelling, whole_names
from digest.stories.tokens import SUMMARY_LIMIT, guess_language, normalise

TOPIC_FROM = 2.0  # score: one phrase of weight 2 in a title, or hints that add up to it
IN_SUMMARY = 0.6  # what a phrase of the summary counts of its weight
TOPICS_AT_MOST = 4
TOPIC_SHARE = 0.25  # of the strongest topic's score; a weaker one is only brushed
_ROUNDING = 0.05  # what rounding may add to a score
COUNTED = 3  # phrases; more of them say the same again
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD_END = re.compile(r"[A-Za-z]*")
_MARK = {Sort.MODEL: MODEL, Sort.PERSON: PERSON, Sort.PLANT: SITE}

_TITLE, _EARLY, _SUMMARY = 3.0, 1.4, 1.0  # a name in a title, in its first third, in a summary
_COMPARED = 0.25
_ARTICLE = 500  # characters; a longer summary names many who are not its subject
_ARTICLE_SHARE = 0.4  # of the strongest company's score, to be a subject of an article
_READ_TITLE, _READ = 1000, 4000  # characters of a title and a summary
_READ_NAMES = 120  # names; who is named so often is a subject by then


# A phrase that speaks for a topic: its score, below 0 so that the best comes first; its place; how
# many were found before it; its field, words and rule. Most topics are brushed and come to nothing,
# so that Evidence is made only of what remains.
_Hint = tuple[float, int, int, str, str, str]


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """All that the lexicon finds in an entry: its tags, and what linking compares.

    That is of the title and the first of the summary, however long it is.
    """

    tags: Tags
    concepts: frozenset[str]
    headline: frozenset[str]  # those of the title alone
    against: frozenset[str]  # what opposes these; nothing that the title says too
    names: frozenset[str]  # "toyota/Prius": brands, models, people and plants named


class Tagger:
    """Reads entries by a lexicon. Holds no state between entries."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._guards = Guards(lexicon)
        self._names = NameFinder(lexicon, self._guards)
        self._phrases = Phrasebook(lexicon)
        self._matcher = Matcher(self._names.patterns, self._phrases.patterns)
        self._linked = frozenset(c.id for c in lexicon.concepts.values() if c.weight > 0)
        self._opposites = lexicon.opposites()
        self._models = {
            f"{company.id}/{label}": f"{company.id}/{known}"
            for company in lexicon.companies.values()
            for label, known in company.labels().items()
        }
        relevance = lexicon.relevance
        self._industry = frozenset((*relevance.field, *relevance.always))

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
        found, words = self._matcher.find(text.whole, text.small)
        hits = whole_names(found[:_READ_NAMES])
        segments = self._phrases.segments(
            text,
            words,
            [(start, end) for start, end, name in hits if not (name and name.feature)],
            _marks(text, hits),
        )
        concepts = concepts_in(segments)
        names = self._names.judge(text, lang, hits, segments, concepts)
        kept = [one for one in names if one.refused is None]
        kept = kept or self._newsroom(outlet)
        companies = _weigh(text, kept)
        of_field = self._of_field(concepts, kept, names)
        relevant, reason = self._relevance(companies, concepts, lang, of_field=of_field)
        reach = text.title + 1 + SUMMARY_LIMIT
        refusals = dict.fromkeys([self._refusal(one, lang) for one in names if one.refused])
        headline = self._linked & concepts_in(_early(segments[:1], text.title))
        return Reading(
            tags=Tags(
                companies=companies,
                topics=self._topics(text, segments) if of_field else (),
                relevant=relevant,
                reasons=(reason, *refusals),
            ),
            concepts=self._linked & concepts_in(_early(segments, reach)),
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

    def _against(self, headline: frozenset[str]) -> frozenset[str]:
        """What opposes a headline's concepts; those that it holds itself oppose nothing."""
        turning = headline & self._opposites.keys()
        if not turning:  # as for most
            return turning
        return frozenset().union(*[self._opposites[c] for c in turning]) - headline

    def _newsroom(self, outlet: str) -> list[Found]:
        """A company's newsroom that names nobody speaks of the company."""
        known = self.lexicon.outlet(outlet) if outlet else None
        company = self.lexicon.companies.get(CompanyId(known.owner)) if known else None
        if company is None:
            return []
        return [Found(Spelling.of(company.id, Alias(text=outlet, label=outlet)), (0, 0))]

    # --- topics ----------------------------------------------------------------------------

    def _topics(self, text: Text, segments: Sequence[Segment]) -> tuple[TopicTag, ...]:
        fired = self._phrases.topics(segments)
        sums: dict[str, float] = {}
        for rule, _ in fired:
            sums[rule.target] = sums.get(rule.target, 0.0) + abs(rule.weight)
        if max(sums.values(), default=0.0) < TOPIC_FROM - _ROUNDING:  # as for most entries
            return ()
        excluded = self._phrases.excluded(segments)
        hints: dict[str, dict[str, _Hint]] = {}
        for (topic, weight, _, _, label, _), (start, end) in fired:
            if topic in excluded or sums[topic] < TOPIC_FROM - _ROUNDING:
                continue
            if start < text.title:
                where, at, score, shown = "title", start, weight, weight
            else:
                where, at, score = "summary", start - text.title - 1, weight * IN_SUMMARY
                shown = round(score, 2)
            words = text.whole[start:end]
            known = hints.setdefault(topic, {})
            if words not in known:
                known[words] = (-shown, at, len(known), where, words, label)
            elif -known[words][0] < score:
                known[words] = (-shown, at, known[words][2], where, words, label)
        if not hints:
            return ()
        scored = []
        for topic, known in hints.items():
            best = sorted(known.values())
            scored.append((round(sum([hint[0] for hint in best[:COUNTED]]), 2), topic, best))
        scored.sort()
        least = max(TOPIC_FROM, TOPIC_SHARE * -scored[0][0])
        return tuple(
            [
                _topic(topic, -score, best, text)
                for score, topic, best in scored[:TOPICS_AT_MOST]
                if -score >= least
            ]
        )

    # --- relevance -------------------------------------------------------------------------

    def _of_field(
        self, concepts: frozenset[str], kept: Sequence[Found], names: Sequence[Found]
    ) -> bool:
        """Whether the entry is of the industry at all."""
        for one in kept:
            if one.compared is None:
                return True
        for one in names:
            if one.refused and not one.name.alias.plain:
                return False
        return not self._industry.isdisjoint(concepts) and not self._guards.astray(concepts)

    def _relevance(
        self,
        companies: Sequence[CompanyTag],
        concepts: frozenset[str],
        lang: str,
        *,
        of_field: bool,
    ) -> tuple[bool, str]:
        relevance = self.lexicon.relevance
        subjects = [tag.company for tag in companies if tag.role is Role.SUBJECT]
        for company in subjects:
            if self.lexicon.companies[company].home == relevance.home:
                name = self.lexicon.company_name(company, lang)
                return True, f"relevant: {name} is a subject, and at home in this market"
        if not of_field:
            return False, "not relevant: nothing of the industry in it"
        if always := concepts.intersection(relevance.always):
            return True, f"relevant: it speaks of the industry ({min(always)})"
        field = bool(subjects) or not concepts.isdisjoint(relevance.field)
        if field and (place := concepts.intersection(relevance.place)):
            return True, f"relevant: the industry in this market ({min(place)})"
        hints = relevance.place_in.get(lang, ())
        if not companies:
            hints = (*hints, *relevance.field_in.get(lang, ()))
        inside = concepts.intersection(hints)
        if field and inside and concepts.isdisjoint(relevance.away):
            return True, f"relevant: “{min(inside)}” in this language means this market"
        what = "only companies from elsewhere" if subjects else "no company"
        return False, f"not relevant: {what}, and no word of this market"

    def _refusal(self, found: Found, lang: str) -> str:
        company = self.lexicon.company_name(found.name.company, lang)
        return f"not {company}: “{found.name.alias.text}” is {found.refused}"


def _early(segments: Sequence[Segment], reach: int) -> Sequence[Segment]:
    """The title and sentences whose first word stands within `reach`: the rest repeats."""
    return [found for found in segments if next(iter(found.values()))[0] < reach]


def _without_outlet(title: str, outlet: str) -> str:
    """The title without " - Outlet" at its end; an outlet may be called after a company."""
    if not outlet or " - " not in title:
        return title
    return title.removesuffix(f" - {normalise(outlet)}")


def _marks(text: Text, hits: Sequence[Named]) -> dict[str, Span]:
    """What the names of the title say to phrases: two companies or more, a model, a plant."""
    if not hits:
        return {}
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


def _topic(topic: str, score: float, best: Iterable[_Hint], text: Text) -> TopicTag:
    return TopicTag(
        topic=TopicId(topic),
        score=score,
        evidence=tuple(
            [
                Evidence(
                    rule=label,
                    words=words + _ending(text, where, start + len(words)),
                    where=where,
                    start=start,
                    score=-less,
                )
                for less, start, _, where, words, label in best
            ]
        ),
    )


def _ending(text: Text, where: str, end: int) -> str:
    """What a Latin word goes on with behind its stem: "tariff*" has found all of "tariffs"."""
    if where == "summary":
        end += text.title + 1
    goes_on = text.small[end - 1 : end] in _LETTERS and text.small[end : end + 1] in _LETTERS
    match = _WORD_END.match(text.whole, end) if goes_on else None
    return match[0] if match else ""


# --- weighing companies --------------------------------------------------------------------------


def _weigh(text: Text, found: Sequence[Found]) -> tuple[CompanyTag, ...]:
    """Each company with its score and role, subjects first."""
    if not found:
        return ()
    evidence: dict[CompanyId, list[Evidence]] = {}
    scores: dict[CompanyId, float] = {}
    acting: set[CompanyId] = set()  # named at least once without a comparison
    for one in found:
        company = one.name.company
        known = evidence.setdefault(company, [])
        told = _evidence(text, one, len(known))
        known.append(told)
        scores[company] = scores.get(company, 0.0) + told.score
        if one.compared is None:
            acting.add(company)
    if len(scores) > 1 and len(text.whole) - text.title > _ARTICLE:
        best = max(scores.values())
        acting = {
            company
            for company in acting
            if scores[company] >= _ARTICLE_SHARE * best
            or any(e.where == "title" for e in evidence[company])
        }
    tags = [
        CompanyTag(
            company=company,
            role=Role.SUBJECT if company in acting else Role.MENTION,
            score=round(scores[company], 2),
            evidence=tuple(known),
        )
        for company, known in evidence.items()
    ]
    if len(tags) > 1:
        tags.sort(key=lambda t: (t.role is Role.MENTION, -t.score, t.company))
    return tuple(tags)


def _evidence(text: Text, found: Found, earlier: int) -> Evidence:
    name, (begin, end), _, compared = found
    if begin < text.title:
        where, start = "title", begin
        score = _TITLE * _EARLY if begin * 3 <= text.title else _TITLE
    else:
        where, start = "summary", begin - text.title - 1
        score = _SUMMARY
    score *= name.share / (1 + 0.5 * earlier)
    rule = name.rule
    if compared is not None:
        score *= _COMPARED
        rule = f"{rule}, only compared ({compared})"
    return Evidence(
        rule=rule, words=text.whole[begin:end], where=where, start=start, score=round(score, 2)
    )

"""Tags an entry: which companies it is about, which topics, whether it is news of the industry.

names.py finds the companies and phrases.py the concepts; here what they found is weighed by where
it stands. Every verdict keeps its evidence.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from digest.model import CompanyId, CompanyTag, Evidence, Role, Tags, TopicId, TopicTag
from digest.stories.guard import Guards
from digest.stories.lexicon import Alias, Lexicon, Sort
from digest.stories.names import Found, NameFinder
from digest.stories.phrases import Phrasebook, Segment, Span, Text, concepts_in, text_of
from digest.stories.tokens import guess_language, normalise

TOPIC_FROM = 2.0  # score: one phrase of weight 2 in a title, or hints that add up to it
IN_SUMMARY = 0.6  # what a phrase of the summary counts of its weight
TOPICS_AT_MOST = 4
TOPIC_SHARE = 0.25  # of the strongest topic's score; a weaker one is only brushed
_COUNTED = 3  # phrases; more of them say the same again

_TITLE, _EARLY, _SUMMARY = 3.0, 1.4, 1.0  # a name in a title, in its first third, in a summary
_LESS = {Sort.MODEL: 0.8, Sort.PERSON: 0.8, Sort.PLANT: 0.8}
_COMPARED = 0.25
_ARTICLE = 500  # characters; a longer summary names many who are not its subject
_ARTICLE_SHARE = 0.4  # of the strongest company's score, to be a subject of an article
_READ = 4000  # characters of a summary

_FEATURES = frozenset(Sort) - {Sort.NAME, Sort.SUBSIDIARY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the lexicon finds in an entry: its tags, and what linking compares."""

    tags: Tags
    concepts: frozenset[str]
    names: frozenset[str]  # "toyota/Prius": brands, models, people and plants named


class Tagger:
    """Reads entries by a lexicon. Holds no state between entries."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._guards = Guards(lexicon)
        self._names = NameFinder(lexicon, self._guards)
        self._phrases = Phrasebook(lexicon)
        self._linked = frozenset(c.id for c in lexicon.concepts.values() if c.weight > 0)

    def tag(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Tags:
        """Companies, topics and relevance of an entry; an empty `lang` is guessed."""
        return self.read(title, summary, lang=lang, outlet=outlet).tags

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        """The tags, and the concepts and names by which stories are linked."""
        lang = lang or guess_language(title)
        text = text_of(_without_outlet(normalise(title), outlet), normalise(summary[:_READ]))
        hits = self._names.hits(text)
        segments = self._phrases.segments(
            text,
            [Span(hit.start, hit.end) for hit in hits if _is_whole(hit.key.alias)],
            several=len({h.key.company for h in hits if h.start < text.title} - {None}) > 1,
        )
        concepts = concepts_in(segments)
        names = self._names.judge(text, lang, hits, segments, concepts)
        kept = [name for name in names if name.refused is None]
        kept = kept or self._newsroom(outlet)
        companies = _weigh(text, kept)
        of_field = self._of_field(concepts, kept, names)
        relevant, reason = self._relevance(companies, concepts, lang, of_field=of_field)
        refusals = dict.fromkeys(self._refusal(name, lang) for name in names if name.refused)
        return Reading(
            tags=Tags(
                companies=companies,
                topics=self._topics(text, segments) if of_field else (),
                relevant=relevant,
                reasons=(reason, *refusals),
            ),
            concepts=concepts & self._linked,
            names=frozenset(
                f"{name.company}/{name.alias.label}"
                for name in kept
                if name.alias.sort in _FEATURES
            ),
        )

    def _newsroom(self, outlet: str) -> list[Found]:
        """A company's newsroom that names nobody speaks of the company."""
        known = self.lexicon.outlet(outlet) if outlet else None
        company = self.lexicon.companies.get(CompanyId(known.owner)) if known else None
        if company is None:
            return []
        alias = Alias(text=outlet, label=outlet)
        return [Found(company=company.id, alias=alias, span=Span(0, 0))]

    # --- topics ----------------------------------------------------------------------------

    def _topics(self, text: Text, segments: Sequence[Segment]) -> tuple[TopicTag, ...]:
        excluded = self._phrases.excluded(segments)
        evidence: dict[str, dict[str, Evidence]] = {}
        for (topic, weight, _, _, label), span in self._phrases.topics(segments):
            if topic in excluded:
                continue
            where, start = text.place(span.start)
            words = text.whole[span.start : span.end]
            score = weight if where == "title" else weight * IN_SUMMARY
            known = evidence.setdefault(topic, {})
            if words not in known or known[words].score < score:
                known[words] = Evidence(
                    rule=label, words=words, where=where, start=start, score=round(score, 2)
                )
        tags = [_topic(topic, known.values()) for topic, known in evidence.items()]
        tags.sort(key=lambda tag: (-tag.score, tag.topic))
        least = max(TOPIC_FROM, TOPIC_SHARE * tags[0].score) if tags else TOPIC_FROM
        return tuple(tag for tag in tags if tag.score >= least)[:TOPICS_AT_MOST]

    # --- relevance -------------------------------------------------------------------------

    def _of_field(
        self, concepts: Collection[str], kept: Sequence[Found], names: Sequence[Found]
    ) -> bool:
        """Whether the entry is of the industry at all."""
        if kept:
            return True
        if any(name.refused and not name.alias.plain for name in names):
            return False
        relevance = self.lexicon.relevance
        industry = any(key in concepts for key in (*relevance.field, *relevance.always))
        return industry and not self._guards.astray(concepts)

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
        if always := sorted(concepts.intersection(relevance.always)):
            return True, f"relevant: it speaks of the industry ({always[0]})"
        field = bool(subjects) or not concepts.isdisjoint(relevance.field)
        if field and (place := sorted(concepts.intersection(relevance.place))):
            return True, f"relevant: the industry in this market ({place[0]})"
        inside = sorted(concepts.intersection(relevance.place_in.get(lang, ())))
        if field and inside and concepts.isdisjoint(relevance.away):
            return True, f"relevant: “{inside[0]}” in this language means this market"
        what = "only companies from elsewhere" if subjects else "no company"
        return False, f"not relevant: {what}, and no word of this market"

    def _refusal(self, name: Found, lang: str) -> str:
        company = self.lexicon.company_name(name.company, lang)
        return f"not {company}: “{name.alias.text}” is {name.refused}"


def _is_whole(alias: Alias | None) -> bool:
    """Whether a name's words mean nothing alone: 通商 in 豊田通商, but not Ninja in Ninja ZX."""
    return alias is None or alias.sort not in _FEATURES


def _without_outlet(title: str, outlet: str) -> str:
    """The title without " - Outlet" at its end; an outlet may be called after a company."""
    return title.removesuffix(f" - {normalise(outlet)}") if outlet else title


def _topic(topic: str, known: Iterable[Evidence]) -> TopicTag:
    best = sorted(known, key=lambda e: (-e.score, e.start))
    return TopicTag(
        topic=TopicId(topic),
        score=round(sum(e.score for e in best[:_COUNTED]), 2),
        evidence=tuple(best),
    )


# --- weighing companies --------------------------------------------------------------------------


def _weigh(text: Text, names: Sequence[Found]) -> tuple[CompanyTag, ...]:
    """Each company with its score and role, subjects first."""
    evidence: dict[CompanyId, list[Evidence]] = {}
    acting: set[CompanyId] = set()  # named at least once without a comparison
    for name in names:
        known = evidence.setdefault(name.company, [])
        known.append(_evidence(text, name, len(known)))
        if name.compared is None:
            acting.add(name.company)
    scores = {company: sum(e.score for e in known) for company, known in evidence.items()}
    best = max(scores.values(), default=0.0)
    if not acting:  # all are compared: the strongest is what there is
        acting = {company for company, score in scores.items() if score == best}
    if len(text.whole) - text.title > _ARTICLE:
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
    return tuple(sorted(tags, key=lambda t: (t.role is Role.MENTION, -t.score, t.company)))


def _evidence(text: Text, name: Found, earlier: int) -> Evidence:
    where, start = text.place(name.span.start)
    score = _TITLE if where == "title" else _SUMMARY
    if where == "title" and start * 3 <= text.title:
        score *= _EARLY
    score *= _LESS.get(name.alias.sort, 1.0) / (1 + 0.5 * earlier)
    rule = f"{name.alias.sort} {name.alias.text}"
    if name.compared is not None:
        score *= _COMPARED
        rule += f", only compared ({name.compared})"
    words = text.whole[name.span.start : name.span.end]
    return Evidence(rule=rule, words=words, where=where, start=start, score=round(score, 2))

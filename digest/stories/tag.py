"""Tags an entry: which companies it is about, which topics, whether it is news of the industry.

One automaton finds every name and phrase of the lexicon; guard.py says which names are namesakes;
what remains is weighed by where it stands. Every verdict keeps its evidence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import re
from typing import NamedTuple

from digest.model import CompanyId, CompanyTag, Evidence, Role, Tags, TopicId, TopicTag
from digest.stories.guard import Guards
from digest.stories.lexicon import SEVERAL, Alias, Lexicon, Phrase, Sort
from digest.stories.match import Hit, Matcher, Pattern
from digest.stories.tokens import guess_language, lower, normalise

TOPIC_FROM = 2.0  # score: one phrase of weight 2 in a title, or hints that add up to it
IN_SUMMARY = 0.6  # what a phrase of the summary counts of its weight
TOPICS_AT_MOST = 4
TOPIC_SHARE = 0.25  # a topic so much weaker than the first is only brushed

_COUNTED = 3  # phrases; more of them say the same again

_TITLE = 3.0
_EARLY = 1.4  # in the first third of a title
_SUMMARY = 1.0
_LESS = {Sort.MODEL: 0.8, Sort.PERSON: 0.8, Sort.PLANT: 0.8}
_LONG = 500  # characters; a longer summary is an article: it names many who are not its subject
_SUBJECT_SHARE = 0.4  # of the strongest company's score, in an article
_READ = 4000  # characters of a summary
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)")
_LIST = re.compile(r"(?:'s|、|,|と|や|・|/|&| and | or |, and |および)*\s*")


class _Name(NamedTuple):
    """An alias of a company; without one, a longer name that only swallows shorter ones."""

    company: CompanyId | None
    alias: Alias | None


class _Rule(NamedTuple):
    """Phrases that give a concept or a topic."""

    target: str
    weight: float
    parts: tuple[str, ...]
    never: tuple[str, ...]


class Span(NamedTuple):
    """Where something stands in the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A company's name in a text, with the verdict on it."""

    company: CompanyId
    alias: Alias
    span: Span
    refused: str | None = None  # why it is not the company
    compared: str | None = None  # the words that make it a comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the lexicon finds in an entry: its tags, and what linking compares."""

    tags: Tags
    concepts: frozenset[str]
    names: frozenset[str]  # "toyota/Prius": models, people, plants named


@dataclass(frozen=True, slots=True)
class _Text:
    """Title and summary as one text in normal form, cut into title and sentences."""

    text: str
    small: str
    title: int  # length of the title
    cuts: tuple[int, ...]  # where each sentence of the summary begins

    def place(self, start: int) -> tuple[str, int]:
        """Where an offset lies: the field and the offset inside it."""
        return ("title", start) if start <= self.title else ("summary", start - self.title - 1)


class Tagger:
    """Reads entries by a lexicon. Holds no state between entries."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._guards = Guards(lexicon)
        self._names: Matcher[_Name] = Matcher(_name_patterns(lexicon))
        rules = [*_concept_rules(lexicon), *_topic_rules(lexicon), *_exclusions(lexicon)]
        parts = {part for rule in rules for part in (*rule.parts, *rule.never)}
        words = {part for part in parts if not part.startswith("@")}
        self._words: Matcher[str] = Matcher(
            Pattern(form, word, plural=True) for word in sorted(words) for form in _forms(word)
        )
        self._plain_rules = _by_anchor(
            r for r in _concept_rules(lexicon) if not any(p.startswith("@") for p in r.parts)
        )
        self._mixed_rules = _by_anchor(
            r for r in _concept_rules(lexicon) if any(p.startswith("@") for p in r.parts)
        )
        self._topic_rules = _by_anchor(_topic_rules(lexicon))
        self._exclusions = _by_anchor(_exclusions(lexicon))
        self._linked = {c.id for c in lexicon.concepts.values() if c.weight > 0}

    def tag(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Tags:
        """Companies, topics and relevance of an entry; an empty `lang` is guessed."""
        return self.read(title, summary, lang=lang, outlet=outlet).tags

    def read(self, title: str, summary: str, *, lang: str, outlet: str = "") -> Reading:
        """The tags, and the concepts and names by which stories are linked."""
        lang = lang or guess_language(title)
        text = _prepare(_without_outlet(normalise(title), outlet), normalise(summary[:_READ]))
        hits = _longest(self._names.find(text.text, text.small))
        segments = self._segments(text, hits)
        concepts = {key[1:] for found in segments for key in found if key.startswith("@")}
        names = self._companies(text, lang, hits, segments, concepts)
        kept = [name for name in names if name.refused is None]
        companies = _weigh(text, kept)
        about = self._field(concepts, kept, names)
        if len({n.company for n in kept if n.span.start < text.title}) > 1:
            segments[0][SEVERAL] = kept[0].span
        topics = self._topics(text, segments) if about else ()
        relevant, reasons = self._relevance(companies, concepts, lang, about=about)
        refusals = dict.fromkeys(_refusal(self.lexicon, n, lang) for n in names if n.refused)
        return Reading(
            tags=Tags(
                companies=companies,
                topics=topics,
                relevant=relevant,
                reasons=(*reasons, *refusals),
            ),
            concepts=frozenset(concepts & self._linked),
            names=frozenset(
                f"{name.company}/{name.alias.label}"
                for name in kept
                if name.alias.sort not in {Sort.NAME, Sort.SUBSIDIARY}
            ),
        )

    # --- words and concepts ----------------------------------------------------------------

    def _segments(self, text: _Text, names: Sequence[Hit[_Name]]) -> list[dict[str, Span]]:
        """For the title and each sentence: the words and "@concepts" in it, with a place.

        A piece of a name is no word: 通商 in 豊田通商 is not trade.
        """
        segments: list[dict[str, Span]] = [{} for _ in range(len(text.cuts) + 1)]
        inside = {at: (hit.start, hit.end) for hit in names for at in range(hit.start, hit.end)}
        for start, end, word in self._words.find(text.text, text.small):
            name = inside.get(start)
            if name is not None and end <= name[1] and (start, end) != name:
                continue
            at = 0 if start < text.title else bisect_right(text.cuts, start)
            segments[at].setdefault(word, Span(start, end))
        for found in segments:
            for rules in (self._plain_rules, self._mixed_rules):
                for rule, span in _fired(rules, found):
                    found.setdefault(f"@{rule.target}", span)
        return segments

    # --- companies -------------------------------------------------------------------------

    def _companies(
        self,
        text: _Text,
        lang: str,
        hits: Sequence[Hit[_Name]],
        segments: Sequence[dict[str, Span]],
        concepts: set[str],
    ) -> list[Found]:
        found = []
        for hit in hits:
            company, alias = hit.key
            if company is None or alias is None or alias.lang not in {"", lang}:
                continue
            guard = self._guards.refuse(text.text, hit.start, hit.end, alias.text, concepts)
            found.append(
                Found(
                    company=company,
                    alias=alias,
                    span=Span(hit.start, hit.end),
                    refused=guard.why if guard else None,
                )
            )
        vouched = {f.company for f in found if f.refused is None and not f.alias.plain}
        found = [
            found_one
            if found_one.refused or not found_one.alias.plain or found_one.company in vouched
            else self._vouch(found_one, segments)
            for found_one in found
        ]
        return self._compare(text, found)

    def _vouch(self, name: Found, segments: Sequence[dict[str, Span]]) -> Found:
        """A plain word counts as the company's only beside a concept that is not itself."""
        context = self.lexicon.companies[name.company].context or self.lexicon.relevance.field
        start, end = name.span
        for found in () if name.alias.needs_company else segments:
            for key in context:
                span = found.get(f"@{key}")
                if span is not None and (span.end <= start or span.start >= end):
                    return name
        return Found(
            company=name.company,
            alias=name.alias,
            span=name.span,
            refused="a plain word without the company or its trade beside it",
        )

    def _compare(self, text: _Text, found: list[Found]) -> list[Found]:
        """Mark names that are compared, and those listed after such a one."""
        marked: list[Found] = []
        for name in found:
            cue = self._guards.compared(text.small, *name.span) if name.refused is None else None
            if cue is None and name.refused is None and marked and marked[-1].compared:
                between = text.text[marked[-1].span.end : name.span.start]
                if between and _LIST.fullmatch(between):
                    cue = marked[-1].compared
            marked.append(
                name
                if cue is None
                else Found(company=name.company, alias=name.alias, span=name.span, compared=cue)
            )
        return marked

    # --- topics and relevance --------------------------------------------------------------

    def _field(self, concepts: set[str], kept: Sequence[Found], names: Sequence[Found]) -> bool:
        """Whether the entry is of the industry at all."""
        if kept:
            return True
        if any(name.refused and not name.alias.plain for name in names):
            return False
        if self._guards.astray(concepts):
            return False
        relevance = self.lexicon.relevance
        return not concepts.isdisjoint((*relevance.field, *relevance.always))

    def _topics(self, text: _Text, segments: Sequence[dict[str, Span]]) -> tuple[TopicTag, ...]:
        excluded = {
            rule.target for found in segments for rule, _ in _fired(self._exclusions, found)
        }
        evidence: dict[str, dict[str, Evidence]] = {}
        for found in segments:
            for rule, span in _fired(self._topic_rules, found):
                where, start = text.place(span.start)
                words = text.text[span.start : span.end]
                score = rule.weight * (1.0 if where == "title" else IN_SUMMARY)
                known = evidence.setdefault(rule.target, {})
                if words not in known or known[words].score < score:
                    known[words] = Evidence(
                        rule=" & ".join(rule.parts),
                        words=words,
                        where=where,
                        start=start,
                        score=round(score, 2),
                    )
        tags = [
            TopicTag(
                topic=TopicId(topic),
                score=round(sum(e.score for e in best[:_COUNTED]), 2),
                evidence=tuple(best),
            )
            for topic, known in evidence.items()
            if topic not in excluded
            for best in [sorted(known.values(), key=lambda e: (-e.score, e.start))]
        ]
        tags.sort(key=lambda tag: (-tag.score, tag.topic))
        least = max(TOPIC_FROM, TOPIC_SHARE * tags[0].score) if tags else TOPIC_FROM
        return tuple(tag for tag in tags if tag.score >= least)[:TOPICS_AT_MOST]

    def _relevance(
        self, companies: Sequence[CompanyTag], concepts: set[str], lang: str, *, about: bool
    ) -> tuple[bool, tuple[str, ...]]:
        relevance = self.lexicon.relevance
        subjects = [tag.company for tag in companies if tag.role is Role.SUBJECT]
        for company in subjects:
            if self.lexicon.companies[company].home == relevance.home:
                name = self.lexicon.company_name(company, lang)
                return True, (f"relevant: {name} is a subject and at home in this market",)
        if not about:
            return False, ("not relevant: nothing of the industry in it",)
        always = sorted(concepts.intersection(relevance.always))
        if always:
            return True, (f"relevant: it speaks of the industry ({always[0]})",)
        place = sorted(concepts.intersection(relevance.place))
        inside = sorted(concepts.intersection(relevance.place_in.get(lang, ())))
        away = sorted(concepts.intersection(relevance.away))
        field = sorted(concepts.intersection(relevance.field))
        if (field or subjects) and place:
            return True, (f"relevant: the industry and this market ({place[0]})",)
        if field and inside and not away:
            return True, (f"relevant: in this language {inside[0]} means this market",)
        what = "companies from elsewhere only" if subjects else "no company of this market"
        return False, (f"not relevant: {what}, and no word of this market",)


# --- preparing ---------------------------------------------------------------------------------


def _prepare(title: str, summary: str) -> _Text:
    text = f"{title}\n{summary}"
    first = len(title) + 1
    ends = (match.end() for match in _SENTENCE_END.finditer(text, first))
    cuts = (first, *(end for end in ends if end < len(text)))
    return _Text(text, lower(text), len(title), cuts)


def _without_outlet(title: str, outlet: str) -> str:
    """The title without " - Outlet" at its end; an outlet may be called after a company."""
    tail = f" - {normalise(outlet)}"
    return title.removesuffix(tail) if outlet else title


def _name_patterns(lexicon: Lexicon) -> Iterator[Pattern[_Name]]:
    for company in lexicon.companies.values():
        for alias in company.aliases:
            short = len(alias.text) <= 4 and alias.text.isupper()
            yield Pattern(
                alias.text, _Name(company.id, alias), strict=True, cased=alias.plain or short
            )
        for block in company.blocks:
            yield Pattern(block, _Name(None, None))


def _rule(target: str, phrase: Phrase, weight: float) -> _Rule:
    never = tuple(part[1:] for part in phrase.parts if part.startswith("!"))
    parts = tuple(part for part in phrase.parts if not part.startswith("!"))
    return _Rule(target, weight, parts, never)


def _forms(word: str) -> Iterator[str]:
    """ "step* down" in all its forms; a star at the end is the matcher's business."""
    head, star, tail = word.partition("* ")
    if not star:
        yield word
        return
    base = head.removesuffix("e")
    for ending in ("", "s", "es", "d", "ed", "ing"):
        yield f"{head}{ending} {tail}"
    for stem in (base, head + head[-1]):
        yield f"{stem}ing {tail}"
        yield f"{stem}ed {tail}"


def _concept_rules(lexicon: Lexicon) -> list[_Rule]:
    return [
        _rule(concept.id, form, 1.0)
        for concept in lexicon.concepts.values()
        for form in concept.forms
    ]


def _topic_rules(lexicon: Lexicon) -> list[_Rule]:
    from_concepts = [
        _Rule(topic, weight, (f"@{concept.id}",), ())
        for concept in lexicon.concepts.values()
        for topic, weight in concept.topics.items()
    ]
    phrases: list[tuple[TopicId, Phrase]] = [
        (topic.id, phrase) for topic in lexicon.topics.values() for phrase in topic.phrases
    ]
    return [*from_concepts, *(_rule(topic, phrase, phrase.weight) for topic, phrase in phrases)]


def _exclusions(lexicon: Lexicon) -> list[_Rule]:
    return [
        _rule(topic.id, phrase, 0.0)
        for topic in lexicon.topics.values()
        for phrase in topic.exclude
    ]


def _by_anchor(rules: Iterable[_Rule]) -> dict[str, tuple[_Rule, ...]]:
    anchored: dict[str, tuple[_Rule, ...]] = {}
    for rule in rules:
        anchored[rule.parts[0]] = (*anchored.get(rule.parts[0], ()), rule)
    return anchored


def _fired(
    rules: dict[str, tuple[_Rule, ...]], found: dict[str, Span]
) -> Iterator[tuple[_Rule, Span]]:
    for anchor in tuple(found):
        for rule in rules.get(anchor, ()):
            if all(part in found for part in rule.parts[1:]) and not any(
                part in found for part in rule.never
            ):
                yield rule, found[anchor]


# --- weighing ----------------------------------------------------------------------------------


def _longest(hits: Sequence[Hit[_Name]]) -> list[Hit[_Name]]:
    """Hits that no longer one overlaps, in order; an alias wins over a block of its length."""
    taken: list[Hit[_Name]] = []
    order = sorted(hits, key=lambda h: (h.start - h.end, h.start, h.key.company is None))
    for hit in order:
        if all(hit.end <= other.start or hit.start >= other.end for other in taken):
            taken.append(hit)
    return sorted(taken, key=lambda h: h.start)


def _weigh(text: _Text, names: Sequence[Found]) -> tuple[CompanyTag, ...]:
    evidence: dict[CompanyId, list[Evidence]] = {}
    compared: dict[CompanyId, bool] = {}
    for name in names:
        where, start = text.place(name.span.start)
        known = evidence.setdefault(name.company, [])
        score = _TITLE if where == "title" else _SUMMARY
        if where == "title" and start * 3 <= text.title:
            score *= _EARLY
        score *= _LESS.get(name.alias.sort, 1.0) / (1 + 0.5 * len(known))
        rule = f"{name.alias.sort} {name.alias.text}"
        if name.compared:
            score *= 0.25
            rule += f", compared: {name.compared}"
        compared[name.company] = compared.get(name.company, True) and bool(name.compared)
        words = text.text[name.span.start : name.span.end]
        known.append(
            Evidence(rule=rule, words=words, where=where, start=start, score=round(score, 2))
        )
    scores = {company: sum(e.score for e in known) for company, known in evidence.items()}
    best = max(scores.values(), default=0.0)
    article = len(text.text) - text.title > _LONG
    only_compared = all(compared.values())
    tags = [
        CompanyTag(
            company=company,
            role=Role.SUBJECT
            if (not compared[company] or (only_compared and scores[company] == best))
            and (not article or _leads(evidence[company], scores[company], best))
            else Role.MENTION,
            score=round(scores[company], 2),
            evidence=tuple(known),
        )
        for company, known in evidence.items()
    ]
    tags.sort(key=lambda tag: (tag.role is Role.MENTION, -tag.score, tag.company))
    return tuple(tags)


def _leads(known: Sequence[Evidence], score: float, best: float) -> bool:
    """In an article a subject stands in the title or is spoken of again and again."""
    return any(e.where == "title" for e in known) or score >= _SUBJECT_SHARE * best


def _refusal(lexicon: Lexicon, name: Found, lang: str) -> str:
    company = lexicon.company_name(name.company, lang)
    return f"not {company}: “{name.alias.text}” is {name.refused}"

"""Orders stories as a reader would.

First what many independent voices tell, primary sources, what is new, and what the lexicon's
editor cares for; then the stories are spread, so that one company or one subject does not fill the
page. Every score carries its reasons.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from typing import TypeVar

from digest.model import CompanyId, FeedKind, Report, Story, TopicId
from digest.stories.deeds import tells_a_deed
from digest.stories.lexicon import Lexicon
from digest.stories.tokens import headline as bare_title
from digest.stories.tokens import lower

Tag = TypeVar("Tag", CompanyId, TopicId)

HALF_LIFE = timedelta(days=5)  # of a weekly issue: else Monday's news always loses
DIVERSITY = 0.18  # how much likeness to stories above costs; 0 ranks by score alone
PER_COMPANY = 3  # stories of one company in every so many places, while others remain
PLACES = 10

_FLOOR = 0.35  # what age leaves of a score
_PRIMARY = 1.25  # a newsroom or regulator speaks itself
_TWO_LANGUAGES = 1.15
_MENTION = 0.5
_SAME_COMPANIES, _SAME_TOPICS = 0.6, 0.4
_TOPIC_SHARE = 0.34  # of the reports, for a story to have a tag
_LONG_TITLE = 110  # characters
_PRIMARY_KINDS = frozenset({FeedKind.NEWSROOM, FeedKind.REGULATOR})
# How ministries and companies head their papers: it says of what kind they are, not what happened.
_FORM = re.compile(
    r"について(?:[（(].{0,40}[）)])?$|(?:お知らせ|お詫び|ご案内|の届け?出|報道発表資料|概要|一覧)(?:[（(].{0,40}[）)])?$"
    r"|^(?:報道発表|プレスリリース|News Release|Press Release|Notice|Announcement|Notification)"
    r"\b.{0,3}(?:of|on|regarding|concerning|about|[:：])",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^(?:opinion|analysis|comment(?:ary)?|explainer|feature|editorial|column|live|watch|video|review"
    r"|why|how|what|when|who|where|inside|meet|behind|five|ten|\d+ things)\b|\bexplained\b"
    r"|^(?:社説|コラム|解説|特集|論評|連載|検証|【(?:解説|社説|コラム|特集|検証)】)|舞台裏|なぜ|背景に何|(?:と|って)は何|徹底(?:解説|検証)",
    re.IGNORECASE,
)
_DEED = 0.15  # more than one trade paper's word weighs over another's
_FORMAL = 1.5  # more than any outlet's word weighs over another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A story in its place, with what it is about and why it stands there."""

    story: Story
    score: float
    reasons: tuple[str, ...]
    section: TopicId | None  # None: no topic
    companies: tuple[CompanyId, ...]  # the lead company first
    topics: tuple[TopicId, ...]  # the main topic first

    @property
    def lead(self) -> CompanyId | None:
        """The company that the story is mostly about."""
        return self.companies[0] if self.companies else None


def rank(
    stories: Sequence[Story],
    *,
    lexicon: Lexicon,
    sections: Sequence[TopicId],
    now: datetime,
    half_life: timedelta = HALF_LIFE,
    diversity: float = DIVERSITY,
) -> list[Ranked]:
    """The stories in order, the lead first. Stories of no interest (0) are left out."""
    scored = [_score(story, lexicon, sections, now, half_life) for story in stories]
    waiting = sorted(
        (ranked for ranked in scored if ranked.score > 0),
        key=lambda ranked: (-ranked.score, ranked.story.id),
    )
    return _spread(waiting, diversity)


def headline(story: Story, lang: str) -> Report:
    """The report whose headline tells the story in that language, or in any if none is in it.

    The one most like the others, from the weightiest outlets, that says what was done; questions,
    opinions, explanations, long titles and those of forms ("Notice regarding …") stand back.
    """
    told = [report for report in story.reports if report.entry.lang == lang] or list(story.reports)
    relevant = [report for report in told if report.tags.relevant] or told
    return min(
        relevant,
        key=lambda r: (-_fitness(r, relevant), r.entry.published, r.stored.id),
    )


def companies_of(story: Story) -> tuple[CompanyId, ...]:
    """The subjects of a story: those of a third of its reports, the most common first."""
    return _common(story, lambda report: report.tags.subjects)


def topics_of(story: Story) -> tuple[TopicId, ...]:
    """The topics of a story: those of a third of its reports, the most common first."""
    return _common(story, lambda report: report.tags.topic_ids)


def _common(story: Story, tags: Callable[[Report], tuple[Tag, ...]]) -> tuple[Tag, ...]:
    relevant = [report for report in story.reports if report.tags.relevant] or story.reports
    counts: Counter[Tag] = Counter()
    places: dict[Tag, float] = {}
    for report in relevant:
        for place, tag in enumerate(tags(report)):
            counts[tag] += 1
            places[tag] = places.get(tag, 0.0) + place
    least = _TOPIC_SHARE * len(relevant)
    kept = [tag for tag, count in counts.items() if count >= least]
    return tuple(sorted(kept, key=lambda tag: (-counts[tag], places[tag], tag)))


# --- scoring -----------------------------------------------------------------------------------


def _score(
    story: Story,
    lexicon: Lexicon,
    sections: Sequence[TopicId],
    now: datetime,
    half_life: timedelta,
) -> Ranked:
    companies, topics = companies_of(story), topics_of(story)
    voices = _voices(story)
    first = max(
        min(r.entry.published for r in story.reports), story.reports[-1].entry.published - half_life
    )
    age = max(timedelta(), now - first)
    factors: list[tuple[str, float]] = [
        (_told_by(voices), log2(1 + sum(voices.values()))),
        (f"{_length(age)} old", _FLOOR + (1 - _FLOOR) * 0.5 ** (age / half_life)),
    ]
    if any(report.kind in _PRIMARY_KINDS for report in story.reports):
        factors.append(("a primary source tells it", _PRIMARY))
    if len({report.entry.lang for report in story.reports}) > 1:
        factors.append(("told in two languages", _TWO_LANGUAGES))
    interest = _company_interest(story, companies, lexicon)
    if interest != 1:
        factors.append(("interest in its companies", interest))
    interest = max((_topic_interest(lexicon, topic) for topic in topics), default=1.0)
    if interest != 1:
        factors.append(("interest in its topics", interest))
    score = 1.0
    for _, factor in factors:
        score *= factor
    return Ranked(
        story=story,
        score=round(score, 4),
        reasons=tuple(f"{why}: ×{factor:.2f}" for why, factor in factors),
        section=_section(topics, sections),
        companies=companies,
        topics=topics,
    )


def _voices(story: Story) -> dict[str, float]:
    """Each owner with the weight of its weightiest outlet."""
    voices: dict[str, float] = {}
    for report in story.reports:
        voices[report.owner] = max(report.weight, voices.get(report.owner, 0.0))
    return voices


def _told_by(voices: Mapping[str, float]) -> str:
    return "told by one voice" if len(voices) == 1 else f"told by {len(voices)} independent voices"


def _length(age: timedelta) -> str:
    hours = int(age / timedelta(hours=1))
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _company_interest(story: Story, companies: Sequence[CompanyId], lexicon: Lexicon) -> float:
    known = [lexicon.companies[company] for company in companies if company in lexicon.companies]
    if known:
        return max(company.interest for company in known)
    mentioned = {tag.company for report in story.reports for tag in report.tags.companies}
    return _MENTION if mentioned else 1.0


def _topic_interest(lexicon: Lexicon, topic: TopicId) -> float:
    known = lexicon.topics.get(topic)
    return 1.0 if known is None else known.interest


def _section(topics: Sequence[TopicId], sections: Sequence[TopicId]) -> TopicId | None:
    """The story's main topic that has a section; one that the operator did not place comes last."""
    return next((topic for topic in topics if topic in sections), topics[0] if topics else None)


# --- spreading ---------------------------------------------------------------------------------


def _spread(waiting: list[Ranked], diversity: float) -> list[Ranked]:
    """Maximal marginal relevance, with at most so many stories a company while others remain."""
    top = waiting[0].score if waiting else 1.0
    chosen: list[Ranked] = []
    told: Counter[CompanyId] = Counter()
    likeness = {ranked.story.id: 0.0 for ranked in waiting}
    while waiting:
        most = PER_COMPANY * (1 + len(chosen) // PLACES)
        open_ones = [r for r in waiting if r.lead is None or told[r.lead] < most]
        best = max(
            open_ones or waiting,
            key=lambda r: (
                (1 - diversity) * r.score / top - diversity * likeness[r.story.id],
                -r.story.id,
            ),
        )
        waiting.remove(best)
        chosen.append(best)
        if best.lead is not None:
            told[best.lead] += 1
        for ranked in waiting:
            alike = _likeness(best, ranked)
            likeness[ranked.story.id] = max(likeness[ranked.story.id], alike)
    return chosen


def _likeness(one: Ranked, other: Ranked) -> float:
    return _SAME_COMPANIES * _jaccard(one.companies, other.companies) + (
        _SAME_TOPICS * _jaccard(one.topics, other.topics)
    )


def _jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    union = {*one, *other}
    return len({*one} & {*other}) / len(union) if union else 0.0


# --- the headline ------------------------------------------------------------------------------


def _fitness(report: Report, others: Sequence[Report]) -> float:
    title = report.entry.title
    mine = _letters(title)
    alike = [_overlap(mine, _letters(o.entry.title)) for o in others if o is not report]
    fitness = report.weight + (sum(alike) / len(alike) if alike else 0.0)
    if report.kind in _PRIMARY_KINDS:
        fitness -= 0.2  # a newsroom's title praises, a trade paper's says what happened
    if title.rstrip().endswith(("?", "？", "か")):
        fitness -= 0.5
    if _COMMENT.search(title):
        fitness -= 0.6
    if tells_a_deed(lower(bare_title(title))):
        fitness += _DEED
    if len(title) > _LONG_TITLE:
        fitness -= 0.3
    if _FORM.search(title.strip()):
        fitness -= _FORMAL
    return fitness


def _letters(title: str) -> frozenset[str]:
    text = bare_title(title).lower()
    return frozenset(text[i : i + 3] for i in range(len(text) - 2))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0

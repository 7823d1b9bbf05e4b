"""Orders stories as a reader would.

First what many independent outlets tell, what much is at stake in, primary sources, what is new,
and what the lexicon's editor cares for; then the stories are spread, so that one company or one
subject does not fill the page. Every score carries its reasons. Which section a story stands in is
section.py's.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from math import log2
from typing import TypeVar

from digest.model import CompanyId, FeedKind, Report, Story, TopicId
from digest.stories.headline import PRIMARY_KINDS
from digest.stories.lexicon import Lexicon
from digest.stories.section import section_of
from digest.stories.stakes import enough, stakes
from digest.stories.tokens import overlap

Tag = TypeVar("Tag", CompanyId, TopicId)

HALF_LIFE = timedelta(days=5)  # of a weekly issue: else Monday's news always loses
DIVERSITY = 0.18  # how much likeness to stories above costs
PER_COMPANY = 3  # stories of one company in every so many places, while others remain
PLACES = 10

_FLOOR = 0.6  # what age leaves of a score: of a week's news the greatest leads, not the newest
_PRIMARY = 1.2  # a newsroom or regulator speaks itself: of every small matter, too
_RECALLS = TopicId("recall_safety")
_TWO_LANGUAGES = 1.15
_MENTION = 0.5
_SAME_COMPANIES, _SAME_TOPICS = 0.6, 0.4

_Turn = tuple[float, int, int]  # the best is the smallest; the last is a place in a list


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
) -> list[Ranked]:
    """The stories in order, the lead first. Stories of no interest (0) are left out."""
    scored = [_score(story, lexicon, sections, now) for story in stories]
    waiting = sorted(
        (ranked for ranked in scored if ranked.score > 0),
        key=lambda ranked: (-ranked.score, ranked.story.id),
    )
    return _spread(waiting)


def companies_of(story: Story) -> tuple[CompanyId, ...]:
    """The subjects of a story: those of more than a third of its reports, the most common first."""
    return _common(story, lambda report: report.tags.subjects)


def topics_of(story: Story) -> tuple[TopicId, ...]:
    """The topics of a story: those of more than a third of its reports, the most common first."""
    return _common(story, lambda report: report.tags.topic_ids)


def _relevant(story: Story) -> Sequence[Report]:
    return [report for report in story.reports if report.tags.relevant] or story.reports


def _common(story: Story, tags: Callable[[Report], tuple[Tag, ...]]) -> tuple[Tag, ...]:
    relevant = _relevant(story)
    counts: Counter[Tag] = Counter()
    places: dict[Tag, float] = {}
    for report in relevant:
        for place, tag in enumerate(tags(report)):
            counts[tag] += 1
            places[tag] = places.get(tag, 0.0) + place
    kept = [tag for tag, count in counts.items() if enough(count, len(relevant))]
    return tuple(sorted(kept, key=lambda tag: (-counts[tag], places[tag], tag)))


# --- scoring -----------------------------------------------------------------------------------


def _score(story: Story, lexicon: Lexicon, sections: Sequence[TopicId], now: datetime) -> Ranked:
    companies, topics = companies_of(story), topics_of(story)
    owners = _owners(story)
    first = max(
        min(r.entry.published for r in story.reports), story.reports[-1].entry.published - HALF_LIFE
    )
    age = max(timedelta(), now - first)
    factors: list[tuple[str, float]] = [
        (_told_by(owners), log2(1 + sum(owners.values()))),
        (f"{_length(age)} old", _FLOOR + (1 - _FLOOR) * 0.5 ** (age / HALF_LIFE)),
    ]
    if (figures := stakes(_relevant(story))) != 1:
        factors.append(("large figures", figures))
    if any(report.kind in _primary_kinds(topics) for report in story.reports):
        factors.append(("a primary source tells it", _PRIMARY))
    if len({report.entry.lang for report in story.reports}) > 1:
        factors.append(("told in two languages", _TWO_LANGUAGES))
    interest = _company_interest(story, companies, lexicon)
    if interest != 1:
        factors.append(("interest in its companies", interest))
    interest = _topics_interest(topics, lexicon)
    if interest != 1:
        factors.append(("interest in its topics", interest))
    score = 1.0
    for _, factor in factors:
        score *= factor
    return Ranked(
        story=story,
        score=round(score, 4),
        reasons=tuple(f"{why}: ×{factor:.2f}" for why, factor in factors),
        section=section_of(
            _relevant(story), topics, sections, {t: _interest(t, lexicon) for t in topics}
        ),
        companies=companies,
        topics=topics,
    )


def _primary_kinds(topics: Sequence[TopicId]) -> Collection[FeedKind]:
    """Whose own word makes a story more: of a recall there is always the regulator's paper."""
    return {FeedKind.NEWSROOM} if topics[:1] == (_RECALLS,) else PRIMARY_KINDS


def _owners(story: Story) -> dict[str, float]:
    """Each owner with the weight of its weightiest outlet."""
    owners: dict[str, float] = {}
    for report in story.reports:
        owners[report.owner] = max(report.weight, owners.get(report.owner, 0.0))
    return owners


def _told_by(owners: Mapping[str, float]) -> str:
    return (
        "told by one outlet" if len(owners) == 1 else f"told by {len(owners)} independent outlets"
    )


def _length(age: timedelta) -> str:
    hours = int(age / timedelta(hours=1))
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _company_interest(story: Story, companies: Sequence[CompanyId], lexicon: Lexicon) -> float:
    known = [lexicon.companies[company] for company in companies if company in lexicon.companies]
    if known:
        return max(company.interest for company in known)
    mentioned = {tag.company for report in story.reports for tag in report.tags.companies}
    return _MENTION if mentioned else 1.0


def _topics_interest(topics: Sequence[TopicId], lexicon: Lexicon) -> float:
    """That of the main topic where it is a lesser one, else that of the topic that counts most.

    A race is no news of restructuring because its team is short of money.
    """
    weights = [_interest(topic, lexicon) for topic in topics] or [1.0]
    return weights[0] if weights[0] < 1 else max(weights)


def _interest(topic: TopicId, lexicon: Lexicon) -> float:
    known = lexicon.topics.get(topic)
    return 1.0 if known is None else known.interest


# --- spreading ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Waiting:
    """A story that has no place yet, with how like it is to the likest of those above."""

    ranked: Ranked
    companies: frozenset[CompanyId]
    topics: frozenset[TopicId]
    likeness: float = 0.0
    placed: bool = False


def _spread(stories: Sequence[Ranked]) -> list[Ranked]:
    """Maximal marginal relevance, with at most so many stories a company while others remain.

    A story is worth less with each one above that is like it, never more. So the turns of those
    that wait lie in a heap: where one is worth less its new turn is pushed, and the old one is
    passed by when it comes up. Only stories that share something are compared.
    """
    top = stories[0].score if stories else 1.0
    waiting = [_Waiting(r, frozenset(r.companies), frozenset(r.topics)) for r in stories]
    sharing = _sharing(waiting)

    def turn(number: int) -> _Turn:
        one = waiting[number]
        worth = (1 - DIVERSITY) * one.ranked.score / top - DIVERSITY * one.likeness
        return -worth, int(one.ranked.story.id), number

    free, full = [turn(number) for number in range(len(waiting))], list[_Turn]()
    heapify(free)
    chosen: list[Ranked] = []
    told: Counter[CompanyId] = Counter()
    while free or full:
        others_remain = bool(free)
        best = heappop(free if others_remain else full)
        one = waiting[best[2]]
        if one.placed or best != turn(best[2]):
            continue
        lead = one.ranked.lead
        if lead is not None:
            if others_remain and told[lead] >= PER_COMPANY * (1 + len(chosen) // PLACES):
                heappush(full, best)
                continue
            told[lead] += 1
        one.placed = True
        chosen.append(one.ranked)
        for number in _beside(one, waiting, sharing):
            heappush(free, turn(number))
        if len(chosen) % PLACES == 0:  # each company has room again
            free, full = free + full, []
            heapify(free)
    return chosen


def _sharing(waiting: Sequence[_Waiting]) -> Mapping[str, Sequence[int]]:
    """The stories that each company and each topic has."""
    sharing: dict[str, list[int]] = {}
    for number, one in enumerate(waiting):
        for name in (*one.companies, *one.topics):
            sharing.setdefault(name, []).append(number)
    return sharing


def _beside(
    chosen: _Waiting, waiting: Sequence[_Waiting], sharing: Mapping[str, Sequence[int]]
) -> Iterator[int]:
    """The stories that are more like this one than like any above it; notes how much."""
    for number in {each for name in (*chosen.companies, *chosen.topics) for each in sharing[name]}:
        other = waiting[number]
        if not other.placed and (alike := _likeness(chosen, other)) > other.likeness:
            other.likeness = alike
            yield number


def _likeness(one: _Waiting, other: _Waiting) -> float:
    return _SAME_COMPANIES * overlap(one.companies, other.companies) + (
        _SAME_TOPICS * overlap(one.topics, other.topics)
    )

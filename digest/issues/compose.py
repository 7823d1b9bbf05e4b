"""What an issue tells, and what of it a reader gets.

Takes the ranked stories as they come from stories/rank.py; decides which of them an earlier issue
has told well enough and which are overtaken by a later one, narrows the list to a reader's choice
and lays it out in sections. The texts are texts.py's, how it looks tell.py's and the templates'.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from digest.issues.texts import frozen
from digest.model import (
    Choice,
    CompanyId,
    EarlierStage,
    Issue,
    IssueStory,
    Period,
    SentAlert,
    Story,
    StoryId,
    TopicId,
    Usual,
)
from digest.settings import Edition
from digest.stories.rank import Ranked, companies_of, topics_of

# A story that an earlier issue told comes back when so many times the owners tell it.
TELL_AGAIN = 2

LED = "the operator lets it lead this issue"
LED_BEFORE = "the operator lets story {} lead this issue, and this is what has become of it"
INSTEAD = "it stands where story {} would, which it has overtaken"
CHANGED = 4  # stories that follow earlier ones, in the section of such; the others stand in theirs
TABLE_COMPANIES = 4
TABLE_TOPICS = 6

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an issue is made by beside the period's stories: what was before, and what is asked."""

    # The owners that stories had when an issue told them, and the earlier stages of stories.
    told: Mapping[StoryId, int] = field(default_factory=dict)
    earlier: Mapping[StoryId, tuple[EarlierStage, ...]] = field(default_factory=dict)
    usual: Usual = field(default_factory=Usual)  # what the issues before told of
    alerts: tuple[SentAlert, ...] = ()  # of the period
    note: str = ""  # of the operator, on top
    lead: StoryId | None = None  # the story that the operator puts first


@dataclass(frozen=True, slots=True)
class Section:
    """The stories of one topic, the best first; None holds those without a topic.

    One section holds stories of several topics instead: sagas that have gone on.
    """

    topic: TopicId | None
    stories: tuple[IssueStory, ...]
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """So many stories; None: there is nothing to compare them with."""

    stories: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """How many stories tell of a company and a topic: a row a topic, a column a company."""

    companies: tuple[CompanyId, ...]
    rows: tuple[tuple[TopicId, tuple[Count, ...]], ...]


def compose(
    edition: Edition,
    period: Period,
    ranked: Sequence[Ranked],
    brief: Brief,
    *,
    title: str,
    entries_read: int,
    now: datetime,
) -> Issue:
    """The whole list of an issue, frozen with its texts.

    A story that an earlier issue told is left out unless twice as many tell it now. What the
    operator lets lead stands first: of a saga that has gone on, the latest stage.
    """
    news = [one for one in ranked if is_news(one.story, brief.told)]
    overtaken = _overtaken(news, brief.earlier)
    chosen = _led_by(brief.lead, news, overtaken)
    ids = {one.story.id for one in chosen}
    others = [one for one in news if one.story.id not in ids]
    news = chosen + _in_their_place(others, overtaken)
    return Issue(
        edition=edition.name,
        period=period,
        title=title,
        frozen_at=now,
        stories=tuple(
            frozen(one, rank, brief.earlier.get(one.story.id, ()), overtaken.get(one.story.id))
            for rank, one in enumerate(news, start=1)
        ),
        entries_read=entries_read,
        note=brief.note,
        usual=brief.usual,
        alerts=brief.alerts,
    )


def select(issue: Issue, choice: Choice, max_stories: int | None = None) -> tuple[IssueStory, ...]:
    """The stories of an issue that meet a choice, in their order, at most so many.

    One that is overtaken by another of them is left out: that one tells of it.
    """
    meeting = [story for story in issue.stories if meets(choice, story.companies, story.topics)]
    ids = {story.story for story in meeting}
    return tuple(story for story in meeting if story.overtaken_by not in ids)[:max_stories]


def sections_of(
    stories: Sequence[IssueStory], order: Sequence[TopicId]
) -> tuple[IssueStory, tuple[Section, ...]]:
    """The lead and the sections after it, each story once and no section empty.

    First the sagas that have gone on, the best of them. Sections of a topic follow the operator's
    order, then those that the operator did not place as their best stories rank, and at the end the
    stories without a topic. Raises ValueError for no stories.
    """
    lead, *rest = stories
    changed = tuple(story for story in rest if story.earlier)[:CHANGED]
    told = {story.story for story in changed}
    others = [story for story in rest if story.story not in told]
    found = list(dict.fromkeys(story.section for story in others))
    places = {topic: place for place, topic in enumerate(order)}

    def place(topic: TopicId | None) -> int:
        if topic is None:
            return len(places) + 1
        return places.get(topic, len(places))

    return lead, (
        *([Section(None, changed, changed=True)] if changed else []),
        *(
            Section(topic, tuple(story for story in others if story.section == topic))
            for topic in sorted(found, key=place)
        ),
    )


def count_table(stories: Sequence[IssueStory], choice: Choice, usual: Usual) -> Table:
    """The companies that most stories tell of, against the topics that those are most about.

    Of a reader's choice only: a cell then counts the same stories for every reader, and may be
    compared with what is usual.
    """
    companies = _most_common(
        (c for story in stories for c in story.companies if c in (choice.companies or {c})),
        TABLE_COMPANIES,
    )
    theirs = [story for story in stories if not set(companies).isdisjoint(story.companies)]
    topics = _most_common(
        (t for story in theirs for t in story.topics if t in (choice.topics or {t})), TABLE_TOPICS
    )
    cells = Counter((c, t) for story in theirs for c in story.companies for t in story.topics)
    before = {(count.company, count.topic): count.stories for count in usual.counts}

    def cell(company: CompanyId, topic: TopicId) -> Count:
        mean = before.get((company, topic), 0.0) if usual.issues else None
        return Count(cells[company, topic], mean)

    rows = ((topic, tuple(cell(company, topic) for company in companies)) for topic in topics)
    return Table(companies, tuple(rows))


def _most_common(names: Iterable[Name], limit: int) -> tuple[Name, ...]:
    return tuple(name for name, _ in Counter(names).most_common(limit))


def is_news(story: Story, told: Mapping[StoryId, int]) -> bool:
    """Whether no earlier issue has told a story well enough."""
    return story.id not in told or len(story.owners) >= TELL_AGAIN * told[story.id]


def same_saga(story: Story, earlier: Story) -> bool:
    """Whether a reader would see at once what an earlier story has to do with one that follows it.

    They are about one company and one topic. Each stage of a saga follows the one before it, but
    the last may have little to do with the first.
    """
    companies, topics = {*companies_of(story)}, {*topics_of(story)}
    return not (
        companies.isdisjoint(companies_of(earlier)) or topics.isdisjoint(topics_of(earlier))
    )


def _overtaken(
    news: Sequence[Ranked], earlier: Mapping[StoryId, tuple[EarlierStage, ...]]
) -> dict[StoryId, StoryId]:
    """The stories that others of the same issue have as an earlier stage, each with the best.

    A reader is told how far it has come, and what it was before in a line.
    """
    ids = {one.story.id for one in news}
    pairs = [
        (stage.story, one.story.id)
        for one in news
        for stage in earlier.get(one.story.id, ())
        if stage.story in ids and stage.story != one.story.id
    ]
    over = {before for before, _ in pairs}
    found: dict[StoryId, StoryId] = {}
    for before, after in sorted(pairs, key=lambda pair: pair[1] in over):
        found.setdefault(before, after)
    return found


def _led_by(
    lead: StoryId | None, news: Sequence[Ranked], overtaken: Mapping[StoryId, StoryId]
) -> list[Ranked]:
    """What the operator puts first: what became of it, then itself for who does not get that."""
    if lead is None:
        return []
    by_id = {one.story.id: one for one in news}
    first = latest(lead, overtaken)
    why = {first: LED_BEFORE.format(lead), lead: LED}
    return [
        replace(by_id[story], reasons=(*by_id[story].reasons, why[story]))
        for story in dict.fromkeys((first, lead))
        if story in by_id
    ]


def latest(story: StoryId, overtaken: Mapping[StoryId, StoryId]) -> StoryId:
    """What has become of a story that others have as an earlier stage; itself if none has."""
    passed = {story}
    while (later := overtaken.get(story)) is not None and later not in passed:
        passed.add(later)
        story = later
    return story


def _in_their_place(news: list[Ranked], overtaken: Mapping[StoryId, StoryId]) -> list[Ranked]:
    """The stories in their order, each before the best of those that it has overtaken."""
    by_id = {one.story.id: one for one in news}
    order: dict[StoryId, Ranked] = {}
    for one in news:
        later = by_id.get(overtaken.get(one.story.id, one.story.id), one)
        if later is not one and later.story.id not in order:
            why = INSTEAD.format(one.story.id)
            order[later.story.id] = replace(later, reasons=(*later.reasons, why))
        order.setdefault(one.story.id, one)
    return list(order.values())


def meets(choice: Choice, companies: Collection[CompanyId], topics: Collection[TopicId]) -> bool:
    """Whether readers of this choice want a story about these companies and topics."""
    return all(
        not wanted or not wanted.isdisjoint(given)
        for wanted, given in ((choice.companies, companies), (choice.topics, topics))
    )

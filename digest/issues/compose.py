"""What an issue tells, and what of it a reader gets.

Takes the ranked stories as they come from stories/rank.py; decides which of them an earlier issue
has told well enough, freezes the texts, narrows the list to a reader's choice and lays it out in
sections. How it looks is left to views.py and the templates.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from digest.model import (
    Choice,
    CompanyId,
    Headline,
    Issue,
    IssueStory,
    OutletLink,
    Period,
    Report,
    Story,
    StoryId,
    TopicId,
)
from digest.settings import Edition
from digest.stories.rank import Ranked, headline

# A story that an earlier issue told comes back when so many times the owners tell it.
TELL_AGAIN = 2

LED = "the operator lets it lead this issue"

TABLE_COMPANIES = 4
TABLE_TOPICS = 6

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Section:
    """The stories of one topic, the best first; None holds those without a topic."""

    topic: TopicId | None
    stories: tuple[IssueStory, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """How many stories tell of a company and a topic: a row a topic, a column a company."""

    companies: tuple[CompanyId, ...]
    rows: tuple[tuple[TopicId, tuple[int, ...]], ...]


def compose(
    edition: Edition,
    period: Period,
    ranked: Sequence[Ranked],
    told: Mapping[StoryId, int],
    *,
    title: str,
    entries_read: int,
    now: datetime,
    note: str = "",
    lead: StoryId | None = None,
) -> Issue:
    """The whole list of an issue, frozen with its texts.

    `told` has the owners that a story had when an earlier issue told it: such a story is left out
    unless twice as many tell it now. The operator's `note` stands on top, their `lead` first.
    """
    news = [one for one in ranked if is_news(one.story, told)]
    chosen = [replace(one, reasons=(*one.reasons, LED)) for one in news if one.story.id == lead]
    news = chosen + [one for one in news if one.story.id != lead]
    return Issue(
        edition=edition.name,
        period=period,
        title=title,
        frozen_at=now,
        stories=tuple(_freeze(one, rank) for rank, one in enumerate(news, start=1)),
        entries_read=entries_read,
        note=note,
    )


def select(issue: Issue, choice: Choice, max_stories: int | None = None) -> tuple[IssueStory, ...]:
    """The stories of an issue that meet a choice, in their order, at most so many."""
    return tuple(s for s in issue.stories if _meets(s, choice))[:max_stories]


def sections_of(
    stories: Sequence[IssueStory], order: Sequence[TopicId]
) -> tuple[IssueStory, tuple[Section, ...]]:
    """The lead and the sections after it, each story once and no section empty.

    Sections follow the operator's order, then those that the operator did not place as their best
    stories rank, and at the end the stories without a topic. Raises ValueError for no stories.
    """
    lead, *others = stories
    found = list(dict.fromkeys(story.section for story in others))
    places = {topic: place for place, topic in enumerate(order)}

    def place(topic: TopicId | None) -> int:
        if topic is None:
            return len(places) + 1
        return places.get(topic, len(places))

    return lead, tuple(
        Section(topic, tuple(story for story in others if story.section == topic))
        for topic in sorted(found, key=place)
    )


def count_table(stories: Sequence[IssueStory]) -> Table:
    """The companies that most stories tell of, against the topics that those are most about."""
    companies = _most_common((c for story in stories for c in story.companies), TABLE_COMPANIES)
    theirs = [story for story in stories if not set(companies).isdisjoint(story.companies)]
    topics = _most_common((t for story in theirs for t in story.topics), TABLE_TOPICS)
    cells = Counter((c, t) for story in theirs for c in story.companies for t in story.topics)
    rows = ((topic, tuple(cells[company, topic] for company in companies)) for topic in topics)
    return Table(companies, tuple(rows))


def _most_common(names: Iterable[Name], limit: int) -> tuple[Name, ...]:
    return tuple(name for name, _ in Counter(names).most_common(limit))


def is_news(story: Story, told: Mapping[StoryId, int]) -> bool:
    """Whether no earlier issue has told a story well enough."""
    return story.id not in told or len(story.owners) >= TELL_AGAIN * told[story.id]


def _meets(story: IssueStory, choice: Choice) -> bool:
    return all(
        not wanted or not wanted.isdisjoint(given)
        for wanted, given in ((choice.companies, story.companies), (choice.topics, story.topics))
    )


def _freeze(ranked: Ranked, rank: int) -> IssueStory:
    story = ranked.story
    return IssueStory(
        story=story.id,
        rank=rank,
        score=ranked.score,
        reasons=ranked.reasons,
        section=ranked.section,
        companies=ranked.companies,
        topics=ranked.topics,
        headlines=_headlines(story),
        outlets=_outlets(story),
        owners=len(story.owners),
        published=story.reports[0].entry.published,
    )


def _headlines(story: Story) -> tuple[Headline, ...]:
    """One headline a language, that of the language in which most owners tell the story first.

    What the operator chose goes before all others.
    """
    voices = Counter(lang for _, lang in {(r.owner, r.entry.lang) for r in story.reports})
    lead = story.lead()
    chosen = None if lead is None else lead.entry.lang
    languages = sorted(voices, key=lambda lang: (lang != chosen, -voices[lang], lang))
    return tuple(_headline(story.lead(lang) or headline(story, lang)) for lang in languages)


def _headline(report: Report) -> Headline:
    entry = report.entry
    return Headline(
        title=entry.title,
        summary="" if _repeats(entry.title, entry.summary) else entry.summary,
        url=entry.url,
        outlet=entry.outlet,
        lang=entry.lang,
    )


def _repeats(title: str, summary: str) -> bool:
    """Whether a summary is the title again, whole or cut, perhaps with the outlet's name after."""
    said, again = _letters(title), _letters(summary)
    return said.startswith(again) or (again.startswith(said) and len(again) < 1.5 * len(said))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _outlets(story: Story) -> tuple[OutletLink, ...]:
    """Each owner's weightiest report, or the first of those that weigh the same."""
    best: dict[str, Report] = {}
    for report in sorted(story.reports, key=lambda r: (-r.weight, r.entry.published)):
        best.setdefault(report.owner, report)
    return tuple(
        OutletLink(
            outlet=report.entry.outlet,
            url=report.entry.url,
            lang=report.entry.lang,
            published=report.entry.published,
        )
        for report in best.values()
    )

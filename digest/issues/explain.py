"""Says of an issue why each story is in and where it stands, and what was left out and why."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.issues.compose import TELL_AGAIN, is_news, sections_of, select
from digest.model import Choice, Issue, IssueStory, Story, StoryId, TopicId


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A story that a reader gets, in the order of the page."""

    story: IssueStory
    lead: bool
    section: TopicId | None
    changed: bool = False  # it stands in the section of sagas that have gone on instead


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story that a reader does not get."""

    story: StoryId
    title: str
    why: str
    relevant: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a reader gets of an issue and what not, the best first."""

    told: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]


def explain(
    issue: Issue,
    choice: Choice,
    shown: int,
    *,
    sections: Sequence[TopicId],
    stories: Iterable[Story],
    told_before: Mapping[StoryId, int],
    frozen: bool,
) -> Explanation:
    """Explain what readers of a choice get of an issue, which has room for so many stories.

    `stories` are those of its period, relevant or not; `told_before` is what compose got.
    """
    chosen = select(issue, choice)
    ids = {story.story for story in chosen}
    return Explanation(
        told=tuple(_told(chosen[:shown], sections)),
        left_out=(
            *(
                _left(story, f"no room: it is number {place}, and there is room for {shown}")
                for place, story in enumerate(chosen[shown:], start=shown + 1)
            ),
            *(_not_chosen(story, choice) for story in issue.stories if story.story not in ids),
            *_not_in_issue(issue, stories, told_before, frozen=frozen),
        ),
    )


def _told(stories: Sequence[IssueStory], order: Sequence[TopicId]) -> Iterable[Placed]:
    if not stories:
        return
    lead, sections = sections_of(stories, order)
    yield Placed(story=lead, lead=True, section=lead.section)
    for section in sections:
        for story in section.stories:
            yield Placed(story=story, lead=False, section=story.section, changed=section.changed)


def _not_chosen(story: IssueStory, choice: Choice) -> LeftOut:
    missed = []
    if choice.companies and choice.companies.isdisjoint(story.companies):
        missed.append(f"it is about {_list(story.companies, 'no company')}")
    if choice.topics and choice.topics.isdisjoint(story.topics):
        missed.append(f"it is on {_list(story.topics, 'no topic')}")
    if not missed:
        return _left(story, f"overtaken: story {story.overtaken_by} has it as what came earlier")
    return _left(story, f"not in the choice: {'; '.join(missed)}")


def _not_in_issue(
    issue: Issue, stories: Iterable[Story], told_before: Mapping[StoryId, int], *, frozen: bool
) -> Iterable[LeftOut]:
    inside = {story.story for story in issue.stories}
    for story in stories:
        if story.id not in inside:
            told = (story.lead() or story.reports[0]).entry
            why = _why_not(story, told_before, frozen=frozen)
            relevant = any(report.tags.relevant for report in story.reports)
            yield LeftOut(story=story.id, title=told.title, why=why, relevant=relevant)


def _why_not(story: Story, told_before: Mapping[StoryId, int], *, frozen: bool) -> str:
    relevant = [report for report in story.reports if report.tags.relevant]
    if not relevant:
        reasons = story.reports[0].tags.reasons
        return "; ".join(reasons) or "not relevant: nothing of it is news of the field"
    if story.excluded:
        return f"excluded by the operator; `digest stories exclude {story.id} --undo` readmits it"
    if not is_news(story, told_before):
        owners = told_before[story.id]
        return (
            f"an earlier issue told it when {owners} outlets did; {len(story.owners)} do now,"
            f" and it comes back at {TELL_AGAIN * owners}"
        )
    if frozen:
        return "it came, or became a story of its own, after the issue was frozen"
    return "of no interest: the lexicon gives its companies or topics an interest of 0"


def _left(story: IssueStory, why: str) -> LeftOut:
    return LeftOut(story=story.story, title=story.headlines[0].title, why=why)


def _list(names: Collection[str], none: str) -> str:
    return ", ".join(names) or none

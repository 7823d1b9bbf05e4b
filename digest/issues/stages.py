"""Parts a story that has gone on after a silence: what is news of it now, and what came before.

Reports of a later stage often come to the story of the first, because they use its words. An issue
that has told the first then tells the later one by its own reports, with the first in a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.model import Report, Story, StoryId

SILENCE = timedelta(days=4)  # that parts two stages; what trails after an event comes sooner
WHY = "it has gone on after a silence, and is told by what came since"
OWNERS = 2  # that tell a stage: one alone looks back, as weeklies and analysts do


@dataclass(frozen=True, slots=True)
class GoneOn:
    """The stories of an issue, each by its latest stage, and the stages of these before."""

    stories: tuple[Story, ...]
    before: Mapping[StoryId, tuple[Story, ...]] = field(default_factory=dict)  # the first first


def stages_of(story: Story) -> tuple[Story, ...]:
    """The story by the reports of each of its stages, in the order of time; mostly itself."""
    parts: list[list[Report]] = []
    last: datetime | None = None
    for report in sorted(story.reports, key=lambda report: report.entry.published):
        if last is None or report.entry.published - last >= SILENCE:
            parts.append([])
        parts[-1].append(report)
        last = report.entry.published
    whole: list[list[Report]] = []
    for part in parts:
        alone = _owners(part) < OWNERS or (len(whole) == 1 and _owners(whole[0]) < OWNERS)
        if whole and alone:
            whole[-1] += part
        else:
            whole.append(part)
    if len(whole) == 1:
        return (story,)
    return tuple(replace(story, reports=tuple(part)) for part in whole)


def gone_on(stories: Sequence[Story], told_at: Mapping[StoryId, datetime]) -> GoneOn:
    """Take each story that has gone on by its latest stage.

    `told_at` says when an issue told a story last: what began before it is no new stage. A headline
    that the operator chose of an earlier stage tells the story whole, until it was told.
    """
    latest: list[Story] = []
    before: dict[StoryId, tuple[Story, ...]] = {}
    for story in stories:
        *earlier, last = stages_of(story)
        told = told_at.get(story.id)
        began = min(report.entry.published for report in last.reports)
        chosen = story.lead() is not None and last.lead() is None
        if earlier and (not chosen if told is None else began > told):
            latest.append(last)
            before[story.id] = tuple(earlier)
        else:
            latest.append(story)
    return GoneOn(tuple(latest), before)


def _owners(reports: Sequence[Report]) -> int:
    return len({report.owner for report in reports})

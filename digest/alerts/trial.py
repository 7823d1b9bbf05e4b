"""What a rule would have raised in the past, so that it is tried before it wakes anyone.

The reports of all stories are gone through in the order in which they were seen; at each, the rule
is asked with the owners and the words there were by then.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.alerts.burst import Habits, burst_if_near, fresh, only
from digest.alerts.decide import Candidate, Watch, Watcher, decide
from digest.alerts.index import RuleIndex
from digest.model import (
    AlertId,
    Choice,
    EntryId,
    LastTold,
    Raised,
    StoredAlert,
    Story,
    StoryId,
    ToAddress,
    TopicId,
)
from digest.stories.rules import Rule

_SOMEBODY = ToAddress("somebody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The stories of a time, as they are known now."""

    stories: Mapping[StoryId, Story]
    ours: Mapping[StoryId, frozenset[EntryId]]  # reports that no feed held before us
    since: datetime


def try_rule(
    rule: Rule | None,
    past: Past,
    *,
    rest: timedelta,
    planned: Collection[TopicId],
    usual: Callable[[datetime], Habits],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Raised]:
    """What this rule would have raised, in order; None tries the stories that break."""
    watcher = Watcher(name="" if rule is None else str(rule), to=_SOMEBODY, rest=rest)
    watch = Watch(
        rules=RuleIndex([] if rule is None else [(rule, watcher)]),
        breaking={Choice(): [watcher]} if rule is None else {},
    )
    told: dict[StoryId, StoredAlert] = {}
    found: list[Raised] = []
    moments = sorted(_moments(past), key=lambda each: (each[0], each[1].id))
    for done, (at, story) in enumerate(moments, start=1):
        progress(done, len(moments))
        ours = past.ours[story.id]
        counted = fresh(story, ours, at)
        if not counted:
            continue
        last = max(
            (told[stage] for stage in _line(story, past.stories) if stage in told),
            key=lambda alert: alert.id,
            default=None,
        )
        candidate = Candidate(
            story=only(story, ours),
            burst=burst_if_near(story, counted, usual, planned, at) if rule is None else None,
            last={} if last is None else {_SOMEBODY: LastTold(stored=last, breaking=rule is None)},
        )
        raised = decide(candidate, watch, at)
        if raised is not None:
            found.append(raised)
            told[story.id] = StoredAlert(id=AlertId(len(found)), alert=raised.alert)
    return found


def _moments(past: Past) -> Iterator[tuple[datetime, Story]]:
    """Each story as it stood whenever a report of it was seen."""
    for number, ours in past.ours.items():
        story = past.stories[number]
        if story.excluded:
            continue
        seen = {r.stored.id: max(r.stored.first_seen, r.entry.published) for r in story.reports}
        for at in sorted({seen[entry] for entry in ours if seen[entry] >= past.since}):
            known = tuple(report for report in story.reports if seen[report.stored.id] <= at)
            yield at, replace(story, reports=known)


def _line(story: Story, stories: Mapping[StoryId, Story]) -> Iterator[StoryId]:
    """A story and its earlier stages, as far as they are of this time."""
    seen: set[StoryId] = set()
    number: StoryId | None = story.id
    while number is not None and number not in seen:
        seen.add(number)
        yield number
        found = stories.get(number)
        number = None if found is None else found.follows

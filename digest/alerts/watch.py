"""Walks stories that have changed into alerts, and alerts into letters.

What a look for alerts has not seen is a row that ingest writes in the transaction that changes a
story, and that goes in the transaction that keeps what the look has raised: whatever dies when,
each change is looked at, and what it raised is raised once. Who is to be told waits in the store
too, until a letter is queued for them.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from digest.alerts.burst import (
    DAYS,
    FRESH,
    WINDOWS,
    Rhythm,
    Rhythms,
    burst_if_near,
    fresh,
    only,
    rhythms,
)
from digest.alerts.hours import release
from digest.alerts.judge import Candidate, judge
from digest.alerts.trial import Past
from digest.alerts.watchers import watch_of
from digest.model import (
    LastTold,
    Raised,
    Recipient,
    Status,
    Story,
    TopicId,
)
from digest.settings import Settings
from digest.store import Store

log = logging.getLogger(__name__)

SAGA = timedelta(days=30)  # how long somebody who was told of a story is told how it went on
STAGES = 3  # of it, back from the latest


def watch(
    store: Store,
    settings: Settings,
    planned: Collection[TopicId],
    usual: Callable[[datetime], Rhythms],
    now: datetime,
) -> tuple[Raised, ...]:
    """Look at every story that has changed; keep and give the alerts that follow.

    `planned` are topics whose news comes on known days, `usual` gives what is usual at this time.
    """
    seen = store.alerts.unwatched(now - FRESH)
    muted = store.alerts.mutes(now)
    stories = [
        story
        for story in store.entries.stories(seen.ours)
        if not story.excluded and not _muted(story, muted)
    ]
    raised: list[Raised] = []
    if stories:
        watchers = watch_of(settings, store.subscribers.all(Status.ACTIVE), muted, now)
        for story, last in _with_last(store, stories, now):
            ours = seen.ours[story.id]
            burst = burst_if_near(story, fresh(story, ours, now), usual, planned, now)
            found = judge(Candidate(story=only(story, ours), burst=burst, last=last), watchers, now)
            if found is not None:
                raised.append(found)
    due = release(now, settings.alerts.quiet, settings.zone)
    numbers = store.alerts.raise_([(each, due) for each in raised], seen.clusters)
    for number, each in zip(numbers, raised, strict=True):
        story_number, owners = each.alert.story.story, each.alert.story.owners
        told, breaks = len(each.told), each.alert.burst is not None
        log.info(
            "alert.raised alert=%d story=%d owners=%d breaking=%s recipients=%d",
            *(number, story_number, owners, breaks, told),
        )
    return tuple(raised)


def usual_at(store: Store, now: datetime) -> Rhythms:
    """How widely the most told stories of past days were told in the hours before this one."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    found: dict[timedelta, Mapping[str, Rhythm]] = {}
    for window in WINDOWS:
        ends = [hour - timedelta(days=day) for day in range(1, DAYS + 1)]
        hours = store.rhythms.hours([(end - window, end) for end in ends])
        stories = {s.id: s for s in store.entries.stories({s for _, s, _ in hours.voices})}
        told = [(day, stories[story], voices) for day, story, voices in hours.voices]
        found[window] = rhythms(told, hours.days)
    return found


def past(store: Store, since: datetime) -> Past:
    """The stories with news since then, to try a rule on."""
    ours = store.alerts.ours(since)
    stories = store.entries.stories(ours)
    return Past(stories={story.id: story for story in stories}, ours=ours, since=since)


def _muted(story: Story, muted: Mapping[str, datetime]) -> bool:
    numbers = {int(story.id), *(int(report.cluster) for report in story.reports)}
    return any(f"story/{number}" in muted for number in numbers)


def _with_last(
    store: Store, stories: Iterable[Story], now: datetime
) -> Iterable[tuple[Story, Mapping[Recipient, LastTold]]]:
    """Each story with what everybody was told last of it, or of its earlier stages."""
    lines = {story.id: [story.id] for story in stories}
    follows = {story.id: story.follows for story in stories if story.follows is not None}
    for _ in range(STAGES):
        earlier = {s.id: s.follows for s in store.entries.stories({*follows.values()})}
        for number, stage in follows.items():
            lines[number].append(stage)
        follows = {
            number: before
            for number, stage in follows.items()
            if (before := earlier.get(stage)) is not None and before not in lines[number]
        }
    every = {stage for line in lines.values() for stage in line}
    told = store.alerts.last_told(every, now - SAGA)
    for story in stories:
        yield story, _newest(told.get(stage, {}) for stage in lines[story.id])


def _newest(
    told: Iterable[Mapping[Recipient, LastTold]],
) -> Mapping[Recipient, LastTold]:
    newest: dict[Recipient, LastTold] = {}
    for each in told:
        for recipient, last in each.items():
            known = newest.get(recipient)
            if known is None or known.stored.id < last.stored.id:
                newest[recipient] = last
    return newest

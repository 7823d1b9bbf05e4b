"""Walks stories that have changed into alerts, and alerts into letters.

What a look for alerts has not seen is a row that ingest writes in the transaction that changes a
story, and that goes in the transaction that keeps what the look has raised: whatever dies when,
each change is looked at, and what it raised is raised once. Who is to be told waits in the store
too, until a letter is queued for them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from digest.alerts.burst import (
    FRESH,
    Habits,
    burst_if_near,
    fresh,
    only,
)
from digest.alerts.decide import Candidate, decide
from digest.alerts.hours import release
from digest.alerts.trial import Past
from digest.alerts.watchers import is_muted_story, watch_of
from digest.logs import Log
from digest.model import (
    LastTold,
    Raised,
    Recipient,
    Story,
    TopicId,
)
from digest.settings import Settings
from digest.store import Store

log = Log(__name__)

SAGA = timedelta(days=30)  # how long somebody who was told of a story is told how it went on
STAGES = 3  # of it, back from the latest
LATE = timedelta(days=7)  # what is older is no news that an outage of ours made late, but history


def watch(
    store: Store,
    settings: Settings,
    planned: Collection[TopicId],
    usual: Callable[[datetime], Habits],
    now: datetime,
) -> tuple[Raised, ...]:
    """Look at every story that has changed; keep and give the alerts that follow.

    `planned` are topics whose news comes on known days, `usual` gives what is usual at this time.
    """
    seen = store.alerts.unwatched(now - FRESH, now - LATE)
    muted = store.mutes.all(now)
    stories = [
        story
        for story in store.entries.stories([*seen.ours, *seen.late])
        if not story.excluded and not _muted(story, muted)
    ]
    raised: list[Raised] = []
    late: list[Raised] = []
    if stories:
        watchers = watch_of(settings, store.subscribers.alerted(), muted, now)
        for story, last in _with_last(store, stories, now):
            in_time = story.id in seen.ours
            ours = (seen.ours if in_time else seen.late)[story.id]
            burst = burst_if_near(story, fresh(story, ours, now), usual, planned, now)
            candidate = Candidate(story=only(story, ours), burst=burst, last=last)
            found = decide(candidate, watchers, now)
            if found is not None:
                (raised if in_time else late).append(found)
    due = release(now, settings.alerts.quiet, settings.zone)
    numbers = store.alerts.raise_([(each, due) for each in raised], seen.clusters, late)
    for each in late:
        log.warning("alert.too_old", story=each.alert.story.story, recipients=len(each.told))
    for number, each in zip(numbers, raised, strict=True):
        log.info(
            "alert.raised",
            alert=number,
            story=each.alert.story.story,
            owners=each.alert.story.owners,
            breaking=each.alert.burst is not None,
            recipients=len(each.told),
        )
    return tuple(raised)


def past(store: Store, since: datetime) -> Past:
    """The stories with news since then, to try a rule on."""
    ours = store.alerts.ours(since)
    stories = store.entries.stories(ours)
    return Past(stories={story.id: story for story in stories}, ours=ours, since=since)


def _muted(story: Story, muted: Mapping[str, datetime]) -> bool:
    return is_muted_story({story.id, *(report.cluster for report in story.reports)}, muted)


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

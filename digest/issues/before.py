"""What an issue is made by beside its stories: what came before it, and what the operator says."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from digest.issues.compose import Brief, same_saga
from digest.issues.stages import GoneOn, stages_of
from digest.issues.texts import stage_headlines
from digest.model import (
    Alert,
    EarlierStage,
    Period,
    Review,
    SentAlert,
    Story,
    StoryId,
    Usual,
)
from digest.settings import Edition
from digest.store import Store

STAGES = 12  # of one saga, back to its beginning; a story that goes round in a circle ends there
LOOK_BACK = timedelta(days=28)
FEWEST_ISSUES = 4  # that are looked back on, of an edition that is rarer than weekly


def brief(
    store: Store,
    edition: Edition,
    whole: Period,
    found: GoneOn,
    review: Review,
    *,
    since: datetime,
    now: datetime,
) -> Brief:
    """All that is known of an issue of these stories beside them; excluded ones are among them.

    The period is `whole`, over or not: what is told is what came from `since` until `now`.
    """
    period = replace(whole, start=since, end=min(whole.end, now))
    told = [story for story in found.stories if not story.excluded]
    excluded = {story.id for story in found.stories if story.excluded}
    before = store.issues.told(edition.name, period.end)
    return Brief(
        told={story: owners for story, owners in before.items() if story not in found.before},
        earlier=earlier_stages(store, edition, period, told, found.before),
        usual=usual(store, edition, whole),
        alerts=sent_alerts(store, period, excluded),
        note=review.note,
        lead=None if review.lead is None else store.corrections.story_of(review.lead),
    )


def earlier_stages(
    store: Store,
    edition: Edition,
    period: Period,
    stories: Iterable[Story],
    own: Mapping[StoryId, tuple[Story, ...]],
) -> dict[StoryId, tuple[EarlierStage, ...]]:
    """The earlier stages of each story that has any, in the order of time: its `own` are last."""
    found = {}
    for story in stories:
        before = chain(reversed(own.get(story.id, ())), _before(store, story))
        stages = [_stage(store, edition, period, earlier) for earlier in before]
        if stages:
            found[story.id] = tuple(reversed(stages))
    return found


def sent_alerts(
    store: Store, period: Period, excluded: Collection[StoryId]
) -> tuple[SentAlert, ...]:
    """The alerts of a period that were everybody's: not those that only readers' own rules raised.

    One of each story, the last. What the operator excluded is passed over.
    """
    last: dict[StoryId, Alert] = {}
    for stored in store.alerts.shared(period.start, period.end):
        story = store.corrections.story_of(stored.alert.story.story)
        if story is not None and story not in excluded:
            last[story] = stored.alert
    return tuple(
        SentAlert(at=alert.at, headlines=alert.story.headlines)
        for alert in sorted(last.values(), key=lambda alert: alert.at)
    )


def usual(store: Store, edition: Edition, period: Period) -> Usual:
    """What the issues of the four weeks before told of, on average."""
    length = period.end - period.start
    around = length / 2  # months have 28 to 31 days, and some days have 23 hours
    since = period.start - max(LOOK_BACK, FEWEST_ISSUES * length) + around
    return store.archive.usual(edition.name, since, period.start + around)


def _before(store: Store, story: Story) -> Iterator[Story]:
    """The stages of the stories that one follows, the last first, as long as they are of its saga.

    What the operator excluded is passed over.
    """
    follows, found = story.follows, 0
    while follows is not None and found < STAGES:
        earlier = store.entries.story(follows)
        if earlier is None or not same_saga(story, earlier):
            return
        if not earlier.excluded:
            found += 1
            yield from reversed(stages_of(earlier))
        follows = earlier.follows


def _stage(store: Store, edition: Edition, period: Period, story: Story) -> EarlierStage:
    told = store.archive.told_as(edition.name, story.id, period.end)
    key, number = told or ("", story.id)
    return EarlierStage(
        story=number,
        headlines=tuple(replace(headline, summary="") for headline in stage_headlines(story)),
        published=story.reports[0].entry.published,
        period=key,
    )

"""What came before an issue: the earlier stages of its sagas, and what is usual in an issue."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from digest.issues.compose import headlines_of, same_saga
from digest.model import EarlierStage, Period, Story, StoryId, Usual
from digest.settings import Edition
from digest.store import Store

STAGES = 3  # of one saga, the last before the story itself
WEEKS = timedelta(days=28)
ISSUES = 4  # at least so many of an edition that is rarer than weekly
_SHIFT = timedelta(days=1)  # daylight saving, and months of 28 to 31 days


def earlier_stages(
    store: Store, edition: Edition, period: Period, stories: Iterable[Story]
) -> dict[StoryId, tuple[EarlierStage, ...]]:
    """The earlier stages of each story that has any, in the order of time."""
    found = {}
    for story in stories:
        stages = [_stage(store, edition, period, earlier) for earlier in _before(store, story)]
        if stages:
            found[story.id] = tuple(reversed(stages))
    return found


def usual(store: Store, edition: Edition, period: Period) -> Usual:
    """What the issues of the four weeks before told of, on average."""
    since = period.start - max(WEEKS, ISSUES * (period.end - period.start)) + _SHIFT
    return store.archive.usual(edition.name, since, period.start + _SHIFT)


def _before(store: Store, story: Story) -> Iterator[Story]:
    """The stories that one follows, the last first, as long as they are of its saga.

    What the operator excluded is passed over.
    """
    follows, found = story.follows, 0
    while follows is not None and found < STAGES:
        earlier = store.entries.story(follows)
        if earlier is None or not same_saga(story, earlier):
            return
        if not earlier.excluded:
            found += 1
            yield earlier
        follows = earlier.follows


def _stage(store: Store, edition: Edition, period: Period, story: Story) -> EarlierStage:
    told = store.archive.told_as(edition.name, story.id, period.end)
    key, number = told or ("", story.id)
    return EarlierStage(
        story=number,
        headlines=tuple(replace(headline, summary="") for headline in headlines_of(story)),
        published=story.reports[0].entry.published,
        period=key,
    )

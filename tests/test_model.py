from datetime import datetime, timedelta

import pytest

from digest.model import Counts, DeliveryState, Period, Story, StoryId
from tests.builders import NOW, entry, report, story


def test_a_time_without_a_zone_is_refused_where_it_enters() -> None:
    naive = datetime(2026, 11, 16, 7, 0)  # noqa: DTZ001  # what must not get in
    with pytest.raises(ValueError, match="naive datetime in trade:guid-1"):
        entry(published=naive)
    with pytest.raises(ValueError, match="naive datetime in period"):
        Period(key="2026-W47", start=naive, end=NOW)


def test_a_period_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Period(key="2026-W47", start=NOW, end=NOW - timedelta(days=7))


def test_a_story_has_reports() -> None:
    with pytest.raises(ValueError, match="no reports"):
        Story(id=StoryId(1), reports=())


def test_independent_voices_are_counted_once() -> None:
    told = story(1, report(1, owner="kaigan"), report(2, owner="kaigan"), report(3))
    assert told.owners == {"kaigan", "owner-3"}


def test_open_deliveries_are_those_that_need_something_done() -> None:
    counts = Counts(
        by_state={DeliveryState.SENT: 5, DeliveryState.UNKNOWN: 2, DeliveryState.QUEUED: 1}
    )
    assert (counts.open, counts.total, counts[DeliveryState.FAILED]) == (3, 8, 0)

"""An issue as the store takes it, with defaults."""

from datetime import timedelta

from digest.model import CompanyId, Issue, IssueStory, Period, StoryId
from tests.builders import NOW

WEEK = timedelta(days=7)


def issue(key: str = "2026-W47", *, end: int = 0, owners: int = 3) -> Issue:
    story = IssueStory(
        story=StoryId(1),
        rank=1,
        score=2.5,
        reasons=("three outlets",),
        section=None,
        companies=(CompanyId("nissan"),),
        topics=(),
        headlines=(),
        outlets=(),
        owners=owners,
        published=NOW - timedelta(days=1),
    )
    return Issue(
        edition="weekly",
        period=Period(key=key, start=NOW + end * WEEK - WEEK, end=NOW + end * WEEK),
        title="Kuruma Weekly",
        frozen_at=NOW + end * WEEK,
        stories=(story,),
        entries_read=12,
    )

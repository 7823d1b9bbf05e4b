"""What `digest next` shows on a terminal."""

from dataclasses import replace
from datetime import timedelta

from digest.cli.coming import told
from digest.issues.calendar import period_of
from digest.issues.review import UpcomingIssue
from digest.issues.widths import width
from digest.model import Period, Review
from tests.issues.builders import PERIOD, WEEKLY

ONE = UpcomingIssue(
    edition=WEEKLY,
    period=PERIOD,
    readers=1,
    review=Review(edition="weekly", period=PERIOD.key, note="First\nsecond " * 20),
    draft_at=PERIOD.end - timedelta(hours=2),
    skipped=False,
    why="mon 07:00 Asia/Tokyo: not due yet",
)


def skipped(key: str, why: str = "will be skipped: found late") -> UpcomingIssue:
    period: Period = period_of(WEEKLY, key)
    return replace(
        ONE,
        period=period,
        skipped=True,
        why=why,
        draft_at=None,
        review=Review(edition="weekly", period=key),
    )


def test_each_issue_takes_a_few_lines_of_eighty_columns() -> None:
    (shown,) = told([ONE])
    head, why, draft, *note = shown.splitlines()
    assert head == "weekly 2026-W47: Mon 2026-11-16 07:00 Asia/Tokyo, 1 reader"
    assert why == "  mon 07:00 Asia/Tokyo: not due yet"
    assert draft == "  draft from 2026-11-16T05:00+09:00"
    assert note[0].startswith("  note: First / second First / second")
    assert max(map(width, shown.splitlines())) <= 80


def test_what_is_skipped_for_one_reason_is_told_at_once() -> None:
    shown = list(told([*map(skipped, ("2026-W44", "2026-W45", "2026-W46")), ONE]))
    assert shown[0] == ("weekly 2026-W44 to 2026-W46: 3 periods\n  will be skipped: found late")
    assert shown[1].startswith("weekly 2026-W47: ")


def test_what_is_skipped_for_different_reasons_is_told_apart() -> None:
    assert len(list(told([skipped("2026-W44", "held"), skipped("2026-W45")]))) == 2

"""A story that its own end has overtaken is told by those who know of the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.issues.turns import after_turn, turn_of
from digest.model import Story, StoryId
from tests.builders import report

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


def story(*titles: tuple[float, str], **given: Any) -> Story:
    """Reports so many hours after the first."""
    return Story(
        id=StoryId(1),
        reports=tuple(
            report(n, title=title, published=NOON + timedelta(hours=hours), **given)
            for n, (hours, title) in enumerate(titles, 1)
        ),
    )


HALT = "Port outage halts car loading"


@pytest.mark.parametrize(
    "title",
    [
        "Nagoya port resumes car loading",
        "名古屋港、完成車の船積みを再開",
        "Aisin walks away from Jatco",
        "Nissan and Aisin end exclusive Jatco talks",
        "交渉打ち切り、日産とアイシン",
        "Despite denial, Nissan cancels plan",
        "Following talks, Honda walks away",
        "Foxconn says it is not in talks with Nissan on Oppama",
        "Foxconn denies it will take over Oppama",
        "Hon Hai chairman plays down plant report",
        "追浜巡る報道「事実でない」＝鴻海会長",
        "鴻海、日産との協議を否定",
    ],
)
def test_the_first_report_of_an_end_is_the_turn(title: str) -> None:
    told = story((0, HALT), (3, HALT), (14, title), (15, title))
    assert turn_of(told) == NOON + timedelta(hours=14)
    assert after_turn(told.reports, turn_of(told)) == told.reports[2:]


@pytest.mark.parametrize(
    "title",
    [
        "Owners denim deal",
        "Denso is in talks",
        "Elliott rejects offer",
        "参戦は否定",
        # What was before is no news.
        "Toyota sounds out Nissan after Honda scrapped talks",
        "After Honda walks away, Nissan seeks a partner",
        "Despite denial, Nissan seeks a partner",
        "ホンダとの破談後にトヨタ接触",
        "撤回した日産に批判",
    ],
)
def test_other_news_is_no_turn(title: str) -> None:
    assert turn_of(story((0, HALT), (14, title))) is None


def test_what_began_with_its_end_has_not_turned() -> None:
    assert turn_of(story((0, "Toyota restarts plant"), (9, "Toyota plant runs again"))) is None
    assert turn_of(story((0, HALT), (9, HALT))) is None


def test_reports_of_one_hour_tell_of_one_moment() -> None:
    assert turn_of(story((0, "Honda, Nissan talks over"), (1, "Honda calls off talks"))) is None


def test_where_nobody_knows_of_the_turn_all_are_told() -> None:
    told = story((0, HALT), (3, HALT))
    assert after_turn(told.reports, NOON + timedelta(hours=14)) == told.reports
    assert after_turn(told.reports, None) == told.reports

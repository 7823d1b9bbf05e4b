"""The texts of a story as an issue freezes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from digest.issues.texts import headlines_of, stage_headlines
from digest.model import Report, Story, StoryId
from tests.builders import report

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def told(number: int, hours: float, title: str, **given: Any) -> Report:
    return report(number, title=title, published=NOON + timedelta(hours=hours), **given)


def story(*reports: Report) -> Story:
    return Story(id=StoryId(1), reports=reports)


def test_a_stage_is_the_same_one_in_every_language() -> None:
    fire = story(
        told(1, 0, "Toyota halts lines after fire", weight=2.0),
        told(2, 30, "トヨタ、停止を16日まで延長", lang="ja"),
        told(3, 31, "Toyota extends stoppage"),
        told(4, 33, "トヨタ、8工場で停止", lang="ja"),
        told(5, 33, "トヨタ、停止続く", lang="ja"),
    )
    assert [one.title for one in headlines_of(fire)][1] == "Toyota halts lines after fire"
    ja, en = stage_headlines(fire)
    assert (ja.lang, en.title) == ("ja", "Toyota extends stoppage")


def test_of_a_stage_that_a_language_tells_at_another_time_the_nearest_is_taken() -> None:
    fire = story(
        told(1, 0, "Toyota halts lines after fire"),
        told(2, 1, "Toyota halts eight lines"),
        told(5, 2, "Toyota plants halted"),
        told(3, 60, "トヨタ、停止へ", lang="ja"),
        told(4, 90, "トヨタ、停止", lang="ja", weight=2.0),
    )
    _, ja = stage_headlines(fire)
    assert ja.title == "トヨタ、停止へ"


def test_a_summary_ends_where_it_becomes_a_form() -> None:
    fuso = story(
        told(
            1,
            0,
            "ふそう、3万台リコール",
            lang="ja",
            summary="ホースが傷むおそれがある。①不具合の部位：原動機②対象台数：3万台。",
        ),
        told(
            2,
            0,
            "Fuso recalls trucks",
            summary="Hoses may chafe. The following recall was filed with the ministry.",
        ),
        told(3, 0, "Rückruf", lang="de", summary="The following recall was filed."),
    )
    assert {one.lang: one.summary for one in headlines_of(fuso)} == {
        "ja": "ホースが傷むおそれがある。",
        "en": "Hoses may chafe.",
        "de": "",
    }

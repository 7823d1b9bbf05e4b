"""Labels and datelines of agencies are not shown; what says something of the news is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.datelines import without_dateline, without_label


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("UPDATE 2-Honda profit falls 18%", "Honda profit falls 18%"),
        ("WRAPUP 1-Japan carmakers cut output", "Japan carmakers cut output"),
        ("RPT-UPDATE 1-Nissan names CEO", "Nissan names CEO"),
        ("EXCLUSIVE: Toyota to buy a stake", "Toyota to buy a stake"),
        ("【速報】日産、工場閉鎖へ", "日産、工場閉鎖へ"),
        ("速報：日産、工場閉鎖へ", "日産、工場閉鎖へ"),
        ("【新型車】スバル、レヴォーグを発売", "【新型車】スバル、レヴォーグを発売"),
        ("Update 2 of the Leaf app", "Update 2 of the Leaf app"),
        ("Breaking point: Nissan", "Breaking point: Nissan"),
        ("UPDATE 2-", "UPDATE 2-"),
        ("RPT-UPDATE 1-WRAPUP 2-BRIEF-Nissan", "BRIEF-Nissan"),
    ],
)
def test_a_title_loses_its_label(title: str, shown: str) -> None:
    assert without_label(title) == shown


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("【ワシントン海岸通信】日米両政府は合意した。", "日米両政府は合意した。"),
        ("【ニューヨーク＝共同】米当局は12日、発表した。", "米当局は12日、発表した。"),
        ("［東京　１２日　ロイター］ - 日産は発表した。", "日産は発表した。"),
        ("[東京 12日] 日産は発表した。", "日産は発表した。"),
        ("TOKYO (Reuters) - Nissan said on Monday", "Nissan said on Monday"),
        ("TOKYO, Nov 12 (Reuters) - Nissan said", "Nissan said"),
        ("YOKOHAMA, Japan, Nov. 12 (Kyodo) -- Nissan said", "Nissan said"),
        ("MEXICO CITY — Mazda said", "Mazda said"),
        ("BMW — the carmaker of Munich — said", "BMW — the carmaker of Munich — said"),
        ("Nissan said on Monday", "Nissan said on Monday"),
        ("【ワシントン海岸通信】", "【ワシントン海岸通信】"),
    ],
)
def test_a_summary_loses_its_dateline(summary: str, shown: str) -> None:
    assert without_dateline(summary) == shown


@given(st.text(max_size=80))
def test_whatever_stands_there_something_of_it_stays(text: str) -> None:
    assert text.endswith(without_label(text))
    assert text.endswith(without_dateline(text))
    assert bool(without_label(text)) is bool(text)

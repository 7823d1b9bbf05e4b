from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.dates import JST, parse_date

MOMENT = datetime(2026, 11, 8, 22, 5, tzinfo=UTC)  # 9 November, 07:05 in Japan


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 09 Nov 2026 07:05:00 +0900",
        "Mon, 9 Nov 2026 07:05 +0900",
        "Mon, 09 Nov 2026 07:05:00 JST",
        "Mon, 09 Nov 2026 07:05:00 +0900 (JST)",
        "Mon, 09 Nov 2026 07:05:00 GMT+0900",
        "Mon, 09 Nov 2026 07:05:00 GMT+09:00",
        "Sun, 08 Nov 2026 22:05:00 GMT",
        "Sun, 08 Nov 2026 22:05:00 Z",
        "Sun, 08 Nov 2026 17:05:00 EST",
        "Sun, 08 Nov 2026 23:05:00 CET",
        "Mon, 09 Nov 2026 03:35:00 IST",
        "Mon, 09 Nov 26 07:05:00 JST",
        "Monday, 9 November 2026 07:05 JST",
        "Wed, 9-Nov-2026 07:05:00 JST",
        "9 Nov 2026, 7:05 am",
        "November 9, 2026 7:05 am",
        "Nov. 9th, 2026 at 7:05 a.m.",
        "Mon Nov  9 07:05:00 2026",
        "Mon Nov  9 07:05:00 JST 2026",
        "2026-11-09T07:05:00+09:00",
        "2026-11-08T22:05:00Z",
        "2026-11-08T22:05:00.123456789Z",
        "2026-11-09T07:05",
        "2026-11-09 07:05:00",
        "2026-11-09 07:05:00 +9:00",
        "20261108T220500Z",
        "2026/11/09 07:05",
        "2026/11/9 7:05 更新",
        "2026.11.09 07:05",
        "2026年11月9日 7時5分",
        "2026年11月9日（月）午前7時5分",
        "2026年11月09日 07:05",
        "２０２６年１１月９日　７時５分",
        "令和8年11月9日 7時05分",
        "Mon,09 Nov 2026 07:05:00 +0900",
        "Mon, 09 Nov 2026 07:05:00 +0900 JST",
        "月, 09 11月 2026 07:05:00 +0900",
        "Monday, November 9, 2026 - 07:05",
        "9 Nov 2026 7h05",
        "2026 Nov 9 07:05",
        "2026-Nov-09 07:05",
        "09.11.2026 07:05",
        "2026. 11. 9. 07:05",
        "2026-11-09T0705",
        "2026-11-09T07:05:00,250+0900",
        "2026-11-09 07:05:00 Asia/Tokyo",
        "20261109 07:05",
        "2026-W46-1T07:05",
        "2026W461T07:05",
        "2026-313T07:05",
        "R8.11.9 07:05",
        "公開日：2026年11月9日 7時5分",
        "Published: 9 Nov 2026 07:05",
        "1794175500",
        "1794175500.0",
        "1794175500123",
        "1794175500123456",
    ],
)
def test_dates_of_the_wild_are_read(text: str) -> None:
    assert parse_date(text, JST) == MOMENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-09", "2026-11-08T15:00"),
        ("2026年11月9日", "2026-11-08T15:00"),
        ("令和元年5月1日", "2019-04-30T15:00"),
        ("2026年11月9日 24時", "2026-11-09T15:00"),
        ("2026年11月9日 午後7時", "2026-11-09T10:00"),
        ("2026年11月9日 午後12時30分", "2026-11-09T03:30"),
        ("9 Nov 2026 12:30 AM", "2026-11-08T15:30"),
        ("9 Nov 2026 07:05:60 +0900", "2026-11-08T22:05"),
        ("9 Nov 99 07:05 +0900", "1999-11-08T22:05"),
        ("20261109", "2026-11-08T15:00"),
        ("2026-11-09T07:05:00-1130", "2026-11-09T18:35"),
        ("9 Nov 2026 07:05 XYZ", "2026-11-08T22:05"),
        ("9 Nov 2026 7pm", "2026-11-09T10:00"),
        ("昭和64年1月7日", "1989-01-06T15:00"),
        ("16/11/2026 07:05", "2026-11-15T22:05"),
        ("11/16/2026 07:05", "2026-11-15T22:05"),
        ("Sun, 08 Nov 2026 24:00:00 +0900", "2026-11-08T15:00"),
        ("2026-11-08T23:59:60Z", "2026-11-08T23:59"),
        ("Mon, 09 Nov 2026 07:05:00 -0500", "2026-11-09T12:05"),
    ],
)
def test_odd_dates_mean_what_their_writers_meant(text: str, expected: str) -> None:
    found = parse_date(text, JST)
    assert found is not None
    assert found.isoformat()[:16] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "11/09/2026 07:05",
        "2026-11-31",
        "2026-13-01",
        "2026-11-09T25:00:00Z",
        "9 Foo 2026",
        "2026-W54-1",
        "2026-366",
        "2026-11",
        "2026",
        "0000-00-00 00:00:00",
        "-0001-11-30T00:00:00+00:00",
        "Invalid Date",
        "32.11.2026",
        "2026-11-09T07:05:00+9900",
        "2026-11-09T07:05:00 +2500",
        "0000-01-01",
        "0001-01-01T00:00:00+14:00",
        "2026-11-09 and more",
        "2026年13月9日",
    ],
)
def test_what_is_no_certain_date_is_none(text: str) -> None:
    assert parse_date(text, JST) is None


@given(st.text(max_size=100) | st.text(alphabet="0123456789-/:年月日時分JSTNov, +", max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    found = parse_date(text, UTC)
    assert found is None or found.utcoffset() is not None


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_iso_writes_is_read_back(moment: datetime) -> None:
    assert parse_date(moment.isoformat(), JST) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("16. Nov 2026", "2026-11-16T00:00:00+00:00"),
        ("16. November 2026 09:00", "2026-11-16T09:00:00+00:00"),
        ("2026年11月16日 25時00分", "2026-11-16T16:00:00+00:00"),
        ("2026年11月16日 29:30", "2026-11-16T20:30:00+00:00"),
        ("2026年11月16日 30時", None),
        ("2026-11-16T25:00:00Z", None),
        ("2026年11月16日 09:00 +0000", "2026-11-16T09:00:00+00:00"),
    ],
)
def test_hours_after_midnight_and_days_with_a_dot_are_read(text: str, moment: str | None) -> None:
    found = parse_date(text, UTC)
    assert (found.isoformat() if found else None) == moment

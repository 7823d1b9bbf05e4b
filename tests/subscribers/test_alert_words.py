"""What people write about alerts, in both languages: settings, rules, and silence."""

from datetime import date, timedelta

import pytest

from digest.model import AlertWish
from digest.subscribers.commands import (
    AddRule,
    Alerts,
    Command,
    Language,
    Leave,
    Mute,
    Pause,
    RemoveRule,
    Setting,
    Topics,
    Unmute,
)
from digest.subscribers.wording import from_line, from_subject, is_meant, settings_in

WEEK = timedelta(weeks=1)
NONE, RULES, BREAKING = AlertWish.NONE, AlertWish.RULES, AlertWish.BREAKING


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("alerts: breaking", [Alerts(BREAKING)]),
        ("Alerts : NONE", [Alerts(NONE)]),
        ("ａｌｅｒｔｓ：ｒｕｌｅｓ", [Alerts(RULES)]),
        ("alerts off", [Alerts(NONE)]),
        ("Stop alerts.", [Alerts(NONE)]),
        ("no more alerts", [Alerts(NONE)]),
        ("速報：重大", [Alerts(BREAKING)]),
        ("速報: なし", [Alerts(NONE)]),
        ("速報 不要", [Alerts(NONE)]),
        ("アラート: 条件のみ", [Alerts(RULES)]),
        ("language: ja, alerts: breaking", [Language("ja"), Alerts(BREAKING)]),
        ("alerts: breaking; topics: ev", [Alerts(BREAKING), Topics(("ev",))]),
        ("alert: company:nissan and topic:ev", [AddRule("company:nissan and topic:ev")]),
        ("Add alert: new", [AddRule("new")]),
        ("速報：company:日産 and topic:リコール", [AddRule("company:日産 and topic:リコール")]),
        ("速報の条件: 「燃料ポンプ」", [AddRule('"燃料ポンプ"')]),
        ("Alert: “Fuel pump” and owners＞＝3", [AddRule('"fuel pump" and owners>=3')]),
        ("alert: no such rule", [AddRule("no such rule")]),
        ("remove alert 2", [RemoveRule("2")]),
        ("delete alert rule: company:nissan or new", [RemoveRule("company:nissan or new")]),
        ("速報 削除 2", [RemoveRule("2")]),
        ("速報削除2", [RemoveRule("2")]),
        ("速報の条件の削除：new", [RemoveRule("new")]),
        ("alert:", [None]),
        ("alerted by the news: it rained", []),
        ("remove me", []),
    ],
)
def test_a_line_about_alerts(line: str, settings: list[Setting | None]) -> None:
    assert settings_in(line) == settings
    assert from_line(line) is None or not settings


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("mute", Mute(WEEK)),
        ("Please mute alerts for 3 days", Mute(timedelta(days=3))),
        ("mute 1 week", Mute(WEEK)),
        ("mute until 2026-12-01", Mute(date(2026, 12, 1))),
        ("unmute", Unmute()),
        ("ミュート", Mute(WEEK)),
        ("ミュート 1週間", Mute(WEEK)),
        ("ミュート２週間お願いします", Mute(2 * WEEK)),
        ("速報を休止 10日", Mute(timedelta(days=10))),
        ("2026年12月1日まで速報の休止", Mute(date(2026, 12, 1))),
        ("ミュート解除", Unmute()),
        ("速報を再開してください", Unmute()),
        ("stop", Leave()),
        ("mute 99999 weeks", Mute(timedelta(days=4000))),
        ("ミュート 99999週間", Mute(timedelta(days=4000))),
        ("pause 99999 weeks", Pause(timedelta(days=4000))),
        ("mute 0 days", None),
        ("mute until 2026-02-31", None),
        ("commute 1 week", None),
    ],
)
def test_silence_is_asked_for(line: str, command: Command | None) -> None:
    assert from_line(line) == command
    assert from_subject(f"Re: {line}") == command


def test_a_slip_in_the_word_is_not_passed_over() -> None:
    assert is_meant("alrts: breaking")


def test_a_line_that_goes_on_for_ever_is_read_only_in_part() -> None:
    (rule,) = settings_in(f"alert: {'x' * 99_999}")
    assert isinstance(rule, AddRule)
    assert len(rule.text) < 1001

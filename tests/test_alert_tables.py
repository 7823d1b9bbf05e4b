"""[[alerts]], [alerting] and [channels]: what they become, and every way to get them wrong."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from digest.config import load
from digest.configwords import check_words, lexicon_of
from digest.errors import ConfigError
from digest.settings import AlertRule, Chat, QuietHours, Webhook

GOOD = """
[operator]
address = "op@example.org"
[alerting]
breaking = ["desk"]
quiet_hours = "22:00 - 7:00"
per_hour = 2
cooldown = "6 h"
[[alerts]]
name = "Nissan deal"
match = 'company:nissan and topic:mergers_alliances'
to = ["a@example.org"]
channels = ["desk", "phone"]
cooldown = "2 h"
[[alerts]]
name = "recalls"
match = 'topic:recall_safety and owners>=3'
[channels.desk]
kind = "webhook"
url = "https://hooks.example.org/kuruma"
secret_file = "secret"
[channels.phone]
kind = "apprise"
url = "ntfy://ntfy.example.org/cars"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("between us\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    return folder


def test_good_ones_become_settings(folder: Path) -> None:
    alerts = load(written(folder, GOOD), {}).alerts
    deal, recalls = alerts.rules
    assert deal == AlertRule(
        name="Nissan deal",
        match="company:nissan and topic:mergers_alliances",
        to=("a@example.org",),
        channels=("desk", "phone"),
        cooldown=timedelta(hours=2),
    )
    assert (recalls.to, recalls.cooldown) == (("op@example.org",), timedelta(hours=6))
    assert alerts.channels == {
        "desk": Webhook(
            name="desk",
            url="https://hooks.example.org/kuruma",
            secret="between us",  # of a test
        ),
        "phone": Chat(name="phone", url="ntfy://ntfy.example.org/cars"),
    }
    assert alerts.quiet == QuietHours(start=time(22), end=time(7))
    assert (alerts.breaking, alerts.per_hour) == (("desk",), 2)


def test_secrets_may_come_from_the_environment_and_are_never_shown(folder: Path) -> None:
    given = {"DIGEST_CHANNELS__DESK__SECRET": "0042", "DIGEST_CHANNELS__PHONE__URL": "ntfy://x/y"}
    text = GOOD.replace('secret_file = "secret"\n', "")
    alerts = load(written(folder, text), given).alerts
    desk, phone = alerts.channels["desk"], alerts.channels["phone"]
    assert isinstance(desk, Webhook)
    assert desk.secret == "0042"  # noqa: S105  # of a test
    assert phone.url == "ntfy://x/y"
    assert "0042" not in repr(alerts)
    assert "ntfy" not in repr(alerts)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('name = "recalls"', 'name = "Nissan deal"', "alerts[1].name"),
        ('name = "recalls"', 'name = "breaking"', "alerts[1].name"),
        ('name = "recalls"', 'name = ""', "alerts[1].name"),
        ("owners>=3", "owners>>3", "alerts[1].match"),
        ('channels = ["desk", "phone"]', 'channels = ["pager"]', "alerts[0].channels"),
        ('breaking = ["desk"]', 'breaking = ["pager"]', "alerting.breaking"),
        ("22:00 - 7:00", "22:00", "alerting.quiet_hours"),
        ("22:00 - 7:00", "7:00-7:00", "alerting.quiet_hours"),
        ("22:00 - 7:00", "25:00-7:00", "alerting.quiet_hours"),
        ("per_hour = 2", "per_hour = 0", "alerting.per_hour"),
        ('kind = "apprise"', 'kind = "pager"', "channels.phone.kind"),
        ("https://hooks.example.org/kuruma", "ftp://x/y", "channels.desk.url"),
        ("https://hooks.example.org/kuruma", "http://[", "channels.desk.url"),
        ("https://hooks.example.org/kuruma", "", "channels.desk.url"),
        ('secret_file = "secret"', 'secret_file = "nowhere"', "channels.desk.secret_file"),
        ('secret_file = "secret"', 'secret_file = "empty"', "channels.desk.secret"),
        (
            'secret_file = "secret"',
            'secret_file = "secret"\nsecret = "x"',
            "channels.desk.secret",
        ),
        (
            'url = "ntfy://ntfy.example.org/cars"',
            'url = "ntfy://x"\nsecret = "x"',
            "channels.phone.secret",
        ),
        ('[operator]\naddress = "op@example.org"', "", "alerts[1].to"),
    ],
)
def test_wrong_ones_are_reported_where_they_stand(
    folder: Path, before: str, after: str, key: str
) -> None:
    assert before in GOOD
    with pytest.raises(ConfigError) as caught:
        load(written(folder, GOOD.replace(before, after, 1)), {})
    assert [problem.key for problem in caught.value.problems] == [key]
    assert caught.value.problems[0].line is not None
    assert "hooks.example.org/kuruma" not in str(caught.value)


def test_a_rule_may_name_only_what_the_lexicon_knows(folder: Path) -> None:
    settings = load(written(folder, GOOD.replace("company:nissan", "company:nisan")), {})
    (problem,) = check_words(settings, lexicon_of(settings))
    assert (problem.key, problem.found) == ("alerts[0].match", "'company:nisan'")

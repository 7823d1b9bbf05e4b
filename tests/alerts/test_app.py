"""The alerts of a project: what is found out once, and what is asked of feeds for them."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.errors import ConfigError
from digest.feeds.politeness import IN_TIME
from digest.model import AlertWish, Preferences, Status

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOOK = '[channels.hook]\nkind = "webhook"\nurl = "http://127.0.0.1:9/"'


def opened(folder: Path, config: str = "") -> AbstractContextManager[App]:
    """A project with this feeds.toml."""
    (folder / "feeds.toml").write_text(config, encoding="utf-8")
    return open_app(load(folder, {}), lambda: NOON)


@pytest.mark.parametrize(
    ("config", "patience"),
    [
        ("", DAY),
        ('[operator]\naddress = "op@example.org"', IN_TIME),
        ('[[alerts]]\nname = "n"\nmatch = "new"\nto = ["d@example.org"]', IN_TIME),
        (f'[alerting]\nbreaking = ["hook"]\n{HOOK}', IN_TIME),
    ],
    ids=["nobody", "the operator", "a rule", "a channel"],
)
def test_feeds_are_asked_often_while_somebody_waits_for_alerts(
    tmp_path: Path, config: str, patience: timedelta
) -> None:
    with opened(tmp_path, config) as app:
        assert app.feeds.manners().patience == patience


@pytest.mark.parametrize(
    ("preferences", "status", "patience"),
    [
        (Preferences(), Status.ACTIVE, DAY),
        (Preferences(alerts=AlertWish.RULES), Status.ACTIVE, IN_TIME),
        (Preferences(alerts=AlertWish.BREAKING), Status.ACTIVE, IN_TIME),
        (Preferences(rhythm="alerts"), Status.ACTIVE, IN_TIME),
        (Preferences(rhythm="alerts"), Status.PENDING, DAY),
    ],
)
def test_feeds_are_asked_often_while_a_reader_waits_for_alerts(
    tmp_path: Path, preferences: Preferences, status: Status, patience: timedelta
) -> None:
    with opened(tmp_path) as app:
        app.store.subscribers.add(
            "r@example.org",
            "r@example.org",
            name="",
            status=status,
            preferences=preferences,
            consent=None,
            now=NOON,
        )
        assert app.feeds.manners().patience == patience


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of Apprise
def test_a_chat_that_cannot_be_read_is_said_before_anything_starts(tmp_path: Path) -> None:
    pytest.importorskip("apprise", reason="the extra [channels] is not installed")
    config = '[channels.chat]\nkind = "apprise"\nurl = "{}"'
    with opened(tmp_path, config.format("ntfy://ntfy.example.org/cars")) as app:
        app.alerts.check_channels()
    with opened(tmp_path, config.format("nonsense")) as app, pytest.raises(ConfigError):
        app.alerts.check_channels()

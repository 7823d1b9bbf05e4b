import io
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from digest.app import App, open_app
from digest.cli.live import FAILING, lines, table
from digest.config import load
from digest.daemon.glimpse import glimpse
from digest.model import FeedId, PollState
from tests.daemon.running import CONFIG

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
FEED = '[[feeds]]\nurl = "https://news{n}.example/"\nid = "news{n}"\n'


def open_project(folder: Path, feeds: int = 0, more: str = "") -> AbstractContextManager[App]:
    more += "".join(FEED.format(n=n) for n in range(feeds))
    (folder / "feeds.toml").write_text(CONFIG.format(zone="Asia/Tokyo") + more, encoding="utf-8")
    return open_app(load(folder, {}), lambda: NOW)


def test_a_project_that_never_ran_is_shown_in_one_line(tmp_path: Path) -> None:
    with open_project(tmp_path, feeds=2) as app:
        found = glimpse(app)
    assert found.line() == "2 feeds; next issue weekly 2026-W48 Mon 23 Nov 07:00"
    assert dict(lines(found))["feeds"] == "2 feeds; the next is asked now"


def test_brackets_in_a_title_are_no_markup(tmp_path: Path) -> None:
    with open_project(tmp_path) as app:
        found = replace(glimpse(app), title="Kuruma [/weekly] [red]")
    shown = io.StringIO()
    Console(file=shown, width=80).print(table(found))
    assert shown.getvalue().startswith("Kuruma [/weekly] [red] at 03:00:00 UTC")


@pytest.fixture
def failing() -> PollState:
    return PollState(
        last_poll=NOW, next_poll=NOW + timedelta(hours=1), failures=3, error="403 \x1b[2J Forbidden"
    )


def test_trouble_is_named(tmp_path: Path, failing: PollState) -> None:
    feeds = FAILING + 2
    with open_project(tmp_path, feeds=feeds) as app:
        app.store.feeds.sync(app.settings.feeds, NOW)
        for n in range(feeds):
            app.store.feeds.record(FeedId(f"news{n}"), failing, (), NOW)
        app.store.trouble.met("535 wrong password", NOW, blocked=True)
        app.store.service.reject("feeds.toml:3: nonsense\nand more", NOW)
        found = glimpse(app)
    assert found.line() == (
        "6 feeds, 6 failing; next issue weekly 2026-W48 Mon 23 Nov 07:00;"
        " no mail leaves since 18 Nov 03:00 UTC; configuration rejected since 18 Nov 03:00 UTC"
    )
    shown = [*lines(found)]
    assert shown[0] == ("config", "rejected since 18 Nov 03:00 UTC: feeds.toml:3: nonsense")
    assert "at 04:00:00 UTC" in dict(shown)["feeds"]
    assert not any("\x1b" in words for _, words in shown)
    assert ("", "and 2 more; `digest feeds list` shows all") in shown
    assert "535 wrong password" in dict(shown)["outbox"]

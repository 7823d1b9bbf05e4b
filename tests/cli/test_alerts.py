"""`digest alerts`: what is watched, tried, raised and muted, as a person types and sees it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.app import open_app
from digest.config import load
from digest.model import AlertWish, Consent, NewEntry, PollState, Preferences, Status
from digest.store.channels import ChannelTrouble
from tests.builders import entry
from tests.cli.conftest import Digest

NOON = datetime(2026, 11, 12, 3, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=20)
TITLE = "Nissan to recall 12,000 Rogue cars over fuel pump"
CONFIG = """
[operator]
address = "op@example.org"
[alerting]
breaking = ["desk"]
[[alerts]]
name = "pumps"
match = 'company:nissan and "fuel pump"'
to = ["desk@example.org"]
[channels.desk]
kind = "webhook"
url = "http://127.0.0.1:9/"
[[feeds]]
id = "trade"
url = "https://trade.example/feed"
title = "Trade"
"""


@pytest.fixture(autouse=True)
def alert(project: Path) -> None:
    """An alert on a recall; nobody has been told yet."""
    with (project / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write(CONFIG)
    with open_app(load(project, {}), lambda: NOON) as app:
        (feed,) = app.settings.feeds
        app.store.feeds.sync([feed], LONG_AGO)
        app.store.feeds.record(feed.id, PollState(last_success=LONG_AGO), [], LONG_AGO)
        consent = Consent(at=NOON, how="recorded by the operator", words="yes")
        wanted = Preferences(alerts=AlertWish.BREAKING, rules=("company:nissan",))
        app.store.subscribers.add(
            "taro@example.org",
            "taro@example.org",
            name="",
            status=Status.ACTIVE,
            preferences=wanted,
            consent=consent,
            now=NOON,
        )
        told = entry(title=TITLE, feed=feed.id, published=NOON - timedelta(hours=1))
        change = [NewEntry(entry=told, title_key="")]
        app.store.feeds.record(feed.id, PollState(last_success=NOON), change, NOON)
        app.take_in()


def test_list_shows_rules_and_who_is_told(digest: Digest) -> None:
    rows = [line.split("\t") for line in digest("alerts", "list").out.splitlines()]
    assert [(row[0], row[2]) for row in rows] == [
        ("breaking", "op@example.org, channel desk, 1 reader"),
        ("pumps", "desk@example.org"),
        ("1 rule of readers", "1 reader"),
    ]


def test_list_is_json_for_programs(digest: Digest) -> None:
    rows = json.loads(digest("alerts", "list", "--json").out)
    assert rows[1]["match"] == 'company:nissan and "fuel pump"'


@pytest.mark.parametrize("command", [("alerts", "list"), ("status",)])
def test_only_channels_of_the_settings_are_said_to_fail(
    project: Path, digest: Digest, command: tuple[str, ...]
) -> None:
    with open_app(load(project, {}), lambda: NOON) as app:
        ((waiting, *_), *_) = app.store.telling.waiting(NOON, 4).values()
        for name in ("desk", "removed"):
            trouble = ChannelTrouble(
                name=name,
                failing_since=NOON,
                failures=1,
                not_before=NOON,
                error="its server answers 500",
            )
            app.store.channels.failed(trouble, waiting)
    ended = digest(*command)
    assert "channel desk" in ended.out + ended.errors
    assert "answers 500" in ended.out + ended.errors
    assert "removed" not in ended.out + ended.errors


class TestTest:
    def test_shows_what_a_rule_would_have_raised(self, digest: Digest) -> None:
        ended = digest("alerts", "test", "topic:recall_safety")
        (row,) = (line.split("\t") for line in ended.out.splitlines())
        assert row[1] == "1"
        assert row[4] == TITLE
        assert "1 alert in 30 days" in ended.errors

    def test_takes_the_name_of_a_rule(self, digest: Digest) -> None:
        (row,) = json.loads(digest("alerts", "test", "pumps", "--json").out)
        assert "fuel pump" in row["why"]

    def test_shows_what_would_have_broken(self, digest: Digest) -> None:
        assert digest("alerts", "test", "--breaking").out == ""

    @pytest.mark.parametrize(
        ("text", "hint"),
        [("breaking", "`digest alerts test --breaking`"), ("pump", "of their own: pumps")],
    )
    def test_says_what_was_likely_meant(self, digest: Digest, text: str, hint: str) -> None:
        ended = digest("alerts", "test", text)
        assert (ended.status, hint in ended.errors) == (2, True)

    def test_points_at_the_character_that_is_wrong(self, digest: Digest) -> None:
        ended = digest("alerts", "test", "company:nissan and")
        assert ended.status == 2
        *_, rule, mark = ended.errors.splitlines()
        assert mark.index("^") == rule.index("company") + len("company:nissan and")

    def test_knows_what_the_lexicon_does_not(self, digest: Digest) -> None:
        ended = digest("alerts", "test", "company:nisan")
        assert ended.status == 2
        assert "company:nisan" in ended.errors

    @pytest.mark.parametrize("given", [(), ("company:nissan", "--breaking")])
    def test_wants_one_of_the_two(self, digest: Digest, given: tuple[str, ...]) -> None:
        assert digest("alerts", "test", *given).status == 2

    def test_refuses_a_time_that_is_none(self, digest: Digest) -> None:
        assert digest("alerts", "test", "new", "--since", "long").status == 2


class TestHistory:
    def test_says_who_is_told_and_why(self, digest: Digest) -> None:
        waits = "waits for its turn since 2026-11-12 12:00"
        top, *told = digest("alerts", "history").out.splitlines()
        assert TITLE in top
        assert told == [
            f"    desk@example.org: {waits}, pumps (Nissan, fuel pump)",
            f"    taro@example.org: {waits}, company:nissan (Nissan)",
        ]

    def test_may_be_of_one_story(self, digest: Digest) -> None:
        assert digest("alerts", "history", "--story", "99").out == ""
        assert TITLE in digest("alerts", "history", "--story", "1").out

    def test_is_json_for_programs(self, digest: Digest) -> None:
        (past,) = json.loads(digest("alerts", "history", "--json").out)
        assert past["headline"] == TITLE
        assert [told["to"] for told in past["told"]] == ["desk@example.org", "taro@example.org"]


class TestMute:
    def test_silences_a_rule_for_a_while(self, digest: Digest) -> None:
        assert (
            "pumps until 2026-11-15 12:00"
            in digest("alerts", "mute", "pumps", "--for", "3 days").out
        )
        assert "2026-11-15" in digest("alerts", "list").out
        assert digest("alerts", "mute", "pumps", "--off").status == 0
        assert "2026-11-15" not in digest("alerts", "list").out

    def test_silences_a_story(self, digest: Digest) -> None:
        assert digest("alerts", "mute", "--story", "1").status == 0
        assert "story 1" in digest("alerts", "list").out

    @pytest.mark.parametrize(
        "given",
        [
            (),
            ("pumps", "--story", "1"),
            ("nothing",),
            ("--story", "99"),
            ("pumps", "--off"),
            ("pumps", "--for", "a while"),
        ],
    )
    def test_refuses_what_is_not_there(self, digest: Digest, given: tuple[str, ...]) -> None:
        assert digest("alerts", "mute", *given).status == 2

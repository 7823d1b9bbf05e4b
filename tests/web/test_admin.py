"""The operator's address: health, metrics and the page, as values and over a real socket."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import aiohttp
import pytest

from digest.app import App, open_app
from digest.config import load
from digest.model import Notice, NoticeKind, PollState, Status
from digest.settings import AdminSettings
from digest.store.database import lock
from digest.tally import Tally
from digest.web.admin import front as admin_front
from digest.web.admin.board import Past, board, local
from digest.web.admin.facts import Facts, IssueState, read_facts
from digest.web.admin.front import AdminFront, is_ours
from digest.web.admin.metrics import Service, exposition
from digest.web.admin.plots import HEIGHT, WIDTH, bars, line
from digest.web.admin.readiness import Check, Health, document, judge, of_store, worst
from digest.web.server import serving
from digest.web.visit import Request
from tests.builders import database_of
from tests.issues.builders import issue, issue_story, outlet

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 17, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = (Check("state", Health.OK, "it can be written"),)
CONFIG = """
[digest]
title = "Kuruma <Weekly>"

[admin]

[[feeds]]
url = "https://trade.example/feed"
id = "trade"
title = "<script>alert(1)</script>"

[[feeds]]
url = "https://other.example/feed"
id = "other"
title = "Other"
"""


class Hand:
    """A clock."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), Hand()) as opened:
        opened.store.feeds.sync(opened.settings.feeds, NOW)
        yield opened


def facts(app: App) -> Facts:
    return read_facts(app.settings, app.store, app.clock())


def front(app: App, lag: float = 0.0) -> AdminFront:
    return AdminFront(
        app.watched(),
        AdminSettings(hosts=frozenset({"digest.internal"})),
        lambda: lag,
        longest_lag=5.0,
    )


async def get(one: AdminFront, path: str, host: str = "127.0.0.1:8026") -> tuple[int, str]:
    answer = await one.answer(Request(method="GET", path=path, host=host))
    return answer.status, answer.body.decode()


# --- who may ask -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8026", True),
        ("localhost:8026", True),
        ("LOCALHOST", True),
        ("[::1]:8026", True),
        ("[::1]", True),
        ("10.1.2.3:8026", True),  # an address cannot be rebound
        ("digest.internal:8026", True),
        ("evil.example:8026", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_who_asks_by_address_or_by_our_name_is_answered(host: str, *, ours: bool) -> None:
    assert is_ours(host, AdminSettings(hosts=frozenset({"digest.internal"}))) == ours


async def test_another_name_learns_nothing(app: App) -> None:
    for path in ("/", "/metrics", "/readyz", "/nothing"):
        status, text = await get(front(app), path, "evil.example")
        assert (status, "Kuruma" in text) == (421, False)


async def test_nothing_can_be_changed(app: App) -> None:
    answer = await front(app).answer(Request(method="POST", path="/", host="localhost"))
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert (await get(front(app), "/nothing"))[0] == 404


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/metrics", "/style.css"])
async def test_every_answer_forbids_scripts_and_foreign_things(app: App, path: str) -> None:
    answer = await front(app).answer(Request(method="GET", path=path, host="localhost"))
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- health ----------------------------------------------------------------------------------


def checks(app: App, *, locked: bool = True, lag: float = 0.0) -> dict[str, Health]:
    found = judge(facts(app), NOW - 9 * HOUR, locked=locked, lag=lag, longest_lag=5.0)
    return {check.name: check.health for check in found}


def polled(app: App, feed: str, next_poll: datetime, **given: bool) -> None:
    state = PollState(last_poll=NOW, next_poll=next_poll, **given)  # type: ignore[arg-type]
    app.store.feeds.record(app.settings.feeds[["trade", "other"].index(feed)].id, state, [], NOW)


def test_a_service_that_polls_is_well(app: App) -> None:
    polled(app, "trade", NOW + HOUR)
    polled(app, "other", NOW + 9 * HOUR)  # its rhythm is slow: no round need come before that
    assert set(checks(app).values()) == {Health.OK}


def test_no_round_for_three_intervals_while_feeds_are_due_fails(app: App) -> None:
    polled(app, "trade", NOW - 2 * HOUR)
    polled(app, "other", NOW + HOUR)
    assert checks(app)["polls"] is Health.FAILED
    app.store.requests.record_run("poll", NOW - HOUR, NOW - HOUR, {"feeds": 1})
    assert checks(app)["polls"] is Health.OK


def test_a_feed_that_is_gone_is_not_waited_for(app: App) -> None:
    for feed in ("trade", "other"):
        polled(app, feed, NOW - 9 * HOUR, retired=True)
    assert checks(app)["polls"] is Health.OK


def test_a_service_that_has_just_started_is_given_time(app: App) -> None:
    found = judge(facts(app), NOW - timedelta(minutes=1), locked=True, lag=0, longest_lag=5.0)
    assert worst(found) is Health.OK


def test_mail_and_a_late_loop_degrade_and_a_lost_lock_fails(app: App) -> None:
    polled(app, "trade", NOW + HOUR)
    polled(app, "other", NOW + HOUR)
    app.store.trouble.met("535 no", NOW - HOUR, blocked=True)
    assert checks(app)["mail"] is Health.DEGRADED
    assert checks(app, lag=9.0)["loop"] is Health.DEGRADED
    assert checks(app, locked=False)["lock"] is Health.FAILED


def test_times_are_those_of_the_readers(app: App) -> None:
    app.store.requests.record_run("poll", NOW, NOW, {"feeds": 1})
    app.store.trouble.met("535 no", NOW, blocked=True)
    told = judge(facts(app), NOW, locked=True, lag=0, longest_lag=5)
    words = {check.name: check.words for check in told}
    assert words["polls"] == "last round 2026-11-17 16:00 JST"
    assert words["mail"] == "does not leave since 2026-11-17 16:00 JST"


def test_another_schema_fails(app: App) -> None:
    other = replace(facts(app), schema_fits=False)
    found = {one.name: one.health for one in judge(other, NOW, locked=True, lag=0, longest_lag=5)}
    assert found["schema"] is Health.FAILED


def test_the_document_names_what_fails() -> None:
    told = document([of_store("the disk is full")])
    assert told == {
        "status": "failed",
        "checks": {"store": {"status": "failed", "detail": "the disk is full"}},
    }


async def test_readyz_is_200_while_mail_is_in_trouble_and_503_without_the_lock(app: App) -> None:
    polled(app, "trade", NOW + HOUR)
    polled(app, "other", NOW + HOUR)
    one = front(app)
    with lock(app.settings.state):
        assert (await get(one, "/readyz"))[0] == 200
        app.store.trouble.met("535 no", NOW, blocked=True)
        status, text = await get(one, "/readyz")
        assert (status, json.loads(text)["status"]) == (200, "degraded")
    status, text = await get(one, "/readyz")
    assert (status, json.loads(text)["checks"]["lock"]["status"]) == (503, "failed")


async def test_a_state_that_cannot_be_used_fails_and_the_loop_lives(app: App) -> None:
    database_of(app.store).connection.execute("PRAGMA query_only = ON")
    one = front(app)
    status, text = await get(one, "/readyz")
    told = json.loads(text)
    assert (status, list(told["checks"])) == (503, ["store"])
    assert "readonly" in told["checks"]["store"]["detail"]
    assert (await get(one, "/livez")) == (200, "ok\n")


async def test_a_mistake_of_ours_shows_nothing_of_it(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    one = AdminFront(
        replace(app.watched(), draft=lambda: 1 // 0),  # type: ignore[arg-type,return-value]
        AdminSettings(),
        lambda: 0.0,
        longest_lag=5.0,
    )
    assert await get(one, "/") == (500, "This failed; the log says why.\n")
    assert "admin.crashed path=/" in caplog.text
    assert one.refuse(Request(method="?", path="/"), 400).status == 400


async def test_a_draft_that_takes_long_keeps_neither_the_page_nor_the_next_one_waiting(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go_on = [], Event()

    def slow() -> None:
        made.append(1)
        go_on.wait(10)

    one = AdminFront(
        replace(app.watched(), draft=slow), AdminSettings(), lambda: 0.0, longest_lag=5.0
    )
    monkeypatch.setattr(admin_front, "DRAFT_WITHIN", 0.0)
    status, text = await get(one, "/")
    assert status == 200
    assert "They are being put in order." in text
    go_on.set()
    monkeypatch.setattr(admin_front, "DRAFT_WITHIN", 10.0)
    assert "The period has just begun." in (await get(one, "/"))[1]
    assert "The period has just begun." in (await get(one, "/"))[1]
    assert made == [1]
    one.watch(replace(app.watched(), draft=slow))  # as after a reload
    await get(one, "/")
    assert made == [1, 1]


async def test_asking_often_writes_now_and_then_only(app: App) -> None:
    one = front(app)
    probe = "SELECT value FROM meta WHERE key = 'written_at'"
    connection = database_of(app.store).connection
    assert (await get(one, "/readyz"))[0] in {200, 503}
    written = connection.execute(probe).fetchone()[0]
    app.clock.now += HOUR  # type: ignore[attr-defined]
    await get(one, "/readyz")
    assert connection.execute(probe).fetchone()[0] == written


# --- metrics ---------------------------------------------------------------------------------


def test_the_docs_have_every_metric_with_type_and_labels_and_no_other(app: App) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(digest_\w+)` \| (\w+) \| (.+?) \| \S.+ \|$", text, re.MULTILINE)
    told = {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows}
    found = {}
    for family in Service(facts(app), Tally(), 0.0).collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        found[name] = (family.type, list(family._labelnames))  # type: ignore[attr-defined]  # noqa: SLF001
    assert told == found


def test_the_exposition_counts_what_the_store_and_the_tally_know(app: App) -> None:
    tally = Tally()
    tally.count("feed_fetches", "new", number=3)
    tally.count("smtp_replies", "message", "2xx")
    app.raise_(NoticeKind.DISK_LOW, "state", "Low.")
    polled(app, "trade", NOW + HOUR)
    text = exposition(facts(app), tally, 0.25).decode()
    for wanted in (
        'digest_feed_fetches_total{outcome="new"} 3.0',
        'digest_smtp_replies_total{class="2xx",stage="message"} 1.0',
        'digest_notices_open{kind="disk_low"} 1.0',
        'digest_notices_open{kind="feed_broken"} 0.0',
        'digest_feeds{state="new"} 2.0',
        "digest_entries_new_total 0.0",
        "digest_loop_lag_seconds 0.25",
        'digest_issue_state{edition="weekly",state="none"} 1.0',
        f'digest_readers{{status="{Status.ACTIVE}"}} 0.0',
    ):
        assert wanted in text
    assert "@" not in text


async def test_metrics_are_served_in_prometheus_s_own_form(app: App) -> None:
    answer = await front(app).answer(Request(method="GET", path="/metrics", host="localhost"))
    assert answer.content_type.startswith("text/plain; version=")
    assert b"# TYPE digest_feeds gauge" in answer.body


# --- the page --------------------------------------------------------------------------------


async def test_what_feeds_and_servers_wrote_stays_text(app: App) -> None:
    evil = "\"'><script>alert(2)</script>"
    app.store.notices.raise_(
        Notice(kind=NoticeKind.FEED_BROKEN, about=evil, words=evil), NOW - HOUR
    )
    app.store.trouble.met(evil, NOW - HOUR, blocked=True)
    state = PollState(error=evil, failures=1, failing_since=NOW)
    app.store.feeds.record(app.settings.feeds[0].id, state, [], NOW)
    status, text = await get(front(app), "/")
    assert status == 200
    assert "<script" not in text
    assert "Kuruma &lt;Weekly&gt;" in text
    assert text.count("alert(2)") >= 4


async def test_the_page_shows_how_everything_is(app: App) -> None:
    app.raise_(NoticeKind.DISK_LOW, "state", "Only a little room.")
    _, text = await get(front(app), "/")
    for wanted in ("Needs your hand", "disk low: state", "Only a little room.", "2 feeds, 2 new"):
        assert wanted in text
    assert text.count('role="img" aria-label="') == 2
    assert "weekly 2026-W48 so far: 0 stories of 0 entries" in text


async def test_a_period_that_has_just_begun_has_no_stories(app: App) -> None:
    app.clock.now = datetime(2026, 11, 15, 22, tzinfo=UTC)  # type: ignore[attr-defined]
    _, text = await get(front(app), "/")
    assert "The period has just begun." in text


def test_the_newest_issue_is_told_with_what_became_of_it(app: App) -> None:
    found = facts(app)
    marks = {}
    for state in (IssueState.SENT, IssueState.PAUSED):
        newest = tuple(replace(one, newest="2026-W47", state=state) for one in found.editions)
        page = board(replace(found, editions=newest), WELL, Past(entries={}, readers={}), None)
        (row,) = [row for row in page.issues if row.what == "weekly 2026-W47"]
        marks[row.how] = row.mark
    assert marks == {"sent": "ok", "paused": "warn"}


def test_of_a_story_s_outlets_a_few_are_named_and_the_others_counted(app: App) -> None:
    outlets = tuple(outlet(f"Paper {number}") for number in range(6))
    draft = issue(issue_story(outlets=outlets), issue_story(2, outlets=outlets[:1]))
    many, one = board(facts(app), WELL, Past(entries={}, readers={}), draft).stories
    assert many.outlets.startswith("Paper 0")
    assert many.outlets.endswith("2 more")
    assert one.outlets == "Paper 0"


def test_a_time_is_told_as_near_as_it_is(app: App) -> None:
    zone = app.settings.zone
    assert local(None, NOW, zone) == "never"
    assert local(NOW, NOW, zone) == "today 16:00"
    assert local(NOW - timedelta(days=1), NOW, zone) == "Mon 16 Nov 16:00"
    assert local(NOW - timedelta(days=365), NOW, zone) == "Mon 17 Nov 2025 16:00"


def test_bars_stand_on_the_foot_and_inside_the_drawing() -> None:
    plot = bars("Entries", [("1 Nov", 0), ("2 Nov", 5), ("3 Nov", 10)])
    low, middle, high = plot.bars
    assert (low.height, high.words) == (0, "3 Nov: 10")
    assert abs(middle.height * 2 - high.height) < 0.2
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in plot.bars)
    assert high.y >= 0
    assert plot.label == "Entries from 1 Nov to 3 Nov: at most 10, at least 0, last 10"


@pytest.mark.parametrize("days", [[("1 Nov", 0)], [("1 Nov", 3), ("2 Nov", 3), ("3 Nov", 4)]])
def test_a_line_stays_inside_the_drawing(days: list[tuple[str, int]]) -> None:
    points = [tuple(map(float, p.split(","))) for p in line("Readers", days).line.split()]
    assert len(points) == len(days)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


# --- over a socket ---------------------------------------------------------------------------


async def test_it_is_served_on_an_address_of_its_own(app: App) -> None:
    async with (
        serving(front(app), AdminSettings(port=0)) as (host, port),
        aiohttp.ClientSession(f"http://{host}:{port}") as session,
    ):
        async with session.get("/livez") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with session.get("/", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 421
        async with session.get("/style.css") as answer:
            assert answer.content_type == "text/css"
            assert "prefers-color-scheme: dark" in await answer.text()

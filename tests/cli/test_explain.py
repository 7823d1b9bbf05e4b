"""One thing followed through the whole pipeline: `digest explain`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.app import open_app
from digest.config import load
from digest.model import FeedId, NewEntry, NotNews, PollState
from digest.store import Store
from tests.builders import entry
from tests.cli.conftest import Digest

NOON = datetime(2026, 11, 12, 3, tzinfo=UTC)  # of the tests' clock
EMMA = "emma@reader.example"
FEED = FeedId("trade")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    text = '[mail]\nfrom = "Kuruma Weekly <weekly@kuruma.example>"\n'
    text += '[[feeds]]\nurl = "https://trade.example/rss"\nid = "trade"\n'
    text += '[[feeds]]\nurl = "https://wire.example/rss"\nid = "wire"\n'
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(project: Path) -> Iterator[Store]:
    """Two reports of one event, one of another, one that is no news, and one that waits."""
    settings = load(project, {})
    at = NOON - timedelta(hours=5)
    probe = "Nissan to close two plants in Japan and cut 9,000 jobs"
    told = [
        entry(number=1, title=probe, published=at, outlet="Trade Paper"),
        entry(number=2, title=probe, published=at, feed=FeedId("wire"), outlet="Wire", guid="g2"),
        entry(number=3, title="Honda recalls 310,000 cars over airbags", published=at),
        entry(number=4, title="Toyota sold more cars last year", published=at),
    ]
    with open_app(settings, lambda: NOON) as app:
        app.store.feeds.sync(settings.feeds, NOON)
        for one in told:
            why = NotNews.BEFORE_US if one.guid == "guid-4" else None
            new = NewEntry(entry=one, title_key="", not_news=why)
            app.store.feeds.record(one.feed, PollState(last_poll=NOON), [new], NOON)
        app.take_in()
        late = NewEntry(entry=entry(number=5, guid="g2", published=at), title_key="")
        app.store.feeds.record(FEED, PollState(last_poll=NOON), [late], NOON)
        yield app.store


def as_json(digest: Digest, thing: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(digest("explain", thing, "--json").out)
    return found


@pytest.mark.usefixtures("store")
class TestExplain:
    def test_a_story_says_why_its_reports_are_one(self, digest: Digest) -> None:
        out = digest("explain", "story:1").out
        assert out.startswith("story 1: Nissan to close two plants")
        assert "2 reports by 1 independent outlet" in out
        assert out.count("the story began with it") == 1
        assert "joined for what it shares with entry 1: the same headline; companies nissan" in out
        assert "issue weekly 2026-W47 (due 2026-11-16 07:00, coming): number " in out
        told = as_json(digest, "1")
        assert (told["kind"], told["issues"][0]["place"] is not None) == ("story", True)

    def test_the_report_that_was_read_first_began_it_whatever_its_number(
        self, digest: Digest, store: Store, project: Path
    ) -> None:
        probe = "Mazda to stop its plant in Hofu for two weeks over a fire at a supplier"
        late = entry(number=8, title=probe, published=NOON - timedelta(hours=2))
        early = entry(number=9, title=probe, published=NOON - timedelta(hours=9))
        for one in (late, early):  # one poll, of which the later one is stored first
            new = NewEntry(entry=one, title_key="")
            store.feeds.record(FEED, PollState(last_poll=NOON), [new], NOON)
        with open_app(load(project, {}), lambda: NOON) as app:
            app.take_in()
        (began,) = store.traces.named(["guid-9"])
        told = digest("explain", f"story:{began.story}").out.splitlines()
        assert "2 reports" in told[1]
        first = next(at for at, line in enumerate(told) if "read first: the story began" in line)
        report = [line for line in told[:first] if "[entry " in line][-1]
        assert f"[entry {began.stored.id}]" in report

    def test_a_period_that_is_due_is_told_of_by_next(
        self, digest: Digest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DIGEST_NOW", "2026-11-17T12:00:00+09:00")
        assert "not told: `digest next` says" in digest("explain", "story:1").out

    def test_an_issue_that_went_early_is_named_by_the_time_at_which_it_was_due(
        self, digest: Digest
    ) -> None:
        digest("subscribers", "add", EMMA, "--active", "--consent", "me")
        digest("send")
        out = digest("explain", "story:1").out
        assert "issue weekly 2026-W47 (due 2026-11-16 07:00, published): number " in out

    @pytest.mark.usefixtures("store")
    def test_a_feed_may_be_called_by_a_number(self, project: Path, digest: Digest) -> None:
        with (project / "feeds.toml").open("a", encoding="utf-8") as file:
            file.write('[[feeds]]\nurl = "https://year.example/rss"\nid = "1"\n')
        assert digest("explain", "1").out.startswith("feed 1 (")
        assert digest("explain", "story:1").out.startswith("story 1: ")

    def test_a_readers_next_issue_is_one_that_is_not_out(self, digest: Digest) -> None:
        digest("subscribers", "add", EMMA, "--active", "--consent", "me")
        assert "next: weekly 2026-W47" in digest("explain", EMMA).out
        digest("send")
        assert "next: weekly 2026-W48" in digest("explain", EMMA).out

    def test_an_entry_says_how_it_was_tagged_and_where_it_is(self, digest: Digest) -> None:
        for thing in ("entry:3", "https://trade.example/3?utm_source=x", "guid-3"):
            out = digest("explain", thing).out
            assert out.startswith("entry 3: Honda recalls")
            assert "from feed trade (kind trade), outlet Trade Paper, language en" in out
            assert "company honda (subject)" in out
            assert "'Honda' in the title" in out
            assert "story 2: Honda recalls" in out

    def test_an_entry_that_is_no_news_says_why(self, digest: Digest) -> None:
        out = digest("explain", "entry:4").out
        assert "no news: it is older than our acquaintance with its feed" in out
        assert as_json(digest, "entry:4")["story"] is None

    def test_an_entry_that_waits_says_so(self, digest: Digest) -> None:
        assert "waits to be read" in digest("explain", "entry:5").out

    def test_what_may_be_several_things_is_an_error_that_names_them(self, digest: Digest) -> None:
        ended = digest("explain", "g2")
        assert ended.status == 2
        assert "entry:5 of trade, entry:2 of wire" in ended.errors

    @pytest.mark.parametrize(
        ("thing", "says"),
        [
            ("story:77", "there is no story 77"),
            ("entry:77", "there is no entry 77"),
            ("story:x", "such as story:12"),
            ("77", "neither a story nor an entry"),
            ("99999999999999999999", "neither a story nor an entry"),
            ("nobody@reader.example", "nothing is kept of nobody@reader.example"),
            ("no such@thing@", "not an email address"),
            ("https://nowhere.example/1", "nothing is called"),
        ],
    )
    def test_what_is_not_there_is_a_usage_error(
        self, digest: Digest, thing: str, says: str
    ) -> None:
        ended = digest("explain", thing)
        assert (ended.status, says in ended.errors) == (2, True), ended.errors

    def test_a_number_that_no_story_has_is_an_entry(self, digest: Digest) -> None:
        assert digest("explain", "2").out.startswith(("entry 2", "story"))

    def test_a_feed_says_how_it_is_doing(self, digest: Digest) -> None:
        out = digest("explain", "trade").out
        assert out.startswith("feed trade (trade.example)")
        assert "4 entries so far, 2 relevant" in out
        assert as_json(digest, "wire")["kind"] == "feed"

    def test_a_reader_says_what_they_get_and_got(self, digest: Digest) -> None:
        digest("subscribers", "add", EMMA, "--active", "--consent", "on paper", "--topic", "ev")
        out = digest("explain", EMMA).out
        assert out.startswith(f"{EMMA}: active, reader 1")
        assert "consent: 2026-11-12 12:00, recorded by the operator: on paper" in out
        assert "topics ev" in out
        assert "next: weekly 2026-W47, due 2026-11-16 07:00" in out
        assert "an issue without a story for them is not mailed" in out
        digest("subscribers", "add", "noor@reader.example", "--active", "--consent", "on paper")
        out = digest("explain", "noor@reader.example").out
        assert "as it stands 2 stories" in out
        assert "Honda recalls 310,000 cars" in out
        assert digest("send").status == 0
        sent = digest("explain", "noor@reader.example").out
        assert "issue issue/weekly/2026-W47/2: sent" in sent

    def test_who_has_left_gets_none(self, digest: Digest) -> None:
        digest("subscribers", "add", EMMA, "--active", "--consent", "on paper")
        digest("subscribers", "remove", EMMA)
        assert "they get none: they are left" in digest("explain", EMMA).out


def test_a_period_before_the_first_issue_is_not_promised(digest: Digest, project: Path) -> None:
    settings = load(project, {})
    old = entry(number=9, title="Nissan to close two plants", published=NOON - timedelta(days=4))
    with open_app(settings, lambda: NOON) as app:
        app.store.feeds.sync(settings.feeds, NOON)
        new = NewEntry(entry=old, title_key="")
        app.store.feeds.record(FEED, PollState(last_poll=NOON), [new], NOON)
        app.take_in()
    assert "(due 2026-11-09 07:00, not out): not told: it was over" in digest("explain", "1").out


@pytest.mark.usefixtures("store")
def test_next_says_which_feeds_are_asked_and_why_then(digest: Digest) -> None:
    rows = json.loads(digest("next", "--polls", "--json").out)
    assert [row["feed"] for row in rows] == ["trade", "wire"]
    assert all(row["why"] for row in rows)
    assert digest("next", "--polls").out.count("\n") == 2

"""What an operator types about issues that come, and sees of them."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.model import StoryId
from digest.store import Store
from digest.stories.load import load_lexicon
from tests.builders import database_of
from tests.cli.conftest import Digest
from tests.issues.test_publish import Desk

NOW = datetime.fromisoformat("2026-11-12T12:00:00+09:00")
DUE = "2026-11-16T07:00:00+09:00"
AFTER = "2026-11-16T08:00:00+09:00"
ACTIVE = ("--active", "--consent", "asked us on paper")
CONFIG = """
[digest]
review = "2 h"
[digest.editions]
weekly = "mon 07:00"
daily = "07:00"
[operator]
address = "editor@kuruma.example"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
"""


@pytest.fixture
def desk(project: Path) -> Iterator[Desk]:
    """Three stories of this week, and a reader."""
    (project / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with Store.open(project / "state") as store:
        made = Desk(store, load_lexicon(None, {}))
        for edition in ("weekly", "daily"):
            store.issues.since(edition, NOW)
        made.report(1, NOW - timedelta(hours=20))
        made.report(2, NOW - timedelta(hours=30), company="honda")
        made.report(3, NOW - timedelta(hours=25), company="mazda", relevant=False)
        yield made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda moment: monkeypatch.setenv("DIGEST_NOW", moment)


def shown(digest: Digest, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(digest("issue", "show", *arguments, "--json").out)
    return found


class TestNext:
    def test_promises_nothing_of_before_an_edition_was_set_up(
        self, digest: Digest, project: Path, desk: Desk
    ) -> None:
        desk.store.issues.since("weekly", NOW)
        config = CONFIG.replace('daily = "07:00"', 'daily = "07:00"\nmidweek = "wed 07:00"')
        (project / "feeds.toml").write_text(config, encoding="utf-8")
        rows = json.loads(digest("next", "--json").out)
        assert [row["period"] for row in rows if row["edition"] == "midweek"] == ["2026-W47"]

    @pytest.mark.usefixtures("desk")
    def test_shows_every_edition_with_its_due_time_in_its_zone(self, digest: Digest) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        daily, weekly = json.loads(digest("next", "--json").out)
        assert (daily["edition"], daily["period"], daily["due"]) == (
            "daily",
            "2026-11-13",
            "2026-11-13T07:00:00+09:00",
        )
        assert (weekly["edition"], weekly["due"], weekly["readers"]) == ("weekly", DUE, 1)
        assert weekly["draft"] == "from 2026-11-16T05:00+09:00"
        assert weekly["why"] == "mon 07:00 Asia/Tokyo: not due yet"

    def test_works_before_anything_else_did(self, digest: Digest) -> None:
        assert digest("next").out.startswith("weekly\t2026-W47\t")

    def test_counts_further(self, digest: Digest) -> None:
        periods = [
            row["period"] for row in json.loads(digest("next", "--count", "3", "--json").out)
        ]
        assert periods == ["2026-W47", "2026-W48", "2026-W49"]

    def test_says_when_a_draft_was_mailed(self, digest: Digest, desk: Desk) -> None:
        connection = database_of(desk.store).connection  # as the service left it
        connection.execute(
            "INSERT INTO reviews (edition, period, drafted_at)"
            " VALUES ('weekly', '2026-W47', '2026-11-15T20:00:01.000000Z')"
        )
        weekly = json.loads(digest("next", "--json").out)[-1]
        assert weekly["draft"] == "mailed 2026-11-16T05:00+09:00"


@pytest.mark.usefixtures("desk")
class TestIssue:
    def test_is_shown_with_its_stories_and_their_numbers(self, digest: Digest) -> None:
        found = shown(digest)
        assert (found["period"], found["state"], found["due"]) == ("2026-W47", "to come", DUE)
        assert {story["story"] for story in found["stories"]} == {1, 2}  # type: ignore[attr-defined]
        assert "nissan opens plant 1" in digest("issue", "show").out

    def test_in_the_second_in_which_it_was_due_it_is_the_one_that_is_meant(
        self, digest: Digest, at: Callable[[str], None]
    ) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        at(DUE)
        digest("send")
        found = shown(digest)
        assert (found["period"], found["state"]) == ("2026-W47", "published")

    def test_is_held_and_approved(self, digest: Digest) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        assert "weekly 2026-W47 is held" in digest("issue", "hold").out
        assert (shown(digest)["state"], bool(shown(digest)["decided_by"])) == ("held", True)
        assert "held weekly 2026-W47=by " in digest("status", "--short").out
        assert "weekly 2026-W47 is held" in digest("preview").errors
        assert "is held by" in digest("send").out
        assert digest("issue", "approve", "2026-W47", "--edition", "weekly").status == 0
        assert "held" not in digest("status", "--short").out
        assert "published, 2 stories" in digest("send").out
        out = shown(digest, "2026-W47")
        assert (out["state"], out["readers"]) == ("published", 1)
        late = digest("issue", "hold", "2026-W47")
        assert (late.status, "has been decided" in late.errors) == (2, True)

    def test_gets_a_note(self, digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
        digest("issue", "note", "Read this first.")
        assert "From the editor\n===============\n\nRead this first." in digest("preview").out
        assert digest("issue", "note", "--undo").out == "weekly 2026-W47 has no note\n"
        assert digest("issue", "note").status == 2
        monkeypatch.setattr(sys, "stdin", io.StringIO("First.\n\nSecond.\n"))
        digest("issue", "note", "-")
        assert "First.\n\nSecond." in digest("preview").out
        assert "note\tFirst. / Second.\n" in digest("issue", "show").out
        assert digest("issue", "note", "x", "--undo").status == 2

    def test_is_led_by_the_story_that_the_operator_chose(self, digest: Digest) -> None:
        before = [story["story"] for story in shown(digest)["stories"]]  # type: ignore[attr-defined]
        digest("issue", "first", str(before[-1]))
        after = [story["story"] for story in shown(digest)["stories"]]  # type: ignore[attr-defined]
        assert after == [before[-1], before[0]]
        digest("issue", "first", "--undo")
        assert [s["story"] for s in shown(digest)["stories"]] == before  # type: ignore[attr-defined]
        assert "there is no story 99999" in digest("issue", "first", "99999").errors
        assert "'2026-W47' is no number" in digest("issue", "first", "2026-W47").errors
        assert "is no number" in digest("issue", "first", "9" * 30).errors
        assert digest("issue", "first").status == 2

    def test_is_named_by_the_last_argument_of_every_command(self, digest: Digest) -> None:
        assert "2026-W47" in digest("issue", "note", "Read this.", "2026-W47").out
        assert digest("issue", "note", "--undo", "2026-W47").out == "weekly 2026-W47 has no note\n"
        said = digest("issue", "first", "--undo", "2026-W47").out
        assert said == "weekly 2026-W47: the ranking says what stands first\n"
        for command in ("show", "hold", "approve"):
            assert digest("issue", command, "2026-W47").status == 0
        assert digest("issue", "note", "Read", "this").status == 2

    def test_loses_a_story_that_is_excluded_and_one_that_is_merged(
        self, digest: Digest, desk: Desk
    ) -> None:
        digest("stories", "merge", "1", "2")
        assert [s["story"] for s in shown(digest)["stories"]] == [1]  # type: ignore[attr-defined]
        digest("stories", "merge", "2", "--undo")
        digest("stories", "exclude", "1")
        assert [s["story"] for s in shown(digest)["stories"]] == [2]  # type: ignore[attr-defined]
        assert StoryId(1) in desk.store.corrections.all()


@pytest.mark.usefixtures("desk")
class TestPreview:
    def test_of_a_choice_shows_what_such_readers_get(self, digest: Digest) -> None:
        out = digest("preview", "--companies", "honda,mazda", "--topics", "production").out
        assert "honda opens plant 2" in out
        assert "nissan opens" not in out
        assert "今号のトップ" in digest("preview", "--language", "ja").out
        unknown = digest("preview", "--topics", "carpets")
        assert (unknown.status, "carpets" in unknown.errors) == (2, True)
        both = digest("preview", "--for", "a@reader.example", "--topics", "production")
        assert (both.status, "--for" in both.errors) == (2, True)

    def test_explains_what_is_in_and_what_is_not(self, digest: Digest) -> None:
        digest("stories", "exclude", "2")
        out = digest("preview", "--explain").out
        assert "the lead, of Production; story 1; told by one outlet" in out
        told, left_out = out.split("left out:")
        assert "honda opens plant 2" not in told
        assert "story 2: excluded by the operator" in left_out
        assert "story 3: not relevant" in left_out
        chosen = digest("preview", "--explain", "--companies", "honda").out
        assert "story 1: not in the choice: it is about nissan" in chosen

    def test_shows_the_first_of_many_that_are_not_relevant(
        self, digest: Digest, desk: Desk
    ) -> None:
        for number in range(10, 35):
            desk.report(number, NOW - timedelta(hours=2), relevant=False)
        out = digest("preview", "--explain").out
        assert out.count(": not relevant") == 20
        assert "6 more are not relevant" in out

    def test_counts_what_the_rules_of_a_feed_left_out(self, digest: Digest, desk: Desk) -> None:
        connection = database_of(desk.store).connection  # as ingest left it
        connection.execute(
            "UPDATE entries SET cluster_id = NULL, dropped_by = 'keep: company:*' WHERE id = 3"
        )
        assert "1 entries are in no story: keep: company:*" in digest("preview", "--explain").out

    def test_of_a_past_issue_shows_what_was_sent(self, digest: Digest, project: Path) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        digest("send")
        before = digest("preview", "--period", "2026-W47", "--for", "emma@reader.example").out
        (project / "templates").mkdir()
        (project / "templates" / "issue.txt").write_text(
            "Another. {{ issue.leave }} {{ issue.sender }} {{ issue.postal_address }}",
            encoding="utf-8",
        )
        after = digest("preview", "--period", "2026-W47", "--for", "emma@reader.example").out
        assert after == before
        assert "Another." in digest("preview", "--period", "2026-W47", "--companies", "honda").out
        explained = digest("preview", "--period", "2026-W47", "--explain").out
        assert "the lead, of Production" in explained

    def test_of_a_past_period_without_an_issue_shows_what_it_would_have_been(
        self, digest: Digest, at: Callable[[str], None]
    ) -> None:
        at("2026-11-26T07:00:00+09:00")
        ended = digest("preview", "--period", "2026-W47")
        assert "nissan opens plant 1" in ended.out


@pytest.mark.usefixtures("desk")
def test_an_empty_issue_is_said_by_status_and_preview(
    digest: Digest, at: Callable[[str], None]
) -> None:
    digest("subscribers", "add", "emma@reader.example", "--rhythm", "daily", *ACTIVE)
    at(AFTER)
    assert "daily 2026-11-16: empty" in digest("send", "--edition", "daily").out
    said = digest("status", "--short").out
    assert "last_issue=daily 2026-11-16 empty, none of the 0 entries" in said
    ended = digest("preview", "--edition", "daily", "--period", "2026-11-16")
    assert "daily 2026-11-16 was not sent (empty: none of the 0 entries" in ended.errors


@pytest.mark.usefixtures("desk")
class TestArchive:
    def test_is_built_into_any_folder(self, digest: Digest, tmp_path: Path) -> None:
        target = tmp_path / "www"
        assert "no issue is out yet" in digest("archive", "build", str(target)).out
        assert not target.exists()
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        digest("send")
        ended = digest("archive", "build", str(target))
        assert ended.out.startswith(f"1 issue in {target}: 4 files written, 0 removed")
        assert (target / "weekly" / "2026-W47.en.html").exists()

    def test_is_kept_by_a_send_without_a_service(self, digest: Digest, project: Path) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        digest("send")
        assert (project / "state" / "archive" / "index.html").exists()

    def test_that_cannot_be_written_is_said(self, digest: Digest, tmp_path: Path) -> None:
        digest("subscribers", "add", "emma@reader.example", *ACTIVE)
        digest("send")
        (tmp_path / "www").mkdir()
        (tmp_path / "www" / "weekly").write_text("a file", encoding="utf-8")
        ended = digest("archive", "build", str(tmp_path / "www"))
        assert (ended.status, "cannot be written" in ended.errors) == (1, True)

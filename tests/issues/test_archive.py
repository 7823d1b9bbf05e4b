"""The archive in a folder: how its pages read, what a build writes, removes and leaves alone."""

import os
import re
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from digest.issues import marks
from digest.issues.archive import Built, write_archive
from digest.issues.calendar import period_at
from digest.issues.render import Renderer
from digest.model import Issue, IssueId, StoryId
from digest.shipped import TEMPLATES
from digest.store import Store
from tests.builders import database_of
from tests.issues.builders import (
    PERIOD,
    WEEKLY,
    Names,
    headline,
    issue,
    issue_story,
    settings,
    stage,
)
from tests.issues.kinds import HOSTILE, hostile, week
from tests.issues.page import Page

GOLDEN = Path(__file__).parents[1] / "data" / "issues" / "archive"
ATOM = "{http://www.w3.org/2005/Atom}"
WEEK = timedelta(weeks=1)


class Shelf:
    """A store with issues that are out, and the archive of them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.renderer = Renderer([TEMPLATES])
        self.settings = settings()

    def publish(self, made: Issue | None = None, *, weeks: int = 0, **given: Any) -> IssueId:
        period = period_at(WEEKLY, PERIOD.start + weeks * WEEK)
        made = made or issue(issue_story(headlines=(headline(), headline("ja"))))
        values: dict[str, Any] = {"period": period, "frozen_at": period.end} | given
        made = replace(made, **values)
        with database_of(self.store).transaction() as connection:  # stories to refer to
            connection.executemany(
                "INSERT OR IGNORE INTO stories VALUES (?, '2026')",
                [(story.story,) for story in made.stories],
            )
        added = self.store.issues.add(made, [])
        assert isinstance(added, int)
        return IssueId(added)

    def build(self, **given: Any) -> Built:
        options: dict[str, Any] = {
            "settings": self.settings,
            "names": Names(),
            "made_by": "1",
            "authority": self.store.archive.authority(
                self.settings.mail.from_address.rpartition("@")[2]
            ),
        }
        return write_archive(self.folder, self.store, self.renderer, **(options | given))

    @property
    def files(self) -> dict[str, bytes]:
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in self.folder.rglob("*")
            if file.is_file()
        }

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    @property
    def pages(self) -> set[str]:
        return {path for path in self.files if "/" in path}


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path / "www")


def a_year(shelf: Shelf) -> None:
    """Three issues: an ordinary one, one of a single story with a note, one of the next year."""
    shelf.publish(week())
    shelf.publish(weeks=1, note="Read <this> first.\n\nThen the rest.")
    shelf.publish(issue(issue_story(headlines=(headline(),))), weeks=7)


@pytest.mark.parametrize(
    "file",
    [
        "index.html",
        "feed.xml",
        "manifest.toml",
        "weekly/2026-W47.en.html",
        "weekly/2026-W48.ja.html",
    ],
)
def test_reads_as_the_golden_files_say(shelf: Shelf, file: str) -> None:
    """Run with REWRITE_GOLDEN=1 in the environment to write them anew, then look at the diff."""
    a_year(shelf)
    shelf.build()
    found = re.sub(r'(made_from = )"\w+"', r'\1"…"', shelf.text(file))  # changes with templates
    golden = GOLDEN / file.replace("/", "-")
    if os.environ.get("REWRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8", newline="")
    assert found == golden.read_text(encoding="utf-8")


class TestPage:
    def test_has_no_trick_of_a_mail_and_no_value_of_a_person(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        for path in shelf.pages:
            text = shelf.text(path)
            assert not any(mark in text for mark in marks.ALL)
            for trick in ("mso", "preheader", "zwnj", "presentation", "subscribed", "Unsubscribe"):
                assert trick not in text
            assert "@" not in re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)

    def test_has_landmarks_a_language_and_headings_in_order(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        for path in shelf.pages | {"index.html"}:
            page = Page(shelf.text(path))
            assert page.tags.count("main") == 1
            assert ("lang", "ja" if ".ja." in path else "en") in page.attributes
            levels = [int(tag[1]) for tag, _ in page.headings]
            assert levels.count(1) == 1
            assert levels[0] == 1
            assert all(b - a <= 1 for a, b in pairwise(levels))

    def test_is_told_in_its_language_where_there_are_headlines_in_it(self, shelf: Shelf) -> None:
        shelf.publish()
        shelf.publish(issue(issue_story(headlines=(headline(),))), weeks=1)
        shelf.build()
        assert shelf.pages == {
            "weekly/2026-W47.en.html",
            "weekly/2026-W47.ja.html",
            "weekly/2026-W48.en.html",
        }
        assert "日産、第1工場を閉鎖へ" in shelf.text("weekly/2026-W47.ja.html")
        assert "Nissan to close plant 1" in shelf.text("weekly/2026-W47.en.html")

    def test_tells_all_stories_also_those_that_found_no_room_in_a_mail(self, shelf: Shelf) -> None:
        shelf.settings = settings(max_stories=5)
        shelf.publish(week())
        shelf.build()
        text = shelf.text("weekly/2026-W47.en.html")
        assert "found no room" not in text
        assert text.count("<h3") == 7

    def test_of_a_hostile_issue_has_nothing_that_acts(self, shelf: Shelf) -> None:
        shelf.publish(hostile(), title=HOSTILE, note=HOSTILE)
        shelf.publish(weeks=1)
        shelf.build()
        assert shelf.pages == {
            "weekly/2026-W47.en.html",
            "weekly/2026-W48.en.html",
            "weekly/2026-W48.ja.html",
        }
        ordinary = Page(shelf.text("weekly/2026-W48.en.html"))
        for path in ("weekly/2026-W47.en.html", "index.html"):
            page = Page(shelf.text(path))
            assert not {"script", "img", "iframe", "object", "form"} & set(page.tags)
            assert not [name for name, _ in page.attributes if name.startswith("on")]
            inside = {*ordinary.links, "weekly/2026-W47.en.html", "weekly/2026-W48.en.html"}
            inside |= {"weekly/2026-W48.ja.html", "feed.xml", "2026-W48.en.html"}
            assert {*page.links} - inside <= {"https://x.example/ok?a=1&b='2'"}
            assert "\u202e" not in shelf.text(path)
        feed = ET.fromstring(shelf.text("feed.xml"))  # noqa: S314  # made just now
        assert any("<script>" in (title.text or "") for title in feed.iter(f"{ATOM}title"))


class TestFeed:
    def test_is_what_rfc_4287_asks_for(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        feed = ET.fromstring(shelf.text("feed.xml"))  # noqa: S314  # made just now
        assert feed.tag == f"{ATOM}feed"
        entries = feed.findall(f"{ATOM}entry")
        assert len(entries) == 3
        for element in (feed, *entries):
            for once in ("id", "title", "updated"):  # 4.1.1 and 4.1.2: exactly one
                assert len(element.findall(f"{ATOM}{once}")) == 1
            moment = element.findtext(f"{ATOM}updated", "")
            assert datetime.fromisoformat(moment).utcoffset() is not None
            alternates = [
                (link.get("type"), link.get("hreflang"))
                for link in element.findall(f"{ATOM}link")
                if link.get("rel") == "alternate"
            ]
            assert len(alternates) == len(set(alternates)) > 0
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Kuruma Weekly"
        ids = [element.findtext(f"{ATOM}id") for element in (feed, *entries)]
        assert ids == [
            "tag:example.org,2026-11-15:archive",
            "tag:example.org,2026-11-15:weekly/2027-W01",
            "tag:example.org,2026-11-15:weekly/2026-W48",
            "tag:example.org,2026-11-15:weekly/2026-W47",
        ]

    def test_keeps_its_ids_when_the_list_moves_to_another_domain(self, shelf: Shelf) -> None:
        shelf.publish()
        shelf.build()
        before = re.findall("<id>.*</id>", shelf.text("feed.xml"))
        mail = replace(shelf.settings.mail, from_address="weekly@elsewhere.example")
        shelf.settings = settings(mail=mail, title="Kuruma Daily")
        shelf.build(fresh=True)
        assert "<title>Kuruma Daily</title>" in shelf.text("feed.xml")
        assert re.findall("<id>.*</id>", shelf.text("feed.xml")) == before

    def test_can_be_read_by_our_own_parser(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        found = parse(shelf.text("feed.xml"))
        assert isinstance(found, ParsedFeed)
        assert [item.guid for item in found.items][2].endswith(":weekly/2026-W47")


class TestBuild:
    def test_writes_every_issue_with_index_feed_and_manifest(self, shelf: Shelf) -> None:
        a_year(shelf)
        built = shelf.build()
        assert (built.issues, built.written, built.removed, built.complete) == (3, 8, 0, True)
        assert {*shelf.files} - shelf.pages == {"index.html", "feed.xml", "manifest.toml"}

    def test_again_writes_nothing_and_anew_gives_the_same_bytes(
        self, shelf: Shelf, tmp_path: Path
    ) -> None:
        a_year(shelf)
        shelf.build()
        before = shelf.files
        assert shelf.build().written == 0
        assert shelf.build(fresh=True).written == 0
        shelf.folder = tmp_path / "elsewhere"
        shelf.build()
        assert shelf.files == before

    def test_grown_issue_by_issue_is_the_same_as_built_at_once(
        self, shelf: Shelf, tmp_path: Path
    ) -> None:
        for weeks in range(3):
            shelf.publish(weeks=weeks)
            shelf.build()
        grown = shelf.files
        shelf.folder = tmp_path / "at once"
        shelf.build()
        assert shelf.files == grown

    def test_repairs_what_is_missing(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        before = shelf.files
        (shelf.folder / "index.html").unlink()
        (shelf.folder / "weekly/2026-W47.en.html").unlink()
        assert shelf.build().written == 2
        assert shelf.files == before

    @pytest.mark.parametrize("damage", ["", "not toml [", "issues = 3", "[[issues]]\npages = 1"])
    def test_builds_anew_where_the_manifest_cannot_be_read(self, shelf: Shelf, damage: str) -> None:
        a_year(shelf)
        shelf.build()
        before = shelf.files
        (shelf.folder / "manifest.toml").write_text(damage, encoding="utf-8")
        shelf.build()
        assert shelf.files == before

    def test_of_a_new_issue_touches_its_neighbour_only(self, shelf: Shelf) -> None:
        shelf.publish(weeks=0)
        shelf.publish(weeks=1)
        shelf.build()
        old = shelf.files
        shelf.publish(weeks=2)
        shelf.build()
        changed = {path for path, contents in shelf.files.items() if old.get(path) != contents}
        assert changed == {
            "index.html",
            "feed.xml",
            "manifest.toml",
            "weekly/2026-W48.en.html",
            "weekly/2026-W48.ja.html",
            "weekly/2026-W49.en.html",
            "weekly/2026-W49.ja.html",
        }

    def test_that_is_stopped_goes_on_from_there(self, shelf: Shelf, tmp_path: Path) -> None:
        a_year(shelf)
        begun = [shelf.build(go_on=iter([True, True, False]).__next__)]
        assert "index.html" not in shelf.files  # it would lead to pages that are not there yet
        begun.append(shelf.build(go_on=iter([True, True, False]).__next__))
        begun.append(shelf.build())
        assert [one.complete for one in begun] == [False, False, True]
        assert [one.written for one in begun] == [3, 3, 4]  # with the manifest, in the end the rest
        stopped = shelf.files
        shelf.folder = tmp_path / "at once"
        shelf.build()
        assert shelf.files == stopped

    def test_takes_back_what_was_cancelled_and_leaves_other_files_alone(self, shelf: Shelf) -> None:
        shelf.publish()
        second = shelf.publish(weeks=1)
        shelf.build()
        (shelf.folder / "CNAME").write_text("news.example", encoding="utf-8")
        (shelf.folder / "weekly" / "notes.html").write_text("mine", encoding="utf-8")
        shelf.store.issues.cancel(second, "wrong", PERIOD.end)
        assert shelf.build().removed == 2
        assert shelf.pages == {
            "weekly/2026-W47.en.html",
            "weekly/2026-W47.ja.html",
            "weekly/notes.html",
        }
        assert "2026-W48" not in shelf.text("index.html")
        assert "CNAME" in shelf.files

    def test_no_page_leads_to_an_issue_that_was_taken_back(self, shelf: Shelf) -> None:
        first = shelf.publish()
        told = issue_story(2, earlier=(stage(1, period="2026-W47"),))
        shelf.publish(issue(told), weeks=1)
        shelf.publish(issue(issue_story(3)), weeks=2)
        shelf.build()
        assert "2026-W47.en.html#story-1" in shelf.text("weekly/2026-W48.en.html")
        shelf.store.issues.cancel(first, "wrong", PERIOD.end)
        shelf.build()
        assert "2026-W47" not in shelf.text("weekly/2026-W48.en.html")

    def test_of_a_story_that_was_overtaken_tells_the_later_one(self, shelf: Shelf) -> None:
        earlier = issue_story(1, overtaken_by=StoryId(2))
        later = issue_story(2, earlier=(stage(1),), headlines=(headline(title="It ended"),))
        shelf.publish(issue(replace(later, rank=1), replace(earlier, rank=2)))
        shelf.build()
        page = shelf.text("weekly/2026-W47.en.html")
        assert 'id="story-2"' in page
        assert 'id="story-1"' not in page
        assert "1 story" in shelf.text("index.html")

    def test_of_issues_that_were_all_cancelled_leaves_nothing(self, shelf: Shelf) -> None:
        first = shelf.publish()
        shelf.build()
        shelf.store.issues.cancel(first, "wrong", PERIOD.end)
        assert shelf.build().issues == 0
        assert shelf.files == {}
        assert list(shelf.folder.iterdir()) == []

    def test_of_no_issue_writes_nothing(self, shelf: Shelf) -> None:
        assert shelf.build() == Built(issues=0, written=0, removed=0, complete=True, failures=())
        assert not shelf.folder.exists()

    def test_never_removes_what_a_manifest_of_somebody_elses_names(
        self, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.publish()
        shelf.build()
        outside = tmp_path / "precious.html"
        outside.write_text("mine", encoding="utf-8")
        manifest = shelf.text("manifest.toml").replace(
            "weekly/2026-W47.ja.html", "../precious.html"
        )
        (shelf.folder / "manifest.toml").write_text(manifest, encoding="utf-8")
        shelf.build()
        assert outside.exists()

    def test_leaves_a_page_whole_where_writing_fails(self, shelf: Shelf) -> None:
        shelf.publish()
        shelf.build()
        page = shelf.text("weekly/2026-W47.en.html")
        (shelf.folder / "weekly" / ".2026-W47.en.html.part").mkdir()  # so that it cannot be written
        shelf.settings = settings(mail=replace(shelf.settings.mail, from_name="The Desk"))
        with pytest.raises(IsADirectoryError):
            shelf.build()
        assert shelf.text("weekly/2026-W47.en.html") == page

    def test_is_another_one_when_a_template_or_a_setting_changes(
        self, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.publish()
        shelf.build()
        own = tmp_path / "templates"
        own.mkdir()
        (own / "note.html").write_text("", encoding="utf-8")
        shelf.renderer = Renderer([own, TEMPLATES])
        assert shelf.build().written == 1  # the pages read the same, the manifest says what from
        shelf.settings = settings(mail=replace(shelf.settings.mail, from_name="The Desk"))
        shelf.build()
        assert "Published by The Desk" in shelf.text("weekly/2026-W47.en.html")

    def test_with_a_template_that_fails_uses_the_shipped_one_and_says_so(
        self, shelf: Shelf, tmp_path: Path
    ) -> None:
        shelf.publish()
        shelf.build()
        before = {path: text for path, text in shelf.files.items() if path != "manifest.toml"}
        own = tmp_path / "templates"
        own.mkdir()
        (own / "archive_index.html").write_text("{{ index.titel }}", encoding="utf-8")
        shelf.renderer = Renderer([own, TEMPLATES])
        built = shelf.build()
        assert [failure.name for failure in built.failures] == ["archive_index.html"]
        assert {p: text for p, text in shelf.files.items() if p != "manifest.toml"} == before

    def test_says_in_its_manifest_what_there_is(self, shelf: Shelf) -> None:
        a_year(shelf)
        shelf.build()
        listed = tomllib.loads(shelf.text("manifest.toml"))
        assert [one["period"] for one in listed["issues"]] == ["2026-W47", "2026-W48", "2027-W01"]
        paths = {page["path"] for one in listed["issues"] for page in one["pages"]}
        assert paths == shelf.pages


class TestEarlierStages:
    def test_lead_to_the_story_on_the_page_of_the_issue_that_told_it(self, shelf: Shelf) -> None:
        before = shelf.publish()
        told = stage(1, period="2026-W47")
        elsewhere = stage(7, period="2026-W30")
        shelf.publish(issue(issue_story(2, earlier=(told, elsewhere))), weeks=1)
        shelf.build()
        page = Page(shelf.text("weekly/2026-W48.en.html"))
        assert "2026-W47.en.html#story-1" in page.links
        assert ("id", "story-1") in Page(shelf.text("weekly/2026-W47.en.html")).attributes
        assert elsewhere.headlines[0].url in page.links  # no page of ours tells it
        shelf.store.issues.cancel(before, "a mistake", PERIOD.end)
        shelf.build()
        page = Page(shelf.text("weekly/2026-W48.en.html"))
        assert told.headlines[0].url in page.links
        assert not [link for link in page.links if "#story" in link]

"""The archive's plan: which pages, where, how they lead to each other, and the ids of its feed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from digest.issues.calendar import parse_schedule, period_at
from digest.issues.pages import ArchivedIssue, manifest, plan
from digest.issues.pageviews import feed_view, index_view, page_view
from digest.issues.places import is_page, languages_of, page_path
from digest.model import Issue, IssueId
from digest.settings import Edition, MailSettings
from tests.issues.builders import PERIOD, TOKYO, WEEKLY, headline, issue, issue_story, settings

AUTHORITY = "example.org,2026-11-15"
# What RFC 4151 allows in a tag URI made of a domain, a day and a specific part.
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}-\d\d-\d\d:[A-Za-z0-9._/-]+")


def told(week: int = 0, edition: str = "weekly", **given: Any) -> Issue:
    period = period_at(WEEKLY, PERIOD.start + timedelta(weeks=week))
    defaults: dict[str, Any] = {"edition": edition, "period": period, "frozen_at": period.end}
    return issue(issue_story(), **(defaults | given))


def archived(
    week: int = 0, edition: str = "weekly", languages: tuple[str, ...] = ("en",), **given: Any
) -> ArchivedIssue:
    return ArchivedIssue(
        id=IssueId(1), issue=told(week, edition, **given), stories=1, languages=languages
    )


class TestPaths:
    def test_name_edition_period_and_language(self) -> None:
        assert archived(languages=("en", "ja")).path("ja") == "weekly/2026-W47.ja.html"

    def test_lead_to_the_first_page_where_there_is_none_in_that_language(self) -> None:
        assert archived().path("ja") == "weekly/2026-W47.en.html"

    @given(st.text(), st.text(), st.text())
    def test_stay_within_the_archive_whatever_they_are_made_of(
        self, edition: str, key: str, lang: str
    ) -> None:
        try:
            path = page_path(edition, key, lang)
        except ValueError:
            return
        assert is_page(path)
        assert path.isascii()
        parts = PurePosixPath(path).parts
        assert len(parts) == 2
        assert not any(part.startswith(".") or part in {"", ".."} for part in parts)

    @given(
        st.sampled_from(["mon 07:00", "mon,thu 07:00", "07:00", "1st 07:00"]),
        st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.from_regex(r"[a-z][a-z0-9_-]{0,30}", fullmatch=True),
        st.sampled_from(["", ".1", ".23"]),
    )
    def test_there_is_one_for_every_period_of_every_edition(
        self, schedule: str, at: datetime, name: str, again: str
    ) -> None:
        edition = Edition(name=name, schedule=parse_schedule(schedule), zone=TOKYO)
        key = period_at(edition, at).key + again
        assert page_path(name, key, "en") == f"{name}/{key}.en.html"

    @pytest.mark.parametrize(
        "part", ["", "..", ".git", "a/b", "a\\b", "a\nb", "日", "weekly\x00", "-rf"]
    )
    def test_are_made_of_nothing_else(self, part: str) -> None:
        with pytest.raises(ValueError, match="cannot be part of a path"):
            page_path(part, "2026-W47", "en")

    @pytest.mark.parametrize(
        "path", ["index.html", "../x.html", "a/b/c.html", "a/.b.html", "/etc/x.html", "a/b.txt"]
    )
    def test_of_other_files_are_no_pages(self, path: str) -> None:
        assert not is_page(path)


class TestLanguages:
    def test_are_the_digests_own_and_others_of_its_headlines(self) -> None:
        assert languages_of({"en", "ja", "zh"}, "en") == ("en", "ja")
        assert languages_of({"en", "ja"}, "ja") == ("ja", "en")
        assert languages_of({"zh"}, "en") == ("en",)
        assert languages_of(set(), "ja") == ("ja",)


class TestPlan:
    def test_leads_to_the_earlier_and_later_issue_of_the_same_edition(self) -> None:
        archive = [archived(0), archived(0, "daily"), archived(1), archived(2)]
        made = {
            page.path: tuple(other and other.path("en") for other in (page.earlier, page.later))
            for page in plan(archive, "")
        }
        assert made == {
            "weekly/2026-W47.en.html": (None, "weekly/2026-W48.en.html"),
            "daily/2026-W47.en.html": (None, None),
            "weekly/2026-W48.en.html": ("weekly/2026-W47.en.html", "weekly/2026-W49.en.html"),
            "weekly/2026-W49.en.html": ("weekly/2026-W48.en.html", None),
        }

    @effort(deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 30),
                st.sampled_from(["weekly", "daily", "x-1"]),
                st.sampled_from([("en",), ("en", "ja"), ("ja", "en")]),
            ),
            unique_by=lambda one: one[:2],
            max_size=12,
        )
    )
    def test_every_link_within_the_archive_is_relative_and_leads_to_a_page(
        self, issues: list[tuple[int, str, tuple[str, ...]]]
    ) -> None:
        archive = [archived(week, name, languages) for week, name, languages in sorted(issues)]
        pages = plan(archive, "")
        there = {page.path for page in pages} | {"index.html", "feed.xml"}
        assert len(there) == len(pages) + 2  # no two in one place
        for page in pages:
            view = page_view(page, settings())
            beside = [link for link in (view.earlier, view.later) if link is not None]
            links = [view.index, view.feed, *(link.url for link in (*view.others, *beside))]
            folder = PurePosixPath(page.path).parent
            for link in links:
                assert not link.startswith("/")
                found = link.removeprefix("../") if "../" in link else str(folder / link)
                assert found in there
        index = index_view(archive, settings())
        listed = [line for year in index.years for line in year.issues]
        linked = [url for line in listed for url in (line.url, *(o.url for o in line.others))]
        assert sorted(linked) == sorted({page.path for page in pages})

    def test_a_page_is_another_one_when_a_neighbour_comes_or_its_maker_changes(self) -> None:
        alone = plan([archived(0)], "a")[0].made_from
        assert plan([archived(0)], "a")[0].made_from == alone
        assert plan([archived(0), archived(1)], "a")[0].made_from != alone
        assert plan([archived(0), archived(1, "daily")], "a")[0].made_from == alone
        assert plan([archived(0)], "b")[0].made_from != alone
        later = archived(0, frozen_at=PERIOD.end + timedelta(hours=1))
        assert plan([later], "a")[0].made_from != alone


class TestIndex:
    def test_has_the_newest_first_by_year_of_the_digests_zone(self) -> None:
        index = index_view([archived(week) for week in (0, 6, 7)], settings())
        assert [(y.year, [line.url for line in y.issues]) for y in index.years] == [
            ("2027", ["weekly/2027-W01.en.html"]),
            ("2026", ["weekly/2026-W53.en.html", "weekly/2026-W47.en.html"]),
        ]

    def test_names_the_edition_only_where_there_are_several(self) -> None:
        one = index_view([archived(0)], settings()).years[0].issues[0]
        assert one.edition == ""
        both = index_view([archived(0), archived(0, "daily")], settings()).years[0].issues
        assert [line.edition for line in both] == ["daily", "weekly"]

    def test_says_which_issue_of_a_period_was_sent_again(self) -> None:
        first = archived()
        period = replace(first.issue.period, key="2026-W47.1")
        both = [first, archived(period=period)]
        lines = index_view(both, settings()).years[0].issues
        assert [line.again for line in lines] == ["Sent again", ""]
        told = {one.id[-3:]: one.summary for one in feed_view(both, settings(), AUTHORITY).issues}
        assert "Sent again" in told["7.1"]
        assert "Sent again" not in told["W47"]

    def test_tells_the_lead_in_the_digests_language_or_its_best(self) -> None:
        story = issue_story(headlines=(headline("en"), headline("ja")))
        of = ArchivedIssue(id=IssueId(1), issue=issue(story), stories=1, languages=("ja", "en"))
        line = index_view([of], settings(language="ja")).years[0].issues[0]
        assert (line.headline, line.headline_lang) == ("日産、第1工場を閉鎖へ", "ja")
        line = index_view([archived()], settings(language="ja")).years[0].issues[0]
        assert (line.headline, line.headline_lang) == ("Nissan to close plant 1", "en")

    @pytest.mark.parametrize("stories", [(), (issue_story(headlines=(headline(title="\x00 "),)),)])
    def test_has_the_title_where_the_lead_says_nothing(self, stories: tuple[Any, ...]) -> None:
        of = ArchivedIssue(id=IssueId(1), issue=issue(*stories), stories=1, languages=("en",))
        assert index_view([of], settings()).years[0].issues[0].headline == "Kuruma Weekly"

    def test_of_nothing_has_no_years(self) -> None:
        assert index_view([], settings()).years == ()


class TestFeed:
    @effort(deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 60), st.sampled_from(["weekly", "daily"])),
            unique=True,
            min_size=1,
            max_size=40,
        )
    )
    def test_ids_are_tags_that_differ_and_stay_as_more_issues_come(
        self, issues: list[tuple[int, str]]
    ) -> None:
        archive = [archived(week, name) for week, name in issues]
        made = feed_view(archive, settings(), AUTHORITY)
        ids = [made.id, *(one.id for one in made.issues)]
        assert all(TAG.fullmatch(one) for one in ids)
        assert len(set(ids)) == len(ids)
        assert len(made.issues) == min(len(archive), 30)
        alone = feed_view(archive[:1], settings(), AUTHORITY)
        of_first = [one for one in made.issues if one.id == alone.issues[0].id]
        assert of_first in ([], list(alone.issues))

    def test_was_updated_when_the_newest_issue_was_frozen(self) -> None:
        at = datetime(2026, 11, 16, 3, 4, 5, 678, tzinfo=UTC)
        made = feed_view([archived(0, frozen_at=at), archived(-1)], settings(), AUTHORITY)
        assert made.updated == "2026-11-16T03:04:05Z"
        assert next(one.updated for one in made.issues) == made.updated

    def test_names_its_publisher(self) -> None:
        assert feed_view([archived()], settings(), AUTHORITY).author == "Kuruma Weekly"
        nameless = settings(mail=MailSettings(from_name="", from_address="k@example.org"))
        assert feed_view([archived()], nameless, AUTHORITY).author == "Kuruma Weekly"


class TestManifest:
    def test_lists_the_pages_that_were_made_and_what_from(self) -> None:
        of = archived(languages=("en", "ja"))
        pages = {"weekly/2026-W47.en.html": "abc"}
        made: dict[str, Any] = manifest([of], settings(), AUTHORITY, pages)
        (one,) = made["issues"]
        assert one["pages"] == [
            {"language": "en", "path": "weekly/2026-W47.en.html", "made_from": "abc"}
        ]
        assert one["published"] == of.issue.frozen_at
        assert one["stories"] == 1

"""What the archive holds: its pages, where they lie, and when they have to be made anew.

An issue has a page in the digest's language, and a sister in the other language that readers may
choose where one of its headlines is in it. Paths are made of an edition's name, a period's key and
a language, never of what a feed said, and every link within the archive is relative. What the
pages say is for pageviews.py.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from digest.issues.places import page_path
from digest.issues.safe import plain
from digest.issues.views import FULL
from digest.issues.widths import shorten
from digest.issues.words import pick
from digest.model import EarlierStage, Issue, IssueId
from digest.settings import Settings

INDEX = "index.html"
FEED = "feed.xml"
FEED_ISSUES = 30  # as many as a feed reader shows; the index has all


def fingerprint(parts: object) -> str:
    """A short word that is another one whenever what a file is made of reads otherwise."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedIssue:
    """An issue in the archive: of its stories only the lead need be there."""

    id: IssueId  # the store's
    issue: Issue
    stories: int  # that its page tells
    languages: tuple[str, ...]  # of its pages, the digest's own first

    def language(self, lang: str) -> str:
        """That language if it has a page in it, else that of its first page."""
        return lang if lang in self.languages else self.languages[0]

    def path(self, lang: str) -> str:
        """Where its page in that language lies, or its first page."""
        return page_path(self.issue.edition, self.issue.period.key, self.language(lang))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, with all that it depends on."""

    archived: ArchivedIssue
    lang: str
    earlier: ArchivedIssue | None  # issue of the same edition
    later: ArchivedIssue | None
    made_by: str

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.archived.path(self.lang)

    @property
    def made_from(self) -> str:
        """A fingerprint of all that the page reads by; a few headlines are hashed at each look."""
        depends_on = [self.made_by, self.lang, self.archived.languages]
        for each in (self.archived, self.earlier, self.later):
            if each is not None:
                frozen = each.issue.frozen_at.isoformat()
                depends_on += [each.path(self.lang), frozen, headline_of(each.issue, self.lang)]
        return fingerprint(depends_on)


def neighbours(
    archive: Sequence[ArchivedIssue],
) -> list[tuple[ArchivedIssue | None, ArchivedIssue | None]]:
    """The earlier and the later issue of the same edition of each, which stand in order."""
    found: list[tuple[ArchivedIssue | None, ArchivedIssue | None]] = [(None, None)] * len(archive)
    last: dict[str, int] = {}
    for place, archived in enumerate(archive):
        before = last.get(archived.issue.edition)
        if before is not None:
            found[before] = (found[before][0], archived)
            found[place] = (archive[before], None)
        last[archived.issue.edition] = place
    return found


def plan(archive: Sequence[ArchivedIssue], made_by: str) -> list[Page]:
    """Every page of these issues, which stand in order; `made_by` is what else pages depend on."""
    return [
        Page(archived=archived, lang=lang, earlier=earlier, later=later, made_by=made_by)
        for archived, (earlier, later) in zip(archive, neighbours(archive), strict=True)
        for lang in archived.languages
    ]


def links_from(page: Page, archive: Iterable[ArchivedIssue]) -> Callable[[EarlierStage], str]:
    """Where a page finds the earlier stages of its stories: in earlier issues of its edition."""
    edition = page.archived.issue.edition
    told = {one.issue.period.key: one for one in archive if one.issue.edition == edition}

    def link(stage: EarlierStage) -> str:
        found = told.get(stage.period)
        return "" if found is None else f"{name_of(found.path(page.lang))}#story-{stage.story}"

    return link


def manifest(
    archive: Sequence[ArchivedIssue], settings: Settings, authority: str, pages: Mapping[str, str]
) -> dict[str, object]:
    """What the archive holds, for programs: issue by issue, page by page.

    `pages` has for each path what its page was made from.
    """
    return {
        "title": plain(settings.title),
        "language": pick(settings.language),
        "authority": authority,
        "issues": [
            {
                "edition": archived.issue.edition,
                "period": archived.issue.period.key,
                "start": archived.issue.period.start.astimezone(UTC),
                "end": archived.issue.period.end.astimezone(UTC),
                "published": archived.issue.frozen_at.astimezone(UTC),
                "headline": headline_of(archived.issue, pick(settings.language))[0],
                "stories": archived.stories,
                "pages": [
                    {"language": lang, "path": archived.path(lang), "made_from": made_from}
                    for lang in archived.languages
                    if (made_from := pages.get(archived.path(lang))) is not None
                ],
            }
            for archived in archive
        ],
    }


def headline_of(issue: Issue, lang: str) -> tuple[str, str]:
    """What the lead says in that language or its best, and which that is."""
    best = issue.stories[0].headline(lang) if issue.stories else None
    if best is None or not plain(best.title):
        return plain(issue.title), lang
    return shorten(plain(best.title), FULL.title), best.lang


def name_of(path: str) -> str:
    """A page as its neighbours in the same folder link it."""
    return path.rpartition("/")[2]

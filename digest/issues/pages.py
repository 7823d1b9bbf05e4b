"""What the archive holds: its pages, where they lie, and the values that their templates get.

An issue has a page in the digest's language, and a sister in the other language that readers may
choose where one of its headlines is in it. Paths are made of an edition's name, a period's key and
a language, never of what a feed said, and every link within the archive is relative.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from digest.issues.places import page_path
from digest.issues.safe import plain
from digest.issues.tell import dates_of
from digest.issues.views import FULL, LinkView
from digest.issues.widths import shorten
from digest.issues.words import LANGUAGES, OWN_NAMES, Words, full_date, pick
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
    def word(self) -> str:
        """A word that is another one whenever the page would read otherwise."""
        depends_on = [self.made_by, self.lang, self.archived.languages]
        for each in (self.archived, self.earlier, self.later):
            if each is not None:
                frozen = each.issue.frozen_at.isoformat()
                depends_on += [each.path(self.lang), frozen, _headline(each.issue, self.lang)]
        return fingerprint(depends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """What the page of an issue says beside the issue."""

    index: str
    feed: str
    others: tuple[LinkView, ...]  # the same issue in another language
    earlier: LinkView | None  # issue of the same edition
    later: LinkView | None
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One issue in the index."""

    url: str
    dates: str
    headline: str
    headline_lang: str
    stories: str
    edition: str  # empty where the archive has one only
    others: tuple[LinkView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearView:
    """The issues of a year, the newest first."""

    year: str
    issues: tuple[LineView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """The page that leads to all issues."""

    title: str
    lang: str
    feed: str
    years: tuple[YearView, ...]
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedIssueView:
    """One issue as an Atom entry (RFC 4287)."""

    id: str
    title: str
    updated: str
    summary: str
    links: tuple[LinkView, ...]  # one a language


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """The newest issues as an Atom feed (RFC 4287)."""

    id: str
    title: str
    lang: str
    author: str
    updated: str
    index: str
    url: str
    issues: tuple[FeedIssueView, ...]


VIEWS = (PageView, LineView, YearView, IndexView, FeedIssueView, FeedView)


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
        return "" if found is None else f"{_name(found.path(page.lang))}#story-{stage.story}"

    return link


def page_view(page: Page, settings: Settings) -> PageView:
    """What the page of an issue gets beside the issue's own values."""
    archived, lang = page.archived, page.lang
    words = LANGUAGES[lang]
    earlier, later = (
        None
        if other is None
        else LinkView(
            title=dates_of(other.issue.period, settings.zone, lang),
            url=_name(other.path(lang)),
            lang=other.language(lang),
        )
        for other in (page.earlier, page.later)
    )
    day = full_date(archived.issue.frozen_at.astimezone(settings.zone).date(), lang)
    return PageView(
        index=f"../{INDEX}",
        feed=f"../{FEED}",
        others=_others(archived, lang, words, within=True),
        earlier=earlier,
        later=later,
        published=words.published.format(_publisher(settings), day),
    )


def index_view(archive: Sequence[ArchivedIssue], settings: Settings) -> IndexView:
    """The index of all issues, the newest first, by year."""
    lang = pick(settings.language)
    words = LANGUAGES[lang]
    several = len({archived.issue.edition for archived in archive}) > 1

    def line(archived: ArchivedIssue) -> LineView:
        headline, headline_lang = _headline(archived.issue, lang)
        return LineView(
            url=archived.path(lang),
            dates=dates_of(archived.issue.period, settings.zone, lang),
            headline=headline,
            headline_lang=headline_lang,
            stories=words.count(archived.stories),
            edition=archived.issue.edition if several else "",
            others=_others(archived, lang, words, within=False),
        )

    def year(archived: ArchivedIssue) -> str:
        return str(archived.issue.period.end.astimezone(settings.zone).year)

    return IndexView(
        title=plain(settings.title),
        lang=lang,
        feed=FEED,
        years=tuple(
            YearView(year=name, issues=tuple(map(line, issues)))
            for name, issues in groupby(reversed(archive), key=year)
        ),
        words=words,
    )


def feed_view(archive: Sequence[ArchivedIssue], settings: Settings, authority: str) -> FeedView:
    """The Atom feed of the newest issues. Raises ValueError if there are none.

    Its ids are `tag:` URIs (RFC 4151) under an authority that stays the same for ever.
    """
    lang = pick(settings.language)
    words = LANGUAGES[lang]
    newest = sorted(archive, key=lambda archived: archived.issue.frozen_at, reverse=True)[
        :FEED_ISSUES
    ]

    def told(archived: ArchivedIssue) -> FeedIssueView:
        issue = archived.issue
        dates = words.news_of.format(dates_of(issue.period, settings.zone, lang))
        return FeedIssueView(
            id=f"tag:{authority}:{issue.edition}/{issue.period.key}",
            title=_headline(issue, lang)[0],
            updated=_rfc3339(issue.frozen_at),
            summary=words.told.format(dates, words.count(archived.stories)),
            links=tuple(
                LinkView(title=OWN_NAMES[each], url=archived.path(each), lang=each)
                for each in archived.languages
            ),
        )

    return FeedView(
        id=f"tag:{authority}:archive",
        title=plain(settings.title),
        lang=lang,
        author=_publisher(settings),
        updated=_rfc3339(max(archived.issue.frozen_at for archived in archive)),
        index=INDEX,
        url=FEED,
        issues=tuple(map(told, newest)),
    )


def manifest(
    archive: Sequence[ArchivedIssue], settings: Settings, authority: str, pages: Mapping[str, str]
) -> dict[str, object]:
    """What the archive holds, for programs: issue by issue, page by page.

    `pages` has for each path a word that changes whenever the page would be another one.
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
                "headline": _headline(archived.issue, pick(settings.language))[0],
                "stories": archived.stories,
                "pages": [
                    {"language": lang, "path": archived.path(lang), "made_from": word}
                    for lang in archived.languages
                    if (word := pages.get(archived.path(lang))) is not None
                ],
            }
            for archived in archive
        ],
    }


def _headline(issue: Issue, lang: str) -> tuple[str, str]:
    """What the lead says in that language or its best, and which that is."""
    best = issue.stories[0].headline(lang) if issue.stories else None
    if best is None or not plain(best.title):
        return plain(issue.title), lang
    return shorten(plain(best.title), FULL.title), best.lang


def _others(
    archived: ArchivedIssue, lang: str, words: Words, *, within: bool
) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            title=words.in_language[other],
            url=_name(archived.path(other)) if within else archived.path(other),
            lang=other,
        )
        for other in archived.languages
        if other != lang
    )


def _name(path: str) -> str:
    """A page as its neighbours in the same folder link it."""
    return path.rpartition("/")[2]


def _publisher(settings: Settings) -> str:
    return plain(settings.mail.from_name) or plain(settings.title)


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

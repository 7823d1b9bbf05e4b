"""What the pages of the archive and its feed say: the values that their templates get.

Which pages there are, and where they lie, is for pages.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from digest.issues.dates import full_date
from digest.issues.pages import FEED, FEED_ISSUES, INDEX, ArchivedIssue, Page, headline_of, name_of
from digest.issues.safe import plain
from digest.issues.tell import dates_of
from digest.issues.views import LinkView
from digest.issues.words import LANGUAGES, OWN_NAMES, Words, pick
from digest.settings import Settings


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
    again: str  # that it was sent once more; empty where it is the first
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


def page_view(page: Page, settings: Settings) -> PageView:
    """What the page of an issue gets beside the issue's own values."""
    archived, lang = page.archived, page.lang
    words = LANGUAGES[lang]
    earlier, later = (
        None
        if other is None
        else LinkView(
            title=dates_of(other.issue.period, settings.zone, lang),
            url=name_of(other.path(lang)),
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
        headline, headline_lang = headline_of(archived.issue, lang)
        return LineView(
            url=archived.path(lang),
            dates=dates_of(archived.issue.period, settings.zone, lang),
            again=words.again if archived.issue.period.again else "",
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
        if issue.period.again:
            dates += f"{words.beside}{words.again}"
        return FeedIssueView(
            id=f"tag:{authority}:{issue.edition}/{issue.period.key}",
            title=headline_of(issue, lang)[0],
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


def _others(
    archived: ArchivedIssue, lang: str, words: Words, *, within: bool
) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            title=words.in_language[other],
            url=name_of(archived.path(other)) if within else archived.path(other),
            lang=other,
        )
        for other in archived.languages
        if other != lang
    )


def _publisher(settings: Settings) -> str:
    return plain(settings.mail.from_name) or plain(settings.title)


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

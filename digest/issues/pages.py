"""What the archive holds: its pages, where they lie, and the values that their templates get.

An issue has a page in the digest's language, and a sister in the other language that readers may
choose where one of its headlines is in it. Paths are made of an edition's name, a period's key and
a language, never of what a feed said, and every link within the archive is relative.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from digest.issues.views import FULL, LinkView, dates_of, plain
from digest.issues.widths import shorten
from digest.issues.words import LANGUAGES, OWN_NAMES, Words, full_date, pick
from digest.model import Issue
from digest.settings import Settings

INDEX = "index.html"
FEED = "feed.xml"
FEED_ISSUES = 30  # as many as a feed reader shows; the index has all

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*\.html", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """An issue in the archive: of its stories only the lead need be there."""

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

    shelved: Shelved
    lang: str
    earlier: Shelved | None  # issue of the same edition
    later: Shelved | None
    made_by: str

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.shelved.path(self.lang)

    @property
    def word(self) -> str:
        """A word that is another one whenever the page would read otherwise."""
        depends_on = [self.made_by, self.lang, self.shelved.languages]
        for each in (self.shelved, self.earlier, self.later):
            if each is not None:
                frozen = each.issue.frozen_at.isoformat()
                depends_on += [each.path(self.lang), frozen, _headline(each.issue, self.lang)]
        return hashlib.sha256(repr(depends_on).encode()).hexdigest()[:16]


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


def page_path(edition: str, key: str, lang: str) -> str:
    """Where a page lies: weekly/2026-W47.en.html. Raises ValueError for what is no part of one."""
    for part in (edition, key, lang):
        if not _PART.fullmatch(part):
            raise ValueError(f"{part!r} cannot be part of a path")
    return f"{edition}/{key}.{lang}.html"


def is_page(path: str) -> bool:
    """Whether a path is one that `page_path` may have made."""
    return _PAGE.fullmatch(path) is not None


def languages_of(found: Iterable[str], language: str) -> tuple[str, ...]:
    """The languages that an issue has pages in: the digest's, then others of its headlines."""
    first = pick(language)
    return (first, *(lang for lang in sorted({*found} & {*LANGUAGES}) if lang != first))


def neighbours(shelf: Sequence[Shelved]) -> list[tuple[Shelved | None, Shelved | None]]:
    """The earlier and the later issue of the same edition of each, which stand in order."""
    found: list[tuple[Shelved | None, Shelved | None]] = [(None, None)] * len(shelf)
    last: dict[str, int] = {}
    for place, shelved in enumerate(shelf):
        before = last.get(shelved.issue.edition)
        if before is not None:
            found[before] = (found[before][0], shelved)
            found[place] = (shelf[before], None)
        last[shelved.issue.edition] = place
    return found


def plan(shelf: Sequence[Shelved], made_by: str) -> list[Page]:
    """Every page of these issues, which stand in order; `made_by` is what else pages depend on."""
    return [
        Page(shelved=shelved, lang=lang, earlier=earlier, later=later, made_by=made_by)
        for shelved, (earlier, later) in zip(shelf, neighbours(shelf), strict=True)
        for lang in shelved.languages
    ]


def page_view(page: Page, settings: Settings) -> PageView:
    """What the page of an issue gets beside the issue's own values."""
    shelved, lang = page.shelved, page.lang
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
    day = full_date(shelved.issue.frozen_at.astimezone(settings.zone).date(), lang)
    return PageView(
        index=f"../{INDEX}",
        feed=f"../{FEED}",
        others=_others(shelved, lang, words, within=True),
        earlier=earlier,
        later=later,
        published=words.published.format(_publisher(settings), day),
    )


def index_view(shelf: Sequence[Shelved], settings: Settings) -> IndexView:
    """The index of all issues, the newest first, by year."""
    lang = pick(settings.language)
    words = LANGUAGES[lang]
    several = len({shelved.issue.edition for shelved in shelf}) > 1

    def line(shelved: Shelved) -> LineView:
        headline, headline_lang = _headline(shelved.issue, lang)
        return LineView(
            url=shelved.path(lang),
            dates=dates_of(shelved.issue.period, settings.zone, lang),
            headline=headline,
            headline_lang=headline_lang,
            stories=words.count(shelved.stories),
            edition=shelved.issue.edition if several else "",
            others=_others(shelved, lang, words, within=False),
        )

    def year(shelved: Shelved) -> str:
        return str(shelved.issue.period.end.astimezone(settings.zone).year)

    return IndexView(
        title=plain(settings.title),
        lang=lang,
        feed=FEED,
        years=tuple(
            YearView(year=name, issues=tuple(map(line, issues)))
            for name, issues in groupby(reversed(shelf), key=year)
        ),
        words=words,
    )


def feed_view(shelf: Sequence[Shelved], settings: Settings, authority: str) -> FeedView:
    """The Atom feed of the newest issues. Raises ValueError if there are none.

    Its ids are `tag:` URIs (RFC 4151) under an authority that stays the same for ever.
    """
    lang = pick(settings.language)
    words = LANGUAGES[lang]
    newest = sorted(shelf, key=lambda shelved: shelved.issue.frozen_at, reverse=True)[:FEED_ISSUES]

    def told(shelved: Shelved) -> FeedIssueView:
        issue = shelved.issue
        dates = words.news_of.format(dates_of(issue.period, settings.zone, lang))
        return FeedIssueView(
            id=f"tag:{authority}:{issue.edition}/{issue.period.key}",
            title=_headline(issue, lang)[0],
            updated=_rfc3339(issue.frozen_at),
            summary=words.told.format(dates, words.count(shelved.stories)),
            links=tuple(
                LinkView(title=OWN_NAMES[each], url=shelved.path(each), lang=each)
                for each in shelved.languages
            ),
        )

    return FeedView(
        id=f"tag:{authority}:archive",
        title=plain(settings.title),
        lang=lang,
        author=_publisher(settings),
        updated=_rfc3339(max(shelved.issue.frozen_at for shelved in shelf)),
        index=INDEX,
        url=FEED,
        issues=tuple(map(told, newest)),
    )


def manifest(
    shelf: Sequence[Shelved], settings: Settings, authority: str, pages: Mapping[str, str]
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
                "edition": shelved.issue.edition,
                "period": shelved.issue.period.key,
                "start": shelved.issue.period.start.astimezone(UTC),
                "end": shelved.issue.period.end.astimezone(UTC),
                "published": shelved.issue.frozen_at.astimezone(UTC),
                "headline": _headline(shelved.issue, pick(settings.language))[0],
                "stories": shelved.stories,
                "pages": [
                    {"language": lang, "path": shelved.path(lang), "made_from": word}
                    for lang in shelved.languages
                    if (word := pages.get(shelved.path(lang))) is not None
                ],
            }
            for shelved in shelf
        ],
    }


def _headline(issue: Issue, lang: str) -> tuple[str, str]:
    """What the lead says in that language or its best, and which that is."""
    told = [headline for story in issue.stories[:1] for headline in story.headlines]
    best = next((one for one in told if one.lang == lang), told[0] if told else None)
    if best is None or not plain(best.title):
        return plain(issue.title), lang
    return shorten(plain(best.title), FULL.title), best.lang


def _others(shelved: Shelved, lang: str, words: Words, *, within: bool) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            title=words.in_language[other],
            url=_name(shelved.path(other)) if within else shelved.path(other),
            lang=other,
        )
        for other in shelved.languages
        if other != lang
    )


def _name(path: str) -> str:
    """A page as its neighbours in the same folder link it."""
    return path.rpartition("/")[2]


def _publisher(settings: Settings) -> str:
    return plain(settings.mail.from_name) or plain(settings.title)


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

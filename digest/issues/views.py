"""The values that templates get: a segment's texts, chosen, measured and made safe.

Everything a template prints about a story has passed through here: folded to one line, freed of
control and private-use characters (so that nothing can pose as one of the marks where a reader's
own values go), shortened to what its place holds, and linked only where the link is http(s).
Escaping is left to the template engine.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.issues.compose import Section, count_table, sections_of
from digest.issues.widths import shorten, width
from digest.issues.words import (
    LANGUAGES,
    OWN_NAMES,
    Words,
    date_range,
    pick,
    short_date,
)
from digest.model import CompanyId, Headline, Issue, IssueStory, OutletLink, Period, TopicId
from digest.settings import Settings

# How mail programs show a subject: the most characters, by language.
SUBJECT_CHARACTERS: Mapping[str, int] = {"en": 60, "ja": 30}
PREHEADER_COLUMNS = 140
NAME_COLUMNS = 36
MAX_COMPANIES = 4
MAX_URL = 2000  # characters; longer ones are cut by mail programs and are no link any more
TABLE_COLUMNS = 28  # for the names of companies, beside those of topics
TABLE_FROM = 6  # fewer stories are seen at a glance

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufffe\uffff"
    "\U000f0000-\U0010ffff]+"
)
_SAFE_URL = re.compile(r"https?://[^\s\"<>\\^`{|}\x00-\x20\x7f-\x9f\ue000-\uf8ff]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much of each story is told, in columns of text."""

    title: int
    lead: int
    summary: int
    sources: int


FULL = Detail(title=160, lead=420, summary=230, sources=3)
SHORT = Detail(title=160, lead=420, summary=110, sources=3)
BRIEF = Detail(title=120, lead=230, summary=0, sources=1)


class Names(Protocol):
    """Who knows what companies and topics are called."""

    def company_name(self, company: CompanyId, lang: str) -> str:
        """The name of a company as readers of that language know it."""
        ...

    def topic_name(self, topic: TopicId, lang: str) -> str:
        """The name of a topic as the heading of a section."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link; where `url` is empty the title stands alone."""

    title: str
    url: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story in the reader's language where there is one, in the best other where not."""

    number: int  # as the command line calls it
    title: str
    url: str
    lang: str
    language: str  # how the headline's language calls itself; empty if it is the reader's
    summary: str  # may be empty
    date: str
    companies: tuple[str, ...]
    sources: tuple[LinkView, ...]
    more_sources: int  # independent outlets beyond those
    also: tuple[LinkView, ...]  # the story in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """The stories of one topic."""

    name: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """A count; `heat` is 0 for nothing, up to 3 for the table's greatest count."""

    company: str
    count: int
    heat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """The counts of one topic, a cell a company."""

    topic: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """Stories by topic and company; without rows where it would say nothing."""

    companies: tuple[str, ...]
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """Something that the operator may type, and what it does."""

    command: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What a draft says to the operator, in English as the command line is."""

    what: str  # when it goes, and to how many
    otherwise: str  # what becomes of it without an answer
    commands: tuple[CommandView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """All that a template knows of a segment, as `issue`."""

    title: str
    lang: str
    subject: str
    preheader: str
    dates: str
    note: tuple[str, ...]  # paragraphs of the editor's; none where nothing was said
    note_lang: str  # the language that those are in
    draft: DraftView | None  # None: this is the issue itself
    shown: int  # stories told
    left_out: int  # stories that meet the reader's choice and found no room
    lead: StoryView
    sections: tuple[SectionView, ...]
    table: TableView
    address: str  # the mark where the reader's address goes
    leave: str  # the mark where the link that ends the subscription goes
    sender: str
    sender_address: str
    postal_address: str  # may be empty
    words: Words


VIEWS = (
    IssueView,
    SectionView,
    StoryView,
    LinkView,
    TableView,
    RowView,
    CellView,
    DraftView,
    CommandView,
    Words,
)


def issue_view(
    issue: Issue,
    matching: Sequence[IssueStory],
    lang: str,
    *,
    shown: int,
    detail: Detail,
    settings: Settings,
    names: Names,
    draft: DraftView | None = None,
) -> IssueView:
    """What the templates get, with the first `shown` of the stories that meet the choice.

    Raises ValueError if there are none.
    """
    stories = matching[:shown]
    lead, sections = sections_of(stories, settings.sections)
    lang = pick(lang, settings.language)
    words = LANGUAGES[lang]
    teller = _Teller(lang, detail, settings.zone, names)
    top = teller.headline(lead)
    return IssueView(
        title=plain(issue.title),
        lang=lang,
        subject=f"{'Draft: ' if draft else ''}{subject(top, plain(issue.title))}",
        preheader=_preheader([teller.headline(story) for story in stories]),
        dates=words.news_of.format(dates_of(issue.period, settings.zone, lang)),
        note=paragraphs(issue.note),
        note_lang=settings.language,
        draft=draft,
        shown=len(stories),
        left_out=len(matching) - len(stories),
        lead=teller.story(lead, detail.lead),
        sections=tuple(teller.section(part) for part in sections),
        table=_table(matching, lang, names),
        address=marks.ADDRESS,
        leave=marks.LEAVE,
        sender=plain(settings.mail.from_name),
        sender_address=settings.mail.from_address,
        postal_address=plain(settings.mail.postal_address or ""),
        words=words,
    )


def plain(text: str) -> str:
    """The text in one line, without characters that control or pose."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def paragraphs(text: str) -> tuple[str, ...]:
    """What an editor wrote, a paragraph for each of its lines that says something."""
    return tuple(line for line in map(plain, text.splitlines()) if line)


def safe_url(url: str) -> str:
    """The link if it is one that a mail may carry, else nothing."""
    return url if len(url) <= MAX_URL and _SAFE_URL.fullmatch(url) else ""


def subject(top: Headline, title: str) -> str:
    """The lead's headline and the digest's title, short enough to be seen whole on a telephone.

    The title goes where it would take more than half of the room.
    """
    room = SUBJECT_CHARACTERS.get(top.lang, SUBJECT_CHARACTERS["en"])
    tail = f"｜{title}" if top.lang == "ja" else f" · {title}"
    if len(tail) > room / 2:
        tail = ""
    return _shorten_to(plain(top.title), room - len(tail)) + tail


def _shorten_to(text: str, characters: int) -> str:
    """The text in at most so many characters, wide or not."""
    return shorten(text, width(text[:characters]))[:characters]


def dates_of(period: Period, zone: ZoneInfo, lang: str) -> str:
    """The days of a period, from the first to the last."""
    # A period that ends at midnight has nothing of the day that begins then.
    last = period.end - timedelta(microseconds=1)
    return date_range(period.start.astimezone(zone).date(), last.astimezone(zone).date(), lang)


def _preheader(headlines: Sequence[Headline]) -> str:
    """What else is in it; the lead's summary where that is all."""
    others = " · ".join(plain(headline.title) for headline in headlines[1:4])
    return shorten(others or plain(headlines[0].summary), PREHEADER_COLUMNS)


def _table(stories: Sequence[IssueStory], lang: str, names: Names) -> TableView:
    table = count_table(stories)
    named = [plain(names.company_name(company, lang)) for company in table.companies]
    companies = _fitting(named)
    rows = [(topic, counts[: len(companies)]) for topic, counts in table.rows]
    greatest = max((count for _, counts in rows for count in counts), default=0)
    if len(stories) < TABLE_FROM or greatest == 0:
        return TableView(companies=(), rows=())
    return TableView(
        companies=companies,
        rows=tuple(
            RowView(
                topic=plain(names.topic_name(topic, lang)),
                cells=tuple(
                    CellView(company=company, count=count, heat=_heat(count, greatest))
                    for company, count in zip(companies, counts, strict=True)
                ),
            )
            for topic, counts in rows
            if any(counts)
        ),
    )


def _fitting(names: Sequence[str]) -> tuple[str, ...]:
    """The first names that stand beside each other on a telephone; each may break at spaces."""
    widths = accumulate(max(map(width, name.split()), default=0) for name in names)
    return tuple(name for name, taken in zip(names, widths, strict=True) if taken <= TABLE_COLUMNS)


def _heat(count: int, greatest: int) -> int:
    """Nothing is 0, the greatest count 3; where all counts are 1, that is 1."""
    return min(count, 1) and 1 + 2 * (count - 1) // max(1, greatest - 1)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells stories in one language, in one zone, in so much detail."""

    lang: str
    detail: Detail
    zone: ZoneInfo
    names: Names

    def headline(self, story: IssueStory) -> Headline:
        """The story's headline in the reader's language, or its best."""
        return next((h for h in story.headlines if h.lang == self.lang), story.headlines[0])

    def section(self, section: Section) -> SectionView:
        topic = section.topic
        return SectionView(
            name=LANGUAGES[self.lang].other
            if topic is None
            else plain(self.names.topic_name(topic, self.lang)),
            stories=tuple(self.story(story, self.detail.summary) for story in section.stories),
        )

    def story(self, story: IssueStory, summary: int) -> StoryView:
        top = self.headline(story)
        sources = _sources(story, top)
        named = sources[: self.detail.sources]
        return StoryView(
            number=story.story,
            title=shorten(plain(top.title), self.detail.title),
            url=safe_url(top.url),
            lang=top.lang,
            language="" if top.lang == self.lang else OWN_NAMES.get(top.lang, top.lang.upper()),
            summary=shorten(plain(top.summary), summary) if summary else "",
            date=self._date(story.published),
            companies=tuple(
                plain(self.names.company_name(company, self.lang))
                for company in story.companies[:MAX_COMPANIES]
            ),
            sources=named,
            more_sources=len(sources) - len(named),
            also=tuple(
                self._also(other)
                for other in story.headlines
                if other is not top and safe_url(other.url)
            ),
        )

    def _also(self, other: Headline) -> LinkView:
        words = LANGUAGES[self.lang]
        return LinkView(title=words.also_in(other.lang), url=safe_url(other.url), lang=other.lang)

    def _date(self, moment: datetime) -> str:
        return short_date(moment.astimezone(self.zone).date(), self.lang)


def _sources(story: IssueStory, top: Headline) -> tuple[LinkView, ...]:
    """The headline's outlet, then the others, the weightiest first, each name once."""
    told: list[Headline | OutletLink] = [top, *story.outlets]
    by_name: dict[str, LinkView] = {}
    for each in told:
        name = shorten(plain(each.outlet), NAME_COLUMNS)
        by_name.setdefault(name, LinkView(title=name, url=safe_url(each.url), lang=each.lang))
    return tuple(by_name.values())

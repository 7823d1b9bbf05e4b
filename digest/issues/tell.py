"""Tells a segment's stories to the templates: chosen, measured and made safe.

Everything a template prints about a story has passed through here: folded to one line, freed of
control and private-use characters (so that nothing can pose as one of the marks where a reader's
own values go), shortened to what its place holds, and linked only where the link is http(s).
Escaping is left to the template engine.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.issues.compose import Count, Section, count_table, sections_of
from digest.issues.safe import paragraphs, plain, safe_url
from digest.issues.subject import preheader, subject
from digest.issues.views import (
    AlertView,
    CellView,
    Detail,
    IssueView,
    LinkView,
    Names,
    OperatorView,
    RowView,
    SectionView,
    SentenceView,
    StageView,
    StoryView,
    TableView,
)
from digest.issues.widths import shorten, width
from digest.issues.words import LANGUAGES, OWN_NAMES, date_range, pick, short_date
from digest.model import (
    Choice,
    Claim,
    EarlierStage,
    Headline,
    Issue,
    IssueStory,
    OutletLink,
    Period,
)
from digest.settings import Settings

NAME_COLUMNS = 36
SENTENCE_COLUMNS = 280
STAGE_COLUMNS = 110
FIGURE_COLUMNS = 40
MAX_COMPANIES = 4
LEADS = 4  # stories that are told by key sentences, the lead one of them
FEWEST_SENTENCES = 2  # one alone says no more than a summary
TABLE_COLUMNS = 28  # for the names of companies, beside those of topics
TABLE_FROM = 6  # fewer stories are seen at a glance
COMPARED_FROM = 2  # issues; one is no custom

PageOf = Callable[[EarlierStage], str]  # the archive's page that tells an earlier stage, or ""


def no_page(_: EarlierStage) -> str:
    """Where there is no archive beside what is told."""
    return ""


def issue_view(
    issue: Issue,
    matching: Sequence[IssueStory],
    choice: Choice,
    *,
    shown: int,
    detail: Detail,
    settings: Settings,
    names: Names,
    operator: OperatorView | None = None,
    page_of: PageOf = no_page,
) -> IssueView:
    """What the templates get, with the first `shown` of the stories that meet the choice.

    Raises ValueError if there are none.
    """
    stories = matching[:shown]
    lead, sections = sections_of(stories, settings.sections)
    lang = pick(choice.language, settings.language)
    words = LANGUAGES[lang]
    teller = _Teller(lang, detail, settings.zone, names, page_of)
    top = teller.headline(lead.headlines)
    prefix = "" if operator is None else f"{operator.heading}: "
    pages = settings.web is not None and settings.web.public_url is not None
    return IssueView(
        title=plain(issue.title),
        lang=lang,
        subject=prefix + subject(top, plain(issue.title)),
        preheader=preheader([teller.headline(story.headlines) for story in stories]),
        dates=words.news_of.format(dates_of(issue.period, settings.zone, lang)),
        note=paragraphs(issue.note),
        note_lang=settings.language,
        operator=operator,
        shown=len(stories),
        left_out=len(matching) - len(stories),
        lead=teller.lead(lead),
        sections=tuple(teller.section(part, stories[1:LEADS]) for part in sections),
        table=_table(issue, matching, choice, lang, names),
        alerts=tuple(teller.alert(alert.at, alert.headlines) for alert in issue.alerts),
        address=marks.ADDRESS,
        leave=marks.LEAVE,
        preferences=marks.PREFERENCES if pages else "",
        view=marks.VIEW if pages else "",
        sender=plain(settings.mail.from_name),
        sender_address=settings.mail.from_address,
        postal_address=plain(settings.mail.postal_address or ""),
        words=words,
    )


def dates_of(period: Period, zone: ZoneInfo, lang: str) -> str:
    """The days of a period, from the first to the last."""
    # A period that ends at midnight has nothing of the day that begins then.
    last = period.end - timedelta(microseconds=1)
    return date_range(period.start.astimezone(zone).date(), last.astimezone(zone).date(), lang)


# --- the table ---------------------------------------------------------------------------------


def _table(
    issue: Issue, stories: Sequence[IssueStory], choice: Choice, lang: str, names: Names
) -> TableView:
    usual = issue.usual
    table = count_table(stories, choice, usual)
    companies = _fitting([plain(names.company_name(company, lang)) for company in table.companies])
    rows = [(topic, counts[: len(companies)]) for topic, counts in table.rows]
    greatest = max((count.stories for _, counts in rows for count in counts), default=0)
    if len(stories) < TABLE_FROM or greatest == 0:
        return TableView(companies=(), rows=(), compared="")
    compared = usual.issues >= COMPARED_FROM
    return TableView(
        companies=companies,
        rows=tuple(
            RowView(
                topic=plain(names.topic_name(topic, lang)),
                cells=tuple(
                    CellView(
                        company=company,
                        count=count.stories,
                        heat=_heat(count.stories, greatest),
                        change=_change(count) if compared else "",
                    )
                    for company, count in zip(companies, counts, strict=True)
                ),
            )
            for topic, counts in rows
            if any(count.stories for count in counts)
        ),
        compared=LANGUAGES[lang].compared.format(usual.issues) if compared else "",
    )


def _fitting(names: Sequence[str]) -> tuple[str, ...]:
    """The first names that stand beside each other on a telephone; each may break at spaces."""
    widths = accumulate(max(map(width, name.split()), default=0) for name in names)
    return tuple(name for name, taken in zip(names, widths, strict=True) if taken <= TABLE_COLUMNS)


def _heat(count: int, greatest: int) -> int:
    """Nothing is 0, the greatest count 3; where all counts are 1, that is 1."""
    return min(count, 1) and 1 + 2 * (count - 1) // max(1, greatest - 1)


def _change(count: Count) -> str:
    """By how much a count differs from the usual one, in whole stories."""
    change = round(count.stories - (count.usual or 0.0))
    return f"{change:+d}".replace("-", "−") if change else ""


# --- stories -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells stories in one language, in one zone, in so much detail."""

    lang: str
    detail: Detail
    zone: ZoneInfo
    names: Names
    page_of: PageOf

    def headline(self, headlines: Sequence[Headline]) -> Headline:
        """The headline in the reader's language, or the best."""
        return next((h for h in headlines if h.lang == self.lang), headlines[0])

    def section(self, section: Section, leads: Sequence[IssueStory]) -> SectionView:
        """A section; the stories that lead beside the first are told by sentences."""
        words = LANGUAGES[self.lang]
        if section.changed:
            name = words.changed
        elif section.topic is None:
            name = words.other
        else:
            name = plain(self.names.topic_name(section.topic, self.lang))
        detail = self.detail
        return SectionView(
            name=name,
            stories=tuple(
                self._story(story, detail.summary, detail.sentences if story in leads else 0)
                for story in section.stories
            ),
        )

    def lead(self, story: IssueStory) -> StoryView:
        """The first story, with all that is known of it."""
        return self._story(story, self.detail.lead, self.detail.lead_sentences, lead=True)

    def alert(self, at: datetime, headlines: Sequence[Headline]) -> AlertView:
        """An alert that was sent."""
        top = self.headline(headlines)
        return AlertView(
            date=self._date(at),
            title=shorten(plain(top.title), self.detail.title),
            url=safe_url(top.url),
            lang=top.lang,
        )

    def _story(
        self, story: IssueStory, summary: int, sentences: int, *, lead: bool = False
    ) -> StoryView:
        top = self.headline(story.headlines)
        sources = _sources(story, top)
        named = sources[: self.detail.sources]
        told = self._sentences(story, top.lang, sentences)
        return StoryView(
            number=story.story,
            title=shorten(plain(top.title), self.detail.title),
            url=safe_url(top.url),
            lang=top.lang,
            language="" if top.lang == self.lang else OWN_NAMES.get(top.lang, top.lang.upper()),
            summary=shorten(plain(top.summary), summary) if summary and not told else "",
            sentences=told,
            agreed=self._agreed(story) if lead else "",
            differ=self._differ(story),
            earlier=tuple(map(self._stage, story.earlier[-self.detail.stages :])),
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

    def _sentences(self, story: IssueStory, lang: str, limit: int) -> tuple[SentenceView, ...]:
        told = [sentence for sentence in story.sentences if sentence.lang == lang][:limit]
        if len(told) < FEWEST_SENTENCES:
            return ()
        return tuple(
            SentenceView(
                text=shorten(plain(one.text), SENTENCE_COLUMNS),
                lang=one.lang,
                outlet=LinkView(title=_name(one.outlet), url=safe_url(one.url), lang=one.lang),
            )
            for one in told
        )

    def _agreed(self, story: IssueStory) -> str:
        words = LANGUAGES[self.lang]
        agreed = [figure.claims[0] for figure in story.figures if figure.agreed]
        return words.agree(
            (_figure(claim, self.lang), len(claim.outlets))
            for claim in agreed[: self.detail.figures]
        )

    def _differ(self, story: IssueStory) -> tuple[str, ...]:
        words = LANGUAGES[self.lang]
        differing = [figure for figure in story.figures if not figure.agreed]
        return tuple(
            words.differ(
                (_names(claim.outlets), _figure(claim, self.lang)) for claim in figure.claims
            )
            for figure in differing[: self.detail.figures]
        )

    def _stage(self, stage: EarlierStage) -> StageView:
        top = self.headline(stage.headlines)
        return StageView(
            date=self._date(stage.published),
            title=shorten(plain(top.title), STAGE_COLUMNS),
            url=self.page_of(stage) or safe_url(top.url),
            lang=top.lang,
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
        name = _name(each.outlet)
        by_name.setdefault(name, LinkView(title=name, url=safe_url(each.url), lang=each.lang))
    return tuple(by_name.values())


def _name(outlet: str) -> str:
    return shorten(plain(outlet), NAME_COLUMNS)


def _names(outlets: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_name, outlets))


def _figure(claim: Claim, lang: str) -> str:
    """A figure in the words of an outlet of that language, or of another where none gives it."""
    words = claim.words.get(lang) or claim.words[min(claim.words)]
    return shorten(plain(words), FIGURE_COLUMNS)

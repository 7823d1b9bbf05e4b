"""Tells a segment's stories to the templates: chosen, measured and made safe.

Everything a template prints about a story has passed through here: folded to one line, freed of
control and private-use characters (so that nothing can pose as one of the marks where a reader's
own values go), shortened to what its place holds, and linked only where the link is http(s).
Escaping is left to the template engine.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.issues.compose import Section, sections_of
from digest.issues.counts import table_view
from digest.issues.places import place_of
from digest.issues.safe import paragraphs, plain, safe_url
from digest.issues.subject import preheader, subject
from digest.issues.views import (
    AlertView,
    Detail,
    IssueView,
    LinkView,
    Names,
    OperatorView,
    SectionView,
    SentenceView,
    StageView,
    StoryView,
)
from digest.issues.widths import shorten
from digest.issues.words import LANGUAGES, OWN_NAMES, date_range, pick, short_date
from digest.model import (
    Choice,
    Claim,
    EarlierStage,
    Figure,
    Headline,
    Issue,
    IssueStory,
    KeySentence,
    OutletLink,
    Period,
)
from digest.settings import Settings
from digest.stories.tokens import Number, lower, normalise, numbers

NAME_COLUMNS = 36
SENTENCE_COLUMNS = 280
STAGE_COLUMNS = 110
FIGURE_COLUMNS = 40
MAX_COMPANIES = 4
LEADS = 4  # stories that are told by key sentences, the lead one of them
FEWEST_SENTENCES = 2  # one alone says no more than a summary
FEWEST_WITH_BEGINNING = 2  # stages
TWICE = 2
_REMEMBERED = 5_000  # texts: the segments of an issue tell the same stories

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
    teller = _Teller(lang, detail, settings.zone, names, page_of)
    tops = [teller.headline(story.headlines) for story in stories]
    prefix = "" if operator is None else f"{operator.heading}: "
    url = None if settings.web is None else settings.web.public_url
    pages = url is not None
    return IssueView(
        title=plain(issue.title),
        lang=lang,
        subject=prefix + subject(tops[0], plain(issue.title)),
        preheader=preheader(tops),
        dates=LANGUAGES[lang].news_of.format(dates_of(issue.period, settings.zone, lang)),
        note=paragraphs(issue.note),
        note_lang=settings.language,
        operator=operator,
        shown=len(stories),
        left_out=len(matching) - len(stories),
        lead=teller.lead(lead),
        sections=tuple(teller.section(part, stories[1:LEADS]) for part in sections),
        table=table_view(issue, matching, choice, lang, names),
        alerts=tuple(teller.alert(alert.at, alert.headlines) for alert in issue.alerts),
        address=marks.ADDRESS,
        leave=marks.LEAVE,
        preferences=marks.PREFERENCES if pages else "",
        view=marks.VIEW if pages else "",
        whole=f"{url}/archive/{place_of(issue, lang, settings.language)}" if pages else "",
        sender=plain(settings.mail.from_name),
        sender_address=settings.mail.from_address,
        postal_address=plain(settings.mail.postal_address or ""),
        words=LANGUAGES[lang],
    )


def dates_of(period: Period, zone: ZoneInfo, lang: str) -> str:
    """The days of a period, from the first to the last."""
    # A period that ends at midnight has nothing of the day that begins then.
    last = period.end - timedelta(microseconds=1)
    return date_range(period.start.astimezone(zone).date(), last.astimezone(zone).date(), lang)


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

    def language(self, lang: str) -> str:
        """The badge of what is in another language than the reader's."""
        return "" if lang == self.lang else OWN_NAMES.get(lang, lang.upper())

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
        told = self._sentences(story, top, sentences if summary else 0)
        if summary and not told and not top.summary:
            told = self._sentences(story, top, 1)
        shown = (top.title, *(one.text for one in told))
        return StoryView(
            number=story.story,
            title=shorten(plain(top.title), self.detail.title),
            url=safe_url(top.url),
            lang=top.lang,
            language=self.language(top.lang),
            summary=shorten(plain(top.summary), summary) if summary and not told else "",
            sentences=told,
            agreed=self._agreed(story, shown) if lead else "",
            differ=self._differ(story),
            since=self._since(story, top),
            earlier=tuple(map(self._stage, _kept(story.earlier, self.detail.stages))),
            date=self._date(top.published or story.published),
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

    def _sentences(self, story: IssueStory, top: Headline, limit: int) -> tuple[SentenceView, ...]:
        """Sentences beside a headline; those that repeat what was said give way to others."""
        told = _telling([one for one in story.sentences if one.lang == top.lang], top.title)
        if limit > 1 and len(told) < FEWEST_SENTENCES:
            return ()
        return tuple(
            SentenceView(
                text=shorten(plain(one.text), SENTENCE_COLUMNS),
                lang=one.lang,
                outlet=LinkView(title=_name(one.outlet), url=safe_url(one.url), lang=one.lang),
            )
            for one in told[:limit]
        )

    def _agreed(self, story: IssueStory, shown: Sequence[str]) -> str:
        """Figures that several outlets give, without those that are told twice already."""
        words = LANGUAGES[self.lang]
        agreed = [figure for figure in story.figures if figure.agreed and _is_new(figure, shown)]
        claims = [figure.claims[0] for figure in agreed[: self.detail.figures]]
        return words.agree(
            (_figure(claim, figure.unit, self.lang), len(claim.outlets))
            for figure, claim in zip(agreed, claims, strict=False)
        )

    def _differ(self, story: IssueStory) -> tuple[str, ...]:
        words = LANGUAGES[self.lang]
        differing = [figure for figure in story.figures if not figure.agreed]
        return tuple(
            words.differ(
                (_names(claim.outlets), _figure(claim, figure.unit, self.lang))
                for claim in figure.claims
            )
            for figure in differing[: self.detail.figures]
        )

    def _since(self, story: IssueStory, top: Headline) -> StageView | None:
        """The best headline that knows of a turn, if the one that is told does not."""
        if story.turned is None or top.published is None or top.published >= story.turned:
            return None
        knowing = (h for h in story.headlines if h.published and h.published >= story.turned)
        latest = next(knowing, None)
        if latest is None:
            return None
        return self._line(latest, latest.published or story.turned, page="")

    def _stage(self, stage: EarlierStage) -> StageView:
        top = self.headline(stage.headlines)
        return self._line(top, top.published or stage.published, page=self.page_of(stage))

    def _line(self, told: Headline, at: datetime, *, page: str) -> StageView:
        return StageView(
            date=self._date(at),
            title=shorten(plain(told.title), STAGE_COLUMNS),
            url=page or safe_url(told.url),
            lang=told.lang,
            language=self.language(told.lang),
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


def _figure(claim: Claim, unit: str, lang: str) -> str:
    """A figure in the words of an outlet of that language, or in ours where none gives it."""
    words = claim.words.get(lang) or LANGUAGES[lang].amount(claim.value, unit)
    return shorten(plain(words), FIGURE_COLUMNS)


def _kept(stages: Sequence[EarlierStage], limit: int) -> Sequence[EarlierStage]:
    """The beginning of a saga and the last stages of it; where one is kept, the last."""
    if len(stages) <= limit:
        return stages
    last = stages[len(stages) - limit :]
    return last if limit < FEWEST_WITH_BEGINNING else (stages[0], *last[1:])


def _telling(told: Sequence[KeySentence], title: str) -> list[KeySentence]:
    """The sentences in their order, without those that give no figure which was not given before.

    Where too few are left, the best of the others stay.
    """
    said = [*_numbers(title)]
    fresh: list[bool] = []
    for sentence in told:
        figures = _numbers(sentence.text)
        fresh.append(not figures or not all(any(map(each.agrees, said)) for each in figures))
        said += figures
    spare = FEWEST_SENTENCES - sum(fresh)
    kept: list[KeySentence] = []
    for sentence, is_fresh in zip(told, fresh, strict=True):
        if is_fresh or spare > 0:
            kept.append(sentence)
        spare -= not is_fresh
    return kept


def _is_new(figure: Figure, shown: Sequence[str]) -> bool:
    """Whether a figure is not told at least twice among texts that are shown."""
    given = Number(figure.unit, figure.claims[0].value)
    return sum(any(map(given.agrees, _numbers(text))) for text in shown) < TWICE


@lru_cache(_REMEMBERED)
def _numbers(text: str) -> tuple[Number, ...]:
    return tuple(numbers(lower(normalise(text))))

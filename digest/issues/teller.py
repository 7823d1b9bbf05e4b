"""Tells one story to the templates: in one language, in one zone, in so much detail.

Everything a template prints about a story has passed through here: folded to one line, freed of
control and private-use characters (so that nothing can pose as one of the marks where a reader's
own values go), shortened to what its place holds, and linked only where the link is http(s).
Escaping is left to the template engine.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.issues.compose import Section
from digest.issues.dates import short_date
from digest.issues.foreign import readable
from digest.issues.fresh import FEWEST_SENTENCES, fresh, is_new
from digest.issues.safe import plain, safe_url
from digest.issues.views import (
    AlertView,
    Detail,
    LinkView,
    Names,
    SectionView,
    SentenceView,
    StageView,
    StoryView,
)
from digest.issues.widths import shorten, unbroken
from digest.issues.words import LANGUAGES, OWN_NAMES
from digest.model import (
    Claim,
    EarlierStage,
    Headline,
    IssueStory,
    OutletLink,
    StoryId,
)

NAME_COLUMNS = 36
SENTENCE_COLUMNS = 280
STAGE_COLUMNS = 110
FIGURE_COLUMNS = 40
MAX_COMPANIES = 4
FEWEST_WITH_BEGINNING = 2  # stages
# Units that say what is counted. "50 billion yen" may be anything.
SAYS_WHAT = frozenset({"person", "vehicle", "plant", "gwh"})
_REMEMBERED = 1_000  # names of outlets

PageOf = Callable[[EarlierStage], str]  # the archive's page that tells an earlier stage, or ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells stories in one language, in one zone, in so much detail."""

    lang: str
    detail: Detail
    zone: ZoneInfo
    names: Names
    page_of: PageOf
    before: Mapping[StoryId, IssueStory]  # what each story has overtaken in this issue

    def readable(self, story: IssueStory) -> IssueStory:
        """The story as it is told in the reader's language, by what came before if need be."""
        return readable(story, self.before.get(story.story), self.lang)

    def headline(self, headlines: Sequence[Headline]) -> Headline:
        """The headline in the reader's language, or the best."""
        for headline in headlines:
            if headline.lang == self.lang:
                return headline
        return headlines[0]

    def language(self, lang: str) -> str:
        """The badge of what is in another language than the reader's."""
        return "" if lang == self.lang else OWN_NAMES.get(lang, lang.upper())

    def section(self, section: Section, leads: Collection[StoryId]) -> SectionView:
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
                self._story(story, detail.summary, detail.sentences if story.story in leads else 0)
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
        story = self.readable(story)
        top = self.headline(story.headlines)
        sources = _sources(story, top)
        named = sources[: self.detail.sources]
        told = self._sentences(story, top, sentences if summary else 0)
        if summary and not told and not top.summary:
            told = self._sentences(story, top, 1)
        shown = (top.title, *(one.text for one in told))
        since = self._since(story, top)
        foreign = top.lang != self.lang  # figures are what their readers understand of it
        return StoryView(
            number=story.story,
            title=shorten(plain(top.title), self.detail.title),
            url=safe_url(top.url),
            lang=top.lang,
            language=self.language(top.lang),
            summary=shorten(plain(top.summary), summary) if summary and not told else "",
            sentences=told,
            agreed=self._agreed(story, () if foreign else shown) if lead or foreign else "",
            differ=self._differ(story),
            since=since,
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
                if other is not top and safe_url(other.url) not in ("", since and since.url)
            ),
        )

    def _sentences(self, story: IssueStory, top: Headline, limit: int) -> tuple[SentenceView, ...]:
        """Sentences beside a headline; those that repeat what was said give way to others."""
        if not (limit and story.sentences):
            return ()
        told = fresh([one for one in story.sentences if one.lang == top.lang], top.title)
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
        agreed = [
            (figure.claims[0], figure.unit)
            for figure in story.figures
            if figure.agreed and figure.unit in SAYS_WHAT and is_new(figure, shown)
        ]
        return words.agree(
            (_figure(claim, unit, self.lang), len(claim.outlets))
            for claim, unit in agreed[: self.detail.figures]
        )

    def _differ(self, story: IssueStory) -> tuple[str, ...]:
        if not story.figures:
            return ()
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
        best = stage.headlines[0]  # by which it is dated in every language
        return self._line(top, best.published or stage.published, page=self.page_of(stage))

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
    by_name: dict[str, LinkView] = {}
    told: tuple[Headline | OutletLink, ...] = (top, *story.outlets)
    for each in told:
        name = _name(each.outlet)
        if name not in by_name:
            by_name[name] = LinkView(title=name, url=safe_url(each.url), lang=each.lang)
    return tuple(by_name.values())


@lru_cache(_REMEMBERED)
def _name(outlet: str) -> str:
    return shorten(plain(outlet), NAME_COLUMNS)


def _names(outlets: Iterable[str]) -> tuple[str, ...]:
    return tuple(unbroken(_name(outlet)) for outlet in outlets)


def _figure(claim: Claim, unit: str, lang: str) -> str:
    """A figure in the words of an outlet of that language, or in ours, and whose it is."""
    ours = LANGUAGES[lang]
    said = claim.words.get(lang) or ours.amount(claim.value, unit)
    words = unbroken(shorten(plain(said), FIGURE_COLUMNS))
    side = ours.sources.get(claim.source)
    return words + ours.aside.format(side) if side else words


def _kept(stages: Sequence[EarlierStage], limit: int) -> Sequence[EarlierStage]:
    """The beginning of a saga and the last stages of it; where one is kept, the last."""
    if len(stages) <= limit:
        return stages
    last = stages[len(stages) - limit :]
    return last if limit < FEWEST_WITH_BEGINNING else (stages[0], *last[1:])

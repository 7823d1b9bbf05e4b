"""What somebody is told of the alerts that wait for them: one mail, with why and what is new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from urllib.parse import quote

from digest.alerts.decide import new_figures
from digest.alerts.views import AlertMailView, AlertStoryView, SourceView
from digest.alerts.words import LANGUAGES, Words
from digest.issues import marks
from digest.issues.safe import plain, safe_url
from digest.issues.views import Names
from digest.issues.widths import shorten
from digest.issues.words import OWN_NAMES, pick
from digest.model import (
    Alert,
    Burst,
    Change,
    CompanyId,
    Headline,
    IssueStory,
    OutletLink,
    Reason,
    Told,
    TopicId,
    ToReader,
)
from digest.settings import Settings

TITLE_COLUMNS = 160
SUBJECT_COLUMNS = 60
SUMMARY_COLUMNS = 320
NAME_COLUMNS = 36
RULE_COLUMNS = 80
COMPANIES = 4
SOURCES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An alert that somebody is told of, and the one before it, if there was one."""

    alert: Alert
    told: Told
    before: Alert | None = None


def mail_view(
    news: Sequence[News], language: str, *, settings: Settings, names: Names
) -> AlertMailView:
    """The values of a mail that tells this news, which must not be none, the latest first."""
    lang = pick(language, settings.language)
    teller = _Teller(lang, LANGUAGES[lang], settings, names)
    latest = sorted(news, key=lambda each: each.alert.at, reverse=True)
    stories = tuple(map(teller.story, latest))
    first, words = stories[0], teller.words
    kind = words.update if first.update else words.alert
    subject = words.subject.format(kind, shorten(first.title, SUBJECT_COLUMNS))
    if len(news) > 1:
        subject = words.more.format(subject, len(news) - 1)
    pages = settings.web is not None and settings.web.public_url is not None
    return AlertMailView(
        title=plain(settings.title),
        lang=lang,
        subject=subject,
        preheader=" ".join((*first.news, *first.why)),
        heading=kind if len(news) == 1 else words.several.format(len(news)),
        stories=stories,
        operator=not isinstance(news[0].told.to, ToReader),
        address=marks.ADDRESS,
        mute=_mute(settings, pages=pages),
        leave=marks.LEAVE,
        preferences=marks.PREFERENCES if pages else "",
        sender=plain(settings.mail.from_name),
        sender_address=settings.inbox.address,
        postal_address=plain(settings.mail.postal_address or ""),
        words=words,
    )


def _mute(settings: Settings, *, pages: bool) -> str:
    """Where a reader asks for silence: a button on their page, or a mail already written."""
    if pages:
        return f"{marks.PREFERENCES}#mute"
    return f"mailto:{quote(settings.inbox.address, safe='@+')}?subject=mute%201%20week"


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells alerts in one language."""

    lang: str
    words: Words
    settings: Settings
    names: Names

    def story(self, news: News) -> AlertStoryView:
        story = news.alert.story
        top = self._headline(story)
        update = news.before is not None
        # In the order of time; of an update the newest first, which have what is new.
        sources = sorted(story.outlets, key=lambda outlet: outlet.published, reverse=update)
        return AlertStoryView(
            number=story.story,
            title=shorten(plain(top.title), TITLE_COLUMNS),
            url=safe_url(top.url),
            lang=top.lang,
            language="" if top.lang == self.lang else OWN_NAMES.get(top.lang, top.lang.upper()),
            summary=shorten(plain(top.summary), SUMMARY_COLUMNS),
            companies=tuple(map(self._company, story.companies[:COMPANIES])),
            update=update,
            news=tuple(self._news(news)),
            why=tuple(self._why(news.alert, news.told.reasons, own=self._is_reader(news))),
            sources=tuple(map(self._source, sources[:SOURCES])),
            outlets=story.owners,
            more_sources=max(0, len(sources) - SOURCES),
        )

    def _is_reader(self, news: News) -> bool:
        return isinstance(news.told.to, ToReader)

    def _headline(self, story: IssueStory) -> Headline:
        headlines = story.headlines
        return next((h for h in headlines if h.lang == self.lang), headlines[0])

    def _company(self, company: CompanyId) -> str:
        return plain(self.names.company_name(company, self.lang))

    def _source(self, outlet: OutletLink) -> SourceView:
        return SourceView(
            outlet=shorten(plain(outlet.outlet), NAME_COLUMNS),
            time=self._time(outlet.published),
            url=safe_url(outlet.url),
            lang=outlet.lang,
        )

    def _time(self, moment: datetime) -> str:
        local = moment.astimezone(self.settings.zone)
        return f"{local:%Y-%m-%d %H:%M %Z}"

    def _news(self, news: News) -> Iterable[str]:
        before, story = news.before, news.alert.story
        if before is None:
            return
        for change in news.told.changes:
            match change:
                case Change.STAGE:
                    title = self._headline(before.story).title
                    yield self.words.stage.format(shorten(plain(title), TITLE_COLUMNS))
                case Change.FIGURE:
                    claims = [figure.claims[0] for figure in new_figures(before.story, story)]
                    told = [c.words.get(self.lang) or c.words[min(c.words)] for c in claims]
                    yield self.words.figure.format(self.words.between.join(map(plain, told)))
                case Change.OWNERS:
                    yield self.words.owners.format(story.owners, before.story.owners)
                case _:
                    assert_never(change)

    def _why(self, alert: Alert, reasons: Sequence[Reason], *, own: bool) -> Iterable[str]:
        for reason in reasons:
            if not reason.rule:
                burst = alert.burst
                yield self.words.went_on if burst is None else self._breaks(burst)
                continue
            form = self.words.own_rule if own else self.words.rule
            why = form.format(shorten(plain(reason.rule), RULE_COLUMNS))
            words = self.words.between.join(map(plain, reason.words))
            yield why + (self.words.because.format(words) if words else "")

    def _breaks(self, burst: Burst) -> str:
        hours = burst.within // timedelta(hours=1)
        if burst.usual is None:
            return self.words.breaks_anew.format(burst.owners, hours)
        return self.words.breaks.format(
            burst.owners, hours, self._about(burst.about), f"{burst.usual:.1f}"
        )

    def _about(self, name: str) -> str:
        if not name:
            return self.words.whole
        # Companies and topics share no id.
        company = self.names.company_name(CompanyId(name), self.lang)
        return plain(
            company if company != name else self.names.topic_name(TopicId(name), self.lang)
        )

"""Tells a segment's stories to the templates: chosen, measured, in their sections.

How one story is told is teller.py's. Escaping is left to the template engine.
"""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from digest.issues import marks
from digest.issues.compose import sections_of
from digest.issues.counts import table_view
from digest.issues.dates import date_range
from digest.issues.foreign import overtaken
from digest.issues.places import place_of
from digest.issues.safe import paragraphs, plain
from digest.issues.subject import preheader, subject
from digest.issues.teller import PageOf, Teller
from digest.issues.views import Detail, IssueView, Names, OperatorView
from digest.issues.words import LANGUAGES, pick
from digest.model import Choice, EarlierStage, Issue, IssueStory, Period
from digest.settings import Settings

LEADS = 4  # stories that are told by key sentences, the lead one of them


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
    teller = Teller(lang, detail, settings.zone, names, page_of, overtaken(issue.stories))
    leads = {story.story for story in stories[1:LEADS]}
    tops = [teller.headline(teller.readable(story).headlines) for story in stories]
    prefix = "" if operator is None else f"{operator.heading}: "
    url = None if settings.web is None else settings.web.public_url
    pages = url is not None
    return IssueView(
        title=plain(issue.title),
        lang=lang,
        subject=prefix + subject(tops[0], plain(issue.title)),
        preheader=preheader(tops, lang),
        dates=LANGUAGES[lang].news_of.format(dates_of(issue.period, settings.zone, lang)),
        note=paragraphs(issue.note),
        note_lang=settings.language,
        operator=operator,
        shown=len(stories),
        left_out=len(matching) - len(stories),
        lead=teller.lead(lead),
        sections=tuple(teller.section(part, leads) for part in sections),
        table=table_view(issue, matching, choice, lang, names, shown=len(stories)),
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

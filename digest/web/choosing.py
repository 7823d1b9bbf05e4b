"""What a reader gets: shown and changed with the link that each of their issues carries."""

from datetime import datetime, timedelta
from typing import assert_never

from digest.issues.dates import full_date
from digest.logs import Log
from digest.model import Status, Subscriber, Wish, WishKind
from digest.subscribers import bypage, links, tokens
from digest.subscribers.lifecycle import Event, after
from digest.web import forms
from digest.web.answers import Answer
from digest.web.forms import Button, Fields, Filled
from digest.web.site import Site
from digest.web.views import (
    BreakView,
    NoticeView,
    OptionView,
    PageLink,
    alerts_view,
    choice_view,
    in_language,
)
from digest.web.visit import Visit
from digest.web.words import LANGUAGES

log = Log(__name__)

_USUAL_WEEKS = 4
_SILENCE = timedelta(weeks=1)


async def show(site: Site, visit: Visit, token: str) -> Answer:
    """The choices of the holder of a token, or why there are none to be seen."""
    holder = await _holder(site, visit, token)
    return holder if isinstance(holder, Answer) else _choices(site, visit, holder)


async def change(site: Site, visit: Visit, token: str, fields: Fields) -> Answer:
    """Do what the pressed button says, and show how things stand then."""
    holder = await _holder(site, visit, token)
    if isinstance(holder, Answer):
        return holder
    words, now = LANGUAGES[visit.lang], site.clock()
    match forms.button(fields):
        case Button.SAVE:
            vocabulary = site.desk.vocabulary
            chosen = forms.choice(fields, vocabulary, holder.preferences)
            chosen = forms.with_alerts(chosen, fields, vocabulary)
            if chosen.troubles:
                return _choices(site, visit, holder, chosen)
            wish = Wish(kind=WishKind.CHANGE, preferences=chosen.preferences)
            told = words.saved
        case Button.PAUSE:
            length = forms.weeks(fields, tuple(words.weeks)) or _USUAL_WEEKS
            wish = Wish(kind=WishKind.PAUSE, until=now + timedelta(weeks=length))
            told = ""  # the page says until when
        case Button.RESUME:
            wish = Wish(kind=WishKind.RESUME)
            told = words.resumed
        case Button.MUTE:
            wish = Wish(kind=WishKind.MUTE, until=now + _SILENCE)
            told = ""
        case Button.UNMUTE:
            wish = Wish(kind=WishKind.UNMUTE)
            told = words.unmuted
        case None:
            return site.error(400, visit)
        case pressed:
            assert_never(pressed)
    if await site.db(bypage.change, site.desk, holder.id, wish, now) is None:
        told = ""  # they have left meanwhile, and the page says so
    else:
        log.info("web.changed", subscriber=holder.id, what=wish.kind)
    holder = await _holder(site, visit, token)
    return holder if isinstance(holder, Answer) else _choices(site, visit, holder, told=told)


async def _holder(site: Site, visit: Visit, token: str) -> Subscriber | Answer:
    """Whose token this is, or the page for who has none that is good."""
    words = LANGUAGES[visit.lang]
    found = tokens.whose_preferences(site.secret, token, site.clock())
    if found is None:
        return site.error(404, visit)
    if isinstance(found, tokens.Expired):
        told = NoticeView(paragraphs=(words.expired.text.format(site.settings.inbox.address),))
        return site.notice(visit, words.expired, told, status=410)
    reader = await site.db(site.store.subscribers.get, found)
    # Who has left, was erased, or whose mail came back has nothing to choose.
    if reader is None or after(reader.status, Event.PAUSED) is None:
        suspended = reader is not None and reader.status is Status.SUSPENDED
        said = words.suspended if suspended else words.ended
        told = NoticeView(
            paragraphs=(said.text.format(site.settings.title),),
            links=(PageLink(words.again, in_language("/", visit.lang)),),
        )
        return site.notice(visit, said, told, status=410)
    return reader


def _choices(
    site: Site,
    visit: Visit,
    reader: Subscriber,
    filled: Filled | None = None,
    *,
    told: str = "",
) -> Answer:
    """The page; with what somebody filled in and what is wrong with it, if given."""
    words = LANGUAGES[visit.lang]
    filled = filled or Filled(address="", preferences=reader.preferences)
    leave = tokens.leave_token(site.secret, reader.id)
    return site.page(
        visit,
        "preferences.html",
        words.choose.heading,
        status=422 if filled.troubles else 200,
        told=told or _standing(site, reader, visit.lang),
        for_whom=words.choose.text.format(reader.address),
        choice=choice_view(
            filled.preferences,
            visit.lang,
            rhythms=site.rhythms(visit.lang),
            vocabulary=site.desk.vocabulary,
            lexicon=site.lexicon,
            troubles=filled.troubles,
        ),
        alerts=alerts_view(filled, visit.lang),
        rest=_break(reader, visit.lang),
        muted=_muted_until(reader, site.clock()) is not None,
        leave=in_language(f"/{links.LEAVE}/{leave}", visit.lang),
    )


def _standing(site: Site, reader: Subscriber, lang: str) -> str:
    """How the subscription stands, where that needs a word."""
    words, until = LANGUAGES[lang], reader.paused_until
    silent = _muted_until(reader, site.clock())

    def day(moment: datetime) -> str:
        return full_date(moment.astimezone(site.settings.zone).date(), lang)

    if reader.status is Status.PAUSED:
        return words.paused if until is None else words.paused_until.format(day(until))
    return "" if silent is None else words.muted_until.format(day(silent))


def _muted_until(reader: Subscriber, now: datetime) -> datetime | None:
    """Until when they get no alerts; None if they get them."""
    until = reader.muted_until
    return until if until is not None and now < until else None


def _break(reader: Subscriber, lang: str) -> BreakView:
    if reader.status is Status.PAUSED:
        return BreakView(lengths=(), resumable=True)
    weeks = LANGUAGES[lang].weeks
    return BreakView(
        lengths=tuple(
            OptionView(str(number), label, number == _USUAL_WEEKS)
            for number, label in weeks.items()
        ),
        resumable=False,
    )

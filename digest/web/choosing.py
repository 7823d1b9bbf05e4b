"""What a reader gets: shown and changed with the link that each of their issues carries."""

import logging
from datetime import timedelta

from digest.issues.words import full_date
from digest.model import Preferences, Status, Subscriber, Wish, WishKind
from digest.subscribers import bypage, links, tokens
from digest.subscribers.lifecycle import Event, after
from digest.web import forms
from digest.web.answers import Answer
from digest.web.forms import Fields, Trouble
from digest.web.site import Site
from digest.web.views import BreakView, LinkView, NoticeView, OptionView, choice_view, local
from digest.web.visit import Visit
from digest.web.words import LANGUAGES

log = logging.getLogger(__name__)

_USUAL_WEEKS = 4


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
        case "save":
            chosen = forms.choice(fields, site.desk.vocabulary, holder.preferences)
            if chosen.troubles:
                return _choices(site, visit, holder, chosen.preferences, chosen.troubles)
            wish = Wish(kind=WishKind.CHANGE, preferences=chosen.preferences)
            told = words.saved
        case "pause":
            length = forms.weeks(fields, tuple(words.weeks)) or _USUAL_WEEKS
            wish = Wish(kind=WishKind.PAUSE, until=now + timedelta(weeks=length))
            told = ""  # the page says until when
        case "resume":
            wish = Wish(kind=WishKind.RESUME)
            told = words.resumed
        case _:
            return site.error(400, visit)
    if await site.db(bypage.change, site.desk, holder.id, wish, now) is None:
        told = ""  # they have left meanwhile, and the page says so
    else:
        log.info("web.changed subscriber=%d what=%s", holder.id, wish.kind)
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
            links=(LinkView(words.again, local("/", visit.lang)),),
        )
        return site.notice(visit, said, told, status=410)
    return reader


def _choices(
    site: Site,
    visit: Visit,
    reader: Subscriber,
    preferences: Preferences | None = None,
    troubles: tuple[Trouble, ...] = (),
    *,
    told: str = "",
) -> Answer:
    words = LANGUAGES[visit.lang]
    leave = tokens.leave_token(site.secret, reader.id)
    return site.page(
        visit,
        "preferences.html",
        words.choose.heading,
        status=422 if troubles else 200,
        told=told or _standing(site, reader, visit.lang),
        for_whom=words.choose.text.format(reader.address),
        choice=choice_view(
            preferences or reader.preferences,
            visit.lang,
            rhythms=site.rhythms(visit.lang),
            vocabulary=site.desk.vocabulary,
            lexicon=site.lexicon,
            troubles=troubles,
        ),
        rest=_break(reader, visit.lang),
        leave=local(f"/{links.LEAVE}/{leave}", visit.lang),
    )


def _standing(site: Site, reader: Subscriber, lang: str) -> str:
    """How the subscription stands, where that needs a word."""
    words, until = LANGUAGES[lang], reader.paused_until
    if reader.status is not Status.PAUSED:
        return ""
    if until is None:
        return words.paused
    return words.paused_until.format(full_date(until.astimezone(site.settings.zone).date(), lang))


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

"""The form that asks for a subscription, and the confirmation of one.

Whether an address is known is nobody's business but its owner's: the page says the same, takes the
same time, and the owner learns by mail how it stands.
"""

import asyncio
from dataclasses import replace
from typing import assert_never

from digest.logs import Log
from digest.model import Preferences
from digest.subscribers import bypage, links, tokens
from digest.subscribers.desk import ON_A_PAGE, Joined, Obeyed, UnknownToken
from digest.web import forms
from digest.web.answers import Answer
from digest.web.forms import Fields, Filled, Trouble
from digest.web.site import Site
from digest.web.views import FormView, NoticeView, PageLink, QuestionView, choice_view, in_language
from digest.web.visit import Visit
from digest.web.words import LANGUAGES

log = Log(__name__)

AT_LEAST = 0.25  # seconds that an answer takes, whatever is done for it

_OF_ADDRESS = {Trouble.NO_ADDRESS, Trouble.WRONG_ADDRESS}


def form(site: Site, visit: Visit, filled: Filled | None = None) -> Answer:
    """The form; with what somebody filled in and what is wrong with it, if given."""
    words = LANGUAGES[visit.lang]
    filled = filled or Filled(address="", preferences=_usual(site, visit.lang))
    wrong = [words.troubles[each] for each in filled.troubles if each in _OF_ADDRESS]
    view = FormView(
        address=filled.address,
        shown=tokens.form_token(site.secret, site.clock()),
        address_trouble=next(iter(wrong), ""),
        choice=choice_view(
            filled.preferences,
            visit.lang,
            rhythms=site.rhythms(visit.lang),
            vocabulary=site.desk.vocabulary,
            lexicon=site.lexicon,
            troubles=filled.troubles,
        ),
    )
    heading = words.subscribe.heading.format(site.settings.title)
    status = 422 if filled.troubles else 200
    return site.page(
        visit, "subscribe.html", heading, status=status, private=bool(filled.troubles), form=view
    )


async def ask(site: Site, visit: Visit, fields: Fields) -> Answer:
    """Ask the owner of an address whether they want the list."""
    now = site.clock()
    filled = forms.subscription(fields, site.desk.vocabulary, _usual(site, visit.lang))
    late = forms.timing(fields, site.secret, now)
    if late is not None:
        filled = replace(filled, troubles=(*filled.troubles, late))
    if filled.troubles:
        return form(site, visit, filled)
    if forms.is_baited(fields):  # it believes that it was served, and goes
        log.info("web.baited")
    else:
        _, _ = await asyncio.gather(
            site.db(bypage.subscribe, site.desk, filled.address, filled.preferences, now),
            asyncio.sleep(AT_LEAST),
        )
    words = LANGUAGES[visit.lang]
    told = NoticeView(
        paragraphs=(words.in_mailbox.text.format(filled.address), words.nothing_came),
        links=(PageLink(words.again, in_language("/", visit.lang)),),
    )
    return site.notice(visit, words.in_mailbox, told)


def question(site: Site, visit: Visit) -> Answer:
    """The page of a confirmation's link: one button. Whether the token is good, it tells later."""
    words = LANGUAGES[visit.lang]
    asked = QuestionView(
        text=words.confirm.text.format(site.settings.title),
        button=words.confirm_button,
        name=forms.DO,
        value="confirm",
    )
    return site.question(visit, words.confirm, asked)


async def confirm(site: Site, visit: Visit, token: str) -> Answer:
    """Make the holder of a confirmation token a reader."""
    words, now = LANGUAGES[visit.lang], site.clock()
    match await site.db(site.desk.confirm, token, now, ON_A_PAGE):
        case Joined(subscriber):
            log.info("web.confirmed", subscriber=subscriber.id)
            again = tokens.preferences_token(site.secret, subscriber.id, now)
            title = site.settings.title
            told = NoticeView(
                paragraphs=(words.joined.text.format(title, subscriber.address),),
                links=(
                    PageLink(
                        words.choose_link, in_language(f"/{links.PREFERENCES}/{again}", visit.lang)
                    ),
                ),
            )
            return site.notice(visit, words.joined, told)
        case Obeyed(subscriber):
            log.info("web.confirmed", subscriber=subscriber.id)
            return site.notice(visit, words.obeyed)
        case UnknownToken():
            told = NoticeView(
                paragraphs=(words.used.text,),
                links=(PageLink(words.again, in_language("/", visit.lang)),),
            )
            return site.notice(visit, words.used, told, status=410)
        case answer:
            assert_never(answer)


def _usual(site: Site, lang: str) -> Preferences:
    """What is chosen until somebody chooses: all stories, in the first edition."""
    base = Preferences(rhythm=next(iter(site.settings.editions)))
    return replace(base, choice=replace(base.choice, language=lang))

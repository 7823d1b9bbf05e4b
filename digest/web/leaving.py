"""The end of a subscription: a page with a button, and the address that mail programs post to.

RFC 8058: a POST of `List-Unsubscribe=One-Click` ends it at once, without redirect, cookie, login
or another question, however often it comes. A token that is none of ours gets the same page, so
that who guesses learns nothing; the page says what to do if mail still comes.
"""

from urllib.parse import quote

from digest.logs import Log
from digest.subscribers.desk import Left
from digest.web import forms
from digest.web.answers import Answer
from digest.web.forms import ONE_CLICK, Fields
from digest.web.site import Site
from digest.web.views import NoticeView, PageLink, QuestionView, in_language
from digest.web.visit import Visit
from digest.web.words import LANGUAGES

log = Log(__name__)


def question(site: Site, visit: Visit, *, status: int = 200) -> Answer:
    """The page of a link that ends a subscription: one button."""
    words = LANGUAGES[visit.lang]
    name, value = ONE_CLICK
    asked = QuestionView(
        text=words.leave.text.format(site.settings.title),
        button=words.leave_button,
        name=name,
        value=value,
    )
    return site.question(visit, words.leave, asked, status=status)


async def leave(site: Site, visit: Visit, token: str, fields: Fields) -> Answer:
    """End the subscription that a token names. What says something else is asked what it means."""
    if not forms.is_one_click(fields):
        return question(site, visit, status=400)
    left = await site.db(site.desk.leave, token, site.clock())
    if isinstance(left, Left):
        log.info("web.left", subscriber=left.subscriber.id)
    else:
        log.info("web.left", subscriber=None)
    words = LANGUAGES[visit.lang]
    told = NoticeView(
        paragraphs=(words.left.text.format(site.settings.title),),
        links=(PageLink(words.again, in_language("/", visit.lang)),),
    )
    return site.notice(visit, words.left, told)


def about(site: Site, visit: Visit) -> Answer:
    """What a reader can do by mail who has no link of their own at hand."""
    words = LANGUAGES[visit.lang]
    mailbox = quote(site.settings.inbox.address, safe="@+")
    told = NoticeView(
        paragraphs=(words.help.text,),
        ways=tuple(
            (what, PageLink(called, f"mailto:{mailbox}?subject={quote(subject)}"))
            for what, subject, called in words.help_ways
        ),
    )
    return site.notice(visit, words.help, told)

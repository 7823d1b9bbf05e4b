"""Makes one letter of all that waits for a recipient, and queues it.

What waits for one recipient goes into one mail: the news of a round, of the quiet hours, and what
came while they had had their mails of the hour.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from digest.alerts.letters import News, mail_view
from digest.alerts.watchers import MUTED, is_muted, is_silent, wants_own_rules
from digest.issues.press import Press
from digest.logs import Log
from digest.model import (
    Letter,
    Recipient,
    Status,
    Subscriber,
    SubscriberId,
    ToAddress,
    ToChannel,
    ToReader,
)
from digest.store import Store
from digest.store.alerts import OVERTAKEN
from digest.store.telling import Mailing, Waiting

log = Log(__name__)

BATCH = 200  # letters a transaction
STORIES = 20  # in one mail, the oldest first; the others go into the next

_Key = tuple[object, ...]


def mail_waiting(press: Press) -> int:
    """Queue a letter to everybody who is due to be told; gives how many.

    Safe to repeat: a letter and what it tells are written in one transaction.
    """
    store, now = press.store, press.now
    letters: dict[_Key, Letter] = {}  # many readers are told the same for the same reason
    mailings: list[Mailing] = []
    queued = 0
    muted = store.mutes.all(now)
    told = store.telling.waiting(now, press.settings.alerts.per_hour)
    readers = store.subscribers.several([to.id for to in told if isinstance(to, ToReader)])
    for to, due in told.items():
        found = _address(press, to, readers)
        if found is None:
            store.telling.drop(due, "they do not want alerts any more", now)
            continue
        waiting = _still_news(store, due, muted, now)[:STORIES]
        if not waiting:
            continue
        address, language = found
        key = _same(waiting, to, language)
        letter = letters.get(key) or letters.setdefault(key, _letter(press, waiting, language))
        mailings.append(Mailing(told=waiting, address=address, letter=letter))
        if len(mailings) == BATCH:
            queued += store.telling.mail(mailings, now)
            mailings = []
    return queued + store.telling.mail(mailings, now) if mailings else queued


def _still_news(
    store: Store, due: Sequence[Waiting], muted: Collection[str], now: datetime
) -> list[Waiting]:
    """What is told of all that is due: nothing muted, and each story once."""
    silent = [each for each in due if is_silent(each.alert.alert, each.told.reasons, muted)]
    spoken = [each for each in due if each not in silent]
    newest = {each.story: each for each in spoken}  # two stories may have become one
    overtaken = [each for each in spoken if each is not newest[each.story]]
    for told, why in ((silent, MUTED), (overtaken, OVERTAKEN)):
        if told:
            store.telling.drop(told, why, now)
    return [*newest.values()]


def _address(
    press: Press, to: Recipient, readers: Mapping[SubscriberId, Subscriber]
) -> tuple[str, str] | None:
    """Where a recipient is told, and in which language; None if they no longer are."""
    match to:
        case ToAddress(address=address):
            return address, press.settings.language
        case ToReader(id=number):
            reader = readers.get(number)
            if reader is None or reader.status is not Status.ACTIVE:
                return None
            if not wants_own_rules(reader) or is_muted(reader, press.now):
                return None
            return reader.address, reader.preferences.choice.language
        case ToChannel():
            return None


def _same(waiting: Sequence[Waiting], to: Recipient, language: str) -> _Key:
    """Equal for those whose letters are equal."""
    told = [(w.alert.id, w.told.reasons, w.told.before, w.told.changes) for w in waiting]
    return (type(to), language, *told)


def _letter(press: Press, waiting: Sequence[Waiting], language: str) -> Letter:
    news = [News(alert=w.alert.alert, told=w.told, before=w.before) for w in waiting]
    view = mail_view(news, language, settings=press.settings, names=press.lexicon)
    html, text, failure = press.renderer.mail("alert", mail=view)
    if failure is not None:
        log.warning("template.failed", why=str(failure))
    return Letter(subject=view.subject, text=text, html=html, language=view.lang)

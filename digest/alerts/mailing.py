"""Makes one letter of all that waits for a recipient, and queues it.

What waits for one recipient goes into one mail: the news of a round, of the quiet hours, and what
came while they had had their mails of the hour.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from digest.alerts.letters import News, mail_view
from digest.alerts.sample import OPERATOR, READER, sample_news
from digest.alerts.watchers import addresses, is_muted, is_silent, still_wants
from digest.issues.press import Press
from digest.issues.render import Renderer
from digest.issues.views import Names
from digest.issues.words import LANGUAGES
from digest.logs import Log
from digest.model import (
    Letter,
    Recipient,
    Status,
    StoryId,
    Subscriber,
    SubscriberId,
    ToAddress,
    ToChannel,
    ToReader,
)
from digest.settings import Settings
from digest.store.alerts import MUTED, OVERTAKEN
from digest.store.telling import Mailing, Waiting

log = Log(__name__)

BATCH = 200  # letters a transaction
STORIES = 20  # in one mail, the oldest first; the others go into the next

_UNWANTED = "they do not want such alerts any more"
_QUIET = "they are silent for a while"
_GONE = "feeds.toml does not name the address any more"

_Key = tuple[object, ...]


def mail_waiting(press: Press) -> int:
    """Queue a letter to everybody who is due to be told; gives how many.

    Safe to repeat: a letter and what it tells are written in one transaction. What is not told
    after all is noted before that, by itself.
    """
    store, now = press.store, press.now
    letters: dict[_Key, Letter] = {}  # many readers are told the same for the same reason
    mailings: list[Mailing] = []
    queued = 0
    muted = store.mutes.all(now)
    told = store.telling.waiting(now, press.settings.alerts.per_hour)
    readers = store.subscribers.several([to.id for to in told if isinstance(to, ToReader)])
    for to, due in told.items():
        whom = _addressee(press, to, readers)
        waiting = _still_news(press, whom, due, muted)[:STORIES]
        if not waiting or whom is None:
            continue
        address, language = whom.address, whom.language
        key = _same(waiting, to, language)
        letter = letters.get(key) or letters.setdefault(key, _letter(press, waiting, language))
        mailings.append(Mailing(told=waiting, address=address, letter=letter))
        if len(mailings) == BATCH:
            queued += store.telling.mail(mailings, now)
            mailings = []
    return queued + store.telling.mail(mailings, now) if mailings else queued


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    """Where somebody is told."""

    address: str
    language: str
    reader: Subscriber | None  # None: feeds.toml names the address


def _addressee(
    press: Press, to: Recipient, readers: Mapping[SubscriberId, Subscriber]
) -> _Addressee | None:
    """Where a recipient is told, and in which language; None if they no longer are."""
    match to:
        case ToAddress(address=address):
            if address not in addresses(press.settings):
                return None
            return _Addressee(address=address, language=press.settings.language, reader=None)
        case ToReader(id=number):
            reader = readers.get(number)
            if reader is None or reader.status is not Status.ACTIVE:
                return None
            language = reader.preferences.choice.language
            return _Addressee(address=reader.address, language=language, reader=reader)
        case ToChannel():
            return None


def _still_news(
    press: Press, whom: _Addressee | None, due: Sequence[Waiting], muted: Collection[str]
) -> list[Waiting]:
    """What is told of all that is due: what is still wanted, and each story once."""
    left_out: dict[str, list[Waiting]] = {}
    newest: dict[StoryId, Waiting] = {}  # two stories may have become one
    for each in due:
        why = _against(press, whom, each, muted)
        if why is not None:
            left_out.setdefault(why, []).append(each)
            continue
        if each.story in newest:
            left_out.setdefault(OVERTAKEN, []).append(newest[each.story])
        newest[each.story] = each
    for why, told in left_out.items():
        press.store.telling.drop(told, why, press.now)
    return [*newest.values()]


def _against(
    press: Press, whom: _Addressee | None, waiting: Waiting, muted: Collection[str]
) -> str | None:
    """Why somebody is not told after all; None if they are."""
    if whom is None:
        return _GONE if isinstance(waiting.told.to, ToAddress) else _UNWANTED
    if whom.reader is not None:
        if not still_wants(whom.reader, waiting.told.reasons):
            return _UNWANTED
        if is_muted(whom.reader, press.now):
            return _QUIET
    return MUTED if is_silent(waiting.numbers, waiting.told.reasons, muted) else None


def try_out(renderer: Renderer, *, settings: Settings, names: Names) -> None:
    """Make mails of an example. Raises TemplateError if a template of the project's fails."""
    for language in LANGUAGES:
        for to in (READER, OPERATOR):
            view = mail_view(sample_news(to), language, settings=settings, names=names)
            if (failure := renderer.mail("alert", mail=view)[2]) is not None:
                raise failure


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

"""Asks the owners of addresses whether they meant what was asked in their name.

Each question is a token and the letter that carries it, in one transaction, and counts towards the
limits on letters to people who have not proved to ask.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from digest.model import Letter, Notice, NoticeKind, Preferences, Subscriber, Wish, WishKind
from digest.store import Store
from digest.subscribers import letters, tokens
from digest.subscribers.addresses import address_key
from digest.subscribers.limits import ALL_AN_HOUR, Held, slot

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=7)

# How many stories an issue of late would have told readers with these preferences; None: not known.
Lately = Callable[[Preferences], float | None]


def ask(
    store: Store,
    words: letters.Words,
    reader: Subscriber,
    wish: Wish,
    now: datetime,
    *,
    crowd: bool,
    lately: Lately,
) -> datetime | Held:
    """Queue the letter that asks; gives when it may leave, or why there is none.

    Without `crowd` only the limits on one address hold: the operator asks many at once.
    """
    with store.transaction():
        at = claim_slot(store, reader.address, now, crowd=crowd)
        if isinstance(at, Held):
            return at
        token = tokens.new_confirmation()
        token_hash = tokens.confirmation_hash(token)
        language = reader.preferences.choice.language
        store.subscribers.ask(
            reader.id,
            token_hash,
            at + GOOD_FOR,
            key=f"confirmation/{reader.id}/{token_hash[:16]}",
            address=reader.address,
            letter=_letter(words, wish, language, token, lately),
            wish=wish,
            now=now,
            not_before=at,
        )
        return at


def claim_slot(store: Store, address: str, now: datetime, *, crowd: bool) -> datetime | Held:
    """Count a letter to somebody who has not proved to ask; gives when it may leave.

    The operator is told, once a day, where a crowd makes letters wait or go unsent.
    """
    hashed = tokens.address_hash(store.secret(), address_key(address))
    domain = address.rpartition("@")[2].casefold()
    latest = store.inbox.latest_letters(hashed, domain, ALL_AN_HOUR)
    others = (latest.domain, latest.everybody) if crowd else ((), ())
    at = slot(latest.address, *others, now)
    if at is Held.CROWD or (isinstance(at, datetime) and at > now):
        _tell_operator(store, domain, now)
    if isinstance(at, datetime):
        store.inbox.add_letter(hashed, domain, at)
    return at


def _letter(words: letters.Words, wish: Wish, language: str, token: str, lately: Lately) -> Letter:
    match wish.kind:
        case WishKind.JOIN:
            preferences = wish.preferences or Preferences()
            return letters.confirmation(words, preferences, token, GOOD_FOR, lately(preferences))
        case WishKind.LEAVE | WishKind.PAUSE | WishKind.RESUME | WishKind.CHANGE:
            return letters.question(words, wish, language, token, GOOD_FOR)
        case kind:
            assert_never(kind)


def _tell_operator(store: Store, domain: str, now: datetime) -> None:
    notice = Notice(
        key=f"requests limited/{now.date().isoformat()}",
        kind=NoticeKind.REQUESTS_LIMITED,
        about=domain,
        words=(
            f"More people at {domain} asked for mail than are written to in an hour. The letters"
            " that ask them to confirm leave later, and those that would wait for more than a day"
            " are not sent. If nobody of yours is the reason, somebody is using the list to bother"
            " others; they get at most one letter a day."
        ),
    )
    if store.notices.add([notice], now):
        log.warning("requests.limited domain=%s", domain)

"""Asks the owners of addresses whether they meant what was asked in their name.

Each question is a token and the letter that carries it, in one transaction, and counts towards the
limits on letters to people who have not proved to ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from digest.logs import Log
from digest.model import Letter, Notice, NoticeKind, Preferences, Subscriber, Wish, WishKind
from digest.store import Store
from digest.subscribers import letters, tokens
from digest.subscribers.addresses import address_key
from digest.subscribers.limits import ALL_AN_HOUR, GOOD_FOR, Held, refusal, slot, turn

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Perhaps the owner of the address, perhaps not."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The mail server of the address vouches for it."""


@dataclass(frozen=True, slots=True)
class ByOperator:
    """The operator asks; of many at once only so many letters leave in an hour."""

    per_hour: int | None = None  # None: at once


Asker = Stranger | Owner | ByOperator

# How many stories an issue of late would have told readers with these preferences; None: not known.
Lately = Callable[[Preferences], float | None]


def ask(
    store: Store,
    masthead: letters.Masthead,
    reader: Subscriber,
    wish: Wish,
    now: datetime,
    *,
    asker: Asker,
    lately: Lately,
) -> datetime | Held:
    """Queue the letter that asks; gives when it may leave, or why there is none."""
    with store.transaction():
        if isinstance(asker, ByOperator):
            at = _claim_operators_slot(store, reader.address, now, asker.per_hour)
        else:
            at = claim_slot(store, reader.address, now)
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
            letter=_letter(masthead, wish, language, token, lately),
            wish=wish,
            now=now,
            not_before=at,
        )
        return at


def claim_slot(store: Store, address: str, now: datetime) -> datetime | Held:
    """Count a letter to somebody who has not proved to ask; gives when it may leave.

    The operator is told, once a day, where a crowd makes letters wait or go unsent.
    """
    hashed, domain = _known_by(store, address)
    latest = store.inbox.latest_letters(hashed, domain, ALL_AN_HOUR)
    at = slot(latest.address, latest.domain, latest.everybody, now)
    if at is Held.CROWD or (isinstance(at, datetime) and at > now):
        _tell_operator(store, domain, now)
    if isinstance(at, datetime):
        store.inbox.add_letter(hashed, domain, at)
    return at


def _claim_operators_slot(
    store: Store, address: str, now: datetime, per_hour: int | None
) -> datetime | Held:
    """The same of a letter that the operator wants sent: nobody else's waits for it."""
    hashed, domain = _known_by(store, address)
    refused = refusal(store.inbox.latest_letters(hashed, domain, ALL_AN_HOUR).address, now)
    if refused is not None:
        return refused
    at = now
    if per_hour is not None:
        at = turn(store.inbox.operators_letters(per_hour), per_hour, now)
    store.inbox.add_letter(hashed, domain, at, by_operator=True)
    return at


def _known_by(store: Store, address: str) -> tuple[str, str]:
    """The hash of an address, and its domain."""
    hashed = tokens.address_hash(store.secret(), address_key(address))
    return hashed, address.rpartition("@")[2].casefold()


def _letter(
    masthead: letters.Masthead, wish: Wish, language: str, token: str, lately: Lately
) -> Letter:
    match wish.kind:
        case WishKind.JOIN:
            preferences = wish.preferences or Preferences()
            return letters.confirmation(masthead, preferences, token, GOOD_FOR, lately(preferences))
        case _:
            return letters.question(masthead, wish, language, token, GOOD_FOR)


def _tell_operator(store: Store, domain: str, now: datetime) -> None:
    notice = Notice(
        kind=NoticeKind.REQUESTS_LIMITED,
        about=domain,
        words=(
            f"More people at {domain} asked for mail than are written to in an hour. The letters"
            " that ask them to confirm leave later, and those that would wait for more than a day"
            " are not sent. If nobody of yours is the reason, somebody is using the list to bother"
            " others; they get at most one letter a day."
        ),
    )
    if store.notices.raise_(notice, now):
        log.warning("requests.limited", domain=domain)

"""Forgets people whom nothing binds to the list any more, when their time is over.

Who never confirmed is erased without a trace. Of who has left there stays a keyed hash of the
address, so that no import brings them back; whoever asks for the list anew is asked to confirm.
"""

from datetime import datetime, timedelta

from digest.model import Status, Subscriber, SubscriberId, Suppression
from digest.store import Store
from digest.subscribers import tokens
from digest.subscribers.addresses import address_key
from digest.subscribers.limits import GOOD_FOR

PENDING_KEPT = GOOD_FOR  # after they asked, and until the last question to them has run out
DEPARTED_KEPT = timedelta(days=90)  # complaints and reports on the last mails come by then
BATCH = 100  # readers a call, so that nobody else waits long for the store


def forget_gone(store: Store, now: datetime) -> int:
    """Erase those whose time is over, a batch of them; gives how many. Safe to repeat."""
    pending = store.persons.over(Status.PENDING, now - PENDING_KEPT, now, BATCH)
    departed = store.persons.over(Status.LEFT, now - DEPARTED_KEPT, now, BATCH)
    for number in pending + departed:
        with store.transaction():
            reader = store.subscribers.get(SubscriberId(number))
            if reader is not None:
                _forget(store, reader, now)
    if pending or departed:
        store.scrub()
    return len(pending) + len(departed)


def _forget(store: Store, reader: Subscriber, now: datetime) -> None:
    hashed = None
    if reader.status is Status.LEFT:
        hashed = tokens.address_hash(store.secret(), address_key(reader.address))
    store.persons.forget(reader.address, hashed, Suppression.LEFT, reader.id, now)

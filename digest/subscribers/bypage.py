"""Does what somebody asks for on a page in the name of an address.

The page says the same whatever comes of it. How it stands, the owner of the address learns by mail.
"""

from datetime import datetime

from digest.model import DeliveryKind, Letter, Preferences, Subscriber, SubscriberId, Wish
from digest.subscribers.answers import Answer, Done, letter_of
from digest.subscribers.desk import Asked, AskedAlready, Desk, KnownAlready, Obeyed, Refused
from digest.subscribers.limits import Held
from digest.subscribers.questions import claim_slot


def subscribe(
    desk: Desk, address: str, preferences: Preferences, now: datetime
) -> Asked | AskedAlready | KnownAlready | Refused:
    """Ask the owner of an address whether they want the list, or tell them that they have it.

    Raises ValueError if the address is none.
    """
    with desk.store.transaction():
        answer = desk.subscribe(address, now, preferences=preferences)
        if isinstance(answer, KnownAlready):
            _tell(desk, answer.subscriber, now)
    return answer


def change(desk: Desk, who: SubscriberId, wish: Wish, now: datetime) -> Obeyed | None:
    """Do what the holder of a reader's own link wishes; None if that cannot befall them by now."""
    with desk.store.transaction():  # they may leave by mail in this very moment
        reader = desk.store.subscribers.get(who)
        return None if reader is None else desk.obey(reader, wish, now)


def _tell(desk: Desk, reader: Subscriber, now: datetime) -> None:
    """Queue a letter that says what they have, unless one went to them not long ago."""
    at = claim_slot(desk.store, reader.address, now)
    if isinstance(at, Held):
        return
    desk.store.deliveries.add_letter(
        f"known/{reader.id}/{now:%Y%m%dT%H%M%S}",
        DeliveryKind.ANSWER,
        address=reader.address,
        subscriber=reader.id,
        letter=_letter(desk, reader, now),
        now=now,
        not_before=at,
    )


def _letter(desk: Desk, reader: Subscriber, now: datetime) -> Letter:
    answer = Answer(
        done=Done.KNOWN,
        reader=reader,
        language=reader.preferences.choice.language,
        now=now,
        page=desk.page_of(reader, now),
        proven=False,
    )
    return letter_of(answer, desk.masthead, None)

"""Who is forgotten when, and what stays of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import (
    Choice,
    Consent,
    DeliveryKind,
    Letter,
    Preferences,
    Status,
    Suppression,
)
from digest.settings import InboxSettings
from digest.store import Store
from digest.subscribers.addresses import address_key
from digest.subscribers.desk import Asked, Desk, Joined, Refused
from digest.subscribers.importing import Defaults, Vocabulary, read_csv
from digest.subscribers.intake import import_rows
from digest.subscribers.letters import Masthead
from digest.subscribers.retention import BATCH, DEPARTED_KEPT, PENDING_KEPT, forget_gone
from tests.builders import NOW

TARO = "taro@example.com"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CONSENT = Consent(at=NOW, how="form", words="I want it")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(
        store=store,
        masthead=Masthead(
            title="Kuruma Weekly",
            editions={},
            inbox=InboxSettings(maildir=Path("inbox"), address="weekly@example.org"),
        ),
        vocabulary=Vocabulary(
            rhythms=frozenset({"weekly"}), companies=frozenset(), topics=frozenset()
        ),
    )


def status(desk: Desk) -> Status | None:
    found = desk.store.subscribers.by_key(address_key(TARO))
    return None if found is None else found.status


def test_who_never_confirms_is_forgotten_without_a_trace(desk: Desk) -> None:
    assert isinstance(desk.subscribe(TARO, NOW, preferences=Preferences()), Asked)
    assert forget_gone(desk.store, NOW + PENDING_KEPT) == 0
    assert forget_gone(desk.store, NOW + PENDING_KEPT + HOUR) == 1
    assert status(desk) is None
    assert desk.store.subscribers.suppression(desk.hash_of(TARO)) is None
    assert desk.store.deliveries.counts().total == 0
    later = NOW + PENDING_KEPT + 2 * HOUR
    assert isinstance(desk.subscribe(TARO, later, preferences=Preferences()), Asked)


def test_who_was_asked_again_has_the_whole_time_once_more(desk: Desk) -> None:
    desk.subscribe(TARO, NOW, preferences=Preferences())
    desk.subscribe(TARO, NOW + 5 * DAY, preferences=Preferences())
    assert forget_gone(desk.store, NOW + PENDING_KEPT + DAY) == 0
    assert forget_gone(desk.store, NOW + 5 * DAY + PENDING_KEPT + DAY) == 1


def test_of_who_left_a_keyed_hash_stays_and_only_they_come_back(desk: Desk) -> None:
    desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences())
    assert desk.remove(TARO, NOW) is not None
    assert status(desk) is Status.LEFT
    assert forget_gone(desk.store, NOW + DEPARTED_KEPT) == 0
    later = NOW + DEPARTED_KEPT + HOUR
    assert forget_gone(desk.store, later) == 1
    assert forget_gone(desk.store, later) == 0
    assert status(desk) is None
    assert desk.store.subscribers.suppression(desk.hash_of(TARO)) is Suppression.LEFT
    refused = desk.record(TARO, later, consent=CONSENT, preferences=Preferences())
    assert isinstance(refused, Refused)
    assert isinstance(desk.subscribe(TARO, later, preferences=Preferences()), Asked)
    invitation = desk.store.subscribers.by_key(address_key(TARO))
    assert invitation is not None
    token = desk.store.subscribers.open_invitation(invitation.id, later)
    assert token is not None
    assert isinstance(desk.say_yes(token, later), Joined)
    assert desk.store.subscribers.suppression(desk.hash_of(TARO)) is None


@pytest.mark.parametrize("confirmed", [True, False])
def test_what_the_operator_gets_at_the_same_address_still_leaves(
    desk: Desk, *, confirmed: bool
) -> None:
    for kind in (DeliveryKind.ANSWER, DeliveryKind.NOTICE, DeliveryKind.ALERT):
        desk.store.deliveries.add_letter(
            kind,
            kind,
            address="Taro@example.com",
            subscriber=None,
            letter=Letter(subject="s", text="t"),
            now=NOW,
        )
    if confirmed:
        desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences())
        desk.remove(TARO, NOW)
    else:
        desk.subscribe(TARO, NOW, preferences=Preferences())
    later = NOW + DEPARTED_KEPT + DAY
    assert forget_gone(desk.store, later) == 1
    left = desk.store.deliveries.claim(9, later, resend_unknown=False)
    assert {each.kind for each in left} == {DeliveryKind.NOTICE, DeliveryKind.ALERT}
    assert {each.address for each in left} == {"Taro@example.com"}


def test_who_wanted_to_be_forgotten_stays_so(desk: Desk) -> None:
    desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences())
    desk.store.subscribers.suppress(desk.hash_of(TARO), Suppression.COMPLAINT, NOW)
    desk.remove(TARO, NOW)
    assert forget_gone(desk.store, NOW + DEPARTED_KEPT + DAY) == 1
    assert desk.store.subscribers.suppression(desk.hash_of(TARO)) is Suppression.COMPLAINT


def test_readers_who_get_mail_are_kept_however_long(desk: Desk) -> None:
    desk.record(TARO, NOW, consent=CONSENT, preferences=Preferences(choice=Choice(language="ja")))
    assert forget_gone(desk.store, NOW + 9999 * DAY) == 0
    assert status(desk) is Status.ACTIVE


def test_many_are_forgotten_batch_by_batch(desk: Desk) -> None:
    for number in range(BATCH + 3):
        desk.record(f"a{number}@example.com", NOW, consent=CONSENT, preferences=Preferences())
        desk.remove(f"a{number}@example.com", NOW)
    later = NOW + DEPARTED_KEPT + DAY
    assert [forget_gone(desk.store, later) for _ in range(3)] == [BATCH, 3, 0]


def test_removing_says_nothing_of_somebody_unknown(desk: Desk) -> None:
    assert desk.remove(TARO, NOW) is None
    desk.subscribe(TARO, NOW, preferences=Preferences())
    assert desk.remove(TARO, NOW) is not None
    assert desk.remove(TARO, NOW) is not None
    found = desk.store.subscribers.by_key(address_key(TARO))
    assert found is not None
    assert desk.store.subscribers.open_invitation(found.id, NOW) is None


# --- many are asked at once ---------------------------------------------------------------------


def bring_in(desk: Desk, first: int, last: int) -> int:
    text = "email\n" + "".join(f"r{number}@example.com\n" for number in range(first, last))
    report = import_rows(desk, read_csv(text), NOW, defaults=Defaults(), dry_run=False, per_hour=30)
    return len(report.asked)


def leaving(desk: Desk) -> list[int]:
    """How many letters leave in each hour."""
    claim = desk.store.deliveries.claim
    return [len(claim(999, NOW + n * HOUR, resend_unknown=False)) for n in range(6)]


def test_an_import_asks_so_many_an_hour(desk: Desk) -> None:
    assert bring_in(desk, 0, 100) == 100
    assert leaving(desk) == [30, 30, 30, 10, 0, 0]


def test_an_import_that_was_cut_off_goes_on_where_it_was(desk: Desk) -> None:
    bring_in(desk, 0, 40)  # as far as it came
    assert bring_in(desk, 0, 100) == 60
    assert leaving(desk) == [30, 30, 30, 10, 0, 0]


def test_nobody_else_waits_for_the_letters_of_an_import(desk: Desk) -> None:
    bring_in(desk, 0, 400)
    assert isinstance(desk.subscribe(TARO, NOW, preferences=Preferences()), Asked)
    due = desk.store.deliveries.claim(999, NOW, resend_unknown=False)
    assert TARO in {delivery.address for delivery in due}

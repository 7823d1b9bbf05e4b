import re
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import (
    CompanyId,
    Consent,
    Delivery,
    DeliveryKind,
    Preferences,
    Status,
    Subscriber,
    SubscriberId,
    Wish,
    WishKind,
)
from digest.settings import InboxSettings
from digest.store import Store
from digest.subscribers import bypage, tokens
from digest.subscribers.desk import Asked, Desk, Joined, KnownAlready, Obeyed, Refused
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Masthead
from tests.builders import NOW

TARO = "taro@example.com"
DAY = timedelta(days=1)
PAGES = "https://weekly.example.org"


def desk_of(store: Store, public_url: str | None) -> Desk:
    return Desk(
        store=store,
        masthead=Masthead(
            title="Kuruma Weekly",
            editions={},
            inbox=InboxSettings(maildir=Path("inbox"), address="weekly@example.org"),
            public_url=public_url,
        ),
        vocabulary=Vocabulary(
            rhythms=frozenset({"weekly"}),
            companies=frozenset({CompanyId("nissan")}),
            topics=frozenset(),
        ),
    )


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_of(store, PAGES)


def join(desk: Desk) -> Subscriber:
    consent = Consent(at=NOW, how="form", words="I want it")
    answer = desk.record(TARO, NOW, consent=consent, preferences=Preferences())
    assert isinstance(answer, Joined)
    return answer.subscriber


def mails(desk: Desk) -> list[Delivery]:
    return desk.store.deliveries.claim(100, NOW + 99 * DAY, resend_unknown=False)


def test_a_stranger_is_asked_with_a_link_and_by_mail(desk: Desk) -> None:
    assert isinstance(bypage.subscribe(desk, TARO, Preferences(), NOW), Asked)
    (mail,) = mails(desk)
    assert mail.kind is DeliveryKind.CONFIRMATION
    assert mail.letter is not None
    assert re.search(rf"{PAGES}/c/([a-z2-7]{{32}})\n", mail.letter.text)
    assert "mailto:weekly+confirm-" in mail.letter.text


def test_a_reader_is_told_once_a_day_however_often_it_is_asked_for(desk: Desk) -> None:
    reader = join(desk)
    for minutes in range(100):
        later = NOW + timedelta(minutes=minutes)
        assert isinstance(bypage.subscribe(desk, TARO, Preferences(), later), KnownAlready)
    (mail,) = mails(desk)
    assert mail.letter is not None
    link = re.search(rf"{PAGES}/p/([a-z2-7]{{32}})\n", mail.letter.text)
    assert link is not None
    assert tokens.whose_preferences(desk.store.secret(), link[1], NOW) == reader.id


def test_a_crowd_of_readers_is_told_at_the_pace_of_letters_to_strangers(desk: Desk) -> None:
    """Somebody may fill in the form for every reader of one provider."""
    consent = Consent(at=NOW, how="form", words="I want it")
    for number in range(21):
        who = f"reader{number}@example.com"
        desk.record(who, NOW, consent=consent, preferences=Preferences())
        assert isinstance(bypage.subscribe(desk, who, Preferences(), NOW), KnownAlready)
    at_once = desk.store.deliveries.claim(100, NOW, resend_unknown=False)
    assert len(at_once) == 20
    assert len(mails(desk)) == 1


def test_a_reader_is_told_without_a_link_where_there_are_no_pages(store: Store) -> None:
    desk = desk_of(store, None)
    join(desk)
    bypage.subscribe(desk, TARO, Preferences(), NOW)
    (mail,) = mails(desk)
    assert mail.letter is not None
    assert "http" not in mail.letter.text


def test_who_wants_to_be_forgotten_is_left_alone(desk: Desk) -> None:
    join(desk)
    desk.erase(TARO, NOW)
    assert isinstance(bypage.subscribe(desk, TARO, Preferences(), NOW), Refused)
    assert mails(desk) == []


def test_a_wish_of_somebody_who_has_left_meanwhile_brings_them_not_back(desk: Desk) -> None:
    reader = join(desk)
    pause = Wish(kind=WishKind.PAUSE, until=NOW + DAY)
    assert isinstance(bypage.change(desk, reader.id, pause, NOW), Obeyed)
    desk.store.subscribers.set_status(reader.id, Status.LEFT, NOW)
    for kind in (WishKind.PAUSE, WishKind.RESUME, WishKind.CHANGE):
        wish = Wish(kind=kind, preferences=Preferences(rhythm="daily"))
        assert bypage.change(desk, reader.id, wish, NOW) is None
    left = desk.store.subscribers.get(reader.id)
    assert left is not None
    assert (left.status, left.preferences) == (Status.LEFT, Preferences())


def test_a_wish_of_somebody_who_is_not_there_does_nothing(desk: Desk) -> None:
    wish = Wish(kind=WishKind.RESUME)
    assert bypage.change(desk, SubscriberId(99), wish, NOW) is None

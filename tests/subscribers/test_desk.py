from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.errors import UsageError
from digest.model import (
    Choice,
    CompanyId,
    Consent,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Issue,
    IssueStory,
    Period,
    Preferences,
    Segment,
    Status,
    StoryId,
    Subscriber,
    SubscriberId,
    Suppression,
    TopicId,
)
from digest.settings import InboxSettings
from digest.store import Store
from digest.store.attempts import Result
from digest.store.subscribers import SubscriberTable
from digest.subscribers import tokens
from digest.subscribers.addresses import address_key
from digest.subscribers.commands import Confirm, from_address
from digest.subscribers.desk import (
    Asked,
    AskedAlready,
    Desk,
    Joined,
    KnownAlready,
    Left,
    Refused,
    UnknownToken,
)
from digest.subscribers.importing import BadRow, Defaults, Vocabulary, read_csv
from digest.subscribers.intake import ImportReport, import_rows
from digest.subscribers.letters import Masthead
from digest.subscribers.questions import Owner
from tests.builders import NOW, database_of

MAILBOX = "weekly@example.org"
TARO = "taro@example.com"
DAY = timedelta(days=1)
WEEKLY = Preferences()
DAILY = Preferences(choice=Choice(language="ja"), rhythm="daily")
CONSENT = Consent(at=NOW, how="form", words="I want it")


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(
        store=store,
        masthead=Masthead(
            title="Kuruma Weekly",
            editions={},
            inbox=InboxSettings(maildir=Path("inbox"), address=MAILBOX),
        ),
        vocabulary=Vocabulary(
            rhythms=frozenset({"weekly", "daily"}),
            companies=frozenset({CompanyId("nissan")}),
            topics=frozenset({TopicId("ev")}),
        ),
    )


def mails(desk: Desk) -> list[Delivery]:
    """Takes what is queued."""
    return desk.store.deliveries.claim(100, NOW + 99 * DAY, resend_unknown=False)


def token_in(mail: Delivery) -> str:
    assert mail.letter is not None
    assert mail.letter.reply_to is not None
    command = from_address([mail.letter.reply_to], MAILBOX)
    assert isinstance(command, Confirm)
    assert command.token is not None
    return command.token


def ask(desk: Desk, address: str = TARO, *, days: int = 0) -> str:
    """Ask for a subscription; the token that the owner of the address gets."""
    assert isinstance(desk.subscribe(address, NOW + days * DAY, preferences=WEEKLY), Asked)
    (mail,) = mails(desk)
    return token_in(mail)


def join(desk: Desk, address: str = TARO) -> SubscriberId:
    answer = desk.record(address, NOW, consent=CONSENT, preferences=WEEKLY)
    assert isinstance(answer, Joined)
    return answer.subscriber.id


def issue() -> Issue:
    """An issue with one story, of the week before now."""
    story = IssueStory(
        story=StoryId(1),
        rank=1,
        score=1.0,
        reasons=(),
        section=None,
        companies=(),
        topics=(),
        headlines=(),
        outlets=(),
        owners=1,
        published=NOW - DAY,
    )
    return Issue(
        edition="weekly",
        period=Period(key="2026-W47", start=NOW - 7 * DAY, end=NOW),
        title="Kuruma Weekly",
        frozen_at=NOW,
        stories=(story,),
        entries_read=1,
    )


def segment() -> Segment:
    return Segment(choice=WEEKLY.choice, subject="s", html="<p>", text="t", stories=1)


def status(desk: Desk, address: str = TARO) -> Status | None:
    found = desk.store.subscribers.by_key(address_key(address))
    return None if found is None else found.status


# --- joining ------------------------------------------------------------------------------------


def test_whoever_asks_gets_one_mail_and_is_pending(desk: Desk) -> None:
    answer = desk.subscribe("Taro@EXAMPLE.com", NOW, name="Taro", preferences=DAILY)
    assert isinstance(answer, Asked)
    assert answer.subscriber.status is Status.PENDING
    assert answer.subscriber.preferences == DAILY
    (mail,) = mails(desk)
    assert (mail.kind, mail.address) == (DeliveryKind.CONFIRMATION, "Taro@example.com")
    assert mail.letter is not None
    assert mail.letter.language == "ja"
    assert "Taro" not in mail.letter.text + mail.letter.subject


def test_asking_a_thousand_times_sends_one_mail(desk: Desk) -> None:
    ask(desk)
    for minutes in range(1000):
        later = NOW + timedelta(minutes=minutes)
        assert isinstance(desk.subscribe(TARO, later, preferences=WEEKLY), AskedAlready)
    assert mails(desk) == []


def test_after_a_day_they_may_be_asked_again_and_either_mail_confirms(desk: Desk) -> None:
    first, second = ask(desk), ask(desk, days=1)
    assert isinstance(desk.confirm(first, NOW + DAY), Joined)
    assert desk.confirm(second, NOW + DAY) == UnknownToken()


def test_confirming_makes_a_reader_with_a_consent(desk: Desk) -> None:
    answer = desk.confirm(ask(desk), NOW + DAY)
    assert isinstance(answer, Joined)
    assert answer.subscriber.status is Status.ACTIVE
    assert answer.subscriber.consent == Consent(
        at=NOW + DAY, how="confirmed by mail", words="yes to Kuruma Weekly"
    )


def test_a_token_confirms_once_for_a_week_and_only_if_it_is_ours(desk: Desk) -> None:
    token = ask(desk)
    assert desk.confirm(token, NOW + 7 * DAY) == UnknownToken()
    assert desk.confirm("a" * 32, NOW) == UnknownToken()
    assert isinstance(desk.confirm(token.upper(), NOW + 6 * DAY), Joined)
    assert desk.confirm(token, NOW + 6 * DAY) == UnknownToken()


def test_the_token_is_not_in_the_database_beside_its_hash(desk: Desk) -> None:
    token = ask(desk)
    assert desk.store.subscribers.asked(token, NOW) is None
    assert desk.store.subscribers.asked(tokens.confirmation_hash(token), NOW) is not None


def test_a_reader_who_asks_again_is_left_as_they_are(desk: Desk) -> None:
    join(desk)
    answer = desk.subscribe(TARO, NOW, preferences=DAILY)
    assert isinstance(answer, KnownAlready)
    assert answer.subscriber.preferences == WEEKLY
    assert mails(desk) == []


def test_what_is_no_address_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="is not an email address"):
        desk.subscribe("taro", NOW, preferences=WEEKLY)


def test_a_recorded_consent_makes_a_pending_reader_active(desk: Desk) -> None:
    ask(desk)
    answer = desk.record(TARO, NOW, consent=CONSENT, preferences=DAILY)
    assert isinstance(answer, Joined)
    assert (answer.subscriber.status, answer.subscriber.preferences) == (Status.ACTIVE, DAILY)
    again = desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY)
    assert isinstance(again, KnownAlready)


def test_preferences_are_checked_name_by_name(desk: Desk) -> None:
    chosen = desk.preferences(language="ja", rhythm="daily", companies=["Nissan"], topics=["ev"])
    assert chosen.choice.companies == {"nissan"}
    with pytest.raises(UsageError, match=r"'fr'.*'hourly'.*'tesla'.*'cars'"):
        desk.preferences(language="fr", rhythm="hourly", companies=["tesla"], topics=["cars"])


# --- leaving ------------------------------------------------------------------------------------


def test_a_leave_token_ends_the_subscription_as_often_as_it_is_used(desk: Desk) -> None:
    token = tokens.leave_token(desk.store.secret(), join(desk))
    for _ in range(2):
        answer = desk.leave(token, NOW)
        assert isinstance(answer, Left)
        assert answer.subscriber.status is Status.LEFT
    assert status(desk) is Status.LEFT


def test_a_token_that_is_not_ours_ends_nothing(desk: Desk) -> None:
    number = join(desk)
    assert desk.leave("a" * 32, NOW) == UnknownToken()
    assert desk.leave(tokens.leave_token(b"other" * 8, number), NOW) == UnknownToken()
    stranger = tokens.leave_token(desk.store.secret(), SubscriberId(number + 1))
    assert desk.leave(stranger, NOW) == UnknownToken()
    assert status(desk) is Status.ACTIVE


def test_who_left_comes_back_only_by_their_own_confirmation(desk: Desk) -> None:
    desk.leave(tokens.leave_token(desk.store.secret(), join(desk)), NOW)
    answer = desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY)
    assert answer == Refused("the reader is left; only their own confirmation can bring them back")
    token = ask(desk)
    assert status(desk) is Status.LEFT
    assert isinstance(desk.confirm(token, NOW), Joined)
    assert status(desk) is Status.ACTIVE


def test_a_removed_reader_is_forgotten_and_no_operator_brings_them_back(desk: Desk) -> None:
    number = join(desk)
    assert desk.erase("TARO@example.com", NOW)
    assert not desk.erase(TARO, NOW)
    assert desk.store.subscribers.get(number) is None
    answer = desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY)
    assert isinstance(answer, Refused)
    assert "asked to be forgotten" in answer.reason
    assert desk.subscribe(TARO, NOW, preferences=WEEKLY) == answer
    assert desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY) == answer
    assert status(desk) is None
    assert mails(desk) == []


def test_the_owners_own_confirmation_lifts_a_suppression(desk: Desk) -> None:
    token = ask(desk)
    hashed = tokens.address_hash(desk.store.secret(), address_key(TARO))
    desk.store.subscribers.suppress(hashed, Suppression.COMPLAINT, NOW)
    assert isinstance(desk.subscribe(TARO, NOW + 2 * DAY, preferences=WEEKLY), Refused)
    assert isinstance(desk.confirm(token, NOW + DAY), Joined)
    assert desk.store.subscribers.suppression(hashed) is None


# What bounces and complaints make of a reader, and whether anybody but them may have it asked anew.
AFTERWARDS = [
    (Status.SUSPENDED, None, True),  # a mailbox in trouble for weeks
    (Status.SUSPENDED, Suppression.DEAD, True),
    (Status.LEFT, Suppression.DEAD, True),
    (Status.LEFT, Suppression.COMPLAINT, False),
    (Status.SUSPENDED, Suppression.COMPLAINT, False),
    (None, Suppression.FORGOTTEN, False),
    (None, Suppression.DEAD, True),
]


def afterwards(desk: Desk, was: Status | None, reason: Suppression | None) -> str:
    """Put a reader where bounces, complaints or their own wish lead; gives their hash."""
    reader = join(desk)
    hashed = tokens.address_hash(desk.store.secret(), address_key(TARO))
    if was is None:
        desk.erase(TARO, NOW)
        with database_of(desk.store).transaction() as connection:  # any reason
            connection.execute("DELETE FROM suppressions")
    else:
        desk.store.subscribers.set_status(reader, was, NOW)
    if reason is not None:
        desk.store.subscribers.suppress(hashed, reason, NOW)
    return hashed


@pytest.mark.parametrize(("was", "reason", "anybody"), AFTERWARDS)
def test_a_new_double_opt_in_brings_a_reader_back_and_lifts_the_suppression(
    desk: Desk,
    was: Status | None,
    reason: Suppression | None,
    anybody: bool,  # noqa: FBT001  # a column of the table
) -> None:
    hashed = afterwards(desk, was, reason)
    asked = desk.subscribe(TARO, NOW + DAY, preferences=WEEKLY)
    assert isinstance(asked, Asked if anybody else Refused)
    mails(desk)
    again = desk.subscribe(TARO, NOW + 3 * DAY, preferences=DAILY, asker=Owner())
    assert isinstance(again, Asked)
    assert status(desk) in {was, Status.PENDING}  # asking alone changes nothing
    assert desk.store.subscribers.suppression(hashed) is reason
    (mail,) = mails(desk)  # the one mail that a suppressed address may get
    assert mail.kind is DeliveryKind.CONFIRMATION
    assert isinstance(desk.confirm(token_in(mail), NOW + 4 * DAY), Joined)
    assert status(desk) is Status.ACTIVE
    assert desk.store.subscribers.suppression(hashed) is None


@pytest.mark.parametrize(("was", "reason", "anybody"), AFTERWARDS)
def test_no_operator_and_no_import_brings_them_back(
    desk: Desk,
    was: Status | None,
    reason: Suppression | None,
    anybody: bool,  # noqa: ARG001, FBT001  # a column of the table
) -> None:
    hashed = afterwards(desk, was, reason)
    answer = desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY)
    assert isinstance(answer, Refused)
    assert "only their own confirmation" in answer.reason
    for row in ("taro@example.com,active,yes", "taro@example.com,,"):
        report = bring_in(desk, f"email,status,consent_text\n{row}\n")
        assert "only their own confirmation" in report.bad[0].reason
    assert status(desk) is was
    assert desk.store.subscribers.suppression(hashed) is reason
    assert mails(desk) == []


def test_a_mail_that_may_have_left_keeps_its_number_after_the_removal(desk: Desk) -> None:
    """A bounce of it that comes later must not lead to another reader."""
    ask(desk)
    assert desk.erase(TARO, NOW)
    ask(desk, "hanako@example.com")
    numbers = (
        database_of(desk.store)
        .connection.execute(  # no query shows it
            "SELECT id, address, letter FROM deliveries ORDER BY id"
        )
        .fetchall()
    )
    assert [row["address"] for row in numbers] == ["", "hanako@example.com"]
    assert "confirm" not in numbers[0]["letter"]


def test_nothing_that_a_server_said_of_a_removed_reader_is_kept(desk: Desk) -> None:
    number = join(desk)
    database = database_of(desk.store)  # no query shows what must be gone
    with database.transaction() as connection:
        connection.execute("INSERT INTO stories VALUES (1, '2026')")
    desk.store.issues.add(issue(), [segment()])
    (mail,) = mails(desk)
    assert mail.subscriber == number
    desk.store.deliveries.commit([], [mail], NOW)
    result = Result(
        delivery=mail.id, epoch=mail.epoch, state=DeliveryState.SENT, reply=f"250 ok {TARO}"
    )
    desk.store.deliveries.commit([result], [], NOW)
    assert any(TARO in line for line in database.connection.iterdump())
    assert desk.erase(TARO, NOW)
    assert not [line for line in database.connection.iterdump() if TARO in line]
    assert desk.store.deliveries.counts()[DeliveryState.SENT] == 1


def test_what_a_server_says_after_the_removal_is_not_kept_either(desk: Desk) -> None:
    join(desk)
    database = database_of(desk.store)  # no query shows what must be gone
    with database.transaction() as connection:
        connection.execute("INSERT INTO stories VALUES (1, '2026')")
    desk.store.issues.add(issue(), [segment()])
    (mail,) = mails(desk)
    desk.store.deliveries.commit([], [mail], NOW)
    assert desk.erase(TARO, NOW)
    result = Result(
        delivery=mail.id, epoch=mail.epoch, state=DeliveryState.DEFERRED, reply=f"451 {TARO}"
    )
    desk.store.deliveries.commit([result], [], NOW)
    assert not [line for line in database.connection.iterdump() if TARO in line]
    assert mails(desk) == []  # there is no address to repeat it to
    assert desk.store.deliveries.counts()[DeliveryState.DROPPED] == 1


class Racing(SubscriberTable):
    """The reader leaves between the desk's look at them and its change."""

    def set_status(self, subscriber: SubscriberId, *given: Any, **named: Any) -> bool:
        super().set_status(subscriber, Status.LEFT, NOW)
        return super().set_status(subscriber, *given, **named)

    def confirm(self, *given: Any, **named: Any) -> Subscriber | None:
        for reader in self.all():
            super().set_status(reader.id, Status.LEFT, NOW)
        return super().confirm(*given, **named)


def test_who_leaves_in_the_same_moment_is_not_made_active_again(desk: Desk) -> None:
    token = ask(desk)
    desk.store.subscribers = Racing(database_of(desk.store))  # as the store does
    with pytest.raises(UsageError, match="try again"):
        desk.record(TARO, NOW, consent=CONSENT, preferences=DAILY)
    found = desk.store.subscribers.by_key(TARO)
    assert found is not None
    assert (found.status, found.consent, found.preferences) == (Status.PENDING, None, WEEKLY)
    assert desk.confirm(token, NOW) == UnknownToken()
    assert status(desk) is Status.LEFT


def test_removing_a_reader_takes_their_letters_along(desk: Desk) -> None:
    assert isinstance(desk.subscribe(TARO, NOW, preferences=WEEKLY), Asked)
    assert desk.erase(TARO, NOW)
    assert mails(desk) == []
    database = (desk.store.deliveries.counts().total, status(desk))
    assert database == (0, None)


# --- many at once -------------------------------------------------------------------------------


def bring_in(desk: Desk, text: str, *, dry_run: bool = False, **given: object) -> ImportReport:
    defaults = Defaults(**given)  # type: ignore[arg-type]  # named by the test
    return import_rows(desk, read_csv(text), NOW, defaults=defaults, dry_run=dry_run)


ROWS = (
    "email,status,consent_text\n"
    "a@example.com,active,yes\n"
    "b@example.com,,\n"
    "nobody,,\n"
    "A@example.com,,\n"
    "taro@example.com,active,yes\n"
)


@pytest.mark.parametrize("known", [True, False])
def test_a_dry_run_says_what_the_import_then_does(
    desk: Desk,
    known: bool,  # noqa: FBT001  # a column of the table
) -> None:
    if known:
        join(desk)
    foretold = bring_in(desk, ROWS, dry_run=True)
    assert len(desk.store.subscribers.all()) == int(known)
    assert bring_in(desk, ROWS) == foretold
    assert foretold.recorded == (("a@example.com",) if known else ("a@example.com", TARO))
    assert foretold.asked == ("b@example.com",)
    assert foretold.known == ((TARO,) if known else ())
    assert [row.line for row in foretold.bad] == [4, 5]
    assert foretold.bad[1] == BadRow(5, "the address of line 2 again")
    assert status(desk, "a@example.com") is Status.ACTIVE
    assert [mail.address for mail in mails(desk)] == ["b@example.com"]


def test_the_same_import_again_changes_nothing_and_mails_nobody(desk: Desk) -> None:
    bring_in(desk, ROWS)
    mails(desk)
    again = bring_in(desk, ROWS)
    assert again.recorded == again.asked == ()
    assert again.known == ("a@example.com", "b@example.com", TARO)
    assert mails(desk) == []


@pytest.mark.parametrize("row", ["taro@example.com,active,yes", "taro@example.com,,"])
def test_an_import_revives_nobody_who_left_or_was_removed(desk: Desk, row: str) -> None:
    text = f"email,status,consent_text\n{row}\n"
    desk.leave(tokens.leave_token(desk.store.secret(), join(desk)), NOW)
    assert "the reader is left" in bring_in(desk, text).bad[0].reason
    desk.erase(TARO, NOW)
    assert "asked to be forgotten" in bring_in(desk, text).bad[0].reason
    assert status(desk) is None
    assert mails(desk) == []


def test_an_import_may_record_one_consent_for_all(desk: Desk) -> None:
    report = bring_in(
        desk,
        "email\na@example.com\nb@example.com\n",
        status=Status.ACTIVE,
        consent_words="members' meeting",
        preferences=DAILY,
    )
    assert report.recorded == ("a@example.com", "b@example.com")
    found = desk.store.subscribers.by_key("a@example.com")
    assert found is not None
    assert found.preferences == DAILY
    assert found.consent is not None
    assert found.consent.words == "members' meeting"

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.mail.notices import tellable
from digest.mail.reports import Report, Trace
from digest.mail.settle import BATCH, Kept, Unknown, keep, settle
from digest.model import (
    BounceKind,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Letter,
    NoticeKind,
    Preferences,
    Sending,
    Status,
    SubscriberId,
    Suppression,
    Wish,
)
from digest.store import Store
from digest.store.bounces import Barred, BounceTable, Move
from digest.store.issues import IssueTable
from tests.builders import NOW, database_of
from tests.mail.returns import AGREED, WEEK, hashed, publish, report, send, status, subscribe

DEAD, SOFT, OURS, COMPLAINT = (
    BounceKind.DEAD,
    BounceKind.SOFT,
    BounceKind.OURS,
    BounceKind.COMPLAINT,
)
HOUR = timedelta(hours=1)


def one(store: Store, week: int = 0) -> Delivery:
    """The one reader's copy of an issue, accepted."""
    (delivery,) = send(store, publish(store, week), NOW + week * WEEK)
    return delivery


def returned(store: Store, back: Report, now: datetime = NOW + HOUR) -> None:
    assert isinstance(keep(store, back, now), Kept)
    settle(store, now)


def sending(store: Store, week: int = 0) -> Sending:
    found = store.issues.find("weekly", f"2026-W{47 + week}")
    assert found is not None
    return found.sending


# --- readers ------------------------------------------------------------------------------------


def test_a_dead_address_is_suspended_and_suppressed(store: Store) -> None:
    taro = subscribe(store)
    returned(store, report(one(store)))
    assert status(store, taro) is Status.SUSPENDED
    assert store.subscribers.suppression(hashed(store)) is Suppression.DEAD


def test_a_complaint_ends_the_subscription_and_suppresses(store: Store) -> None:
    taro = subscribe(store)
    returned(store, report(one(store), COMPLAINT, ""))
    assert status(store, taro) is Status.LEFT
    assert store.subscribers.suppression(hashed(store)) is Suppression.COMPLAINT


def test_a_complaint_that_only_names_the_reader_counts_for_their_last_issue(store: Store) -> None:
    taro = subscribe(store)
    one(store)
    last = one(store, 1)
    only_reader = Report(
        identity="1", trace=Trace(reader=taro), kind=COMPLAINT, status="", words="abuse"
    )
    assert keep(store, only_reader, NOW) == Kept(again=False)
    (waiting,) = store.bounces.waiting(9)
    assert waiting.bounce.delivery == last.id


def test_soft_bounces_of_three_issues_in_a_row_suspend_and_suppress_nothing(store: Store) -> None:
    taro = subscribe(store)
    for week in range(3):
        assert status(store, taro) is Status.ACTIVE
        returned(store, report(one(store, week), SOFT, "5.2.2"), NOW + week * WEEK + HOUR)
    assert status(store, taro) is Status.SUSPENDED
    assert store.subscribers.suppression(hashed(store)) is None


def test_an_issue_that_arrives_in_between_resets_the_row(store: Store) -> None:
    taro = subscribe(store)
    for week in range(6):
        delivery = one(store, week)
        if week not in {2, 5}:
            returned(store, report(delivery, SOFT, "5.2.2"), NOW + week * WEEK + HOUR)
    assert status(store, taro) is Status.ACTIVE


def test_several_reports_of_one_issue_are_one_failure(store: Store) -> None:
    taro = subscribe(store)
    first, second = one(store), one(store, 1)
    for name in "abc":
        returned(store, report(first, SOFT, "5.2.2", name), NOW + WEEK)
        returned(store, report(second, SOFT, "5.2.2", name), NOW + WEEK)
    assert status(store, taro) is Status.ACTIVE


def test_a_row_survives_what_is_our_fault(store: Store) -> None:
    taro = subscribe(store)
    for week, kind in enumerate((SOFT, OURS, SOFT, SOFT)):
        delivery = one(store, week)
        if kind is SOFT:
            returned(store, report(delivery, OURS, "5.7.1", "also"), NOW + week * WEEK + HOUR)
        returned(store, report(delivery, kind, "5.0.0"), NOW + week * WEEK + HOUR)
    assert status(store, taro) is Status.SUSPENDED


def test_a_paused_reader_is_suspended_too_and_one_who_left_stays_so(store: Store) -> None:
    for was, becomes in ((Status.PAUSED, Status.SUSPENDED), (Status.LEFT, Status.LEFT)):
        reader = subscribe(store, str(was))
        (delivery,) = [
            d for d in send(store, publish(store, len(was)), NOW) if d.subscriber == reader
        ]
        store.subscribers.set_status(reader, was, NOW)
        returned(store, report(delivery))
        assert status(store, reader) is becomes
        store.subscribers.set_status(reader, Status.LEFT, NOW)


def confirmation(store: Store, *, status: Status) -> tuple[SubscriberId, Delivery]:
    reader = subscribe(store)
    store.subscribers.set_status(reader, status, AGREED)
    letter = Letter(subject="please confirm", text="yes?")
    store.subscribers.ask(
        reader,
        "hash",
        NOW + WEEK,
        key=f"confirmation/{reader}/1",
        address="taro@reader.example",
        letter=letter,
        wish=Wish(),
        now=NOW,
        not_before=NOW,
    )
    (delivery,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    store.deliveries.commit([], [delivery], NOW)
    return reader, delivery


def test_a_confirmation_that_comes_back_ends_what_was_never_confirmed(store: Store) -> None:
    reader, delivery = confirmation(store, status=Status.PENDING)
    returned(store, report(delivery))
    assert status(store, reader) is None
    assert store.subscribers.suppression(hashed(store)) is None
    assert "taro@" not in dump(store)


def test_its_number_is_never_given_to_another_message(store: Store) -> None:
    """Or a second report of it would strike somebody else off the list."""
    _, delivery = confirmation(store, status=Status.PENDING)
    returned(store, report(delivery))
    hanako = subscribe(store, "hanako")
    (copy,) = send(store, publish(store), NOW)
    assert copy.id != delivery.id
    late = Report(
        identity="2", trace=Trace(number=delivery.id), kind=DEAD, status="5.1.1", words="taro@ no"
    )
    returned(store, late)
    assert status(store, hanako) is Status.ACTIVE
    assert "taro@" not in dump(store)


def test_a_confirmation_that_comes_back_moves_nobody_else(store: Store) -> None:
    reader, delivery = confirmation(store, status=Status.SUSPENDED)
    returned(store, report(delivery))
    assert status(store, reader) is Status.SUSPENDED


def test_an_erased_reader_leaves_no_words_behind(store: Store) -> None:
    taro = subscribe(store)
    delivery = one(store)
    keep(store, report(delivery), NOW)
    store.persons.erase("taro@reader.example", hashed(store), Suppression.FORGOTTEN, taro, NOW)
    keep(store, report(delivery, name="2"), NOW)
    settle(store, NOW)
    assert store.bounces.waiting(9) == []
    assert "taro@" not in dump(store)
    assert store.subscribers.suppression(hashed(store)) is Suppression.FORGOTTEN


def dump(store: Store) -> str:
    return "\n".join(database_of(store).connection.iterdump())  # no query shows it


def test_what_is_left_of_a_reason_says_why_without_an_address(store: Store) -> None:
    subscribe(store)
    returned(store, report(one(store)))
    row = database_of(store).connection.execute("SELECT * FROM suppressions").fetchone()
    assert row["evidence"].startswith("dead 5.1.1: issue/weekly/2026-W47/")
    assert "taro" not in row["evidence"]


def test_the_owners_own_wish_outlasts_a_dead_mailbox(store: Store) -> None:
    now = NOW
    for reason in (Suppression.DEAD, Suppression.COMPLAINT, Suppression.DEAD):
        store.subscribers.suppress("hash", reason, now)
    assert store.subscribers.suppression("hash") is Suppression.COMPLAINT


def test_a_dead_address_without_a_reader_moves_nobody(store: Store) -> None:
    letter = Letter(subject="notice", text="words")
    store.deliveries.add_letter(
        "notice/1",
        DeliveryKind.NOTICE,
        address="editor@example.org",
        subscriber=None,
        letter=letter,
        now=NOW,
    )
    (delivery,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    returned(store, report(delivery))
    assert store.bounces.waiting(9) == []
    assert store.subscribers.suppression(hashed(store, "editor@example.org")) is None


# --- once, whatever happens ---------------------------------------------------------------------


def test_the_same_report_read_twice_counts_once(store: Store) -> None:
    taro = subscribe(store)
    delivery = one(store)
    assert keep(store, report(delivery), NOW) == Kept(again=False)
    assert keep(store, report(delivery), NOW) == Kept(again=True)
    settle(store, NOW)
    store.subscribers.set_status(taro, Status.ACTIVE, NOW)  # as if they had confirmed anew
    assert keep(store, report(delivery), NOW) == Kept(again=True)
    settle(store, NOW)
    assert status(store, taro) is Status.ACTIVE


def test_a_report_on_a_delivery_that_we_do_not_have_is_unknown(store: Store) -> None:
    subscribe(store)
    delivery = one(store)
    for trace in (
        Trace(number=DeliveryId(99)),
        Trace(key="issue/weekly/2026-W01/1"),
        Trace(reader=SubscriberId(99)),
        # a restored backup gave the number to another message
        Trace(number=delivery.id, key="issue/weekly/2026-W01/1"),
    ):
        back = Report(identity="1", trace=trace, kind=DEAD, status="5.1.1", words="no")
        assert keep(store, back, NOW) == Unknown()
    assert store.bounces.waiting(9) == []


@pytest.mark.parametrize("by_number", [True, False])
def test_either_trace_leads_to_the_delivery(
    store: Store,
    by_number: bool,  # noqa: FBT001  # a column of the table
) -> None:
    subscribe(store)
    delivery = one(store)
    trace = Trace(number=delivery.id) if by_number else Trace(key=delivery.key)
    back = Report(identity="1", trace=trace, kind=DEAD, status="", words="")
    assert keep(store, back, NOW) == Kept(again=False)


def test_a_kill_between_keeping_and_settling_loses_nothing(store: Store) -> None:
    taro = subscribe(store)
    keep(store, report(one(store)), NOW)
    with Store.open(database_of(store).path.parent) as after_restart:
        assert settle(after_restart, NOW) == 1
        assert settle(after_restart, NOW) == 0
        assert status(after_restart, taro) is Status.SUSPENDED


class Racing(BounceTable):
    """The reader leaves between the look at them and the change."""

    left = False

    def settle(
        self, number: int, why: str, now: datetime, *, move: Move | None, barred: Barred | None
    ) -> bool:
        if not self.left and move is not None:
            self.left = True
            with self._database.transaction() as connection:
                connection.execute("UPDATE subscribers SET status = 'left'")
        return super().settle(number, why, now, move=move, barred=barred)


def test_who_moves_in_the_same_moment_is_looked_at_again(store: Store) -> None:
    taro = subscribe(store)
    keep(store, report(one(store)), NOW)
    store.bounces = Racing(database_of(store))  # as the store does
    settle(store, NOW)
    assert len(store.bounces.waiting(9)) == 1
    settle(store, NOW)
    assert store.bounces.waiting(9) == []
    assert status(store, taro) is Status.LEFT


def test_two_at_once_settle_a_bounce_once(store: Store) -> None:
    taro = subscribe(store)
    keep(store, report(one(store)), NOW)
    (waiting,) = store.bounces.waiting(9)
    move = Move(subscriber=taro, was=Status.ACTIVE, to=Status.SUSPENDED)
    assert store.bounces.settle(waiting.id, "why", NOW, move=move, barred=None)
    assert not store.bounces.settle(waiting.id, "why", NOW, move=None, barred=None)
    assert not store.bounces.settle(waiting.id, "why", NOW, move=move, barred=None)


def test_no_address_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "digest")
    subscribe(store)
    returned(store, report(one(store)))
    assert "bounce.settled" in caplog.text
    assert "taro" not in caplog.text


# --- issues -------------------------------------------------------------------------------------


def readers(store: Store, count: int) -> IssueId:
    for number in range(count):
        subscribe(store, f"reader{number}")
    return publish(store)


def test_an_issue_of_which_too_much_comes_back_is_paused_and_told_once(store: Store) -> None:
    issue = readers(store, 20)
    deliveries = send(store, issue, NOW, most=15)
    for number, delivery in enumerate(deliveries[:4]):
        returned(store, report(delivery, DEAD if number % 2 else OURS))
    assert sending(store) is Sending.OPEN
    assert store.notices.latest(9) == []
    returned(store, report(deliveries[4]))
    assert sending(store) is Sending.PAUSED
    returned(store, report(deliveries[5]))
    (told,) = store.notices.latest(9)
    assert told.notice.kind is NoticeKind.ISSUE_PAUSED
    assert told.notice.about == "weekly 2026-W47"
    for words in (
        "5 of 15",
        "3 from addresses",
        "2 because of us",
        "issue resume 2026-W47 --edition",
    ):
        assert words in told.notice.words
    assert store.deliveries.claim(9, NOW + HOUR, resend_unknown=True) == []
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    assert found.sending_why == "5 of 15 messages came back"


def test_what_comes_back_of_an_issue_that_is_sent_is_told_and_stops_nothing(store: Store) -> None:
    issue = readers(store, 20)
    for delivery in send(store, issue, NOW)[:7]:
        returned(store, report(delivery))
    assert sending(store) is Sending.OPEN
    (told,) = store.notices.latest(9)
    assert told.notice.kind is NoticeKind.ISSUE_RETURNED
    assert "7 of 20 messages of weekly 2026-W47 came back" in told.notice.words
    assert "nothing was stopped" in told.notice.words
    assert "waits" not in told.notice.words
    assert "issue resume" not in told.notice.words


def test_after_a_resume_the_same_bounces_do_not_pause_it_again(store: Store) -> None:
    issue = readers(store, 40)
    deliveries = send(store, issue, NOW, most=39)
    for delivery in deliveries[:6]:
        returned(store, report(delivery))
    assert sending(store) is Sending.PAUSED
    store.issues.resume(issue, NOW + 2 * HOUR)
    for delivery in deliveries[6:10]:
        returned(store, report(delivery), NOW + 3 * HOUR)
    assert sending(store) is Sending.OPEN
    returned(store, report(deliveries[10]), NOW + 3 * HOUR)
    assert sending(store) is Sending.PAUSED
    (notice,) = store.notices.open()
    assert (notice.times, notice.opened_at) == (2, NOW + 3 * HOUR)
    assert tellable([replace(notice, told_at=NOW)], NOW + 3 * HOUR)  # each pause is told


def test_soft_bounces_and_complaints_pause_nothing(store: Store) -> None:
    issue = readers(store, 20)
    deliveries = send(store, issue, NOW)
    for delivery in deliveries[:10]:
        returned(store, report(delivery, SOFT, "5.2.2"))
    for delivery in deliveries[10:]:
        returned(store, report(delivery, COMPLAINT, ""))
    assert sending(store) is Sending.OPEN


def test_several_reports_on_one_message_are_one_hard_bounce(store: Store) -> None:
    issue = readers(store, 20)
    deliveries = send(store, issue, NOW)
    for name in "abcdef":
        returned(store, report(deliveries[0], name=name))
    assert sending(store) is Sending.OPEN


def test_two_in_a_hundred_of_a_large_issue_are_borne(store: Store) -> None:
    issue = readers(store, 251)
    deliveries = send(store, issue, NOW, most=250)
    for delivery in deliveries[:5]:
        returned(store, report(delivery))
    assert sending(store) is Sending.OPEN
    returned(store, report(deliveries[5]))
    assert sending(store) is Sending.PAUSED


def test_a_cancelled_issue_stays_so(store: Store) -> None:
    issue = readers(store, 10)
    deliveries = send(store, issue, NOW)
    store.issues.cancel(issue, "wrong week", NOW)
    for delivery in deliveries:
        returned(store, report(delivery))
    assert sending(store) is Sending.CANCELLED
    assert store.notices.latest(9) == []


class Dying(IssueTable):
    """The process ends before the issue is paused."""

    def pause(self, *_: object) -> bool:
        raise KeyboardInterrupt


def test_a_kill_between_telling_and_pausing_tells_nobody_twice(store: Store) -> None:
    issue = readers(store, 10)
    deliveries = send(store, issue, NOW, most=9)
    for delivery in deliveries[:5]:
        keep(store, report(delivery), NOW)

    store.issues = Dying(database_of(store))  # as the store does
    with pytest.raises(KeyboardInterrupt):
        settle(store, NOW)
    store.issues = IssueTable(database_of(store))
    settle(store, NOW)
    assert sending(store) is Sending.PAUSED
    assert len(store.notices.latest(9)) == 1
    assert store.bounces.waiting(9) == []


def test_many_bounces_are_settled_batch_by_batch(store: Store) -> None:
    issue = readers(store, BATCH + 3)
    for delivery in send(store, issue, NOW):
        keep(store, report(delivery), NOW)
    assert settle(store, NOW) == BATCH
    assert settle(store, NOW) == 3
    assert store.subscribers.count() == {Status.SUSPENDED: BATCH + 3}


def test_a_suspended_reader_gets_nothing_of_what_is_queued(store: Store) -> None:
    subscribe(store)
    delivery = one(store)
    publish(store, 1)
    returned(store, report(delivery))
    assert store.deliveries.claim(9, NOW + 2 * WEEK, resend_unknown=True) == []
    assert store.deliveries.counts()[DeliveryState.DROPPED] == 1


def test_preferences_of_a_suspended_reader_stay(store: Store) -> None:
    taro = subscribe(store)
    returned(store, report(one(store)))
    found = store.subscribers.get(taro)
    assert found is not None
    assert found.preferences == Preferences()

from datetime import timedelta

import pytest

from digest.model import (
    Bounce,
    BounceKind,
    Choice,
    Delivery,
    DeliveryKind,
    DeliveryState,
    IssueId,
    Letter,
    Preferences,
    Segment,
    Sending,
    Status,
    Suppression,
)
from digest.store import Store
from digest.store.attempts import Result
from digest.store.suppressions import insert_suppression
from tests.builders import NOW, database_of
from tests.store.builders import issue

S = DeliveryState
HOUR = timedelta(hours=1)
CHOICE = Choice(language="ja")


def publish(store: Store, *names: str) -> IssueId:
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
    for name in names:
        store.subscribers.add(
            f"{name}@reader.example",
            f"{name}@reader.example",
            name=name,
            status=Status.ACTIVE,
            preferences=Preferences(choice=CHOICE),
            consent=None,
            now=NOW,
        )
    segment = Segment(choice=CHOICE, subject="s", html="<p>", text="t", stories=1)
    added = store.issues.add(issue(), [segment])
    assert isinstance(added, int)
    return IssueId(added)


def claim(store: Store) -> list[Delivery]:
    return store.deliveries.claim(99, NOW, resend_unknown=False)


def end(
    store: Store,
    delivery: Delivery,
    state: DeliveryState,
    reply: str = "said",
    bounce: Bounce | None = None,
) -> None:
    store.deliveries.commit([], [delivery], NOW)
    result = Result(
        delivery=delivery.id,
        epoch=delivery.epoch,
        state=state,
        reply=reply,
        not_before=NOW + HOUR,
        bounce=bounce,
    )
    store.deliveries.commit([result], [], NOW)


def states(store: Store) -> dict[DeliveryState, int]:
    return dict(store.deliveries.counts().by_state)


def sending(store: Store) -> tuple[Sending, str | None]:
    found = store.issues.find("weekly", "2026-W47")
    assert found is not None
    return found.sending, found.sending_why


# --- pausing and cancelling ---------------------------------------------------------------------


def test_a_paused_issue_waits_and_goes_on_where_it_was(store: Store) -> None:
    number = publish(store, "emma", "noor")
    assert store.issues.pause(number, "an error in it", NOW)
    assert sending(store) == (Sending.PAUSED, "an error in it")
    assert claim(store) == []
    assert states(store) == {S.QUEUED: 2}
    assert store.issues.resume(number, NOW)
    assert sending(store) == (Sending.OPEN, None)
    assert len(claim(store)) == 2


def test_a_cancelled_issue_says_why_it_did_not_come(store: Store) -> None:
    number = publish(store, "emma", "noor", "taro")
    under_way, *_ = claim(store)
    store.deliveries.commit([], [under_way], NOW)
    assert store.issues.cancel(number, "the wrong week", NOW) == 2
    assert states(store) == {S.DATA: 1, S.DROPPED: 2}
    dropped = store.outbox.rows(states=[S.DROPPED])
    assert {row.reply for row in dropped} == {"the wrong week"}


def test_what_was_under_way_and_was_put_off_is_dropped_at_its_next_turn(store: Store) -> None:
    number = publish(store, "emma")
    (delivery,) = claim(store)
    store.deliveries.commit([], [delivery], NOW)
    store.issues.cancel(number, "the wrong week", NOW)
    end(store, delivery, S.DEFERRED)
    assert store.deliveries.claim(9, NOW + HOUR, resend_unknown=True) == []
    assert states(store) == {S.DROPPED: 1}


def test_each_of_them_follows_only_from_where_the_issue_stands(store: Store) -> None:
    number = publish(store, "emma")
    assert not store.issues.resume(number, NOW)
    assert store.issues.pause(number, "first", NOW)
    assert not store.issues.pause(number, "second", NOW)
    assert sending(store) == (Sending.PAUSED, "first")
    assert store.issues.cancel(number, "enough", NOW) == 1
    assert store.issues.cancel(number, "again", NOW) == 0
    assert not store.issues.resume(number, NOW)
    assert not store.issues.pause(number, "again", NOW)
    assert sending(store) == (Sending.CANCELLED, "enough")


def test_other_mail_does_not_wait_for_a_paused_issue(store: Store) -> None:
    number = publish(store, "emma")
    store.issues.pause(number, "why", NOW)
    store.deliveries.add_letter(
        "confirmation/1",
        DeliveryKind.CONFIRMATION,
        address="new@reader.example",
        subscriber=None,
        letter=Letter(subject="s", text="t"),
        now=NOW,
    )
    assert [delivery.kind for delivery in claim(store)] == [DeliveryKind.CONFIRMATION]
    assert store.deliveries.due(NOW, resend_unknown=True) == 0


# --- what is open, and what to do about it ------------------------------------------------------


def test_open_rows_say_what_the_server_said_and_when_they_are_tried_next(store: Store) -> None:
    number = publish(store, "emma", "noor", "taro")
    emma, noor, _ = claim(store)
    end(store, emma, S.DEFERRED, "451 later")
    end(store, noor, S.SENT, "250 2.0.0 queued as 4F1")
    deferred, claimed = store.outbox.rows()
    assert (deferred.state, deferred.reply, deferred.attempts) == (S.DEFERRED, "451 later", 1)
    assert (deferred.address, deferred.issue) == ("emma@reader.example", number)
    assert deferred.not_before == NOW + HOUR
    assert claimed.state is S.CLAIMED


def test_rows_are_found_by_state_issue_and_address(store: Store) -> None:
    number = publish(store, "emma", "noor")
    assert len(store.outbox.rows(address="EMMA@reader.example")) == 1
    assert store.outbox.rows(states=[S.FAILED]) == []
    assert len(store.outbox.rows(issue=number)) == 2
    assert store.outbox.rows(issue=IssueId(number + 1)) == []
    assert len(store.outbox.rows(limit=1)) == 1


@pytest.mark.parametrize("state", [S.DEFERRED, S.UNKNOWN, S.FAILED])
def test_what_waits_or_failed_can_be_tried_again_now(store: Store, state: DeliveryState) -> None:
    publish(store, "emma", "noor")
    emma, noor = claim(store)
    end(store, emma, state)
    end(store, noor, state)
    assert store.outbox.retry(NOW, deliveries=[emma.id]).queued == 1
    assert [d.id for d in claim(store)] == [emma.id]
    assert store.outbox.retry(NOW, states=[state]).queued == 1


@pytest.mark.parametrize("state", [S.SENT, S.DROPPED, S.CLAIMED, S.DATA])
def test_nothing_else_can(store: Store, state: DeliveryState) -> None:
    number = publish(store, "emma")
    (emma,) = claim(store)
    if state is S.DATA:
        store.deliveries.commit([], [emma], NOW)
    elif state is S.DROPPED:
        store.issues.cancel(number, "why", NOW)
    elif state is S.SENT:
        end(store, emma, state)
    assert store.outbox.retry(NOW, deliveries=[emma.id]).queued == 0
    assert store.outbox.retry(NOW, states=[state]).queued == 0
    assert states(store) == {state: 1}


def test_only_the_deliveries_of_one_issue_are_retried_if_asked(store: Store) -> None:
    number = publish(store, "emma")
    (emma,) = claim(store)
    end(store, emma, S.FAILED)
    assert store.outbox.retry(NOW, issue=IssueId(number + 1)).queued == 0
    assert store.outbox.retry(NOW, issue=number).queued == 1


def test_a_retry_leaves_out_whom_nothing_would_be_sent_to(store: Store) -> None:
    publish(store, "emma", "noor", "taro", "yuki")
    for delivery in claim(store):
        end(store, delivery, S.FAILED)
    for name, status in (("emma", Status.SUSPENDED), ("noor", Status.LEFT)):
        reader = store.subscribers.by_key(f"{name}@reader.example")
        assert reader is not None
        store.subscribers.set_status(reader.id, status, NOW)
    with database_of(store).transaction() as connection:  # as a dead mailbox leaves it
        insert_suppression(connection, "taro@reader.example", Suppression.DEAD, "", NOW)
    done = store.outbox.retry(NOW, states=[S.FAILED], address_hash=lambda address: address)
    assert done.queued == 1
    assert done.left_out == {
        "the reader is suspended": 1,
        "the reader has left": 1,
        "suppressed: there is no such mailbox": 1,
    }
    assert states(store) == {S.FAILED: 3, S.QUEUED: 1}


def test_nothing_of_a_cancelled_issue_is_retried(store: Store) -> None:
    number = publish(store, "emma", "noor")
    emma, _ = claim(store)
    end(store, emma, S.FAILED)
    store.issues.cancel(number, "the wrong week", NOW)
    assert store.outbox.retry(NOW, states=[S.FAILED]).left_out == {"the wrong week": 1}


@pytest.mark.parametrize(
    ("was", "to", "possible"),
    [
        (S.UNKNOWN, S.SENT, True),
        (S.UNKNOWN, S.DROPPED, True),
        (S.DEFERRED, S.DROPPED, True),
        (S.DEFERRED, S.SENT, False),
        (S.FAILED, S.SENT, False),
        (S.SENT, S.DROPPED, False),
        (S.UNKNOWN, S.QUEUED, False),
    ],
)
def test_what_a_person_may_decide_about_a_delivery(
    store: Store,
    was: DeliveryState,
    to: DeliveryState,
    possible: bool,  # noqa: FBT001  # a column of the table
) -> None:
    publish(store, "emma")
    (emma,) = claim(store)
    end(store, emma, was)
    assert store.outbox.resolve(emma.id, to, "in the server's log", NOW) is possible
    assert states(store) == {to if possible else was: 1}


def test_what_the_operator_found_out_is_a_line_of_the_proof(store: Store) -> None:
    number = publish(store, "emma")
    (emma,) = claim(store)
    end(store, emma, S.UNKNOWN, "the connection ended")
    store.outbox.resolve(emma.id, S.SENT, "in the server's log", NOW + HOUR)
    (proof,) = store.outbox.prove(number)
    assert [(a.at, a.state, a.reply) for a in proof.attempts] == [
        (NOW, S.UNKNOWN, "the connection ended"),
        (NOW + HOUR, S.SENT, "resolved by hand: in the server's log"),
    ]
    assert proof.row.attempts == 1


# --- proof --------------------------------------------------------------------------------------


def test_the_proof_of_a_period_tells_each_readers_story(store: Store) -> None:
    number = publish(store, "emma", "noor", "taro", "yuki")
    emma, noor, taro, yuki = claim(store)
    bounce = Bounce(
        key="smtp/1", delivery=noor.id, kind=BounceKind.DEAD, status="5.1.1", words="550 5.1.1 no"
    )
    end(store, emma, S.SENT, "250 2.0.0 queued as 4F1")
    end(store, noor, S.FAILED, "550 5.1.1 no", bounce)
    end(store, taro, S.DEFERRED, "451 later")
    store.deliveries.commit([], [yuki], NOW)
    store.deliveries.recover(NOW + HOUR, NOW + 2 * HOUR)
    proofs = store.outbox.prove(number)
    told = [
        (p.row.state, [(a.state, a.reply) for a in p.attempts], [b.bounce for b in p.bounces])
        for p in proofs
    ]
    ended = "the program ended before the server answered"
    assert told == [
        (S.SENT, [(S.SENT, "250 2.0.0 queued as 4F1")], []),
        (S.FAILED, [(S.FAILED, "550 5.1.1 no")], [bounce]),
        (S.DEFERRED, [(S.DEFERRED, "451 later")], []),
        (S.UNKNOWN, [(S.UNKNOWN, ended)], []),
    ]
    assert {p.choice for p in proofs} == {CHOICE}
    assert {p.row.queued_at for p in proofs} == {NOW}
    assert [p.row.id for p in store.outbox.prove(number, "noor@reader.example")] == [noor.id]


def test_a_bounce_is_recorded_only_if_the_result_is(store: Store) -> None:
    number = publish(store, "emma")
    (old,) = claim(store)
    store.deliveries.recover(NOW, NOW)
    claim(store)
    bounce = Bounce(key="smtp/1", delivery=old.id, kind=BounceKind.DEAD, status="", words="")
    end(store, old, S.FAILED, "550 no", bounce)
    (proof,) = store.outbox.prove(number)
    assert (proof.row.state, proof.bounces) == (S.CLAIMED, ())


def test_how_far_the_newest_issues_have_come(store: Store) -> None:
    number = publish(store, "emma", "noor")
    emma, _ = claim(store)
    end(store, emma, S.SENT)
    store.issues.pause(number, "why", NOW)
    (run,) = store.outbox.runs(5)
    assert (run.issue, run.edition, run.period) == (number, "weekly", "2026-W47")
    assert (run.sending, run.why) == (Sending.PAUSED, "why")
    assert (run.counts[S.SENT], run.counts.open, run.counts.total) == (1, 1, 2)

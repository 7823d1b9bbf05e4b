import sqlite3
from datetime import timedelta

import pytest

from digest.model import (
    DeliveryKind,
    DeliveryState,
    Preferences,
    Status,
    SubscriberId,
)
from digest.store import Store
from digest.store.deliveries import Result
from tests.builders import NOW
from tests.mail.builders import letter

ADDRESS = "reader@example.com"


def reader(store: Store) -> SubscriberId:
    found = store.subscribers.add(
        ADDRESS,
        ADDRESS,
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=None,
        now=NOW,
    )
    assert found is not None
    return found


def queue(
    store: Store,
    kind: DeliveryKind = DeliveryKind.NOTICE,
    *,
    address: str = ADDRESS,
    subscriber: SubscriberId | None = None,
) -> None:
    assert store.deliveries.add_letter(
        f"{kind}/1", kind, address=address, subscriber=subscriber, letter=letter(), now=NOW
    )


def test_looking_for_work_waits_for_no_writer_where_there_is_none(store: Store) -> None:
    queue(store)
    path = store._database.path  # noqa: SLF001  # another process
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    early = NOW - timedelta(minutes=1)
    assert store.deliveries.claim(9, early, resend_unknown=True) == []
    other.execute("ROLLBACK")
    other.close()
    assert len(store.deliveries.claim(9, NOW, resend_unknown=True)) == 1


def test_a_claim_finds_what_is_due_by_its_index(store: Store) -> None:
    queue(store)
    connection = store._database.connection  # noqa: SLF001  # no query shows how it is done
    said: list[str] = []
    connection.set_trace_callback(said.append)
    store.deliveries.claim(9, NOW, resend_unknown=False)
    connection.set_trace_callback(None)
    plans = [
        "; ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
        for statement in said
        if statement.startswith(("SELECT", "UPDATE"))
    ]
    assert len(plans) == 3
    assert all("deliveries_due" in plan for plan in plans), plans


@pytest.mark.parametrize("kind", DeliveryKind)
def test_what_has_no_address_is_never_claimed(store: Store, kind: DeliveryKind) -> None:
    queue(store, kind, address="")
    assert store.deliveries.claim(9, NOW, resend_unknown=True) == []
    assert store.deliveries.counts()[DeliveryState.DROPPED] == 1


def test_a_body_begins_only_under_the_claim_that_holds(store: Store) -> None:
    queue(store)
    (old,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    store.deliveries.recover(NOW, NOW)
    (new,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    assert store.deliveries.begin_body([old], NOW) == set()
    assert store.deliveries.begin_body([new], NOW) == {new.id}
    assert store.deliveries.begin_body([new], NOW) == set()


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (DeliveryKind.ISSUE, False),
        (DeliveryKind.ALERT, False),
        (DeliveryKind.CONFIRMATION, True),
        (DeliveryKind.ANSWER, True),
        (DeliveryKind.NOTICE, True),
    ],
)
def test_which_bodies_may_still_leave_once_the_reader_has_left(
    store: Store,
    kind: DeliveryKind,
    allowed: bool,  # noqa: FBT001  # a column of the table
) -> None:
    number = reader(store)
    queue(store, kind, subscriber=number)
    (claimed,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    store.subscribers.set_status(number, Status.LEFT, NOW)
    assert bool(store.deliveries.begin_body([claimed], NOW)) is allowed
    state = DeliveryState.DATA if allowed else DeliveryState.DROPPED
    assert store.deliveries.counts()[state] == 1


@pytest.mark.parametrize("state", DeliveryState)
def test_a_message_whose_body_never_began_is_neither_sent_nor_unknown(
    store: Store, state: DeliveryState
) -> None:
    queue(store)
    (claimed,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    result = Result(delivery=claimed.id, epoch=claimed.epoch, state=state, reply="")
    store.deliveries.finish([result], NOW)
    possible = {DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.FAILED}
    expected = state if state in possible else DeliveryState.CLAIMED
    assert store.deliveries.counts()[expected] == 1


def test_a_status_changes_only_from_where_it_was_seen(store: Store) -> None:
    number = reader(store)
    assert not store.subscribers.set_status(number, Status.ACTIVE, NOW, was=Status.PENDING)
    assert store.subscribers.set_status(number, Status.PAUSED, NOW, was=Status.ACTIVE)
    assert store.subscribers.set_status(number, Status.LEFT, NOW)
    assert not store.subscribers.set_status(SubscriberId(number + 1), Status.LEFT, NOW)

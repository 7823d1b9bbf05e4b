import sqlite3
from datetime import timedelta

import pytest

from digest.model import (
    Choice,
    DeliveryKind,
    DeliveryState,
    Preferences,
    Status,
    SubscriberId,
)
from digest.store import Store
from digest.store.attempts import Result
from digest.store.deliveries import CLAIM_LEASE, DATA_LEASE
from tests.builders import NOW, database_of
from tests.mail.builders import letter, segment
from tests.store.builders import issue

ADDRESS = "reader@example.com"


def reader(store: Store) -> SubscriberId:
    found = store.subscribers.add(
        ADDRESS,
        ADDRESS,
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(choice=Choice(language="ja")),
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
    path = database_of(store).path  # another process
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    early = NOW - timedelta(minutes=1)
    assert store.deliveries.claim(9, early, resend_unknown=True) == []
    other.execute("ROLLBACK")
    other.close()
    assert len(store.deliveries.claim(9, NOW, resend_unknown=True)) == 1


def test_a_claim_finds_what_is_due_by_its_index(store: Store) -> None:
    queue(store)
    connection = database_of(store).connection  # no query shows how it is done
    said: list[str] = []
    connection.set_trace_callback(said.append)
    store.deliveries.claim(9, NOW, resend_unknown=False)
    connection.set_trace_callback(None)
    plans = [
        "; ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
        for statement in said
        if statement.startswith(("SELECT", "UPDATE"))
    ]
    of_deliveries = [plan for plan in plans if "deliveries" in plan]
    assert len(of_deliveries) >= 3
    assert all("SCAN deliveries" not in plan and "SCAN d;" not in plan for plan in plans), plans
    assert "COVERING INDEX deliveries_due" in of_deliveries[0]


@pytest.mark.parametrize("urgent", [True, False])
def test_a_look_for_work_passes_by_what_waits_for_something_else(
    store: Store,
    urgent: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """A paused issue and, for who looks for what is urgent, an open one cost no more than none."""
    connection = database_of(store).connection  # no query shows how it is done
    number = reader(store)
    with database_of(store).transaction():  # a story to refer to
        connection.execute("INSERT INTO stories VALUES (1, '2026')")
    added = store.issues.add(issue(), [segment()])
    assert isinstance(added, int)
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO deliveries (key, kind, priority, state, address, issue_id, segment_id,"
        " queued_at, not_before, changed_at) SELECT key || i, kind, priority, state, address,"
        " issue_id, segment_id, queued_at, not_before, changed_at FROM deliveries, n"
        " WHERE subscriber_id = ?",
        (number,),
    )
    if not urgent:
        assert store.issues.pause(added, "wait", NOW)
    hundreds: list[None] = []
    connection.set_progress_handler(lambda: hundreds.append(None), 100)  # of SQLite's steps
    assert store.deliveries.claim(9, NOW, resend_unknown=True, urgent=urgent) == []
    connection.set_progress_handler(None, 0)
    assert len(hundreds) < 10


def test_issues_leave_one_after_another_and_letters_before_them(store: Store) -> None:
    reader(store)
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT INTO stories VALUES (1, '2026')")
    for key in ("2026-W47", "2026-W48"):
        assert isinstance(store.issues.add(issue(key), [segment()]), int)
    queue(store)
    claimed = store.deliveries.claim(9, NOW, resend_unknown=True)
    assert [d.key.split("/")[:3] for d in claimed] == [
        ["notice", "1"],
        ["issue", "weekly", "2026-W47"],
        ["issue", "weekly", "2026-W48"],
    ]


@pytest.mark.parametrize("state", [DeliveryState.CLAIMED, DeliveryState.DATA])
def test_what_a_sender_holds_is_anybodys_once_its_lease_has_run_out(
    store: Store, state: DeliveryState
) -> None:
    queue(store)
    (claimed,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    lease = CLAIM_LEASE
    if state is DeliveryState.DATA:
        store.deliveries.commit([], [claimed], NOW)
        lease = DATA_LEASE
    early = NOW + lease - timedelta(seconds=1)
    assert store.deliveries.lapse(early, early) == (0, 0)
    late = NOW + lease
    waits, unknown = store.deliveries.lapse(late, late)
    assert (waits, unknown) == ((1, 0) if state is DeliveryState.CLAIMED else (0, 1))
    assert len(store.deliveries.claim(9, late, resend_unknown=True)) == 1


def test_no_body_leaves_under_a_claim_whose_lease_has_run_out(store: Store) -> None:
    queue(store)
    claimed = store.deliveries.claim(9, NOW, resend_unknown=True)
    assert store.deliveries.commit([], claimed, NOW + CLAIM_LEASE) == set()


def test_only_what_is_urgent_is_claimed_if_asked(store: Store) -> None:
    for kind in DeliveryKind:
        queue(store, kind)
    urgent = store.deliveries.claim(9, NOW, resend_unknown=True, urgent=True)
    assert {d.kind for d in urgent} == {DeliveryKind.CONFIRMATION, DeliveryKind.ANSWER}
    assert len(store.deliveries.claim(9, NOW, resend_unknown=True)) == 3


def test_what_is_dropped_makes_no_room_in_a_claim(store: Store) -> None:
    """A claim that gives nothing must mean that nothing is due."""
    number = reader(store)
    queue(store, DeliveryKind.ALERT, subscriber=number)
    queue(store, DeliveryKind.ISSUE)
    store.subscribers.set_status(number, Status.LEFT, NOW)
    (claimed,) = store.deliveries.claim(1, NOW, resend_unknown=True)
    assert claimed.kind is DeliveryKind.ISSUE


def test_a_whole_group_moves_in_one_transaction(store: Store) -> None:
    for kind in DeliveryKind:
        queue(store, kind)
    first, second, *rest = store.deliveries.claim(9, NOW, resend_unknown=True)
    store.deliveries.commit([], [first, second], NOW)
    connection = database_of(store).connection  # no query shows how it is done
    said: list[str] = []
    connection.set_trace_callback(said.append)
    results = [
        Result(delivery=d.id, epoch=d.epoch, state=DeliveryState.SENT, reply="250 ok")
        for d in (first, second)
    ]
    assert store.deliveries.commit(results, rest, NOW) == {d.id for d in rest}
    connection.set_trace_callback(None)
    assert sum(statement.startswith("COMMIT") for statement in said) == 1


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
    assert store.deliveries.commit([], [old], NOW) == set()
    assert store.deliveries.commit([], [new], NOW) == {new.id}
    assert store.deliveries.commit([], [new], NOW) == set()


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
    assert bool(store.deliveries.commit([], [claimed], NOW)) is allowed
    state = DeliveryState.DATA if allowed else DeliveryState.DROPPED
    assert store.deliveries.counts()[state] == 1


@pytest.mark.parametrize("state", DeliveryState)
def test_a_message_whose_body_never_began_is_neither_sent_nor_unknown(
    store: Store, state: DeliveryState
) -> None:
    queue(store)
    (claimed,) = store.deliveries.claim(9, NOW, resend_unknown=True)
    result = Result(delivery=claimed.id, epoch=claimed.epoch, state=state, reply="")
    store.deliveries.commit([result], [], NOW)
    possible = {DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.FAILED}
    expected = state if state in possible else DeliveryState.CLAIMED
    assert store.deliveries.counts()[expected] == 1


def test_a_status_changes_only_from_where_it_was_seen(store: Store) -> None:
    number = reader(store)
    assert not store.subscribers.set_status(number, Status.ACTIVE, NOW, was=Status.PENDING)
    assert store.subscribers.set_status(number, Status.PAUSED, NOW, was=Status.ACTIVE)
    assert store.subscribers.set_status(number, Status.LEFT, NOW)
    assert not store.subscribers.set_status(SubscriberId(number + 1), Status.LEFT, NOW)

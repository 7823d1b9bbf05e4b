from datetime import timedelta

from digest.model import Bounce, BounceKind, Delivery, DeliveryId, Sending
from digest.store import Store
from digest.store.bounces import Tally, insert_bounce
from tests.builders import NOW, database_of
from tests.mail.returns import WEEK, publish, send, subscribe

DEAD, SOFT, OURS, COMPLAINT = (
    BounceKind.DEAD,
    BounceKind.SOFT,
    BounceKind.OURS,
    BounceKind.COMPLAINT,
)


def bounce(delivery: Delivery, kind: BounceKind = DEAD, name: str = "1") -> Bounce:
    return Bounce(
        key=f"{delivery.id}/{kind}/{name}",
        delivery=delivery.id,
        kind=kind,
        status="5.1.1",
        words="550 no",
    )


def one(store: Store, week: int = 0) -> Delivery:
    return send(store, publish(store, week), NOW + week * WEEK)[0]


def test_a_bounce_is_kept_once_and_comes_back_with_its_delivery(store: Store) -> None:
    taro = subscribe(store)
    delivery = one(store)
    assert store.bounces.add(bounce(delivery), NOW)
    assert not store.bounces.add(bounce(delivery), NOW)
    (waiting,) = store.bounces.waiting(9)
    assert waiting.bounce == bounce(delivery)
    assert (waiting.key, waiting.kind, waiting.address) == (
        delivery.key,
        delivery.kind,
        delivery.address,
    )
    assert (waiting.subscriber, waiting.queued_at) == (taro, delivery.queued_at)
    assert waiting.issue is not None


def test_a_bounce_of_a_delivery_that_is_gone_is_not_kept(store: Store) -> None:
    subscribe(store)
    missing = Bounce(key="k", delivery=DeliveryId(99), kind=DEAD, status="", words="")
    assert not store.bounces.add(missing, NOW)


def test_a_bounce_may_be_kept_in_a_larger_transaction(store: Store) -> None:
    subscribe(store)
    delivery = one(store)
    with database_of(store).transaction() as connection:  # as the outbox does
        assert insert_bounce(connection, bounce(delivery), NOW)
    assert len(store.bounces.waiting(9)) == 1


def test_the_oldest_bounces_come_first_and_only_so_many(store: Store) -> None:
    subscribe(store)
    delivery = one(store)
    for name in "abc":
        store.bounces.add(bounce(delivery, name=name), NOW)
    assert [b.bounce.key[-1] for b in store.bounces.waiting(2)] == ["a", "b"]
    first = store.bounces.waiting(1)[0]
    assert store.bounces.settle(first.id, "why", NOW, move=None, barred=None)
    assert [b.bounce.key[-1] for b in store.bounces.waiting(9)] == ["b", "c"]


def test_the_history_of_a_reader_tells_what_arrived_and_what_came_back(store: Store) -> None:
    taro = subscribe(store)
    deliveries = [one(store, week) for week in range(4)]
    publish(store, 4)  # queued: nobody knows yet
    store.bounces.add(bounce(deliveries[1], OURS), NOW)
    for kind in (COMPLAINT, SOFT, OURS):
        store.bounces.add(bounce(deliveries[3], kind), NOW)
    history = store.bounces.history(taro)
    assert [at for at, _ in history] == [NOW + week * WEEK for week in range(4)]
    assert [back and back.kind for _, back in history] == [None, OURS, None, SOFT]


def test_a_refused_issue_is_part_of_the_history(store: Store) -> None:
    taro = subscribe(store)
    issue = publish(store)
    (delivery,) = store.deliveries.of_issue(issue)
    assert store.bounces.history(taro) == []
    store.bounces.add(bounce(delivery, SOFT), NOW)
    assert store.bounces.history(taro) == [(NOW, bounce(delivery, SOFT))]


def test_a_tally_counts_messages_not_reports_and_begins_anew_after_a_resume(store: Store) -> None:
    for name in ("a", "b", "c", "d"):
        subscribe(store, name)
    issue = publish(store)
    a, b, c, _ = send(store, issue, NOW, most=3)
    for name in "12":
        store.bounces.add(bounce(a, DEAD, name), NOW)
    store.bounces.add(bounce(a, OURS), NOW)
    store.bounces.add(bounce(b, OURS), NOW)
    store.bounces.add(bounce(c, SOFT), NOW)
    tally = Tally(
        edition="weekly",
        period="2026-W47",
        sending=Sending.OPEN,
        since=None,
        hard=2,
        ours=2,
        attempted=3,
        open=1,
    )
    assert store.bounces.tally(issue) == tally
    store.issues.pause(issue, "too many", NOW)
    later = NOW + timedelta(hours=1)
    store.issues.resume(issue, later)
    resumed = store.bounces.tally(issue)
    assert (resumed.since, resumed.hard, resumed.attempted) == (later, 0, 3)
    store.bounces.add(bounce(c, DEAD), later + timedelta(seconds=1))
    assert store.bounces.tally(issue).hard == 1


def test_a_bounce_counts_for_its_own_issue_only(store: Store) -> None:
    subscribe(store)
    first, second = publish(store), publish(store, 1)
    (delivery,) = store.deliveries.of_issue(first)
    store.bounces.add(bounce(delivery), NOW)
    assert store.bounces.tally(first).hard == 1
    assert store.bounces.tally(second).hard == 0

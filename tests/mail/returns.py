"""Readers, issues that went to them, and what came back."""

from datetime import datetime, timedelta

from digest.mail.reports import Report, Trace
from digest.model import (
    BounceKind,
    Choice,
    Consent,
    Delivery,
    DeliveryState,
    Issue,
    IssueId,
    Period,
    Preferences,
    Segment,
    Status,
    SubscriberId,
)
from digest.store import Store
from digest.store.attempts import Result
from digest.subscribers.addresses import address_key
from digest.subscribers.tokens import address_hash
from tests.builders import NOW

WEEK = timedelta(weeks=1)
AGREED = NOW - 52 * WEEK


def subscribe(store: Store, name: str = "taro") -> SubscriberId:
    """An active reader of the weekly edition, of a year's standing."""
    address = f"{name}@reader.example"
    added = store.subscribers.add(
        address,
        address_key(address),
        name=name,
        status=Status.ACTIVE,
        preferences=Preferences(),
        consent=Consent(at=AGREED, how="form", words="yes"),
        now=AGREED,
    )
    assert added is not None
    return added


def publish(store: Store, week: int = 0) -> IssueId:
    """The issue of so many weeks from now, with a delivery for each reader."""
    at = NOW + week * WEEK
    made = Issue(
        edition="weekly",
        period=Period(key=f"2026-W{47 + week}", start=at - WEEK, end=at),
        title="Kuruma Weekly",
        frozen_at=at,
        stories=(),
        entries_read=0,
    )
    parts = [Segment(choice=Choice(), subject="s", html="<p>", text="t", stories=1)]
    added = store.issues.add(made, parts)
    assert isinstance(added, int)
    return IssueId(added)


def send(store: Store, issue: IssueId, now: datetime, most: int = 1000) -> list[Delivery]:
    """Have deliveries accepted by their servers; gives those of the issue, whatever became of it.

    At most so many leave.
    """
    claimed = store.deliveries.claim(most, now, resend_unknown=True)
    begun = store.deliveries.commit([], claimed, now)
    store.deliveries.commit(
        [
            Result(delivery=d.id, epoch=d.epoch, state=DeliveryState.SENT, reply=f"250 {d.address}")
            for d in claimed
            if d.id in begun
        ],
        [],
        now,
    )
    return store.deliveries.of_issue(issue)


def report(
    delivery: Delivery, kind: BounceKind = BounceKind.DEAD, status: str = "5.1.1", name: str = "1"
) -> Report:
    """A report that quotes the address."""
    return Report(
        identity=name,
        trace=Trace(number=delivery.id, key=delivery.key),
        kind=kind,
        status=status,
        words=f"550 {status} <{delivery.address}> no",
    )


def hashed(store: Store, address: str = "taro@reader.example") -> str:
    """The address as the suppression list has it."""
    return address_hash(store.secret(), address_key(address))


def status(store: Store, subscriber: SubscriberId) -> Status | None:
    """Where a reader stands; None: erased."""
    found = store.subscribers.get(subscriber)
    return None if found is None else found.status

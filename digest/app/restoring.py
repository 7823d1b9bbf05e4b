"""`digest restore`: puts a backup in place, holds what is in doubt, and obeys what is said of it.

store/restoring.py has what becomes of the data; here the calendar says which issues have been due
since the backup was made.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.errors import StoreError
from digest.issues.publish import undecided
from digest.model import DeliveryState, Issue, Notice, NoticeKind, Verdict
from digest.settings import Settings
from digest.store import Store
from digest.store.database import lock
from digest.store.restored import BY
from digest.store.restoring import (
    Found,
    Prepared,
    examine,
    make_ready,
    put_in_place,
    workshop,
)
from digest.subscribers.addresses import fold
from digest.subscribers.tokens import address_hash

WAS_SENT = "it had been sent before the restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a restore has come to."""

    backup: Found
    prepared: Prepared
    issues: tuple[str, ...]  # that are held: "weekly 2026-W47"
    aside: Path | None  # where the database is now that was in place


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the operator's word has done."""

    messages: int
    issues: int
    left_out: int = 0  # messages that nobody waits for any more


def restore(settings: Settings, file: Path, now: datetime, *, bring_back: bool) -> Outcome:
    """Put a backup in the place of the database, which is set aside.

    Nothing is changed before the copy is ready. Raises LockedError if a service is at work,
    StoreError if the backup cannot be used.
    """
    state = settings.state
    with lock(state):
        backup = examine(file)
        try:
            with workshop(state, file) as folder:
                prepared = make_ready(
                    folder, file, backup, state / "digest.db", bring_back=bring_back, now=now
                )
                with Store.open(folder) as store:
                    issues = _hold_issues(settings, store, now) if prepared.since is None else ()
                    if not (prepared.held or issues):
                        store.restored.settled()
                    _tell(store, file, prepared, issues, now)
                aside = put_in_place(state, folder / "digest.db", now)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{state}: {file} could not be put in place ({error}); what was there is there yet"
            ) from error
    return Outcome(backup=backup, prepared=prepared, issues=issues, aside=aside)


def resume(store: Store, now: datetime) -> Settlement:
    """Send what a restore has held, and let its issues go: none of it has been sent before."""
    secret = store.secret()
    with store.transaction():
        held, issues = store.restored.held(), _held_issues(store)
        done = store.outbox.retry(
            now,
            deliveries=held,
            address_hash=lambda address: address_hash(secret, fold(address)),
        )
        for edition, period in issues:
            store.reviews.decide(edition, period, Verdict.APPROVED, BY, now)
        store.restored.settled()
    left_out = sum(done.left_out.values())
    return Settlement(messages=done.queued, issues=len(issues), left_out=left_out)


def discard(settings: Settings, store: Store, now: datetime) -> Settlement:
    """Send nothing of what a restore has held: all of it had been sent before."""
    with store.transaction():
        held, issues = store.restored.held(), _held_issues(store)
        for delivery in held:
            store.outbox.resolve(delivery, DeliveryState.DROPPED, WAS_SENT, now)
        for edition in settings.editions.values():
            for owed in undecided(edition, store, catch_up=settings.catch_up, now=now):
                if (edition.name, owed.period.key) in issues:
                    issue = Issue(
                        edition=edition.name,
                        period=owed.period,
                        title=settings.title,
                        frozen_at=now,
                        stories=(),
                        entries_read=0,
                    )
                    store.restored.was_sent(issue, WAS_SENT)
        store.restored.settled()
    return Settlement(messages=len(held), issues=len(issues))


def _hold_issues(settings: Settings, store: Store, now: datetime) -> tuple[str, ...]:
    """Hold every issue that is due and that the backup does not have."""
    held = []
    for edition in settings.editions.values():
        store.issues.since(edition.name, now)
        for owed in undecided(edition, store, catch_up=settings.catch_up, now=now):
            store.reviews.decide(edition.name, owed.period.key, Verdict.HELD, BY, now)
            held.append(f"{edition.name} {owed.period.key}")
    return tuple(held)


def _held_issues(store: Store) -> Sequence[tuple[str, str]]:
    return [(r.edition, r.period) for r in store.reviews.held() if r.decided_by == BY]


def _tell(
    store: Store, file: Path, prepared: Prepared, issues: Sequence[str], now: datetime
) -> None:
    if prepared.since is None and not (prepared.held or issues):
        words = "What was sent since then is not known here; nothing of it was still to be sent."
    elif prepared.since is not None:
        words = "All that was read and sent since then was taken over; nothing is sent again."
    else:
        words = (
            f"What was sent since then is not known here: {prepared.held} messages and"
            f" {len(issues)} issues are held. `digest restore --resume` sends them, `digest restore"
            " --discard` lets them be, as sent before."
        )
    notice = Notice(
        kind=NoticeKind.STATE_RESTORED,
        about=file.name,
        words=f"The state was restored from {file}. {words}",
    )
    store.notices.raise_(notice, now)

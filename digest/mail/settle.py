"""Walks bounces through: from a report to its delivery, and from there to all that follows.

A bounce is kept before the mail that told of it is moved, and settled afterwards, each in a
transaction of its own: a kill in between leaves work that the next call finds.
"""

from dataclasses import dataclass
from datetime import datetime

from digest.logs import Log
from digest.mail.bounces import HARD, too_many, verdict
from digest.mail.reports import Report
from digest.model import Bounce, IssueId, Notice, NoticeKind, Sending
from digest.store import Store
from digest.store.bounces import Barred, Move, Tally, WaitingBounce
from digest.subscribers.addresses import address_key
from digest.subscribers.lifecycle import after
from digest.subscribers.tokens import address_hash

log = Log(__name__)

BATCH = 20  # bounces a call, so that nobody else waits long for the store


@dataclass(frozen=True, slots=True)
class Unknown:
    """A report on a delivery that the store does not have, or no longer."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that counts; `again` if it was counted before."""

    again: bool


def keep(store: Store, report: Report, now: datetime) -> Kept | Unknown:
    """Keep what a report says of one of our deliveries. Safe to repeat."""
    trace = report.trace
    delivery = store.bounces.find(number=trace.number, key=trace.key, reader=trace.reader)
    if delivery is None:
        return Unknown()
    bounce = Bounce(
        key=f"report/{delivery}/{report.identity}",
        delivery=delivery,
        kind=report.kind,
        status=report.status,
        words=report.words,
    )
    return Kept(again=not store.bounces.add(bounce, now))


def settle(store: Store, now: datetime) -> int:
    """Do what follows from bounces that wait, a batch of them; gives how many that were.

    Safe to repeat, and wanted after a kill.
    """
    waiting = store.bounces.waiting(BATCH)
    issues = {w.issue for w in waiting if w.issue is not None and w.bounce.kind in HARD}
    for issue in sorted(issues):
        _pause_if_too_many(store, issue, now)
    moved = sum(_settle_one(store, bounce, now) for bounce in waiting)
    if waiting:
        log.info("bounces.settled", bounces=len(waiting), readers_moved=moved)
    return len(waiting)


def _settle_one(store: Store, waiting: WaitingBounce, now: datetime) -> bool:
    """Do what follows from one; whether its reader's status has changed."""
    bounce, subscriber = waiting.bounce, waiting.subscriber
    reader = None if subscriber is None else store.subscribers.get(subscriber)
    found = verdict(
        bounce,
        of=waiting.kind,
        queued_at=waiting.queued_at,
        reader=reader,
        issues=[] if reader is None else store.bounces.history(reader.id),
        now=now,
    )
    why = f"{found.why}: {waiting.key}"
    move = barred = None
    if reader is not None and found.event is not None:
        to = after(reader.status, found.event)
        move = None if to is None else Move(subscriber=reader.id, was=reader.status, to=to)
    if found.suppress is not None and waiting.address:
        hashed = address_hash(store.secret(), address_key(waiting.address))
        barred = Barred(address_hash=hashed, reason=found.suppress)
    if not store.bounces.settle(waiting.id, why, now, move=move, barred=barred):
        return False
    log.debug(
        "bounce.settled",
        delivery=bounce.delivery,
        kind=bounce.kind,
        status=bounce.status,
        subscriber=subscriber,
        to=None if move is None else move.to,
        why=found.why,
    )
    return move is not None


def _pause_if_too_many(store: Store, issue: IssueId, now: datetime) -> None:
    """Stop an issue of which too much comes back, and tell the operator, once each time.

    Where all of it has been sent there is nothing to stop, and a word to the operator is all.

    The notice first: its key says which opening of the issue it ends, so that a repeat after a
    kill tells nobody twice.
    """
    tally = store.bounces.tally(issue)
    if tally.sending is not Sending.OPEN or not too_many(tally.hard, tally.attempted):
        return
    kind = NoticeKind.ISSUE_PAUSED if tally.open else NoticeKind.ISSUE_RETURNED
    notice = Notice(
        kind=kind,
        about=f"{tally.edition} {tally.period}",
        words=_words(tally),
    )
    store.notices.raise_(notice, now)
    if not tally.open:
        return
    store.issues.pause(issue, f"{tally.hard} of {tally.attempted} messages came back", now)
    log.warning(
        "issue.paused",
        edition=tally.edition,
        period=tally.period,
        hard=tally.hard,
        ours=tally.ours,
        attempted=tally.attempted,
    )


def _words(tally: Tally) -> str:
    issue = f"{tally.edition} {tally.period}"
    named = f"{tally.period} --edition {tally.edition}"
    then = (
        "The rest waits, because mailbox providers close their doors to lists that go on. Look at"
        f" the answers (digest prove {named}), mend what they name, then: digest issue resume"
        f" {named}"
        if tally.open
        else "All of it had been sent, so nothing was stopped. Look at the answers (digest prove"
        f" {named}) before the next issue: mailbox providers close their doors to lists that go on"
    )
    return (
        f"{tally.hard} of {tally.attempted} messages of {issue} came back for good:"
        f" {tally.hard - tally.ours} from addresses that do not exist, {tally.ours} because of us"
        " (policy, content or reputation). The dead addresses are suspended already. "
        f"{then}"
    )

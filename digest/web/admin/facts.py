"""How the service stands, read from the store in one go: what health, metrics and the page tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.feeds.health import Condition, condition
from digest.issues.review import UpcomingIssue, upcoming_issues
from digest.model import DeliveryState, FeedId, PollState, Sending, Status, StoredNotice
from digest.settings import Feed, Settings
from digest.store import Store
from digest.store.issues import FoundIssue, IssueOutcome
from digest.store.trouble import Trouble
from digest.upkeep import newest, taken_at

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """How one feed is."""

    feed: Feed
    state: PollState
    condition: Condition
    week: int  # entries it brought in seven days


class IssueState(StrEnum):
    """What became of the newest issue of an edition."""

    NONE = "none"  # there was none yet
    EMPTY = "empty"
    SKIPPED = "skipped"
    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFacts:
    """How one edition is."""

    coming: UpcomingIssue
    newest: str  # the period of the newest issue, "" before the first
    state: IssueState


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How everything is at a moment."""

    now: datetime
    settings: Settings
    feeds: tuple[FeedFacts, ...]  # those that are enabled
    last_poll: datetime | None  # when the last round ended
    entries_waiting: int
    stories: int  # with reports of the last seven days
    editions: tuple[EditionFacts, ...]
    outbox: Mapping[DeliveryState, int]
    due: int  # messages that could leave now
    trouble: Trouble | None
    readers: Mapping[Status, int]
    notices: tuple[StoredNotice, ...]  # that are open
    alerts: int  # of the last seven days
    backup: datetime | None  # the newest; None: there is none
    schema_fits: bool


def read_facts(settings: Settings, store: Store, now: datetime) -> Facts:
    """How everything is now. In the store's thread; takes milliseconds. Raises StoreError."""
    last = store.requests.last_run("poll")
    outbox = store.deliveries.counts()
    return Facts(
        now=now,
        settings=settings,
        feeds=_feeds(settings, store, now),
        last_poll=None if last is None else last.finished_at,
        entries_waiting=store.entries.count_waiting(),
        stories=store.figures.stories(now - WEEK),
        editions=_editions(settings, store, now),
        outbox={state: outbox[state] for state in DeliveryState},
        due=store.deliveries.due(now, resend_unknown=settings.mail.resend_unknown),
        trouble=store.trouble.get(),
        readers=store.subscribers.count(),
        notices=tuple(store.notices.open()),
        alerts=store.alerts.count(now - WEEK),
        backup=_newest_backup(settings, now),
        schema_fits=store.figures.schema_fits(),
    )


def _feeds(settings: Settings, store: Store, now: datetime) -> tuple[FeedFacts, ...]:
    states: Mapping[FeedId, PollState] = store.feeds.states()
    week = store.figures.entries_of_feeds(now - WEEK)
    return tuple(
        FeedFacts(
            feed=feed,
            state=(state := states.get(feed.id, PollState())),
            condition=condition(state, now),
            week=week.get(feed.id, 0),
        )
        for feed in settings.feeds
        if feed.enabled
    )


def _editions(settings: Settings, store: Store, now: datetime) -> tuple[EditionFacts, ...]:
    coming = upcoming_issues(settings.editions.values(), store, settings=settings, now=now, count=1)
    first = {one.edition.name: one for one in reversed(coming)}  # what is due is before what comes
    found = []
    for one in (one for one in coming if first[one.edition.name] is one):
        latest = next(iter(store.issues.newest(1, one.edition.name)), None)
        period = "" if latest is None else latest.issue.period.key
        found.append(EditionFacts(coming=one, newest=period, state=_state(latest, store)))
    return tuple(found)


def _state(issue: FoundIssue | None, store: Store) -> IssueState:
    if issue is None:
        return IssueState.NONE
    match issue.outcome, issue.sending:
        case IssueOutcome.EMPTY, _:
            return IssueState.EMPTY
        case IssueOutcome.SKIPPED, _:
            return IssueState.SKIPPED
        case _, Sending.PAUSED:
            return IssueState.PAUSED
        case _, Sending.CANCELLED:
            return IssueState.CANCELLED
        case _:
            return IssueState.SENDING if store.deliveries.counts(issue.id).open else IssueState.SENT


def _newest_backup(settings: Settings, now: datetime) -> datetime | None:
    try:
        name = newest([path.name for path in settings.backups.iterdir()], now)
    except OSError:  # there is no such folder yet
        return None
    return None if name is None else taken_at(name)

"""How things stand, as one value: whatever is wrong with feeds.toml, the state can still tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from digest.errors import Problem
from digest.feeds.health import FeedsHealth, health_of
from digest.issues.calendar import upcoming
from digest.model import Counts, Period, Review, Status, StoredNotice
from digest.settings import Settings
from digest.store import Store
from digest.store.channels import ChannelTrouble
from digest.store.holder import Holder, holder_of
from digest.store.issues import FoundIssue
from digest.store.outbox import IssueRun
from digest.store.requests import NETWORK_DOWN
from digest.store.trouble import Trouble
from digest.upkeep import newest, taken_at

_ISSUES = 5  # the latest, of which some may be on their way
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Messages that a restore has left to the operator's word."""

    file: str  # of the backup
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What only a configuration that is right can tell."""

    title: str
    zone: tzinfo
    feeds: FeedsHealth
    next_edition: str
    next_period: Period
    next_try: datetime | None  # of a message that waits for its time
    channels: Mapping[str, ChannelTrouble]
    backup: datetime | None  # when the newest was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at a moment."""

    now: datetime
    configured: Configured | None
    problems: tuple[Problem, ...]  # why it is not configured
    holder: Holder | None  # any command that polls or sends looks like the service meanwhile
    rejected: datetime | None  # since when the service goes on with what feeds.toml said before
    last_poll: datetime | None
    network_down: bool  # it reached nobody, and that seems to be our own network's fault
    entries_waiting: int
    readers: int
    pending: int  # asked to confirm
    alerts: int  # of seven days
    last_issue: FoundIssue | None
    messages: Counts
    server_says: str | None  # of a message that waits
    trouble: Trouble | None
    restored: Held | None
    held: tuple[Review, ...]
    sending: tuple[IssueRun, ...]
    notices: tuple[StoredNotice, ...]  # that are open


def standing(
    store: Store,
    state: Path,
    settings: Settings | None,
    now: datetime,
    *,
    problems: tuple[Problem, ...] = (),
) -> Standing:
    """How things stand; without `settings` as far as the folder of the state can tell."""
    readers = store.subscribers.count()
    newest_issues = store.issues.newest(1)
    rejection, last_poll = store.service.rejection(), store.requests.last_run("poll")
    return Standing(
        now=now,
        configured=None if settings is None else _configured(store, settings, now),
        problems=problems,
        holder=holder_of(state),
        rejected=None if rejection is None else rejection.since,
        last_poll=None if last_poll is None else last_poll.finished_at,
        network_down=last_poll is not None and bool(last_poll.summary.get(NETWORK_DOWN)),
        entries_waiting=store.entries.count_waiting(),
        readers=readers.get(Status.ACTIVE, 0),
        pending=readers.get(Status.PENDING, 0),
        alerts=store.alerts.count(now - _WEEK),
        last_issue=newest_issues[0] if newest_issues else None,
        messages=store.deliveries.counts(),
        server_says=store.outbox.last_reply(),
        trouble=store.trouble.get(),
        restored=_restored(store),
        held=tuple(store.reviews.held()),
        sending=tuple(run for run in store.outbox.runs(_ISSUES) if run.counts.open),
        notices=tuple(store.notices.open()),
    )


def _configured(store: Store, settings: Settings, now: datetime) -> Configured:
    coming = [
        (period.end, edition.name, period)
        for edition in settings.editions.values()
        for period in upcoming(edition, store.issues.keys(edition.name), now, 1)
    ]
    _, edition, period = min(coming, key=lambda each: each[:2])
    return Configured(
        title=settings.title,
        zone=settings.zone,
        feeds=health_of(settings.feeds, store.feeds.states(), now),
        next_edition=edition,
        next_period=period,
        next_try=store.deliveries.next_due(resend_unknown=settings.mail.resend_unknown),
        channels=store.channels.troubles(settings.alerts.channels),
        backup=_newest_in(settings.backups, now),
    )


def _restored(store: Store) -> Held | None:
    last = store.restored.last()
    if last is None or not last.waits:
        return None
    return Held(file=last.file, messages=len(store.restored.held()))


def _newest_in(folder: Path, now: datetime) -> datetime | None:
    """When the newest backup of the folder was made, by its name."""
    try:
        name = newest([file.name for file in folder.iterdir()], now)
    except OSError:
        return None
    return None if name is None else taken_at(name)

"""Follows a reader, or somebody who was one: all that went to and fro."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.app import App
from digest.errors import UsageError
from digest.issues.calendar import upcoming
from digest.issues.compose import select
from digest.model import Period, Status, Subscriber
from digest.store.persons import PersonRecord
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.tokens import address_hash

TOP = 5  # headlines of a reader's next issue that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class NextIssue:
    """What a reader's next issue would tell them now."""

    edition: str
    period: str
    due: datetime
    stories: int
    headlines: tuple[str, ...]  # the first ones
    why_not: str = ""  # why they get none


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTold:
    """All that happened between somebody and the list."""

    address: str
    reader: Subscriber | None
    record: PersonRecord
    next: NextIssue | None


def person_told(app: App, address: str) -> PersonTold:
    """All that is kept of somebody. Raises UsageError where nothing is."""
    try:
        key, normal = address_key(address), normalise(address)
    except ValueError as error:
        raise UsageError(str(error)) from error
    store = app.store
    reader = store.subscribers.by_key(key)
    hashed = address_hash(store.secret(), key)
    record = store.persons.record(normal, hashed, None if reader is None else reader.id)
    if reader is None and record.is_empty:
        raise UsageError(f"nothing is kept of {normal}: they do not subscribe and never did")
    coming = None if reader is None else _next_issue(app, reader)
    return PersonTold(address=normal, reader=reader, record=record, next=coming)


def _next_issue(app: App, reader: Subscriber) -> NextIssue | None:
    edition = app.settings.editions.get(reader.preferences.rhythm)
    if edition is None:
        return None
    now = app.clock()
    (period,) = upcoming(edition, app.store.issues.keys(edition.name), now, 1)
    base = NextIssue(
        edition=edition.name, period=period.key, due=period.end, stories=0, headlines=()
    )
    if reader.status is not Status.ACTIVE:
        until = reader.paused_until  # of who is paused
        if until is None or until > period.end:
            return replace(base, why_not=f"they get none: they are {reader.status}")
    issue = app.issues.draft(edition, _begun(period, now))
    choice = reader.preferences.choice
    chosen = select(issue, choice, app.settings.max_stories)
    told = tuple(story.headline(choice.language).title for story in chosen[:TOP])
    return replace(base, stories=len(chosen), headlines=told)


def _begun(period: Period, now: datetime) -> Period:
    """The period, of which a draft can be made also in the second in which it begins."""
    return period if now > period.start else replace(period, start=now - timedelta(seconds=1))

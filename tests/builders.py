"""Values with defaults, so that a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from digest.model import (
    ClusterId,
    CompanyId,
    CompanyTag,
    Entry,
    EntryId,
    FeedId,
    FeedKind,
    NewEntry,
    Report,
    Role,
    StoredEntry,
    Story,
    StoryId,
    Tags,
    TopicId,
    TopicTag,
)
from digest.store import Store
from digest.store.database import Database

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)


def database_of(store: Store) -> Database:
    """What a store holds, for what no query of its own shows, or only a fault would write."""
    return store._database  # noqa: SLF001  # here, so that no test does


def entry(**given: Any) -> Entry:
    """An entry of a trade paper, an hour old."""
    number = given.pop("number", 1)
    defaults: dict[str, Any] = {
        "feed": FeedId("trade"),
        "guid": f"guid-{number}",
        "url": f"https://trade.example/{number}",
        "title": "Nissan to close two plants in Japan",
        "summary": "",
        "published": NOW - timedelta(hours=1),
        "dated": True,
        "lang": "en",
        "outlet": "Trade Paper",
    }
    return Entry(**(defaults | given))


def as_new(*entries: Entry) -> list[NewEntry]:
    """Entries as a poll records them that tells them for the first time."""
    return [NewEntry(entry=told, title_key="") for told in entries]


def tags(
    *, companies: tuple[str, ...] = (), topics: tuple[str, ...] = (), relevant: bool = True
) -> Tags:
    """Tags that make each company a subject."""
    return Tags(
        companies=tuple(
            CompanyTag(company=CompanyId(c), role=Role.SUBJECT, score=3.0, evidence=())
            for c in companies
        ),
        topics=tuple(TopicTag(topic=TopicId(t), score=3.0, evidence=()) for t in topics),
        relevant=relevant,
    )


def report(
    number: int = 1,
    *,
    companies: tuple[str, ...] = ("nissan",),
    topics: tuple[str, ...] = ("production",),
    relevant: bool = True,
    cluster: int | None = None,
    owner: str | None = None,
    kind: FeedKind = FeedKind.TRADE,
    weight: float = 1.0,
    **given: Any,
) -> Report:
    """A report by an owner of its own."""
    told = entry(number=number, **given)
    return Report(
        stored=StoredEntry(id=EntryId(number), entry=told, first_seen=told.published),
        tags=tags(companies=companies, topics=topics, relevant=relevant),
        cluster=ClusterId(number if cluster is None else cluster),
        owner=owner or f"owner-{number}",
        kind=kind,
        weight=weight,
    )


def story(number: int = 1, *reports: Report) -> Story:
    """A story; of one report where none are given."""
    return Story(id=StoryId(number), reports=reports or (report(number),))

"""A newsroom: reports that lie in a store as ingest leaves them, and the looks at them."""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.alerts.mailing import mail_waiting
from digest.alerts.usual import KnownHabits
from digest.alerts.watch import watch
from digest.issues.press import Press
from digest.issues.render import Renderer
from digest.model import (
    OPEN_STATES,
    ClusterId,
    EntryId,
    FeedId,
    FeedKind,
    NewEntry,
    Placement,
    PollState,
    Raised,
    TopicId,
)
from digest.settings import AlertSettings, Feed, Settings
from digest.shipped import TEMPLATES
from digest.store import Store
from digest.store.outbox import OutboxRow
from tests.alerts.builders import settings
from tests.builders import NOW, entry, tags
from tests.stories.builders import built_in

LONG_AGO = NOW - timedelta(days=40)
OPERATOR = "op@example.org"


@dataclass
class Newsroom:
    """A store with news, a clock that a test moves, and what looks and mails."""

    store: Store
    settings: Settings
    now: datetime = NOW
    planned: Collection[TopicId] = ()
    templates: Sequence[Path] = (TEMPLATES,)
    _count: int = 0
    _feeds: set[str] = field(default_factory=set)

    def follow(self, name: str, since: datetime = LONG_AGO) -> FeedId:
        """A feed that was first read then."""
        feed = Feed(id=FeedId(name), url=f"https://{name}.example/feed", title=name)
        if name not in self._feeds:
            self._feeds.add(name)
            self.store.feeds.sync([feed], since)
            self.store.feeds.record(feed.id, PollState(last_success=since), [], since)
        return feed.id

    def publish(
        self,
        story: int = 1,
        *,
        owners: int = 1,
        hours: float = 1,
        companies: tuple[str, ...] = ("nissan",),
        topics: tuple[str, ...] = ("production",),
        kind: FeedKind = FeedKind.TRADE,
        relevant: bool = True,
        **given: Any,
    ) -> None:
        """So many outlets tell a story, and ingest has seen it."""
        told = tags(companies=companies, topics=topics, relevant=relevant)
        placements = []
        for _ in range(owners):
            self._count += 1
            name = given.get("feed", f"outlet{self._count}")
            fields = {"published": self.now - timedelta(hours=hours), "outlet": name} | given
            fields["feed"] = self.follow(name)
            one = entry(number=self._count, **fields)
            state = PollState(last_success=self.now)
            self.store.feeds.record(one.feed, state, [NewEntry(entry=one, title_key="")], self.now)
            placements.append(
                Placement(
                    entry=EntryId(self._count),
                    tags=told,
                    cluster=ClusterId(story),
                    owner=name,
                    kind=kind,
                    weight=1.0,
                )
            )
        self.store.entries.place(placements, [], self.now)

    def look(self) -> tuple[Raised, ...]:
        """Look at what has changed."""
        return watch(
            self.store,
            self.settings,
            self.planned,
            KnownHabits(self.store).at,
            self.now,
        )

    def raised(self) -> list[int]:
        """The stories that a look raises."""
        return [int(each.alert.story.story) for each in self.look()]

    def mail(self) -> list[OutboxRow]:
        """What is in the outbox after all who are due were written to."""
        mail_waiting(self.press)
        return self.store.outbox.rows(states=OPEN_STATES)

    @property
    def press(self) -> Press:
        return Press(
            store=self.store,
            renderer=Renderer(self.templates),
            settings=self.settings,
            lexicon=built_in().lexicon,
            now=self.now,
        )


def newsroom_with(store: Store, alerts: AlertSettings, operator: str | None = OPERATOR) -> Newsroom:
    """A newsroom with these rules."""
    return Newsroom(store, settings(Path(tempfile.gettempdir()), operator=operator, alerts=alerts))


@pytest.fixture
def newsroom(store: Store) -> Newsroom:
    """A newsroom whose operator waits for what breaks."""
    return newsroom_with(store, AlertSettings())

"""The composition root: settings become wired parts, and the parts become the verbs of the product.

The service, the command line and the demo call these same methods; none of them wires anything
itself. A command is a process of its own and uses a few of the parts: each is imported when it is
first asked for, which saves a short command a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from digest.app.project import Project
from digest.store import Store, StoreThread

if TYPE_CHECKING:
    from digest.app.alerts import Alerts
    from digest.app.apart import Checked
    from digest.app.archive import Archive
    from digest.app.feeds import Feeds
    from digest.app.issues import Issues
    from digest.app.keeping import Keeping
    from digest.app.mail import Mail
    from digest.app.notices import Notices
    from digest.app.readers import Readers
    from digest.app.reviewing import Reviewing
    from digest.app.stories import Stories
    from digest.clock import Clock
    from digest.settings import Settings
    from digest.stories.ingest import IngestSummary
    from digest.subscribers.desk import Desk
    from digest.web.admin.front import Watched
    from digest.web.site import Site

__all__ = ["App", "open_app"]


class _Succession:
    """Which of all apps that were handed over is in charge; one that is not need not be kept."""

    __slots__ = ("last",)

    def __init__(self, first: App) -> None:
        self.last = first


class App(Project):
    """One project, wired. Made by `open_app`; not safe for two threads at once."""

    def __init__(self, settings: Settings, store: Store, db: StoreThread, clock: Clock) -> None:
        super().__init__(settings, store, db, clock)
        self._polling = asyncio.Lock()
        self._succession = _Succession(self)

    def hand_over(self, checked: Checked) -> App:
        """The app with other settings that is in charge from now on. In the store's thread.

        What is under way here goes on to its end; the stories are made by the heir, because only
        one index of them can be right.
        """
        heir = App(checked.settings, self.store, self.db, self.clock)
        heir._polling = self._polling
        heir.renderer = checked.renderer
        same = checked.lexicon == self.lexicon
        heir.lexicon = self.lexicon if same else checked.lexicon
        if same:
            heir.own_stories.go_on_from(self.own_stories)
        self.__dict__.pop("own_stories", None)  # nobody asks their index any more
        if heir.settings.mail == self.settings.mail:
            heir.mail.restraint = self.mail.restraint
        heir._succession = self._succession
        heir._succession.last = heir
        return heir

    @cached_property
    def feeds(self) -> Feeds:
        """From the web to entries."""
        from digest.app.feeds import Feeds

        return Feeds(self, self.take_in, self._polling)

    @property
    def stories(self) -> Stories:
        """From entries to stories, by whoever is in charge."""
        return self._succession.last.own_stories

    @cached_property
    def own_stories(self) -> Stories:
        """From entries to stories, by these settings."""
        from digest.app.stories import Stories

        return Stories(self)

    @cached_property
    def issues(self) -> Issues:
        """From stories to issues."""
        from digest.app.issues import Issues

        return Issues(self, self.ingest)

    @cached_property
    def alerts(self) -> Alerts:
        """From stories to what cannot wait for an issue."""
        from digest.app.alerts import Alerts

        return Alerts(self)

    @cached_property
    def archive(self) -> Archive:
        """From issues to pages that stay."""
        from digest.app.archive import Archive

        return Archive(self)

    @cached_property
    def keeping(self) -> Keeping:
        """What keeps the state whole."""
        from digest.app.keeping import Keeping

        return Keeping(self)

    @cached_property
    def mail(self) -> Mail:
        """From letters to mailboxes, and back."""
        from digest.app.mail import Mail

        return Mail(self, lambda: self.desk, lambda: self.reviewing)

    @cached_property
    def reviewing(self) -> Reviewing:
        """What the operator replies to drafts."""
        from digest.app.reviewing import Reviewing

        return Reviewing(self, self.issues, lambda: self.stories)

    @cached_property
    def notices(self) -> Notices:
        """What the operator has to know."""
        from digest.app.notices import Notices

        return Notices(self)

    @property
    def desk(self) -> Desk:
        """Where people join, confirm, choose and leave, however they ask for it."""
        return self.readers.desk

    def site(self) -> Site:
        """The pages where people do so, and read."""
        from digest.web.site import Site

        return Site(
            settings=self.settings,
            lexicon=self.lexicon,
            desk=self.desk,
            store=self.store,
            db=self.db,
            renderer=self.renderer,
            secret=self.store.secret(),
            clock=self.clock,
        )

    def watched(self) -> Watched:
        """What the operator sees of the service."""
        from digest.web.admin.front import Watched

        return Watched(
            settings=self.settings,
            store=self.store,
            db=self.db,
            clock=self.clock,
            draft=lambda: self.issues.coming(self.settings.first_edition),
        )

    def ingest(self) -> IngestSummary | None:
        """Make stories of the entries that wait.

        None if nothing waits: then neither the lexicon nor the live stories need be read.
        """
        if not self.store.entries.count_waiting() and not self.store.stages.new(1, 1):
            return None
        return self.stories.ingest()

    def take_in(self) -> IngestSummary | None:
        """Make stories of what a poll has brought, and alerts of those that cannot wait."""
        if self._succession.last is not self:
            return self._succession.last.take_in()
        placed = self.ingest()
        self.alerts.watch()
        return placed

    @cached_property
    def readers(self) -> Readers:
        """Who gets the issues."""
        from digest.app.readers import Readers

        return Readers(self, lambda: self.issues.render)


@contextmanager
def open_app(settings: Settings, clock: Clock, *, changes: bool = True) -> Iterator[App]:
    """Wire a project. Without `changes` the store is read only and need not exist.

    Raises StoreError for a bad state.
    """
    store = Store.open(settings.state) if changes else Store.open_to_read(settings.state)
    with store:
        db = StoreThread()
        try:
            yield App(settings, store, db, clock)
        finally:
            db.close()  # before the store: its last call must be over

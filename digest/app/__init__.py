"""The composition root: settings become wired parts, and the parts become the verbs of the product.

The service, the command line and the demo call these same methods; none of them wires anything
itself. A command is a process of its own and uses a few of the parts: each is imported when it is
first asked for, which saves a short command a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from digest.app.project import Project
from digest.store import Store, StoreThread

if TYPE_CHECKING:
    from digest.app.alerts import Alerts
    from digest.app.archive import Archive
    from digest.app.feeds import Feeds
    from digest.app.issues import Issues
    from digest.app.mail import Mail
    from digest.app.readers import Readers
    from digest.app.stories import Stories
    from digest.clock import Clock
    from digest.settings import Settings
    from digest.stories.ingest import IngestSummary
    from digest.subscribers.desk import Desk
    from digest.web.site import Site

__all__ = ["App", "open_app"]


class App(Project):
    """One project, wired. Made by `open_app`; not safe for two threads at once."""

    @cached_property
    def feeds(self) -> Feeds:
        """From the web to entries."""
        from digest.app.feeds import Feeds

        return Feeds(self, self.take_in)

    @cached_property
    def stories(self) -> Stories:
        """From entries to stories."""
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
    def mail(self) -> Mail:
        """From letters to mailboxes, and back."""
        from digest.app.mail import Mail

        return Mail(self, lambda: self.desk)

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

    def ingest(self) -> IngestSummary | None:
        """Make stories of the entries that wait.

        None if nothing waits: then neither the lexicon nor the live stories need be read.
        """
        if not self.store.entries.count_waiting() and not self.store.stages.new(1, 1):
            return None
        return self.stories.ingest()

    def take_in(self) -> IngestSummary | None:
        """Make stories of what a poll has brought, and alerts of those that cannot wait."""
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

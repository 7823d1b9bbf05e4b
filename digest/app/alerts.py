"""Alerts: what cannot wait, raised, mailed, and given to channels."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from digest.alerts.channels import Lines, Wire
from digest.alerts.chats import INSTALL, chat_problems, without_package
from digest.alerts.mailing import mail_waiting
from digest.alerts.trial import try_rule
from digest.alerts.usual import KnownHabits
from digest.alerts.watch import past, watch
from digest.app.project import Project
from digest.errors import ConfigError
from digest.issues.press import Press
from digest.logs import Log
from digest.model import Raised, TopicId
from digest.stories.rules import Rule

log = Log(__name__)


class Alerts:
    """The alerts of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock
        self._usual = KnownHabits(project.store)

    def watch(self) -> tuple[Raised, ...]:
        """Look at the stories that have changed; where none has, nothing need be read."""
        if not self._store.alerts.any_unwatched():
            return ()
        return watch(self._store, self._settings, self.planned(), self._usual.at, self._clock())

    def planned(self) -> frozenset[TopicId]:
        """The topics whose news comes on known days."""
        topics = self._project.lexicon.topics.values()
        return frozenset(topic.id for topic in topics if topic.planned)

    def tried(
        self, rule: Rule | None, since: datetime, progress: Callable[[int, int], None]
    ) -> list[Raised]:
        """What a rule would have raised since then; None tries the stories that break."""
        return try_rule(
            rule,
            past(self._store, since),
            rest=self._settings.alerts.cooldown,
            planned=self.planned(),
            usual=self._usual.at,
            progress=progress,
        )

    def mail(self) -> int:
        """Queue a letter to everybody who is due to be told of something."""
        if not self._store.telling.any_due(self._clock()):
            return 0
        return mail_waiting(
            Press(
                store=self._store,
                renderer=self._project.renderer,
                settings=self._settings,
                lexicon=self._project.lexicon,
                now=self._clock(),
            )
        )

    def check_channels(self) -> None:
        """Say at the start what would be found at the first alert.

        Raises ConfigError for a chat whose address Apprise cannot read.
        """
        channels = self._settings.alerts.channels.values()
        for name in without_package(channels):
            log.warning("channel.unusable", channel=name, reason=f"it needs {INSTALL}")
        problems = chat_problems(channels)
        if problems:
            raise ConfigError(problems)

    async def give(self) -> None:
        """Begin to give every channel what waits for it; waits for none of them."""
        await self._lines.give()

    async def stop_giving(self, patience: timedelta = timedelta(0)) -> None:
        """Let what is being given go on for so long, then end it after the alert under way."""
        await self._lines.stop(patience)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(
            Wire(
                store=self._store,
                db=self._project.db,
                settings=self._settings,
                names=lambda: self._project.lexicon,
                clock=self._clock,
            )
        )

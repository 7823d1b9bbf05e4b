"""What all parts of a wired project share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from digest.config import check_words, lexicon_of
from digest.errors import ConfigError, UsageError
from digest.settings import Edition, Settings
from digest.shipped import TEMPLATES
from digest.store import Store, StoreThread

if TYPE_CHECKING:
    from digest.clock import Clock
    from digest.issues.render import Renderer
    from digest.mail.message import Sender
    from digest.stories.lexicon import Lexicon


class Project:
    """The settings, the store and the clock, and what is read only when somebody asks for it."""

    def __init__(self, settings: Settings, store: Store, db: StoreThread, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.db = db
        self.clock = clock

    @cached_property
    def lexicon(self) -> Lexicon:
        """The project's lexicon, read when something is to be tagged or called by its name.

        To read it takes as long as asking hundreds of feeds. Raises ConfigError if it is wrong, or
        the settings name what it does not know.
        """
        lexicon = lexicon_of(self.settings)
        problems = check_words(self.settings, lexicon)
        if problems:
            raise ConfigError(problems)
        return lexicon

    def check_words(self) -> None:
        """Read the lexicon now. Raises ConfigError as that does."""
        _ = self.lexicon

    @cached_property
    def renderer(self) -> Renderer:
        """What renders issues, by the project's own templates before the shipped ones."""
        from digest.issues.render import Renderer

        return Renderer([self.settings.project / "templates", TEMPLATES])

    @cached_property
    def sender(self) -> Sender:
        """Whom our mail comes from, and what signs it."""
        from digest.mail.message import sender_of

        return sender_of(self.settings, self.store.secret())

    def edition(self, name: str | None) -> Edition:
        """The edition of this name, or the first one. Raises UsageError if there is none."""
        editions = self.settings.editions
        if name is None:
            return self.settings.first_edition
        if name not in editions:
            raise UsageError(f"no edition is called {name!r}; there are: {', '.join(editions)}")
        return editions[name]

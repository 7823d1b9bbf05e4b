"""What all parts of a wired project share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.logs import Log
from digest.model import Notice, NoticeKind
from digest.settings import Edition, Settings
from digest.shipped import TEMPLATES
from digest.store import Store, StoreThread

if TYPE_CHECKING:
    from datetime import datetime

    from digest.clock import Clock
    from digest.issues.render import Renderer
    from digest.mail.message import Sender
    from digest.stories.lexicon import Lexicon

log = Log(__name__)


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
        from digest.configwords import fitting_lexicon

        return fitting_lexicon(self.settings)

    def check_words(self) -> None:
        """Raise ConfigError where the lexicon is wrong or lacks what the settings name.

        It is read for that, unless it is the built-in one, which surely knows all names.
        """
        if "lexicon" in self.__dict__:  # then it was asked
            return
        from digest.configwords import uses_only_built_in

        if not uses_only_built_in(self.settings):
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

    def raise_(
        self, kind: NoticeKind, about: str, words: str, since: datetime | None = None
    ) -> None:
        """Say that something needs the operator's hand. Say it as often as you like.

        One trouble of a kind `about` one thing is open until `settle` ends it, and the operator is
        told of it once; what `model.PASSING` names ends by itself. In the store's thread.
        """
        notice = Notice(kind=kind, about=about, words=words, since=since)
        if self.store.notices.raise_(notice, self.clock()):
            log.warning("notice.raised", kind=kind, about=about)

    def settle(self, kind: NoticeKind, about: str, *, by_hand: bool = False) -> None:
        """Say that it is over, or never was. What the operator ended `by_hand` they know."""
        if self.store.notices.settle(kind, about, self.clock(), by_hand=by_hand):
            log.info("notice.settled", kind=kind, about=about)

    def edition(self, name: str | None) -> Edition:
        """The edition of this name, or the first one. Raises UsageError if there is none."""
        editions = self.settings.editions
        if name is None:
            return self.settings.first_edition
        if name not in editions:
            raise UsageError(f"no edition is called {name!r}; there are: {', '.join(editions)}")
        return editions[name]

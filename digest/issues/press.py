"""All that issues are made with, at one moment: what publish.py and review.py pass on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from digest.feeds.health import condition
from digest.issues.render import Renderer
from digest.settings import Settings
from digest.store import Store
from digest.stories.lexicon import Lexicon

_TROUBLED = frozenset({"failing", "broken", "gone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """The store, the templates, the words and the settings that issues are made with, and when."""

    store: Store
    renderer: Renderer
    settings: Settings
    lexicon: Lexicon
    now: datetime
    # Where a reply to the letter of this key reaches us; None: a reply of the operator's does not.
    reply_to: Callable[[str], str] | None = None

    def troubled_feeds(self) -> list[str]:
        """The enabled feeds that could not be read when they were last asked."""
        states = self.store.feeds.states()
        return [
            feed.title
            for feed in self.settings.feeds
            if feed.enabled
            and feed.id in states
            and condition(states[feed.id], self.now) in _TROUBLED
        ]

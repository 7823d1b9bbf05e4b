"""Making stories of entries, and what the operator says of them."""

from functools import cached_property

from digest.app.project import Project
from digest.errors import UsageError
from digest.logs import Log
from digest.stories.cluster import StoryIndex
from digest.stories.correct import Corrected, Refused, correct, describe
from digest.stories.corrections import Wish
from digest.stories.follow import follow
from digest.stories.ingest import IngestSummary, ingest, load_index
from digest.stories.saga import Sagas
from digest.stories.tag import Tagger

log = Log(__name__)


class Stories:
    """The stories of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock
        self._index: StoryIndex | None = None

    def go_on_from(self, earlier: "Stories") -> None:
        """Take over what `earlier` has read, if anything; it tags by the same lexicon."""
        if earlier._index is not None:  # noqa: SLF001  # of our own kind
            self._index = earlier._index  # noqa: SLF001
            self._tagger = earlier._tagger  # noqa: SLF001
            self._sagas = earlier._sagas  # noqa: SLF001

    @cached_property
    def _tagger(self) -> Tagger:
        """Made when there is something to tag: it takes as long as asking 50 feeds."""
        return Tagger(self._project.lexicon)

    @cached_property
    def _sagas(self) -> Sagas:
        return Sagas(self._project.lexicon)

    def ingest(self) -> IngestSummary:
        """Place every waiting entry in a story, and see which stories follow earlier ones."""
        index = self._index
        if index is None:
            index = load_index(self._store, self._tagger, self._clock())
        # It learns before the store does: what the store refuses to keep, no index may know.
        self._index = None
        placed = ingest(
            self._store,
            self._tagger,
            index,
            {feed.id: feed for feed in self._settings.feeds},
            self._clock(),
        )
        follow(self._store, index, self._tagger, self._sagas)
        self._index = index
        return placed

    def correct(self, wish: Wish, who: str) -> str:
        """Do what the operator says of stories; gives what was done.

        Raises UsageError for what is not there or cannot be.
        """
        outcome = correct(self._store, wish, who, self._clock())
        if isinstance(outcome, Refused):
            raise UsageError(describe(outcome))
        if isinstance(outcome, Corrected) and outcome.moved:
            self._index = None  # what the store says now is read before the next entry is placed
        log.info("stories.corrected", who=who, what=describe(outcome))
        return describe(outcome)

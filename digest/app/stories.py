"""Making stories of entries, and what the operator says of them."""

from functools import cached_property
from typing import assert_never

from digest.app.project import Project
from digest.errors import UsageError
from digest.logs import Log
from digest.model import CorrectionKind, StoryId
from digest.stories.cluster import StoryIndex
from digest.stories.correct import Corrected, Outcome, Refused, Unchanged, correct, describe
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish
from digest.stories.follow import follow
from digest.stories.ingest import IngestSummary, ingest, load_index
from digest.stories.saga import Sagas
from digest.stories.tag import Tagger, tagger_of

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
        return tagger_of(self._project.lexicon)

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
        outcome = self.outcome_of(wish, who)
        if isinstance(outcome, Refused):
            raise UsageError(describe(outcome))
        log_correction(wish, outcome, who)
        return describe(outcome)

    def outcome_of(self, wish: Wish, who: str) -> Outcome:
        """Do what the operator says of stories, if it can be done; gives what became of it.

        The log says it when the caller knows that it is kept.
        """
        outcome = correct(self._store, wish, who, self._clock())
        if isinstance(outcome, Corrected) and outcome.moved:
            self._index = None  # what the store says now is read before the next entry is placed
        return outcome


def log_correction(wish: Wish, outcome: Corrected | Unchanged, who: str) -> None:
    """Say in the log what became of a wish that was not refused."""
    kind, stories = _named(wish)
    log.info(
        "stories.corrected",
        who=who,
        wish=kind,
        undo=wish.undo,
        stories=" ".join(map(str, stories)),
        changed=isinstance(outcome, Corrected),
    )


def _named(wish: Wish) -> tuple[CorrectionKind, tuple[StoryId, ...]]:
    """What is wished, and of which stories."""
    match wish:
        case Merge(stories=stories):
            return CorrectionKind.MERGE, stories
        case Split(story=story):
            return CorrectionKind.SPLIT, (story,)
        case Lead(story=story):
            return CorrectionKind.LEAD, (story,)
        case Exclude(story=story):
            return CorrectionKind.EXCLUDE, (story,)
        case _:
            assert_never(wish)

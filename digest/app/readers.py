"""Where people join, choose and leave."""

from functools import cached_property

from digest.app.project import Project
from digest.issues.compose import select
from digest.model import Preferences
from digest.subscribers.desk import Desk
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Words
from digest.subscribers.names import spellings_of

LATELY = 4  # issues that say what a choice would have meant


class Readers:
    """The readers of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock

    @property
    def desk(self) -> Desk:
        """Where people join, confirm and leave."""
        return Desk(
            store=self._store,
            words=Words(
                title=self._settings.title,
                editions=self._settings.editions,
                inbox=self._settings.inbox,
                public_url=self._project.sender.public_url,
                zone=self._settings.zone,
                language=self._settings.language,
                companies={id_: each.name for id_, each in self._project.lexicon.companies.items()},
                topics={id_: each.name for id_, each in self._project.lexicon.topics.items()},
            ),
            vocabulary=self._vocabulary,
            lately=self._stories_lately,
        )

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(
            rhythms=frozenset(self._settings.editions) | {"alerts"},
            companies=frozenset(self._project.lexicon.companies),
            topics=frozenset(self._project.lexicon.topics),
            spellings=spellings_of(self._project.lexicon),
        )

    def _stories_lately(self, preferences: Preferences) -> float | None:
        """How many stories the last issues would have told such a reader, on average."""
        told: list[int] = []
        end = self._clock()
        while len(told) < LATELY:
            found = self._store.issues.newest_before(preferences.rhythm, end)
            if found is None:
                break
            chosen = select(found.issue, preferences.choice, self._settings.max_stories)
            told.append(len(chosen))
            end = found.issue.period.end
        return sum(told) / len(told) if told else None

"""Where people join, choose and leave, and what time does to them."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from digest.app.project import Project
from digest.issues.compose import select
from digest.logs import Log
from digest.mail.copies import erase_copies
from digest.model import Choice, Issue, Preferences, Segment, Sending, Status, Subscriber
from digest.store.issues import FoundIssue, IssueOutcome
from digest.store.suppressions import Erased
from digest.subscribers.addresses import address_key, fold
from digest.subscribers.desk import Desk, wake
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Masthead
from digest.subscribers.names import spellings_of
from digest.subscribers.retention import forget_gone

log = Log(__name__)

LATELY = 4  # issues that say what a choice would have meant
NEWCOMERS = 20  # at a time, so that nobody else waits long for the store
# What is older is no news to somebody who has just joined. A monthly issue lives so long.
WELCOME_WITHIN = timedelta(days=35)

Render = Callable[[Issue, Choice], Segment]


class Readers:
    """The readers of a project."""

    def __init__(self, project: Project, render: Callable[[], Render]) -> None:
        """`render` gives what shows an issue to readers of a choice, read when it is needed."""
        self._project = project
        self._render = render
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock

    @property
    def desk(self) -> Desk:
        """Where people join, confirm and leave."""
        return Desk(
            store=self._store,
            masthead=Masthead(
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

    def tend(self) -> None:
        """Do what time and confirmations owe: pauses end, newcomers are served, the gone go.

        Safe to repeat at any time; each reader is done in a transaction of their own.
        """
        now = self._clock()
        woken = wake(self._store, now)
        if woken:
            log.info("readers.woken", readers=woken)
        welcomed = sum(map(self._welcome, self._store.newcomers.waiting(NEWCOMERS)))
        if welcomed:
            log.info("readers.welcomed", readers=welcomed)
        forgotten = forget_gone(self._store, now)
        if forgotten:
            log.info("readers.forgotten", readers=forgotten)

    def _welcome(self, reader: Subscriber) -> bool:
        """Queue the newest issue for somebody who has just joined, if they have not had it."""
        found = self._newest(reader.preferences.rhythm)
        if found is None or reader.status is not Status.ACTIVE:
            self._store.newcomers.pass_by(reader.id)
            return False
        choice = reader.preferences.choice
        part = self._store.issues.segment_of(found.id, choice)
        part = part or self._render()(found.issue, choice)
        return self._store.newcomers.welcome(reader, found.id, found.issue, part, self._clock())

    def _newest(self, edition: str) -> FoundIssue | None:
        """The issue that is out and still news, or None."""
        for found in self._store.issues.newest(LATELY, edition):
            if found.outcome is IssueOutcome.PUBLISHED:
                old = self._clock() - found.issue.frozen_at > WELCOME_WITHIN
                return None if old or found.sending is Sending.CANCELLED else found
        return None

    def erase(self, address: str) -> tuple[Erased | None, int]:
        """Forget a person: what the store has of them, and copies in our own Maildirs.

        Gives what went, None if nothing is kept of them, and the number of copies. Raises
        ValueError if the address is none.
        """
        key = address_key(address)
        erased = self.desk.erase(address, self._clock())

        def is_theirs(found: str) -> bool:
            return fold(found) == key

        copies = erase_copies(self._settings.state / "outbox", ("To",), is_theirs)
        copies += erase_copies(self._settings.inbox.maildir, ("From", "Reply-To"), is_theirs)
        return erased, copies

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

"""The composition root: settings become wired parts, and the parts become the verbs of the product.

The service, the command line and the demo call these same methods; none of them wires anything
itself.
"""

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import assert_never

from digest.clock import Clock
from digest.config import check_lexicon, check_words, lexicon_of, load
from digest.errors import ConfigError, DigestError, Problem, TemplateError, UsageError
from digest.feeds.fetch import Fetcher
from digest.feeds.politeness import is_due
from digest.feeds.poll import poll_round
from digest.feeds.summary import FeedPolled, RoundSummary
from digest.feeds.workers import ParserPool
from digest.issues import publish, review
from digest.issues.archive import Built, write_archive
from digest.issues.calendar import period_of
from digest.issues.explain import Explanation, explain
from digest.issues.render import Renderer
from digest.mail import inbox, notices, outbox, settle
from digest.mail.inbox import Swept
from digest.mail.maildir import MaildirTransport
from digest.mail.message import Message, build, sender_of
from digest.mail.outbox import DrainSummary, Restraint
from digest.mail.reports import Report
from digest.mail.smtp import SmtpTransport
from digest.mail.transport import Transport
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Issue,
    Period,
    PollState,
    Segment,
    Subscriber,
)
from digest.settings import Edition, Feed, Settings
from digest.shipped import TEMPLATES
from digest.store import Store, StoreThread
from digest.store.issues import FoundIssue, IssueOutcome
from digest.stories.cluster import StoryIndex
from digest.stories.correct import correct
from digest.stories.corrections import Wish
from digest.stories.follow import follow
from digest.stories.ingest import IngestSummary, ingest, load_index
from digest.stories.lexicon import Lexicon
from digest.stories.saga import Sagas
from digest.stories.tag import Tagger
from digest.subscribers.commands import Command, Confirm, Leave
from digest.subscribers.desk import Desk, Joined, Left
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round brought: answers of feeds, and entries placed in stories."""

    polled: RoundSummary
    placed: IngestSummary

    def describe(self) -> str:
        """The round in one line."""
        down = "; our own network seems to be down" if self.polled.network_down else ""
        return f"{self.polled.describe()}; {self.placed.describe()}{down}"


class App:
    """One project, wired. Made by `open_app`; not safe for two threads at once."""

    def __init__(
        self, settings: Settings, lexicon: Lexicon, store: Store, db: StoreThread, clock: Clock
    ) -> None:
        self.settings = settings
        self.lexicon = lexicon
        self.store = store
        self.db = db
        self.clock = clock
        self.renderer = Renderer([settings.project / "templates", TEMPLATES])
        self.sender = sender_of(settings, store.secret())
        self._restraint = Restraint.of(settings.mail)  # learnt by one run over the outbox, for all
        self._archived: tuple[int, int] | None = None  # the mark of what state/archive holds
        self._index: StoryIndex | None = None
        self._polling = asyncio.Lock()  # two rounds at once would ask a host twice at once

    # --- feeds and stories -----------------------------------------------------------------

    @cached_property
    def _tagger(self) -> Tagger:
        """Made when there is something to tag: it takes as long as asking 50 feeds."""
        return Tagger(self.lexicon)

    @cached_property
    def _sagas(self) -> Sagas:
        return Sagas(self.lexicon)

    def feeds(self, names: Sequence[str] = ()) -> list[Feed]:
        """The enabled feeds, or those named even if they are not enabled.

        Raises UsageError for a name that no feed has.
        """
        if not names:
            return [feed for feed in self.settings.feeds if feed.enabled]
        known = {feed.id: feed for feed in self.settings.feeds}
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise UsageError(
                f"no feed has the id {', '.join(unknown)}; `digest feeds list` shows them"
            )
        return [feed for feed in self.settings.feeds if feed.id in names]

    def due_feeds(self) -> list[Feed]:
        """The enabled feeds that may be asked now."""
        states, waits = self.store.feeds.states(), self.store.hosts.waits()
        now, settings = self.clock(), self.settings.fetch
        return [
            feed
            for feed in self.feeds()
            if is_due(feed, states.get(feed.id, PollState()), waits, settings, now)
        ]

    async def round(
        self,
        feeds: Sequence[Feed],
        *,
        force: bool = False,
        progress: Callable[[FeedPolled], None] | None = None,
    ) -> Round:
        """Ask the feeds that are due (all of them with `force`) and make stories of the news."""
        async with (
            self._polling,
            Fetcher(self.settings.fetch, user_agent(self.settings), clock=self.clock) as fetcher,
            ParserPool() as parser,
        ):
            started = self.clock()
            polled = await poll_round(
                feeds,
                store=self.store,
                db=self.db,
                fetcher=fetcher,
                parser=parser,
                settings=self.settings.fetch,
                clock=self.clock,
                jitter=random.random,
                force=force,
                progress=progress,
            )
            placed = await self.db(self.ingest)
        summary = {"feeds": polled.polled, "failed": polled.failed, "new": polled.new}
        await self.db(self.store.requests.record_run, "poll", started, self.clock(), summary)
        done = Round(polled=polled, placed=placed)
        for failed in polled.feeds:
            if failed.error is not None and not polled.network_down:
                log.warning("feed.failed feed=%s reason=%s", failed.feed, failed.error)
        log.info("poll.done %s", " ".join(f"{key}={value}" for key, value in summary.items()))
        return done

    def ingest(self) -> IngestSummary:
        """Place every waiting entry in a story, and see which stories follow earlier ones."""
        if not self.store.entries.count_waiting() and not self.store.stages.new(1, 1):
            return IngestSummary()  # and neither lexicon nor live stories need be read
        if self._index is None:
            self._index = load_index(self.store, self._tagger, self.clock())
        placed = ingest(
            self.store,
            self._tagger,
            self._index,
            {feed.id: feed for feed in self.settings.feeds},
            self.clock(),
        )
        follow(self.store, self._index, self._tagger, self._sagas)
        return placed

    def correct(self, wish: Wish, who: str) -> str:
        """Do what the operator says of stories; gives what was done.

        Raises UsageError for what is not there or cannot be.
        """
        done = correct(self.store, wish, who, self.clock())
        if done.moved:
            self._index = None  # what the store says now is read before the next entry is placed
        log.info("stories.corrected who=%s what=%s", who, done.words)
        return done.words

    # --- issues ----------------------------------------------------------------------------

    def edition(self, name: str | None) -> Edition:
        """The edition of this name, or the first one. Raises UsageError if there is none."""
        editions = self.settings.editions
        if name is None:
            return next(iter(editions.values()))
        if name not in editions:
            raise UsageError(f"no edition is called {name!r}; there are: {', '.join(editions)}")
        return editions[name]

    def period(self, edition: Edition, key: str | None) -> Period:
        """The period with this key, or the one that a person means who names none.

        "2026-W47.1" is a period published once more. Raises UsageError for a bad key.
        """
        if key is None:
            catch_up = self.settings.catch_up
            return publish.current(edition, self.store, catch_up=catch_up, now=self.clock())
        first, dot, _ = key.partition(".")
        try:
            period = period_of(edition, first)
        except ValueError as error:
            raise UsageError(str(error)) from error
        return replace(publish.again(edition, period, self.store), key=key) if dot else period

    def once_more(self, edition: Edition, period: Period) -> Period:
        """The same period under the next free key of its own, to publish it again."""
        return publish.again(edition, period, self.store)

    def draft(self, edition: Edition, period: Period) -> Issue:
        """The issue as it is, if it has been published, or as it would be now.

        Of a period that is over and was skipped or empty: as it would have been.
        """
        found = self._published(edition.name, period.key)
        if found is not None:
            return found.issue
        return publish.draft(
            edition,
            period,
            self.store,
            settings=self.settings,
            lexicon=self.lexicon,
            now=self.clock(),
        )

    def render(self, issue: Issue, choice: Choice) -> Segment:
        """A draft or an issue as readers of this choice see it.

        A template of the project's own that fails is said in the log; the shipped one stands in.
        """
        rendered = self.renderer.segment(issue, choice, settings=self.settings, names=self.lexicon)
        if rendered.failure is not None:
            log.warning("template.failed %s; the shipped one stands in for it", rendered.failure)
        return rendered.segment

    def segment_for(self, issue: Issue, reader: Subscriber) -> Segment:
        """What this reader was sent, or readers of their choice were; else what they would be."""
        found = self._published(issue.edition, issue.period.key)
        choice = reader.preferences.choice
        sent = found and self.store.issues.segment_of(found.id, choice, reader.id)
        return sent or self.render(issue, choice)

    def explain(self, edition: Edition, issue: Issue, segment: Segment) -> Explanation:
        """Why each story is in a segment and where it stands, and what was left out and why."""
        period = issue.period
        stories = publish.candidates(edition, period, self.store)
        return explain(
            issue,
            segment.choice,
            segment.stories,
            sections=self.settings.sections,
            stories=stories + self.store.entries.irrelevant_between(period.start, period.end),
            told_before=self.store.issues.told(edition.name, period.end),
            frozen=self._published(edition.name, period.key) is not None,
        )

    def message_for(self, issue: Issue, segment: Segment, reader: Subscriber) -> Message:
        """The message that this reader gets, byte for byte, whether it has been sent or not."""
        delivery = Delivery(
            id=DeliveryId(0),
            key=f"issue/{issue.edition}/{issue.period.key}/{reader.id}",
            kind=DeliveryKind.ISSUE,
            state=DeliveryState.QUEUED,
            address=reader.address,
            subscriber=reader.id,
            segment=None,
            letter=None,
            queued_at=issue.frozen_at,
            attempts=0,
            epoch=0,
        )
        return build(delivery, segment, self.sender)

    def publish_due(self) -> Sequence[publish.Outcome]:
        """Publish every issue that is owed."""
        self._ingest_waiting()
        outcomes = publish.publish_due(
            self.settings.editions.values(),
            self.store,
            self.renderer,
            settings=self.settings,
            lexicon=self.lexicon,
            now=self.clock(),
        )
        for outcome in outcomes:
            _log_failures(outcome)
        return outcomes

    def publish(self, edition: Edition, period: Period) -> publish.Outcome:
        """Publish one issue now, due or not."""
        self._ingest_waiting()
        outcome = publish.freeze(
            edition,
            period,
            self.store,
            self.renderer,
            settings=self.settings,
            lexicon=self.lexicon,
            now=self.clock(),
        )
        _log_failures(outcome)
        return outcome

    def answer(self, edition: Edition, period: Period, given: review.Answer, who: str) -> str:
        """Keep what the operator says of an issue that is not out yet; gives what follows from it.

        Raises UsageError if it is out, or cannot be sent any more, or has no such story.
        """
        if isinstance(given, review.LeadWith) and given.story is not None:
            story = self.store.corrections.story_of(given.story)
            if all(told.story != story for told in self.draft(edition, period).stories):
                raise UsageError(
                    f"{edition.name} {period.key} does not tell story {given.story};"
                    " `digest preview --explain` says why"
                )
        says = review.answer(
            self.store, edition, period, given, who, settings=self.settings, now=self.clock()
        )
        log.info("issue.reviewed who=%s what=%s", who, says)
        return says

    def mail_drafts(self) -> None:
        """Queue a draft of each issue that the operator should see by now, once."""
        for edition, period in review.mail_drafts(
            self.settings.editions.values(),
            self.store,
            self.renderer,
            settings=self.settings,
            lexicon=self.lexicon,
            now=self.clock(),
        ):
            log.info("issue.drafted edition=%s period=%s", edition.name, period.key)

    @property
    def authority(self) -> str:
        """Under whose name issues are known for ever; "" before the first is out."""
        return self.store.archive.authority(self.sender.domain)

    def archive_is_old(self) -> bool:
        """Whether an issue has come or gone since state/archive was written; quickly said."""
        newest, _ = mark = self.store.archive.mark()
        return newest > 0 and mark != self._archived

    def build_archive(
        self,
        authority: str,
        folder: Path | None = None,
        *,
        fresh: bool = False,
        go_on: Callable[[], bool] = lambda: True,
    ) -> Built:
        """Bring state/archive up to date, or the archive in another folder.

        Takes its time, and reads the store on a way of its own: any thread may call it. `fresh`
        makes every page anew. Raises DigestError if it cannot be written.
        """
        target = folder or self.settings.state / "archive"
        try:
            with Store.open_to_read(self.settings.state) as store:
                mark = store.archive.mark()
                built = write_archive(
                    target,
                    store,
                    self.renderer,
                    settings=self.settings,
                    names=self.lexicon,
                    made_by=f"{version('kuruma-digest')} {_names_in(self.lexicon)}",
                    authority=authority,
                    fresh=fresh,
                    go_on=go_on,
                )
        except OSError as error:
            raise DigestError(f"the archive cannot be written: {error}") from error
        if folder is None and built.complete:
            self._archived = mark
        for failure in built.failures:
            log.warning("template.failed %s; the shipped one stood in for it", failure)
        log.info("archive.done written=%d removed=%d", built.written, built.removed)
        return built

    def _published(self, edition: str, key: str) -> FoundIssue | None:
        found = self.store.issues.find(edition, key)
        return found if found and found.outcome is IssueOutcome.PUBLISHED else None

    def _ingest_waiting(self) -> None:
        """A kill between a poll and its stories must not keep the news out of the issue."""
        if self.store.entries.count_waiting():
            self.ingest()

    # --- mail and readers ------------------------------------------------------------------

    def transport(self) -> Transport:
        """The way that messages leave: the configured server, or a Maildir."""
        if self.settings.mail.server is None:
            return MaildirTransport(self.settings.state / "outbox")
        return SmtpTransport(self.settings.mail)

    def recover(self) -> tuple[int, int]:
        """Settle what an earlier holder of the lock left under way."""
        now = self.clock()
        return self.store.deliveries.recover(now, now + self.settings.mail.resend_after)

    def mail_notices(self) -> None:
        """Queue a letter to the operator that tells what they have not been told yet."""
        operator, now = self.settings.operator, self.clock()
        waiting = self.store.notices.waiting()
        if operator is not None and notices.is_due(waiting, now):
            letter = notices.letter_of(waiting, self.settings.title, self.settings.zone)
            self.store.notices.mail(waiting, operator, letter, now)

    async def drain(
        self,
        *,
        stop: asyncio.Event | None = None,
        progress: Callable[[DrainSummary], None] | None = None,
    ) -> DrainSummary:
        """Send every message that is due, and do what follows from those that are refused."""
        summary = await outbox.drain(
            self.store,
            self.db,
            self.transport(),
            self.settings.mail,
            sender=self.sender,
            clock=self.clock,
            restraint=self._restraint,
            stop=stop,
            progress=progress,
        )
        await self.settle_bounces()
        return summary

    @property
    def desk(self) -> Desk:
        """Where people join, confirm and leave."""
        return Desk(
            store=self.store,
            words=Words(
                title=self.settings.title,
                editions=self.settings.editions,
                inbox=self.settings.inbox,
            ),
            vocabulary=Vocabulary(
                rhythms=frozenset(self.settings.editions) | {"alerts"},
                companies=frozenset(self.lexicon.companies),
                topics=frozenset(self.lexicon.topics),
            ),
        )

    async def receive(self) -> Swept:
        """Act on the mail that lies in the inbox, and do all that follows from it."""

        async def act(wanted: Command | Report) -> bool:
            return await self.db(self._obey, wanted)

        try:
            secret = await self.db(self.store.secret)
            return await inbox.sweep(self.settings.inbox, secret, act)
        finally:  # what waits has nothing to do with a mailbox that cannot be read
            await self.settle_bounces()

    async def settle_bounces(self) -> None:
        """Do what follows from messages that came back: for their readers and for their issues."""
        while await self.db(settle.settle, self.store, self.clock()) == settle.BATCH:
            pass

    def _obey(self, wanted: Command | Report) -> bool:
        now = self.clock()
        match wanted:
            case Report():
                return isinstance(settle.keep(self.store, wanted, now), settle.Kept)
            case Confirm(token):
                return isinstance(self.desk.confirm(token, now), Joined)
            case Leave(token):
                return isinstance(self.desk.leave(token, now), Left)
            case _:
                assert_never(wanted)


def _log_failures(outcome: publish.Outcome) -> None:
    if isinstance(outcome, publish.Published):
        for failure in outcome.failures:
            log.warning("template.failed %s; the shipped one stood in for it", failure)


def _names_in(lexicon: Lexicon) -> str:
    """A word that is another one whenever a company or a topic is called otherwise."""
    names = [
        (id_, named.name)
        for group in (lexicon.companies, lexicon.topics)
        for id_, named in group.items()
    ]
    return hashlib.sha256(repr(names).encode()).hexdigest()[:16]


def user_agent(settings: Settings) -> str:
    """How feeds see us: product, version, and whom to write to (RFC 9110, 10.1.5)."""
    contact = f" (+mailto:{settings.operator})" if settings.operator else ""
    return f"kuruma-digest/{version('kuruma-digest')}{contact}"


@contextmanager
def open_app(settings: Settings, clock: Clock, *, changes: bool = True) -> Iterator[App]:
    """Wire a project. Without `changes` the store is read only and need not exist.

    Raises ConfigError for words that the lexicon does not know, StoreError for a bad state.
    """
    lexicon = lexicon_of(settings)
    problems = check_words(settings, lexicon)
    if problems:
        raise ConfigError(problems)
    store = Store.open(settings.state) if changes else Store.open_to_read(settings.state)
    with store:
        db = StoreThread()
        try:
            yield App(settings, lexicon, store, db, clock)
        finally:
            db.close()  # before the store: its last call must be over


def check_all(project: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Everything that is wrong with a project: feeds.toml, the lexicon and the templates."""
    problems: list[Problem] = []
    try:
        settings = load(project, environment)
        problems += check_words(settings, lexicon_of(settings))
    except ConfigError as error:
        known = set(error.problems)
        problems += error.problems
        problems += [p for p in check_lexicon(project) if p not in known]
    try:
        Renderer([project / "templates", TEMPLATES]).check()
    except TemplateError as error:
        file = f"templates/{error.name}"
        problems.append(Problem("template", "", error.reason, error.line, file))
    return problems

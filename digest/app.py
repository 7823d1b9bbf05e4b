"""The composition root: settings become wired parts, and the parts become the verbs of the product.

The service, the command line and the demo call these same methods; none of them wires anything
itself. A command is a process of its own and uses a few of the stages: each is imported by the
methods that use it, which saves a short command a second.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config import check_lexicon, check_words, lexicon_of, load
from digest.errors import ConfigError, DigestError, Problem, TemplateError, UsageError
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Issue,
    Notice,
    NoticeKind,
    Period,
    PollState,
    Preferences,
    Segment,
    Subscriber,
)
from digest.settings import Edition, Feed, Settings
from digest.shipped import TEMPLATES
from digest.store import Store, StoreThread
from digest.store.issues import FoundIssue, IssueOutcome

if TYPE_CHECKING:
    from digest.clock import Clock
    from digest.feeds.summary import FeedPolled, RoundSummary
    from digest.issues import publish, review
    from digest.issues.archive import Built
    from digest.issues.explain import Explanation
    from digest.issues.press import Press
    from digest.issues.render import Renderer
    from digest.mail.inbox import Clerk, Swept
    from digest.mail.message import Message, Sender
    from digest.mail.outbox import DrainSummary, Restraint
    from digest.mail.reports import Report
    from digest.mail.transport import Transport
    from digest.stories.cluster import StoryIndex
    from digest.stories.corrections import Wish
    from digest.stories.ingest import IngestSummary
    from digest.stories.lexicon import Lexicon
    from digest.stories.saga import Sagas
    from digest.stories.tag import Tagger
    from digest.subscribers.bymail import MailToUs, Outcome
    from digest.subscribers.desk import Desk
    from digest.subscribers.importing import Vocabulary
    from digest.web.site import Site

log = logging.getLogger(__name__)

MAILBOX_TROUBLE = timedelta(minutes=8)  # between two tries: it has failed for so long, too
LATELY = 4  # issues that say what a choice would have meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round brought: answers of feeds, and entries placed in stories."""

    polled: RoundSummary
    placed: IngestSummary | None  # None: no entry waited

    def describe(self) -> str:
        """The round in one line."""
        down = "; our own network seems to be down" if self.polled.network_down else ""
        placed = "nothing to place" if self.placed is None else self.placed.describe()
        return f"{self.polled.describe()}; {placed}{down}"


class App:
    """One project, wired. Made by `open_app`; not safe for two threads at once."""

    def __init__(self, settings: Settings, store: Store, db: StoreThread, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.db = db
        self.clock = clock
        self._archived: tuple[int, int] | None = None  # the mark of what state/archive holds
        self._index: StoryIndex | None = None
        self._polling = asyncio.Lock()  # two rounds at once would ask a host twice at once

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

    @cached_property
    def _restraint(self) -> Restraint:
        """Learnt by one run over the outbox, for all."""
        from digest.mail.outbox import Restraint

        return Restraint.of(self.settings.mail)

    # --- feeds and stories -----------------------------------------------------------------

    @cached_property
    def _tagger(self) -> Tagger:
        """Made when there is something to tag: it takes as long as asking 50 feeds."""
        from digest.stories.tag import Tagger

        return Tagger(self.lexicon)

    @cached_property
    def _sagas(self) -> Sagas:
        from digest.stories.saga import Sagas

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
        from digest.feeds.politeness import is_due

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
        from digest.feeds.fetch import Fetcher
        from digest.feeds.poll import poll_round
        from digest.feeds.workers import ParserPool

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

    def ingest(self) -> IngestSummary | None:
        """Place every waiting entry in a story, and see which stories follow earlier ones.

        None if nothing waits: then neither the lexicon nor the live stories need be read.
        """
        if not self.store.entries.count_waiting() and not self.store.stages.new(1, 1):
            return None
        from digest.stories.follow import follow
        from digest.stories.ingest import ingest, load_index

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
        from digest.stories.correct import Corrected, Refused, correct, describe

        outcome = correct(self.store, wish, who, self.clock())
        if isinstance(outcome, Refused):
            raise UsageError(describe(outcome))
        if isinstance(outcome, Corrected) and outcome.moved:
            self._index = None  # what the store says now is read before the next entry is placed
        log.info("stories.corrected who=%s what=%s", who, describe(outcome))
        return describe(outcome)

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
        from digest.issues import publish
        from digest.issues.calendar import period_of

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
        from digest.issues import publish

        return publish.again(edition, period, self.store)

    def draft(self, edition: Edition, period: Period) -> Issue:
        """The issue as it is, if it has been published, or as it would be now.

        Of a period that is over and was skipped or empty: as it would have been.
        """
        from digest.issues import publish

        found = self._published(edition.name, period.key)
        if found is not None:
            return found.issue
        return publish.draft(edition, period, self._press())

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
        from digest.issues import publish
        from digest.issues.explain import explain

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
        from digest.mail.message import build

        found = self._published(issue.edition, issue.period.key)
        number = (
            None if found is None else self.store.issues.segment_number(found.id, segment.choice)
        )
        delivery = Delivery(
            id=DeliveryId(0),
            key=f"issue/{issue.edition}/{issue.period.key}/{reader.id}",
            kind=DeliveryKind.ISSUE,
            state=DeliveryState.QUEUED,
            address=reader.address,
            subscriber=reader.id,
            segment=number,
            letter=None,
            queued_at=issue.frozen_at,
            attempts=0,
            epoch=0,
        )
        return build(delivery, segment, self.sender)

    def publish_due(self) -> Sequence[publish.Outcome]:
        """Publish every issue that is owed."""
        from digest.issues import publish

        self._ingest_waiting()
        self._wake_readers()
        outcomes = publish.publish_due(self.settings.editions.values(), self._press())
        for outcome in outcomes:
            _log_failures(outcome)
        return outcomes

    def publish(self, edition: Edition, period: Period) -> publish.Outcome:
        """Publish one issue now, due or not."""
        from digest.issues import publish

        self._ingest_waiting()
        self._wake_readers()
        outcome = publish.freeze(edition, period, self._press())
        _log_failures(outcome)
        return outcome

    def answer(
        self, edition: Edition, period: Period, given: review.Answer, who: str
    ) -> review.Reply:
        """Keep what the operator says of an issue that is not out yet; gives what became of it."""
        from digest.issues import review

        reply = review.answer(edition, period, given, who, self._press())
        log.info("issue.reviewed who=%s what=%s", who, review.describe(reply))
        return reply

    def mail_drafts(self) -> None:
        """Queue a draft of each issue that the operator should see by now, once."""
        from digest.issues import review

        for edition, period in review.mail_drafts(self.settings.editions.values(), self._press()):
            log.info("issue.drafted edition=%s period=%s", edition.name, period.key)

    def _press(self) -> Press:
        """What issues are made with, now."""
        from digest.issues.press import Press

        return Press(
            store=self.store,
            renderer=self.renderer,
            settings=self.settings,
            lexicon=self.lexicon,
            now=self.clock(),
        )

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
        from digest.issues.archive import write_archive

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
                    made_by=f"{_version()} {_names_in(self.lexicon)}",
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

    def _wake_readers(self) -> None:
        """Whose pause is over gets the next issue."""
        from digest.subscribers.desk import wake

        woken = wake(self.store, self.clock())
        if woken:
            log.info("readers.woken readers=%d", woken)

    def _ingest_waiting(self) -> None:
        """A kill between a poll and its stories must not keep the news out of the issue."""
        if self.store.entries.count_waiting():
            self.ingest()

    # --- mail and readers ------------------------------------------------------------------

    def transport(self) -> Transport:
        """The way that messages leave: the configured server, or a Maildir."""
        if self.settings.mail.server is None:
            from digest.mail.maildir import MaildirTransport

            return MaildirTransport(self.settings.state / "outbox")
        from digest.mail.smtp import SmtpTransport

        return SmtpTransport(self.settings.mail)

    def recover(self) -> tuple[int, int]:
        """Settle what an earlier holder of the lock left under way."""
        now = self.clock()
        return self.store.deliveries.recover(now, now + self.settings.mail.resend_after)

    def mail_notices(self) -> None:
        """Queue a letter to the operator that tells what they have not been told yet."""
        from digest.mail import notices

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
        from digest.mail import outbox

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
        from digest.subscribers.desk import Desk
        from digest.subscribers.letters import Words

        return Desk(
            store=self.store,
            words=Words(
                title=self.settings.title,
                editions=self.settings.editions,
                inbox=self.settings.inbox,
                public_url=self.sender.public_url,
                zone=self.settings.zone,
                language=self.settings.language,
                companies={id_: each.name for id_, each in self.lexicon.companies.items()},
                topics={id_: each.name for id_, each in self.lexicon.topics.items()},
            ),
            vocabulary=self._vocabulary,
            lately=self._stories_lately,
        )

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        from digest.subscribers.importing import Vocabulary
        from digest.subscribers.names import spellings_of

        return Vocabulary(
            rhythms=frozenset(self.settings.editions) | {"alerts"},
            companies=frozenset(self.lexicon.companies),
            topics=frozenset(self.lexicon.topics),
            spellings=spellings_of(self.lexicon),
        )

    def _stories_lately(self, preferences: Preferences) -> float | None:
        """How many stories the last issues would have told such a reader, on average."""
        from digest.issues.compose import select

        told: list[int] = []
        end = self.clock()
        while len(told) < LATELY:
            found = self.store.issues.newest_before(preferences.rhythm, end)
            if found is None:
                break
            chosen = select(found.issue, preferences.choice, self.settings.max_stories)
            told.append(len(chosen))
            end = found.issue.period.end
        return sum(told) / len(told) if told else None

    def site(self) -> Site:
        """The pages where people join, confirm, choose, leave and read."""
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

    async def receive(self) -> Swept:
        """Act on the mail that lies in the Maildir, and do all that follows from it."""
        from digest.mail.inbox import MaildirSource, sweep

        try:
            return await sweep(MaildirSource(self.settings.inbox.maildir), await self._clerk())
        finally:  # what waits has nothing to do with a mailbox that cannot be read
            await self.settle_bounces()

    async def fetch_mail(self) -> Swept:
        """Act on the mail that lies on the server of [inbox] imap, if there is one.

        Raises MailboxError if it cannot be reached, or something breaks off.
        """
        from digest.mail.imap import open_mailbox
        from digest.mail.inbox import Swept, sweep

        if self.settings.inbox.imap is None:
            return Swept()
        try:
            async with open_mailbox(self.settings.inbox, self.settings.inbox.imap) as mailbox:
                return await sweep(mailbox, await self._clerk())
        finally:
            await self.settle_bounces()

    async def _clerk(self) -> Clerk:
        """What handles each mail, wherever it was found."""
        from digest.mail.inbox import Clerk

        async def act(wanted: MailToUs | Report) -> Outcome:
            return await self.db(self._obey, wanted)

        async def tell(reason: str) -> None:
            await self.db(self._tell_of_unread_mail, reason)

        return Clerk(
            settings=self.settings.inbox,
            secret=await self.db(self.store.secret),
            act=act,
            tell=tell,
        )

    async def settle_bounces(self) -> None:
        """Do what follows from messages that came back: for their readers and for their issues."""
        from digest.mail import settle

        while await self.db(settle.settle, self.store, self.clock()) == settle.BATCH:
            pass

    def _obey(self, wanted: MailToUs | Report) -> Outcome:
        from digest.mail import settle
        from digest.mail.reports import Report
        from digest.subscribers.bymail import Quiet, Unusable, handle

        now = self.clock()
        if isinstance(wanted, Report):
            kept = isinstance(settle.keep(self.store, wanted, now), settle.Kept)
            return Quiet("kept") if kept else Unusable("a report on no message of ours")
        return handle(self.desk, wanted, now)

    def tell_of_mailbox(self, reason: str, rest: timedelta) -> None:
        """Tell the operator, once a day, that mail has not been fetched for some time."""
        if rest < MAILBOX_TROUBLE:
            return
        now, server = self.clock(), self.settings.inbox.imap
        notice = Notice(
            key=f"mailbox blocked/{now.date().isoformat()}",
            kind=NoticeKind.MAILBOX_BLOCKED,
            about="nowhere" if server is None else server.host,
            words=(
                f"The mail to the list cannot be fetched: {reason}. Until it can, nobody can"
                " subscribe, change or leave by mail, and no bounces are seen. It is tried again"
                " every quarter of an hour; nothing is lost meanwhile."
            ),
        )
        self.store.notices.add([notice], now)

    def _tell_of_unread_mail(self, reason: str) -> None:
        """Tell the operator that a mail waits for them, once a day."""
        now = self.clock()
        where = f"{self.settings.inbox.maildir}/.unread"
        if self.settings.inbox.imap is not None:
            where += f", or in the folder digest-unread at {self.settings.inbox.imap.host}"
        notice = Notice(
            key=f"mail to read/{now.date().isoformat()}",
            kind=NoticeKind.MAIL_UNREAD,
            about=self.settings.inbox.address,
            words=(
                f"A mail to the list could not be dealt with ({reason}). It lies in {where}, with"
                " any other of today. Answer it if it deserves an answer, and delete it."
            ),
        )
        self.store.notices.add([notice], now)


def _log_failures(outcome: publish.Outcome) -> None:
    from digest.issues import publish

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
    return f"kuruma-digest/{_version()}{contact}"


@cache
def _version() -> str:
    """Read from a file of the installation, once."""
    return version("kuruma-digest")


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


def check_all(project: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Everything that is wrong with a project: feeds.toml, the lexicon and the templates."""
    from digest.issues.render import Renderer

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

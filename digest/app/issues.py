"""Issues: which comes next, as it would be now, published, and as a reader gets it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from digest.app.project import Project
from digest.app.room import require_room
from digest.errors import DigestError, UsageError
from digest.issues import answers, publish, review
from digest.issues.calendar import period_at, period_of
from digest.issues.drafts import letter_of
from digest.issues.explain import Explanation, explain
from digest.issues.press import Press
from digest.logs import Log
from digest.mail.message import Message, build
from digest.mail.todraft import can_reply, reply_address
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Issue,
    NoticeKind,
    Period,
    Segment,
    Subscriber,
)
from digest.settings import Edition
from digest.store.issues import FoundIssue, IssueOutcome
from digest.store.newcomers import issue_key
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.desk import wake
from digest.subscribers.tokens import address_hash

log = Log(__name__)

_ANSWERS = {  # as the log names them
    answers.Approve: "approve",
    answers.Hold: "hold",
    answers.Note: "note",
    answers.PutFirst: "first",
}


class Issues:
    """The issues of a project."""

    def __init__(self, project: Project, ingest: Callable[[], object]) -> None:
        """`ingest` places what waits: a kill after a poll must not keep news out of an issue."""
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock
        self._ingest = ingest

    def period(self, edition: Edition, key: str | None) -> Period:
        """The period with this key, or the one that a person means who names none.

        "2026-W47.1" is a period published once more. Raises UsageError for a bad key.
        """
        if key is None:
            catch_up = self._settings.catch_up
            return publish.current(edition, self._store, catch_up=catch_up, now=self._clock())
        first, dot, _ = key.partition(".")
        try:
            period = period_of(edition, first)
        except ValueError as error:
            raise UsageError(str(error)) from error
        return replace(publish.again(edition, period, self._store), key=key) if dot else period

    def again(self, edition: Edition, period: Period) -> Period:
        """The same period under the next free key of its own, to publish it again."""
        return publish.again(edition, period, self._store)

    def latest(self, edition: Edition) -> Issue:
        """The issue that a person means who names no period.

        That of the period in progress, or the newest where that has nothing to tell yet.
        """
        period = self.period(edition, None)
        newest = self._store.issues.newest_before(edition.name, period.end)
        if newest is not None and self._clock() <= period.start:
            return newest.issue
        issue = self.draft(edition, period)
        return issue if issue.stories or newest is None else newest.issue

    def coming(self, edition: Edition) -> Issue | None:
        """What the issue of the period in progress would tell now; None if that has just begun."""
        now = self._clock()
        period = period_at(edition, now)
        return publish.draft(edition, period, self._press()) if period.start < now else None

    def draft(self, edition: Edition, period: Period) -> Issue:
        """The issue as it is, if it has been published, or as it would be now.

        Of a period that is over and was skipped or empty: as it would have been.
        """
        found = self._published(edition.name, period.key)
        if found is not None:
            return found.issue
        return publish.draft(edition, period, self._press())

    def render(self, issue: Issue, choice: Choice) -> Segment:
        """A draft or an issue as readers of this choice see it.

        A template of the project's own that fails is said in the log; the shipped one stands in.
        """
        rendered = self._project.renderer.segment(
            issue, choice, settings=self._settings, names=self._project.lexicon
        )
        if rendered.failure is not None:
            log.warning("template.failed", why=str(rendered.failure))
        return rendered.segment

    def segment_for(self, issue: Issue, reader: Subscriber) -> Segment:
        """What this reader was sent, or readers of their choice were; else what they would be."""
        found = self._published(issue.edition, issue.period.key)
        choice = reader.preferences.choice
        sent = found and self._store.issues.segment_of(found.id, choice, reader.id)
        return sent or self.render(issue, choice)

    def explain(self, edition: Edition, issue: Issue, segment: Segment) -> Explanation:
        """Why each story is in a segment and where it stands, and what was left out and why."""
        period = issue.period
        stories = publish.candidates(edition, period, self._store)
        return explain(
            issue,
            segment.choice,
            segment.stories,
            sections=self._settings.sections,
            stories=stories + self._store.entries.irrelevant_between(period.start, period.end),
            told_before=self._store.issues.told(edition.name, period.end),
            frozen=self._published(edition.name, period.key) is not None,
        )

    def message_for(self, issue: Issue, segment: Segment, reader: Subscriber) -> Message:
        """The message that this reader gets, byte for byte, whether it has been sent or not."""
        found = self._published(issue.edition, issue.period.key)
        number = (
            None if found is None else self._store.issues.segment_number(found.id, segment.choice)
        )
        delivery = Delivery(
            id=DeliveryId(0),
            key=issue_key(issue, reader.id),
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
        return build(delivery, segment, self._project.sender)

    def queue_copy(self, issue: Issue, address: str) -> None:
        """Queue a copy of an issue to one address, which need not subscribe.

        Raises UsageError for what is no address, DigestError where nothing may or can be sent.
        """
        try:
            recipient = normalise(address)
        except ValueError as error:
            raise UsageError(str(error)) from error
        hashed = address_hash(self._store.secret(), address_key(recipient))
        barred = self._store.subscribers.suppression(hashed)
        if barred is not None:
            raise DigestError(f"{recipient}: {barred}; nothing was sent")
        language = self._settings.language
        segment = self.render(issue, Choice(language=language))
        if segment.stories == 0:
            raise DigestError(f"{issue.edition} {issue.period.key} has no story; nothing to copy")
        now = self._clock()
        self._store.deliveries.add_letter(
            f"copy/{issue.edition}/{issue.period.key}/{hashed[:16]}/{now.isoformat()}",
            DeliveryKind.NOTICE,
            address=recipient,
            subscriber=None,
            letter=letter_of(segment, language),
            now=now,
        )

    def publish_due(self) -> Sequence[publish.Outcome]:
        """Publish every issue that is owed; gives what was decided.

        The operator is told of what is held though it is due.
        """
        self._ingest()
        wake(self._store, self._clock())  # whose pause is over gets the issue
        outcomes = publish.publish_due(self._settings.editions.values(), self._press())
        for outcome in outcomes:
            _log_failures(outcome)
            _tell(self._project, outcome)
        return [outcome for outcome in outcomes if not isinstance(outcome, publish.Kept)]

    def publish(self, edition: Edition, period: Period) -> publish.Outcome:
        """Publish one issue now, due or not. Raises DiskLowError."""
        require_room(self._settings, self._store)
        self._ingest()
        wake(self._store, self._clock())
        outcome = publish.freeze(edition, period, self._press())
        _log_failures(outcome)
        return outcome

    def answer(
        self, edition: Edition, period: Period, given: answers.Answer, who: str
    ) -> answers.Reply:
        """Keep what the operator says of an issue that is not out yet; gives what became of it."""
        reply = self.reply_of(edition, period, given, who)
        log_answer(edition, period, given, reply, who)
        return reply

    def reply_of(
        self, edition: Edition, period: Period, given: answers.Answer, who: str
    ) -> answers.Reply:
        """The same; the log says it when the caller knows that it is kept."""
        return review.answer(edition, period, given, who, self._press())

    def too_late(self, edition: Edition, period: Period) -> str | None:
        """Why nothing can be said of an issue any more; None while something can."""
        return review.too_late(edition, period, self._press())

    def stands(self, edition: Edition, period: Period) -> str:
        """When an issue goes that is not out yet, and why."""
        return review.stands(edition, period, self._press())

    def mail_drafts(self) -> None:
        """Queue a draft of each issue that the operator should see by now, once."""
        for edition, period in review.mail_drafts(self._settings.editions.values(), self._press()):
            log.info("issue.drafted", edition=edition.name, period=period.key)

    def _press(self) -> Press:
        """What issues are made with, now."""
        settings = self._settings

        def reply_to(key: str) -> str:
            return reply_address(key, settings.inbox, self._store.secret())

        return Press(
            store=self._store,
            renderer=self._project.renderer,
            settings=self._settings,
            lexicon=self._project.lexicon,
            now=self._clock(),
            reply_to=reply_to if can_reply(settings.operator, settings.inbox) else None,
        )

    def _published(self, edition: str, key: str) -> FoundIssue | None:
        found = self._store.issues.find(edition, key)
        return found if found and found.outcome is IssueOutcome.PUBLISHED else None


def log_answer(
    edition: Edition, period: Period, given: answers.Answer, reply: answers.Reply, who: str
) -> None:
    """Say in the log what the operator said of an issue, and whether it was kept."""
    log.info(
        "issue.reviewed",
        who=who,
        edition=edition.name,
        period=period.key,
        answer=_ANSWERS[type(given)],
        accepted=isinstance(reply, answers.Accepted),
    )


def _log_failures(outcome: publish.Outcome) -> None:
    if isinstance(outcome, publish.Published):
        for failure in outcome.failures:
            log.warning("template.failed", why=str(failure))


def _tell(project: Project, outcome: publish.Outcome) -> None:
    """Tell the operator of an issue that does not go out though it is due."""
    match outcome:
        case publish.Kept(review=held):
            words = publish.describe(outcome)
            about = f"{held.edition} {held.period}"
            project.raise_(NoticeKind.ISSUE_HELD, about, f"It is due, but {words}.")
        case publish.Unpublished(outcome=IssueOutcome.SKIPPED):
            words = (
                f"{publish.describe(outcome)}. Nobody gets it; `digest preview --edition"
                f" {outcome.edition} --period {outcome.period.key}` shows what it would tell."
            )
            about = f"{outcome.edition} {outcome.period.key}"
            project.raise_(NoticeKind.ISSUE_SKIPPED, about, words)
        case _:
            pass

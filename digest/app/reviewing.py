"""Does what the operator replies to a draft, as the command line would, and says what became of it.

All of a reply is one transaction with the row that it was handled and with its answer: a mail that
is read twice does nothing twice, whatever was said in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from digest.app.issues import Issues, log_answer
from digest.app.project import Project
from digest.app.stories import Stories, log_correction
from digest.errors import UsageError
from digest.issues import receipt
from digest.issues.answers import Accepted, Answer, Note, describe
from digest.issues.drafts import answering, draft_key, heading_of
from digest.issues.orders import Ordered, Said, Unclear
from digest.issues.receipt import Became, Receipt
from digest.issues.safe import plain
from digest.mail.todraft import ReplyToDraft, Told, reply_address
from digest.model import DeliveryKind, Period
from digest.settings import Edition
from digest.stories import correct
from digest.stories.corrections import Exclude, Lead, Merge, Split, Wish
from digest.subscribers.addresses import address_key
from digest.subscribers.bymail import Before, Outcome, Quiet, Unusable
from digest.subscribers.reading import Author, Proof
from digest.subscribers.tokens import address_hash

WHO = "the operator's mail"  # for the record: whoever is at the command line has a name
ANSWERS_A_DAY = 20  # to the operator: two programs may have begun to talk
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Cannot:
    """Why nothing can be said of an issue."""

    why: str


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a line of a reply."""

    became: Became
    log: Callable[[], None] | None = None  # says it in the log, once it is kept


class Reviewing:
    """The replies to the drafts of a project."""

    def __init__(self, project: Project, issues: Issues, stories: Callable[[], Stories]) -> None:
        self._settings = project.settings
        self._store = project.store
        self._clock = project.clock
        self._issues = issues
        self._stories = stories

    def obey(self, mail: ReplyToDraft) -> Outcome | Told:
        """Do what the operator says. Safe to repeat with the same mail. In the store's thread."""
        operator = self._operator(mail.author)
        if not isinstance(operator, str):
            return operator
        now, store = self._clock(), self._store
        hashed = address_hash(store.secret(), address_key(operator))
        with store.transaction():
            if not store.inbox.handle(mail.key, hashed, now):
                return Before()
            became, done = self._receipt(mail)
            room = ANSWERS_A_DAY - store.inbox.answers(hashed, now - _DAY)
            if room > 0:
                store.inbox.answer(mail.key, hashed)
                self._answer(mail, replace(became, last=room == 1), operator, now)
        for each in done:
            if each.log is not None:
                each.log()
        return Told() if room > 0 else Quiet("done; answered too often today")

    def _operator(self, author: Author | None) -> str | Outcome:
        """The operator's address, if it is they who wrote; else what becomes of the mail."""
        operator, inbox = self._settings.operator, self._settings.inbox
        if author is None:
            return Unusable("a reply to a draft that names nobody, or several, as its author")
        if author.proof is Proof.FAIL:
            return Quiet("our mail server found it forged")
        if operator is None or address_key(author.address) != address_key(operator):
            return Unusable("a reply to a draft, from another address than the operator's")
        if inbox.authserv_id is not None and author.proof is not Proof.PASS:
            return Unusable("a reply to a draft that our mail server does not prove the operator's")
        return operator

    def _answer(self, mail: ReplyToDraft, became: Receipt, operator: str, now: datetime) -> None:
        draft = draft_key(mail.draft.edition, mail.draft.period)
        letter = receipt.letter_of(
            became,
            self._settings.title,
            reply_to=reply_address(draft, self._settings.inbox, self._store.secret()),
            in_reply_to=mail.message_id,
        )
        self._store.deliveries.add_letter(
            f"{draft}/{mail.key[:12]}",  # a reply to this one is one to the draft
            DeliveryKind.ANSWER,
            address=operator,
            subscriber=None,
            letter=letter,
            now=now,
        )

    def _receipt(self, mail: ReplyToDraft) -> tuple[Receipt, Sequence[_Done]]:
        """Do it, and say what became of it."""
        heading = heading_of(mail.draft.edition, mail.draft.period)
        about = self._about(mail)
        if isinstance(about, _Cannot):
            return Receipt(heading=heading, lines=(), too_late=about.why), ()
        edition, period = about
        done = [self._done(each, edition, period) for each in mail.said]
        became = Receipt(
            heading=heading,
            lines=tuple(each.became for each in done),
            stands=self._issues.stands(edition, period),
            commands=answering(edition, period, self._settings, by_reply=True),
        )
        return became, done

    def _about(self, mail: ReplyToDraft) -> tuple[Edition, Period] | _Cannot:
        """The issue that a reply is about, if anything can be said of it still."""
        edition = self._settings.editions.get(mail.draft.edition)
        if edition is None:
            return _Cannot(f"there is no edition {mail.draft.edition} any more")
        try:
            period = self._issues.period(edition, mail.draft.period)
        except UsageError as error:  # its schedule is another one now
            return _Cannot(str(error))
        why = self._issues.too_late(edition, period)
        return (edition, period) if why is None else _Cannot(why)

    def _done(self, said: Said, edition: Edition, period: Period) -> _Done:
        """Do what a line orders, or not."""
        match said:
            case Unclear(words, why):
                return _Done(Became(words, why, done=False))
            case Ordered(words, order):
                if isinstance(order, Merge | Split | Lead | Exclude):
                    return self._corrected(words, order)
                return self._answered(words, order, edition, period)
            case _:
                assert_never(said)

    def _corrected(self, words: str, wish: Wish) -> _Done:
        outcome = self._stories().outcome_of(wish, WHO)
        told = correct.describe(outcome)
        if isinstance(outcome, correct.Refused):
            return _Done(Became(words, told, done=False))
        return _Done(Became(words, told, done=True), partial(log_correction, wish, outcome, WHO))

    def _answered(self, words: str, given: Answer, edition: Edition, period: Period) -> _Done:
        try:
            reply = self._issues.reply_of(edition, period, given, WHO)
        except UsageError as error:  # the clock was set back to before the period
            return _Done(Became(words, str(error), done=False))
        told, accepted = describe(reply), isinstance(reply, Accepted)
        if accepted and isinstance(given, Note) and given.words:
            told = f"{told}: “{plain(given.words)}”"
        return _Done(
            Became(words, told, done=accepted),
            partial(log_answer, edition, period, given, reply, WHO),
        )

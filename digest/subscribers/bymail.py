"""Does what a mail asks for, and answers it, in one transaction: once or not at all.

Who may have what done, by what is known of the mail's author: a token of ours does what it is for,
whoever sends it. A proven author's word is enough, but for joining. Anybody else's word only makes
us ask the owner of the address. A forged mail gets nothing, and nobody gets more than one answer.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import assert_never

from digest.model import (
    ASKABLE,
    Choice,
    DeliveryKind,
    Preferences,
    Status,
    Subscriber,
    Wish,
    WishKind,
)
from digest.subscribers.addresses import address_key
from digest.subscribers.answers import Answer, Done, Misread, letter_of
from digest.subscribers.commands import (
    Change,
    Command,
    Confirm,
    Decline,
    Help,
    Leave,
    Mute,
    Pause,
    Resume,
    Show,
    Subscribe,
    Unmute,
)
from digest.subscribers.desk import (
    EVENTS,
    STRANGER,
    AskedAlready,
    Desk,
    Joined,
    KnownAlready,
    Left,
    Obeyed,
    Refused,
    UnknownToken,
)
from digest.subscribers.lifecycle import Event, after
from digest.subscribers.limits import ANSWERS_A_DAY, Held
from digest.subscribers.names import apply
from digest.subscribers.questions import Asker, Owner, claim_slot
from digest.subscribers.reading import Author, MailRequest, Proof

_DAY = timedelta(days=1)
LONGEST_PAUSE = timedelta(days=366)

_DONE = {
    WishKind.JOIN: Done.JOINED,
    WishKind.LEAVE: Done.LEFT,
    WishKind.PAUSE: Done.PAUSED,
    WishKind.RESUME: Done.RESUMED,
    WishKind.CHANGE: Done.CHANGED,
    WishKind.MUTE: Done.MUTED,
    WishKind.UNMUTE: Done.UNMUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailToUs:
    """A mail that asks for something."""

    key: str  # the same for every copy of it
    request: MailRequest
    author: Author | None  # None: it names nobody whom to answer
    message_id: str = ""
    by_program: bool = False  # such a mail is never answered


@dataclass(frozen=True, slots=True)
class Answered:
    """It was done, or not, and a letter says so."""

    done: Done


@dataclass(frozen=True, slots=True)
class Questioned:
    """The owner of the address is asked."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """It was done, or there was nothing to do, and nobody is told; why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Before:
    """This mail was handled before."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Nothing can be done with it; a person should look at it."""

    reason: str


Outcome = Answered | Questioned | Quiet | Before | Unusable


def handle(desk: Desk, mail: MailToUs, now: datetime) -> Outcome:
    """Do what a mail asks for. Safe to repeat with the same mail."""
    with desk.store.transaction():
        hashed = desk.hash_of(mail.author.address) if mail.author else ""
        if not desk.store.inbox.handle(mail.key, hashed, now):
            return Before()
        outcome = _Visit(desk, mail, now).serve()
        if isinstance(outcome, Unusable):
            desk.store.inbox.forget(mail.key)  # nothing was done, which a repeat must say again
        return outcome


def _done(wish: Wish, before: Preferences) -> Done:
    """What was done, where a wish was obeyed."""
    made = wish.preferences if wish.kind is WishKind.CHANGE else None
    if made is not None and replace(made, alerts=before.alerts, rules=before.rules) == before:
        return Done.ALERTS_CHANGED
    return _DONE[wish.kind]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One mail before the desk."""

    desk: Desk
    mail: MailToUs
    now: datetime

    def serve(self) -> Outcome:
        command = self.mail.request.command
        by_token = self._by_token(command)
        if by_token is not None:
            return by_token
        author = self.mail.author
        if self.mail.by_program:
            return Unusable("a token that is not valid, or no longer")
        if author is None:
            return Unusable("it names nobody, or several, as its author")
        if author.proof is Proof.FAIL:
            return Quiet("our mail server found it forged")
        return self._by_author(command, author)

    # --- by token ----------------------------------------------------------------------------

    def _by_token(self, command: Command) -> Outcome | None:
        """What a token of ours does; None if there is none, or it is not good."""
        match command:
            case Leave(str(token)):
                left = self.desk.leave(token, self.now)
                return Quiet("left by token") if isinstance(left, Left) else None
            case Decline(str(token)):
                said = self.desk.say_no(token, self.now)
                return Quiet("declined") if isinstance(said, Left) else None
            case Confirm(str(token)):
                return self._said_yes(self.desk.confirm(token, self.now))
            case _:
                return None

    def _said_yes(self, answer: Joined | Obeyed | UnknownToken) -> Outcome | None:
        match answer:
            case Joined(reader):
                return self._answer(Done.JOINED, reader, proven=True)
            case Obeyed(reader, wish):
                return self._answer(_DONE[wish.kind], reader, proven=True)
            case UnknownToken():
                return None
            case _:
                assert_never(answer)

    # --- by author ---------------------------------------------------------------------------

    def _by_author(self, command: Command, author: Author) -> Outcome:  # noqa: PLR0911  # a table
        reader = self.desk.store.subscribers.by_key(address_key(author.address))
        match command:
            case Confirm():
                return self._yes_without_token(reader, author)
            case Decline():
                if reader is not None and author.proof is Proof.PASS:
                    self.desk.forget_questions(reader, self.now)
                return Quiet("declined")
            case Help():
                return self._help(reader, author)
            case Subscribe():
                return self._subscribe(reader, author)
            case Resume() if reader is None or after(reader.status, Event.RESUMED) is None:
                return self._subscribe(reader, author)
            case Show() | Leave() | Pause() | Resume() | Mute() | Unmute() | Change():
                if reader is None or reader.status in {Status.LEFT, Status.ERASED}:
                    return self._answer(Done.ABSENT, reader)
                return self._wish(command, reader, author)
            case _:
                assert_never(command)

    def _yes_without_token(self, reader: Subscriber | None, author: Author) -> Outcome:
        """A proven author's yes is as good as a token, where they were asked to join."""
        if reader is not None and author.proof is Proof.PASS:
            invitation = self.desk.store.subscribers.open_invitation(reader.id, self.now)
            said = None if invitation is None else self.desk.say_yes(invitation, self.now)
            done = None if said is None else self._said_yes(said)
            if done is not None:
                return done
        if reader is not None and reader.status is Status.ACTIVE:
            return self._answer(Done.KNOWN, reader)  # people say yes twice
        return self._answer(Done.STALE, reader)

    def _help(self, reader: Subscriber | None, author: Author) -> Outcome:
        request = self.mail.request
        # Most of what is not understood, from people whom we do not know, is spam.
        stranger = reader is None and author.proof is not Proof.PASS
        if request.lost and stranger and not request.brief:
            return Unusable("not understood")
        return self._answer(Done.NOTHING if request.unclear else Done.HELPED, reader)

    def _subscribe(self, reader: Subscriber | None, author: Author) -> Outcome:
        proven = author.proof is Proof.PASS
        known = reader is not None and after(reader.status, Event.ASKED) is None
        if reader is not None and known:
            if self.mail.request.settings:
                return self._wish(Change(), reader, author)
            return self._answer(Done.KNOWN, reader)
        base = Preferences(
            choice=Choice(language=self._language(reader)),
            rhythm=next(iter(self.desk.masthead.editions), Preferences().rhythm),
        )
        preferences, _ = self._preferences(base)
        asker: Asker = Owner() if proven else STRANGER
        asked = self.desk.subscribe(author.address, self.now, preferences=preferences, asker=asker)
        match asked:
            case AskedAlready() | KnownAlready():
                return self._answer(Done.INVITED, reader) if proven else Quiet("asked not long ago")
            case Refused(reason):
                return Quiet(reason)
            case _:
                return Questioned()

    def _wish(
        self,
        command: Show | Leave | Pause | Resume | Mute | Unmute | Change,
        reader: Subscriber,
        author: Author,
    ) -> Outcome:
        """What a reader, or somebody in their name, wants of their subscription."""
        preferences, misread = self._preferences(reader.preferences)
        changed = preferences if preferences != reader.preferences else None
        wish = self._meant(command, changed)
        if wish is None:
            return self._answer(Done.IMPOSSIBLE, reader, misread)
        if wish == Wish(kind=WishKind.CHANGE):
            return self._answer(Done.NOTHING if misread else Done.SHOWN, reader, misread)
        if author.proof is Proof.PASS:
            obeyed = self.desk.obey(reader, wish, self.now)
            if obeyed is None:
                return self._answer(Done.IMPOSSIBLE, reader, misread)
            longest = wish.until == self.now + LONGEST_PAUSE
            done = _done(wish, reader.preferences)
            return self._answer(done, obeyed.subscriber, misread, longest=longest)
        event = EVENTS.get(wish.kind)
        if event is not None and after(reader.status, event) is None:
            return self._answer(Done.IMPOSSIBLE, reader, misread)
        asked = self.desk.ask_owner(reader, wish, self.now)
        return Quiet("asked not long ago") if isinstance(asked, AskedAlready) else Questioned()

    def _meant(
        self,
        command: Show | Leave | Pause | Resume | Mute | Unmute | Change,
        changed: Preferences | None,
    ) -> Wish | None:
        """What a command wishes for; None for a pause that is over already."""
        match command:
            case Leave():
                return Wish(kind=WishKind.LEAVE)
            case Pause(end) | Mute(end):
                kind = WishKind.PAUSE if isinstance(command, Pause) else WishKind.MUTE
                until = self._until(end)
                return Wish(kind=kind, preferences=changed, until=until) if until else None
            case Resume():
                return Wish(kind=WishKind.RESUME, preferences=changed)
            case Unmute():
                return Wish(kind=WishKind.UNMUTE, preferences=changed)
            case Change() | Show():
                return Wish(kind=WishKind.CHANGE, preferences=changed)
            case _:
                assert_never(command)

    def _preferences(self, base: Preferences) -> tuple[Preferences, tuple[Misread, ...]]:
        vocabulary = self.desk.vocabulary
        made, unknown = apply(
            self.mail.request.settings, base, vocabulary.spellings, vocabulary.rhythms
        )
        return made, tuple(
            Misread(each.line, each.words, name=each.rule is None, rule=each.rule)
            for each in unknown
        )

    def _until(self, end: timedelta | date) -> datetime | None:
        """When a pause ends, within a year; None if that is over."""
        if isinstance(end, timedelta):
            until = self.now + end
        else:
            until = datetime.combine(end, time(), self.desk.masthead.zone)
        return min(until, self.now + LONGEST_PAUSE) if until > self.now else None

    # --- the answer --------------------------------------------------------------------------

    def _answer(
        self,
        done: Done,
        reader: Subscriber | None,
        misread: tuple[Misread, ...] = (),
        *,
        proven: bool = False,
        longest: bool = False,
    ) -> Outcome:
        """Queue the letter that says so, if one may go; to the address as we have it."""
        author, desk = self.mail.author, self.desk
        if reader is None and author is None:
            return Quiet("nobody to answer")
        proven = proven or (author is not None and author.proof is Proof.PASS)
        address = reader.address if reader is not None else author.address if author else ""
        held = self._held(address, proven=proven)
        if isinstance(held, Quiet):
            return held
        unclear = tuple(Misread(u.line, u.words) for u in self.mail.request.unclear)
        answer = Answer(
            done=done,
            reader=reader,
            language=self._language(reader),
            now=self.now,
            page="" if reader is None else desk.page_of(reader, self.now),
            misread=tuple(sorted((*unclear, *misread), key=lambda each: each.line)),
            longest=longest,
            proven=author is not None and author.proof is Proof.PASS,
        )
        desk.store.deliveries.add_letter(
            f"answer/{self.mail.key[:32]}",
            DeliveryKind.ANSWER,
            address=address,
            subscriber=None if reader is None else reader.id,
            letter=letter_of(
                answer, desk.masthead, self.mail.message_id if answer.proven else None
            ),
            now=self.now,
            not_before=held,
        )
        return Answered(done)

    def _held(self, address: str, *, proven: bool) -> datetime | Quiet:
        """When an answer may leave, or why there is none."""
        desk = self.desk
        hashed = desk.hash_of(address)
        if proven:
            if desk.store.inbox.answers(hashed, self.now - _DAY) >= ANSWERS_A_DAY:
                return Quiet("answered too often today")
            desk.store.inbox.answer(self.mail.key, hashed)
            return self.now
        if desk.store.subscribers.suppression(hashed) not in {None, *ASKABLE}:
            return Quiet("suppressed")
        at = claim_slot(desk.store, address, self.now)
        return Quiet("answered not long ago") if isinstance(at, Held) else at

    def _language(self, reader: Subscriber | None) -> str:
        if reader is not None:
            return reader.preferences.choice.language
        return "ja" if self.mail.request.japanese else self.desk.masthead.language

"""Joins, confirms and lets go: the one desk behind mail, web and command line.

It answers with values; whoever asked puts them into words. The life cycle decides what follows
from an event, the store records it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from digest.errors import UsageError
from digest.model import (
    ASKABLE,
    Consent,
    Preferences,
    Status,
    Subscriber,
    Suppression,
    Wish,
    WishKind,
)
from digest.store import Store
from digest.store.persons import PersonRecord
from digest.store.suppressions import Erased
from digest.subscribers import letters, links, tokens
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.importing import (
    Vocabulary,
    choose,
)
from digest.subscribers.lifecycle import Event, after
from digest.subscribers.limits import ASK_AGAIN_AFTER, Held
from digest.subscribers.questions import Asker, Lately, Owner, Stranger, ask


@dataclass(frozen=True, slots=True)
class Asked:
    """A confirmation mail is queued for this reader."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class AskedAlready:
    """This reader was asked within the last day, or often lately; no further mail was queued."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class KnownAlready:
    """The address has a subscription that this request does not change."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class Joined:
    """The reader is active now."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What was wished for is done; also if nothing had to be changed."""

    subscriber: Subscriber
    wish: Wish


@dataclass(frozen=True, slots=True)
class Left:
    """The reader gets nothing any more; also said to somebody who had left before."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class Refused:
    """The request cannot be met, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnknownToken:
    """A token that we did not make, that was used, or that has expired."""


STRANGER = Stranger()

# How somebody said yes, as their record has it.
BY_MAIL = "confirmed by mail"
ON_A_PAGE = "confirmed on a page"

# What befalls a subscription when a wish is met; of the other wishes, none of these.
EVENTS: Mapping[WishKind, Event] = MappingProxyType(
    {
        WishKind.LEAVE: Event.LEFT,
        WishKind.PAUSE: Event.PAUSED,
        WishKind.RESUME: Event.RESUMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that may happen to a subscription. Its methods are short calls on the store."""

    store: Store
    masthead: letters.Masthead
    vocabulary: Vocabulary
    lately: Lately = lambda _: None

    def preferences(
        self, *, language: str, rhythm: str, companies: Sequence[str], topics: Sequence[str]
    ) -> Preferences:
        """Preferences from the names that somebody typed.

        Raises UsageError with every name that is not known.
        """
        problems: list[str] = []
        values = {
            "language": language,
            "rhythm": rhythm,
            "companies": " ".join(companies),
            "topics": " ".join(topics),
        }
        chosen = choose(values, self.vocabulary, Preferences(), problems)
        if problems:
            raise UsageError("; ".join(problems))
        return chosen

    def subscribe(
        self,
        address: str,
        now: datetime,
        *,
        name: str = "",
        preferences: Preferences,
        asker: Asker = STRANGER,
    ) -> Asked | AskedAlready | KnownAlready | Refused:
        """Ask the owner of an address whether they want the list (double opt-in).

        Refused where the address was suppressed by its owner's wish: who called our mail spam or
        wanted to be forgotten is asked again only if they did it themselves (Owner). A
        mailbox that there was not may exist by now, and who has left may come back, so anybody may
        have those asked. Raises ValueError if the address is none.
        """
        reason = self.store.subscribers.suppression(self.hash_of(address))
        if reason is not None and reason not in ASKABLE and not isinstance(asker, Owner):
            return _refused(reason)
        with self.store.transaction():
            found = self.store.subscribers.by_key(address_key(address))
            if found is not None and after(found.status, Event.ASKED) is None:
                return KnownAlready(found)
            if found is None:
                found = self._add(
                    address, name, now, status=Status.PENDING, preferences=preferences
                )
            found = replace(found or self._known(address), preferences=preferences)
            wish = Wish(kind=WishKind.JOIN, preferences=preferences)
            asked = self.ask_owner(found, wish, now, asker=asker)
            if isinstance(asked, AskedAlready):
                return asked
            if found.status is Status.PENDING:  # others have what they chose until they confirm
                self.store.subscribers.set_preferences(found.id, preferences, now)
        return Asked(found)

    def ask_owner(
        self, reader: Subscriber, wish: Wish, now: datetime, *, asker: Asker = STRANGER
    ) -> Asked | AskedAlready:
        """Ask a reader whether a wish is theirs; nothing else is done until they say yes."""
        asked = ask(self.store, self.masthead, reader, wish, now, asker=asker, lately=self.lately)
        return AskedAlready(reader) if isinstance(asked, Held) else Asked(reader)

    def confirm(
        self, token: str, now: datetime, how: str = BY_MAIL
    ) -> Joined | Obeyed | UnknownToken:
        """Do what the holder of a confirmation token was asked; a token works once.

        Joining by it is the owner's own word, so it also lifts a suppression of the address.
        """
        return self.say_yes(tokens.confirmation_hash(token), now, how)

    def say_yes(
        self, token_hash: str, now: datetime, how: str = BY_MAIL
    ) -> Joined | Obeyed | UnknownToken:
        """The same, by the hash of the token."""
        with self.store.transaction():
            asked = self.store.subscribers.asked(token_hash, now)
            if asked is None:
                return UnknownToken()
            found, wish = asked
            if wish.kind is WishKind.JOIN:
                return self._join(token_hash, found, wish, now, how)
            obeyed = self.obey(found, wish, now)
            if obeyed is not None:
                self.store.subscribers.spend(found.id, now)
            return obeyed or UnknownToken()

    def say_no(self, token: str, now: datetime) -> Left | UnknownToken:
        """Do not do what the holder of a confirmation token was asked, and ask no more."""
        asked = self.store.subscribers.asked(tokens.confirmation_hash(token), now)
        return UnknownToken() if asked is None else self.forget_questions(asked[0], now)

    def forget_questions(self, reader: Subscriber, now: datetime) -> Left:
        """End every open question to a reader, with their subscription if it was not confirmed."""
        with self.store.transaction():
            self.store.subscribers.spend(reader.id, now)
            if reader.status is Status.PENDING:
                self.store.subscribers.set_status(reader.id, Status.LEFT, now)
        return Left(self.store.subscribers.get(reader.id) or reader)

    def obey(self, reader: Subscriber, wish: Wish, now: datetime) -> Obeyed | None:
        """Do what a reader wishes, who has proved to be it; None if that cannot befall them."""
        event = EVENTS.get(wish.kind)
        status = reader.status if event is None else after(reader.status, event)
        gone = event is None and reader.status in {Status.LEFT, Status.ERASED}
        if status is None or gone:
            return None
        with self.store.transaction():
            if event is Event.PAUSED or status is not reader.status:
                self.store.subscribers.set_status(reader.id, status, now, paused_until=wish.until)
            if wish.kind in {WishKind.MUTE, WishKind.UNMUTE}:
                self.store.subscribers.mute(reader.id, wish.until, now)
            if wish.preferences is not None:
                self.store.subscribers.set_preferences(reader.id, wish.preferences, now)
        return Obeyed(self.store.subscribers.get(reader.id) or reader, wish)

    def _join(
        self, token_hash: str, found: Subscriber, wish: Wish, now: datetime, how: str
    ) -> Joined | UnknownToken:
        status = after(found.status, Event.CONFIRMED)
        if status is None:
            return UnknownToken()
        confirmed = self.store.subscribers.confirm(
            token_hash,
            status,
            now,
            was=found.status,
            consent=Consent(at=now, how=how, words=f"yes to {self.masthead.title}"),
            address_hash=self.hash_of(found.address),
        )
        if confirmed is None:
            return UnknownToken()
        if wish.preferences is not None:  # what the letter said that they would get
            self.store.subscribers.set_preferences(confirmed.id, wish.preferences, now)
        return Joined(self.store.subscribers.get(confirmed.id) or confirmed)

    def leave(self, token: str, now: datetime) -> Left | UnknownToken:
        """End the subscription that a leave token names; safe to repeat."""
        number = tokens.who_leaves(self.store.secret(), token)
        found = None if number is None else self.store.subscribers.get(number)
        status = None if found is None else after(found.status, Event.LEFT)
        if found is None or status is None:
            return UnknownToken()
        if found.status is not status:
            self.store.subscribers.set_status(found.id, status, now)
        return Left(replace(found, status=status))

    def record(
        self,
        address: str,
        now: datetime,
        *,
        consent: Consent | None,
        status: Status = Status.ACTIVE,
        name: str = "",
        preferences: Preferences,
        paused_until: datetime | None = None,
    ) -> Joined | KnownAlready | Refused:
        """Record how somebody stood elsewhere: active or paused with a consent, suspended, left.

        Raises ValueError if the address is none. Never brings back somebody who has left, whose
        address failed, or who asked to be forgotten: that takes their own confirmation.
        """
        refused = self.obstacle(address, Event.RECORDED, now)
        if refused is not None:
            return refused
        with self.store.transaction():
            added = self._add(
                address, name, now, status=status, preferences=preferences, consent=consent
            )
            found = added or self._known(address)
            fits = added is not None or after(found.status, Event.RECORDED) is not None
            if not fits or not self.store.subscribers.set_status(
                found.id,
                status,
                now,
                was=found.status,
                consent=consent,
                preferences=preferences,
                paused_until=paused_until,
            ):
                raise UsageError(f"{address}: has changed in this very moment; try again")
        return Joined(self._known(address))

    def remove(self, address: str, now: datetime) -> Left | None:
        """End a subscription, as its reader would; None if the address is not known.

        Raises ValueError if it is none.
        """
        found = self.store.subscribers.by_key(address_key(address))
        if found is None or after(found.status, Event.LEFT) is None:
            return None
        with self.store.transaction():
            self.store.subscribers.spend(found.id, now)
            if found.status is not Status.LEFT:
                self.store.subscribers.set_status(found.id, Status.LEFT, now)
        return Left(self._known(address))

    def erase(self, address: str, now: datetime) -> Erased | None:
        """Forget a person; only a keyed hash stays, so that no import brings them back.

        None if nothing is kept of the address but such a hash. Raises ValueError if it is none.
        """
        found, record = self.record_of(address)
        if found is None and not record.deliveries and not record.alerts:
            return None
        erased = self.store.persons.erase(
            normalise(address) if found is None else found.address,
            self.hash_of(address),
            Suppression.FORGOTTEN,
            None if found is None else found.id,
            now,
        )
        self.store.scrub()
        return erased

    def record_of(self, address: str) -> tuple[Subscriber | None, PersonRecord]:
        """All that is kept of whoever has this address. Raises ValueError if it is none."""
        found = self.store.subscribers.by_key(address_key(address))
        number = None if found is None else found.id
        kept = self.store.persons.record(normalise(address), self.hash_of(address), number)
        return found, kept

    def obstacle(self, address: str, event: Event, now: datetime) -> KnownAlready | Refused | None:
        """Why the operator cannot bring this address in, or None if nothing forbids it."""
        found = self.store.subscribers.by_key(address_key(address))
        if found is not None and after(found.status, Event.RECORDED) is None:
            if after(found.status, Event.RESUMED) is not None:  # a subscription, perhaps paused
                return KnownAlready(found)
            return _refused(f"the reader is {found.status}")
        if found is not None and event is Event.ASKED and self._asked_lately(found, now):
            return KnownAlready(found)
        reason = self.store.subscribers.suppression(self.hash_of(address))
        return None if reason is None else _refused(reason)

    def page_of(self, reader: Subscriber, now: datetime) -> str:
        """Where a reader changes what they get; "" where there are no pages, or nothing to change.

        Only for a letter to their own address: whoever has the link may change it.
        """
        if self.masthead.public_url is None or after(reader.status, Event.PAUSED) is None:
            return ""
        token = tokens.preferences_token(self.store.secret(), reader.id, now)
        return links.page(self.masthead.public_url, links.PREFERENCES, token)

    def hash_of(self, address: str) -> str:
        """What tables keep of an address that is not kept itself."""
        return tokens.address_hash(self.store.secret(), address_key(address))

    def _asked_lately(self, reader: Subscriber, now: datetime) -> bool:
        times = self.store.inbox.latest_letters(self.hash_of(reader.address), "", 1).address
        return any(now - at < ASK_AGAIN_AFTER for at in times)

    def _add(
        self,
        address: str,
        name: str,
        now: datetime,
        *,
        status: Status,
        preferences: Preferences,
        consent: Consent | None = None,
    ) -> Subscriber | None:
        added = self.store.subscribers.add(
            normalise(address),
            address_key(address),
            name=name,
            status=status,
            preferences=preferences,
            consent=consent,
            now=now,
        )
        return None if added is None else self.store.subscribers.get(added)

    def _known(self, address: str) -> Subscriber:
        found = self.store.subscribers.by_key(address_key(address))
        if found is None:  # somebody else erased them in this very moment
            raise UsageError(f"{address}: has just been removed; try again")
        return found


def wake(store: Store, now: datetime) -> int:
    """End the pauses that are over; gives how many."""
    over = store.subscribers.pauses_over(now)
    for reader in over:
        store.subscribers.set_status(reader.id, Status.ACTIVE, now, was=Status.PAUSED)
    return len(over)


def _refused(reason: str) -> Refused:
    return Refused(f"{reason}; only their own confirmation can bring them back")

"""Joins, confirms and lets go: the one desk behind mail, web and command line.

It answers with values; whoever asked puts them into words. The life cycle decides what follows
from an event, the store records it.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from digest.errors import UsageError
from digest.model import Consent, Preferences, Status, Subscriber, Suppression
from digest.store import Store
from digest.subscribers import letters, tokens
from digest.subscribers.addresses import address_key, normalise
from digest.subscribers.importing import (
    BadRow,
    Candidate,
    Defaults,
    Row,
    Vocabulary,
    choose,
    read_row,
)
from digest.subscribers.lifecycle import Event, after

GOOD_FOR = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(hours=24)  # so that nobody can be flooded through us
ROWS_TOGETHER = 200  # of an import, in one transaction: a commit waits for the disk


@dataclass(frozen=True, slots=True)
class Asked:
    """A confirmation mail is queued for this reader."""

    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class AskedAlready:
    """This reader was asked within the last day; no second mail was queued."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    active: tuple[str, ...] = ()  # addresses that joined with a recorded consent
    asked: tuple[str, ...] = ()  # addresses that get a confirmation mail
    known: tuple[str, ...] = ()  # addresses left as they are
    bad: tuple[BadRow, ...] = ()


class _Fate(Enum):
    """What became of a row that could be used."""

    ACTIVE = auto()
    ASKED = auto()
    KNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that may happen to a subscription. Its methods are short calls on the store."""

    store: Store
    words: letters.Words
    vocabulary: Vocabulary

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
        by_owner: bool = False,
    ) -> Asked | AskedAlready | KnownAlready | Refused:
        """Ask the owner of an address whether they want the list (double opt-in).

        Refused where the address was suppressed by its owner's wish: who called our mail spam or
        wanted to be forgotten is asked again only if they did it themselves (`by_owner`: their own
        mail server vouches for it). A mailbox that there was not may exist by now, so anybody may
        have it asked. Raises ValueError if the address is none. If the program dies between adding
        the reader and queueing the mail, asking again queues it.
        """
        reason = self.store.subscribers.suppression(self._hash(address))
        if reason is not None and reason is not Suppression.DEAD and not by_owner:
            return _refused(reason)
        found = self.store.subscribers.by_key(address_key(address))
        if found is None:
            found = self._add(address, name, now, status=Status.PENDING, preferences=preferences)
        if found is None:
            found = self._known(address)
        if after(found.status, Event.ASKED) is None:
            return KnownAlready(found)
        if self._asked_lately(found, now):
            return AskedAlready(found)
        self.store.subscribers.set_preferences(found.id, preferences, now)
        self._ask(found, preferences, now)
        return Asked(replace(found, preferences=preferences))

    def confirm(self, token: str, now: datetime) -> Joined | UnknownToken:
        """Make the holder of a confirmation token a reader; a token works once.

        It is the owner's own word, so it also lifts a suppression of the address.
        """
        token_hash = tokens.confirmation_hash(token)
        found = self.store.subscribers.asked(token_hash, now)
        status = None if found is None else after(found.status, Event.CONFIRMED)
        if found is None or status is None:
            return UnknownToken()
        confirmed = self.store.subscribers.confirm(
            token_hash,
            status,
            now,
            was=found.status,
            consent=Consent(at=now, how="confirmed by mail", words=f"yes to {self.words.title}"),
            address_hash=self._hash(found.address),
        )
        return UnknownToken() if confirmed is None else Joined(confirmed)

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

    def add_active(
        self,
        address: str,
        now: datetime,
        *,
        consent: Consent,
        name: str = "",
        preferences: Preferences,
    ) -> Joined | KnownAlready | Refused:
        """Record a consent given elsewhere.

        Raises ValueError if the address is none. Never brings back somebody who has left, whose
        address failed, or who asked to be forgotten: that takes their own confirmation.
        """
        refused = self._obstacle(address, Event.RECORDED, now)
        if refused is not None:
            return refused
        added = self._add(
            address,
            name,
            now,
            status=Status.ACTIVE,
            preferences=preferences,
            consent=consent,
        )
        if added is not None:
            return Joined(added)
        found = self._known(address)
        status = after(found.status, Event.RECORDED)
        if status is None or not self.store.subscribers.set_status(
            found.id, status, now, was=found.status, consent=consent, preferences=preferences
        ):
            raise UsageError(f"{address}: has changed in this very moment; try again")
        return Joined(self._known(address))

    def remove(self, address: str, now: datetime) -> bool:
        """Forget a reader; only a keyed hash stays, so that no import brings them back.

        False if the address is not known. Raises ValueError if it is none.
        """
        found = self.store.subscribers.by_key(address_key(address))
        if found is None:
            return False
        self.store.subscribers.remove(found.id, self._hash(address), now)
        return True

    def import_rows(
        self, rows: Sequence[Row], now: datetime, *, defaults: Defaults, dry_run: bool
    ) -> ImportReport:
        """Bring in many readers, each row by itself; `dry_run` only says what would happen.

        A bad row is reported and left out, the others go on. Safe to repeat.
        """
        seen: dict[str, int] = {}
        fates: list[tuple[_Fate, str]] = []
        bad: list[BadRow] = []
        for start in range(0, len(rows), ROWS_TOGETHER):
            with nullcontext() if dry_run else self.store.transaction():
                for row in rows[start : start + ROWS_TOGETHER]:
                    match self._import(row, now, seen, defaults=defaults, dry_run=dry_run):
                        case BadRow() as found:
                            bad.append(found)
                        case fate:
                            fates.append(fate)
        of = {fate: tuple(who for what, who in fates if what is fate) for fate in _Fate}
        return ImportReport(
            active=of[_Fate.ACTIVE], asked=of[_Fate.ASKED], known=of[_Fate.KNOWN], bad=tuple(bad)
        )

    def _import(
        self, row: Row, now: datetime, seen: dict[str, int], *, defaults: Defaults, dry_run: bool
    ) -> "tuple[_Fate, str] | BadRow":
        candidate = read_row(row, self.vocabulary, defaults, now)
        if isinstance(candidate, BadRow):
            return candidate
        address = candidate.address
        first = seen.setdefault(address_key(address), row.line)
        if first != row.line:
            return BadRow(row.line, f"the address of line {first} again")
        event = Event.ASKED if candidate.consent is None else Event.RECORDED
        match self._obstacle(address, event, now):
            case KnownAlready():
                return _Fate.KNOWN, address
            case Refused(reason):
                return BadRow(row.line, reason)
            case None if not dry_run:
                self._bring_in(candidate, now)
            case None:
                pass
        return _Fate.ASKED if candidate.consent is None else _Fate.ACTIVE, address

    def _bring_in(self, candidate: Candidate, now: datetime) -> None:
        name, preferences = candidate.name, candidate.preferences
        if candidate.consent is None:
            self.subscribe(candidate.address, now, name=name, preferences=preferences)
        else:
            self.add_active(
                candidate.address,
                now,
                consent=candidate.consent,
                name=name,
                preferences=preferences,
            )

    def _obstacle(self, address: str, event: Event, now: datetime) -> KnownAlready | Refused | None:
        """Why the operator cannot bring this address in, or None if nothing forbids it."""
        found = self.store.subscribers.by_key(address_key(address))
        if found is not None and after(found.status, Event.RECORDED) is None:
            if after(found.status, Event.RESUMED) is not None:  # a subscription, perhaps paused
                return KnownAlready(found)
            return _refused(f"the reader is {found.status}")
        if found is not None and event is Event.ASKED and self._asked_lately(found, now):
            return KnownAlready(found)
        reason = self.store.subscribers.suppression(self._hash(address))
        return None if reason is None else _refused(reason)

    def _hash(self, address: str) -> str:
        return tokens.address_hash(self.store.secret(), address_key(address))

    def _asked_lately(self, reader: Subscriber, now: datetime) -> bool:
        last = self.store.subscribers.last_asked(reader.id)
        return last is not None and now - last < ASK_AGAIN_AFTER

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

    def _ask(self, reader: Subscriber, preferences: Preferences, now: datetime) -> None:
        token = tokens.new_confirmation()
        token_hash = tokens.confirmation_hash(token)
        self.store.subscribers.ask(
            reader.id,
            token_hash,
            now + GOOD_FOR,
            key=f"confirmation/{reader.id}/{token_hash[:16]}",
            address=reader.address,
            letter=letters.confirmation(self.words, preferences, token, GOOD_FOR),
            now=now,
        )


def _refused(reason: str) -> Refused:
    return Refused(f"{reason}; only their own confirmation can bring them back")

"""What the running service remembers of itself, for other processes and for its next run."""

from dataclasses import dataclass
from datetime import datetime

from digest.store.database import Database
from digest.store.meta import Key
from digest.store.values import maybe_moment, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A configuration that the service did not take over; it goes on with the one before."""

    since: datetime  # of the first that was rejected, if several were
    words: str  # every problem on a line of its own


class ServiceTable:
    """The clock as the service saw it last, and the configuration that it has rejected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_seen(self) -> datetime | None:
        """When a service last looked at the clock; None before the first."""
        return maybe_moment(self._database.meta.get(Key.SEEN))

    def see(self, now: datetime) -> None:
        """Remember the clock."""
        self._database.meta.put(Key.SEEN, stamp(now))

    def rejection(self) -> Rejection | None:
        """Why the configuration on disk is not the one in use; None where it is."""
        return self._database.meta.value(Key.REJECTED, Rejection)

    def reject(self, words: str, now: datetime) -> Rejection:
        """Keep why a configuration was rejected; gives it with the time when that began."""
        with self._database.transaction():
            known = self.rejection()
            rejected = Rejection(since=now if known is None else known.since, words=words)
            self._database.meta.keep(Key.REJECTED, rejected)
        return rejected

    def accept(self) -> None:
        """The configuration on disk is in use: forget what was wrong with it."""
        if self._database.meta.get(Key.REJECTED) is not None:
            self._database.meta.forget(Key.REJECTED)

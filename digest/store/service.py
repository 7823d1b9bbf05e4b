"""What the running service remembers of itself, for other processes and for its next run."""

from dataclasses import dataclass
from datetime import datetime

from digest.store.database import Database
from digest.store.values import from_json, moment, stamp, to_json

_SEEN = "last_seen_wall"  # in meta
_REJECTED = "config_rejected"


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
        found = self._get(_SEEN)
        return None if found is None else moment(found)

    def see(self, now: datetime) -> None:
        """Remember the clock."""
        self._put(_SEEN, stamp(now))

    def rejection(self) -> Rejection | None:
        """Why the configuration on disk is not the one in use; None where it is."""
        text = self._get(_REJECTED)
        if text is None:
            return None
        found = from_json(text, dict[str, str])
        return Rejection(since=moment(found["since"]), words=found["words"])

    def reject(self, words: str, now: datetime) -> Rejection:
        """Keep why a configuration was rejected; gives it with the time when that began."""
        with self._database.transaction():
            known = self.rejection()
            rejected = Rejection(since=now if known is None else known.since, words=words)
            self._put(_REJECTED, to_json({"since": stamp(rejected.since), "words": words}))
        return rejected

    def accept(self) -> None:
        """The configuration on disk is in use: forget what was wrong with it."""
        if self.rejection() is not None:
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM meta WHERE key = ?", (_REJECTED,))

    def _get(self, key: str) -> str | None:
        row = self._database.connection.execute(
            "SELECT value FROM meta WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else str(row["value"])

    def _put(self, key: str, value: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value)
            )

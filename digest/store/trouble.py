"""Why no mail leaves, for as long as that is so: what `digest status` tells, in any process."""

from dataclasses import dataclass
from datetime import datetime

from digest.store.database import Database
from digest.store.values import from_json, moment, stamp, to_json

_KEY = "mail_trouble"  # in meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The mail server bars the way."""

    since: datetime
    words: str  # the server's, or the system's; no reader is named
    blocked: bool  # the fault is ours to mend: login, sender; else nobody answers, or "later"


class TroubleTable:
    """The trouble there is with the mail server, if there is any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Trouble | None:
        """Why no mail leaves; None where the last attempt went well, or there was none."""
        row = self._database.connection.execute(
            "SELECT value FROM meta WHERE key = ?", (_KEY,)
        ).fetchone()
        if row is None:
            return None
        found = from_json(row["value"], dict[str, str])
        return Trouble(
            since=moment(found["since"]),
            words=found["words"],
            blocked=found["blocked"] == "yes",
        )

    def met(self, words: str, now: datetime, *, blocked: bool) -> Trouble:
        """Keep that the server bars the way; gives it with the time when that began."""
        with self._database.transaction() as connection:
            known = self.get()
            trouble = Trouble(
                since=now if known is None else known.since, words=words, blocked=blocked
            )
            kept = {
                "since": stamp(trouble.since),
                "words": words,
                "blocked": "yes" if blocked else "no",
            }
            connection.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_KEY, to_json(kept))
            )
        return trouble

    def over(self) -> None:
        """A message went through: forget it."""
        if self.get() is not None:  # nearly never: no write lock is taken for nothing
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM meta WHERE key = ?", (_KEY,))

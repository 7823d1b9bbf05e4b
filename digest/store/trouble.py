"""Why no mail leaves, for as long as that is so: what `digest status` tells, in any process."""

from dataclasses import dataclass
from datetime import datetime

from digest.store.database import Database
from digest.store.meta import Key


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
        return self._database.meta.value(Key.TROUBLE, Trouble)

    def met(self, words: str, now: datetime, *, blocked: bool) -> Trouble:
        """Keep that the server bars the way; gives it with the time when that began."""
        with self._database.transaction():
            known = self.get()
            trouble = Trouble(
                since=now if known is None else known.since, words=words, blocked=blocked
            )
            self._database.meta.keep(Key.TROUBLE, trouble)
        return trouble

    def over(self) -> None:
        """A message went through: forget it."""
        # Nearly never: no write lock is taken for nothing.
        if self._database.meta.get(Key.TROUBLE) is not None:
            self._database.meta.forget(Key.TROUBLE)

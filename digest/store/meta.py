"""Single values that are kept under a name: what there is once in an installation."""

import sqlite3
from enum import StrEnum
from typing import TypeVar

from digest.store.values import maybe_json, to_json

T = TypeVar("T")


class Key(StrEnum):
    """Every name under which something is kept."""

    SECRET = "secret"  # noqa: S105  # its name; it signs tokens and hashes addresses
    AUTHORITY = "authority"  # who gives the issues their ids, and since when
    SEEN = "last_seen_wall"  # when a service last looked at the clock
    REJECTED = "config_rejected"  # why what is on disk is not in use
    TROUBLE = "mail_trouble"  # why no mail leaves
    STAGES = "stages_seen"  # the last cluster that was looked at for a stage of a saga
    PRUNED = "pruned"  # when everything was walked through last
    WRITTEN = "written_at"  # when it was last tried whether the state can be written
    TAKEN = "taken"  # in copies only: when they were made
    GENERATION = "generation"  # how many databases this one comes from
    RESTORED = "restored"  # the last restore


class MetaTable:
    """Gets, puts and forgets values. Each call is one statement, in a transaction if one is on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, key: Key) -> str | None:
        """The value of a name; None if it has none."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def value(self, key: Key, kind: type[T]) -> T | None:
        """What `keep` kept of this kind; None also for what is of another release's form."""
        return maybe_json(self.get(key), kind)

    def keep(self, key: Key, value: object) -> None:
        """Keep a value of several fields in place of any earlier one."""
        self.put(key, to_json(value))

    def put(self, key: Key, value: str) -> None:
        """Keep a value in place of any earlier one."""
        self._connection.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value)
        )

    def forget(self, key: Key) -> None:
        """Let a name have no value."""
        self._connection.execute("DELETE FROM meta WHERE key = ?", (key,))

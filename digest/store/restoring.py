"""Puts a backup in the place of the database, and sees to it that nothing is sent a second time.

Whatever left after the backup was made is not in it. Where the database that was in place is sound
and the backup is of it, all that was read, told and sent is taken over from there, and of the
readers those who have left since; then nothing is in doubt. Else all that the backup has still to
send is held, because it may have been sent, until the operator says what became of it.

Either way the copy gets a generation of its own, and its numbers go on above all that were given
out: tokens in mails name them. What was in place is set aside, never deleted.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.errors import StoreError, UsageError
from digest.model import OPEN_STATES
from digest.store.carrying import carry
from digest.store.copies import problems_of
from digest.store.database import connect, open_database
from digest.store.files import free_name, hand_over, make_folder, sync_folder
from digest.store.meta import Key, MetaTable
from digest.store.migrating import check_version
from digest.store.restored import HELD_UNTIL, HELD_WORDS, Restored, record
from digest.store.takingover import Since, of_this_schema, take_over
from digest.store.values import maybe_moment, stamp, to_json
from digest.upkeep import first_number, latest

# What a file system says that knows no hard links.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
# Their numbers are in tokens, in addresses and in Message-IDs.
_NUMBERED = ("subscribers", "segments", "deliveries", "alerts", "alerts_told")
_ACTIVITY = (
    "SELECT max(last_poll) FROM feeds",
    "SELECT max(changed_at) FROM deliveries",
    "SELECT max(changed_at) FROM subscribers",
    "SELECT max(frozen_at) FROM issues",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a database says of itself."""

    secret: str
    generation: int
    taken: datetime | None  # when it was copied; None: it is no copy that we made
    active: datetime | None  # when something happened in it last

    @property
    def until(self) -> datetime | None:
        """What it knows of ends here."""
        return self.taken or self.active


def examine(file: Path) -> Found:
    """What a backup says of itself.

    Raises UsageError if there is none, StoreError if it is none of ours, damaged or newer.
    """
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file; `digest backup --list` shows backups")
    try:
        with closing(connect(f"{file.absolute().as_uri()}?mode=ro")) as connection:
            _check(file, problems_of(connection))
            check_version(file, connection)
            return _about(connection)
    except (sqlite3.Error, StoreError, ValueError) as error:
        if isinstance(error, StoreError) and error.__cause__ is None:
            raise
        why = error.__cause__ or error
        raise StoreError(f"{file}: is no backup of digest ({why}); nothing was changed") from error


def _check(file: Path, problems: list[str]) -> None:
    if problems:
        raise StoreError(f"{file}: is damaged ({'; '.join(problems)}); nothing was changed")


def _about(connection: sqlite3.Connection) -> Found:
    meta = MetaTable(connection)
    secret = meta.get(Key.SECRET)
    if secret is None:
        raise ValueError("it has lost its secret")
    return Found(
        secret=secret,
        generation=int(meta.get(Key.GENERATION) or 1),
        taken=maybe_moment(meta.get(Key.TAKEN)),
        active=latest([maybe_moment(connection.execute(q).fetchone()[0]) for q in _ACTIVITY]),
    )


@contextmanager
def workshop(state: Path, file: Path) -> Iterator[Path]:
    """A folder in which a copy of the backup is made ready; it is gone afterwards.

    The copy is a state of its own: it is opened, and migrated, like any other.
    """
    folder = state / "restoring"
    shutil.rmtree(folder, ignore_errors=True)  # what a kill has left
    make_folder(folder)
    try:
        with (
            closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as backup,
            closing(sqlite3.connect(folder / "digest.db")) as copy,
        ):
            backup.backup(copy)
        (folder / "digest.db").chmod(0o600)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_original(path: Path) -> Found | None:
    """What the database in place says of itself; None if it cannot be relied on.

    What a kill has left in its journal is settled, so that it is one file.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with closing(connect(path.absolute().as_uri())) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            return None if problems_of(connection) else _about(connection)
    except (sqlite3.Error, StoreError, ValueError):
        return None


def is_its_past(backup: Found, original: Found | None) -> bool:
    """Whether the original is what became of the backup since."""
    if original is None or backup.until is None or original.active is None:
        return False
    same = (backup.secret, backup.generation) == (original.secret, original.generation)
    return same and original.active >= (backup.active or original.active)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the copy holds and what it holds back."""

    since: Since | None  # what has happened since; None: nobody knows
    held: int = 0  # messages that wait for the operator's word
    left: int | None = None  # readers who have left since; None: nobody knows, or not of all
    foreign: bool = False  # what was in place is another list's


def make_ready(
    folder: Path, file: Path, backup: Found, original: Path, *, bring_back: bool, now: datetime
) -> Prepared:
    """Make the copy in a workshop's folder such that nothing is sent from it a second time.

    Who has left since has left, unless they are to be brought back. Raises StoreError.
    """
    found = read_original(original)
    with closing(open_database(folder)) as database:
        connection = database.connection
        connection.execute("PRAGMA foreign_keys = OFF")  # whole tables are taken over
        if is_its_past(backup, found):
            known = of_this_schema(folder, original)
            since = take_over(connection, known, bring_back=bring_back)
            prepared = Prepared(since=since, left=since.left)
        else:
            left = carry(connection, original, now, bring_back=bring_back)
            foreign = found is not None and found.secret != backup.secret
            with database.transaction():
                held = _hold(connection, now)
            prepared = Prepared(since=None, held=held, left=left, foreign=foreign)
        before = max(backup.generation, 1 if found is None else found.generation)
        restored = Restored(
            at=now,
            file=str(file),
            until=backup.until,
            generation=before + 1,
            waits=prepared.since is None,
        )
        with database.transaction():
            _number_anew(connection, now)
            MetaTable(connection).forget(Key.TAKEN)
            record(connection, restored)
    return prepared


def _hold(connection: sqlite3.Connection, now: datetime) -> int:
    """Hold what the backup has still to send; gives how many messages.

    Nobody is told of old alerts, and what the feeds' next documents bring was there before: it is
    in the next issue, and no alert.
    """
    held = connection.execute(
        "UPDATE deliveries SET state = 'unknown', not_before = ?, reply = ?, lease_until = NULL,"
        " changed_at = ? WHERE state IN (SELECT value FROM json_each(?)) AND address <> ''",
        (stamp(HELD_UNTIL), HELD_WORDS, stamp(now), to_json(sorted(OPEN_STATES))),
    ).rowcount
    connection.execute(
        "UPDATE alerts_told SET told_at = ?, outcome = ? WHERE told_at IS NULL",
        (stamp(now), HELD_WORDS),
    )
    connection.execute("DELETE FROM unwatched")
    connection.execute("UPDATE feeds SET first_read = NULL")
    connection.execute("UPDATE subscribers SET welcomed = 1 WHERE welcomed = 0")
    return held


def _number_anew(connection: sqlite3.Connection, now: datetime) -> None:
    """Let the numbers that mails name go on above all that were given out before."""
    for table in _NUMBERED:
        values = {"first": first_number(now), "table": table}
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT :table, 0"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :table)",
            values,
        )
        connection.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, :first) WHERE name = :table", values
        )


def put_in_place(state: Path, ready: Path, now: datetime) -> Path | None:
    """Put the copy in its place, and what was there aside; gives where it is now.

    At no moment is there nothing in the place, unless the file system knows no hard links.
    """
    path, aside = state / "digest.db", None
    with closing(sqlite3.connect(ready)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    with ready.open("rb") as file:
        hand_over(file.fileno(), state)
        os.fsync(file.fileno())
    if path.exists():
        folder = state / "backups"
        make_folder(folder)
        aside = free_name(folder / f"before-restore-{now:%Y%m%dT%H%M%SZ}.db")
        linked = _link(path, aside)
        # A journal of the old file must never meet the new one.
        for end in ("-journal", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
        if not linked:
            path.rename(aside)
        sync_folder(folder)
    ready.replace(path)
    sync_folder(state)
    return aside


def _link(path: Path, aside: Path) -> bool:
    """Give a file a second name; False where the file system knows no such thing."""
    try:
        os.link(path, aside)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True

"""Keeps the state whole: backups by schedule, old rows pruned, an eye on the disk.

What is due and what is low is decided in upkeep.py; here is the disk.
"""

import asyncio
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from digest import upkeep
from digest.app.project import Project
from digest.app.room import room
from digest.errors import DamagedError, DigestError, StoreError
from digest.logs import Log
from digest.model import NoticeKind
from digest.settings import Settings
from digest.store.copies import copy_database
from digest.store.database import open_database
from digest.store.files import make_folder, sync_folder
from digest.store.folder import check_sound, how_to_restore, refuse_remote
from digest.store.pruning import Limits

log = Log(__name__)

LOOK_EVERY = timedelta(minutes=1)
LOOK_AGAIN = timedelta(seconds=5)  # while the disk is low
PRUNE_EVERY = timedelta(days=1)
_DATABASE = "state/digest.db"


class Keeping:
    """What keeps the state of a project whole."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._db = project.db
        self._clock = project.clock
        self._low = False
        self._looked: datetime | None = None
        self._tried: datetime | None = None  # to back up, when that failed last

    # --- the disk ----------------------------------------------------------------------------

    def is_low(self) -> bool:
        """Whether the disk has too little room for another poll or issue. Looks now and then.

        The operator is told, as far as a full disk lets us write that down, and when it is well.
        """
        now = self._clock()
        if not upkeep.is_due(self._looked, LOOK_AGAIN if self._low else LOOK_EVERY, now):
            return self._low
        free, limit = room(self._settings, self._store)
        before, self._low = self._low, upkeep.is_low(free, limit, was_low=self._low)
        self._looked = now
        if self._low and not before:
            log.error("disk.low", free=free, needed=limit)
        elif before and not self._low:
            log.info("disk.well", free=free)
        self._tell_of_disk(free, limit)
        return self._low

    def _tell_of_disk(self, free: int, limit: int) -> None:
        about = "the disk of state/"
        try:
            if self._low:
                words = (
                    f"Less than {upkeep.in_words(limit)} are free on the disk of"
                    f" {self._settings.state}. No feed is read and no issue is opened until there"
                    " is more; confirmations and departures go on while they can. Make room there;"
                    " it goes on by itself, and nothing is lost."
                )
                self._project.raise_(NoticeKind.DISK_LOW, about, words)
            else:
                self._project.settle(NoticeKind.DISK_LOW, about)
        except StoreError as error:  # so full that not even this can be kept
            log.error("disk.full", free=free, reason=str(error))  # noqa: TRY400  # ours

    # --- backups -----------------------------------------------------------------------------

    def backups(self) -> list[Path]:
        """The backups in the folder of backups, the oldest first."""
        folder = self._settings.backups
        return [folder / name for name in sorted(_names(folder)) if upkeep.taken_at(name)]

    def back_up(self, to: Path | None = None) -> Path:
        """Write a backup, to a file or into the folder of backups, where the oldest then go.

        Reads the database on a way of its own: any thread may call it. Raises DigestError if it
        cannot be written, StoreError if the database is damaged.
        """
        now, folder = self._clock(), self._settings.backups
        target = to or folder / upkeep.backup_name(now)
        try:
            if to is None:
                make_folder(folder)
            database = open_database(self._settings.state, read_only=True)
            try:
                copy_database(database.connection, target, now)
            finally:
                database.close()
            if to is None:
                keep = self._settings.backup.keep
                for name in upkeep.too_many(_names(folder), keep, now):
                    (folder / name).unlink()
                sync_folder(folder)
        except (OSError, sqlite3.Error) as error:
            raise DigestError(f"{target}: no backup could be written: {error}") from error
        log.info("backup.done", file=str(target), bytes=target.stat().st_size)
        return target

    def backup_is_due(self) -> bool:
        """Whether a backup is due by the schedule. Not while the disk is low."""
        now, every = self._clock(), self._settings.backup.every
        if self._low or not upkeep.is_due(self._tried, upkeep.RETRY_BACKUP, now):
            return False
        return upkeep.backup_is_due(_names(self._settings.backups), every, now)

    async def _back_up_by_schedule(self) -> None:
        folder = str(self._settings.backups)
        try:
            await asyncio.to_thread(self.back_up)
        except DigestError as error:
            self._tried = self._clock()
            log.error("backup.failed", reason=str(error))  # noqa: TRY400  # ours: no trace needed
            kind, about, words = self._no_backup(error)
            await self._db(self._project.raise_, kind, about, words)
        else:
            self._tried = None
            await self._db(self._project.settle, NoticeKind.BACKUP_FAILING, folder)
            await self._db(self._project.settle, NoticeKind.STATE_DAMAGED, _DATABASE)

    def _no_backup(self, error: DigestError) -> tuple[NoticeKind, str, str]:
        """What the operator is told of a backup that was not made."""
        if isinstance(error, DamagedError):
            words = (
                f"{error}. Backups of before are kept, and none is made of this. Stop the service"
                f" and restore one; what was read and sent since is taken over as far as it can be"
                f" read. {how_to_restore(self._settings.state)} Then check the disk."
            )
            return NoticeKind.STATE_DAMAGED, _DATABASE, f"{words[:1].upper()}{words[1:]}"
        words = (
            f"The state could not be backed up: {error}. It is tried again every hour;"
            " `digest backup` tries now."
        )
        return NoticeKind.BACKUP_FAILING, str(self._settings.backups), words

    # --- pruning -----------------------------------------------------------------------------

    async def _prune(self, stop: asyncio.Event) -> None:
        """Delete what nothing needs any more, in short steps; others have their turn between."""
        now = self._clock()
        if not upkeep.is_due(await self._db(self._store.pruning.last), PRUNE_EVERY, now):
            return
        steps = self._store.pruning.steps(self.limits(now), [f.id for f in self._settings.feeds])
        gone = 0
        while (step := await self._db(next, steps, None)) is not None:
            gone += step
            if stop.is_set():
                return  # it goes on at the next start
        await self._db(self._store.pruning.done, now)
        log.info("prune.done", rows=gone)

    def limits(self, now: datetime) -> Limits:
        """What is older than the operator wants to keep it."""
        kept = self._settings.retention
        return Limits(
            entries=now - kept.entries, deliveries=now - kept.deliveries, logs=now - kept.logs
        )

    # --- the service's part ------------------------------------------------------------------

    async def tend(self, stop: asyncio.Event) -> None:
        """Do what is due. Safe to repeat at any time."""
        await self._db(self.is_low)
        if await asyncio.to_thread(self.backup_is_due):
            await self._back_up_by_schedule()
        if not self._low:
            await self._prune(stop)


def check_state(settings: Settings) -> None:
    """What a service looks at before it opens the state: where it lies, and that it is whole.

    Raises StoreError.
    """
    if not settings.network_state:
        refuse_remote(settings.state)
    if not check_sound(settings.state):
        log.warning("state.unchecked", file=str(settings.state / "digest.db"))


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):  # the latter is said when a backup is written
        return []


def looks_like_a_backup(file: Path) -> bool:
    """Whether a file may be replaced by a backup: there is none, or it is a database."""
    if not file.exists():
        return True
    with file.open("rb") as found:
        return found.read(16) in {b"", b"SQLite format 3\0"}

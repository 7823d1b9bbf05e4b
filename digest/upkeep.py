"""What is to be done so that the state stays whole: backups, room on the disk, file systems.

When a backup is due, which old ones go, how they are called; when the disk is too full to open an
issue; where no database may lie. Who does it is app/keeping.py and store/.
"""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

# --- backups ----------------------------------------------------------------------------------

_NAME = re.compile(r"digest-(\d{8}T\d{6})Z\.db", re.ASCII)
_STAMP = "%Y%m%dT%H%M%S"
RETRY_BACKUP = timedelta(hours=1)  # after one that failed


def backup_name(taken: datetime) -> str:
    """What a backup of that moment is called in the folder of backups."""
    return f"digest-{taken.astimezone(UTC).strftime(_STAMP)}Z.db"


def taken_at(name: str) -> datetime | None:
    """The moment that a backup's name tells; None for other files, which we never delete."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:  # a 13th month
        return None


def backup_is_due(names: Collection[str], every: timedelta | None, now: datetime) -> bool:
    """Whether none of these files is a backup of the last `every`; None asks for none.

    One from a future that a wrong clock made counts no longer than one from the past.
    """
    if every is None:
        return False
    taken = [at for name in names if (at := taken_at(name)) is not None]
    return not any(abs(now - at) < every for at in taken)


def too_many(names: Collection[str], keep: int, now: datetime) -> list[str]:
    """The backups beyond so many, the oldest first. What is called otherwise stays.

    Those from a future that a wrong clock made go before all others: by their names they are never
    the oldest, and each that is made now would be.
    """
    taken = {name: at for name in names if (at := taken_at(name)) is not None}
    ours = sorted(taken, key=lambda name: (taken[name] <= now, taken[name]))
    return ours[: max(0, len(ours) - keep)]


def newest(names: Collection[str], now: datetime) -> str | None:
    """The newest backup among these files; one from a future only where there is no other."""
    taken = [(at <= now, at, name) for name in names if (at := taken_at(name)) is not None]
    return max(taken)[2] if taken else None


# --- the disk ---------------------------------------------------------------------------------

MIB = 1024 * 1024
SPARE = 64 * MIB
SMALL = 10  # of a disk that is small a tenth is enough
PER_READER = 1_500  # bytes of an issue's delivery with its attempt and indexes; 1,050 measured
PER_SEGMENT = 200_000  # bytes
ENOUGH_AGAIN = 5, 4  # times the limit: who is on the edge is not told of it each minute


def needed(readers: int, segments: int, total: int) -> int:
    """The bytes that must be free before an issue is opened or a poll is stored.

    That is what an issue to so many readers takes, and SPARE, or a tenth of a disk of `total`
    bytes that is smaller than ten times all this.
    """
    return min(SPARE + readers * PER_READER + segments * PER_SEGMENT, total // SMALL)


def is_low(free: int, limit: int, *, was_low: bool) -> bool:
    """Whether there is too little room. What was low is well again a quarter above the limit."""
    above, of = ENOUGH_AGAIN
    return free < (limit * above // of if was_low else limit)


def in_words(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"


# --- file systems -----------------------------------------------------------------------------

# Locks and shared memory of these are not those of one machine (sqlite.org/howtocorrupt.html).
_REMOTE = frozenset(
    {
        *("9p", "afs", "ceph", "cifs", "coda", "gfs", "gfs2", "glusterfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs"),
    }
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def remote_file_system(mounts: str, path: str) -> str | None:
    """The kind of file system that `path` lies on, if it is no disk of this machine's own.

    `mounts` is the text of /proc/self/mountinfo (proc(5)), `path` has no links in it. File systems
    in programs (FUSE) count, but for those on a whole disk.
    """
    kind = file_system(mounts, path)
    in_a_program = kind == "fuse" or kind.startswith("fuse.")
    return kind if kind in _REMOTE or in_a_program else None


def file_system(mounts: str, path: str) -> str:
    """The kind of file system that `path` lies on, "" if the mounts do not tell.

    Of all mounts above a path the deepest one's; of those at one place the last one's.
    """
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 5 or not rest[0]:
            continue
        place = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields[4])
        above = path == place or path.startswith(place.rstrip("/") + "/")
        if above and len(place) >= len(best):
            best, kind = place, rest[0]
    return kind


# --- times ------------------------------------------------------------------------------------


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether something is to be done again; a clock that was wrong does not put it off."""
    return last is None or abs(now - last) >= every


def first_number(now: datetime) -> int:
    """A number above all that were given out before this moment.

    Tokens in mails name numbers of the store. A restored backup would give some of them once more;
    so it goes on from the time, in steps that no list comes near: 256 a second since 1970, which
    until 2106 fits the five bytes that a token has for it.
    """
    return int(now.timestamp()) * 256


def latest(marks: Sequence[datetime | None]) -> datetime | None:
    """The latest of these moments, where there is any."""
    return max((mark for mark in marks if mark is not None), default=None)

"""Looks at this machine: whose files can be read by whom, the clock, SQLite, the file system."""

import os
import shutil
import sqlite3
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from digest import clock
from digest.config import FILE
from digest.doctor.finding import Finding, bad, ok, warn
from digest.english import counted
from digest.errors import DigestError
from digest.store import Store
from digest.store.database import wal_is_safe

LEAST_FREE = 200 * 1024**2  # bytes: less than a few weeks of news and a copy of it
LITTLE_FREE = 1024**3
FEW_FILES = 1000  # that may still be made
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # a clock before this release is wrong
_FAR = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p", "fuse.sshfs"})
_FLEETING = frozenset({"tmpfs", "ramfs"})
_SECRETS = frozenset({"password", "secret", "url"})  # of [mail], [inbox] and [channels]


def examine(project: Path, environment: Mapping[str, str]) -> list[Finding]:
    """All that can be told without asking anybody, whether the configuration is right or not."""
    now = clock.machine()
    state = project / "state"
    return [
        *_secrets(project, environment),
        *_folder(state),
        *_opened(state),
        *_time(now, environment),
        _sqlite(),
        _file_system(state),
        _disk(state),
    ]


def _secrets(project: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Whether files that hold passwords can be read by others."""
    path, check = project / FILE, "secrets"
    told: object = {}
    with suppress(OSError, ValueError, RecursionError):  # what is wrong there is told by `check`
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    files = [path] if isinstance(told, dict) and _holds_secret(told) else []
    if isinstance(told, dict):
        tables = [told.get("mail"), told.get("inbox"), *_tables(told.get("channels"))]
        named = [t.get(k) for t in tables if isinstance(t, dict) for k in t if k.endswith("_file")]
        files += [project / name for name in named if isinstance(name, str)]
    open_ = [file for file in files if _others_may(file, stat.S_IRGRP | stat.S_IROTH)]
    for file in open_:
        yield bad(
            check,
            f"{file.name} holds a password, and others on this machine may read it"
            f" ({file.stat().st_mode & 0o777:o})",
            f"chmod 600 {file}",
        )
    if _others_may(path, stat.S_IWOTH):
        yield bad(check, f"anybody on this machine may change {FILE}", f"chmod 644 {path}")
    elif not open_:
        within = "in files that only you can read" if files else f"none in {FILE}"
        if any(key.startswith("DIGEST_") and "PASSWORD" in key for key in environment):
            within += ", some in the environment"
        yield ok(check, within)


def _tables(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else []


def _holds_secret(told: Mapping[str, object]) -> bool:
    tables = [told.get("mail"), told.get("inbox"), *_tables(told.get("channels"))]
    return any(_SECRETS & table.keys() for table in tables if isinstance(table, dict))


def _others_may(file: Path, bits: int) -> bool:
    with suppress(OSError):
        return bool(file.stat().st_mode & bits)
    return False


def _folder(state: Path) -> Iterator[Finding]:
    """Whether the state is ours to use, and nobody else's."""
    check = "state folder"
    if not state.exists():
        parent = state.parent
        if not os.access(parent, os.W_OK):
            yield bad(check, f"{parent} cannot be written to", f"chown it to {_who()}")
            return
        yield ok(check, "none yet; it is made at the first poll")
        return
    found = state.stat()
    database = state / "digest.db"
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        yield bad(
            check, f"belongs to {_name(found.st_uid)}", f"run digest as {_name(found.st_uid)}"
        )
    elif not os.access(state, os.W_OK | os.X_OK):
        yield bad(check, f"{state} cannot be written to", f"chmod 700 {state}")
    elif os.geteuid() == 0 and found.st_uid != 0:
        yield warn(
            check,
            f"belongs to {_name(found.st_uid)}, and you are root",
            "run digest as that user: files that root makes are closed to the service",
        )
    elif found.st_mode & 0o077 or _others_may(database, 0o077):
        yield warn(check, "others on this machine may look into it", f"chmod -R go= {state}")
    else:
        yield ok(check, f"{state}, yours alone")


def _opened(state: Path) -> Iterator[Finding]:
    """Whether the database can be read."""
    try:
        with Store.open_to_read(state) as store:
            readers = sum(store.subscribers.count().values())
    except DigestError as error:
        yield bad("database", str(error), "docs/backup.md says how to restore")
        return
    if (state / "digest.db").exists():
        yield ok("database", f"can be read; {counted(readers, 'reader')} of any status")


def _who() -> str:
    return _name(os.geteuid())


def _name(uid: int) -> str:
    import pwd  # noqa: PLC0415  # only where something is wrong

    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"uid {uid}"


def _time(now: datetime, environment: Mapping[str, str]) -> Iterator[Finding]:
    check = "clock"
    if environment.get(clock.VARIABLE):
        yield warn(
            check,
            f"{clock.VARIABLE} sets it to {environment[clock.VARIABLE]}",
            "unset it, unless this is a trial",
        )
    elif now < _BUILT:
        yield bad(check, f"says {now:%Y-%m-%d %H:%M} UTC", "set it: timedatectl set-ntp true")
    else:
        yield ok(check, f"says {now:%Y-%m-%d %H:%M} UTC")


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if wal_is_safe(sqlite3.sqlite_version_info):
        return ok("SQLite", version)
    return ok(
        "SQLite",
        f"{version}, which may lose what two connections write to a WAL at once; a rollback"
        " journal is used instead, which is safe and somewhat slower",
    )


def _file_system(state: Path) -> Finding:
    check = "file system"
    place = next(each for each in (state, *state.parents) if each.exists()).resolve()
    kind = kind_of(place, _mounts())
    if kind in _FAR:
        return bad(
            check,
            f"{state} lies on {kind}, over a network",
            "a folder on a disk of this machine: locks and SQLite cannot be relied on there",
        )
    if kind in _FLEETING:
        return warn(
            check, f"{state} lies on {kind}, in memory", "it is lost when this machine stops"
        )
    return ok(check, kind or "not known")


def _mounts() -> str:
    with suppress(OSError):
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    return ""  # not Linux


def kind_of(place: Path, mounts: str) -> str:
    """The kind of file system that a place lies on, by the lines of /proc/self/mounts."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        where = fields[1].replace(r"\040", " ")
        holds = place == Path(where) or Path(where) in place.parents
        if holds and len(where) >= len(best):
            best, kind = where, fields[2]
    return kind


def _disk(state: Path) -> Finding:
    check = "disk"
    place = next(each for each in (state, *state.parents) if each.exists())
    free, files = shutil.disk_usage(place).free, os.statvfs(place)
    shown = f"{free / 1024**2:,.0f} MB free"
    if free < LEAST_FREE:
        return bad(check, shown, "make room: when it is full nothing can be polled or sent")
    if files.f_files and files.f_favail < FEW_FILES:
        left = counted(files.f_favail, "file")
        return bad(check, f"room for {left} more (inodes)", "delete files that nobody needs")
    if free < LITTLE_FREE:
        return warn(check, shown, "a year of 60 feeds and 1,000 readers takes about that")
    return ok(check, shown)

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
from digest.errors import DigestError, StoreError
from digest.store import Store
from digest.store.database import wal_is_safe
from digest.store.folder import MOUNTS, refuse_link
from digest.upkeep import file_system, needed, remote_file_system

LITTLE_FREE = 1024**3  # bytes
FEW_FILES = 1000  # that may still be made
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # a clock before this release is wrong
_FLEETING = frozenset({"tmpfs", "ramfs"})
_SECRETS = frozenset({"password", "secret", "url"})  # of [mail], [inbox] and [channels]


def examine(
    project: Path, environment: Mapping[str, str], *, network_state: bool = False
) -> list[Finding]:
    """All that can be told without asking anybody, whether the configuration is right or not.

    With `network_state` the operator vouches for the locks of a network file system.
    """
    now = clock.machine()
    state = project / "state"
    return [
        *_secrets(project, environment),
        *_folder(state),
        *_opened(state),
        *_time(now, environment),
        _sqlite(),
        _file_system(state, network_state=network_state),
        _disk(state),
    ]


def _secrets(project: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Whether files that hold passwords can be read by others."""
    path, check = project / FILE, "secrets"
    told: object = None  # where it cannot be read
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
    elif not open_ and told is not None:
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
    try:
        refuse_link(state)
    except StoreError as error:
        yield bad(check, str(error), "move the folder itself here")
        return
    found = state.stat()
    database = state / "digest.db"
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        yield bad(
            check, f"belongs to {_name(found.st_uid)}", f"run digest as {_name(found.st_uid)}"
        )
    elif not os.access(state, os.W_OK | os.X_OK):
        yield bad(check, f"{state} cannot be written to", f"chmod 700 {state}")
    elif found.st_mode & 0o077 or _others_may(database, 0o077):
        yield warn(check, "others on this machine may look into it", f"chmod -R go= {state}")
    elif found.st_uid != os.geteuid():
        yield ok(check, f"{state}, {_name(found.st_uid)}'s alone; you are root and may use it")
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


def _file_system(state: Path, *, network_state: bool) -> Finding:
    check = "file system"
    place = next(each for each in (state, *state.parents) if each.exists()).resolve()
    mounts = _mounts()
    kind = file_system(mounts, str(place))
    if remote_file_system(mounts, str(place)) is not None:
        seen = f"{state} lies on {kind}, a network file system or one in a program"
        if network_state:
            return warn(check, seen, "you vouch for its locks: network_state = true in [digest]")
        return bad(
            check,
            seen,
            "put the project on a disk of this machine: SQLite's locks may not hold there, so"
            " nothing is done",
        )
    if kind in _FLEETING:
        return warn(
            check, f"{state} lies on {kind}, in memory", "it is lost when this machine stops"
        )
    return ok(check, kind or "not known")


def _mounts() -> str:
    with suppress(OSError):
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    return ""  # not Linux


def _disk(state: Path) -> Finding:
    check = "disk"
    place = next(each for each in (state, *state.parents) if each.exists())
    disk, files = shutil.disk_usage(place), os.statvfs(place)
    free, shown = disk.free, f"{disk.free / 1024**2:,.0f} MB free"
    if free < needed(0, 0, disk.total):
        return bad(check, shown, "make room: until then no feed is read and no issue is opened")
    if files.f_files and files.f_favail < FEW_FILES:
        left = counted(files.f_favail, "file")
        return bad(check, f"room for {left} more (inodes)", "delete files that nobody needs")
    if free < LITTLE_FREE:
        return warn(check, shown, "a year of 60 feeds and 1,000 readers takes about that")
    return ok(check, shown)

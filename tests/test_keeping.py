"""What the service does so that its state stays whole: backups, room on the disk, pruning."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import upkeep
from digest.app import App, open_app
from digest.app.keeping import check_state
from digest.config import load
from digest.errors import DiskLowError, StoreError
from digest.model import NoticeKind
from digest.settings import Settings
from digest.store import Store, folder

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIG = '[mail]\nfrom = "Kuruma Weekly <weekly@kuruma.example>"\n'


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings(project: Path, more: str = "") -> Settings:
    (project / "feeds.toml").write_text(CONFIG + more, encoding="utf-8")
    return load(project, {})


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    with open_app(settings(tmp_path), clock) as opened:
        yield opened


def open_kinds(app: App) -> list[NoticeKind]:
    return [one.notice.kind for one in app.store.notices.open()]


def names(app: App) -> list[str]:
    return [path.name for path in app.keeping.backups()]


async def tend(app: App) -> None:
    await app.keeping.tend(asyncio.Event())


async def test_a_backup_is_made_each_day_and_a_week_of_them_is_kept(app: App, clock: Clock) -> None:
    assert names(app) == []
    await tend(app)
    await tend(app)
    assert names(app) == [upkeep.backup_name(NOW)]
    for _ in range(8):
        clock.now += DAY
        await tend(app)
    assert names(app) == [upkeep.backup_name(NOW + day * DAY) for day in range(2, 9)]


async def test_none_is_made_where_none_is_wanted(tmp_path: Path, clock: Clock) -> None:
    with open_app(settings(tmp_path, '[backup]\nevery = "never"\n'), clock) as app:
        await tend(app)
        assert names(app) == []


async def test_a_backup_that_fails_is_told_of_tried_again_and_well_again(
    app: App, clock: Clock, tmp_path: Path
) -> None:
    kept = tmp_path / "state" / "backups"
    kept.mkdir()
    (kept / f".{upkeep.backup_name(NOW)}.{os.getpid()}.part").mkdir()  # as on a disk with faults
    await tend(app)
    assert open_kinds(app) == [NoticeKind.BACKUP_FAILING]
    clock.now += timedelta(minutes=59)
    await tend(app)
    assert names(app) == []
    clock.now += timedelta(minutes=1)
    await tend(app)
    assert len(names(app)) == 1
    assert open_kinds(app) == []


async def test_a_damaged_page_is_found_by_the_days_backup_and_told_of(
    app: App, clock: Clock, tmp_path: Path
) -> None:
    await tend(app)
    path = tmp_path / "state" / "digest.db"
    with closing(sqlite3.connect(path)) as found:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'mutes'"
        (page,) = found.execute(query).fetchone()
        (size,) = found.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        sound = file.read(size)
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    clock.now += DAY
    await tend(app)
    assert names(app) == [upkeep.backup_name(NOW)]
    (told,) = app.store.notices.open()
    assert told.notice.kind is NoticeKind.STATE_DAMAGED
    assert f"`digest restore {app.keeping.backups()[0]}`" in told.notice.words
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(sound)
    clock.now += DAY
    await tend(app)
    assert len(names(app)) == 2
    assert open_kinds(app) == []


async def test_a_folder_of_backups_that_is_a_file_is_told_of(app: App, tmp_path: Path) -> None:
    (tmp_path / "state" / "backups").touch()
    await tend(app)
    assert open_kinds(app) == [NoticeKind.BACKUP_FAILING]


async def test_after_a_clock_that_was_ahead_backups_are_made_and_kept(
    app: App, clock: Clock
) -> None:
    clock.now = NOW + 2000 * DAY
    for _ in range(7):
        clock.now += DAY
        await tend(app)
    clock.now = NOW
    await tend(app)
    assert names(app)[0] == upkeep.backup_name(NOW)
    assert len(names(app)) == 7
    assert not app.keeping.backup_is_due()


async def test_a_disk_that_is_low_gets_no_backup_and_is_told_of(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SPARE", 2**80)
    monkeypatch.setattr(upkeep, "SMALL", 1)
    await tend(app)
    assert open_kinds(app) == [NoticeKind.DISK_LOW]
    assert names(app) == []
    assert app.store.pruning.last() is None
    with pytest.raises(DiskLowError, match="are free on this disk"):
        await app.feeds.round([])
    monkeypatch.undo()
    assert app.keeping.is_low()  # it does not look at each turn
    clock.now += timedelta(seconds=5)
    await tend(app)
    assert open_kinds(app) == []
    assert names(app) != []


async def test_old_rows_go_once_a_day(app: App, clock: Clock) -> None:
    asked = app.store.requests.ask("poll", {}, clock.now)
    app.store.requests.finish(asked, "done", clock.now)
    await tend(app)
    assert app.store.pruning.last() == NOW
    clock.now += 40 * DAY
    await tend(app)
    with pytest.raises(IndexError):
        app.store.requests.get(asked)
    assert app.store.pruning.last() == clock.now


async def test_a_service_that_stops_leaves_the_rest_for_the_next_start(app: App) -> None:
    stop = asyncio.Event()
    stop.set()
    await app.keeping.tend(stop)
    assert app.store.pruning.last() is None


def test_a_state_on_a_network_file_system_needs_a_loud_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:40 / / rw - nfs4 server:/ rw\n", encoding="utf-8")
    monkeypatch.setattr(folder, "MOUNTS", mounts)
    with pytest.raises(StoreError, match="network_state"):
        check_state(settings(tmp_path))
    check_state(settings(tmp_path, "[digest]\nnetwork_state = true\n"))


def test_a_check_that_takes_too_long_is_said_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Store.open(tmp_path / "state").close()
    monkeypatch.setattr(folder, "PATIENCE", -1.0)
    monkeypatch.setattr(folder, "_STEPS", 1)
    check_state(settings(tmp_path))
    assert "state.unchecked" in caplog.text

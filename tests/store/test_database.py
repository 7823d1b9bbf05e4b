import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from digest.errors import LockedError, StoreError
from digest.store import Store
from digest.store.copies import copy_database
from digest.store.database import lock, open_database, wal_is_safe
from digest.store.schema import MIGRATIONS
from tests.builders import NOW


def test_the_folder_and_its_files_are_private_even_under_a_lax_umask(tmp_path: Path) -> None:
    state = tmp_path / "state"
    before = os.umask(0)
    try:
        Store.open(state).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in state.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
    ],
)
def test_wal_is_used_only_where_the_library_has_the_fix(
    version: tuple[int, int, int], *, safe: bool
) -> None:
    assert wal_is_safe(version) is safe


def test_a_newer_state_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    database.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = (tmp_path / "digest.db").read_bytes()
    with pytest.raises(StoreError, match="newer version of digest"):
        open_database(tmp_path)
    assert (tmp_path / "digest.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "digest.db").write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(StoreError, match=r"digest\.db"):
        open_database(tmp_path)
    assert (tmp_path / "digest.db").read_bytes().startswith(b"not a database")


def test_reading_before_the_first_run_sees_an_empty_store_and_writes_nothing(
    tmp_path: Path,
) -> None:
    with Store.open_to_read(tmp_path / "state") as store:
        assert store.feeds.states() == {}
    assert not (tmp_path / "state").exists()


def test_reading_a_file_without_tables_sees_an_empty_store(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "digest.db").close()
    with Store.open_to_read(tmp_path) as store:
        assert store.subscribers.all() == []


def test_a_store_opened_to_read_cannot_be_written(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with Store.open_to_read(tmp_path) as store, pytest.raises(StoreError, match="readonly"):
        store.issues.since("weekly", NOW)


def test_the_secret_stays_the_same_and_differs_between_installations(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a") as store:
        first = store.secret()
    with Store.open(tmp_path / "a") as store, Store.open(tmp_path / "b") as other:
        assert store.secret() == first
        assert other.secret() != first


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    database = open_database(tmp_path)

    def fail_half_way() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="nowhere"):
        fail_half_way()
    assert database.connection.execute("SELECT value FROM meta WHERE key = 'a'").fetchone() is None
    database.close()


def test_what_fails_at_a_savepoint_is_undone_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path)

    def fail_half_way() -> None:
        with database.savepoint() as connection:
            connection.execute("INSERT INTO meta VALUES ('b', '')")
            raise LookupError

    with database.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES ('a', '')")
        with pytest.raises(LookupError):
            fail_half_way()
        with database.savepoint():
            connection.execute("INSERT INTO meta VALUES ('c', '')")
    with pytest.raises(LookupError):
        fail_half_way()  # on its own it is a transaction
    found = database.connection.execute("SELECT key FROM meta WHERE key IN ('a', 'b', 'c')")
    assert {row["key"] for row in found} == {"a", "c"}
    database.close()


def test_a_backup_is_private_complete_and_replaces_an_older_one(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state")
    database.connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    target = tmp_path / "copy.db"
    target.write_bytes(b"older")
    copy_database(database.connection, target)
    database.close()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copy = sqlite3.connect(target)
    assert copy.execute("SELECT value FROM meta").fetchone() == ("b",)
    copy.close()
    assert list(tmp_path.glob("*.part")) == []


def test_only_one_holder_has_the_lock_and_its_end_frees_it(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(LockedError, match="another"), lock(tmp_path):
        pass
    with lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StoreError, match="nothing was changed"), lock(tmp_path / "state"):
        pass
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path / "state")


def test_an_older_schema_is_backed_up_before_it_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path) as store:
        secret = store.secret()
    newer = (*MIGRATIONS, "CREATE TABLE added (a TEXT);\nCREATE INDEX i ON added (a);")
    monkeypatch.setattr("digest.store.migrating.MIGRATIONS", newer)
    with Store.open(tmp_path) as store:
        assert store.secret() == secret
    made = f"before-migration-{len(MIGRATIONS)}-to-{len(newer)}.db"
    copy = sqlite3.connect(tmp_path / "backups" / made)
    assert copy.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    copy.close()


def older_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr("digest.store.migrating.MIGRATIONS", MIGRATIONS[:1])
        open_database(folder).close()


def test_reading_an_older_state_brings_it_up_to_date_first_with_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older_state(tmp_path, monkeypatch)
    with Store.open_to_read(tmp_path) as store:
        assert store.outbox.runs(5) == []
        assert store.feeds.states() == {}
        with pytest.raises(StoreError, match="readonly"):
            store.issues.since("weekly", NOW)
    copy = sqlite3.connect(tmp_path / "backups" / f"before-migration-1-to-{len(MIGRATIONS)}.db")
    assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    copy.close()


def test_reading_does_not_migrate_what_an_older_service_works_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older_state(tmp_path, monkeypatch)
    before = (tmp_path / "digest.db").read_bytes()
    with lock(tmp_path), pytest.raises(StoreError, match="of an older release is at work"):
        Store.open_to_read(tmp_path)
    assert (tmp_path / "digest.db").read_bytes() == before


def test_an_older_state_that_cannot_be_brought_up_to_date_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older_state(tmp_path, monkeypatch)
    before = (tmp_path / "digest.db").read_bytes()
    kept = f".before-migration-1-to-{len(MIGRATIONS)}.db.{os.getpid()}.part"
    (tmp_path / "backups" / kept).mkdir(parents=True)  # as in a folder that is read only
    with pytest.raises(StoreError, match=r"is of schema 1, .* run `digest status` once") as caught:
        Store.open_to_read(tmp_path)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "digest.db").read_bytes() == before


def test_a_migration_that_fails_leaves_the_older_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(tmp_path).close()
    broken = (*MIGRATIONS, "CREATE TABLE added (a TEXT);\nCREATE TABLE feeds (id TEXT);")
    monkeypatch.setattr("digest.store.migrating.MIGRATIONS", broken)
    with pytest.raises(StoreError, match="already exists"):
        open_database(tmp_path)
    after = sqlite3.connect(tmp_path / "digest.db")
    assert after.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert after.execute("SELECT count(*) FROM sqlite_master WHERE name = 'added'").fetchone() == (
        0,
    )
    after.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from digest.store.database import open_database
database = open_database(Path(sys.argv[1]))
database.connection.execute("PRAGMA cache_size = 1")
with database.transaction() as connection:
    connection.execute("DELETE FROM meta")
    for number in range(5000):  # more than the cache holds: pages reach the file before the commit
        connection.execute("INSERT INTO meta VALUES (?, ?)", (str(number), "x" * 500))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_reading_after_a_kill_in_a_transaction_sees_what_was_committed(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        secret = store.secret()
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert (tmp_path / "digest.db").stat().st_size > 1_000_000  # the kill came in the middle
    with Store.open_to_read(tmp_path) as store:
        assert store.secret() == secret


def test_a_commit_that_is_refused_leaves_the_store_usable(tmp_path: Path) -> None:
    """A reader that stays too long has the commit refused where there is no WAL."""
    database = open_database(tmp_path)
    database.connection.execute("PRAGMA busy_timeout = 0")
    reader = sqlite3.connect(tmp_path / "digest.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM meta").fetchone()

    def write() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")

    if database.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        with pytest.raises(StoreError, match="locked"):
            write()
    reader.execute("ROLLBACK")
    reader.close()
    write()
    database.close()


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
    database.connection.execute(f"PRAGMA max_page_count = {pages}")

    def write(size: int) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', ?)", ("x" * size,))

    with pytest.raises(StoreError, match="full"):
        write(100_000)
    write(10)
    database.close()

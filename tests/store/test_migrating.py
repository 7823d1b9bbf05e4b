"""Every schema that was released is brought up to date, with all that it holds."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.model import DeliveryState, Status, StoryId
from digest.store import Store
from digest.store.database import open_database
from digest.store.schema import MIGRATIONS
from tests.builders import NOW

DATA = Path(__file__).parent.parent / "data" / "store"
RELEASED = sorted(DATA.glob("schema-*.sql"))


def load(released: Path, state: Path) -> None:
    state.mkdir(exist_ok=True)
    with closing(sqlite3.connect(state / "digest.db")) as connection:
        connection.executescript(released.read_text(encoding="utf-8"))


@pytest.fixture(params=RELEASED, ids=lambda path: path.stem)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    load(request.param, tmp_path / "state")
    return tmp_path / "state"


def test_there_is_a_fixture_of_every_schema_but_the_newest() -> None:
    assert [path.stem for path in RELEASED] == [f"schema-{n}" for n in range(1, len(MIGRATIONS))]


def test_nothing_is_lost_on_the_way(older: Path) -> None:
    with closing(sqlite3.connect(older / "digest.db")) as before:
        tables = [
            r[0] for r in before.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        tables = [name for name in tables if not name.startswith("sqlite")]
        counts = {t: before.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}  # noqa: S608
    database = open_database(older)
    after = {
        t: database.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0]  # noqa: S608
        for t in tables
    }
    assert after == counts
    assert database.connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert database.connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    database.close()


def test_what_it_held_is_read_as_it_was(older: Path) -> None:
    with Store.open(older) as store:
        assert store.secret().hex() == "5e" * 32
        assert [reader.status for reader in store.subscribers.all()] == [
            Status.ACTIVE,
            Status.ACTIVE,
            Status.LEFT,
            Status.PENDING,
        ]
        found = store.issues.find("weekly", "2026-W47")
        assert found is not None
        assert [story.story for story in found.issue.stories] == [StoryId(2), StoryId(3)]
        proofs = store.outbox.prove(found.id)
        assert [(p.row.address, p.row.state, len(p.attempts)) for p in proofs] == [
            ("ada@example.org", DeliveryState.SENT, 1),
            ("ben@example.org", DeliveryState.DEFERRED, 1),
        ]
        story = store.entries.story(StoryId(1))
        assert story is not None
        assert [report.entry.lang for report in story.reports] == ["en", "ja"]
        assert store.entries.count_waiting() == 1
        claimed = store.deliveries.claim(10, NOW, resend_unknown=True)
        assert [delivery.key for delivery in claimed] == ["confirm/4/1", "issue/weekly/2026-W47/2"]


def test_numbers_in_mails_are_not_given_again_after_their_rows_are_gone(older: Path) -> None:
    database = open_database(older)
    database.connection.execute("DELETE FROM deliveries WHERE id = 7")
    number = database.connection.execute(
        "INSERT INTO deliveries (key, kind, priority, state, address, letter, queued_at,"
        " not_before, changed_at) VALUES ('x', 'notice', 10, 'queued', 'a@example.org', '{}',"
        " '', '', '') RETURNING id"
    ).fetchone()[0]
    assert number == 8
    database.close()


def test_a_copy_of_before_is_kept_and_can_be_restored_by_hand(older: Path) -> None:
    before = sqlite3.connect(older / "digest.db")
    dump = list(before.iterdump())
    (version,) = before.execute("PRAGMA user_version").fetchone()
    before.close()
    open_database(older).close()
    (copy,) = (older / "backups").iterdir()
    assert copy.name == f"before-migration-{version}-to-{len(MIGRATIONS)}.db"
    with closing(sqlite3.connect(copy)) as kept:
        assert list(kept.iterdump()) == dump


def test_who_has_gone_back_and_upgrades_once_more_has_a_copy_of_that_too(older: Path) -> None:
    before = (older / "digest.db").read_bytes()
    open_database(older).close()
    (older / "digest.db").write_bytes(before)
    with closing(sqlite3.connect(older / "digest.db")) as connection:
        connection.execute("INSERT INTO meta (key, value) VALUES ('since', 'then')")
        connection.commit()
    open_database(older).close()
    (copy,) = (older / "backups").iterdir()
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT value FROM meta WHERE key = 'since'").fetchone() == ("then",)


KILLED = """
import os, signal, sys
from pathlib import Path
from digest.store import migrating
from digest.store.database import open_database
applied = migrating._check_references
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
migrating._check_references = die
open_database(Path(sys.argv[1]))
"""


def test_a_kill_before_the_end_of_a_migration_leaves_the_older_schema(older: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(older)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(older / "digest.db")) as found:
        assert found.execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS)
        assert found.execute("SELECT count(*) FROM deliveries").fetchone()[0] == 5
    with Store.open(older) as store:  # and it is brought up to date at the next start
        assert store.deliveries.counts().total == 5


def test_a_reference_to_nothing_stops_a_migration_and_changes_nothing(tmp_path: Path) -> None:
    load(RELEASED[0], tmp_path)
    with closing(sqlite3.connect(tmp_path / "digest.db")) as connection:
        connection.execute("UPDATE deliveries SET segment_id = 99 WHERE id = 1")
        connection.commit()
    with pytest.raises(StoreError, match="table deliveries points to rows of segments"):
        Store.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "digest.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1

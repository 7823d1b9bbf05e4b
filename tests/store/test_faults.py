"""What is told where the disk or somebody else takes the database away."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.store import Store
from digest.store.faults import words_of

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
PAGE = 4096


def damage_of(folder: Path) -> sqlite3.DatabaseError:
    """SQLite's word for a file that it cannot make sense of."""
    file = folder / "other.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1")
    file.write_bytes(file.read_bytes()[:PAGE] + b"\xff" * PAGE)
    with (
        closing(sqlite3.connect(file)) as connection,
        pytest.raises(sqlite3.DatabaseError, match="malformed") as raised,
    ):
        connection.execute("SELECT * FROM t").fetchall()
    return raised.value


def test_a_disk_that_cannot_be_read_is_not_called_damage(tmp_path: Path) -> None:
    unreadable = Path("/proc/self/mem")  # there is nothing at its begin: EIO, as of a bad disk
    words = words_of(damage_of(tmp_path), unreadable)
    assert "cannot be read, and may be whole" in words
    assert "Input/output error" in words
    assert "malformed" not in words


def test_damage_is_told_with_what_to_do(tmp_path: Path) -> None:
    words = words_of(damage_of(tmp_path), tmp_path / "other.db")
    assert "other.db is damaged (database disk image is malformed)" in words
    assert "`digest restore" in words


def test_an_error_of_the_driver_itself_has_no_number(tmp_path: Path) -> None:
    words = "Cannot operate on a closed database."
    assert words_of(sqlite3.ProgrammingError(words), tmp_path / "none") == words


@pytest.mark.parametrize("take", [Path.unlink, lambda path: path.rename(f"{path}.old")])
def test_a_database_that_somebody_took_away_is_named(
    tmp_path: Path, take: Callable[[Path], object]
) -> None:
    with Store.open(tmp_path / "state") as store:
        store.service.see(NOW)
        take(tmp_path / "state" / "digest.db")
        with pytest.raises(
            StoreError, match=r"digest\.db was moved or deleted while it was in use"
        ):
            store.service.see(NOW)

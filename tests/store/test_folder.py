import os
import sqlite3
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.mail.maildir import make_maildir, put
from digest.store import Store, folder
from digest.store.copies import copy_database
from digest.store.database import lock, open_database
from digest.store.files import make_folder
from digest.store.folder import check_sound, refuse_remote
from digest.store.restoring import workshop
from tests.builders import NOW, database_of

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def test_a_state_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link"):
        open_database(tmp_path / "state")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_database_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "digest.db").symlink_to(tmp_path / "planted.db")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path / "state")
    assert not (tmp_path / "planted.db").exists()


def test_a_file_where_a_folder_belongs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "backups")
    assert (tmp_path / "backups").read_text(encoding="utf-8") == "mine"


@AS_ROOT
def test_what_root_makes_in_a_services_folder_belongs_to_the_service(tmp_path: Path) -> None:
    project, state = tmp_path / "project", tmp_path / "project" / "state"
    project.mkdir()
    os.chown(project, 12345, 54321)
    with lock(state), Store.open(state) as store:
        store.inbox.add_letter("a" * 64, "example.org", NOW)
        make_folder(state / "backups")
        copy_database(database_of(store).connection, state / "backups" / "b.db")
    make_maildir(state / "outbox")
    put(state / "outbox", "1-1", b"Subject: news\r\n\r\n")
    with workshop(state, state / "backups" / "b.db") as folder:
        assert folder.stat().st_uid == 12345
    made = {path.name: path.stat() for path in project.rglob("*")}
    assert {"state", "digest.db", "lock", "backups", "b.db", "outbox", "new", "1-1"} <= made.keys()
    assert {(found.st_uid, found.st_gid) for found in made.values()} == {(12345, 54321)}


def test_somebody_elses_state_is_refused_to_all_but_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 12345)
    (tmp_path / "state").mkdir()
    with pytest.raises(
        StoreError, match=f"belongs to user {owner}, and this is user {owner + 12345}"
    ):
        open_database(tmp_path / "state")
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize("trace", ["archive", "backups", "digest.db-wal"])
@pytest.mark.parametrize("read_only", [True, False])
def test_no_new_database_comes_in_place_of_one_that_is_gone(
    tmp_path: Path, trace: str, *, read_only: bool
) -> None:
    (tmp_path / trace).mkdir()
    with pytest.raises(StoreError, match=rf"is gone or empty, though .* {trace} ") as caught:
        open_database(tmp_path, read_only=read_only)
    assert caught.value.exit_code == 78
    assert not (tmp_path / "digest.db").exists()


def test_an_empty_database_beside_a_backup_is_refused_with_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "digest.db").touch()
    (tmp_path / "backups").mkdir()
    for name in ("digest-20261115T070000Z.db", "digest-20261116T070000Z.db", "mine.db"):
        (tmp_path / "backups" / name).touch()
    with pytest.raises(StoreError, match=r"restore \S+/digest-20261116T070000Z\.db`"):
        open_database(tmp_path)


@pytest.mark.parametrize("maildir", ["inbox", "outbox"])
def test_a_maildir_may_be_there_before_the_first_start(tmp_path: Path, maildir: str) -> None:
    (tmp_path / maildir).mkdir()
    (tmp_path / "lock").touch()
    open_database(tmp_path).close()


def test_a_sound_database_passes_the_check(tmp_path: Path) -> None:
    assert check_sound(tmp_path)
    Store.open(tmp_path).close()
    assert check_sound(tmp_path)


def test_a_page_of_rubbish_is_seen_and_said(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.transaction():
        for number in range(300):
            store.inbox.add_letter(f"{number:064}", "example.org", NOW)
    path = tmp_path / "digest.db"
    content = bytearray(path.read_bytes())
    size = sqlite3.connect(path).execute("PRAGMA page_size").fetchone()[0]
    last = len(content) - 2 * size
    content[last : last + size] = os.urandom(size)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"digest\.db: is damaged .*`digest restore FILE`"):
        check_sound(tmp_path)
    assert path.read_bytes() == content


def test_a_check_that_would_take_too_long_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(tmp_path).close()
    monkeypatch.setattr(folder, "PATIENCE", -1.0)
    monkeypatch.setattr(folder, "_STEPS", 1)
    assert not check_sound(tmp_path)


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:40 / / rw - nfs4 server:/ rw\n", encoding="utf-8")
    monkeypatch.setattr(folder, "MOUNTS", mounts)
    with pytest.raises(StoreError, match="lies on nfs4"):
        refuse_remote(tmp_path / "state")
    monkeypatch.setattr(folder, "MOUNTS", tmp_path / "not Linux")
    refuse_remote(tmp_path / "state")

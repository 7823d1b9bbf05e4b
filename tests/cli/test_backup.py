"""`digest backup` and `digest restore`, as a person types them."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import (
    Choice,
    DeliveryKind,
    DeliveryState,
    FeedId,
    Letter,
    Preferences,
    Segment,
    Status,
    SubscriberId,
    Suppression,
)
from digest.settings import Feed
from digest.store import Store
from digest.store.attempts import Result
from digest.store.database import lock
from digest.upkeep import first_number
from tests.builders import database_of
from tests.cli.conftest import Digest
from tests.store.builders import issue

# The clock of these tests stands on a Thursday; the issue of W46 was due on Monday the 9th.
NOW = datetime(2026, 11, 12, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = """
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
[digest]
editions = {daily = "07:00"}
"""


@contextmanager
def opened(project: Path) -> Iterator[Store]:
    with Store.open(project / "state") as store:
        yield store


def join(store: Store, name: str, now: datetime) -> SubscriberId:
    found = store.subscribers.add(
        f"{name}@reader.example",
        f"{name}@reader.example",
        name="",
        status=Status.ACTIVE,
        preferences=Preferences(rhythm="daily"),
        consent=None,
        now=now,
    )
    assert found is not None
    return found


def write(store: Store, key: str, to: SubscriberId | None, now: datetime) -> None:
    store.deliveries.add_letter(
        key,
        DeliveryKind.NOTICE,
        address="ada@reader.example",
        subscriber=to,
        letter=Letter(subject="s", text="t"),
        now=now,
    )


def send_all(store: Store, now: datetime) -> list[str]:
    sent = []
    for delivery in store.deliveries.claim(100, now, resend_unknown=True):
        store.deliveries.commit([], [delivery], now)
        done = Result(
            delivery=delivery.id, epoch=delivery.epoch, state=DeliveryState.SENT, reply="250 ok"
        )
        store.deliveries.commit([done], [], now)
        sent.append(delivery.key)
    return sent


def publish(store: Store, now: datetime) -> None:
    with database_of(store).transaction() as connection:  # a story to refer to
        connection.execute("INSERT OR IGNORE INTO stories VALUES (1, '2026')")
    part = Segment(choice=Choice(), subject="S", html="<p>", text="t", stories=1)
    made = issue("2026-11-11")
    period = type(made.period)(
        key="2026-11-11",
        start=datetime(2026, 11, 9, 22, tzinfo=UTC),
        end=datetime(2026, 11, 10, 22, tzinfo=UTC),
    )
    made = type(made)(
        edition="daily",
        period=period,
        title=made.title,
        frozen_at=now,
        stories=made.stories,
        entries_read=1,
    )
    assert isinstance(store.issues.add(made, [part]), int)


@pytest.fixture
def installed(project: Path) -> Path:
    """Two readers, a letter that waits, and a feed; the edition is known since the 9th."""
    (project / "feeds.toml").write_text(DAILY, encoding="utf-8")
    with opened(project) as store:
        feed = Feed(id=FeedId("trade"), url="https://trade.example/", title="Trade")
        store.feeds.sync([feed], NOW - 3 * DAY)
        store.issues.since("daily", datetime(2026, 11, 9, 23, tzinfo=UTC))
        ada = join(store, "ada", NOW - 3 * DAY)
        join(store, "ben", NOW - 3 * DAY)
        write(store, "letter/1", ada, NOW - 3 * DAY)
    return project


# --- backup ------------------------------------------------------------------------------------


def test_a_backup_is_private_sound_and_listed(digest: Digest, installed: Path) -> None:
    made = digest("backup")
    assert made.status == 0, made.errors
    file = installed / "state" / "backups" / "digest-20261112T030000Z.db"
    assert made.out.startswith(str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    (row,) = json.loads(digest("backup", "--list", "--json").out)
    assert row["file"] == str(file)
    assert row["bytes"] == file.stat().st_size


def test_only_so_many_are_kept_and_no_other_file_is_touched(
    digest: Digest, installed: Path
) -> None:
    (installed / "feeds.toml").write_text(f"{DAILY}[backup]\nkeep = 2\nfolder = 'kept'\n")
    folder = installed / "kept"
    folder.mkdir()
    for name in ("digest-20261101T030000Z.db", "digest-20261102T030000Z.db", "mine.db"):
        (folder / name).touch()
    assert digest("backup").status == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "digest-20261102T030000Z.db",
        "digest-20261112T030000Z.db",
        "mine.db",
    ]


def test_a_backup_to_a_file_replaces_an_earlier_one_and_nothing_else(
    digest: Digest, installed: Path
) -> None:
    assert digest("backup", str(installed / "copy.db")).status == 0
    assert digest("backup", str(installed / "copy.db")).status == 0
    (installed / "diary.txt").write_text("dear diary", encoding="utf-8")
    refused = digest("backup", str(installed / "diary.txt"))
    assert refused.status == 2
    assert "is no backup" in refused.errors
    itself = digest("backup", str(installed / "state" / "digest.db"))
    assert "the database itself" in itself.errors
    (installed / "folder").mkdir()
    assert digest("backup", str(installed / "folder")).status == 0
    assert [path.name for path in (installed / "folder").iterdir()] == [
        "digest-20261112T030000Z.db"
    ]
    assert digest("backup", "--list", "x.db").status == 2


def test_a_backup_that_cannot_be_written_leaves_nothing_half(
    digest: Digest, installed: Path
) -> None:
    refused = digest("backup", str(installed / "nowhere" / "copy.db"))
    assert refused.status == 1
    assert "no backup could be written" in refused.errors


def test_before_the_first_run_there_is_nothing_to_back_up(digest: Digest, project: Path) -> None:
    assert "nothing to back up" in digest("backup").errors
    assert digest("backup", "--list").status == 0
    assert not (project / "state").exists()


# --- restore, with the original at hand --------------------------------------------------------


def backed_up(digest: Digest, project: Path) -> str:
    file = str(project / "copy.db")
    assert digest("backup", file).status == 0
    return file


def test_what_was_sent_since_is_known_and_not_sent_again(digest: Digest, installed: Path) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        publish(store, NOW + DAY / 24)
        sent = send_all(store, NOW + DAY / 12)
        assert len(sent) == 3
    done = digest("restore", file)
    assert done.status == 0, done.errors
    assert "1 issue and 3 messages sent since; nothing is sent again" in done.errors
    with opened(installed) as store:
        assert send_all(store, NOW + DAY) == []
        found = store.issues.find("daily", "2026-11-11")
        assert found is not None
        proofs = store.outbox.prove(found.id)
        assert {proof.row.state for proof in proofs} == {DeliveryState.SENT}
        assert all(proof.attempts for proof in proofs)
        last = store.restored.last()
        assert last is not None
        assert (last.generation, last.waits) == (2, False)
    assert "no restore waits" in digest("restore", "--resume").errors


def test_who_has_left_since_stays_away_and_who_joined_is_told_of(
    digest: Digest, installed: Path
) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        ben = store.subscribers.by_key("ben@reader.example")
        assert ben is not None
        store.subscribers.set_status(ben.id, Status.LEFT, NOW + DAY / 24)
        cem = join(store, "cem", NOW + DAY / 24)
        write(store, "letter/cem", cem, NOW + DAY / 24)
        store.persons.erase("ada@reader.example", "ab" * 32, Suppression.FORGOTTEN, ben.id, NOW)
        store.persons.erase(
            "ada@reader.example", "ab" * 32, Suppression.FORGOTTEN, SubscriberId(1), NOW
        )
    done = digest("restore", file)
    assert "2 readers who left since stay away" in done.errors
    assert "lost: 1 reader who joined since" in done.errors
    with opened(installed) as store:
        assert [r for r in store.subscribers.all() if r.status is Status.ACTIVE] == []
        assert store.subscribers.suppression("ab" * 32) is Suppression.FORGOTTEN
        assert send_all(store, NOW + DAY) == []


def test_readers_removed_by_mistake_can_be_brought_back(digest: Digest, installed: Path) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        for reader in store.subscribers.all():
            store.subscribers.set_status(reader.id, Status.LEFT, NOW + DAY / 24)
        store.subscribers.suppress("cd" * 32, Suppression.COMPLAINT, NOW)
    assert digest("restore", file, "--bring-back").status == 0
    with opened(installed) as store:
        assert {reader.status for reader in store.subscribers.all()} == {Status.ACTIVE}
        assert store.subscribers.suppression("cd" * 32) is Suppression.COMPLAINT


def test_what_was_in_place_is_kept_and_numbers_go_on_above(digest: Digest, installed: Path) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        lost = join(store, "cem", NOW)
    done = digest("restore", file)
    (aside,) = (installed / "state" / "backups").glob("before-restore-*.db")
    assert str(aside) in done.errors
    with closing(sqlite3.connect(aside)) as before:
        assert before.execute("SELECT count(*) FROM subscribers").fetchone() == (3,)
    with opened(installed) as store:
        assert join(store, "dai", NOW) > first_number(NOW) > lost
        write(store, "letter/2", None, NOW)
        assert store.outbox.rows()[-1].id > first_number(NOW)
    assert sorted(path.name for path in (installed / "state").iterdir() if path.is_dir()) == [
        "backups"
    ]


# --- restore, without it -----------------------------------------------------------------------


@pytest.fixture
def elsewhere(digest: Digest, installed: Path) -> str:
    """A backup of the installation, whose state is gone."""
    file = backed_up(digest, installed)
    shutil.rmtree(installed / "state")
    return file


def test_on_another_host_what_may_have_been_sent_is_held(
    digest: Digest, elsewhere: str, installed: Path
) -> None:
    done = digest("restore", elsewhere)
    assert done.status == 0, done.errors
    assert "held: 1 message that may have been sent since" in done.errors
    assert "daily 2026-11-10, daily 2026-11-11, daily 2026-11-12" in done.errors
    assert "who has left or complained since is not known" in done.errors
    with opened(installed) as store:
        assert send_all(store, NOW + 100 * DAY) == []
        write(store, "letter/2", None, NOW)
        assert send_all(store, NOW) == ["letter/2"]  # what is asked for now leaves
        assert [one.period for one in store.reviews.held()] == [
            "2026-11-10",
            "2026-11-11",
            "2026-11-12",
        ]
    assert "held daily 2026-11-11" in digest("status").out
    assert "1 messages held; say `digest restore --resume`" in digest("status").out
    (row,) = json.loads(digest("outbox", "list", "--json").out)
    assert (row["state"], row["next_try"]) == ("unknown", "held")


def test_what_is_held_is_sent_at_the_operators_word(
    digest: Digest, elsewhere: str, installed: Path
) -> None:
    digest("restore", elsewhere)
    resumed = digest("restore", "--resume")
    assert resumed.out == "1 message and 3 issues to be sent\n"
    with opened(installed) as store:
        assert send_all(store, NOW) == ["letter/1"]
        assert store.reviews.held() == []
    assert "no restore waits" in digest("restore", "--discard").errors


def test_or_it_is_let_be_and_its_issues_count_as_out(
    digest: Digest, elsewhere: str, installed: Path
) -> None:
    digest("restore", elsewhere)
    discarded = digest("restore", "--discard")
    assert discarded.out == "1 message and 3 issues let be, as sent before\n"
    with opened(installed) as store:
        assert send_all(store, NOW + DAY) == []
        assert store.issues.keys("daily") == {"2026-11-10", "2026-11-11", "2026-11-12"}
        assert store.archive.listed() == []
    assert "not out yet" not in digest("next").out


def test_what_nobody_waits_for_any_more_is_left_out(digest: Digest, elsewhere: str) -> None:
    with closing(sqlite3.connect(elsewhere)) as copy:
        copy.execute("UPDATE deliveries SET kind = 'alert'")
        copy.execute("UPDATE subscribers SET status = 'left'")
        copy.commit()
    digest("restore", elsewhere)
    resumed = digest("restore", "--resume")
    assert "1 left out: nobody waits" in resumed.errors


def test_of_a_damaged_original_the_departures_are_carried_over(
    digest: Digest, installed: Path
) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        ben = store.subscribers.by_key("ben@reader.example")
        assert ben is not None
        store.subscribers.set_status(ben.id, Status.LEFT, NOW + DAY)
        assert send_all(store, NOW + DAY) == ["letter/1"]
        for number in range(3000):
            store.inbox.add_letter(f"{number:064}", "example.org", NOW)
    path = installed / "state" / "digest.db"
    content = bytearray(path.read_bytes())
    end = len(content)
    content[end - 3 * 4096 : end - 4096] = os.urandom(2 * 4096)
    path.write_bytes(content)
    refused = digest("run")
    assert refused.status == 78
    assert "is damaged" in refused.errors
    done = digest("restore", file)
    assert done.status == 0, done.errors
    assert "1 reader who left since stay away" in done.errors
    with opened(installed) as store:
        assert [r.status for r in store.subscribers.all()] == [Status.ACTIVE, Status.LEFT]
        assert store.restored.held() == []  # it is known that the letter was sent


def spoil(path: Path, *names: str) -> None:
    """Fill the first page of these tables and indexes with rubbish."""
    marks = ", ".join("?" * len(names))
    with closing(sqlite3.connect(path)) as found:
        size = found.execute("PRAGMA page_size").fetchone()[0]
        rows = found.execute(
            f"SELECT rootpage FROM sqlite_master WHERE name IN ({marks})",  # noqa: S608
            names,
        ).fetchall()
    content = bytearray(path.read_bytes())
    assert len(rows) == len(names)
    for (page,) in rows:
        content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoilt", "known"),
    [
        (["entries"], True),
        (["suppressions"], False),
        (["sqlite_autoindex_subscribers_1"], True),
        (["deliveries"], False),
        (["suppressions", "deliveries"], False),
    ],
)
def test_a_damaged_page_hides_only_what_is_on_it(
    digest: Digest, installed: Path, spoilt: list[str], *, known: bool
) -> None:
    file = backed_up(digest, installed)
    with opened(installed) as store:
        ben = store.subscribers.by_key("ben@reader.example")
        assert ben is not None
        store.subscribers.set_status(ben.id, Status.LEFT, NOW + DAY)
    spoil(installed / "state" / "digest.db", *spoilt)
    done = digest("restore", file)
    assert done.status == 0, done.errors
    assert ("1 reader who left since stay away" in done.errors) is known
    assert ("who has left or complained since is not known" in done.errors) is not known
    with opened(installed) as store:
        assert [r.status for r in store.subscribers.all()] == [Status.ACTIVE, Status.LEFT]


def test_who_was_erased_before_the_damage_stays_away(digest: Digest, installed: Path) -> None:
    file = backed_up(digest, installed)
    assert digest("subscribers", "erase", "ben@reader.example").status == 0
    spoil(installed / "state" / "digest.db", "entries")
    assert "1 reader who left since stay away" in digest("restore", file).errors
    with opened(installed) as store:
        assert [r.status for r in store.subscribers.all()] == [Status.ACTIVE, Status.LEFT]


def test_with_a_damaged_original_too_who_complained_is_not_brought_back(
    digest: Digest, installed: Path
) -> None:
    file = backed_up(digest, installed)
    assert digest("subscribers", "erase", "ben@reader.example").status == 0
    spoil(installed / "state" / "digest.db", "entries")
    assert digest("restore", file, "--bring-back").status == 0
    with opened(installed) as store:
        assert [r.status for r in store.subscribers.all()] == [Status.ACTIVE, Status.ACTIVE]
        kept = database_of(store).connection.execute("SELECT reason FROM suppressions")
        assert [row["reason"] for row in kept] == [Suppression.FORGOTTEN]


def test_two_restores_in_one_second_keep_both_that_were_in_place(
    digest: Digest, installed: Path
) -> None:
    file = backed_up(digest, installed)
    assert digest("restore", file).status == 0
    assert digest("restore", file).status == 0
    kept = sorted((installed / "state" / "backups").glob("before-restore-*.db"))
    assert [one.name for one in kept] == [
        "before-restore-20261112T030000Z-2.db",
        "before-restore-20261112T030000Z.db",
    ]


def test_an_original_of_an_older_release_is_brought_up_to_date_before_it_is_taken_over(
    digest: Digest, project: Path
) -> None:
    script = Path(__file__).parent.parent / "data" / "store" / "schema-1.sql"
    (project / "state").mkdir()
    for path in (project / "old.db", project / "state" / "digest.db"):
        with closing(sqlite3.connect(path)) as old:
            old.executescript(script.read_text(encoding="utf-8"))
    done = digest("restore", str(project / "old.db"))
    assert done.status == 0, done.errors
    assert "nothing is sent again" in done.errors
    with opened(project) as store:
        assert len(store.subscribers.all()) == 4


def test_another_lists_database_in_place_tells_nothing(
    digest: Digest, elsewhere: str, installed: Path
) -> None:
    with opened(installed) as store:  # a new one, with a secret of its own
        join(store, "eve", NOW)
    done = digest("restore", elsewhere)
    assert "who has left or complained since is not known" in done.errors
    assert "what was in place is the database of another list" in done.errors
    with opened(installed) as store:
        assert len(store.subscribers.all()) == 2


def test_a_backup_of_before_an_earlier_restore_is_not_taken_for_the_past_of_what_is_there(
    digest: Digest, installed: Path
) -> None:
    file = backed_up(digest, installed)
    assert "nothing is sent again" in digest("restore", file).errors
    again = digest("restore", file)
    assert "that may have been sent since" in again.errors
    with opened(installed) as store:
        last = store.restored.last()
        assert last is not None
        assert last.generation == 3


def test_a_copy_made_by_hand_is_a_backup_too(digest: Digest, installed: Path) -> None:
    shutil.copy(installed / "state" / "digest.db", installed / "copy.db")
    done = digest("restore", str(installed / "copy.db"))
    assert "nothing is sent again" in done.errors


def test_a_backup_of_an_older_schema_is_brought_up_to_date(digest: Digest, project: Path) -> None:
    script = Path(__file__).parent.parent / "data" / "store" / "schema-1.sql"
    with closing(sqlite3.connect(project / "old.db")) as old:
        old.executescript(script.read_text(encoding="utf-8"))
    done = digest("restore", str(project / "old.db"))
    assert done.status == 0, done.errors
    with opened(project) as store:
        assert len(store.subscribers.all()) == 4


# --- what is refused ---------------------------------------------------------------------------


def test_while_the_service_runs_nothing_is_restored(digest: Digest, installed: Path) -> None:
    file = backed_up(digest, installed)
    before = (installed / "state" / "digest.db").read_bytes()
    with lock(installed / "state"):
        refused = digest("restore", file)
    assert refused.status == 75
    assert (installed / "state" / "digest.db").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words", "status"),
    [
        (None, "there is no such file", 2),
        (b"", "is no backup of digest", 78),
        (b"not a database, but long enough for one" * 100, "is damaged", 78),
    ],
)
def test_what_is_no_backup_is_refused(
    digest: Digest, installed: Path, content: bytes | None, words: str, status: int
) -> None:
    file = installed / "given.db"
    if content is not None:
        file.write_bytes(content)
    before = (installed / "state" / "digest.db").read_bytes()
    refused = digest("restore", str(file))
    assert refused.status == status
    assert words in refused.errors
    assert (installed / "state" / "digest.db").read_bytes() == before


def test_a_database_of_something_else_and_a_newer_one_are_refused(
    digest: Digest, installed: Path
) -> None:
    other = installed / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE songs (name TEXT)")
    assert "is no backup of digest" in digest("restore", str(other)).errors
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    assert "is no backup of digest (it has lost its secret)" in digest("restore", str(other)).errors
    newer = backed_up(digest, installed)
    with closing(sqlite3.connect(newer)) as made:
        made.execute("PRAGMA user_version = 99")
    assert "newer version of digest" in digest("restore", newer).errors


def test_what_cannot_be_set_aside_stays_in_place(digest: Digest, installed: Path) -> None:
    digest("backup", str(installed / "given.db"))
    (installed / "state" / "backups").touch()  # where folders cannot be made
    before = (installed / "state" / "digest.db").read_bytes()
    refused = digest("restore", str(installed / "given.db"))
    assert refused.status == 78
    assert "could not be put in place" in refused.errors
    assert (installed / "state" / "digest.db").read_bytes() == before
    assert not (installed / "state" / "restoring").exists()


def test_a_state_that_is_a_link_is_not_restored_into(digest: Digest, installed: Path) -> None:
    digest("backup", str(installed / "given.db"))
    (installed / "state").rename(installed / "elsewhere")
    (installed / "state").symlink_to(installed / "elsewhere")
    refused = digest("restore", str(installed / "given.db"))
    assert refused.status == 78
    assert "is a link" in refused.errors


@pytest.mark.parametrize(
    "arguments", [(), ("x.db", "--resume"), ("--resume", "--discard"), ("--bring-back", "--resume")]
)
def test_what_cannot_be_meant_is_refused(
    digest: Digest, installed: Path, arguments: tuple[str, ...]
) -> None:
    del installed
    assert digest("restore", *arguments).status == 2

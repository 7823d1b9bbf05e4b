from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import upkeep

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MIB = 1024 * 1024


def names(*ages: int) -> list[str]:
    return [upkeep.backup_name(NOW - age * DAY) for age in ages]


def test_a_backup_is_called_by_its_moment_whatever_the_zone() -> None:
    assert upkeep.backup_name(NOW) == "digest-20261116T070000Z.db"
    assert upkeep.taken_at("digest-20261116T070000Z.db") == NOW


@pytest.mark.parametrize(
    "name",
    ["before-migration-2.db", "digest-20261316T070000Z.db", "mine.db", "digest-.db", ".x.part"],
)
def test_what_is_called_otherwise_is_no_backup_of_ours(name: str) -> None:
    assert upkeep.taken_at(name) is None
    assert upkeep.too_many([name], 0, NOW) == []


def test_a_backup_is_due_when_the_last_is_as_old_as_that() -> None:
    assert upkeep.backup_is_due([], DAY, NOW)
    assert upkeep.backup_is_due(names(1, 2), DAY, NOW)
    assert not upkeep.backup_is_due([upkeep.backup_name(NOW - DAY / 2)], DAY, NOW)
    assert not upkeep.backup_is_due([], None, NOW)


def test_a_backup_from_a_future_that_a_wrong_clock_made_does_not_put_the_next_one_off() -> None:
    assert upkeep.backup_is_due(names(-3000), DAY, NOW)


def test_the_oldest_go_and_nothing_else() -> None:
    files = [*names(3, 1, 2, 0), "notes.txt", "before-restore-20200101T000000Z.db"]
    assert upkeep.too_many(files, 2, NOW) == names(3, 2)
    assert upkeep.too_many(files, 4, NOW) == []
    assert upkeep.newest(files, NOW) == names(0)[0]
    assert upkeep.newest(["notes.txt"], NOW) is None


@given(ages=st.sets(st.integers(-3000, 3000), max_size=12), keep=st.integers(1, 8))
def test_a_clock_that_was_ahead_never_costs_the_newest_backup(ages: set[int], keep: int) -> None:
    files = names(*ages)
    gone = upkeep.too_many(files, keep, NOW)
    assert len(files) - len(gone) == min(keep, len(files))
    if past := [age for age in ages if age >= 0]:
        newest = upkeep.newest(files, NOW)
        assert newest == names(min(past))[0]
        assert newest not in gone


def test_of_backups_from_a_future_only_the_latest_is_the_newest() -> None:
    assert upkeep.newest(names(-2, -5, -3), NOW) == names(-5)[0]


def test_room_is_needed_for_the_readers_and_to_spare() -> None:
    large = 10**12
    assert upkeep.needed(0, 0, large) == 64 * MIB
    assert upkeep.needed(100_000, 10, large) > 64 * MIB + 100_000 * 1000
    assert upkeep.needed(0, 0, 2 * MIB) == 2 * MIB // 10


def test_what_was_low_is_well_again_only_some_way_above() -> None:
    assert upkeep.is_low(99, 100, was_low=False)
    assert not upkeep.is_low(100, 100, was_low=False)
    assert upkeep.is_low(124, 100, was_low=True)
    assert not upkeep.is_low(125, 100, was_low=True)


@pytest.mark.parametrize(
    ("size", "words"),
    [(12, "12 bytes"), (1_500, "1.5 kB"), (67_108_864, "67.1 MB"), (2 * 10**9, "2.0 GB")],
)
def test_bytes_in_words(size: int, words: str) -> None:
    assert upkeep.in_words(size) == words


MOUNTS = r"""
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw
31 30 0:41 / /home/local rw - ext4 /dev/vdb rw
32 22 0:42 / /mnt/my\040disk rw - fuseblk /dev/sdb1 rw
33 22 0:43 / /mnt/cloud rw - fuse.sshfs me@there: rw
34 22 0:44 / /srv rw - ext4 /dev/vdc rw
35 22 0:45 / /srv rw master:3 - cifs //nas/srv rw
broken
36 22 0:46 / /nothing rw -
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/digest/state", None),
        ("/home/ada/state", "nfs4"),
        ("/home", "nfs4"),
        ("/homestead/state", None),
        ("/home/local/state", None),
        ("/mnt/my disk/state", None),
        ("/mnt/cloud/state", "fuse.sshfs"),
        ("/srv/state", "cifs"),  # the last mount hides the one below
    ],
)
def test_which_file_systems_are_not_of_this_machine(path: str, kind: str | None) -> None:
    assert upkeep.remote_file_system(MOUNTS, path) == kind


def test_nothing_is_known_of_a_path_without_mounts() -> None:
    assert upkeep.remote_file_system("", "/srv") is None


def test_something_is_due_again_after_its_time_or_a_leap_of_the_clock() -> None:
    assert upkeep.is_due(None, DAY, NOW)
    assert not upkeep.is_due(NOW - DAY / 2, DAY, NOW)
    assert upkeep.is_due(NOW - DAY, DAY, NOW)
    assert upkeep.is_due(NOW + 2 * DAY, DAY, NOW)


def test_numbers_after_a_restore_are_above_those_before_and_fit_a_token() -> None:
    assert upkeep.first_number(NOW + DAY) - upkeep.first_number(NOW) > 20_000_000
    assert upkeep.first_number(datetime(2100, 1, 1, tzinfo=UTC)) < 2**40


def test_the_latest_of_moments() -> None:
    assert upkeep.latest([None, NOW, NOW - DAY]) == NOW
    assert upkeep.latest([None]) is None

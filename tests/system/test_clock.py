"""The machine's clock is moved while the service runs, and it changes between winter and summer.

libfaketime (Debian's package faketime) moves the wall clock of a process; monotonic time goes on.
Nights of the change are run with the clock of tests, which is moved minute by minute.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.daemon.jumps import STEADY
from tests.daemon.running import CONFIG, decided, knows_editions
from tests.end_to_end.service import Project, until

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

DUE = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # 07:00 on a Monday in Tokyo
BEFORE = DUE - timedelta(hours=1)


class Faked(Project):
    """A project whose processes see a wall clock that a test moves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, CONFIG.format(zone="Asia/Tokyo"))
        self._file = folder / "faketime"

    def set_wall(self, moment: datetime) -> None:
        """Let the wall clock of all processes say this now, and go on from there."""
        offset = (moment - datetime.now(UTC)).total_seconds()  # noqa: TID251  # the real one
        temporary = self._file.with_suffix(".part")
        temporary.write_text(f"{offset:+.3f}", encoding="ascii")
        temporary.replace(self._file)

    def environment(self) -> dict[str, str]:
        ours: Mapping[str, str] = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Files keep their own times: SQLite and Python look at them.
            "NO_FAKE_STAT": "1",
        }
        return {**os.environ, **ours}


def told_of(project: Project, by: timedelta) -> int:
    """How many jumps of about that width the log tells of.

    libfaketime lets a look at the true clock through now and then, while its file is replaced.
    """
    rows = [json.loads(line) for line in project.log.splitlines()]
    moved = [
        datetime.fromisoformat(row["after"]) - datetime.fromisoformat(row["before"])
        for row in rows
        if row["event"] == "clock.jumped"
    ]
    return sum(abs(width - by) < timedelta(minutes=1) for width in moved)


@pytest.mark.skipif(LIBRARY is None, reason="Debian's package faketime is not installed")
@pytest.mark.parametrize(
    ("start", "by", "periods", "jumps"),
    [
        # It sleeps for two hours, over the due time: the issue goes out when it wakes.
        (BEFORE, timedelta(hours=2), ["2026-W48"], 0),
        # Set back by an hour after the issue was out: it is not sent again.
        (BEFORE, -timedelta(hours=1), ["2026-W48"], 1),
        # Over the due time and eight days more: that issue is too late, the next is due.
        (BEFORE, timedelta(days=8, hours=1), ["2026-W48", "2026-W49"], 1),
    ],
    ids=["+2h", "-1h", "+8d"],
)
async def test_the_wall_clock_is_moved(
    folder: Path, start: datetime, by: timedelta, periods: list[str], jumps: int
) -> None:
    project = Faked(folder)
    project.set_wall(start)
    async with project.service():
        await until(lambda: knows_editions(folder), "a look at the schedule")
        if by < timedelta(0):
            project.set_wall(start := DUE)
            await until(lambda: decided(folder) == periods, "the issue")
        project.set_wall(start + by)
        if jumps:
            await until(lambda: told_of(project, by) == jumps, "a jump that is seen")
            await until(lambda: "clock.steady" in project.log, "a clock that is trusted")
        if by < timedelta(0):
            project.set_wall(DUE - timedelta(seconds=5))  # the same due time once more
            await asyncio.sleep(STEADY.total_seconds())  # nothing tells of what does not happen
        await until(lambda: decided(folder) == periods, "the issues that are due")
    assert decided(folder) == periods
    assert told_of(project, by) == jumps


# A due time that the night skips, one that it has twice, and midnights that do not exist.
NIGHTS = [
    ("America/New_York", "sun 02:30", "2026-03-08T02:30", "2026-W10"),
    ("Europe/Berlin", "sun 02:30", "2026-10-25T02:30", "2026-W43"),
    ("Africa/Cairo", "fri 00:30", "2026-04-24T00:30", "2026-W17"),
    ("Australia/Sydney", "sun 02:30", "2026-04-05T02:30", "2026-W14"),
]


@pytest.mark.parametrize(("zone", "schedule", "due", "period"), NIGHTS)
async def test_a_night_in_which_the_clocks_change(
    folder: Path, zone: str, schedule: str, due: str, period: str
) -> None:
    project = Project(folder, CONFIG.format(zone=zone).replace("mon 07:00", schedule))
    night = datetime.fromisoformat(due).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    project.set_clock((night - timedelta(hours=4)).isoformat())
    async with project.service():
        await until(lambda: knows_editions(folder), "a look at the schedule")
        for quarter in range(-12, 13):
            project.set_clock((night + quarter * timedelta(minutes=15)).isoformat())
            await asyncio.sleep(0.3)  # a tick of the service comes each second
        await until(lambda: decided(folder) == [period], "the issue of that night")
        project.set_clock((night + timedelta(days=6, hours=20)).isoformat())
        await asyncio.sleep(2)
        assert decided(folder) == [period]
        project.set_clock((night + timedelta(days=7, hours=2)).isoformat())
        await until(lambda: len(decided(folder)) == 2, "the issue of the week after")
    assert decided(folder)[0] == period

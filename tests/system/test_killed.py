"""The service is killed while it sends, again and again: nobody is forgotten."""

import asyncio
import random
import signal
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.end_to_end.service import until
from tests.system.conftest import Figures
from tests.system.mailing import CONNECTIONS, FULL, GROUP, Mailing, addresses, mailing
from tests.system.smtp_server import Script

READERS = 2000 if FULL else 300
KILLS = 200 if FULL else 8
MOST = 100  # connections and messages before a kill

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if FULL else 180)]

# Where everything comes to rest; what was under way is unknown at the next start.
ENDS = {"resend": {"sent"}, "hold": {"sent", "unknown", "data"}}


async def kill_again_and_again(sending: Mailing, ends: set[str]) -> list[int]:
    """Kill it KILLS times with something still to send; gives each run's first connection."""
    seed = random.randrange(1 << 32)  # noqa: S311  # pytest-randomly makes it repeatable
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    chance = random.Random(seed)  # noqa: S311
    runs = []
    kills = 0
    sending.next_issue()
    while kills < KILLS:
        runs.append(sending.server.connections + 1)
        size = sending.server.size
        async with sending.sending() as process:
            # In messages and not in time alone, so that a busy machine gets as far as an idle one.
            await sending.goes_on(since=size, lines=chance.randrange(MOST))
            await asyncio.sleep(chance.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert sending.project.look("PRAGMA quick_check") == [{"quick_check": "ok"}]
        states = sending.project.states()
        assert states["data"] <= CONNECTIONS * GROUP
        if set(states) - ends:
            kills += 1
        else:
            sending.next_issue()
    return runs


def told_twice(sending: Mailing, runs: list[int]) -> Counter[int]:
    """For each run, how many of its messages were sent again by a later one.

    What was sent again had the same Message-ID and was the same byte for byte.
    """
    twice: Counter[int] = Counter()
    run_of: dict[tuple[str, str], int] = {}
    digests: dict[tuple[str, str], str] = {}
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for taken in sending.server.taken:
        run = sum(first <= taken.connection for first in runs)
        key = (taken.recipient, taken.id)
        ids[taken.recipient].add(taken.id)
        if key in run_of:
            twice[run_of[key]] += 1
        run_of[key] = run
        assert digests.setdefault(key, taken.digest) == taken.digest
    assert {len(of_one) for of_one in ids.values()} <= set(range(sending.issues + 1))
    return twice


@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
async def test_killed_while_sending(folder: Path, figures: Figures, on_unknown: str) -> None:
    async with mailing(
        folder, readers=addresses(READERS), script=Script(delay_ms=20), on_unknown=on_unknown
    ) as sending:
        runs = await kill_again_and_again(sending, ENDS[on_unknown])
        runs.append(sending.server.connections + 1)
        async with sending.project.service():
            await until(lambda: set(sending.project.states()) <= ENDS[on_unknown], "the end")
        assert sending.project.look("PRAGMA integrity_check") == [{"integrity_check": "ok"}]

        twice = told_twice(sending, runs)
        rows = await sending.project.outbox()
        unknown = {(row.address, row.key.split("/")[2]) for row in rows if row.state == "unknown"}
        periods = sorted({row.key.split("/")[2] for row in rows})
        owed = {(reader, period) for reader in sending.readers for period in periods}
        lost = owed - got(sending, periods) - unknown
        figures(
            f"{KILLS} kills, {len(rows)} messages of {sending.issues} issues, {len(lost)} lost, "
            f"{twice.total()} twice (at most {max(twice.values(), default=0)} by one kill), "
            f"{len(unknown)} unknown"
        )
        assert len(owed) == len(rows) == sending.issues * READERS
        assert lost == set()
        assert max(twice.values(), default=0) <= CONNECTIONS * GROUP
        if on_unknown == "resend":
            assert sending.all_reached
        else:
            assert twice.total() == 0


def got(sending: Mailing, periods: list[str]) -> set[tuple[str, str]]:
    """Who got which period's issue. Each is sent to its end before the next one is due."""
    return {
        (
            taken.recipient,
            periods[sum(n <= taken.connection for n in sending.first_connections) - 1],
        )
        for taken in sending.server.taken
    }

"""The service is asked to stop while it sends: it finishes what it has begun, and nothing more."""

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from digest.daemon import GRACE
from tests.end_to_end.service import until
from tests.system.conftest import Figures
from tests.system.mailing import FULL, Mailing, addresses, mailing
from tests.system.smtp_server import Script

READERS = 1000 if FULL else 300
STOPS = 100 if FULL else 6
MOST = 100  # connections and messages before a stop

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if FULL else 180)]

# Now and then the server takes its time at the final dot: that is waited for.
SCRIPT = Script(delay_ms=20, slow=0.01, slow_ms=2000)


async def stop_again_and_again(sending: Mailing) -> float:
    """Stop it STOPS times with something still to send; gives the longest that it took."""
    seed = random.randrange(1 << 32)  # noqa: S311  # pytest-randomly makes it repeatable
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    chance = random.Random(seed)  # noqa: S311
    now = asyncio.get_running_loop().time
    longest = 0.0
    stops = 0
    sending.next_issue()
    while stops < STOPS:
        size = sending.server.size
        async with sending.sending() as process:
            # In messages and not in time alone, so that a busy machine gets as far as an idle one.
            await sending.goes_on(since=size, lines=chance.randrange(MOST))
            await asyncio.sleep(chance.uniform(0, 0.02))
            asked = now()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), GRACE.total_seconds()) == 0
            longest = max(longest, now() - asked)
        states = sending.project.states()
        assert set(states) <= {"queued", "sent"}
        if states["queued"]:
            stops += 1
        else:
            sending.next_issue()
    return longest


async def test_stopped_while_sending(folder: Path, figures: Figures) -> None:
    async with mailing(folder, readers=addresses(READERS), script=SCRIPT) as sending:
        longest = await stop_again_and_again(sending)
        async with sending.project.service():
            await until(lambda: set(sending.project.states()) == {"sent"}, "everything sent")
        states = sending.project.states()
        times = Counter((taken.recipient, taken.id) for taken in sending.server.taken)
        figures(
            f"{STOPS} SIGTERMs, {states.total()} messages of {sending.issues} issues, "
            f"{states['sent']} sent, {times.total() - len(times)} twice, "
            f"{states['unknown']} unknown, {longest:.1f} s the longest stop"
        )
        assert sending.all_reached
        assert times.total() == len(times)

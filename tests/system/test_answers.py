"""A server that refuses, defers and hangs up at every step: each reader ends where they belong."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from pathlib import Path

import pytest

from tests.end_to_end.service import until
from tests.system.conftest import Figures
from tests.system.mailing import FULL, Mailing, Rig, addresses, mail_server, mailing, monday
from tests.system.smtp_server import Script

READERS = 2000 if FULL else 300

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600 if FULL else 180)]

# For now: what can be said and done at each step, after which the same message may pass.
PASSING = (
    "RCPT 450 4.2.0 greylisted, come again",
    "RCPT 451 come again",
    "RCPT 452 4.2.2 mailbox full for now",
    "RCPT 421 4.3.2 closing",
    "RCPT drop",
    "DATA drop",
    "body drop",
    ". 451 4.3.0 come again",
    ". 421 4.3.2 closing",
    ". drop",
    ". take and drop",
)
# For good: what the server says of the reader, and what it means for their address.
FINAL: Mapping[str, str] = {
    "RCPT 550 5.1.1 there is nobody of that name": "dead",
    "RCPT 550 no such user here": "dead",
    "RCPT 552 5.2.2 mailbox full": "soft",
    "RCPT 450 4.2.0 come again": "soft",  # always: given up after two days
}
# At most so many in a hundred are refused for good: with more dead addresses an issue is paused.
REFUSED = 1.5
PERIOD = "2026-W47"  # of the first issue
OFTEN = 100  # more attempts than anybody makes

STEPS = [timedelta(minutes=10) * 2**n for n in range(8)]  # after the issue, to 21 hours
GIVEN_UP = timedelta(hours=60)


def script(readers: Sequence[str], seed: int) -> dict[str, Sequence[str]]:
    """What befalls whom: some readers are refused, of the others two in five have trouble.

    The refused stand far apart: many in a row are as good a reason to pause an issue as many.
    """
    chance = random.Random(seed)  # noqa: S311  # a test's dice
    plan: dict[str, Sequence[str]] = {
        reader: [list(FINAL)[number % len(FINAL)]] * OFTEN
        for number, reader in enumerate(readers[:: ceil(100 / REFUSED)])
    }
    for reader in readers:
        if reader not in plan and chance.random() < 0.4:
            plan[reader] = chance.choices(PASSING, k=chance.randint(1, 3))
    return plan


async def send_for_two_days(sending: Mailing, deliverable: int) -> None:
    """Let the retries fall due, one after the other, and the service do what is due then.

    It is started for each: a server that hangs up makes it wait, by a clock that nobody moves.
    """
    sending.next_issue()
    for passed in (timedelta(), *STEPS):
        sending.project.set_clock((monday(0) + passed).isoformat())
        await look_at_the_outbox(sending.project)
        if sending.project.states()["sent"] == deliverable:
            break
    sending.project.set_clock((monday(0) + GIVEN_UP).isoformat())
    await look_at_the_outbox(sending.project)


async def look_at_the_outbox(project: Rig) -> None:
    before = project.log.count("outbox.done")
    async with project.service():
        await until(lambda: project.log.count("outbox.done") > before, "a look at the outbox")


async def test_every_answer(folder: Path, figures: Figures) -> None:
    seed = random.randrange(1 << 32)  # noqa: S311  # pytest-randomly makes it repeatable
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    readers = addresses(READERS)
    plan = script(readers, seed)
    behaviour = Script(attempts=plan, delay_ms=2, most_connections=6, seed=seed)
    async with mailing(folder, readers=readers, script=behaviour) as sending:
        final = {reader: said[0] for reader, said in plan.items() if said[0] in FINAL}
        await send_for_two_days(sending, len(readers) - len(final))
        rows = {row.address: row for row in await sending.project.outbox()}
        times = Counter(taken.recipient for taken in sending.server.taken)
        figures(
            f"{len(readers)} readers, {len(plan) - len(final)} with trouble that passes, "
            f"{len(final)} refused for good, {len(times)} reached, "
            f"{times.total() - len(times)} twice"
        )
        for reader in readers:
            if reader in final:
                assert (times[reader], rows[reader].state) == (0, "failed")
                assert rows[reader].reply == final[reader].removeprefix("RCPT ")
            else:
                # Twice only if the server took it and did not say so.
                silent = list(plan.get(reader, ())).count(". take and drop")
                assert (times[reader], rows[reader].state) == (1 + silent, "sent")
        assert bounced(sending) == {reader: FINAL[said] for reader, said in final.items()}


def bounced(sending: Mailing) -> dict[str, str]:
    """What refusals were taken to mean."""
    rows = sending.project.look(
        "SELECT address, bounces.kind FROM bounces JOIN deliveries ON delivery_id = deliveries.id"
    )
    return {row["address"]: row["kind"] for row in rows}


@pytest.mark.parametrize("refusal", [". 554 5.7.1 refused by policy", ". 550 looks like spam"])
async def test_a_refusal_of_what_we_send_pauses_the_issue(folder: Path, refusal: str) -> None:
    readers = addresses(50)
    refusing = Script(attempts={reader: [refusal] * OFTEN for reader in readers})
    async with mailing(folder, readers=readers, script=refusing) as sending:
        sending.next_issue()
        async with sending.project.service():
            await until(lambda: sending_of(sending) == ["paused"], "an issue that is paused")
        assert set(sending.project.states()) <= {"queued", "deferred"}  # nobody has failed
        assert bounced(sending) == {}
        async with mail_server(folder / "mended", Script()) as mended:
            sending.configure(mended)
            await sending.project.run("issue", "resume", PERIOD)
            sending.project.set_clock((monday(0) + timedelta(hours=1)).isoformat())
            async with sending.project.service():
                await until(lambda: sending.all_reached, "everybody reached")


def sending_of(sending: Mailing) -> list[str]:
    return [row["sending"] for row in sending.project.look("SELECT sending FROM issues")]

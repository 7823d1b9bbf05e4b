"""Other settings are taken over, or refused, in the middle of a poll and of a mailing."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.daemon.running import add
from tests.end_to_end.service import until
from tests.feeds.server import Response
from tests.system.conftest import Figures
from tests.system.mailing import addresses, mailing
from tests.system.smtp_server import Script

READERS = 200

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SLOW_FEED = """
[[feeds]]
url = "http://{http}/slow"
id = "slow"
"""


async def test_reloaded_while_it_polls_and_sends(folder: Path, figures: Figures) -> None:
    script = Script()
    async with mailing(folder, readers=addresses(READERS), script=script) as sending:
        project, config = sending.project, sending.project.folder / "feeds.toml"
        sending.feeds.answers["/slow"] = Response(hang=True)  # a poll that takes its full time
        add(project, SLOW_FEED.format(http=sending.feeds.host))
        sending.next_issue()
        good = config.read_text(encoding="utf-8").replace('"unlimited"', '"10/s"')
        config.write_text(good, encoding="utf-8")
        async with project.service() as process:
            await until(lambda: bool(sending.feeds.asked("/slow")), "a poll under way")
            assert "taken over" in await project.run("reload")
            assert "poll.done" not in project.log
            await until(lambda: bool(sending.server.taken), "a mailing under way")
            reloads = 0
            while len(sending.server.taken) < READERS * 3 // 4:
                config.write_text(good + "\n[nonsense]\n", encoding="utf-8")
                assert "nonsense" in await project.run("reload", code=78)
                config.write_text(
                    good.replace("connections = 8", f"connections = {4 + reloads % 2}"),
                    encoding="utf-8",
                )
                assert "[mail]" in await project.run("reload")
                reloads += 1
            await until(lambda: set(project.states()) == {"sent"}, "everything sent")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        times = Counter(taken.recipient for taken in sending.server.taken)
        figures(f"{reloads} good and {reloads} bad reloads, {times.total()} messages")
        assert reloads > 0
        assert sending.all_reached
        assert set(times.values()) == {1}


async def test_a_second_sigterm_ends_at_once(folder: Path) -> None:
    script = Script(slow=1.0, slow_ms=60_000)
    async with mailing(folder, readers=addresses(4), script=script) as sending:
        sending.next_issue()
        async with sending.sending() as process:
            await until(lambda: sending.project.states()["data"] > 0, "a message under way")
            process.send_signal(signal.SIGTERM)
            await until(lambda: "service.stopping" in sending.project.log, "draining")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 1
        assert sending.project.states()["data"] > 0  # known, and told as unknown at the next start

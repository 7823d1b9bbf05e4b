"""What cannot wait, by the installed command: silent at first, mailed once, killed in between."""

import signal
from pathlib import Path

import pytest

from tests.end_to_end.service import Project, until
from tests.end_to_end.test_a_week_passes import RECALL, Item, rss, text
from tests.feeds.server import FeedServer
from tests.mail.server import smtp_sink

CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "smtp://127.0.0.1:{smtp}?tls=none"
[fetch]
interval = "1 s"
allow_hosts = ["{http}"]
[[alerts]]
name = "recalls"
match = 'company:toyota and topic:recall_safety'
to = ["desk@reader.example"]
[[feeds]]
url = "http://{http}/english"
id = "english"
title = "Motor Ledger"
"""

OLD: Item = (
    "Toyota recalls 90,000 Yaris cars over airbags",
    "The airbags may open late.",
    "Tue, 17 Nov 2026 08:00:00 +0900",
)


@pytest.mark.timeout(180)
async def test_news_that_meets_a_rule_is_mailed_once(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with FeedServer({"/english": rss([OLD])}) as feeds:
            project = Project(tmp_path, CONFIG.format(smtp=sink.port, http=feeds.host))
            project.set_clock("2026-11-17T09:00:00+09:00")
            first = await project.run("poll")
            assert "cannot wait" not in first  # it was there before us
            feeds.answers["/english"] = rss([RECALL, OLD])
            project.set_clock("2026-11-17T10:30:00+09:00")
            async with project.service() as process:
                await until(lambda: "alert.raised" in project.log, "an alert")
                process.send_signal(signal.SIGKILL)
                await process.wait()
            async with project.service():
                await until(lambda: len(sink.received) == 1, "the alert's mail")
                await until(lambda: project.has_logged("outbox.done", sent=1), "the mail recorded")
            assert "1 mail" not in await project.run("poll", "--force")
            history = await project.run("alerts", "history")

    (received,) = sink.to("desk@reader.example")
    assert received.message["Subject"].startswith("Alert: Toyota recalls 210,000 Corolla")
    words = text(received.message)
    assert "the rule “recalls”" in words
    assert OLD[0] not in words
    assert "desk@reader.example" in history

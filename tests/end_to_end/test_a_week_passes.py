"""The service as a process: feeds by HTTP in, mail by SMTP out, a week by a clock that we move."""

import asyncio
import re
import signal
from pathlib import Path

import pytest

from tests.end_to_end.service import Project, until
from tests.feeds.server import FeedServer, Response
from tests.mail.server import smtp_sink

CONFIG = """
[digest]
title = "Kuruma Weekly"
sections = ["tariffs_trade", "mergers_alliances", "ev"]
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "smtp://127.0.0.1:{smtp}?tls=none"
[fetch]
allow_hosts = ["127.0.0.1:{http}"]
[[feeds]]
url = "http://127.0.0.1:{http}/english"
id = "english"
title = "Motor Ledger"
[[feeds]]
url = "http://127.0.0.1:{http}/japanese"
id = "japanese"
title = "自動車新報"
lang = "ja"
"""


def rss(*items: tuple[str, str, str]) -> Response:
    """A feed of (title, summary, RFC 822 date)."""
    body = "".join(
        f"<item><title>{title}</title><description>{summary}</description>"
        f"<link>https://news.example/{abs(hash(title)) if False else index}</link>"
        f"<guid isPermaLink='false'>{title}</guid><pubDate>{date}</pubDate></item>"
        for index, (title, summary, date) in enumerate(items)
    )
    document = f"<rss version='2.0'><channel><title>t</title>{body}</channel></rss>"
    return Response(body=document.encode(), content_type="application/rss+xml")


WEDNESDAY = "Wed, 11 Nov 2026 09:00:00 +0900"
FIRST_WEEK_EN = (
    (
        "Nissan and Honda revive talks on a joint battery plant in Japan",
        "The two carmakers would each put in 150 billion yen, people close to the talks said.",
        WEDNESDAY,
    ),
    ("City council repaves a road", "Nothing to do with cars made in Japan.", WEDNESDAY),
)
FIRST_WEEK_JA = (
    (
        "日産とホンダ、国内の電池合弁工場を再協議",
        "両社はそれぞれ1500億円を出資する方向で調整する。",
        WEDNESDAY,
    ),
)
SECOND_WEEK_EN = (
    (
        "Toyota recalls 210,000 Corolla sedans in Japan over brake hoses",
        "The hoses may crack in the cold, the transport ministry said.",
        "Tue, 17 Nov 2026 10:00:00 +0900",
    ),
)


@pytest.mark.timeout(180)
async def test_a_week_passes_and_each_reader_gets_what_they_chose(tmp_path: Path) -> None:
    pages = {"/english": rss(*FIRST_WEEK_EN), "/japanese": rss(*FIRST_WEEK_JA)}
    with smtp_sink() as sink:
        async with FeedServer(pages) as feeds:
            project = Project(tmp_path, CONFIG.format(smtp=sink.port, http=feeds.port))
            project.set_clock("2026-11-12T12:00:00+09:00")
            await project.run(
                "subscribers", "add", "emma@reader.example", "--active", "--consent", "asked us"
            )
            await project.run(
                *("subscribers", "add", "haruto@reader.example", "--language", "ja"),
                *("--active", "--consent", "asked us"),
            )
            await project.run(
                *("subscribers", "add", "mia@reader.example", "--company", "mazda"),
                *("--active", "--consent", "asked us"),
            )

            async with project.service() as process:
                await until(lambda: "poll.done" in project.log or _polled(feeds), "first poll")
                assert await project.run("run", code=75)  # a second one stays out
                project.set_clock("2026-11-16T07:00:01+09:00")
                await until(lambda: len(sink.received) == 2, "the first issue")
                # Killed and started again it goes on where it was: nobody gets it twice.
                process.send_signal(signal.SIGKILL)
                await process.wait()

            async with project.service():
                feeds.pages["/english"] = rss(*SECOND_WEEK_EN, *FIRST_WEEK_EN)
                project.set_clock("2026-11-18T12:00:00+09:00")
                await until(lambda: "2026-W48" not in project.log, "")
                project.set_clock("2026-11-23T07:00:01+09:00")
                await until(lambda: len(sink.received) == 4, "the second issue")
            status = await project.status()

    first, second = sink.to("emma@reader.example")
    assert "Nissan and Honda revive talks" in first.message.get_body(("plain",)).get_content()
    assert "repaves" not in str(first.message.get_body(("plain",)).get_content())
    assert "Corolla" in second.message.get_body(("plain",)).get_content()
    assert "revive talks" not in second.message.get_body(("plain",)).get_content()
    japanese = sink.to("haruto@reader.example")[0].message
    assert "日産とホンダ" in japanese.get_body(("plain",)).get_content()
    assert japanese["Content-Language"] == "ja"
    assert sink.to("mia@reader.example") == []  # nothing for her: no mail
    assert status["sent"] == 4
    assert status["outbox_open"] == 0


def _polled(feeds: FeedServer) -> bool:
    return len(feeds.requests) >= 2

"""The service as a process: feeds by HTTP in, mail by SMTP out, a week by a clock that we move."""

import signal
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import cast
from zlib import crc32

import pytest

from tests.end_to_end.service import Project, until
from tests.feeds.server import FeedServer, Response
from tests.mail.server import Sink, smtp_sink

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
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/english"
id = "english"
title = "Motor Ledger"
[[feeds]]
url = "http://{http}/japanese"
id = "japanese"
title = "自動車新報"
lang = "ja"
"""

ADD = ("subscribers", "add")
CONSENT = ("--active", "--consent", "asked us on paper")

Item = tuple[str, str, str]  # title, summary, RFC 822 date

WEDNESDAY = "Wed, 11 Nov 2026 09:00:00 +0900"
BATTERY_PLANT: Item = (
    "Nissan and Honda revive talks on a joint battery plant in Japan",
    "The two carmakers would each put in 150 billion yen, people close to the talks said.",
    WEDNESDAY,
)
BATTERY_PLANT_JA: Item = (
    "日産とホンダ、国内の電池合弁工場を再協議",
    "両社はそれぞれ1500億円を出資する方向で調整する。",
    WEDNESDAY,
)
ROAD: Item = ("City council repaves a road", "Nothing to do with any carmaker.", WEDNESDAY)
RECALL: Item = (
    "Toyota recalls 210,000 Corolla sedans in Japan over brake hoses",
    "The hoses may crack in the cold, the transport ministry said.",
    "Tue, 17 Nov 2026 10:00:00 +0900",
)


def rss(items: Sequence[Item]) -> Response:
    body = "".join(
        f"<item><title>{title}</title><description>{summary}</description>"
        f"<link>https://news.example/{crc32(title.encode())}</link><pubDate>{date}</pubDate></item>"
        for title, summary, date in items
    )
    document = f"<rss version='2.0'><channel><title>News</title>{body}</channel></rss>"
    return Response(body=document.encode())


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return cast(str, cast(EmailMessage, part).get_content())


async def first_week(project: Project, feeds: FeedServer, sink: Sink) -> None:
    """The service polls, a second one is refused, Monday comes, and it is killed at once after."""
    async with project.service() as process:
        await until(lambda: len(feeds.requests) == 2, "both feeds asked")
        assert "another digest process" in await project.run("run", code=75)
        project.set_clock("2026-11-16T07:00:01+09:00")
        await until(lambda: len(sink.received) == 2, "the first issue")
        # Killed before this was recorded, it would rightly be sent once more.
        await until(lambda: project.has_logged("outbox.done", sent=2), "the first issue")
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def second_week(project: Project, feeds: FeedServer, sink: Sink) -> None:
    """Started again it goes on; the next Monday brings what is new."""
    async with project.service():
        feeds.answers["/english"] = rss([RECALL, BATTERY_PLANT, ROAD])
        project.set_clock("2026-11-23T07:00:01+09:00")
        await until(lambda: len(sink.received) == 4, "the second issue")


@pytest.mark.timeout(180)
async def test_a_week_passes_and_each_reader_gets_what_they_chose(tmp_path: Path) -> None:
    pages = {"/english": rss([BATTERY_PLANT, ROAD]), "/japanese": rss([BATTERY_PLANT_JA])}
    with smtp_sink() as sink:
        async with FeedServer(pages) as feeds:
            project = Project(tmp_path, CONFIG.format(smtp=sink.port, http=feeds.host))
            project.set_clock("2026-11-12T12:00:00+09:00")
            await project.run(*ADD, "emma@reader.example", *CONSENT)
            await project.run(*ADD, "haruto@reader.example", "--language", "ja", *CONSENT)
            await project.run(*ADD, "mia@reader.example", "--company", "mazda", *CONSENT)
            await first_week(project, feeds, sink)
            await second_week(project, feeds, sink)
            status = await project.status()

    first, second = (received.message for received in sink.to("emma@reader.example"))
    assert BATTERY_PLANT[0] in text(first)
    assert ROAD[0] not in text(first)
    assert RECALL[0] in text(second)
    assert BATTERY_PLANT[0] not in text(second)  # told a week ago
    japanese = sink.to("haruto@reader.example")[0].message
    assert BATTERY_PLANT_JA[0] in text(japanese)
    assert japanese["Content-Language"] == "ja"
    assert sink.to("mia@reader.example") == []  # nothing for her: no mail
    assert (status["sent"], status["outbox_open"]) == (4, 0)

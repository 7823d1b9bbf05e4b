"""The operator's review as the service lives it: a draft, an answer or none, then the archive."""

import json
from pathlib import Path

import pytest

from digest.feeds.parse import parse
from digest.feeds.parsed import ParsedFeed
from tests.end_to_end.service import Project, until
from tests.end_to_end.test_a_week_passes import ADD, BATTERY_PLANT, CONSENT, RECALL, rss, text
from tests.feeds.server import FeedServer
from tests.mail.server import Sink, smtp_sink

CONFIG = """
[digest]
review = "2 h"
catch_up = "3 days"
[digest.editions]
weekly = "mon 07:00"
[operator]
address = "editor@kuruma.example"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "smtp://127.0.0.1:{smtp}?tls=none"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/english"
id = "english"
title = "Motor Ledger"
"""

EMMA, EDITOR = "emma@reader.example", "editor@kuruma.example"


def drafts(sink: Sink) -> list[str]:
    return [text(one.message) for one in sink.to(EDITOR) if "Draft" in one.message["Subject"]]


async def decided(project: Project, event: str, **fields: object) -> None:
    await until(lambda: project.has_logged(event, **fields), event)


async def first_week(project: Project, sink: Sink) -> None:
    """The draft is mailed once though the service starts late and twice; without a word it goes."""
    project.set_clock("2026-11-16T05:30:00+09:00")  # the window began half an hour ago
    async with project.service():
        await until(lambda: len(drafts(sink)) == 1, "the draft")
        await decided(project, "outbox.done", sent=1)
    async with project.service():
        await project.run("issue", "note", "A quiet week.")
        project.set_clock("2026-11-16T07:00:01+09:00")
        await until(lambda: len(sink.to(EMMA)) == 1, "the first issue")
        await decided(project, "archive.done", written=4)
        assert len(drafts(sink)) == 1


async def second_week(project: Project, feeds: FeedServer, sink: Sink) -> None:
    """Held, it stays past its time; approved, it goes at once."""
    project.set_clock("2026-11-20T05:00:00+09:00")
    async with project.service():
        feeds.answers["/english"] = rss([RECALL, BATTERY_PLANT])
        await project.run("poll", "--force")
        project.set_clock("2026-11-23T05:00:01+09:00")
        await until(lambda: len(drafts(sink)) == 2, "the second draft")
        assert "is held" in await project.run("issue", "hold")
        project.set_clock("2026-11-23T07:00:01+09:00")
        await project.run("poll", "--force")  # a round of its own: the clock has been seen
        (row,) = [r for r in await coming(project) if r["period"] == "2026-W48"]
        assert "goes when approved" in row["why"]
        assert len(sink.to(EMMA)) == 1
        assert "goes at once" in await project.run("issue", "approve")
        await until(lambda: len(sink.to(EMMA)) == 2, "the second issue")
        await decided(project, "archive.done", written=5)  # with the page of the week before


async def third_week(project: Project, feeds: FeedServer, sink: Sink) -> None:
    """Held until the limit is over, it is skipped, and that is said."""
    project.set_clock("2026-11-28T05:00:00+09:00")
    (project.folder / "state/archive/index.html").unlink()  # what is missing is written again
    title = "Honda to double hybrid output at its Suzuka plant by 2028"
    feeds.answers["/english"] = rss(
        [(title, "The company said so on Friday.", "Fri, 27 Nov 2026 09:00:00 +0900")]
    )
    async with project.service():
        await project.run("poll", "--force")
        await project.run("issue", "hold", "2026-W49")
        project.set_clock("2026-12-03T07:00:02+09:00")
        await decided(project, "issue.decided", period="2026-W49", outcome="skipped")
    assert len(sink.to(EMMA)) == 2
    assert "weekly 2026-W49 skipped, it was held by" in (await project.status())["last_issue"]


async def coming(project: Project) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(await project.run("next", "--json"))
    return found


@pytest.mark.timeout(300)
async def test_an_operator_sees_holds_and_lets_go(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        async with FeedServer({"/english": rss([BATTERY_PLANT])}) as feeds:
            project = Project(tmp_path, CONFIG.format(smtp=sink.port, http=feeds.host))
            project.set_clock("2026-11-12T12:00:00+09:00")
            await project.run(*ADD, EMMA, *CONSENT)
            await project.run("poll")
            await first_week(project, sink)
            await second_week(project, feeds, sink)
            await third_week(project, feeds, sink)

    first, second = (text(one.message) for one in sink.to(EMMA))
    assert "A quiet week." in first
    assert "A quiet week." not in second
    assert RECALL[0] in " ".join(second.split())
    draft = drafts(sink)[0]
    assert BATTERY_PLANT[0] in " ".join(draft.split())
    assert "digest issue hold 2026-W47" in draft
    archive = tmp_path / "state" / "archive"
    assert sorted(page.name for page in archive.glob("weekly/*.html")) == [
        "2026-W47.en.html",
        "2026-W48.en.html",
    ]
    assert "2026-W48.en.html" in (archive / "weekly/2026-W47.en.html").read_text(encoding="utf-8")
    assert "@" not in (archive / "index.html").read_text(encoding="utf-8").partition("<body")[2]
    feed = parse((archive / "feed.xml").read_text(encoding="utf-8"))
    assert isinstance(feed, ParsedFeed)
    assert len(feed.items) == 2

"""A backup, an issue, a reader who leaves, a restore: nobody gets the issue twice."""

import json
import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.end_to_end.service import Project, until
from tests.end_to_end.test_two_articles import feed
from tests.feeds.server import FeedServer

CONFIG = """
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
[backup]
every = "never"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/feed"
id = "essays"
title = "Essays"
"""
DURING, DUE, AFTER = (
    "2026-11-12T12:00:00+09:00",
    "2026-11-16T07:00:30+09:00",
    "2026-11-17T12:00:00+09:00",
)


def mails(project: Project) -> list[tuple[str, str]]:
    """To whom, and which message."""
    found = []
    for path in sorted((project.folder / "state" / "outbox" / "new").glob("*")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        found.append((str(message["To"]), str(message["Message-ID"])))
    return sorted(found)


async def a_week(project: Project) -> str:
    """A backup in mid-week, then the issue to two readers, then one of them leaves."""
    project.set_clock(DURING)
    for name in ("ada", "ben"):
        await project.run(
            "subscribers", "add", f"{name}@reader.example", "--active", "--consent", "on paper"
        )
    await project.run("poll")
    file = str(project.folder / "backup.db")
    await project.run("backup", file)
    project.set_clock(DUE)
    async with project.service():
        await until(lambda: len(mails(project)) == 2, "the issue")
    await project.run("subscribers", "remove", "ben@reader.example")
    return file


async def next_week(project: Project) -> None:
    """Let the service run for a while after the restore, and over the next due time."""
    project.set_clock(AFTER)
    async with project.service():
        await until(lambda: project.log.count("poll.done") > 1, "a poll")
    project.set_clock("2026-11-23T07:00:30+09:00")
    decided = project.log.count("issue.decided")
    async with project.service():
        await until(lambda: project.log.count("issue.decided") > decided, "the next issue")


async def test_after_a_restore_nobody_gets_an_issue_twice(tmp_path: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = Project(tmp_path, CONFIG.format(http=feeds.host))
        file = await a_week(project)
        sent = mails(project)
        await project.run("restore", file)
        await next_week(project)
    assert mails(project) == sent  # the next week has no news
    readers = await project.run("subscribers", "list", "--json")
    assert {row["address"]: row["status"] for row in json.loads(readers)} == {
        "ada@reader.example": "active",
        "ben@reader.example": "left",
    }
    proof = json.loads(await project.run("prove", "2026-W47", "--json"))
    assert {row["state"] for row in proof} == {"sent"}


async def test_without_the_database_that_sent_it_the_issue_is_held(tmp_path: Path) -> None:
    async with FeedServer({"/feed": feed()}) as feeds:
        project = Project(tmp_path, CONFIG.format(http=feeds.host))
        file = await a_week(project)
        sent = mails(project)
        (tmp_path / "state" / "digest.db").unlink()
        shutil.rmtree(tmp_path / "state" / "archive", ignore_errors=True)
        refused = await project.run("run", code=78)
        assert "is gone or empty" in refused
        project.set_clock(AFTER)
        await project.run("restore", file)
        async with project.service():
            await until(lambda: project.log.count("poll.done") > 1, "a poll")
        assert mails(project) == sent
        assert "by digest restore" in await project.run("status")
        await project.run("restore", "--discard")
        await next_week(project)
    assert mails(project) == sent

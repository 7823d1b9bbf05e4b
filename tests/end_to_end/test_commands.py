"""The commands as a person types them, each in a process of its own."""

import asyncio
import json
import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.model import Status
from digest.store import Store
from tests.builders import NOW
from tests.end_to_end.service import Project, until
from tests.end_to_end.test_a_week_passes import BATTERY_PLANT, BATTERY_PLANT_JA, ROAD, rss
from tests.feeds.server import FeedServer

CONFIG = """
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/english"
id = "english"
[[feeds]]
url = "http://{http}/japanese"
id = "japanese"
lang = "ja"
"""
PAGES = {"/english": rss([BATTERY_PLANT, ROAD]), "/japanese": rss([BATTERY_PLANT_JA])}
EMMA = "emma@reader.example"


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that has polled once."""
    folder = tmp_path_factory.mktemp("polled")

    async def poll() -> None:
        async with FeedServer(PAGES) as feeds:
            made = Project(folder, CONFIG.format(http=feeds.host))
            made.set_clock("2026-11-12T12:00:00+09:00")
            await made.run("poll")

    asyncio.run(poll())
    return folder


@pytest.fixture
def project(polled: Path, tmp_path: Path) -> Project:
    """A copy of that project."""
    shutil.copytree(polled, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path, (tmp_path / "feeds.toml").read_text(encoding="utf-8"))


def outbox(project: Project) -> list[bytes]:
    return [f.read_bytes() for f in sorted(project.folder.glob("state/outbox/new/*"))]


async def test_preview_is_byte_for_byte_what_send_sends(project: Project, tmp_path: Path) -> None:
    await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
    await project.run("preview", "--for", EMMA, "--out", str(tmp_path / "mail.eml"))
    assert "1 sent" in await project.run("send")
    (sent,) = outbox(project)
    assert sent == (tmp_path / "mail.eml").read_bytes().replace(b"\r\n", b"\n")


async def test_an_issue_that_cannot_leave_is_published_and_waits(project: Project) -> None:
    await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
    unreachable = {"DIGEST_MAIL__SMTP": "smtp://127.0.0.1:9?tls=none"}
    said = await project.run("send", code=1, given=unreachable)
    assert "weekly 2026-W47: published" in said
    assert "1 message waits, and nothing is lost" in said
    assert "`digest outbox send`" in said
    assert "1 sent" in await project.run("outbox", "send")
    assert len(outbox(project)) == 1


async def test_preview_changes_nothing(project: Project) -> None:
    database = project.folder / "state/digest.db"
    before = database.read_bytes()
    shown = await project.run("preview")
    assert BATTERY_PLANT[0] in shown
    assert database.read_bytes() == before


async def test_preview_of_a_project_that_never_ran_makes_no_state(tmp_path: Path) -> None:
    project = Project(tmp_path, "")
    project.set_clock("2026-11-12T12:00:00+09:00")
    assert "nothing to send" in await project.run("preview")
    assert not (tmp_path / "state").exists()


async def test_a_period_is_sent_once_unless_asked_again(project: Project) -> None:
    await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
    await project.run("send")
    assert "before" in await project.run("send")
    assert len(outbox(project)) == 1
    await project.run("send", "--again")
    assert len(outbox(project)) == 2


async def test_two_people_who_press_the_button_make_one_issue(project: Project) -> None:
    await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
    said = await asyncio.gather(project.run("send"), project.run("send"))
    assert sorted("published" in words and "1 sent" in words for words in said) == [False, True]
    assert len(outbox(project)) == 1


async def test_a_dry_run_sends_nothing_and_says_what_it_would(project: Project) -> None:
    await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
    assert (await project.run("send", "--dry-run")).startswith("1\t1\t")
    assert not (project.folder / "state/outbox").exists()


async def test_stories_join_reports_in_two_languages(project: Project) -> None:
    rows = [json.loads(line) for line in (await project.run("stories", "--jsonl")).splitlines()]
    english, japanese, road = (
        next(row for row in rows if row["title"] == title)
        for title in (BATTERY_PLANT[0], BATTERY_PLANT_JA[0], ROAD[0])
    )
    assert english["story"] == japanese["story"] != road["story"]
    assert (english["relevant"], road["relevant"]) == (True, False)
    assert set(english["companies"]) == {"nissan", "honda"}


async def test_the_service_polls_and_sends_for_those_who_ask_beside_it(tmp_path: Path) -> None:
    async with FeedServer(PAGES) as feeds:
        project = Project(tmp_path, CONFIG.format(http=feeds.host))
        project.set_clock("2026-11-12T12:00:00+09:00")
        await project.run("subscribers", "add", EMMA, "--active", "--consent", "asked us")
        async with project.service():
            assert "asked 2 feeds" in await project.run("poll", "--force")
            assert "published" in await project.run("send")
            assert "no feed has the id" in await project.run("poll", "--feed", "none", code=2)
            with Store.open(project.folder / "state") as store:
                asked = store.requests.ask("dance", {}, store.issues.since("weekly", NOW))
                await until(lambda: store.requests.get(asked).finished_at is not None, "an answer")
                assert "does not know how to 'dance'" in str(store.requests.get(asked).result)


async def test_somebody_confirms_and_leaves_by_mail(project: Project, tmp_path: Path) -> None:
    await project.run("subscribers", "add", EMMA)
    async with project.service():
        await until(lambda: len(outbox(project)) == 1, "the mail that asks")
        asked = message_from_bytes(outbox(project)[0], policy=default)
        await project.run("inbox", "receive", stdin=mail_to(asked["Reply-To"]))
        await _status_becomes(project, Status.ACTIVE)
        await project.run("preview", "--for", EMMA, "--out", str(tmp_path / "mail.eml"))
        issue = message_from_bytes((tmp_path / "mail.eml").read_bytes(), policy=default)
        link = str(issue["List-Unsubscribe"])
        await project.run(
            "inbox", "receive", stdin=mail_to(link[len("<mailto:") : link.index("?")])
        )
        await _status_becomes(project, Status.LEFT)


def mail_to(address: str) -> bytes:
    return f"From: {EMMA}\nTo: {address}\nSubject: Re: your mail\n\nyes\n".encode()


async def _status_becomes(project: Project, status: Status) -> None:
    def has_become() -> bool:
        with Store.open_to_read(project.folder / "state") as store:
            found = store.subscribers.by_key(EMMA)
        return found is not None and found.status is status

    await until(has_become, f"a reader who is {status}")

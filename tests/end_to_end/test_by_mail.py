"""The whole program, and a person who writes to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.mail.imap import MailboxError
from digest.mail.inbox import UNREAD, Swept, keep
from digest.model import NoticeKind, Status
from digest.settings import Server
from tests.builders import NOW
from tests.mail.imapserver import PASSWORD, Imap, imap_server
from tests.mail.returns import publish

CONFIG = """
[digest]
title = "Kuruma Weekly"
language = "ja"
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@example.org>"
[inbox]
authserv_id = "mx.example.org"
"""
TARO = "taro@reader.example"
PASSED = "Authentication-Results: mx.example.org; dmarc=pass header.from=reader.example"


class Clock:
    now = NOW

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    (tmp_path / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    with open_app(load(tmp_path, {}), clock) as opened:  # type: ignore[arg-type]
        yield opened


def write(app: App, body: str, *, to: str = "weekly@example.org", proven: bool = True) -> None:
    head = f"{PASSED}\n" if proven else ""
    keep(app.settings.inbox, f"{head}From: {TARO}\nTo: {to}\n\n{body}\n".encode())


async def answer(app: App) -> EmailMessage:
    """What was written to the outbox last."""
    assert (await app.mail.drain()).sent == 1
    folder = app.settings.state / "outbox" / "new"
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return message_from_bytes(newest.read_bytes(), policy=default)


def status(app: App) -> Status | None:
    found = app.store.subscribers.by_key(TARO)
    return None if found is None else found.status


async def test_from_the_first_word_to_a_pause_that_ends_by_itself(app: App, clock: Clock) -> None:
    publish(app.store)
    clock.now = NOW + timedelta(days=1)
    write(app, "購読\n会社：ニッサン、トヨタ\n分野：関税、EV・電動車")
    assert await app.mail.receive() == Swept(handled=1)
    asked = await answer(app)
    said = asked.get_content()
    assert "トヨタ自動車・日産自動車のうちEV・電動車・関税・通商" in "".join(said.split())
    assert "最近の目安: 週に1通、記事は合わせて約0本" in said
    write(app, "はい", to=str(asked["Reply-To"]), proven=False)
    assert await app.mail.receive() == Swept(handled=1)
    assert "配信を開始しました" in (await answer(app)).get_content()
    write(app, "休止 2週間")
    assert await app.mail.receive() == Swept(handled=1)
    assert "2026年" in (await answer(app)).get_content()
    assert status(app) is Status.PAUSED
    clock.now += timedelta(days=13)
    app.issues.publish_due()
    assert status(app) is Status.PAUSED
    clock.now += timedelta(days=1)
    app.issues.publish_due()
    assert status(app) is Status.ACTIVE


async def test_the_operator_is_told_once_a_day_of_what_they_should_read(app: App) -> None:
    for number in range(3):
        write(app, f"do you cover Daihatsu? ({number}) https://example.com/" + "\nwords" * 9)
    assert await app.mail.receive() == Swept(unread=3)
    assert len(list((app.settings.inbox.maildir / UNREAD / "new").iterdir())) == 3
    (notice,) = app.store.notices.latest(9)
    assert notice.notice.kind is NoticeKind.MAIL_UNREAD
    assert ".unread" in notice.notice.words


def by_imap(app: App, port: int) -> None:
    app.settings = replace(
        app.settings,
        inbox=replace(
            app.settings.inbox,
            imap=Server(host="127.0.0.1", port=port, tls="none"),
            username="weekly",
            password=PASSWORD,
        ),
    )


async def test_without_imap_nothing_is_fetched(app: App) -> None:
    assert await app.mail.fetch() == Swept()


async def test_mail_is_fetched_by_imap(app: App) -> None:
    imap = Imap()
    imap.folders["INBOX"] = {
        1: f"{PASSED}\r\nFrom: {TARO}\r\nSubject: subscribe\r\n\r\n".encode(),
        2: f"From: {TARO}\r\nSubject: =?utf-8?b?44GC?=\r\n\r\n".encode() + b"http://x\r\n",
    }
    async with imap_server(imap):
        by_imap(app, imap.port)
        assert await app.mail.fetch() == Swept(handled=1, unread=1)
    assert status(app) is Status.PENDING
    (notice,) = app.store.notices.latest(9)
    assert "digest-unread" in notice.notice.words


async def test_a_mailbox_that_cannot_be_reached_is_told_of_when_it_stays_so(app: App) -> None:
    by_imap(app, 9)
    with pytest.raises(MailboxError) as raised:
        await app.mail.fetch()
    app.mail.tell_of_mailbox(str(raised.value), timedelta(minutes=4))
    assert app.store.notices.latest(9) == []
    for _ in range(2):
        app.mail.tell_of_mailbox(str(raised.value), timedelta(minutes=15))
    (notice,) = app.store.notices.latest(9)
    assert notice.notice.kind is NoticeKind.MAILBOX_BLOCKED
    assert "cannot be fetched" in notice.notice.words

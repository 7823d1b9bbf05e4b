"""From a message that leaves, over the report that comes back, to the suppression list."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.config import load
from digest.mail.inbox import Swept, keep
from digest.model import Bounce, BounceKind, Consent, Preferences, Status, Suppression
from digest.subscribers.desk import Asked, Joined, Refused
from digest.subscribers.tokens import bounce_token
from tests.builders import NOW
from tests.mail.returns import hashed, publish

CONFIG = """
[digest]
title = "Kuruma Weekly"
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "Kuruma Weekly <weekly@example.org>"
[inbox]
address = "weekly@example.org"
plus_addressing = {plus}
"""
TARO = "taro@reader.example"
WEEKLY = Preferences()
CONSENT = Consent(at=NOW, how="form", words="yes")

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.reader.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.example

Final-Recipient: rfc822; taro@reader.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

From: Kuruma Weekly <weekly@example.org>
Message-ID: {message_id}

--b--
"""


@pytest.fixture(params=[True, False], ids=["plus", "no plus"])
def app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[App]:
    plus = "true" if request.param else "false"
    (tmp_path / "feeds.toml").write_text(CONFIG.format(plus=plus), encoding="utf-8")
    with open_app(load(tmp_path, {}), lambda: NOW) as opened:
        yield opened


def status(app: App) -> Status:
    found = app.store.subscribers.by_key(TARO)
    assert found is not None
    return found.status


def newest_mail(app: App) -> Message:
    """What was written to the outbox last."""
    folder = app.settings.state / "outbox" / "new"
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return message_from_bytes(newest.read_bytes())


async def test_a_dead_mailbox_is_suppressed_until_its_owner_says_yes_again(app: App) -> None:
    desk, mailbox = app.desk, "weekly@example.org"
    assert isinstance(desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY), Joined)
    issue = publish(app.store)
    assert (await app.mail.drain()).sent == 1
    (delivery,) = app.store.deliveries.of_issue(issue)
    if app.settings.inbox.plus_addressing:
        to = f"weekly+b-{bounce_token(app.store.secret(), delivery.id)}@example.org"
    else:
        to = mailbox
    report = REPORT.format(to=to, message_id=newest_mail(app)["Message-ID"])
    keep(app.settings.inbox, report.encode())
    assert await app.mail.receive() == Swept(reports=1)
    assert status(app) is Status.SUSPENDED
    assert app.store.subscribers.suppression(hashed(app.store)) is Suppression.DEAD
    assert isinstance(desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY), Refused)

    keep(app.settings.inbox, report.encode())
    assert await app.mail.receive() == Swept(reports=1)
    assert isinstance(desk.subscribe(TARO, NOW, preferences=WEEKLY), Asked)
    assert (await app.mail.drain()).sent == 1
    asked = newest_mail(app)
    answer = f"From: {TARO}\nTo: {asked['Reply-To']}\nSubject: Re: {asked['Subject']}\n\nyes\n"
    keep(app.settings.inbox, answer.encode())
    assert await app.mail.receive() == Swept(handled=1)
    assert status(app) is Status.ACTIVE
    assert app.store.subscribers.suppression(hashed(app.store)) is None


async def test_what_a_kill_left_unsettled_is_settled_by_the_next_look(app: App) -> None:
    desk = app.desk
    assert isinstance(desk.record(TARO, NOW, consent=CONSENT, preferences=WEEKLY), Joined)
    issue = publish(app.store)
    (delivery,) = app.store.deliveries.of_issue(issue)
    dead = Bounce(
        key="refused at RCPT", delivery=delivery.id, kind=BounceKind.DEAD, status="", words=""
    )
    app.store.bounces.add(dead, NOW)
    assert status(app) is Status.ACTIVE
    await app.mail.drain()
    assert status(app) is Status.SUSPENDED

"""Mail through Postfix to Dovecot and back: sent with TLS and a login, read by IMAP, bounced, left.

What a mail server really does with our messages, and what it really says of a reader who is gone.
"""

from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.end_to_end.service import until
from tests.feeds.server import FeedServer
from tests.system.conftest import Figures
from tests.system.mailbed import LOGIN, PASSWORD, MailBed, mail_bed
from tests.system.mailing import Rig, monday, news

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

CONFIG = """
[digest]
title = "自動車週報 Weekly"
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "自動車週報 <weekly@list.test>"
smtp = "{smtp}"
username = "{login}"
[inbox]
maildir = "{maildir}"
address = "weekly@list.test"
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/news"
id = "news"
title = "Motor Ledger"
"""

ALICE, HARUKO, GONE = "alice@readers.test", "haruko@readers.test", "gone@readers.test"
SUNDAY = "2026-11-15T12:00:00+09:00"


class Trial:
    """A project whose mail goes through the bed."""

    def __init__(self, folder: Path, bed: MailBed, feeds: FeedServer) -> None:
        self.folder = folder
        self.bed = bed
        self.feeds = feeds
        self.project = self.sending_by("smtp", "submission")

    def sending_by(self, scheme: str, service: str) -> Rig:
        """The project, with this way to the mail server."""
        smtp = f"{scheme}://localhost:{self.bed.ports[service]}"
        config = CONFIG.format(
            smtp=smtp, login=LOGIN, maildir=self.bed.inbound, http=self.feeds.host
        )
        project = Rig(self.folder, config)
        project.added = {
            "SSL_CERT_FILE": str(self.bed.authority),
            "DIGEST_MAIL__PASSWORD": PASSWORD,
        }
        return project

    async def subscribe(self) -> None:
        self.project.set_clock(SUNDAY)
        for reader, language in ((ALICE, "en"), (HARUKO, "ja"), (GONE, "en")):
            await self.project.run(
                *("subscribers", "add", reader, "--language", language),
                *("--active", "--consent", "asked us on paper"),
            )
        await self.project.run("poll")

    async def preview(self, reader: str) -> EmailMessage:
        """The text that this reader should get, by what `digest preview` says."""
        file = self.folder / "preview.eml"
        await self.project.run("preview", "--for", reader, "--out", str(file))
        return parsed(file.read_bytes())

    async def mailbox(self, name: str, holds: int) -> list[EmailMessage]:
        """Wait until so many messages lie there."""
        found: list[EmailMessage] = []

        def come() -> bool:
            found[:] = self.bed.mail_of(name)
            return len(found) >= holds

        await self.wait(come, f"{holds} messages for {name}")
        return found

    async def status_of(self, reader: str, wanted: str) -> None:
        """Wait until this reader stands so."""
        query = f"SELECT status FROM subscribers WHERE address = '{reader}'"  # noqa: S608
        await self.wait(
            lambda: self.project.look(query) == [{"status": wanted}], f"{reader} {wanted}"
        )

    async def wait(self, condition: Callable[[], bool], what: str) -> None:
        await until(condition, f"{what}\n{self.bed.log}")


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def words(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def is_same(got: EmailMessage, wanted: EmailMessage) -> None:
    """What lies in the mailbox says what the preview said, word for word."""
    assert got["Subject"] == wanted["Subject"]
    assert got["From"].addresses[0].display_name == "自動車週報"
    assert [a.addr_spec for a in got["To"].addresses] == [got["Delivered-To"]]
    assert got["To"] == wanted["To"]
    assert got["List-Unsubscribe"] == wanted["List-Unsubscribe"]
    assert got["Return-Path"].startswith("<weekly+b-")
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        assert words(got, kind) == words(wanted, kind)


def leaving(message: EmailMessage) -> EmailMessage:
    """What a mail program sends when its owner presses "unsubscribe" at this message."""
    link = urlsplit(message["List-Unsubscribe"].strip("<>").split(">")[-1].lstrip(" ,<"))
    assert link.scheme == "mailto"
    answer = EmailMessage()
    answer["From"] = message["To"]
    answer["To"] = unquote(link.path)
    answer["Subject"] = unquote(link.query.removeprefix("subject="))
    answer.set_content("")
    return answer


async def first_issue(trial: Trial) -> None:
    """By STARTTLS: two readers get it, the third is gone, which Postfix finds out afterwards."""
    trial.project.set_clock(monday(0).isoformat())
    previews = [await trial.preview(reader) for reader in (ALICE, HARUKO)]
    async with trial.project.service():
        for name, preview in zip(("alice", "haruko"), previews, strict=True):
            (got,) = await trial.mailbox(name, holds=1)
            is_same(got, preview)
        await trial.status_of(GONE, "suspended")
    assert "status=bounced" in trial.bed.log


async def second_issue(trial: Trial) -> None:
    """By TLS from the start, with other news; nothing goes to who is gone."""
    trial.feeds.answers["/news"] = news(1)
    trial.project = trial.sending_by("smtps", "submissions")
    trial.project.set_clock(monday(1).isoformat())
    async with trial.project.service():
        await trial.mailbox("alice", holds=2)
        (_, second) = await trial.mailbox("haruko", holds=2)
        trial.bed.post(leaving(second))
        await trial.status_of(HARUKO, "left")


async def test_postfix_and_dovecot(folder: Path, figures: Figures) -> None:
    with mail_bed("alice", "haruko") as bed:
        async with FeedServer({"/news": news(0)}) as feeds:
            trial = Trial(folder, bed, feeds)
            await trial.subscribe()
            await first_issue(trial)
            await second_issue(trial)
            await trial.project.run("send", "--period", "2026-W48", "--again")
            await trial.mailbox("alice", holds=3)
            states = trial.project.states()
        figures(f"{states['sent']} accepted by Postfix, of which 1 came back")
        assert set(states) == {"sent"}
        assert bed.log.count(f"to=<{GONE}>") == 1
        assert len(bed.mail_of("alice")) == 3
        assert len(bed.mail_of("haruko")) == 2

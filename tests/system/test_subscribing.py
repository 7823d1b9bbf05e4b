"""A person lives with the list by mail alone, through real Postfix and Dovecot.

They subscribe, confirm by replying, choose in Japanese, get the issue that fits, ask how things
stand, and leave with the button of their mail program. The operator replies to a draft. The list
reads its mail from a Maildir that Postfix delivers into, or by IMAP.
"""

from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.end_to_end.service import until
from tests.feeds.server import FeedServer, Response
from tests.system.conftest import Figures
from tests.system.mailbed import LOGIN, PASSWORD, MailBed, mail_bed
from tests.system.mailing import MONDAY, Rig
from tests.system.test_postfix_dovecot import leaving, words

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

CONFIG = """
[digest]
title = "Kuruma Weekly"
review = "2 h"
[digest.editions]
weekly = "mon 07:00"
[operator]
address = "{operator}"
[mail]
from = "Kuruma Weekly <{address}>"
smtp = "smtp://localhost:{port}"
username = "{login}"
[inbox]
address = "{address}"
authserv_id = "mx.list.test"
{inbox}
[fetch]
allow_hosts = ["{http}"]
[[feeds]]
url = "http://{http}/news"
id = "news"
title = "Motor Ledger"
"""

ALICE, OPERATOR = "alice@readers.test", "operator@readers.test"
SUNDAY = "2026-11-15T12:00:00+09:00"
TARIFFS = "Nissan cuts its profit forecast for the year because of American tariffs"
RECALL = "Toyota recalls 210,000 cars in Japan over brake hoses that crack in the cold"


def news() -> Response:
    date = format_datetime(MONDAY)
    items = "".join(
        f"<item><title>{title}</title><description>The company said so.</description>"
        f"<link>https://news.example/{number}</link><pubDate>{date}</pubDate></item>"
        for number, title in enumerate((TARIFFS, RECALL))
    )
    return Response(body=f"<rss version='2.0'><channel>{items}</channel></rss>".encode())


class Life:
    """A reader, the list, and the mail servers between them."""

    def __init__(self, folder: Path, bed: MailBed, feeds: FeedServer, way: str) -> None:
        self.bed = bed
        imap = f"imap = 'imaps://localhost:{bed.ports['imaps']}'\nusername = '{LOGIN}'"
        self.address = "weekly@list.test" if way == "maildir" else "weekly@readers.test"
        config = CONFIG.format(
            address=self.address,
            operator=OPERATOR,
            port=bed.ports["submission"],
            login=LOGIN,
            inbox=f"maildir = '{bed.inbound}'" if way == "maildir" else imap,
            http=feeds.host,
        )
        self.project = Rig(folder, config)
        self.project.added = {
            "SSL_CERT_FILE": str(bed.authority),
            "DIGEST_MAIL__PASSWORD": PASSWORD,
            "DIGEST_INBOX__PASSWORD": PASSWORD,
        }
        if way == "maildir":
            del self.project.added["DIGEST_INBOX__PASSWORD"]
        self.project.set_clock(SUNDAY)

    def write(
        self,
        body: str,
        *,
        subject: str = "",
        to: str | None = None,
        charset: str = "utf-8",
        sender: str = f"Alice <{ALICE}>",
    ) -> None:
        """A mail of Alice's, or of the operator's."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to or self.address
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{len(self.bed.log)}@readers.test>"
        mail.set_content(body, charset=charset)
        self.bed.post(mail)

    async def gets(self, holds: int, reader: str = "alice") -> EmailMessage:
        """Wait until so many messages lie in the mailbox; the newest."""
        found: list[EmailMessage] = []

        def come() -> bool:
            found[:] = self.bed.mail_of(reader)
            return len(found) >= holds

        await self.wait(come, f"{holds} messages for {reader}")
        assert len(found) == holds
        return found[-1]

    async def stands(self, wanted: str) -> None:
        query = f"SELECT status FROM subscribers WHERE address = '{ALICE}'"  # noqa: S608
        await self.wait(lambda: self.project.look(query) == [{"status": wanted}], wanted)

    async def wait(self, condition: Callable[[], bool], what: str) -> None:
        await until(condition, f"{what}\n{self.bed.log}\n{self.project.log}")

    @property
    def choice(self) -> str:
        (row,) = self.project.look("SELECT choice FROM subscribers")
        return str(row["choice"])


async def join(life: Life) -> None:
    """Ask, and answer the question as Gmail does."""
    life.write("Hello,\n\nsubscribe\nrhythm: weekly\n", subject="Your digest")
    async with life.project.service():
        asked = await life.gets(1)
        assert "Somebody, probably you, asked for Kuruma Weekly" in words(asked, "plain")
    await life.stands("pending")
    quoted = "".join(f"> {line}\n" for line in words(asked, "plain").splitlines())
    life.write(
        f"Yes, please!\n\nOn Sun, 15 Nov 2026, Kuruma Weekly wrote:\n{quoted}",
        subject=f"Re: {asked['Subject']}",
        to=asked["Reply-To"],
    )
    async with life.project.service():
        welcome = await life.gets(2)
        assert "will be sent to you from now on" in words(welcome, "plain")
        assert welcome["Return-Path"] == "<>"
        assert welcome["Auto-Submitted"] == "auto-replied"
    await life.stands("active")


async def choose(life: Life) -> None:
    """In Japanese, in the encoding of old phones, below a signature's ruler nothing counts."""
    life.write("トピック：関税\n言語：日本語\n\n――――――\n山田\n登録\n", charset="iso-2022-jp")
    async with life.project.service():
        answer = await life.gets(3)
        assert "設定を変更しました" in words(answer, "plain")
        assert "関税・通商" in words(answer, "plain")
    assert '"topics":["tariffs_trade"]' in life.choice
    life.write("トピックス：関税とか\nお元気ですか\n状態\n")
    async with life.project.service():
        answer = await life.gets(4)
        assert "1行目の名前が見つかりません。「関税とか」" in words(answer, "plain")
    assert '"topics":["tariffs_trade"]' in life.choice


async def review(life: Life) -> None:
    """The operator's word on the draft is in the issue."""
    life.project.set_clock("2026-11-16T05:30:00+09:00")
    async with life.project.service():
        draft = await life.gets(1, "operator")
    said = words(draft, "plain")
    assert "Reply to this mail with any of these words" in " ".join(said.split())
    quoted = "".join(f"> {line}\n" for line in said.splitlines())
    life.write(
        f"note Read the tariffs first.\n\nfrist 1\n\nOn Mon, 16 Nov 2026, it wrote:\n{quoted}",
        subject=f"Re: {draft['Subject']}",
        to=draft["Reply-To"],
        sender=OPERATOR,
    )
    async with life.project.service():  # which fetches mail when it starts, then each minute
        answer = await life.gets(2, "operator")
        assert "the note stands on top" in " ".join(words(answer, "plain").split())
        assert "is it `first`?" in words(answer, "plain")
        assert answer["Return-Path"] == "<>"


async def read_and_leave(life: Life) -> None:
    life.project.set_clock("2026-11-16T07:00:01+09:00")
    async with life.project.service():
        issue = await life.gets(5)
        assert TARIFFS in words(issue, "plain")
        assert "Read the tariffs first." in words(issue, "plain")
        assert RECALL not in words(issue, "plain")
        life.bed.post(leaving(issue))
        await life.stands("left")
    await life.project.run("subscribers", "list")
    assert len(life.bed.mail_of("alice")) == 5  # a button needs no answer


@pytest.mark.parametrize("way", ["maildir", "imap"])
async def test_a_reader_lives_by_mail_alone(folder: Path, figures: Figures, way: str) -> None:
    with mail_bed("alice", "operator") as bed:
        async with FeedServer({"/news": news()}) as feeds:
            life = Life(folder, bed, feeds, way)
            await life.project.run("poll")
            await join(life)
            await choose(life)
            await review(life)
            await read_and_leave(life)
            (handled,) = life.project.look("SELECT count(*) AS mails FROM received")
            figures(f"{handled['mails']} mails to the list, 5 to a reader, by {way}")

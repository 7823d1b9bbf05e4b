import ssl
from pathlib import Path

import pytest
import trustme

from digest.mail.imap import DONE, UNREAD, MailboxError, open_mailbox
from digest.mail.inbox import Clerk, Swept, Wanted, sweep
from digest.settings import InboxSettings, Server
from digest.subscribers.answers import Done
from digest.subscribers.bymail import Answered, MailToUs, Outcome
from tests.mail.builders import SECRET
from tests.mail.imapserver import PASSWORD, Imap, imap_server

TIMEOUT = 0.5  # seconds
SETTINGS = InboxSettings(
    maildir=Path("inbox"), address="weekly@example.org", username="weekly", password=PASSWORD
)


def mail(subject: str, sender: str = "taro@example.com") -> bytes:
    return f"From: {sender}\r\nMessage-ID: <{subject}@x>\r\nSubject: {subject}\r\n\r\n".encode()


class Desk:
    def __init__(self) -> None:
        self.done: list[str] = []

    async def act(self, wanted: Wanted) -> Outcome:
        assert isinstance(wanted, MailToUs)
        self.done.append(type(wanted.request.command).__name__)
        return Answered(Done.SHOWN)

    async def tell(self, _: str) -> None:
        self.done.append("told")


async def look(imap: Imap, desk: Desk, *, port: int | None = None) -> Swept:
    server = Server(host="127.0.0.1", port=imap.port if port is None else port, tls="none")
    clerk = Clerk(settings=SETTINGS, secret=SECRET, act=desk.act, tell=desk.tell)
    async with open_mailbox(SETTINGS, server, timeout=TIMEOUT) as mailbox:
        return await sweep(mailbox, clerk)


def filled(**given: str) -> Imap:
    imap = Imap(**given)  # type: ignore[arg-type]  # named by the test
    imap.folders["INBOX"] = {
        7: mail("subscribe"),
        12: mail("what about Daihatsu"),
        30: mail("status"),
        31: mail("out", sender="mailer-daemon@example.com"),
    }
    return imap


@pytest.mark.parametrize(
    "capabilities",
    ["IMAP4rev1 UIDPLUS MOVE", "IMAP4rev1 UIDPLUS", "IMAP4rev1"],
)
async def test_each_mail_is_handled_once_and_moved(capabilities: str) -> None:
    desk = Desk()
    async with imap_server(filled(capabilities=capabilities)) as imap:
        assert await look(imap, desk) == Swept(handled=2, ignored=1, unread=1)
        assert await look(imap, desk) == Swept()
    assert desk.done == ["Subscribe", "Help", "told", "Show"]
    assert sorted(imap.folders[DONE]) == [7, 30, 31]
    assert sorted(imap.folders[UNREAD]) == [12]
    assert set(imap.folders["INBOX"]) <= imap.deleted
    assert imap.logins == 2


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_the_way_to_the_server_is_safe(tls: str) -> None:
    authority = trustme.CA()
    ours, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(ours)
    authority.configure_trust(trust)
    desk = Desk()
    imap = filled(capabilities="IMAP4rev1 STARTTLS MOVE")
    imap.tls = ours
    clerk = Clerk(settings=SETTINGS, secret=SECRET, act=desk.act, tell=desk.tell)
    async with imap_server(imap, ours if tls == "implicit" else None):
        server = Server(host="127.0.0.1", port=imap.port, tls=tls)
        async with open_mailbox(SETTINGS, server, trust=trust, timeout=5) as mailbox:
            assert (await sweep(mailbox, clerk)).handled == 2
        with pytest.raises(MailboxError):  # nobody vouches for such a server
            async with open_mailbox(SETTINGS, server, timeout=5):
                pass


async def test_a_mail_is_read_without_being_marked() -> None:
    async with imap_server(filled()) as imap:
        await look(imap, Desk())
    assert all("BODY.PEEK[]" in said for said in imap.said if "FETCH" in said)


async def test_a_mail_that_is_gone_is_passed_over() -> None:
    imap = filled()
    desk = Desk()

    async def vanish(wanted: Wanted) -> Outcome:
        imap.folders["INBOX"].pop(12, None)
        return await desk.act(wanted)

    clerk = Clerk(settings=SETTINGS, secret=SECRET, act=vanish, tell=desk.tell)
    async with imap_server(imap):
        server = Server(host="127.0.0.1", port=imap.port, tls="none")
        async with open_mailbox(SETTINGS, server, timeout=TIMEOUT) as mailbox:
            assert await sweep(mailbox, clerk) == Swept(handled=2, ignored=1)


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH", "MOVE", "CAPABILITY"])
@pytest.mark.parametrize("way", ["silent_at", "breaks_at"])
async def test_what_hangs_or_breaks_ends_and_the_next_look_goes_on(command: str, way: str) -> None:
    desk = Desk()
    async with imap_server(filled(**{way: command})) as imap:
        with pytest.raises(MailboxError):
            await look(imap, desk)
        setattr(imap, way, "")
        await look(imap, desk)
    assert imap.folders["INBOX"] == {}
    assert len(imap.folders[DONE] | imap.folders[UNREAD]) == 4


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "MOVE"])
async def test_a_refusal_is_said_in_its_own_words(command: str) -> None:
    async with imap_server(filled(refuses=command)) as imap:
        with pytest.raises(MailboxError, match="not today") as raised:
            await look(imap, Desk())
    assert PASSWORD not in str(raised.value)


async def test_a_folder_that_is_there_already_is_no_trouble() -> None:
    async with imap_server(filled(refuses="CREATE")) as imap:
        assert (await look(imap, Desk())).handled == 2


async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(MailboxError):
        await look(Imap(), Desk(), port=9)

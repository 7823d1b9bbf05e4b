from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import StoreError
from digest.mail.inbox import (
    UNREAD,
    Clerk,
    Fate,
    Ignored,
    MaildirSource,
    Swept,
    Unread,
    Wanted,
    keep,
    sweep,
    understand,
)
from digest.mail.reports import Report
from digest.mail.todraft import ReplyToDraft
from digest.model import DeliveryId
from digest.settings import InboxSettings
from digest.subscribers import tokens
from digest.subscribers.answers import Done
from digest.subscribers.bymail import (
    Answered,
    Before,
    MailToUs,
    Outcome,
    Questioned,
    Quiet,
    Unusable,
)
from digest.subscribers.commands import Command, Confirm, Help, Leave, Subscribe
from digest.subscribers.reading import Author, Proof
from tests.mail.builders import SECRET

MAILBOX = "weekly@example.org"
OURS = "mx.example.org"
SETTINGS = InboxSettings(
    maildir=Path("inbox"),
    address=MAILBOX,
    bounces="returns@example.org",
    sender="news@example.org",
    authserv_id=OURS,
)
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105  # opens nothing


def mail(*headers: str, sender: str = "Taro <taro@example.com>", body: str = "hello") -> bytes:
    return "\r\n".join([f"From: {sender}", *headers, "", body, ""]).encode()


def look(raw: bytes) -> Command | ReplyToDraft | Report | Ignored | Unread:
    found = understand(raw, SETTINGS, SECRET)
    return found.request.command if isinstance(found, MailToUs) else found


def request(raw: bytes) -> MailToUs:
    found = understand(raw, SETTINGS, SECRET)
    assert isinstance(found, MailToUs)
    return found


def lost(raw: bytes) -> bool:
    """Whether a mail is a person's, and asks for nothing that we know."""
    return request(raw).request.lost


def bounce(number: int = 5) -> bytes:
    to = f"weekly+b-{tokens.bounce_token(SECRET, DeliveryId(number))}@example.org"
    return mail(f"To: {to}", sender="MAILER-DAEMON@x.jp", body="550 5.1.1 unknown user")


def to_leave(*headers: str, **given: str) -> bytes:
    return mail(f"To: weekly+leave-{TOKEN}@example.org", *headers, **given)


def to_confirm(*headers: str, **given: str) -> bytes:
    return mail(f"To: weekly+confirm-{TOKEN}@example.org", *headers, **given)


@pytest.mark.parametrize(
    ("headers", "command"),
    [
        ([f"To: <weekly+leave-{TOKEN}@example.org>"], Leave(TOKEN)),
        ([f"To: Kuruma <WEEKLY+CONFIRM-{TOKEN.upper()}@Example.ORG>"], Confirm(TOKEN)),
        (["To: a@b.jp", f"Delivered-To: weekly+leave-{TOKEN}@example.org"], Leave(TOKEN)),
        (["To: a@b.jp", f"X-Original-To: weekly+confirm-{TOKEN}@example.org"], Confirm(TOKEN)),
        (["To: weekly@example.org", f"Subject: leave {TOKEN}"], Leave(TOKEN)),
        (
            ["To: weekly@example.org", f"Subject: Re: Kuruma: please confirm {TOKEN}"],
            Confirm(TOKEN),
        ),
        (
            # "返信:Kuruma 購読の確認 confirm TOKEN" and the full-width spelling of a phone
            ["Subject: =?utf-8?b?6L+U5L+hOkt1cnVtYSDos7zoqq3jga7norroqo0=?= confirm " + TOKEN],
            Confirm(TOKEN),
        ),
    ],
)
def test_a_command_is_read_from_the_address_or_the_subject(
    headers: list[str], command: Command
) -> None:
    assert look(mail(*headers)) == command


@pytest.mark.parametrize(
    "headers",
    [
        ["To: weekly@example.org", "Subject: hello"],
        [f"To: weekly+leave-{TOKEN}@example.com"],
        [f"To: monthly+leave-{TOKEN}@example.org"],
        ["To: weekly+leave-@example.org"],
        ["Subject: please leave me alone"],
        [f"Subject: leave {TOKEN} now"],
        ["Subject: Fwd: subscribe"],
        [],
    ],
)
def test_anything_else_is_not_understood(headers: list[str]) -> None:
    assert lost(mail(*headers))


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: auto-generated (vacation)",
        "AUTO-SUBMITTED: auto-notified; owner-email=x@example.com",
        "Precedence: bulk",
        "PRECEDENCE: List",
        "List-Id: <somelist.example.com>",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "Return-Path: <>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
    ],
)
def test_programs_cannot_confirm_but_may_take_somebody_off_the_list(header: str) -> None:
    assert isinstance(look(to_confirm(header)), Ignored)
    assert isinstance(look(mail(header)), Ignored)
    assert look(to_leave(header)) == Leave(TOKEN)


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@mx.example.com",
        "Postmaster <postmaster@example.com>",
        "no-reply@example.com",
        "somelist-bounces@example.com",
        "weekly@example.org",
        "Kuruma <weekly+b-abc@example.org>",
        "Returns <returns+abc@example.org>",
        "MAILER-DAEMON",
    ],
)
def test_machines_and_we_ourselves_cannot_confirm(sender: str) -> None:
    assert isinstance(look(to_confirm(sender=sender)), Ignored)
    assert look(to_leave(sender=sender)) == Leave(TOKEN)


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: first-class", "X-Mailer: A"])
def test_people_are_not_taken_for_programs(header: str) -> None:
    assert look(to_confirm(header)) == Confirm(TOKEN)


@pytest.mark.parametrize(
    "header",
    [
        "Subject: =?nonsense?b?6L+U?= hello",
        "Subject: =?utf-8?b?6L+U5?= hello",
        "Subject: =?utf-8?q?=ff=fe?=",
        "From: \udce9 <x@example.com>",
    ],
)
def test_broken_headers_break_nothing(header: str) -> None:
    raw = f"{header}\r\nTo: weekly+leave-{TOKEN}@example.org\r\n\r\n"
    assert look(raw.encode(errors="surrogateescape")) == Leave(TOKEN)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_raise_an_error(raw: bytes) -> None:
    look(raw)
    look(b"From: " + raw + b"\nSubject: " + raw + b"\n\n")


# --- who wrote it -------------------------------------------------------------------------------

OUT_OF_OFFICE = [
    # Exchange and Outlook.com
    ["Subject: Automatic reply: Kuruma Weekly", "X-Auto-Response-Suppress: All"],
    ["Subject: 自動応答: 不在のお知らせ"],
    ["Auto-Submitted: auto-generated", "X-MS-Exchange-Inbox-Rules-Loop: taro@example.com"],
    ["Subject: Automatische Antwort: Kuruma Weekly"],
    ["Subject: Réponse automatique : Kuruma Weekly"],
    # Gmail
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"],
    ["Subject: Re: Kuruma Weekly", "Precedence: auto_reply"],
    # Postfix's vacation, Sieve (RFC 5230), procmail, Courier, qmail's and cPanel's autoresponders
    ["Auto-Submitted: auto-replied (vacation)"],
    ["Auto-Submitted: auto-replied (zimbra; vacation)"],
    ["X-Loop: taro@example.com"],
    ["Precedence: junk"],
    ["X-Mail-Autoreply: yes"],
    ["X-Autorespond: Kuruma Weekly"],
    ["X-Vacation: yes"],
    ["Delivered-To: Autoresponder"],
    ["X-Auto-Reply-From: taro@example.com"],
    # Lotus Notes, GroupWise, FirstClass, MDaemon, CommuniGate
    ["Subject: AUTO: Taro is out of the office (returning 11/24)"],
    ["Subject: Taro is out", "X-POST-MessageClass: 9; Autoresponder"],
    ["X-FC-MachineGenerated: true"],
    ["Subject: Out of Office: Kuruma Weekly"],
    ["Subject: Out of office AutoReply"],
    ["Subject: Auto Response from Taro"],
    ["Subject: Away from my mail until Monday"],
    # Japanese offices, phones and shops
    ["Subject: 【自動返信】お問い合わせありがとうございます"],
    ["Subject: 不在通知"],
    ["Subject: 休暇中です"],
    ["Subject: Re: 不在のため返信が遅れます"],
    ["Subject: ただいま不在にしております"],
    # receipts, reports and tickets
    ["Subject: Read: Kuruma Weekly", "Content-Type: multipart/report; boundary=x"],
    ["Subject: 開封済み: Kuruma Weekly"],
    ["Subject: Undeliverable: Kuruma Weekly"],
    ["Subject: failure notice"],
    ["Return-Path: <>", "Subject: Delivery Status Notification (Failure)"],
    ["Subject: [Ticket#2026] Automated response: we have got your mail"],
    ["X-Autoresponder: helpdesk"],
    ["List-Id: <staff.example.com>"],
    ["X-Mailing-List: staff@example.com"],
]


@pytest.mark.parametrize("headers", OUT_OF_OFFICE, ids=lambda headers: " ".join(headers)[:60])
def test_no_automatic_answer_of_any_make_is_acted_on(headers: list[str]) -> None:
    for line in ("To: weekly@example.org", f"To: weekly+confirm-{TOKEN}@example.org"):
        raw = mail(line, *headers, body="subscribe\nconfirm\nhelp\n")
        assert not isinstance(understand(raw, SETTINGS, SECRET), MailToUs)


@pytest.mark.parametrize(
    "subject",
    ["Subscribe", "Re: Kuruma Weekly: please confirm", "Auto parts news?", "自動車週報 購読の確認",
     "自動運転の記事について", "Readiness", "Office news", "Vacations are over, resume"],
)  # fmt: skip
def test_a_person_is_not_taken_for_a_program_by_the_subject(subject: str) -> None:
    raw = mail(f"To: weekly+confirm-{TOKEN}@example.org", f"Subject: {subject}")
    assert look(raw) == Confirm(TOKEN)


def test_the_author_is_known_by_the_word_of_our_own_server() -> None:
    passed = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com"
    assert request(mail(passed)).author == Author("taro@example.com", Proof.PASS)
    assert request(mail()).author == Author("taro@example.com", Proof.NONE)
    assert request(mail(sender="a@b.jp, c@d.jp")).author is None


def test_a_mail_of_our_own_is_never_acted_on() -> None:
    for sender in ("news@example.org", "Weekly@example.org", "weekly+x@example.org"):
        assert isinstance(look(mail("Subject: subscribe", sender=sender)), Ignored)


def test_copies_of_a_mail_have_one_key_and_other_mails_another() -> None:
    raw = mail("Message-ID: <1@x>", "Subject: subscribe")
    copy = b"Received: from a by b\r\nDelivered-To: weekly@example.org\r\n" + raw
    assert request(raw).key == request(copy).key == request(raw.replace(b"\r\n", b"\n")).key
    others = [
        mail("Message-ID: <2@x>", "Subject: subscribe"),
        mail("Message-ID: <1@x>", "Subject: help"),
        mail("Message-ID: <1@x>", "Subject: subscribe", body="ja"),
        mail("Message-ID: <1@x>", "Subject: subscribe", sender="other@example.com"),
        mail("Subject: subscribe"),
    ]
    assert len({request(each).key for each in [raw, *others]}) == 6


# --- the folder ---------------------------------------------------------------------------------


class Desk:
    """Obeys, and knows one token and one delivery."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.done: list[Wanted] = []
        self.told: list[str] = []
        self.outcome = outcome

    async def act(self, wanted: Wanted) -> Outcome:
        self.done.append(wanted)
        if self.outcome is not None:
            return self.outcome
        if isinstance(wanted, Report):
            return Quiet("kept") if wanted.trace.number == 5 else Unusable("none of ours")
        assert isinstance(wanted, MailToUs)
        match wanted.request.command:
            case Leave(token) if token != TOKEN:
                return Unusable("no such token")
            case _:
                return Answered(Done.LEFT)

    async def tell(self, reason: str) -> None:
        self.told.append(reason)

    def clerk(self, settings: InboxSettings = SETTINGS) -> Clerk:
        return Clerk(settings=settings, secret=SECRET, act=self.act, tell=self.tell)


@pytest.fixture
def settings(tmp_path: Path) -> InboxSettings:
    return InboxSettings(maildir=tmp_path / "inbox", address=MAILBOX)


async def look_into(settings: InboxSettings, desk: Desk) -> Swept:
    return await sweep(MaildirSource(settings.maildir), desk.clerk(settings))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_each_mail_is_handled_once_and_put_where_it_belongs(settings: InboxSettings) -> None:
    keep(settings, to_leave())
    keep(settings, to_confirm("Auto-Submitted: auto-replied"))
    keep(settings, mail("Subject: hello"))
    keep(settings, mail("Subject: leave aaaabbbbccccdddd"))
    keep(settings, bounce())
    keep(settings, bounce(6))
    desk = Desk()
    assert await look_into(settings, desk) == Swept(handled=1, reports=1, ignored=1, unread=3)
    assert len(desk.told) == 3
    assert names(settings.maildir / "new") == []
    assert all(name.endswith(":2,S") for name in names(settings.maildir / "cur"))
    assert len(names(settings.maildir / "cur")) == 3
    assert len(names(settings.maildir / UNREAD / "new")) == 3
    assert await look_into(settings, desk) == Swept()
    assert len(desk.done) == 5


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        (Answered(Done.HELPED), Fate.HANDLED),
        (Questioned(), Fate.HANDLED),
        (Quiet("x"), Fate.HANDLED),
        (Before(), Fate.HANDLED),
        (Unusable("x"), Fate.UNREAD),
    ],
)
async def test_what_the_desk_made_of_a_mail_says_where_it_goes(
    outcome: Outcome, fate: Fate
) -> None:
    desk = Desk(outcome)
    assert await desk.clerk().handle(mail("Subject: subscribe")) is fate
    assert len(desk.told) == (fate is Fate.UNREAD)


async def test_what_nobody_understood_is_for_a_person_even_if_help_was_sent() -> None:
    desk = Desk()
    assert await desk.clerk().handle(mail("Subject: a question")) is Fate.UNREAD
    assert "not understood (its author was answered)" in desk.told[0]
    assert await desk.clerk().handle(mail("Subject: help")) is Fate.HANDLED


@pytest.mark.parametrize(
    ("kind", "fate"), [("not-spam", Fate.IGNORED), ("other", Fate.UNREAD), ("abuse", Fate.UNREAD)]
)
async def test_a_report_that_asks_for_nothing_or_is_unclear_is_not_acted_on(
    kind: str, fate: Fate
) -> None:
    desk = Desk()
    raw = mail("Content-Type: message/feedback-report", body=f"Feedback-Type: {kind}\r\n")
    assert await desk.clerk().handle(raw) is fate
    assert desk.done == []


async def test_a_mail_that_cannot_be_acted_on_now_waits(settings: InboxSettings) -> None:
    keep(settings, to_leave())
    desk = Desk()

    async def full(_: Wanted) -> Outcome:
        raise StoreError("the disk is full")

    clerk = Clerk(settings=settings, secret=SECRET, act=full, tell=desk.tell)
    with pytest.raises(StoreError):
        await sweep(MaildirSource(settings.maildir), clerk)
    assert len(names(settings.maildir / "new")) == 1
    assert await look_into(settings, desk) == Swept(handled=1)


async def test_a_mail_that_we_stumble_over_is_set_aside_and_holds_up_nobody(
    settings: InboxSettings, caplog: pytest.LogCaptureFixture
) -> None:
    keep(settings, mail("Subject: help"))
    keep(settings, to_leave())
    desk = Desk()

    async def stumbles(wanted: Wanted) -> Outcome:
        if isinstance(wanted, MailToUs) and wanted.request.command == Help():
            raise KeyError("a slip of ours")
        return await desk.act(wanted)

    clerk = Clerk(settings=settings, secret=SECRET, act=stumbles, tell=desk.tell)
    swept = await sweep(MaildirSource(settings.maildir), clerk)
    assert swept == Swept(handled=1, unread=1)
    assert len(names(settings.maildir / UNREAD / "new")) == 1
    assert "inbox.stumbled" in caplog.text
    assert "stumbled" in desk.told[0]


async def test_what_is_no_plain_file_is_left_alone(settings: InboxSettings) -> None:
    await look_into(settings, Desk())
    (settings.maildir / "secret").write_bytes(to_leave())
    (settings.maildir / "new" / "link").symlink_to(settings.maildir / "secret")
    (settings.maildir / "new" / "folder").mkdir()
    desk = Desk()
    assert await look_into(settings, desk) == Swept()
    assert desk.done == []


def in_order(settings: InboxSettings) -> list[Path]:
    return sorted((settings.maildir / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)


async def test_a_mail_that_another_program_took_meanwhile_is_passed_over(
    settings: InboxSettings,
) -> None:
    keep(settings, to_leave())
    keep(settings, to_leave())
    desk = Desk()

    async def loses_both(wanted: Wanted) -> Outcome:
        for path in in_order(settings):
            path.unlink()
        return await desk.act(wanted)

    clerk = Clerk(settings=settings, secret=SECRET, act=loses_both, tell=desk.tell)
    assert await sweep(MaildirSource(settings.maildir), clerk) == Swept(handled=1)


async def test_a_mail_that_cannot_be_read_holds_up_no_other(
    settings: InboxSettings, caplog: pytest.LogCaptureFixture
) -> None:
    for token in ("aaaabbbb", "ccccdddd", "eeeeffff"):
        keep(settings, mail(f"Subject: leave {token}"))
    desk = Desk(Quiet("left"))

    async def spoils_the_next(wanted: Wanted) -> Outcome:
        if not desk.done:
            paths = in_order(settings)
            paths[1].unlink()
            paths[1].symlink_to(paths[2])  # what even root cannot open
        return await desk.act(wanted)

    clerk = Clerk(settings=settings, secret=SECRET, act=spoils_the_next, tell=desk.tell)
    assert await sweep(MaildirSource(settings.maildir), clerk) == Swept(handled=2)
    assert [m.request.command for m in desk.done if isinstance(m, MailToUs)] == [
        Leave("aaaabbbb"),
        Leave("eeeeffff"),
    ]
    assert "inbox.unreadable" in caplog.text


async def test_the_inbox_is_private(settings: InboxSettings) -> None:
    keep(settings, to_leave())
    (path,) = (settings.maildir / "new").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert settings.maildir.joinpath("new").stat().st_mode & 0o077 == 0


def test_a_person_who_answers_to_the_return_address_is_read_as_a_person() -> None:
    to = f"To: weekly+b-{tokens.bounce_token(SECRET, DeliveryId(5))}@example.org"
    assert lost(mail(to, body="thank you"))
    assert look(mail(to, body="subscribe")) == Subscribe()

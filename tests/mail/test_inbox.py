from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.inbox import UNREAD, Ignored, Swept, Unread, keep, receive, sweep, understand
from digest.mail.reports import Report
from digest.model import DeliveryId
from digest.settings import InboxSettings
from digest.subscribers import tokens
from digest.subscribers.commands import Command, Confirm, Leave
from tests.mail.builders import SECRET

MAILBOX = "weekly@example.org"
SETTINGS = InboxSettings(maildir=Path("inbox"), address=MAILBOX, bounces="returns@example.org")
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105  # opens nothing


def mail(*headers: str, sender: str = "Taro <taro@example.com>", body: str = "hello") -> bytes:
    return "\r\n".join([f"From: {sender}", *headers, "", body, ""]).encode()


def look(raw: bytes) -> Command | Report | Ignored | Unread:
    return understand(raw, SETTINGS, SECRET)


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
        [],
    ],
)
def test_anything_else_is_for_a_person_to_read(headers: list[str]) -> None:
    assert isinstance(look(mail(*headers)), Unread)


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


def test_a_subject_that_cannot_be_decoded_is_for_a_person_to_read() -> None:
    assert isinstance(look(mail("Subject: =?nonsense?b?6L+U?=")), Unread)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_raise_an_error(raw: bytes) -> None:
    look(raw)
    look(b"From: " + raw + b"\nSubject: " + raw + b"\n\n")


# --- the folder ---------------------------------------------------------------------------------


class Desk:
    """Obeys, and knows one token and one delivery."""

    def __init__(self) -> None:
        self.done: list[Command | Report] = []

    async def act(self, wanted: Command | Report) -> bool:
        self.done.append(wanted)
        if isinstance(wanted, Report):
            return wanted.trace.number == 5
        return wanted.token == TOKEN


@pytest.fixture
def settings(tmp_path: Path) -> InboxSettings:
    return InboxSettings(maildir=tmp_path / "inbox", address=MAILBOX)


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
    swept = await sweep(settings, SECRET, desk.act)
    assert swept == Swept(handled=1, reports=1, ignored=1, unread=3)
    assert desk.done[:2] == [Leave(TOKEN), Leave("aaaabbbbccccdddd")]
    assert [isinstance(one, Report) for one in desk.done[2:]] == [True, True]
    assert names(settings.maildir / "new") == []
    assert all(name.endswith(":2,S") for name in names(settings.maildir / "cur"))
    assert len(names(settings.maildir / "cur")) == 3
    assert len(names(settings.maildir / UNREAD / "new")) == 3
    assert await sweep(settings, SECRET, desk.act) == Swept()
    assert len(desk.done) == 4


async def test_a_mail_whose_handling_failed_is_handled_again(settings: InboxSettings) -> None:
    keep(settings, to_leave())

    async def dies(_: Command | Report) -> bool:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        await sweep(settings, SECRET, dies)
    desk = Desk()
    assert await sweep(settings, SECRET, desk.act) == Swept(handled=1)


async def test_what_is_no_plain_file_is_left_alone(settings: InboxSettings) -> None:
    await sweep(settings, SECRET, Desk().act)
    (settings.maildir / "secret").write_bytes(to_leave())
    (settings.maildir / "new" / "link").symlink_to(settings.maildir / "secret")
    (settings.maildir / "new" / "folder").mkdir()
    desk = Desk()
    assert await sweep(settings, SECRET, desk.act) == Swept()
    assert desk.done == []


async def test_a_mail_that_another_program_took_meanwhile_is_passed_over(
    settings: InboxSettings,
) -> None:
    keep(settings, to_leave())
    keep(settings, to_leave())
    desk = Desk()

    async def loses_the_other(command: Command | Report) -> bool:
        if len(desk.done) == 0:
            first, second = sorted(
                (settings.maildir / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns
            )
            assert first.exists()
            second.unlink()
        return await desk.act(command)

    assert await sweep(settings, SECRET, loses_the_other) == Swept(handled=1)


async def test_a_mail_that_cannot_be_read_holds_up_no_other(
    settings: InboxSettings, caplog: pytest.LogCaptureFixture
) -> None:
    for token in ("aaaabbbb", "ccccdddd", "eeeeffff"):
        keep(settings, mail(f"Subject: leave {token}"))
    desk = Desk()

    async def spoils_the_next(command: Command | Report) -> bool:
        if not desk.done:
            paths = sorted(
                (settings.maildir / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns
            )
            paths[1].unlink()
            paths[1].symlink_to(paths[2])  # what even root cannot open
        await desk.act(command)
        return True

    assert await sweep(settings, SECRET, spoils_the_next) == Swept(handled=2)
    assert desk.done == [Leave("aaaabbbb"), Leave("eeeeffff")]
    assert "inbox.unreadable" in caplog.text


async def test_the_inbox_is_private(settings: InboxSettings) -> None:
    keep(settings, to_leave())
    (path,) = (settings.maildir / "new").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert settings.maildir.joinpath("new").stat().st_mode & 0o077 == 0


async def test_one_mail_can_be_handled_by_itself() -> None:
    desk = Desk()
    assert await receive(to_leave(), SETTINGS, SECRET, desk.act) == Leave(TOKEN)
    assert isinstance(
        await receive(mail("Subject: leave bbbbccccdddd"), SETTINGS, SECRET, desk.act), Unread
    )
    assert isinstance(await receive(mail("Return-Path: <>"), SETTINGS, SECRET, desk.act), Ignored)
    assert len(desk.done) == 2


async def test_a_report_is_kept_before_it_is_moved(settings: InboxSettings) -> None:
    keep(settings, bounce())

    async def killed(_: Command | Report) -> bool:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await sweep(settings, SECRET, killed)
    assert len(names(settings.maildir / "new")) == 1
    assert await sweep(settings, SECRET, Desk().act) == Swept(reports=1)


async def test_a_report_on_what_we_do_not_have_is_for_a_person_to_read() -> None:
    found = await receive(bounce(6), SETTINGS, SECRET, Desk().act)
    assert isinstance(found, Unread)


def test_a_person_who_answers_to_the_return_address_is_read_by_a_person() -> None:
    to = f"To: weekly+b-{tokens.bounce_token(SECRET, DeliveryId(5))}@example.org"
    assert isinstance(look(mail(to, body="thank you")), Unread)

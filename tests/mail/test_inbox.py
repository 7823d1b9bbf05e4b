from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.inbox import UNREAD, Ignored, Swept, Unread, keep, receive, sweep, understand
from digest.settings import InboxSettings
from digest.subscribers.commands import Command, Confirm, Leave

MAILBOX = "weekly@example.org"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105  # opens nothing


def mail(*headers: str, sender: str = "Taro <taro@example.com>", body: str = "hello") -> bytes:
    return "\r\n".join([f"From: {sender}", *headers, "", body, ""]).encode()


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
    assert understand(mail(*headers), MAILBOX) == command


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
    assert isinstance(understand(mail(*headers), MAILBOX), Unread)


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
    assert isinstance(understand(to_confirm(header), MAILBOX), Ignored)
    assert isinstance(understand(mail(header), MAILBOX), Ignored)
    assert understand(to_leave(header), MAILBOX) == Leave(TOKEN)


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@mx.example.com",
        "Postmaster <postmaster@example.com>",
        "no-reply@example.com",
        "somelist-bounces@example.com",
        "weekly@example.org",
        "Kuruma <weekly+b-abc@example.org>",
    ],
)
def test_machines_and_we_ourselves_cannot_confirm(sender: str) -> None:
    assert isinstance(understand(to_confirm(sender=sender), MAILBOX), Ignored)
    assert understand(to_leave(sender=sender), MAILBOX) == Leave(TOKEN)


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: first-class", "X-Mailer: A"])
def test_people_are_not_taken_for_programs(header: str) -> None:
    assert understand(to_confirm(header), MAILBOX) == Confirm(TOKEN)


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
    assert understand(raw.encode(errors="surrogateescape"), MAILBOX) == Leave(TOKEN)


def test_a_subject_that_cannot_be_decoded_is_for_a_person_to_read() -> None:
    assert isinstance(understand(mail("Subject: =?nonsense?b?6L+U?="), MAILBOX), Unread)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_raise_an_error(raw: bytes) -> None:
    understand(raw, MAILBOX)
    understand(b"From: " + raw + b"\nSubject: " + raw + b"\n\n", MAILBOX)


# --- the folder ---------------------------------------------------------------------------------


class Desk:
    """Obeys, and knows one token."""

    def __init__(self) -> None:
        self.done: list[Command] = []

    async def act(self, command: Command) -> bool:
        self.done.append(command)
        return command.token == TOKEN


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
    desk = Desk()
    assert await sweep(settings, desk.act) == Swept(handled=1, ignored=1, unread=2)
    assert desk.done == [Leave(TOKEN), Leave("aaaabbbbccccdddd")]
    assert names(settings.maildir / "new") == []
    assert all(name.endswith(":2,S") for name in names(settings.maildir / "cur"))
    assert len(names(settings.maildir / "cur")) == 2
    assert len(names(settings.maildir / UNREAD / "new")) == 2
    assert await sweep(settings, desk.act) == Swept()
    assert len(desk.done) == 2


async def test_a_mail_whose_handling_failed_is_handled_again(settings: InboxSettings) -> None:
    keep(settings, to_leave())

    async def dies(_: Command) -> bool:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        await sweep(settings, dies)
    desk = Desk()
    assert await sweep(settings, desk.act) == Swept(handled=1)


async def test_what_is_no_plain_file_is_left_alone(settings: InboxSettings) -> None:
    await sweep(settings, Desk().act)
    (settings.maildir / "secret").write_bytes(to_leave())
    (settings.maildir / "new" / "link").symlink_to(settings.maildir / "secret")
    (settings.maildir / "new" / "folder").mkdir()
    desk = Desk()
    assert await sweep(settings, desk.act) == Swept()
    assert desk.done == []


async def test_a_mail_that_another_program_took_meanwhile_is_passed_over(
    settings: InboxSettings,
) -> None:
    keep(settings, to_leave())
    keep(settings, to_leave())
    desk = Desk()

    async def loses_the_other(command: Command) -> bool:
        if len(desk.done) == 0:
            first, second = sorted(
                (settings.maildir / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns
            )
            assert first.exists()
            second.unlink()
        return await desk.act(command)

    assert await sweep(settings, loses_the_other) == Swept(handled=1)


async def test_a_mail_that_cannot_be_read_holds_up_no_other(
    settings: InboxSettings, caplog: pytest.LogCaptureFixture
) -> None:
    for token in ("aaaabbbb", "ccccdddd", "eeeeffff"):
        keep(settings, mail(f"Subject: leave {token}"))
    desk = Desk()

    async def spoils_the_next(command: Command) -> bool:
        if not desk.done:
            paths = sorted(
                (settings.maildir / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns
            )
            paths[1].unlink()
            paths[1].symlink_to(paths[2])  # what even root cannot open
        await desk.act(command)
        return True

    assert await sweep(settings, spoils_the_next) == Swept(handled=2)
    assert [command.token for command in desk.done] == ["aaaabbbb", "eeeeffff"]
    assert "inbox.unreadable" in caplog.text


async def test_the_inbox_is_private(settings: InboxSettings) -> None:
    keep(settings, to_leave())
    (path,) = (settings.maildir / "new").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert settings.maildir.joinpath("new").stat().st_mode & 0o077 == 0


async def test_one_mail_can_be_handled_by_itself() -> None:
    desk = Desk()
    assert await receive(to_leave(), MAILBOX, desk.act) == Leave(TOKEN)
    assert isinstance(await receive(mail("Subject: leave bbbbccccdddd"), MAILBOX, desk.act), Unread)
    assert isinstance(await receive(mail("Return-Path: <>"), MAILBOX, desk.act), Ignored)
    assert len(desk.done) == 2

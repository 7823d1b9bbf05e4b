import pytest

from digest.mail.senders import freemail_problem, parse_sender


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("Kuruma Weekly <weekly@example.org>", "Kuruma Weekly", "weekly@example.org"),
        ("くるま週報 <weekly@例え.jp>", "くるま週報", "weekly@xn--r8jz45g.jp"),
        ('"A, B" <weekly@Example.ORG>', "A, B", "weekly@example.org"),
        ("weekly@localhost", "", "weekly@localhost"),
    ],
)
def test_a_sender_is_a_name_and_an_address(text: str, name: str, address: str) -> None:
    assert parse_sender(text) == (name, address)


ODD = ["a@b.jp, c@d.jp", "Kuruma, Weekly <weekly@example.org>", "Kuruma\x7f <w@example.org>"]


@pytest.mark.parametrize(
    "text", ["", "Kuruma Weekly", "a@b.jp\r\nBcc: c@d.jp", "Kuruma <weekly@>", *ODD]
)
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_sender(text)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("me@gmail.com", "smtp.example.org"),
        ("me@yahoo.co.jp", "smtp.yahoo.com"),
        ("me@Docomo.ne.jp", "localhost"),
        ("me@gmail.com", "notgoogle.com"),
        ("me@gmail.com", "smtp.gmail.com.example.org"),
        ("me@protonmail.com", "smtp.example.org"),
        ("me@abc.ocn.ne.jp", "localhost"),
        ("me@hotmail.co.uk", "smtp.gmail.com"),
    ],
)
def test_a_freemail_sender_needs_its_own_providers_server(address: str, host: str) -> None:
    problem = freemail_problem(address, host)
    assert problem is not None
    assert host in problem


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("me@gmail.com", "smtp.gmail.com"),
        ("me@gmail.com", "SMTP-relay.google.com."),
        ("me@outlook.jp", "smtp.office365.com"),
        ("weekly@example.org", "localhost"),
        ("me@proton.me", "127.0.0.1"),
        ("me@i.softbank.jp", "smtp.softbank.jp"),
        ("me@notgmail.com", "localhost"),
        ("me@outlook.example", "localhost"),
    ],
)
def test_other_senders_are_fine(address: str, host: str) -> None:
    assert freemail_problem(address, host) is None

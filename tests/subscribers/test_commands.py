import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.commands import (
    Command,
    Confirm,
    Leave,
    from_address,
    tagged,
)
from digest.subscribers.wording import from_subject

MAILBOX = "weekly@example.org"
KEY = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize(
    ("recipients", "command"),
    [
        ([f"weekly+leave-{KEY}@example.org"], Leave(KEY)),
        ([f"Weekly+Confirm-{KEY.upper()}@EXAMPLE.ORG "], Confirm(KEY)),
        (["taro@example.com", f"weekly+leave-{KEY}@example.org"], Leave(KEY)),
        (["weekly@example.org"], None),
        ([f"weekly+b-{KEY}@example.org"], None),
        ([f"weekly+leave-{KEY}@example.com"], None),
        ([f"weekly+leave-{KEY}x+y@example.org"], None),
        (["weekly+leave-189@example.org"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_command_in_an_address(recipients: list[str], command: Command | None) -> None:
    assert from_address(recipients, MAILBOX) == command


@pytest.mark.parametrize(
    ("subject", "command"),
    [
        (f"leave {KEY}", Leave(KEY)),
        (f"LEAVE  {KEY.upper()} ", Leave(KEY)),
        (f"Re: Kuruma Weekly: please confirm {KEY}", Confirm(KEY)),
        (f"RE: Re: 返信:confirm {KEY}", Confirm(KEY)),
        (f"Ｒｅ：くるま週報 購読の確認 ｃｏｎｆｉｒｍ　{KEY}", Confirm(KEY)),
        (f"[list]confirm {KEY}", Confirm(KEY)),
        ("leave me alone", None),
        (f"unleave {KEY}", None),
        (f"leave {KEY} please", None),
        ("", None),
    ],
)
def test_the_command_in_a_subject(subject: str, command: Command | None) -> None:
    assert from_subject(subject) == command


def test_a_tagged_address_is_read_back_and_never_longer_than_servers_take() -> None:
    address = tagged(MAILBOX, f"leave-{KEY}")
    assert address is not None
    assert from_address([address], MAILBOX) == Leave(KEY)
    assert tagged("a@example.org", "b" * 62) == f"a+{'b' * 62}@example.org"
    assert tagged("a@example.org", "b" * 63) is None
    assert tagged("く@example.org", "b" * 61) is None


@given(st.text(), st.lists(st.text()))
def test_no_text_raises(subject: str, recipients: list[str]) -> None:
    from_subject(subject)
    from_address(recipients, MAILBOX)

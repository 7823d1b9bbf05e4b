import re
from email import charset, message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.mail.headers import mailbox_header, one_line, plain_header, text_header
from tests.mail.rfc2047 import read

WORDS = st.one_of(
    st.sampled_from(
        [
            "トヨタ",
            "日産、国内2工場を",
            "関税（25%）",
            "㈱ホンダ①",
            "🚗",
            "👨‍👩‍👧",
            "EV",
            "Nissan's",
            '"quoted"',
        ]
    ),
    st.sampled_from(["a:b", "=?utf-8?b?5pel?=", "=?", "?=", "Motors;", "<b>", "naïve", ",", "—"]),
    st.text(max_size=12),
    st.text("0123456789abcdef-", min_size=60, max_size=120),
)
TITLES = st.builds(
    lambda words, ends: "".join(w + e for w, e in zip(words, ends, strict=False)),
    st.lists(WORDS, max_size=25),
    st.lists(st.sampled_from(["", " ", "  ", "　", "\t"]), max_size=25).map(
        lambda e: [*e, *[""] * 25]
    ),
)


def parsed(lines: str, name: str) -> tuple[str, str]:
    """A header as the old and as the new parser of the standard library read it."""
    raw = f"{lines}\r\n\r\n".encode()
    old = str(make_header(decode_header(message_from_bytes(raw)[name])))
    return re.sub(r"\r?\n", "", old), str(message_from_bytes(raw, policy=default)[name])


@settings(max_examples=200, deadline=None)
@given(TITLES)
@example("日産、" * 60)
@example("word " * 60)
@example("x" * 400)
@example("a\r\nBcc: everybody@example.com")
def test_a_subject_comes_back_as_it_went_in(title: str) -> None:
    clean = one_line(title)
    lines = text_header("Subject", title)
    old, new = parsed(lines, "Subject")
    assert old == clean
    assert new == clean
    assert read(lines) == clean


@given(st.text())
def test_no_text_adds_a_header_line(text: str) -> None:
    for line in text_header("Subject", text).split("\r\n")[1:]:
        assert line.startswith(" ")
    assert set(re.findall(r"[\r\n]+", text_header("Subject", text))) <= {"\r\n"}


@pytest.mark.parametrize(
    "name",
    [
        "Kuruma Weekly",
        "くるま週報",
        'The "Kuruma" \\ Weekly, Ltd.',
        "=?utf-8?q?x?=",
        "K. Weekly",
        "",
    ],
)
def test_a_sender_name_comes_back_with_its_address(name: str) -> None:
    raw = f"{mailbox_header('From', name, 'weekly@example.org')}\r\n\r\n".encode()
    address = message_from_bytes(raw, policy=default)["From"].addresses[0]
    assert address.display_name == name
    assert address.addr_spec == "weekly@example.org"


@given(TITLES)
@example("自動車業界の一週間をまとめてお届けする週報くるまウィークリー編集部")
def test_a_long_sender_name_keeps_lines_short_and_the_address_whole(name: str) -> None:
    lines = mailbox_header("From", name, "weekly@example.org")
    assert all(len(line) <= 78 for line in lines.split("\r\n"))
    raw = f"{lines}\r\n\r\n".encode()
    addresses = message_from_bytes(raw, policy=default)["From"].addresses
    assert [a.addr_spec for a in addresses] == ["weekly@example.org"]


def test_a_value_of_our_own_with_a_line_end_is_refused() -> None:
    with pytest.raises(ValueError, match="control character in To"):
        plain_header("To", "a@example.org\r\nBcc: b@example.org")


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\u2029", "\x85", "\x00", "\x0b", "\ud800"])
def test_control_characters_become_a_space(end: str) -> None:
    assert one_line(f"a{end}b") == "a b"


def test_words_are_encoded_as_ever_whatever_a_library_has_set_for_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = text_header("Subject", "日産、国内2工場を閉鎖へ")
    quoted = (charset.QP, charset.QP, "utf-8")
    monkeypatch.setitem(charset.CHARSETS, "utf-8", quoted)  # as Apprise does
    assert text_header("Subject", "日産、国内2工場を閉鎖へ") == before

import base64

import pytest

from digest.mail.parts import header_addresses, header_text, headers_of, parts_of


def multipart(*parts: str, boundary: str = "b") -> bytes:
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\npreamble\r\n'
    return f"{head}{inside}--{boundary}--\r\nepilogue\r\n".encode()


def texts(raw: bytes) -> list[str]:
    return [part.text for part in parts_of(raw)]


def test_a_mail_without_parts_is_one() -> None:
    (part,) = parts_of(b"Subject: x\n\nhello\n")
    assert (part.kind, part.text) == ("text/plain", "hello\n")
    assert [part.text for part in parts_of(b"")] == [""]
    assert [part.text for part in parts_of(b"Subject: x")] == [""]
    assert texts(b"\r\n\r\nbody without headers") == ["body without headers"]


def test_parts_come_in_order_without_what_stands_around_them() -> None:
    raw = multipart("Content-Type: text/html\r\n\r\n<p>", "\r\nplain", "Subject: x\r\n\r\nlast")
    assert [(part.kind, part.text) for part in parts_of(raw)] == [
        ("text/html", "<p>"),
        ("text/plain", "plain"),
        ("text/plain", "last"),
    ]


def test_a_copy_of_a_mail_is_one_part() -> None:
    raw = multipart("Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello")
    (part,) = parts_of(raw)
    assert (part.kind, part.text) == ("message/rfc822", "Subject: inner\n\nhello")


def test_what_is_cut_off_is_read_as_far_as_it_goes() -> None:
    raw = multipart("\r\none", "\r\ntwo")
    assert texts(raw[: raw.index(b"two") + 2]) == ["one", "tw"]


def test_parts_in_parts_are_found_to_a_depth_that_is_enough() -> None:
    def wrapped(times: int) -> bytes:
        raw = b"\r\ninner"
        for number in range(times):
            raw = multipart(raw.decode(), boundary=f"b{number}")
        return raw

    assert texts(wrapped(4)) == ["inner"]
    assert texts(wrapped(5)) == []


def test_there_is_an_end_to_parts() -> None:
    assert len(parts_of(multipart(*["\r\nx"] * 50))) == 20


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Type: text/plain; charset=iso-2022-jp", "宛先".encode("iso2022_jp")),
        ("Content-Type: text/plain; charset=Shift_JIS", "宛先不明です".encode("cp932")),
        ("Content-Type: text/plain; charset=nonsense", "宛先".encode()),
        ("Content-Transfer-Encoding: base64", b"5a6b5YWI\n"),
        ("Content-Transfer-Encoding: quoted-printable", b"=E5=AE=9B=E5=85=88"),
    ],
)
def test_the_body_is_decoded(headers: str, body: bytes) -> None:
    (part,) = parts_of(headers.encode() + b"\n\n" + body)
    assert part.text.startswith("宛先")


def test_a_media_type_of_thousands_of_characters_is_none() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b; x=" + b";" * 5000 + b"\n\n--b\n\nx\n--b--"
    (part,) = parts_of(raw)
    assert part.kind == "text/plain"


def test_headers_are_read_however_they_are_encoded() -> None:
    headers = headers_of(b"Subject: =?utf-8?b?5a6b5YWI?=\r\n =?utf-8?q?_x?=\r\n\r\n")
    assert header_text(headers, "subject") == "宛先 x"
    assert header_text(headers, "X-None") == ""
    for broken, read in (("=?nonsense?b?5a6b?=", "宛"), ("=?utf-8?b?5a6b5?=", "=?utf-8?b?5a6b5?=")):
        headers = headers_of(f"Subject: {broken} hello".encode())
        assert header_text(headers, "Subject") == f"{read} hello"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("購読".encode("iso-2022-jp"), "購読"),
        ("登録希望です".encode("cp932"), "登録希望です"),
        ("購読①".encode(), "購読①"),
        (b"=?ISO-2022-JP?B?" + base64.b64encode(b"\x1b$B9XFI-!\x1b(B") + b"?=", "購読①"),
        (b"=?cp932?B?" + base64.b64encode("髙橋㈱".encode("cp932")) + b"?= Re", "髙橋㈱ Re"),
    ],
)
def test_japanese_headers_are_read_as_phones_and_old_programs_send_them(
    raw: bytes, read: str
) -> None:
    assert header_text(headers_of(b"Subject: " + raw + b"\r\n\r\n"), "Subject") == read


def test_addresses_are_found_and_nonsense_is_not() -> None:
    headers = headers_of(b"To: A <a@b.jp>, c@d.jp\nCc: e@f.jp\nBcc: " + b"(" * 1900)
    assert header_addresses(headers, "To", "Cc") == ["a@b.jp", "c@d.jp", "e@f.jp"]
    assert header_addresses(headers, "Bcc") == []

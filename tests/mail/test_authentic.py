import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.authentic import author_of
from digest.mail.parts import headers_of
from digest.subscribers.reading import Author, Proof

OURS = "mx.list.example"
TARO = "taro@example.com"


def author(*lines: str, sender: str = TARO, ours: str | None = OURS) -> Author | None:
    head = "\r\n".join([*lines, f"From: {sender}", "Subject: x", "", ""])
    return author_of(headers_of(head.encode()), ours)


def proof(*results: str, sender: str = TARO) -> Proof:
    found = author(*[f"Authentication-Results: {result}" for result in results], sender=sender)
    assert found is not None
    return found.proof


@pytest.mark.parametrize(
    "result",
    [
        # Gmail
        (
            "mx.list.example;\r\n       dkim=pass header.i=@example.com header.s=20230601"
            " header.b=abc;\r\n       spf=pass (mx.list.example: domain of taro@example.com"
            " designates 192.0.2.1 as permitted sender) smtp.mailfrom=taro@example.com;\r\n"
            "       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com"
        ),
        # Exchange Online writes no name in some places, but ours is there
        (
            "mx.list.example; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com;"
            " dkim=pass (signature was verified) header.d=example.com;dmarc=pass action=none"
            " header.from=example.com;compauth=pass reason=100"
        ),
        "mx.list.example 1; dmarc=pass header.from=example.com",  # OpenDMARC, with a version
        "MX.List.Example. ; DMARC=Pass header.from=EXAMPLE.com",
        '"mx.list.example"; dmarc = pass (a (nested; dkim=fail) comment) header.from=example.com',
        'mx.list.example; dkim=pass reason="good; dmarc=fail" header.d=example.com',
        "mx.list.example; dkim=fail header.d=example.com; dkim=pass header.d=example.com",
        "mx.list.example; spf=pass smtp.mailfrom=example.com; dkim=none",
        "mx.list.example; dkim=pass header.d=example.com.",
        "mx.list.example; dkim=pass/1 header.d=x; dmarc=pass header . from = example.com",
        "mx.list.example; spf=fail smtp.mailfrom=x.example.net; dkim=pass header.i=@example.com",
        "mx.list.example; spf=fail smtp.mailfrom=example.com; dkim=pass header.d=example.com",
    ],
)
def test_our_own_server_stands_for_the_address(result: str) -> None:
    assert proof(result) is Proof.PASS


@pytest.mark.parametrize(
    "result",
    [
        "mx.list.example; dmarc=fail header.from=example.com; dkim=pass header.d=example.com",
        "mx.list.example; dmarc=fail (p=none) header.from=example.com",
        "mx.list.example; spf=fail smtp.mailfrom=taro@example.com",
        "mx.list.example; dmarc=pass header.from=example.com; dmarc=fail header.from=example.com",
    ],
)
def test_what_our_server_found_forged_is(result: str) -> None:
    assert proof(result) is Proof.FAIL


@pytest.mark.parametrize(
    "result",
    [
        "mx.list.example; none",
        "mx.list.example",
        "",
        "mx.other.example; dmarc=pass header.from=example.com",
        "mx.list.example.evil.example; dmarc=pass header.from=example.com",
        "evil.example (mx.list.example); dmarc=pass header.from=example.com",
        "(mx.list.example; dmarc=pass header.from=example.com",
        'evil "mx.list.example; dmarc=pass"',
        "mx.list.example; dmarc=none header.from=example.com",
        "mx.list.example; dmarc=temperror; spf=softfail smtp.mailfrom=a@example.com",
        "mx.list.example; dmarc=pass header.from=evil.example",  # another From than we read
        "mx.list.example; dkim=pass header.d=evil.example",
        "mx.list.example; dkim=pass header.d=evil.example.com",  # below the From's: see _aligned
        "mx.list.example; dkim=pass header.d=notexample.com",
        "mx.list.example; dkim=pass",
        "mx.list.example; dkim=passed header.d=example.com",
        "mx.list.example; x-dkim=pass header.d=example.com",
        "mx.list.example; spf=pass smtp.helo=example.com",
        "mx.list.example; dkim=pass header.d=",
        'mx.list.example; dkim=pass header.d=""',
    ],
)
def test_anything_else_proves_nothing(result: str) -> None:
    assert proof(result) is Proof.NONE


def test_only_the_topmost_header_in_our_name_counts() -> None:
    ours, forged = f"{OURS}; dmarc=none", f"{OURS}; dmarc=pass header.from=example.com"
    other = "forwarder.example; dmarc=pass header.from=example.com"
    assert proof(ours, forged) is Proof.NONE
    assert proof(other, ours, forged) is Proof.NONE
    assert proof(other, forged, ours) is Proof.PASS


def test_a_domain_stands_for_those_below_it() -> None:
    assert proof(f"{OURS}; dkim=pass header.d=example.com", sender="a@jp.example.com") is Proof.PASS


def test_without_the_name_of_our_server_nothing_is_believed() -> None:
    line = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com"
    assert author(line, ours=None) == Author(TARO, Proof.NONE)


@pytest.mark.parametrize(
    "sender",
    ["", "Taro", "a@x.jp, b@y.jp", "<>", "taro@", "Taro <taro@localhost> <b@c.jp>", "(" * 500,
     "a@b.jp\r\nFrom: c@d.jp", "Undisclosed:;"],
)  # fmt: skip
def test_a_mail_that_does_not_name_one_author_has_none(sender: str) -> None:
    assert author(sender=sender) is None


def test_an_address_is_read_as_the_list_keeps_it() -> None:
    assert author(sender='"山田, 太郎" <Taro@EXAMPLE.com>') == Author(
        "Taro@example.com", Proof.NONE
    )


@given(st.text(max_size=200))
def test_no_header_raises(text: str) -> None:
    line = " ".join(f"{OURS}; {text}".split())
    author(f"Authentication-Results: {line}")
    author(f"Authentication-Results: {' '.join(text.split())}", sender=" ".join(text.split()))

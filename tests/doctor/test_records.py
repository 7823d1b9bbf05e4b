"""What SPF, DKIM and DMARC records are said to be."""

import base64

import pytest

from digest.doctor import records
from digest.settings import Server


def key(size: int) -> str:
    return base64.b64encode(b"k" * size).decode()


@pytest.mark.parametrize(
    ("texts", "verdict", "says"),
    [
        ([], "bad", "no SPF record"),
        (["google-site-verification=x"], "bad", "no SPF record"),
        (["v=spf1 -all", "v=spf1 mx -all"], "bad", "2 SPF records"),
        (["v=spf1 " + " ".join(f"include:{n}.example" for n in range(11)) + " -all"], "bad", "11"),
        (["v=spf1 mx +all"], "bad", "+all"),
        (["v=spf1 mx ?all"], "warn", "?all"),
        (["v=spf1 mx"], "warn", "mx"),
        (["v=spf1 redirect=_spf.example"], "ok", "redirect"),
        (["v=spf1 mx ip4:192.0.2.1 ~all"], "ok", "~all"),
        (["v=spf1 " + "ip4:192.0.2.1 " * 20 + "-all"], "ok", "…"),
    ],
)
def test_spf(texts: list[str], verdict: str, says: str) -> None:
    found = records.spf("list.example", texts, server("mail.list.example"))
    assert (found.verdict, says in found.seen) == (verdict, True)
    assert bool(found.advice) == (verdict != "ok")


def server(host: str) -> Server:
    return Server(host=host, port=587, tls="starttls")


@pytest.mark.parametrize(
    ("host", "verdict", "says"),
    [
        ("mail.list.example", "bad", '"v=spf1 a:mail.list.example -all"'),
        ("127.0.0.1", "bad", '"v=spf1 mx -all"'),
        ("smtp.gmail.com", "bad", '"v=spf1 include:_spf.google.com ~all"'),
        ("email-smtp.eu-west-1.amazonaws.com", "warn", '"v=spf1 include:amazonses.com ~all"'),
        ("smtp.provider.example", "bad", "include:NAME"),
    ],
)
def test_the_spf_record_to_publish_depends_on_whose_server_sends(
    host: str, verdict: str, says: str
) -> None:
    found = records.spf("list.example", [], server(host))
    assert (found.verdict, says in found.advice) == (verdict, True)


@pytest.mark.parametrize(
    ("texts", "verdict", "says"),
    [
        ([], "bad", "no key"),
        (["v=DKIM1; p=%%%"], "bad", "no key"),
        (["v=DKIM1; p="], "bad", "revoked"),
        ([f"v=DKIM1; k=ed25519; p={key(31)}"], "bad", "no Ed25519 key"),
        ([f"v=DKIM1; k=ed25519; p={key(32)}"], "warn", "Ed25519"),
        ([f"v=DKIM1; p={key(100)}"], "bad", "less than 1024"),
        ([f"k=rsa; p={key(162)}"], "warn", "less than 2048"),
        ([f"v=DKIM1; t=y:s; p={key(294)}"], "warn", "t=y"),
        ([f"v=DKIM1; p={key(294)[:60]} {key(294)[60:]}"], "ok", "RSA key"),
    ],
)
def test_dkim(texts: list[str], verdict: str, says: str) -> None:
    found = records.dkim("list._domainkey.list.example", texts)
    assert (found.verdict, says in found.seen) == (verdict, True)


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        ([], "bad"),
        (["v=DMARC1; p=none"] * 2, "bad"),
        (["v=DMARC1; p=nobody"], "bad"),
        (["v=DMARC1; p=none; rua=mailto:a@list.example"], "ok"),
        (["v=DMARC1;p=REJECT"], "ok"),
    ],
)
def test_dmarc(texts: list[str], verdict: str) -> None:
    assert records.dmarc("list.example", "_dmarc.list.example", texts).verdict == verdict


def test_dmarc_is_looked_for_above_the_domain_but_not_at_its_ending() -> None:
    assert records.parents("a.b.example.jp") == ["a.b.example.jp", "b.example.jp", "example.jp"]
    assert records.parents("example.jp") == ["example.jp"]

import base64
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.mail.inbox import Ignored, Unread, Wanted, understand
from digest.mail.reports import Harmless, Report, Trace, Unclear, read
from digest.model import BounceKind, DeliveryId, SubscriberId
from digest.settings import InboxSettings
from digest.subscribers import tokens
from digest.subscribers.bymail import MailToUs
from tests.mail.builders import SECRET

SAMPLES = Path(__file__).parent.parent / "data" / "mail"
INBOX = InboxSettings(
    maildir=Path("inbox"), address="weekly@example.org", bounces="returns@example.org"
)
NUMBER, READER, KEY = DeliveryId(5), SubscriberId(17), "issue/weekly/2026-W47/17"
TOKEN = tokens.bounce_token(SECRET, NUMBER)
VALUES = {
    "VERP": f"weekly+b-{TOKEN}@example.org",
    "BOUNCES": f"returns+{TOKEN}@example.org",
    "MESSAGE": tokens.message_token(SECRET, KEY),
    "LEAVE": tokens.leave_token(SECRET, READER),
    "FORGED": tokens.bounce_token(bytes(32), NUMBER),
}

ALL = Trace(number=NUMBER, key=KEY, reader=READER)
QUOTED = Trace(number=None, key=KEY, reader=READER)
ADDRESS_ONLY = Trace(number=NUMBER)

DEAD, SOFT, OURS, COMPLAINT = (
    BounceKind.DEAD,
    BounceKind.SOFT,
    BounceKind.OURS,
    BounceKind.COMPLAINT,
)

FAILURES = {
    "arf-abuse-message-id": (COMPLAINT, "", QUOTED),
    "arf-abuse-redacted": (COMPLAINT, "", ADDRESS_ONLY),
    "arf-abuse-unsubscribe-only": (COMPLAINT, "", Trace(reader=READER)),
    "arf-fraud": (COMPLAINT, "", QUOTED),
    "arf-virus": (OURS, "", QUOTED),
    "au-unknown": (DEAD, "5.0.0", ALL),
    "blocks-without-a-blank-line": (DEAD, "5.1.3", ALL),
    "docomo-unknown": (DEAD, "5.0.0", ALL),
    "domino-words": (SOFT, "", ADDRESS_ONLY),
    "exchange-full": (SOFT, "5.2.2", ALL),
    "exim-unknown": (DEAD, "5.1.1", ALL),
    "exim-unrouteable": (SOFT, "", ALL),
    "forwarded-to-another": (DEAD, "5.1.1", ALL),
    "gmail-full": (SOFT, "4.2.2", ALL),
    "gmail-unknown": (DEAD, "5.1.1", ALL),
    "html-only": (DEAD, "5.1.1", ADDRESS_ONLY),
    "japanese-full": (SOFT, "", ADDRESS_ONLY),
    "japanese-gateway-reply": (DEAD, "", ALL),
    "japanese-words-only": (SOFT, "", ALL),
    "no-recipient-block": (SOFT, "", ALL),
    "office365-closed-to-outsiders": (OURS, "5.7.133", ALL),
    "office365-not-found": (DEAD, "5.1.10", ALL),
    "own-bounce-address": (DEAD, "5.1.1", ALL),
    "plain-mailbox-postfix": (DEAD, "5.1.1", QUOTED),
    "postfix-full-expired": (SOFT, "4.2.2", ALL),
    "postfix-gmail-unauthenticated": (OURS, "5.7.26", ALL),
    "postfix-no-such-domain": (SOFT, "5.4.4", ALL),
    "postfix-null-mx": (DEAD, "5.1.10", ALL),
    "postfix-outlook-policy": (OURS, "5.7.515", ALL),
    "postfix-spam-said-as-unknown": (OURS, "5.1.1", ALL),
    "postfix-too-big": (OURS, "5.3.4", ALL),
    "postfix-unknown": (DEAD, "5.1.1", ALL),
    "qmail-remote-plain-mailbox": (SOFT, "5.2.1", QUOTED),
    "qmail-unknown": (DEAD, "5.1.1", ALL),
    "rfc6533-base64": (DEAD, "5.1.1", ALL),
    "rfc6533-unknown": (DEAD, "5.1.1", QUOTED),
    "sendmail-unknown": (DEAD, "5.1.1", ALL),
    "softbank-unknown": (DEAD, "5.0.0", ALL),
    "status-missing": (DEAD, "5.1.1", ALL),
    "two-recipients": (DEAD, "5.1.1", ALL),
    "yahoo-japan-no-account": (DEAD, "5.0.0", ALL),
}
HARMLESS = {
    "arf-not-spam": "not-spam",
    "exim-delayed": "a delay",
    "postfix-delayed": "delayed",
    "sendmail-delivered": "relayed",
}
FOR_A_PERSON = {
    "arf-other": "feedback of the kind 'other'",
    "forged-key": "a report on no message of ours",
    "no-key-at-all": "a report on no message of ours",
}
NO_REPORTS = {"vacation": Ignored, "person-quotes-a-bounce": MailToUs}


def sample(name: str) -> bytes:
    raw = (SAMPLES / f"{name}.eml").read_bytes()
    for mark, value in VALUES.items():
        raw = raw.replace(b"${%s}" % mark.encode(), value.encode())
    return raw


def look(raw: bytes) -> Wanted | Ignored | Unread:
    return understand(raw, INBOX, SECRET)


def reported(raw: bytes) -> Report:
    found = look(raw)
    assert isinstance(found, Report)
    return found


# --- the samples --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAILURES)
def test_a_report_is_read(name: str) -> None:
    kind, status, trace = FAILURES[name]
    report = reported(sample(name))
    assert (report.kind, report.status, report.trace) == (kind, status, trace)
    assert report.words == " ".join(report.words.split())
    assert 0 < len(report.words) <= 500


@pytest.mark.parametrize("name", HARMLESS)
def test_a_delay_a_success_and_praise_ask_for_nothing(name: str) -> None:
    assert look(sample(name)) == Ignored(f"a report: {HARMLESS[name]}")


@pytest.mark.parametrize("name", FOR_A_PERSON)
def test_a_report_without_a_token_of_ours_is_for_a_person(name: str) -> None:
    assert look(sample(name)) == Unread(FOR_A_PERSON[name])


@pytest.mark.parametrize("name", NO_REPORTS)
def test_who_only_speaks_of_failures_reports_none(name: str) -> None:
    assert isinstance(look(sample(name)), NO_REPORTS[name])


def test_every_sample_is_expected_somewhere() -> None:
    expected = {*FAILURES, *HARMLESS, *FOR_A_PERSON, *NO_REPORTS}
    assert {path.stem for path in SAMPLES.glob("*.eml")} == expected


# --- what is believed ---------------------------------------------------------------------------


def test_the_address_that_failed_is_noted_where_mail_was_forwarded() -> None:
    assert "taro@private.example" in reported(sample("forwarded-to-another")).words
    assert reported(sample("gmail-full")).words.startswith("taro@example.com: 452")


def test_what_our_own_message_says_is_not_taken_for_the_servers_words() -> None:
    """The copy in this sample speaks of spam and of 5.7.1."""
    raw = sample("exim-unknown")
    assert b"blocked as spam" in raw
    assert reported(raw).words.startswith("550 5.1.1")
    assert "musubi" not in reported(sample("domino-words")).words


def test_two_copies_of_one_report_have_one_identity() -> None:
    raw = sample("postfix-unknown")
    copy = b"Received: from elsewhere\n" + raw
    assert reported(copy).identity == reported(raw).identity
    other = raw.replace(b"report.1@", b"report.2@")
    assert reported(other).identity != reported(raw).identity
    without_id = sample("qmail-unknown")
    assert reported(b"Received: x\n" + without_id).identity == reported(without_id).identity


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"])
def test_the_address_it_came_to_is_found_in_any_header_that_names_it(header: str) -> None:
    raw = sample("html-only")
    raw = re.sub(rb"(?m)^(Delivered-To|To): .*\n", b"", raw)
    assert look(raw) == Ignored("null sender")
    named = f"{header}: <{VALUES['VERP'].upper()}>\n".encode() + raw
    assert reported(named).trace == ADDRESS_ONLY


def test_a_token_for_another_domain_or_another_use_is_none() -> None:
    raw = sample("html-only")
    for wrong in (
        VALUES["VERP"].replace("example.org", "example.com"),
        f"weekly+{TOKEN}@example.org",
        f"weekly+b-{VALUES['LEAVE']}@example.org",
        f"returns+b-{TOKEN}@example.org",
        f"weekly+b-{VALUES['FORGED']}@example.org",
    ):
        assert not isinstance(look(raw.replace(VALUES["VERP"].encode(), wrong.encode())), Report)


def test_a_failure_in_a_language_nobody_guessed_is_ignored() -> None:
    raw = sample("html-only").replace(b"could not be delivered", b"kunde inte levereras")
    assert look(raw.replace(b"550 5.1.1</b> unknown user", b"nej</b>")) == Ignored("null sender")


def test_the_senders_name_or_the_subject_may_tell_a_report() -> None:
    raw = sample("html-only").replace(b"postmaster@", b"x1@")
    assert reported(raw).kind is DEAD  # by its subject
    raw = raw.replace(b"Undeliverable mail", b"Hello")
    assert reported(raw).kind is DEAD  # "Mail Delivery System"
    raw = raw.replace(b"Mail Delivery System", b"Someone")
    assert look(raw) == Ignored("null sender")
    assert reported(b"X-Failed-Recipients: taro@example.com\n" + raw).kind is DEAD


def test_a_status_alone_is_found_too() -> None:
    raw = sample("html-only").replace(b"<b>550 5.1.1</b> unknown user", b"(5.2.2) full")
    report = reported(raw)
    assert (report.kind, report.status) == (SOFT, "5.2.2")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("Action: delayed\nStatus: 4.4.1\n", Harmless("delayed")),
        ("Action: expanded\nStatus: 2.0.0\n", Harmless("expanded")),
        ("Status: 2.1.5\n", Harmless("no failure")),
        ("Status: 4.4.1\n", Harmless("no failure")),
    ],
)
def test_what_did_not_fail_is_harmless(fields: str, found: Harmless) -> None:
    assert read(standard(fields), INBOX, SECRET, by_program=True) == found


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        ("Action: failed\nStatus: 5.1.1\n", DEAD, "5.1.1"),
        ("Action: 553\nStatus: 5.1.1\n", DEAD, "5.1.1"),
        ("Action: FAILED (x)\nStatus: 5.1.1 (bad)\n", DEAD, "5.1.1"),
        ("Status: 5.1.1\n", DEAD, "5.1.1"),
        ("Action: failed\nStatus: nonsense\n", SOFT, ""),
        ("Action: failed\nStatus: 4.4.7\n", SOFT, "4.4.7"),
        ("Action: failed\nDiagnostic-Code: smtp; 550 user unknown\n", DEAD, ""),
        ("Action: failed\nDiagnostic-Code: 550 5.1.1 gone\n", DEAD, "5.1.1"),
        # our own server's reading of it against the receiving server's word
        ("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 no\n", OURS, "5.7.1"),
        ("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.0.0 no\n", DEAD, "5.1.1"),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: x; (#5.1.1) no\n", DEAD, "5.1.1"),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no user here\n", DEAD, "5.0.0"),
        # an address of a server is no status
        ("Action: failed\nStatus: 5.2.2\nDiagnostic-Code: x; 4.1.1.7 said no\n", SOFT, "5.2.2"),
    ],
)
def test_fields_are_cleaned(fields: str, kind: BounceKind, status: str) -> None:
    report = read(standard(fields), INBOX, SECRET, by_program=True)
    assert isinstance(report, Report)
    assert (report.kind, report.status) == (kind, status)


def standard(fields: str) -> bytes:
    return (
        f"To: {VALUES['VERP']}\nContent-Type: multipart/report; boundary=b\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}\n--b--\n"
    ).encode()


def test_the_plain_words_of_a_report_fill_in_what_its_fields_do_not_say() -> None:
    words = "--b\n\n550 5.2.2 over quota\n"
    raw = standard("Action: failed\n").replace(b"--b\n", words.encode() + b"--b\n", 1)
    report = read(raw, INBOX, SECRET, by_program=True)
    assert isinstance(report, Report)
    assert (report.kind, report.status, report.words) == (SOFT, "5.2.2", "550 5.2.2 over quota")


def test_a_report_that_a_gateway_wrapped_is_still_one() -> None:
    inner = standard("Action: failed\nStatus: 5.1.1\n").partition(b"\n")[2]
    raw = b"To: %s\nContent-Type: multipart/mixed; boundary=o\n\n--o\n%s\n--o--\n"
    report = read(raw % (VALUES["VERP"].encode(), inner), INBOX, SECRET, by_program=True)
    assert isinstance(report, Report)
    assert report.kind is DEAD


# --- hostile mail -------------------------------------------------------------------------------


def test_a_report_that_carries_megabytes_is_read_from_its_beginning() -> None:
    raw = sample("postfix-unknown")
    long = raw.replace(b"\n--=_report_1--", b"\nhello" * 100_000 + b"\n--=_report_1--")
    assert reported(long[:262_144]) == reported(raw)


@pytest.mark.parametrize("name", FAILURES)
def test_a_report_that_is_cut_anywhere_never_turns_against_another_reader(name: str) -> None:
    raw = sample(name)
    for end in range(0, len(raw), 97):
        found = look(raw[:end])
        if isinstance(found, Report):
            assert found.trace.number in {NUMBER, None}
            assert found.trace.key in {KEY, None}
            assert found.trace.reader in {READER, None}


HOSTILE = {
    "nested": "".join(
        f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(9000)
    ),
    "many parts": "Content-Type: multipart/report; boundary=b\n\n" + "--b\n\nx\n" * 40_000,
    "boundaries": "Content-Type: multipart/report; boundary=b\n\n" + "--b\n" * 60_000,
    "dashes": "From: postmaster@x\n\n" + "-" * 260_000,
    "blanks": "From: postmaster@x\n\n" + " \n" * 130_000,
    "spaces": "From: postmaster@x\n\n" + " " * 260_000,
    "ats": "From: postmaster@x\n\n550 " + "@" * 260_000,
    "letters": "From: postmaster@x\n\n550 " + "a" * 260_000,
    "dots": "From: postmaster@x\n\n550 " + "a." * 130_000,
    "words": "From: postmaster@x\n\n" + "unknown user mailbox " * 12_000,
    "codes": "From: postmaster@x\n\n" + "550 5.1.1 " * 26_000,
    "tags": "From: postmaster@x\nContent-Type: text/html\n\n" + "<a <b" * 52_000,
    "quotes": "From: a@x\nContent-Type: text/html\n\n" + "<blockquote" * 23_000,
    "quoted rest": "From: a@x\nContent-Type: text/html\n\n<a " + "class=yahoo_quoted " * 13_000,
    "classes": "From: a@x\nContent-Type: text/html\n\n<a" + " class=" * 37_000,
    "header": "From: " + "(" * 260_000,
    "addresses": "To: " + "@," * 130_000 + "\n\n",
    "recipients": "To: a@b\n" * 30_000 + "\n",
    "media type": 'Content-Type: multipart/report; x="' + ';"' * 130_000 + "\n\n",
    "fields": "Content-Type: message/delivery-status\n\n" + "Action: failed\n\n" * 16_000,
    "one field": "Content-Type: message/delivery-status\n\nStatus: " + "5.1." * 60_000,
    "quoted": "From: postmaster@x\n\n550 no\n" + "Message-ID:\n <" * 17_000,
    "tokens": "Content-Type: message/rfc822\n\nReturn-Path: " + "a" * 32 + ",a" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_takes_little_time(name: str) -> None:
    raw = HOSTILE[name].encode()[:262_144]
    started = time.process_time()
    look(raw)
    look(f"To: {VALUES['VERP']}\n".encode() + raw)
    assert time.process_time() - started < 8  # seconds; what is quadratic takes minutes


@pytest.mark.parametrize("name", [*FAILURES, *HARMLESS, *FOR_A_PERSON])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_damage_to_a_report_raises_an_error(name: str, data: st.DataObject) -> None:
    raw = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 40)))
        raw[start:end] = data.draw(
            st.binary(max_size=12)
            | st.sampled_from([b"\n\n", b"--=_report_1", b"Content-Type: multipart/mixed\n", b"\r"])
        )
    assert isinstance(look(bytes(raw)), Wanted | Ignored | Unread)


@given(st.binary(max_size=300))
def test_a_status_in_any_transfer_encoding_breaks_nothing(body: bytes) -> None:
    for encoding in (b"base64", b"quoted-printable", b"x-uuencode", b"nonsense"):
        encoded = base64.encodebytes(body) if encoding == b"base64" else body
        raw = (
            b"Content-Type: multipart/report; boundary=b\n\n--b\n"
            b"Content-Type: message/global-delivery-status\n"
            b"Content-Transfer-Encoding: %s\n\n%s\n--b--\n"
        ) % (encoding, encoded)
        assert not isinstance(read(raw, INBOX, SECRET, by_program=True), Report)


def test_feedback_without_a_kind_is_for_a_person() -> None:
    raw = b"Content-Type: message/feedback-report\n\nVersion: 1\n"
    assert isinstance(read(raw, INBOX, SECRET, by_program=True), Unclear)

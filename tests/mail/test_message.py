import re
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issues import marks
from digest.mail.message import Message, Parts, build, sender_of
from digest.model import DeliveryId, DeliveryKind, SubscriberId
from digest.settings import FetchSettings, InboxSettings, MailSettings, Settings
from digest.subscribers import tokens
from tests.builders import NOW
from tests.mail.builders import SECRET, delivery, letter, segment, sender


def parse(message: Message) -> EmailMessage:
    return message_from_bytes(message.data, policy=default)


def part(message: Message, kind: str) -> str:
    found = parse(message).get_body((kind,))
    assert found is not None
    return cast(str, found.get_content())


def issue() -> Message:
    return build(delivery(), segment(), sender())


def a_letter(kind: DeliveryKind = DeliveryKind.CONFIRMATION, **words: str) -> Message:
    return build(
        delivery(key="confirmation/17/x", kind=kind, segment=None, letter=letter(**words)),
        None,
        sender(),
    )


def test_the_same_delivery_gives_the_same_bytes() -> None:
    assert issue() == issue()


def test_a_second_attempt_is_the_same_mail() -> None:
    assert build(delivery(attempts=3, epoch=9), segment(), sender()) == issue()


def test_two_readers_get_two_message_ids_and_two_envelope_senders() -> None:
    other = build(
        delivery(id=DeliveryId(6), key="issue/weekly/2026-W47/18", subscriber=SubscriberId(18)),
        segment(),
        sender(),
    )
    assert other.id != issue().id
    assert other.envelope_from != issue().envelope_from


def test_two_installations_do_not_share_message_ids() -> None:
    assert build(delivery(), segment(), sender(secret=b"x" * 32)).id != issue().id


def test_the_html_part_comes_last_and_says_what_the_text_says() -> None:
    parts = [p.get_content_type() for p in parse(issue()).iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert part(issue(), "plain").startswith("日産、国内2工場を閉鎖へ")
    assert "<p>日産</p>" in part(issue(), "html")


def test_the_readers_values_stand_where_the_marks_were() -> None:
    leave = tokens.leave_token(SECRET, SubscriberId(17))
    link = f"mailto:weekly+leave-{leave}@example.org?subject=leave"
    assert f"\r\ntaro@example.com\r\n{link}\r\n" in part(issue(), "plain")
    assert f'href="{link}"' in part(issue(), "html")
    assert not set("\ue000\ue001") & set(part(issue(), "html") + part(issue(), "plain"))


def test_an_address_cannot_become_markup_or_a_mark() -> None:
    hostile = f"<b>&{marks.LEAVE}\"'@example.com"
    built = build(delivery(address=hostile), segment(html=marks.ADDRESS), sender())
    html = part(built, "html").strip()
    assert html == f"&lt;b&gt;&amp;{marks.LEAVE}&quot;&#x27;@example.com"


def test_headers_of_an_issue() -> None:
    parsed = parse(issue())
    assert parsed["From"] == "Kuruma Weekly <weekly@example.org>"
    assert parsed["To"] == "taro@example.com"
    assert parsed["Subject"] == "日産、国内2工場を閉鎖へ：Kuruma Weekly 2026-W47"
    assert parsed["Date"].datetime == NOW
    assert parsed["Date"].endswith("+0900")
    assert re.fullmatch(r"<[a-z2-7]{32}@example\.org>", parsed["Message-ID"])
    assert parsed["List-Id"] == "Kuruma Weekly <weekly.example.org>"
    assert parsed["List-Post"] == "NO"
    assert parsed["Content-Language"] == "ja"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    assert parsed["MIME-Version"] == "1.0"
    # One-click leaving needs an HTTPS address; promising it without one breaks RFC 8058.
    assert "List-Unsubscribe-Post" not in parsed
    assert "Bcc" not in parsed


def test_the_list_unsubscribe_address_carries_this_readers_token() -> None:
    found = re.fullmatch(
        r"<mailto:weekly\+leave-([a-z2-7]{32})@example\.org\?subject=leave>",
        parse(issue())["List-Unsubscribe"],
    )
    assert found is not None
    assert tokens.who_leaves(SECRET, found[1]) == 17


def test_a_bounce_comes_back_with_the_deliverys_token() -> None:
    found = re.fullmatch(r"weekly\+b-([a-z2-7]{32})@example\.org", issue().envelope_from)
    assert found is not None
    assert tokens.what_bounced(SECRET, found[1]) == 5


def test_without_plus_addresses_the_token_travels_in_the_subject() -> None:
    built = build(delivery(), segment(), sender(plus_addressing=False))
    leave = tokens.leave_token(SECRET, SubscriberId(17))
    link = f"mailto:weekly@example.org?subject=leave%20{leave}"
    assert parse(built)["List-Unsubscribe"] == f"<{link}>"
    assert link in part(built, "plain")
    assert built.envelope_from == "weekly@example.org"


def test_a_mailbox_too_long_for_a_token_does_without_plus_addresses() -> None:
    mailbox = f"{'w' * 40}@example.org"
    built = build(delivery(), segment(), sender(mailbox=mailbox))
    assert built.envelope_from == mailbox
    assert "?subject=leave%20" in parse(built)["List-Unsubscribe"]


def test_the_feedback_id_says_nothing_of_the_reader() -> None:
    period, edition, kind, name = parse(issue())["Feedback-ID"].split(":")
    assert (period, edition, kind) == ("2026-W47", "weekly", "issue")
    assert 5 <= len(name) <= 15


def test_a_copy_for_nobody_in_particular_offers_the_mailbox_to_leave() -> None:
    built = build(delivery(subscriber=None), segment(), sender())
    assert "mailto:weekly@example.org?subject=leave" in part(built, "plain")
    assert "List-Unsubscribe" not in parse(built)


def test_a_confirmation_is_no_list_mail() -> None:
    parsed = parse(a_letter(reply_to="weekly+confirm-abc@example.org"))
    assert parsed["Reply-To"] == "weekly+confirm-abc@example.org"
    assert parsed["Auto-Submitted"] == "auto-generated"
    for name in ("List-Id", "List-Unsubscribe", "Precedence", "Feedback-ID"):
        assert name not in parsed


def test_an_alert_is_list_mail_but_not_bulk() -> None:
    parsed = parse(a_letter(DeliveryKind.ALERT))
    assert "List-Unsubscribe" in parsed
    assert parsed["Feedback-ID"].startswith("::alert:")
    assert "Precedence" not in parsed


def test_an_answer_causes_no_answer() -> None:
    built = a_letter(DeliveryKind.ANSWER, in_reply_to="<q@example.com>")
    parsed = parse(built)
    assert built.envelope_from == ""
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert parsed["In-Reply-To"] == parsed["References"] == "<q@example.com>"


def test_a_letter_without_html_is_one_part() -> None:
    built = a_letter()
    assert parse(built).get_content_type() == "text/plain"
    assert part(built, "plain") == "Good morning.\r\n"


def test_a_delivery_with_nothing_to_send_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to send"):
        build(delivery(), None, sender())


def test_a_reply_header_with_a_line_end_is_refused() -> None:
    with pytest.raises(ValueError, match="control character in In-Reply-To"):
        a_letter(DeliveryKind.ANSWER, in_reply_to="<q@example.com>\r\nBcc: all@example.com")


def test_an_address_with_a_line_end_is_refused() -> None:
    with pytest.raises(ValueError, match="control character in To"):
        build(delivery(address="a@example.com\r\nBcc: b@example.com"), segment(), sender())


def test_an_address_in_japanese_is_kept_as_it_is() -> None:
    built = build(delivery(address="太郎@example.jp"), segment(), sender())
    assert "To: 太郎@example.jp\r\n".encode() in built.data


@given(st.text(), st.text(), st.text(max_size=200))
def test_nothing_in_a_segment_breaks_the_message(subject: str, text: str, html: str) -> None:
    data = build(delivery(), segment(subject=subject, text=text, html=html), sender()).data
    assert data.endswith(b"\r\n")
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x00-\x7f]", data)
    parsed = message_from_bytes(data, policy=default)
    assert not parsed.defects
    names = [name for name, _ in parsed.items()]
    assert len(names) == len(set(names)) == 14


def test_it_reads_as_the_standard_librarys_own_message() -> None:
    ours = parse(issue())
    theirs = EmailMessage(policy=SMTP)
    theirs.set_content(part(issue(), "plain"), cte="base64")
    theirs.add_alternative(part(issue(), "html"), subtype="html", cte="base64")
    for name, value in ours.items():
        if name not in {"Content-Type", "MIME-Version"}:
            theirs[name] = value
    again = message_from_bytes(theirs.as_bytes(), policy=default)
    assert [
        (p.get_content_type(), p.get_content_charset(), p["Content-Transfer-Encoding"])
        for p in ours.walk()
    ] == [
        (p.get_content_type(), p.get_content_charset(), p["Content-Transfer-Encoding"])
        for p in again.walk()
    ]
    assert [p.get_content() for p in ours.iter_parts()] == [
        p.get_content() for p in again.iter_parts()
    ]
    assert {n: v for n, v in ours.items() if n != "Content-Type"} == {
        n: v for n, v in again.items() if n != "Content-Type"
    }


def test_a_message_shows_its_words() -> None:
    parts = issue().parts()
    assert parts.text.startswith("日産、国内2工場を閉鎖へ\n\ntaro@example.com\n")
    assert parts.html.startswith("<p>日産</p>")
    assert a_letter().parts() == Parts("Good morning.\n", "")


def test_line_ends_of_any_kind_become_crlf_inside_the_parts() -> None:
    built = build(delivery(), segment(text="one\ntwo\r\nthree\rfour"), sender())
    assert part(built, "plain") == "one\r\ntwo\r\nthree\r\nfour\r\n"


def test_the_sender_comes_from_the_settings(tmp_path: Path) -> None:
    settings = Settings(
        project=tmp_path,
        title="くるま週報",
        zone=ZoneInfo("Asia/Tokyo"),
        language="ja",
        catch_up=NOW - NOW,
        max_stories=30,
        sections=(),
        lexicon=None,
        editions={},
        operator=None,
        mail=MailSettings(from_name="くるま週報", from_address="weekly@example.org"),
        inbox=InboxSettings(maildir=tmp_path, address="box.1@example.net"),
        fetch=FetchSettings(),
        feeds=(),
    )
    made = sender_of(settings, SECRET)
    assert made == sender(title="くるま週報", from_name="くるま週報", mailbox="box.1@example.net")
    assert made.list_id == "box-1.example.net"
    parsed = parse(build(delivery(), segment(), made))
    assert parsed["List-Id"] == "くるま週報 <box-1.example.net>"
    assert parsed["From"].addresses[0].display_name == "くるま週報"


def test_the_date_is_that_of_queueing_in_the_lists_zone() -> None:
    later = delivery(queued_at=datetime.fromisoformat("2026-12-31T23:30:00+00:00"))
    assert parse(build(later, segment(), sender()))["Date"] == "Fri, 01 Jan 2027 08:30:00 +0900"
    assert (
        build(replace(later, attempts=4), segment(), sender()).data
        == build(later, segment(), sender()).data
    )

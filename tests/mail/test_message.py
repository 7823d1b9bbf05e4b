import re
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
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


def test_the_readers_values_stand_where_the_marks_were() -> None:
    leave = tokens.leave_token(SECRET, SubscriberId(17))
    link = f"mailto:weekly+leave-{leave}@example.org?subject=leave"
    assert f"\r\ntaro@example.com\r\n{link}\r\n" in part(issue(), "plain")
    assert f'href="{link}"' in part(issue(), "html")
    assert not set("\ue000\ue001") & set(part(issue(), "html") + part(issue(), "plain"))


def test_the_list_unsubscribe_address_carries_this_readers_token() -> None:
    found = re.fullmatch(
        r"<mailto:weekly\+leave-([a-z2-7]{32})@example\.org\?subject=leave>",
        parse(issue())["List-Unsubscribe"],
    )
    assert found is not None
    assert tokens.who_leaves(SECRET, found[1]) == 17


def test_a_copy_for_nobody_in_particular_offers_the_mailbox_to_leave() -> None:
    built = build(delivery(subscriber=None), segment(), sender())
    assert "mailto:weekly@example.org?subject=leave" in part(built, "plain")
    assert "List-Unsubscribe" not in parse(built)


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


@pytest.mark.parametrize(
    "asked",
    ["<q@example.com>\r\nBcc: all@example.com", "<質問@example.com>", "q", f"<{'q' * 999}@x>", ""],
)
def test_what_is_no_message_id_is_not_answered_by_name(asked: str) -> None:
    parsed = parse(a_letter(DeliveryKind.ANSWER, in_reply_to=asked))
    assert "In-Reply-To" not in parsed
    assert "References" not in parsed
    assert "Bcc" not in parsed


def test_a_reply_address_with_a_line_end_is_refused() -> None:
    with pytest.raises(ValueError, match="control character in Reply-To"):
        a_letter(reply_to="a@example.com\r\nBcc: b@example.com")


@given(st.text(), st.text(), st.text(max_size=200))
def test_nothing_in_a_segment_breaks_the_message(subject: str, text: str, html: str) -> None:
    data = build(delivery(), segment(subject=subject, text=text, html=html), sender()).data
    assert data.endswith(b"\r\n")
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x00-\x7f]", data)
    parsed = message_from_bytes(data, policy=default)
    assert not parsed.defects
    names = [name for name, _ in parsed.items()]
    assert len(names) == len(set(names)) == 18


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


# --- links to pages -----------------------------------------------------------------------------

PAGES = "https://weekly.example.org"
LINKED = segment(text=f"{marks.PREFERENCES}\n{marks.VIEW}\n", html="<p>")


def test_a_reader_gets_links_to_their_preferences_and_to_the_issue() -> None:
    text = part(build(delivery(), LINKED, sender(public_url=PAGES)), "plain")
    preferences, view = text.split()
    token = preferences.removeprefix(f"{PAGES}/p/")
    assert tokens.whose_preferences(SECRET, token, NOW) == 17
    assert tokens.which_segment(SECRET, view.removeprefix(f"{PAGES}/v/")) == 3


def test_a_copy_for_nobody_in_particular_links_to_pages_for_everybody() -> None:
    built = build(delivery(subscriber=None, segment=None), LINKED, sender(public_url=PAGES))
    assert part(built, "plain").split() == [f"{PAGES}/about", f"{PAGES}/archive/"]


def test_links_of_a_segment_lead_to_the_mailbox_once_the_pages_are_gone() -> None:
    text = part(build(delivery(), LINKED, sender()), "plain")
    assert text.split() == [
        "mailto:weekly@example.org?subject=status",
        "mailto:weekly@example.org?subject=help",
    ]


def test_pages_without_tls_are_no_one_click_address() -> None:
    built = parse(build(delivery(), segment(), sender(public_url="http://127.0.0.1:8025")))
    assert "List-Unsubscribe-Post" not in built
    assert "http:" not in built["List-Unsubscribe"]
    assert built["List-Archive"] == "<http://127.0.0.1:8025/archive/>"

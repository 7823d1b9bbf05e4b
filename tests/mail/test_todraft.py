"""Which draft a mail answers: by a Message-ID that we signed, and by nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.issues.answers import Hold
from digest.issues.orders import Ordered
from digest.mail.inbox import Ignored, understand
from digest.mail.parts import headers_of
from digest.mail.todraft import Draft, ReplyToDraft, answered_draft, can_reply, reply_address
from digest.model import StoryId
from digest.settings import InboxSettings
from digest.stories.corrections import Exclude
from digest.subscribers.addresses import normalise
from digest.subscribers.bymail import MailToUs
from digest.subscribers.reading import Author, Proof
from digest.subscribers.tokens import message_token
from tests.mail.builders import SECRET

SETTINGS = InboxSettings(
    maildir=Path("inbox"), address="weekly@example.org", sender="news@example.org", named=True
)
EDITOR = "editor@example.org"


def signed(key: str, secret: bytes = SECRET) -> str:
    return f"<{message_token(secret, key)}@example.org>"


OURS = signed("draft/weekly/2026-W47")


def reply(*headers: str) -> bytes:
    body = "hold\n\nOn Sun, 15 Nov 2026, Kuruma wrote:\n> exclude 3\n"
    lines = [f"From: Editor <{EDITOR}>", "To: weekly@example.org", *headers, "", body]
    return "\r\n".join(lines).encode()


def answered(*headers: str) -> Draft | None:
    return answered_draft(headers_of(reply(*headers)), SETTINGS, SECRET)


def test_a_reply_is_read_with_its_draft_its_author_and_what_it_says() -> None:
    found = understand(reply(f"In-Reply-To: {OURS}", "Message-ID: <1@x>"), SETTINGS, SECRET)
    assert isinstance(found, ReplyToDraft)
    assert found.draft == Draft("weekly", "2026-W47")
    assert found.said == (Ordered("hold", Hold()),)
    assert found.author == Author(EDITOR, Proof.NONE)
    assert found.message_id == "<1@x>"


@pytest.mark.parametrize(
    "header",
    [
        f"In-Reply-To: {OURS}",
        f"in-reply-to: Your message of Sunday {OURS}",
        f"References: {OURS}",
        f"References: <a@b>\r\n {OURS}\r\n <c@d>",
        f"In-Reply-To: <c@d>\r\nReferences: {OURS} <c@d>",
        f"In-Reply-To: {signed('draft/weekly/2026-W47/0123456789ab')}",  # of what we answered
    ],
)
def test_it_is_known_by_any_header_that_names_it(header: str) -> None:
    assert answered(header) == Draft("weekly", "2026-W47")


def test_it_is_known_by_the_address_that_the_draft_asks_for_a_reply_to() -> None:
    """Some mail servers put a Message-ID of their own in the place of ours."""
    address = reply_address("draft/weekly/2026-W47", SETTINGS, SECRET)
    assert address.startswith("weekly+d-")
    assert address == normalise(address)
    for header in (f"To: The list <{address}>", f"Delivered-To: {address.replace('w', 'W', 1)}"):
        assert answered(header, "In-Reply-To: <0102@email.amazonses.com>") == Draft(
            "weekly", "2026-W47"
        )
    assert answered(f"To: {address.replace('W47', 'W48')}") is None
    assert answered(f"To: {address.replace('example.org', 'example.com')}") is None


def test_an_address_without_room_for_a_token_is_the_mailbox() -> None:
    name = "an-edition-with-a-very-long-name"
    assert reply_address(f"draft/{name}/2026-11-16", SETTINGS, SECRET) == SETTINGS.address
    without = replace(SETTINGS, plus_addressing=False)
    assert reply_address("draft/weekly/2026-W47", without, SECRET) == SETTINGS.address


def test_of_several_the_newest_counts() -> None:
    later = signed("draft/weekly/2026-W48")
    assert answered(f"References: {OURS} {later}") == Draft("weekly", "2026-W48")
    assert answered(f"In-Reply-To: {OURS}", f"References: {later}") == Draft("weekly", "2026-W47")


@pytest.mark.parametrize(
    "header",
    [
        "To: weekly+d-aaaaaaaaaaaaaaaa.draft=weekly=2026-W47@example.org",
        "Subject: Re: Draft of weekly 2026-W47",
        f"In-Reply-To: {signed('draft/weekly/2026-W47', b'another' * 5)}",
        f"In-Reply-To: {signed('issue/weekly/2026-W47/17')}",
        f"In-Reply-To: {OURS.replace('W47', 'W48')}",
        f"In-Reply-To: {signed('draft/weekly')}",
        "In-Reply-To: <draft/weekly/2026-W47@example.org>",
        "In-Reply-To: <<>>",
        f"X-Reference: {OURS}",
    ],
)
def test_nothing_else_is_a_reply_to_a_draft(header: str) -> None:
    assert answered(header) is None
    assert isinstance(understand(reply(header), SETTINGS, SECRET), MailToUs)


# What Gmail, Outlook, a phone, mutt and others make of orders above a draft that has words, too.
ORDERS = "hold\nexclude 3\n"
GMAIL = """<div dir="ltr">hold<br>exclude 3</div><br><div class="gmail_quote"><div>On Mon, 16 Nov
2026 at 06:00, Kuruma Weekly &lt;a@b.jp&gt; wrote:<br></div><blockquote class="gmail_quote">
<div>approve</div></blockquote></div>"""
OUTLOOK = """<div>hold</div><div>exclude 3</div><hr><div id="divRplyFwdMsg"><b>From:</b> Kuruma
</div><div>approve</div>"""
HEADERS = "From: Kuruma\nSent: Monday\nTo: Editor\nSubject: Draft of weekly 2026-W47"
BODIES = [
    ("html", GMAIL),
    ("html", OUTLOOK),
    ("plain", f"{ORDERS}\n-----Original Message-----\n{HEADERS}\n\napprove\n"),
    (
        "plain",
        f"{ORDERS}\niPhoneから送信\n\n2026/11/16 6:00、Kuruma <a@b.jp>のメール:\n\n> approve\n",
    ),
    ("plain", f"{ORDERS}\nOn Mon, Nov 16, 2026, Kuruma wrote:\n> approve\n-- \nMe\n"),
    ("plain", f"{ORDERS}\nDraft of weekly 2026-W47: Nissan\n\n  approve\n"),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_what_a_program_quotes_below_a_reply_is_no_order(kind: str, body: str) -> None:
    head = f"From: {EDITOR}\nIn-Reply-To: {OURS}\nContent-Type: text/{kind}; charset=utf-8\n\n"
    found = understand((head + body).encode(), SETTINGS, SECRET)
    assert isinstance(found, ReplyToDraft)
    said = [each.order for each in found.said if isinstance(each, Ordered)]
    assert said == [Hold(), Exclude(story=StoryId(3))]
    assert len(found.said) == 2


@pytest.mark.parametrize(
    "sign", ["Auto-Submitted: auto-replied", "Precedence: bulk", "Subject: Out of office: Draft"]
)
def test_a_program_that_answers_a_draft_is_not_heard(sign: str) -> None:
    found = understand(reply(f"In-Reply-To: {OURS}", sign), SETTINGS, SECRET)
    assert isinstance(found, Ignored)


@given(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=300))
def test_no_header_at_all_makes_another_draft_of_it(words: str) -> None:
    raw = b"In-Reply-To: " + words.encode(errors="surrogatepass") + b"\r\n"
    raw += b"References: <" + words.encode(errors="surrogatepass") + b">\r\n\r\n"
    assert answered_draft(headers_of(raw), SETTINGS, SECRET) is None


def test_a_reply_works_where_mail_arrives_from_a_person() -> None:
    assert can_reply(EDITOR, SETTINGS)
    assert not can_reply(None, SETTINGS)
    assert not can_reply(EDITOR, replace(SETTINGS, named=False))  # nothing is said of a mailbox
    for taken in ("news@example.org", "Weekly+editor@example.org", "root@example.org"):
        assert not can_reply(taken, SETTINGS)  # its mail is taken for a program's

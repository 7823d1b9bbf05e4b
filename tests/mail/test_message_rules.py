"""The rules that big receivers and the standards set for our mail, each checked on real messages.

`ELSEWHERE` names those that no test of a message can check, and why. The numbers are our own.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from email.policy import SMTP, compat32, default
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from digest.config import load
from digest.errors import ConfigError
from digest.issues import marks
from digest.issues.render import Renderer
from digest.mail.headers import one_line, text_header
from digest.mail.message import Message, Sender, build, fill, key_of, prepare
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Letter,
    Segment,
    SegmentId,
    SubscriberId,
)
from digest.shipped import TEMPLATES
from digest.subscribers import tokens
from tests.builders import NOW
from tests.issues.builders import Names, headline, issue, issue_story, settings
from tests.mail.builders import SECRET, delivery, letter, segment, sender
from tests.mail.rfc2047 import read

ELSEWHERE = {
    1: "SPF, DKIM and DMARC are records in DNS and signatures of the mail server",
    2: "whom Gmail calls a bulk sender is counted there; we keep its rules from the first message",
    3: "what an answer about authentication means is tested with the answers (test_replies.py)",
    4: "the share of complaints is measured by the receivers",
    10: "the server's name, PTR and TLS are the mail server's",
}

PAGES = "https://weekly.example.org"
MANY = "トヨタ、<米関税>で通期見通しを下方修正 & EV計画は「維持」㈱①🚗"
LETTERS = {
    DeliveryKind.CONFIRMATION: letter(subject="Kuruma Weekly 購読の確認", language="ja"),
    DeliveryKind.ANSWER: letter(in_reply_to="<q@example.com>"),
    DeliveryKind.NOTICE: letter(subject="A feed has been broken since Monday"),
    DeliveryKind.ALERT: letter(subject=MANY, html=f"<p>{MANY}</p>{marks.LEAVE}", language="ja"),
}
RENDERER = Renderer([TEMPLATES])


def an_issue(language: str) -> Segment:
    """An issue of four stories as the shipped templates render it."""
    stories = [
        issue_story(n, headlines=(headline(language, n, title=f"{MANY} {n}"),)) for n in range(1, 5)
    ]
    made = RENDERER.segment(
        issue(*stories), Choice(language=language), settings=settings(), names=Names()
    )
    return made.segment


SEGMENTS = {language: an_issue(language) for language in ("en", "ja")}


def to_reader(kind: DeliveryKind = DeliveryKind.ISSUE, **given: Any) -> Delivery:
    words = None if kind is DeliveryKind.ISSUE else LETTERS[kind]
    key = "issue/weekly/2026-W47/17" if words is None else f"{kind}/17/0123456789abcdef"
    part = SegmentId(3) if words is None else None
    return delivery(**({"kind": kind, "key": key, "letter": words, "segment": part} | given))


def made(kind: DeliveryKind = DeliveryKind.ISSUE, language: str = "ja", **given: Any) -> Message:
    part = SEGMENTS[language] if kind is DeliveryKind.ISSUE else None
    return build(to_reader(kind), part, sender(**given))


SENDERS: list[dict[str, Any]] = [
    {"public_url": pages, "plus_addressing": plus, "bounces": bounces}
    for pages, plus, bounces in product((None, PAGES), (True, False), (None, "bounces@example.org"))
]
FEW = [SENDERS[0], SENDERS[1], SENDERS[-2]]
ALL = [made(kind, **given) for kind in DeliveryKind for given in FEW] + [
    made(language="en", from_name="くるま週報", title="くるま週報", **given) for given in FEW
]
TO_READERS = (DeliveryKind.ISSUE, DeliveryKind.ALERT)
TO_ONE = tuple(kind for kind in DeliveryKind if kind not in TO_READERS)


def parse(message: Message) -> EmailMessage:
    return message_from_bytes(message.data, policy=default)


def header_lines(message: Message) -> list[str]:
    """The headers as they are sent, folds and all."""
    head = message.data.partition(b"\r\n\r\n")[0].decode()
    return re.split(r"\r\n(?![ \t])", head)


def test_every_rule_is_checked_or_said_why_not() -> None:
    checked = {int(m[1]) for name in globals() if (m := re.match(r"test_rule_(\d\d)_", name))}
    assert checked | ELSEWHERE.keys() == set(range(1, 28))
    assert checked.isdisjoint(ELSEWHERE)


@pytest.mark.parametrize("kind", TO_READERS)
def test_rule_05_one_click_where_there_is_a_page_to_post_to(kind: DeliveryKind) -> None:
    parsed = parse(made(kind, public_url=PAGES))
    first, second = re.findall(r"<(\S+)>", parsed["List-Unsubscribe"])
    token = tokens.leave_token(SECRET, SubscriberId(17))
    assert first == f"{PAGES}/u/{token}"
    assert second.startswith("mailto:")
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["List-Unsubscribe"].count("https:") == 1


@pytest.mark.parametrize("kind", DeliveryKind)
def test_rule_05_no_promise_of_one_click_without_a_page(kind: DeliveryKind) -> None:
    assert "List-Unsubscribe-Post" not in parse(made(kind, public_url=None))


@pytest.mark.parametrize("given", SENDERS)
@pytest.mark.parametrize("kind", TO_READERS)
def test_rule_06_leaving_by_mail_is_always_offered(
    kind: DeliveryKind, given: dict[str, Any]
) -> None:
    value = parse(made(kind, **given))["List-Unsubscribe"]
    token = tokens.leave_token(SECRET, SubscriberId(17))
    way = f"weekly+leave-{token}@example.org?subject=leave"
    if not given["plus_addressing"]:
        way = f"weekly@example.org?subject=leave%20{token}"
    assert value.endswith(f"<mailto:{way}>")


@pytest.mark.parametrize("message", ALL)
def test_rule_07_what_a_server_signs_is_there_and_once(message: Message) -> None:
    names = [name.lower() for name, _ in parse(message).items()]
    assert len(names) == len(set(names))
    signed = {"from", "to", "subject", "date", "message-id", "reply-to", "mime-version"}
    assert signed | {"content-type", "auto-submitted"} <= set(names)
    list_mail = {"list-id", "list-unsubscribe", "feedback-id"}
    assert list_mail <= set(names) or list_mail.isdisjoint(names)


@pytest.mark.parametrize("message", ALL)
def test_rule_08_mail_comes_from_one_fixed_address(message: Message) -> None:
    (found,) = parse(message)["From"].addresses
    assert found.addr_spec == "weekly@example.org"


@pytest.mark.parametrize(
    "address", ["w@gmail.com", "w@yahoo.co.jp", "w@icloud.com", "w@outlook.com", "w@docomo.ne.jp"]
)
def test_rule_08_a_free_providers_address_is_refused_at_configuration(
    tmp_path: Path, address: str
) -> None:
    text = f"[mail]\nfrom = 'Weekly <{address}>'\nsmtp = 'smtp://mail.example.org'\n"
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mail\.from"):
        load(tmp_path, {})


@pytest.mark.parametrize("message", ALL)
def test_rule_09_nothing_that_only_servers_and_forwarders_add(message: Message) -> None:
    names = {name.lower() for name, _ in parse(message).items()}
    others = {"dkim-signature", "received", "return-path", "sender", "authentication-results"}
    assert names.isdisjoint(others)
    assert not any(name.startswith(("arc-", "x-")) for name in names)


@pytest.mark.parametrize("kind", TO_READERS)
def test_rule_11_list_headers_of_list_mail(kind: DeliveryKind) -> None:
    parsed = parse(made(kind))
    assert parsed["List-Id"] == "Kuruma Weekly <weekly.example.org>"
    assert parsed["List-Help"] == "<mailto:weekly@example.org?subject=help>"
    assert parsed["List-Subscribe"] == "<mailto:weekly@example.org?subject=subscribe>"
    assert parsed["List-Owner"] == "<mailto:weekly@example.org>"
    assert parsed["List-Post"] == "NO"


def test_rule_11_the_lists_name_stays_when_its_title_or_its_sender_changes() -> None:
    other = sender(
        title="くるま週報", from_name="A", from_address="a@example.net", public_url=PAGES
    )
    assert other.list_id == sender().list_id


@pytest.mark.parametrize("kind", TO_ONE)
def test_rule_11_a_letter_to_one_person_has_no_list_headers(kind: DeliveryKind) -> None:
    names = {name.lower() for name, _ in parse(made(kind, public_url=PAGES)).items()}
    assert not any(name.startswith("list-") for name in names)
    assert names.isdisjoint({"precedence", "feedback-id"})


@pytest.mark.parametrize("kind", DeliveryKind)
def test_rule_12_programs_are_told_not_to_answer(kind: DeliveryKind) -> None:
    parsed = parse(made(kind))
    word = "auto-replied" if kind is DeliveryKind.ANSWER else "auto-generated"
    assert parsed["Auto-Submitted"] == word
    assert parsed["Precedence"] == ("bulk" if kind is DeliveryKind.ISSUE else None)


@pytest.mark.parametrize("kind", DeliveryKind)
def test_rule_13_a_repeat_is_the_same_mail(kind: DeliveryKind) -> None:
    part = SEGMENTS["ja"] if kind is DeliveryKind.ISSUE else None
    repeat = replace(to_reader(kind), attempts=7, epoch=9, first_attempt=NOW)
    assert build(repeat, part, sender()) == made(kind)
    template = prepare(part or LETTERS[kind], kind, sender())
    assert fill(template, repeat, sender()) == made(kind)


def test_rule_13_every_delivery_has_a_name_of_its_own() -> None:
    # A restored backup gives numbers once more: another key must make another Message-ID.
    keys = ["notice/17", "notice/17.1", "notice/18", "copy/a@example.com", "copy/b@example.com"]
    one = [build(to_reader(DeliveryKind.NOTICE, key=key), None, sender()).id for key in keys]
    other = build(to_reader(DeliveryKind.NOTICE, key=keys[0], id=DeliveryId(99)), None, sender())
    assert len(set(one)) == len(keys)
    assert other.id == one[0]


def test_rule_13_the_message_id_leads_back_to_the_delivery() -> None:
    assert re.fullmatch(r"[a-z2-7]{16}\.issue=weekly=2026-W47=17@example\.org", made().id)
    assert key_of(SECRET, parse(made())["Message-ID"]) == "issue/weekly/2026-W47/17"
    assert key_of(SECRET, f" <{made().id}> ") == key_of(SECRET, made().id) == to_reader().key
    assert key_of(SECRET, made(secret=b"another" * 4).id) is None
    assert key_of(SECRET, "<someone@example.com>") is None


@pytest.mark.parametrize("given", SENDERS)
def test_rule_14_a_bounce_comes_back_with_a_token(given: dict[str, Any]) -> None:
    message = made(**given)
    token = tokens.bounce_token(SECRET, to_reader().id)
    match given["plus_addressing"], given["bounces"]:
        case True, None:
            wanted = f"weekly+b-{token}@example.org"
        case True, _:
            wanted = f"bounces+{token}@example.org"
        case _, None:
            wanted = "weekly@example.org"
        case _:
            wanted = "bounces@example.org"
    assert message.envelope_from == wanted
    assert len(message.envelope_from.partition("@")[0]) <= 64
    assert "taro" not in message.envelope_from


@pytest.mark.parametrize("bounces", [None, f"{'b' * 40}@example.org"])
def test_rule_14_a_local_part_over_64_octets_is_never_made(bounces: str | None) -> None:
    message = made(mailbox=f"{'w' * 40}@example.org", bounces=bounces)
    assert message.envelope_from == (bounces or f"{'w' * 40}@example.org")


@pytest.mark.parametrize("kind", DeliveryKind)
def test_rule_15_only_answers_have_the_null_sender(kind: DeliveryKind) -> None:
    assert (made(kind).envelope_from == "") == (kind is DeliveryKind.ANSWER)


@pytest.mark.parametrize("kind", TO_READERS)
def test_rule_16_complaints_are_counted_by_issue_and_list(kind: DeliveryKind) -> None:
    here, there = (
        parse(build(to_reader(kind, **who), SEGMENTS["ja"], sender()))["Feedback-ID"]
        for who in ({}, {"address": "b@example.com", "subscriber": SubscriberId(18)})
    )
    *_, name, number = here.split(":")
    assert here == there
    assert here.count(":") == 3
    assert name == kind
    assert re.fullmatch(r"[a-z2-7]{5,15}", number)


@pytest.mark.parametrize("message", ALL)
def test_rule_17_date_recipient_reply_and_language(message: Message) -> None:
    parsed = parse(message)
    assert parsed["Date"].datetime == NOW
    assert parsed["Date"].endswith("+0900")
    assert parsed["To"] == message.recipient == "taro@example.com"
    assert parsed["Reply-To"] == "weekly@example.org"
    assert parsed["Content-Language"] in {"en", "ja"}
    assert {"bcc", "cc"}.isdisjoint(name.lower() for name, _ in parsed.items())


JAPANESE = "日本車トヨタ自動車ホンダ、。「」関税①㈱ー・〜１２％年度é…—"
EMOJI = ["🚗", "👨‍👩‍👧", "🇯🇵", "❤️"]
ENGLISH = ["Nissan", "to", "close", "plants;", "EV's", "a:b", "<x>", "12%", "naïve", "=?", "?="]


def titles(seed: int) -> Iterator[str]:
    chance = Random(seed)  # noqa: S311  # the same titles every time
    for _ in range(3000):
        words = [
            chance.choice([*ENGLISH, *EMOJI])
            if chance.random() < 0.5
            else "".join(chance.choices(JAPANESE, k=chance.randint(1, 14)))
            for _ in range(chance.choice([1, 3, 8, 25, 60]))
        ]
        yield "".join(word + " " * (chance.random() < 0.5) for word in words)


@pytest.mark.parametrize("seed", [1, 2])
def test_rule_18_no_title_is_damaged(seed: int) -> None:
    for title in titles(seed):
        assert read(text_header("Subject", title)) == one_line(title)


@effort(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_rule_18_no_text_is_damaged(title: str) -> None:
    built = build(to_reader(), segment(subject=title), sender())
    (line,) = [line for line in header_lines(built) if line.startswith("Subject:")]
    assert read(line) == one_line(title)


@pytest.mark.parametrize(
    "name", ["くるま週報", "自動車業界週報編集部です。", "日本の自動車業界の一週間"]
)
def test_rule_19_a_usual_japanese_name_is_one_encoded_word(name: str) -> None:
    built = build(to_reader(), SEGMENTS["ja"], sender(from_name=name))
    (line,) = [line for line in header_lines(built) if line.startswith("From:")]
    assert line.count("=?") == 1
    assert parse(built)["From"].addresses[0].display_name == name


@given(st.text(max_size=80))
def test_rule_19_no_name_is_damaged(name: str) -> None:
    built = build(to_reader(), SEGMENTS["ja"], sender(from_name=name))
    (line,) = [line for line in header_lines(built) if line.startswith("From:")]
    said = read(line).removesuffix("<weekly@example.org>").strip()
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', said)
    assert (re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else said) == one_line(name)


@pytest.mark.parametrize("message", ALL)
def test_rule_20_neither_parser_finds_a_defect(message: Message) -> None:
    for policy in (default, compat32):
        parsed = message_from_bytes(message.data, policy=policy)
        assert [part.defects for part in parsed.walk()] == [[] for _ in parsed.walk()]


def theirs(words: Letter, of: Message) -> EmailMessage:
    """The same mail as the standard library builds it.

    Its folding damages Japanese subjects, so it may not fold.
    """
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    for wanted, text in (("plain", words.text), ("html", words.html)):
        if text is not None:
            add = mail.set_content if wanted == "plain" else mail.add_alternative
            add(text.replace("\r\n", "\n").replace("\r", "\n"), subtype=wanted, cte="base64")
    for name, value in parse(of).items():
        if name not in mail and name != "Subject":
            mail[name] = value
    mail["Subject"] = one_line(words.subject)
    return message_from_bytes(mail.as_bytes(), policy=default)


def shape(mail: EmailMessage) -> list[tuple[object, ...]]:
    return [
        (
            part.get_content_type(),
            part.get_content_charset(),
            part["Content-Transfer-Encoding"],
            None if part.is_multipart() else part.get_content(),
        )
        for part in mail.walk()
    ]


def headers(mail: EmailMessage) -> dict[str, str]:
    return {name: str(value) for name, value in mail.items() if name != "Content-Type"}


BODIES = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(["日産", "EV ", "\r\n", "\n", "\r", ".\n", "x" * 57, "🚗"])).map(
        "".join
    ),
)


@effort(max_examples=150, deadline=None)
@given(
    st.builds(Letter, subject=st.text(max_size=90), text=BODIES, html=st.none() | BODIES),
    st.sampled_from(DeliveryKind),
    st.sampled_from(SENDERS),
)
def test_rule_20_it_reads_as_what_the_standard_library_builds(
    words: Letter, kind: DeliveryKind, given: dict[str, Any]
) -> None:
    mine = build(
        to_reader(kind, letter=words, key="issue/weekly/2026-W47/17"), None, sender(**given)
    )
    other = theirs(words, mine)
    assert shape(parse(mine)) == shape(other)
    assert headers(parse(mine)) == headers(other)
    assert parse(mine)["Subject"] == one_line(words.subject)


@pytest.mark.parametrize("message", ALL)
def test_rule_21_utf_8_is_the_only_character_set(message: Message) -> None:
    charsets = re.findall(rb'(?:charset="|=\?)([A-Za-z0-9_-]+)', message.data)
    assert {charset.lower() for charset in charsets} == {b"utf-8"}


def test_rule_21_no_character_is_replaced_by_a_like_one() -> None:
    assert "㈱①🚗" in made().parts().html
    # U+FA19 is how some people write their names; composing it gives another character.
    assert (
        "神\ufa19 か\u3099"
        in build(to_reader(), segment(text="神\ufa19 か\u3099"), sender()).parts().text
    )


@pytest.mark.parametrize("message", ALL)
def test_rule_22_every_text_part_is_base64(message: Message) -> None:
    leaves = [part for part in parse(message).walk() if not part.is_multipart()]
    assert {part["Content-Transfer-Encoding"] for part in leaves} == {"base64"}
    for part in leaves:
        lines = str(part.get_payload()).splitlines()
        assert all(re.fullmatch(r"[A-Za-z0-9+/]{1,76}={0,2}", line) for line in lines)
        assert all(len(line) <= 76 and len(line) % 4 == 0 for line in lines)
        assert not any(line.endswith("=") for line in lines[:-1])


@pytest.mark.parametrize("message", ALL)
def test_rule_23_lines_are_short_and_end_in_crlf(message: Message) -> None:
    assert message.data.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.data)
    for line in message.data.decode().split("\r\n"):
        assert len(line.encode()) <= 998
        # Longer ones have no space to fold at: an address, a Message-ID, a link.
        assert len(line) <= 78 or re.fullmatch(r"(\S+:)? ?\S+", line)


@pytest.mark.parametrize("kind", [DeliveryKind.ISSUE, DeliveryKind.ALERT])
def test_rule_24_plain_text_first_and_html_last(kind: DeliveryKind) -> None:
    parsed = parse(made(kind))
    assert parsed.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in parsed.iter_parts()]
    assert parts == ["text/plain", "text/html"]


@pytest.mark.parametrize("message", ALL)
def test_rule_25_no_flowed_text_and_links_on_lines_of_their_own(message: Message) -> None:
    assert b"format=flowed" not in message.data.lower()
    for line in message.parts().text.splitlines():
        if "://" in line or "mailto:" in line:
            assert re.fullmatch(r"\s*<?\S+>?", line)


@pytest.mark.parametrize("language", SEGMENTS)
def test_rule_26_the_list_is_named_in_mixed_case(language: str) -> None:
    parsed = parse(made(language=language))  # the subject leaves it out for a long headline
    assert "Kuruma Weekly" in str(parsed["From"]) + str(parsed["Subject"])


def test_rule_27_a_japanese_domain_becomes_ascii() -> None:
    built = build(to_reader(address="taro@日本車.jp"), SEGMENTS["ja"], sender())
    assert built.recipient == parse(built)["To"] == "taro@xn--wgv71al38f.jp"
    assert not built.smtputf8


def test_rule_27_only_an_address_in_japanese_needs_smtputf8() -> None:
    built = build(to_reader(address="太郎@日本車.jp"), SEGMENTS["ja"], sender())
    assert built.recipient == "太郎@xn--wgv71al38f.jp"
    assert built.smtputf8
    assert "To: 太郎@xn--wgv71al38f.jp\r\n".encode() in built.data


@pytest.mark.parametrize("message", ALL)
def test_rule_27_all_other_mail_is_ascii(message: Message) -> None:
    assert not message.smtputf8
    assert message.data.isascii()


def test_rule_27_so_does_a_mailbox_of_ours_in_japanese() -> None:
    built = made(from_address="週報@example.org", mailbox="週報@example.org")
    assert built.smtputf8
    assert "From: Kuruma Weekly <週報@example.org>\r\n".encode() in built.data
    links = [value for name, value in parse(built).items() if name.startswith("List-")]
    assert all(value.isascii() for value in links)


# --- what no number stands for: one recipient, and no way out of a header or a body ---------------


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com, b@example.com",
        "a,b@example.com",
        '"a, b" <c@example.com>',
        '"a" b@example.com',
        "a@example.com\r\nBcc: b@example.com",
        "a\x00@example.com",
        "a@example.com>",
        "<a@example.com>,<b@example.com",
        "a@example.com ORCPT=x",
        "a@b@example.com",
        "group: a@example.com;",
        "a(comment)@example.com",
        "太郎@例え.jp, b@example.com",
        "a@example..com",
        "",
    ],
)
def test_an_address_never_becomes_two(address: str) -> None:
    with pytest.raises(ValueError, match="not one address"):
        build(to_reader(address=address), SEGMENTS["ja"], sender())


@given(st.text(max_size=30), st.sampled_from(["", "@example.com", "@例え.jp"]))
def test_what_passes_as_an_address_is_one(local: str, domain: str) -> None:
    try:
        built = build(to_reader(address=local + domain), SEGMENTS["ja"], sender())
    except ValueError:
        return
    parsed = message_from_string(built.data.decode(), policy=default)
    (found,) = parsed["To"].addresses
    assert found.addr_spec == built.recipient
    assert not re.search(r"[\s<>,;\x00-\x1f]", built.recipient)


NASTY = [
    "\r\nBcc: all@example.com",
    "\n.\nMAIL FROM:<x@example.com>\n",
    "\r.\r",
    "\x00",
    "\u2028X: y",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_no_word_of_ours_or_theirs_leaves_its_place(nasty: str) -> None:
    text = f"a{nasty}b"
    part = segment(subject=text, text=text, html=text)
    built = build(to_reader(), part, sender(title=text, from_name=text))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00|\r\n\.", built.data)
    names = [name for name, _ in parse(built).items()]
    assert names == [name for name, _ in parse(made()).items()]


def test_an_address_is_neither_markup_nor_a_mark() -> None:
    address = f"o'b&c{marks.LEAVE}@example.com"
    with pytest.raises(ValueError, match="not one address"):
        build(to_reader(address=address), SEGMENTS["ja"], sender())
    built = build(to_reader(address="o'b&c@example.com"), segment(html=marks.ADDRESS), sender())
    assert built.parts().html == "o&#x27;b&amp;c@example.com\n"


@given(st.lists(st.sampled_from([*marks.ALL, "あ", "ab", "\n", "x" * 57, ""]), max_size=12))
def test_values_stand_right_wherever_the_marks_are(pieces: list[str]) -> None:
    text = "".join(pieces)
    built = build(to_reader(), segment(text=text, html=text), sender(public_url=PAGES))
    wanted = text
    for mark, value in {
        marks.ADDRESS: "taro@example.com",
        marks.LEAVE: f"{PAGES}/u/{tokens.leave_token(SECRET, SubscriberId(17))}",
        marks.PREFERENCES: f"{PAGES}/p/{tokens.preferences_token(SECRET, SubscriberId(17), NOW)}",
        marks.VIEW: f"{PAGES}/v/{tokens.view_token(SECRET, SegmentId(3))}",
    }.items():
        wanted = wanted.replace(mark, value)
    assert built.parts().text == built.parts().html == wanted.removesuffix("\n") + "\n"


def test_all_readers_of_a_segment_share_a_template() -> None:
    ours: Sender = sender()
    template = prepare(SEGMENTS["ja"], DeliveryKind.ISSUE, ours)
    for number in range(1, 40):
        reader = to_reader(
            key=f"issue/weekly/2026-W47/{number}",
            subscriber=SubscriberId(number),
            address=f"{'r' * number}@example.com",
        )
        built = fill(template, reader, ours)
        assert built == build(reader, SEGMENTS["ja"], ours)
        assert f"{'r' * number}@example.com" in built.parts().html

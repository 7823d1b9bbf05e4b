"""How people's mail programs write what they mean: one row for each habit, in both languages."""

import base64
import quopri
from dataclasses import dataclass
from datetime import date, timedelta
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.body import written
from digest.mail.parts import header_addresses, header_text, headers_of
from digest.mail.reports import RECIPIENT_HEADERS
from digest.subscribers.commands import (
    Change,
    Command,
    Companies,
    Confirm,
    Decline,
    Help,
    Language,
    Leave,
    Pause,
    Resume,
    Rhythm,
    Setting,
    Show,
    Subscribe,
    Topics,
)
from digest.subscribers.reading import MailRequest, read_request

MAILBOX = "weekly@example.org"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"  # noqa: S105  # opens nothing
TO_CONFIRM = f"weekly+confirm-{TOKEN}@example.org"
WEEK = timedelta(weeks=1)


def understood(raw: bytes) -> MailRequest:
    headers = headers_of(raw)
    wrote = written(raw)
    return read_request(
        header_addresses(headers, *RECIPIENT_HEADERS),
        header_text(headers, "Subject"),
        wrote.lines,
        wrote.whole,
        MAILBOX,
    )


def plain(
    body: str, *, subject: str = "", to: str = MAILBOX, charset: str = "utf-8", raw: bool = False
) -> bytes:
    """A mail with one text part; `raw`: 8-bit as it is, as no standard allowed for long."""
    encoded = body.replace("\n", "\r\n").encode(charset)
    way, text = ("8bit", encoded) if raw else ("base64", base64.encodebytes(encoded))
    if charset == "iso-2022-jp":
        way, text = "7bit", encoded
    titled = subject if subject.isascii() else Header(subject, charset).encode()
    head = (
        f"From: taro@example.com\r\nTo: {to}\r\nSubject: {titled}\r\n"
        f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {way}\r\n\r\n"
    )
    return head.encode() + text


def html(body: str, *, subject: str = "", to: str = MAILBOX, charset: str = "utf-8") -> bytes:
    head = (
        f"From: taro@example.com\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Content-Type: text/html; charset={charset}\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + quopri.encodestring(body.encode(charset))


def both(text: str, markup: str, *, subject: str = "", to: str = MAILBOX) -> bytes:
    head = (
        f"From: taro@example.com\r\nTo: {to}\r\nSubject: {subject}\r\n"
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    )
    parts = "".join(
        f"--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
        for kind, body in (("plain", text), ("html", markup))
    )
    return f"{head}{parts}--b--\r\n".encode()


@dataclass(frozen=True)
class Row:
    """One habit."""

    client: str
    mail: bytes
    command: Command
    settings: tuple[Setting, ...] = ()
    unclear: tuple[int, ...] = ()  # the numbers of lines


# --- our confirmation mail, as each program quotes it --------------------------------------------

ASKED = f"Somebody, probably you, asked for Kuruma Weekly.\nsubscribe\nhelp\n{TO_CONFIRM}"
QUOTED = "".join(f"> {line}\n" for line in ASKED.splitlines())
RE = "Re: Kuruma Weekly: please confirm"
JA_RE = "Re: 自動車週報 購読の確認"

CONFIRMATIONS = [
    Row("Gmail, empty above the quote", plain(
        f"\n\nOn Mon, Nov 16, 2026 at 7:00 AM Kuruma Weekly <{MAILBOX}>\nwrote:\n\n{QUOTED}",
        subject=RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Gmail, ja, はい", plain(
        f"はい\n\n2026年11月16日(月) 7:00 Kuruma Weekly <{MAILBOX}>:\n\n{QUOTED}",
        subject=JA_RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Outlook, no marks around the quote", plain(
        f"Yes please\n\n________________________________\nFrom: Kuruma Weekly <{MAILBOX}>\n"
        f"Sent: Monday, November 16, 2026 7:00 AM\nTo: Taro\nSubject: please confirm\n\n{ASKED}",
        subject="RE: Kuruma Weekly: please confirm", to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Outlook, ja", plain(
        f"確認しました。\n\n-----Original Message-----\n差出人: Kuruma Weekly <{MAILBOX}>\n"
        f"送信日時: 2026年11月16日 7:00\n宛先: taro\n件名: 購読の確認\n\n{ASKED}",
        subject="RE: 自動車週報 購読の確認", to=TO_CONFIRM), Confirm(TOKEN)),
    Row("iPhone, signature above the quote", plain(
        f"Confirm\n\nSent from my iPhone\n\n> On Nov 16, 2026, at 7:00, Kuruma Weekly "
        f"<{MAILBOX}> wrote:\n> \n{QUOTED}", subject=RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("iPhone, ja, empty", plain(
        f"\n\niPhoneから送信\n\n2026/11/16 7:00、Kuruma Weekly <{MAILBOX}>のメール:\n\n"
        f"\ufeff{QUOTED}", subject=JA_RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Apple Mail, below the quote", plain(
        f"> On 16 Nov 2026, at 07:00, Kuruma Weekly <{MAILBOX}> wrote:\n{QUOTED}\nconfirm\n",
        subject=RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Thunderbird, below the quote", plain(
        f"On 11/16/26 07:00, Kuruma Weekly wrote:\n{QUOTED}\nI confirm\n\n-- \nTaro\n",
        subject=RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("Thunderbird, ja", plain(
        f"On 2026/11/16 7:00, Kuruma Weekly wrote:\n{QUOTED}\n承認します\n",
        subject=JA_RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("docomo, token in the subject", plain(
        "", subject=f"Re:自動車週報 購読の確認 confirm {TOKEN}", charset="iso-2022-jp"),
        Confirm(TOKEN)),
    Row("docomo, full-width Re", plain(
        "ok", subject=f"Ｒｅ：自動車週報 購読の確認 ｃｏｎｆｉｒｍ {TOKEN}"), Confirm(TOKEN)),
    Row("Yahoo! Japan", plain(
        f"登録お願いします。\n\n----- Original Message -----\nFrom: Kuruma Weekly <{MAILBOX}>\n"
        f"To: taro@yahoo.co.jp\nDate: 2026/11/16, Mon 07:00\nSubject: 購読の確認\n\n{ASKED}",
        subject=JA_RE, to=TO_CONFIRM), Confirm(TOKEN)),
    Row("a server that drops plus-addresses; the quote has the token", plain(
        f"confirm\n\nOn Mon, Nov 16, 2026, Kuruma Weekly <{MAILBOX}> wrote:\n{QUOTED}",
        subject=RE), Confirm(TOKEN)),
    Row("the same, ja, Outlook", plain(
        f"確認\n\n-----元のメッセージ-----\n{ASKED}", subject=JA_RE), Confirm(TOKEN)),
    Row("HTML only, the quote has the token", html(
        f"<div>はい</div><br><blockquote>confirm {TOKEN}</blockquote>"), Confirm(TOKEN)),
    Row("typed by hand", plain(f"confirm {TOKEN}\n"), Confirm(TOKEN)),
    Row("typed by hand, ja, full-width", plain(f"確認：{TOKEN.upper()}\n"), Confirm(TOKEN)),
    Row("only a word", plain("confirm"), Confirm()),
    Row("two tokens in the quote", plain(
        f"confirm\n> {TO_CONFIRM}\n> weekly+confirm-{TOKEN[::-1]}@example.org\n"), Confirm()),
    Row("no, to the address that says yes", plain("No thanks\n", to=TO_CONFIRM), Decline(TOKEN)),
    Row("いいえ", plain("いいえ、不要です。", to=TO_CONFIRM), Decline(TOKEN)),
    Row("unsubscribe, to the same address", plain("Unsubscribe!", to=TO_CONFIRM), Decline(TOKEN)),
    Row("配信停止, quoted token", plain(f"いいえ\n> {TO_CONFIRM}"), Decline(TOKEN)),
]  # fmt: skip

# --- everything else ----------------------------------------------------------------------------

JOINING = [
    Row("to the plus-address", plain("", to="weekly+subscribe@example.org"), Subscribe()),
    Row("the plus-address in capitals", plain("hi", to="Weekly+SUBSCRIBE@Example.org"),
        Subscribe()),
    Row("Gmail, subject", plain("", subject="subscribe"), Subscribe()),
    Row("Gmail, ja, subject", plain("", subject="購読"), Subscribe()),
    Row("a sentence", plain("I would like to subscribe to the newsletter, please."), Subscribe()),
    Row("a sentence, ja", plain("購読を希望します。"), Subscribe()),
    Row("登録お願いします", plain("お世話になっております。\n登録をお願いいたします。\n山田"),
        Subscribe()),
    Row("iPhone, no subject", plain("Subscribe\n\nSent from my iPhone\n"), Subscribe()),
    Row("Android, ja", plain("購読希望\nAndroidから送信\n"), Subscribe()),
    Row("Outlook mobile", plain("sign me up\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"),
        Subscribe()),
    Row("docomo, ISO-2022-JP", plain("登録", subject="", charset="iso-2022-jp"), Subscribe()),
    Row("docomo, ISO-2022-JP, subject", plain("", subject="購読登録", charset="iso-2022-jp"),
        Subscribe()),
    Row("Outlook Express, Shift_JIS", plain("登録希望です", charset="cp932", raw=True),
        Subscribe()),
    Row("UNIX, EUC-JP", plain(
        "購読します。よろしくおねがいします\n購読", charset="euc-jp", raw=True),
        Subscribe()),
    Row("half-width katakana", plain("ﾍﾙﾌﾟ"), Help()),
    Row("full-width Latin", plain("ｓｕｂｓｃｒｉｂｅ"), Subscribe()),
    Row("settings along with it", plain(
        "subscribe\ntopics: tariffs, ev\ncompanies: nissan, トヨタ\nlanguage: ja\nrhythm: daily\n"),
        Subscribe(), (Topics(("tariffs", "ev")), Companies(("nissan", "トヨタ")),
                      Language("ja"), Rhythm("daily"))),
    Row("settings along with it, ja", plain(
        "登録\nトピック：関税、EV\n会社：日産、トヨタ\n言語：日本語\n頻度：毎日\n"),
        Subscribe(), (Topics(("関税", "ev")), Companies(("日産", "トヨタ")),
                      Language("ja"), Rhythm("daily"))),
    Row("HTML only, Outlook", html(
        "<html><head><style>p{}</style></head><body><p class=MsoNormal>subscribe<o:p></o:p></p>"
        "<p class=MsoNormal>topics: ev<o:p></o:p></p></body></html>"),
        Subscribe(), (Topics(("ev",)),)),
    Row("HTML only, ISO-2022-JP", html("<div>購読<br>分野:関税</div>", charset="iso-2022-jp"),
        Subscribe(), (Topics(("関税",)),)),
    Row("Yahoo! Japan, both parts", both("配信希望\n", "<p>配信希望</p>"), Subscribe()),
    Row("an empty text part before the HTML", both("", "<p>join</p>"), Subscribe()),
    Row("a tag of a gateway before the subject", plain("", subject="[EXTERNAL] Subscribe"),
        Subscribe()),
    Row("【】 before the subject", plain("", subject="【社外】登録希望"), Subscribe()),
]  # fmt: skip

LEAVING = [
    Row("List-Unsubscribe", plain("", subject="leave", to=f"weekly+leave-{TOKEN}@example.org"),
        Leave(TOKEN)),
    Row("no plus-addresses", plain("", subject=f"leave {TOKEN}"), Leave(TOKEN)),
    Row("the token typed, ja", plain(f"解除 {TOKEN}"), Leave(TOKEN)),
    Row("+unsubscribe", plain("", to="weekly+unsubscribe@example.org"), Leave()),
    Row("Gmail, reply to an issue", plain(
        f"Unsubscribe please\n\nOn Mon, Nov 16, 2026 at 7:00 AM Kuruma <{MAILBOX}> wrote:\n"
        "> Toyota joins a pact\n", subject="Re: Kuruma Weekly: Toyota joins a pact"), Leave()),
    Row("Gmail, HTML only", html(
        '<div dir="ltr">please unsubscribe me from this list</div><br><div class="gmail_quote">'
        f'<div>On Mon, Nov 16, 2026 at 7:00 AM Kuruma &lt;{MAILBOX}&gt; wrote:<br></div>'
        "<blockquote>subscribe<blockquote>help</blockquote>join</blockquote></div>"), Leave()),
    Row("Gmail, HTML only, below the quote", html(
        f"<div>On Mon, Nov 16, 2026, Kuruma &lt;{MAILBOX}&gt; wrote:</div>"
        "<blockquote>subscribe</blockquote><div>stop</div>"), Leave()),
    Row("Outlook.com, HTML only", html(
        '<div>配信停止をお願いします。</div><div id="appendonsend"></div><hr>'
        '<div id="divRplyFwdMsg">差出人: Kuruma<br></div><div>購読</div>'), Leave()),
    Row("Yahoo, HTML only", html(
        '<div>opt out</div><div class="yahoo_quoted" id="y">On Monday<p>subscribe</p></div>'),
        Leave()),
    Row("Outlook, RE:", plain(
        "unsubscribe\n\nFrom: Kuruma Weekly\nSent: Monday\nTo: Taro\nSubject: News\n\nsubscribe",
        subject="RE: News"), Leave()),
    Row("iPhone, ja", plain(
        "解除\n\niPhoneから送信\n\n2026/11/16 7:00、Kuruma <weekly@example.org>のメール:\n> 購読"),
        Leave()),
    Row("Apple Mail, ja, below the quote", plain(
        "> 2026/11/16 7:00、Kuruma <weekly@example.org>のメール:\n> 購読\n\n退会します\n"),
        Leave()),
    Row("docomo", plain("配信停止してください。", charset="iso-2022-jp"), Leave()),
    Row("docomo, subject", plain("", subject="解除希望", charset="iso-2022-jp"), Leave()),
    Row("a signature with rulers", plain(
        "退会\n\n――――――――――\n山田太郎\n株式会社くるま\n登録\n――――――――――\n"), Leave()),
    Row("a signature above the quote and words below it", plain(
        "hello\n-- \nTaro\nOn 2026/11/16 7:00, Kuruma wrote:\n> join\n\nremove me\n"), Leave()),
    Row("text and HTML parts", both("stop\n", "<p>subscribe</p>"), Leave()),
    Row("返信:", plain("", subject="返信: 配信停止"), Leave()),
    Row("RE：RE：", plain("", subject="RE：RE：退会"), Leave()),
    Row("Re[2]:", plain("", subject="Re[2]: unsubscribe"), Leave()),
    Row("German Outlook", plain("", subject="AW: unsubscribe"), Leave()),
]  # fmt: skip

CHANGING = [
    Row("pause 4 weeks", plain("pause 4 weeks"), Pause(4 * WEEK)),
    Row("a whole sentence", plain("Please pause me for 2 weeks, thanks"), Pause(2 * WEEK)),
    Row("pause until", plain("", subject="pause until 2026-12-31"), Pause(date(2026, 12, 31))),
    Row("休止 4週間", plain("休止 ４週間"), Pause(4 * WEEK)),
    Row("三週間休止", plain("三週間休止してください"), Pause(3 * WEEK)),
    Row("1ヶ月の休止", plain("配信休止：１ヶ月間"), Pause(timedelta(days=30))),
    Row("まで休止", plain("2026年12月31日まで休止をお願いします"), Pause(date(2026, 12, 31))),
    Row("how long is not said", plain("休止"), Pause(4 * WEEK)),
    Row("resume", plain("resume"), Resume()),
    Row("再開", plain("再開をお願いします。", charset="iso-2022-jp"), Resume()),
    Row("status", plain("", to="weekly+status@example.org"), Show()),
    Row("状態", plain("状態"), Show()),
    Row("設定の確認", plain("現在の設定"), Show()),
    Row("help by address", plain("subscribe me", to="weekly+help@example.org"), Help(), (), (1,)),
    Row("help by subject", plain("", subject="HELP"), Help()),
    Row("ヘルプ", plain("", subject="ヘルプ"), Help()),
    Row("topics alone", plain("topics: tariffs, ev"), Change(), (Topics(("tariffs", "ev")),)),
    Row("several on several lines", plain("topics: all\n\nlanguage: ja\n"),
        Change(), (Topics(()), Language("ja"))),
    Row("several on one line, as a phone's HTML comes", html(
        "<span>topics: ev; companies: Honda, 日産</span>"),
        Change(), (Topics(("ev",)), Companies(("honda", "日産")))),
    Row("a setting in Japanese, docomo", plain("会社：トヨタ、日産", charset="iso-2022-jp"),
        Change(), (Companies(("トヨタ", "日産")),)),
    Row("full-width colon and equals", plain("ｔｏｐｉｃｓ：ｅｖ\n頻度＝毎週"),
        Change(), (Topics(("ev",)), Rhythm("weekly"))),
    Row("without a colon", plain("language English"), Change(), (Language("en"),)),
    Row("pause and settings at once", plain("pause 2 weeks\nrhythm: daily"),
        Pause(2 * WEEK), (Rhythm("daily"),)),
    Row("a setting in a reply to our answer", plain(
        "rhythm: weekly\n\n> To change:\n> rhythm: daily\n", subject="Re: Your settings"),
        Change(), (Rhythm("weekly"),)),
]  # fmt: skip

UNCLEAR = [
    Row("nothing that we know", plain("Hello,\n\ndo you cover Daihatsu?\n"), Help(), (), (1, 3)),
    Row("nothing at all", plain(""), Help()),
    Row("a Forwarded mail asks nothing", plain("", subject="Fwd: subscribe"), Help()),
    Row("leave me alone", plain("", subject="leave me alone"), Help()),
    Row("a wish not to", plain("解除しないでください"), Help(), (), (1,)),
    Row("a wrong language", plain("language: klingon"), Help(), (), (1,)),
    Row("a mistyped setting beside a good one", plain("rhythm: daily\ntopcs: ev\n"),
        Change(), (Rhythm("daily"),), (2,)),
    Row("an empty setting", plain("subscribe\ntopics:\n"), Subscribe(), (), (2,)),
    Row("two commands", plain("pause 4 weeks\nunsubscribe\n"), Pause(4 * WEEK), (), (2,)),
    Row("the same command twice", plain("subscribe\nsubscribe\n", subject="subscribe"),
        Subscribe()),
    Row("a signature that looks like settings", plain("status\nTel: 03-1234-5678\nE-mail: a@b.jp"),
        Show()),
    Row("a day that is none", plain("pause until 2026-02-31"), Help(), (), (1,)),
    Row("pause for no time", plain("pause 0 weeks"), Help(), (), (1,)),
    Row("a command far below", plain("word\n" * 10 + "unsubscribe\n"), Help(), (), (1, 2, 3)),
    Row("only an attachment", plain("").replace(
        b"Content-Transfer", b"Content-Disposition: attachment\r\nContent-Transfer"), Help()),
    Row("only a quote", plain("> subscribe\n> help\n"), Help()),
]  # fmt: skip

ROWS = [*CONFIRMATIONS, *JOINING, *LEAVING, *CHANGING, *UNCLEAR]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.client)
def test_what_a_mail_asks_for(row: Row) -> None:
    request = understood(row.mail)
    assert request.command == row.command
    assert tuple(setting for _, setting in request.settings) == row.settings
    assert tuple(unclear.line for unclear in request.unclear) == row.unclear


def test_settings_and_what_is_unclear_have_the_numbers_of_their_lines() -> None:
    request = understood(plain("Hello\n\nsubscribe\nlanguage: ja\nlanguage: xx\n> quoted\n"))
    assert request.settings == ((4, Language("ja")),)
    assert [(u.line, u.words) for u in request.unclear] == [(5, "language: xx")]


@given(st.text(max_size=400), st.binary(max_size=600))
def test_no_mail_raises(text: str, raw: bytes) -> None:
    understood(plain(text))
    understood(raw)
    understood(b"Content-Type: text/html\r\n\r\n" + raw)
    understood(b"Subject: " + raw.replace(b"\n", b" ") + b"\r\n\r\n" + raw)


@pytest.mark.parametrize(
    "piece",
    ["please ", "i want to ", "を", "希望", "お願い", ", me", "topics: ", "<blockquote>", "> ",
     "- ", "On 2026/1/1 ", "From: x\n", "1週", "の", "return me ", "の配信", "Sent from my "],
)  # fmt: skip
def test_no_mail_takes_long(piece: str) -> None:
    for body in (piece * 20_000, f"{piece * 100}\n" * 500):
        understood(plain(body))
        understood(html(body))


def test_the_name_of_a_quote_begins_one_only_in_a_tag() -> None:
    spoken = written(html("<p>subscribe</p><p>what is yahoo_quoted?</p><p>thanks</p>"))
    assert [line.text for line in spoken.lines if line.text] == [
        "subscribe",
        "what is yahoo_quoted?",
        "thanks",
    ]
    quoted = written(html('<p>subscribe</p><div class="yahoo_quoted"><p>leave</p></div>'))
    assert [line.text for line in quoted.lines if line.text] == ["subscribe"]

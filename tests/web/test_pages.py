import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.issues.calendar import period_of
from digest.issues.render import Renderer
from digest.mail.message import Message
from digest.model import (
    AlertWish,
    Choice,
    CompanyId,
    DeliveryKind,
    Preferences,
    Status,
    Subscriber,
    TopicId,
    Wish,
    WishKind,
)
from digest.subscribers import tokens
from digest.subscribers.desk import Asked
from digest.web.front import Front
from digest.web.visit import Request
from tests.builders import database_of
from tests.issues.builders import issue, issue_story
from tests.web.conftest import DAY, TARO, Browser, Got, browsing, shown_in

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def heading(page: Got) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
    assert found is not None
    return found[1]


def ticked(page: Got, name: str) -> set[str]:
    return set(re.findall(rf'name="{name}" value="([^"]+)" checked', page.text))


def everything(browser: Browser) -> dict[str, object]:
    """All that asking for pages might change."""
    store = browser.app.store
    tables = ("subscribers", "confirmations", "deliveries", "suppressions", "requests", "issues")
    connection = database_of(store).connection  # the whole of it, whatever it is
    return {
        table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608
        for table in tables
    }


# --- joining ------------------------------------------------------------------------------------


async def test_a_reader_subscribes_confirms_changes_and_leaves(browser: Browser) -> None:
    asked = await browser.subscribe(
        TARO, ("topic", "ev"), ("company", "nissan"), ("company", "honda"), ("rhythm", "daily")
    )
    assert (asked.status, heading(asked)) == (200, "Look in your mailbox")
    (token,) = browser.confirmations()
    question = await browser.get(f"/c/{token}")
    assert (question.status, heading(question)) == (200, "Confirm your subscription")
    pending = browser.reader()
    assert pending is not None
    assert pending.status is Status.PENDING
    joined = await browser.post(f"/c/{token}", [("do", "confirm")])
    assert (joined.status, heading(joined)) == (200, "You are subscribed")
    reader = browser.reader()
    assert reader is not None
    assert reader.status is Status.ACTIVE
    assert reader.preferences == Preferences(
        choice=Choice(
            language="en",
            companies=frozenset({CompanyId("nissan"), CompanyId("honda")}),
            topics=frozenset({TopicId("ev")}),
        ),
        rhythm="daily",
    )

    link = re.search(r'href="(/p/[a-z2-7]{32})\?lang=en"', joined.text)
    assert link is not None
    shown = await browser.get(link[1])
    assert ticked(shown, "company") == {"nissan", "honda"}
    assert ticked(shown, "rhythm") == {"daily"}
    saved = await browser.post(
        link[1], [("do", "save"), ("rhythm", "weekly"), ("language", "ja"), ("topic", "battery")]
    )
    assert saved.status == 200
    assert "Saved." in saved.text
    assert ticked(saved, "topic") == {"battery"}
    changed = browser.reader()
    assert changed is not None
    assert changed.preferences == Preferences(
        choice=Choice(language="ja", topics=frozenset({TopicId("battery")})), rhythm="weekly"
    )

    leave = re.search(r'href="(/u/[a-z2-7]{32})\?lang=en"', saved.text)
    assert leave is not None
    assert heading(await browser.get(leave[1])) == "Unsubscribe"
    left = await browser.post(leave[1], [("List-Unsubscribe", "One-Click")])
    assert heading(left) == "You are unsubscribed"
    gone = browser.reader()
    assert gone is not None
    assert gone.status is Status.LEFT
    assert (await browser.get(link[1])).status == 410


async def test_the_page_says_the_same_of_known_and_unknown_addresses(browser: Browser) -> None:
    browser.join("known@example.com")
    left = browser.join("left@example.com")
    await browser.post(browser.leave_of(left), [("List-Unsubscribe", "One-Click")])
    browser.app.desk.erase("known2@example.com", browser.clock())
    pages = [
        await browser.subscribe(address)
        for address in ("known@example.com", "left@example.com", "never@example.com")
    ]
    said = {
        page.text.replace(f"{name}@", "somebody@")
        for page, name in zip(pages, ("known", "left", "never"), strict=True)
    }
    assert len(said) == 1
    assert {page.status for page in pages} == {200}


async def test_who_is_a_reader_already_learns_so_by_mail_once_a_day(browser: Browser) -> None:
    browser.join()
    for _ in range(3):
        await browser.subscribe(TARO, ("topic", "ev"))
    (mail,) = browser.mails()
    assert (mail.kind, mail.address) == (DeliveryKind.ANSWER, TARO)
    assert mail.letter is not None
    assert "is sent to this address already" in mail.letter.text
    link = re.search(r"https://weekly\.example\.org(/p/[a-z2-7]{32})\n", mail.letter.text)
    assert link is not None
    assert ticked(await browser.get(link[1]), "topic") == set()


async def test_a_confirmation_is_good_once_and_says_so(browser: Browser) -> None:
    await browser.subscribe(TARO)
    (token,) = browser.confirmations()
    assert (await browser.post(f"/c/{token}")).status == 200
    again = await browser.post(f"/c/{token}")
    assert again.status == 410
    assert "not good any more" in heading(again)
    assert (await browser.post(f"/c/{'a' * 32}")).status == 410


async def test_what_is_wrong_with_a_form_is_said_and_the_rest_kept(browser: Browser) -> None:
    page = await browser.subscribe("taro@@example", ("topic", "ev"), ("rhythm", "daily"))
    assert page.status == 422
    assert "This is not an email address" in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'value="taro@@example"' in page.text
    assert (ticked(page, "topic"), ticked(page, "rhythm")) == ({"ev"}, {"daily"})
    missing = await browser.subscribe("")
    assert "Your email address is missing" in missing.text
    assert browser.mails() == []


@pytest.mark.parametrize(
    "field", [("topic", "none"), ("company", "acme"), ("language", "fr"), ("rhythm", "hourly")]
)
async def test_a_choice_that_is_not_there_never_comes_to_mean_all(
    browser: Browser, field: tuple[str, str]
) -> None:
    page = await browser.subscribe(TARO, field)
    assert page.status == 422
    assert "not there any more" in page.text
    assert browser.reader() is None


async def test_a_form_that_was_filled_in_at_once_or_a_day_ago_is_shown_again(
    browser: Browser,
) -> None:
    shown = shown_in(await browser.get("/"))
    fields = [("address", TARO), ("shown", shown)]
    assert "very quick" in (await browser.post("/", fields)).text
    browser.clock.now += 2 * DAY
    assert "open for very long" in (await browser.post("/", fields)).text
    forged = await browser.post("/", [("address", TARO), ("shown", "a" * 32)])
    assert "open for very long" in forged.text
    assert browser.mails() == []
    browser.clock.now += timedelta(seconds=10)
    again = await browser.post("/", [("address", TARO), ("shown", shown_in(forged))])
    assert heading(again) == "Look in your mailbox"
    assert len(browser.mails()) == 1


async def test_what_fills_the_field_that_nobody_sees_believes_it_was_served(
    browser: Browser,
) -> None:
    page = await browser.subscribe(TARO, ("comment", "buy this"))
    assert heading(page) == "Look in your mailbox"
    assert browser.reader() is None
    assert browser.mails() == []


async def test_a_suppressed_address_gets_the_same_page_and_no_mail(browser: Browser) -> None:
    browser.join()
    browser.app.desk.erase(TARO, browser.clock())
    assert heading(await browser.subscribe(TARO)) == "Look in your mailbox"
    assert browser.confirmations() == []


async def test_a_confirmation_of_another_wish_does_what_the_mail_said(browser: Browser) -> None:
    reader = browser.join()
    wish = Wish(kind=WishKind.LEAVE)
    assert isinstance(browser.app.desk.ask_owner(reader, wish, browser.clock()), Asked)
    (mail,) = browser.mails()
    assert mail.letter is not None
    token = re.search(r"confirm-([a-z2-7]{32})@", mail.letter.text)
    assert token is not None
    done = await browser.post(f"/c/{token[1]}", [("do", "confirm")])
    assert (done.status, heading(done)) == (200, "Done")
    left = browser.reader()
    assert left is not None
    assert left.status is Status.LEFT


# --- choosing -----------------------------------------------------------------------------------


async def test_a_reader_pauses_for_two_weeks_and_resumes(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    paused = await browser.post(path, [("do", "pause"), ("weeks", "2")])
    assert "paused until 30 November 2026" in paused.text
    reader = browser.reader()
    assert reader is not None
    assert (reader.status, reader.paused_until) == (Status.PAUSED, browser.clock() + 14 * DAY)
    resumed = await browser.post(path, [("do", "resume")])
    assert "Welcome back" in resumed.text
    back = browser.reader()
    assert back is not None
    assert (back.status, back.paused_until) == (Status.ACTIVE, None)


async def test_a_reader_silences_alerts_for_a_week_and_hears_them_again(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    muted = await browser.post(path, [("do", "mute")])
    assert "no alerts until 23 November 2026" in muted.text
    reader = browser.reader()
    assert reader is not None
    assert reader.muted_until == browser.clock() + 7 * DAY
    heard = await browser.post(path, [("do", "unmute")])
    assert "your alerts again" in heard.text
    back = browser.reader()
    assert back is not None
    assert back.muted_until is None


async def test_a_pause_of_a_length_that_was_not_offered_is_the_usual_one(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    await browser.post(path, [("do", "pause"), ("weeks", "9999999999")])
    reader = browser.reader()
    assert reader is not None
    assert reader.paused_until == browser.clock() + 28 * DAY


async def test_a_wrong_choice_is_said_and_changes_nothing(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    page = await browser.post(path, [("do", "save"), ("topic", "ev"), ("company", "acme")])
    assert page.status == 422
    assert ticked(page, "topic") == {"ev"}
    reader = browser.reader()
    assert reader is not None
    assert reader.preferences == Preferences()


async def test_a_reader_sets_alerts_and_rules_of_their_own(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    asked = [("do", "save"), ("alerts", "breaking"), ("rules", "company:日産\r\n“fuel pump”")]
    saved = await browser.post(path, asked)
    assert "Saved." in saved.text
    reader = browser.reader()
    assert reader is not None
    assert reader.preferences.alerts is AlertWish.BREAKING
    assert reader.preferences.rules == ("company:nissan", '"fuel pump"')
    page = await browser.get(f"{path}?lang=ja")
    assert ticked(page, "alerts") == {"breaking"}
    assert "company:nissan\n&#34;fuel pump&#34;</textarea>" in page.text
    await browser.post(path, [("do", "save"), ("alerts", "none"), ("rules", "")])
    reader = browser.reader()
    assert reader is not None
    assert (reader.preferences.alerts, reader.preferences.rules) == (AlertWish.NONE, ())


async def test_a_bad_rule_is_pointed_at_and_what_was_typed_stays(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    typed = "new\n</textarea><script>company:日産"
    page = await browser.post(path, [("do", "save"), ("alerts", "rules"), ("rules", typed)])
    assert page.status == 422
    assert "Line 2: this rule cannot be read from character 1 on" in page.text
    assert '<pre class="place"' in page.text
    assert "<script" not in page.text
    assert "new\n&lt;/textarea&gt;&lt;script&gt;company:日産</textarea>" in page.text
    page = await browser.post(path, [("do", "save"), ("alerts", "rules"), ("rules", "")])
    assert "write at least one" in page.text
    assert '<pre class="place"' not in page.text
    reader = browser.reader()
    assert reader is not None
    assert reader.preferences == Preferences()


async def test_the_page_says_until_when_alerts_are_silent(browser: Browser) -> None:
    reader = browser.join()
    path = browser.preferences_of(reader)
    browser.app.store.subscribers.mute(reader.id, browser.clock() + 7 * DAY, browser.clock())
    assert "You get no alerts until 23 November 2026" in (await browser.get(path)).text
    browser.clock.now += 8 * DAY
    assert "silent" not in (await browser.get(path)).text


async def test_a_button_that_we_do_not_have_does_nothing(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    assert (await browser.post(path, [("do", "erase")])).status == 400
    assert (await browser.post(path)).status == 400


async def test_a_rhythm_that_the_operator_took_away_may_stay(browser: Browser) -> None:
    old = Preferences(rhythm="monthly")
    path = browser.preferences_of(browser.join(preferences=old))
    page = await browser.post(path, [("do", "save"), ("topic", "ev")])
    assert page.status == 200
    reader = browser.reader()
    assert reader is not None
    assert reader.preferences.rhythm == "monthly"


async def test_a_link_to_preferences_ends_after_ninety_days(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    browser.clock.now += 88 * DAY
    assert (await browser.get(path)).status == 200
    browser.clock.now += 2 * DAY
    expired = await browser.get(path)
    assert (expired.status, heading(expired)) == (410, "This link has expired")
    assert (await browser.post(path, [("do", "save")])).status == 410


async def test_tokens_of_another_purpose_open_nothing(browser: Browser) -> None:
    reader = browser.join()
    leave = browser.leave_of(reader).removeprefix("/u/")
    preferences = browser.preferences_of(reader).removeprefix("/p/")
    assert (await browser.get(f"/p/{leave}")).status == 404
    assert (await browser.get(f"/v/{preferences}")).status == 404
    assert (await browser.post(f"/c/{leave}")).status == 410
    await browser.post(f"/u/{preferences}", [("List-Unsubscribe", "One-Click")])
    assert browser.reader() == reader


async def test_who_was_erased_or_whose_mail_came_back_sees_how_it_stands(
    browser: Browser,
) -> None:
    reader = browser.join()
    path = browser.preferences_of(reader)
    browser.app.store.subscribers.set_status(reader.id, Status.SUSPENDED, browser.clock())
    suspended = await browser.get(path)
    assert suspended.status == 410
    assert "came back" in suspended.text
    assert "has ended" not in suspended.text
    browser.app.desk.erase(TARO, browser.clock())
    erased = await browser.get(path)
    assert erased.status == 410
    assert TARO not in erased.text


# --- leaving ------------------------------------------------------------------------------------


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_is_what_rfc_8058_says(browser: Browser, multipart: bool) -> None:  # noqa: FBT001
    reader = browser.join()
    path = browser.leave_of(reader)
    kind, body = "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"
    if multipart:
        kind = "multipart/form-data; boundary=x"
        body = (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            "One-Click\r\n--x--\r\n"
        )
    for _ in range(3):
        answer = await browser.ask("POST", path, data=body, headers={"Content-Type": kind})
        assert answer.status == 200
        assert not {"Location", "Set-Cookie", "WWW-Authenticate"} & set(answer.headers)
        left = browser.reader()
        assert left is not None
        assert left.status is Status.LEFT


async def test_a_leave_token_never_expires(browser: Browser) -> None:
    path = browser.leave_of(browser.join())
    browser.clock.now += 20 * 365 * DAY
    await browser.post(path, [("List-Unsubscribe", "One-Click")])
    left = browser.reader()
    assert left is not None
    assert left.status is Status.LEFT


async def test_who_posts_something_else_is_asked_and_stays(browser: Browser) -> None:
    path = browser.leave_of(browser.join())
    for fields in ([], [("List-Unsubscribe", "No")], [("x", "y")]):
        page = await browser.post(path, fields)
        assert (page.status, heading(page)) == (400, "Unsubscribe")
    reader = browser.reader()
    assert reader is not None
    assert reader.status is Status.ACTIVE


async def test_an_unknown_leave_token_gets_the_page_of_a_known_one(browser: Browser) -> None:
    known = await browser.post(
        browser.leave_of(browser.join()), [("List-Unsubscribe", "One-Click")]
    )
    for token in ("a" * 32, "1234567890", "a" * 200):
        page = await browser.post(f"/u/{token}", [("List-Unsubscribe", "One-Click")])
        assert (page.status, page.text.replace(token, "")) == (
            200,
            re.sub(r"/u/[a-z2-7]{32}", "/u/", known.text),
        )


async def test_leaving_is_never_slowed_down(browser: Browser) -> None:
    path = browser.leave_of(browser.join())
    for _ in range(200):
        assert (await browser.post(path, [("List-Unsubscribe", "One-Click")])).status == 200


async def test_about_says_how_to_leave_by_mail(browser: Browser) -> None:
    page = await browser.get("/about?lang=ja")
    assert 'href="mailto:weekly@kuruma.example?subject=%E9%85%8D%E4%BF%A1%E5%81%9C%E6%AD%A2"' in (
        page.text
    )


# --- looking never changes anything -------------------------------------------------------------


async def test_every_mailed_link_may_be_opened_ten_times(browser: Browser) -> None:
    reader = browser.join()
    await browser.subscribe("new@example.com")
    letter = browser.mails()[0].letter
    assert letter is not None
    links = re.findall(r"https://weekly\.example\.org(/\S+)", letter.text)
    links += [browser.preferences_of(reader), browser.leave_of(reader), "/about", "/archive/", "/"]
    assert any(link.startswith("/c/") for link in links)
    before = everything(browser)
    for link in links:
        for method in ("GET", "HEAD"):
            for _ in range(10):
                page = await browser.ask(method, link)
                assert page.status in {200, 404}
                assert (method == "GET") == bool(page.text)
    assert everything(browser) == before


async def test_only_post_is_let_do_anything(browser: Browser) -> None:
    reader = browser.join()
    before = everything(browser)
    for path in (browser.leave_of(reader), browser.preferences_of(reader), "/about", "/style.css"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            page = await browser.ask(method, path)
            assert page.status == 405
            assert page.headers["Allow"].startswith("GET, HEAD")
    query = "List-Unsubscribe=One-Click&do=save&topic=ev"
    for path in (browser.leave_of(reader), browser.preferences_of(reader)):
        assert (await browser.get(f"{path}?{query}")).status == 200
    assert everything(browser) == before


# --- what may stand on a page -------------------------------------------------------------------


async def test_script_in_any_field_stays_text(browser: Browser) -> None:
    path = browser.preferences_of(browser.join())
    names = ("address", "language", "rhythm", "company", "topic", "shown", "do", "weeks", "x")
    for number, name in enumerate(names):
        browser.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        for target in ("/", path):
            fields = [("do", "save"), ("address", TARO), (name, SCRIPT)]
            page = await browser.post(target, fields)
            assert page.status in {200, 400, 422}
            assert "<script" not in page.text
            assert "<img" not in page.text
    page = await browser.subscribe(SCRIPT)
    assert "&lt;script&gt;" in page.text
    for strange in (f"/{SCRIPT}", f"/?lang={SCRIPT}", f"/u/{SCRIPT}", f"/archive/{SCRIPT}"):
        assert "<script" not in (await browser.get(strange)).text


async def test_pages_keep_to_themselves(browser: Browser) -> None:
    reader = browser.join()
    for path in ("/", browser.preferences_of(reader), browser.leave_of(reader), "/about", "/no"):
        page = await browser.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self';")
        assert "frame-ancestors 'none'" in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        assert "aiohttp" not in str(page.headers).lower()
        assert ("X-Robots-Tag" in page.headers) == (path != "/")
        assert not re.search(r"<(script|img|iframe|object)|\son\w+=|style=", page.text)
        assert not re.search(r"""(src|href|action)=["'](https?:)?//""", page.text)


async def test_pages_speak_the_language_that_is_wanted(browser: Browser) -> None:
    assert '<html lang="en">' in (await browser.get("/")).text
    browser.headers["Accept-Language"] = "fr, ja;q=0.8, en;q=0.5"
    assert '<html lang="ja">' in (await browser.get("/")).text
    assert '<html lang="en">' in (await browser.get("/?lang=en")).text
    assert '<html lang="ja">' in (await browser.get("/?lang=fr")).text
    page = await browser.get("/nothing")
    assert 'lang="ja"' in page.text
    assert "ページが見つかりません" in page.text


# --- reading ------------------------------------------------------------------------------------


async def test_the_archive_is_served_as_it_was_written(browser: Browser) -> None:
    assert (await browser.get("/archive/")).status == 404
    assert "/archive/" not in (await browser.get("/")).text
    archive = browser.app.settings.state / "archive"
    (archive / "weekly").mkdir(parents=True)
    (archive / "index.html").write_text("<h1>All issues</h1>", encoding="utf-8")
    (archive / "feed.xml").write_text("<feed/>", encoding="utf-8")
    (archive / "weekly/2026-W47.en.html").write_text("<h1>日産</h1>", encoding="utf-8")
    (archive / "manifest.toml").write_text("title = 1", encoding="utf-8")
    assert "/archive/" in (await browser.get("/")).text
    assert (await browser.get("/archive/")).text == "<h1>All issues</h1>"
    page = await browser.get("/archive/weekly/2026-W47.en.html")
    assert page.text == "<h1>日産</h1>"
    assert "style-src 'unsafe-inline'" in page.headers["Content-Security-Policy"]
    assert (
        (await browser.get("/archive/feed.xml"))
        .headers["Content-Type"]
        .startswith("application/atom+xml")
    )
    seen = await browser.get(
        "/archive/weekly/2026-W47.en.html", headers={"If-None-Match": page.headers["ETag"]}
    )
    assert (seen.status, seen.text) == (304, "")
    for path in (
        "/archive/manifest.toml",
        "/archive/../digest.sqlite3",
        "/archive/%2e%2e/digest.sqlite3",
        "/archive/weekly/..%2f..%2fdigest.sqlite3",
        "/archive/weekly/none.en.html",
        "/archive/weekly",
    ):
        assert (await browser.get(path)).status == 404


async def test_the_style_sheet_may_be_the_operators(browser: Browser) -> None:
    own = browser.app.settings.project / "templates" / "web"
    own.mkdir(parents=True)
    (own / "style.css").write_text("body { color: red }", encoding="utf-8")
    sheet = await browser.get("/style.css")
    assert sheet.text == "body { color: red }"
    assert sheet.headers["Content-Type"].startswith("text/css")


async def test_browsers_keep_the_style_sheet_for_a_while(browser: Browser) -> None:
    sheet = await browser.get("/style.css")
    assert "prefers-color-scheme: dark" in sheet.text
    tag = sheet.headers["ETag"]
    assert (await browser.get("/style.css", headers={"If-None-Match": f'"x", {tag}'})).status == 304
    assert (await browser.get("/style.css", headers={"If-None-Match": '"x"'})).status == 200


async def test_a_template_of_the_operators_that_fails_is_stood_in_for(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    own = browser.app.settings.project / "templates" / "web"
    own.mkdir(parents=True)
    (own / "notice.html").write_text("{{ nothing.there }}", encoding="utf-8")
    assert "Change or leave" in (await browser.get("/about")).text
    assert "template.failed" in caplog.text


async def test_health_is_one_word(browser: Browser) -> None:
    assert (await browser.get("/healthz")).text == "ok\n"


# --- the log ------------------------------------------------------------------------------------


async def test_neither_tokens_nor_addresses_come_into_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    reader = browser.join()
    await browser.subscribe("hanako@example.com")
    (token,) = browser.confirmations()
    paths = [f"/c/{token}", browser.preferences_of(reader), browser.leave_of(reader)]
    for path in paths:
        await browser.get(path)
        await browser.post(path, [("List-Unsubscribe", "One-Click"), ("do", "save")])
        await browser.raw(f"GET {path}\x01 HTTP/1.1\r\n\r\n".encode())
    assert "web.answered method=POST route=confirm status=200" in caplog.text
    for secret in (TARO, "hanako", *(path[3:] for path in paths)):
        assert secret not in caplog.text


async def test_without_a_public_url_there_are_pages_all_the_same(tmp_path: Path) -> None:
    async with browsing(tmp_path, "[web]\n") as browser:
        await browser.subscribe(TARO)
        (mail,) = browser.mails()
        assert mail.kind is DeliveryKind.CONFIRMATION
        assert mail.letter is not None
        assert "/c/" not in mail.letter.text


async def test_an_error_of_ours_shows_nothing_of_it(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    path = browser.preferences_of(browser.join())
    browser.app.store.close()
    page = await browser.get(path)
    assert (page.status, heading(page)) == (500, "Something went wrong")
    assert "sqlite" not in page.text.lower()
    assert "web.crashed route=choose" in caplog.text
    assert (await browser.get("/healthz")).status == 500


async def test_a_form_of_another_kind_is_refused(browser: Browser) -> None:
    path = browser.leave_of(browser.join())
    answer = await browser.ask(
        "POST", path, data="List-Unsubscribe=One-Click", headers={"Content-Type": "text/plain"}
    )
    assert answer.status == 415
    reader = browser.reader()
    assert reader is not None
    assert reader.status is Status.ACTIVE


async def test_without_any_template_there_are_still_words(
    browser: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken/web").mkdir(parents=True)
    for name in ("subscribe.html", "notice.html"):
        (tmp_path / "broken/web" / name).write_text("{{ nothing.there }}", encoding="utf-8")
    front = Front(replace(browser.app.site(), renderer=Renderer([tmp_path / "broken"])))
    answer = await front.answer(Request(method="GET", path="/"))
    assert (answer.status, answer.content_type) == (500, "text/plain; charset=utf-8")
    assert answer.body.startswith(b"Something went wrong.")
    assert 'web.failed route=home reason="templates/web/subscribe.html' in caplog.text


async def test_a_segment_that_is_gone_is_a_page_that_is_not_there(browser: Browser) -> None:
    token = tokens.view_token(browser.app.store.secret(), 77)
    assert (await browser.get(f"/v/{token}")).status == 404


# --- what mails link to -------------------------------------------------------------------------


def published(browser: Browser, reader: Subscriber) -> Message:
    """What a reader is sent of an issue that is out."""
    app = browser.app
    edition = app.edition("weekly")
    period = period_of(edition, "2026-W47")
    made = replace(issue(issue_story()), period=period, frozen_at=browser.clock())
    segment = app.issues.render(made, reader.preferences.choice)
    connection = database_of(app.store).connection  # stories without their entries
    connection.execute("INSERT INTO stories (id, created_at) VALUES (1, '2026')")
    assert isinstance(app.store.issues.add(made, [segment]), int)
    return app.issues.message_for(made, segment, reader)


async def test_every_link_of_an_issue_may_be_opened_ten_times(browser: Browser) -> None:
    reader = browser.join()
    message = published(browser, reader)
    parts = message.parts()
    parsed = message_from_bytes(message.data, policy=default)
    headers = "\n".join(str(value) for value in parsed.values())
    found = {
        link
        for text in (parts.text, parts.html, headers)
        for link in re.findall(r"https://weekly\.example\.org(/[^\s\"<>,]*)", text)
    }
    assert {link[:3] for link in found} == {"/u/", "/p/", "/v/", "/ar"}
    before = everything(browser)
    for link in found:
        for method in ("GET", "HEAD"):
            for _ in range(10):
                page = await browser.ask(method, link)
                assert page.status == (404 if link == "/archive/" else 200)
    assert everything(browser) == before


async def test_an_issue_is_shown_as_it_was_sent_without_what_is_the_readers(
    browser: Browser,
) -> None:
    reader = browser.join()
    message = published(browser, reader)
    link = re.search(r"https://weekly\.example\.org(/v/\S+)", message.parts().text)
    assert link is not None
    page = await browser.get(link[1])
    assert page.status == 200
    assert "Nissan to close plant 1" in page.text
    assert TARO not in page.text
    assert not re.search(r"/[up]/[a-z2-7]{32}|[\ue000-\uf8ff]", page.text)
    assert 'href="/about?lang=en"' in page.text
    assert "style-src 'unsafe-inline'" in page.headers["Content-Security-Policy"]
    assert "noindex" in page.headers["X-Robots-Tag"]


async def test_the_headers_of_an_issue_offer_one_click(browser: Browser) -> None:
    reader = browser.join()
    message = published(browser, reader)
    parsed = message_from_bytes(message.data, policy=default)
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    first = parsed["List-Unsubscribe"].split(",")[0].strip("<> ")
    body = parsed["List-Unsubscribe-Post"]
    answer = await browser.ask(
        "POST",
        first.removeprefix("https://weekly.example.org"),
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 200
    left = browser.reader()
    assert left is not None
    assert left.status is Status.LEFT


async def test_who_gets_alerts_and_nothing_else_sees_that_they_get_what_breaks(
    browser: Browser,
) -> None:
    reader = browser.join()
    only = Preferences(rhythm="alerts")
    browser.app.store.subscribers.set_preferences(reader.id, only, browser.clock())
    path = browser.preferences_of(reader)
    assert ticked(await browser.get(path), "alerts") == {"breaking"}
    typed = [("do", "save"), ("rhythm", "alerts"), ("alerts", "rules"), ("rules", "andd")]
    assert ticked(await browser.post(path, typed), "alerts") == {"rules"}

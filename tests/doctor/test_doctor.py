"""What the doctor finds on this machine, and of servers on loopback."""

import os
import ssl
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from digest.config import load
from digest.doctor import here, names, post, web
from digest.doctor.examine import Wanted, examine
from digest.doctor.finding import Finding
from digest.model import FeedId, PollState
from digest.settings import Settings
from digest.store import Store
from tests.doctor.nameserver import name_server
from tests.feeds.server import FeedServer, Response
from tests.mail.imapserver import PASSWORD, Imap, imap_server
from tests.mail.server import smtp_sink

RSS = b"<rss version='2.0'><channel><title>T</title></channel></rss>"


def project(folder: Path, text: str = "") -> Settings:
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    return load(folder, {})


def by_check(found: list[Finding]) -> Mapping[str, Finding]:
    return {each.check: each for each in found}


# --- this machine ------------------------------------------------------------------------------


def test_a_new_project_has_nothing_bad(tmp_path: Path) -> None:
    project(tmp_path)
    found = by_check(here.examine(tmp_path, {}))
    assert {each.verdict for name, each in found.items() if name != "disk"} <= {"ok", "warn"}
    assert "none yet" in found["state folder"].seen


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_password_that_others_may_read_is_bad(tmp_path: Path, mode: int) -> None:
    project(tmp_path, '[mail]\nusername = "u"\npassword = "p"\n')
    (tmp_path / "feeds.toml").chmod(mode)
    found = by_check(here.examine(tmp_path, {}))["secrets"]
    assert (found.verdict, "chmod 600" in found.advice) == ("bad", True)
    (tmp_path / "feeds.toml").chmod(0o600)
    assert by_check(here.examine(tmp_path, {}))["secrets"].verdict == "ok"


def test_so_is_the_file_of_a_password_and_a_webhook(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("p", encoding="utf-8")
    (tmp_path / "pw").chmod(0o644)
    text = '[mail]\nusername = "u"\npassword_file = "pw"\n'
    text += '[channels.desk]\nkind = "webhook"\nurl = "https://hook.example/token"\n'
    project(tmp_path, text)
    found = [each for each in here.examine(tmp_path, {}) if each.check == "secrets"]
    assert ["feeds.toml" in each.seen or "pw" in each.seen for each in found] == [True, True]


def test_of_secrets_in_a_file_that_cannot_be_read_nothing_is_claimed(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text("[mail]\npassword = 'p'\n[broken", encoding="utf-8")
    assert "secrets" not in by_check(here.examine(tmp_path, {}))


def test_a_file_that_anybody_may_change_is_bad(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "feeds.toml").chmod(0o666)
    found = by_check(here.examine(tmp_path, {"DIGEST_MAIL__PASSWORD": "p"}))["secrets"]
    assert (found.verdict, "anybody" in found.seen) == ("bad", True)


def test_a_state_that_others_may_read_is_worth_knowing(tmp_path: Path) -> None:
    Store.open(tmp_path / "state").close()
    project(tmp_path)
    (tmp_path / "state").chmod(0o755)
    found = by_check(here.examine(tmp_path, {}))
    assert found["state folder"].verdict == "warn"
    assert found["database"].verdict == "ok"
    (tmp_path / "state").chmod(stat.S_IRWXU)
    assert by_check(here.examine(tmp_path, {}))["state folder"].verdict == "ok"


def test_a_database_that_is_none_is_bad(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state/digest.db").write_bytes(b"no database at all " * 100)
    found = by_check(here.examine(tmp_path, {}))["database"]
    assert (found.verdict, "backup.md" in found.advice) == ("bad", True)


def test_a_clock_that_is_set_is_worth_knowing(tmp_path: Path) -> None:
    project(tmp_path)
    found = by_check(here.examine(tmp_path, {"DIGEST_NOW": "2020-01-01T00:00:00Z"}))["clock"]
    assert (found.verdict, "2020" in found.seen) == ("warn", True)


@pytest.mark.parametrize(
    ("kind", "network_state", "verdict"),
    [
        ("ext4", False, "ok"),
        ("virtiofs", False, "bad"),
        ("nfs4", False, "bad"),
        ("nfs4", True, "warn"),
        ("tmpfs", False, "warn"),
    ],
)
def test_a_file_system_is_judged_as_the_service_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    network_state: bool,  # noqa: FBT001  # a column of the table above
    verdict: str,
) -> None:
    project(tmp_path)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - {kind} /dev/a rw\n", encoding="utf-8")
    monkeypatch.setattr(here, "MOUNTS", mounts)
    found = by_check(here.examine(tmp_path, {}, network_state=network_state))["file system"]
    assert (found.verdict, kind in found.seen) == (verdict, True)


def test_a_state_that_is_a_link_is_bad(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "elsewhere")
    found = by_check(here.examine(tmp_path, {}))["state folder"]
    assert (found.verdict, "is a link" in found.seen) == ("bad", True)


async def test_all_that_is_wrong_with_the_configuration_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('[digest]\ntimezone = "Mars"\nx = 1\n', encoding="utf-8")
    found = [each async for each in examine(tmp_path, {}, Wanted())]
    assert [each.verdict for each in found if each.check == "configuration"] == ["bad", "bad"]
    assert "clock" in by_check(found)


# --- feeds, the clock elsewhere, our pages -----------------------------------------------------


def feeds_of(*urls: str) -> str:
    return "".join(f'[[feeds]]\nurl = "{url}"\nid = "f{n}"\n' for n, url in enumerate(urls))


async def asked(folder: Path, server: FeedServer, *paths: str) -> list[Finding]:
    text = f'[fetch]\nallow_hosts = ["{server.host}"]\n' + feeds_of(*map(server.url, paths))
    settings = project(folder, text)
    wanted = Wanted()
    found = [each async for each in examine(folder, {}, wanted)]
    assert settings.mail.server is None
    return found


async def test_a_feed_that_answers_is_well_and_so_is_the_clock(tmp_path: Path) -> None:
    async with FeedServer({"/a": Response(body=RSS)}) as server:
        found = by_check(await asked(tmp_path, server, "/a"))
    assert (found["feeds"].verdict, found["clock beside others"].verdict) == ("ok", "ok")
    assert found["mail server"].verdict == "warn"
    assert found["one-click leaving"].verdict == "warn"
    assert len(server.requests) == 1


async def test_a_clock_that_is_far_from_others_is_bad(tmp_path: Path) -> None:
    late = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    async with FeedServer({"/a": Response(body=RSS, headers=late)}) as server:
        found = by_check(await asked(tmp_path, server, "/a"))["clock beside others"]
    assert (found.verdict, "ahead" in found.seen) == ("bad", True)


async def test_feeds_that_fail_are_told_with_their_reason(tmp_path: Path) -> None:
    async with FeedServer({"/a": Response(status=503)}) as server:
        found = by_check(await asked(tmp_path, server, "/a"))["feeds"]
    assert (found.verdict, "503" in found.seen) == ("bad", True)


def test_few_feeds_are_asked_each_of_another_host_and_none_that_wants_rest(tmp_path: Path) -> None:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    urls = [f"https://h{n // 2}.example/{n}" for n in range(12)]
    settings = project(tmp_path, feeds_of(*urls))
    states = {FeedId("f0"): PollState(last_poll=now - timedelta(hours=1))}
    waits = {"h1.example": now + timedelta(hours=1)}
    found = web.some_of(settings.feeds, states, waits, now)
    assert [feed.id for feed in found] == ["f1", "f4", "f6"]


@pytest.mark.parametrize(
    ("page", "health", "verdict"),
    [
        (Response(body=b"<title>Kuruma &amp; Co</title>"), Response(body=b"ok"), "ok"),
        (Response(body=b"Welcome to nginx"), Response(body=b"ok"), "bad"),
        (Response(body=b"Kuruma &amp; Co"), Response(status=503), "bad"),
        (Response(status=502), Response(status=502), "bad"),
    ],
)
async def test_the_public_url_must_show_our_pages(
    tmp_path: Path, page: Response, health: Response, verdict: str
) -> None:
    async with FeedServer({"/": page, "/healthz": health}) as server:
        url = f"http://{server.host}"
        text = f'[digest]\ntitle = "Kuruma & Co"\n[web]\npublic_url = "{url}"\n'
        found = by_check(await web.ask_pages(project(tmp_path, text)))
    assert found["public URL"].verdict == verdict
    assert "not https" in found["one-click leaving"].seen


async def test_a_public_url_where_nobody_answers_is_bad(tmp_path: Path) -> None:
    settings = project(tmp_path, '[web]\npublic_url = "http://127.0.0.1:9"\n')
    assert by_check(await web.ask_pages(settings))["public URL"].verdict == "bad"


# --- mail --------------------------------------------------------------------------------------

MAIL = '[operator]\naddress = "me@op.example"\n[mail]\nfrom = "K <k@list.example>"\n'


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> post.Trust:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return post.Trust(context)


def serving(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_a_login_and_a_test_mail(tmp_path: Path, authority: trustme.CA) -> None:
    with smtp_sink(tls_context=serving(authority), login=("k", "right")) as sink:
        text = f'{MAIL}smtp = "smtp://localhost:{sink.port}"\nusername = "k"\npassword = '
        trust, test = trusting(authority), (b"s" * 32, datetime(2026, 11, 16, tzinfo=UTC))
        settings = project(tmp_path, f'{text}"right"\n')
        found = by_check(await post.examine_outgoing(settings, trust, test))
        assert (found["mail server"].verdict, found["test mail"].verdict) == ("ok", "ok")
        assert "STARTTLS, logged in as k" in found["mail server"].seen
        (mail,) = sink.to("me@op.example")
        assert "A test from Kuruma Weekly" in str(mail.message["Subject"])
        wrong = await post.examine_outgoing(project(tmp_path, f'{text}"wrong"\n'), trust, test)
        assert [each.verdict for each in wrong] == ["bad"]
        assert "535" in wrong[0].seen
        assert "app password" in wrong[0].advice
        stranger = await post.examine_outgoing(settings, post.Trust(), None)
        assert "TLS" in stranger[0].seen
        assert "authority" in stranger[0].advice
        assert len(sink.received) == 1


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    settings = project(tmp_path, f'{MAIL}smtp = "smtp://127.0.0.1:9?tls=none"\n')
    (found,) = await post.examine_outgoing(settings, post.Trust(), None)
    assert (found.verdict, "127.0.0.1:9" in found.seen) == ("bad", True)


async def test_a_server_without_the_tls_that_is_asked_for_is_told_apart(tmp_path: Path) -> None:
    with smtp_sink() as sink:
        advice = []
        for scheme in ("smtp", "smtps"):
            settings = project(tmp_path, f'{MAIL}smtp = "{scheme}://127.0.0.1:{sink.port}"\n')
            (found,) = await post.examine_outgoing(settings, post.Trust(), None)
            advice.append(found.advice)
    assert "smtps://" in advice[0]
    assert "smtp:// instead of smtps://" in advice[1]


async def test_a_test_mail_needs_an_operator_and_may_go_to_a_folder(tmp_path: Path) -> None:
    test = (b"s" * 32, datetime(2026, 11, 16, tzinfo=UTC))
    nobody = by_check(await post.examine_outgoing(project(tmp_path), post.Trust(), test))
    assert nobody["test mail"].verdict == "bad"
    there = by_check(await post.examine_outgoing(project(tmp_path, MAIL), post.Trust(), test))
    assert there["test mail"].verdict == "ok"
    assert len(list((tmp_path / "state/outbox/new").iterdir())) == 1


async def test_the_mailbox_is_logged_in_to(tmp_path: Path, authority: trustme.CA) -> None:
    async with imap_server(Imap(), serving(authority)) as server:
        server.folders["INBOX"][7] = b"Subject: hello\r\n\r\n"
        text = f'[inbox]\nimap = "imaps://localhost:{server.port}"\nusername = "k"\n'
        settings = project(tmp_path, f'{text}password = "{PASSWORD}"\n')
        found = by_check(await post.examine_incoming(settings.inbox, trusting(authority)))
        assert (found["mailbox"].verdict, "1 wait" in found["mailbox"].seen) == ("ok", True)
        server.refuses = "LOGIN"
        found = by_check(await post.examine_incoming(settings.inbox, trusting(authority)))
        assert (found["mailbox"].verdict, "not today" in found["mailbox"].seen) == ("bad", True)
        offline = await post.examine_incoming(settings.inbox, post.Trust(), offline=True)
        assert [each.check for each in offline] == ["Maildir of the inbox"]


async def test_a_maildir_must_be_whole_and_ours(tmp_path: Path) -> None:
    settings = project(tmp_path)
    for name in ("new", "cur"):
        (settings.inbox.maildir / name).mkdir(parents=True)
    (found,) = await post.examine_incoming(settings.inbox, post.Trust())
    assert (found.verdict, "tmp" in found.seen) == ("bad", True)
    (settings.inbox.maildir / "tmp").mkdir()
    (found,) = await post.examine_incoming(settings.inbox, post.Trust())
    assert (found.verdict, "0 wait" in found.seen) == ("ok", True)


# --- name servers ------------------------------------------------------------------------------

GOOD = {
    ("list.org.uk", "TXT"): ['"v=spf1 mx -all"'],
    ("list.org.uk", "MX"): ["20 b.list.org.uk.", "10 a.list.org.uk."],
    ("a.list.org.uk", "A"): ["192.0.2.1"],
    ("b.list.org.uk", "AAAA"): ["2001:db8::1"],
    ("_dmarc.list.org.uk", "TXT"): ['"v=DMARC1; p=none"'],
    ("s1._domainkey.list.org.uk", "TXT"): [f'"v=DKIM1; p=" "{"QUJD" * 50}" "{"QUJD" * 50}"'],
}
SENDER = '[mail]\nfrom = "K <k@list.org.uk>"\n'


async def told(
    folder: Path, zone: Mapping[tuple[str, str], list[str]], *selectors: str
) -> dict[str, str]:
    settings = project(folder, SENDER)
    async with name_server(zone) as asked_:
        found = await names.examine(settings, asked_, selectors)
    return {each.check: each.verdict for each in found}


async def test_a_domain_that_is_set_up_well(tmp_path: Path) -> None:
    verdicts = await told(tmp_path, GOOD, "s1")
    assert verdicts == {"SPF": "ok", "DKIM": "ok", "DMARC": "ok", "MX": "ok"}


async def test_without_a_selector_dkim_is_explained(tmp_path: Path) -> None:
    settings = project(tmp_path, SENDER)
    async with name_server(GOOD) as asked_:
        found = by_check(await names.examine(settings, asked_, ()))["DKIM"]
    assert (found.verdict, "--selector" in found.advice) == ("warn", True)
    assert "list.org.uk" in found.advice


async def test_a_domain_without_anything(tmp_path: Path) -> None:
    verdicts = await told(tmp_path, {("list.org.uk", "NS"): ["ns.example."]}, "s1")
    assert verdicts == {"SPF": "bad", "DKIM": "bad", "DMARC": "bad", "MX": "bad"}


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ({("list.org.uk", "A"): ["192.0.2.1"]}, "warn"),
        ({("list.org.uk", "MX"): ["0 ."]}, "bad"),
        ({("list.org.uk", "MX"): ["10 gone.example."]}, "bad"),
    ],
)
async def test_where_mail_comes_back_to(
    tmp_path: Path, records: Mapping[tuple[str, str], list[str]], verdict: str
) -> None:
    assert (await told(tmp_path, records))["MX"] == verdict


async def test_dmarc_of_the_domain_above_counts(tmp_path: Path) -> None:
    settings = project(tmp_path, '[mail]\nfrom = "K <k@news.list.org.uk>"\n')
    async with name_server(GOOD) as asked_:
        found = by_check(await names.examine(settings, asked_, ()))["DMARC"]
    assert (found.verdict, "_dmarc.list.org.uk" in found.seen) == ("ok", True)


async def test_a_sender_that_nobody_knows_is_bad(tmp_path: Path) -> None:
    settings = project(tmp_path, '[mail]\nfrom = "K <k@localhost>"\n')
    async with name_server(GOOD) as asked_:
        (found,) = await names.examine(settings, asked_, ())
    assert (found.verdict, "localhost" in found.seen) == ("bad", True)


async def test_a_name_server_that_says_nothing_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "ANSWER_WITHIN", 0.2)
    settings = project(tmp_path, SENDER)
    async with name_server(GOOD, silent=True) as asked_:
        found = await names.examine(settings, asked_, ("s1",))
    assert {each.verdict for each in found} == {"warn"}
    assert all("no answer" in each.seen for each in found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_is_told_whose_state_it_is(tmp_path: Path) -> None:
    project(tmp_path)
    Store.open(tmp_path / "state").close()
    os.chown(tmp_path / "state", 65534, 65534)
    found = by_check(here.examine(tmp_path, {}))["state folder"]
    assert (found.verdict, "root" in found.seen) == ("ok", True)

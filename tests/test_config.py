from datetime import timedelta
from pathlib import Path

import pytest

from digest.app.check import check_all
from digest.config import append_feeds, load
from digest.errors import ConfigError, Problem
from digest.model import FeedKind
from digest.settings import Server, WebSettings
from digest.subscribers import commands
from digest.tomladdresses import address_key, feed_id
from digest.tomllines import find_line
from digest.tomlvalues import parse_duration

GOOD = """
[digest]
timezone = "Europe/Berlin"
[digest.editions]
weekly = "mon 07:00"
daily = "06:30"
[mail]
from = "Kuruma Weekly <weekly@kuruma.example>"
smtp = "smtp://mail.kuruma.example:587"
[[feeds]]
url = "https://trade.example/rss"
id = "trade"
kind = "newsroom"
weight = 2
keep = ["company:nissan"]
"""


def settings_of(folder: Path, text: str, **environment: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    return load(folder, environment)


def problems_of(folder: Path, text: str, **environment: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        settings_of(folder, text, **environment)
    return caught.value.problems


def test_a_good_file_becomes_settings(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, GOOD)
    assert settings.zone.key == "Europe/Berlin"
    assert list(settings.editions) == ["weekly", "daily"]
    assert settings.mail.server == Server(host="mail.kuruma.example", port=587, tls="starttls")
    (feed,) = settings.feeds
    assert (feed.kind, feed.weight, feed.keep) == (FeedKind.NEWSROOM, 2.0, ("company:nissan",))


def test_an_empty_file_is_a_working_configuration(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    assert settings.mail.server is None
    assert list(settings.editions) == ["weekly"]
    assert settings.inbox.address == "weekly@localhost"


def test_everything_wrong_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = """[digest]
timezone = "Mars/Olympus"
catch_up = "soon"
colour = "red"
[digest.editions]
weekly = "someday 25:00"
[operator]
address = "not an address"
[mail]
from = "Kuruma"
smtp = "http://mail.example"
[[feeds]]
url = "ftp://files.example/rss"
[[feeds]]
url = "https://trade.example/rss"
weight = -1
keep = ["company:"]
[[feeds]]
url = "https://trade.example/rss"
"""
    problems = {p.key: p for p in problems_of(tmp_path, text)}
    lines = {key: problem.line for key, problem in problems.items()}
    assert lines == {
        "digest.timezone": 2,
        "digest.catch_up": 3,
        "digest.colour": 4,
        "digest.editions.weekly": 6,
        "operator.address": 8,
        "mail.from": 10,
        "mail.smtp": 11,
        "feeds[0].url": 13,
        "feeds[1].weight": 16,
        "feeds[1].keep[0]": 17,
        "feeds[2].url": 19,
    }
    assert "Asia/Tokyo" in problems["digest.timezone"].allowed
    assert "feeds[1] has it too" in problems["feeds[2].url"].allowed


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[digest", "TOML"),
        ("digest = 1", "digest"),
        ("[digest]\nmax_stories = '3'", "digest.max_stories"),
        ("[digest]\nlanguage = 'fr'", "digest.language"),
        ('[digest]\ntitle = "Evil\\nBcc: x@y.example"', "digest.title"),
        ("[digest]\ncatch_up = '99999999999 days'", "digest.catch_up"),
        ("[digest.editions]", "digest.editions"),
        ("[fetch]\ninterval = '0'", "fetch.interval"),
        ("[[feeds]]\nurl = 'https://a b.example'", "feeds[0].url"),
        ("[mail]\nrate = 'fast'", "mail.rate"),
        ("[mail]\nrate = '0/s'", "mail.rate"),
        ("[mail]\nsmtp = 'smtp://user:secret@mail.example'", "mail.smtp"),
        ("[mail]\nsmtp = 'smtp://mail.example:none'", "mail.smtp"),
        ("[mail]\nusername = 'w'\npassword_file = 'nowhere'", "mail.password_file"),
        ("[mail]\nusername = 'w'", "mail.username"),
        ("[mail]\npassword = 'p'", "mail.password"),
        ("[mail]\nsmtp = 'smtp://mail.example:25?tls=none'", "mail.smtp"),
        ("[mail]\nsmtp = 'smtp://192.168.1.4:25?tls=none'", "mail.smtp"),
        ("[mail]\nresend_after = '49 h'", "mail.resend_after"),
        ("[mail]\nfrom = 'W <käse@kuruma.example>'", "mail.from"),
        (f"[mail]\nfrom = 'W <{'w' * 24}@kuruma.example>'", "mail.from"),
        (f"[inbox]\naddress = '{'w' * 24}@kuruma.example'", "inbox.address"),
        ("[inbox]\naddress = 'käse@kuruma.example'", "inbox.address"),
        ("[inbox]\nbounces = 'Weekly@localhost'", "inbox.bounces"),
        ("[inbox]\nauthserv_id = 'mx example'", "inbox.authserv_id"),
        ("[inbox]\nimap = 'imaps://mail.example'", "inbox.imap"),  # and nobody to log in
        ("[inbox]\nimap = 'smtps://mail.example'\nusername = 'w'\npassword = 'p'", "inbox.imap"),
        (
            "[inbox]\nimap = 'imap://mail.example?tls=none'\nusername = 'w'\npassword = 'p'",
            "inbox.imap",
        ),
        ("[inbox]\nimap = 'imaps://w:p@mail.example'", "inbox.imap"),
        ("[inbox]\nimap = 'imaps://mail.example'\nusername = 'w'", "inbox.username"),
        ("[inbox]\nusername = 'w'\npassword = 'p'", "inbox.username"),
        ("[inbox]\npassword = 'p'", "inbox.password"),
        (
            "[inbox]\nimap = 'imaps://mail.example'\nusername = 'w'\npassword_file = 'nowhere'",
            "inbox.password_file",
        ),
        ("[inbox]\nfolder = '\"x'", "inbox.folder"),
        ("[inbox]\nbounces = 'back+to@kuruma.example'", "inbox.bounces"),
        ("[inbox]\nbounces = 'zurück@kuruma.example'", "inbox.bounces"),
        (f"[inbox]\nbounces = '{'b' * 32}@kuruma.example'", "inbox.bounces"),
        (
            "[inbox]\nplus_addressing = false\nbounces = 'back@kuruma.example'",
            "inbox.bounces",
        ),
        ("[mail]\nfrom = 'W <w@gmail.com>'\nsmtp = 'smtp://mail.example'", "mail.from"),
        ("[fetch]\nallow_hosts = ['localhost']", "fetch.allow_hosts[0]"),
        ("[fetch]\nallow_hosts = ['*:80']", "fetch.allow_hosts[0]"),
        ("[fetch]\nallow_hosts = ['localhost:99999']", "fetch.allow_hosts[0]"),
        ("[fetch]\nproxy = 'http://proxy.example:99999'", "fetch.proxy"),
        ("[[feeds]]\nurl = 'https://a.example'\ntitle = \"A\\nB\"", "feeds[0].title"),
        ("[[feeds]]\nurl = 'https://a.example'\ntitle = \"A\\u0007\"", "feeds[0].title"),
        ("[[feeds]]\nurl = 'https://a.example'\nlang = 'EN'", "feeds[0].lang"),
        ('[[feeds]]\nurl = "https://a.example/\\u0000"', "feeds[0].url"),
        ("[[feeds]]\nid = 'a'", "feeds[0].url"),
        ("[[feeds]]\nurl = 'https://[bad'", "feeds[0].url"),
        ("[[feeds]]\nurl = 'https://a.example'\nid = 'Böse'", "feeds[0].id"),
        ("[digest.editions]\n'Weekly Issue' = '07:00'", "digest.editions.Weekly Issue"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, key: str) -> None:
    assert [problem.key for problem in problems_of(tmp_path, text)] == [key]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("[fetch]\ninterval = '0'", "at least 1 s"),
        ("[digest]\nmax_stories = 501", "at most 500"),
        ("[digest]\nmax_stories = '3'", "a whole number"),
        ("[digest]\ntitle = ''", "a text that is not empty"),
        (f"[digest]\ntitle = '{'a' * 61}'", "at most 60 characters"),
        ("[digest]\nlanguage = 'fr'", "'en' or 'ja'"),
        ("[digest.editions]", "at least one"),
        ("[digest]\nsections = 'ev'", "a list in square brackets"),
        ("[fetch]\nallow_hosts = ['*:80']", "no patterns"),
        ("[[feeds]]\nurl = 'https://a.example'\nweight = 0", "more than 0"),
        ("[[feeds]]\nurl = 'https://a.example'\nkind = 'x'", "'trade'"),
        ("[[feeds]]\nurl = 'https://a.example'\nid = 'A b'", "small letters"),
        ("[[feeds]]\nurl = 'ftp://a.example'", "only http and https"),
        (f"[[feeds]]\nurl = 'https://a.example:{'9' * 5000}'", "a port from 1 to 65535"),
        (f"[digest]\nmax_stories = {'9' * 5000}", "too many digits"),
        (f"[digest]\nsections = {'[' * 5000}", "nested too deeply"),
    ],
)
def test_what_is_allowed_is_said_in_words_of_ours(tmp_path: Path, text: str, allowed: str) -> None:
    (problem,) = problems_of(tmp_path, text)
    assert allowed in problem.allowed
    assert not {"Input", "should", "timedelta", "sys."} & set(str(problem).split())


def test_a_title_in_japanese_may_hold_the_wide_space_and_an_emoji(tmp_path: Path) -> None:
    title = "日刊\u3000自動車 \U0001f468\u200d\U0001f527"
    text = f"[digest]\ntitle = '{title}'\n[[feeds]]\nurl = 'https://a.example'\ntitle = '{title}'"
    settings = settings_of(tmp_path, text)
    assert settings.title == settings.feeds[0].title == title


def test_hosts_of_our_own_are_told_as_the_fetcher_knows_them(tmp_path: Path) -> None:
    text = "[fetch]\nallow_hosts = ['Intranet:80', '[FD00::1]:8080']"
    hosts = settings_of(tmp_path, text).fetch.allow_hosts
    assert hosts == {"intranet:80", "[fd00::1]:8080"}


def test_two_ways_to_write_one_address_are_one_feed(tmp_path: Path) -> None:
    text = "\n".join(
        f"[[feeds]]\nurl = '{url}'\nid = '{number}'"
        for number, url in enumerate(("https://a.example/rss", "HTTPS://A.Example:443/rss"))
    )
    assert [p.key for p in problems_of(tmp_path, text)] == ["feeds[1].url"]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("HTTP://Cars.Example:80", "http://cars.example/"),
        ("http://cars.example.:8080/a?b=1#c", "http://cars.example:8080/a?b=1"),
        ("https://日産.example/", "https://xn--wgv425a.example/"),
        ("http://[", "http://["),
    ],
)
def test_an_address_is_compared_in_one_form(url: str, key: str) -> None:
    assert address_key(url) == key


@pytest.mark.parametrize(
    "text",
    [
        "[mail]\nsmtp = 'smtp://localhost:25?tls=none'",
        "[mail]\nsmtp = 'smtp://127.8.0.1:25?tls=none'",
        "[mail]\nsmtp = 'smtp://[::1]:25?tls=none'",
        "[mail]\nresend_after = '48 h'",
        f"[mail]\nfrom = 'W <{'w' * 23}@kuruma.example>'",
        f"[mail]\nfrom = 'W <{'w' * 24}@kuruma.example>'\n[inbox]\nplus_addressing = false",
        f"[mail]\nfrom = 'W <{'w' * 24}@kuruma.example>'\n[inbox]\naddress = 'w@kuruma.example'",
        f"[inbox]\nbounces = '{'b' * 31}@kuruma.example'",
        "[inbox]\nimap = 'imaps://mail.example'\nusername = 'w'\npassword = 'p'",
        "[inbox]\nimap = 'imap://127.0.0.1:143?tls=none'\nusername = 'w'\npassword = 'p'",
        "[inbox]\nauthserv_id = 'mx.kuruma.example'\nfolder = 'List/Kuruma'",
    ],
)
def test_what_can_just_be_used_is_not_refused(tmp_path: Path, text: str) -> None:
    settings_of(tmp_path, text)


def test_a_mailbox_whose_name_is_too_long_says_how_long_it_may_be(tmp_path: Path) -> None:
    """As long as allowed, every address that mails carry still has at most 64 octets."""
    (problem,) = problems_of(tmp_path, f"[mail]\nfrom = 'W <{'w' * 24}@kuruma.example>'")
    assert "at most 23 characters" in problem.allowed
    assert commands.tagged(f"{'w' * 23}@kuruma.example", f"confirm-{'x' * 32}") is not None
    assert commands.tagged(f"{'w' * 24}@kuruma.example", f"confirm-{'x' * 32}") is None


def test_two_feeds_of_one_id_are_refused(tmp_path: Path) -> None:
    text = "\n".join(
        f"[[feeds]]\nurl = 'https://{host}.example/rss'\nid = 'same'" for host in ("a", "b")
    )
    assert [p.key for p in problems_of(tmp_path, text)] == ["feeds[1].id"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\Afeeds\.toml: there is none .*digest init"):
        load(tmp_path, {})
    assert load(tmp_path, {}, needed=False).title == "Kuruma Weekly"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_bytes("[digest]\ntitle = '車'".encode("cp932"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, {})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "[digest]\ntitle = 'A'\n",
        DIGEST_DIGEST__TITLE="B",
        DIGEST_DIGEST__MAX_STORIES="5",
        DIGEST_MAIL__USERNAME="weekly",
        DIGEST_MAIL__PASSWORD="true or false",  # not even a secret
        DIGEST_NOW="2026-11-16T07:00:00Z",
    )
    assert (settings.title, settings.max_stories) == ("B", 5)
    assert settings.mail.password == "true or false"  # noqa: S105


def test_a_wrong_word_in_the_environment_is_a_problem_too(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "digest = {}", DIGEST_DIGEST__TITLE__DEEP__ER="x")
    assert "title" in problem.key or problem.file == "environment"


def test_a_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n", encoding="utf-8")
    settings = settings_of(tmp_path, "[mail]\nusername = 'weekly'\npassword_file = 'secret'")
    assert settings.mail.password == "hunter2"  # noqa: S105
    assert "hunter2" not in repr(settings)


def test_a_wrong_password_is_not_repeated(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "[mail]\npassword = 12345")
    assert "12345" not in str(problem)


def test_words_that_the_lexicon_does_not_know_are_found(tmp_path: Path) -> None:
    text = """
[digest]
sections = ["ev", "flying_carpets"]
[[feeds]]
url = "https://a.example/rss"
keep = ["company:acme or topic:ev"]
"""
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    found = {(p.key, p.found) for p in check_all(tmp_path, {})}
    assert found == {("digest.sections", "'flying_carpets'"), ("feeds[0].keep", "'company:acme'")}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[digest]\ntitel = 'x'", "title"),
        ("[mial]\nfrom = 'x'", "mail"),
        ("[mail]\nfrm = 'x'", "from"),
        ("[digest.editons]\nx = 'mon 07:00'", "editions"),
        ("[[feeds]]\nurl = 'https://a.example/rss'\nlangauge = 'en'", "lang"),
        ("[channels.desk]\nkind = 'webhook'\nsecert = 'x'", "secret"),
        ("[[company]]\nid = 'acme'\nname = { en = 'Acme' }\nnmaes = ['x']", "names"),
        ("[digest]\nsections = ['recal_safety']", "recall_safety"),
        ("[[feeds]]\nurl = 'https://a.example/rss'\nkeep = ['company:nisan']", "nissan"),
        ("[[feeds]]\nurl = 'https://a.example/rss'\nkeep = ['topic:charging']", None),
    ],
)
def test_a_slip_in_a_name_is_answered_with_what_may_be_meant(
    tmp_path: Path, written: str, meant: str | None
) -> None:
    (tmp_path / "feeds.toml").write_text(written, encoding="utf-8")
    words = "\n".join(map(str, check_all(tmp_path, {})))
    assert words
    asked = "; did you mean " in words if meant is None else f"; did you mean {meant}" in words
    assert asked is (meant is not None), words


def test_a_wrong_zone_hides_neither_wrong_words_nor_a_wrong_lexicon(tmp_path: Path) -> None:
    text = """
[digest]
timezone = "Mars"
sections = ["flying_carpets"]
[[feeds]]
url = "https://a.example/rss"
keep = ["company:acme"]
"""
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    assert {p.key for p in check_all(tmp_path, {})} == {
        "digest.timezone",
        "digest.sections",
        "feeds[0].keep",
    }
    broken = f"{text}[[company]]\nid = 'X Y'\n"
    (tmp_path / "feeds.toml").write_text(broken, encoding="utf-8")
    found = {p.key: p.line for p in check_all(tmp_path, {})}
    assert found == {"digest.timezone": 3, "company X Y.id": 9}


def test_words_are_those_of_the_folder_and_its_problems_come_with_all_others(
    tmp_path: Path,
) -> None:
    (tmp_path / "own").mkdir()
    lexicon = tmp_path / "own/a.toml"
    lexicon.write_text('[[topic]]\nid = "rye"\nname = { en = "Rye" }\n', encoding="utf-8")
    text = '[digest]\nlexicon = "own"\nsections = ["rye", "ev"]\ntimezone = "Mars"\n'
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    found = {(p.key, p.found) for p in check_all(tmp_path, {})}
    assert found == {("digest.timezone", "'Mars'"), ("digest.sections", "'ev'")}
    with lexicon.open("a", encoding="utf-8") as file:
        file.write("[[company]]\nid = 3\n")
    places = {(p.key, p.file) for p in check_all(tmp_path, {})}
    assert places == {("digest.timezone", "feeds.toml"), ("company[0].id", "own/a.toml")}


def test_a_lexicon_without_a_name_is_none(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('[digest]\nlexicon = ""\n', encoding="utf-8")
    (problem,) = check_all(tmp_path, {})
    assert (problem.key, problem.found, problem.line) == ("digest.lexicon", "''", 2)


def test_a_number_in_the_environment_is_text_where_text_is_wanted(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "",
        DIGEST_MAIL__USERNAME="weekly",
        DIGEST_MAIL__PASSWORD="123456",
        DIGEST_DIGEST__TITLE="2026",
    )
    assert (settings.mail.password, settings.title) == ("123456", "2026")


def test_a_wrong_value_of_the_environment_is_blamed_on_it(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "", DIGEST_DIGEST__MAX_STORIES="many")
    assert (problem.file, problem.key) == ("environment", "DIGEST_DIGEST__MAX_STORIES")


def test_an_appended_feed_keeps_the_files_permissions_and_its_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.toml"
    real.write_text("# secret\r\n", encoding="utf-8", newline="")
    real.chmod(0o600)
    (tmp_path / "feeds.toml").symlink_to(real)
    append_feeds(tmp_path, [{"url": "https://b.example/rss", "id": "b"}])
    assert real.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "feeds.toml").is_symlink()


def test_a_template_that_does_not_compile_is_found_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").touch()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/issue.txt").write_text("fine\n{% if %}\n", encoding="utf-8")
    (problem,) = check_all(tmp_path, {})
    assert (problem.file, problem.line) == ("templates/issue.txt", 2)


def test_a_feed_is_appended_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(f"# my own words\n{GOOD}", encoding="utf-8")
    append_feeds(tmp_path, [{"url": "https://b.example/rss", "id": "b", "title": 'The "B"'}])
    assert path.read_text(encoding="utf-8").startswith(f"# my own words\n{GOOD.rstrip()}")
    assert [feed.title for feed in load(tmp_path, {}).feeds] == ["trade.example", 'The "B"']


def test_a_feed_that_is_there_already_is_not_appended(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match="each feed once"):
        append_feeds(tmp_path, [{"url": "https://trade.example/rss", "id": "again"}])
    assert path.read_text(encoding="utf-8") == GOOD


def test_the_shipped_file_is_good() -> None:
    folder = Path(__file__).parent.parent
    assert check_all(folder, {}) == []
    assert sum(feed.enabled for feed in load(folder, {}).feeds) == 26


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90 s", timedelta(seconds=90)),
        ("30 min", timedelta(minutes=30)),
        ("1.5h", timedelta(minutes=90)),
        ("6 days", timedelta(days=6)),
        ("7d", timedelta(days=7)),
        ("0", timedelta()),
    ],
)
def test_lengths_of_time(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "-1 h", "1 fortnight", "h", "1 h 30 min", "９ h"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="a length of time"):
        parse_duration(text)


def test_a_feeds_id_comes_from_its_url() -> None:
    assert feed_id("https://www.mlit.go.jp/pressrelease.rdf") == "mlit-go-jp-pressrelease-rdf"


def test_lines_are_found_below_tables_and_in_lists_of_tables() -> None:
    text = "[a]\nx = 1\n[[b]] # first\nx = 2\n\n[[b]]\n'x' = 3\n"
    assert find_line(text, ["a", "x"]) == 2
    assert find_line(text, ["b", 1, "x"]) == 7
    assert find_line(text, ["b", 1, "y"]) == 6
    assert find_line(text, ["c"]) is None
    assert find_line(text, ["b"]) == 3  # an array is where its first table is
    text += "[b.c]\n'z' = 4\n[[b]]\n[b.c]\n"
    assert find_line(text, ["b", 1, "c", "z"]) == 9
    assert find_line(text, ["b", 2, "c", "z"]) == 11


def test_a_table_of_a_whole_lexicon_is_sent_to_its_folder(tmp_path: Path) -> None:
    text = "[digest]\n[[guard]]\nid = 'x'\n[background]\n[[gaurd]]\nid = 'x'\n[[compny]]\n"
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    guard, background, gaurd, compny = map(str, check_all(tmp_path, {}))
    folder = "it belongs in the folder that [digest] lexicon names"
    assert guard.startswith("feeds.toml:2: guard: found a table of a whole lexicon")
    assert background.startswith("feeds.toml:4: background: found a table of a whole lexicon")
    assert folder in guard
    assert folder in background
    assert gaurd.startswith("feeds.toml:5: gaurd: found a key that is not known")
    assert gaurd.endswith("; did you mean guard?")
    assert compny.startswith("feeds.toml:7: compny: found a key that is not known")
    assert compny.endswith("; did you mean company?")


def test_a_review_needs_somebody_to_mail_drafts_to(tmp_path: Path) -> None:
    text = '[digest]\nreview = "2 h"\n'
    (problem,) = problems_of(tmp_path, text)
    assert (problem.key, problem.line) == ("digest.review", 2)
    assert "[operator] address" in problem.allowed
    settings = settings_of(tmp_path, f'{text}[operator]\naddress = "editor@example.org"\n')
    assert settings.review == timedelta(hours=2)


@pytest.mark.parametrize("length", ["0", "30 s", "8 days"])
def test_a_review_has_its_limits(tmp_path: Path, length: str) -> None:
    text = f'[operator]\naddress = "editor@example.org"\n[digest]\nreview = "{length}"\n'
    (problem,) = problems_of(tmp_path, text)
    assert "1 min" in problem.allowed


# --- [web] --------------------------------------------------------------------------------------


def test_without_a_web_table_there_are_no_pages(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "").web is None


def test_an_empty_web_table_serves_this_machine_alone(tmp_path: Path) -> None:
    web = settings_of(tmp_path, "[web]\n").web
    assert web == WebSettings(host="127.0.0.1", port=8025, public_url=None, proxies=())


def test_a_web_table_becomes_settings(tmp_path: Path) -> None:
    text = """[web]
listen = "[::1]:8080"
public_url = "https://weekly.example.org/"
proxies = ["127.0.0.1", "10.0.0.0/24", "::1"]
"""
    web = settings_of(tmp_path, text).web
    assert web is not None
    assert (web.host, web.port, web.public_url) == ("::1", 8080, "https://weekly.example.org")
    assert list(map(str, web.proxies)) == ["127.0.0.1/32", "10.0.0.0/24", "::1/128"]


def test_the_environment_may_move_the_pages(tmp_path: Path) -> None:
    web = settings_of(tmp_path, "[web]\n", DIGEST_WEB__LISTEN="0.0.0.0:80").web
    assert web is not None
    assert (web.host, web.port) == ("0.0.0.0", 80)  # noqa: S104  # a container listens so


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ('listen = "8025"', "an address of this machine and a port"),
        ('listen = "127.0.0.1:0"', "an address of this machine and a port"),
        ('listen = "127.0.0.1:70000"', "an address of this machine and a port"),
        ("listen = 8025", "text in quotes"),
        ('public_url = "http://weekly.example.org"', "an https URL"),
        ('public_url = "weekly.example.org"', "a URL of a name of its own"),
        ('public_url = "https://example.org/weekly"', "without a path"),
        ('public_url = "https://me:pw@example.org"', "a URL of a name of its own"),
        ('public_url = "https://exa mple.org"', "a URL of a name of its own"),
        ('public_url = "https://[::1"', "a URL such as"),
        ('public_url = "https://example.org:99999"', "a URL such as"),
        ('public_url = "https://くるま.example"', "a URL of a name of its own"),
        ('proxies = ["proxy.example"]', "the address of a proxy"),
        ('proxies = ["10.0.0.1/24"]', "the address of a proxy"),
        ("port = 80", "a key that is not known"),
    ],
)
def test_what_is_wrong_with_the_web_table_is_said_with_its_line(
    tmp_path: Path, line: str, allowed: str
) -> None:
    (problem,) = problems_of(tmp_path, f"[web]\n{line}\n")
    assert problem.line == 2
    assert problem.key.startswith("web.")
    assert allowed in str(problem)


def test_a_plain_address_is_for_trying_on_this_machine(tmp_path: Path) -> None:
    web = settings_of(tmp_path, '[web]\npublic_url = "http://127.0.0.1:8025"\n').web
    assert web is not None
    assert web.public_url == "http://127.0.0.1:8025"

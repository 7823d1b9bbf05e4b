import json
from pathlib import Path

import pytest

from digest.store import Store
from digest.store.database import open_database
from digest.store.schema import MIGRATIONS
from tests.builders import NOW
from tests.cli.conftest import Digest

ACTIVE = ("--active", "--consent", "asked us on paper")
EMMA = "emma@reader.example"


def test_help_names_every_command_and_imports_none(digest: Digest) -> None:
    ended = digest("--help")
    assert ended.status == 0
    for name in ("init", "demo", "run", "preview", "send", "status"):
        assert f"  {name} " in ended.out


def test_an_unknown_command_is_a_usage_error(digest: Digest) -> None:
    ended = digest("pol")
    assert (ended.status, "No such command" in ended.errors) == (2, True)


def test_a_slip_is_answered_with_what_was_meant(digest: Digest) -> None:
    assert "Did you mean 'status'?" in digest("statsu").errors
    assert "Did you mean" not in digest("xyzzy").errors
    misplaced = digest("status", "--project", "here")
    assert (misplaced.status, "stands before the command" in misplaced.errors) == (2, True)
    for number in ("first", "0", "9" * 30):
        assert f"'{number}' is not the number of" in digest("stories", "show", number).errors
        assert digest("outbox", "resolve", number, "--sent").status == 2


def test_the_help_of_a_group_cuts_no_sentence_off(digest: Digest) -> None:
    shown = digest("subscribers", "--help").out
    assert "to\n          see what would happen." in shown
    assert "...\n" not in shown.partition("Commands:")[2]


def test_version(digest: Digest) -> None:
    assert digest("--version").out.startswith("digest 0.")


def test_init_writes_a_feed_list_and_never_over_another(digest: Digest, tmp_path: Path) -> None:
    target = tmp_path / "new"
    assert digest("init", str(target)).status == 0
    assert digest("--project", str(target), "check").out.startswith("all is well: 26 of 60 feeds")
    (target / "feeds.toml").write_text("# mine\n", encoding="utf-8")
    again = digest("init", str(target))
    assert (again.status, "is there already" in again.errors) == (2, True)
    assert (target / "feeds.toml").read_text(encoding="utf-8") == "# mine\n"


def test_init_copies_one_template(digest: Digest, project: Path) -> None:
    assert digest("init", "--templates", "issue.txt").status == 0
    assert (project / "templates/issue.txt").exists()
    assert not (project / "templates/issue.html").exists()
    assert digest("init", "--templates", "web/style.css").status == 0
    assert (project / "templates/web/style.css").exists()
    wrong = digest("init", "--templates", "none")
    assert (wrong.status, "issue.txt" in wrong.errors) == (2, True)


@pytest.mark.parametrize(
    "command", [("check",), ("run",), ("poll",), ("preview",), ("send",), ("status",)]
)
def test_a_broken_configuration_ends_every_command_with_78_and_touches_nothing(
    digest: Digest, project: Path, command: tuple[str, ...]
) -> None:
    text = '[digest]\ntimezone = "Mars/Olympus"\n[mail]\nfrom = "nobody"\n'
    (project / "feeds.toml").write_text(text, encoding="utf-8")
    ended = digest(*command)
    assert ended.status == 78
    assert "feeds.toml:2: digest.timezone" in ended.errors
    assert "feeds.toml:4: mail.from" in ended.errors
    assert not (project / "state").exists()


def test_a_folder_without_a_project_says_what_to_do(digest: Digest, tmp_path: Path) -> None:
    ended = digest("--project", str(tmp_path / "nowhere"), "status")
    assert (ended.status, "digest init" in ended.errors) == (78, True)


@pytest.mark.parametrize("command", ["status", "send", "subscribers list"])
def test_state_of_a_newer_version_is_left_alone(
    digest: Digest, project: Path, command: str
) -> None:
    database = open_database(project / "state")
    database.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    ended = digest(*command.split())
    assert (ended.status, "newer version of digest" in ended.errors) == (78, True)


def test_a_clock_that_cannot_be_read_is_refused(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_NOW", "tomorrow")
    ended = digest("preview")
    assert (ended.status, "DIGEST_NOW" in ended.errors) == (78, True)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("preview", "--edition", "hourly"), "there are: weekly"),
        (("preview", "--period", "2026-W99"), "2026-W99"),
        (("preview", "--period", "2027-W01"), "has not begun"),
        (("preview", "--for", "nobody@reader.example"), "does not subscribe"),
        (("preview", "--for", "nobody"), "not an email address"),
        (("poll", "--feed", "none"), "no feed has the id none"),
        (("stories", "--since", "long"), "a length of time"),
        (("stories", "show", "7"), "there is no story 7"),
        (("subscribers", "add", "emma at home", *ACTIVE), "not an email address"),
        (("subscribers", "add", EMMA, "--active"), "go together"),
        (("subscribers", "add", EMMA, "--company", "acme", *ACTIVE), "acme"),
        (("subscribers", "add", EMMA, "--rhythm", "hourly", *ACTIVE), "hourly"),
        (("subscribers", "remove", EMMA), "does not subscribe"),
        (("subscribers", "show", EMMA), "does not subscribe"),
        (("subscribers", "list", "--status", "happy"), "no status"),
        (("send", "--to", "nobody"), "not an email address"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error_that_says_why(
    digest: Digest, command: tuple[str, ...], says: str
) -> None:
    ended = digest(*command)
    assert ended.status == 2
    assert says in ended.errors
    assert "Traceback" not in ended.errors


def test_a_reader_comes_is_shown_and_goes(digest: Digest) -> None:
    digest("subscribers", "add", EMMA, "--name", "Emma", "--topic", "ev", *ACTIVE)
    (row,) = json.loads(digest("subscribers", "list", "--json").out)
    assert (row["address"], row["status"], row["topics"]) == (EMMA, "active", "ev")
    assert "asked us on paper" in digest("subscribers", "show", EMMA).out
    assert "known already" in digest("subscribers", "add", EMMA, *ACTIVE).out
    assert digest("subscribers", "remove", EMMA).status == 0
    back = digest("subscribers", "add", EMMA, *ACTIVE)
    assert (back.status, "only their own confirmation" in back.errors) == (1, True)


def test_adding_without_a_consent_asks_by_mail_once(digest: Digest) -> None:
    assert "confirm" in digest("subscribers", "add", EMMA).out
    assert "asked not long ago" in digest("subscribers", "add", EMMA).out
    assert "outbox_open=1" in digest("status", "--short").out


def test_an_import_is_tried_first_and_reports_bad_rows_by_line(
    digest: Digest, tmp_path: Path
) -> None:
    file = tmp_path / "readers.csv"
    file.write_text(f"email,topics\n{EMMA},ev\nnobody,\nmia@reader.example,carpets\n", "utf-8")
    tried = digest("subscribers", "import", str(file), "--status", "active", "--consent", "fair")
    assert "1 would be recorded" in tried.out
    assert f"{file}:3:" in tried.errors
    assert f"{file}:4:" in tried.errors
    assert digest("subscribers", "list").out == ""
    digest("subscribers", "import", str(file), "--status", "active", "--consent", "fair", "--yes")
    assert digest("subscribers", "list").out.startswith(EMMA)


def test_an_import_that_cannot_be_read_is_refused(digest: Digest, tmp_path: Path) -> None:
    file = tmp_path / "readers.csv"
    file.write_text("address\nx@y.example\n", "utf-8")
    ended = digest("subscribers", "import", str(file))
    assert (ended.status, str(file) in ended.errors) == (2, True)


def test_feeds_are_listed_and_added(digest: Digest, project: Path) -> None:
    digest("feeds", "add", "https://trade.example/rss", "--title", "Trade", "--unchecked")
    (row,) = json.loads(digest("feeds", "list", "--json").out)
    assert (row["id"], row["state"]) == ("trade-example-rss", "new")
    again = digest("feeds", "add", "https://trade.example/rss", "--unchecked")
    assert again.status == 2
    assert "nothing added: feed trade-example-rss has this URL" in again.errors
    other = digest("feeds", "add", "https://a.example/", "--id", row["id"], "--unchecked")
    assert (other.status, "is the id of" in other.errors) == (2, True)
    assert (project / "feeds.toml").read_text(encoding="utf-8").count("[[feeds]]") == 1


def test_a_file_is_checked_as_a_poll_would_read_it(digest: Digest, tmp_path: Path) -> None:
    good = tmp_path / "feed.xml"
    good.write_text(
        "<rss version='2.0'><channel><title>T</title><item><title>A &amp; B</title>"
        "<link>/a</link></item></channel></rss>",
        encoding="utf-8",
    )
    bad = tmp_path / "page.html"
    bad.write_text("<html><body>Please enable cookies</body></html>", encoding="utf-8")
    base = "https://trade.example/"
    ended = digest("feeds", "check", "--jsonl", "--base-url", base, str(good), str(bad))
    first, second = map(json.loads, ended.out.splitlines())
    assert first["entries"][0]["title"] == "A & B"
    assert first["entries"][0]["url"] == "https://trade.example/a"
    assert (first["ok"], second["ok"], ended.status) == (True, False, 1)
    assert "T: 1 entry\n" in digest("feeds", "check", str(good)).out
    assert digest("feeds", "check", "--base-url", "ftp://a.example/", str(good)).status == 2
    assert "no such file" in digest("feeds", "check", "nonsense").out
    assert "only http and https" in digest("feeds", "check", "ftp://a.example/").out


def test_a_url_that_is_none_or_no_feed_is_not_added(digest: Digest, project: Path) -> None:
    before = (project / "feeds.toml").read_text(encoding="utf-8")
    for url, says in (
        ("http://[", "IPv6"),
        ("http://127.0.0.1:9/feed", "allow_hosts"),
        ("nonsense", "only http and https"),
        ("ftp://trade.example/rss", "only http and https"),
    ):
        ended = digest("feeds", "add", url)
        assert (ended.status, says in ended.errors) == (2, True)
    assert (project / "feeds.toml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--kind", "paper", "newsroom"),
        ("--weight", "0", "0<x<=10"),
        ("--title", "two\nlines", "--title: one line"),
    ],
)
def test_a_feed_with_a_wrong_option_is_refused_before_anybody_is_asked(
    digest: Digest, option: str, value: str, says: str
) -> None:
    ended = digest("feeds", "add", "http://127.0.0.1:9/feed", option, value)
    assert (ended.status, says in ended.errors, "allow_hosts" in ended.errors) == (2, True, False)


def test_feeds_show_how_they_are(digest: Digest, project: Path) -> None:
    text = '[[feeds]]\nurl = "http://127.0.0.1:9/a"\n[[feeds]]\nurl = "http://127.0.0.1:9/b"\n'
    with (project / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write(f"{text}enabled = false\n")
    assert digest("poll").status == 1
    states = {row["id"]: row["state"] for row in json.loads(digest("feeds", "list", "--json").out)}
    assert states == {"127-0-0-1-a": "failing", "127-0-0-1-b": "off"}
    stands = digest("status")
    assert "feeds_broken\t0\nfeeds_failing\t1" in stands.out
    assert "127-0-0-1-a: " in stands.errors
    again = digest("poll", "--feed", "127-0-0-1-a")
    assert again.out.startswith("127-0-0-1-a: not asked now (in 3")
    assert again.out.endswith(" min: after 1 failure); --force asks it all the same\n")


def test_tag_explains_itself(digest: Digest) -> None:
    ended = digest("tag", "--explain", "Nissan to cut 9,000 jobs and close a plant")
    assert ended.out.startswith("companies: nissan")
    assert "restructuring" in ended.out
    assert "'Nissan' in the title" in ended.out


def test_tag_explains_what_came_to_nothing(digest: Digest) -> None:
    told = digest("tag", "--explain", "Nissan Stadium opens; Toyota shows an EV concept").out
    assert "  not nissan: part of “Nissan Stadium”, which is something else\n" in told
    assert "    'Nissan' in the title at 0: name Nissan\n" in told
    weak = digest("tag", "--explain", "トヨタ自動車が展示").out
    assert "  not product (2.00 is needed): 1.00\n" in weak


def test_tag_explains_in_lines_that_a_terminal_holds(digest: Digest) -> None:
    long = "Toyota and Nissan, " + "which have both been asked about it for years, " * 12
    ended = digest("tag", "--explain", f"{long} will share a partnership")
    quotes = [line for line in ended.out.splitlines() if " in the title at " in line]
    assert any("…" in line for line in quotes)
    assert max(map(len, quotes)) < 200


def test_tag_needs_no_project(digest: Digest, tmp_path: Path) -> None:
    ended = digest("--project", str(tmp_path / "nowhere"), "tag", "Honda recalls the Fit")
    assert (ended.status, "honda" in ended.out) == (0, True)


def test_an_empty_period_can_still_be_published_when_it_is_due(digest: Digest) -> None:
    """Pressing the button too early must not use the week up."""
    assert "nobody reads weekly" in digest("send").errors
    digest("subscribers", "add", EMMA, *ACTIVE)
    early = digest("send")
    assert "this publishes weekly 2026-W47 before it is due (2026-11-16 07:00" in early.errors
    assert "no story for it yet" in early.out
    named = digest("send", "--period", "2026-W47")
    assert "before it is due" not in named.errors
    assert "last_issue=-" in digest("status", "--short").out


def test_a_copy_of_an_empty_issue_is_refused(digest: Digest, project: Path) -> None:
    ended = digest("send", "--to", EMMA)
    assert (ended.status, "no story" in ended.errors) == (1, True)
    assert not list((project / "state/outbox").glob("new/*"))


def test_status_is_a_table_json_or_a_line(digest: Digest) -> None:
    assert "readers\t0" in digest("status").out
    assert json.loads(digest("status", "--json").out)["readers"] == 0
    assert digest("status", "--short").out.count("\n") == 1
    assert digest("status", "--short", "--json").status == 2


@pytest.mark.parametrize("down", [0, 1])
def test_status_says_that_the_last_round_reached_nobody(
    digest: Digest, project: Path, down: int
) -> None:
    with Store.open(project / "state") as store:
        store.requests.record_run("poll", NOW, NOW, {"network_down": down})
    assert ("network\tseems to be down" in digest("status").out) is bool(down)


def test_status_with_a_broken_configuration_says_what_the_state_knows(
    digest: Digest, project: Path
) -> None:
    digest("subscribers", "add", EMMA, "--active", "--consent", "fair")
    (project / "feeds.toml").write_text("[digest]\ntimezone = 'Mars'\n", encoding="utf-8")
    ended = digest("status", "--json")
    told = json.loads(ended.out)
    assert (ended.status, told["readers"], told["feeds"]) == (78, 1, None)
    assert [(one["key"], one["line"]) for one in told["problems"]] == [("digest.timezone", 2)]
    for form in ((), ("--short",)):
        ended = digest("status", *form)
        assert (ended.status, "digest.timezone" in ended.errors) == (78, True)
        assert "readers" in ended.out


OPML = """<opml version="2.0"><body>
<outline text="New" xmlUrl="https://new.example/rss" language="ja" category="newsroom"/>
<outline text="Same host" xmlUrl="https://new.example/rss/"/>
<outline text="There" xmlUrl="HTTPS://Trade.example:443/rss"/>
<outline text="Again" xmlUrl="https://NEW.example/rss"/>
<outline text="Nowhere"/>
<outline text="Odd" xmlUrl="ftp://odd.example/rss"/>
</body></opml>"""


def test_a_list_of_feeds_is_imported_once(digest: Digest, project: Path) -> None:
    digest("feeds", "add", "https://trade.example/rss", "--unchecked")
    source = project / "mine.opml"
    source.write_text(OPML, encoding="utf-8")
    before = (project / "feeds.toml").read_text(encoding="utf-8")
    tried = digest("feeds", "import", "--dry-run", str(source))
    assert "2 of 5 feeds would be added, 1 named again, 1 without an address" in tried.errors
    assert (project / "feeds.toml").read_text(encoding="utf-8") == before
    done = digest("feeds", "import", str(source))
    assert "2 of 5 feeds added" in done.errors
    assert "ftp://odd.example/rss\tnot an http or https URL" in done.out
    assert "https://NEW.example/rss\tthe list has it twice" in done.out
    rows = {row["id"]: row for row in json.loads(digest("feeds", "list", "--json").out)}
    assert set(rows) == {"trade-example-rss", "new-example-rss", "new-example-rss-2"}
    assert (rows["new-example-rss"]["lang"], rows["new-example-rss"]["kind"]) == ("ja", "newsroom")
    assert "0 of 5 feeds added" in digest("feeds", "import", str(source)).errors


def test_what_is_exported_can_be_imported(digest: Digest, project: Path) -> None:
    digest("feeds", "add", "https://trade.example/rss?a=1&b=2", "--title", "T & T", "--unchecked")
    opml = project / "out.opml"
    opml.write_text(digest("feeds", "export").out, encoding="utf-8")
    assert "it is there already" in digest("feeds", "import", str(opml)).out


def test_a_file_that_is_no_list_is_refused(digest: Digest, project: Path) -> None:
    ended = digest("feeds", "import", str(project / "feeds.toml"))
    assert ended.status == 1
    assert "no list of feeds in OPML" in ended.errors


def test_a_site_that_is_not_there_is_said(digest: Digest) -> None:
    ended = digest("feeds", "discover", "http://127.0.0.1:9/")
    assert ended.status == 1
    assert "127.0.0.1" in ended.errors


def test_check_shows_what_is_worth_a_look_and_ends_well(digest: Digest, project: Path) -> None:
    with (project / "feeds.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[company]]\nid = "acme"\nname = { en = "Acme" }\nnames = ["Toyota"]\n')
    ended = digest("check")
    assert ended.status == 0
    assert ": company toyota: “toyota” is a name of acme too" in ended.out


def test_a_dry_run_takes_no_address_and_says_what_keeps_an_issue_from_being_sent(
    digest: Digest,
) -> None:
    with_address = digest("send", "--dry-run", "--to", EMMA)
    assert (with_address.status, "without --to and --again" in with_address.errors) == (2, True)
    assert "has no story yet: nothing would be sent" in digest("send", "--dry-run").errors


def test_an_edition_that_there_is_not_is_named_with_those_there_are(digest: Digest) -> None:
    ended = digest("issue", "pause", "2026-W47", "--edition", "hourly")
    assert (ended.status, "there are: weekly" in ended.errors) == (2, True)


def test_check_compiles_the_pages_style_sheet_too(digest: Digest, project: Path) -> None:
    digest("init", "--templates", "web/style.css")
    (project / "templates/web/style.css").write_text("body {}\n{% endfor %}\n", encoding="utf-8")
    ended = digest("check")
    assert (ended.status, "web/style.css:2" in ended.errors) == (78, True)

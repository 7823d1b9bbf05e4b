"""`digest subscribers`: lists out and in, one person's record, erasing, and the figures."""

import csv
import json
import sys
import tomllib
from pathlib import Path

import pytest

from digest.store import Store
from tests.cli.conftest import Digest

EMMA = "emma@reader.example"
HEADER = "email,name,language,rhythm,companies,topics,status,consent_at,consent_how,consent_text"


def join(digest: Digest, address: str = EMMA) -> None:
    assert digest("subscribers", "add", address, "--active", "--consent", "on paper").status == 0


def test_a_list_goes_out_and_into_another_project(
    digest: Digest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(digest)
    digest("subscribers", "add", "taro@reader.example", "--language", "ja", "--topic", "ev")
    digest("subscribers", "add", "gone@reader.example", "--active", "--consent", "on paper")
    digest("subscribers", "remove", "gone@reader.example")
    for kind in ("csv", "toml"):
        listed = digest("subscribers", "export", "--format", kind).out
        other = project / f"other-{kind}"
        other.mkdir()
        (other / "feeds.toml").write_text((project / "feeds.toml").read_text())
        (project / f"list.{kind}").write_text(listed)
        monkeypatch.setenv("DIGEST_PROJECT", str(other))
        ended = digest("subscribers", "import", str(project / f"list.{kind}"), "--yes")
        assert "2 recorded, 1 asked to confirm, 0 known already, 0 bad rows" in ended.out
        assert digest("subscribers", "export", "--format", kind).out == listed
        again = digest("subscribers", "import", str(project / f"list.{kind}"), "--yes")
        assert "0 recorded, 0 asked to confirm, 3 known already, 0 bad rows" in again.out
        monkeypatch.setenv("DIGEST_PROJECT", str(project))


def test_the_list_has_the_header_of_an_import(digest: Digest) -> None:
    assert digest("subscribers", "export").out == f"{HEADER}\n"
    join(digest)
    first, *rows = digest("subscribers", "export").out.splitlines()
    assert first == HEADER
    assert next(csv.reader(rows))[:2] == [EMMA, ""]
    (table,) = tomllib.loads(digest("subscribers", "export", "--format", "toml").out)["subscribers"]
    assert table["consent_text"] == "on paper"


def test_bad_rows_are_named_with_their_lines_and_nothing_is_done_at_first(
    digest: Digest, project: Path
) -> None:
    join(digest, "left@reader.example")
    digest("subscribers", "remove", "left@reader.example")
    join(digest, "erased@reader.example")
    digest("subscribers", "erase", "erased@reader.example")
    rows = "email\nnobody\nleft@reader.example\nerased@reader.example\nnew@reader.example\n"
    (project / "list.csv").write_text(rows)
    ended = digest("subscribers", "import", str(project / "list.csv"))
    for line in (2, 3, 4):
        assert f"list.csv:{line}: " in ended.errors
    assert "0 would be recorded, 1 would be asked to confirm" in ended.out
    assert "nothing was changed" in ended.out
    assert "new@reader.example" not in digest("subscribers", "list").out
    join_all = ("--yes", "--status", "active", "--consent", "at a fair")
    ended = digest("subscribers", "import", str(project / "list.csv"), *join_all)
    assert "1 recorded" in ended.out
    assert "left\t" in digest("subscribers", "list").out


def test_many_who_are_asked_are_asked_so_many_an_hour(digest: Digest, project: Path) -> None:
    addresses = "".join(f"r{number}@reader.example\n" for number in range(5))
    (project / "list.csv").write_text(f"email\n{addresses}")
    ended = digest("subscribers", "import", str(project / "list.csv"), "--yes", "--per-hour", "2")
    assert "leave at 2 an hour" in ended.out
    waiting = json.loads(digest("outbox", "list", "--json").out)
    assert len(waiting) == 5


def test_a_persons_record_is_json(digest: Digest) -> None:
    join(digest)
    told = json.loads(digest("subscribers", "export", EMMA.upper()).out)
    assert told["consent"]["words"] == "on paper"
    assert told["subscriber"]["status"] == "active"
    assert "nothing is kept of" in digest("subscribers", "export", "who@reader.example").errors
    assert "not an email address" in digest("subscribers", "export", "who").errors


def test_erasing_says_what_went_and_leaves_nothing_but_a_hash(
    digest: Digest, project: Path
) -> None:
    digest("subscribers", "add", EMMA, "--name", "Emma")
    digest("outbox", "send")
    digest("subscribers", "add", "taro@reader.example")
    mail = f"From: {EMMA}\nTo: weekly@kuruma.example\n\nhello\n"
    for folder in ("cur", ".unread/new"):
        (project / "state/inbox" / folder).mkdir(parents=True, exist_ok=True)
        (project / "state/inbox" / folder / "1").write_text(mail)
    (project / "state/inbox/cur/2").write_text(mail.replace("emma", "taro"))
    ended = digest("subscribers", "erase", EMMA)
    assert "address and words of 1 message that may have left" in ended.out
    assert "3 copies in our Maildirs" in ended.out
    for path in (project / "state").rglob("*"):
        if path.is_file():
            assert b"emma" not in path.read_bytes().lower(), path
    assert (project / "state/inbox/cur/2").exists()
    assert digest("subscribers", "erase", EMMA).status == 2
    assert "not an email address" in digest("subscribers", "erase", "emma").errors
    assert "forgotten" in digest("subscribers", "add", EMMA).errors


def test_removing_ends_a_subscription_and_keeps_its_record(digest: Digest) -> None:
    join(digest)
    assert "gets nothing any more" in digest("subscribers", "remove", EMMA).out
    assert "left" in digest("subscribers", "show", EMMA).out
    assert digest("subscribers", "remove", "who@reader.example").status == 2
    assert digest("subscribers", "remove", "who").status == 2


def test_the_figures_are_rows_or_json_or_a_plot(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(digest)
    join(digest, "taro@reader.example")
    digest("subscribers", "remove", EMMA)
    assert digest("subscribers", "stats", "--weeks", "2").out == (
        "2026-11-02\t0\t0\t0\t0\t0\n2026-11-09\t0\t2\t1\t0\t1\n"
    )
    told = json.loads(digest("subscribers", "stats", "--weeks", "1", "--json").out)
    assert told["now"]["active"] == 1
    assert told["weeks"] == [
        {"week_of": "2026-11-09", "asked": 0, "joined": 2, "left": 1, "bounced": 0, "readers": 1}
    ]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = digest("subscribers", "stats").out
    assert "██░" in shown
    assert "readers ▁▁▁▁▁▁▁▁▁▁▁█" in shown
    assert "1 active, 1 left" in shown


def test_rules_and_silence_are_shown(digest: Digest, project: Path) -> None:
    (project / "list.csv").write_text(
        "email,status,consent_text,alerts,rules\n"
        f"{EMMA},active,yes,rules,company:日産 and topic:ev\n"
        "bad@reader.example,active,yes,loud,company:acme\n"
    )
    ended = digest("subscribers", "import", str(project / "list.csv"), "--yes")
    assert "alerts 'loud' is none of none, rules, breaking" in ended.errors
    assert "the name at character 9 is none" in ended.errors
    shown = digest("subscribers", "show", EMMA).out
    assert "alerts\trules\n" in shown
    assert "rule\tcompany:nissan and topic:ev\n" in shown
    with Store.open(project / "state") as store:
        (reader,) = store.subscribers.all()
        store.subscribers.mute(reader.id, reader.created_at, reader.created_at)
    assert "rules, silent until 2026-11-12" in digest("subscribers", "show", EMMA).out


def test_who_gets_alerts_and_nothing_else_is_shown_to_get_what_breaks(digest: Digest) -> None:
    digest("subscribers", "add", EMMA, "--rhythm", "alerts", "--active", "--consent", "on paper")
    assert "alerts\tbreaking\n" in digest("subscribers", "show", EMMA).out


def test_a_list_of_a_japanese_spreadsheet_is_read(digest: Digest, project: Path) -> None:
    row = f"email;name;companies\r\n{EMMA};山田;日産\r\n"
    (project / "list.csv").write_bytes(row.encode("cp932"))
    assert "1 asked" in digest("subscribers", "import", str(project / "list.csv"), "--yes").out
    assert "companies\tnissan\n" in digest("subscribers", "show", EMMA).out
    (project / "list.csv").write_bytes(b"email\n\x81\n")
    assert "Shift_JIS" in digest("subscribers", "import", str(project / "list.csv")).errors

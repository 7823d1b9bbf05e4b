"""What people see on a terminal, in files and in a browser."""

import json
import os
import pty
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.cli.output import write_whole
from digest.errors import DigestError
from digest.model import Notice, NoticeKind
from digest.store import Store
from tests.cli.conftest import Digest

EMMA = "emma@reader.example"
NOON = datetime(2026, 11, 12, 3, tzinfo=UTC)


@pytest.fixture
def demo(digest: Digest, tmp_path: Path) -> tuple[str, str]:
    digest("demo", "--keep", str(tmp_path / "kept"))
    return ("--project", str(tmp_path / "kept"))


def on_a_terminal(*arguments: str, folder: Path, status: int = 0, columns: int = 200) -> str:
    """Run one of our commands with a terminal as its output; gives what was shown."""
    ours = (sys.executable, "-m", "digest", "--project", str(folder))
    return on_a_screen(*ours, *arguments, status=status, columns=columns)


def on_a_screen(*command: str, status: int = 0, columns: int = 200) -> str:
    """Run a command with a terminal as its output; gives what was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"COLUMNS": str(columns), "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == status, shown.decode()
    return shown.decode()


def test_a_terminal_gets_a_table(project: Path) -> None:
    assert "┃" in on_a_terminal("alerts", "list", folder=project)


def test_a_table_leaves_out_what_there_is_no_room_for_and_says_so(
    digest: Digest, project: Path
) -> None:
    topics = ("--topic", "mergers_alliances", "--topic", "autonomous_software")
    digest("subscribers", "add", "emma@reader.example", *topics, "--active", "--consent", "fair")
    wide = on_a_terminal("subscribers", "list", folder=project, columns=90)
    assert "│ autonomous_software… " in wide
    narrow = on_a_terminal("subscribers", "list", folder=project, columns=70)
    assert "│ emma@reader.example │" in narrow
    assert narrow.endswith("no room here for: topics\r\n")
    assert "mergers_alliances" in digest("subscribers", "list").out


def test_a_listed_headline_is_cut_short_to_one_line() -> None:
    code = "from digest.cli.output import show_rows\n"
    code += "rows = [(7, '日産、ジヤトコ株売却でアイシンと独占交渉 1600億円規模で')]\n"
    code += "show_rows(('story', 'headline'), rows, cut={'headline': 20})"
    shown = on_a_screen(sys.executable, "-c", code, columns=40)
    assert "│ 7     │ 日産、ジヤトコ株売却でアイ…  │" in shown


def test_on_a_narrow_terminal_no_name_is_cut_off(digest: Digest, project: Path) -> None:
    topics = ("--topic", "mergers_alliances", "--topic", "autonomous_software")
    consent = ("--active", "--consent", "fair")
    digest("subscribers", "add", "emma@long-name-of-a-reader.example", *topics, *consent)
    wide = on_a_terminal("subscribers", "list", folder=project, columns=112)
    assert "│ emma@long-name-of-a-reader.example │" in wide
    assert (len(wide.splitlines()[0]), wide.splitlines()[0][-1]) == (112, "┓")
    narrow = on_a_terminal("subscribers", "list", folder=project, columns=40)
    assert "address   emma@long-name-of-a-reader.example" in narrow
    assert "topics    autonomous_software, mergers_alliances" in narrow


def test_an_empty_list_says_so_to_a_person(project: Path) -> None:
    assert on_a_terminal("outbox", "list", folder=project) == "nothing to show\r\n"


def test_who_wants_no_colours_gets_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[33m" in on_a_terminal("status", folder=project)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_a_terminal("status", folder=project)


def test_a_terminal_gets_the_screen_of_a_broken_configuration_too(project: Path) -> None:
    (project / "feeds.toml").write_text("[digest]\ntimezone = 'Mars'\n", encoding="utf-8")
    (project / "state").mkdir()
    shown = on_a_terminal("status", folder=project, status=78)
    for said in ("not known while the configuration is wrong", "0 active", "digest.timezone"):
        assert said in shown


def test_a_terminal_gets_a_screen_that_says_how_things_stand(project: Path) -> None:
    shown = on_a_terminal("status", folder=project)
    assert "Kuruma Weekly" in shown
    for line in ("not running", "0 on; never asked", "0 sent, 0 on the way", "none yet"):
        assert line in shown


def test_in_trouble_the_screen_says_each_thing_once_and_in_the_time_of_the_place(
    project: Path,
) -> None:
    words = "What was changed was not taken over.\n`digest check` says why."
    with Store.open(project / "state") as store:
        store.trouble.met("554 no mail from you", NOON, blocked=True)
        rejected = Notice(kind=NoticeKind.CONFIG_REJECTED, about="feeds.toml", words=words)
        store.notices.raise_(rejected, NOON)
    shown = on_a_terminal("status", folder=project)
    assert "no mail leaves since Thu 2026-11-12 12:00: 554 no mail from you;" in shown
    assert shown.count("554") == 1
    assert "  What was changed was not taken over.\r\n  `digest check` says why.\r\n" in shown


def test_a_terminal_gets_a_progress_bar(project: Path) -> None:
    feed = project / "feeds.toml"
    feed.write_text(
        feed.read_text(encoding="utf-8") + '[[feeds]]\nurl = "http://127.0.0.1:9/feed"\n',
        encoding="utf-8",
    )
    shown = on_a_terminal("poll", folder=project, status=1)
    assert "polling" in shown
    assert "no feed could be read" in shown


def test_a_preview_is_written_in_the_form_that_the_name_asks_for(
    digest: Digest, demo: tuple[str, str], tmp_path: Path
) -> None:
    preview = (*demo, "preview", "--period", "2026-W47")
    for name, begins in (
        ("a.html", "<!doctype html"),
        ("a.txt", "Kuruma Weekly"),
        ("a.eml", "From"),
    ):
        assert digest(*preview, "--out", str(tmp_path / name)).status == 0
        assert (tmp_path / name).read_text(encoding="utf-8").lower().startswith(begins.lower())
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600  # its links are one reader's
    assert list(tmp_path.glob(".*.part")) == []


def test_a_preview_that_cannot_be_written_is_said(
    digest: Digest, demo: tuple[str, str], tmp_path: Path
) -> None:
    wrong = digest(*demo, "preview", "--period", "nonsense", "--out", str(tmp_path / "a.pdf"))
    assert (wrong.status, ".eml" in wrong.errors) == (2, True)  # before anything else
    (tmp_path / "file").touch()
    preview = (*demo, "preview", "--period", "2026-W47")
    ended = digest(*preview, "--out", str(tmp_path / "file" / "a.html"))
    assert (ended.status, "cannot be written" in ended.errors) == (1, True)


def test_a_file_that_is_written_again_keeps_who_may_read_it(tmp_path: Path) -> None:
    for mode in (0o644, 0o600):
        (tmp_path / "page").touch()
        (tmp_path / "page").chmod(mode)
        write_whole(tmp_path / "page", b"new", 0o666)
        assert (tmp_path / "page").stat().st_mode & 0o777 == mode


def test_links_that_lead_to_each_other_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DigestError, match="cannot be written"):
        write_whole(tmp_path / "a", b"new")


def test_a_preview_opens_in_a_browser(
    digest: Digest, demo: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real program stands in for the browser: it keeps the page it is shown."""
    shown = tmp_path / "shown"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\ncp "${{1#file://}}" {shown}\n', encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert digest(*demo, "preview", "--period", "2026-W47", "--open").status == 0
    assert "<h1" in shown.read_text(encoding="utf-8")


def test_a_project_template_that_fails_is_said_and_the_shipped_one_stands_in(
    digest: Digest, demo: tuple[str, str]
) -> None:
    templates = Path(demo[1]) / "templates"
    templates.mkdir()
    (templates / "issue.txt").write_text("{{ issue.nothing }}", encoding="utf-8")
    # Of an issue that is out only a choice that nobody made is rendered now.
    ended = digest(*demo, "preview", "--period", "2026-W47", "--topics", "tariffs_trade")
    assert ended.out.startswith("Kuruma Weekly")
    assert "templates/issue.txt:1" in ended.errors


def test_a_copy_of_an_issue_goes_to_somebody_who_does_not_subscribe(
    digest: Digest, demo: tuple[str, str]
) -> None:
    ended = digest(*demo, "send", "--period", "2026-W47", "--to", "boss@kuruma.example")
    assert "1 sent" in ended.out
    mails = (Path(demo[1]) / "state/outbox/new").iterdir()
    (copy,) = (mail for mail in mails if b"To: boss@kuruma.example" in mail.read_bytes())
    assert b"List-Unsubscribe" not in copy.read_bytes()


def test_tag_reads_json_lines_and_keeps_their_order(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [
        {"id": "b", "title": "Toyota to build a battery plant in Fukuoka", "lang": "en"},
        {"id": "a", "title": "トヨタ、福岡に電池工場を建設へ", "lang": "ja"},
        {"id": "c", "title": "Heavy rain expected in Kyushu"},
    ]
    file = tmp_path / "rows"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with file.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        told = [json.loads(line) for line in digest("tag", "--jsonl").out.splitlines()]
    assert [row["id"] for row in told] == ["b", "a", "c"]
    assert told[0]["companies"] == ["toyota"]
    assert told[0]["story"] == told[1]["story"] != told[2]["story"]
    assert [row["relevant"] for row in told] == [True, True, False]


def test_broken_rows_are_named_by_their_lines_and_the_others_tagged(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "rows"
    file.write_text('{"title": "Nissan shuts a plant"}\n{"title": 3}\n[]\n{"title": "b"}\n')
    with file.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        ended = digest("tag", "--jsonl")
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == ["1", "4"]
    assert ended.status == 1
    for said in ("line 2: title is not text", "line 3: not an object", "2 of 4 rows"):
        assert said in ended.errors


@pytest.mark.parametrize("beside", [("--explain",), ("Nissan",)])
def test_what_rows_make_no_use_of_is_a_usage_error(digest: Digest, beside: tuple[str, ...]) -> None:
    ended = digest("tag", "--jsonl", *beside)
    assert (ended.status, "--jsonl reads rows from stdin" in ended.errors) == (2, True)


def test_closed_streams_lead_nowhere(project: Path) -> None:
    command = f"{sys.executable} -m digest --project {project} status >&- 2>&- <&-"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 0


def test_ctrl_c_ends_a_command_with_its_own_status(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "--project", str(project), "tag"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(("Honda recalls the Fit\n" * 500).encode())
    process.stdin.flush()
    process.stdout.read(100)  # it is at work
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"\ndigest: interrupted\n")


def test_a_closed_pipe_is_no_error(project: Path) -> None:
    """As in `digest feeds list | head -1`, for any command."""
    ours, theirs = os.pipe()
    os.close(ours)
    process = subprocess.run(
        [sys.executable, "-m", "digest", "--project", str(project), "status"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    assert (process.returncode, process.stderr) == (0, b"")


def test_tag_cleans_its_words_as_a_feed_does(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert digest("tag", "Nis\u00adsan \u200bto cut jobs").out.startswith("companies: nissan ")
    for nothing in ("", " ", "\u200b"):
        ended = digest("tag", nothing)
        assert (ended.status, "TEXT is empty" in ended.errors) == (2, True)
    file = tmp_path / "lines"
    file.write_text("\n\u200bHonda recalls cars\n\n", encoding="utf-8")
    with file.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        assert digest("tag").out.count("companies:") == 1
    file.write_text("\n \n", encoding="utf-8")
    with file.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        ended = digest("tag")
    assert (ended.status, ended.out) == (0, "")
    assert "digest: stdin: no line holds any text" in ended.errors


def test_tag_says_once_whether_a_text_is_relevant(digest: Digest) -> None:
    assert digest("tag", "--explain", "Rain in Kyushu").out.count("not relevant") == 1
    assert digest("tag", "Rain in Kyushu").out.count("not relevant") == 1


def test_rows_of_one_id_are_tagged_and_told(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "rows"
    file.write_text('{"id": 7, "title": "a"}\n{"id": "7", "title": "b"}\n{"title": "c"}\n')
    with file.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        ended = digest("tag", "--jsonl")
    assert (ended.status, len(ended.out.splitlines())) == (0, 3)
    assert ended.errors == "digest: stdin: 2 rows have the id 7\n"

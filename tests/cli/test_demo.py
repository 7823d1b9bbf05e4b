"""The demo is the real pipeline: what it makes is what the product makes."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.cli.conftest import Digest

SNAPSHOT = Path(__file__).parents[2] / "digest/demo/snapshot"


def test_the_demo_goes_the_whole_way(digest: Digest, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    ended = digest("demo", "--keep", str(folder))
    assert ended.status == 0
    assert f"asked {len(list(SNAPSHOT.iterdir()))} feeds" in ended.out
    assert "0 feeds failed" in ended.out
    assert "delivered 4 mails" in ended.out
    mails = {
        str(message["To"]).partition("@")[0]: message
        for message in (
            message_from_bytes(file.read_bytes(), policy=default)
            for file in (folder / "state/outbox/new").iterdir()
        )
    }
    copy = mails.pop("editor")
    assert copy["Subject"].startswith("Operator’s copy of weekly 2026-W47: ")
    assert set(mails) == {"emma", "haruto", "noor"}
    assert mails["haruto"]["Content-Language"] == "ja"
    for name in mails:
        assert (folder / f"issue/{name}.html").stat().st_size < 100_000
        assert (folder / f"issue/{name}.txt").exists()
    again = digest("demo", "--keep", str(folder))
    assert (again.status, "holds a project already" in again.errors) == (2, True)


def test_the_demos_project_can_be_looked_around_in(digest: Digest, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    digest("demo", "--keep", str(folder))
    here = ("--project", str(folder))
    listed = digest(*here, "stories", "--topic", "recall_safety", "--company", "toyota")
    assert listed.out.count("\n") >= 2
    number = listed.out.split("\t", 1)[0]
    assert "toyota (subject)" in digest(*here, "stories", "show", number).out
    assert digest(*here, "stories", "--search", "リコール トヨタ").out
    assert digest(*here, "stories", "list", "--search", "no such words at all").out == ""
    explained = digest(*here, "preview", "--period", "2026-W47", "--explain").out
    assert "independent outlets" in explained
    rows = [json.loads(line) for line in digest(*here, "stories", "--jsonl").out.splitlines()]
    assert {row["relevant"] for row in rows} == {True, False}
    assert digest(*here, "status", "--short").out.startswith("feeds=16 feeds_broken=0")

"""A project read in a process of its own: the same as here, and whatever is wrong with it."""

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from digest import __version__
from digest.app import apart
from digest.errors import ConfigError, DigestError, Problem

WORDS = """
[digest]
sections = ["ev", "hydrogen_ships"]
[mail]
from = "weekly@kuruma.example"
username = "weekly"
password = "hunter2"
smtp = "smtp://localhost:2525"
[[topic]]
id = "hydrogen_ships"
name = { en = "Hydrogen ships", ja = "水素船" }
"""


def project(folder: Path, text: str = WORDS) -> Path:
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    return folder


def program(folder: Path, lines: str) -> str:
    """A program that is run in place of Python."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    file.chmod(0o700)
    return str(file)


def saying(folder: Path, words: bytes) -> str:
    """A program that says this."""
    (folder / "said").write_bytes(words)
    return program(folder, f"cat >/dev/null; cat '{folder}/said'")


async def test_what_is_read_apart_equals_what_is_read_here(tmp_path: Path) -> None:
    project(tmp_path)
    environment = {"DIGEST_MAIL__CONNECTIONS": "7"}
    found = await apart.read(tmp_path, environment, whole=False)
    assert found == apart.words_of(tmp_path, environment)
    assert found.settings.mail.connections == 7
    assert found.lexicon.topic_name(found.settings.sections[1], "ja") == "水素船"


async def test_all_that_is_wrong_is_told_as_it_is_here(tmp_path: Path) -> None:
    project(tmp_path, '[digest]\nsections = ["no_such_topic"]\n[mail]\nfrom = "a@b.example"\n')
    with pytest.raises(ConfigError) as here:
        apart.words_of(tmp_path, {})
    with pytest.raises(ConfigError) as there:
        await apart.read(tmp_path, {}, whole=False)
    assert there.value.problems == here.value.problems


async def test_a_project_is_read_whole_with_its_templates(tmp_path: Path) -> None:
    project(tmp_path)
    (await apart.read_whole(tmp_path, {})).renderer.check()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "issue.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(ConfigError, match="template"):
        await apart.read_whole(tmp_path, {})


async def test_a_template_that_breaks_while_the_project_is_read_is_a_problem_too(
    tmp_path: Path,
) -> None:
    project(tmp_path)
    well = saying(tmp_path, apart.packed(apart.words_of(tmp_path, {})))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "issue.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(ConfigError, match="template"):
        await apart.read_whole(tmp_path, {}, python=well)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("exit 3", "ended with status 3$"),
        ("echo Traceback >&2; echo MemoryError >&2; exit 1", "status 1: MemoryError$"),
        ("kill -9 $$", "ended with status -9$"),
        ("exec sleep 60", "had not ended after 0.5 s"),
        ("exit 0", "not of this release"),
        ("echo Hello", "not of this release"),
    ],
)
async def test_a_process_that_fails_is_told_of_by_what_it_was_to_do(
    tmp_path: Path, lines: str, told: str
) -> None:
    python = program(tmp_path, lines)
    with pytest.raises(DigestError, match=told) as raised:
        await apart.read(tmp_path, {}, whole=False, python=python, patience=0.5)
    assert str(tmp_path) in str(raised.value)


async def test_a_process_looks_for_modules_where_we_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend("/a:b")  # PYTHONPATH could not hold it
    python = program(tmp_path, f"printf %s \"$4\" > '{tmp_path}/looks'; exit 3")
    with pytest.raises(DigestError, match="status 3"):
        await apart.read(tmp_path, {}, whole=False, python=python)
    looks = json.loads((tmp_path / "looks").read_text(encoding="utf-8"))
    assert looks[0] == "/a:b"
    assert looks == sys.path


async def test_where_no_process_can_be_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="no process could read it"):
        await apart.read(tmp_path, {}, whole=False, python=str(tmp_path / "none"))


async def test_a_process_for_which_nobody_waits_is_ended(tmp_path: Path) -> None:
    known = tmp_path / "number"
    os.mkfifo(known)
    python = program(tmp_path, f"echo $$ > '{known}'; exec sleep 60")
    reading = asyncio.create_task(apart.read(tmp_path, {}, whole=False, python=python))
    number = int(await asyncio.to_thread(known.read_text, encoding="utf-8"))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


async def test_values_of_another_release_are_never_taken_for_ours(tmp_path: Path) -> None:
    told = apart.packed((Problem("key", "found", "allowed"),))
    fields = [field.name for field in dataclasses.fields(Problem)]
    assert [name for name in fields if name.encode() in told] == fields
    other = told.replace(b"allowed", b"applaud", 1)  # a field of another name in its place
    with pytest.raises(DigestError, match=r"Problem has other fields.*start the service again"):
        await apart.read(tmp_path, {}, whole=False, python=saying(tmp_path, other))


def test_a_program_of_another_release_says_so_before_it_reads_anything() -> None:
    asked = {"release": "0.0.9", "project": "/nowhere", "environment": {}, "whole": True}
    done = subprocess.run(
        [sys.executable, "-c", "from digest.app.apart import main; main()"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == b""
    assert f"digest {__version__} is installed, and 0.0.9 is at work" in done.stderr.decode()

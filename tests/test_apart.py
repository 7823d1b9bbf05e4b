"""A project read in a process of its own: the same as here, and whatever is wrong with it."""

from pathlib import Path

import pytest

from digest.app import apart
from digest.errors import ConfigError, DigestError

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


def test_what_is_read_apart_equals_what_is_read_here(tmp_path: Path) -> None:
    project(tmp_path)
    environment = {"DIGEST_MAIL__CONNECTIONS": "7"}
    found = apart.read_words(tmp_path, environment)
    assert found == apart.words_of(tmp_path, environment)
    assert found.settings.mail.connections == 7
    assert found.lexicon.topic_name(found.settings.sections[1], "ja") == "水素船"


def test_all_that_is_wrong_is_told_as_it_is_here(tmp_path: Path) -> None:
    project(tmp_path, '[digest]\nsections = ["no_such_topic"]\n[mail]\nfrom = "a@b.example"\n')
    with pytest.raises(ConfigError) as here:
        apart.words_of(tmp_path, {})
    with pytest.raises(ConfigError) as there:
        apart.read_words(tmp_path, {})
    assert there.value.problems == here.value.problems


def test_a_project_is_read_whole_with_its_templates(tmp_path: Path) -> None:
    project(tmp_path)
    apart.read_whole(tmp_path, {}).renderer.check()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "issue.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(ConfigError, match="template"):
        apart.read_whole(tmp_path, {})


def test_a_template_that_breaks_while_the_project_is_read_is_a_problem_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path)
    read = apart.read_words(tmp_path, {})
    monkeypatch.setattr(apart, "_read", lambda _: read)  # it was well when that looked
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "issue.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(ConfigError, match="template"):
        apart.read_whole(tmp_path, {})


@pytest.mark.parametrize(
    ("program", "told"),
    [("#!/bin/sh\nexit 3\n", "ended with status 3"), (None, "no process could read it")],
)
def test_a_process_that_fails_is_told_of_by_what_it_was_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, told: str
) -> None:
    python = tmp_path / "python"
    if program is not None:
        python.write_text(program, encoding="utf-8")
        python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(DigestError, match=told):
        apart.read_words(tmp_path, {})

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli.project import Project
from digest.cli.service import service
from digest.cli.userunit import MARK, unit_name, unit_text, word
from digest.errors import ConfigError, DigestError, UsageError

CONFIG = """
[digest.editions]
weekly = "mon 07:00"
[mail]
from = "weekly@kuruma.example"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home" / ".config" / "systemd" / "user"


def project(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "feeds.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        service, arguments, obj=Project(folder), catch_exceptions=False, standalone_mode=False
    )


def test_a_unit_is_written_and_the_next_steps_are_said(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    said = run(folder, "install").output
    text = (home / "digest-weekly.service").read_text("utf-8")
    assert f'"--project" "{folder}" "run"' in text
    for line in (
        "systemctl --user daemon-reload",
        "systemctl --user enable --now digest-weekly.service",
        "loginctl enable-linger",
    ):
        assert f"\n  {line}" in said


def test_it_is_written_again_by_the_next_release(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    home.mkdir(parents=True)
    old = unit_text(folder, ("/elsewhere/digest",), "0.0.1")
    (home / "digest-weekly.service").write_text(old, encoding="utf-8")
    run(folder, "install")
    assert "/elsewhere/digest" not in (home / "digest-weekly.service").read_text("utf-8")


def test_what_a_person_wrote_stays_unless_it_is_forced(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    home.mkdir(parents=True)
    unit = home / "digest-weekly.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    for command in ("install", "uninstall"):
        with pytest.raises(UsageError, match="not written by this command"):
            run(folder, command)
    run(folder, "install", "--force")
    assert unit.read_text("utf-8").startswith(MARK)


def test_another_folder_of_the_same_name_keeps_its_unit(tmp_path: Path, home: Path) -> None:
    one, other = project(tmp_path / "a" / "weekly"), project(tmp_path / "b" / "weekly")
    run(one, "install")
    with pytest.raises(UsageError, match="another folder"):
        run(other, "install")
    assert str(one) in (home / "digest-weekly.service").read_text("utf-8")


def test_a_folder_that_would_not_run_gets_no_unit(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    (folder / "feeds.toml").write_text("[nonsense]", encoding="utf-8")
    with pytest.raises(ConfigError):
        run(folder, "install")
    assert not home.exists()


def test_a_home_that_cannot_be_written_to_is_told_of(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    home.parent.parent.parent.mkdir()
    home.parent.parent.write_text("no folder", encoding="utf-8")
    with pytest.raises(DigestError, match="cannot be written"):
        run(folder, "install")


def test_a_user_without_a_home_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    folder = project(tmp_path / "week")
    with pytest.raises(DigestError, match="set HOME or XDG_CONFIG_HOME"):
        run(folder, "install")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    assert str(tmp_path / "own") in run(folder, "install").output


def test_it_is_removed_with_what_enabling_made(tmp_path: Path, home: Path) -> None:
    folder = project(tmp_path / "weekly")
    run(folder, "install")
    wanted = home / "default.target.wants"
    wanted.mkdir()
    (wanted / "digest-weekly.service").symlink_to(home / "digest-weekly.service")
    assert "systemctl --user stop digest-weekly.service" in run(folder, "uninstall").output
    assert [*wanted.iterdir()] == []
    assert not (home / "digest-weekly.service").exists()
    with pytest.raises(UsageError, match="there is no"):
        run(folder, "uninstall")


def test_the_configuration_folder_may_be_another(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    run(project(tmp_path / "weekly"), "install")
    assert (tmp_path / "config/systemd/user/digest-weekly.service").exists()
    assert not home.exists()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/srv/weekly", "digest-weekly.service"),
        ("/srv/my news 100%", "digest-my-news-100.service"),
        ("/srv/自動車", "digest-project.service"),
        ("/", "digest-project.service"),
    ],
)
def test_units_are_named_after_their_folder(folder: str, name: str) -> None:
    assert unit_name(Path(folder)) == name


def test_a_word_says_itself_to_systemd() -> None:
    assert word("/srv/my news") == '"/srv/my news"'
    assert word('100% "a\\b" $HOME') == '"100%% \\"a\\\\b\\" $HOME"'
    assert word("$HOME", command=True) == '"$$HOME"'
    with pytest.raises(ValueError, match="control characters"):
        word("two\nlines")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("name", ["weekly", "my news", "100% \"sure\" $x \\ 'y'"])
def test_systemd_takes_the_unit(tmp_path: Path, name: str) -> None:
    program = tmp_path / "digest"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    unit = tmp_path / "digest-x.service"
    unit.write_text(unit_text(tmp_path / name, (str(program),), "1"), encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert (checked.returncode, checked.stderr) == (0, "")

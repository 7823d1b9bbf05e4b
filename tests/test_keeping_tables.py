"""[backup], [retention] and network_state, as the operator writes them."""

from datetime import timedelta
from pathlib import Path

import pytest

from digest.config import load
from digest.errors import ConfigError
from digest.settings import BackupSettings, RetentionSettings, Settings


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "feeds.toml").write_text(text, encoding="utf-8")
    return load(folder, {})


def test_without_a_word_a_backup_is_made_each_day_and_a_year_is_kept(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    assert settings.backup == BackupSettings()
    assert settings.backups == tmp_path / "state" / "backups"
    assert settings.retention == RetentionSettings()
    assert settings.retention.entries == timedelta(days=400)
    assert not settings.network_state


def test_what_is_written_holds(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        '[digest]\nnetwork_state = true\n[backup]\nevery = "6 h"\nkeep = 28\nfolder = "../kept"\n'
        '[retention]\nentries = "200 days"\ndeliveries = "100 days"\nlogs = "7 days"\n',
    )
    assert settings.backup.every == timedelta(hours=6)
    assert settings.backup.keep == 28
    assert settings.backups == tmp_path / "../kept"
    assert settings.retention == RetentionSettings(
        entries=timedelta(days=200), deliveries=timedelta(days=100), logs=timedelta(days=7)
    )
    assert settings.network_state


def test_never_makes_none(tmp_path: Path) -> None:
    assert settings_of(tmp_path, '[backup]\nevery = "never"\n').backup.every is None


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('[backup]\nevery = "5 min"', "backup.every", 'at least "1 h", or "never"'),
        ('[backup]\nevery = "often"', "backup.every", "a length of time such as"),
        ("[backup]\nevery = 1", "backup.every", "text in quotes"),
        ("[backup]\nkeep = 0", "backup.keep", "at least 1"),
        ('[backup]\nfolder = ""', "backup.folder", "a text that is not empty"),
        ("[backup]\nkept = 1", "backup.kept", "remove it"),
        ('[retention]\nentries = "30 days"', "retention.entries", 'at least "120 days"'),
        ('[retention]\ndeliveries = "30 days"', "retention.deliveries", 'at least "90 days"'),
        ('[retention]\nlogs = "1 h"', "retention.logs", 'at least "1 day"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, text: str, key: str, allowed: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert allowed in problem.allowed
    assert problem.line == 2

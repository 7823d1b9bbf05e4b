from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.clock import clock_from_environment
from digest.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_clock_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_NOW", raising=False)


def test_the_machines_clock_is_used_where_none_is_set() -> None:
    clock = clock_from_environment()
    assert clock() <= clock()
    assert clock().tzinfo is UTC


def test_a_set_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_NOW", "2026-11-16T07:00:00+09:00")
    clock = clock_from_environment()
    assert clock() == clock() == datetime(2026, 11, 15, 22, 0, tzinfo=UTC)


def test_a_clock_in_a_file_moves_with_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "now"
    file.write_text("2026-11-16T07:00:00Z\n", encoding="utf-8")
    monkeypatch.setenv("DIGEST_NOW", f"@{file}")
    clock = clock_from_environment()
    assert clock() == datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
    file.write_text("2026-11-23T07:00:00Z\n", encoding="utf-8")
    assert clock() == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("setting", ["soon", "2026-11-16T07:00:00", "@/nowhere/now"])
def test_what_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("DIGEST_NOW", setting)
    with pytest.raises(ConfigError, match="DIGEST_NOW"):
        clock_from_environment()

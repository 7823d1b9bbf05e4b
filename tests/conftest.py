"""Fixtures that every stage's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened

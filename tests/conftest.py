"""Fixtures that every stage's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from digest.store import Store

# How long an example takes says nothing on a machine that does other work too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened

"""Fixtures that every stage's tests share."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from digest.store import Store

# How long an example takes says nothing on a machine that does other work too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Most of the time of a store is that of the disk, and no test asks what a disk keeps when the power
# fails. So temporary folders lie in memory, where there is some to spare and programs may be run.
_MEMORY = Path("/dev/shm")  # noqa: S108  # it is sticky, and the folders in it are private
_SPARE = 2 * 2**30  # bytes
_LONG = ("tests/alerts/test_replay", "tests/end_to_end/", "tests/daemon/", "tests/feeds/test_host")

if (
    "TMPDIR" not in os.environ
    and os.access(_MEMORY, os.W_OK)
    and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC  # as containers often have it
    and shutil.disk_usage(_MEMORY).free > _SPARE
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)  # of processes that a test starts too


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no core is left with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who is done takes over half of what another has still to do, as --dist load has it here."""
    from xdist.scheduler import WorkStealingScheduling  # noqa: PLC0415  # not without xdist

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened

"""The whole way, with no more of the system than deploy/digest.service allows."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        shutil.which("systemd-analyze") is None or ctypes.util.find_library("seccomp") is None,
        reason="Debian's systemd and libseccomp2 are not installed",
    ),
]

PROBE = """
import mmap, os, resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # as our workers bind themselves
for refused in (
    lambda: os.sched_setaffinity(0, {0}),
    lambda: os.chown(".", 1, 1),
    lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
):
    try:
        refused()
    except PermissionError:
        print("refused")
"""


def confined(*command: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.system.confined", sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_filters_are_in_force() -> None:
    assert confined("-c", PROBE).split() == ["refused"] * 3


def test_the_demo_runs_within_them(folder: Path) -> None:
    assert "delivered 4 mails" in confined("-m", "digest", "demo", "--keep", str(folder / "kept"))

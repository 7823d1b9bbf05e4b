"""What `.ci/run` does beside its tests: it ends with the run, and nothing that it says is lost."""

import fcntl
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN = """
set -euo pipefail
scratch=$1
. .ci/jobs
trap 'status=$?; part packages; exit $status' EXIT
well() { echo "all is well"; }
bad() { echo "type error"; exit 3; }
slow() { exec 9>"$scratch/held"; flock 9; echo begun; printf x >"$scratch/begun"; sleep 600; }
begun() { until [ -s "$scratch/begun" ]; do :; done; }
packages() { printf x >"$scratch/begun"; until [ -e "$scratch/go" ]; do :; done; echo installed; }
"""


def run(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", BEGIN + "\n".join(lines), "run", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_job_is_met_with_its_words(tmp_path: Path) -> None:
    done = run(tmp_path, "beside reading well well", "echo meanwhile", "meet reading", "echo last")
    assert done.stdout == "meanwhile\nall is well\nall is well\nlast\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_job_that_fails_fails_the_run_with_its_status(tmp_path: Path) -> None:
    done = run(tmp_path, "beside reading bad well", "meet reading", "echo never")
    assert done.stdout == "type error\nfailed: reading\n"
    assert done.returncode == 3


def test_what_a_job_said_is_shown_where_something_else_fails(tmp_path: Path) -> None:
    done = run(tmp_path, "beside reading bad", "wait || true", "false")
    assert "reading, as far as it came\ntype error\n" in done.stdout
    assert done.returncode == 1


def test_all_that_a_job_has_started_ends_with_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, "beside reading slow", "begun", "false")
    assert done.returncode == 1
    assert "begun\n" in done.stdout
    with (tmp_path / "held").open() as held:  # by `sleep` too, for as long as it lives
        fcntl.flock(held, fcntl.LOCK_EX)


def test_packages_are_not_cut_off(tmp_path: Path) -> None:
    done = run(tmp_path, "beside packages packages", "begun", "touch $1/go", "exit 4")
    assert done.stdout == "\n== packages, as far as it came\ninstalled\n"
    assert done.returncode == 4

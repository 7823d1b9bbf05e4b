"""Mails and pages by the tools of others: HTML checkers, what mail programs know, a spam filter.

html-validate and doiuse-email (with the data of caniemail.com) come by npm, SpamAssassin by apt;
.ci/run installs them.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.issues.render import Renderer
from digest.mail.message import build, sender_of
from digest.model import (
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Segment,
    SegmentId,
    SubscriberId,
)
from digest.shipped import TEMPLATES
from docs.pictures import archive_pages, mails
from tests.issues.builders import Names, settings
from tests.issues.kinds import KINDS
from tests.system.conftest import Figures

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

MOST_POINTS = 1.0  # of SpamAssassin; 5 are spam

# What html-validate's recommended rules say against mails, and why it stays.
ALLOWED_IN_MAILS = {
    "no-inline-style",  # mail programs drop <style>
    "no-conditional-comment",  # Outlook for Windows takes its width from one
    "no-deprecated-attr",  # and knows the tables' spacing from attributes only
}

# What doiuse-email finds unknown to some mail program, and what happens there.
ALLOWED_UNKNOWN = {
    "@media": "that program shows the light colours, which stand forced inversion, and headlines"
    " whose last line may be one word",
    "overflow-wrap": "a word longer than the line is broken by word-wrap, or runs out",
    "white-space": "a command may break at its hyphens",
    "word-break": "a long company makes the table wider",
    "display:none": "Gmail's mobile page shows the preheader, which is meant for readers",
    "overflow": "the preheader is hidden by display and max-height too",
    "aria-hidden attribute": "a screen reader may read the preheader",
    "role attribute": "a screen reader may say that a layout is a table",
    "<body> element": "its colours stand on the outermost table too",
}
PROGRAMS = "gmail.*,outlook.*,apple-mail.*,yahoo.*"


@pytest.fixture(scope="module")
def node_modules() -> Path:
    program = shutil.which("html-validate")
    if program is None or shutil.which("node") is None:
        pytest.skip(
            "html-validate is not there: `npm install html-validate doiuse-email`,"
            " and node_modules/.bin into PATH"
        )
    return Path(program).parent.parent


def said(command: Sequence[str | Path], text: str | None = None) -> str:
    """What a checker prints; that it finds something is no failure of its own."""
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert run.stdout, run.stderr
    return run.stdout


def objections(node_modules: Path, page: Path) -> set[str]:
    """The rules that html-validate finds broken, each with where."""
    config = page.with_name("html-validate.json")
    config.write_text('{"root": true, "extends": ["html-validate:recommended"]}', encoding="utf-8")
    report = page.with_suffix(".json")  # into a pipe the program writes 64 kB and ends
    subprocess.run(
        [
            *(node_modules / ".bin" / "html-validate", "--config", config),
            *("--formatter", f"json={report}", page),
        ],
        capture_output=True,
        check=False,
    )
    found = json.loads(report.read_text(encoding="utf-8"))
    return {message["ruleId"] for file in found for message in file["messages"]}


def test_mails_are_right_by_html_validate(node_modules: Path, tmp_path: Path) -> None:
    for page in mails(tmp_path):
        assert objections(node_modules, page) <= ALLOWED_IN_MAILS, page.stem


def test_pages_of_the_archive_are_right_by_html_validate(
    node_modules: Path, tmp_path: Path
) -> None:
    for page in archive_pages(tmp_path):
        assert objections(node_modules, page) == set(), page.stem


def test_mails_ask_for_nothing_that_mail_programs_lack(node_modules: Path, tmp_path: Path) -> None:
    program = node_modules / "doiuse-email" / "bin" / "cli.js"
    for page in mails(tmp_path):
        if page.stem not in {"saga", "draft"}:  # all that a mail can have
            continue
        found: Mapping[str, list[str]] = json.loads(said(["node", program, "-e", PROGRAMS, page]))
        unknown = {re.split("`", error)[1] for error in found["errors"]}
        assert unknown <= set(ALLOWED_UNKNOWN)


def message(segment: Segment, key: str) -> bytes:
    delivery = Delivery(
        id=DeliveryId(1),
        key=f"issue/weekly/{key}/1",
        kind=DeliveryKind.ISSUE,
        state=DeliveryState.QUEUED,
        address="reader@example.net",
        subscriber=SubscriberId(1),
        segment=SegmentId(1),
        letter=None,
        queued_at=datetime(2026, 11, 15, 22, tzinfo=UTC),
        attempts=0,
        epoch=0,
    )
    sender = sender_of(settings(), b"a secret of this test")
    return build(delivery, segment, sender).data


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].operator is None])
def test_no_issue_looks_like_spam(kind: str, figures: Figures) -> None:
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("SpamAssassin is not there: `apt-get install spamassassin`")
    of = KINDS[kind]
    segment = (
        Renderer([TEMPLATES])
        .segment(of.issue, of.choice, settings=settings(), names=Names())
        .segment
    )
    received = "Received: from mx.example.org by mx.example.net; Mon, 16 Nov 2026 07:00:00 +0900\n"
    raw = received + message(segment, kind).decode("ascii").replace("\r\n", "\n")
    report = said([program, "--local", "--test-mode"], raw)
    points = re.search(r"Content analysis details: +\((-?[\d.]+) points", report)
    assert points is not None, report
    rules = re.findall(r"^ *-?\d+\.\d (\w+)", report[points.end() :], re.MULTILINE)
    figures(f"{points[1]} points, {' '.join(rules)}")
    assert float(points[1]) < MOST_POINTS, report[points.start() :]

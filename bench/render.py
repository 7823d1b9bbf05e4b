"""How long it takes to render an issue's segment, and to put a reader's own values into a message.

Usage: python bench/render.py        exits 1 if a limit is passed

The issue is the demo's: 30 stories and more, in two languages, of a list that has pages, so that
its mails link them; the archive's page of it is timed too, which is no reader's mail and has no
limit of its own. A segment is rendered once for all
readers of one choice; the personal part is what each of them costs. Times are of the processor, so
that other work on the machine does not count.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from digest.app import App, open_app
from digest.config import load
from digest.demo.run import DUE, PERIOD, run_demo
from digest.issues.compose import select
from digest.issues.pages import ArchivedIssue, plan
from digest.issues.pageviews import page_view
from digest.issues.tell import issue_view
from digest.issues.views import FULL
from digest.mail.message import fill, prepare
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Issue,
    IssueId,
    Segment,
    SegmentId,
    Subscriber,
)
from digest.settings import WebSettings

ROUNDS, READERS = 60, 2000
LIMIT_SEGMENT, LIMIT_PERSONAL = 10.0, 0.05  # ms


def milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def median(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median and the 95th percentile of so many rounds, in ms."""
    took = sorted(milliseconds(work) for _ in range(rounds))
    return statistics.median(took), took[int(0.95 * rounds)]


def rendering(app: App, issue: Issue, choice: Choice) -> tuple[Segment, bool]:
    """Time how long a segment takes; gives it, and whether that is within the limit."""
    segment = app.issues.render(issue, choice)  # the templates are compiled once
    middle, slow = median(lambda: app.issues.render(issue, choice), ROUNDS)
    print(
        f"segment {choice.language}: {segment.stories} stories,"
        f" {len(segment.html.encode()):,} bytes of HTML:"
        f" {middle:.2f} ms, 95 % under {slow:.2f} ms (limit {LIMIT_SEGMENT:g} ms)"
    )
    return segment, middle <= LIMIT_SEGMENT


def page(app: App, issue: Issue, language: str) -> None:
    """Time how long the archive's page of an issue takes."""
    archived = ArchivedIssue(
        id=IssueId(1), issue=issue, stories=app.settings.max_stories, languages=(language,)
    )
    (planned,) = plan([archived], "")
    choice = Choice(language=language)

    def make() -> None:
        shown = issue_view(
            issue,
            select(issue, choice),
            choice,
            shown=archived.stories,
            detail=FULL,
            settings=app.settings,
            names=app.lexicon,
        )
        view = page_view(planned, app.settings)
        app.renderer.document("archive_page.html", issue=shown, page=view)

    middle, slow = median(make, ROUNDS)
    print(f"page {language}: {middle:.2f} ms, 95 % under {slow:.2f} ms")


def personal(app: App, issue: Issue, segment: Segment, reader: Subscriber) -> bool:
    """Time what each reader costs once a segment is encoded; gives whether it is in the limit."""
    template = prepare(segment, DeliveryKind.ISSUE, app.sender)
    delivery = Delivery(
        id=DeliveryId(1),
        key=f"issue/{issue.edition}/{issue.period.key}/{reader.id}",
        kind=DeliveryKind.ISSUE,
        state=DeliveryState.QUEUED,
        address=reader.address,
        subscriber=reader.id,
        segment=SegmentId(1),
        letter=None,
        queued_at=issue.frozen_at,
        attempts=0,
        epoch=0,
    )
    middle, slow = median(lambda: fill(template, delivery, app.sender), READERS)
    size = len(fill(template, delivery, app.sender).data)
    print(
        f"personal part of a message of {size:,} bytes: {middle:.4f} ms,"
        f" 95 % under {slow:.4f} ms (limit {LIMIT_PERSONAL:g} ms)"
    )
    return middle <= LIMIT_PERSONAL


def main() -> int:
    """Print the figures; gives 1 if one of them is over its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(run_demo(folder, lambda _: None))
        settings = replace(load(folder, {}), web=WebSettings(public_url="https://weekly.example"))
        with open_app(settings, lambda: DUE, changes=False) as app:
            edition = app.edition(None)
            issue = app.issues.draft(edition, app.issues.period(edition, PERIOD))
            within: list[bool] = []
            for language in ("en", "ja"):
                segment, good = rendering(app, issue, Choice(language=language))
                within.append(good)
                page(app, issue, language)
            (reader, *_) = app.store.subscribers.all()
            within.append(personal(app, issue, segment, reader))
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())

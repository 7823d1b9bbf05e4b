"""How long it takes to render an issue's segment, and to put a reader's own values into a message.

Usage: python bench/render.py

The issue is the demo's: 30 stories and more, in two languages. A segment is rendered once for all
readers of one choice; the personal part is what each of them costs. Times are of the processor, so
that other work on the machine does not count.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from digest.app import App, open_app
from digest.config import load
from digest.demo.run import DUE, PERIOD, run_demo
from digest.mail.message import fill, prepare
from digest.model import (
    Choice,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Issue,
    Segment,
    SegmentId,
    Subscriber,
)

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


def rendering(app: App, issue: Issue, choice: Choice) -> Segment:
    """Time how long a segment takes; gives it."""
    segment = app.issues.render(issue, choice)  # the templates are compiled once
    middle, slow = median(lambda: app.issues.render(issue, choice), ROUNDS)
    print(
        f"segment {choice.language}: {segment.stories} stories,"
        f" {len(segment.html.encode()):,} bytes of HTML:"
        f" {middle:.2f} ms, 95 % under {slow:.2f} ms (limit {LIMIT_SEGMENT:g} ms)"
    )
    return segment


def personal(app: App, issue: Issue, segment: Segment, reader: Subscriber) -> None:
    """Time what each reader costs once a segment is rendered and encoded."""
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


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(run_demo(folder, lambda _: None))
        with open_app(load(folder, {}), lambda: DUE, changes=False) as app:
            edition = app.edition(None)
            issue = app.issues.draft(edition, app.issues.period(edition, PERIOD))
            for language in ("en", "ja"):
                segment = rendering(app, issue, Choice(language=language))
            (reader, *_) = app.store.subscribers.all()
            personal(app, issue, segment, reader)


if __name__ == "__main__":
    main()

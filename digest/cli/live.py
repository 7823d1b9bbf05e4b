"""What `digest run` shows on a terminal: how things stand, below the lines of the log."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from digest.cli.output import plain
from digest.daemon.glimpse import Glimpse
from digest.english import counted
from digest.issues.drafts import local
from digest.logs import write_log

FAILING = 4  # feeds whose trouble is shown


@contextmanager
def live_view() -> Iterator[Callable[[Glimpse], None]]:
    """Keep the foot of the terminal up to date; gives what is to be called with each glimpse."""
    live = Live(console=Console(stderr=True), auto_refresh=False)
    live.start()
    # What stderr is now moves the view down before it writes.
    write_log(logging.INFO, stream=sys.stderr)
    try:
        yield lambda found: live.update(table(found), refresh=True)
    finally:
        with suppress(OSError):  # the terminal may be gone
            live.stop()
        write_log(logging.INFO)


def table(found: Glimpse) -> Table:
    """The view as it is drawn."""
    drawn = Table(
        title=Text(f"{plain(found.title)} at {found.now:%H:%M:%S} UTC"),  # brackets are no markup
        title_justify="left",
        show_header=False,
        box=None,
        caption="Ctrl-C: finish what is under way, and end",
        caption_justify="left",
    )
    drawn.add_column(style="bold", no_wrap=True, min_width=7)
    drawn.add_column(no_wrap=True, overflow="ellipsis")
    for name, words in lines(found):
        drawn.add_row(name, Text(words))
    return drawn


def lines(found: Glimpse) -> Iterator[tuple[str, str]]:
    """The rows of the view: what a row is about, where it is not as the one above, and what is."""
    if found.rejection is not None:
        why = plain(found.rejection.words.partition("\n")[0])
        yield "config", f"rejected since {found.rejection.since:%d %b %H:%M} UTC: {why}"
    yield "feeds", _feeds(found)
    errors = found.feeds.errors
    for id_, error in list(errors.items())[:FAILING]:
        yield "", f"{id_}: {plain(error)}"
    if len(errors) > FAILING:
        yield "", f"and {len(errors) - FAILING} more; `digest feeds list` shows all"
    for number, (story, entry) in enumerate(found.stories):
        at = f"{entry.published:%d %b %H:%M}"
        yield "" if number else "stories", f"{at}  {story}  {plain(entry.title)}"
    for number, one in enumerate(found.coming):
        readers = counted(one.readers, "reader")
        words = f"{one.edition.name} {one.period.key}: {local(one.period.end, one.edition)}"
        yield "" if number else "next", f"{words}, {readers}"
    yield "outbox", _outbox(found)


def _feeds(found: Glimpse) -> str:
    feeds = found.feeds
    of_them = ", ".join(f"{count} {name}" for name, count in sorted(feeds.conditions.items()))
    asked = f" ({of_them})" if of_them else ""
    when = "now" if feeds.next_poll is None else f"at {feeds.next_poll:%H:%M:%S} UTC"
    due = f"; the next is asked {when}" if feeds.on else ""
    return f"{counted(feeds.on, 'feed')}{asked}{due}"


def _outbox(found: Glimpse) -> str:
    told = f"{found.open} to send, {found.sent} sent, {found.failed} failed"
    if found.trouble is None:
        return told
    since = f"{found.trouble.since:%d %b %H:%M}"
    return f"{told}; no mail leaves since {since} UTC: {plain(found.trouble.words)}"

"""What `digest status` shows on a terminal: a line a part of the work, and what needs a hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import click

from digest.cli.output import plain, screen_width
from digest.cli.standing import Standing
from digest.cli.status import issue_name, more, trouble_words
from digest.english import counted
from digest.issues.widths import wrap
from digest.model import DeliveryState

_NAME = 9  # columns before each line
_MOST_FEEDS = 5  # that are named with what is wrong
_UNKNOWN = "not known while the configuration is wrong"

Said = tuple[str, str | None]  # words, and their colour


def show_screen(found: Standing) -> None:
    """Print the screen."""
    at, width = found.configured, screen_width()
    if at is not None:
        click.secho(plain(at.title), bold=True)
    for name, (text, colour) in _lines(found):
        shown = wrap(text, width - _NAME).splitlines()
        for number, line in enumerate(shown):
            head = f"{'' if number else name:{_NAME}}"
            click.echo(head + (click.style(line, fg=colour) if colour else line))
    errors = {} if at is None else at.feeds.errors
    for feed, error in list(errors.items())[:_MOST_FEEDS]:
        click.secho(wrap(f"{feed}: {plain(error)}", width), fg="yellow")
    if len(errors) > _MOST_FEEDS:
        click.secho(f"and {len(errors) - _MOST_FEEDS} more: digest feeds list", fg="yellow")
    if found.notices:
        click.secho(f"\nNeeds a hand ({len(found.notices)})", fg="red", bold=True)
    for one in found.notices:
        head = f"{one.notice.kind}: {plain(one.notice.about)}, {_ago(found, one.opened_at)}"
        click.secho(wrap(head, width), fg="red")
        for line in one.notice.words.splitlines():
            click.echo(wrap(plain(line), width, "  "))


def _lines(found: Standing) -> Iterator[tuple[str, Said]]:
    """A name, what is said of it, and its colour; times as a person tells them."""
    yield "Service", _service(found)
    yield "Feeds", _feeds(found)
    waiting = counted(found.entries_waiting, "entry waits", "entries wait")
    news = f"{waiting} to be read; {counted(found.alerts, 'alert')} in 7 days"
    yield "News", (news, None)
    last = "none yet" if found.last_issue is None else issue_name(found.last_issue)
    yield "Issue", (f"last: {last}; next: {_next(found)}", None)
    yield "Mail", _mail(found)
    pending = f", {found.pending} asked to confirm" if found.pending else ""
    yield "Readers", (f"{found.readers} active{pending}", None)
    yield "Backups", (_backups(found), None)
    for name, words in more(found, partial(_local, found)):
        yield "", (f"{name}: {words}", None if name.startswith("sending") else "yellow")


def _service(found: Standing) -> Said:
    holder = found.holder
    if holder is None:
        return "not running; `digest run` starts it", "yellow"
    when = "" if holder.since is None else f" since {_local(found, holder.since)}"
    running = f"running{when}" + ("" if holder.pid is None else f" (pid {holder.pid})")
    if found.rejected is None:
        return running, "green"
    old = "it goes on with the configuration before: `digest check` says what is wrong"
    return f"{running}; {old}", "yellow"


def _feeds(found: Standing) -> Said:
    poll, at = found.last_poll, found.configured
    asked = "never asked" if poll is None else f"asked {_ago(found, poll)}"
    if at is None:
        return f"{_UNKNOWN}; {asked}", "yellow"
    feeds = at.feeds
    said = [f"{feeds.on} on"]
    said += [f"{feeds.broken} broken"] if feeds.broken else []
    said += [f"{feeds.failing} failing"] if feeds.failing else []
    colour = "red" if feeds.broken else "yellow" if feeds.failing else None
    return f"{', '.join(said)}; {asked}", colour


def _next(found: Standing) -> str:
    at = found.configured
    if at is None:
        return _UNKNOWN
    return f"{at.next_edition} {at.next_period.key}, {_local(found, at.next_period.end)}"


def _mail(found: Standing) -> Said:
    counts, at = found.messages, found.configured
    said = [f"{counts[DeliveryState.SENT]} sent, {counts.open} on the way"]
    lost = [each for each in (DeliveryState.FAILED, DeliveryState.UNKNOWN) if counts[each]]
    said += [f"{counts[each]} {each}" for each in lost]
    if found.trouble is not None:  # which says what the server said
        since = _ago(found, found.trouble.since)
        return f"{trouble_words(found.trouble, since)}; {'; '.join(said)}", "red"
    if at is not None and at.next_try is not None:
        late = at.next_try <= found.now
        said.append(f"next try {'at once' if late else _local(found, at.next_try)}")
    if found.server_says and counts.open:
        said.append(f"the server said {plain(found.server_says)}")
    return "; ".join(said), "yellow" if lost else None


def _backups(found: Standing) -> str:
    if found.configured is None:
        return _UNKNOWN
    last = found.configured.backup
    return "none yet" if last is None else f"last {_ago(found, last)}"


def _local(found: Standing, moment: datetime) -> str:
    zone = UTC if found.configured is None else found.configured.zone
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}{' UTC' if zone is UTC else ''}"


def _ago(found: Standing, moment: datetime) -> str:
    """How long ago, in one unit; for what is long ago the time itself."""
    past = found.now - moment
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=2):
        return f"{past // timedelta(minutes=1)} min ago"
    if past < timedelta(days=2):
        return f"{past // timedelta(hours=1)} h ago"
    return _local(found, moment)

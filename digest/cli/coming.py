"""`digest next`: the issues that come, and the feeds that are asked next."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, show_rows
from digest.cli.project import Project, pass_project

if TYPE_CHECKING:
    from datetime import datetime

    from digest.issues.review import UpcomingIssue
    from digest.settings import Feed, Settings
    from digest.store import Store

_COLUMNS = 80
_POLLS = 5  # feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingPoll:
    """A feed that will be asked."""

    feed: "Feed"
    at: "datetime"
    why: str  # then, as politeness says it


@click.command("next")
@click.option(
    "--count", type=click.IntRange(1, 60), default=1, show_default=True, help="Of each edition."
)
@click.option("--polls", is_flag=True, help="The feeds instead of the issues, all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def next(project: Project, *, count: int, polls: bool, as_json: bool) -> None:  # noqa: A001  # the command's name
    """Show the next issues of every edition: due when, to how many readers, and why then.

    What is due and not out yet is shown too; of those to come, --count of each edition. On a
    terminal the feeds that are asked next follow, and why then; --polls shows them all.
    """
    from digest.issues.review import upcoming_issues

    settings, now = project.settings(), project.clock()()
    with project.store() as store:
        if polls:
            _show_polls(coming_polls(settings, store, now), settings, as_json=as_json)
            return
        found = upcoming_issues(
            settings.editions.values(), store, settings=settings, now=now, count=count
        )
        asked = coming_polls(settings, store, now)[:_POLLS]
    if sys.stdout.isatty() and not as_json:
        click.echo("\n\n".join(told(found)))
        if asked:
            click.echo("\nFeeds that are asked next (`digest next --polls`: all)")
        for one in asked:
            click.echo(f"  {_local(one.at, settings)} {one.feed.id}: {one.why}")
        return
    columns = ("edition", "period", "due", "begins", "readers", "draft", "review", "note", "why")
    rows = [
        (
            one.edition.name,
            one.period.key,
            one.period.end.astimezone(one.edition.zone).isoformat(),
            one.period.start.astimezone(one.edition.zone).isoformat(),
            one.readers,
            _draft(one),
            one.review.verdict,
            one.review.note or None,
            one.why,
        )
        for one in found
    ]
    show_rows(columns, rows, as_json=as_json)


def coming_polls(settings: "Settings", store: "Store", now: "datetime") -> list[ComingPoll]:
    """The enabled feeds in the order in which they will be asked."""
    from digest.feeds.politeness import asked_next
    from digest.model import PollState

    states, waits = store.feeds.states(), store.hosts.waits()
    coming = []
    for feed in settings.feeds:
        found = asked_next(feed, states.get(feed.id, PollState()), waits, settings.fetch, now)
        if found is not None:
            coming.append(ComingPoll(feed=feed, at=found.at, why=found.why))
    return sorted(coming, key=lambda one: (one.at, one.feed.id))


def _show_polls(polls: Sequence[ComingPoll], settings: "Settings", *, as_json: bool) -> None:
    rows = [
        (one.feed.id, one.at.astimezone(settings.zone).isoformat(timespec="seconds"), one.why)
        for one in polls
    ]
    show_rows(("feed", "at", "why"), rows, as_json=as_json)


def _local(at: "datetime", settings: "Settings") -> str:
    return f"{at.astimezone(settings.zone):%a %H:%M}"


def told(issues: Sequence["UpcomingIssue"]) -> Iterator[str]:
    """Each issue in a few lines of a terminal; those that are skipped for one reason in one."""
    for skipped, group in groupby(issues, key=lambda one: one.skipped and (one.edition, one.why)):
        same = list(group)
        if skipped and len(same) > 1:
            first, last = same[0], same[-1]
            name = f"{first.edition.name} {first.period.key} to {last.period.key}"
            yield _block(f"{name}: {len(same)} periods", [first.why])
        else:
            yield from map(_told, same)


def _told(one: "UpcomingIssue") -> str:
    from digest.english import counted
    from digest.issues.drafts import local

    readers = counted(one.readers, "reader")
    head = f"{one.edition.name} {one.period.key}: {local(one.period.end, one.edition)}, {readers}"
    lines = [one.why]
    if draft := _draft(one):
        lines.append(f"draft {draft}")
    if one.review.note:
        lines.append(f"note: {' / '.join(map(plain, one.review.note.splitlines()))}")
    return _block(head, lines)


def _block(head: str, lines: Sequence[str]) -> str:
    from digest.issues.widths import wrap

    return "\n".join([wrap(head, _COLUMNS), *(wrap(line, _COLUMNS, "  ") for line in lines)])


def _draft(one: "UpcomingIssue") -> str | None:
    """When the operator was mailed a draft, or will be; None where no review is set."""
    zone = one.edition.zone
    if one.review.drafted_at is not None:
        return f"mailed {one.review.drafted_at.astimezone(zone).isoformat(timespec='minutes')}"
    if one.draft_at is None:
        return None
    return f"from {one.draft_at.astimezone(zone).isoformat(timespec='minutes')}"

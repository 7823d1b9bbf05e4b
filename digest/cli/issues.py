"""`digest issue …`: the issues that are out, and how their sending goes."""

from typing import TYPE_CHECKING

import click

from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import FoundIssue

edition_option = click.option("--edition", metavar="NAME", help="Default: the first one.")


def find_issue(project: Project, store: "Store", edition: str | None, period: str) -> "FoundIssue":
    """The issue of a period. Raises UsageError if nothing was decided about it."""
    settings = project.settings()
    name = edition or next(iter(settings.editions))
    found = store.issues.find(name, period)
    if found is None:
        known = ", ".join(one.issue.period.key for one in store.issues.newest(5))
        raise UsageError(
            f"no issue of {name} for {period!r}; the latest are {known}"
            if known
            else "no issue is out yet"
        )
    return found


@click.group()
def issue() -> None:
    """Issues that are out: list, pause, resume, cancel."""


@issue.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def list_(project: Project, *, limit: int, as_json: bool) -> None:
    """List issues with how far their sending has come."""
    from digest.model import DeliveryState

    with project.store() as store:
        runs = store.outbox.runs(limit)
    columns = ("edition", "period", "sending", "readers", "sent", "open", "failed", "why")
    rows = [
        (
            run.edition,
            run.period,
            str(run.sending) if run.counts.open or run.sending != "open" else "done",
            run.counts.total,
            run.counts[DeliveryState.SENT],
            run.counts.open,
            run.counts[DeliveryState.FAILED],
            run.why,
        )
        for run in runs
    ]
    show_rows(columns, rows, as_json=as_json)


@issue.command()
@click.argument("period")
@edition_option
@click.option("--why", default="the operator paused it", show_default=True)
@pass_project
def pause(project: Project, *, period: str, edition: str | None, why: str) -> None:
    """Let no more of the issue of PERIOD leave until it is resumed."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if found.sending == "open":
            _refuse_if_done(store, found)
        if not store.issues.pause(found.id, why, project.clock()()):
            raise DigestError(f"{_name(found)} is {found.sending} already")
    click.echo(f"{_name(found)} is paused; `digest issue resume {period}` lets it go on")


@issue.command()
@click.argument("period")
@edition_option
@pass_project
def resume(project: Project, *, period: str, edition: str | None) -> None:
    """Let the paused issue of PERIOD leave again."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if not store.issues.resume(found.id, project.clock()()):
            raise DigestError(f"{_name(found)} is {found.sending}, not paused")
    click.echo(f"{_name(found)} goes on")


@issue.command()
@click.argument("period")
@edition_option
@click.option("--why", default="the operator cancelled it", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_project
def cancel(project: Project, *, period: str, edition: str | None, why: str, yes: bool) -> None:
    """Send nothing more of the issue of PERIOD. It cannot be taken back."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if found.sending == "cancelled":
            raise DigestError(f"{_name(found)} is cancelled already")
        waiting = _refuse_if_done(store, found)
        if not yes:
            click.confirm(
                f"{_name(found)}: {waiting} readers will not get it. Cancel it?", abort=True
            )
        dropped = store.issues.cancel(found.id, why, project.clock()())
    click.echo(f"{_name(found)} is cancelled; {dropped} readers will not get it")


def _refuse_if_done(store: "Store", found: "FoundIssue") -> int:
    """How many of an issue's messages wait. Raises DigestError where none does."""
    waiting = store.deliveries.counts(found.id).open
    if not waiting:
        raise DigestError(f"{_name(found)} is done: nothing waits")
    return waiting


def _name(found: "FoundIssue") -> str:
    return f"{found.issue.edition} {found.issue.period.key}"

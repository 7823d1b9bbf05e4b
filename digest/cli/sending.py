"""`digest issue list`, `pause`, `resume`, `cancel`: how the sending of issues that are out goes."""

from typing import TYPE_CHECKING

import click

from digest.cli import completing
from digest.cli.naming import edition_option, find_issue
from digest.cli.output import show_rows
from digest.cli.project import Project, pass_project
from digest.english import counted
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.store import Store
    from digest.store.issues import FoundIssue

out_argument = click.argument("period", shell_complete=completing.periods)


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="The newest so many."
)
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


@click.command()
@out_argument
@edition_option
@click.option("--why", default="the operator paused it", show_default=True, help="For the record.")
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


@click.command()
@out_argument
@edition_option
@pass_project
def resume(project: Project, *, period: str, edition: str | None) -> None:
    """Let the paused issue of PERIOD leave again."""
    with project.changes() as store:
        found = find_issue(project, store, edition, period)
        if not store.issues.resume(found.id, project.clock()()):
            raise DigestError(f"{_name(found)} is {found.sending}, not paused")
    click.echo(f"{_name(found)} goes on")


@click.command()
@out_argument
@edition_option
@click.option(
    "--why", default="the operator cancelled it", show_default=True, help="For the record."
)
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
                f"{_name(found)}: {counted(waiting, 'reader')} will not get it. Cancel it?",
                abort=True,
            )
            _refuse_if_done(store, found)  # while it was asked, it went on
        dropped = store.issues.cancel(found.id, why, project.clock()())
    click.echo(f"{_name(found)} is cancelled; {counted(dropped, 'reader')} will not get it")


def _refuse_if_done(store: "Store", found: "FoundIssue") -> int:
    """How many of an issue's messages wait. Raises DigestError where none does."""
    waiting = store.deliveries.counts(found.id).open
    if not waiting:
        raise DigestError(f"{_name(found)} is done: nothing waits")
    return waiting


def _name(found: "FoundIssue") -> str:
    return f"{found.issue.edition} {found.issue.period.key}"

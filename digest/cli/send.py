"""`digest send`: an issue leaves."""

import asyncio
from typing import TYPE_CHECKING

import click

from digest.cli.naming import edition_option, period_option
from digest.cli.output import plain, progress_bar, show_rows
from digest.cli.project import Project, pass_project
from digest.cli.waiting import here_or_there
from digest.english import counted
from digest.errors import DigestError, LockedError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Period
    from digest.settings import Edition


@click.command()
@edition_option
@period_option
@click.option("--to", "address", metavar="ADDRESS", help="Only a copy, to this address.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option("--again", is_flag=True, help="Publish a period once more, under its own key.")
@pass_project
def send(
    project: Project,
    *,
    edition: str | None,
    period: str | None,
    address: str | None,
    dry_run: bool,
    again: bool,
) -> None:
    """Publish an issue now and send it. The same period is never sent twice by mistake."""
    from digest.issues.publish import describe

    if dry_run and (address is not None or again):
        raise UsageError(
            "--dry-run shows what an issue would send; it goes without --to and --again"
        )
    if dry_run:
        _dry_run(project, edition, period)
        return
    with project.app() as app:
        chosen = app.edition(edition)
        due = app.issues.period(chosen, period)
        if again:
            due = app.issues.again(chosen, due)
        elif period is None and address is None:
            _warn_if_early(app, chosen, due)
        if address is not None:
            app.issues.queue_copy(app.issues.draft(chosen, due), address)
        elif not app.store.issues.choices(chosen.name):
            raise DigestError(
                f"nobody reads {chosen.name} yet: `digest subscribers add` them first"
            )

        def here(app: "App") -> str:
            app.mail.recover()
            _name_waiting(app)
            done = _drain(app, f"{describe(app.issues.publish(chosen, due))}\n")
            app.archive.build(app.archive.authority())
            return done

        if address is None:
            click.echo(
                here_or_there(app, "send", {"edition": chosen.name, "period": due.key}, here)
            )
        else:
            click.echo(send_due(app))


def _warn_if_early(app: "App", edition: "Edition", due: "Period") -> None:
    """Say that a period which nobody named is published before its time, which uses it up."""
    if app.clock() < due.end and app.store.issues.find(edition.name, due.key) is None:
        at = due.end.astimezone(edition.zone)
        click.echo(
            f"this publishes {edition.name} {due.key} before it is due"
            f" ({at:%Y-%m-%d %H:%M} {edition.zone.key}), and it is not published again then",
            err=True,
        )


def _name_waiting(app: "App") -> None:
    waiting = app.store.deliveries.counts().open
    if waiting:
        click.echo(
            f"{counted(waiting, 'older message waits', 'older messages wait')};"
            " `digest outbox send` sends what is due, and publishes nothing",
            err=True,
        )


def send_due(app: "App") -> str:
    """Send what is due here, if the lock is free; while the service runs it does so itself."""
    from digest.store.database import lock

    try:
        with lock(app.settings.state):
            app.mail.recover()
            return _drain(app)
    except LockedError:
        return (
            "another digest process is at work here: if it is the service, it sends what is due"
            " within a second; if not, `digest outbox send` does once it has ended"
        )


def _dry_run(project: Project, edition: str | None, period: str | None) -> None:
    from digest.model import Status

    with project.app(changes=False) as app:
        chosen = app.edition(edition)
        due = app.issues.period(chosen, period)
        name = f"{chosen.name} {due.key}"
        decided = app.store.issues.find(chosen.name, due.key)
        if decided is not None:
            click.echo(
                f"{name} was decided before ({decided.outcome}): nothing would be sent", err=True
            )
            return
        issue = app.issues.draft(chosen, due)
        if not issue.stories:
            click.echo(f"{name} has no story yet: nothing would be sent", err=True)
            return
        rows = []
        readers = [
            reader.preferences.choice
            for reader in app.store.subscribers.all()
            if reader.status is Status.ACTIVE and reader.preferences.rhythm == chosen.name
        ]
        for choice in app.store.issues.choices(chosen.name):
            segment = app.issues.render(issue, choice)
            rows.append((readers.count(choice), segment.stories, segment.subject))
        click.echo(f"would publish {name}:", err=True)
        show_rows(("readers", "stories", "subject"), rows)


def _drain(app: "App", published: str = "") -> str:
    """Send what is due; gives what was done, after what was `published` before."""
    with progress_bar("sending") as advance:
        summary = asyncio.run(app.mail.drain(progress=lambda s: advance(s.done, s.total, "")))
    done = (
        f"{published}{summary.sent} sent, {summary.deferred} to be tried again,"
        f" {summary.failed} refused, {summary.unknown} unknown"
    )
    if summary.problem is not None:
        waiting = app.store.deliveries.counts().open
        raise DigestError(
            f"{done}. The mail server: {plain(summary.problem)}."
            f" {counted(waiting, 'message waits', 'messages wait')}, and nothing is lost: mend what"
            " it says, then `digest outbox send`; a running service tries again by itself"
        )
    return done

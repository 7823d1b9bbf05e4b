"""`digest poll`: one round of the service, now."""

import asyncio
import time

import click

from digest.cli.output import progress_bar
from digest.cli.project import Project, log_to_stderr, pass_project
from digest.errors import DigestError, LockedError


@click.command()
@click.option("--feed", metavar="ID", help="Only this feed, even if it is not enabled.")
@click.option("--force", is_flag=True, help="Ask even feeds that are not due yet.")
@pass_project
def poll(project: Project, feed: str | None, force: bool) -> None:  # noqa: FBT001  # click's form
    """Ask the feeds that are due, and make stories of what is new.

    While the service runs it does this for you; the command then asks it and waits.
    """
    from digest.store.database import lock

    log_to_stderr()
    arguments = ({"feed": feed} if feed else {}) | ({"force": "yes"} if force else {})
    try:
        with lock(project.settings().state), project.app() as app:
            feeds = app.feeds([feed] if feed else [])
            with progress_bar("polling") as advance:
                done = 0

                def polled(one: object) -> None:
                    nonlocal done
                    done += 1
                    advance(done, len(feeds), getattr(one, "feed", ""))

                outcome = asyncio.run(app.round(feeds, force=force, progress=polled))
            click.echo(outcome.describe())
    except LockedError:
        click.echo(ask_service(project, "poll", arguments))


def ask_service(project: Project, kind: str, arguments: dict[str, str]) -> str:
    """Leave a request for the running service and wait for its answer.

    Raises DigestError with the service's words if it could not do it.
    """
    with project.app() as app:
        request = app.store.requests.ask(kind, arguments, app.clock())
        click.echo("the service is running; it was asked to do this", err=True)
        while True:
            answer = app.store.requests.get(request)
            if answer.finished_at is not None:
                break
            time.sleep(0.2)
    if answer.failed:
        raise DigestError(answer.result or "the service could not do it")
    return answer.result or ""

"""`digest reload`: the running service takes over what was changed, or says what is wrong."""

from datetime import timedelta

import click

from digest.cli.project import Project, pass_project
from digest.cli.waiting import ask
from digest.errors import DigestError

PATIENCE = timedelta(minutes=3)  # the service reads everything in seconds; it gives up after 2 min


@click.command()
@pass_project
def reload(project: Project) -> None:
    """Let the running service take over feeds.toml, templates and lexicon: whole or not at all.

    If anything is wrong with them it goes on with what it had, and the problems are shown here.
    """
    answer = reload_service(project)
    if answer is None:
        raise DigestError(
            "no service runs here, so there is nothing to tell; `digest run` reads everything when"
            " it starts, and `digest check` shows what is wrong"
        )
    click.echo(answer)


def say_taken_up(project: Project) -> str:
    """Let a running service take over what a command has changed; gives what became of that."""
    try:
        answer = reload_service(project)
    except DigestError as error:
        return f"the service that runs does not take it up yet: {error}"
    return (
        "the service takes it up when it starts"
        if answer is None
        else "the service has taken it up"
    )


def reload_service(project: Project) -> str | None:
    """Let a running service reload; gives what it says, None if none runs.

    Raises ServiceError with its words if it could not, DigestError if it does not answer.
    """
    from digest.store.database import is_locked

    if not is_locked(project.state):
        return None
    with project.changes() as store:
        return ask(store, project.state, project.clock(), "reload", {}, patience=PATIENCE)

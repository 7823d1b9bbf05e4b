"""`digest reload`: the running service takes over what was changed, or says what is wrong."""

import time

import click

from digest.cli.project import Project, pass_project
from digest.errors import DigestError, ServiceError

LOOK_AGAIN = 0.1  # seconds between two looks at what the service does


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
    except ServiceError as error:
        return f"the service that runs does not take it up yet: {error}"
    return (
        "the service takes it up when it starts"
        if answer is None
        else "the service has taken it up"
    )


def reload_service(project: Project) -> str | None:
    """Let a running service reload; gives what it says, None if none runs.

    Raises ServiceError with its words if it could not.
    """
    from digest.store.database import is_locked

    state = project.folder / "state"
    if not is_locked(state):
        return None
    with project.changes() as store:
        request = store.requests.ask("reload", {}, project.clock()())
        try:
            while (answer := store.requests.get(request)).finished_at is None:
                # Whoever holds the folder may be no service, and will end.
                if not is_locked(state) and store.requests.withdraw(request):
                    return None
                time.sleep(LOOK_AGAIN)
        except KeyboardInterrupt:
            store.requests.withdraw(request)
            raise
    if answer.status:
        raise ServiceError(answer.result or "the service could not do it", answer.status)
    return answer.result or ""

"""`digest run`: the service, in the foreground."""

import asyncio
import logging

import click

from digest.cli.project import Project, log_to_stderr, pass_project


@click.command()
@pass_project
def run(project: Project) -> None:
    """Run the service until SIGTERM or Ctrl-C: poll, make stories, publish, send.

    One `run` at a time holds the folder; a second one ends with status 75.
    """
    from digest.daemon import serve
    from digest.store.database import lock

    log_to_stderr(logging.INFO)
    settings = project.settings()
    with lock(settings.state), project.app() as app:
        app.check_words()  # now, and not at the first entry
        asyncio.run(serve(app))

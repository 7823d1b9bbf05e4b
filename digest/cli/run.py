"""`digest run`: the service, in the foreground."""

import asyncio
import logging
import os
import signal
import sys

import click

from digest.cli.project import Project, pass_project
from digest.errors import DigestError
from digest.logs import Log, form_of, write_log

log = Log(__name__)


@click.command()
@pass_project
def run(project: Project) -> None:
    """Run the service until SIGTERM or Ctrl-C: poll, make stories, publish, send.

    On a terminal it shows how things stand, below the log. SIGHUP or `digest reload` makes it take
    over what you have changed. One `run` at a time holds the folder; a second ends with status 75.
    """
    # Until there is something to finish, there is nothing to wait for. As the first process of a
    # container we would not even hear the signal.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: sys.exit(0))
    # It would end us, and systemd takes that for a clean end. `serve` hears it when it is at work.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})

    write_log(logging.INFO)
    try:
        _serve(project)
    except (DigestError, OSError) as error:
        if form_of(os.environ, terminal=sys.stderr.isatty()) == "text":
            raise  # to a person it is said as by any other command
        for line in str(error).splitlines():
            log.error("service.failed", reason=line)  # noqa: TRY400  # ours: no trace needed
        sys.exit(error.exit_code if isinstance(error, DigestError) else 1)


def _serve(project: Project) -> None:
    """Read, lock and open everything, and serve."""
    from digest.app import apart, open_app
    from digest.app.keeping import check_state
    from digest.daemon import serve
    from digest.daemon.notify import Notifier
    from digest.garbage import look_seldom
    from digest.store.database import lock

    # The words too: not at the first entry.
    read = asyncio.run(apart.read(project.folder, os.environ, whole=False))
    with lock(read.settings.state):
        Notifier.of(os.environ).status("opening the state")
        check_state(read.settings)
        with open_app(read.settings, project.clock()) as app:
            app.lexicon = read.lexicon
            app.alerts.check_channels()
            look_seldom()
            if sys.stderr.isatty():
                from digest.cli.live import live_view

                with live_view() as show:
                    asyncio.run(serve(app, show))
            else:
                asyncio.run(serve(app))

"""`digest inbox receive`: one message from a mail server's pipe."""

import os
import sys

import click

from digest.cli.group import Group
from digest.cli.project import Project, pass_project
from digest.errors import ConfigError, UsageError
from digest.logs import write_log


@click.group(cls=Group)
def inbox() -> None:
    """Mail to us: confirmations and goodbyes."""


@inbox.command()
@pass_project
def receive(project: Project) -> None:
    """Take one message from stdin and keep it in the inbox until the service acts on it.

    Made for a pipe such as Postfix's: ends with 0 once the message is safe on disk, and with 75
    whatever the trouble, so that the mail server keeps the message and tries again.
    """
    try:
        from digest.mail.inbox import keep

        write_log()
        keep(project.settings().inbox, _message())
    except Exception as error:  # noqa: BLE001  # any other status has the server return the mail
        _say(project, error)
        sys.exit(os.EX_TEMPFAIL)


def _message() -> bytes:
    message = sys.stdin.buffer.read()
    if not message:
        raise UsageError("stdin is empty: no message came")
    return message


def _say(project: Project, error: Exception) -> None:
    """Which file is the trouble and what to do; a mail server writes it into its log."""
    match error:
        case ConfigError(problems=problems):
            what = "; ".join(map(str, problems))
            remedy = f"mend {project.folder / 'feeds.toml'} (`digest check` says what is wrong)"
        case OSError(filename=name, strerror=said) if name is not None:
            what = f"{name}: {said}"
            remedy = f"let user {os.geteuid()} write there, and see that the disk has room"
        case UsageError():
            what = str(error)
            remedy = "look at the command that the mail server runs, and its environment"
        case _:
            what = f"{project.folder}: {type(error).__name__}: {error}"
            remedy = "mend that"
    click.echo(
        f"digest: the message was not taken; {what}. The mail server keeps it and tries again:"
        f" {remedy}.",
        err=True,
    )

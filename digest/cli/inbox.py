"""`digest inbox receive`: one message from a mail server's pipe."""

import sys

import click

from digest.cli.project import Project, log_to_stderr, pass_project


@click.group()
def inbox() -> None:
    """Mail to us: confirmations and goodbyes."""


@inbox.command()
@pass_project
def receive(project: Project) -> None:
    """Take one message from stdin and keep it in the inbox until the service acts on it.

    Made for a pipe such as Postfix's: ends with 0 once the message is safe on disk.
    """
    from digest.mail.inbox import keep

    log_to_stderr()
    keep(project.settings().inbox, sys.stdin.buffer.read())

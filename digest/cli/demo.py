"""`digest demo`: the whole way, on bundled feeds, in a few seconds."""

import asyncio
import shlex
import sys
import tempfile
import time
import webbrowser
from pathlib import Path

import click

from digest.errors import UsageError


@click.command()
@click.option("--open", "show", is_flag=True, help="Show the issue in a browser.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the project in this folder. Default: a temporary one that stays until reboot.",
)
def demo(*, show: bool, keep: Path | None) -> None:
    """Poll bundled feeds, make stories, publish an issue, and mail it to three sample readers.

    The real program with other settings: the feeds come by HTTP from this machine, the mails go
    to a Maildir. The news is invented.
    """
    from digest.demo.run import DUE, Step, run_demo

    if keep is not None and (keep / "feeds.toml").exists():
        raise UsageError(f"{keep} holds a project already; name a folder that does not")
    folder = (keep or Path(tempfile.mkdtemp(prefix="digest-demo-"))).absolute()
    begun = time.perf_counter()

    def say(step: Step) -> None:
        click.echo(f"{step.seconds:6.2f} s  {step.what}")

    page = asyncio.run(run_demo(folder, say))
    click.echo(f"{time.perf_counter() - begun:6.2f} s  in all")
    click.echo(f"\nRead the issue: {page}")
    command = f"{shlex.quote(sys.argv[0])} --project {shlex.quote(str(folder))} stories"
    click.echo(f"Look around:    DIGEST_NOW={DUE.isoformat()} {command}")
    if show:
        webbrowser.open(page.as_uri())

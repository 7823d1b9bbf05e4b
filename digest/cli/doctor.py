"""`digest doctor`: looks for what people get wrong, and says what to do."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click

from digest.cli.output import plain, screen_width, show_json
from digest.cli.project import Project, pass_project
from digest.english import counted

if TYPE_CHECKING:
    from digest.doctor.examine import Wanted
    from digest.doctor.finding import Finding


@click.command()
@click.option("--offline", is_flag=True, help="Ask nobody: no feeds, servers or name servers.")
@click.option("--mail", is_flag=True, help="Send a test mail to the operator.")
@click.option("--selector", "selectors", multiple=True, help="Look at this DKIM key; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_project
def doctor(
    project: Project, *, offline: bool, mail: bool, selectors: tuple[str, ...], as_json: bool
) -> None:
    """Look for what people get wrong, and say what to do about it.

    Looks at the configuration, files, clock, SQLite and disk, asks a few feeds, logs in to the mail
    server and the mailbox, opens the public pages, and reads SPF, DKIM, DMARC and MX. Changes
    nothing, but for a database of an older release, which any command brings up to date. Exit
    status: 1 if something is bad.
    """
    from digest.doctor.examine import Wanted
    from digest.doctor.finding import Verdict
    from digest.errors import UsageError

    if offline and (mail or selectors):
        raise UsageError("--offline asks nobody; it goes without --mail and --selector")
    wanted = Wanted(offline=offline, mail=mail, selectors=selectors)
    found = asyncio.run(_look(project, wanted, shown=not as_json))
    if as_json:
        columns = ("check", "verdict", "seen", "advice")
        show_json([{name: getattr(each, name) for name in columns} for each in found])
    else:
        _sum_up(found)
    if any(each.verdict is Verdict.BAD for each in found):
        click.get_current_context().exit(1)


async def _look(project: Project, wanted: "Wanted", *, shown: bool) -> "list[Finding]":
    """Look at everything; each finding is shown as it is made, since some take seconds."""
    from digest.doctor.examine import examine

    found = []
    async for finding in examine(project.folder, os.environ, wanted):
        found.append(finding)
        if shown:
            _show(finding)
    return found


_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


def _show(finding: "Finding") -> None:
    """A finding with what to do below it; in a pipe a line with tabs."""
    if not sys.stdout.isatty():
        told = (finding.verdict, finding.check, finding.seen, finding.advice)
        click.echo("\t".join(map(plain, told)))
        return
    from digest.issues.widths import wrap

    mark = click.style(f"{finding.verdict:4}", fg=_COLOURS[finding.verdict], bold=True)
    room = screen_width()
    text = wrap(f"{finding.check}: {plain(finding.seen)}", room, "     ").removeprefix("     ")
    click.echo(f"{mark} {text}")
    if finding.advice:
        click.echo(wrap(f"→ {plain(finding.advice)}", room, "     "))


def _sum_up(found: "list[Finding]") -> None:
    from digest.doctor.finding import Verdict

    bad = sum(each.verdict is Verdict.BAD for each in found)
    warned = sum(each.verdict is Verdict.WARN for each in found)
    said = f"{counted(len(found), 'thing')} looked at: {bad} bad, {warned} worth knowing"
    click.echo(said, err=True)

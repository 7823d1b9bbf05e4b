"""`digest archive`: the issues that are out, as pages."""

from pathlib import Path

import click

from digest.cli.group import Group
from digest.cli.project import Project, pass_project
from digest.english import counted


@click.group(cls=Group)
def archive() -> None:
    """The issues that are out, as pages for any web server: build."""


@archive.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@pass_project
def build(project: Project, *, folder: Path) -> None:
    """Write every issue that is out into DIR as static pages, with an index and an Atom feed.

    Links are relative, so the folder may lie anywhere. What is there and is not of the archive
    stays. The service keeps the same pages in state/archive.
    """
    with project.app() as app:
        built = app.archive.build(app.archive.authority(), folder, fresh=True)
    if not built.issues:
        click.echo("no issue is out yet: nothing was written")
        return
    click.echo(
        f"{counted(built.issues, 'issue')} in {folder}: {built.written} files written,"
        f" {built.removed} removed; begin at {folder / 'index.html'}"
    )

"""`digest init` and `digest check`: starting a project, and saying what is wrong with it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.project import Project, pass_project
from digest.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from digest.settings import Settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--templates", "template", metavar="NAME", help="Copy one template, to change it.")
@pass_project
def init(project: Project, folder: Path | None, template: str | None) -> None:
    """Start a project in FOLDER (default: here): a feeds.toml that is yours to edit.

    Templates are not copied, so that you get better ones with each upgrade; `--templates NAME`
    copies the one that you want to change.
    """
    from digest.shipped import FEEDS_TOML, TEMPLATES

    target = (folder or project.folder).absolute()
    if template is not None:
        files = (file for file in TEMPLATES.rglob("*") if file.is_file())
        names = sorted(file.relative_to(TEMPLATES).as_posix() for file in files)
        if template not in names:
            raise UsageError(f"no template is called {template!r}; there are: {', '.join(names)}")
        _copy(TEMPLATES / template, target / "templates" / template)
        return
    _copy(FEEDS_TOML, target / "feeds.toml")
    click.echo("Next: edit it, then `digest check`, `digest poll`, `digest preview`.")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError as error:
        raise UsageError(f"{target} is there already; it was left as it is") from error
    click.echo(f"wrote {target}")


@click.command()
@pass_project
def check(project: Project) -> None:
    """Check feeds.toml, the lexicon and the templates; report every problem at once.

    What is no error but likely a mistake, such as a name of two companies, is worth a look.
    """
    from digest.alerts.chats import INSTALL, without_package
    from digest.app.check import check_all
    from digest.stories.clashes import clashes

    problems = check_all(project.folder, os.environ)
    if problems:
        raise ConfigError(problems)
    settings = project.settings()
    enabled = sum(feed.enabled for feed in settings.feeds)
    click.echo(f"all is well: {enabled} of {len(settings.feeds)} feeds enabled,", nl=False)
    click.echo(f" editions: {', '.join(settings.editions)}")
    for name in without_package(settings.alerts.channels.values()):
        click.echo(f"worth a look: the channel {name} needs a package; {INSTALL}")
    if settings.admin is not None and not settings.admin.is_private:
        click.echo(
            f"worth a look: [admin] listens on {settings.admin.host}, where other machines can"
            " read it; 127.0.0.1 is for this one only"
        )
    lexicon = project.lexicon()
    own = lexicon.concepts if settings.lexicon is not None else _concepts_in(settings)
    for clash in clashes(lexicon, own):
        click.echo(f"worth a look: {clash}")


def _concepts_in(settings: "Settings") -> set[str]:
    """The concepts that feeds.toml adds, or adds to."""
    tables = settings.user_lexicon.get("concept", ())
    return {str(table["id"]) for table in tables} if isinstance(tables, list | tuple) else set()

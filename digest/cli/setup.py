"""`digest init` and `digest check`: starting a project, and saying what is wrong with it."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from digest.cli.project import Project, pass_project
from digest.errors import ConfigError, UsageError


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
    from digest.app.check import check_all

    problems = check_all(project.folder, os.environ)
    if problems:
        raise ConfigError(problems)
    settings = project.settings()
    enabled = sum(feed.enabled for feed in settings.feeds)
    click.echo(f"all is well: {enabled} of {len(settings.feeds)} feeds enabled,", nl=False)
    click.echo(f" editions: {', '.join(settings.editions)}")
    for told in _worth_a_look(project):
        click.echo(f"worth a look: {told}")


def _written_at(text: str, *path: str) -> str:
    """Where a value is written: in feeds.toml, or else in the environment."""
    from digest.config import ENVIRONMENT, FILE
    from digest.tomllines import find_line

    line = find_line(text, path)
    return ENVIRONMENT if line is None else f"{FILE}:{line}"


def _worth_a_look(project: Project) -> Iterator[str]:
    """What is likely a mistake, each with its place."""
    from digest.alerts.chats import INSTALL, without_package
    from digest.config import FILE
    from digest.configwords import own_lexicon_texts
    from digest.stories.clashes import clashes
    from digest.stories.load import load_lexicon
    from digest.stories.problems import places, repeated

    settings = project.settings()
    text = (project.folder / FILE).read_text(encoding="utf-8")
    for name in without_package(settings.alerts.channels.values()):
        place = _written_at(text, "channels", name)
        yield f"{place}: the channel {name} needs a package; {INSTALL}"
    if settings.admin is not None and not settings.admin.is_private:
        place = _written_at(text, "admin", "listen")
        yield (
            f"{place}: [admin] listens on {settings.admin.host}, where other machines can"
            " read it; 127.0.0.1 is for this one only"
        )
    texts = own_lexicon_texts(settings)
    yield from repeated(texts)
    where = places(texts)
    for clash in clashes(project.lexicon(), load_lexicon(None, {})):
        yield clash.told(where)

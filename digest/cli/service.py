"""`digest service`: a systemd user unit for this folder."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import Group
from digest.cli.output import write_whole
from digest.cli.project import Project, pass_project
from digest.cli.userunit import MARK, unit_name, unit_text, word
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group(cls=Group)
def service() -> None:
    """Let systemd run the service of this folder for you: install, uninstall."""


@service.command()
@click.option("--force", is_flag=True, help="Write over a unit that somebody else wrote.")
@pass_project
def install(project: Project, *, force: bool) -> None:
    """Write a unit of systemd's user manager for this folder, and say what to type next.

    For a server, deploy/digest.service is a system unit with more protection.
    """
    from digest import __version__

    folder = project.folder.resolve()
    project.settings()  # what it would fail with is better said now
    target = _target(folder, os.environ)
    try:
        text = unit_text(folder, _command(), __version__)
    except ValueError as error:
        raise DigestError(str(error)) from error
    _refuse_others(target, folder, force=force)
    write_whole(target, text.encode())
    click.echo(f"wrote {target}")
    click.echo("Next:")
    click.echo("  systemctl --user daemon-reload")
    click.echo(f"  systemctl --user enable --now {target.name}")
    click.echo("  loginctl enable-linger    # so that it runs while you are not logged in")
    click.echo(f"Then: systemctl --user status {target.name}, journalctl --user -u {target.name}")


@service.command()
@click.option("--force", is_flag=True, help="Remove even a unit that somebody else wrote.")
@pass_project
def uninstall(project: Project, *, force: bool) -> None:
    """Remove the unit of this folder; the folder and its state stay."""
    folder = project.folder.resolve()
    target = _target(folder, os.environ)
    if not target.exists():
        raise UsageError(f"there is no {target}")
    _refuse_others(target, folder, force=force)
    # What `enable` made, which would be left pointing nowhere.
    enabled = target.parent / "default.target.wants" / target.name
    if enabled.is_symlink():
        enabled.unlink()
    target.unlink()
    click.echo(f"removed {target}")
    click.echo("Next:")
    click.echo(f"  systemctl --user stop {target.name}")
    click.echo("  systemctl --user daemon-reload")


def _target(folder: Path, environment: "Mapping[str, str]") -> Path:
    """Where the user's manager looks for the unit (XDG base directories)."""
    named = environment.get("XDG_CONFIG_HOME", "")
    config = Path(named) if named.startswith("/") else _home() / ".config"
    return config / "systemd" / "user" / unit_name(folder)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise DigestError("this user has no home folder; set HOME or XDG_CONFIG_HOME") from error


def _refuse_others(target: Path, folder: Path, *, force: bool) -> None:
    """Raise UsageError for a unit that a person wrote, or that is for another folder."""
    if force or not target.exists():
        return
    text = target.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(MARK):
        raise UsageError(f"{target} was not written by this command; --force does it all the same")
    if f" {word(str(folder), command=True)} " not in text:
        raise UsageError(
            f"{target} is for another folder of the same name; rename one of them, or --force"
        )


def _command() -> tuple[str, ...]:
    """How this program is started, with no search path: the command beside Python, or a module."""
    command = Path(sys.executable).with_name("digest")
    return (str(command),) if command.exists() else (sys.executable, "-m", "digest")

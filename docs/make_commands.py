"""Writes the commands into docs/commands.md, below its head, from the program itself.

A test fails while the page says anything else.

Usage: python docs/make_commands.py [--check]
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from digest.cli import command_line

PAGE = Path(__file__).with_name("commands.md")

MARK = "<!-- From here on written by docs/make_commands.py. -->\n"


def page() -> str:
    """The whole page: its head as it is, and every command."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    context = click.Context(command_line, info_name="digest")
    parts = [head + MARK, *_sections(command_line, "digest", context)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _sections(command: click.Command, name: str, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        if name == "digest":
            yield _section(command, name, context)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found is not None and not found.hidden:
                inner = click.Context(found, info_name=each, parent=context)
                yield from _sections(found, f"{name} {each}", inner)
        return
    yield _section(command, name, context)


def _section(command: click.Command, name: str, context: click.Context) -> str:
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    usage = " ".join([name, *pieces])
    lines = [f"## `{usage}`", "", *_help(command)]
    rows = [
        _row(parameter, context)
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        and not parameter.hidden
        and "--help" not in parameter.opts
    ]
    if rows:
        lines += ["| Option | |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _help(command: click.Command) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text"
            yield from paragraph.removeprefix("\b").strip("\n").splitlines()
            yield "```"
        else:
            yield paragraph
        yield ""


def _row(option: click.Option, context: click.Context) -> str:
    names, text = option.get_help_record(context) or ("", "")
    cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in (names, text))
    return "| `{}` | {} |".format(*cells)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"run python {sys.argv[0]}")
    PAGE.write_text(page(), encoding="utf-8")
